//! Subscribers and the devices at their lines.

use super::{NOW, identity, register};
use crate::Store;
use crate::store_test;
use model::SubscriberId;
use model::subscriber::SubscriberInput;

fn input(account: &str, name: &str, serial: &str) -> SubscriberInput {
    SubscriberInput {
        name: name.into(),
        account: account.into(),
        phones: vec!["+49 171 555-0123".into()],
        email: "x@example.net".into(),
        address: "Hill 1".into(),
        plan: "Fibre 500".into(),
        device_serial: serial.into(),
        ..SubscriberInput::default()
    }
}

async fn owner(store: &Store, serial: &str) -> Option<SubscriberId> {
    store.device_by_identity(&identity(serial)).await.unwrap().unwrap().subscriber
}

/// Titles of what a search finds.
async fn found(store: &Store, text: &str) -> Vec<String> {
    let mut titles: Vec<_> = store.search(text, 50, NOW).await.unwrap().into_iter().map(|hit| hit.title).collect();
    titles.sort();
    titles
}

store_test! {
    async fn a_subscriber_is_known_by_the_account(database: Database) {
        let store = database.store();
        let id = store.put_subscriber(&input(" A1 ", " Ada ", ""), NOW).await.unwrap();
        let again = store.put_subscriber(&input("A1", "Ada Byron", ""), NOW.plus_seconds(9)).await.unwrap();
        assert_eq!(id, again);
        let view = store.subscriber(id).await.unwrap().unwrap();
        assert_eq!((view.name.as_str(), view.account.as_str(), view.created_at), ("Ada Byron", "A1", NOW));
        assert_eq!((view.phones[0].number.as_str(), view.plan.as_str()), ("+49 171 555-0123", "Fibre 500"));
        assert_eq!(store.subscriber(SubscriberId(id.0 + 1)).await.unwrap(), None);
    }

    async fn links_come_in_either_order(database: Database) {
        let store = database.store();
        register(&store, "EARLY").await;
        let early = store.put_subscriber(&input("A1", "Early", "EARLY"), NOW).await.unwrap();
        let late = store.put_subscriber(&input("A2", "Late", "LATE"), NOW).await.unwrap();
        assert_eq!(register(&store, "LATE").await.subscriber, Some(late));
        assert_eq!(owner(&store, "EARLY").await, Some(early));
        // A device stands for its subscriber: one hit each, with the device.
        for (text, title) in [("early", "Early"), ("late", "Late")] {
            let hits = store.search(text, 10, NOW).await.unwrap();
            assert_eq!(hits.len(), 1, "{hits:?}");
            assert_eq!(hits[0].title, title);
            assert!(hits[0].device.is_some());
        }
        assert_eq!(register(&store, "OTHER").await.subscriber, None);
    }

    async fn a_line_moves_to_another_device(database: Database) {
        let store = database.store();
        register(&store, "OLD1").await;
        register(&store, "NEW1").await;
        let id = store.put_subscriber(&input("A1", "Ada", "OLD1"), NOW).await.unwrap();
        // No serial number: all stays.
        store.put_subscriber(&input("A1", "Ada B", ""), NOW).await.unwrap();
        assert_eq!(owner(&store, "OLD1").await, Some(id));
        store.put_subscriber(&input("A1", "Ada B", "NEW1"), NOW).await.unwrap();
        assert_eq!((owner(&store, "OLD1").await, owner(&store, "NEW1").await), (None, Some(id)));
        assert_eq!(found(&store, "ada b").await, ["Ada B"]);
        assert_eq!(found(&store, "OLD1").await, ["Gateway"]);
    }

    async fn a_device_taken_over_leaves_its_subscriber_findable(database: Database) {
        let store = database.store();
        register(&store, "S1").await;
        let first = store.put_subscriber(&input("A1", "First", "S1"), NOW).await.unwrap();
        let second = store.put_subscriber(&input("A2", "Second", "S1"), NOW.plus_seconds(1)).await.unwrap();
        assert_ne!(first, second);
        assert_eq!(owner(&store, "S1").await, Some(second));
        let hits = store.search("first", 10, NOW).await.unwrap();
        assert_eq!((hits.len(), hits[0].title.as_str(), hits[0].device), (1, "First", None));
        let hits = store.search("second", 10, NOW).await.unwrap();
        assert!(hits.len() == 1 && hits[0].device.is_some());
        // Changing the first again does not take the device back.
        store.put_subscriber(&input("A1", "First", ""), NOW.plus_seconds(2)).await.unwrap();
        assert_eq!(owner(&store, "S1").await, Some(second));
    }

    async fn a_new_name_sorts_and_finds_at_once(database: Database) {
        use model::device::{DeviceQuery, DeviceSort};
        let store = database.store();
        for serial in ["S1", "S2"] {
            register(&store, serial).await;
        }
        store.put_subscriber(&input("A1", "zoe", "S1"), NOW).await.unwrap();
        store.put_subscriber(&input("A2", "Max", "S2"), NOW).await.unwrap();
        let query = DeviceQuery { sort: DeviceSort::Subscriber, ..DeviceQuery::default() };
        let order = async || {
            let rows = store.devices(&query, NOW).await.unwrap().items;
            rows.into_iter().map(|row| row.subscriber.unwrap().name).collect::<Vec<_>>()
        };
        assert_eq!(order().await, ["Max", "zoe"]);
        store.put_subscriber(&input("A1", "Anna", ""), NOW).await.unwrap();
        assert_eq!(order().await, ["Anna", "Max"]);
        assert_eq!((found(&store, "zoe").await.len(), found(&store, "anna").await.len()), (0, 1));
    }
}
