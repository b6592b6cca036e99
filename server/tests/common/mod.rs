//! The real executable on free ports of the loopback interface, and raw sockets to talk to it.
#![allow(dead_code, clippy::unwrap_used)]

pub mod agent;
pub mod cpe;
pub mod http;
pub mod world;

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The name and password of the administrator that [`Server::administrator`] creates.
pub const USERNAME: &str = "maria.bell";
pub const PASSWORD: &str = "correct horse battery";

/// `lastmile` with nothing of the caller's environment that could change it.
pub fn lastmile(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastmile"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LASTMILE_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command to its end with a line on its standard input.
pub fn run_with_input(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Waits until `done` gives something; fails after ten seconds.
pub fn eventually<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{what} did not happen within ten seconds");
        sleep(Duration::from_millis(20));
    }
}

/// A running server; killed when dropped.
pub struct Server {
    pub folder: TempDir,
    child: Child,
    pub portal: SocketAddr,
    pub cwmp: SocketAddr,
    pub files: SocketAddr,
    pub metrics: SocketAddr,
    /// The one-time link.
    pub setup: Option<String>,
}

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// No CPE authentication: for tests of everything else.
pub const OPEN: &str = "[cwmp.auth]\nmode = \"off\"\n";

impl Server {
    /// With `settings` as its file.
    pub fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lastmile.toml"), settings).unwrap();
        fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        fs::write(folder.path().join("site/pkg/lastmile.js"), "export default 1;\n".repeat(200)).unwrap();
        fs::write(folder.path().join("site/pkg/lastmile.js.br"), "packed").unwrap();
        Self::launch(folder, [ANY_PORT; 4])
    }

    fn launch(folder: TempDir, [portal, cwmp, files, metrics]: [SocketAddr; 4]) -> Self {
        let ready = folder.path().join("ready.json");
        let _ = fs::remove_file(&ready);
        let log = File::options().create(true).append(true).open(folder.path().join("log")).unwrap();
        let mut child = lastmile(folder.path())
            .args(["serve", "--site", "site"])
            .args(["--portal", &portal.to_string(), "--cwmp", &cwmp.to_string(), "--metrics", &metrics.to_string()])
            .args(["--files", &files.to_string()])
            .arg("--ready-file")
            .arg(&ready)
            .stdout(File::create(folder.path().join("stdout")).unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let started = Instant::now();
        let text = loop {
            if let Ok(text) = fs::read_to_string(&ready) {
                break text;
            }
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended: {status}\n{}", fs::read_to_string(folder.path().join("log")).unwrap());
            }
            assert!(started.elapsed() < Duration::from_mins(1), "the server was not ready in a minute");
            sleep(Duration::from_millis(20));
        };
        let ready: serde_json::Value = serde_json::from_str(&text).unwrap();
        let address = |name: &str| ready[name].as_str().unwrap().parse().unwrap();
        Self {
            portal: address("portal"),
            cwmp: address("cwmp"),
            files: address("files"),
            metrics: address("metrics"),
            setup: ready["setup"].as_str().map(str::to_owned),
            folder,
            child,
        }
    }

    /// Stops it and starts it again on the same data.
    pub fn restart(mut self) -> Self {
        self.signal(Signal::TERM);
        assert!(self.wait(Duration::from_secs(20)).success());
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Self::launch(folder, [ANY_PORT; 4])
    }

    /// Kills it where it stands (SIGKILL) and starts it again on the same data and the same ports.
    pub fn crash(mut self) -> Self {
        self.signal(Signal::KILL);
        assert!(!self.wait(Duration::from_secs(20)).success());
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Self::launch(folder, [self.portal, self.cwmp, self.files, self.metrics])
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    pub fn stdout(&self) -> String {
        fs::read_to_string(self.path("stdout")).unwrap()
    }

    /// The token of the set-up link.
    pub fn token(&self) -> String {
        self.setup.as_ref().unwrap().split_once("/setup?token=").unwrap().1.to_owned()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < limit, "the server did not end in {limit:?}\n{}", self.log());
            sleep(Duration::from_millis(20));
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// Creates the administrator through the one-time link; the cookie of their session.
    pub fn administrator(&self) -> String {
        let form = http::form(&[
            ("token", &self.token()),
            ("username", USERNAME),
            ("name", "Maria Bell"),
            ("password", PASSWORD),
        ]);
        let answer = http::post_form(self.portal, "/fn/create_first_administrator", &form, "/setup", None);
        assert!(answer.status == 302 || answer.status == 303, "{answer:?}");
        answer.cookie().expect("a session cookie")
    }

    /// Signs in with a plain form.
    pub fn sign_in(&self, password: &str, next: &str) -> http::Answer {
        let form = http::form(&[("username", USERNAME), ("password", password), ("next", next)]);
        http::post_form(self.portal, "/fn/sign_in", &form, "/sign-in", None)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
