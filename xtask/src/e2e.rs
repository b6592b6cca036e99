//! `cargo xtask e2e`: the browser tests, against the real executables.

use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::build::{self, Profile};
use crate::command::{run, step};
use crate::context::Context;
use crate::setup::{self, Need};

#[derive(Args)]
pub struct E2eArgs {
    /// Arguments for `playwright test`, such as a file name or `--headed`.
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// What the browser tests need.
pub const NEEDS: [Need; 4] = [Need::Browser, Need::Chromium, Need::Npm, Need::Foreign];

/// Builds everything, then runs the browser tests.
pub fn e2e(context: &Context, args: &E2eArgs) -> Result<()> {
    setup::ensure(context, &NEEDS)?;
    build::all(context, Profile::Dev)?;
    step("Running the browser tests", || playwright(context, &args.playwright))
}

/// Runs the browser tests with what is built.
pub fn playwright(context: &Context, args: &[String]) -> Result<()> {
    let dir = context.end2end();
    let chromium = setup::chromium().context("no browser was found")?;
    run(Command::new(dir.join("node_modules/.bin/playwright"))
        .arg("test")
        .args(args)
        .current_dir(&dir)
        .env("LASTMILE_BIN", build::executable(context, Profile::Dev, "lastmile"))
        .env("LASTMILE_SIMULATOR_BIN", build::executable(context, Profile::Dev, "lastmile-simulator"))
        .env("LASTMILE_SITE", context.site())
        .env("LASTMILE_CHROMIUM", chromium)
        .env("LASTMILE_FOREIGN_PYTHON", setup::foreign_python(context)))
}
