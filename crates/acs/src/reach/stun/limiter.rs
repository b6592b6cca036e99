//! So many times a second for one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// Addresses counted in one second; beyond it nobody new is served until the next.
const ADDRESSES_MAX: usize = 100_000;

pub(super) struct Limiter {
    most: u32,
    second: i64,
    seen: HashMap<IpAddr, u32>,
}

impl Limiter {
    pub fn new(most: u32) -> Self {
        Self { most, second: 0, seen: HashMap::new() }
    }

    /// Counts one more. An IPv6 /64 counts as one address: its owner has all of it.
    pub fn allows(&mut self, address: IpAddr, second: i64) -> bool {
        if self.second != second {
            self.second = second;
            self.seen.clear();
        }
        let address = match address {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            v4 @ IpAddr::V4(_) => v4,
        };
        if self.seen.len() >= ADDRESSES_MAX && !self.seen.contains_key(&address) {
            return false;
        }
        let count = self.seen.entry(address).or_default();
        *count = count.saturating_add(1);
        *count <= self.most
    }
}
