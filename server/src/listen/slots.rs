//! How many connections a listener holds, in all and per address.

use crate::metrics::{CONNECTIONS, CONNECTIONS_REFUSED};
use acs::address_group;
use ipnet::IpNet;
use metrics::{Counter, Gauge, counter, gauge};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections: usize,
    /// 0: no limit.
    pub per_address: usize,
}

/// The counts of one listener.
pub struct Slots {
    name: &'static str,
    limits: Limits,
    /// Networks whose addresses have no limit of their own: proxies, which many come through.
    proxies: Vec<IpNet>,
    held: Mutex<Held>,
    open: Gauge,
    refused: Counter,
}

#[derive(Default)]
struct Held {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Slots {
    pub fn new(name: &'static str, limits: Limits) -> Arc<Self> {
        Self::with_proxies(name, limits, Vec::new())
    }

    /// Addresses in `proxies` have no limit of their own.
    pub fn with_proxies(name: &'static str, limits: Limits, proxies: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self {
            name,
            limits,
            proxies,
            held: Mutex::default(),
            open: gauge!(CONNECTIONS, "listener" => name),
            refused: counter!(CONNECTIONS_REFUSED, "listener" => name),
        })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// `None` if a limit is reached. The slot is free again when the value is dropped.
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let is_proxy = self.proxies.iter().any(|network| network.contains(&address.to_canonical()));
        let address = address_group(address);
        // The counts stay right whoever panicked while holding the lock: nothing in here can.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let from_address = held.by_address.get(&address).copied().unwrap_or(0);
        let over_address = !is_proxy && self.limits.per_address > 0 && from_address >= self.limits.per_address;
        if held.total >= self.limits.connections || over_address {
            self.refused.increment(1);
            return None;
        }
        held.total += 1;
        held.by_address.insert(address, from_address + 1);
        self.open.set(held.total as f64);
        Some(Slot { slots: Arc::clone(self), address })
    }
}

/// A place that a connection holds.
pub struct Slot {
    slots: Arc<Slots>,
    address: IpAddr,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.slots.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.total -= 1;
        if let Some(count) = held.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.by_address.remove(&self.address);
            }
        }
        self.slots.open.set(held.total as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_in_all_and_per_address() {
        let slots = Slots::new("test", Limits { connections: 3, per_address: 2 });
        let [a, b, c]: [IpAddr; 3] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|text| text.parse().unwrap());
        let first = slots.take(a).unwrap();
        let _second = slots.take(a).unwrap();
        assert!(slots.take(a).is_none());
        let _third = slots.take(b).unwrap();
        assert!(slots.take(c).is_none());
        drop(first);
        assert!(slots.take(c).is_some());
        assert!(slots.held.lock().unwrap().by_address.len() <= 2);
    }

    #[test]
    fn a_proxy_has_no_limit_of_its_own() {
        let limits = Limits { connections: 5, per_address: 1 };
        let slots = Slots::with_proxies("test", limits, vec!["192.0.2.0/24".parse().unwrap()]);
        let take = |text: &str| slots.take(text.parse().unwrap());
        let held: Vec<_> = (0..3).filter_map(|_| take("192.0.2.1")).collect();
        assert_eq!(held.len(), 3);
        let _one = take("198.51.100.1").unwrap();
        assert!(take("198.51.100.1").is_none());
    }
}
