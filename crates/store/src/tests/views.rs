//! Kept views of the device list.

use super::desk::agent;
use crate::StoreError;
use crate::store_test;
use model::device::{Column, DeviceFilter, DeviceQuery, DeviceSort, Direction};
use model::{AgentId, ViewId};

fn query(model: &str) -> DeviceQuery {
    DeviceQuery {
        filter: DeviceFilter { model: model.into(), ..DeviceFilter::default() },
        sort: DeviceSort::Serial,
        direction: Direction::Descending,
        columns: Some([Column::Serial, Column::Plan].into_iter().collect()),
        ..DeviceQuery::default()
    }
}

store_test! {
    async fn views_are_kept_with_filter_order_and_columns(database: Database) {
        let store = database.store();
        let (ada, bob) = (agent(&store, "ada").await, agent(&store, "bob").await);
        let old = store.save_view(ada, "Old", &query("A"), false).await.unwrap();
        let all = store.save_view(ada, "All of us", &query("B"), true).await.unwrap();
        let names = async |who| -> Vec<(String, bool)> {
            store.views(who).await.unwrap().into_iter().map(|view| (view.name, view.mine)).collect()
        };
        assert_eq!(names(ada).await, [("All of us".to_owned(), true), ("Old".to_owned(), true)]);
        assert_eq!(names(bob).await, [("All of us".to_owned(), false)]);
        let view = store.view(ada, old).await.unwrap().unwrap();
        assert_eq!((view.query, view.by.as_str(), view.shared), (query("A"), "ada", false));
        assert!(store.view(bob, old).await.unwrap().is_none(), "another's own");
        assert!(store.view(bob, all).await.unwrap().is_some());

        // The same name again: the view is what it is now, and the same link stays.
        assert_eq!(store.save_view(ada, "Old", &query("C"), false).await.unwrap(), old);
        assert_eq!(store.view(ada, old).await.unwrap().unwrap().query, query("C"));
        store.change_view(old, "Older", true).await.unwrap();
        assert_eq!(names(bob).await, [("All of us".to_owned(), false), ("Older".to_owned(), false)]);
        assert!(matches!(store.change_view(old, "All of us", true).await, Err(StoreError::Conflict { .. })));
        assert!(matches!(store.change_view(ViewId(99), "X", true).await, Err(StoreError::NotFound { .. })));
        assert!(store.delete_view(old).await.unwrap());
        assert!(!store.delete_view(old).await.unwrap());
        assert_eq!(names(bob).await.len(), 1);
    }

    async fn nobody_has_more_than_fifty_views(database: Database) {
        let store = database.store();
        let ada = agent(&store, "ada").await;
        for number in 0..50 {
            store.save_view(ada, &format!("V{number}"), &query("A"), false).await.unwrap();
        }
        let more = store.save_view(ada, "one more", &query("A"), false).await;
        assert!(matches!(more, Err(StoreError::Conflict { .. })));
        assert!(store.save_view(ada, "V7", &query("B"), false).await.is_ok(), "one that is there may change");
        assert_eq!(store.views(ada).await.unwrap().len(), 50);
        let nobody = store.save_view(AgentId(99), "x", &query("A"), false).await;
        assert!(matches!(nobody, Err(StoreError::NotFound { .. })));
    }
}
