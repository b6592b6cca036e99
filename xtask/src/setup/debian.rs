//! Packages of Debian and its relatives: installed as root, named to everybody else.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{find_program, run, say, step};

/// Packages to install, with the reasons.
#[derive(Default)]
pub struct Packages {
    names: Vec<&'static str>,
    reasons: Vec<&'static str>,
}

impl Packages {
    /// Asks for packages. No names, nothing asked.
    pub fn need(&mut self, names: Vec<&'static str>, reason: &'static str) {
        if !names.is_empty() {
            self.names.extend(names);
            self.reasons.push(reason);
        }
    }

    /// Installs what was asked for; where that cannot be done, fails with the commands that a person can run.
    pub fn install(self) -> Result<()> {
        if self.names.is_empty() {
            return Ok(());
        }
        say(&format!("Missing: {}.", self.reasons.join("; ")));
        let names = self.names.join(" ");
        if find_program(&["apt-get"]).is_none() {
            bail!(
                "This machine has no apt-get, so these have to be installed by hand. Debian calls them:\n    {names}\nThen run the same command again."
            );
        }
        if !nix::unistd::geteuid().is_root() {
            bail!(
                "Installing packages needs root. Run\n    sudo apt-get update\n    sudo apt-get install --yes --no-install-recommends {names}\nand then the same command again."
            );
        }
        step(&format!("Installing with apt-get: {names}"), || {
            run(apt().args(["update", "--quiet"]))?;
            run(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&self.names))
        })
    }
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    // Nobody is asked anything, whatever a package would like to know.
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
