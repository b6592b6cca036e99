//! `cargo xtask test`: everything that has to hold before a change goes in.

mod catalogue;
mod conformance;
mod parts;
pub mod postgres;
mod supply;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::command::{human, say};
use crate::context::Context;
use crate::process::{catch_interrupts, interrupted};
use crate::setup::{self, Need};

pub use parts::Part;

#[derive(Args)]
pub struct TestArgs {
    /// Run only this part; may be given more than once.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Go on after a part that failed.
    #[arg(long)]
    keep_going: bool,
}

enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// Runs the parts in order and prints how each of them went.
pub fn test(context: &Context, args: &TestArgs) -> Result<()> {
    let parts: Vec<Part> =
        Part::ALL.into_iter().filter(|part| args.only.is_empty() || args.only.contains(part)).collect();
    let needs: Vec<Need> = parts.iter().flat_map(|part| part.needs()).copied().collect();
    setup::ensure(context, &needs)?;
    // From here on, things have to be put away before this program ends.
    catch_interrupts()?;

    let mut outcomes = Vec::new();
    let mut stopped = false;
    for part in &parts {
        if stopped {
            outcomes.push(Outcome::NotRun);
            continue;
        }
        say(&format!("{}: {}", part.name(), part.about()));
        let start = Instant::now();
        match part.run(context) {
            Ok(()) => outcomes.push(Outcome::Passed(start.elapsed())),
            Err(error) => {
                println!("\n    {} failed: {error:#}", part.name());
                outcomes.push(Outcome::Failed(start.elapsed()));
                stopped = !args.keep_going || interrupted();
            }
        }
    }
    summary(&parts, &outcomes)
}

fn summary(parts: &[Part], outcomes: &[Outcome]) -> Result<()> {
    say("Summary");
    let (mut passed, mut failed, mut total) = (0, 0, Duration::ZERO);
    for (part, outcome) in parts.iter().zip(outcomes) {
        let (word, time) = match outcome {
            Outcome::Passed(time) => {
                passed += 1;
                ("passed", Some(*time))
            }
            Outcome::Failed(time) => {
                failed += 1;
                ("FAILED", Some(*time))
            }
            Outcome::NotRun => ("not run", None),
        };
        total += time.unwrap_or_default();
        println!("    {:<14} {word:<8} {:>14}", part.name(), time.map_or_else(String::new, human));
    }
    println!("    {:<14} {:<8} {:>14}\n", "total", "", human(total));
    println!("parts: {passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} of {} parts failed", parts.len());
    }
    Ok(())
}
