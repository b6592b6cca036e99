//! A device that always fails is not driven in a loop, and a person sees it.

use super::*;

#[test]
fn rule_121_a_discovery_that_always_fails_pauses_and_is_stuck_in_the_end() {
    let mut paper = Paper::new();
    paper.refuse = |_| Some(Fault { code: 9002, text: "no".into(), ..Fault::default() });
    paper.limits.provision = false;
    let mut tried = Vec::new();
    // A check-in every minute, for two hours.
    for minute in 0..120 {
        let before = paper.got.len();
        paper.session(&[EventCode::Periodic]);
        if paper.got.len() > before {
            tried.push(minute);
        }
        paper.now += 60_000;
    }
    assert!(tried.len() <= 8, "{tried:?}");
    let (_, reason) = paper.record.stuck.clone().expect("stuck");
    assert!(reason.starts_with("Reading all settings failed "), "{reason}");
    // It recovers by itself once the device does.
    paper.refuse = |_| None;
    paper.now += 24 * 3_600_000;
    paper.session(&[EventCode::Periodic]);
    assert!(paper.record.tree_read_at.is_some());
    assert_eq!(paper.record.stuck, None);
    assert_eq!(Capabilities::from_json(&paper.record.quirks).patience, Patience::default());
}
