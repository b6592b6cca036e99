//! How the places of an alias are written.
//!
//! | written | means |
//! |---|---|
//! | `Channel`, `Stats.Noise` | a parameter of the row |
//! | `{i}` | any row of a table |
//! | `X_*_RSSI` | any name of this shape, whatever its case |
//! | `/DeviceInfo.UpTime` | from the root of either data model |
//! | `Device.DSL.Line.{i}.Status` | from the root of this data model |
//! | `^SSID` | of the row above this one |
//! | `LowerLayers->Channel` | of the object that `LowerLayers` names; it may name several |
//! | `/WiFi.SSID.{i}.LowerLayers<-SSID` | of the rows whose `LowerLayers` names this object |
//! | `/Hosts.Host.{i}.PhysAddress==mac->HostName` | of the rows whose `PhysAddress` is this row's `mac` |
//! | `… as /1000` | the number, divided; `*10` multiplied; words of [`Scale`] |

use std::fmt;

/// How a device's number becomes one in the unit of its alias.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Scale {
    #[default]
    Plain,
    Times(f64),
    Over(f64),
    /// `0.1uW`: a power in tenths of a microwatt, to dBm.
    TenthMicrowatt,
    /// `dbm`: a power in dBm, tenths, hundredths or thousandths of it, or tenths of a microwatt, told by its size and sign.
    AnyDbm,
    /// `rcpi`: received channel power indicator (1 to 220), to dBm.
    Rcpi,
    /// `percent`: a quality of 0 to 100, to dBm.
    Quality,
    /// `kbit`: kbit/s, or Mbit/s where the number is below 1000, or bit/s where it is above 20,000,000.
    AnyRate,
    /// `kib`: KiB, or bytes where the number is above 8,000,000.
    AnyMemory,
    /// `share`: 0 to 255, to percent.
    Share,
    /// `not`: yes for no.
    Not,
}

impl Scale {
    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite() && *n != 0.0);
        Some(match text {
            "0.1uW" => Self::TenthMicrowatt,
            "dbm" => Self::AnyDbm,
            "rcpi" => Self::Rcpi,
            "percent" => Self::Quality,
            "kbit" => Self::AnyRate,
            "kib" => Self::AnyMemory,
            "share" => Self::Share,
            "not" => Self::Not,
            text => match text.split_at_checked(1)? {
                ("/", rest) => Self::Over(number(rest)?),
                ("*", rest) => Self::Times(number(rest)?),
                _ => return None,
            },
        })
    }

    /// `None`: the number cannot be one.
    pub fn apply(self, number: f64) -> Option<f64> {
        let microwatt = |tenths: f64| (tenths > 0.0).then(|| 10.0 * (tenths / 10_000.0).log10());
        Some(match self {
            Self::Plain | Self::Not => number,
            Self::Times(factor) => number * factor,
            Self::Over(divisor) => number / divisor,
            Self::TenthMicrowatt => microwatt(number)?,
            Self::AnyDbm => match number {
                n if n > 0.0 => microwatt(n)?,
                n if n > -50.0 => n,
                n if n > -500.0 => n / 10.0,
                n if n > -5000.0 => n / 100.0,
                n => n / 1000.0,
            },
            Self::Rcpi => (1.0..=220.0).contains(&number).then(|| number / 2.0 - 110.0)?,
            Self::Quality => (0.0..=100.0).contains(&number).then(|| number / 2.0 - 100.0)?,
            Self::AnyRate => match number {
                n if n < 1000.0 => n * 1000.0,
                n if n > 20_000_000.0 => n / 1000.0,
                n => n,
            },
            Self::AnyMemory => {
                if number > 8_000_000.0 {
                    number / 1024.0
                } else {
                    number
                }
            }
            Self::Share => number / 2.55,
        })
    }
}

/// One part of a path between dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// One name, or several with dots between them.
    Name(Box<str>),
    /// `{i}`
    Row,
    /// The pieces around each `*`, in lower case.
    Glob(Box<[Box<str>]>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The row, or whatever object a hop led to.
    Here,
    /// The root of either data model.
    Root,
    /// This root alone, `Device.` or `InternetGatewayDevice.`
    Model(&'static str),
}

/// A path with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub from: From,
    pub parts: Vec<Part>,
    /// It names objects, not parameters: it ends in a dot.
    pub object: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hop {
    /// To the row above.
    Up,
    /// To what the parameter names.
    Follow(Pattern),
    /// To the rows whose parameter names this object.
    Referring(Pattern),
    /// To the rows whose parameter has the value of this row's column.
    Equal(Pattern, Box<str>),
}

/// One place where an alias looks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub text: Box<str>,
    pub hops: Vec<Hop>,
    pub last: Pattern,
    pub scale: Scale,
}

/// Why a place cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadPlace(pub String);

impl fmt::Display for BadPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parts of one path, so that a place costs little whatever it says.
const PARTS: usize = 16;
const HOPS: usize = 6;

impl Place {
    pub fn parse(text: &str) -> Result<Self, BadPlace> {
        let text = text.trim();
        let (mut rest, scale) = match text.rsplit_once(" as ") {
            Some((path, word)) => {
                let scale = Scale::parse(word.trim());
                let unknown = || BadPlace(format!("“{}” is no way to read a number.", word.trim()));
                (path.trim(), scale.ok_or_else(unknown)?)
            }
            None => (text, Scale::Plain),
        };
        let mut hops = Vec::new();
        loop {
            if hops.len() > HOPS {
                return Err(BadPlace(format!("“{text}” goes over more than {HOPS} objects.")));
            }
            if let Some(above) = rest.strip_prefix('^') {
                hops.push(Hop::Up);
                rest = above;
                continue;
            }
            let next = ["->", "<-", "=="].into_iter().filter_map(|sign| Some((rest.find(sign)?, sign))).min();
            let Some((at, sign)) = next else { break };
            let (left, right) = (Pattern::parse(&rest[..at], text)?, &rest[at + 2..]);
            match sign {
                "->" => {
                    hops.push(Hop::Follow(left));
                    rest = right;
                }
                "<-" => {
                    hops.push(Hop::Referring(left));
                    rest = right;
                }
                _ => {
                    let (column, right) = right
                        .split_once("->")
                        .ok_or_else(|| BadPlace(format!("“{text}” does not say what to read of the row it finds.")))?;
                    hops.push(Hop::Equal(left, column.trim().into()));
                    rest = right;
                }
            }
        }
        Ok(Self { text: text.into(), hops, last: Pattern::parse(rest, text)?, scale })
    }
}

impl Pattern {
    fn parse(path: &str, whole: &str) -> Result<Self, BadPlace> {
        let path = path.trim();
        let bad = |why: &str| BadPlace(format!("“{whole}” {why}"));
        let (from, rest) = if let Some(rest) = path.strip_prefix('/') {
            (From::Root, rest)
        } else if let Some(rest) = path.strip_prefix("Device.") {
            (From::Model("Device."), rest)
        } else if let Some(rest) = path.strip_prefix("InternetGatewayDevice.") {
            (From::Model("InternetGatewayDevice."), rest)
        } else {
            (From::Here, path)
        };
        let object = rest.ends_with('.');
        let rest = rest.trim_end_matches('.');
        if rest.is_empty() {
            return Err(bad("names no parameter."));
        }
        let mut parts = Vec::new();
        for part in rest.split('.') {
            let fits = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            if part == "{i}" {
                parts.push(Part::Row);
            } else if part.contains('*') && fits(&part.replace('*', "")) {
                parts.push(Part::Glob(part.to_ascii_lowercase().split('*').map(Box::from).collect()));
            } else if part.is_empty() || !fits(part) {
                return Err(bad("has a part that is no name, {i} or name with *."));
            } else if let Some(Part::Name(before)) = parts.last_mut() {
                *before = format!("{before}.{part}").into();
            } else {
                parts.push(Part::Name(part.into()));
            }
        }
        if parts.len() > PARTS {
            return Err(bad("has too many parts."));
        }
        Ok(Self { from, parts, object })
    }
}

/// Whether a name has the shape of a glob's pieces.
pub(crate) fn globs(pieces: &[Box<str>], name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return false };
    let Some(mut rest) = name.strip_prefix(&**first) else { return false };
    for piece in &pieces[1..pieces.len() - 1] {
        let Some(at) = rest.find(&**piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(&**last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let place = Place::parse("^SSIDReference->LowerLayers->Channel").unwrap();
        assert_eq!((place.hops.len(), &place.hops[0]), (3, &Hop::Up));
        let place = Place::parse("Device.Optical.Interface.{i}.OpticalSignalLevel as /1000").unwrap();
        assert_eq!(place.last.from, From::Model("Device."));
        assert_eq!(place.scale.apply(-18_400.0), Some(-18.4));
        let place = Place::parse("/Hosts.Host.{i}.PhysAddress==mac->HostName").unwrap();
        assert!(matches!(&place.hops[0], Hop::Equal(_, column) if &**column == "mac"));
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for text in ["", "/", "A..B", "A B", "A as furlongs", "A as /0", "A as /x", "A==b", "A.{j}.B", "a->", "->a"] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
        assert!(Place::parse(&"A->".repeat(9)).is_err());
        assert!(Place::parse(&"*.".repeat(40)).is_err());
    }

    #[test]
    fn powers_are_told_by_their_size() {
        let dbm = |n| Scale::AnyDbm.apply(n).map(|n: f64| (n * 10.0).round() / 10.0);
        assert_eq!(dbm(-18.4), Some(-18.4));
        assert_eq!(dbm(-184.0), Some(-18.4));
        assert_eq!(dbm(-1840.0), Some(-18.4));
        assert_eq!(dbm(-18_400.0), Some(-18.4));
        assert_eq!(dbm(145.0), Some(-18.4));
        assert_eq!(Scale::TenthMicrowatt.apply(0.0), None);
        assert_eq!(Scale::Rcpi.apply(140.0), Some(-40.0));
        assert_eq!(Scale::Quality.apply(60.0), Some(-70.0));
        assert_eq!(Scale::AnyRate.apply(130.0), Some(130_000.0));
        assert_eq!(Scale::AnyRate.apply(390_000.0), Some(390_000.0));
        assert_eq!(Scale::AnyMemory.apply(131_072.0), Some(131_072.0));
    }

    #[test]
    fn names_of_any_maker_match() {
        let pieces = |text: &str| text.to_lowercase().split('*').map(Box::from).collect::<Vec<Box<str>>>();
        assert!(globs(&pieces("X_*_RSSI"), "X_ZTE-COM_Rssi"));
        assert!(!globs(&pieces("X_*_RSSI"), "RSSI"));
        assert!(!globs(&pieces("X_*_RSSI"), "X_HW_RSSIMax"));
        assert!(globs(&pieces("X_*GponInter*fig"), "X_GponInterafceConfig"));
    }
}
