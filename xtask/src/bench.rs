//! `cargo xtask bench`: what the product costs, as ratios to floors measured in the same run.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::build::{self, Profile};
use crate::command::{cargo, run, step};
use crate::context::Context;

#[derive(Args)]
pub struct BenchArgs {
    /// What to measure.
    #[arg(value_enum)]
    what: What,
    /// Arguments for the measurement itself; `-- --help` lists them.
    #[arg(last = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// CPU per session (Inform and empty POST, digest, durable commit) against bare handlers with the same commit.
    Sessions,
    /// Requests of a whole-tree read, and bytes stored per device.
    Tree,
}

/// Builds the product and the bench optimised, then measures.
pub fn bench(context: &Context, args: &BenchArgs) -> Result<()> {
    step("Building the server and the bench", || {
        run(cargo(context.root()).args(["build", "--release", "--package", "server", "--package", "bench"]))
    })?;
    let what = match args.what {
        What::Sessions => "sessions",
        What::Tree => "tree",
    };
    run(Command::new(build::executable(context, Profile::Release, "lastmile-bench"))
        .arg(what)
        .arg("--server")
        .arg(build::executable(context, Profile::Release, "lastmile"))
        .args(&args.arguments))
}
