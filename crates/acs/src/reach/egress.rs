//! Where connection requests may go (catalogue row S1). Decided on the resolved address that is then connected to, so
//! that a name cannot resolve to something else in between.

use crate::EgressPolicy;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl EgressPolicy {
    /// Whether a connection request may go to `target`, for a device that itself comes from `peer`.
    ///
    /// `deny` wins over `allow`, `allow` over everything else. Loopback, link-local, multicast and other special
    /// addresses are refused. Private ranges are fine only where the device itself comes from exactly that address:
    /// otherwise any device could point us at a neighbour in the operator's own network.
    pub fn permits(&self, target: IpAddr, peer: Option<IpAddr>) -> bool {
        let target = plain(target);
        let listed = |nets: &[ipnet::IpNet]| nets.iter().any(|net| net.contains(&target));
        if listed(&self.deny) {
            return false;
        }
        if listed(&self.allow) {
            return true;
        }
        match kind(target) {
            Kind::Special => false,
            Kind::Private => peer.map(plain) == Some(target),
            Kind::Public => true,
        }
    }
}

/// Whether an address means the same everywhere.
pub(super) fn is_public(address: IpAddr) -> bool {
    matches!(kind(plain(address)), Kind::Public)
}

enum Kind {
    Special,
    Private,
    Public,
}

/// IPv4 inside IPv6 (`::ffff:a.b.c.d`, NAT64's `64:ff9b::/96`, 6to4) counts as the IPv4 address it stands for.
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return IpAddr::V4(v4);
    }
    let v4 = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => v4(high, low),
        // The long deprecated ::a.b.c.d, but not :: and ::1 themselves.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => v4(high, low),
        _ => address,
    }
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(v4) => kind_v4(v4),
        IpAddr::V6(v6) => kind_v6(v6),
    }
}

fn kind_v4(v4: Ipv4Addr) -> Kind {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_loopback()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_broadcast()
        || a == 0
        || a >= 240
        || v4.is_documentation()
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && b & 0xfe == 18);
    // 100.64.0.0/10 is where carriers put their own devices (RFC 6598).
    let private = v4.is_private() || (a == 100 && b & 0xc0 == 64);
    if special {
        Kind::Special
    } else if private {
        Kind::Private
    } else {
        Kind::Public
    }
}

fn kind_v6(v6: Ipv6Addr) -> Kind {
    let first = v6.segments()[0];
    if v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() || first & 0xffc0 == 0xfe80 {
        Kind::Special
    } else if first & 0xfe00 == 0xfc00 {
        Kind::Private
    } else if first & 0xe000 == 0x2000 {
        Kind::Public
    } else {
        Kind::Special
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(policy: &EgressPolicy, target: &str, peer: &str) -> bool {
        policy.permits(target.parse().unwrap(), peer.parse().ok())
    }

    #[test]
    fn s1_special_addresses_are_refused() {
        let policy = EgressPolicy::default();
        for target in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "240.0.0.1",
        ] {
            assert!(!permits(&policy, target, target), "{target}");
        }
    }

    #[test]
    fn s1_private_addresses_only_for_the_device_that_comes_from_there() {
        let policy = EgressPolicy::default();
        for target in ["10.1.2.3", "192.168.1.1", "172.16.0.9", "100.64.0.7", "fd00::7", "::ffff:10.1.2.3"] {
            assert!(permits(&policy, target, target), "{target}");
            assert!(!permits(&policy, target, "198.51.100.7"), "{target}");
            assert!(!permits(&policy, target, "none"), "{target}");
        }
        assert!(permits(&policy, "::ffff:10.1.2.3", "10.1.2.3"));
    }

    #[test]
    fn public_addresses_are_fine() {
        for target in ["8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8"] {
            assert!(permits(&EgressPolicy::default(), target, "none"), "{target}");
        }
    }

    #[test]
    fn lists_decide_and_deny_wins() {
        let nets = |list: &[&str]| list.iter().map(|net| net.parse().unwrap()).collect::<Vec<_>>();
        let policy =
            EgressPolicy { allow: nets(&["127.0.0.0/8", "10.0.0.0/8"]), deny: nets(&["10.9.0.0/16", "8.8.8.0/24"]) };
        assert!(permits(&policy, "127.0.0.1", "none"));
        assert!(permits(&policy, "::ffff:127.0.0.1", "none"));
        assert!(permits(&policy, "10.1.1.1", "none"));
        assert!(!permits(&policy, "10.9.1.1", "10.9.1.1"));
        assert!(!permits(&policy, "8.8.8.8", "none"));
    }
}
