//! `cargo xtask bench`: what a session costs, as a ratio to a floor that is measured in the same run.
//!
//! The floor is the least that any ACS on this stack would do: bare axum handlers with static answers, and the same
//! group commit of one row of about a kilobyte per session. It takes the same requests from the same load generator.

mod campaigns;
mod floor;
mod people;
mod process;
mod search;
mod sessions;
mod storm;
mod tree;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures Lastmile against floors written for it.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// CPU of the server per periodic session (Inform and empty POST, digest, durable commit) against the floor.
    Sessions(sessions::Options),
    /// A whole-tree read: requests it takes, bytes it leaves.
    Tree(tree::Options),
    /// How long a search takes with a large fleet, on both databases.
    Search(search::Options),
    /// Start of a campaign on a large fleet, and what a look at it costs, on both databases.
    Campaigns(campaigns::Options),
    /// How long an agent waits for an action and for pages while all the sessions run that this machine gives.
    Storm(storm::Options),
    /// The floor itself, as a server; started by `sessions`.
    #[command(hide = true)]
    Floor {
        /// Folder of its database.
        data: PathBuf,
        /// Where it writes its URL once it listens.
        ready: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().what {
        What::Sessions(options) => sessions::run(&options).await,
        What::Tree(options) => tree::run(&options).await,
        What::Search(options) => search::run(&options).await,
        What::Campaigns(options) => Box::pin(campaigns::run(&options)).await,
        What::Storm(options) => storm::run(&options).await,
        What::Floor { data, ready } => floor::serve(&data, &ready).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Errors end a measurement; their text is all that is needed.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
