//! How a device can be woken, in words.

use super::cut;
use model::device::Presence;
use model::reach::{Reachability, WayView};

/// Longest reasons of Lastmile's own, of several ways one after the other, in characters.
const REASON_MAX: usize = 300;

/// How we can wake the device, in one sentence. `last` says how long ago something was, such as `3 h ago`.
pub fn reach_words(reach: &Reachability, presence: Presence, last: impl Fn(model::Timestamp) -> String) -> String {
    let waits = "Changes wait for its next check-in.";
    match reach {
        Reachability::Works { last_success, .. } if presence == Presence::Offline => {
            format!("Lastmile could reach it {}; it is offline now. {waits}", last(*last_success))
        }
        Reachability::Works { way, last_success } => {
            let way = way.label();
            format!("Lastmile can reach it at any time; the last time was {} by {way}.", last(*last_success))
        }
        Reachability::Untried => "Lastmile has not had to contact it yet.".to_owned(),
        Reachability::Failed { at, reason } => {
            let reason = cut(reason.trim_end_matches('.'), REASON_MAX);
            format!("Lastmile could not reach it {}: {reason}. {waits}", last(*at))
        }
        Reachability::NoWay { reason } => format!("{} {waits}", cut(reason, REASON_MAX)),
    }
}

/// How one way of waking the device went.
pub fn way_words(way: &WayView, last: impl Fn(model::Timestamp) -> String) -> String {
    if !way.unusable.is_empty() {
        return way.unusable.clone();
    }
    match (&way.last_failure, way.last_success) {
        (Some((at, reason)), success) => {
            let failed = format!("Failed {}: {}", last(*at), cut(reason, REASON_MAX));
            match success {
                Some(success) => format!("{failed} It worked {}.", last(success)),
                None => failed,
            }
        }
        (None, Some(success)) => format!("Worked {}.", last(success)),
        (None, None) => "Not tried yet.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::reach::Way;

    #[test]
    fn an_offline_device_is_not_called_reachable() {
        let reach = Reachability::Works { way: Way::Http, last_success: Timestamp(0) };
        let words = |presence| reach_words(&reach, presence, |_| "3 h ago".to_owned());
        assert!(words(Presence::Online).contains("at any time"));
        assert!(words(Presence::Offline).contains("wait"));
    }

    #[test]
    fn a_way_says_why_it_is_not_used() {
        let way = WayView {
            way: Way::Udp,
            target: "192.0.2.1:80".into(),
            unusable: String::new(),
            last_success: None,
            last_failure: None,
        };
        let words = |way: &WayView| way_words(way, |at| format!("{} ms ago", at.0));
        assert_eq!(words(&way), "Not tried yet.");
        let worked = WayView { last_success: Some(Timestamp(5)), ..way.clone() };
        assert_eq!(words(&worked), "Worked 5 ms ago.");
        let failed = WayView { last_failure: Some((Timestamp(9), "No answer.".into())), ..worked.clone() };
        assert_eq!(words(&failed), "Failed 9 ms ago: No answer. It worked 5 ms ago.");
        assert_eq!(words(&WayView { unusable: "Not switched on.".into(), ..failed }), "Not switched on.");
    }
}
