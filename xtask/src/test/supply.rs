//! What comes from others: licences, sources, and known vulnerabilities.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::command::{cargo, run, step, succeeds};
use crate::context::Context;

/// Of cargo-deny.
const VERSION: &str = "0.20.2";

/// Holds the locked dependencies against `deny.toml`.
pub fn check(context: &Context) -> Result<()> {
    let root = context.root().join("target/deny");
    let path = env::join_paths(
        [root.join("bin")].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    )?;
    let deny = |arguments: &[&str]| {
        let mut command = cargo(context.root());
        command.env("PATH", &path).arg("deny").args(arguments);
        command
    };
    if !succeeds(&mut deny(&["--version"])) {
        step("Installing cargo-deny", || {
            run(cargo(context.root())
                .args(["install", "cargo-deny", "--locked", "--version", VERSION, "--root"])
                .arg(&root))
        })?;
    }
    run(&mut deny(&["--locked", "check", "bans", "licenses", "sources"]))?;
    // Its database is no package: it is fetched by hand, with `cargo deny fetch db`.
    if databases().is_some_and(|databases| databases.is_dir()) {
        return run(&mut deny(&["check", "--disable-fetch", "advisories"]));
    }
    println!("    known vulnerabilities: SKIPPED, because `cargo deny fetch db` has brought no database here");
    Ok(())
}

/// Where cargo-deny keeps databases of advisories.
fn databases() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    Some(home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))?.join("advisory-dbs"))
}
