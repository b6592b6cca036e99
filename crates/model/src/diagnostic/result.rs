//! What came of a test. Everything here was said by a device: numbers may be nonsense, texts are hostile and bounded.

use serde::{Deserialize, Serialize};

/// What a device found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The device's last word, such as `Complete`; at most 64 characters.
    pub state: String,
    pub found: Found,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Found {
    /// Ping and UDP echo.
    Ping(PingTimes),
    Route {
        /// Address of the target, where the device says it.
        address: String,
        /// Of the last hop, as the device sums it up.
        response_ms: Option<u32>,
        /// In their order.
        hops: Vec<Hop>,
    },
    Names {
        /// Questions that were answered; `None` if the device does not say.
        succeeded: Option<u32>,
        answers: Vec<Answer>,
    },
    Speed(Throughput),
    Server(Selection),
    Neighbours {
        networks: Vec<Neighbour>,
    },
    Loopback(LoopTimes),
    Capacity(Capacity),
    Echo(EchoCounters),
    /// Names below the object, and what the device says there.
    Values {
        values: Vec<(String, String)>,
    },
}

/// Answers to echo requests. `None`: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PingTimes {
    /// Where the name led to, or the own address that was used, as far as the device says.
    pub address: String,
    pub answered: Option<u32>,
    pub lost: Option<u32>,
    /// In microseconds; whole milliseconds if `detailed` is not set.
    pub average_us: Option<u64>,
    pub minimum_us: Option<u64>,
    pub maximum_us: Option<u64>,
    /// The device measures in microseconds.
    pub detailed: bool,
}

impl PingTimes {
    /// Packets in all, if both parts are known.
    pub fn sent(&self) -> Option<u32> {
        Some(self.answered?.saturating_add(self.lost?))
    }
}

/// One router on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    pub host: String,
    pub address: String,
    /// ICMP code; 0: none.
    pub error: u32,
    /// Of each try, in milliseconds; those without an answer are left out.
    pub times_ms: Vec<u32>,
}

/// One answer of a name server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// `Success`, or what went wrong in the device's words.
    pub status: String,
    /// The answer came from the source itself.
    pub authoritative: Option<bool>,
    pub name: String,
    pub addresses: Vec<String>,
    pub server: String,
    pub response_ms: Option<u32>,
}

/// A transfer that was timed (TR-143).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throughput {
    pub up: bool,
    /// By rule 339: eight times the bytes of the test over the time from its first byte (BOM) to its last (EOM).
    pub bits_per_second: Option<u64>,
    /// Bytes of the test itself.
    pub bytes: Option<u64>,
    /// From BOM to EOM, in microseconds.
    pub transfer_us: Option<u64>,
    /// From the request (ROM) to the first byte (BOM), in microseconds.
    pub wait_us: Option<u64>,
    /// From asking for the TCP connection to having it, in microseconds: about one round trip.
    pub connect_us: Option<u64>,
}

/// What the subscriber pays for, towards the home and back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub down_kbit: Option<u32>,
    pub up_kbit: Option<u32>,
    /// From this part of it on it is as good as kept, in percent.
    pub enough: f64,
}

impl Plan {
    /// The promised speed of a way, in kbit/s.
    pub fn kbit(&self, up: bool) -> Option<u32> {
        let kbit = if up { self.up_kbit } else { self.down_kbit };
        kbit.filter(|kbit| *kbit > 0)
    }

    /// Which part of the plan was measured, in percent, and whether that is enough. `None`: nothing was promised, or
    /// nothing was measured.
    pub fn share(&self, speed: &Throughput) -> Option<(u64, bool)> {
        let promised = u64::from(self.kbit(speed.up)?) * 1000;
        let percent = speed.bits_per_second?.saturating_mul(100) / promised;
        Some((percent, percent as f64 >= self.enough))
    }
}

impl Throughput {
    /// Rule 339. Times in microseconds since 1970.
    pub fn of(up: bool, bytes: Option<u64>, rom: Option<i64>, bom: Option<i64>, eom: Option<i64>) -> Self {
        let between = |from: Option<i64>, to: Option<i64>| u64::try_from(to?.checked_sub(from?)?).ok();
        let transfer_us = between(bom, eom);
        let rate = || {
            let (bytes, us) = (u128::from(bytes?), u128::from(transfer_us.filter(|us| *us > 0)?));
            u64::try_from(bytes * 8 * 1_000_000 / us).ok()
        };
        Self { up, bits_per_second: rate(), bytes, transfer_us, wait_us: between(rom, bom), connect_us: None }
    }
}

/// The server that answered first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub fastest: String,
    pub address: String,
    pub minimum_us: Option<u64>,
    pub average_us: Option<u64>,
    pub maximum_us: Option<u64>,
}

/// A Wi-Fi network that was heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Empty: hidden.
    pub ssid: String,
    pub bssid: String,
    pub channel: Option<u32>,
    /// In dBm, below 0.
    pub signal_dbm: Option<i32>,
    /// Such as `2.4GHz`; by the channel if the device does not say.
    pub band: String,
    /// Such as `WPA2`.
    pub security: String,
    /// Such as `80MHz`.
    pub width: String,
    /// Such as `n,ax`.
    pub standards: String,
    /// The radio that heard it.
    pub radio: String,
}

/// Answers to ATM loopback cells, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopTimes {
    pub answered: Option<u32>,
    pub lost: Option<u32>,
    pub average_ms: Option<u32>,
    pub minimum_ms: Option<u32>,
    pub maximum_ms: Option<u32>,
}

/// IP-layer capacity (TR-471).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    pub up: bool,
    /// Highest rate of any second, in bits per second.
    pub bits_per_second: Option<u64>,
    /// As the device wrote it, such as `0.00001`.
    pub loss: String,
    /// Round-trip times at that rate, in the device's unit (seconds).
    pub rtt_range: String,
}

/// What the device's UDP echo server has done since it was switched on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoCounters {
    pub enabled: bool,
    pub packets_received: Option<u64>,
    pub packets_answered: Option<u64>,
    pub bytes_received: Option<u64>,
    pub bytes_answered: Option<u64>,
}

/// A dateTime of a device in microseconds since 1970: TR-143 counts in them. The unknown time (year 1) and nonsense
/// give `None`. Without a zone it is taken for UTC: only differences matter.
pub fn micros(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = text.split_once(['T', ' '])?;
    let mut parts = date.splitn(3, '-');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (year, month, day) = (number()?, number()?, number()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let end = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let (whole, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let mut parts = whole.splitn(3, ':');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (hour, minute, second) = (number()?, number()?, number()?);
    if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let fraction: i64 = digits.parse().ok().filter(|fraction| *fraction >= 0)?;
    let offset = match zone.trim() {
        "" | "Z" | "z" => 0,
        zone => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let digits: String = zone.chars().filter(char::is_ascii_digit).take(4).collect();
            let (hours, minutes) = (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..4).unwrap_or("00"));
            sign * (hours * 60 + minutes.parse::<i64>().ok()?)
        }
    };
    // Days since 1970 by the civil calendar, counted in years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1_000_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_told_as_a_part_of_the_plan() {
        let plan = Plan { down_kbit: Some(100_000), up_kbit: Some(0), enough: 70.0 };
        let speed = |up, bits_per_second| Throughput { up, bits_per_second, ..Throughput::default() };
        assert_eq!(plan.share(&speed(false, Some(96_400_000))), Some((96, true)));
        assert_eq!(plan.share(&speed(false, Some(69_900_000))), Some((69, false)));
        assert_eq!(plan.share(&speed(false, None)), None);
        assert_eq!(plan.share(&speed(true, Some(1))), None, "nothing is promised for this way");
    }

    #[test]
    fn times_of_devices_are_read_to_the_microsecond() {
        assert_eq!(micros("1970-01-01T00:00:00.000001Z"), Some(1));
        assert_eq!(micros("2026-11-22T14:31:40.25Z"), Some(1_795_357_900_250_000));
        assert_eq!(micros("2026-11-22T15:31:40.250000+01:00"), micros("2026-11-22T14:31:40.25Z"));
        assert_eq!(micros("2026-11-22T14:31:40,5"), Some(1_795_357_900_500_000));
        for unknown in ["0001-01-01T00:00:00Z", "", "soon", "2026-13-01T00:00:00Z", "2026-11-22"] {
            assert_eq!(micros(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn rule_339_throughput_is_eight_times_the_bytes_over_eom_minus_bom() {
        let at = |text: &str| micros(&format!("2026-11-22T14:31:{text}Z"));
        let speed = Throughput::of(false, Some(10_000_000), at("39.900000"), at("40.000100"), at("40.085003"));
        assert_eq!(speed.transfer_us, Some(84_903));
        assert_eq!(speed.bits_per_second, Some(942_251_746), "8 · 10,000,000 / 0.084903 s");
        assert_eq!(speed.wait_us, Some(100_100));
        // Nothing is made up where a time is missing, the same, or the wrong way round.
        for (bom, eom) in [(None, at("40.0")), (at("40.0"), at("40.0")), (at("41.0"), at("40.0"))] {
            assert_eq!(Throughput::of(false, Some(1), None, bom, eom).bits_per_second, None);
        }
        assert_eq!(Throughput::of(true, None, None, at("40.0"), at("41.0")).bits_per_second, None);
    }
}
