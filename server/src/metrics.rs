//! Prometheus metrics: the recorder, and the values that are read when somebody asks.

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

pub const HTTP_REQUESTS: &str = "lastmile_http_requests_total";
pub const HTTP_SECONDS: &str = "lastmile_http_request_seconds";
pub const CWMP_REQUESTS: &str = "lastmile_cwmp_requests_total";
pub const CWMP_SECONDS: &str = "lastmile_cwmp_request_seconds";
pub const CWMP_BODY_BYTES: &str = "lastmile_cwmp_body_bytes_total";
pub const FILE_REQUESTS: &str = "lastmile_file_requests_total";
pub const CONNECTIONS: &str = "lastmile_connections";
pub const CONNECTIONS_REFUSED: &str = "lastmile_connections_refused_total";
pub const LIVE_STREAMS: &str = "lastmile_live_streams";

/// Seconds; from a static answer to a whole tree on a slow line.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Installs the recorder of the process. Before anything makes a metric: handles made earlier count into nothing.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)?
        .install_recorder()?;
    describe_counter!(HTTP_REQUESTS, "Requests to the portal, by route and status");
    describe_histogram!(HTTP_SECONDS, "Seconds from a portal request to the head of its answer");
    describe_counter!(CWMP_REQUESTS, "Requests of CPEs, by status");
    describe_histogram!(CWMP_SECONDS, "Seconds from a whole CWMP request to its answer");
    describe_counter!(CWMP_BODY_BYTES, "Bytes of CWMP request bodies after decompression");
    describe_counter!(FILE_REQUESTS, "Requests of devices for files, by kind and status");
    describe_counter!("lastmile_file_links_total", "Uses of links to files, by kind and outcome");
    describe_counter!("lastmile_file_bytes_sent_total", "Bytes of files that devices asked for");
    describe_counter!("lastmile_file_uploads_total", "Files that devices sent and that were kept");
    describe_gauge!(CONNECTIONS, "Open connections, by listener");
    describe_counter!(CONNECTIONS_REFUSED, "Connections refused for a limit, by listener");
    describe_gauge!(LIVE_STREAMS, "Open event streams of portal pages");
    describe_gauge!("lastmile_store_queued_commits", "Commits of sessions that wait for their transaction");
    describe_gauge!("lastmile_store_last_batch_commits", "Commits in the last transaction");
    describe_counter!("lastmile_store_batches_total", "Transactions of the group commit");
    describe_counter!("lastmile_store_commits_total", "Commits in them");
    describe_gauge!("process_resident_memory_bytes", "Resident memory");
    describe_gauge!("process_cpu_seconds_total", "CPU time, user and system");
    describe_gauge!("process_open_fds", "Open file descriptors");
    gauge!("lastmile_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// Histograms keep raw samples until they are drained; without this they would grow between scrapes.
pub async fn upkeep(handle: PrometheusHandle) {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        handle.run_upkeep();
    }
}

/// The text that Prometheus scrapes.
pub fn render(handle: &PrometheusHandle) -> String {
    if let Some(process) = Process::read() {
        gauge!("process_resident_memory_bytes").set(process.resident_bytes as f64);
        gauge!("process_cpu_seconds_total").set(process.cpu_seconds);
        gauge!("process_open_fds").set(process.open_files as f64);
    }
    handle.render()
}

/// How the group commit is doing.
pub fn store(stats: &store::StoreStats) {
    gauge!("lastmile_store_queued_commits").set(stats.queued as f64);
    gauge!("lastmile_store_last_batch_commits").set(stats.last_batch as f64);
    counter!("lastmile_store_batches_total").absolute(stats.batches);
    counter!("lastmile_store_commits_total").absolute(stats.commits);
}

/// What Linux tells about this process. Elsewhere nothing.
struct Process {
    resident_bytes: u64,
    cpu_seconds: f64,
    open_files: usize,
}

impl Process {
    fn read() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident_bytes = resident.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024;
        // Fields after the name in parentheses, which may hold spaces: 14 and 15 of the whole are user and system ticks.
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let mut ticks = stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(str::parse::<u64>);
        let total = ticks.next()?.ok()? + ticks.next()?.ok()?;
        let cpu_seconds = total as f64 / rustix::param::clock_ticks_per_second() as f64;
        let open_files = std::fs::read_dir("/proc/self/fd").ok()?.count();
        Some(Self { resident_bytes, cpu_seconds, open_files })
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn the_process_knows_itself() {
        let process = super::Process::read().unwrap();
        assert!(process.resident_bytes > 1 << 20);
        assert!(process.open_files > 2);
        assert!(process.cpu_seconds >= 0.0);
    }
}
