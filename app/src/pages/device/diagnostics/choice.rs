//! Which test the page is about, as the URL has it: a link, the Back button and a reload lead to the same.

use crate::pages::devices::url::Url;
use leptos_router::params::ParamsMap;
use model::diagnostic::{
    Line, Lookup, Loopback, Ping, Selecting, SpeedDown, SpeedUp, Test, TestKind, TestsView, Trace, UdpEcho,
};

/// What a person chooses. Speed is two tests, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Choice {
    #[default]
    Ping,
    Route,
    Speed,
    Names,
    Wifi,
    Udp,
    Servers,
    Line,
    Atm,
    SelfTest,
}

impl Choice {
    /// Those that are always offered.
    pub const FIRST: [Self; 5] = [Self::Ping, Self::Route, Self::Speed, Self::Names, Self::Wifi];
    /// Those that are offered where the router has them.
    pub const MORE: [Self; 5] = [Self::Udp, Self::Servers, Self::Line, Self::Atm, Self::SelfTest];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Route => "route",
            Self::Speed => "speed",
            Self::Names => "names",
            Self::Wifi => "wifi",
            Self::Udp => "udp",
            Self::Servers => "servers",
            Self::Line => "line",
            Self::Atm => "atm",
            Self::SelfTest => "self",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Speed => "Speed",
            Self::Wifi => "Wi-Fi",
            choice => choice.kinds()[0].label(),
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Ping => "pulse",
            Self::Route => "route",
            Self::Speed => "gauge",
            Self::Names => "globe",
            Self::Wifi => "wifi",
            _ => "chip",
        }
    }

    pub fn kinds(self) -> &'static [TestKind] {
        match self {
            Self::Ping => &[TestKind::Ping],
            Self::Route => &[TestKind::Traceroute],
            Self::Speed => &[TestKind::Download, TestKind::Upload],
            Self::Names => &[TestKind::NameLookup],
            Self::Wifi => &[TestKind::WifiNeighbours],
            Self::Udp => &[TestKind::UdpEcho],
            Self::Servers => &[TestKind::ServerSelection],
            Self::Line => &[TestKind::DslLine],
            Self::Atm => &[TestKind::AtmLoopback],
            Self::SelfTest => &[TestKind::SelfTest],
        }
    }

    /// Whether the router has it, as far as is known.
    pub fn fits(self, tests: &TestsView) -> bool {
        self.kinds().iter().any(|kind| tests.supported.contains(kind))
    }

    /// What its target is called; `None`: it has none.
    pub fn target_label(self) -> Option<&'static str> {
        match self {
            Self::Ping | Self::Route | Self::Udp => Some("Name or address"),
            Self::Names => Some("Name to look up"),
            Self::Servers => Some("Servers, with commas between them"),
            Self::Speed | Self::Wifi | Self::Line | Self::Atm | Self::SelfTest => None,
        }
    }

    /// What stands in the field before anybody writes there.
    pub fn usual_target(self, tests: &TestsView) -> String {
        match self {
            Self::Names => "example.com".to_owned(),
            Self::Ping | Self::Route | Self::Udp | Self::Servers => host_of(&tests.endpoint).to_owned(),
            _ => String::new(),
        }
    }

    /// How often it is tried; `None`: that cannot be chosen.
    pub fn usual_count(self) -> Option<u32> {
        match self {
            Self::Ping => Some(Ping::default().count),
            Self::Udp => Some(UdpEcho::default().count),
            Self::Atm => Some(Loopback::default().count),
            _ => None,
        }
    }

    /// The tests to run, in their order, of those that the router has.
    pub fn tests(self, target: &str, count: u32, interface: &str, has: &TestsView) -> Vec<Test> {
        let (host, interface) = (target.trim().to_owned(), interface.to_owned());
        match self {
            Self::Ping => vec![Test::Ping(Ping { host, count, interface, ..Ping::default() })],
            Self::Route => vec![Test::Traceroute(Trace { host, interface, ..Trace::default() })],
            Self::Names => vec![Test::NameLookup(Lookup { name: host, interface, ..Lookup::default() })],
            Self::Speed => {
                let down = Test::Download(SpeedDown { interface: interface.clone(), ..SpeedDown::default() });
                let up = Test::Upload(SpeedUp { interface, ..SpeedUp::default() });
                let both = [down, up];
                let any = both.iter().any(|test| has.supported.contains(&test.kind()));
                // Should it have neither, the server says so.
                both.into_iter().filter(|test| !any || has.supported.contains(&test.kind())).collect()
            }
            Self::Wifi => vec![Test::WifiNeighbours],
            Self::Udp => vec![Test::UdpEcho(UdpEcho { host, count, interface, ..UdpEcho::default() })],
            Self::Servers => {
                let hosts =
                    host.split(',').map(|host| host.trim().to_owned()).filter(|host| !host.is_empty()).collect();
                vec![Test::ServerSelection(Selecting { hosts, interface, ..Selecting::default() })]
            }
            Self::Line => vec![Test::DslLine(Line::default())],
            Self::Atm => vec![Test::AtmLoopback(Loopback { count, ..Loopback::default() })],
            Self::SelfTest => vec![Test::SelfTest],
        }
    }

    fn parse(text: &str) -> Self {
        Self::FIRST.into_iter().chain(Self::MORE).find(|choice| choice.as_str() == text).unwrap_or_default()
    }
}

/// The page's address: what was chosen, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub choice: Choice,
    /// Empty: the usual one.
    pub target: String,
    pub count: Option<u32>,
    pub interface: String,
}

impl Asked {
    pub fn of(params: &ParamsMap) -> Self {
        let text = |name: &str| params.get(name).unwrap_or_default().trim().chars().take(256).collect::<String>();
        Self {
            choice: Choice::parse(&text("test")),
            target: text("target"),
            count: text("count").parse().ok(),
            interface: text("interface"),
        }
    }

    pub fn href(&self, base: &str) -> String {
        let mut url = Url::new(base);
        url.text("test", self.choice.as_str());
        url.text("target", &self.target);
        url.text("count", &self.count.map(|count| count.to_string()).unwrap_or_default());
        url.text("interface", &self.interface);
        url.finish()
    }
}

/// The host of a URL, without its port.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name.trim_matches(['[', ']']),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_target_is_the_host_of_our_own_endpoint() {
        assert_eq!(host_of("http://192.0.2.1:7548"), "192.0.2.1");
        assert_eq!(host_of("http://[2001:db8::1]:7548/speed"), "2001:db8::1");
        assert_eq!(host_of("http://speed.example.net"), "speed.example.net");
        assert_eq!(host_of(""), "");
    }

    #[test]
    fn a_link_leads_to_the_same_test() {
        let asked = Asked { choice: Choice::Route, target: "a b".into(), count: Some(7), interface: String::new() };
        assert_eq!(asked.href("/devices/1/diagnostics"), "/devices/1/diagnostics?test=route&target=a%20b&count=7");
        for choice in Choice::FIRST.into_iter().chain(Choice::MORE) {
            assert_eq!(Choice::parse(choice.as_str()), choice);
        }
        assert_eq!(Choice::parse("nonsense"), Choice::Ping);
    }

    #[test]
    fn speed_is_what_the_router_can_measure() {
        let has = |supported: &[TestKind]| TestsView { supported: supported.to_vec(), ..TestsView::default() };
        let kinds = |view: &TestsView| Choice::Speed.tests("", 0, "", view).iter().map(Test::kind).collect::<Vec<_>>();
        assert_eq!(kinds(&has(&[TestKind::Download, TestKind::Upload])), [TestKind::Download, TestKind::Upload]);
        assert_eq!(kinds(&has(&[TestKind::Download])), [TestKind::Download]);
        assert_eq!(kinds(&has(&[])).len(), 2, "the server says why not");
    }
}
