//! The CPE program of other people that the browser tests run against the product, in a Python environment of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::{run, step, succeeds};
use crate::context::Context;

/// Debian's packages for a Python that can make environments; none where that works already.
pub fn debian_missing() -> Vec<&'static str> {
    if succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        Vec::new()
    } else {
        vec!["python3", "python3-venv"]
    }
}

/// The Python that has the program.
pub fn python(context: &Context) -> PathBuf {
    environment(context).join("bin/python")
}

/// Installs the program unless it is there as `requirements.txt` asks.
pub fn ensure(context: &Context) -> Result<()> {
    let file = context.end2end().join("foreign/requirements.txt");
    let wanted = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
    let environment = environment(context);
    let stamp = environment.join("installed-from");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step("Installing the foreign CPE of the browser tests (pip)", || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        run(Command::new(python(context))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(&file))?;
        fs::write(&stamp, &wanted).context("recording what is installed")
    })
}

fn environment(context: &Context) -> PathBuf {
    context.target().join("foreign-cpe")
}
