//! Trees beside trees.

use super::*;
use model::compare::Nature;
use model::tree::ValueType;

const LEASE: &str = "Device.DHCPv4.Server.Pool.1.LeaseTime";
const SSID: &str = "Device.WiFi.SSID.1.SSID";
const KEY: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";
const STATUS: &str = "Device.WiFi.SSID.1.Status";
const BEACON: &str = "Device.WiFi.AccessPoint.1.SSIDAdvertisementEnabled";

fn tree(at: i64, values: &[(&str, ValueType, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (path, value_type, value) in values {
        tree.set_value(path, *value_type, value, Timestamp(at));
        tree.set_info(path, *path != STATUS);
    }
    tree
}

fn home(at: i64, lease: &str, name: &str) -> Tree {
    tree(
        at,
        &[
            (LEASE, ValueType::Int, lease),
            (SSID, ValueType::String, name),
            (KEY, ValueType::String, &format!("key-{name}")),
            (STATUS, ValueType::String, name),
            (BEACON, ValueType::Boolean, if at % 2 == 0 { "1" } else { "true" }),
        ],
    )
}

fn paths(found: &Found) -> Vec<&str> {
    found.groups.iter().flat_map(|group| &group.rows).map(|row| row.path.as_str()).collect()
}

#[test]
fn what_most_have_is_usual_and_secrets_and_states_are_left_out() {
    let peers: Vec<Tree> = (1..=5).map(|n| home(n, if n == 5 { "60" } else { "86400" }, "Ost")).collect();
    let found = with_peers(&home(9, "3600", "West"), &peers);
    assert_eq!(paths(&found), [LEASE, SSID]);
    assert_eq!(found.compared, 3, "lease, name, beacon: no key, no state");
    let row = &found.groups[0].rows[0];
    assert_eq!((row.value.as_str(), row.usual.as_str(), row.same, row.of), ("3600", "86400", 4, 5));
    assert_eq!((row.read_at, row.usual_read_at), (Some(Timestamp(9)), Some(Timestamp(1))));
    assert_eq!(row.nature, None);
    assert_eq!(found.groups[1].rows[0].nature, Some(Nature::Name));
    assert!(!format!("{found:?}").contains("key-"));
}

#[test]
fn three_of_five_are_a_majority_and_two_are_not() {
    let peers = |leases: &[&str]| leases.iter().map(|lease| home(1, lease, "x")).collect::<Vec<_>>();
    let own = home(9, "5", "x");
    assert_eq!(paths(&with_peers(&own, &peers(&["7", "7", "7", "1", "2"]))), [LEASE]);
    assert_eq!(paths(&with_peers(&own, &peers(&["7", "7", "3", "1", "2"]))), [""; 0]);
    assert_eq!(paths(&with_peers(&own, &peers(&["7", "7"]))), [""; 0], "two are too few");
    let found = with_peers(&own, &peers(&["7", "007", " 7"]));
    assert_eq!((found.groups[0].rows[0].same, paths(&found)), (3, vec![LEASE]), "the same number in other writing");
}

#[test]
fn another_spelling_is_no_difference() {
    let found = with_one(&home(1, "60", "x"), &home(2, "060", "x"));
    assert_eq!((paths(&found), found.compared), (Vec::new(), 3));
}

#[test]
fn two_routers_are_compared_by_what_both_have() {
    let mut other = home(2, "60", "Ost");
    other.remove_below(SSID);
    let found = with_one(&home(1, "3600", "West"), &other);
    assert_eq!(paths(&found), [LEASE]);
    assert_eq!(found.compared, 2);
    let row = &found.groups[0].rows[0];
    assert_eq!((row.usual.as_str(), row.same, row.of), ("60", 1, 1));
    assert_eq!(with_one(&Tree::default(), &other), Found::default());
}

#[test]
fn rows_of_one_object_stand_together_and_their_number_is_bounded() {
    let many = |value: &str| {
        let mut tree = Tree::default();
        for n in 0..1100 {
            let path = format!("Device.X_A.{}.P{n:04}", n / 550 + 1);
            tree.set_value(&path, ValueType::String, value, Timestamp(1));
            tree.set_info(&path, true);
        }
        tree
    };
    let found = with_one(&many("a"), &many("b"));
    assert!(found.truncated);
    assert_eq!(found.groups.iter().map(|group| group.rows.len()).collect::<Vec<_>>(), [550, 450]);
}
