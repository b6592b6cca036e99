//! What is particular to one device: its names, addresses, and the things in the home that use it.
//! All of it is computed from a seed and the time, so that an idle device costs nothing.

use crate::seed;

/// Who a device is and since when it runs.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Everything random about the device follows from this.
    pub seed: u64,
    /// Position in the fleet, from 0.
    pub index: u32,
    pub serial: String,
    pub oui: String,
    /// How often it has booted since the fleet started.
    pub boots: u32,
    /// Milliseconds since 1970.
    pub boot_at: i64,
    /// How many things in the home use it, present or not.
    pub clients: u32,
    /// How many access points the model has; the clients spread over them.
    pub access_points: u32,
}

/// What is wrong in a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// Neighbours fill the channel of the 2.4 GHz radio.
    Crowded,
    /// One thing is too far from the router.
    Weak,
    /// The line is noisy, or the light on it is weak.
    Line,
    /// The network refuses the login of PPP. The way to the ACS is another one.
    Login,
    /// The router leaks memory.
    Memory,
}

impl Trouble {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "crowded" => Self::Crowded,
            "weak" => Self::Weak,
            "line" => Self::Line,
            "login" => Self::Login,
            "memory" => Self::Memory,
            _ => return None,
        })
    }
}

/// One thing in the home: a phone, a television…
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Number from 1; also its row in the host table.
    pub number: u32,
    pub name: &'static str,
    pub mac: String,
    /// 0: on a cable; else the access point that it uses, from 1.
    pub access_point: u32,
}

const CLIENT_NAMES: [&str; 24] = [
    "kitchen-tablet",
    "living-room-tv",
    "work-laptop",
    "pixel-of-sam",
    "games-console",
    "doorbell",
    "printer",
    "thermostat",
    "school-laptop",
    "iphone-of-alex",
    "bedroom-tv",
    "speaker-hall",
    "vacuum",
    "e-reader",
    "desktop",
    "baby-camera",
    "washing-machine",
    "watch-of-robin",
    "media-box",
    "garage-camera",
    "guest-phone",
    "solar-inverter",
    "fridge",
    "nas",
];

impl Facts {
    /// A serial number as the vendor of `prefix` would print it. Different for every index under one seed.
    pub fn serial_number(prefix: &str, fleet_seed: u64, index: u32) -> String {
        // An odd factor and an offset permute the 32-bit numbers: no two devices can meet.
        let number = index.wrapping_mul(0x9E37_79B1).wrapping_add(seed::mix(fleet_seed) as u32);
        format!("{prefix}{number:08X}")
    }

    pub fn tail(&self) -> &str {
        &self.serial[self.serial.len().saturating_sub(4)..]
    }

    /// The base MAC address plus `offset`.
    pub fn mac(&self, offset: u32) -> String {
        let base = (seed::of_word(self.seed, "mac") as u32 & 0x00FF_FF00) + offset;
        let oui = self.oui.as_bytes();
        let pair = |n: usize| oui.get(n * 2..n * 2 + 2).map_or("02", |pair| std::str::from_utf8(pair).unwrap_or("02"));
        format!(
            "{}:{}:{}:{:02X}:{:02X}:{:02X}",
            pair(0),
            pair(1),
            pair(2),
            base >> 16 & 0xFF,
            base >> 8 & 0xFF,
            base & 0xFF
        )
    }

    /// The address the line has now. From 198.18.0.0/15 (RFC 2544), which nobody routes; another one after each boot.
    pub fn wan_address(&self) -> String {
        Self::benchmark_address(self.index.wrapping_mul(40_503).wrapping_add(self.boots.wrapping_mul(7_919)))
    }

    /// An address that a boot does not change.
    pub fn leased_address(&self) -> String {
        Self::benchmark_address(self.index.wrapping_mul(40_503).wrapping_add(3))
    }

    fn benchmark_address(number: u32) -> String {
        let number = number % (1 << 17);
        format!("198.{}.{}.{}", 18 + (number >> 16), number >> 8 & 0xFF, number & 0xFF)
    }

    /// The client in row `number`, from 1.
    pub fn client(&self, number: u32) -> Client {
        let chance = seed::of_pair(seed::of_word(self.seed, "client"), u64::from(number));
        let mac = seed::hex(chance, 10);
        // Locally administered, as phones choose them.
        let mac = format!(
            "{}A:{}:{}:{}:{}:{}",
            &mac[0..1],
            &mac[1..3],
            &mac[3..5],
            &mac[5..7],
            &mac[7..9],
            &seed::hex(mac.len() as u64 ^ chance, 2)
        );
        let first = seed::of_word(self.seed, "names") as usize;
        let name = CLIENT_NAMES[(first + number as usize * 5) % CLIENT_NAMES.len()];
        Client { number, name, mac, access_point: self.access_point_of(number) }
    }

    /// What is wrong in this home: nothing in five of eight.
    pub fn trouble(&self) -> Trouble {
        match seed::of_word(self.seed, "trouble") % 16 {
            0 | 1 => Trouble::Crowded,
            2 => Trouble::Weak,
            3 => Trouble::Line,
            4 => Trouble::Login,
            5 => Trouble::Memory,
            _ => Trouble::None,
        }
    }

    /// Whether the client is the one that is too far away, in a home with such a trouble.
    fn is_far(&self, number: u32) -> bool {
        let far = || (1..=self.clients).find(|number| self.access_point_of(*number) > 0);
        matches!(self.trouble(), Trouble::Weak | Trouble::Crowded) && far() == Some(number)
    }

    /// The access point of a client: 0 if it is on a cable.
    pub fn access_point_of(&self, number: u32) -> u32 {
        let chance = seed::of_pair(seed::of_word(self.seed, "access point"), u64::from(number));
        let wired = chance.is_multiple_of(5) || self.access_points == 0;
        if wired { 0 } else { 1 + (seed::mix(chance) % u64::from(self.access_points)) as u32 }
    }

    /// The private address the DHCP server gave a client.
    pub fn client_address(number: u32) -> String {
        format!("192.168.1.{}", 19 + number)
    }

    /// The path of the connection-request URL: 128 bits that nobody can guess from a neighbour's.
    pub fn connection_request_path(&self) -> String {
        let secret = seed::of_word(self.seed, "connection request");
        format!("/{:016x}{:016x}", seed::of_pair(secret, 1), seed::of_pair(secret, 2))
    }

    /// Whether the client is at home and awake at `now`. Phones come and go within the hour, others stay for days.
    pub fn client_present(&self, number: u32, now: i64) -> bool {
        if self.is_far(number) {
            return true;
        }
        let chance = seed::of_pair(seed::of_word(self.seed, "presence"), u64::from(number));
        let stay = if chance.is_multiple_of(3) { 86_400_000 } else { seed::between(chance, 10, 50) * 60_000 };
        let slot = (now + (chance % 86_400_000) as i64).div_euclid(stay);
        !seed::of_pair(chance, slot as u64).is_multiple_of(4)
    }

    /// Signal of a client in dBm, moving around a level of its own.
    pub fn client_signal(&self, number: u32, now: i64) -> i64 {
        let chance = seed::of_pair(seed::of_word(self.seed, "signal"), u64::from(number));
        let level = if self.is_far(number) { -83 } else { seed::between(chance, -66, -42) } as f64;
        (level + 4.0 * seed::drift(chance, now, 90_000)).round() as i64
    }

    /// Link rate towards a client in kbit/s: what its signal allows.
    pub fn client_rate(&self, number: u32, now: i64) -> i64 {
        let above = (self.client_signal(number, now) + 90).clamp(2, 45);
        (above * above * 430).max(1000)
    }

    /// Percent of packets that were sent twice to a client.
    pub fn client_resent(&self, number: u32, now: i64) -> i64 {
        let chance = seed::of_pair(seed::of_word(self.seed, "resent"), u64::from(number));
        let (middle, amplitude) = if self.is_far(number) { (27.0, 5.0) } else { (5.0, 5.0) };
        (middle + amplitude * seed::drift(chance, now, 60_000)).round() as i64
    }

    /// The clients that use access point `access_point` at `now`, by number.
    pub fn clients_on(&self, access_point: u32, now: i64) -> impl Iterator<Item = u32> + '_ {
        (1..=self.clients)
            .filter(move |number| self.access_point_of(*number) == access_point && self.client_present(*number, now))
    }

    /// Seconds since the last boot.
    pub fn uptime(&self, now: i64) -> i64 {
        ((now - self.boot_at) / 1000).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn facts(index: u32) -> Facts {
        Facts {
            seed: seed::of_pair(1, u64::from(index)),
            index,
            serial: Facts::serial_number("KSTL", 1, index),
            oui: "02A0E1".to_owned(),
            boots: 0,
            boot_at: 0,
            clients: 12,
            access_points: 2,
        }
    }

    #[test]
    fn serials_and_addresses_do_not_repeat() {
        let serials: HashSet<_> = (0..20_000).map(|n| Facts::serial_number("KSTL", 42, n)).collect();
        assert_eq!(serials.len(), 20_000);
        let addresses: HashSet<_> = (0..20_000).map(|n| Facts { index: n, ..facts(0) }.wan_address()).collect();
        assert_eq!(addresses.len(), 20_000);
    }

    #[test]
    fn a_boot_changes_the_line_address_but_not_the_lease() {
        let (before, after) = (facts(3), Facts { boots: 1, ..facts(3) });
        assert_ne!(before.wan_address(), after.wan_address());
        assert_eq!(before.leased_address(), after.leased_address());
    }

    #[test]
    fn clients_come_and_go() {
        let facts = facts(5);
        let counts: HashSet<usize> = (0..48)
            .map(|half_hour| (0..=2).map(|ap| facts.clients_on(ap, half_hour * 1_800_000).count()).sum::<usize>())
            .collect();
        assert!(counts.len() > 2, "{counts:?}");
        assert!(counts.iter().all(|count| *count <= 12));
    }

    #[test]
    fn some_homes_have_a_trouble_of_each_kind() {
        let homes: Vec<Facts> = (0..200).map(facts).collect();
        let count = |trouble| homes.iter().filter(|home| home.trouble() == trouble).count();
        for trouble in [Trouble::Crowded, Trouble::Weak, Trouble::Line, Trouble::Login, Trouble::Memory] {
            assert!(count(trouble) > 3, "{trouble:?}");
        }
        assert!(count(Trouble::None) > 90);
        let weak = homes.iter().find(|home| home.trouble() == Trouble::Weak).unwrap();
        let signals: Vec<i64> = (1..=12).map(|number| weak.client_signal(number, 5_000)).collect();
        assert_eq!(signals.iter().filter(|dbm| **dbm < -75).count(), 1, "{signals:?}");
    }

    #[test]
    fn macs_have_their_shape() {
        let mac = facts(1).mac(3);
        assert_eq!((mac.len(), &mac[..9]), (17, "02:A0:E1:"));
        assert_eq!(facts(1).client(2).mac.len(), 17);
    }
}
