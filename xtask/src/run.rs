//! `cargo xtask run`.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::build::{self, Profile};
use crate::command::say;
use crate::context::Context;
use crate::setup::{self, Need};

#[derive(Args)]
pub struct RunArgs {
    /// Optimise the server.
    #[arg(long)]
    release: bool,
    /// Arguments for `lastmile serve`.
    #[arg(last = true)]
    serve: Vec<String>,
}

/// Builds everything and becomes the server.
pub fn run(context: &Context, args: &RunArgs) -> Result<()> {
    setup::ensure(context, &[Need::Browser])?;
    let profile = Profile::of(args.release);
    build::all(context, profile)?;
    let executable = build::executable(context, profile, "lastmile");
    say("Starting the server. Ctrl-C ends it.");
    let error = Command::new(&executable)
        .arg("serve")
        .arg("--site")
        .arg(context.site())
        .args(&args.serve)
        .current_dir(context.root())
        .exec();
    Err(error).with_context(|| format!("starting {}", executable.display()))
}
