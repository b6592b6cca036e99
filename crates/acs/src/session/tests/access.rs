//! Access from outside that ends by itself, with the clock on paper.

use super::*;

const ENABLE: &str = "Device.UserInterface.RemoteAccess.Enable";
/// Fifteen minutes after the beginning.
const END: i64 = 1_000_000 + 15 * 60_000;

/// A device whose pages are closed, and the two tasks that are made together.
fn asked() -> (Paper, TaskId, TaskId) {
    let mut paper = Paper::new();
    paper.values.insert(ENABLE.into(), ("false".into(), true));
    paper.session(&[EventCode::Bootstrap]);
    paper.got.clear();
    let set = |value: &str| TaskKind::SetValues {
        values: vec![SetValue { path: ENABLE.into(), value: value.into(), value_type: None }],
    };
    let closes = paper.task(set("false"));
    let opens = paper.task(set("true"));
    let end = Some(Timestamp(END));
    let late = |not_before, not_after| Progress { not_before, not_after, ..Progress::default() }.to_json();
    paper.tasks.get_mut(&closes.0).unwrap().progress = late(end, None);
    paper.tasks.get_mut(&opens.0).unwrap().progress = late(None, end);
    (paper, closes, opens)
}

impl Paper {
    fn is_open(&self) -> bool {
        self.values[ENABLE].0 == "true"
    }

    /// What the device was told, in order.
    fn told(&self) -> Vec<&str> {
        let told = |request: &AcsRequest| match request {
            AcsRequest::SetParameterValues { values, .. } => {
                values.iter().find(|value| value.name == ENABLE).map(|value| match value.value.as_str() {
                    "true" => "open",
                    _ => "close",
                })
            }
            _ => None,
        };
        self.got.iter().filter_map(told).collect()
    }
}

#[test]
fn it_is_opened_at_once_and_closed_at_its_end() {
    let (mut paper, closes, opens) = asked();
    paper.session(&[EventCode::ConnectionRequest]);
    assert!(paper.is_open());
    assert_eq!(paper.of(opens).state, TaskState::Verified);
    assert_eq!(paper.of(closes).state, TaskState::Queued);
    // A check-in before the end changes nothing, and nobody wakes the device for it.
    paper.now = END - 60_000;
    assert_eq!(awaited_until(paper.of(closes), Timestamp(paper.now)), Some(Timestamp(END)));
    paper.session(&[EventCode::Periodic]);
    assert!(paper.is_open());
    assert_eq!(paper.of(closes).state, TaskState::Queued);
    paper.now = END;
    assert_eq!(awaited_until(paper.of(closes), Timestamp(END)), None, "now it waits for us");
    paper.session(&[EventCode::ConnectionRequest]);
    assert!(!paper.is_open());
    assert_eq!(paper.of(closes).state, TaskState::Verified);
    assert_eq!(paper.told(), ["open", "close"]);
}

#[test]
fn a_device_that_was_away_at_the_end_is_closed_at_its_next_contact() {
    let (mut paper, closes, _) = asked();
    paper.session(&[EventCode::ConnectionRequest]);
    paper.now = END + 7 * 86_400_000;
    paper.session(&[EventCode::Boot]);
    assert!(!paper.is_open());
    assert_eq!(paper.of(closes).state, TaskState::Verified);
}

#[test]
fn a_device_that_comes_only_after_the_end_is_never_opened() {
    let (mut paper, closes, opens) = asked();
    paper.now = END + 1;
    paper.session(&[EventCode::Boot]);
    assert!(!paper.is_open());
    assert_eq!(paper.told(), ["close"]);
    assert_eq!(paper.of(closes).state, TaskState::Verified);
    assert_eq!(paper.of(opens).state, TaskState::Failed);
    let Some(TaskOutcome::Fault { fault }) = &paper.of(opens).outcome else { panic!() };
    assert!(fault.message.ends_with("Nothing was changed."), "{}", fault.message);
}

#[test]
fn an_opening_whose_answer_was_lost_is_closed_and_not_repeated() {
    let (mut paper, closes, opens) = asked();
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    assert!(paper.is_open(), "the device did it");
    assert!(!paper.of(opens).state.ended());
    paper.now = END + 1;
    paper.session(&[EventCode::Periodic]);
    assert!(!paper.is_open());
    assert_eq!(paper.told(), ["open", "close"]);
    assert_eq!((paper.of(closes).state, paper.of(opens).state), (TaskState::Verified, TaskState::Failed));
}

#[test]
fn a_closing_that_is_made_due_is_done_before_its_end() {
    let (mut paper, closes, _) = asked();
    paper.session(&[EventCode::ConnectionRequest]);
    let task = paper.tasks.get_mut(&closes.0).unwrap();
    task.progress = Progress { not_before: None, ..Progress::of(task) }.to_json();
    paper.session(&[EventCode::ConnectionRequest]);
    assert!(!paper.is_open());
    assert_eq!(paper.of(closes).state, TaskState::Verified);
}
