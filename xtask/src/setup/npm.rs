//! The npm packages of the browser tests, exactly as locked.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::{find_program, run, step};
use crate::context::Context;

/// Installs `end2end`'s packages unless the ones there came from the same lock file.
pub fn ensure(context: &Context) -> Result<()> {
    let dir = context.end2end();
    let lock = fs::read(dir.join("package-lock.json")).context("reading end2end/package-lock.json")?;
    // npm empties node_modules before it installs, so this copy is there only after a complete install.
    let stamp = dir.join("node_modules/.installed-from");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    if find_program(&["npm"]).is_none() {
        bail!("The browser tests need Node.js 20 or newer with npm. Install it, then run the same command again.");
    }
    step("Installing the packages of the browser tests (npm ci)", || {
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&dir)
            // The browser is the system's: see `programs::chromium`.
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
        fs::write(&stamp, &lock).context("recording what is installed")
    })
}
