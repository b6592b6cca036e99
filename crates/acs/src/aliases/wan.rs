//! Which of a router's connections is the one to the internet.

use super::resolve::{Resolver, Row, references};

impl Resolver<'_> {
    /// The connection that is the default one by the router's own word; else one that is up and has an address of the
    /// outside; else the first that is routed.
    pub fn wan(&self) -> Option<Row> {
        let rows = self.rows("wan.connection");
        let text = |row: &Row, column: &str| {
            self.column("wan.connection", row, column).and_then(|found| found.text().map(str::to_owned))
        };
        let default = self.value("wan.default").and_then(|found| found.text().map(str::to_owned)).unwrap_or_default();
        let named: Vec<String> = references(&default).collect();
        if let Some(row) = rows.iter().find(|row| named.contains(&row.path)) {
            return Some(row.clone());
        }
        let score = |row: &Row| {
            let bridged = text(row, "type").is_some_and(|kind| kind.to_ascii_lowercase().contains("bridge"));
            let up = text(row, "status").is_some_and(|status| status == "up");
            let address = text(row, "ipv4").is_some_and(|address| !is_private(&address));
            let over = self.column("wan.connection", row, "over").is_some_and(|found| found.text().is_some());
            i32::from(!bridged) * 8 + i32::from(address) * 4 + i32::from(up) * 2 + i32::from(over)
        };
        // The first of equals.
        rows.into_iter().rev().max_by_key(score)
    }
}

/// Addresses that homes use inside.
fn is_private(address: &str) -> bool {
    address.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_private() || address.is_loopback())
}
