//! Where the trouble of a home is: a pure function over what was read.

#[cfg(test)]
mod tests;

use model::Timestamp;
use model::device::Presence;
use model::health::{Connection, Health, HomeDevice, LineKind, Link, Number, Radio, number, text};
use model::number::{minus, quantity};
use model::time::duration;
use model::verdict::{Cause, Decisions, Evidence, RULES, Remedy, Rule, Verdict, Weight};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Values that are older count as old: twice a day, by which a router tells everything.
const OLD: i64 = 2 * 86_400_000;
/// Errors of a login, as TR-098 and TR-181 name them.
const LOGIN_ERRORS: [&str; 2] = ["ERROR_AUTHENTICATION_FAILURE", "ERROR_NOT_ENABLED_FOR_INTERNET"];

/// What the verdict is made of.
pub(crate) struct Input<'a> {
    pub health: &'a Health,
    pub presence: Presence,
    pub last_inform: Timestamp,
    /// Something was ever read.
    pub read: bool,
    /// Measured and promised kbit/s towards the home, and when.
    pub speed: Option<(f64, f64, Timestamp)>,
    pub now: Timestamp,
}

/// What one rule found.
struct Finding {
    cause: Cause,
    /// Among findings of one cause the higher one speaks.
    rank: u8,
    evidence: Evidence,
    remedy: Option<Remedy>,
    say: String,
}

/// The verdict by the rules as they are decided.
pub(crate) fn judge(input: &Input<'_>, decisions: &Decisions) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        if let Some(limit) = decisions.limit(rule)
            && let Some(finding) = look(rule, limit, input)
        {
            findings.push(finding);
        }
    }
    // A cause that explains the others comes first: without a line there is no session, without either no Wi-Fi to blame.
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.evidence.weight), std::cmp::Reverse(finding.rank)));
    let marks = marks(input, &findings);
    let Some(first) = findings.first() else { return Verdict { marks, ..well(input) } };
    let cause = first.cause;
    let (remedy, say) = (first.remedy, first.say.clone());
    let healthy = healthy(input, &findings);
    let (mine, others): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(|finding| finding.cause == cause);
    let agree = mine.len();
    let mut evidence: Vec<Evidence> = mine.into_iter().take(2).map(|finding| finding.evidence).collect();
    // One other trouble of each part, and what works: it is what the caller has to hear, too.
    let good = good(input, &healthy);
    let mut told: Vec<Cause> = Vec::new();
    let others = others.into_iter().filter(|finding| {
        let new = !told.contains(&finding.cause);
        told.push(finding.cause);
        new
    });
    let room = 3 - evidence.len();
    evidence.extend(others.map(|finding| finding.evidence).take(room - usize::from(!good.is_empty())));
    let room = 3 - evidence.len();
    evidence.extend(good.into_iter().take(room));
    let uncertain = is_old(input, &evidence);
    let mut summary = match healthy.as_slice() {
        [] => String::new(),
        [one] => format!("{one} is healthy. "),
        [many @ .., last] => format!("{} and {last} are healthy. ", many.join(", ")),
    };
    if let Some(first) = summary.get(..1) {
        let upper = first.to_uppercase();
        summary.replace_range(..1, &upper);
    }
    summary.push_str(if agree == 1 { "One check says so." } else { "Several checks agree." });
    if uncertain {
        summary.push_str(" Some values are old: refresh before you rely on it.");
    }
    Verdict { cause, summary, evidence, remedy, say, uncertain, marks }
}

/// Nothing was found: all is well, or too little is known.
fn well(input: &Input<'_>) -> Verdict {
    let healthy = healthy(input, &[]);
    let evidence: Vec<Evidence> = good(input, &healthy).into_iter().take(3).collect();
    if !input.read || evidence.is_empty() {
        return Verdict {
            cause: Cause::Unknown,
            summary: "The router has not told enough yet. Refresh to read it.".to_owned(),
            evidence,
            remedy: Some(Remedy::Refresh),
            say: "I am looking at your router now. This takes a moment.".to_owned(),
            uncertain: true,
            ..Verdict::default()
        };
    }
    let uncertain = is_old(input, &evidence);
    Verdict {
        cause: Cause::AllWell,
        summary: if uncertain {
            "Nothing was found, but some values are old: refresh before you rely on it.".to_owned()
        } else {
            "Line, connection, Wi-Fi and router show nothing unusual.".to_owned()
        },
        evidence,
        remedy: uncertain.then_some(Remedy::Refresh),
        say: "I see nothing wrong with your line or your router. Let us look at the device that has the trouble."
            .to_owned(),
        uncertain,
        ..Verdict::default()
    }
}

/// How each part is: the worst that was found of it, or good if it told something and nothing was found.
fn marks(input: &Input<'_>, findings: &[Finding]) -> BTreeMap<Cause, Weight> {
    let mut marks = BTreeMap::new();
    for part in healthy(input, findings) {
        let cause = match part {
            "line" => Cause::Line,
            "internet" => Cause::Service,
            "Wi-Fi" => Cause::Wifi,
            _ => Cause::Router,
        };
        marks.insert(cause, Weight::Good);
    }
    if !input.health.home.is_empty() {
        marks.insert(Cause::Home, Weight::Good);
    }
    for finding in findings {
        let mark = marks.entry(finding.cause).or_insert(Weight::Good);
        *mark = (*mark).max(finding.evidence.weight);
    }
    marks
}

fn is_old(input: &Input<'_>, evidence: &[Evidence]) -> bool {
    input.presence == Presence::Offline || evidence.iter().any(|one| one.at.is_some_and(|at| input.now.since(at) > OLD))
}

/// Applies one rule.
fn look(rule: &'static Rule, limit: f64, input: &Input<'_>) -> Option<Finding> {
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
fn worst(radios: &[Radio], of: impl Fn(&Radio) -> Option<f64>) -> Option<(&Radio, f64)> {
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

/// The parts that told something and have no finding, in words for a sentence.
fn healthy(input: &Input<'_>, findings: &[Finding]) -> Vec<&'static str> {
    let health = input.health;
    if input.presence == Presence::Offline {
        return Vec::new();
    }
    let clear = |causes: &[Cause]| !findings.iter().any(|finding| causes.contains(&finding.cause));
    let mut parts = Vec::new();
    if health.line.kind != LineKind::Other && health.line.link != Link::Unknown && clear(&[Cause::Line]) {
        parts.push("line");
    }
    if health.internet.link == Link::Up && clear(&[Cause::Line, Cause::Service]) {
        parts.push("internet");
    }
    if health.radios.iter().any(|radio| radio.busy.is_some() || radio.channel.is_some())
        && clear(&[Cause::Wifi, Cause::Home])
    {
        parts.push("Wi-Fi");
    }
    if health.router.uptime.is_some() && clear(&[Cause::Router]) {
        parts.push("router");
    }
    parts
}

/// Facts that say that something works.
fn good(input: &Input<'_>, healthy: &[&str]) -> Vec<Evidence> {
    let health = input.health;
    let fact = |title: &str, detail: String, at| Evidence {
        weight: Weight::Good,
        title: title.to_owned(),
        detail,
        at,
        rule: None,
    };
    let mut facts = Vec::new();
    let has = |part: &str| healthy.contains(&part);
    if has("internet") || has("line") {
        let mut parts = Vec::new();
        if has("internet") {
            parts.push(match number(&health.internet.uptime) {
                Some(seconds) => format!("connected for {}", duration(seconds as u64)),
                None => "connected".to_owned(),
            });
        }
        if has("line") {
            if let Some(rx) = number(&health.line.rx) {
                parts.push(format!("fibre {}", quantity(rx, "dBm")));
            }
            if let Some(margin) = number(&health.line.margin) {
                parts.push(format!("noise margin {}", quantity(margin, "dB")));
            }
        }
        let title = match (has("line"), has("internet")) {
            (true, true) => "Line and internet are fine",
            (true, false) => "The line is fine",
            _ => "The internet is there",
        };
        let at = health.internet.status.as_ref().or(health.line.status.as_ref()).and_then(|status| status.at);
        facts.push(fact(title, sentence(&parts), at));
    }
    if has("Wi-Fi") {
        let busy = worst(&health.radios, |radio| number(&radio.busy));
        let detail = match busy {
            Some((radio, busy)) => format!("{} is busy {busy:.0} % of the time at most.", radio.band),
            None => format!("{} devices use it.", health.on_wifi()),
        };
        let at = health.radios.iter().filter_map(|radio| radio.channel.as_ref()?.at).max();
        facts.push(fact("Wi-Fi is fine", detail, at));
    }
    if has("router")
        && let Some(uptime) = &health.router.uptime
    {
        facts.push(fact(
            "The router runs well",
            format!("For {} without a restart.", duration(uptime.value as u64)),
            uptime.at,
        ));
    }
    facts
}

/// `Connected for 3 h, fibre −18.4 dBm.`
fn sentence(parts: &[String]) -> String {
    let mut text = parts.join(", ");
    if let Some(first) = text.chars().next() {
        text.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    text.push('.');
    text
}

/// `ERROR_AUTHENTICATION_FAILURE` as people read it.
fn words(error: &str) -> String {
    let plain = error.trim_start_matches("ERROR_").replace('_', " ").to_lowercase();
    format!("{plain} ({error}).")
}
