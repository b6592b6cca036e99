//! The audit log: a chain that tells when it was touched.

use super::NOW;
use crate::testing::{Database, Kind};
use crate::{NewAudit, Store, store_test};
use model::audit::{Act, AuditCheck, AuditFilter, AuditQuery, Origin, Target, Who};
use model::{Timestamp, audit::AuditEntry};
use sea_orm::ConnectionTrait;

fn new(name: &str, act: Act, device: i64, at: i64) -> NewAudit {
    NewAudit {
        at: Timestamp(NOW.0 + at),
        who: Who { kind: "agent".into(), id: Some(1), name: name.into() },
        act: act.as_str().into(),
        target: Target::new("device", device, format!("SER{device}")),
        after: Some(format!("{{\"channel\":{at}}}")),
        reason: "because".into(),
        origin: Origin::new("192.0.2.1", "test", Origin::PORTAL),
        ..NewAudit::default()
    }
}

async fn fill(store: &Store, count: i64) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    for at in 0..count {
        entries.push(store.append_audit(&new("Ana", Act::TaskCreated, at, at)).await.unwrap());
    }
    entries
}

async fn check(store: &Store) -> AuditCheck {
    store.verify_audit(None).await.unwrap()
}

/// The number of the entry that does not fit.
async fn broken_at(store: &Store) -> Option<i64> {
    check(store).await.fault.map(|fault| fault.id)
}

async fn execute(store: &Store, sql: &str) {
    store.0.write.execute_unprepared(sql).await.unwrap();
}

/// What somebody does who owns the database: without this nothing can be changed at all.
async fn without_guards(database: &Database) {
    let store = database.store();
    match database.kind {
        Kind::Sqlite => {
            for guard in ["audit_no_update", "audit_no_delete", "audit_no_replace"] {
                execute(&store, &format!("DROP TRIGGER {guard}")).await;
            }
        }
        Kind::Postgres => execute(&store, "ALTER TABLE audit DISABLE TRIGGER USER").await,
    }
}

store_test! {
    async fn l3_the_database_refuses_changes(database: Database) {
        let store = database.store();
        fill(&store, 3).await;
        let mut attacks = vec![
            "UPDATE audit SET actor_name = 'Ben' WHERE id = 2",
            "UPDATE audit SET id = 9 WHERE id = 3",
            "DELETE FROM audit WHERE id = 2",
            "DELETE FROM audit",
        ];
        match database.kind {
            Kind::Sqlite => attacks.push("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 1"),
            Kind::Postgres => attacks.push("TRUNCATE audit"),
        }
        for attack in attacks {
            assert!(store.0.write.execute_unprepared(attack).await.is_err(), "{attack}");
        }
        let whole = check(&store).await;
        assert_eq!((whole.entries, whole.first, whole.last, whole.fault), (3, 1, 3, None));
    }

    async fn l3_an_entry_that_was_edited_is_found(database: Database) {
        let store = database.store();
        let entries = fill(&store, 5).await;
        let whole = check(&store).await;
        assert_eq!((whole.last, &whole.head, whole.fault), (5, &entries[4].hash, None));
        without_guards(&database).await;
        for column in ["actor_name", "act", "target_id", "new_value", "reason", "address", "session_kind"] {
            let before = format!("CREATE TABLE kept AS SELECT {column} AS it FROM audit WHERE id = 3");
            execute(&store, &before).await;
            execute(&store, &format!("UPDATE audit SET {column} = 'x' WHERE id = 3")).await;
            assert_eq!(broken_at(&store).await, Some(3), "{column}");
            execute(&store, &format!("UPDATE audit SET {column} = (SELECT it FROM kept) WHERE id = 3")).await;
            execute(&store, "DROP TABLE kept").await;
            assert_eq!(broken_at(&store).await, None, "{column}");
        }
        execute(&store, "UPDATE audit SET at = at + 1 WHERE id = 1").await;
        assert_eq!(broken_at(&store).await, Some(1));
    }

    async fn l3_an_entry_that_was_deleted_is_found(database: Database) {
        let store = database.store();
        fill(&store, 5).await;
        without_guards(&database).await;
        execute(&store, "DELETE FROM audit WHERE id = 3").await;
        let fault = check(&store).await.fault.unwrap();
        assert_eq!((fault.id, fault.why.contains("Entry 3 is missing")), (4, true), "{fault:?}");
        // Closing the gap does not help.
        execute(&store, "UPDATE audit SET id = 3 WHERE id = 4").await;
        execute(&store, "UPDATE audit SET id = 4 WHERE id = 5").await;
        assert_eq!(broken_at(&store).await, Some(3));
    }

    async fn l3_the_first_entries_cannot_be_taken_away(database: Database) {
        let store = database.store();
        fill(&store, 4).await;
        without_guards(&database).await;
        execute(&store, "DELETE FROM audit WHERE id <= 2").await;
        assert_eq!(broken_at(&store).await, Some(3));
        // Nor by an anchor that no entry speaks of.
        let forged = "INSERT INTO audit_anchor (id, hash) SELECT 2, hash FROM audit WHERE id = 3";
        execute(&store, forged).await;
        assert!(broken_at(&store).await.is_some());
    }

    async fn l3_entries_in_another_order_are_found(database: Database) {
        let store = database.store();
        fill(&store, 4).await;
        without_guards(&database).await;
        for step in ["SET id = 9 WHERE id = 2", "SET id = 2 WHERE id = 3", "SET id = 3 WHERE id = 9"] {
            execute(&store, &format!("UPDATE audit {step}")).await;
        }
        assert_eq!(broken_at(&store).await, Some(2));
    }

    async fn l3_an_end_that_was_cut_off_is_found_by_the_head_that_was_kept(database: Database) {
        let store = database.store();
        let entries = fill(&store, 5).await;
        let head = hex::decode(&entries[4].hash).unwrap();
        store.append_audit(&new("Ana", Act::SignedOut, 1, 9)).await.unwrap();
        let later = store.verify_audit(Some(&head)).await.unwrap();
        assert_eq!((later.expected_at, later.last, later.fault), (Some(5), 6, None), "older heads are in the chain");
        without_guards(&database).await;
        execute(&store, "DELETE FROM audit WHERE id >= 5").await;
        let cut = store.verify_audit(Some(&head)).await.unwrap();
        assert_eq!((cut.expected_at, cut.last, cut.fault), (None, 4, None), "the rest fits");
        // What is written afterwards does not hide it.
        fill(&store, 3).await;
        let cut = store.verify_audit(Some(&head)).await.unwrap();
        assert_eq!((cut.expected_at, cut.fault), (None, None));
    }

    async fn writers_at_once_make_one_chain(database: Database) {
        let other = database.open_again().await;
        let mut writers = Vec::new();
        for (index, store) in [database.store(), other.clone(), database.store(), other.clone()].into_iter().enumerate() {
            writers.push(tokio::spawn(async move {
                for at in 0..10 {
                    store.append_audit(&new(&format!("Writer {index}"), Act::TaskCreated, at, at)).await.unwrap();
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let whole = check(&database.store()).await;
        assert_eq!((whole.entries, whole.last, whole.fault), (40, 40, None));
        other.close().await;
    }

    async fn what_ends_by_age_leaves_a_chain_that_can_be_checked(database: Database) {
        let store = database.store();
        let entries = fill(&store, 10).await;
        let before = Timestamp(NOW.0 + 6);
        assert_eq!(store.prune_audit(before, NOW.plus_seconds(1)).await.unwrap(), 6);
        assert_eq!(store.prune_audit(before, NOW.plus_seconds(1)).await.unwrap(), 0);
        let rest = check(&store).await;
        assert_eq!((rest.entries, rest.first, rest.last, rest.fault), (5, 7, 11, None));
        let newest = &store.audit(&AuditQuery::default()).await.unwrap().page.items[0];
        assert_eq!(newest.act, Act::AuditPruned.as_str());
        assert!(newest.after.as_ref().unwrap().contains(&entries[5].hash));
        // The head that ended there is known still.
        let ended = hex::decode(&entries[5].hash).unwrap();
        assert_eq!(store.verify_audit(Some(&ended)).await.unwrap().expected_at, Some(6));
        // The end stays, however old it is; and again later.
        let late = NOW.plus_seconds(86_400);
        assert_eq!(store.prune_audit(late, late).await.unwrap(), 4);
        fill(&store, 2).await;
        let rest = check(&store).await;
        assert_eq!((rest.first, rest.fault), (11, None));
        // What is not gone by age is refused as before.
        assert!(store.0.write.execute_unprepared("DELETE FROM audit WHERE id = 12").await.is_err());
        without_guards(&database).await;
        execute(&store, "UPDATE audit SET new_value = NULL WHERE id = 12").await;
        assert_eq!(broken_at(&store).await, Some(12));
    }

    async fn an_empty_log_fits(database: Database) {
        let store = database.store();
        let nothing = check(&store).await;
        assert_eq!((nothing.entries, nothing.last, nothing.fault), (0, 0, None));
        assert_eq!(store.prune_audit(NOW, NOW).await.unwrap(), 0);
        assert!(store.audit_people().await.unwrap().is_empty());
    }

    async fn entries_are_found_by_who_act_target_time_and_words(database: Database) {
        let store = database.store();
        fill(&store, 4).await;
        store.append_audit(&new("Ben", Act::FileDeleted, 2, 50)).await.unwrap();
        let odd = NewAudit { reason: "100%_off\\".into(), ..new("Zoë", Act::SecretRevealed, 7, 60) };
        store.append_audit(&odd).await.unwrap();
        assert_eq!(store.audit_people().await.unwrap(), ["Ana", "Ben", "Zoë"]);
        let found = async |filter: AuditFilter| {
            let query = AuditQuery { filter, ..AuditQuery::default() };
            let page = store.audit(&query).await.unwrap();
            assert_eq!(page.looked_back_to, None);
            page.page.items.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        let none = AuditFilter::default;
        assert_eq!(found(none()).await, [6, 5, 4, 3, 2, 1]);
        assert_eq!(found(AuditFilter { who: "Ben".into(), ..none() }).await, [5]);
        assert_eq!(found(AuditFilter { act: "secret.revealed".into(), ..none() }).await, [6]);
        assert_eq!(found(AuditFilter { target: "device/2".into(), ..none() }).await, [5, 3]);
        let (since, until) = (Some(Timestamp(NOW.0 + 2)), Some(Timestamp(NOW.0 + 50)));
        assert_eq!(found(AuditFilter { since, until, ..none() }).await, [4, 3]);
        for (text, ids) in [("ser3", vec![4]), ("%_OFF\\", vec![6]), ("%", vec![6]), ("_", vec![6]), ("nothing", vec![])] {
            assert_eq!(found(AuditFilter { text: text.into(), ..none() }).await, ids, "{text}");
        }
        let both = AuditFilter { text: "because".into(), who: "Ana".into(), target: "device/2".into(), ..none() };
        assert_eq!(found(both).await, [3]);
    }

    async fn pages_of_the_log_lead_there_and_back(database: Database) {
        let store = database.store();
        // All at the same moment: the number decides.
        for device in 0..7 {
            store.append_audit(&new("Ana", Act::TaskCreated, device, 0)).await.unwrap();
        }
        let page = async |cursor| {
            let query = AuditQuery { cursor, limit: 3, ..AuditQuery::default() };
            store.audit(&query).await.unwrap().page
        };
        let ids = |page: &model::page::Page<AuditEntry>| page.items.iter().map(|entry| entry.id).collect::<Vec<_>>();
        let first = page(None).await;
        assert_eq!((ids(&first), first.previous.is_none()), (vec![7, 6, 5], true));
        let second = page(first.next.clone()).await;
        assert_eq!(ids(&second), [4, 3, 2]);
        let third = page(second.next.clone()).await;
        assert_eq!((ids(&third), third.next.is_none()), (vec![1], true));
        assert_eq!(ids(&page(third.previous.clone()).await), [4, 3, 2]);
        assert_eq!(page(second.previous.clone()).await, first);
        assert_eq!(ids(&page(Some(model::page::Cursor("nonsense".into()))).await), [7, 6, 5]);
    }

    async fn long_text_is_cut_and_nul_is_dropped(database: Database) {
        let store = database.store();
        let long = NewAudit {
            before: Some("é".repeat(model::audit::FIELD_MAX + 1)),
            reason: "a\0b".into(),
            target: Target::new("device", "x".repeat(9000), "y".repeat(9000)),
            ..new(&"n".repeat(9000), Act::TaskCreated, 1, 0)
        };
        let entry = store.append_audit(&long).await.unwrap();
        assert!(entry.before.as_ref().unwrap().ends_with(" … (cut off)"));
        assert_eq!(entry.reason, "ab");
        assert_eq!(store.audit(&AuditQuery::default()).await.unwrap().page.items, [entry]);
        assert_eq!(broken_at(&store).await, None);
    }
}
