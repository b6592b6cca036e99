//! Data models: replacing by name, removing, noticing changes.

use super::NOW;
use crate::store_test;
use crate::{DataModelRecord, Store};

fn record(name: &str, seconds: i64) -> DataModelRecord {
    DataModelRecord {
        name: name.into(),
        root: "Device.".into(),
        content: vec![1, 0, 255],
        objects: 3,
        parameters: 7,
        imported_at: NOW.plus_seconds(seconds),
    }
}

async fn names(store: &Store) -> Vec<String> {
    store.data_models().await.unwrap().into_iter().map(|record| record.name).collect()
}

store_test! {
    async fn the_last_imported_comes_first_and_names_are_known_once(database: Database) {
        let store = database.store();
        store.put_data_models(&[record("A:1", 1), record("B:1", 2)]).await.unwrap();
        assert_eq!(store.data_models().await.unwrap(), [record("B:1", 2), record("A:1", 1)]);
        let again = DataModelRecord { content: vec![1, 2], parameters: 8, ..record("A:1", 3) };
        store.put_data_models(std::slice::from_ref(&again)).await.unwrap();
        assert_eq!(store.data_models().await.unwrap(), [again.clone(), record("B:1", 2)]);
        assert_eq!((again.view().bytes, again.view().parameters), (2, 8));
        assert!(store.remove_data_model("A:1").await.unwrap());
        assert!(!store.remove_data_model("A:1").await.unwrap());
        assert_eq!(names(&store).await, ["B:1"]);
    }

    async fn another_process_notices_each_change(database: Database) {
        let (store, other) = (database.store(), database.open_again().await);
        let mut seen = vec![other.data_models_version().await.unwrap()];
        store.put_data_models(&[record("A:1", 1)]).await.unwrap();
        seen.push(other.data_models_version().await.unwrap());
        store.put_data_models(&[record("A:1", 1)]).await.unwrap();
        seen.push(other.data_models_version().await.unwrap());
        store.remove_data_model("A:1").await.unwrap();
        seen.push(other.data_models_version().await.unwrap());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 4, "{seen:?}");
        other.close().await;
    }
}
