//! What it takes to start a campaign on a large fleet, and what a look at it costs.

use crate::Result;
use crate::people;
use crate::process::Folder;
use acs::Acs;
use model::campaign::{CampaignKind, CampaignPlan, Gate, LeaveOut, Pace, Reach, StagePlan, Tally, TargetState};
use model::task::{TaskState, TaskStep};
use model::{CampaignId, Timestamp};
use std::time::{Duration, Instant};
use store::{Commit, NewCampaign, Store, StoreSettings, TaskUpdate, Write};

/// Rows written at a time.
const PAGE: u64 = 5_000;

#[derive(clap::Args)]
pub struct Options {
    /// Devices, each with a subscriber.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Devices that something is due of at once.
    #[arg(long, default_value_t = 10_000)]
    due: u32,
    /// A PostgreSQL server on which databases may be created.
    #[arg(long)]
    postgres: Option<String>,
    /// Only this one: `sqlite` or `postgres`.
    #[arg(long)]
    only: Option<String>,
}

pub async fn run(options: &Options) -> Result<()> {
    let folder = Folder::new("campaigns")?;
    if options.only.as_deref() != Some("postgres") {
        let url = format!("sqlite://{}", folder.0.join("campaigns.db").display());
        Box::pin(measure("SQLite", &url, options)).await?;
    }
    if let Some(server) = options.postgres.as_ref().filter(|_| options.only.as_deref() != Some("sqlite")) {
        let name = format!("lastmile_bench_campaigns_{}", std::process::id());
        store::testing::create_database(server, &name).await?;
        let url = store::testing::with_database(server, &name);
        Box::pin(measure("PostgreSQL", &url, options)).await?;
    }
    Ok(())
}

async fn measure(title: &str, url: &str, options: &Options) -> Result<()> {
    let store = Store::open(&StoreSettings { url: url.to_owned(), max_connections: 8 }).await?;
    store.migrate().await?;
    // All were heard of just now.
    let now = store::now();
    let began = Instant::now();
    let mut from = 1;
    while from <= options.rows {
        let page: Vec<_> = (from..=options.rows.min(from + PAGE - 1))
            .map(|number| store::Filled { last_inform: now, ..people::row(number, now) })
            .collect();
        store.fill(from as i64, &page).await?;
        from += PAGE;
    }
    println!("\n{title}: {} devices written in {:.0} s", options.rows, began.elapsed().as_secs_f64());
    let acs = Acs::for_commands(store.clone()).await?;
    let before = memory()?;

    let began = Instant::now();
    let plan = plan(options.due);
    let preview = store.preview_campaign(&plan.audience, now).await?;
    line("audience counted, by model, revision and version", began.elapsed(), &format!("{} devices", preview.total));
    let new = NewCampaign { plan, by: "Bench".into(), author: None, rollback_of: None, expected: preview.total, now };
    let id = store.create_campaign(new).await?.id;

    let began = Instant::now();
    store.start_campaign(&record(&store, id).await?, None, now).await?;
    line("stages worked out (reads only)", began.elapsed(), "");
    let (began, mut longest, mut turns) = (Instant::now(), Duration::ZERO, 0);
    while record(&store, id).await?.planned_to.is_some() {
        let turn = Instant::now();
        store.choose_targets(&record(&store, id).await?, now).await?;
        longest = longest.max(turn.elapsed());
        turns += 1;
    }
    let said = format!("{turns} transactions, the longest {:.0} ms", ms(longest));
    line("devices taken in", began.elapsed(), &said);
    println!("  {:<52} {:>9.1} MB more than before", "memory at its highest", memory()? - before);

    let mut clock = now.plus_seconds(1);
    let began = Instant::now();
    let mut looks = 0;
    while tally(&store, id).await?.of(TargetState::Connecting) < options.due {
        acs.look_after_campaigns(clock).await?;
        clock = clock.plus_seconds(2);
        looks += 1;
    }
    line(&format!("{} devices begun, each with its task", options.due), began.elapsed(), &format!("{looks} looks"));

    take_all(&store, id, clock).await?;
    let began = Instant::now();
    looks = 0;
    while tally(&store, id).await?.of(TargetState::Sent) < options.due {
        acs.look_after_campaigns(clock).await?;
        clock = clock.plus_seconds(2);
        looks += 1;
    }
    line(&format!("looks with {} due", options.due), began.elapsed(), &format!("{looks} looks"));

    let mut times = Vec::new();
    for _ in 0..20 {
        clock = clock.plus_seconds(2);
        let began = Instant::now();
        acs.look_after_campaigns(clock).await?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    line("a look with nothing due", times[10], &format!("the longest {:.1} ms", ms(times[19])));
    store.close().await;
    Ok(())
}

/// The first stage has as many as are to be due; the others wait.
fn plan(due: u32) -> CampaignPlan {
    let stage = |reach| StagePlan { reach, gate: Gate::default() };
    let mut plan = CampaignPlan {
        stages: vec![stage(Reach::Devices(due)), stage(Reach::Percent(10.0)), stage(Reach::Percent(100.0))],
        window: None,
        pace: Pace { per_minute: 1_000_000, at_once: 1_000_000, ..Pace::default() },
        ..CampaignPlan::new("Bench", CampaignKind::Reboot)
    };
    plan.audience.leave_out = LeaveOut { silent_hours: Some(24), ..LeaveOut::default() };
    plan
}

/// All devices that were called have their order.
async fn take_all(store: &Store, id: CampaignId, now: Timestamp) -> Result<()> {
    let record = record(store, id).await?;
    let targets = store.targets_in(&record, &[TargetState::Connecting], u32::MAX).await?;
    let write = |task| Write::Task {
        id: task,
        from: vec![TaskState::Queued, TaskState::Contacting],
        update: TaskUpdate { step: Some(TaskStep { state: TaskState::Applied, at: now }), ..TaskUpdate::default() },
    };
    for some in targets.chunks(500) {
        let writes = some.iter().filter_map(|target| target.task).map(write).collect();
        store.commit(Commit { writes }).await?;
    }
    Ok(())
}

async fn record(store: &Store, id: CampaignId) -> Result<store::CampaignRecord> {
    store.campaign(id).await?.ok_or_else(|| "the campaign is gone".into())
}

async fn tally(store: &Store, id: CampaignId) -> Result<Tally> {
    let numbers = store.campaign_numbers(&record(store, id).await?).await?;
    Ok(numbers.all())
}

fn line(what: &str, time: Duration, more: &str) {
    println!("  {what:<52} {:>9.1} ms  {more}", ms(time));
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The most memory that this process has had, in MB.
fn memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: f64 = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0.0);
    Ok(kilobytes / 1000.0)
}
