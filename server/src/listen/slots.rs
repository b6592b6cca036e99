//! How many connections a listener holds, in all and per address.

use crate::metrics::{CONNECTIONS, CONNECTIONS_REFUSED};
use metrics::{Counter, Gauge, counter, gauge};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
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
        Arc::new(Self {
            name,
            limits,
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
        let address = group(address);
        // The counts stay right whoever panicked while holding the lock: nothing in here can.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let from_address = held.by_address.get(&address).copied().unwrap_or(0);
        let over_address = self.limits.per_address > 0 && from_address >= self.limits.per_address;
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

/// IPv6 hands every customer a /64, so addresses inside one count as one.
fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
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
    fn one_ipv6_customer_is_one_address() {
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(group(parse("2001:db8::1")), group(parse("2001:db8::ffff:2")));
        assert_ne!(group(parse("2001:db8:0:1::1")), group(parse("2001:db8:0:2::1")));
        assert_eq!(group(parse("::ffff:192.0.2.1")), parse("192.0.2.1"));
    }
}
