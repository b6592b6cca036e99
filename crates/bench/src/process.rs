//! A process that is measured: started, asked for its CPU time and memory, ended.

use crate::Result;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clock ticks a second of `/proc/<pid>/stat`: 100 on every Linux that matters (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;

pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a command and waits until it has written its ready file; answers that file's text.
    pub async fn start(mut command: Command, ready: &Path) -> Result<(Self, String)> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn()?;
        let mut process = Self { child };
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Ok(text) = std::fs::read_to_string(ready)
                && !text.is_empty()
            {
                return Ok((process, text));
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("{command:?} ended at its start: {status}").into());
            }
            if Instant::now() > deadline {
                return Err(format!("{command:?} was not ready within a minute").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// User and system time of the process so far, in seconds.
    pub fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the name, in brackets, and may contain anything.
        let after = stat.rsplit_once(')').ok_or("an unknown form of /proc/<pid>/stat")?.1;
        let field = |n: usize| after.split_whitespace().nth(n).and_then(|v| v.parse::<f64>().ok());
        let (user, system) = (field(11).ok_or("no utime")?, field(12).ok_or("no stime")?);
        Ok((user + system) / TICKS)
    }

    /// Resident memory, in megabytes.
    pub fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder for one measurement, removed at its end.
pub struct Folder(pub std::path::PathBuf);

impl Folder {
    pub fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("lastmile-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the product listens.
pub struct Urls {
    /// URL for devices.
    pub cwmp: String,
    /// `host:port`
    pub portal: String,
    /// The link for the first administrator.
    pub setup: String,
}

/// Starts the product with CPE authentication on; answers the URL for devices.
pub async fn product(server: &Path, folder: &Path, password: &str) -> Result<(Process, String)> {
    let (process, urls) = product_urls(server, folder, password).await?;
    Ok((process, urls.cwmp))
}

/// The same with all its URLs.
pub async fn product_urls(server: &Path, folder: &Path, password: &str) -> Result<(Process, Urls)> {
    let ready = folder.join("ready.json");
    let config = folder.join("lastmile.toml");
    std::fs::write(
        &config,
        format!(
            "[cwmp.auth]\nmode = \"shared\"\nusername = \"bench\"\npassword = \"{password}\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n"
        ),
    )?;
    let mut command = Command::new(server);
    command.arg("serve").arg("--config").arg(&config).arg("--data").arg(folder.join("data"));
    command.args(["--portal", "127.0.0.1:0", "--cwmp", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
    command.args(["--files", "127.0.0.1:0"]);
    command.arg("--ready-file").arg(&ready).env("LASTMILE_LOG__LEVEL", "warn");
    let (process, text) = Process::start(command, &ready).await?;
    let urls: serde_json::Value = serde_json::from_str(&text)?;
    let url = |name: &str| urls[name].as_str().ok_or(format!("the ready file has no {name}"));
    let (cwmp, portal, setup) =
        (format!("http://{}/", url("cwmp")?), url("portal")?.to_owned(), url("setup")?.to_owned());
    Ok((process, Urls { cwmp, portal, setup }))
}
