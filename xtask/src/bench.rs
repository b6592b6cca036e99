//! `cargo xtask bench`: what the product costs, as ratios to floors measured in the same run.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::build::{self, Profile};
use crate::command::{cargo, run, step};
use crate::context::Context;
use crate::test::postgres::Cluster;

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
    /// Time of a search with a large fleet, on SQLite and PostgreSQL.
    Search,
    /// Start of a campaign on a large fleet, and what a look at it costs, on SQLite and PostgreSQL.
    Campaigns,
    /// Start of an agent's action, and time of pages, under as many sessions as this machine gives.
    Storm,
}

/// Builds the product and the bench optimised, then measures.
pub fn bench(context: &Context, args: &BenchArgs) -> Result<()> {
    step("Building the server and the bench", || {
        run(cargo(context.root()).args(["build", "--release", "--package", "server", "--package", "bench"]))
    })?;
    let what = match args.what {
        What::Sessions => "sessions",
        What::Tree => "tree",
        What::Search => "search",
        What::Campaigns => "campaigns",
        What::Storm => "storm",
    };
    let mut bench = Command::new(build::executable(context, Profile::Release, "lastmile-bench"));
    bench.arg(what);
    if let What::Search | What::Campaigns = args.what {
        // It measures the store itself.
        let cluster = Cluster::start()?;
        return run(bench.arg("--postgres").arg(cluster.url()).args(&args.arguments));
    }
    bench.arg("--server").arg(build::executable(context, Profile::Release, "lastmile"));
    run(bench.args(&args.arguments))
}
