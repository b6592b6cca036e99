//! What the tests consist of, cheapest first.
//!
//! On a cold machine nearly all of the time goes into compiling, so the parts use one choice of packages and features
//! and one profile: what one part compiled is there for the next. The executables that the browser tests start are the
//! ones that the executable tests were built with.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use super::conformance;
use super::postgres::Cluster;
use super::supply;
use crate::build;
use crate::command::{cargo, run, step, succeeds};
use crate::context::Context;
use crate::e2e;
use crate::setup::{Need, Toolchain};

/// The packages of the server half. Never `--workspace`: with the browser half in the same build, the server would get
/// its features too.
const SERVER_HALF: [&str; 11] =
    ["acs", "app", "bench", "cwmp", "datamodel", "fuzz", "migrations", "model", "server", "simulator", "store"];

/// One part of the tests.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// rustfmt.
    Format,
    /// Dependency directions, and the tests of the tasks themselves.
    Workspace,
    /// Licences and sources of what comes from others, and known vulnerabilities.
    Supply,
    /// clippy on the server half.
    LintServer,
    /// clippy on the browser half.
    LintBrowser,
    /// Unit tests, store tests on both databases, executable tests.
    Rust,
    /// The examples in the documentation.
    Doc,
    /// Browser tests with accessibility checks.
    Browser,
}

impl Part {
    /// All parts, in the order they run.
    pub const ALL: [Self; 8] = [
        Self::Format,
        Self::Workspace,
        Self::Supply,
        Self::LintServer,
        Self::LintBrowser,
        Self::Rust,
        Self::Doc,
        Self::Browser,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Workspace => "workspace",
            Self::Supply => "supply",
            Self::LintServer => "lint-server",
            Self::LintBrowser => "lint-browser",
            Self::Rust => "rust",
            Self::Doc => "doc",
            Self::Browser => "browser",
        }
    }

    /// What it checks.
    pub fn about(self) -> &'static str {
        match self {
            Self::Format => "the code is formatted",
            Self::Workspace => "dependencies point the right way",
            Self::Supply => "what comes from others may be used, and comes from where it should",
            Self::LintServer => "clippy is content with the server half",
            Self::LintBrowser => "clippy is content with the browser half",
            Self::Rust => "unit tests, store tests on SQLite and PostgreSQL, executable tests",
            Self::Doc => "the examples in the documentation work",
            Self::Browser => "browser tests with accessibility checks",
        }
    }

    /// What has to be installed for it.
    pub fn needs(self) -> &'static [Need] {
        match self {
            Self::Format | Self::LintServer => &[Need::Lints],
            Self::Workspace => &[Need::Lints, Need::Postgres],
            Self::Supply | Self::Doc => &[],
            Self::LintBrowser => &[Need::Browser, Need::BrowserLints],
            Self::Rust => &[Need::Postgres, Need::Prosody],
            Self::Browser => &e2e::NEEDS,
        }
    }

    /// Runs it.
    pub fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::Format => run(cargo(context.root()).args(["fmt", "--all", "--check"])),
            Self::Workspace => {
                let own = ["--package", "xtask", "--profile", "xtask"];
                run(cargo(context.root()).arg("clippy").args(own).args(["--all-targets", "--", "-D", "warnings"]))?;
                run(cargo(context.root()).arg("test").args(own))
            }
            Self::Supply => supply::check(context),
            Self::LintServer => {
                run(select(cargo(context.root()).arg("clippy")).args(["--all-targets", "--", "-D", "warnings"]))
            }
            Self::LintBrowser => run(Toolchain::find()?.cargo(context, "clippy").args([
                "--package",
                "client",
                "--package",
                "app",
                "--package",
                "model",
                "--features",
                "app/hydrate",
                "--profile",
                build::BROWSER_PROFILE,
                "--",
                "-D",
                "warnings",
            ])),
            Self::Rust => rust(context),
            Self::Doc => run(select(cargo(context.root()).args(["test", "--doc"]))),
            Self::Browser => {
                build::site(context)?;
                step("Building the server and the simulator", || build_tests(context))?;
                e2e::playwright(context, &[])
            }
        }
    }
}

/// Chooses the server half.
fn select(command: &mut Command) -> &mut Command {
    for package in SERVER_HALF {
        command.args(["--package", package]);
    }
    command.args(["--features", "app/ssr"])
}

/// Builds the tests and the executables in one go, with the same features.
fn build_tests(context: &Context) -> Result<()> {
    run(select(cargo(context.root()).arg("build")).args(["--tests", "--bins"]))
}

fn rust(context: &Context) -> Result<()> {
    step("Compiling the tests", || build_tests(context))?;
    let cluster = step("Starting a PostgreSQL for the store tests", Cluster::start)?;
    let mut command = cargo(context.root());
    // nextest runs the tests of all crates side by side; without it Cargo runs one crate after the other.
    let nextest = succeeds(cargo(context.root()).args(["nextest", "--version"]));
    // Of this run, not of an earlier one. Where it is stands in .config/nextest.toml: below the root, wherever Cargo builds.
    let report = context.root().join("target/nextest/default/junit.xml");
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("removing {}", report.display()))?;
    }
    if nextest {
        select(command.args(["nextest", "run"])).args(["--no-fail-fast"]);
    } else {
        select(command.arg("test")).args(["--tests", "--bins", "--lib", "--no-fail-fast"]);
    }
    command.env("LASTMILE_TEST_POSTGRES", cluster.url()).env("LASTMILE_TEST_REQUIRE_POSTGRES", "1");
    command.env("LASTMILE_TEST_REQUIRE_PROSODY", "1");
    run(&mut command)?;
    step("Holding the table of rules against the tests", || {
        conformance::check(context, nextest.then_some(report.as_path()), |command| {
            select(command);
        })
    })
}
