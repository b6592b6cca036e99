//! What an agent keeps at hand: devices and people opened last, or pinned; choices for the portal.

use crate::device::read::row;
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Sql, statement};
use crate::store::Store;
use crate::subscriber::view;
use model::desk::{Desk, DeskItem, Target};
use model::{AgentId, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait, QueryResult};
use std::collections::HashMap;

/// Devices and people that are remembered as opened, for each agent: more than are shown, because some are pinned too.
const OPENED_MAX: i64 = 40;
/// Most pins of one agent.
pub const PINS_MAX: i64 = 50;

fn number(target: Target) -> i64 {
    match target {
        Target::Device(id) => id.0,
        Target::Subscriber(id) => -id.0,
    }
}

impl Store {
    /// Remembers that an agent opened a device or a person. Fails with [`StoreError::NotFound`] if there is no such
    /// agent.
    pub async fn opened(&self, agent: AgentId, target: Target, now: Timestamp) -> Result<(), StoreError> {
        const OPEN: &str = "INSERT INTO agent_item (agent_id, target, opened_at) VALUES ($1, $2, $3) \
             ON CONFLICT (agent_id, target) DO UPDATE SET opened_at = excluded.opened_at";
        const FORGET: &str = "DELETE FROM agent_item WHERE agent_id = $1 AND pinned_at IS NULL AND opened_at <= \
             (SELECT opened_at FROM agent_item WHERE agent_id = $1 ORDER BY opened_at DESC LIMIT 1 OFFSET $2)";
        let tx = self.begin().await?;
        let values = [agent.0.into(), number(target).into(), now.0.into()];
        let done = tx.execute_raw(statement(self.backend(), OPEN, values)).await;
        done.map_err(|error| StoreError::from(error).missing("agent"))?;
        tx.execute_raw(statement(self.backend(), FORGET, [agent.0.into(), OPENED_MAX.into()])).await?;
        Ok(tx.commit().await?)
    }

    /// Pins a device or a person, or lets go of it. Fails with [`StoreError::Conflict`] if there are [`PINS_MAX`].
    pub async fn pin(&self, agent: AgentId, target: Target, on: bool, now: Timestamp) -> Result<(), StoreError> {
        const PINS: &str = "SELECT COUNT(*) FROM agent_item WHERE agent_id = $1 AND pinned_at IS NOT NULL";
        const PIN: &str = "INSERT INTO agent_item (agent_id, target, opened_at, pinned_at) VALUES ($1, $2, 0, $3) \
             ON CONFLICT (agent_id, target) DO UPDATE SET pinned_at = excluded.pinned_at";
        const LET_GO: &str = "UPDATE agent_item SET pinned_at = NULL WHERE agent_id = $1 AND target = $2";
        let tx = self.begin().await?;
        let values = || [agent.0.into(), number(target).into()];
        if on {
            let row = tx.query_one_raw(statement(self.backend(), PINS, [agent.0.into()])).await?;
            if row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))? >= PINS_MAX {
                return Err(StoreError::Conflict { what: "pins" });
            }
            let [agent, target] = values();
            let done = tx.execute_raw(statement(self.backend(), PIN, [agent, target, now.0.into()])).await;
            done.map_err(|error| StoreError::from(error).missing("agent"))?;
        } else {
            tx.execute_raw(statement(self.backend(), LET_GO, values())).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Pinned ones, the newest pin first, and up to `recent` others, last opened first. What is gone is left out.
    pub async fn desk(&self, agent: AgentId, recent: usize) -> Result<Desk, StoreError> {
        const ITEMS: &str = "SELECT target, opened_at, pinned_at FROM agent_item WHERE agent_id = $1 \
             ORDER BY opened_at DESC, target";
        let rows = self.0.read.query_all_raw(statement(self.backend(), ITEMS, [agent.0.into()])).await?;
        let read = |row: &QueryResult| -> Result<(i64, i64, Option<i64>), sea_orm::DbErr> {
            Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))
        };
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut known = self.desk_items(&items).await?;
        let mut desk = Desk::default();
        let mut pinned: Vec<_> =
            items.iter().filter_map(|(target, _, pinned)| Some((pinned.as_ref()?, target))).collect();
        pinned.sort_by_key(|(at, _)| std::cmp::Reverse(**at));
        desk.pinned.extend(pinned.into_iter().filter_map(|(_, target)| known.remove(target)));
        let opened = items.iter().filter(|(_, opened, _)| *opened > 0);
        desk.recent.extend(opened.filter_map(|(target, ..)| known.remove(target)).take(recent));
        Ok(desk)
    }

    async fn desk_items(&self, items: &[(i64, i64, Option<i64>)]) -> Result<HashMap<i64, DeskItem>, StoreError> {
        let opened: HashMap<i64, i64> = items.iter().map(|(target, at, _)| (*target, *at)).collect();
        let device_ids: Vec<i64> = opened.keys().copied().filter(|id| *id > 0).collect();
        let mut devices = Vec::new();
        if !device_ids.is_empty() {
            let mut sql = Sql::new("SELECT * FROM device WHERE id IN (");
            sql.bind_ids(&device_ids).push(")");
            devices = device::Entity::find().from_raw_sql(sql.into_statement(self.backend())).all(&self.0.read).await?;
        }
        let mut people: Vec<i64> = opened.keys().filter(|id| **id < 0).map(|id| -id).collect();
        people.extend(devices.iter().filter_map(|device| device.subscriber_id));
        let mut subscribers = HashMap::new();
        if !people.is_empty() {
            let mut sql = Sql::new("SELECT * FROM subscriber WHERE id IN (");
            sql.bind_ids(&people).push(")");
            let query = subscriber::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
            subscribers.extend(query.all(&self.0.read).await?.into_iter().map(|row| (row.id, view(row))));
        }
        let mut known = HashMap::new();
        for device in devices {
            let subscriber = device.subscriber_id.and_then(|id| subscribers.get(&id).cloned());
            let id = device.id;
            let opened_at = Timestamp(opened.get(&id).copied().unwrap_or(0));
            known.insert(id, DeskItem { opened_at, device: Some(row(device, subscriber.clone(), 0)), subscriber });
        }
        for (target, at) in opened.iter().filter(|(target, _)| **target < 0) {
            if let Some(subscriber) = subscribers.get(&-target) {
                let subscriber = Some(subscriber.clone());
                known.insert(*target, DeskItem { opened_at: Timestamp(*at), device: None, subscriber });
            }
        }
        Ok(known)
    }

    /// What an agent chose for the portal, as [`Self::set_profile`] was given it; empty if nothing.
    pub async fn profile(&self, agent: AgentId) -> Result<String, StoreError> {
        const PROFILE: &str = "SELECT profile FROM agent WHERE id = $1";
        let row = self.0.read.query_one_raw(statement(self.backend(), PROFILE, [agent.0.into()])).await?;
        Ok(row.map_or(Ok(String::new()), |row| row.try_get_by_index(0))?)
    }

    /// Fails with [`StoreError::NotFound`] if there is no such agent.
    pub async fn set_profile(&self, agent: AgentId, profile: &str) -> Result<(), StoreError> {
        const SET: &str = "UPDATE agent SET profile = $1 WHERE id = $2";
        let sql = statement(self.backend(), SET, [profile.into(), agent.0.into()]);
        match self.0.write.execute_raw(sql).await?.rows_affected() {
            0 => Err(StoreError::NotFound { what: "agent" }),
            _ => Ok(()),
        }
    }
}
