//! What works: the caller has to hear that, too.

use super::rules::worst;
use super::{Finding, Input};
use model::device::Presence;
use model::health::{LineKind, Link, number};
use model::number::quantity;
use model::time::duration;
use model::verdict::{Cause, Evidence, Weight};

/// The parts that told something and have no finding, in words for a sentence.
pub(super) fn healthy(input: &Input<'_>, findings: &[Finding]) -> Vec<&'static str> {
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
pub(super) fn good(input: &Input<'_>, healthy: &[&str]) -> Vec<Evidence> {
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
