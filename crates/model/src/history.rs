//! How a few numbers of a device went over time.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

macro_rules! series {
    ($($name:ident $code:literal $label:literal $unit:literal;)*) => {
        /// A number that is kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Series { $($name),* }

        impl Series {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word that it is stored under.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label),* }
            }

            pub fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit),* }
            }
        }
    };
}

series! {
    Busy24 "b2" "2.4 GHz busy" "%";
    Busy5 "b5" "5 GHz busy" "%";
    Busy6 "b6" "6 GHz busy" "%";
    Light "rx" "Light received" "dBm";
    Margin "nm" "Noise margin" "dB";
    Devices "dv" "Devices in use" "";
    Memory "me" "Memory used" "%";
    Latency "la" "Latency" "ms";
    Down "dn" "Measured down" "kbit/s";
    Up "up" "Measured up" "kbit/s";
    Offline "of" "Offline" "s";
}

impl Series {
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|series| series.code() == code)
    }
}

/// One number that was read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub series: Series,
    /// For [`Series::Offline`] the moment it came back; the value says for how many seconds it was away.
    pub at: Timestamp,
    pub value: f64,
}

/// How long a history to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Hour,
    #[default]
    Day,
    Week,
    Month,
}

impl Period {
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    pub fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3600,
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 30 * 86_400,
        }
    }

    /// On buttons and in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Hour => "Last hour",
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == text)
    }
}

/// One line of a chart, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub series: Series,
    pub points: Vec<(Timestamp, f64)>,
    /// The middle of what was read before the period or, without that, in it.
    pub usual: Option<f64>,
}

/// What a device's page shows of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub from: Timestamp,
    pub to: Timestamp,
    pub lines: Vec<Line>,
    /// When it was away: from, to.
    pub offline: Vec<(Timestamp, Timestamp)>,
    /// Restarts.
    pub boots: Vec<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for series in Series::ALL {
            assert_eq!(Series::parse(series.code()), Some(*series));
        }
        for period in Period::ALL {
            assert_eq!(Period::parse(period.as_str()), Some(period));
        }
    }
}
