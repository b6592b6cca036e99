//! `cargo xtask demo`: the product with a fleet of simulated gateways and sample subscribers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::build::{self, Profile};
use crate::command::{capture, say, step};
use crate::context::Context;
use crate::process::{Running, catch_interrupts, interrupted, wait_for_first};
use crate::setup::{self, Need};

/// Which fleet and which subscribers: the same ones every time, so that people can talk about what they see.
const SEED: &str = "1";

/// Firmware images that the gateways take: ProductClass and version.
const IMAGES: [(&str, &str); 4] = [("HG640", "4.3.0"), ("HG645", "4.3.0"), ("GX21", "3.8.0"), ("Mesh3", "2.12.0")];

/// The first start creates the database; on a busy machine that takes a moment.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Args)]
pub struct DemoArgs {
    /// How many gateways to simulate.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    devices: u32,
    /// Go on with the data of the last demo instead of starting afresh.
    #[arg(long)]
    keep: bool,
    /// The folder for the demo's data; the default, target/demo, is emptied unless --keep is given.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Builds everything, starts server and fleet, says how to get in, and runs until Ctrl-C.
pub fn demo(context: &Context, args: &DemoArgs) -> Result<()> {
    setup::ensure(context, &[Need::Browser])?;
    build::all(context, Profile::Release)?;
    catch_interrupts()?;

    let folder = Folder::prepare(context, args)?;
    let lastmile = build::executable(context, Profile::Release, "lastmile");
    let simulator = build::executable(context, Profile::Release, "lastmile-simulator");

    if folder.is_new {
        step("Importing sample subscribers", || {
            let devices = args.devices.to_string();
            let csv = capture(Command::new(&simulator).args(["subscribers", "--devices", &devices, "--seed", SEED]))?;
            let file = folder.path.join("subscribers.csv");
            fs::write(&file, csv)?;
            capture(folder.lastmile(&lastmile).args(["subscribers", "import"]).arg(&file)).map(drop)
        })?;
    }

    let images = folder.path.join("images");
    fs::create_dir_all(&images)?;
    for (product_class, version) in IMAGES {
        let args = ["image", "--product-class", product_class, "--version", version];
        let image = capture(Command::new(&simulator).args(args))?;
        fs::write(images.join(format!("{product_class}-{version}.bin")), image)?;
    }

    say("Starting the server");
    let ready = folder.path.join("ready.json");
    let mut server = Running::start(
        "the server",
        folder
            .lastmile(&lastmile)
            .arg("serve")
            .arg("--site")
            .arg(context.site())
            .arg("--ready-file")
            .arg(&ready)
            // What it says there, this program says below; its log goes elsewhere.
            .stdout(Stdio::null()),
    )?;
    let addresses: Value = serde_json::from_str(&server.wait_for_file(&ready, PATIENCE)?)
        .context("reading the file in which the server says where it listens")?;
    let address = |name: &str| match addresses[name].as_str() {
        Some(address) => Ok(format!("http://{address}")),
        None => bail!("the server did not say its address `{name}`"),
    };

    say(&format!("Starting {} simulated gateways", args.devices));
    let password = fs::read_to_string(folder.path.join("cpe-password")).context("reading the CPE password")?;
    let fleet = Running::start(
        "the simulated fleet",
        Command::new(&simulator)
            .args(["run", "--acs", &address("cwmp")?, "--devices", &args.devices.to_string(), "--seed", SEED])
            // A fleet that has been running for days, not two hundred boxes just unpacked.
            .args(["--arrival", "migrated"])
            // Not an argument: those can be read by everybody on the machine.
            .envs([("SIMULATOR_USERNAME", "lastmile"), ("SIMULATOR_PASSWORD", password.trim())]),
    )?;

    println!("\n────────────────────────────────────────────────────────────────────────");
    if let Some(setup) = addresses["setup"].as_str() {
        println!("  1. Open   {setup}");
        println!("     and create your administrator. The link works once.");
        println!("  2. Open   {}/devices", address("portal")?);
    } else {
        println!("  Open      {}/devices   and sign in.", address("portal")?);
    }
    println!("     The gateways come online within a minute. Open one, change its Wi-Fi");
    println!("     channel and watch it being applied and verified; or reboot it.");
    println!("     Firmware for them is in the folder below: upload one and load it.");
    println!("\n  Firmware  {}", images.display());
    println!("  Gateways  {}", address("cwmp")?);
    println!("  Data      {}", folder.path.display());
    println!("  Ctrl-C    ends both.");
    println!("────────────────────────────────────────────────────────────────────────\n");

    let result = wait_for_first(&mut [fleet, server]);
    if interrupted() {
        say("Ended.");
    }
    result
}

/// The folder of a demo.
struct Folder {
    path: PathBuf,
    config: PathBuf,
    is_new: bool,
}

impl Folder {
    fn prepare(context: &Context, args: &DemoArgs) -> Result<Self> {
        let usual = context.target().join("demo");
        let path = match &args.data {
            Some(dir) => std::path::absolute(dir)?,
            None => usual.clone(),
        };
        if !args.keep && path.exists() {
            // Only what a demo made is thrown away without asking.
            if path != usual {
                bail!("{} exists. Add --keep to go on with it, or name another folder.", path.display());
            }
            fs::remove_dir_all(&path).with_context(|| format!("emptying {}", path.display()))?;
        }
        let is_new = !path.exists();
        fs::create_dir_all(&path)?;
        let config = path.join("lastmile.toml");
        fs::write(&config, settings(&path))?;
        // Left from last time, it would tell of a server that is gone.
        let _ = fs::remove_file(path.join("ready.json"));
        Ok(Self { path, config, is_new })
    }

    /// The executable with the demo's settings.
    fn lastmile(&self, executable: &Path) -> Command {
        let mut command = Command::new(executable);
        command.env("LASTMILE_CONFIG", &self.config).current_dir(&self.path);
        command
    }
}

/// The simulated gateways live on this machine: they are listened to, and woken up, here and nowhere else.
fn settings(data: &Path) -> String {
    format!(
        "data = {:?}\n\n[cwmp]\nlisten = \"127.0.0.1:7547\"\n\n[files]\nlisten = \"127.0.0.1:7548\"\n\n[egress]\nallow = [\"127.0.0.0/8\"]\n\n[log]\nlevel = \"warn\"\n",
        data.display().to_string()
    )
}
