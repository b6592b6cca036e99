//! CPU per periodic session, product against floor, in turns.

use crate::Result;
use crate::process::{Folder, Process, product};
use simulator::load::{LoadKind, LoadSettings, Logins, run as load};
use std::path::PathBuf;
use std::process::Command;

/// What a ratio above this would say: parsing, the session engine and the store cost more than the floor itself.
const GOAL: f64 = 2.0;

#[derive(clap::Args)]
pub struct Options {
    /// The executable `lastmile`, release build.
    #[arg(long)]
    server: PathBuf,
    /// Sessions in one turn.
    #[arg(long, default_value_t = 10_000)]
    sessions: u64,
    /// Turns of each; the medians count.
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// Sessions at the same time.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// Devices that the sessions go round in.
    #[arg(long, default_value_t = 2_000)]
    devices: u32,
    /// Fail if the ratio is above the goal of 2.0.
    #[arg(long)]
    check: bool,
}

/// One server under load.
struct Side {
    name: &'static str,
    process: Process,
    load: LoadSettings,
    /// Milliseconds of CPU per session, one per turn.
    cost: Vec<f64>,
    rate: Vec<f64>,
}

impl Side {
    async fn turn(&mut self) -> Result<()> {
        let before = self.process.cpu()?;
        let report = load(self.load.clone()).await?;
        if report.errors > 0 {
            return Err(format!(
                "{}: {} of {} sessions failed: {:?}",
                self.name, report.errors, self.load.sessions, report.causes
            )
            .into());
        }
        let spent = self.process.cpu()? - before;
        self.cost.push(spent * 1000.0 / report.sessions as f64);
        self.rate.push(report.rate());
        Ok(())
    }
}

pub async fn run(options: &Options) -> Result<()> {
    let folder = Folder::new("sessions")?;
    let password = format!("{:016x}", std::process::id());
    let logins = Logins::default();
    let settings = |acs: String, kind, sessions| LoadSettings {
        acs,
        sessions,
        concurrency: options.concurrency,
        devices: options.devices,
        kind,
        username: "bench".to_owned(),
        password: password.clone(),
        logins: logins.clone(),
        ..LoadSettings::default()
    };
    let product_folder = folder.0.join("product");
    std::fs::create_dir_all(&product_folder)?;
    let (process, url) = product(&options.server, &product_folder, &password).await?;
    println!("Introducing {} devices to the product …", options.devices);
    let report = load(settings(url.clone(), LoadKind::FirstContact, u64::from(options.devices))).await?;
    if report.errors > 0 {
        return Err(
            format!("{} of {} first contacts failed: {:?}", report.errors, options.devices, report.causes).into()
        );
    }
    println!(
        "  {:.1} requests of ours each, {:.0} first contacts a second",
        report.rpcs as f64 / report.sessions as f64,
        report.rate()
    );
    let mut product = Side {
        name: "product",
        process,
        load: settings(url, LoadKind::Periodic, options.sessions),
        cost: Vec::new(),
        rate: Vec::new(),
    };

    let floor_folder = folder.0.join("floor");
    std::fs::create_dir_all(&floor_folder)?;
    let ready = floor_folder.join("ready");
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("floor").arg(&floor_folder).arg(&ready);
    let (process, url) = Process::start(command, &ready).await?;
    // The floor knows the one password.
    let load = LoadSettings { logins: Logins::default(), ..settings(url, LoadKind::Periodic, options.sessions) };
    let mut floor = Side { name: "floor", process, load, cost: Vec::new(), rate: Vec::new() };

    println!(
        "{} turns of {} sessions each, {} at a time (first turn is not counted)",
        options.turns, options.sessions, options.concurrency
    );
    println!("{:>6} {:>22} {:>22} {:>8}", "turn", "floor ms CPU/session", "product ms CPU/session", "ratio");
    for turn in 0..=options.turns {
        floor.turn().await?;
        product.turn().await?;
        let (f, p) = (floor.cost[turn], product.cost[turn]);
        println!("{turn:>6} {f:>22.4} {p:>22.4} {:>8.2}", p / f);
    }
    let ratios: Vec<f64> = (1..=options.turns).map(|turn| product.cost[turn] / floor.cost[turn]).collect();
    let ratio = median(&ratios);
    println!(
        "median: floor {:.4} ms, product {:.4} ms, ratio {ratio:.2} (goal {GOAL:.1}); {:.0} and {:.0} sessions a second; product's memory {:.0} MB",
        median(&floor.cost[1..]),
        median(&product.cost[1..]),
        median(&floor.rate[1..]),
        median(&product.rate[1..]),
        product.process.memory()?,
    );
    if options.check && ratio > GOAL {
        return Err(format!("a session costs {ratio:.2} times the floor; the goal is {GOAL:.1}").into());
    }
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
