//! Which device is at whose line: put there by a person, or found by rules.
//!
//! Rules are asked when a device appears, when what they go by changes, and when a subscriber is put; never for a plain
//! check-in. What a person decided is left alone. Everything works on many devices at once.

mod candidates;
mod hand;

pub(crate) use candidates::{candidates, claimed, evaluate};
pub use hand::HandLink;

use super::history::insert_events;
use crate::entity::{setting, subscriber};
use crate::error::StoreError;
use crate::search::reindex;
use crate::sql::{Kind, Sql};
use crate::store::Store;
use crate::subscriber::row::ppp_key;
use model::event::{EventKind, EventView};
use model::subscriber::{LinkRules, LinkWhy, SubscriberEventKind};
use model::timeline::Class;
use model::{DeviceId, EventId, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

/// `device.link_source`: nobody said anything yet.
pub(crate) const SOURCE_NONE: i64 = 0;
/// A person said whose it is, or that it is nobody's.
pub(crate) const SOURCE_HAND: i64 = 1;
/// A rule found its subscriber.
pub(crate) const SOURCE_RULE: i64 = 2;

/// The setting with the rules, as JSON.
const RULES: &str = "subscriber.linking";

/// What happened to a device's link.
#[derive(Clone, Debug, PartialEq)]
pub struct Linked {
    pub device: DeviceId,
    /// Whose it is now.
    pub subscriber: Option<SubscriberId>,
    /// As it stands in the device's timeline.
    pub event: EventView,
}

/// A device and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub device: i64,
    pub serial: String,
    /// Id and account.
    pub subscriber: Option<(i64, String)>,
}

/// A subscriber that a device goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct To {
    pub id: i64,
    pub account: String,
    pub name_key: String,
}

impl From<&subscriber::Model> for To {
    fn from(row: &subscriber::Model) -> Self {
        Self { id: row.id, account: row.account.clone(), name_key: row.name_key.clone() }
    }
}

pub(crate) struct Move {
    pub device: At,
    pub to: Option<To>,
    pub why: LinkWhy,
    pub source: i64,
}

impl Move {
    fn event(&self) -> EventKind {
        let before = self.device.subscriber.as_ref().map(|(_, account)| account.clone());
        match &self.to {
            Some(to) => EventKind::Linked {
                subscriber: SubscriberId(to.id),
                account: to.account.clone(),
                why: self.why.clone(),
                before,
            },
            None => EventKind::Unlinked { account: before.unwrap_or_default() },
        }
    }
}

impl Store {
    pub async fn link_rules(&self) -> Result<LinkRules, StoreError> {
        rules(&self.0.read).await
    }

    /// For devices whose keys change from now on; [`Self::apply_link_rules`] goes through the others.
    pub async fn set_link_rules(&self, rules: &LinkRules) -> Result<(), StoreError> {
        let text = serde_json::to_string(rules).map_err(|error| StoreError::Invalid(error.to_string()))?;
        self.set_setting(RULES, &text).await
    }

    /// Holds the rules against the devices after `after`, in the order of their ids, at most `limit`; where to go on, and
    /// what was linked. `None`: that were all.
    pub async fn apply_link_rules(
        &self,
        after: DeviceId,
        limit: u16,
        now: Timestamp,
    ) -> Result<(Option<DeviceId>, Vec<Linked>), StoreError> {
        const SELECT: &str = "SELECT id, provisioning_code FROM device WHERE id > ";
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let rules = rules(&tx).await?;
        let mut sql = Sql::new(SELECT);
        sql.bind(after.0).push(" ORDER BY id LIMIT ").bind(i64::from(limit));
        let rows = tx.query_all_raw(sql.into_statement(backend)).await?;
        let mut ids: Vec<i64> = Vec::with_capacity(rows.len());
        let mut accounts = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, code): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            accounts.push(json!({ "id": id, "account": rules.account_in(&code).unwrap_or_default() }));
            ids.push(id);
        }
        let mut linked = Vec::new();
        if !ids.is_empty() {
            let mut sql = Sql::new("UPDATE device SET link_account = r.account FROM ");
            sql.bind_rows(&[("id", Kind::Number), ("account", Kind::Text)], &accounts, backend);
            sql.push(" WHERE device.id = r.id AND device.link_account <> r.account");
            tx.execute_raw(sql.into_statement(backend)).await?;
            linked = evaluate(&tx, &ids, &rules, now).await?;
        }
        tx.commit().await?;
        let next = ids.last().filter(|_| ids.len() == usize::from(limit)).map(|id| DeviceId(*id));
        Ok((next, linked))
    }
}

pub(crate) async fn rules(connection: &impl ConnectionTrait) -> Result<LinkRules, StoreError> {
    let stored = setting::Entity::find_by_id(RULES).one(connection).await?;
    // Rules of a newer version, say: none of them rather than wrong ones is not needed, the defaults link by serial
    // number only.
    Ok(stored.and_then(|setting| serde_json::from_str(&setting.value).ok()).unwrap_or_default())
}

/// A device appeared, or what rules go by changed.
pub(crate) async fn device_changed(
    tx: &DatabaseTransaction,
    id: DeviceId,
    now: Timestamp,
) -> Result<Option<Linked>, StoreError> {
    const KEYS: &str = "SELECT provisioning_code, ppp_user FROM device WHERE id = ";
    let backend = tx.get_database_backend();
    let rules = rules(tx).await?;
    let mut sql = Sql::new(KEYS);
    sql.bind(id.0);
    let Some(row) = tx.query_one_raw(sql.into_statement(backend)).await? else { return Ok(None) };
    let (code, user): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    // What a person decided about nobody was about the old values.
    let mut sql = Sql::new("UPDATE device SET link_account = ");
    sql.bind(rules.account_in(&code).unwrap_or_default()).push(", ppp_key = ").bind(ppp_key(&user));
    sql.push(", link_source = CASE WHEN subscriber_id IS NULL THEN ").bind(SOURCE_NONE);
    sql.push(" ELSE link_source END WHERE id = ").bind(id.0);
    tx.execute_raw(sql.into_statement(backend)).await?;
    Ok(evaluate(tx, &[id.0], &rules, now).await?.pop())
}

/// Moves devices, and tells it in the timelines of all sides.
pub(crate) async fn apply(
    tx: &DatabaseTransaction,
    moves: Vec<Move>,
    by: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Linked>, StoreError> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let backend = tx.get_database_backend();
    let rows: Vec<_> = moves
        .iter()
        .map(|one| {
            let to = one.to.as_ref();
            json!({
                "id": one.device.device,
                "owner": to.map(|to| to.id),
                "name": to.map(|to| &to.name_key),
                "source": one.source,
            })
        })
        .collect();
    let columns = [("id", Kind::Number), ("owner", Kind::Number), ("name", Kind::Text), ("source", Kind::Number)];
    let mut sql = Sql::new(
        "UPDATE device SET subscriber_id = r.owner, subscriber_key = r.name, link_source = r.source, \
         link_conflict = '' FROM ",
    );
    sql.bind_rows(&columns, &rows, backend).push(" WHERE device.id = r.id");
    tx.execute_raw(sql.into_statement(backend)).await?;

    let mut told = Vec::new();
    let mut sides = BTreeSet::new();
    for one in &moves {
        let (device, serial) = (DeviceId(one.device.device), one.device.serial.clone());
        if let Some((from, _)) = &one.device.subscriber {
            sides.insert(*from);
            let to = one.to.as_ref().map(|to| to.account.clone());
            let kind = SubscriberEventKind::DeviceUnlinked { device, serial: serial.clone(), to };
            told.push((*from, kind, by.map(str::to_owned)));
        }
        if let Some(to) = &one.to {
            sides.insert(to.id);
            let kind = SubscriberEventKind::DeviceLinked { device, serial, why: one.why.clone() };
            told.push((to.id, kind, by.map(str::to_owned)));
        }
    }
    insert_events(tx, told, now).await?;
    let sides: Vec<i64> = sides.into_iter().collect();
    count_devices(tx, &sides, backend).await?;
    let devices: Vec<i64> = moves.iter().map(|one| one.device.device).collect();
    reindex::devices(tx, &devices).await?;
    reindex::subscribers_alone(tx, &sides).await?;
    let events = moves.iter().map(|one| (one.device.device, one.event())).collect();
    let mut ids = tell_devices(tx, events, by, now).await?;
    let linked = moves.into_iter().filter_map(|one| {
        let event = ids.remove(&one.device.device)?;
        let subscriber = one.to.map(|to| SubscriberId(to.id));
        Some(Linked { device: DeviceId(one.device.device), subscriber, event })
    });
    Ok(linked.collect())
}

/// Writes one entry for each device; the entries by device.
async fn tell_devices(
    tx: &DatabaseTransaction,
    events: Vec<(i64, EventKind)>,
    by: Option<&str>,
    now: Timestamp,
) -> Result<HashMap<i64, EventView>, StoreError> {
    if events.is_empty() {
        return Ok(HashMap::new());
    }
    let backend = tx.get_database_backend();
    let mut rows = Vec::with_capacity(events.len());
    for (device, kind) in &events {
        let class = Class::of(kind) as i16;
        rows.push(json!({ "device": device, "class": class, "kind": crate::task::json(kind)? }));
    }
    let mut sql = Sql::new("INSERT INTO event (device_id, at, class, kind, author) SELECT r.device, CAST(");
    sql.bind(now.0)
        .push(" AS BIGINT), CAST(r.class AS SMALLINT), r.kind, CAST(")
        .bind(by.map(str::to_owned))
        .push(" AS TEXT) FROM ");
    sql.bind_rows(&[("device", Kind::Number), ("class", Kind::Number), ("kind", Kind::Text)], &rows, backend);
    sql.push(" WHERE TRUE RETURNING id, device_id");
    let mut ids = HashMap::new();
    for row in tx.query_all_raw(sql.into_statement(backend)).await? {
        ids.insert(row.try_get_by_index::<i64>(1)?, row.try_get_by_index::<i64>(0)?);
    }
    let view = |(device, kind): (i64, EventKind)| {
        let id = EventId(*ids.get(&device)?);
        Some((device, EventView { id, device: DeviceId(device), at: now, kind, by: by.map(str::to_owned) }))
    };
    Ok(events.into_iter().filter_map(view).collect())
}

async fn count_devices(tx: &DatabaseTransaction, ids: &[i64], backend: DbBackend) -> Result<(), StoreError> {
    let mut sql = Sql::new(
        "UPDATE subscriber SET devices = (SELECT COUNT(*) FROM device d WHERE d.subscriber_id = subscriber.id) \
         WHERE id IN (",
    );
    sql.bind_table(ids, backend).push(")");
    tx.execute_raw(sql.into_statement(backend)).await?;
    Ok(())
}
