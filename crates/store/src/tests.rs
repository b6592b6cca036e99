//! Tests of the store, on both databases where a database is needed.

mod agents;
mod codec;
mod commits;
mod data_models;
mod desk;
mod devices;
mod files;
mod guides;
mod lists;
mod notes;
mod presence;
mod samples;
mod search;
mod subscribers;
mod tasks;
mod timeline;
mod tree;
mod trees;

use crate::{Commit, DevicePatch, DeviceRecord, NewDevice, Store, Write, Written};
use model::device::{DataModel, Identity};
use model::{DeviceId, Timestamp};

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

async fn write(store: &Store, writes: Vec<Write>) -> Vec<Written> {
    store.commit(Commit { writes }).await.unwrap().written
}

async fn patch(store: &Store, id: DeviceId, patch: DevicePatch) {
    assert_eq!(write(store, vec![Write::Device { id, patch }]).await, [Written::Done]);
}
