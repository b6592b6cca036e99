//! How long a search takes with a large fleet: every kind of text that people type, and some that nobody should.

mod texts;

use crate::Result;
use crate::people;
use crate::process::Folder;
use model::{DeviceId, Timestamp};
use std::time::{Duration, Instant};
use store::{Store, StoreSettings};
use texts::{Kind, texts};

/// 95 of 100 searches of every kind answer within this time.
const GOAL: Duration = Duration::from_millis(100);
/// Rows written at a time.
const PAGE: u64 = 5_000;

#[derive(clap::Args)]
pub struct Options {
    /// Devices, each with a subscriber.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// A PostgreSQL server on which databases may be created.
    #[arg(long)]
    postgres: Option<String>,
    /// Only this one: `sqlite` or `postgres`.
    #[arg(long)]
    only: Option<String>,
    /// A folder in which the SQLite database is kept for the next time.
    #[arg(long)]
    keep: Option<std::path::PathBuf>,
    /// Searches of each kind.
    #[arg(long, default_value_t = 60)]
    searches: usize,
    /// Fail if 95 of 100 searches of a kind take longer than 100 ms.
    #[arg(long)]
    check: bool,
}

pub async fn run(options: &Options) -> Result<()> {
    let folder = Folder::new("search")?;
    let mut slow = Vec::new();
    if options.only.as_deref() != Some("postgres") {
        let place = options.keep.clone().unwrap_or_else(|| folder.0.clone());
        std::fs::create_dir_all(&place)?;
        let url = format!("sqlite://{}", place.join(format!("search-{}.db", options.rows)).display());
        slow.extend(measure("SQLite", &url, options).await?);
    }
    if let Some(server) = options.postgres.as_ref().filter(|_| options.only.as_deref() != Some("sqlite")) {
        let name = format!("lastmile_bench_search_{}", options.rows);
        let url = database(server, &name).await?;
        slow.extend(measure("PostgreSQL", &url, options).await?);
    }
    if options.check && !slow.is_empty() {
        return Err(format!("slower than {} ms: {}", GOAL.as_millis(), slow.join(", ")).into());
    }
    Ok(())
}

/// Creates the database, unless it is there from the last time.
async fn database(server: &str, name: &str) -> Result<String> {
    store::testing::create_database(server, name).await?;
    Ok(store::testing::with_database(server, name))
}

async fn measure(title: &str, url: &str, options: &Options) -> Result<Vec<String>> {
    let store = Store::open(&StoreSettings { url: url.to_owned(), max_connections: 8 }).await?;
    store.migrate().await?;
    // The moment of the fleet's last Informs, the same in each run on kept data.
    let now = Timestamp(1_795_356_000_000);
    if store.device(DeviceId(options.rows as i64)).await?.is_none() {
        fill(title, &store, options.rows, now).await?;
    }
    println!("\n{title}, {} devices and subscribers, {} MB", options.rows, store.size().await? / 1_000_000);
    println!("{:<34} {:>8} {:>8} {:>8} {:>7}  example", "kind", "p50 ms", "p95 ms", "max ms", "found");
    let mut slow = Vec::new();
    for &kind in Kind::ALL {
        let texts = texts(kind, options.rows, options.searches, now);
        // Once before it counts: the first of a kind prepares its statements.
        for text in texts.iter().take(3) {
            store.search(&text.typed, None, 8, now).await?;
        }
        let (mut times, mut found, mut meant) = (Vec::with_capacity(texts.len()), 0, 0);
        for text in &texts {
            let began = Instant::now();
            let hits = store.search(&text.typed, None, 8, now).await?;
            times.push(began.elapsed());
            if let Some(number) = text.meant {
                meant += 1;
                found += usize::from(hits.iter().any(|hit| hit.device == Some(DeviceId(number as i64))));
            }
        }
        times.sort_unstable();
        let at = |hundredths: usize| times[(times.len() * hundredths).div_ceil(100).saturating_sub(1)];
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let share = (found * 100_usize).checked_div(meant).map_or("-".to_owned(), |share| format!("{share} %"));
        let example: String = texts[0].typed.chars().take(30).collect();
        println!(
            "{:<34} {:>8.1} {:>8.1} {:>8.1} {share:>7}  {example}",
            kind.words(),
            ms(at(50)),
            ms(at(95)),
            ms(at(100))
        );
        if at(95) > GOAL {
            slow.push(format!("{title}: {}", kind.words()));
        }
    }
    store.close().await;
    Ok(slow)
}

async fn fill(title: &str, store: &Store, rows: u64, now: Timestamp) -> Result<()> {
    let began = Instant::now();
    let mut from = 1;
    while from <= rows {
        let page: Vec<_> = (from..=rows.min(from + PAGE - 1)).map(|number| people::row(number, now)).collect();
        store.fill(from as i64, &page).await?;
        from += PAGE;
    }
    println!("{title}: {rows} rows written in {:.0} s", began.elapsed().as_secs_f64());
    let began = Instant::now();
    store.rebuild_search().await?;
    println!("{title}: search index written in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}
