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

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}
