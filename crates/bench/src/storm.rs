//! How long an agent waits while all the sessions run that this machine gives: until an action reaches its device, and
//! for pages.

mod agent;

use crate::Result;
use crate::process::{Folder, product_urls};
use agent::Agent;
use serde_json::{Value, json};
use simulator::load::{LoadKind, LoadSettings, Logins, run as load};
use simulator::{Fleet, FleetSettings, Pace};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// From the click to the device being connected.
const ACTION_GOAL: Duration = Duration::from_secs(1);
/// For 95 of 100 pages.
const PAGE_GOAL: Duration = Duration::from_millis(300);

#[derive(clap::Args)]
pub struct Options {
    /// The executable `lastmile`, release build.
    #[arg(long)]
    server: PathBuf,
    /// Seconds of the storm.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Sessions of the storm at the same time.
    #[arg(long, default_value_t = 256)]
    concurrency: usize,
    /// Devices of the storm.
    #[arg(long, default_value_t = 2_000)]
    devices: u32,
    /// Devices that an agent works with.
    #[arg(long, default_value_t = 20)]
    worked: u32,
    /// Fail if an action starts later than within 1 s, or 5 of 100 pages take longer than 300 ms.
    #[arg(long)]
    check: bool,
}

pub async fn run(options: &Options) -> Result<()> {
    let folder = Folder::new("storm")?;
    let password = format!("{:016x}", std::process::id());
    let (process, urls) = product_urls(&options.server, &folder.0, &password).await?;
    let agent = Agent::first(&urls.portal, &urls.setup).await?;
    let fleet = Fleet::start(FleetSettings {
        acs: urls.cwmp.clone(),
        devices: options.worked,
        username: "bench".to_owned(),
        password: password.clone(),
        inform_interval: 3600,
        pace: Pace::default(),
        spread: Duration::from_secs(1),
        ..FleetSettings::default()
    })
    .await?;
    let ids = known(&agent, options.worked).await?;
    // Logins that devices are given at their first contact are theirs in the storm.
    let logins = Logins::default();
    let settings = |kind, sessions, concurrency| LoadSettings {
        logins: logins.clone(),
        acs: urls.cwmp.clone(),
        sessions,
        concurrency,
        devices: options.devices,
        kind,
        username: "bench".to_owned(),
        password: password.clone(),
        ..LoadSettings::default()
    };
    println!("Introducing {} devices …", options.devices);
    let report = load(settings(LoadKind::FirstContact, u64::from(options.devices), 32)).await?;
    if report.errors > 0 {
        return Err(format!("{} first contacts failed: {:?}", report.errors, report.causes).into());
    }

    println!(
        "{:<10} {:>11} {:>9} {:>13} {:>13} {:>11} {:>11} {:>11}",
        "", "sessions/s", "put off", "action p50 ms", "action p95 ms", "page p50 ms", "page p95 ms", "page max ms"
    );
    let length = Duration::from_secs(options.seconds);
    let calm = watch(&agent, &ids, length / 3).await?;
    line("calm", None, 0, &calm);
    // More sessions than can be done in the time: the storm is cut off.
    let storm = tokio::spawn(load_for(
        settings(LoadKind::Periodic, u64::MAX, options.concurrency),
        length + Duration::from_secs(4),
    ));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = process.cpu()?;
    let busy = watch(&agent, &ids, length).await?;
    let spent = process.cpu()? - before;
    let (rate, put_off) = storm.await??;
    line("storm", Some(rate), put_off, &busy);
    println!(
        "the server used {:.2} of this machine's cores; {} actions and {} pages in the storm; {:.0} MB",
        spent / options.seconds as f64,
        busy.actions.len(),
        busy.pages.len(),
        process.memory()?
    );
    drop(fleet);
    let late = busy.actions.iter().filter(|time| **time > ACTION_GOAL).count();
    let pages = at(&busy.pages, 95);
    if options.check && (late > 0 || pages > PAGE_GOAL || busy.actions.is_empty()) {
        return Err(format!("{late} actions began later than within 1 s, 95 of 100 pages took up to {pages:?}").into());
    }
    Ok(())
}

/// Runs a load for a time; its rate, and sessions that were put off.
async fn load_for(settings: LoadSettings, length: Duration) -> Result<(f64, u64)> {
    let (mut sessions, mut put_off) = (0, 0);
    let began = Instant::now();
    while began.elapsed() < length {
        let part = LoadSettings { sessions: 2_000, ..settings.clone() };
        let report = load(part).await?;
        sessions += report.sessions;
        put_off += report.errors;
        let other: Vec<_> = report.causes.keys().filter(|cause| !cause.contains("503")).collect();
        if !other.is_empty() {
            return Err(format!("sessions failed: {:?}", report.causes).into());
        }
    }
    Ok((sessions as f64 / began.elapsed().as_secs_f64(), put_off))
}

/// The ids of the devices that the agent works with, once all are known and read.
async fn known(agent: &Agent, devices: u32) -> Result<Vec<i64>> {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        let page = agent.call("devices", &json!({"query": {"limit": 200}})).await?;
        let mut ids = Vec::new();
        for row in page["items"].as_array().into_iter().flatten() {
            let id = row["id"].as_i64().ok_or("a row without an id")?;
            let view = agent.call("device", &json!({ "device": id })).await?;
            if view["discovering"] == false && view["row"]["open_tasks"] == 0 {
                ids.push(id);
            }
        }
        if ids.len() >= devices as usize {
            return Ok(ids);
        }
        if Instant::now() > deadline {
            return Err("the devices to work with did not appear within two minutes".into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[derive(Default)]
struct Watched {
    /// From the click until the device was connected.
    actions: Vec<Duration>,
    pages: Vec<Duration>,
}

async fn watch(agent: &Agent, ids: &[i64], length: Duration) -> Result<Watched> {
    let (actions, pages) = tokio::join!(act(agent, ids, length), look(agent, ids, length));
    let mut watched = Watched { actions: actions?, pages: pages? };
    watched.actions.sort_unstable();
    watched.pages.sort_unstable();
    Ok(watched)
}

/// Asks one device after another for fresh values; when each was connected, by the task's own steps.
async fn act(agent: &Agent, ids: &[i64], length: Duration) -> Result<Vec<Duration>> {
    let began = Instant::now();
    let mut times = Vec::new();
    for device in ids.iter().cycle() {
        if began.elapsed() > length {
            break;
        }
        let clicked = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis() as i64;
        let kind = json!({"kind": "refresh", "paths": ["Device.DeviceInfo.UpTime"]});
        let task = agent.call("device/task", &json!({"device": device, "kind": kind})).await?;
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let tasks = agent.call("device/tasks", &json!({"device": device, "cursor": null})).await?;
            let now = tasks["items"].as_array().into_iter().flatten().find(|one| one["id"] == task["id"]);
            let step = |name: &str| {
                let steps = now?["steps"].as_array()?;
                steps.iter().find(|step| step["state"] == name)?["at"].as_i64()
            };
            if let Some(at) = step("connected") {
                times.push(Duration::from_millis((at - clicked).max(0) as u64));
                break;
            }
            if now.is_some_and(|now| now["state"] == "failed") || Instant::now() > deadline {
                // An action that never began counts as one that took as long as was waited.
                times.push(Duration::from_secs(20));
                break;
            }
        }
        // Routers leave a pause between two calls; an agent reads what came.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(times)
}

/// Opens pages as agents do.
async fn look(agent: &Agent, ids: &[i64], length: Duration) -> Result<Vec<Duration>> {
    let began = Instant::now();
    let mut times = Vec::new();
    for device in ids.iter().cycle() {
        for path in [
            "/",
            "/devices",
            "/search?q=LOAD0000&page=1",
            &format!("/devices/{device}"),
            &format!("/devices/{device}/tasks"),
        ] {
            if began.elapsed() > length {
                return Ok(times);
            }
            let asked = Instant::now();
            agent.page(path).await?;
            times.push(asked.elapsed());
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }
    Ok(times)
}

fn at(sorted: &[Duration], hundredths: usize) -> Duration {
    sorted.get((sorted.len() * hundredths).div_ceil(100).saturating_sub(1)).copied().unwrap_or(Duration::MAX)
}

fn line(name: &str, rate: Option<f64>, put_off: u64, watched: &Watched) {
    let ms = |times: &[Duration], hundredths| format!("{:.0}", at(times, hundredths).as_secs_f64() * 1000.0);
    let rate = rate.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
    println!(
        "{name:<10} {rate:>11} {put_off:>9} {:>13} {:>13} {:>11} {:>11} {:>11}",
        ms(&watched.actions, 50),
        ms(&watched.actions, 95),
        ms(&watched.pages, 50),
        ms(&watched.pages, 95),
        ms(&watched.pages, 100)
    );
}

/// What the product answered, for messages.
fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}
