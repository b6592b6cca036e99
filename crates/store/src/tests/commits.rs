//! The group commit.

use super::{NOW, identity, new_device, patch, register, write};
use crate::store_test;
use crate::{Commit, DevicePatch, Store, StoreError, Write, Written};
use model::event::EventKind;
use model::tree::ValueType;
use model::{DeviceId, Timestamp};
use std::collections::HashSet;

fn boot(device: DeviceId) -> Write {
    Write::Event { device, at: NOW, kind: EventKind::Boot, by: None }
}

fn inform(device: DeviceId, seconds: i64) -> Write {
    let at = NOW.plus_seconds(seconds);
    let patch = DevicePatch {
        last_inform: Some(at),
        late_at: Some(at.plus_seconds(300)),
        overdue_at: Some(at.plus_seconds(600)),
        ..DevicePatch::default()
    };
    Write::Device { id: device, patch }
}

async fn event_count(store: &Store, device: DeviceId) -> usize {
    store.events_since(device, &[], Timestamp(0), 200).await.unwrap().len()
}

store_test! {
    async fn boots_are_counted_from_the_newest_entries(database: Database) {
        let store = database.store();
        let (device, other) = (register(&store, "S1").await.id, register(&store, "S2").await.id);
        let at = |device, seconds| Write::Event { device, at: NOW.plus_seconds(seconds), kind: EventKind::Boot, by: None };
        let bootstrap = Write::Event { device, at: NOW, kind: EventKind::Bootstrap, by: None };
        write(&store, vec![at(device, -90_000), at(device, -60), at(other, -50), bootstrap, at(device, 0)]).await;
        let boots = store.boots(device, NOW.plus_seconds(-86_400)).await.unwrap();
        assert_eq!(boots, [NOW, NOW.plus_seconds(-60)]);
    }

    async fn everything_in_a_commit_is_written_in_order(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await;
        let written = write(&store, vec![
            boot(device.id),
            inform(device.id, 60),
            Write::Event { device: device.id, at: NOW, kind: EventKind::Bootstrap, by: Some("Maria".into()) },
        ])
        .await;
        let [Written::Event(first), Written::Done, Written::Event(second)] = written[..] else { panic!("{written:?}") };
        let events = store.events_since(device.id, &[], Timestamp(0), 10).await.unwrap();
        let seen: Vec<_> = events.iter().map(|event| (event.id, event.kind.clone(), event.by.as_deref())).collect();
        assert_eq!(seen, [(second, EventKind::Bootstrap, Some("Maria")), (first, EventKind::Boot, None)]);
        let after = store.device(device.id).await.unwrap().unwrap();
        assert_eq!(after.last_inform, NOW.plus_seconds(60));
        assert_eq!(after.late_at, NOW.plus_seconds(360));
    }

    async fn many_commits_share_few_transactions(database: Database) {
        let store = database.store();
        let mut devices = Vec::new();
        for number in 0..10 {
            devices.push(register(&store, &format!("S{number}")).await.id);
        }
        let before = store.stats();
        let tasks: Vec<_> = (0..400usize)
            .map(|number| {
                let (store, device) = (store.clone(), devices[number % 10]);
                tokio::spawn(async move {
                    let written = write(&store, vec![inform(device, number as i64), boot(device)]).await;
                    match written[1] {
                        Written::Event(id) => (device, id),
                        ref other => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        let mut ids = HashSet::new();
        for task in tasks {
            let (device, id) = task.await.unwrap();
            assert!(ids.insert(id), "an id was given twice");
            let newest = store.events_since(device, &[], Timestamp(0), 200).await.unwrap();
            assert!(newest.iter().any(|event| event.id == id), "an event belongs to another device");
        }
        let after = store.stats();
        assert_eq!(after.commits - before.commits, 400);
        assert!(after.batches - before.batches < 200, "{after:?}");
        assert_eq!(after.queued, 0);
    }

    async fn a_failing_commit_fails_alone(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let gone = DeviceId(987_654);
        let commit = |number: i64| match number {
            // A patch of a row that is gone: no error of the database.
            3 => vec![boot(device), inform(gone, 0)],
            // A foreign key that only shows when all events are inserted.
            7 => vec![inform(device, 5000), boot(gone)],
            11 => vec![Write::Hot { device: gone, at: NOW, values: vec![("A".into(), ValueType::Int, "1".into())] }],
            _ => vec![inform(device, number), boot(device)],
        };
        let all = (0..20).map(|number| {
            let store = store.clone();
            let writes = commit(number);
            tokio::spawn(async move { store.commit(Commit { writes }).await })
        });
        let tasks: Vec<_> = all.collect();
        for (number, task) in tasks.into_iter().enumerate() {
            let result = task.await.unwrap();
            if matches!(number, 3 | 7 | 11) {
                assert!(matches!(result, Err(StoreError::NotFound { what: "device" })), "{number}: {result:?}");
            } else {
                assert!(result.is_ok(), "{number}: {result:?}");
            }
        }
        // Nothing of a failed commit is left, and nothing of another was written twice.
        assert_eq!(event_count(&store, device).await, 17);
        assert_ne!(store.device(device).await.unwrap().unwrap().last_inform, NOW.plus_seconds(5000));
    }

    async fn a_commit_is_done_though_nobody_waits(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        for _ in 0..20 {
            let commit = store.commit(Commit { writes: vec![boot(device)] });
            // Polled a moment, which puts it into the queue, then dropped.
            let _ = tokio::time::timeout(std::time::Duration::from_micros(1), commit).await;
        }
        write(&store, vec![boot(device)]).await;
        let count = event_count(&store, device).await;
        assert!((1..=21).contains(&count), "{count}");
        assert_eq!(store.stats().queued, 0);
    }

    async fn closing_writes_what_waits(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.commit(Commit { writes: vec![boot(device)] }).await })
            })
            .collect();
        tokio::task::yield_now().await;
        store.close().await;
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => done += 1,
                Err(StoreError::Unavailable(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let error = store.commit(Commit { writes: vec![boot(device)] }).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert!(matches!(store.device(device).await, Err(StoreError::Unavailable(_))));
        let again = database.open_again().await;
        assert_eq!(event_count(&again, device).await, done);
        again.close().await;
    }

    async fn a_patch_writes_what_it_names_and_nothing_else(database: Database) {
        let store = database.store();
        let id = register(&store, "S1").await.id;
        let all = DevicePatch {
            manufacturer: Some("Acme Corp".into()),
            model: Some("GW-7".into()),
            hardware_version: Some("H1".into()),
            software_version: Some("1.0.9".into()),
            address: Some("2001:db8::1".into()),
            mac: Some("00:a1:b2:0c:0d:0e".into()),
            data_model: Some(model::device::DataModel::Tr098),
            cwmp_version: Some("1.4".into()),
            last_inform: Some(NOW.plus_seconds(1)),
            late_at: Some(NOW.plus_seconds(2)),
            overdue_at: Some(NOW.plus_seconds(3)),
            rebooting_until: Some(Some(NOW.plus_seconds(4))),
            inform_interval: Some(Some(u32::MAX)),
            connection_request_url: Some("http://192.0.2.7:7547/x".into()),
            connection_request_username: Some("acs".into()),
            connection_request_password: Some("hunter22".into()),
            reach_success: Some(NOW.plus_seconds(5)),
            reach_failure: Some(Some((NOW.plus_seconds(6), "No answer.".into()))),
            parameter_key: Some("key".into()),
            tree_read_at: Some(Some(NOW.plus_seconds(7))),
            parameter_count: Some(812),
            inform_digest: Some(i64::MIN),
            quirks: Some("{\"a\":1}".into()),
            retry_count: Some(3),
            udp_address: Some("192.0.2.7:3478".into()),
            jabber_id: Some("hg@acs.example/1".into()),
            reach: Some("{}".into()),
            enrolment: Some(model::device::Enrolment::Quarantined),
            cpe_username: Some("own".into()),
            cpe_password: Some("hunter33".into()),
            cpe_pending: Some("hunter44".into()),
            overrides: Some("{\"b\":2}".into()),
            provisioning_code: Some("gold".into()),
            ppp_user: Some("joe@isp.example".into()),
            stuck: Some(Some((NOW.plus_seconds(8), "It loops.".into()))),
            found_by: Some("ssid Ada\n".into()),
        };
        patch(&store, id, all).await;
        let full = store.device(id).await.unwrap().unwrap();
        assert_eq!(full.identity.manufacturer, "Acme Corp");
        assert_eq!((full.model.as_str(), full.hardware_version.as_str()), ("GW-7", "H1"));
        assert_eq!(full.software_version, "1.0.9");
        assert_eq!((full.address.as_str(), full.mac.as_str()), ("2001:db8::1", "00A1B20C0D0E"));
        assert_eq!(full.data_model, model::device::DataModel::Tr098);
        assert_eq!(full.cwmp_version, "1.4");
        let times = [full.last_inform, full.late_at, full.overdue_at, full.rebooting_until.unwrap()];
        assert_eq!(times, [1, 2, 3, 4].map(|seconds| NOW.plus_seconds(seconds)));
        assert_eq!(full.inform_interval, Some(u32::MAX));
        assert_eq!(full.connection_request_url, "http://192.0.2.7:7547/x");
        assert_eq!((full.connection_request_username.as_str(), full.connection_request_password.as_str()), ("acs", "hunter22"));
        assert_eq!(full.reach_success, Some(NOW.plus_seconds(5)));
        assert_eq!(full.reach_failure, Some((NOW.plus_seconds(6), "No answer.".to_owned())));
        assert_eq!((full.parameter_key.as_str(), full.parameter_count), ("key", 812));
        assert_eq!(full.tree_read_at, Some(NOW.plus_seconds(7)));
        assert_eq!((full.inform_digest, full.quirks.as_str()), (i64::MIN, "{\"a\":1}"));
        assert_eq!((full.udp_address.as_str(), full.jabber_id.as_str()), ("192.0.2.7:3478", "hg@acs.example/1"));
        assert_eq!(full.retry_count, 3);
        assert_eq!((full.provisioning_code.as_str(), full.ppp_user.as_str()), ("gold", "joe@isp.example"));
        assert_eq!((full.reach.as_str(), full.overrides.as_str()), ("{}", "{\"b\":2}"));
        assert_eq!(full.enrolment, model::device::Enrolment::Quarantined);
        assert_eq!((full.cpe_username.as_str(), full.cpe_password.as_str()), ("own", "hunter33"));
        assert_eq!(full.cpe_pending, "hunter44");
        assert_eq!(full.stuck, Some((NOW.plus_seconds(8), "It loops.".to_owned())));
        assert_eq!(full.found_by, "ssid Ada\n");

        let clear = DevicePatch {
            rebooting_until: Some(None),
            inform_interval: Some(None),
            reach_failure: Some(None),
            tree_read_at: Some(None),
            stuck: Some(None),
            ..DevicePatch::default()
        };
        patch(&store, id, clear).await;
        let cleared = store.device(id).await.unwrap().unwrap();
        let expected = crate::DeviceRecord {
            rebooting_until: None,
            inform_interval: None,
            reach_failure: None,
            tree_read_at: None,
            stuck: None,
            ..full
        };
        assert_eq!(cleared, expected);
        patch(&store, id, DevicePatch::default()).await;
        assert_eq!(store.device(id).await.unwrap().unwrap(), expected);
        let printed = format!("{expected:?}");
        assert!(!printed.contains("hunter") && printed.contains("GW-7"), "{printed}");
    }

    async fn broken_connections_are_replaced(database: Database) {
        use sea_orm::ConnectionTrait;
        if database.kind == crate::testing::Kind::Sqlite {
            return; // No connection to lose.
        }
        const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let store = database.store();
        let killer = sea_orm::Database::connect(sea_orm::ConnectOptions::new(database.url()).max_connections(1).to_owned());
        let killer = killer.await.unwrap();
        let device = register(&store, "S1").await.id;
        for round in 1..=3 {
            killer.execute_unprepared(KILL).await.unwrap();
            // Writing tries again by itself…
            write(&store, vec![boot(device)]).await;
            // …reading says that it could not, and can the next time.
            let mut count = store.events_since(device, &[], Timestamp(0), 200).await;
            for _ in 0..10 {
                match count {
                    Ok(_) => break,
                    Err(StoreError::Unavailable(_)) => count = store.events_since(device, &[], Timestamp(0), 200).await,
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(count.unwrap().len(), round);
        }
        killer.close().await.unwrap();
    }

    async fn text_with_nul_is_stored_without(database: Database) {
        let store = database.store();
        let mut new = new_device("S\u{0}1");
        new.address = "192.0.2.\u{0}9".into();
        let device = store.register_device(&new).await.unwrap();
        assert_eq!((device.identity.serial.as_str(), device.address.as_str()), ("S1", "192.0.2.9"));
        let quirk = DevicePatch { quirks: Some("a\u{0}b".into()), ..DevicePatch::default() };
        patch(&store, device.id, quirk).await;
        assert_eq!(store.device_by_identity(&identity("S1")).await.unwrap().unwrap().quirks, "ab");
        write(&store, vec![Write::Event {
            device: device.id,
            at: NOW,
            kind: EventKind::SessionFailed { reason: "a\u{0}b".into() },
            by: Some("x\u{0}".into()),
        }])
        .await;
        assert_eq!(event_count(&store, device.id).await, 1);
    }
}

#[test]
fn a_patch_prints_what_it_writes_but_no_password() {
    let patch = DevicePatch {
        model: Some("GW-7".into()),
        connection_request_password: Some("hunter22".into()),
        ..DevicePatch::default()
    };
    let printed = format!("{:?}", Write::Device { id: DeviceId(1), patch });
    assert!(printed.contains("GW-7") && printed.contains("***"), "{printed}");
    assert!(!printed.contains("hunter22") && !printed.contains("serial"), "{printed}");
    let hot = Write::Hot {
        device: DeviceId(1),
        at: NOW,
        values: vec![("A.Password".into(), ValueType::String, "hunter22".into())],
    };
    assert!(!format!("{hot:?}").contains("hunter22"));
}
