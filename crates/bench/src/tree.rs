//! A whole-tree read: how many requests it takes and how many bytes it leaves.

use crate::Result;
use crate::process::{Folder, product};
use simulator::load::{LoadKind, LoadSettings, run as load};
use std::path::PathBuf;
use store::{KeySource, Store, StoreSettings};

/// Of all devices, for the time of the measurement.
const PASSWORD: &str = "only-for-the-bench";

#[derive(clap::Args)]
pub struct Options {
    /// The executable `lastmile`, release build.
    #[arg(long)]
    server: PathBuf,
    /// Devices of each model.
    #[arg(long, default_value_t = 20)]
    devices: u32,
}

pub async fn run(options: &Options) -> Result<()> {
    println!("{:<24} {:>11} {:>20} {:>16}", "model", "parameters", "requests in all", "bytes stored");
    for model in simulator::builtin_names() {
        let folder = Folder::new(model)?;
        let (process, acs) = product(&options.server, &folder.0, PASSWORD).await?;
        let report = load(LoadSettings {
            acs,
            sessions: u64::from(options.devices),
            concurrency: 4,
            devices: options.devices,
            kind: LoadKind::FirstContact,
            username: "bench".to_owned(),
            password: PASSWORD.to_owned(),
            model: model.to_owned(),
            ..LoadSettings::default()
        })
        .await?;
        if report.errors > 0 {
            return Err(format!("{model}: {} first contacts failed: {:?}", report.errors, report.causes).into());
        }
        drop(process);
        let url = format!("sqlite://{}", folder.0.join("data/lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 1 }).await?;
        store.unlock(&KeySource::File(folder.0.join("data/secret.key"))).await?;
        let (mut parameters, mut bytes) = (0, 0);
        for id in 1..=i64::from(options.devices) {
            let id = model::DeviceId(id);
            parameters += store.device(id).await?.map_or(0, |device| device.parameter_count);
            bytes += store.tree_size(id).await?.unwrap_or(0);
        }
        store.close().await;
        let devices = f64::from(options.devices);
        println!(
            "{model:<24} {:>11.0} {:>20.2} {:>16.0}",
            f64::from(parameters) / devices,
            report.rpcs as f64 / report.sessions as f64,
            bytes as f64 / devices
        );
    }
    Ok(())
}
