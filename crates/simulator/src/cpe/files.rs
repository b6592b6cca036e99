//! The files that a device sends and takes back: its configuration and its log.
//!
//! ```text
//! # LASTMILE-SIM configuration model=HG645
//! Device.WiFi.SSID.1.SSID=Kestrel-77A0
//! ```
//!
//! A configuration has what can be set and may be read, but nothing of the management server. When one is loaded, the
//! lines that the device understands are applied and the others passed over; any other file is taken and changes nothing.

use super::state::{State, moment};
use crate::clock;
use std::fmt::Write as _;

const MARK: &str = "# LASTMILE-SIM configuration";

impl State {
    /// What an Upload of this FileType sends (A.4.1.5).
    pub(super) fn file(&self, file_type: &str, now: i64) -> Vec<u8> {
        match file_type.as_bytes().first() {
            Some(b'1' | b'3') => self.configuration(now),
            Some(b'2' | b'4') => self.log(now),
            _ => format!("{file_type}\n").into_bytes(),
        }
    }

    fn configuration(&self, now: i64) -> Vec<u8> {
        let model = self.tree.model();
        let mut text = format!("{MARK} model={}\n", model.product_class);
        for (path, value) in self.tree.settings(moment!(self, now)) {
            if !path.contains(".ManagementServer.") {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{path}={}", escape(&value));
            }
        }
        text.into_bytes()
    }

    /// Takes a configuration. An error is a fault code: it was made for another model.
    pub(super) fn restore(&mut self, content: &[u8], now: i64) -> Result<(), u32> {
        let text = String::from_utf8_lossy(content);
        let mut lines = text.lines();
        let Some(head) = lines.next().and_then(|line| line.strip_prefix(MARK)) else { return Ok(()) };
        if head.trim().strip_prefix("model=").is_some_and(|model| *model != self.tree.model().product_class) {
            return Err(9018);
        }
        for (path, value) in lines.filter_map(|line| line.split_once('=')) {
            if !path.contains(".ManagementServer.") {
                self.tree.restore(moment!(self, now), path, &unescape(value));
            }
        }
        Ok(())
    }

    fn log(&self, now: i64) -> Vec<u8> {
        let facts = &self.facts;
        let mut text = String::new();
        let mut line = |at: i64, words: &str| {
            let _ = writeln!(text, "{} {words}", clock::date_time(at));
        };
        line(facts.boot_at, &format!("kernel: started, boot {}", facts.boots + 1));
        line(facts.boot_at + 4_000, &format!("pppd: address {}", facts.wan_address()));
        for number in (1..=facts.clients).filter(|number| facts.client_present(*number, now)) {
            let client = facts.client(number);
            line(facts.boot_at + 9_000, &format!("dhcpd: {} is {}", client.mac, client.name));
        }
        line(now, &format!("cwmpd: {} sessions, {} failed", self.stats.sessions, self.stats.failed_sessions));
        text.into_bytes()
    }
}

fn escape(value: &str) -> String {
    value.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D")
}

fn unescape(value: &str) -> String {
    value.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}
