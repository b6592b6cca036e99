//! The events a CPE has to deliver, and what becomes of them (TR-069 §3.7.1.5).

use cwmp::{Event, EventCode};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pending {
    code: EventCode,
    command_key: String,
    /// In the Inform of the running session.
    sent: bool,
}

/// Events in the order in which an Inform lists them.
#[derive(Clone, Debug, Default)]
pub struct Events {
    pending: Vec<Pending>,
}

impl Events {
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether everything is delivered that was in the Inform of the session that ends.
    pub fn is_idle(&self) -> bool {
        !self.pending.iter().any(|event| event.sent)
    }

    /// Adds an event. All but `M …` and `X …` are there once at most.
    pub fn push(&mut self, code: EventCode, command_key: &str) {
        // One that is on its way does not stand for what happens after it was sent.
        if is_multiple(&code) || !self.pending.iter().any(|event| event.code == code && !event.sent) {
            self.pending.push(Pending { code, command_key: command_key.to_owned(), sent: false });
            self.pending.sort_by_key(|event| rank(&event.code));
        }
    }

    /// First contact, a new ACS or a factory reset: everything older is void.
    pub fn bootstrap(&mut self) {
        self.pending.clear();
        self.push(EventCode::Bootstrap, "");
    }

    /// The device has started again.
    pub fn booted(&mut self) {
        self.pending.retain(|event| {
            !matches!(
                event.code,
                EventCode::Boot
                    | EventCode::ValueChange
                    | EventCode::ConnectionRequest
                    | EventCode::DiagnosticsComplete
                    | EventCode::Wakeup
                    | EventCode::Heartbeat
            )
        });
        self.push(EventCode::Boot, "");
    }

    /// What the next Inform lists; remembered as sent.
    pub fn send(&mut self) -> Vec<Event> {
        // A heartbeat goes alone: any other contact does its work (Annex O).
        if self.pending.iter().any(|event| event.code != EventCode::Heartbeat) {
            self.pending.retain(|event| event.code != EventCode::Heartbeat);
        }
        self.pending.iter_mut().for_each(|event| event.sent = true);
        self.pending.iter().map(|event| Event::new(event.code.clone(), event.command_key.as_str())).collect()
    }

    /// The InformResponse has come: it delivers all that no other answer has to.
    pub fn delivered(&mut self) {
        self.pending.retain(|event| !event.sent || needs_own_answer(&event.code));
    }

    /// The answer has come that delivers this event.
    pub fn answered(&mut self, code: &EventCode, command_key: &str) {
        let found = self.pending.iter().position(|event| event.code == *code && event.command_key == command_key);
        if let Some(index) = found {
            self.pending.remove(index);
        }
    }

    /// The session is over. What was not delivered is sent again, but for `6 CONNECTION REQUEST` and `14 HEARTBEAT`.
    pub fn closed(&mut self) {
        let once = |code: &EventCode| matches!(code, EventCode::ConnectionRequest | EventCode::Heartbeat);
        self.pending.retain(|event| !(event.sent && once(&event.code)));
        self.pending.iter_mut().for_each(|event| event.sent = false);
        // A single event that came again while the first was under way is one event now.
        self.pending.dedup_by(|later, first| later.code == first.code && !is_multiple(&later.code));
    }
}

/// Events that the answer to a request of their own delivers, such as TransferCompleteResponse (§3.7.1.5).
fn needs_own_answer(code: &EventCode) -> bool {
    match code {
        EventCode::Kicked
        | EventCode::TransferComplete
        | EventCode::RequestDownload
        | EventCode::AutonomousTransferComplete
        | EventCode::DuStateChangeComplete
        | EventCode::AutonomousDuStateChangeComplete => true,
        EventCode::Method(method) => {
            matches!(method.as_str(), "Download" | "ScheduleDownload" | "Upload" | "ChangeDUState")
        }
        _ => false,
    }
}

fn is_multiple(code: &EventCode) -> bool {
    matches!(code, EventCode::Method(_) | EventCode::Vendor(_))
}

fn rank(code: &EventCode) -> u8 {
    match code {
        EventCode::Bootstrap => 0,
        EventCode::Boot => 1,
        EventCode::Periodic => 2,
        EventCode::Scheduled => 3,
        EventCode::ValueChange => 4,
        EventCode::Kicked => 5,
        EventCode::ConnectionRequest => 6,
        EventCode::TransferComplete => 7,
        EventCode::DiagnosticsComplete => 8,
        EventCode::RequestDownload => 9,
        EventCode::AutonomousTransferComplete => 10,
        EventCode::DuStateChangeComplete => 11,
        EventCode::AutonomousDuStateChangeComplete => 12,
        EventCode::Wakeup => 13,
        EventCode::Heartbeat => 14,
        EventCode::Method(_) => 15,
        EventCode::Vendor(_) | EventCode::Unknown(_) => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raws(events: &mut Events) -> Vec<String> {
        events.send().into_iter().map(|event| event.raw).collect()
    }

    #[test]
    fn bootstrap_voids_the_others_and_comes_first() {
        let mut events = Events::default();
        events.push(EventCode::Periodic, "");
        events.push(EventCode::Method("Reboot".to_owned()), "k");
        events.bootstrap();
        events.booted();
        assert_eq!(raws(&mut events), ["0 BOOTSTRAP", "1 BOOT"]);
    }

    #[test]
    fn single_events_are_single_and_methods_are_not() {
        let mut events = Events::default();
        for _ in 0..2 {
            events.push(EventCode::Periodic, "");
            events.push(EventCode::Method("Reboot".to_owned()), "a");
        }
        events.push(EventCode::Method("Reboot".to_owned()), "b");
        assert_eq!(raws(&mut events), ["2 PERIODIC", "M Reboot", "M Reboot", "M Reboot"]);
    }

    #[test]
    fn a_failed_session_keeps_all_but_the_connection_request() {
        let mut events = Events::default();
        events.push(EventCode::ConnectionRequest, "");
        events.push(EventCode::ValueChange, "");
        events.send();
        events.push(EventCode::ValueChange, "");
        events.closed();
        assert_eq!(raws(&mut events), ["4 VALUE CHANGE"]);
    }

    #[test]
    fn rule_161_own_answers_deliver_what_the_inform_response_does_not() {
        let mut events = Events::default();
        let download = EventCode::Method("Download".to_owned());
        for code in [EventCode::TransferComplete, EventCode::Boot, EventCode::Periodic] {
            events.push(code, "");
        }
        events.push(EventCode::Method("Reboot".to_owned()), "r");
        events.push(download.clone(), "a");
        events.push(download.clone(), "b");
        assert_eq!(events.send().len(), 6);
        events.delivered();
        events.answered(&download, "b");
        events.closed();
        assert_eq!(raws(&mut events), ["7 TRANSFER COMPLETE", "M Download"]);
        events.answered(&EventCode::TransferComplete, "");
        events.answered(&download, "a");
        assert!(events.is_empty());
    }

    /// Appendix "event delivery": each code, whether it outlives a failed session, and whether it outlives a boot.
    #[test]
    fn rule_162_events_outlive_what_they_have_to() {
        use EventCode::{
            AutonomousDuStateChangeComplete, AutonomousTransferComplete, Bootstrap, ConnectionRequest,
            DiagnosticsComplete, DuStateChangeComplete, Heartbeat, Kicked, Method, Periodic, RequestDownload,
            Scheduled, TransferComplete, ValueChange, Vendor, Wakeup,
        };
        let method = |name: &str| Method(name.to_owned());
        for (code, session, boot) in [
            (Bootstrap, true, true),
            (Periodic, true, true),
            (Scheduled, true, true),
            (ValueChange, true, false),
            (Kicked, true, true),
            (ConnectionRequest, false, false),
            (TransferComplete, true, true),
            (DiagnosticsComplete, true, false),
            (RequestDownload, true, true),
            (AutonomousTransferComplete, true, true),
            (DuStateChangeComplete, true, true),
            (AutonomousDuStateChangeComplete, true, true),
            (Wakeup, true, false),
            (Heartbeat, false, false),
            (method("Reboot"), true, true),
            (method("ScheduleInform"), true, true),
            (method("Download"), true, true),
            (method("Upload"), true, true),
            (method("ChangeDUState"), true, true),
            (Vendor("02A0E1 Tilt".to_owned()), true, true),
        ] {
            let mut events = Events::default();
            events.push(code.clone(), "");
            events.send();
            events.closed();
            assert_eq!(!events.is_empty(), session, "{code} after a failed session");
            let mut events = Events::default();
            events.push(code.clone(), "");
            events.booted();
            assert_eq!(events.send().iter().any(|event| event.code == code), boot, "{code} after a boot");
        }
    }

    #[test]
    fn rule_157_a_heartbeat_goes_alone() {
        let mut events = Events::default();
        events.push(EventCode::Heartbeat, "");
        assert_eq!(raws(&mut events), ["14 HEARTBEAT"]);
        events.closed();
        events.push(EventCode::Heartbeat, "");
        events.push(EventCode::Periodic, "");
        assert_eq!(raws(&mut events), ["2 PERIODIC"]);
    }

    #[test]
    fn what_happens_after_the_inform_waits_for_the_next() {
        let mut events = Events::default();
        events.push(EventCode::ValueChange, "");
        events.send();
        events.push(EventCode::ValueChange, "");
        events.delivered();
        assert_eq!(raws(&mut events), ["4 VALUE CHANGE"]);
        events.delivered();
        assert!(events.is_empty());
    }

    #[test]
    fn a_boot_drops_what_does_not_survive_one() {
        let mut events = Events::default();
        for code in [EventCode::ValueChange, EventCode::ConnectionRequest, EventCode::Periodic] {
            events.push(code, "");
        }
        events.booted();
        events.push(EventCode::Method("Reboot".to_owned()), "key");
        assert_eq!(raws(&mut events), ["1 BOOT", "2 PERIODIC", "M Reboot"]);
    }
}
