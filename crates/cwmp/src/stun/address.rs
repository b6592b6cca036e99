//! Addresses inside attributes: family, port, IPv4 or IPv6 (RFC 3489 §11.2.1, RFC 5389 §15.1 and §15.2).

use super::{MAGIC_COOKIE, Transaction};
use std::net::{IpAddr, SocketAddr};

const V4: u8 = 1;
const V6: u8 = 2;

pub(super) fn read_address(value: &[u8]) -> Option<SocketAddr> {
    let (head, ip) = value.split_at_checked(4)?;
    let port = u16::from_be_bytes([head[2], head[3]]);
    let ip = match head[1] {
        V4 => IpAddr::from(<[u8; 4]>::try_from(ip).ok()?),
        V6 => IpAddr::from(<[u8; 16]>::try_from(ip).ok()?),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

pub(super) fn write_address(address: SocketAddr) -> Vec<u8> {
    let [high, low] = address.port().to_be_bytes();
    let mut value = vec![0, if address.is_ipv4() { V4 } else { V6 }, high, low];
    match address.ip() {
        IpAddr::V4(ip) => value.extend_from_slice(&ip.octets()),
        IpAddr::V6(ip) => value.extend_from_slice(&ip.octets()),
    }
    value
}

/// Hides an address from routers that rewrite addresses in payloads, or shows it again: the same both ways.
pub(super) fn xor(address: SocketAddr, transaction: &Transaction) -> SocketAddr {
    let port = address.port() ^ u16::from_be_bytes([MAGIC_COOKIE[0], MAGIC_COOKIE[1]]);
    let mut mask = *transaction;
    mask[..4].copy_from_slice(&MAGIC_COOKIE);
    let ip = match address.ip() {
        IpAddr::V4(ip) => {
            let mut octets = ip.octets();
            octets.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
            IpAddr::from(octets)
        }
        IpAddr::V6(ip) => {
            let mut octets = ip.octets();
            octets.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
            IpAddr::from(octets)
        }
    };
    SocketAddr::new(ip, port)
}
