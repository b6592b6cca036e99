//! Where a device is reached over UDP (TR-069 Annex G), as its parameters say.

use super::state::{Power, State, moment};
use crate::link::Target;
use crate::udp::{self, StunSettings};
use cwmp::EventCode;
use std::net::SocketAddr;

impl State {
    /// The STUN settings, if STUN is on, the model has it, and the device runs.
    pub(crate) fn stun(&self, now: i64) -> Option<StunSettings> {
        let on = self.power == Power::On && now >= self.quiet_until;
        if !on || !matches!(self.setting("STUNEnable", now)?.as_str(), "true" | "1") {
            return None;
        }
        let text = |name: &str| self.setting(name, now).unwrap_or_default();
        let mut host = text("STUNServerAddress");
        if host.is_empty() {
            // TR-181: the host of the ACS.
            host = Target::parse(&text("URL")).ok()?.host;
        }
        let seconds = text("STUNMinimumKeepAlivePeriod").parse().unwrap_or(30);
        Some(StunSettings {
            server: (host, text("STUNServerPort").parse().unwrap_or(cwmp::stun::PORT)),
            username: text("STUNUsername"),
            password: text("STUNPassword"),
            keep_alive: udp::keep_alive(seconds, self.pace.speed),
        })
    }

    /// There is a binding, or none any more. Another address is told to the ACS if it wants to hear of it.
    pub(super) fn bound(&mut self, mapped: Option<SocketAddr>, local: Option<SocketAddr>, now: i64) {
        let address = mapped.map(|mapped| mapped.to_string()).unwrap_or_default();
        let nat = mapped.is_some() && mapped != local;
        let paths = [self.management("UDPConnectionRequestAddress"), self.management("NATDetected")];
        let before = self.tree.inner_value(moment!(self, now), &paths[0]);
        self.tree.put(moment!(self, now), &paths[1], if nat { "true" } else { "false" });
        if before.is_some_and(|before| before != address) {
            self.tree.put(moment!(self, now), &paths[0], &address);
            if self.tree.notification(&paths[0]) == 2 && self.power == Power::On {
                self.happen(EventCode::ValueChange, "");
            }
        }
    }
}
