//! Trees in memory.

use super::NOW;
use crate::{Change, Tree};
use model::tree::ValueType;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

fn sample() -> Tree {
    let mut tree = Tree::default();
    for (path, value) in [
        ("Device.DeviceInfo.UpTime", "5"),
        ("Device.WiFi.Radio.1.Channel", "6"),
        ("Device.WiFi.Radio.2.Channel", "36"),
        ("Device.WiFi.RadioNumberOfEntries", "2"),
        ("Device.WiFi-Extra.Name", "x"),
    ] {
        tree.set_value(path, ValueType::String, value, NOW);
    }
    tree
}

fn paths<'a>(nodes: impl Iterator<Item = (&'a str, &'a crate::Node)>) -> Vec<&'a str> {
    nodes.map(|(path, _)| path).collect()
}

#[test]
fn setting_a_value_creates_what_is_above() {
    let tree = sample();
    assert!(tree.get("Device.").is_some_and(|node| node.value.is_none()));
    assert!(tree.get("Device.WiFi.Radio.2.").is_some());
    assert_eq!(tree.value("Device.WiFi.Radio.2.Channel"), Some("36"));
    assert_eq!(tree.value("Device.WiFi."), None);
    assert_eq!((tree.len(), tree.parameters()), (12, 5));
}

#[test]
fn a_change_is_what_means_something_else() {
    let mut tree = Tree::default();
    let set = |tree: &mut Tree, value_type, value, at| tree.set_value("A.B", value_type, value, at);
    assert_eq!(set(&mut tree, ValueType::Boolean, "1", NOW), Some(Change { before: None }));
    let later = NOW.plus_seconds(1);
    assert_eq!(set(&mut tree, ValueType::Boolean, "1", later), None);
    assert_eq!(tree.get("A.B").unwrap().read_at, Some(later));
    // The device's spelling is kept, but `true` is no news after `1`.
    assert_eq!(set(&mut tree, ValueType::Boolean, "true", later), None);
    assert_eq!(tree.value("A.B"), Some("true"));
    let change = set(&mut tree, ValueType::Boolean, "false", later);
    assert_eq!(change, Some(Change { before: Some("true".into()) }));
}

#[test]
fn names_and_notifications_keep_values() {
    let mut tree = sample();
    tree.set_info("Device.WiFi.Radio.1.Channel", true);
    tree.set_notification("Device.WiFi.Radio.1.Channel", 2);
    let node = tree.get("Device.WiFi.Radio.1.Channel").unwrap();
    assert_eq!((node.value.as_deref(), node.writable, node.notification), (Some("6"), true, Some(2)));
    tree.set_info("Device.New.Table.", true);
    assert!(tree.get("Device.New.Table.").unwrap().writable);
    assert!(tree.get("Device.New.").is_some());
}

#[test]
fn below_takes_whole_names_only() {
    let tree = sample();
    assert_eq!(
        paths(tree.below("Device.WiFi.Radio.")),
        [
            "Device.WiFi.Radio.",
            "Device.WiFi.Radio.1.",
            "Device.WiFi.Radio.1.Channel",
            "Device.WiFi.Radio.2.",
            "Device.WiFi.Radio.2.Channel"
        ]
    );
    assert_eq!(paths(tree.below("Device.DeviceInfo.UpTime")), ["Device.DeviceInfo.UpTime"]);
    assert_eq!(paths(tree.below("Device.DeviceInfo.Up")), [""; 0]);
    assert_eq!(tree.below("").count(), tree.len());
    assert_eq!(paths(tree.below("Nowhere.")), [""; 0]);
}

#[test]
fn children_jump_over_subtrees() {
    let tree = sample();
    assert_eq!(paths(tree.children("")), ["Device."]);
    assert_eq!(paths(tree.children("Device.")), ["Device.DeviceInfo.", "Device.WiFi-Extra.", "Device.WiFi."]);
    assert_eq!(paths(tree.children("Device.WiFi.")), ["Device.WiFi.Radio.", "Device.WiFi.RadioNumberOfEntries"]);
    assert_eq!(paths(tree.children("Device.WiFi.Radio.")), ["Device.WiFi.Radio.1.", "Device.WiFi.Radio.2."]);
    assert_eq!(paths(tree.children("Device.WiFi.Radio.1.Channel")), [""; 0]);
}

#[test]
fn children_of_a_wide_table_cost_one_look_up_each() {
    let mut tree = Tree::default();
    for row in 1..=300 {
        for column in 1..=300 {
            tree.set_info(&format!("Device.T.{row}.C{column}"), false);
        }
    }
    let started = std::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(tree.children("Device.T.").count(), 300);
    }
    // 6,000 look-ups among 90,000 nodes; scanning them all would take 300 times as long.
    assert!(started.elapsed().as_millis() < 1000, "{:?}", started.elapsed());
}

#[test]
fn removing_takes_the_whole_subtree() {
    let mut tree = sample();
    assert_eq!(tree.remove_below("Device.WiFi.Radio.1."), 2);
    assert_eq!(paths(tree.children("Device.WiFi.Radio.")), ["Device.WiFi.Radio.2."]);
    assert_eq!(tree.remove_below("Device.WiFi.RadioNumberOfEntries"), 1);
    assert_eq!(tree.remove_below("Nowhere."), 0);
    assert_eq!(tree.remove_below(""), 9);
    assert!(tree.is_empty());
}

#[test]
fn what_is_not_known_any_more_is_dropped() {
    let mut tree = sample();
    let known = HashSet::from(["Device.WiFi.Radio.2.Channel", "Device.WiFi.RadioNumberOfEntries"]);
    let dropped = tree.retain_known("Device.WiFi.", &known);
    assert_eq!(dropped, ["Device.WiFi.Radio.1.".into(), "Device.WiFi.Radio.1.Channel".into()] as [Box<str>; 2]);
    // Objects above what is known stay, and what is elsewhere.
    assert!(tree.get("Device.WiFi.Radio.2.").is_some() && tree.get("Device.WiFi.").is_some());
    assert_eq!(tree.value("Device.DeviceInfo.UpTime"), Some("5"));
}

#[test]
fn values_are_not_printed() {
    let mut tree = Tree::default();
    let change = tree.set_value("A.Password", ValueType::String, "hunter22", NOW);
    tree.set_value("A.Password", ValueType::String, "other", NOW);
    let printed = format!("{tree:?} {change:?} {:?}", tree.get("A.Password"));
    assert!(!printed.contains("hunter22") && !printed.contains("other"), "{printed}");
}

fn any_path() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof!["[A-C]{1,2}", "[1-3]", "[-/.]"], 1..5)
        .prop_flat_map(|parts| (Just(parts), any::<bool>()))
        .prop_map(|(parts, object)| format!("{}{}", parts.join("."), if object { "." } else { "" }))
}

proptest! {
    #[test]
    fn children_are_what_a_scan_finds(paths in proptest::collection::vec(any_path(), 0..40)) {
        let mut tree = Tree::default();
        for path in &paths {
            tree.set_info(path, true);
        }
        let objects: Vec<&str> = std::iter::once("").chain(tree.below("").map(|(path, _)| path)).collect();
        for object in objects.into_iter().filter(|path| path.is_empty() || path.ends_with('.')) {
            let scanned: BTreeSet<&str> = tree
                .below("")
                .map(|(path, _)| path)
                .filter(|path| {
                    path.strip_prefix(object)
                        .is_some_and(|rest| !rest.is_empty() && rest.find('.').is_none_or(|dot| dot + 1 == rest.len()))
                })
                .collect();
            let found: Vec<&str> = tree.children(object).map(|(path, _)| path).collect();
            prop_assert_eq!(found, scanned.into_iter().collect::<Vec<_>>(), "below {:?}", object);
        }
    }
}
