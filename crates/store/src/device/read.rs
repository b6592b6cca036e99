//! Reading single devices, and rows for lists.

use super::{DeviceRecord, data_model, enrolment};
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::secret::{CONNECTION_REQUEST_PASSWORD, CPE_PASSWORD, CPE_PENDING, Vault};
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use crate::subscriber::view;
use model::device::{DeviceRow, Identity, woken};
use model::subscriber::SubscriberView;
use model::{DeviceId, SubscriberId, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

const BY_IDENTITY: &str = "SELECT * FROM device WHERE serial = $1 AND oui = $2 AND product_class = $3";

impl Store {
    pub async fn device(&self, id: DeviceId) -> Result<Option<DeviceRecord>, StoreError> {
        let row = device::Entity::find_by_id(id.0).one(&self.0.read).await?;
        row.map(|row| record(row, &self.0.vault)).transpose()
    }

    /// By OUI, product class and serial; the manufacturer's name does not count.
    pub async fn device_by_identity(&self, identity: &Identity) -> Result<Option<DeviceRecord>, StoreError> {
        let row = by_identity(&self.0.read, identity).await?;
        row.map(|row| record(row, &self.0.vault)).transpose()
    }

    /// Devices with exactly this serial number, whoever made them; at most a few are looked for.
    pub async fn devices_with_serial(&self, serial: &str) -> Result<Vec<DeviceId>, StoreError> {
        let serial = device::Column::Serial.eq(clean(serial));
        let found = device::Entity::find().select_only().column(device::Column::Id).filter(serial).limit(10);
        let ids: Vec<i64> = found.into_tuple().all(&self.0.read).await?;
        Ok(ids.into_iter().map(DeviceId).collect())
    }

    /// A device as lists show it, with its subscriber and how many tasks are open.
    pub async fn device_row(&self, id: DeviceId) -> Result<Option<DeviceRow>, StoreError> {
        let Some(device) = device::Entity::find_by_id(id.0).one(&self.0.read).await? else { return Ok(None) };
        Ok(self.device_rows(vec![device]).await?.pop())
    }

    /// Adds subscribers and open tasks: two queries for the whole page.
    pub(crate) async fn device_rows(&self, devices: Vec<device::Model>) -> Result<Vec<DeviceRow>, StoreError> {
        if devices.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = devices.iter().map(|device| device.id).collect();
        let mut subscriber_ids: Vec<i64> = devices.iter().filter_map(|device| device.subscriber_id).collect();
        subscriber_ids.dedup();
        let (open, mut subscribers) = tokio::try_join!(self.open_counts(&ids), self.subscribers(&subscriber_ids))?;
        let rows = devices.into_iter().map(|device| {
            let open_tasks = open.get(&device.id).copied().unwrap_or(0);
            let subscriber = device.subscriber_id.and_then(|id| {
                // A subscriber of several devices is on several rows.
                subscribers.get_mut(&id).map(|view: &mut SubscriberView| view.clone())
            });
            row(device, subscriber, open_tasks)
        });
        Ok(rows.collect())
    }

    async fn open_counts(&self, ids: &[i64]) -> Result<HashMap<i64, u32>, StoreError> {
        let mut sql = Sql::new("SELECT device_id, COUNT(*) FROM task WHERE is_open AND device_id IN (");
        sql.bind_ids(ids).push(") GROUP BY device_id");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let counts = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<i64>(1)? as u32)));
        counts.collect::<Result<_, sea_orm::DbErr>>().map_err(Into::into)
    }

    pub(crate) async fn subscribers(&self, ids: &[i64]) -> Result<HashMap<i64, SubscriberView>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut sql = Sql::new("SELECT * FROM subscriber WHERE id IN (");
        sql.bind_ids(ids).push(")");
        let query = subscriber::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
        let rows = query.all(&self.0.read).await?;
        Ok(rows.into_iter().map(|row| (row.id, view(row))).collect())
    }
}

pub(crate) async fn by_identity(
    connection: &impl ConnectionTrait,
    identity: &Identity,
) -> Result<Option<device::Model>, StoreError> {
    let key = [identity.serial.as_str().into(), identity.oui.as_str().into(), identity.product_class.as_str().into()];
    let sql = statement(connection.get_database_backend(), BY_IDENTITY, key);
    Ok(device::Entity::find().from_raw_sql(sql).one(connection).await?)
}

pub(crate) fn row(device: device::Model, subscriber: Option<SubscriberView>, open_tasks: u32) -> DeviceRow {
    DeviceRow {
        id: DeviceId(device.id),
        identity: Identity {
            manufacturer: device.manufacturer,
            oui: device.oui,
            product_class: device.product_class,
            serial: device.serial,
        },
        model: device.model,
        hardware_version: device.hardware_version,
        software_version: device.software_version,
        address: device.address,
        first_seen: Timestamp(device.first_seen),
        last_inform: Timestamp(device.last_inform),
        late_at: Timestamp(device.late_at),
        overdue_at: Timestamp(device.overdue_at),
        rebooting_until: device.rebooting_until.map(Timestamp),
        subscriber,
        open_tasks,
        enrolment: enrolment(device.enrolment),
        stuck: device.stuck_at.is_some(),
        data_model: data_model(device.data_model),
        woken: woken(device.reach_success.map(Timestamp), device.reach_failure_at.map(Timestamp)),
    }
}

pub(crate) fn record(device: device::Model, vault: &Vault) -> Result<DeviceRecord, StoreError> {
    let open = |place, stored: &str| vault.open_text(place, device.id, stored);
    let connection_request_password = open(CONNECTION_REQUEST_PASSWORD, &device.connection_request_password)?;
    let cpe_password = open(CPE_PASSWORD, &device.cpe_password)?;
    let cpe_pending = open(CPE_PENDING, &device.cpe_pending)?;
    Ok(DeviceRecord {
        id: DeviceId(device.id),
        identity: Identity {
            manufacturer: device.manufacturer,
            oui: device.oui,
            product_class: device.product_class,
            serial: device.serial,
        },
        model: device.model,
        hardware_version: device.hardware_version,
        software_version: device.software_version,
        address: device.address,
        mac: device.mac,
        data_model: data_model(device.data_model),
        cwmp_version: device.cwmp_version,
        first_seen: Timestamp(device.first_seen),
        last_inform: Timestamp(device.last_inform),
        late_at: Timestamp(device.late_at),
        overdue_at: Timestamp(device.overdue_at),
        rebooting_until: device.rebooting_until.map(Timestamp),
        inform_interval: device.inform_interval.and_then(|seconds| u32::try_from(seconds).ok()),
        connection_request_url: device.connection_request_url,
        connection_request_username: device.connection_request_username,
        connection_request_password,
        reach_success: device.reach_success.map(Timestamp),
        reach_failure: device.reach_failure_at.map(Timestamp).zip(device.reach_failure_reason),
        parameter_key: device.parameter_key,
        subscriber: device.subscriber_id.map(SubscriberId),
        tree_read_at: device.tree_read_at.map(Timestamp),
        parameter_count: u32::try_from(device.parameter_count).unwrap_or(u32::MAX),
        inform_digest: device.inform_digest,
        quirks: device.quirks,
        retry_count: u32::try_from(device.retry_count).unwrap_or(u32::MAX),
        udp_address: device.udp_address,
        jabber_id: device.jabber_id,
        reach: device.reach,
        enrolment: enrolment(device.enrolment),
        cpe_username: device.cpe_username,
        cpe_password,
        cpe_pending,
        overrides: device.overrides,
        provisioning_code: device.provisioning_code,
        ppp_user: device.ppp_user,
        stuck: device.stuck_at.map(Timestamp).zip(device.stuck_reason),
        found_by: device.found_by,
    })
}
