//! Subscribers: people and firms with a line, and the devices at their lines.

use crate::entity::subscriber;
use crate::error::StoreError;
use crate::search;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::subscriber::{SubscriberInput, SubscriberView};
use model::{DeviceId, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

impl Store {
    /// Creates or changes the subscriber with this account, and links the devices with that serial number, now or when
    /// they first appear. An empty serial number leaves links as they are; another one moves the line to that device.
    pub async fn put_subscriber(&self, input: &SubscriberInput, now: Timestamp) -> Result<SubscriberId, StoreError> {
        let tx = self.begin().await?;
        let subscriber = upsert(&tx, input, now).await?;
        let touched = if subscriber.device_serial.is_empty() {
            linked(&tx, subscriber.id).await?
        } else {
            link(&tx, &subscriber).await?
        };
        rename(&tx, &subscriber).await?;
        for id in &touched {
            search::index_device(&tx, DeviceId(*id)).await?;
        }
        index(&tx, &subscriber).await?;
        tx.commit().await?;
        Ok(SubscriberId(subscriber.id))
    }

    /// What is stored of the subscriber with this account, as it was put.
    pub async fn subscriber_by_account(&self, account: &str) -> Result<Option<SubscriberInput>, StoreError> {
        const BY_ACCOUNT: &str = "SELECT * FROM subscriber WHERE account = $1";
        let sql = statement(self.backend(), BY_ACCOUNT, [clean(account.trim()).into()]);
        let found = subscriber::Entity::find().from_raw_sql(sql).one(&self.0.read).await?;
        Ok(found.map(|row| SubscriberInput {
            name: row.name,
            account: row.account,
            phone: row.phone,
            email: row.email,
            address: row.address,
            plan: row.plan,
            device_serial: row.device_serial,
        }))
    }

    pub async fn subscriber(&self, id: SubscriberId) -> Result<Option<SubscriberView>, StoreError> {
        Ok(subscriber::Entity::find_by_id(id.0).one(&self.0.read).await?.map(view))
    }
}

async fn upsert(
    tx: &DatabaseTransaction,
    input: &SubscriberInput,
    now: Timestamp,
) -> Result<subscriber::Model, StoreError> {
    const UPSERT: &str = "INSERT INTO subscriber \
         (account, name, name_key, phone, phone_digits, email, address, plan, device_serial, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
         ON CONFLICT (account) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, \
         phone = excluded.phone, phone_digits = excluded.phone_digits, email = excluded.email, \
         address = excluded.address, plan = excluded.plan, updated_at = excluded.updated_at, \
         device_serial = CASE WHEN excluded.device_serial = '' THEN subscriber.device_serial \
         ELSE excluded.device_serial END RETURNING *";
    let trimmed = |text: &str| clean(text.trim());
    let name = trimmed(&input.name);
    let values = [
        trimmed(&input.account).into(),
        name.as_str().into(),
        name.to_lowercase().into(),
        trimmed(&input.phone).into(),
        phone_digits(&input.phone).into(),
        trimmed(&input.email).into(),
        trimmed(&input.address).into(),
        trimmed(&input.plan).into(),
        trimmed(&input.device_serial).into(),
        now.0.into(),
    ];
    let sql = statement(tx.get_database_backend(), UPSERT, values);
    let row = subscriber::Entity::find().from_raw_sql(sql).one(tx).await?;
    row.ok_or_else(|| StoreError::Database("a subscriber was written but not returned".to_owned()))
}

/// Devices of a subscriber.
async fn linked(tx: &DatabaseTransaction, subscriber: i64) -> Result<Vec<i64>, StoreError> {
    const LINKED: &str = "SELECT id FROM device WHERE subscriber_id = $1";
    ids(tx, LINKED, vec![subscriber.into()]).await
}

/// Moves the links to the devices with the subscriber's serial number; the devices whose links changed or stayed.
async fn link(tx: &DatabaseTransaction, subscriber: &subscriber::Model) -> Result<Vec<i64>, StoreError> {
    const CLAIM: &str = "UPDATE subscriber SET device_serial = '' WHERE device_serial <> '' AND device_serial = $1 \
         AND id <> $2";
    const OTHERS: &str = "SELECT DISTINCT subscriber_id FROM device \
         WHERE serial = $1 AND subscriber_id IS NOT NULL AND subscriber_id <> $2";
    const UNLINK: &str = "UPDATE device SET subscriber_id = NULL, subscriber_key = NULL \
         WHERE subscriber_id = $2 AND serial <> $1 RETURNING id";
    const LINK: &str = "UPDATE device SET subscriber_id = $2 WHERE serial = $1 RETURNING id";
    let values = || vec![subscriber.device_serial.as_str().into(), subscriber.id.into()];
    tx.execute_raw(statement(tx.get_database_backend(), CLAIM, values())).await?;
    let others = ids(tx, OTHERS, values()).await?;
    let mut touched = ids(tx, UNLINK, values()).await?;
    touched.extend(ids(tx, LINK, values()).await?);
    for id in others {
        // Who lost the device is found on their own again.
        if let Some(other) = subscriber::Entity::find_by_id(id).one(tx).await? {
            index(tx, &other).await?;
        }
    }
    Ok(touched)
}

/// The list is sorted by the name inside the device's row.
async fn rename(tx: &DatabaseTransaction, subscriber: &subscriber::Model) -> Result<(), StoreError> {
    const RENAME: &str = "UPDATE device SET subscriber_key = $1 \
         WHERE subscriber_id = $2 AND (subscriber_key IS NULL OR subscriber_key <> $1)";
    let values = [subscriber.name_key.as_str().into(), subscriber.id.into()];
    tx.execute_raw(statement(tx.get_database_backend(), RENAME, values)).await?;
    Ok(())
}

/// A subscriber has a row of their own in the search while no device stands for them.
async fn index(tx: &DatabaseTransaction, subscriber: &subscriber::Model) -> Result<(), StoreError> {
    if linked(tx, subscriber.id).await?.is_empty() {
        search::put(tx, -subscriber.id, &search::subscriber_words(subscriber)).await
    } else {
        search::remove(tx, -subscriber.id).await
    }
}

async fn ids(tx: &DatabaseTransaction, text: &str, values: Vec<sea_orm::Value>) -> Result<Vec<i64>, StoreError> {
    let rows = tx.query_all_raw(statement(tx.get_database_backend(), text, values)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

pub(crate) fn view(row: subscriber::Model) -> SubscriberView {
    SubscriberView {
        id: SubscriberId(row.id),
        name: row.name,
        account: row.account,
        phone: row.phone,
        email: row.email,
        address: row.address,
        plan: row.plan,
        created_at: Timestamp(row.created_at),
    }
}

/// The digits alone: `+49 (171) 555-01` and `0049 171 55501` are written in many ways. An international prefix `00` is
/// as good as a plus sign.
pub(crate) fn phone_digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        Some(rest) => rest.to_owned(),
        None => digits,
    }
}
