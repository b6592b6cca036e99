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
        self.pending.iter_mut().for_each(|event| event.sent = true);
        self.pending.iter().map(|event| Event::new(event.code.clone(), event.command_key.as_str())).collect()
    }

    /// The InformResponse has come. All events this simulator makes are delivered by it.
    pub fn delivered(&mut self) {
        self.pending.retain(|event| !event.sent);
    }

    /// The session failed before the InformResponse: everything is sent again but `6 CONNECTION REQUEST`.
    pub fn failed(&mut self) {
        self.pending.retain(|event| !(event.sent && event.code == EventCode::ConnectionRequest));
        self.pending.iter_mut().for_each(|event| event.sent = false);
        // A single event that came again while the first was under way is one event now.
        self.pending.dedup_by(|later, first| later.code == first.code && !is_multiple(&later.code));
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
        events.failed();
        assert_eq!(raws(&mut events), ["4 VALUE CHANGE"]);
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
