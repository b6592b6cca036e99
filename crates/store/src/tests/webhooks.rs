//! Webhooks and their deliveries.

use super::NOW;
use crate::store_test;
use crate::{NewDelivery, Tried};
use model::webhook::{DeliveryState, WebhookInput};
use model::{DeviceId, EventId, Scope};

fn input() -> WebhookInput {
    WebhookInput {
        name: "CRM".into(),
        url: "https://crm.example/hook".into(),
        kinds: vec!["boot".into()],
        scope: Scope::default(),
        enabled: true,
    }
}

fn delivery(event: i64, device: i64) -> NewDelivery {
    let body = format!("{{\"id\":{event}}}");
    NewDelivery { event: Some(EventId(event)), device: Some(DeviceId(device)), kind: "boot".into(), body }
}

fn tried(state: DeliveryState, seconds: i64) -> Tried {
    let at = NOW.plus_seconds(1);
    Tried { state, at, next_at: NOW.plus_seconds(seconds), status: Some(500), duration_ms: 12, said: "no".into() }
}

store_test! {
    async fn events_become_deliveries_once_and_go_out_in_order(database: Database) {
        let store = database.store();
        let hook = store.insert_webhook(&input(), "whsec_abc", 5, "Maria", NOW).await.unwrap();
        let id = hook.view.id;
        assert!(!format!("{hook:?}").contains("whsec_abc"));
        assert_eq!((hook.upto, hook.view.kinds.as_slice()), (5, &["boot".to_owned()][..]));
        let wanted = [delivery(6, 1), delivery(7, 1), delivery(8, 2)];
        assert!(store.fan_out(id, 5, 9, &wanted, NOW).await.unwrap());
        assert!(!store.fan_out(id, 5, 9, &wanted, NOW).await.unwrap(), "it has looked at them already");
        assert!(store.fan_out(id, 9, 10, &[delivery(6, 1)], NOW).await.is_err(), "each event once");
        assert_eq!(store.webhook(id).await.unwrap().unwrap().upto, 9, "both or nothing");

        // Of each device the oldest; the next when that has ended.
        let due = store.due_deliveries(NOW, 10).await.unwrap();
        assert_eq!(due.iter().map(|due| due.body.as_str()).collect::<Vec<_>>(), ["{\"id\":6}", "{\"id\":8}"]);
        assert!(store.take_delivery(&due[0], NOW.plus_seconds(60)).await.unwrap());
        assert!(!store.take_delivery(&due[0], NOW.plus_seconds(60)).await.unwrap(), "by one at a time");
        assert_eq!(store.due_deliveries(NOW, 10).await.unwrap().len(), 1, "the one behind it waits");
        store.delivery_tried(&due[0], &tried(DeliveryState::Waiting, 30)).await.unwrap();
        assert_eq!(store.due_deliveries(NOW.plus_seconds(29), 10).await.unwrap().len(), 1);
        let again = store.due_deliveries(NOW.plus_seconds(30), 10).await.unwrap();
        assert_eq!((again.len(), again[1].attempts), (2, 1), "{again:?}");
        store.delivery_tried(&again[1], &tried(DeliveryState::Delivered, 0)).await.unwrap();
        let next = store.due_deliveries(NOW.plus_seconds(30), 10).await.unwrap();
        assert_eq!(next.iter().map(|due| due.body.as_str()).collect::<Vec<_>>(), ["{\"id\":7}", "{\"id\":8}"]);

        let log = store.deliveries(id, 100).await.unwrap();
        assert_eq!(log.iter().map(|one| one.state.as_str()).collect::<Vec<_>>(), ["waiting", "waiting", "delivered"]);
        assert_eq!((log[2].status, log[2].duration_ms, log[2].said.as_str()), (Some(500), Some(12), "no"));
        assert_eq!(store.webhook(id).await.unwrap().unwrap().view.waiting, 2);

        // One that is off is not served, and goes with its deliveries.
        store.stop_webhook(id, "It failed.").await.unwrap();
        assert!(store.due_deliveries(NOW.plus_seconds(60), 10).await.unwrap().is_empty());
        assert_eq!(store.webhooks().await.unwrap()[0].view.stopped.as_deref(), Some("It failed."));
        store.update_webhook(id, &input()).await.unwrap();
        let on = store.webhook(id).await.unwrap().unwrap().view;
        assert!(on.enabled && on.stopped.is_none());
        assert!(store.delete_webhook(id).await.unwrap() && !store.delete_webhook(id).await.unwrap());
        assert!(store.deliveries(id, 100).await.unwrap().is_empty());
        assert!(store.update_webhook(id, &input()).await.is_err());
    }

    async fn of_what_has_ended_the_newest_is_kept(database: Database) {
        let store = database.store();
        let id = store.insert_webhook(&input(), "whsec_abc", 0, "Maria", NOW).await.unwrap().view.id;
        let many: Vec<_> = (1..=105).map(|event| delivery(event, event)).collect();
        store.fan_out(id, 0, 200, &many, NOW).await.unwrap();
        for due in store.due_deliveries(NOW, 200).await.unwrap() {
            store.delivery_tried(&due, &tried(DeliveryState::Dead, 0)).await.unwrap();
        }
        let log = store.deliveries(id, 200).await.unwrap();
        assert_eq!((log.len(), log[99].event), (100, Some(EventId(6))));
    }
}
