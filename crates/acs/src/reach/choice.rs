//! Which ways there are to wake a device, and why others are not.

use super::ReachSettings;
use super::call::Credentials;
use super::memory::Memory;
use cwmp::udp_request;
use model::reach::{Way, WayView};
use std::net::IpAddr;
use store::DeviceRecord;

/// What this server can do to wake any device.
pub(crate) struct Offer<'a> {
    pub settings: &'a ReachSettings,
}

/// What the device gave for a way.
pub(super) fn target(way: Way, record: &DeviceRecord) -> &str {
    match way {
        Way::Xmpp => &record.jabber_id,
        Way::Http => &record.connection_request_url,
        Way::Udp => &record.udp_address,
    }
}

impl Offer<'_> {
    /// Why a way cannot be used, in plain words; `None` if it can.
    fn obstacle(&self, way: Way, record: &DeviceRecord) -> Option<&'static str> {
        let no_password = self.credentials(record).is_empty();
        match way {
            Way::Xmpp if self.settings.xmpp.is_none() => Some("XMPP is not switched on in Lastmile's settings."),
            Way::Udp if no_password => Some("Lastmile has no password for calls to this router yet."),
            Way::Udp if udp_request::parse_address(&record.udp_address).is_none() => {
                Some("The router gave no usable address for UDP calls.")
            }
            Way::Xmpp | Way::Http | Way::Udp => None,
        }
    }

    /// The ways to try, in this order.
    pub fn ways(&self, record: &DeviceRecord, memory: &Memory) -> Vec<Way> {
        let given = |way: &Way| !target(*way, record).is_empty() && self.obstacle(*way, record).is_none();
        memory.order(Way::ALL.into_iter().filter(given).collect())
    }

    /// What to show a device's calls: its own, then those it was unpacked with.
    pub fn credentials<'c>(&'c self, record: &'c DeviceRecord) -> Vec<Credentials<'c>> {
        let own = Credentials {
            username: &record.connection_request_username,
            password: &record.connection_request_password,
            factory: false,
        };
        let factory = self.settings.factory.as_ref().map(|factory| Credentials {
            username: &factory.username,
            password: &factory.password,
            factory: true,
        });
        Some(own).filter(|own| !own.password.is_empty()).into_iter().chain(factory).collect()
    }

    /// Why there is no way at all.
    pub fn no_way(&self, record: &DeviceRecord) -> String {
        let given = |way: &Way| !target(*way, record).is_empty();
        let obstacle = Way::ALL.into_iter().filter(given).find_map(|way| self.obstacle(way, record));
        obstacle.unwrap_or("The router gave no address for calls.").to_owned()
    }

    /// All ways that the device offers, those that are used first.
    pub fn views(&self, record: &DeviceRecord, memory: &Memory) -> Vec<WayView> {
        let usable = self.ways(record, memory);
        let others = Way::ALL.into_iter().filter(|way| !usable.contains(way) && !target(*way, record).is_empty());
        let all = usable.iter().copied().chain(others);
        let view = |way| {
            let past = memory.past(way);
            WayView {
                way,
                target: target(way, record).to_owned(),
                unusable: self.obstacle(way, record).unwrap_or_default().to_owned(),
                last_success: past.success,
                last_failure: past.failure,
            }
        };
        all.map(view).collect()
    }

    /// What else is to be known, one sentence each.
    pub fn notes(&self, record: &DeviceRecord, memory: &Memory) -> Vec<String> {
        let mut notes = Vec::new();
        let peer = record.address.parse().ok().map(super::plain);
        let given = super::http::host_address(&record.connection_request_url).map(super::plain);
        if let (Some(peer), Some(given)) = (peer, given)
            && peer != given
        {
            notes.push(nat_words(given, peer, self.settings.use_peer_address));
        }
        if memory.unprotected {
            notes.push("It takes HTTP calls from anybody: it does not ask for a password.".to_owned());
        }
        notes
    }
}

/// The address for calls is not the one that the device comes from (rule 377).
fn nat_words(given: IpAddr, peer: IpAddr, use_peer: bool) -> String {
    if super::egress::is_public(given) {
        return format!(
            "It wants to be called at {given}, but comes from {peer}: an old address, or a NAT in between."
        );
    }
    let then = if use_peer {
        format!("Lastmile calls {peer} instead.")
    } else {
        "HTTP calls will not get through; UDP or XMPP can.".to_owned()
    };
    format!("It is behind NAT: it wants to be called at {given}, but comes from {peer}. {then}")
}
