//! Links that a person, or the API, makes and cuts.

use super::{At, Linked, Move, SOURCE_HAND, To, apply};
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::search::reindex;
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use crate::subscriber::row::view;
use model::subscriber::{LinkWhy, SubscriberView};
use model::{DeviceId, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

/// What came of linking a device by hand.
#[derive(Clone, Debug, PartialEq)]
pub enum HandLink {
    /// `None`: it was there already.
    Done(Option<Box<Linked>>),
    /// It is at the line of somebody else, and nothing was changed.
    Elsewhere(Box<SubscriberView>),
}

impl Store {
    /// Puts a device at a line. From another line it is taken only if that is the one that the caller knows of.
    pub async fn link_device(
        &self,
        id: DeviceId,
        to: SubscriberId,
        from: Option<SubscriberId>,
        by: &str,
        now: Timestamp,
    ) -> Result<HandLink, StoreError> {
        let tx = self.begin().await?;
        let Some(row) = lock(&tx, id).await? else { return Err(StoreError::NotFound { what: "device" }) };
        let Some(owner) = subscriber::Entity::find_by_id(to.0).one(&tx).await? else {
            return Err(StoreError::NotFound { what: "subscriber" });
        };
        let here = match row.subscriber_id {
            Some(here) => subscriber::Entity::find_by_id(here).one(&tx).await?,
            None => None,
        };
        if let Some(here) = &here
            && here.id != to.0
            && Some(here.id) != from.map(|from| from.0)
        {
            return Ok(HandLink::Elsewhere(Box::new(view(here.clone()))));
        }
        // Somebody else's list must not claim it again.
        const UNCLAIM: &str = "DELETE FROM subscriber_serial WHERE serial = $1 AND subscriber_id <> $2";
        let values = [row.serial.as_str().into(), to.0.into()];
        tx.execute_raw(statement(tx.get_database_backend(), UNCLAIM, values)).await?;
        let mut linked = Vec::new();
        if here.as_ref().is_some_and(|here| here.id == to.0) {
            const OURS: &str = "UPDATE device SET link_source = $2, link_conflict = '' WHERE id = $1";
            tx.execute_raw(statement(tx.get_database_backend(), OURS, [id.0.into(), SOURCE_HAND.into()])).await?;
        } else {
            let one = Move {
                device: at(&row, here.as_ref()),
                to: Some(To::from(&owner)),
                why: LinkWhy::Hand,
                source: SOURCE_HAND,
            };
            linked = apply(&tx, vec![one], Some(by), now).await?;
        }
        tx.commit().await?;
        Ok(HandLink::Done(linked.pop().map(Box::new)))
    }

    /// Takes a device from a line; `None` if it is not there. Rules leave it alone until it says something new.
    pub async fn unlink_device(
        &self,
        id: DeviceId,
        from: SubscriberId,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<Linked>, StoreError> {
        const UNCLAIM: &str = "DELETE FROM subscriber_serial WHERE serial = $1 AND subscriber_id = $2";
        let tx = self.begin().await?;
        let Some(row) = lock(&tx, id).await?.filter(|row| row.subscriber_id == Some(from.0)) else { return Ok(None) };
        let owner = subscriber::Entity::find_by_id(from.0).one(&tx).await?;
        tx.execute_raw(statement(tx.get_database_backend(), UNCLAIM, [row.serial.as_str().into(), from.0.into()]))
            .await?;
        let one = Move { device: at(&row, owner.as_ref()), to: None, why: LinkWhy::Hand, source: SOURCE_HAND };
        let linked = apply(&tx, vec![one], Some(by), now).await?.pop();
        tx.commit().await?;
        Ok(linked)
    }

    /// Deletes a subscriber with all that was kept of them; the devices that were at the line stay, without anybody.
    /// `None` if there is none.
    pub async fn delete_subscriber(
        &self,
        id: SubscriberId,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<Vec<Linked>>, StoreError> {
        const DEVICES: &str = "SELECT * FROM device WHERE subscriber_id = $1";
        const DELETE: &str = "DELETE FROM subscriber WHERE id = $1";
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let Some(owner) = subscriber::Entity::find_by_id(id.0).one(&tx).await? else { return Ok(None) };
        let rows = device::Entity::find().from_raw_sql(statement(backend, DEVICES, [id.0.into()])).all(&tx).await?;
        let moves = rows
            .iter()
            .map(|row| Move { device: at(row, Some(&owner)), to: None, why: LinkWhy::Hand, source: SOURCE_HAND })
            .collect();
        let linked = apply(&tx, moves, Some(by), now).await?;
        reindex::forget_subscriber(&tx, id.0).await?;
        tx.execute_raw(statement(backend, DELETE, [id.0.into()])).await?;
        tx.commit().await?;
        Ok(Some(linked))
    }

    /// Notes that the device with this serial number, which is not known yet, is to come to this line. Fails with
    /// [`StoreError::Conflict`] if somebody else waits for it.
    pub async fn expect_serial(&self, id: SubscriberId, serial: &str) -> Result<(), StoreError> {
        const EXPECT: &str = "INSERT INTO subscriber_serial (serial, subscriber_id) VALUES ($1, $2) \
             ON CONFLICT (serial) DO UPDATE SET subscriber_id = excluded.subscriber_id \
             WHERE subscriber_serial.subscriber_id = excluded.subscriber_id RETURNING serial";
        let values = [clean(serial.trim()).into(), id.0.into()];
        let row = self.0.write.query_one_raw(statement(self.backend(), EXPECT, values)).await;
        match row.map_err(|error| StoreError::from(error).missing("subscriber"))? {
            Some(_) => Ok(()),
            None => Err(StoreError::Conflict { what: "claim to this serial number" }),
        }
    }

    /// Whether somebody's list of serial numbers had it.
    pub async fn unexpect_serial(&self, id: SubscriberId, serial: &str) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM subscriber_serial WHERE serial = $1 AND subscriber_id = $2";
        let values = [clean(serial.trim()).into(), id.0.into()];
        Ok(self.0.write.execute_raw(statement(self.backend(), DELETE, values)).await?.rows_affected() == 1)
    }

    /// Who waits for a device with this serial number.
    pub async fn expects(&self, serial: &str) -> Result<Option<SubscriberView>, StoreError> {
        const SELECT: &str = "SELECT u.* FROM subscriber u JOIN subscriber_serial s ON s.subscriber_id = u.id \
             WHERE s.serial = $1";
        let sql = statement(self.backend(), SELECT, [clean(serial.trim()).into()]);
        Ok(subscriber::Entity::find().from_raw_sql(sql).one(&self.0.read).await?.map(view))
    }

    /// Devices with this serial number: more than one if makers gave it twice.
    pub async fn devices_by_serial(&self, serial: &str) -> Result<Vec<DeviceId>, StoreError> {
        let mut sql = Sql::new("SELECT id FROM device WHERE serial = ");
        sql.bind(clean(serial.trim())).push(" ORDER BY id LIMIT 10");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0).map(DeviceId));
        ids.collect::<Result<_, _>>().map_err(Into::into)
    }
}

/// The device's row, kept from others until the end of the transaction.
async fn lock(tx: &DatabaseTransaction, id: DeviceId) -> Result<Option<device::Model>, StoreError> {
    let mut sql = Sql::new("SELECT * FROM device WHERE id = ");
    sql.bind(id.0);
    if tx.get_database_backend() == sea_orm::DbBackend::Postgres {
        sql.push(" FOR UPDATE");
    }
    let sql = sql.into_statement(tx.get_database_backend());
    Ok(device::Entity::find().from_raw_sql(sql).one(tx).await?)
}

fn at(row: &device::Model, owner: Option<&subscriber::Model>) -> At {
    let subscriber = owner.map(|owner| (owner.id, owner.account.clone()));
    At { device: row.id, serial: row.serial.clone(), subscriber }
}
