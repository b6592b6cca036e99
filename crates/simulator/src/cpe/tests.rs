use super::state::State;
use crate::settings::{Arrival, Pace};
use crate::testing::{self, NOW, surroundings};
use cwmp::{AcsRequest, CpeMessage, EventCode, ParameterValue, ValueType};
use std::sync::Arc;
use std::time::Duration;

fn state() -> State {
    let (tree, facts) = testing::tree("kestrel-hg645", 0);
    let pace = Pace { speed: 1.0, reboot: Duration::from_mins(1) };
    let mut state = State::new(tree, facts, Arc::new(surroundings()), pace, Vec::new());
    state.arrive(Arrival::FirstInstall, NOW);
    state
}

fn raws(state: &mut State, now: i64) -> Vec<String> {
    state.open(now).inform.events.into_iter().map(|event| event.raw).collect()
}

fn set(name: &str, value: &str, value_type: ValueType) -> AcsRequest {
    let values = vec![ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type }];
    AcsRequest::SetParameterValues { values, parameter_key: String::new() }
}

#[test]
fn waits_fall_into_the_windows_of_the_standard() {
    let mut state = state();
    let mut now = NOW;
    for attempt in 1..=12_i32 {
        assert!(state.tick(now));
        assert_eq!(state.open(now).inform.retry_count, u32::try_from(attempt).unwrap() - 1);
        state.close(false, now);
        // Periodic Informs come in between: look at the time of the retry alone.
        let wait = state.retry_at().unwrap() - now;
        let low = 5_000 * 2_i64.pow(u32::try_from(attempt.min(10)).unwrap() - 1);
        assert!((low..=2 * low).contains(&wait), "attempt {attempt}: {wait}");
        assert!(!state.tick(now + 1));
        now += wait;
    }
    state.open(now);
    state.informed(now);
    state.close(true, now);
    assert!(state.retry_at().is_none());
}

#[test]
fn a_new_event_ends_the_wait_but_not_the_count() {
    let mut state = state();
    state.open(NOW);
    state.close(false, NOW);
    assert!(!state.tick(NOW + 1000));
    state.happen(EventCode::ConnectionRequest, "");
    assert!(state.tick(NOW + 1000));
    let inform = state.open(NOW + 1000).inform;
    assert_eq!(inform.retry_count, 1);
    assert!(inform.has(&EventCode::Bootstrap) && inform.has(&EventCode::ConnectionRequest));
}

#[test]
fn periodic_informs_keep_to_their_phase() {
    let mut state = state();
    state.open(NOW);
    state.informed(NOW);
    let time = set("Device.ManagementServer.PeriodicInformTime", "2026-01-01T00:00:07Z", ValueType::DateTime);
    state.answer(&time, NOW);
    state.close(true, NOW);
    let due = state.due(NOW).unwrap();
    assert!(due > NOW && due <= NOW + 300_000);
    assert_eq!((due - 7_000) % 300_000, crate::clock::parse_date_time("2026-01-01T00:00:00Z").unwrap() % 300_000);
    assert!(!state.tick(due - 1) && state.tick(due));
    assert_eq!(raws(&mut state, due), ["2 PERIODIC"]);
    state.informed(due);
    state.answer(&set("Device.ManagementServer.PeriodicInformEnable", "0", ValueType::Boolean), due);
    state.close(true, due);
    assert_eq!(state.due(due), None);
}

#[test]
fn another_acs_is_met_as_for_the_first_time() {
    let mut state = state();
    state.open(NOW);
    state.informed(NOW);
    state.answer(&set("Device.ManagementServer.URL", "http://other.example/", ValueType::String), NOW);
    state.close(true, NOW);
    assert!(state.tick(NOW));
    let opening = state.open(NOW);
    assert_eq!(opening.url, "http://other.example/");
    assert_eq!(opening.inform.events[0].raw, "0 BOOTSTRAP");
}

#[test]
fn reboots_asked_for_twice_are_told_twice() {
    let mut state = state();
    state.open(NOW);
    state.informed(NOW);
    for key in ["a", "b"] {
        state.answer(&AcsRequest::Reboot { command_key: key.to_owned() }, NOW);
    }
    state.close(true, NOW);
    assert!(!state.is_reachable(NOW) && !state.tick(NOW + 59_000));
    assert!(state.tick(NOW + 60_000));
    let events = state.open(NOW + 60_000).inform.events;
    let reboots: Vec<_> = events.iter().filter(|e| e.raw == "M Reboot").map(|e| e.command_key.as_str()).collect();
    assert_eq!((events[0].raw.as_str(), reboots), ("1 BOOT", vec!["a", "b"]));
    assert_eq!(state.stats.reboots, 1);
}

#[test]
fn keys_are_limited_and_unknown_methods_refused() {
    let mut state = state();
    for request in [
        AcsRequest::Reboot { command_key: "x".repeat(33) },
        AcsRequest::AddObject { object: "Device.NAT.PortMapping.".to_owned(), parameter_key: "x".repeat(33) },
    ] {
        let super::rpc::Answer::Message(CpeMessage::Fault(fault)) = state.answer(&request, NOW) else { panic!() };
        assert_eq!(fault.code, 9003);
    }
    let unknown = AcsRequest::Unknown { method: "Frobnicate".to_owned() };
    let super::rpc::Answer::Message(CpeMessage::Fault(fault)) = state.answer(&unknown, NOW) else { panic!() };
    assert_eq!(fault.code, 9000);
    assert_eq!((state.stats.reboots, state.stats.adds, state.stats.faults), (0, 0, 3));
}
