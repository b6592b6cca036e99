//! Webhooks, and what is to be told to them.
//!
//! The events themselves are the outbox: each webhook knows up to which it has looked, and what it wants of them becomes
//! deliveries in one transaction with that number. So an event that is committed is delivered, whatever stops in between,
//! and writing events costs nothing more because somebody listens.

use crate::error::StoreError;
use crate::role::{read_scope, scope_text};
use crate::secret::WEBHOOK;
use crate::sql::{clean, statement};
use crate::store::Store;
use crate::task::json;
use model::webhook::{DELIVERIES_KEPT, DeliveryState, DeliveryView, WebhookInput, WebhookView};
use model::{DeviceId, EventId, Timestamp, WebhookId};
use sea_orm::{ConnectionTrait, QueryResult};
use std::fmt;

/// A webhook as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRecord {
    pub view: WebhookView,
    /// What deliveries are signed with, as it was shown. Encrypted where it is stored, never printed.
    pub secret: String,
    /// The last event that was looked at.
    pub upto: i64,
}

impl fmt::Debug for WebhookRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRecord").field("view", &self.view).field("upto", &self.upto).finish_non_exhaustive()
    }
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// `None`: by hand.
    pub event: Option<EventId>,
    pub device: Option<DeviceId>,
    pub kind: String,
    pub body: String,
}

/// A delivery whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    pub id: i64,
    pub webhook: WebhookId,
    pub body: String,
    /// So far.
    pub attempts: u32,
    pub created_at: Timestamp,
}

/// How a try went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub state: DeliveryState,
    pub at: Timestamp,
    /// When it is tried again.
    pub next_at: Timestamp,
    pub status: Option<u16>,
    pub duration_ms: u32,
    pub said: String,
}

const COLUMNS: &str = "SELECT w.id, w.name, w.url, w.secret, w.kinds, w.scope, w.enabled, w.stopped, w.failing_since, w.upto, \
     w.created_at, w.created_by, (SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting') \
     FROM webhook w";

impl Store {
    /// It hears of events after `upto`.
    pub async fn insert_webhook(
        &self,
        input: &WebhookInput,
        secret: &str,
        upto: i64,
        by: &str,
        now: Timestamp,
    ) -> Result<WebhookRecord, StoreError> {
        const INSERT: &str = "INSERT INTO webhook (name, url, secret, kinds, scope, enabled, upto, created_at, created_by) \
             VALUES ($1, $2, '', $3, $4, $5, $6, $7, $8) RETURNING id";
        const SECRET: &str = "UPDATE webhook SET secret = $2 WHERE id = $1";
        let values = [
            clean(&input.name).into(),
            clean(&input.url).into(),
            json(&input.kinds)?.into(),
            scope_text(&input.scope).into(),
            input.enabled.into(),
            upto.into(),
            now.0.into(),
            clean(by).into(),
        ];
        let tx = self.begin().await?;
        let row = tx.query_one_raw(statement(self.backend(), INSERT, values)).await?;
        let row = row.ok_or_else(|| StoreError::Database("a webhook was kept but not returned".to_owned()))?;
        let id = WebhookId(row.try_get_by_index(0)?);
        // It is encrypted for its row, whose number is known only now.
        let secret = self.0.vault.seal_text(WEBHOOK, id, secret);
        tx.execute_raw(statement(self.backend(), SECRET, [id.0.into(), secret.into()])).await?;
        tx.commit().await?;
        self.webhook(id).await?.ok_or(StoreError::NotFound { what: "webhook" })
    }

    /// By id.
    pub async fn webhooks(&self) -> Result<Vec<WebhookRecord>, StoreError> {
        let sql = format!("{COLUMNS} ORDER BY w.id");
        self.0
            .write
            .query_all_raw(statement(self.backend(), &sql, []))
            .await?
            .iter()
            .map(|row| self.webhook_record(row))
            .collect()
    }

    pub async fn webhook(&self, id: WebhookId) -> Result<Option<WebhookRecord>, StoreError> {
        let sql = format!("{COLUMNS} WHERE w.id = $1");
        let row = self.0.write.query_one_raw(statement(self.backend(), &sql, [id.0.into()])).await?;
        row.as_ref().map(|row| self.webhook_record(row)).transpose()
    }

    /// Changes one, and forgets that it failed. Fails with [`StoreError::NotFound`] without it.
    pub async fn update_webhook(&self, id: WebhookId, input: &WebhookInput) -> Result<(), StoreError> {
        const UPDATE: &str = "UPDATE webhook SET name = $2, url = $3, kinds = $4, scope = $5, enabled = $6, stopped = NULL, \
             failing_since = NULL WHERE id = $1";
        let values = [
            id.0.into(),
            clean(&input.name).into(),
            clean(&input.url).into(),
            json(&input.kinds)?.into(),
            scope_text(&input.scope).into(),
            input.enabled.into(),
        ];
        match self.0.write.execute_raw(statement(self.backend(), UPDATE, values)).await?.rows_affected() {
            0 => Err(StoreError::NotFound { what: "webhook" }),
            _ => Ok(()),
        }
    }

    /// With its deliveries. Whether there was one.
    pub async fn delete_webhook(&self, id: WebhookId) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM webhook WHERE id = $1";
        let done = self.0.write.execute_raw(statement(self.backend(), DELETE, [id.0.into()])).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Switches one off by itself.
    pub async fn stop_webhook(&self, id: WebhookId, why: &str) -> Result<(), StoreError> {
        const STOP: &str = "UPDATE webhook SET enabled = FALSE, stopped = $2 WHERE id = $1";
        self.0.write.execute_raw(statement(self.backend(), STOP, [id.0.into(), clean(why).into()])).await?;
        Ok(())
    }

    /// Since when every delivery failed; `None`: the last one came through.
    pub async fn webhook_failing(&self, id: WebhookId, since: Option<Timestamp>) -> Result<(), StoreError> {
        const FAILING: &str = "UPDATE webhook SET failing_since = $2 WHERE id = $1";
        let values = [id.0.into(), since.map(|since| since.0).into()];
        self.0.write.execute_raw(statement(self.backend(), FAILING, values)).await?;
        Ok(())
    }

    /// A webhook has looked at the events after `from` up to `upto`, and these are what it wants of them: both or nothing.
    /// `false` if somebody else was faster.
    pub async fn fan_out(
        &self,
        id: WebhookId,
        from: i64,
        upto: i64,
        deliveries: &[NewDelivery],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const MOVE: &str = "UPDATE webhook SET upto = $3 WHERE id = $1 AND upto = $2";
        let tx = self.begin().await?;
        let moved = tx.execute_raw(statement(self.backend(), MOVE, [id.0.into(), from.into(), upto.into()])).await?;
        if moved.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        for delivery in deliveries {
            self.insert_delivery(&tx, id, delivery, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Something by hand; its id.
    pub async fn add_delivery(&self, id: WebhookId, delivery: &NewDelivery, now: Timestamp) -> Result<i64, StoreError> {
        self.insert_delivery(&self.0.write, id, delivery, now).await
    }

    pub(crate) async fn insert_delivery(
        &self,
        connection: &impl ConnectionTrait,
        id: WebhookId,
        delivery: &NewDelivery,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        const INSERT: &str = "INSERT INTO webhook_delivery (webhook_id, event_id, device_id, kind, body, state, created_at, \
             next_at) VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $6) RETURNING id";
        let values = [
            id.0.into(),
            delivery.event.map(|event| event.0).into(),
            delivery.device.map_or(0, |device| device.0).into(),
            delivery.kind.as_str().into(),
            delivery.body.as_str().into(),
            now.0.into(),
        ];
        let row = connection.query_one_raw(statement(self.backend(), INSERT, values)).await;
        let row = row.map_err(|error| StoreError::from(error).missing("webhook"))?;
        let row = row.ok_or_else(|| StoreError::Database("a delivery was kept but not returned".to_owned()))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// Deliveries whose time has come, of webhooks that are on, at most `limit`: of each device only the oldest that waits.
    pub async fn due_deliveries(&self, now: Timestamp, limit: u16) -> Result<Vec<DueDelivery>, StoreError> {
        const DUE: &str = "SELECT d.id, d.webhook_id, d.body, d.attempts, d.created_at FROM webhook_delivery d \
             JOIN webhook w ON w.id = d.webhook_id WHERE d.state = 'waiting' AND d.next_at <= $1 AND w.enabled \
             AND NOT EXISTS (SELECT 1 FROM webhook_delivery e WHERE e.webhook_id = d.webhook_id \
             AND e.device_id = d.device_id AND e.state = 'waiting' AND e.id < d.id) ORDER BY d.next_at, d.id LIMIT $2";
        let values = [now.0.into(), i64::from(limit).into()];
        let rows = self.0.write.query_all_raw(statement(self.backend(), DUE, values)).await?;
        let due = |row: &QueryResult| {
            Ok(DueDelivery {
                id: row.try_get_by_index(0)?,
                webhook: WebhookId(row.try_get_by_index(1)?),
                body: row.try_get_by_index(2)?,
                attempts: row.try_get_by_index::<i64>(3)? as u32,
                created_at: Timestamp(row.try_get_by_index(4)?),
            })
        };
        rows.iter().map(due).collect()
    }

    /// Takes a delivery for a try, which is over by `until`; `false` if somebody else did.
    pub async fn take_delivery(&self, due: &DueDelivery, until: Timestamp) -> Result<bool, StoreError> {
        const TAKE: &str = "UPDATE webhook_delivery SET attempts = attempts + 1, next_at = $3 \
             WHERE id = $1 AND attempts = $2 AND state = 'waiting'";
        let values = [due.id.into(), i64::from(due.attempts).into(), until.0.into()];
        Ok(self.0.write.execute_raw(statement(self.backend(), TAKE, values)).await?.rows_affected() == 1)
    }

    /// How a try went. Of those that have ended the newest are kept.
    pub async fn delivery_tried(&self, due: &DueDelivery, tried: &Tried) -> Result<(), StoreError> {
        const TRIED: &str = "UPDATE webhook_delivery SET state = $2, tried_at = $3, next_at = $4, status = $5, \
             duration_ms = $6, said = $7 WHERE id = $1";
        const PRUNE: &str = "DELETE FROM webhook_delivery WHERE webhook_id = $1 AND state <> 'waiting' AND id <= \
             (SELECT id FROM webhook_delivery WHERE webhook_id = $1 AND state <> 'waiting' ORDER BY id DESC LIMIT 1 OFFSET $2)";
        let values = [
            due.id.into(),
            tried.state.as_str().into(),
            tried.at.0.into(),
            tried.next_at.0.into(),
            tried.status.map(i64::from).into(),
            i64::from(tried.duration_ms).into(),
            clean(&tried.said).into(),
        ];
        self.0.write.execute_raw(statement(self.backend(), TRIED, values)).await?;
        if tried.state != DeliveryState::Waiting {
            let values = [due.webhook.0.into(), i64::from(DELIVERIES_KEPT).into()];
            self.0.write.execute_raw(statement(self.backend(), PRUNE, values)).await?;
        }
        Ok(())
    }

    /// The newest first.
    pub async fn deliveries(&self, id: WebhookId, limit: u16) -> Result<Vec<DeliveryView>, StoreError> {
        const ALL: &str = "SELECT id, event_id, device_id, kind, state, attempts, created_at, next_at, tried_at, status, \
             duration_ms, said FROM webhook_delivery WHERE webhook_id = $1 ORDER BY id DESC LIMIT $2";
        let values = [id.0.into(), i64::from(limit).into()];
        let rows = self.0.write.query_all_raw(statement(self.backend(), ALL, values)).await?;
        rows.iter().map(delivery).collect()
    }

    fn webhook_record(&self, row: &QueryResult) -> Result<WebhookRecord, StoreError> {
        let id: i64 = row.try_get_by_index(0)?;
        let kinds: String = row.try_get_by_index(4)?;
        let scope: String = row.try_get_by_index(5)?;
        let view = WebhookView {
            id: WebhookId(id),
            name: row.try_get_by_index(1)?,
            url: row.try_get_by_index(2)?,
            kinds: serde_json::from_str(&kinds).map_err(|_| StoreError::corrupt(format!("webhook {id}"), &kinds))?,
            scope: read_scope(&scope, || format!("webhook {id}"))?,
            enabled: row.try_get_by_index(6)?,
            stopped: row.try_get_by_index(7)?,
            failing_since: row.try_get_by_index::<Option<i64>>(8)?.map(Timestamp),
            created_at: Timestamp(row.try_get_by_index(10)?),
            created_by: row.try_get_by_index(11)?,
            waiting: row.try_get_by_index::<i64>(12)? as u32,
        };
        let secret: String = row.try_get_by_index(3)?;
        let secret = self.0.vault.open_text(WEBHOOK, id, &secret)?;
        Ok(WebhookRecord { view, secret, upto: row.try_get_by_index(9)? })
    }
}

fn delivery(row: &QueryResult) -> Result<DeliveryView, StoreError> {
    let id: i64 = row.try_get_by_index(0)?;
    let state: String = row.try_get_by_index(4)?;
    Ok(DeliveryView {
        id,
        event: row.try_get_by_index::<Option<i64>>(1)?.map(EventId),
        device: Some(row.try_get_by_index::<i64>(2)?).filter(|device| *device != 0).map(DeviceId),
        kind: row.try_get_by_index(3)?,
        state: DeliveryState::parse(&state).ok_or_else(|| StoreError::corrupt(format!("delivery {id}"), &state))?,
        attempts: row.try_get_by_index::<i64>(5)? as u32,
        created_at: Timestamp(row.try_get_by_index(6)?),
        next_at: Timestamp(row.try_get_by_index(7)?),
        tried_at: row.try_get_by_index::<Option<i64>>(8)?.map(Timestamp),
        status: row.try_get_by_index::<Option<i64>>(9)?.and_then(|status| u16::try_from(status).ok()),
        duration_ms: row.try_get_by_index::<Option<i64>>(10)?.map(|ms| ms as u32),
        said: row.try_get_by_index(11)?,
    })
}
