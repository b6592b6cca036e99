//! A PostgreSQL that lives as long as the tests.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context as _, Result};

use crate::command::{capture, find_program};
use crate::setup::postgres_bin;

/// The account that Debian's packages make. PostgreSQL refuses to run as root.
const ACCOUNT: &str = "postgres";

/// A cluster of its own in a temporary folder, on a free port of the loopback interface. Dropped, it is stopped and its
/// folder removed.
pub struct Cluster {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
}

impl Cluster {
    /// Creates and starts it.
    pub fn start() -> Result<Self> {
        let bin = postgres_bin().context("PostgreSQL's initdb and pg_ctl were not found")?;
        let dir = std::env::temp_dir().join(format!("lastmile-postgres-{}", process::id()));
        fs::create_dir(&dir).with_context(|| format!("creating {}", dir.display()))?;
        // From here on, dropping it cleans up.
        let cluster = Self { bin, dir, port: free_port()? };
        if is_root() {
            capture(Command::new("chown").arg(ACCOUNT).arg(&cluster.dir))?;
        }
        // Nothing of this survives the tests, so nothing waits for the disk.
        capture(
            cluster
                .tool("initdb")
                .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
                .args(["--username", ACCOUNT, "--pgdata"])
                .arg(cluster.data()),
        )?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories={} -c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
            cluster.port,
            cluster.dir.display()
        );
        // The log goes to a file: a server that held this program's output open would keep `capture` waiting.
        capture(
            cluster
                .tool("pg_ctl")
                .args(["start", "--wait", "--timeout=60", "--pgdata"])
                .arg(cluster.data())
                .arg("--log")
                .arg(cluster.dir.join("log"))
                .arg("--options")
                .arg(options),
        )
        .with_context(|| fs::read_to_string(cluster.dir.join("log")).unwrap_or_default())?;
        println!("    {}", cluster.url());
        Ok(cluster)
    }

    /// Where it is, with a database that exists and rights to create more.
    pub fn url(&self) -> String {
        format!("postgres://{ACCOUNT}@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// One of PostgreSQL's programs, as somebody who may run it.
    fn tool(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        let mut command = if is_root() {
            let mut command = Command::new(find_program(&["runuser"]).unwrap_or_else(|| "runuser".into()));
            command.args(["-u", ACCOUNT, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The server's account may not be allowed into the checkout.
        command.current_dir(Path::new("/"));
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            let stopped =
                capture(self.tool("pg_ctl").args(["stop", "--mode=immediate", "--wait", "--pgdata"]).arg(self.data()));
            if let Err(error) = stopped {
                println!("    could not stop PostgreSQL: {error:#}");
            }
        }
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            println!("    could not remove {}: {error}", self.dir.display());
        }
    }
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// A port that nobody listens on right now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_cluster_leaves_nothing_behind() {
        let cluster = Cluster::start().unwrap();
        let (dir, port) = (cluster.dir.clone(), cluster.port);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(cluster);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!dir.exists());
    }
}
