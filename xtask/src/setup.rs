//! Installs what is missing, says what and why, and leaves alone what is there.

mod browser;
mod debian;
mod foreign;
mod npm;
mod programs;

use anyhow::Result;

pub use browser::Toolchain;
pub use foreign::python as foreign_python;
pub use programs::{chromium, postgres_bin};

use crate::context::Context;

/// One thing that commands need besides Cargo.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// rustfmt and clippy of the toolchain in use.
    Lints,
    /// A compiler that builds for the browser.
    Browser,
    /// clippy for that compiler.
    BrowserLints,
    /// PostgreSQL's server programs, for the tests.
    Postgres,
    /// An XMPP server, for the tests.
    Prosody,
    /// A browser, for the tests.
    Chromium,
    /// The packages of the browser tests.
    Npm,
    /// A CPE program of other people, for the browser tests.
    Foreign,
}

impl Need {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Lints,
        Self::Browser,
        Self::BrowserLints,
        Self::Postgres,
        Self::Prosody,
        Self::Chromium,
        Self::Npm,
        Self::Foreign,
    ];
}

/// Makes sure that everything in `needs` is there. Costs milliseconds where it is.
pub fn ensure(context: &Context, needs: &[Need]) -> Result<()> {
    let wanted = |need| needs.contains(&need);

    // What rustup can bring needs no other package, so it goes first.
    if wanted(Need::Lints) {
        programs::ensure_lints()?;
    }
    let debian_compiler = (wanted(Need::Browser) || wanted(Need::BrowserLints)) && !browser::ensure_by_rustup()?;

    let mut packages = debian::Packages::default();
    if debian_compiler {
        packages.need(
            browser::debian_missing(wanted(Need::BrowserLints)),
            "a compiler for the browser half, because rustup cannot download one here",
        );
    }
    if wanted(Need::Postgres) && postgres_bin().is_none() {
        packages.need(vec!["postgresql"], "PostgreSQL, which the store tests start and drop");
    }
    if wanted(Need::Prosody) && programs::prosody().is_none() {
        packages.need(vec!["prosody"], "Prosody, an XMPP server that the tests of waking devices start and stop");
    }
    if wanted(Need::Chromium) && chromium().is_none() {
        packages.need(vec!["chromium"], "a browser for the browser tests");
    }
    if wanted(Need::Foreign) {
        packages
            .need(foreign::debian_missing(), "Python, which runs a CPE program of other people in the browser tests");
    }
    packages.install()?;

    if debian_compiler {
        browser::ensure_debian_library()?;
    }
    if wanted(Need::Npm) {
        npm::ensure(context)?;
    }
    if wanted(Need::Foreign) {
        foreign::ensure(context)?;
    }
    Ok(())
}
