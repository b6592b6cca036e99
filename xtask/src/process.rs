//! Programs that run beside this one, and ending them in good order.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::command::shown;

/// How often a wait looks again.
const TICK: Duration = Duration::from_millis(50);

/// How long a program gets to end after it was asked to, before it is ended.
const GRACE: Duration = Duration::from_secs(20);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C and a request to terminate something that [`interrupted`] tells, instead of the end of this program,
/// so that what it started can be ended and cleaned up first.
pub fn catch_interrupts() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).context("catching Ctrl-C")
}

/// Whether somebody asked this program to end.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// A program running beside this one. Dropped, it is asked to end, and waited for.
pub struct Running {
    name: String,
    child: Child,
}

impl Running {
    /// Starts a program.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("starting `{}`", shown(command)))?;
        Ok(Self { name: name.to_owned(), child })
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("watching {}", self.name))
    }

    /// Waits until the program has written its ready file, and returns the text.
    ///
    /// Fails when the program ends before, when `limit` has passed, or when somebody interrupts.
    pub fn wait_for_file(&mut self, file: &Path, limit: Duration) -> Result<String> {
        let start = Instant::now();
        loop {
            if let Ok(text) = fs::read_to_string(file)
                && text.ends_with('\n')
            {
                return Ok(text);
            }
            if let Some(status) = self.ended()? {
                bail!("{} ended before it was ready: {status}", self.name);
            }
            if interrupted() {
                bail!("interrupted");
            }
            if start.elapsed() > limit {
                bail!("{} was not ready after {} s", self.name, limit.as_secs());
            }
            thread::sleep(TICK);
        }
    }

    fn end(&mut self) -> Result<()> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM)?;
        let start = Instant::now();
        while self.ended()?.is_none() {
            if start.elapsed() > GRACE {
                println!("    {} did not end by itself after {} s: ending it", self.name, GRACE.as_secs());
                self.child.kill()?;
            }
            thread::sleep(TICK);
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            println!("    could not end {}: {error:#}", self.name);
        }
    }
}

/// Waits until one of the programs ends or somebody interrupts. A program that ends by itself is an error.
pub fn wait_for_first(programs: &mut [Running]) -> Result<()> {
    while !interrupted() {
        for program in programs.iter_mut() {
            if let Some(status) = program.ended()?
                && !interrupted()
            {
                bail!("{} ended: {status}", program.name);
            }
        }
        thread::sleep(TICK);
    }
    Ok(())
}
