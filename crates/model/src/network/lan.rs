//! Rules of the addresses in a home.

use std::net::Ipv4Addr;

/// The addresses of one home as a form has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The router's own.
    pub address: Ipv4Addr,
    pub mask: Ipv4Addr,
    pub from: Ipv4Addr,
    pub to: Ipv4Addr,
}

impl Range {
    /// Whether a router can give these out. The error says the rule.
    pub fn check(&self) -> Result<(), String> {
        let mask = u32::from(self.mask);
        if mask.leading_ones() + mask.trailing_zeros() != 32 || !(8..=30).contains(&mask.leading_ones()) {
            return Err("The subnet mask is none, such as 255.255.255.0.".to_owned());
        }
        let net = u32::from(self.address) & mask;
        let inside = |address: Ipv4Addr| u32::from(address) & mask == net;
        let (first, last) = (Ipv4Addr::from(net + 1), Ipv4Addr::from((net | !mask) - 1));
        for address in [self.from, self.to] {
            let host = u32::from(address) & !mask;
            if !inside(address) || host == 0 || host == !mask {
                return Err(format!("{address} is not in the home's network: {first} to {last}."));
            }
        }
        if self.from > self.to {
            return Err(format!("{} comes after {}.", self.from, self.to));
        }
        if (self.from..=self.to).contains(&self.address) {
            return Err(format!("The router's own address {} lies in between: it would be given out.", self.address));
        }
        Ok(())
    }

    /// How many addresses there are.
    pub fn size(&self) -> u32 {
        u32::from(self.to).saturating_sub(u32::from(self.from)).saturating_add(1)
    }
}

/// An address as it is typed.
pub fn address(text: &str) -> Result<Ipv4Addr, &'static str> {
    text.trim().parse().map_err(|_| "An address looks like 192.168.1.20.")
}

/// Up to four name servers with commas between them, as routers take them. Empty: the router itself.
pub fn name_servers(text: &str) -> Result<String, &'static str> {
    let servers: Vec<&str> = text.split([',', ' ']).map(str::trim).filter(|server| !server.is_empty()).collect();
    if servers.len() > 4 {
        return Err("At most four name servers.");
    }
    let usable = |server: &&str| {
        server.parse::<Ipv4Addr>().is_ok_and(|ip| !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast())
    };
    if !servers.iter().all(usable) {
        return Err("A name server is an address such as 192.168.1.1.");
    }
    Ok(servers.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> Result<(), String> {
        let range = Range {
            address: Ipv4Addr::new(192, 168, 1, 1),
            mask: Ipv4Addr::new(255, 255, 255, 0),
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
        range.check()
    }

    #[test]
    fn a_range_lies_in_the_network_and_spares_the_router() {
        assert_eq!(range("192.168.1.20", "192.168.1.199"), Ok(()));
        assert!(range("192.168.2.20", "192.168.2.30").unwrap_err().contains("192.168.1.1 to 192.168.1.254"));
        assert!(range("192.168.1.0", "192.168.1.9").unwrap_err().contains("not in the home"));
        assert!(range("192.168.1.2", "192.168.1.255").unwrap_err().contains("not in the home"));
        assert!(range("192.168.1.30", "192.168.1.20").unwrap_err().contains("comes after"));
        assert!(range("192.168.1.1", "192.168.1.20").unwrap_err().contains("own address"));
    }

    #[test]
    fn a_mask_has_its_ones_in_front() {
        let mut range = Range {
            address: Ipv4Addr::new(10, 0, 0, 1),
            mask: Ipv4Addr::new(255, 0, 255, 0),
            from: Ipv4Addr::new(10, 0, 0, 2),
            to: Ipv4Addr::new(10, 0, 0, 9),
        };
        assert!(range.check().unwrap_err().contains("mask"));
        range.mask = Ipv4Addr::UNSPECIFIED;
        assert!(range.check().is_err());
        range.mask = Ipv4Addr::new(255, 255, 0, 0);
        assert_eq!((range.check(), range.size()), (Ok(()), 8));
    }

    #[test]
    fn name_servers_are_addresses() {
        assert_eq!(name_servers(" 9.9.9.9, 192.168.1.1 "), Ok("9.9.9.9,192.168.1.1".to_owned()));
        assert_eq!(name_servers(""), Ok(String::new()));
        assert!(name_servers("dns.example").is_err());
        assert!(name_servers("1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5").is_err());
    }
}
