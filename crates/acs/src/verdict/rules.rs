//! What each rule looks at, and what it says when it finds something.

use super::{Finding, Input};
use model::Timestamp;
use model::device::Presence;
use model::health::{Connection, Health, HomeDevice, LineKind, Link, Number, Radio, number, text};
use model::number::{minus, quantity};
use model::time::duration;
use model::verdict::{Evidence, Remedy, Rule, Weight};
use std::fmt::Write as _;

/// Errors of a login, as TR-098 and TR-181 name them.
const LOGIN_ERRORS: [&str; 2] = ["ERROR_AUTHENTICATION_FAILURE", "ERROR_NOT_ENABLED_FOR_INTERNET"];

/// Applies one rule.
pub(super) fn look(rule: &'static Rule, limit: f64, input: &Input<'_>) -> Option<Finding> {
    let health = input.health;
    let found = |weight, rank, title: String, detail: String, at, remedy, say: &str| Finding {
        cause: rule.cause,
        rank,
        evidence: Evidence { weight, title, detail, at, rule: Some(rule.id.to_owned()) },
        remedy,
        say: say.to_owned(),
    };
    let (bad, notice) = (Weight::Bad, Weight::Notice);
    let below = |value: &Number| value.as_ref().filter(|read| read.value < limit).map(|read| (read.value, read.at));
    let above = |value: &Number| value.as_ref().filter(|read| read.value > limit).map(|read| (read.value, read.at));
    let internet = &health.internet;
    let line_down = health.line.link == Link::Down;
    let is_login = text(&internet.error).is_some_and(|error| LOGIN_ERRORS.contains(&error));
    let down = matches!(internet.link, Link::Down | Link::Connecting);
    match rule.id {
        "offline" => (input.presence == Presence::Offline && input.last_inform != Timestamp(0)).then(|| {
            let silent = duration((input.now.since(input.last_inform) / 1000) as u64);
            found(
                bad,
                90,
                "The router does not check in".to_owned(),
                format!("Not for {silent}. Power, line or router."),
                Some(input.last_inform),
                Some(Remedy::Refresh),
                "I cannot reach your router. Check that it has power and that its line light is on.",
            )
        }),
        "auth" => (down && is_login && !line_down).then(|| {
            found(
                bad,
                80,
                "The network refuses the login".to_owned(),
                format!("PPP: {}", words(text(&internet.error).unwrap_or_default())),
                internet.error.as_ref().and_then(|error| error.at),
                Some(Remedy::Connection),
                "Your line works, but the network does not accept your router's login. I check your account now.",
            )
        }),
        "wan-down" => (down && !is_login && !line_down).then(|| {
            let error = text(&internet.error).map_or_else(|| "No error was reported.".to_owned(), |e| format!("Last error: {}", words(e)));
            found(
                bad,
                75,
                "There is no connection to the internet".to_owned(),
                error,
                internet.status.as_ref().and_then(|status| status.at),
                Some(Remedy::Connection),
                "Your router is on and its line is up, but it gets no connection to the internet. I look into it.",
            )
        }),
        "line-down" => (line_down && input.presence != Presence::Offline).then(|| {
            found(
                bad,
                85,
                "The line is down".to_owned(),
                if health.line.kind == LineKind::Optical { "No light is received." } else { "No DSL signal." }.to_owned(),
                health.line.status.as_ref().and_then(|status| status.at),
                Some(Remedy::Timeline),
                "Your line is interrupted. Check the cable between the router and the wall.",
            )
        }),
        "margin" => below(&health.line.margin).map(|(value, at)| {
            found(
                bad,
                60,
                "The line is noisy".to_owned(),
                format!("Noise margin {}, least {}.", quantity(value, "dB"), quantity(limit, "dB")),
                at,
                Some(Remedy::Timeline),
                "Your line is noisy today. I have it tested; until then the internet may drop out.",
            )
        }),
        "errored" => above(&health.line.errored).map(|(value, at)| {
            found(
                bad,
                55,
                "The line loses data".to_owned(),
                format!("{value:.0} seconds with errors in this quarter of an hour."),
                at,
                Some(Remedy::Timeline),
                "Your line has disturbances. I have it tested.",
            )
        }),
        "retrains" => above(&health.line.retrains).map(|(value, at)| {
            found(
                bad,
                58,
                "The line was lost several times".to_owned(),
                format!("{value:.0} times today."),
                at,
                Some(Remedy::Timeline),
                "Your line was interrupted several times today. I have it tested.",
            )
        }),
        "light-low" => below(&health.line.rx).map(|(value, at)| {
            found(
                bad,
                62,
                "Too little light arrives".to_owned(),
                format!("{}, least {}.", quantity(value, "dBm"), quantity(limit, "dBm")),
                at,
                Some(Remedy::Timeline),
                "The light on your fibre is weak. Check that the thin cable to the router is not bent.",
            )
        }),
        "light-high" => above(&health.line.rx).map(|(value, at)| {
            found(
                bad,
                61,
                "Too much light arrives".to_owned(),
                format!("{}, most {}.", quantity(value, "dBm"), quantity(limit, "dBm")),
                at,
                Some(Remedy::Timeline),
                "The light on your fibre is too strong for the router. A technician has to look at it.",
            )
        }),
        "busy" => worst(&health.radios, |radio| number(&radio.busy)).filter(|(_, busy)| *busy > limit).map(
            |(radio, busy)| {
                let channel = number(&radio.channel).map_or_else(|| "Its channel".to_owned(), |n| format!("Channel {n:.0}"));
                let others = match radio.neighbours {
                    Some(1) => "; 1 neighbour hears it".to_owned(),
                    Some(count) => format!("; {count} neighbours use the band"),
                    None => String::new(),
                };
                found(
                    bad,
                    50,
                    format!("{} is crowded", radio.band),
                    format!("{channel} is busy {busy:.0} % of the time{others}."),
                    radio.busy.as_ref().and_then(|busy| busy.at),
                    Some(Remedy::Channel),
                    "Your line is fine. The Wi-Fi channel is crowded, so I am moving you to a quieter one. You may drop off for ten seconds.",
                )
            },
        ),
        "overlap" => worst(&health.radios, |radio| radio.overlapping.map(f64::from))
            .filter(|(_, count)| *count > limit)
            .map(|(radio, count)| {
                found(
                    notice,
                    40,
                    format!("Many neighbours at {}", radio.band),
                    format!("{count:.0} networks share its channel."),
                    radio.channel.as_ref().and_then(|channel| channel.at),
                    Some(Remedy::Channel),
                    "Many networks of neighbours use your Wi-Fi channel. I look for a quieter one.",
                )
            }),
        "signal" => weakest(health).filter(|(_, signal)| *signal < limit).map(|(device, signal)| {
            let resent = number(&device.retransmissions).filter(|n| *n > 20.0);
            found(
                if resent.is_some() { bad } else { notice },
                35,
                format!("{} hears the Wi-Fi badly", device.title()),
                told(device, signal),
                device.at,
                Some(Remedy::Home),
                "One device is too far from the router. Move it closer, or try again in the same room.",
            )
        }),
        "resent" => health
            .home
            .iter()
            .filter(|one| one.active)
            .filter_map(|one| Some((one, number(&one.retransmissions)?)))
            .filter(|(_, resent)| *resent > limit)
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(device, resent)| {
                found(
                    notice,
                    30,
                    format!("{} needs many repeats", device.title()),
                    format!("{resent:.0} % of the packets were sent twice."),
                    device.at,
                    Some(Remedy::Home),
                    "The Wi-Fi link of one device is disturbed. Move it closer to the router.",
                )
            }),
        "boots-day" => (f64::from(health.router.boots_day) > limit).then(|| {
            found(
                bad,
                57,
                "The router restarts by itself".to_owned(),
                format!("{} times in 24 hours.", health.router.boots_day),
                Some(input.last_inform),
                Some(Remedy::Timeline),
                "Your router restarted several times by itself. Check its power supply; if it stays, we replace it.",
            )
        }),
        "boots-week" => (f64::from(health.router.boots_week) > limit).then(|| {
            found(
                notice,
                45,
                "The router restarts often".to_owned(),
                format!("{} times in 7 days.", health.router.boots_week),
                Some(input.last_inform),
                Some(Remedy::Timeline),
                "Your router restarts more often than it should. If it stays, we replace it.",
            )
        }),
        "memory" => above(&health.router.memory_used).map(|(value, at)| {
            found(
                bad,
                48,
                "The router's memory is full".to_owned(),
                format!("{value:.0} % is used."),
                at,
                Some(Remedy::Reboot),
                "Your router is short of memory. A restart helps; it takes two to three minutes.",
            )
        }),
        "cpu" => above(&health.router.cpu).map(|(value, at)| {
            found(
                notice,
                42,
                "The router is busy with itself".to_owned(),
                format!("Its processor is busy {value:.0} % of the time."),
                at,
                Some(Remedy::Reboot),
                "Your router is very busy. A restart may help; it takes two to three minutes.",
            )
        }),
        "heat" => above(&health.router.temperature).map(|(value, at)| {
            found(
                bad,
                47,
                "The router is hot".to_owned(),
                format!("{value:.0} °C."),
                at,
                Some(Remedy::Timeline),
                "Your router is too hot. Give it air, and keep it out of the sun.",
            )
        }),
        "speed" => {
            let (measured, plan, at) = input.speed?;
            (plan > 0.0 && 100.0 * measured / plan < limit).then(|| {
                found(
                    bad,
                    52,
                    "The line is slower than the plan".to_owned(),
                    format!("{} of {}.", quantity(measured, "kbit/s"), quantity(plan, "kbit/s")),
                    Some(at),
                    Some(Remedy::Timeline),
                    "Your line is slower than it should be, measured from the router. I pass it on.",
                )
            })
        }
        _ => None,
    }
}

/// The radio with the highest of some value.
pub(super) fn worst(radios: &[Radio], of: impl Fn(&Radio) -> Option<f64>) -> Option<(&Radio, f64)> {
    radios.iter().filter_map(|radio| Some((radio, of(radio)?))).max_by(|a, b| a.1.total_cmp(&b.1))
}

fn weakest(health: &Health) -> Option<(&HomeDevice, f64)> {
    let on_air = |one: &&HomeDevice| one.active && matches!(one.connection, Connection::Wifi(_));
    health
        .home
        .iter()
        .filter(on_air)
        .filter_map(|one| Some((one, number(&one.signal)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
}

/// `−79 dBm, 13.0 Mbit/s, 22 % sent twice.`
fn told(device: &HomeDevice, signal: f64) -> String {
    let mut text = minus(format_args!("{signal:.0} dBm"));
    if let Some(rate) = number(&device.rate) {
        text.push_str(", ");
        text.push_str(&quantity(rate, "kbit/s"));
    }
    if let Some(resent) = number(&device.retransmissions) {
        // Writing to a String cannot fail.
        let _ = write!(text, ", {resent:.0} % sent twice");
    }
    text.push('.');
    text
}

/// `ERROR_AUTHENTICATION_FAILURE` as people read it.
fn words(error: &str) -> String {
    let plain = error.trim_start_matches("ERROR_").replace('_', " ").to_lowercase();
    format!("{plain} ({error}).")
}
