//! The executable `lastmile`: settings, listeners, metrics, command line.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![recursion_limit = "256"]

mod cli;
mod cwmp;
mod files;
mod import;
mod link_key;
mod listen;
mod logs;
mod metrics;
mod notifications;
mod password;
mod portal;
mod probe;
mod ready_file;
mod serve;
mod settings;
mod shutdown;
mod tls;

use clap::Parser;
use std::process::ExitCode;

/// A session allocates a few hundred small things on one thread and frees many of them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}
