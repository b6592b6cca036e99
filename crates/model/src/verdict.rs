//! Where the trouble of a home is: the verdict, and the rules that it follows.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the trouble is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Service,
    Line,
    Wifi,
    Home,
    Router,
    AllWell,
    #[default]
    Unknown,
}

impl Cause {
    /// The verdict in one sentence without its end.
    pub fn title(self) -> &'static str {
        match self {
            Self::Service => "The service is the likely cause",
            Self::Line => "The line is the likely cause",
            Self::Wifi => "Wi-Fi is the likely cause",
            Self::Home => "A device in the home is the likely cause",
            Self::Router => "The router is the likely cause",
            Self::AllWell => "All is well, as far as the router tells",
            Self::Unknown => "Not known yet",
        }
    }

    /// The part alone: `Wi-Fi`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::Line => "Line",
            Self::Wifi => "Wi-Fi",
            Self::Home => "Home network",
            Self::Router => "Router",
            Self::AllWell => "All well",
            Self::Unknown => "Not known",
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    Good,
    Notice,
    Bad,
}

/// One fact of the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub weight: Weight,
    pub title: String,
    /// Numbers and names; names of devices are foreign text.
    pub detail: String,
    pub at: Option<Timestamp>,
    /// The rule that found it; none where all is well.
    pub rule: Option<String>,
}

/// What is offered to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Read the values again.
    Refresh,
    Reboot,
    /// Look at the channels of a band.
    Channel,
    /// See the devices of the home.
    Home,
    /// Look at the connection's credentials.
    Connection,
    /// See what happened: the timeline.
    Timeline,
}

/// Where the trouble is, why, and what to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub cause: Cause,
    /// One sentence: what is healthy, and what was left out.
    pub summary: String,
    /// At most three.
    pub evidence: Vec<Evidence>,
    pub remedy: Option<Remedy>,
    /// To read aloud.
    pub say: String,
    /// Something it is built on is old or missing.
    pub uncertain: bool,
    /// How each part is; what is not there is not known.
    pub marks: BTreeMap<Cause, Weight>,
}

/// One rule: what it looks at, from when on, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    pub id: &'static str,
    pub cause: Cause,
    /// What is compared, with the direction: `Noise margin below`.
    pub label: &'static str,
    pub unit: &'static str,
    /// Where the finding begins.
    pub limit: f64,
    /// What an operator may set.
    pub range: (f64, f64),
    pub why: &'static str,
}

macro_rules! rules {
    ($($id:literal $cause:ident $label:literal $unit:literal $limit:literal $range:expr, $why:literal;)*) => {
        /// The rules in the order of their cause. Without a unit and with the range 0 to 1, a rule is only on or off.
        pub const RULES: &[Rule] = &[$(Rule {
            id: $id, cause: Cause::$cause, label: $label, unit: $unit, limit: $limit, range: $range, why: $why,
        }),*];
    };
}

rules! {
    "offline" Line "The router has not checked in when it should have" "" 1.0 (0.0, 1.0),
        "By its own interval and its retries. Power, line or the router itself: what it showed last says which.";
    "auth" Service "PPP says that name or password is wrong" "" 1.0 (0.0, 1.0),
        "The router reaches the network, which does not let it in: the credentials, or an account that is blocked.";
    "wan-down" Service "The line is up and the connection is not" "" 1.0 (0.0, 1.0),
        "The line works, so what fails is behind it: the session, the address, or the network.";
    "line-down" Line "The line is down" "" 1.0 (0.0, 1.0),
        "Without a line nothing else can work.";
    "margin" Line "Noise margin below" "dB" 5.0 (0.0, 30.0),
        "DSL drops when noise eats the margin up. Most lines are set to 6 dB; below it a line becomes unsteady.";
    "errored" Line "Errored seconds in a quarter of an hour above" "s" 30.0 (0.0, 900.0),
        "Each is a second in which data was lost. A few are normal.";
    "retrains" Line "The line was lost today more often than" "times" 3.0 (0.0, 100.0),
        "Each time everything is gone for about a minute.";
    "light-low" Line "Light received below" "dBm" -27.0 (-40.0, 0.0),
        "Too little light: a bent or dirty fibre, or a bad splice. Below −27 dBm GPON begins to fail.";
    "light-high" Line "Light received above" "dBm" -8.0 (-30.0, 5.0),
        "Too much light blinds the receiver, as a missing attenuator does.";
    "busy" Wifi "A radio's channel is busy for more than" "%" 70.0 (20.0, 100.0),
        "Everybody on the channel shares the air, neighbours too. Above 70 % everything slows down.";
    "overlap" Wifi "Neighbours on overlapping channels more than" "networks" 8.0 (1.0, 100.0),
        "Each of them takes turns with this home.";
    "signal" Home "Signal of a device weaker than" "dBm" -75.0 (-95.0, -40.0),
        "Below −75 dBm a device falls back to slow speeds and takes air time from the others.";
    "resent" Home "Packets sent twice to a device more than" "%" 20.0 (1.0, 100.0),
        "Many repeats mean a weak or disturbed link.";
    "boots-day" Router "Restarts in 24 hours more than" "times" 3.0 (0.0, 100.0),
        "A healthy router restarts for updates only. Power, heat or a fault.";
    "boots-week" Router "Restarts in 7 days more than" "times" 10.0 (0.0, 500.0),
        "The same, more slowly.";
    "memory" Router "Memory used above" "%" 92.0 (50.0, 100.0),
        "With its memory full a router becomes slow and restarts.";
    "cpu" Router "Processor busy above" "%" 95.0 (30.0, 100.0),
        "A processor at its limit forwards slowly.";
    "heat" Router "Temperature above" "°C" 90.0 (40.0, 130.0),
        "Hot routers slow down or restart: covered, or in the sun.";
    "speed" Line "Measured speed below this part of the plan" "%" 70.0 (10.0, 100.0),
        "Measured from the router, so that Wi-Fi has no part in it.";
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// What an operator decided of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    #[serde(default = "yes")]
    pub on: bool,
    /// `None`: the product's.
    #[serde(default)]
    pub limit: Option<f64>,
}

fn yes() -> bool {
    true
}

/// The rules as they are used: the product's with an operator's decisions over them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decisions(pub BTreeMap<String, Decision>);

impl Decisions {
    /// The limit of a rule; `None` if it is switched off.
    pub fn limit(&self, rule: &Rule) -> Option<f64> {
        match self.0.get(rule.id) {
            Some(decision) if !decision.on => None,
            Some(Decision { limit: Some(limit), .. }) => Some(*limit),
            _ => Some(rule.limit),
        }
    }

    /// The error says the rule that is broken.
    pub fn check(&self) -> Result<(), String> {
        for (id, decision) in &self.0 {
            let rule = rule(id).ok_or_else(|| format!("There is no rule “{id}”."))?;
            let (low, high) = rule.range;
            if decision.limit.is_some_and(|limit| !limit.is_finite() || limit < low || limit > high) {
                return Err(format!("“{}”: from {low} to {high} {}.", rule.label, rule.unit).replace(" .", "."));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_apart_and_hold_their_own_limits() {
        for (index, rule) in RULES.iter().enumerate() {
            assert!(RULES[index + 1..].iter().all(|other| other.id != rule.id), "{}", rule.id);
            assert!((rule.range.0..=rule.range.1).contains(&rule.limit), "{}", rule.id);
            assert!(rule.why.ends_with('.'), "{}", rule.id);
        }
    }

    #[test]
    fn decisions_are_bounded_and_go_back() {
        let decide = |id: &str, on, limit| Decisions([(id.to_owned(), Decision { on, limit })].into());
        let margin = rule("margin").expect("it is there");
        assert_eq!(Decisions::default().limit(margin), Some(5.0));
        assert_eq!(decide("margin", true, Some(7.0)).limit(margin), Some(7.0));
        assert_eq!(decide("margin", false, None).limit(margin), None);
        assert!(decide("margin", true, Some(7.0)).check().is_ok());
        assert!(decide("margin", true, Some(99.0)).check().is_err());
        assert!(decide("margin", true, Some(f64::NAN)).check().is_err());
        assert!(decide("mood", true, None).check().is_err());
    }
}
