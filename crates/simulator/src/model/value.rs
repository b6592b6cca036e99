//! Values of a model: text with holes that are filled when somebody reads.
//!
//! `${…}` holes (`N`, `M` are numbers; `E` is a sum such as `2*$1+$2-3` of numbers and row numbers, outermost `$1`):
//!
//! | hole | value |
//! |---|---|
//! | `serial`, `tail`, `oui` | the serial number, its last four characters, the OUI |
//! | `mac:E` | the device's base MAC address plus E |
//! | `wan`, `lease`, `gateway` | addresses: new after each boot, fixed, the next hop |
//! | `key:N`, `hex:N`, `rand:N:M`, `pick:a\|b` | fixed by chance: passphrase of the device, digits, number, choice |
//! | `i`, `row:E`, `of:a\|b` | the innermost row number, a computed one, a choice by the innermost row |
//! | `uptime`, `now`, `booted`, `ago:N` | seconds since the boot, times; `ago` in seconds |
//! | `count:Name` | rows of the sibling table `Name` |
//! | `traffic:N` | a counter since the boot that grows by N a second on average |
//! | `drift:MIDDLE:AMPLITUDE:SECONDS[:DECIMALS]` | a number that wanders |
//! | `if:TROUBLE:a\|b` | `a` in a home with this trouble, else `b` |
//! | `driftif:TROUBLE:MIDDLE:AMPLITUDE:MIDDLE:AMPLITUDE:SECONDS[:DECIMALS]` | wanders there with the trouble, else here |
//! | `client:FIELD` | of the client whose number is the innermost row: `mac`, `name`, `ip`, `signal`, `rate`, `resent`, `active`, `layer`, `medium` |
//! | `acs:url`, `acs:user`, `acs:password`, `acs:interval`, `cr:url`, `cr:password` | management settings |

use crate::facts::{Facts, Trouble};
use crate::{clock, seed};
use std::fmt::Write as _;

/// What all devices of a fleet are set to.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub acs_url: String,
    pub acs_username: String,
    pub acs_password: String,
    pub inform_interval: u32,
    /// `http://host:port` of the connection-request server.
    pub connection_request_base: String,
    /// Factory setting: the key under which connection-request passwords differ.
    pub connection_request_secret: u64,
}

/// Everything a value may depend on.
pub struct Context<'a> {
    pub facts: &'a Facts,
    pub surroundings: &'a Surroundings,
    pub now: i64,
    /// Row numbers on the way to the parameter, outermost first.
    pub rows: &'a [u32],
    /// Differs for each parameter of the model.
    pub salt: u64,
    /// Counters wrap at 2³².
    pub narrow: bool,
    /// Counts the rows of a sibling table.
    pub count: &'a dyn Fn(&str) -> usize,
}

/// A value of the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Literal(Box<str>),
    Program(Box<[Piece]>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(Box<str>),
    Hole(Hole),
}

/// A sum of a constant and multiples of row numbers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Sum {
    constant: i64,
    /// (factor, depth of the row from 1)
    terms: Box<[(i64, usize)]>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Hole {
    Serial,
    Tail,
    Oui,
    Mac(Sum),
    Wan,
    Lease,
    Gateway,
    Key(usize),
    Hex(usize),
    Rand(i64, i64),
    Pick(Box<[Box<str>]>),
    Row,
    RowSum(Sum),
    Of(Box<[Box<str>]>),
    Uptime,
    Now,
    Booted,
    Ago(i64),
    Count(Box<str>),
    Traffic(f64),
    Drift { middle: f64, amplitude: f64, seconds: i64, decimals: usize },
    If { trouble: Trouble, yes: Box<str>, no: Box<str> },
    DriftIf { trouble: Trouble, with: (f64, f64), without: (f64, f64), seconds: i64, decimals: usize },
    Client(ClientField),
    AcsUrl,
    AcsUser,
    AcsPassword,
    AcsInterval,
    ConnectionRequestUrl,
    ConnectionRequestPassword,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientField {
    Mac,
    Name,
    Ip,
    Signal,
    /// kbit/s, from the router to it.
    Rate,
    /// Percent of packets sent twice.
    Resent,
    Active,
    Layer,
    Medium,
}

impl Value {
    /// Reads a value. The error says what is wrong with a hole.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if start > 0 {
                pieces.push(Piece::Text(rest[..start].into()));
            }
            let end = rest[start..].find('}').ok_or_else(|| format!("a hole without an end in `{text}`"))? + start;
            pieces.push(Piece::Hole(Hole::parse(&rest[start + 2..end])?));
            rest = &rest[end + 1..];
        }
        if pieces.is_empty() {
            return Ok(Self::Literal(text.into()));
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
        Ok(Self::Program(pieces.into()))
    }

    /// The value now.
    pub fn evaluate(&self, context: &Context<'_>) -> String {
        match self {
            Self::Literal(text) => text.to_string(),
            Self::Program(pieces) => {
                let mut out = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => out.push_str(text),
                        Piece::Hole(hole) => hole.fill(context, &mut out),
                    }
                }
                out
            }
        }
    }
}

impl Sum {
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a sum of numbers and rows");
        let mut sum = (0_i64, Vec::new());
        // A minus begins a new term that keeps its sign.
        for term in text.replace('-', "+-").split('+').filter(|term| !term.is_empty()) {
            if let Some((factor, depth)) = term.split_once('$') {
                let factor = match factor.trim_end_matches('*') {
                    "" => 1,
                    "-" => -1,
                    number => number.parse().map_err(|_| wrong())?,
                };
                sum.1.push((factor, depth.parse().map_err(|_| wrong())?));
            } else {
                sum.0 += term.parse::<i64>().map_err(|_| wrong())?;
            }
        }
        Ok(Self { constant: sum.0, terms: sum.1.into() })
    }

    /// Its value for these rows, never below 0. A row that is not there counts as 0.
    pub fn of(&self, rows: &[u32]) -> u32 {
        let row = |depth: usize| depth.checked_sub(1).and_then(|n| rows.get(n)).map_or(0, |row| i64::from(*row));
        let total = self.terms.iter().fold(self.constant, |sum, (factor, depth)| sum + factor * row(*depth));
        total.max(0) as u32
    }
}

impl Hole {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`${{{text}}}` is not a hole this simulator knows");
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
        let real = |text: &str| text.parse::<f64>().map_err(|_| wrong());
        let list = || rest.split('|').map(Box::from).collect::<Box<[Box<str>]>>();
        let parts: Vec<_> = rest.split(':').collect();
        Ok(match (name, parts.as_slice()) {
            ("serial", _) => Self::Serial,
            ("tail", _) => Self::Tail,
            ("oui", _) => Self::Oui,
            ("mac", _) => Self::Mac(Sum::parse(rest)?),
            ("wan", _) => Self::Wan,
            ("lease", _) => Self::Lease,
            ("gateway", _) => Self::Gateway,
            ("key", [length]) => Self::Key(number(length)?.max(0) as usize),
            ("hex", [length]) => Self::Hex(number(length)?.max(0) as usize),
            ("rand", [low, high]) => Self::Rand(number(low)?, number(high)?),
            ("pick", _) => Self::Pick(list()),
            ("i", _) => Self::Row,
            ("row", _) => Self::RowSum(Sum::parse(rest)?),
            ("of", _) => Self::Of(list()),
            ("uptime", _) => Self::Uptime,
            ("now", _) => Self::Now,
            ("booted", _) => Self::Booted,
            ("ago", [seconds]) => Self::Ago(number(seconds)?),
            ("count", [table]) => Self::Count((*table).into()),
            ("traffic", [rate]) => Self::Traffic(real(rate)?),
            ("drift", [middle, amplitude, seconds, decimals @ ..]) => Self::Drift {
                middle: real(middle)?,
                amplitude: real(amplitude)?,
                seconds: number(seconds)?,
                decimals: decimals.first().map_or(Ok(0), |n| number(n))?.clamp(0, 6) as usize,
            },
            ("if", [trouble, _, ..]) => {
                let rest = rest.split_once(':').map_or("", |(_, rest)| rest);
                let (yes, no) = rest.split_once('|').ok_or_else(wrong)?;
                Self::If { trouble: Trouble::parse(trouble).ok_or_else(wrong)?, yes: yes.into(), no: no.into() }
            }
            ("driftif", [trouble, bad, bad_amplitude, middle, amplitude, seconds, decimals @ ..]) => Self::DriftIf {
                trouble: Trouble::parse(trouble).ok_or_else(wrong)?,
                with: (real(bad)?, real(bad_amplitude)?),
                without: (real(middle)?, real(amplitude)?),
                seconds: number(seconds)?,
                decimals: decimals.first().map_or(Ok(0), |n| number(n))?.clamp(0, 6) as usize,
            },
            ("client", [field]) => Self::Client(match *field {
                "mac" => ClientField::Mac,
                "name" => ClientField::Name,
                "ip" => ClientField::Ip,
                "signal" => ClientField::Signal,
                "rate" => ClientField::Rate,
                "resent" => ClientField::Resent,
                "active" => ClientField::Active,
                "layer" => ClientField::Layer,
                "medium" => ClientField::Medium,
                _ => return Err(wrong()),
            }),
            ("acs", ["url"]) => Self::AcsUrl,
            ("acs", ["user"]) => Self::AcsUser,
            ("acs", ["password"]) => Self::AcsPassword,
            ("acs", ["interval"]) => Self::AcsInterval,
            ("cr", ["url"]) => Self::ConnectionRequestUrl,
            ("cr", ["password"]) => Self::ConnectionRequestPassword,
            _ => return Err(wrong()),
        })
    }

    fn fill(&self, context: &Context<'_>, out: &mut String) {
        let Context { facts, surroundings, now, rows, .. } = *context;
        let row = rows.last().copied().unwrap_or(0);
        let chance = || {
            rows.iter().fold(seed::of_pair(facts.seed, context.salt), |seed, row| seed::of_pair(seed, u64::from(*row)))
        };
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Serial => write!(out, "{}", facts.serial),
            Self::Tail => write!(out, "{}", facts.tail()),
            Self::Oui => write!(out, "{}", facts.oui),
            Self::Mac(offset) => write!(out, "{}", facts.mac(offset.of(rows))),
            Self::Wan => write!(out, "{}", facts.wan_address()),
            Self::Lease => write!(out, "{}", facts.leased_address()),
            Self::Gateway => write!(out, "198.{}.255.254", 18 + facts.index % 2),
            Self::Key(length) => write!(out, "{}", seed::key(seed::of_word(facts.seed, "key"), *length)),
            Self::Hex(digits) => write!(out, "{}", seed::hex(chance(), *digits)),
            Self::Rand(low, high) => write!(out, "{}", seed::between(chance(), *low, *high)),
            Self::Pick(choices) => write!(out, "{}", choices[(chance() % choices.len() as u64) as usize]),
            Self::Row => write!(out, "{row}"),
            Self::RowSum(sum) => write!(out, "{}", sum.of(rows)),
            Self::Of(choices) => {
                write!(out, "{}", choices[(row.saturating_sub(1) as usize).min(choices.len() - 1)])
            }
            Self::Uptime => write!(out, "{}", facts.uptime(now)),
            Self::Now => write!(out, "{}", clock::date_time(now)),
            Self::Booted => write!(out, "{}", clock::date_time(facts.boot_at)),
            Self::Ago(seconds) => write!(out, "{}", clock::date_time(now - seconds * 1000)),
            Self::Count(table) => write!(out, "{}", (context.count)(table)),
            Self::Traffic(rate) => {
                let count = traffic(chance(), *rate, facts.uptime(now));
                write!(out, "{}", if context.narrow { count & u64::from(u32::MAX) } else { count })
            }
            Self::Drift { middle, amplitude, seconds, decimals } => {
                let value = middle + amplitude * seed::drift(chance(), now, seconds * 1000);
                write!(out, "{value:.decimals$}")
            }
            Self::If { trouble, yes, no } => {
                write!(out, "{}", if facts.trouble() == *trouble { yes } else { no })
            }
            Self::DriftIf { trouble, with, without, seconds, decimals } => {
                let (middle, amplitude) = if facts.trouble() == *trouble { with } else { without };
                let value = middle + amplitude * seed::drift(chance(), now, seconds * 1000);
                write!(out, "{value:.decimals$}")
            }
            Self::Client(field) => match field {
                ClientField::Mac => write!(out, "{}", facts.client(row).mac),
                ClientField::Name => write!(out, "{}", facts.client(row).name),
                ClientField::Ip => write!(out, "{}", Facts::client_address(row)),
                ClientField::Signal => write!(out, "{}", facts.client_signal(row, now)),
                ClientField::Rate => write!(out, "{}", facts.client_rate(row, now)),
                ClientField::Resent => write!(out, "{}", facts.client_resent(row, now)),
                ClientField::Active => write!(out, "{}", facts.client_present(row, now)),
                ClientField::Layer => match facts.access_point_of(row) {
                    0 => write!(out, "Device.Ethernet.Interface.{}.", 2 + row % 4),
                    // Access points beyond the third are those of extenders, which repeat the second network.
                    n => write!(out, "Device.WiFi.SSID.{}.", if n <= 3 { n } else { 2 }),
                },
                ClientField::Medium => {
                    write!(out, "{}", if facts.access_point_of(row) == 0 { "Ethernet" } else { "802.11" })
                }
            },
            Self::AcsUrl => write!(out, "{}", surroundings.acs_url),
            Self::AcsUser => write!(out, "{}", surroundings.acs_username),
            Self::AcsPassword => write!(out, "{}", surroundings.acs_password),
            Self::AcsInterval => write!(out, "{}", surroundings.inform_interval),
            Self::ConnectionRequestUrl => {
                write!(out, "{}{}", surroundings.connection_request_base, facts.connection_request_path())
            }
            Self::ConnectionRequestPassword => {
                let secret = seed::of_pair(surroundings.connection_request_secret, facts.seed);
                write!(out, "{}", seed::key(secret, 16))
            }
        };
    }
}

/// Grows for ever, faster in the evening than at night: the integral of a rate that is never negative.
fn traffic(chance: u64, rate: f64, uptime: i64) -> u64 {
    let own = 0.5 + seed::fraction(chance);
    let (seconds, day) = (uptime as f64, 86_400.0);
    let phase = seed::fraction(seed::mix(chance)) * std::f64::consts::TAU;
    let wave =
        0.7 * day / std::f64::consts::TAU * ((seconds / day * std::f64::consts::TAU + phase).sin() - phase.sin());
    (rate * own * (seconds + wave)).max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, rows: &[u32], now: i64) -> String {
        let facts = Facts {
            seed: 11,
            index: 0,
            serial: "KSTL8F21C04D".to_owned(),
            oui: "02A0E1".to_owned(),
            boots: 0,
            boot_at: 0,
            clients: 8,
            access_points: 2,
        };
        let surroundings = Surroundings { acs_url: "http://acs/".to_owned(), ..Surroundings::default() };
        let context = Context {
            facts: &facts,
            surroundings: &surroundings,
            now,
            rows,
            salt: 5,
            narrow: false,
            count: &|table| table.len(),
        };
        Value::parse(text).unwrap().evaluate(&context)
    }

    #[test]
    fn holes_are_filled() {
        assert_eq!(read("plain", &[], 0), "plain");
        assert_eq!(read("Home-${tail} ${i}", &[2], 0), "Home-C04D 2");
        assert_eq!(read("${of:2.4GHz|5GHz}", &[2], 0), "5GHz");
        assert_eq!(read("${row:2*$1+$2-3}", &[3, 2], 0), "5");
        assert_eq!(read("${uptime}/${count:Host}", &[], 61_500), "61/4");
        assert_eq!(read("${acs:url}", &[], 0), "http://acs/");
        assert_eq!(read("${rand:3:3}", &[], 0), "3");
        let state = read("${if:login:refused|welcome}", &[], 0);
        assert!(state == "refused" || state == "welcome", "{state}");
    }

    #[test]
    fn counters_only_grow() {
        let mut last = 0;
        for hour in 0..200 {
            let value: u64 = read("${traffic:1000}", &[1], hour * 3_600_000).parse().unwrap();
            assert!(value >= last, "{hour}");
            last = value;
        }
        assert!(last > 100_000_000, "{last}");
    }

    #[test]
    fn drifting_numbers_stay_in_their_range() {
        let values: Vec<f64> =
            (0..500).map(|n| read("${drift:-19.5:1.5:60:1}", &[], n * 7_000).parse().unwrap()).collect();
        assert!(values.iter().all(|v| (-21.0..=-18.0).contains(v)));
        assert!(values.iter().any(|v| *v > -19.0) && values.iter().any(|v| *v < -20.0));
    }

    #[test]
    fn unknown_holes_are_errors() {
        for text in [
            "${if:mood:a|b}",
            "${if:line:a}",
            "${driftif:line:1:2:3}",
            "${nonsense}",
            "${mac:x}",
            "${serial",
            "${client:shoe}",
            "${rand:1}",
        ] {
            assert!(Value::parse(text).is_err(), "{text}");
        }
    }
}
