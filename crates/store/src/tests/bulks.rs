//! Orders for many devices.

use super::desk::agent;
use super::{NOW, register};
use crate::store_test;
use crate::{BulkStep, NewBulk, NewTask, Store, StoreError};
use model::bulk::{BulkKind, BulkSkip};
use model::device::DeviceFilter;
use model::{AgentId, BulkId, DeviceId};

async fn prepare(store: &Store, agent: AgentId, devices: &[DeviceId]) -> BulkId {
    let new = NewBulk { agent, by: "Ada".into(), kind: BulkKind::Reboot, devices: devices.into(), now: NOW };
    let view = store.prepare_bulk(new).await.unwrap();
    assert_eq!((view.total as usize, view.queued, view.started_at), (devices.len(), 0, None));
    view.id
}

fn step(from: u32, done: u32, tasks: &[DeviceId]) -> BulkStep {
    let task = |device: &DeviceId| NewTask::new(*device, BulkKind::Reboot.task(), "Ada", NOW);
    BulkStep { from, done, tasks: tasks.iter().map(task).collect(), ..BulkStep::default() }
}

store_test! {
    async fn an_order_queues_each_task_once(database: Database) {
        let store = database.store();
        let ada = agent(&store, "ada").await;
        let (a, b) = (register(&store, "A").await.id, register(&store, "B").await.id);
        let id = prepare(&store, ada, &[a, b, DeviceId(999)]).await;
        assert_eq!(store.bulk_devices(id).await.unwrap(), [a, b, DeviceId(999)]);
        assert!(store.bulks(ada).await.unwrap().is_empty(), "nobody confirmed it");
        assert!(store.bulk_step(id, &step(0, 1, &[a])).await.unwrap().is_none(), "nothing before it is confirmed");
        assert!(store.start_bulk(id, NOW).await.unwrap());
        assert!(!store.start_bulk(id, NOW.plus_seconds(1)).await.unwrap(), "a second press starts nothing");
        assert_eq!(store.running_bulks().await.unwrap(), [id]);

        let queued = store.bulk_step(id, &step(0, 1, &[a])).await.unwrap().unwrap();
        assert_eq!(queued.iter().map(|task| task.device).collect::<Vec<_>>(), [a]);
        assert!(store.bulk_step(id, &step(0, 1, &[a])).await.unwrap().is_none(), "the same step twice");
        assert_eq!(store.open_tasks(a).await.unwrap().len(), 1);
        // A device that is gone takes its whole step back.
        let gone = store.bulk_step(id, &step(1, 3, &[b, DeviceId(999)])).await;
        assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
        assert_eq!(store.bulk(id).await.unwrap().unwrap().done, 1);
        assert!(store.open_tasks(b).await.unwrap().is_empty());
        let last = BulkStep { skipped: vec![(BulkSkip::Gone, 1)], ended_at: Some(NOW), ..step(1, 3, &[b]) };
        assert_eq!(store.bulk_step(id, &last).await.unwrap().unwrap().len(), 1);
        let record = store.bulk(id).await.unwrap().unwrap();
        assert_eq!((record.done, record.view.queued, record.view.skipped), (3, 2, vec![(BulkSkip::Gone, 1)]));
        assert_eq!((record.view.ended_at, record.agent), (Some(NOW), ada));
        assert!(store.running_bulks().await.unwrap().is_empty());
        assert_eq!(store.bulks(ada).await.unwrap().len(), 1);
        assert!(store.dismiss_bulk(id).await.unwrap());
        assert!(store.bulks(ada).await.unwrap().is_empty());
    }

    async fn a_stopped_order_queues_nothing_more(database: Database) {
        let store = database.store();
        let ada = agent(&store, "ada").await;
        let a = register(&store, "A").await.id;
        let id = prepare(&store, ada, &[a]).await;
        assert!(!store.stop_bulk(id, NOW).await.unwrap(), "it does not run");
        store.start_bulk(id, NOW).await.unwrap();
        assert!(!store.dismiss_bulk(id).await.unwrap(), "what runs stays visible");
        assert!(store.stop_bulk(id, NOW).await.unwrap());
        assert!(!store.stop_bulk(id, NOW.plus_seconds(1)).await.unwrap());
        assert!(store.bulk_step(id, &step(0, 1, &[a])).await.unwrap().is_none());
        assert!(store.open_tasks(a).await.unwrap().is_empty());
    }

    async fn orders_that_are_over_are_forgotten(database: Database) {
        let store = database.store();
        let (ada, bob) = (agent(&store, "ada").await, agent(&store, "bob").await);
        let a = register(&store, "A").await.id;
        let (left, ended) = (prepare(&store, ada, &[a]).await, prepare(&store, ada, &[a]).await);
        store.start_bulk(ended, NOW).await.unwrap();
        store.stop_bulk(ended, NOW).await.unwrap();
        let again = async |seconds| {
            let now = NOW.plus_seconds(seconds);
            let new = NewBulk { agent: bob, by: "Bob".into(), kind: BulkKind::Refresh, devices: vec![a], now };
            store.prepare_bulk(new).await.unwrap();
        };
        again(3_700).await;
        assert!(store.bulk(left).await.unwrap().is_none(), "nobody confirmed it in an hour");
        assert!(store.bulk(ended).await.unwrap().is_some());
        again(8 * 86_400).await;
        assert!(store.bulk(ended).await.unwrap().is_none());
        let nobody = NewBulk { agent: AgentId(99), by: String::new(), kind: BulkKind::Refresh, devices: vec![a], now: NOW };
        assert!(matches!(store.prepare_bulk(nobody).await, Err(StoreError::NotFound { .. })));
    }

    async fn everything_that_matches_is_found_up_to_a_limit(database: Database) {
        let store = database.store();
        let mut ids = Vec::new();
        for number in 0..7 {
            ids.push(register(&store, &format!("SER{number}")).await.id);
        }
        let all = DeviceFilter::default();
        assert_eq!(store.device_ids(&all, None, NOW, 100).await.unwrap(), ids);
        assert_eq!(store.device_ids(&all, None, NOW, 3).await.unwrap().len(), 3);
        let one = DeviceFilter { text: "SER3".into(), ..DeviceFilter::default() };
        assert_eq!(store.device_ids(&one, None, NOW, 100).await.unwrap(), [ids[3]]);
        let maker = DeviceFilter { text: "SER3".into(), manufacturer: "Acme".into(), ..DeviceFilter::default() };
        assert_eq!(store.device_ids(&maker, None, NOW, 100).await.unwrap(), [ids[3]]);
        let none = DeviceFilter { model: "other".into(), ..DeviceFilter::default() };
        assert!(store.device_ids(&none, None, NOW, 100).await.unwrap().is_empty());
    }
}
