//! Builds the two halves: what the browser loads, and the executables.

mod browser;
mod site;
mod style;

use std::path::PathBuf;

use anyhow::Result;

use crate::command::{cargo, run, step};
use crate::context::Context;

pub use browser::PROFILE as BROWSER_PROFILE;

/// How the executables are compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run.
    Release,
}

impl Profile {
    /// From a `--release` flag.
    pub fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Builds everything.
pub fn all(context: &Context, profile: Profile) -> Result<()> {
    site(context)?;
    executables(context, profile)
}

/// Builds the folder of static files: the browser half, the style sheet, the public files.
pub fn site(context: &Context) -> Result<()> {
    step("Building the browser half", || browser::build(context))?;
    style::bundle(context)?;
    site::copy_public(context)
}

/// Builds the server and the simulator.
pub fn executables(context: &Context, profile: Profile) -> Result<()> {
    step("Building the server and the simulator", || {
        let mut command = cargo(context.root());
        command.args(["build", "--package", "server", "--package", "simulator"]);
        if profile == Profile::Release {
            command.arg("--release");
        }
        run(&mut command)
    })
}

/// Where [`executables`] puts an executable.
pub fn executable(context: &Context, profile: Profile, name: &str) -> PathBuf {
    context.target().join(profile.folder()).join(name)
}
