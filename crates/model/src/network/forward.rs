//! Port forwards: what comes from outside on a port goes to something in the home.

use crate::Timestamp;
use crate::task::{SetValue, TaskKind};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// The forwards of a router.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forwards {
    /// The table that new ones go into, ending in `.`
    pub table: String,
    pub can_add: bool,
    pub list: Vec<Forward>,
    pub read_at: Option<Timestamp>,
    /// Ports that the router answers on itself from outside, with what for.
    pub own_ports: Vec<(u16, String)>,
    /// The interface that TR-181 wants to be named; empty for TR-098.
    pub interface: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// The row, ending in `.`
    pub row: String,
    /// Hostile text.
    pub description: String,
    pub on: Option<bool>,
    /// `TCP`, `UDP`, or the router's own word.
    pub protocol: String,
    /// First and last; the same for one port. `None`: not known, 0: all ports.
    pub outside: Option<(u16, u16)>,
    pub inside: Option<u16>,
    pub client: String,
    /// Only from this address; empty: from everywhere.
    pub remote: String,
    pub can_delete: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
}

impl Protocol {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// Something that people want to reach from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    pub name: &'static str,
    pub protocol: Protocol,
    pub first: u16,
    pub last: u16,
}

/// The usual ones, by name.
pub const SERVICES: [Service; 14] = [
    service("FTP server", Protocol::Tcp, 21, 21),
    service("Home Assistant", Protocol::Tcp, 8123, 8123),
    service("Mail, incoming (SMTP)", Protocol::Tcp, 25, 25),
    service("Minecraft server", Protocol::Tcp, 25565, 25565),
    service("PlayStation network", Protocol::Udp, 9308, 9308),
    service("Plex", Protocol::Tcp, 32400, 32400),
    service("Remote desktop", Protocol::Tcp, 3389, 3389),
    service("SSH", Protocol::Tcp, 22, 22),
    service("Steam games", Protocol::Udp, 27015, 27030),
    service("VPN (OpenVPN)", Protocol::Udp, 1194, 1194),
    service("VPN (WireGuard)", Protocol::Udp, 51820, 51820),
    service("Web server", Protocol::Tcp, 80, 80),
    service("Web server, secure", Protocol::Tcp, 443, 443),
    service("Xbox network", Protocol::Udp, 3074, 3074),
];

const fn service(name: &'static str, protocol: Protocol, first: u16, last: u16) -> Service {
    Service { name, protocol, first, last }
}

/// A forward that somebody wants to add.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewForward {
    pub description: String,
    pub protocol: Protocol,
    pub first: u16,
    pub last: u16,
    /// The port in the home; of a range, the first.
    pub inside: u16,
    pub client: Option<Ipv4Addr>,
}

impl NewForward {
    /// Whether it can be added beside what there is. The error says what is in the way.
    pub fn check(&self, forwards: &Forwards) -> Result<(), String> {
        let Some(client) = self.client else {
            return Err("Choose the device that it goes to.".to_owned());
        };
        if !client.is_private() {
            return Err(format!("{client} is no address in the home."));
        }
        if self.first == 0 || self.inside == 0 {
            return Err("A port is a number from 1 to 65535.".to_owned());
        }
        if self.last < self.first {
            return Err(format!("Port {} comes after port {}.", self.first, self.last));
        }
        if self.description.chars().count() > 64 {
            return Err("A name has at most 64 characters.".to_owned());
        }
        if self.last - self.first > u16::MAX - self.inside {
            return Err("The ports in the home would go beyond 65535.".to_owned());
        }
        let own = forwards.own_ports.iter().find(|(port, _)| (self.first..=self.last).contains(port));
        if let Some((port, what)) = own {
            return Err(format!("Port {port} is the router's own: {what}. Choose another one."));
        }
        if let Some(other) = forwards.list.iter().find(|other| self.meets(other)) {
            let name = match other.description.as_str() {
                "" => "another forward".to_owned(),
                name => format!("“{}”", name.chars().take(40).collect::<String>()),
            };
            return Err(format!(
                "{} {} goes to {} already, by {name}. Delete that first, or choose another port.",
                self.protocol.as_str(),
                other.outside.map_or_else(String::new, ports),
                other.client,
            ));
        }
        Ok(())
    }

    /// Whether both want the same port of the same protocol. One that is limited to an address elsewhere counts, too:
    /// routers take only one of them.
    fn meets(&self, other: &Forward) -> bool {
        let protocol = other.protocol.to_ascii_uppercase();
        let same = protocol == self.protocol.as_str() || !matches!(protocol.as_str(), "TCP" | "UDP");
        let Some((first, last)) = other.outside else { return false };
        // 0: all ports that nothing else takes.
        same && first != 0 && self.first <= last && first <= self.last
    }

    /// The task that adds it.
    pub fn task(&self, forwards: &Forwards) -> TaskKind {
        let older = forwards.interface.is_empty();
        let name = |older_name: &str, newer: &str| if older { older_name.to_owned() } else { newer.to_owned() };
        let set = |path: String, value: String| SetValue { path, value, value_type: None };
        let client = self.client.map(|client| client.to_string()).unwrap_or_default();
        let mut values = Vec::new();
        if !older {
            values.push(set("Interface".to_owned(), forwards.interface.clone()));
        }
        values.push(set("ExternalPort".to_owned(), self.first.to_string()));
        if self.last > self.first {
            values.push(set("ExternalPortEndRange".to_owned(), self.last.to_string()));
        }
        values.push(set(name("PortMappingProtocol", "Protocol"), self.protocol.as_str().to_owned()));
        values.push(set("InternalPort".to_owned(), self.inside.to_string()));
        values.push(set("InternalClient".to_owned(), client));
        values.push(set(name("PortMappingDescription", "Description"), self.description.clone()));
        // Last: a forward that is on while it is half filled would lead anywhere.
        values.push(set(name("PortMappingEnabled", "Enable"), "true".to_owned()));
        TaskKind::AddObject { path: forwards.table.clone(), values }
    }
}

/// `port 80`, `ports 27015 to 27030`.
pub fn ports((first, last): (u16, u16)) -> String {
    match (first, last) {
        (0, _) => "all other ports".to_owned(),
        (first, last) if last > first => format!("ports {first} to {last}"),
        (first, _) => format!("port {first}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(list: &[(&str, u16, u16)]) -> Forwards {
        let one = |&(protocol, first, last): &(&str, u16, u16)| Forward {
            description: "media".into(),
            protocol: protocol.into(),
            outside: Some((first, last)),
            client: "192.168.1.7".into(),
            ..Forward::default()
        };
        Forwards {
            table: "Device.NAT.PortMapping.".into(),
            list: list.iter().map(one).collect(),
            own_ports: vec![(7547, "how Lastmile calls it".into())],
            interface: "Device.IP.Interface.1.".into(),
            ..Forwards::default()
        }
    }

    fn wanted(protocol: Protocol, first: u16, last: u16) -> NewForward {
        let client = Some(Ipv4Addr::new(192, 168, 1, 20));
        NewForward { description: "web".into(), protocol, first, last, inside: first, client }
    }

    #[test]
    fn a_port_is_forwarded_once() {
        let list = there(&[("TCP", 8000, 8010), ("UDP", 53, 53), ("TCP", 0, 0)]);
        assert_eq!(wanted(Protocol::Tcp, 80, 80).check(&list), Ok(()));
        assert_eq!(wanted(Protocol::Udp, 8005, 8005).check(&list), Ok(()), "another protocol is another port");
        let taken = wanted(Protocol::Tcp, 7990, 8000).check(&list).unwrap_err();
        assert!(
            taken.contains("ports 8000 to 8010") && taken.contains("192.168.1.7") && taken.contains("media"),
            "{taken}"
        );
        assert!(wanted(Protocol::Udp, 8000, 8000).check(&there(&[("TCP AND UDP", 8000, 8000)])).is_err());
    }

    #[test]
    fn the_routers_own_ports_are_left_alone() {
        assert!(wanted(Protocol::Tcp, 7547, 7547).check(&there(&[])).unwrap_err().contains("router's own"));
        assert!(wanted(Protocol::Tcp, 7000, 8000).check(&there(&[])).is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let list = there(&[]);
        let with = |change: fn(&mut NewForward)| {
            let mut forward = wanted(Protocol::Tcp, 80, 80);
            change(&mut forward);
            forward.check(&list)
        };
        assert!(with(|f| f.client = None).unwrap_err().contains("device"));
        assert!(with(|f| f.client = Some(Ipv4Addr::new(8, 8, 8, 8))).is_err());
        assert!(with(|f| f.first = 0).is_err());
        assert!(with(|f| f.last = 79).is_err());
        assert!(
            with(|f| {
                f.first = 60_000;
                f.last = 65_000;
                f.inside = 65_000;
            })
            .is_err()
        );
    }

    #[test]
    fn both_data_models_have_their_names() {
        let names = |kind: TaskKind| match kind {
            TaskKind::AddObject { values, .. } => values.into_iter().map(|value| value.path).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let forward = wanted(Protocol::Tcp, 80, 80);
        assert_eq!(
            names(forward.task(&there(&[]))),
            ["Interface", "ExternalPort", "Protocol", "InternalPort", "InternalClient", "Description", "Enable"]
        );
        let older = Forwards { interface: String::new(), ..there(&[]) };
        let range = wanted(Protocol::Udp, 27015, 27030);
        assert_eq!(
            names(range.task(&older)),
            [
                "ExternalPort",
                "ExternalPortEndRange",
                "PortMappingProtocol",
                "InternalPort",
                "InternalClient",
                "PortMappingDescription",
                "PortMappingEnabled"
            ]
        );
    }

    #[test]
    fn services_are_in_order_and_usable() {
        assert!(SERVICES.is_sorted_by_key(|service| service.name.to_lowercase()));
        assert!(SERVICES.iter().all(|service| service.first > 0 && service.first <= service.last));
    }
}
