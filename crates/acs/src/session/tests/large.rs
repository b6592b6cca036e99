//! Devices with more objects than one session has requests.

use super::*;

const ROWS: usize = 150;

/// 151 objects below the root and more, 64 requests in a session, and no names of everything at once.
fn large() -> Paper {
    let mut paper = Paper::new();
    for row in 1..=ROWS {
        paper.values.insert(format!("Device.X_K.Row.{row}.Name"), ("x".into(), true));
    }
    paper.refuse = |request| match request {
        AcsRequest::GetParameterNames { next_level: false, .. } => Some(Fault { code: 9004, ..Fault::default() }),
        _ => None,
    };
    paper
}

impl Paper {
    /// Objects whose names were asked for and told.
    fn walked<'a>(&'a self) -> Vec<&'a str> {
        let path = |request: &'a AcsRequest| match request {
            AcsRequest::GetParameterNames { path, next_level: true } => Some(path.as_str()),
            _ => None,
        };
        self.got.iter().filter_map(path).collect()
    }

    fn count(&self, method: &str) -> usize {
        self.methods().iter().filter(|sent| **sent == method).count()
    }

    fn no_object_is_asked_twice(&self) {
        let mut walked = self.walked();
        let all = walked.len();
        walked.sort_unstable();
        walked.dedup();
        assert_eq!(walked.len(), all);
    }
}

#[test]
fn rules_121_and_196_a_large_tree_is_learnt_over_sessions_and_its_values_at_once() {
    let mut paper = large();
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.methods()[..3], ["GetParameterNames", "GetParameterValues", "GetParameterNames"]);
    assert_eq!(paper.got.len(), 64);
    let tree = paper.tree.as_ref().expect("what was read is kept");
    assert_eq!(tree.value("Device.X_K.Row.150.Name"), Some("x"), "all values came with one request");
    assert_eq!(paper.record.model, "HG640");
    assert!(!tree.complete && paper.record.tree_read_at.is_none());
    for _ in 0..2 {
        paper.session(&[EventCode::Periodic]);
    }
    assert!(!paper.events.iter().any(|event| matches!(event, EventKind::SessionFailed { .. })), "{:?}", paper.events);
    let tree = paper.tree.as_ref().unwrap();
    assert!(tree.complete && paper.record.tree_read_at.is_some());
    assert!(tree.get("Device.X_K.Row.150.Name").unwrap().writable && tree.get(CHANNEL).unwrap().writable);
    assert_eq!((paper.count("GetParameterValues"), paper.record.parameter_count), (1, 158));
    paper.no_object_is_asked_twice();
    assert!(paper.events.iter().any(|event| matches!(event, EventKind::Discovered { parameters: 158, .. })));
    assert!(Capabilities::from_json(&paper.record.quirks).reading.is_none());
    let asked = paper.got.len();
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.got.len(), asked, "it is done");
}

#[test]
fn rules_121_and_196_also_where_values_come_by_their_names_only() {
    let mut paper = large();
    paper.refuse = |request| match request {
        AcsRequest::GetParameterNames { next_level: false, .. } => Some(Fault { code: 9002, ..Fault::default() }),
        AcsRequest::GetParameterValues { names }
            if names.iter().any(|name| name.ends_with('.')) || names.len() > 20 =>
        {
            Some(Fault { code: if names.len() > 1 { 9004 } else { 9005 }, ..Fault::default() })
        }
        _ => None,
    };
    for _ in 0..5 {
        paper.session(&[EventCode::Periodic]);
    }
    let tree = paper.tree.as_ref().unwrap();
    assert!(tree.complete, "{:?}", paper.events);
    assert!((1..=ROWS).all(|row| tree.value(&format!("Device.X_K.Row.{row}.Name")) == Some("x")));
    paper.no_object_is_asked_twice();
}

#[test]
fn rule_121_reading_everything_waits_for_the_next_session_and_goes_on() {
    let mut paper = large();
    for _ in 0..3 {
        paper.session(&[EventCode::Periodic]);
    }
    paper.got.clear();
    paper.events.clear();
    paper.values.insert("Device.X_K.Row.7.Name".into(), ("changed".into(), true));
    paper.values.remove("Device.X_K.Row.149.Name");
    let task = paper.task(TaskKind::Refresh { paths: vec!["Device.".into()] });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Queued);
    let note = paper.of(task).note.as_deref().unwrap();
    assert!(note.contains("157 values so far") && note.contains("next check-in"), "{note}");
    assert_eq!(paper.tree.as_ref().unwrap().value("Device.X_K.Row.7.Name"), Some("changed"));
    assert!(matches!(&paper.events[..], [EventKind::Changed { .. }]), "{:?}", paper.events);
    for _ in 0..2 {
        paper.session(&[EventCode::ConnectionRequest]);
    }
    assert_eq!(paper.of(task).outcome, Some(TaskOutcome::Read { parameters: 157 }));
    assert!(paper.tree.as_ref().unwrap().get("Device.X_K.Row.149.").is_none(), "the walk shows that it is gone");
    paper.no_object_is_asked_twice();
}

#[test]
fn rule_121_a_reading_that_breaks_off_goes_on_where_it_was() {
    let mut paper = large();
    paper.run(&[EventCode::Bootstrap], Some(40));
    let walked = paper.walked().len();
    for _ in 0..3 {
        paper.session(&[EventCode::Periodic]);
    }
    assert!(paper.tree.as_ref().unwrap().complete);
    let mut all = paper.walked();
    all.sort_unstable();
    let before = all.len();
    all.dedup();
    assert_eq!(before - all.len(), 1, "only what was not answered is asked again, after {walked}");
    assert_eq!(paper.count("GetParameterValues"), 1);
}

#[test]
fn rule_142_a_reset_in_between_begins_the_reading_anew() {
    let mut paper = large();
    for _ in 0..3 {
        paper.session(&[EventCode::Periodic]);
    }
    let task = paper.task(TaskKind::Refresh { paths: vec!["Device.".into()] });
    paper.session(&[EventCode::ConnectionRequest]);
    paper.got.clear();
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.methods()[0], "GetParameterValues", "from the start");
    for _ in 0..8 {
        paper.session(&[EventCode::Periodic]);
    }
    assert_eq!(paper.of(task).outcome, Some(TaskOutcome::Read { parameters: 158 }));
    assert!(paper.tree.as_ref().unwrap().complete);
}

#[test]
fn rule_121_a_device_without_end_is_given_up() {
    let mut paper = large();
    paper.limits.parameters = 200;
    let task = paper.task(TaskKind::Refresh { paths: vec!["Device.".into()] });
    for _ in 0..3 {
        paper.session(&[EventCode::Periodic]);
    }
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert!(!paper.tree.as_ref().is_some_and(|tree| tree.complete));
}
