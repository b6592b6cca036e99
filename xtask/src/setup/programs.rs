//! Programs that may be there already, wherever they came from.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::command::{find_program, run, step, succeeds};

/// The browser for the tests: `LASTMILE_CHROMIUM`, or the first that is on the path.
pub fn chromium() -> Option<PathBuf> {
    env::var_os("LASTMILE_CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| find_program(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]))
}

/// The XMPP server for the tests, which look for it in the same way.
pub fn prosody() -> Option<PathBuf> {
    find_program(&["prosody"])
}

/// The folder of PostgreSQL's `initdb` and `pg_ctl`. Debian keeps them off the path, one folder per version.
pub fn postgres_bin() -> Option<PathBuf> {
    let complete = |dir: &Path| dir.join("initdb").is_file() && dir.join("pg_ctl").is_file();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, dir)| complete(dir))
        .collect();
    versions.sort();
    versions.pop().map(|(_, dir)| dir).or_else(|| {
        let initdb = find_program(&["initdb"])?;
        let dir = initdb.parent()?;
        complete(dir).then(|| dir.to_path_buf())
    })
}

/// Makes sure that rustfmt and clippy are there.
pub fn ensure_lints() -> Result<()> {
    for (program, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if !succeeds(Command::new(program).arg("--version")) {
            step(&format!("Adding {component} to the toolchain"), || {
                run(Command::new("rustup").args(["component", "add", component]))
            })?;
        }
    }
    Ok(())
}
