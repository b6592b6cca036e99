//! The file that tells a supervisor or a test where the server listens.

use serde::Serialize;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Addresses with real ports.
#[derive(Serialize)]
pub struct Ready<'a> {
    pub portal: SocketAddr,
    pub cwmp: SocketAddr,
    pub files: SocketAddr,
    /// `None` without `[cwmp.tls]`.
    pub cwmp_tls: Option<SocketAddr>,
    pub metrics: SocketAddr,
    /// UDP; `None` if there is no STUN server.
    pub stun: Option<SocketAddr>,
    /// The whole one-time link to create the first administrator; `None` if there is one.
    pub setup: Option<&'a str>,
}

/// Appears at once and whole, readable by the owner alone: the link is a secret.
pub fn write(file: &Path, ready: &Ready<'_>) -> io::Result<()> {
    let mut name = file.file_name().ok_or_else(|| io::Error::other("the ready file needs a name"))?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = file.with_file_name(name);
    let written = (|| {
        let mut opened =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        serde_json::to_writer(&mut opened, ready)?;
        opened.write_all(b"\n")?;
        std::fs::rename(&draft, file)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    written
}
