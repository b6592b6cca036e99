//! Single devices: first contact, identity, rows.

use super::{NOW, identity, new_device, patch, person, register};
use crate::store_test;
use crate::{DevicePatch, NewTask};
use model::device::{DataModel, Presence};
use model::task::TaskKind;
use model::{DeviceId, Timestamp};

store_test! {
    async fn first_contact_is_idempotent(database: Database) {
        let store = database.store();
        let first = register(&store, "S1").await;
        assert_eq!(first.model, "Gateway");
        assert_eq!((first.first_seen, first.last_inform), (NOW, NOW));
        assert_eq!((first.data_model, first.cwmp_version.as_str()), (DataModel::Tr181, "1.2"));
        assert_eq!((first.late_at, first.overdue_at), (NOW.plus_seconds(300), NOW.plus_seconds(600)));
        assert_eq!((first.rebooting_until, first.subscriber, first.tree_read_at), (None, None, None));
        let mut again = new_device("S1");
        again.now = NOW.plus_seconds(999);
        again.identity.manufacturer = "Acme, Inc.".into();
        assert_eq!(store.register_device(&again).await.unwrap(), first);
        assert_eq!(store.device(first.id).await.unwrap().unwrap(), first);
        assert_eq!(store.device_by_identity(&identity("S1")).await.unwrap().unwrap(), first);
        assert_eq!(store.device_by_identity(&identity("s1")).await.unwrap(), None);
        assert_eq!(store.device(DeviceId(first.id.0 + 1)).await.unwrap(), None);
    }

    async fn a_device_is_oui_class_and_serial_together(database: Database) {
        let store = database.store();
        let one = register(&store, "S1").await;
        for change in ["oui", "class"] {
            let mut other = new_device("S1");
            match change {
                "oui" => other.identity.oui = "FFFFFF".into(),
                _ => other.identity.product_class = "Other".into(),
            }
            assert_ne!(store.register_device(&other).await.unwrap().id, one.id);
        }
    }

    async fn many_first_contacts_at_once_make_one_device(database: Database) {
        let store = database.store();
        let other = database.open_again().await;
        let tasks: Vec<_> = (0..40)
            .map(|number| {
                let store = if number % 2 == 0 { store.clone() } else { other.clone() };
                tokio::spawn(async move { register(&store, "S1").await.id })
            })
            .collect();
        let mut ids = Vec::new();
        for task in tasks {
            ids.push(task.await.unwrap());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        other.close().await;
    }

    async fn a_row_knows_its_subscriber_and_open_tasks(database: Database) {
        let store = database.store();
        let id = register(&store, "S1").await.id;
        let row = store.device_row(id).await.unwrap().unwrap();
        assert_eq!((row.subscriber.as_ref(), row.open_tasks), (None, 0));
        assert_eq!(row.presence(NOW), Presence::Online);
        for _ in 0..3 {
            store.create_task(NewTask::new(id, TaskKind::Reboot, "Maria", NOW)).await.unwrap();
        }
        let subscriber = person(&store, "A-1", "Ada Byron", &["S1"]).await;
        let row = store.device_row(id).await.unwrap().unwrap();
        assert_eq!(row.open_tasks, 3);
        assert_eq!(row.subscriber.unwrap().id, subscriber);
        assert_eq!(store.device(id).await.unwrap().unwrap().subscriber, Some(subscriber));
        assert_eq!(store.device_row(DeviceId(id.0 + 1)).await.unwrap(), None);
    }

    async fn facets_and_overview_count(database: Database) {
        let store = database.store();
        for number in 0..6 {
            let id = register(&store, &format!("S{number}")).await.id;
            let model = if number < 4 { "A" } else { "B" };
            let version = DevicePatch { model: Some(model.into()), software_version: Some("1.0".into()), ..DevicePatch::default() };
            patch(&store, id, version).await;
            let times = match number {
                0 => DevicePatch { late_at: Some(NOW), ..DevicePatch::default() },
                1 | 2 => DevicePatch { late_at: Some(NOW), overdue_at: Some(NOW), ..DevicePatch::default() },
                3 => DevicePatch { rebooting_until: Some(Some(NOW.plus_seconds(1))), ..DevicePatch::default() },
                _ => DevicePatch::default(),
            };
            patch(&store, id, times).await;
            if number == 5 {
                store.create_task(NewTask::new(id, TaskKind::Reboot, "x", NOW)).await.unwrap();
            }
        }
        let facets = store.facets(None).await.unwrap();
        assert_eq!(facets.models, [("A".to_owned(), 4), ("B".to_owned(), 2)]);
        assert_eq!(facets.software_versions, [("1.0".to_owned(), 6)]);
        assert_eq!(facets.manufacturers, [("Acme".to_owned(), 6)]);
        assert!(facets.counted_at > Timestamp(0));
        let overview = store.overview(None, NOW, Timestamp(0)).await.unwrap();
        assert_eq!((overview.devices, overview.online, overview.late, overview.offline), (6, 2, 1, 2));
        assert_eq!((overview.open_tasks, overview.failed_tasks_today, overview.counted_at), (1, 0, NOW));
    }

    async fn the_schema_is_made_once(database: Database) {
        let store = database.store();
        register(&store, "S1").await;
        store.migrate().await.unwrap();
        let (a, b) = (database.open_again().await, database.open_again().await);
        let (a_done, b_done) = tokio::join!(a.migrate(), b.migrate());
        assert!(a_done.is_ok() && b_done.is_ok());
        assert!(a.device_by_identity(&identity("S1")).await.unwrap().is_some());
        a.ready().await.unwrap();
        a.close().await;
        b.close().await;
        assert!(a.ready().await.is_err());
    }
}

#[tokio::test]
async fn a_bad_address_is_refused_in_words() {
    for url in ["mysql://x", "sqlite:", ""] {
        let settings = crate::StoreSettings { url: url.into(), max_connections: 1 };
        let error = crate::Store::open(&settings).await.unwrap_err();
        assert!(matches!(error, crate::StoreError::Invalid(_)), "{url}: {error}");
    }
    let secret = crate::StoreSettings { url: "postgres://a:hunter22@localhost/b".into(), max_connections: 1 };
    assert!(!format!("{secret:?}").contains("hunter22"));
}

#[tokio::test]
async fn a_database_that_is_down_is_unavailable() {
    // A port that was free a moment ago; nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/nothing");
    let error = crate::Store::open(&crate::StoreSettings { url, max_connections: 1 }).await.unwrap_err();
    assert!(matches!(error, crate::StoreError::Unavailable(_)), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_the_servers_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data/deep/lastmile.db");
    let settings = crate::StoreSettings { url: format!("sqlite://{}", file.display()), max_connections: 2 };
    let store = crate::Store::open(&settings).await.unwrap();
    store.migrate().await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    assert_eq!(mode(&file.with_extension("db-wal")), 0o600);
    store.close().await;
}
