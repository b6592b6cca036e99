//! `cargo xtask`: everything that a checkout needs besides Cargo itself.
//!
//! Each command first makes sure that what it needs is installed (see [`setup`]), and nothing more.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may"))]

mod bench;
mod build;
mod command;
mod context;
mod demo;
mod e2e;
mod fuzz;
mod process;
mod run;
mod setup;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::context::Context;

/// Builds, runs and tests Lastmile.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install whatever is missing to build, run and test.
    Setup,
    /// Build the browser half and the executables.
    Build(BuildArgs),
    /// Build, then run the server with its default settings.
    Run(run::RunArgs),
    /// Build, then run the server with a simulated fleet and sample subscribers.
    Demo(demo::DemoArgs),
    /// Check format and lints, and run every test.
    Test(test::TestArgs),
    /// Build, then run the browser tests.
    E2e(e2e::E2eArgs),
    /// Build, then measure the product against floors, in one run on this machine.
    Bench(bench::BenchArgs),
    /// Throw inputs at everything that strangers can reach.
    Fuzz(fuzz::FuzzArgs),
}

#[derive(Args, Clone, Copy)]
struct BuildArgs {
    /// Optimise the executables (the browser half always is).
    #[arg(long)]
    release: bool,
}

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    let context = Context::new()?;
    match task {
        Task::Setup => {
            setup::ensure(&context, &setup::Need::ALL)?;
            command::say("Everything is installed.");
            Ok(())
        }
        Task::Build(args) => {
            setup::ensure(&context, &[setup::Need::Browser])?;
            build::all(&context, build::Profile::of(args.release))
        }
        Task::Run(args) => run::run(&context, &args),
        Task::Demo(args) => demo::demo(&context, &args),
        Task::Test(args) => test::test(&context, &args),
        Task::E2e(args) => e2e::e2e(&context, &args),
        Task::Bench(args) => bench::bench(&context, &args),
        Task::Fuzz(args) => fuzz::fuzz(&context, &args),
    }
}
