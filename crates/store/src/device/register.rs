//! First contact.

use super::read::{by_identity, record};
use super::{DeviceRecord, NewDevice, data_model_number, enrolment_number};
use crate::entity::device;
use crate::error::StoreError;
use crate::search;
use crate::secret::Vault;
use crate::sql::{bucket, clean, statement};
use crate::store::Store;
use crate::subscriber::link;
use crate::writer::{Done, Job};
use model::DeviceId;
use model::device::Identity;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

impl Store {
    /// The device of this identity; creates it if it is new. A subscriber who was entered with its serial is linked.
    pub async fn register_device(&self, new: &NewDevice) -> Result<DeviceRecord, StoreError> {
        match self.0.writer.submit(Job::Register(Box::new(new.clone()))).await? {
            Done::Device(device) => Ok(*device),
            _ => Err(StoreError::Database("a device was not answered by a device".to_owned())),
        }
    }
}

/// Registers a device inside the group commit.
pub(crate) async fn register(
    tx: &DatabaseTransaction,
    new: &NewDevice,
    vault: &Vault,
) -> Result<DeviceRecord, StoreError> {
    const INSERT: &str = "INSERT INTO device (manufacturer, oui, product_class, serial, model, hardware_version, \
         software_version, address, mac, data_model, cwmp_version, first_seen, last_inform, late_at, overdue_at, \
         inform_bucket, late_bucket, connection_request_url, connection_request_username, \
         connection_request_password, parameter_key, parameter_count, inform_digest, quirks, enrolment) \
         VALUES ($1, $2, $3, $4, $3, '', '', $5, '', $6, $7, $8, $8, $9, $10, $11, $12, '', '', '', '', 0, 0, '', $13) \
         ON CONFLICT (serial, oui, product_class) DO NOTHING RETURNING *";
    let backend = tx.get_database_backend();
    let identity = Identity {
        manufacturer: clean(&new.identity.manufacturer),
        oui: clean(&new.identity.oui),
        product_class: clean(&new.identity.product_class),
        serial: clean(&new.identity.serial),
    };
    if let Some(existing) = by_identity(tx, &identity).await? {
        return record(existing, vault);
    }
    let values = [
        identity.manufacturer.as_str().into(),
        identity.oui.as_str().into(),
        identity.product_class.as_str().into(),
        identity.serial.as_str().into(),
        clean(&new.address).into(),
        data_model_number(new.data_model).into(),
        clean(&new.cwmp_version).into(),
        new.now.0.into(),
        new.late_at.0.into(),
        new.overdue_at.0.into(),
        bucket(new.now.0).into(),
        bucket(new.late_at.0).into(),
        enrolment_number(new.enrolment).into(),
    ];
    let inserted = device::Entity::find().from_raw_sql(statement(backend, INSERT, values)).one(tx).await?;
    let Some(device) = inserted else {
        // Another process was faster; its row is committed, or the insert would have waited.
        let existing = by_identity(tx, &identity).await?;
        return existing.map_or(Err(StoreError::NotFound { what: "device" }), |existing| record(existing, vault));
    };
    search::put(tx, device.id, &search::device_words(&device, None)).await?;
    let linked = link::device_changed(tx, DeviceId(device.id), new.now).await?;
    Ok(DeviceRecord { subscriber: linked.and_then(|linked| linked.subscriber), ..record(device, vault)? })
}
