//! Filters by presence: coarse times in the index, exact ones in the answer.

use super::{NOW, patch, register};
use crate::store_test;
use crate::{DevicePatch, Store};
use model::Timestamp;
use model::device::{DeviceFilter, DeviceQuery, DeviceSort, Presence};
use model::page::Count;

async fn inform(store: &Store, id: model::DeviceId, at: Timestamp, interval: i64) {
    let change = DevicePatch {
        last_inform: Some(at),
        late_at: Some(at.plus_seconds(interval)),
        overdue_at: Some(at.plus_seconds(2 * interval)),
        ..DevicePatch::default()
    };
    patch(store, id, change).await;
}

/// The list must say the same as each row says of itself, at any time.
async fn check(store: &Store, now: Timestamp) {
    let all = DeviceQuery { limit: 200, ..DeviceQuery::default() };
    let rows = store.devices(&all, None, now).await.unwrap().items;
    for presence in Presence::ALL {
        let mut expected: Vec<_> = rows.iter().filter(|row| row.presence(now) == presence).map(|row| row.id).collect();
        expected.sort_unstable();
        let filter = DeviceFilter { presence: Some(presence), ..DeviceFilter::default() };
        let count = store.count_devices(&filter, None, now, 1000).await.unwrap();
        assert_eq!(count, Count::Exact(expected.len() as u64), "{presence:?} at {now:?}");
        for sort in DeviceSort::ALL {
            let query = DeviceQuery { filter: filter.clone(), sort, limit: 200, ..DeviceQuery::default() };
            let mut found: Vec<_> =
                store.devices(&query, None, now).await.unwrap().items.iter().map(|row| row.id).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{presence:?} by {sort:?} at {now:?}");
        }
    }
}

store_test! {
    async fn the_filter_agrees_with_each_row(database: Database) {
        let store = database.store();
        let mut ids = Vec::new();
        for number in 0..12i64 {
            let id = register(&store, &format!("S{number}")).await.id;
            inform(&store, id, NOW.plus_seconds(-number * 211), 300 + number * 97).await;
            ids.push(id);
        }
        let until = DevicePatch { rebooting_until: Some(Some(NOW.plus_seconds(120))), ..DevicePatch::default() };
        patch(&store, ids[4], until).await;
        for seconds in [-5000, -1, 0, 1, 119, 120, 121, 700, 899, 900, 901, 3600, 90_000] {
            check(&store, NOW.plus_seconds(seconds)).await;
        }
    }

    async fn coarse_times_follow_many_informs(database: Database) {
        let store = database.store();
        let id = register(&store, "S1").await.id;
        let mut at = NOW;
        // Intervals that change, backwards too: what is stored coarsely must never hide the device.
        for interval in [300, 300, 300, 86_400, 60, 60, 900, 899, 3600, 5, 300, 300, 300, 300, 300] {
            at = at.plus_seconds(287);
            inform(&store, id, at, interval).await;
            for seconds in [0, interval - 1, interval, 2 * interval - 1, 2 * interval] {
                check(&store, at.plus_seconds(seconds)).await;
            }
        }
    }

    async fn only_the_times_due_may_be_written_alone(database: Database) {
        let store = database.store();
        let id = register(&store, "S1").await.id;
        for seconds in [10, 5000, 20, 100_000] {
            let change = DevicePatch { late_at: Some(NOW.plus_seconds(seconds)), ..DevicePatch::default() };
            patch(&store, id, change).await;
            check(&store, NOW.plus_seconds(seconds - 1)).await;
            check(&store, NOW.plus_seconds(seconds)).await;
        }
    }
}
