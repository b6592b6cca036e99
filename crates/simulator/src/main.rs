//! `lastmile-simulator`: a fleet of simulated gateways.

use clap::{Args, Parser, Subcommand, ValueEnum};
use simulator::load::{LoadKind, LoadSettings};
use simulator::{
    Arrival, FaultsOf, Fleet, FleetSettings, Injected, Model, Pace, Tls, builtin, builtin_names, control, load,
    subscribers,
};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(about = "A fleet of simulated gateways that speak TR-069")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a fleet until it is interrupted
    Run(Box<Run>),
    /// Writes sample subscribers for a fleet as CSV
    Subscribers(Identity),
    /// Lists the built-in models
    Models,
    /// Writes a firmware image that devices of one model take
    Image(Image),
    /// Plays sessions as fast as the ACS takes them, and reports as JSON
    Load(Load),
}

/// What decides the serial numbers: the same for `run` and `subscribers`.
#[derive(Args)]
struct Identity {
    /// How many devices
    #[arg(long, default_value_t = 200)]
    devices: u32,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Name of a built-in model, or a CSV file with the dump of a device; several take turns [default: all built-in]
    #[arg(long)]
    model: Vec<String>,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    identity: Identity,
    /// URL of the ACS
    #[arg(long, default_value = "http://127.0.0.1:7547/")]
    acs: String,
    /// User name that all devices share
    #[arg(long, default_value = "", env = "SIMULATOR_USERNAME")]
    username: String,
    /// Password that all devices share
    #[arg(long, default_value = "", env = "SIMULATOR_PASSWORD", hide_env_values = true)]
    password: String,
    /// Seconds between periodic Informs, unless the ACS sets another interval
    #[arg(long, default_value_t = 300)]
    inform_interval: u32,
    /// 10 makes boots, retries and ordered waits ten times faster; with 100 a fleet installs firmware in a second
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Seconds that a boot takes, before --speed
    #[arg(long, default_value_t = 60.0)]
    boot_seconds: f64,
    /// First contacts are spread over this many seconds
    #[arg(long, default_value_t = 10.0)]
    spread: f64,
    /// How the devices come
    #[arg(long, value_enum, default_value_t = ArrivalName::FirstInstall)]
    arrival: ArrivalName,
    /// Sessions at the same time
    #[arg(long, default_value_t = 512)]
    concurrency: usize,
    /// Where the connection-request server listens
    #[arg(long, default_value = "127.0.0.1:0")]
    connection_requests: SocketAddr,
    /// Where to listen for control requests, on loopback; without it nobody does
    #[arg(long)]
    control: Option<SocketAddr>,
    /// What every device does wrong, such as `no-cookies`, or JSON: see `crates/simulator/src/cpe/faults.rs`
    #[arg(long)]
    fault: Vec<Injected>,
    /// JSON with what some devices do wrong: `[{"devices": {"start": 0, "end": 10}, "faults": [{"fault": "no-cookies"}]}]`;
    /// the end is not included
    #[arg(long)]
    faults_file: Option<PathBuf>,
    #[command(flatten)]
    tls: TlsFiles,
    /// Written as JSON as soon as the fleet runs: where its servers are, and how many devices it has
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

/// PEM files for `https://` URLs.
#[derive(Args)]
struct TlsFiles {
    /// Authorities that the devices trust; without it they have no TLS
    #[arg(long = "tls-ca")]
    ca: Option<PathBuf>,
    /// Certificate that all devices show
    #[arg(long = "tls-certificate", requires_all = ["ca", "key"], conflicts_with = "maker")]
    certificate: Option<PathBuf>,
    /// Its key
    #[arg(long = "tls-key", requires = "certificate")]
    key: Option<PathBuf>,
    /// Authority that gives each device a certificate of its own, with OUI-ProductClass-Serial as its name
    #[arg(long = "tls-maker", requires_all = ["ca", "maker_key"])]
    maker: Option<PathBuf>,
    /// The authority's key
    #[arg(long = "tls-maker-key", requires = "maker")]
    maker_key: Option<PathBuf>,
}

impl TlsFiles {
    fn read(&self) -> Result<Tls, Failure> {
        let Some(authorities) = &self.ca else { return Ok(Tls::default()) };
        let tls = Tls::trusting(authorities)?;
        Ok(match (&self.certificate, &self.key, &self.maker, &self.maker_key) {
            (Some(certificate), Some(key), ..) => tls.with_certificate(certificate, key)?,
            (_, _, Some(certificate), Some(key)) => tls.with_maker(certificate, key)?,
            _ => tls,
        })
    }
}

#[derive(Args)]
struct Image {
    /// ProductClass of the devices, such as HG645
    #[arg(long)]
    product_class: String,
    /// What they report as SoftwareVersion once they run it
    #[arg(long)]
    version: String,
    /// Bytes
    #[arg(long, default_value_t = 1_000_000)]
    size: usize,
    /// What goes wrong with it, such as `bricks=20`: see `crates/simulator/src/image.rs`
    #[arg(long)]
    with: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ArrivalName {
    /// Out of the box: 0 BOOTSTRAP and 1 BOOT
    FirstInstall,
    /// From another ACS: 0 BOOTSTRAP, and uptimes of days
    Migrated,
    /// Known to the ACS: 1 BOOT
    Restarted,
}

#[derive(Args)]
struct Load {
    /// URL of the ACS
    #[arg(long, default_value = "http://127.0.0.1:7547/")]
    acs: String,
    #[arg(long, default_value_t = 1000)]
    sessions: u64,
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    #[arg(long, default_value_t = 1000)]
    devices: u32,
    #[arg(long, value_enum, default_value_t = KindName::Periodic)]
    kind: KindName,
    #[arg(long, default_value = "", env = "SIMULATOR_USERNAME")]
    username: String,
    #[arg(long, default_value = "", env = "SIMULATOR_PASSWORD", hide_env_values = true)]
    password: String,
    /// Name of a built-in model
    #[arg(long, default_value = "kestrel-hg645")]
    model: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum KindName {
    /// 2 PERIODIC: nothing new
    Periodic,
    /// 0 BOOTSTRAP: the ACS discovers the whole tree
    FirstContact,
}

impl Identity {
    fn models(&self) -> Result<Vec<Arc<Model>>, Failure> {
        if self.model.is_empty() {
            return Ok(builtin_names().into_iter().filter_map(builtin).collect());
        }
        self.model.iter().map(|name| Model::load(name).map_err(|error| format!("{name}: {error}").into())).collect()
    }
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    match act(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> Result<(), Failure> {
    match command {
        Command::Models => {
            let mut out = std::io::stdout().lock();
            for model in builtin_names().into_iter().filter_map(builtin) {
                writeln!(
                    out,
                    "{:<16} {} {} ({})",
                    model.name,
                    model.manufacturer,
                    model.product_class,
                    model.root_path()
                )?;
            }
            Ok(())
        }
        Command::Image(image) => {
            let bytes = simulator::image_with(&image.product_class, &image.version, &image.with, image.size)
                .ok_or_else(|| format!("not all of these are words of an image: {}", image.with.join(" ")))?;
            Ok(std::io::stdout().lock().write_all(&bytes)?)
        }
        Command::Subscribers(identity) => {
            Ok(subscribers::write(std::io::stdout().lock(), identity.seed, &identity.models()?, identity.devices)?)
        }
        Command::Run(run) => tokio::runtime::Runtime::new()?.block_on(run_fleet(*run)),
        Command::Load(load) => tokio::runtime::Runtime::new()?.block_on(run_load(load)),
    }
}

async fn run_fleet(run: Run) -> Result<(), Failure> {
    let seconds = |number: f64, name: &str| {
        Duration::try_from_secs_f64(number).map_err(|_| format!("--{name} is not a number of seconds"))
    };
    let settings = FleetSettings {
        acs: run.acs.clone(),
        devices: run.identity.devices,
        seed: run.identity.seed,
        models: run.identity.models()?,
        username: run.username,
        password: run.password,
        inform_interval: run.inform_interval,
        arrival: match run.arrival {
            ArrivalName::FirstInstall => Arrival::FirstInstall,
            ArrivalName::Migrated => Arrival::Migrated,
            ArrivalName::Restarted => Arrival::Restarted,
        },
        spread: seconds(run.spread, "spread")?,
        pace: Pace { speed: run.speed, reboot: seconds(run.boot_seconds, "boot-seconds")? },
        concurrency: run.concurrency,
        connection_requests: run.connection_requests,
        faults: run.fault,
        faults_of: match &run.faults_file {
            Some(path) => read_faults(path)?,
            None => Vec::new(),
        },
        tls: run.tls.read()?,
    };
    let fleet = Arc::new(Fleet::start(settings).await?);
    let mut control_url = None;
    if let Some(address) = run.control {
        let (address, serve) = control::open(address, fleet.clone()).await?;
        tokio::spawn(serve);
        control_url = Some(format!("http://{address}"));
    }
    let connection_requests = format!("http://{}", fleet.connection_requests());
    tracing::info!(
        devices = fleet.devices().len(),
        acs = run.acs,
        control = control_url,
        connection_requests,
        "the fleet runs"
    );
    if let Some(path) = &run.ready_file {
        let ready = serde_json::json!({
            "control": control_url,
            "connection_requests": connection_requests,
            "devices": fleet.devices().len(),
        });
        write_whole(path, &ready.to_string())?;
    }
    interrupted().await?;
    let stats = fleet.stats();
    tracing::info!(sessions = stats.sessions, failed = stats.failed_sessions, "the fleet stops");
    Ok(())
}

fn read_faults(path: &Path) -> Result<Vec<FaultsOf>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    Ok(serde_json::from_str(&text).map_err(|error| wrong(&error))?)
}

/// Writes a file so that nobody sees half of it.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    std::fs::write(&new, text)?;
    std::fs::rename(new, path)
}

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

async fn run_load(load: Load) -> Result<(), Failure> {
    let report = load::run(LoadSettings {
        acs: load.acs,
        sessions: load.sessions,
        concurrency: load.concurrency,
        devices: load.devices,
        kind: match load.kind {
            KindName::Periodic => LoadKind::Periodic,
            KindName::FirstContact => LoadKind::FirstContact,
        },
        username: load.username,
        password: load.password,
        model: load.model,
        ..LoadSettings::default()
    })
    .await?;
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string_pretty(&report)?)?;
    if report.errors > 0 { Err(format!("{} sessions failed", report.errors).into()) } else { Ok(()) }
}
