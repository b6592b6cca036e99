//! Addresses as customers have them.

use std::net::{IpAddr, Ipv6Addr};

/// What counts as one address: IPv6 hands every customer a /64.
pub fn address_group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_customer_is_one_address() {
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(address_group(parse("2001:db8::1")), address_group(parse("2001:db8::ffff:2")));
        assert_ne!(address_group(parse("2001:db8:0:1::1")), address_group(parse("2001:db8:0:2::1")));
        assert_eq!(address_group(parse("::ffff:192.0.2.1")), parse("192.0.2.1"));
    }
}
