//! Trees in the database.

use super::{NOW, codec::gateway, patch, register, write};
use crate::store_test;
use crate::{Commit, DevicePatch, Store, StoreError, Tree, Write};
use model::DeviceId;
use model::tree::ValueType;
use sea_orm::ConnectionTrait;
use std::sync::Arc;

async fn put(store: &Store, device: DeviceId, tree: &Tree) {
    write(store, vec![Write::Tree { device, tree: Arc::new(tree.clone()) }]).await;
}

fn hot(device: DeviceId, seconds: i64, values: &[(&str, &str)]) -> Write {
    let values = values.iter().map(|(path, value)| ((*path).into(), ValueType::UnsignedInt, (*value).into())).collect();
    Write::Hot { device, at: NOW.plus_seconds(seconds), values }
}

store_test! {
    async fn trees_come_back_as_they_were(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        assert_eq!(store.tree(device).await.unwrap(), None);
        assert_eq!(store.tree_size(device).await.unwrap(), None);
        let tree = gateway(1);
        put(&store, device, &tree).await;
        assert_eq!(store.tree(device).await.unwrap().unwrap(), tree);
        let size = store.tree_size(device).await.unwrap().unwrap();
        assert!((500..=3 * 1024).contains(&size), "{size}");
        let mut smaller = tree.clone();
        smaller.remove_below("Device.Hosts.");
        put(&store, device, &smaller).await;
        assert_eq!(store.tree(device).await.unwrap().unwrap(), smaller);
        assert!(store.tree_size(device).await.unwrap().unwrap() < size);
        // A process that has never seen the model.
        let other = database.open_again().await;
        assert_eq!(other.tree(device).await.unwrap().unwrap(), smaller);
        other.close().await;
    }

    async fn peers_are_of_one_maker_model_and_firmware_and_were_read(database: Database) {
        let store = database.store();
        let mut ids = Vec::new();
        for (number, (model, software, read)) in
            [("M", "1", 10), ("M", "1", 30), ("M", "1", 20), ("M", "2", 40), ("N", "1", 50), ("M", "1", 0)]
                .into_iter()
                .enumerate()
        {
            let id = register(&store, &format!("S{number}")).await.id;
            let tree_read_at = (read > 0).then(|| NOW.plus_seconds(read));
            let change = DevicePatch {
                model: Some(model.into()),
                software_version: Some(software.into()),
                tree_read_at: Some(tree_read_at),
                ..DevicePatch::default()
            };
            patch(&store, id, change).await;
            ids.push(id);
        }
        let of = store.device(ids[0]).await.unwrap().unwrap();
        assert_eq!(store.peers(&of, 20).await.unwrap(), [ids[1], ids[2]]);
        assert_eq!(store.peers(&of, 1).await.unwrap(), [ids[1]]);
        let other = store.device(ids[4]).await.unwrap().unwrap();
        assert_eq!(store.peers(&other, 20).await.unwrap(), []);
    }

    async fn trees_of_several_devices_come_in_their_order_with_values_of_informs(database: Database) {
        let store = database.store();
        let (a, b, c) = (register(&store, "A").await.id, register(&store, "B").await.id, register(&store, "C").await.id);
        put(&store, a, &gateway(1)).await;
        put(&store, b, &gateway(2)).await;
        write(&store, vec![hot(b, 60, &[("Device.DeviceInfo.UpTime", "77")])]).await;
        let trees = store.trees(&[b, c, a]).await.unwrap();
        assert_eq!(trees.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [b, a]);
        assert_eq!(trees[0].1, store.tree(b).await.unwrap().unwrap());
        assert_eq!(trees[0].1.value("Device.DeviceInfo.UpTime"), Some("77"));
        assert_eq!(trees[1].1, gateway(1));
        assert_eq!(store.trees(&[]).await.unwrap(), []);
    }

    async fn two_processes_share_a_dictionary(database: Database) {
        let (here, there) = (database.store(), database.open_again().await);
        let mut expected = Vec::new();
        for number in 0..6 {
            let device = register(&here, &format!("S{number}")).await.id;
            let mut tree = gateway(number);
            // Each brings names of its own, in turns from both sides.
            tree.set_info(&format!("Device.X_ACME_{number}.Extra"), true);
            put(if number % 2 == 0 { &here } else { &there }, device, &tree).await;
            expected.push((device, tree));
        }
        // And at once.
        let writes: Vec<_> = (0..12)
            .map(|number| {
                let store = if number % 2 == 0 { here.clone() } else { there.clone() };
                tokio::spawn(async move {
                    let device = register(&store, &format!("T{number}")).await.id;
                    let mut tree = Tree::default();
                    for name in 0..30 {
                        tree.set_info(&format!("Device.Y{}.Z{name}", number % 4), false);
                    }
                    put(&store, device, &tree).await;
                    (device, tree)
                })
            })
            .collect();
        for task in writes {
            expected.push(task.await.unwrap());
        }
        for (device, tree) in expected {
            assert_eq!(here.tree(device).await.unwrap().unwrap(), tree);
            assert_eq!(there.tree(device).await.unwrap().unwrap(), tree);
        }
        there.close().await;
    }

    async fn values_of_informs_lie_over_the_tree(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        // Before any tree: they are all that is known.
        write(&store, vec![hot(device, -60, &[("Device.DeviceInfo.UpTime", "1")])]).await;
        let first = store.tree(device).await.unwrap().unwrap();
        assert_eq!((first.value("Device.DeviceInfo.UpTime"), first.complete), (Some("1"), false));

        let mut tree = Tree::default();
        tree.complete = true;
        tree.set_value("Device.DeviceInfo.UpTime", ValueType::UnsignedInt, "100", NOW);
        tree.set_value("Device.Load", ValueType::UnsignedInt, "7", NOW);
        put(&store, device, &tree).await;
        assert_eq!(store.tree(device).await.unwrap().unwrap(), tree, "a new tree clears what came before");

        write(&store, vec![hot(device, 10, &[("Device.DeviceInfo.UpTime", "110"), ("Device.New", "1")])]).await;
        write(&store, vec![hot(device, 20, &[("Device.DeviceInfo.UpTime", "120")])]).await;
        let merged = store.tree(device).await.unwrap().unwrap();
        assert!(merged.complete);
        assert_eq!(merged.value("Device.DeviceInfo.UpTime"), Some("120"));
        assert_eq!(merged.get("Device.DeviceInfo.UpTime").unwrap().read_at, Some(NOW.plus_seconds(20)));
        assert_eq!((merged.value("Device.New"), merged.value("Device.Load")), (Some("1"), Some("7")));

        // What is older than the tree's own value does not win.
        write(&store, vec![hot(device, -10, &[("Device.Load", "99")])]).await;
        assert_eq!(store.tree(device).await.unwrap().unwrap().value("Device.Load"), Some("7"));
    }

    async fn a_device_cannot_grow_its_hot_values_without_end(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        for round in 0..4 {
            let names: Vec<String> = (0..200).map(|name| format!("Device.R{round}.N{name}")).collect();
            let values: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
            write(&store, vec![hot(device, round, &values)]).await;
        }
        let tree = store.tree(device).await.unwrap().unwrap();
        assert_eq!(tree.parameters(), 512);
        assert_eq!(tree.below("Device.R3.").filter(|(path, _)| !path.ends_with('.')).count(), 200);
    }

    async fn p6_a_corrupt_blob_is_reported_and_counts_as_none(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let healthy = register(&store, "S2").await.id;
        put(&store, device, &gateway(1)).await;
        put(&store, healthy, &gateway(2)).await;
        for blob in ["''", "'x'", "'\u{1}\u{5}garbage that is no frame'"] {
            let blob = if store.backend() == sea_orm::DbBackend::Postgres {
                format!("convert_to({blob}, 'UTF8')")
            } else {
                format!("CAST({blob} AS BLOB)")
            };
            let sql = format!("UPDATE device_tree SET blob = {blob} WHERE device_id = {device}");
            store.0.write.execute_unprepared(&sql).await.unwrap();
            let before = store.stats().corrupt_trees;
            assert_eq!(store.tree(device).await.unwrap(), None);
            assert_eq!(store.stats().corrupt_trees, before + 1);
            let error = store.tree_strict(device).await.unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        }
        assert_eq!(store.tree(healthy).await.unwrap().unwrap(), gateway(2));
        // Reading it anew heals it.
        put(&store, device, &gateway(1)).await;
        assert_eq!(store.tree(device).await.unwrap().unwrap(), gateway(1));
        // Values of Informs that cannot be read cost nothing but themselves.
        write(&store, vec![hot(device, 1, &[("A", "1")])]).await;
        store.0.write.execute_unprepared("UPDATE device_hot SET data = '{broken'").await.unwrap();
        assert_eq!(store.tree(device).await.unwrap().unwrap(), gateway(1));
        write(&store, vec![hot(device, 2, &[("B", "2")])]).await;
        assert_eq!(store.tree(device).await.unwrap().unwrap().value("B"), Some("2"));
    }

    async fn a_tree_needs_its_device(database: Database) {
        let store = database.store();
        let write = Write::Tree { device: DeviceId(4711), tree: Arc::new(gateway(1)) };
        let error = store.commit(Commit { writes: vec![write] }).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { what: "device" }), "{error}");
    }
}
