//! “No internet”: is the router there, is the line, is the session, do packets and names go through?

use super::{Move, Step, Walk};
use model::diagnostic::{Lookup, Ping, Test, TestKind};
use model::guide::{Evidence, Finding, Outcome};
use model::network::{Level, error_words};
use model::setting::yes_no;
use model::task::TaskKind;
use model::time::duration;

/// A name that every resolver knows.
const NAME: &str = "example.com";

pub(super) fn walk(walk: &mut Walk<'_>) -> Option<()> {
    reach(walk)?;
    read(walk, "Read the connection", "the connection", &walk.facts.network.refresh)?;
    line(walk)?;
    session(walk)?;
    ping(walk)?;
    names(walk)?;
    home(walk);
    finish(walk)
}

/// Whether the router can be asked at all.
pub(super) fn reach(walk: &mut Walk<'_>) -> Option<()> {
    let facts = walk.facts;
    if facts.online {
        walk.settled("The router", "It is online and can be asked.", Finding::Good);
        return Some(());
    }
    let ago = duration((facts.now.since(facts.heard) / 1000).max(0).cast_unsigned());
    walk.ask(Step {
        key: "reach",
        title: "The router does not report",
        found: format!("It was last heard {ago} ago. This page goes on by itself when it reports again."),
        finding: Finding::Bad,
        say: "Is the power light on? Take the plug out for ten seconds, put it back, and look whether the line light comes on."
            .to_owned(),
        moves: vec![
            Move::end("gone", "Hand over: the router does not answer", Outcome::Escalated),
            Move::next("ask", "Go on with what is known"),
        ],
        ..Step::default()
    })?;
    Some(())
}

/// Fresh values of these objects, unless they are known; `what` they are of.
pub(super) fn read(walk: &mut Walk<'_>, title: &'static str, what: &str, paths: &[String]) -> Option<()> {
    if walk.facts.fresh() && walk.was_passed("read").is_none() {
        return Some(());
    }
    walk.ask(Step {
        key: "read",
        title,
        found: format!("What is known of {what} is old."),
        moves: vec![
            Move::task("read", "Read it now", TaskKind::Refresh { paths: paths.to_vec() }),
            Move::next("skip", "Use what is known"),
        ],
        ..Step::default()
    })?;
    Some(())
}

/// The line to the operator.
fn line(walk: &mut Walk<'_>) -> Option<()> {
    let facts = walk.facts;
    let lines = &facts.network.lines;
    if lines.is_empty() {
        walk.settled("The line", "The router says nothing of its line.", Finding::Neutral);
        return Some(());
    }
    let values = || lines.iter().flat_map(|line| &line.values);
    let Some(bad) = values().find(|value| value.level == Some(Level::Bad)) else {
        if walk.was_passed("line").is_none() {
            walk.settled("The line", "Its values are as they should be.", Finding::Good);
        }
        return Some(());
    };
    let evidence = values().map(|value| Evidence {
        label: value.label.clone(),
        value: match value.normal.as_str() {
            "" => value.value.clone(),
            normal => format!("{} (usual: {normal})", value.value),
        },
        finding: match value.level {
            Some(Level::Good) => Finding::Good,
            Some(Level::Fair) => Finding::Weak,
            Some(Level::Bad) => Finding::Bad,
            None => Finding::Neutral,
        },
        read_at: value.read_at,
    });
    walk.ask(Step {
        key: "line",
        title: "The line is bad",
        found: format!("{}: {}.", bad.label, bad.value),
        finding: Finding::Bad,
        evidence: evidence.collect(),
        say: "The trouble is on the line to your home. A technician has to look at it.".to_owned(),
        moves: vec![
            Move::end("line", "Hand over as a line fault", Outcome::Line),
            Move::next("on", "Go on with the connection"),
        ],
    })?;
    Some(())
}

/// The session with the operator's side.
fn session(walk: &mut Walk<'_>) -> Option<()> {
    let internet = &walk.facts.network.internet;
    let passed = walk.was_passed("session").is_some();
    match internet.status.as_str() {
        "up" if !passed => {
            let since = internet.uptime.map(|seconds| format!(" for {}", duration(seconds))).unwrap_or_default();
            walk.settled("The connection", format!("It is up{since}."), Finding::Good);
            return Some(());
        }
        "" if !passed => {
            walk.settled("The connection", "The router does not say how it is.", Finding::Neutral);
            return Some(());
        }
        _ => {}
    }
    let error = error_words(&internet.error);
    let login = internet.error == "ERROR_AUTHENTICATION_FAILURE";
    let mut moves = Vec::new();
    if let Some(reset) = internet.reset.as_ref().filter(|reset| reset.writable && !login) {
        let kind = TaskKind::SetValues { values: vec![reset.set(yes_no(true))] };
        moves.push(Move::task("reset", "Connect again", kind).costs("What still works stops for some seconds."));
    }
    if !passed || moves.is_empty() {
        moves.push(Move::next("on", if login { "The login was set again" } else { "Go on" }));
    }
    walk.ask(Step {
        key: "session",
        title: if login { "The login was refused" } else { "The connection is down" },
        found: format!(
            "The router says {}. {error}",
            if internet.status.is_empty() { "nothing" } else { &internet.status }
        ),
        finding: Finding::Bad,
        evidence: vec![Evidence {
            label: "Login".to_owned(),
            value: internet.user.as_ref().and_then(|user| user.value.clone()).unwrap_or_else(|| "Not known".to_owned()),
            finding: if login { Finding::Bad } else { Finding::Neutral },
            read_at: internet.read_at,
        }],
        say: String::new(),
        moves,
    })?;
    Some(())
}

/// Packets.
fn ping(walk: &mut Walk<'_>) -> Option<()> {
    let facts = walk.facts;
    if facts.target.is_empty() || !facts.offers(TestKind::Ping) {
        walk.settled("Packets", "This router cannot ping.", Finding::Neutral);
        return Some(());
    }
    if facts.recent(facts.ping.as_ref()).is_none() || walk.was_passed("ping").is_some() {
        let test = Test::Ping(Ping { host: facts.target.clone(), ..Ping::default() });
        walk.ask(Step {
            key: "ping",
            title: "Do packets go through?",
            found: "Not known yet.".to_owned(),
            moves: vec![
                Move::task("ping", "Ping from the router", TaskKind::Diagnose { test }),
                Move::next("skip", "Skip it"),
            ],
            ..Step::default()
        })?;
    }
    let Some(ping) = facts.recent(facts.ping.as_ref()) else { return Some(()) };
    let (answered, lost) = (ping.value.answered.unwrap_or_default(), ping.value.lost.unwrap_or_default());
    let (found, finding) = match (answered, lost) {
        (0, _) => ("No packet came back.".to_owned(), Finding::Bad),
        (_, 0) => {
            let average =
                ping.value.average_us.map(|us| format!(" after {} ms", us.div_ceil(1000))).unwrap_or_default();
            (format!("All came back{average}."), Finding::Good)
        }
        _ => (format!("{lost} of {} were lost.", answered + lost), Finding::Weak),
    };
    walk.settled("Packets", found, finding);
    Some(())
}

/// Names.
fn names(walk: &mut Walk<'_>) -> Option<()> {
    let facts = walk.facts;
    if !facts.offers(TestKind::NameLookup) {
        return Some(());
    }
    if facts.recent(facts.lookup.as_ref()).is_none() || walk.was_passed("names").is_some() {
        let test = Test::NameLookup(Lookup { name: NAME.to_owned(), ..Lookup::default() });
        walk.ask(Step {
            key: "names",
            title: "Are names found?",
            found: "Not known yet.".to_owned(),
            moves: vec![
                Move::task("names", "Look up a name from the router", TaskKind::Diagnose { test }),
                Move::next("skip", "Skip it"),
            ],
            ..Step::default()
        })?;
    }
    match facts.recent(facts.lookup.as_ref()).map(|lookup| lookup.value) {
        Some(true) => walk.settled("Names", "They are found.", Finding::Good),
        Some(false) => {
            walk.settled("Names", "No name server answers: see the name servers under Home network.", Finding::Bad);
        }
        None => {}
    }
    Some(())
}

/// Whether anything at home is connected to the router.
fn home(walk: &mut Walk<'_>) {
    let hosts = &walk.facts.network.hosts;
    let active = hosts.iter().filter(|host| host.active == Some(true)).count();
    match (hosts.len(), active) {
        (0, _) => walk.settled("At home", "No device is known.", Finding::Neutral),
        (_, 0) => walk.settled("At home", "No device is connected to the router now.", Finding::Bad),
        (_, some) => walk.settled("At home", format!("{some} devices are connected to the router."), Finding::Good),
    }
}

/// Asks the caller, restarts the router, hands over.
pub(super) fn finish(walk: &mut Walk<'_>) -> Option<()> {
    let ask = |key, moves| Step {
        key,
        title: "Ask the caller",
        found: "Does it work now?".to_owned(),
        say: "Can you try again now?".to_owned(),
        moves,
        ..Step::default()
    };
    let works = || Move::end("solved", "It works", Outcome::Solved);
    walk.ask(ask("ask", vec![works(), Move::next("no", "No better")]))?;
    if walk.facts.online {
        walk.ask(Step {
            key: "reboot",
            title: "Restart the router",
            found: "Everything that can be done while it runs was done.".to_owned(),
            say: "I am restarting your router. Everything is off for two to three minutes; I stay on the line."
                .to_owned(),
            moves: vec![
                Move::task("reboot", "Restart it", TaskKind::Reboot)
                    .costs("Internet, Wi-Fi and phone are off for two to three minutes."),
                Move::next("skip", "Do not restart it"),
            ],
            ..Step::default()
        })?;
        if walk.was_passed("reboot").is_some_and(|passed| passed.choice == "reboot") {
            walk.ask(ask("ask-again", vec![works(), Move::next("no", "No better")]))?;
        }
    }
    walk.ask(Step {
        key: "hand-over",
        title: "Hand over",
        found: "What was found and done is written down on the device.".to_owned(),
        finding: Finding::Weak,
        say: "I am handing this over to a colleague, with all that we found.".to_owned(),
        moves: vec![
            Move::end("escalate", "Hand over", Outcome::Escalated),
            Move::end("stop", "Stop here", Outcome::Stopped),
        ],
        ..Step::default()
    })?;
    Some(())
}
