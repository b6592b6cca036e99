//! Lightweight notifications, from datagram to value.

use super::*;
use crate::exchange::Notified;
use cwmp::lightweight::{Notification, encode as sign};
use model::Timestamp;
use model::event::EventKind;

fn channel(ts: u64, value: &str) -> Notification {
    Notification {
        ts,
        username: "shared".into(),
        cnonce: format!("nonce-{ts}"),
        identity: identity("A"),
        parameters: vec![ParameterValue { name: "Device.Channel".into(), value: value.into(), ..Default::default() }],
    }
}

async fn notified(house: &House, bytes: &[u8]) -> Notified {
    house.acs.exchange().notified(bytes, Timestamp(crate::clock::now().0)).await
}

#[tokio::test]
async fn rule_300_a_signed_notification_changes_a_value_and_is_told() {
    let house = House::guarded().await;
    Cpe::new(&house, "A", 1).session().await;
    let id = house.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap().items[0].id;
    assert_eq!(notified(&house, &sign(&channel(5, "36"), "secret")).await, Notified::Taken);
    let tree = house.acs.exchange().writing.store.tree(id).await.unwrap().unwrap();
    assert_eq!(tree.value("Device.Channel"), Some("36"));
    let events = super::told(&house.acs, id).await;
    let told = |kind: &EventKind| matches!(kind, EventKind::Changed { changes, .. } if changes[0].after.as_deref() == Some("36"));
    assert!(events.iter().any(|event| told(&event.kind)), "{events:?}");
}

#[tokio::test]
async fn rule_301_what_is_not_signed_repeated_or_of_a_stranger_changes_nothing() {
    let house = House::guarded().await;
    Cpe::new(&house, "A", 1).session().await;
    let id = house.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap().items[0].id;
    assert_eq!(notified(&house, &sign(&channel(5, "36"), "wrong")).await, Notified::Unsigned);
    assert_eq!(notified(&house, &sign(&channel(5, "40"), "secret")).await, Notified::Taken);
    assert_eq!(notified(&house, &sign(&channel(5, "40"), "secret")).await, Notified::Repeated);
    assert_eq!(notified(&house, &sign(&channel(4, "36"), "secret")).await, Notified::Repeated);
    let stranger = Notification { identity: identity("B"), ..channel(9, "36") };
    assert_eq!(notified(&house, &sign(&stranger, "secret")).await, Notified::Stranger);
    assert_eq!(notified(&house, b"POST / HTTP/1.1\r\n\r\n<x/>").await, Notified::Unreadable);
    let tree = house.acs.exchange().writing.store.tree(id).await.unwrap().unwrap();
    assert_eq!(tree.value("Device.Channel"), Some("40"));
    assert_eq!(house.serials().await, ["A"], "a datagram registers nobody");
}
