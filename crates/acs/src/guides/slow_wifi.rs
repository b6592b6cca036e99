//! “Wi-Fi is slow”: is it the line, a device far away, or a crowded channel?

use super::{Move, Step, Timed, Walk};
use model::diagnostic::{SpeedDown, Test, TestKind, Throughput};
use model::guide::{Evidence, Finding, Outcome};
use model::number::dbm;
use model::setting::yes_no;
use model::task::TaskKind;
use model::wifi::channel::{Advice, best};
use model::wifi::{Client, Radio, Signal};

/// Below this share of the plan the line itself is slow, in percent.
const SLOW_PERCENT: u64 = 70;
/// Devices that are shown.
const SHOWN: usize = 6;

pub(super) fn walk(walk: &mut Walk<'_>) -> Option<()> {
    super::no_internet::reach(walk)?;
    super::no_internet::read(walk, "Read the Wi-Fi", "the Wi-Fi", &walk.facts.wifi.refresh)?;
    line(walk)?;
    devices(walk)?;
    scan(walk)?;
    channels(walk)?;
    super::no_internet::finish(walk)
}

/// The router's own speed, without Wi-Fi.
fn line(walk: &mut Walk<'_>) -> Option<()> {
    let facts = walk.facts;
    if facts.recent(facts.speed.as_ref()).is_none() || walk.was_passed("speed").is_some() {
        if !facts.offers(TestKind::Download) {
            walk.settled("The line", "This router cannot measure its speed.", Finding::Neutral);
            return Some(());
        }
        let test = TaskKind::Diagnose { test: Test::Download(SpeedDown::default()) };
        walk.ask(Step {
            key: "speed",
            title: "Is it the line?",
            found: "How fast the router itself is, without Wi-Fi, is not known.".to_owned(),
            say: "I am measuring how fast your line is, from the router. That takes about half a minute.".to_owned(),
            moves: vec![
                Move::task("speed", "Run a speed test", test).costs("Loads the line for about ten seconds."),
                Move::next("skip", "Skip it"),
            ],
            ..Step::default()
        })?;
    }
    let Some(speed) = facts.recent(facts.speed.as_ref()) else { return Some(()) };
    match facts.share_of_plan() {
        Some(share) if share < SLOW_PERCENT => {
            walk.ask(Step {
                key: "line",
                title: "The line is slow",
                found: format!("The router itself gets {} Mbit/s: {share} % of the plan.", mbit(speed)),
                finding: Finding::Bad,
                evidence: speed_evidence(walk, speed),
                say: "It is not your Wi-Fi: the line to your home is slower than it should be.".to_owned(),
                moves: vec![
                    Move::end("line", "Hand over as a line fault", Outcome::Line),
                    Move::next("wifi", "Go on with the Wi-Fi"),
                ],
            })?;
        }
        Some(share) => {
            walk.settled("The line", format!("{} Mbit/s, {share} % of the plan.", mbit(speed)), Finding::Good);
        }
        None => walk.settled("The line", format!("{} Mbit/s from the router.", mbit(speed)), Finding::Neutral),
    }
    Some(())
}

fn speed_evidence(walk: &Walk<'_>, speed: &Timed<Throughput>) -> Vec<Evidence> {
    let plan = walk.facts.plan_down_kbit.map(|kbit| Evidence {
        label: "Plan".to_owned(),
        value: format!("{} Mbit/s", kbit / 1000),
        finding: Finding::Neutral,
        read_at: None,
    });
    let measured = Evidence {
        label: "Measured".to_owned(),
        value: format!("{} Mbit/s", mbit(speed)),
        finding: Finding::Bad,
        read_at: Some(speed.at),
    };
    plan.into_iter().chain([measured]).collect()
}

fn mbit(speed: &Timed<Throughput>) -> u64 {
    speed.value.bits_per_second.unwrap_or_default() / 1_000_000
}

/// Who hears the router badly.
fn devices(walk: &mut Walk<'_>) -> Option<()> {
    let facts = walk.facts;
    let active: Vec<&Client> = facts.wifi.clients.iter().filter(|client| client.active).collect();
    if active.is_empty() {
        walk.settled("Devices on Wi-Fi", "None is known.", Finding::Neutral);
        return Some(());
    }
    let weak: Vec<&&Client> =
        active.iter().filter(|client| client.signal.is_some_and(|dbm| Signal::of(dbm) == Signal::Bad)).collect();
    let Some(worst) = weak.iter().min_by_key(|client| client.signal) else {
        let told = active.iter().filter(|client| client.signal.is_some()).count();
        let found = match told {
            0 => format!("{}; the router does not say how well they hear it.", count(active.len(), "device")),
            _ => format!("{}, and all hear the router well enough.", count(active.len(), "device")),
        };
        walk.settled("Devices on Wi-Fi", found, if told == 0 { Finding::Neutral } else { Finding::Good });
        return Some(());
    };
    let evidence = active.iter().take(SHOWN).map(|client| client_evidence(client)).collect();
    let found = format!(
        "{} hears the router badly, at {}{}.",
        worst.name,
        dbm(worst.signal.unwrap_or_default()),
        if weak.len() > 1 { format!("; {} do", count(weak.len(), "device")) } else { String::new() },
    );
    walk.ask(Step {
        key: "devices",
        title: "A device is too far away",
        found,
        finding: Finding::Bad,
        evidence,
        say: format!("{} is too far from the router, or something is between them. Is it that one?", worst.name),
        moves: vec![
            Move::next("other", "Look at the channel"),
            Move::end("move", "Told them to move it, or to add a repeater", Outcome::Advice),
        ],
    })?;
    Some(())
}

fn client_evidence(client: &Client) -> Evidence {
    let finding = match client.signal.map(Signal::of) {
        Some(Signal::Good) => Finding::Good,
        Some(Signal::Fair) => Finding::Weak,
        Some(Signal::Bad) => Finding::Bad,
        None => Finding::Neutral,
    };
    let signal = client.signal.map_or_else(|| "Not known".to_owned(), dbm);
    Evidence {
        label: client.name.clone(),
        value: format!("{signal}, {}", client.band),
        finding,
        read_at: client.read_at,
    }
}

/// Whose networks are around.
fn scan(walk: &mut Walk<'_>) -> Option<()> {
    let facts = walk.facts;
    let neighbours = &facts.wifi.neighbours;
    let known = neighbours.scanned_at.is_some_and(|at| facts.now.since(at) <= super::facts::RECENT_MS);
    if known && walk.was_passed("scan").is_none() {
        return Some(());
    }
    if !neighbours.can_scan && !facts.offers(TestKind::WifiNeighbours) {
        walk.settled("Neighbours", "This router cannot look for other networks.", Finding::Neutral);
        return Some(());
    }
    walk.ask(Step {
        key: "scan",
        title: "Who else is on the channel?",
        found: "Which networks are around is not known.".to_owned(),
        say: "I am looking which other networks your router hears. That takes about ten seconds.".to_owned(),
        moves: vec![
            Move::task("scan", "Scan for neighbours", TaskKind::Diagnose { test: Test::WifiNeighbours })
                .costs("Wi-Fi may stutter for some seconds."),
            Move::next("skip", "Skip it"),
        ],
        ..Step::default()
    })?;
    Some(())
}

/// A better channel, band by band.
fn channels(walk: &mut Walk<'_>) -> Option<()> {
    const KEYS: [(&str, &str); 3] = [("2.4 GHz", "channel-2"), ("5 GHz", "channel-5"), ("6 GHz", "channel-6")];
    let facts = walk.facts;
    for (band, key) in KEYS {
        let Some(radio) = facts.wifi.radio(band) else { continue };
        let advice = advice(walk, radio);
        let passed = walk.was_passed(key).is_some();
        let step = match &advice {
            Some(advice) if advice.worth => move_step(key, band, radio, advice),
            // It was better once, and was taken: it stays in the list.
            _ if passed => Step { key, title: "Channel", ..Step::default() },
            Some(advice) => {
                let found = format!("{band} is on channel {}, as quiet as any.", advice.best.channel);
                walk.settled("Channel", found, Finding::Good);
                continue;
            }
            None => continue,
        };
        walk.ask(step)?;
    }
    Some(())
}

fn advice(walk: &Walk<'_>, radio: &Radio) -> Option<Advice> {
    let neighbours = &walk.facts.wifi.neighbours;
    let scan = neighbours.scanned_at.map(|_| neighbours.list.as_slice());
    let now = radio.channel_in_use.or_else(|| radio.channel.as_ref()?.value.as_deref()?.parse().ok());
    best(&radio.band, now, radio.width.unwrap_or(20), &radio.possible, scan)
}

fn move_step(key: &'static str, band: &str, radio: &Radio, advice: &Advice) -> Step {
    let to = advice.best.channel;
    let found = match &advice.now {
        Some(now) => format!(
            "{band} is on channel {} with {}; channel {to} has {}.",
            now.channel,
            count(now.neighbours, "neighbour"),
            count(advice.best.neighbours, "neighbour"),
        ),
        None => format!("Channel {to} is the quietest of {band}, with {}.", count(advice.best.neighbours, "neighbour")),
    };
    let off = radio.auto.as_ref().and_then(|auto| auto.change(yes_no(false)));
    let channel = radio.channel.as_ref().and_then(|channel| channel.change(&to.to_string()));
    let moves = match channel {
        Some(channel) => {
            let values = off.into_iter().chain([channel]).collect();
            vec![
                Move::task("move", format!("Move {band} to channel {to}"), TaskKind::SetValues { values })
                    .costs("Devices on this band drop off for about ten seconds."),
                Move::next("leave", "Leave it"),
            ]
        }
        None => vec![Move::next("leave", "The router does not let the channel be set: go on")],
    };
    Step {
        key,
        title: "The channel is crowded",
        found,
        finding: Finding::Bad,
        evidence: Vec::new(),
        say: "Many networks share your Wi-Fi channel. I am moving yours to a quieter one; you may drop off for ten seconds."
            .to_owned(),
        moves,
    }
}

/// `1 device`, `3 devices`.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
