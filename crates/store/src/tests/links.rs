//! Devices and the lines they are at: by hand, by rules.

use super::{NOW, identity, new_device, person, put, register};
use crate::store_test;
use crate::{Commit, DevicePatch, HandLink, NewDevice, Store, TimelineEntry, Write, Written};
use model::event::EventKind;
use model::subscriber::{LinkRules, LinkWhy, SubscriberChange, SubscriberEventKind};
use model::timeline::TimelineFilter;
use model::{DeviceId, SubscriberId};

async fn owner(store: &Store, serial: &str) -> Option<SubscriberId> {
    store.device_by_identity(&identity(serial)).await.unwrap().unwrap().subscriber
}

async fn timeline(store: &Store, id: DeviceId) -> Vec<EventKind> {
    let page = store.timeline(id, &TimelineFilter::default(), None, 50).await.unwrap();
    let event = |entry| match entry {
        TimelineEntry::Event(event) => Some(event.kind),
        TimelineEntry::Note(_) => None,
    };
    page.items.into_iter().filter_map(event).collect()
}

/// A device says something else than before; what came of it.
async fn says(store: &Store, id: DeviceId, patch: DevicePatch) -> Option<Option<SubscriberId>> {
    let written = store.commit(Commit { writes: vec![Write::Device { id, patch }] }).await.unwrap().written;
    match written.into_iter().next() {
        Some(Written::Linked(linked)) => Some(linked.subscriber),
        other => {
            assert_eq!(other, Some(Written::Done));
            None
        }
    }
}

fn code(code: &str) -> DevicePatch {
    DevicePatch { provisioning_code: Some(code.into()), ..DevicePatch::default() }
}

fn user(user: &str) -> DevicePatch {
    DevicePatch { ppp_user: Some(user.into()), ..DevicePatch::default() }
}

async fn rules(store: &Store) {
    let rules =
        LinkRules { provisioning_code: true, pattern: "ISP-{account}".into(), ppp_user: true, ..LinkRules::default() };
    store.set_link_rules(&rules).await.unwrap();
    assert_eq!(store.link_rules().await.unwrap(), rules);
}

store_test! {
    async fn links_come_in_either_order(database: Database) {
        let store = database.store();
        register(&store, "EARLY").await;
        let early = person(&store, "A1", "Early", &["EARLY"]).await;
        let late = person(&store, "A2", "Late", &["LATE"]).await;
        assert_eq!(register(&store, "LATE").await.subscriber, Some(late));
        assert_eq!(owner(&store, "EARLY").await, Some(early));
        // A device stands for its subscriber: one hit each, with the device.
        for (text, title) in [("early", "Early"), ("late", "Late")] {
            let hits = store.search(text, None, 10, NOW).await.unwrap();
            assert_eq!(hits.len(), 1, "{hits:?}");
            assert_eq!(hits[0].title, title);
            assert!(hits[0].device.is_some() && hits[0].subscriber.is_some());
        }
        assert_eq!(register(&store, "OTHER").await.subscriber, None);
    }

    async fn one_subscriber_has_many_devices(database: Database) {
        let store = database.store();
        let id = person(&store, "A1", "Ada", &["S1", "S2"]).await;
        for serial in ["S1", "S2"] {
            assert_eq!(register(&store, serial).await.subscriber, Some(id));
        }
        assert_eq!(store.devices_of(id).await.unwrap().len(), 2);
        // A serial number less: that device goes, the other stays.
        person(&store, "A1", "Ada", &["S2"]).await;
        assert_eq!((owner(&store, "S1").await, owner(&store, "S2").await), (None, Some(id)));
        assert_eq!(store.serials_of(id).await.unwrap(), ["S2"]);
        // No list at all: all stays.
        let name = SubscriberChange { account: "A1".into(), name: Some("Ada B".into()), ..SubscriberChange::default() };
        put(&store, name, NOW).await;
        assert_eq!(owner(&store, "S2").await, Some(id));
    }

    async fn a_device_taken_over_leaves_its_subscriber_findable(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let first = person(&store, "A1", "First", &["S1"]).await;
        let second = person(&store, "A2", "Second", &["S1"]).await;
        assert_ne!(first, second);
        assert_eq!(owner(&store, "S1").await, Some(second));
        let hits = store.search("first", None, 10, NOW).await.unwrap();
        assert_eq!((hits.len(), hits[0].title.as_str(), hits[0].device), (1, "First", None));
        let hits = store.search("second", None, 10, NOW).await.unwrap();
        assert!(hits.len() == 1 && hits[0].device.is_some());
        let moved = EventKind::Linked { subscriber: second, account: "A2".into(), why: LinkWhy::Serial, before: Some("A1".into()) };
        assert_eq!(timeline(&store, device).await[0], moved);
        let lost = store.subscriber_events(first, None, 1).await.unwrap().items.remove(0);
        assert_eq!(lost.kind, SubscriberEventKind::DeviceUnlinked { device, serial: "S1".into(), to: Some("A2".into()) });
    }

    async fn rules_go_by_what_the_device_says(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let ada = person(&store, "4711", "Ada", &[]).await;
        assert_eq!(says(&store, device, code("ISP-4711")).await, None, "rules are off until somebody sets them");
        rules(&store).await;
        assert_eq!(says(&store, device, code("XYZ-4711")).await, None);
        assert_eq!(says(&store, device, code("ISP-4711")).await, Some(Some(ada)));
        let why = LinkWhy::ProvisioningCode { value: "ISP-4711".into() };
        let linked = EventKind::Linked { subscriber: ada, account: "4711".into(), why, before: None };
        assert_eq!(timeline(&store, device).await, [linked]);
        // A box that went to another line says so, and follows.
        let bob = person(&store, "4712", "Bob", &[]).await;
        assert_eq!(says(&store, device, code("ISP-4712")).await, Some(Some(bob)));
        // What fits nobody changes nothing.
        assert_eq!(says(&store, device, code("ISP-9")).await, None);
        assert_eq!(owner(&store, "S1").await, Some(bob));
    }

    async fn a_ppp_user_is_compared_with_or_without_its_realm(database: Database) {
        let store = database.store();
        rules(&store).await;
        let change = SubscriberChange {
            account: "A1".into(),
            name: Some("Ada".into()),
            ppp_user: Some("Ada@isp.example".into()),
            ..SubscriberChange::default()
        };
        let ada = put(&store, change, NOW).await;
        let account = person(&store, "4711", "Bob", &[]).await;
        let devices = ["S1", "S2", "S3"].map(|serial| async { register(&store, serial).await.id });
        let [first, second, third] = devices;
        let (first, second, third) = (first.await, second.await, third.await);
        assert_eq!(says(&store, first, user("ada@other.example")).await, Some(Some(ada)));
        assert_eq!(says(&store, second, user("4711@isp.example")).await, Some(Some(account)));
        store.set_link_rules(&LinkRules { strip_realm: false, ..store.link_rules().await.unwrap() }).await.unwrap();
        assert_eq!(says(&store, third, user("ada@other.example")).await, None);
        assert_eq!(says(&store, third, user("ADA@isp.example")).await, Some(Some(ada)));
        assert_eq!(store.devices_of(ada).await.unwrap().len(), 2);
    }

    async fn what_fits_two_is_left_alone_and_told_once(database: Database) {
        let store = database.store();
        rules(&store).await;
        let device = register(&store, "S1").await.id;
        person(&store, "4711", "Ada", &[]).await;
        person(&store, "4712", "Bob", &[]).await;
        says(&store, device, code("ISP-4711")).await;
        assert_eq!(says(&store, device, user("4712")).await, Some(owner(&store, "S1").await));
        let accounts = vec!["4711".to_owned(), "4712".to_owned()];
        assert_eq!(store.link_conflict(device).await.unwrap(), accounts);
        let conflict = EventKind::LinkConflict { accounts };
        assert_eq!(timeline(&store, device).await.iter().filter(|kind| **kind == conflict).count(), 1);
        // Put again, every night: told once.
        person(&store, "4712", "Bob B", &[]).await;
        assert_eq!(timeline(&store, device).await.iter().filter(|kind| **kind == conflict).count(), 1);
        assert_eq!(says(&store, device, user("4711")).await, None);
        assert_eq!(store.link_conflict(device).await.unwrap(), Vec::<String>::new());
    }

    async fn a_serial_number_given_twice_says_nothing(database: Database) {
        let store = database.store();
        let id = person(&store, "A1", "Ada", &["S1"]).await;
        assert_eq!(register(&store, "S1").await.subscriber, Some(id));
        let mut twin: NewDevice = new_device("S1");
        twin.identity.oui = "FFFFFF".into();
        assert_eq!(store.register_device(&twin).await.unwrap().subscriber, None);
    }

    async fn a_person_decides_over_rules(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let ada = person(&store, "A1", "Ada", &["S1"]).await;
        let bob = person(&store, "A2", "Bob", &[]).await;
        // Another's device is moved only by one who knows whose it is.
        let HandLink::Elsewhere(other) = store.link_device(device, bob, None, "Maria", NOW).await.unwrap() else { panic!() };
        assert_eq!(other.id, ada);
        assert_eq!(owner(&store, "S1").await, Some(ada));
        let HandLink::Done(Some(linked)) = store.link_device(device, bob, Some(ada), "Maria", NOW).await.unwrap() else { panic!() };
        assert_eq!((linked.subscriber, linked.event.by.as_deref()), (Some(bob), Some("Maria")));
        assert_eq!(store.serials_of(ada).await.unwrap(), Vec::<String>::new());
        assert_eq!(store.link_device(device, bob, None, "Maria", NOW).await.unwrap(), HandLink::Done(None));
        // The list of another claims it in vain.
        person(&store, "A1", "Ada", &["S1"]).await;
        assert_eq!(owner(&store, "S1").await, Some(bob));
        // Nobody's is a decision, too.
        assert_eq!(store.unlink_device(device, ada, "Maria", NOW).await.unwrap(), None);
        assert_eq!(store.unlink_device(device, bob, "Maria", NOW).await.unwrap().unwrap().subscriber, None);
        person(&store, "A1", "Ada L", &["S1"]).await;
        assert_eq!(owner(&store, "S1").await, None);
        // Until the device says something new.
        rules(&store).await;
        assert!(says(&store, device, code("ISP-A2")).await.is_some());
        assert!(matches!(store.link_device(DeviceId(99), bob, None, "x", NOW).await, Err(crate::StoreError::NotFound { what: "device" })));
        assert!(matches!(
            store.link_device(device, SubscriberId(99), None, "x", NOW).await,
            Err(crate::StoreError::NotFound { what: "subscriber" })
        ));
    }

    async fn rules_are_held_against_all_devices_when_they_change(database: Database) {
        let store = database.store();
        let mut devices = Vec::new();
        for number in 0..5 {
            let device = register(&store, &format!("S{number}")).await.id;
            says(&store, device, code(&format!("ISP-A{number}"))).await;
            person(&store, &format!("A{number}"), "Person", &[]).await;
            devices.push(device);
        }
        rules(&store).await;
        let (mut after, mut linked) = (DeviceId(0), 0);
        loop {
            let (next, more) = store.apply_link_rules(after, 2, NOW).await.unwrap();
            linked += more.len();
            let Some(next) = next else { break };
            after = next;
        }
        assert_eq!(linked, 5);
        assert!(owner(&store, "S4").await.is_some());
        // Subscribers that come after their devices find them, too.
        let late = register(&store, "S9").await.id;
        says(&store, late, code("ISP-A9")).await;
        let nine = person(&store, "A9", "Nine", &[]).await;
        assert_eq!(owner(&store, "S9").await, Some(nine));
    }

    async fn serial_numbers_are_waited_for(database: Database) {
        let store = database.store();
        let ada = person(&store, "A1", "Ada", &[]).await;
        let bob = person(&store, "A2", "Bob", &[]).await;
        store.expect_serial(ada, " S1 ").await.unwrap();
        store.expect_serial(ada, "S1").await.unwrap();
        assert!(matches!(store.expect_serial(bob, "S1").await, Err(crate::StoreError::Conflict { .. })));
        assert_eq!(store.expects("S1").await.unwrap().unwrap().id, ada);
        assert!(!store.unexpect_serial(bob, "S1").await.unwrap());
        assert!(store.unexpect_serial(ada, "S1").await.unwrap());
        assert_eq!(register(&store, "S1").await.subscriber, None);
        assert_eq!(store.devices_by_serial("S1").await.unwrap().len(), 1);
    }
}
