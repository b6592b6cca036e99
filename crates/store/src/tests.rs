//! Tests of the store, on both databases where a database is needed.

mod accounts;
mod agents;
mod audit;
mod bulks;
mod campaigns;
mod codec;
mod commits;
mod data_models;
mod desk;
mod devices;
mod files;
mod guides;
mod idempotency;
mod links;
mod lists;
mod notes;
mod presence;
mod samples;
mod scopes;
mod search;
mod secrets;
mod subscribers;
mod tasks;
mod timeline;
mod tokens;
mod tree;
mod trees;
mod views;
mod webhooks;

use crate::{Commit, DevicePatch, DeviceRecord, NewDevice, PutOptions, Store, Write, Written};
use model::device::{DataModel, Identity};
use model::subscriber::SubscriberChange;
use model::{DeviceId, SubscriberId, Timestamp};

/// The time at which tests happen.
const NOW: Timestamp = Timestamp(1_763_800_000_000);

fn identity(serial: &str) -> Identity {
    Identity {
        manufacturer: "Acme".into(),
        oui: "00A1B2".into(),
        product_class: "Gateway".into(),
        serial: serial.into(),
    }
}

fn new_device(serial: &str) -> NewDevice {
    NewDevice {
        identity: identity(serial),
        address: "192.0.2.1".into(),
        now: NOW,
        data_model: DataModel::Tr181,
        cwmp_version: "1.2".into(),
        late_at: NOW.plus_seconds(300),
        overdue_at: NOW.plus_seconds(600),
        enrolment: model::device::Enrolment::Approved,
    }
}

async fn register(store: &Store, serial: &str) -> DeviceRecord {
    store.register_device(&new_device(serial)).await.unwrap()
}

/// A subscriber with these serial numbers, which move here from whoever has them.
async fn person(store: &Store, account: &str, name: &str, serials: &[&str]) -> SubscriberId {
    let change = SubscriberChange {
        account: account.into(),
        name: Some(name.into()),
        serials: Some(serials.iter().map(ToString::to_string).collect()),
        ..SubscriberChange::default()
    };
    put(store, change, NOW).await
}

async fn put(store: &Store, change: SubscriberChange, now: Timestamp) -> SubscriberId {
    let options = PutOptions { by: "Maria".into(), take_over: true, scope: None };
    store.put_subscribers(&[change], &options, now).await.unwrap().outcomes[0].id().unwrap()
}

async fn write(store: &Store, writes: Vec<Write>) -> Vec<Written> {
    store.commit(Commit { writes }).await.unwrap().written
}

async fn patch(store: &Store, id: DeviceId, patch: DevicePatch) {
    assert_eq!(write(store, vec![Write::Device { id, patch }]).await, [Written::Done]);
}
