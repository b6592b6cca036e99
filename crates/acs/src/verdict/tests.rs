//! The verdict over homes as they are met.

use super::*;
use model::health::{Connection, HomeDevice, Internet, Line, LineKind, Link, Radio, Read, RouterBox};
use model::verdict::Decision;

const NOW: Timestamp = Timestamp(1_000_000_000_000);

#[allow(clippy::unnecessary_wraps)] // As the fields have it.
fn read<T>(value: T) -> Option<Read<T>> {
    Some(Read { value, at: Some(NOW.plus_seconds(-120)), path: "Device.X".to_owned() })
}

fn word(text: &str) -> Option<Read<String>> {
    read(text.to_owned())
}

/// A home without trouble: DSL, two radios, three devices.
fn sound() -> Health {
    let radio = |band: &str, channel: f64, busy: f64| Radio {
        band: band.to_owned(),
        on: Some(true),
        channel: read(channel),
        busy: read(busy),
        ..Radio::default()
    };
    let device = |name: &str, signal: f64| HomeDevice {
        name: name.to_owned(),
        mac: format!("02:00:00:00:00:{:02}", -signal),
        connection: Connection::Wifi("2.4 GHz".to_owned()),
        active: true,
        signal: read(signal),
        rate: read(144_000.0),
        retransmissions: read(3.0),
        at: Some(NOW),
        ..HomeDevice::default()
    };
    Health {
        internet: Internet { link: Link::Up, status: word("up"), uptime: read(7200.0), ..Internet::default() },
        line: Line {
            kind: LineKind::Dsl,
            link: Link::Up,
            status: word("up"),
            margin: read(8.2),
            errored: read(1.0),
            ..Line::default()
        },
        radios: vec![radio("2.4 GHz", 6.0, 31.0), radio("5 GHz", 44.0, 12.0)],
        home: vec![device("tv", -61.0), device("phone", -54.0)],
        router: RouterBox { uptime: read(90_000.0), memory_used: read(55.0), cpu: read(9.0), ..RouterBox::default() },
    }
}

fn fibre() -> Health {
    let line = Line { kind: LineKind::Optical, link: Link::Up, status: word("up"), rx: read(-18.4), ..Line::default() };
    Health { line, ..sound() }
}

fn input(health: &Health) -> Input<'_> {
    Input { health, presence: Presence::Online, last_inform: NOW.plus_seconds(-60), read: true, speed: None, now: NOW }
}

fn of(change: impl FnOnce(&mut Health)) -> Verdict {
    let mut health = sound();
    change(&mut health);
    judge(&input(&health), &Decisions::default())
}

/// Cause and the rule that spoke.
fn first(verdict: &Verdict) -> (Cause, &str) {
    (verdict.cause, verdict.evidence.first().and_then(|one| one.rule.as_deref()).unwrap_or(""))
}

#[test]
fn a_sound_home_is_well_and_says_why() {
    for health in [sound(), fibre()] {
        let verdict = judge(&input(&health), &Decisions::default());
        assert_eq!(verdict.cause, Cause::AllWell);
        assert_eq!(verdict.evidence.len(), 3);
        assert!(verdict.evidence.iter().all(|one| one.weight == Weight::Good));
        assert!(!verdict.uncertain && verdict.remedy.is_none());
    }
}

#[test]
fn one_trouble_names_its_part() {
    type Case = (&'static str, Cause, fn(&mut Health));
    let cases: [Case; 17] = [
        ("auth", Cause::Service, |h| {
            h.internet.link = Link::Down;
            h.internet.error = word("ERROR_AUTHENTICATION_FAILURE");
        }),
        ("wan-down", Cause::Service, |h| h.internet.link = Link::Down),
        ("wan-down", Cause::Service, |h| h.internet.link = Link::Connecting),
        ("line-down", Cause::Line, |h| {
            h.line.link = Link::Down;
            h.internet.link = Link::Down;
        }),
        ("margin", Cause::Line, |h| h.line.margin = read(3.1)),
        ("errored", Cause::Line, |h| h.line.errored = read(120.0)),
        ("retrains", Cause::Line, |h| h.line.retrains = read(9.0)),
        ("light-low", Cause::Line, |h| h.line = Line { rx: read(-29.4), ..fibre().line }),
        ("light-high", Cause::Line, |h| h.line = Line { rx: read(-4.0), ..fibre().line }),
        ("busy", Cause::Wifi, |h| h.radios[0].busy = read(87.0)),
        ("overlap", Cause::Wifi, |h| h.radios[0].overlapping = Some(14)),
        ("signal", Cause::Home, |h| h.home[0].signal = read(-81.0)),
        ("resent", Cause::Home, |h| h.home[1].retransmissions = read(40.0)),
        ("boots-day", Cause::Router, |h| h.router.boots_day = 6),
        ("boots-week", Cause::Router, |h| h.router.boots_week = 14),
        ("memory", Cause::Router, |h| h.router.memory_used = read(97.0)),
        ("heat", Cause::Router, |h| h.router.temperature = read(104.0)),
    ];
    for (rule, cause, change) in cases {
        let verdict = of(change);
        assert_eq!(first(&verdict), (cause, rule));
        assert!(verdict.evidence.len() <= 3 && !verdict.say.is_empty() && verdict.remedy.is_some(), "{rule}");
    }
}

#[test]
fn what_explains_the_rest_comes_first() {
    let everything = of(|h| {
        h.internet.link = Link::Down;
        h.line.link = Link::Down;
        h.radios[0].busy = read(95.0);
        h.home[0].signal = read(-88.0);
        h.router.memory_used = read(99.0);
    });
    assert_eq!(first(&everything), (Cause::Line, "line-down"));
    let login = of(|h| {
        h.internet.link = Link::Down;
        h.internet.error = word("ERROR_AUTHENTICATION_FAILURE");
        h.radios[0].busy = read(95.0);
    });
    assert_eq!(first(&login), (Cause::Service, "auth"));
    let crowded = of(|h| {
        h.radios[0].busy = read(87.0);
        h.home[0].signal = read(-79.0);
        h.home[0].retransmissions = read(22.0);
    });
    assert_eq!(first(&crowded), (Cause::Wifi, "busy"));
    let titles: Vec<&str> = crowded.evidence.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["2.4 GHz is crowded", "tv hears the Wi-Fi badly", "Line and internet are fine"]);
    assert_eq!(crowded.evidence[1].detail, "−79 dBm, 144 Mbit/s, 22 % sent twice.");
    assert!(crowded.summary.starts_with("Line, internet and router are healthy."), "{}", crowded.summary);
}

#[test]
fn an_error_of_yesterday_is_no_trouble_while_the_connection_is_up() {
    let verdict = of(|h| h.internet.error = word("ERROR_AUTHENTICATION_FAILURE"));
    assert_eq!(verdict.cause, Cause::AllWell);
}

#[test]
fn an_offline_router_is_said_to_be_unreachable_whatever_it_told_last() {
    let mut health = sound();
    health.radios[0].busy = read(99.0);
    let input = Input { presence: Presence::Offline, last_inform: NOW.plus_seconds(-7200), ..input(&health) };
    let verdict = judge(&input, &Decisions::default());
    assert_eq!(first(&verdict), (Cause::Line, "offline"));
    assert!(verdict.uncertain);
    assert!(verdict.evidence[0].detail.contains("2 h"), "{}", verdict.evidence[0].detail);
}

#[test]
fn nothing_told_is_not_known_and_never_well() {
    let health = Health::default();
    let verdict = judge(&Input { read: false, ..input(&health) }, &Decisions::default());
    assert_eq!((verdict.cause, verdict.remedy), (Cause::Unknown, Some(Remedy::Refresh)));
    let verdict = judge(&input(&health), &Decisions::default());
    assert_eq!(verdict.cause, Cause::Unknown);
}

#[test]
fn old_values_lower_the_certainty_and_are_said_to() {
    let mut health = sound();
    health.radios[0].busy = Some(Read { value: 87.0, at: Some(NOW.plus_millis(-OLD - 1)), path: String::new() });
    let verdict = judge(&input(&health), &Decisions::default());
    assert!(verdict.uncertain && verdict.summary.contains("old"), "{}", verdict.summary);
}

#[test]
fn a_slow_line_is_measured_against_the_plan() {
    let health = sound();
    let speed = |measured| Input { speed: Some((measured, 100_000.0, NOW)), ..input(&health) };
    assert_eq!(first(&judge(&speed(48_000.0), &Decisions::default())), (Cause::Line, "speed"));
    assert_eq!(judge(&speed(96_000.0), &Decisions::default()).cause, Cause::AllWell);
}

#[test]
fn an_operator_moves_limits_and_switches_rules_off() {
    let decide = |id: &str, on, limit| Decisions([(id.to_owned(), Decision { on, limit })].into());
    let mut health = sound();
    health.radios[0].busy = read(80.0);
    let cause = |decisions| judge(&input(&health), &decisions).cause;
    assert_eq!(cause(Decisions::default()), Cause::Wifi);
    assert_eq!(cause(decide("busy", true, Some(90.0))), Cause::AllWell);
    assert_eq!(cause(decide("busy", false, None)), Cause::AllWell);
}

#[test]
fn limits_are_exact() {
    for (margin, cause) in [(5.0, Cause::AllWell), (4.9, Cause::Line)] {
        assert_eq!(of(|h| h.line.margin = read(margin)).cause, cause, "{margin}");
    }
    for (signal, cause) in [(-75.0, Cause::AllWell), (-75.1, Cause::Home)] {
        assert_eq!(of(|h| h.home[0].signal = read(signal)).cause, cause, "{signal}");
    }
    // Who is away is not heard badly.
    let away = of(|h| {
        h.home[0].signal = read(-90.0);
        h.home[0].active = false;
    });
    assert_eq!(away.cause, Cause::AllWell);
}

proptest::proptest! {
    #[test]
    fn any_home_gets_a_verdict_of_at_most_three_facts(
        margin in proptest::option::of(-64.0..64.0), rx in proptest::option::of(-60.0..10.0),
        busy in proptest::option::of(0.0..100.0), signal in proptest::option::of(-110.0..-1.0),
        link in 0..4usize, boots in 0..50u32, offline: bool,
    ) {
        let mut health = sound();
        health.line.margin = margin.and_then(read);
        health.line.rx = rx.and_then(read);
        health.radios[0].busy = busy.and_then(read);
        health.home[0].signal = signal.and_then(read);
        health.internet.link = [Link::Up, Link::Connecting, Link::Down, Link::Unknown][link];
        health.router.boots_day = boots;
        let presence = if offline { Presence::Offline } else { Presence::Online };
        let verdict = judge(&Input { presence, ..input(&health) }, &Decisions::default());
        proptest::prop_assert!(verdict.evidence.len() <= 3 && !verdict.say.is_empty() && !verdict.summary.is_empty());
        proptest::prop_assert_eq!(offline, verdict.evidence.iter().any(|one| one.rule.as_deref() == Some("offline")));
        if verdict.cause == Cause::AllWell {
            proptest::prop_assert!(verdict.evidence.iter().all(|one| one.weight == Weight::Good));
        }
    }
}
