//! What the entries of a timeline say.

use super::words::{quote, span, state_word, tone, value_words};
use crate::locale::grouped;
use model::device::Enrolment;
use model::event::{EventKind, EventView};
use model::task::{ValueChange, short_name};

/// One entry in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventWords {
    pub icon: &'static str,
    /// For `data-tone`; empty: none.
    pub tone: &'static str,
    pub title: String,
    pub text: String,
    /// Before and after, at most as many as the entry keeps.
    pub changes: Vec<ChangeWords>,
    /// A code for experts.
    pub code: Option<u32>,
}

/// One value before and after, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeWords {
    pub path: String,
    pub before: String,
    pub after: String,
}

impl ChangeWords {
    pub fn of(change: &ValueChange) -> Self {
        Self {
            path: change.path.clone(),
            before: value_words(&change.path, change.before.as_deref()),
            after: value_words(&change.path, change.after.as_deref()),
        }
    }
}

pub fn event_words(event: &EventView) -> EventWords {
    use EventKind as E;
    let words = |icon, tone, title: &str, text: String| EventWords {
        icon,
        tone,
        title: title.to_owned(),
        text,
        changes: Vec::new(),
        code: None,
    };
    let moved = |icon, title, path: &str, before: &str, after: &str| {
        let some = |text: &str| Some(text.to_owned());
        let change = ValueChange { path: path.into(), before: some(before), wanted: None, after: some(after) };
        EventWords { changes: vec![ChangeWords::of(&change)], ..words(icon, "info", title, String::new()) }
    };
    match &event.kind {
        E::FirstContact => words("router", "info", "First contact", "The router checked in for the first time.".into()),
        E::Bootstrap => words("undo", "warn", "Started from factory settings", String::new()),
        E::Boot => words("power", "", "Restarted", "Power-up or reboot.".into()),
        E::Discovered { parameters, round_trips } => {
            let trips = if *round_trips == 1 { "one request".to_owned() } else { format!("{round_trips} requests") };
            let text = format!("{} values in {trips}.", grouped(u64::from(*parameters)));
            words("tree", "", "All settings read", text)
        }
        E::Changed { changes, more } => {
            let title = match changes.as_slice() {
                [one] if *more == 0 => format!("{} changed", quote(short_name(&one.path))),
                many => format!("{} settings changed", grouped(many.len() as u64 + u64::from(*more))),
            };
            let text = if *more == 0 { String::new() } else { format!("And {} more.", grouped(u64::from(*more))) };
            EventWords { changes: changes.iter().map(ChangeWords::of).collect(), ..words("edit", "", &title, text) }
        }
        E::TaskEnded { title, state, .. } => {
            let icon = match tone(*state) {
                "ok" => "check-circle",
                "warn" => "alert",
                "bad" => "octagon",
                _ => "x-circle",
            };
            words(icon, tone(*state), &quote(title), format!("{}.", state_word(*state)))
        }
        E::Software { before, after } => moved("chip", "Firmware changed", "Firmware", before, after),
        E::Address { before, after } => moved("globe", "Address changed", "Address", before, after),
        E::Unreachable { reason } => words("unplugged", "warn", "The router could not be contacted", quote(reason)),
        E::SessionFailed { reason } => words("unplugged", "warn", "The connection broke off", quote(reason)),
        E::Transferred { what, download, fault } => {
            let title = if *download { "A file was loaded by the router itself" } else { "The router sent a file" };
            let said = fault.as_ref().map_or_else(String::new, |fault| fault.message.clone());
            let text = [quote(what), said].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            EventWords {
                code: fault.as_ref().and_then(|fault| fault.code),
                ..words("chip", if fault.is_some() { "bad" } else { "" }, title, text)
            }
        }
        E::ModulesChanged { results } => {
            let all =
                results.iter().map(|one| format!("{} {} {}", quote(&one.uuid), quote(&one.version), quote(&one.state)));
            words("chip", "", "Software modules changed", all.collect::<Vec<_>>().join(", "))
        }
        E::DownloadRequested { file_type } => words("chip", "", "The router asks for a file", quote(file_type)),
        E::Reported { code } => words("info", "", "The router reported an event of its maker's own", quote(code)),
        E::Rejected { reason, address } => words(
            "lock",
            "warn",
            "A false report was turned away",
            format!("{} It came from {}.", reason, quote(address)),
        ),
        E::Enrolment { state } => match state {
            Enrolment::Approved => {
                words("check-circle", "ok", "Approved", "It takes part from its next check-in on.".into())
            }
            Enrolment::Quarantined => words(
                "hourglass",
                "warn",
                "Waits for approval",
                "Nothing is asked of it until somebody approves it.".into(),
            ),
            Enrolment::Refused => words("x-circle", "bad", "Refused", "Its reports are not taken.".into()),
        },
        E::Login { own: true } => {
            words("key", "", "Uses a password of its own", "The shared one is not taken from it any more.".into())
        }
        E::Login { own: false } => {
            words("key", "warn", "Went back to the shared password", "It gets a new one of its own.".into())
        }
        E::Returned { away_ms } => {
            words("online", "warn", "Back after a silence", format!("It had not checked in for {}.", span(*away_ms)))
        }
        E::Twins { addresses } => {
            let from = addresses.iter().map(|address| quote(address)).collect::<Vec<_>>().join(" and ");
            let text = format!(
                "Two routers report under this serial number, from {from}. What is shown here may be of either; find out which \
                 one is real and exchange the other."
            );
            words("octagon", "bad", "Two routers with one serial number", text)
        }
        E::Revealed { what, reason } => words("eye", "warn", &format!("{} shown", quote(what)), reason_words(reason)),
        E::AccessOpened { minutes } => words(
            "globe",
            "warn",
            "Opening its pages to the internet",
            format!("For {minutes} minutes, then it is closed by itself."),
        ),
        E::AccessClosed => words("lock", "", "Closing its pages to the internet", "Before the time was over.".into()),
        E::Escalated { reason, .. } => words("external", "warn", "Escalated", quote(reason)),
        E::EscalationClosed { outcome, .. } => words("check-circle", "ok", "Escalation closed", quote(outcome)),
        E::Linked { account, why, before, .. } => {
            let moved =
                before.as_ref().map_or_else(String::new, |before| format!(" It was at account {}.", quote(before)));
            let title = format!("Linked to account {}", quote(account));
            words("user", "info", &title, format!("{}.{moved}", capital(&why.said())))
        }
        E::Unlinked { account } => {
            words("user", "", &format!("Unlinked from account {}", quote(account)), String::new())
        }
        E::LinkConflict { accounts } => {
            let all = accounts.iter().map(|account| quote(account)).collect::<Vec<_>>().join(", ");
            let text = format!("Accounts {all} all fit what the router says. Nothing was linked; link it by hand.");
            words("alert", "warn", "Several subscribers fit", text)
        }
        E::Fault { fault } => EventWords {
            code: fault.code,
            ..words("octagon", "bad", "The router reported a fault", fault.message.clone())
        },
    }
}

/// A reason as it was given: short by its own rule, so that it is not cut.
fn reason_words(reason: &str) -> String {
    let end = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("Reason: {reason}{end}")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::fault::FaultView;
    use model::task::TaskState;
    use model::timeline::{Group, Topic};
    use model::{DeviceId, EventId, SnapshotId, TaskId, Timestamp};

    fn words(kind: EventKind) -> EventWords {
        event_words(&EventView { id: EventId(1), device: DeviceId(1), at: Timestamp(0), kind, by: None })
    }

    fn all() -> Vec<EventKind> {
        vec![
            EventKind::FirstContact,
            EventKind::Bootstrap,
            EventKind::Boot,
            EventKind::Discovered { parameters: 812, round_trips: 3 },
            EventKind::Changed { changes: Vec::new(), more: 2 },
            EventKind::TaskEnded {
                task: TaskId(1),
                title: "Reboot".into(),
                state: TaskState::Verified,
                topic: Topic::Other,
            },
            EventKind::Software { before: "1".into(), after: "2".into() },
            EventKind::Address { before: "1".into(), after: "2".into() },
            EventKind::Unreachable { reason: "No answer.".into() },
            EventKind::SessionFailed { reason: "Timed out.".into() },
            EventKind::Fault { fault: FaultView::from_device(9002, "") },
            EventKind::Rejected { reason: "No.".into(), address: "192.0.2.1".into() },
            EventKind::Enrolment { state: Enrolment::Quarantined },
            EventKind::Login { own: true },
            EventKind::Login { own: false },
            EventKind::Transferred { what: "Log".into(), download: false, fault: None },
            EventKind::ModulesChanged { results: Vec::new() },
            EventKind::DownloadRequested { file_type: "1 Firmware".into() },
            EventKind::Reported { code: "X V hot".into() },
            EventKind::Returned { away_ms: 7_200_000 },
            EventKind::Twins { addresses: vec!["192.0.2.1".into(), "192.0.2.2".into()] },
            EventKind::Escalated { snapshot: SnapshotId(1), reason: "Drops every night.".into() },
            EventKind::EscalationClosed { snapshot: SnapshotId(1), outcome: "The line was mended.".into() },
            EventKind::Linked {
                subscriber: model::SubscriberId(1),
                account: "A1".into(),
                why: model::subscriber::LinkWhy::Hand,
                before: Some("A2".into()),
            },
            EventKind::Unlinked { account: "A1".into() },
            EventKind::Revealed { what: "Wi-Fi password of 2.4 GHz".into(), reason: "lost the card".into() },
            EventKind::AccessOpened { minutes: 15 },
            EventKind::AccessClosed,
            EventKind::LinkConflict { accounts: vec!["A1".into(), "A2".into()] },
        ]
    }

    #[test]
    fn every_entry_is_in_everything_and_in_a_group_of_its_own() {
        for kind in all() {
            let groups = Group::ALL.into_iter().filter(|group| group.holds(&kind)).count();
            assert!((2..=3).contains(&groups), "{kind:?}");
        }
    }

    #[test]
    fn every_entry_has_a_title() {
        for kind in all() {
            assert!(!words(kind.clone()).title.is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn changes_name_the_parameter_and_count_the_rest() {
        let change = |path: &str| ValueChange {
            path: path.into(),
            before: Some("6".into()),
            wanted: None,
            after: Some("11".into()),
        };
        let one = words(EventKind::Changed { changes: vec![change("D.Radio.1.Channel")], more: 0 });
        assert_eq!(one.title, "Channel changed");
        assert_eq!((one.changes[0].before.as_str(), one.changes[0].after.as_str()), ("6", "11"));
        let many = words(EventKind::Changed { changes: vec![change("A"), change("B")], more: 40 });
        assert_eq!((many.title.as_str(), many.text.as_str()), ("42 settings changed", "And 40 more."));
    }

    #[test]
    fn a_changed_key_is_not_shown() {
        let change = ValueChange {
            path: "D.KeyPassphrase".into(),
            before: Some("secret-1".into()),
            wanted: None,
            after: Some("secret-2".into()),
        };
        let said = words(EventKind::Changed { changes: vec![change], more: 0 });
        assert!(!format!("{said:?}").contains("secret-"));
    }
}
