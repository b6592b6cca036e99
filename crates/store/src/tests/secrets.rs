//! Secrets in the database: sealed, sealed anew, and lost without their key.

use super::accounts::person;
use super::idempotency::token;
use super::{NOW, patch, register, write};
use crate::testing::Database;
use crate::{
    Claim, DevicePatch, KeptAnswer, Key, KeySource, NewTask, Store, StoreError, TaskUpdate, TotpRecord, Tree, Write,
    store_test,
};
use model::task::{SetValue, TaskKind, TaskState};
use model::tree::ValueType;
use model::webhook::WebhookInput;
use model::{AgentId, DeviceId, Role, Scope, TokenId, WebhookId};
use sea_orm::ConnectionTrait;
use std::sync::Arc;

const CANARY: &str = "quiet-otter-lamp";
const KEY: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";

/// Where the secrets are.
#[derive(Clone, Copy)]
struct Filled {
    device: DeviceId,
    agent: AgentId,
    webhook: WebhookId,
    token: TokenId,
}

/// A secret in every place.
async fn fill(store: &Store) -> Filled {
    let device = register(store, "S1").await.id;
    let change = DevicePatch {
        cpe_password: Some(CANARY.into()),
        cpe_pending: Some(CANARY.into()),
        connection_request_password: Some(CANARY.into()),
        ..DevicePatch::default()
    };
    patch(store, device, change).await;
    let mut tree = Tree::default();
    tree.set_value(KEY, ValueType::String, CANARY, NOW);
    write(store, vec![Write::Tree { device, tree: Arc::new(tree) }]).await;
    let hot = vec![(format!("{KEY}2"), ValueType::String, CANARY.to_owned())];
    write(store, vec![Write::Hot { device, at: NOW, values: hot }]).await;
    let new = NewTask { progress: format!("{{\"kept\":\"{CANARY}\"}}"), ..NewTask::new(device, set(), "Maria", NOW) };
    let task = store.create_task(new).await.unwrap().id;
    let update =
        TaskUpdate { kind: Some(set()), progress: Some(format!("{{\"then\":\"{CANARY}\"}}")), ..TaskUpdate::default() };
    write(store, vec![Write::Task { id: task, from: vec![TaskState::Queued], update }]).await;
    store.set_secret_setting("reach_key", CANARY).await.unwrap();
    let agent = person(store, "maria", Role::Helpdesk, "$hash").await;
    let totp = TotpRecord { secret: CANARY.into(), step: 7, since: NOW };
    store.put_totp(agent, &totp, &[]).await.unwrap();
    let input = WebhookInput {
        name: "CRM".into(),
        url: "https://crm.example/".into(),
        kinds: Vec::new(),
        scope: Scope::default(),
        enabled: true,
    };
    let webhook = store.insert_webhook(&input, CANARY, 0, "Maria", NOW).await.unwrap().view.id;
    let token = token(store).await;
    assert_eq!(claim(store, token).await, Claim::Mine);
    store.keep_answer(token, "k", &answer()).await.unwrap();
    Filled { device, agent, webhook, token }
}

fn answer() -> KeptAnswer {
    KeptAnswer { status: 201, headers: Vec::new(), body: format!("{{\"secret\":\"{CANARY}\"}}").into_bytes() }
}

async fn claim(store: &Store, token: TokenId) -> Claim {
    store.claim_answer(token, "k", "r", "run", NOW.plus_seconds(-60), NOW).await.unwrap()
}

fn set() -> TaskKind {
    TaskKind::SetValues { values: vec![SetValue { path: KEY.into(), value: CANARY.into(), value_type: None }] }
}

/// Everything is there, as it was.
async fn whole(store: &Store, filled: Filled) {
    let Filled { device, agent, webhook, token } = filled;
    let record = store.device(device).await.unwrap().unwrap();
    assert_eq!([&record.cpe_password, &record.cpe_pending, &record.connection_request_password], [CANARY; 3]);
    let tree = store.tree(device).await.unwrap().unwrap();
    assert_eq!((tree.value(KEY), tree.value(&format!("{KEY}2"))), (Some(CANARY), Some(CANARY)));
    let task = &store.open_tasks(device).await.unwrap()[0];
    assert_eq!((&task.kind, task.progress.contains(CANARY)), (&set(), true));
    assert_eq!(store.secret_setting("reach_key").await.unwrap().as_deref(), Some(CANARY));
    assert_eq!(store.totp(agent).await.unwrap().unwrap().secret, CANARY);
    assert_eq!(store.webhook(webhook).await.unwrap().unwrap().secret, CANARY);
    assert_eq!(claim(store, token).await, Claim::Done(answer()));
}

/// How many columns show the canary to somebody who reads the database.
async fn seen(store: &Store) -> usize {
    let text = |table: &str, column: &str| format!("SELECT {column} FROM {table} WHERE {column} LIKE '%otter%'");
    let mut seen = 0;
    for (table, column) in [
        ("device", "cpe_password"),
        ("device", "cpe_pending"),
        ("device", "connection_request_password"),
        ("device_hot", "data"),
        ("task", "kind"),
        ("task", "progress"),
        ("setting", "value"),
        ("agent_totp", "secret"),
        ("webhook", "secret"),
    ] {
        let sql = crate::sql::statement(store.backend(), &text(table, column), []);
        seen += store.0.read.query_all_raw(sql).await.unwrap().len();
    }
    for bytes in ["SELECT blob FROM device_tree", "SELECT body FROM api_answer"] {
        let sql = crate::sql::statement(store.backend(), bytes, []);
        for row in store.0.read.query_all_raw(sql).await.unwrap() {
            let blob: Vec<u8> = row.try_get_by_index(0).unwrap();
            // A small frame of zstd keeps texts as they are.
            seen += usize::from(memchr::memmem::find(&blob, b"otter").is_some());
        }
    }
    seen
}

async fn raw(database: &Database) -> Store {
    let settings = crate::StoreSettings { url: database.url().to_owned(), max_connections: 6 };
    Store::open(&settings).await.unwrap()
}

/// As a version without keys left it.
async fn before_keys(database: &Database) -> (Store, Filled) {
    const FORGET: &str = "DELETE FROM setting WHERE name LIKE 'secret.%'";
    database.store().0.write.execute_unprepared(FORGET).await.unwrap();
    let store = raw(database).await;
    let filled = fill(&store).await;
    (store, filled)
}

store_test! {
    async fn l1_no_secret_stands_in_the_database_as_it_is(database: Database) {
        let store = database.store();
        let filled = fill(&store).await;
        assert_eq!(seen(&store).await, 0);
        whole(&store, filled).await;
        // Lists by what a task is go on working.
        assert_eq!(store.recent_tasks(None, 5).await.unwrap()[0].kind, set());
    }

    async fn what_was_stored_before_there_were_keys_is_sealed_at_the_start(database: Database) {
        let (store, filled) = before_keys(&database).await;
        assert_eq!(seen(&store).await, 11);
        whole(&store, filled).await;
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("secret.key"));
        store.unlock(&source).await.unwrap();
        assert_eq!(seen(&store).await, 0);
        whole(&store, filled).await;
        store.close().await;
        let again = raw(&database).await;
        again.unlock(&source).await.unwrap();
        whole(&again, filled).await;
        again.close().await;
    }

    async fn without_the_right_key_nothing_starts_and_nothing_is_written(database: Database) {
        let (store, filled) = before_keys(&database).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        store.unlock(&KeySource::File(file.clone())).await.unwrap();
        store.close().await;
        let kept = std::fs::read_to_string(&file).unwrap();

        std::fs::remove_file(&file).unwrap();
        let missing = raw(&database).await;
        let error = missing.unlock(&KeySource::File(file.clone())).await.unwrap_err();
        assert!(error.to_string().contains("LASTMILE_SECRET_KEY_FILE"), "{error}");
        assert!(!file.exists(), "no other key is made");
        std::fs::write(&file, format!("{}\n", "ab".repeat(32))).unwrap();
        let error = missing.unlock(&KeySource::File(file.clone())).await.unwrap_err();
        assert!(error.to_string().contains("does not hold the key"), "{error}");
        let error = missing.unlock(&KeySource::Given(Key::random())).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid(_)));
        missing.close().await;

        std::fs::write(&file, kept).unwrap();
        let right = raw(&database).await;
        right.unlock(&KeySource::File(file)).await.unwrap();
        whole(&right, filled).await;
        right.close().await;
    }

    async fn keys_are_rotated_while_another_process_goes_on(database: Database) {
        let (store, filled) = before_keys(&database).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let source = KeySource::File(file.clone());
        store.unlock(&source).await.unwrap();
        let other = raw(&database).await;
        other.unlock(&source).await.unwrap();
        let first = std::fs::read_to_string(&file).unwrap();
        let (key, done) = store.rotate_secrets(&source).await.unwrap();
        assert_eq!((done.values, done.unreadable), (11, 0));
        let second = std::fs::read_to_string(&file).unwrap();
        assert_eq!((second.lines().count(), second.ends_with(&first)), (2, true));
        assert_eq!(second.lines().next().map(|line| Key::parse(line).unwrap().id()), Some(key));
        // The other process reads the new key where it meets it, and writes with it.
        whole(&other, filled).await;
        let change = DevicePatch { cpe_password: Some(CANARY.into()), ..DevicePatch::default() };
        patch(&other, filled.device, change).await;
        // Once more: the key before the last is gone, and all is there.
        store.rotate_secrets(&source).await.unwrap();
        let third = std::fs::read_to_string(&file).unwrap();
        assert!(third.lines().count() == 2 && !third.contains(first.trim()));
        whole(&store, filled).await;
        assert_eq!(seen(&store).await, 0);
        let given = store.rotate_secrets(&KeySource::Given(Key::random())).await;
        assert!(matches!(given, Err(StoreError::Invalid(_))));
        other.close().await;
        store.close().await;
    }

    async fn a_rotation_that_was_cut_off_goes_on_with_its_key(database: Database) {
        let (store, filled) = before_keys(&database).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let source = KeySource::File(file.clone());
        store.unlock(&source).await.unwrap();
        // The key is made and written down, and then the power fails.
        let key = Key::random();
        let old = crate::secret::read_keys(&file).unwrap().unwrap();
        crate::secret::replace_keys(&file, &[key.clone(), old[0].clone()]).unwrap();
        store.set_setting("secret.rotating", &key.id().to_string()).await.unwrap();
        let (current, done) = store.rotate_secrets(&source).await.unwrap();
        assert_eq!((current, done.values > 0), (key.id(), true));
        whole(&store, filled).await;
        store.close().await;
    }
}
