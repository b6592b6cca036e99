//! What a device is given in a session: a login of its own, and values that help to reach it.

use super::*;

const USERNAME: &str = "Device.ManagementServer.Username";
const PASSWORD: &str = "Device.ManagementServer.Password";
const STUN: &str = "Device.ManagementServer.STUNEnable";

fn credentials(username: &str, password: &str) -> Credentials {
    Credentials { username: username.into(), password: password.into() }
}

/// A device that uses the shared login, with a login offered.
fn paper() -> Paper {
    let mut paper = Paper::new();
    for (name, value) in [(USERNAME, "shared"), (PASSWORD, "secret"), (STUN, "0")] {
        paper.values.insert(name.into(), (value.into(), true));
    }
    let login = LoginOffer { new: credentials("00D09E-HG-1", "own"), before: credentials("shared", "secret") };
    paper.offers.login = Some(login);
    paper
}

fn last_set(paper: &Paper) -> Vec<(&str, &str)> {
    let set = paper.got.iter().rev().find_map(|request| match request {
        AcsRequest::SetParameterValues { values, .. } => Some(values),
        _ => None,
    });
    set.unwrap().iter().map(|value| (value.name.as_str(), value.value.as_str())).collect()
}

#[test]
fn rule_53_and_182_a_login_of_its_own_comes_last() {
    let mut paper = paper();
    paper.task(set_channel("11"));
    paper.session(&[EventCode::Bootstrap]);
    let methods = paper.methods();
    // The task, the discovery, connection-request credentials; then the login, looked at once.
    assert_eq!(methods[methods.len() - 3..], ["SetParameterValues", "SetParameterValues", "GetParameterValues"]);
    assert_eq!(last_set(&paper), [(USERNAME, "00D09E-HG-1"), (PASSWORD, "own")]);
    assert_eq!(paper.record.cpe_pending, "own");
    assert!(paper.record.cpe_username.is_empty(), "its own only once it was used");
}

#[test]
fn rule_53_the_password_is_stored_before_it_leaves() {
    let mut paper = paper();
    let inform = paper.inform(&[EventCode::Boot]);
    let mut session = paper.open(&inform);
    let mut incoming = Incoming::Empty;
    loop {
        let step = session.step(incoming, Timestamp(paper.now));
        let stored = step
            .writes
            .iter()
            .any(|write| matches!(write, Write::Device { patch, .. } if patch.cpe_pending.as_deref() == Some("own")));
        let Some(AcsMessage::Request(request)) = step.message else { panic!("no login was given") };
        if matches!(&request, AcsRequest::SetParameterValues { values, .. } if values[0].name == USERNAME) {
            assert!(stored, "in the same commit that lets the request out, or before");
            return;
        }
        incoming = Incoming::Answer { id: step.id, answer: paper.answer(&request) };
    }
}

#[test]
fn a_refused_login_is_remembered_and_forgotten_by_us() {
    let mut paper = paper();
    paper.refuse = |request| match request {
        AcsRequest::SetParameterValues { values, .. } if values[0].name == USERNAME => Some(acs_fault(9007, "no")),
        _ => None,
    };
    paper.session(&[EventCode::Boot]);
    assert!(paper.record.cpe_pending.is_empty());
    assert_eq!(paper.record.connection_request_password, "p", "a refusal voids nothing else");
    paper.got.clear();
    paper.session(&[EventCode::Periodic]);
    assert!(paper.got.is_empty(), "{:?}", paper.got);
}

#[test]
fn a_login_that_cannot_be_set_is_not_tried() {
    let mut paper = paper();
    paper.values.get_mut(PASSWORD).unwrap().1 = false;
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.values[USERNAME].0, "shared");
    assert!(paper.record.cpe_pending.is_empty());
    assert!(Capabilities::from_json(&paper.record.quirks).keeps_login);
}

#[test]
fn a_name_cut_short_is_taken_back() {
    let mut paper = paper();
    // Answers the look at the name as a device would that keeps eight characters.
    paper.refuse = |request| match request {
        AcsRequest::GetParameterValues { names } if names == &[USERNAME] => Some(acs_fault(0, "cut")),
        _ => None,
    };
    let inform = paper.inform(&[EventCode::Boot]);
    let mut session = paper.open(&inform);
    let mut incoming = Incoming::Empty;
    loop {
        let step = session.step(incoming, Timestamp(paper.now));
        let Some(AcsMessage::Request(request)) = step.message else { break };
        let answer = paper.answer(&request).or_else(|fault| {
            assert_eq!(fault.text, "cut");
            let cut = ParameterValue { name: USERNAME.into(), value: "00D09E-H".into(), ..Default::default() };
            Ok(CpeResponse::GetParameterValues { parameters: vec![cut] })
        });
        incoming = Incoming::Answer { id: step.id, answer };
    }
    assert_eq!(last_set(&paper), [(USERNAME, "shared"), (PASSWORD, "secret")]);
    assert!(session.record.cpe_pending.is_empty() && session.learnt.keeps_login);
}

#[test]
fn a_device_that_goes_on_with_the_shared_login_is_left_alone_after_three_tries() {
    let mut paper = paper();
    for _ in 0..6 {
        paper.record.tree_read_at = None;
        paper.session(&[EventCode::Boot]);
    }
    let given = paper.got.iter().filter(
        |request| matches!(request, AcsRequest::SetParameterValues { values, .. } if values[0].name == USERNAME),
    );
    assert_eq!(given.count(), 3);
    assert_eq!(paper.record.cpe_pending, "own", "should it use it after all, it is let in");
    let learnt = Capabilities::from_json(&paper.record.quirks);
    assert!(!Session::wants_offers(&paper.record, &learnt, &paper.offers), "its tree is not read for nothing");
}

#[test]
fn values_are_set_where_they_differ_and_not_again_where_refused() {
    let mut paper = paper();
    paper.offers.login = None;
    let value =
        |name: &str, value: &str| ParameterValue { name: name.into(), value: value.into(), ..Default::default() };
    paper.offers.values = vec![value(STUN, "1"), value("Device.Unknown", "1"), value(USERNAME, "shared")];
    paper.session(&[EventCode::Boot]);
    assert_eq!(last_set(&paper), [(STUN, "1")]);

    let mut paper = self::paper();
    paper.offers.login = None;
    paper.offers.values = vec![value(STUN, "1")];
    paper.refuse = |request| match request {
        AcsRequest::SetParameterValues { values, .. } if values[0].name == STUN => Some(acs_fault(9001, "no")),
        _ => None,
    };
    paper.session(&[EventCode::Boot]);
    paper.got.clear();
    paper.session(&[EventCode::Boot]);
    assert!(paper.got.is_empty(), "{:?}", paper.got);
}

#[test]
fn rule_380_an_interval_that_was_set_is_set_again_when_the_device_lost_it() {
    const INTERVAL: &str = "Device.ManagementServer.PeriodicInformInterval";
    let mut paper = Paper::known();
    let set = SetValue { path: INTERVAL.into(), value: "600".into(), value_type: None };
    paper.task(TaskKind::SetValues { values: vec![set] });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(Capabilities::from_json(&paper.record.quirks).wanted[INTERVAL], "600");
    paper.offers.values = vec![ParameterValue { name: INTERVAL.into(), value: "600".into(), ..Default::default() }];
    // It kept it: one look, nothing else.
    paper.got.clear();
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.methods(), ["GetParameterValues"]);
    // It lost it.
    paper.values.get_mut(INTERVAL).unwrap().0 = "86400".into();
    paper.got.clear();
    paper.events.clear();
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.methods(), ["GetParameterValues", "SetParameterValues"]);
    assert_eq!((last_set(&paper), paper.values[INTERVAL].0.as_str()), (vec![(INTERVAL, "600")], "600"));
    let changes = paper.events.iter().filter(|kind| matches!(kind, EventKind::Changed { .. })).count();
    assert_eq!(changes, 1, "that it has it again, and what it had instead: {:?}", paper.events);
}
