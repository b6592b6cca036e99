use super::Report;
use super::faults::{Fault, Injected};
use super::rpc::Answer;
use super::state::State;
use crate::settings::{Arrival, Pace};
use crate::testing::{self, NOW, surroundings};
use cwmp::{AcsRequest, CpeMessage, CpeResponse, EventCode, ParameterValue, ValueType};
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
    let values = vec![ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type, untyped: false }];
    AcsRequest::SetParameterValues { values, parameter_key: String::new() }
}

#[test]
fn rule_164_waits_fall_into_the_windows_of_the_standard() {
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
fn rule_166_a_new_event_ends_the_wait_but_not_the_count() {
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
fn rule_145_periodic_informs_keep_to_their_phase() {
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
fn rule_142_another_acs_is_met_as_for_the_first_time() {
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
fn rules_158_and_214_reboots_asked_for_twice_are_told_twice() {
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
        let Answer::Message(CpeMessage::Fault(fault)) = state.answer(&request, NOW) else { panic!() };
        assert_eq!(fault.code, 9003);
    }
    let unknown = AcsRequest::Unknown { method: "Frobnicate".to_owned() };
    let Answer::Message(CpeMessage::Fault(fault)) = state.answer(&unknown, NOW) else { panic!() };
    assert_eq!(fault.code, 9000);
    assert_eq!((state.stats.reboots, state.stats.adds, state.stats.faults), (0, 0, 3));
}

fn device(faults: Vec<Fault>) -> State {
    let mut state = state();
    state.open(NOW);
    state.informed(NOW);
    for fault in faults {
        state.faults.push(Injected::once(fault));
    }
    state
}

fn read(name: &str) -> AcsRequest {
    AcsRequest::GetParameterValues { names: vec![name.to_owned()] }
}

#[test]
fn quirks_26_and_27_some_devices_die_of_what_they_do_not_know() {
    let faults = vec![Fault::DieOnPartialPaths, Fault::DieOnUnknownNames, Fault::CloseOnUnknown];
    let mut state = device(faults);
    let fine = read("Device.DeviceInfo.UpTime");
    assert!(matches!(state.answer(&fine, NOW), Answer::Message(CpeMessage::Response(_))));
    for request in [
        read("Device.DeviceInfo."),
        read("Device.NoSuchThing"),
        AcsRequest::Unknown { method: "Frobnicate".to_owned() },
    ] {
        assert_eq!(state.answer(&request, NOW), Answer::Silence, "{request:?}");
        assert!(matches!(state.answer(&request, NOW), Answer::Message(_)), "once only: {request:?}");
    }
}

#[test]
fn a_method_can_be_missing() {
    let mut state = state();
    state.faults.push(Injected::always(Fault::Without { method: "Download".to_owned() }));
    let Answer::Message(CpeMessage::Response(CpeResponse::GetRpcMethods { methods })) =
        state.answer(&AcsRequest::GetRpcMethods, NOW)
    else {
        panic!()
    };
    assert!(methods.iter().any(|method| method == "Upload") && !methods.iter().any(|method| method == "Download"));
    let request = AcsRequest::Download(cwmp::Download::default());
    let Answer::Message(CpeMessage::Fault(fault)) = state.answer(&request, NOW) else { panic!() };
    assert_eq!(fault.code, 9000);
}

#[test]
fn rule_357_every_model_has_the_methods_of_the_baseline() {
    for name in crate::builtin_names() {
        let (tree, facts) = testing::tree(name, 0);
        let mut state = State::new(tree, facts, Arc::new(surroundings()), Pace::default(), Vec::new());
        let answer = state.answer(&AcsRequest::GetRpcMethods, NOW);
        let Answer::Message(CpeMessage::Response(CpeResponse::GetRpcMethods { methods })) = answer else { panic!() };
        for method in [
            "GetRPCMethods",
            "SetParameterValues",
            "GetParameterValues",
            "GetParameterNames",
            "SetParameterAttributes",
            "GetParameterAttributes",
            "AddObject",
            "DeleteObject",
            "Reboot",
            "Download",
        ] {
            assert!(methods.iter().any(|known| known == method), "{name}: {method}");
        }
    }
}

#[test]
fn values_may_be_kept_otherwise_than_they_were_set() {
    let mut state = device(vec![Fault::Normalise]);
    let ssid = "Device.WiFi.SSID.1.SSID";
    state.answer(&set(ssid, " home ", ValueType::String), NOW);
    assert_eq!(state.tree.inner_value(super::state::moment!(state, NOW), ssid).unwrap(), "HOME");
    state.answer(&set(ssid, " home ", ValueType::String), NOW);
    assert_eq!(state.tree.inner_value(super::state::moment!(state, NOW), ssid).unwrap(), " home ");
}

#[test]
fn rules_213_and_267_answers_may_lack_something_or_belong_to_another_request() {
    let mut state = device(vec![Fault::NoInstanceNumber, Fault::WrongResponse { method: Some("Reboot".to_owned()) }]);
    let add = AcsRequest::AddObject { object: "Device.NAT.PortMapping.".to_owned(), parameter_key: String::new() };
    let added = |instance| Answer::Message(CpeMessage::Response(CpeResponse::AddObject { instance, status: 0 }));
    assert_eq!(state.answer(&add, NOW), added(None));
    assert_ne!(state.answer(&add, NOW), added(None));
    let reboot = AcsRequest::Reboot { command_key: String::new() };
    assert_eq!(state.answer(&reboot, NOW), Answer::Message(CpeMessage::Response(CpeResponse::FactoryReset)));
    assert_eq!(state.stats.factory_resets, 0, "it only says so");
}

#[test]
fn rule_345_a_device_may_restart_in_the_middle_of_a_session() {
    let mut state = device(vec![Fault::RebootInSession { method: None }]);
    assert_eq!(state.answer(&read("Device.DeviceInfo.UpTime"), NOW), Answer::Silence);
    state.close(false, NOW);
    assert!(!state.is_reachable(NOW));
    assert!(state.tick(NOW + 60_000));
    let opening = state.open(NOW + 60_000);
    assert!(opening.inform.has(&EventCode::Boot));
    assert_eq!(opening.inform.retry_count, 0, "a boot ends the count");
}

#[test]
fn rule_165_the_windows_follow_the_settings() {
    let mut state = device(Vec::new());
    for (name, value) in [("CWMPRetryMinimumWaitInterval", "20"), ("CWMPRetryIntervalMultiplier", "3000")] {
        let request = set(&format!("Device.ManagementServer.{name}"), value, ValueType::UnsignedInt);
        assert!(matches!(state.answer(&request, NOW), Answer::Message(CpeMessage::Response(_))));
    }
    for (name, value) in [("CWMPRetryMinimumWaitInterval", "0"), ("CWMPRetryIntervalMultiplier", "999")] {
        let request = set(&format!("Device.ManagementServer.{name}"), value, ValueType::UnsignedInt);
        assert!(matches!(state.answer(&request, NOW), Answer::Message(CpeMessage::Fault(_))), "out of range");
    }
    for window in [20_000..=60_000, 60_000..=180_000] {
        state.close(false, NOW);
        let wait = state.retry_at().unwrap() - NOW;
        assert!(window.contains(&wait), "{wait}");
    }
}

#[test]
fn rule_143_a_bootstrap_voids_what_was_to_be_told() {
    let mut state = device(Vec::new());
    state.report(Report::RequestDownload { file_type: String::new(), arguments: Vec::new() }, NOW);
    assert!(raws(&mut state, NOW).contains(&"9 REQUEST DOWNLOAD".to_owned()));
    assert!(state.next_letter(false).is_some());
    state.informed(NOW);
    state.answer(&AcsRequest::FactoryReset, NOW);
    state.close(true, NOW);
    assert!(state.tick(NOW + 60_000));
    assert_eq!(raws(&mut state, NOW + 60_000), ["0 BOOTSTRAP", "1 BOOT"]);
    assert!(state.next_letter(false).is_none());
}
