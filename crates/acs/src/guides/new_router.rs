//! “New router”: the subscriber and what made the old router their own move to the new one.

use super::{Does, Move, Other, Step, Walk};
use model::guide::{Evidence, Finding, Outcome};
use model::network::Lan;
use model::network::forward::{Forwards, NewForward, Protocol};
use model::setting::Setting;
use model::task::{SetValue, TaskKind};
use model::wifi::{Network, Role};

/// Port forwards that are taken over, at most.
const FORWARDS: usize = 50;

pub(super) fn walk(walk: &mut Walk<'_>) -> Option<()> {
    choose(walk)?;
    let facts = walk.facts;
    let Some(other) = &facts.other else {
        walk.settled("The new router", "It is not known any more.", Finding::Bad);
        return super::no_internet::finish(walk);
    };
    subscriber(walk, other)?;
    settings(walk, other)?;
    forwards(walk, other)?;
    passwords(walk)?;
    walk.ask(Step {
        key: "done",
        title: "Ask the caller",
        found: "Do their devices connect to the new router?".to_owned(),
        say: "Your new router has the name of your old one. Are your devices back?".to_owned(),
        moves: vec![
            Move::end("solved", "It works", Outcome::Solved),
            Move::end("escalate", "Hand over", Outcome::Escalated),
            Move::end("stop", "Stop here", Outcome::Stopped),
        ],
        ..Step::default()
    })?;
    Some(())
}

fn choose(walk: &mut Walk<'_>) -> Option<()> {
    let find = Move::new("choose", "Use this one", Does::Choose).asks("Serial number of the new router");
    walk.ask(Step {
        key: "choose",
        title: "Which router is the new one?",
        found: "It must have reported once: plugged in, its line light on.".to_owned(),
        say: "Can you read me the serial number on the sticker of the new router?".to_owned(),
        moves: vec![find, Move::end("stop", "Stop here", Outcome::Stopped)],
        ..Step::default()
    })?;
    Some(())
}

fn subscriber(walk: &mut Walk<'_>, other: &Other) -> Option<()> {
    let facts = walk.facts;
    let Some(name) = &facts.subscriber else {
        if walk.was_passed("subscriber").is_none() {
            walk.settled("The subscriber", "The old router has none: there is nobody to move.", Finding::Neutral);
            return Some(());
        }
        // Moved by this guide: the old one has nobody any more.
        walk.ask(Step { key: "subscriber", title: "The subscriber", ..Step::default() })?;
        return Some(());
    };
    if other.moved && walk.was_passed("subscriber").is_none() {
        walk.settled("The subscriber", format!("{name} has the new router already."), Finding::Good);
        return Some(());
    }
    let serial = &other.serial;
    let (found, give) = if let Some(now) = other.subscriber.as_ref().filter(|_| !other.moved) {
        let give = Move::new("move", format!("Take {serial} from {now} and give it to {name}"), Does::MoveSubscriber);
        let found = format!("{name} has the old router; the new one belongs to {now}.");
        (found, give.costs(format!("{now} has no router then.")))
    } else {
        let give = Move::new("move", format!("Give {serial} to {name}"), Does::MoveSubscriber);
        (format!("{name} has the old router."), give)
    };
    walk.ask(Step {
        key: "subscriber",
        title: "Whose is it?",
        found,
        moves: vec![give, Move::next("skip", "Leave it")],
        ..Step::default()
    })?;
    Some(())
}

/// Names, addresses and the login, as far as the new router takes them.
fn settings(walk: &mut Walk<'_>, other: &Other) -> Option<()> {
    let facts = walk.facts;
    let mut copy = Copy::default();
    for new in &other.wifi.networks {
        if let Some(old) = counterpart(&facts.wifi.networks, new) {
            copy.value(&format!("Wi-Fi name, {}", new.band), old.ssid.as_ref(), new.ssid.as_ref());
            if new.role == Role::Guest {
                copy.value(&format!("Guest network, {}", new.band), old.on.as_ref(), new.on.as_ref());
            }
        }
    }
    if let (Some(old), Some(new)) = (&facts.network.lan, &other.network.lan) {
        copy.lan(old, new);
    }
    copy.value("Internet login", facts.network.internet.user.as_ref(), other.network.internet.user.as_ref());
    if copy.values.is_empty() && walk.was_passed("settings").is_none() {
        walk.settled("Settings", "The new router has them already, or does not take them.", Finding::Good);
        return Some(());
    }
    let values = copy.values;
    walk.ask(Step {
        key: "settings",
        title: "Take the settings over",
        found: format!(
            "{} of {} differ from the old router.{}",
            values.len(),
            other.model,
            if other.online { "" } else { " It is not online: it takes them at its next contact." },
        ),
        finding: Finding::Neutral,
        evidence: copy.evidence,
        moves: vec![
            Move::new("copy", "Set them on the new router", Does::Other(vec![TaskKind::SetValues { values }]))
                .costs("Devices at home drop off until they know the new router."),
            Move::next("skip", "Leave them"),
        ],
        ..Step::default()
    })?;
    Some(())
}

/// The network of the old router that a new one stands for: of the same use and band, else of the same use.
fn counterpart<'a>(old: &'a [Network], new: &Network) -> Option<&'a Network> {
    if new.role == Role::Other {
        return None;
    }
    let same = || old.iter().filter(|old| old.role == new.role);
    same().find(|old| old.band == new.band).or_else(|| same().next())
}

/// What differs, and what has to be sent for it.
#[derive(Default)]
struct Copy {
    values: Vec<SetValue>,
    evidence: Vec<Evidence>,
}

impl Copy {
    fn value(&mut self, label: &str, old: Option<&Setting>, new: Option<&Setting>) {
        let Some(value) = old.and_then(|old| old.value.as_deref()).filter(|value| !value.is_empty()) else { return };
        let Some(change) = new.and_then(|new| new.change(value)) else { return };
        self.evidence.push(Evidence {
            label: label.to_owned(),
            value: value.to_owned(),
            finding: Finding::Neutral,
            read_at: old.and_then(|old| old.read_at),
        });
        self.values.push(change);
    }

    /// All of it or nothing: a range that does not fit the address would leave the home without addresses.
    fn lan(&mut self, old: &Lan, new: &Lan) {
        let pairs = [
            ("Router's address", &old.address, &new.address),
            ("Address mask", &old.mask, &new.mask),
            ("Addresses from", &old.from, &new.from),
            ("Addresses to", &old.to, &new.to),
        ];
        let settable = |(_, old, new): &(&str, &Option<Setting>, &Option<Setting>)| {
            let value = old.as_ref().and_then(|old| old.value.as_deref());
            value.is_some_and(|value| new.as_ref().is_some_and(|new| new.writable || new.is(value)))
        };
        if pairs.iter().all(settable) {
            for (label, old, new) in pairs {
                self.value(label, old.as_ref(), new.as_ref());
            }
        }
        self.value("Name servers", old.dns.as_ref(), new.dns.as_ref());
    }
}

fn forwards(walk: &mut Walk<'_>, other: &Other) -> Option<()> {
    let facts = walk.facts;
    let (Some(old), Some(new)) = (&facts.network.forwards, &other.network.forwards) else { return Some(()) };
    let wanted = missing(old, new);
    if walk.was_passed("forwards").is_none() && (wanted.is_empty() || !new.can_add) {
        if !old.list.is_empty() {
            walk.settled("Port forwards", "There is none that the new router lacks and takes.", Finding::Good);
        }
        return Some(());
    }
    let evidence = wanted.iter().map(|one| Evidence {
        label: if one.description.is_empty() { "Forward".to_owned() } else { one.description.clone() },
        value: format!(
            "{} {} to {}",
            one.protocol.as_str(),
            model::network::forward::ports((one.first, one.last)),
            one.client.map(|client| client.to_string()).unwrap_or_default(),
        ),
        finding: Finding::Neutral,
        read_at: old.read_at,
    });
    let evidence = evidence.collect();
    let tasks: Vec<TaskKind> = wanted.iter().map(|one| one.task(new)).collect();
    walk.ask(Step {
        key: "forwards",
        title: "Take the port forwards over",
        found: format!("The old router has {} that the new one lacks.", tasks.len()),
        evidence,
        moves: vec![
            Move::new("copy", "Add them to the new router", Does::Other(tasks)),
            Move::next("skip", "Leave them"),
        ],
        ..Step::default()
    })?;
    Some(())
}

/// Forwards of the old router that can be added to the new one.
fn missing(old: &Forwards, new: &Forwards) -> Vec<NewForward> {
    let wanted = old.list.iter().filter(|forward| forward.on == Some(true)).filter_map(|forward| {
        let (first, last) = forward.outside.filter(|(first, _)| *first > 0)?;
        let protocol = match forward.protocol.to_ascii_uppercase().as_str() {
            "TCP" => Protocol::Tcp,
            "UDP" => Protocol::Udp,
            _ => return None,
        };
        let inside = forward.inside.filter(|port| *port > 0).unwrap_or(first);
        let description = forward.description.chars().take(64).collect();
        let client = Some(forward.client.parse().ok()?);
        Some(NewForward { description, protocol, first, last, inside, client })
    });
    wanted.filter(|forward| forward.check(new).is_ok()).take(FORWARDS).collect()
}

/// What no router tells.
fn passwords(walk: &mut Walk<'_>) -> Option<()> {
    walk.ask(Step {
        key: "passwords",
        title: "The passwords",
        found: "Routers do not tell passwords. Set that of the Wi-Fi under “Wi-Fi” of the new router, to the old one if the \
                caller knows it; and that of the internet login under “Home network”."
            .to_owned(),
        say: "Do you know your Wi-Fi password? Then your devices connect by themselves.".to_owned(),
        moves: vec![Move::next("set", "They are set"), Move::next("skip", "They keep those of the sticker")],
        ..Step::default()
    })?;
    Some(())
}
