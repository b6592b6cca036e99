//! What a test found, in words.

use super::{bit_rate, millis, quote};
use crate::locale::grouped;
use model::diagnostic::Found;

/// What a test found, in one sentence.
pub fn found_words(found: &Found) -> String {
    match found {
        Found::Ping(times) => match (times.answered, times.sent(), times.average_us) {
            (Some(0), Some(sent), _) => format!("None of {} packets was answered.", grouped(sent.into())),
            (Some(answered), Some(sent), Some(average)) => {
                let (answered, sent) = (grouped(answered.into()), grouped(sent.into()));
                format!("{answered} of {sent} packets were answered, {} on average.", millis(average))
            }
            (Some(answered), Some(sent), None) => {
                format!("{} of {} packets were answered.", grouped(answered.into()), grouped(sent.into()))
            }
            _ => "The router does not say how many packets were answered.".to_owned(),
        },
        Found::Route { hops, .. } => match hops.len() {
            1 => "Reached in one hop.".to_owned(),
            n => format!("Reached in {n} hops."),
        },
        Found::Names { answers, .. } => {
            let addresses: Vec<&str> =
                answers.iter().flat_map(|one| one.addresses.iter().map(String::as_str)).collect();
            match addresses.first() {
                Some(first) => format!("The name leads to {}.", quote(first)),
                None => "The name was not found.".to_owned(),
            }
        }
        Found::Speed(speed) => match speed.bits_per_second {
            Some(rate) => format!("{} {}.", bit_rate(rate), if speed.up { "up" } else { "down" }),
            None => "The router did not say how long the transfer took.".to_owned(),
        },
        Found::Server(selection) => format!("{} answered first.", quote(&selection.fastest)),
        Found::Neighbours { networks } => match networks.len() {
            0 => "No other Wi-Fi network was heard.".to_owned(),
            1 => "One other Wi-Fi network was heard.".to_owned(),
            n => format!("{n} other Wi-Fi networks were heard."),
        },
        Found::Loopback(times) => match (times.answered, times.lost) {
            (Some(answered), Some(lost)) => {
                let sent = answered.saturating_add(lost);
                format!("{} of {} cells came back.", grouped(answered.into()), grouped(sent.into()))
            }
            _ => "The router does not say how many cells came back.".to_owned(),
        },
        Found::Capacity(capacity) => match capacity.bits_per_second {
            Some(rate) => format!("At most {} {}.", bit_rate(rate), if capacity.up { "up" } else { "down" }),
            None => "The router did not say what it measured.".to_owned(),
        },
        Found::Echo(counters) if counters.enabled => "The echo service is on.".to_owned(),
        Found::Echo(_) => "The echo service is off.".to_owned(),
        Found::Values { values } => match values.len() {
            0 => "The test found nothing to tell.".to_owned(),
            1 => "One value was measured.".to_owned(),
            n => format!("{n} values were measured."),
        },
    }
}
