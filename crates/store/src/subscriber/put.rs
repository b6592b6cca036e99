//! Creating and changing subscribers, one or thousands at once, with a number of statements that does not depend on how
//! many.

use super::draft::{COLUMNS, Draft};
use super::history::insert_events;
use super::link::{self, Linked, Move, SOURCE_NONE};
use crate::entity::subscriber;
use crate::error::StoreError;
use crate::scope;
use crate::search::reindex;
use crate::sql::{Kind, Sql, clean};
use crate::store::Store;
use model::subscriber::{LinkWhy, SubscriberChange, SubscriberEventKind};
use model::{DeviceId, Scope, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// How subscribers are put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutOptions {
    /// Who does it, for the history.
    pub by: String,
    /// A serial number that belongs to somebody else moves; otherwise who claims it is refused.
    pub take_over: bool,
    /// The part of the subscribers that whoever asks may change; `None`: all.
    pub scope: Option<Scope>,
}

/// What became of one subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    Created(SubscriberId),
    Changed(SubscriberId),
    /// It was so already; nothing was written.
    Same(SubscriberId),
    /// Nothing was done for this one; why, for a person.
    Refused(String),
}

impl Put {
    pub fn id(&self) -> Option<SubscriberId> {
        match self {
            Self::Created(id) | Self::Changed(id) | Self::Same(id) => Some(*id),
            Self::Refused(_) => None,
        }
    }
}

/// What became of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutMany {
    /// One for each change, in their order.
    pub outcomes: Vec<Put>,
    /// Devices that came to a line or left one.
    pub linked: Vec<Linked>,
    /// Other devices whose subscriber changed.
    pub devices: Vec<DeviceId>,
}

/// What would be done for one change.
enum Decision {
    Put { known: Option<Box<subscriber::Model>>, draft: Box<Draft>, changed: bool, serials: Option<Serials> },
    Refused(String),
}

/// Which serial numbers come and go.
#[derive(Default)]
struct Serials {
    add: Vec<String>,
    remove: Vec<String>,
}

impl Store {
    /// Creates or changes subscribers by account, all in one transaction, and links the devices that fit. At most a few
    /// thousand at once: sessions wait meanwhile.
    pub async fn put_subscribers(
        &self,
        changes: &[SubscriberChange],
        options: &PutOptions,
        now: Timestamp,
    ) -> Result<PutMany, StoreError> {
        let tx = self.begin().await?;
        let decisions = decide(&tx, changes, options, true, now).await?;
        let done = apply(&tx, decisions, options, now).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// What [`Self::put_subscribers`] would do, without doing it. Ids of new subscribers are 0.
    pub async fn try_subscribers(
        &self,
        changes: &[SubscriberChange],
        options: &PutOptions,
        now: Timestamp,
    ) -> Result<Vec<Put>, StoreError> {
        let decisions = decide(&self.0.read, changes, options, false, now).await?;
        let outcome = |decision| match decision {
            Decision::Refused(why) => Put::Refused(why),
            Decision::Put { known: None, .. } => Put::Created(SubscriberId(0)),
            Decision::Put { known: Some(row), changed: false, .. } => Put::Same(SubscriberId(row.id)),
            Decision::Put { known: Some(row), .. } => Put::Changed(SubscriberId(row.id)),
        };
        Ok(decisions.into_iter().map(outcome).collect())
    }
}

async fn decide(
    connection: &impl ConnectionTrait,
    changes: &[SubscriberChange],
    options: &PutOptions,
    lock: bool,
    now: Timestamp,
) -> Result<Vec<Decision>, StoreError> {
    let backend = connection.get_database_backend();
    let account = |change: &SubscriberChange| clean(change.account.trim());
    let accounts: Vec<String> = changes.iter().map(account).collect();
    let mut sql = Sql::new("SELECT * FROM subscriber WHERE account IN (");
    sql.bind_values(accounts.iter().map(String::as_str), backend).push(") ORDER BY account");
    if lock && backend == DbBackend::Postgres {
        sql.push(" FOR UPDATE");
    }
    let rows = subscriber::Entity::find().from_raw_sql(sql.into_statement(backend)).all(connection).await?;
    let mut known: HashMap<String, subscriber::Model> =
        rows.into_iter().map(|row| (row.account.clone(), row)).collect();
    let mut serials = Claims::read(connection, changes, known.values().map(|row| row.id).collect()).await?;

    let mut seen = HashSet::new();
    let mut decisions = Vec::with_capacity(changes.len());
    for (change, account) in changes.iter().zip(accounts) {
        if account.is_empty() {
            decisions.push(Decision::Refused("An account number is needed.".to_owned()));
            continue;
        }
        if !seen.insert(account.clone()) {
            decisions.push(Decision::Refused(format!("The account {account} is there twice.")));
            continue;
        }
        let row = known.remove(&account);
        let mut draft = Draft::of(change, row.as_ref(), now);
        if let Some(scope) = &options.scope {
            if row.as_ref().is_some_and(|row| !scope::covers(scope, row)) {
                decisions.push(Decision::Refused(format!("Account {account} is outside of your part of the fleet.")));
                continue;
            }
            if row.is_none() {
                draft.begin_in(scope);
            }
            if !scope.covers(&draft.region, &draft.partner, &draft.tags()) {
                let why = format!("Account {account} would be outside of your part of the fleet: {}.", scope.label());
                decisions.push(Decision::Refused(why));
                continue;
            }
        }
        if draft.name.is_empty() {
            decisions.push(Decision::Refused("A new subscriber needs a name.".to_owned()));
            continue;
        }
        let wanted =
            match change.serials.as_deref().map(|wanted| serials.decide(row.as_ref(), &account, wanted, options)) {
                None => None,
                Some(Ok(wanted)) => Some(wanted),
                Some(Err(why)) => {
                    decisions.push(Decision::Refused(why));
                    continue;
                }
            };
        let changed = row.as_ref().is_none_or(|row| !draft.changes(row).is_empty())
            || wanted.as_ref().is_some_and(|wanted| !wanted.add.is_empty() || !wanted.remove.is_empty());
        decisions.push(Decision::Put { known: row.map(Box::new), draft: Box::new(draft), changed, serials: wanted });
    }
    Ok(decisions)
}

/// Whose serial numbers are whose.
#[derive(Default)]
struct Claims {
    /// Serial number: id and account of the owner.
    owners: HashMap<String, (i64, String)>,
    /// Of the subscribers that are changed.
    own: HashMap<i64, Vec<String>>,
}

impl Claims {
    async fn read(
        connection: &impl ConnectionTrait,
        changes: &[SubscriberChange],
        ids: Vec<i64>,
    ) -> Result<Self, StoreError> {
        let wanted: Vec<&str> =
            changes.iter().filter_map(|change| change.serials.as_ref()).flatten().map(|s| s.trim()).collect();
        if changes.iter().all(|change| change.serials.is_none()) {
            return Ok(Self::default());
        }
        let backend = connection.get_database_backend();
        let mut claims = Self::default();
        const SELECT: &str = "SELECT s.serial, s.subscriber_id, u.account FROM subscriber_serial s \
             JOIN subscriber u ON u.id = s.subscriber_id WHERE ";
        let mut by_serial = Sql::new(SELECT);
        by_serial.push("s.serial IN (").bind_values(wanted, backend).push(")");
        let mut by_owner = Sql::new(SELECT);
        by_owner.push("s.subscriber_id IN (").bind_table(&ids, backend).push(")");
        for sql in [by_serial, by_owner] {
            for row in connection.query_all_raw(sql.into_statement(backend)).await? {
                let serial: String = row.try_get_by_index(0)?;
                claims.owners.insert(serial, (row.try_get_by_index(1)?, row.try_get_by_index(2)?));
            }
        }
        for (serial, (owner, _)) in &claims.owners {
            claims.own.entry(*owner).or_default().push(serial.clone());
        }
        Ok(claims)
    }

    fn decide(
        &mut self,
        row: Option<&subscriber::Model>,
        account: &str,
        wanted: &[String],
        options: &PutOptions,
    ) -> Result<Serials, String> {
        let wanted: Vec<String> = wanted.iter().map(|serial| clean(serial.trim())).collect();
        let id = row.map_or(0, |row| row.id);
        let own = self.own.get(&id).cloned().unwrap_or_default();
        for serial in &wanted {
            if let Some((_, owner)) = self.owners.get(serial)
                && owner != account
                && (!options.take_over || options.scope.is_some())
            {
                return Err(format!("The serial number {serial} belongs to account {owner}."));
            }
        }
        let add: Vec<String> = wanted.iter().filter(|serial| !own.contains(serial)).cloned().collect();
        let remove = own.into_iter().filter(|serial| !wanted.contains(serial)).collect();
        for serial in &add {
            // Two that claim the same in one go: the second is told.
            self.owners.insert(serial.clone(), (id, account.to_owned()));
        }
        Ok(Serials { add, remove })
    }
}

async fn apply(
    tx: &sea_orm::DatabaseTransaction,
    decisions: Vec<Decision>,
    options: &PutOptions,
    now: Timestamp,
) -> Result<PutMany, StoreError> {
    let backend = tx.get_database_backend();
    let drafts: Vec<_> = decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Put { draft, changed: true, .. } => Some(draft.to_value()),
            _ => None,
        })
        .collect();
    let ids = if drafts.is_empty() { HashMap::new() } else { upsert(tx, &drafts).await? };
    let mut done = PutMany::default();
    let mut writes = Writes::default();
    for decision in &decisions {
        let outcome = match decision {
            Decision::Refused(why) => Put::Refused(why.clone()),
            Decision::Put { known: Some(row), changed: false, .. } => Put::Same(SubscriberId(row.id)),
            Decision::Put { known, draft, serials, .. } => {
                let id = *ids
                    .get(&draft.account)
                    .ok_or_else(|| StoreError::Database("a subscriber was written but not returned".to_owned()))?;
                writes.add(id, known.as_deref(), draft, serials.as_ref());
                if known.is_some() { Put::Changed(SubscriberId(id)) } else { Put::Created(SubscriberId(id)) }
            }
        };
        done.outcomes.push(outcome);
    }
    if writes.touched.is_empty() {
        return Ok(done);
    }
    let freed = writes.run(tx).await?;
    let events = std::mem::take(&mut writes.events);
    insert_events(tx, events.into_iter().map(|(id, kind)| (id, kind, Some(options.by.clone()))).collect(), now).await?;

    let rules = link::rules(tx).await?;
    let mut candidates = link::candidates(tx, &writes.touched, &rules, backend).await?;
    candidates.extend(freed.iter().map(|at| at.device));
    candidates.sort_unstable();
    candidates.dedup();
    done.linked = link::evaluate(tx, &candidates, &rules, now).await?;
    // What lost its claim, and that no rule put elsewhere, leaves.
    let moved: HashSet<i64> = done.linked.iter().map(|linked| linked.device.0).collect();
    let left = freed.into_iter().filter(|at| !moved.contains(&at.device));
    let left = left.map(|device| Move { device, to: None, why: LinkWhy::Serial, source: SOURCE_NONE }).collect();
    done.linked.extend(link::apply(tx, left, Some(&options.by), now).await?);

    let with_devices = reindex::subscribers(tx, &writes.touched).await?;
    let moved: HashSet<DeviceId> = done.linked.iter().map(|linked| linked.device).collect();
    done.devices = with_devices.into_iter().filter(|id| !moved.contains(id)).collect();
    Ok(done)
}

/// Writes the rows; their ids by account.
async fn upsert(
    tx: &sea_orm::DatabaseTransaction,
    drafts: &[serde_json::Value],
) -> Result<HashMap<String, i64>, StoreError> {
    let backend = tx.get_database_backend();
    let names = COLUMNS.map(|(name, _)| name);
    let plain = &names[..names.len() - 1];
    let mut sql = Sql::new(format!("INSERT INTO subscriber ({}, created_at, updated_at) SELECT ", plain.join(", ")));
    sql.push(&names.map(|name| format!("r.{name}")).join(", ")).push(", r.at FROM ");
    sql.bind_rows(&COLUMNS, drafts, backend).push(" WHERE TRUE ON CONFLICT (account) DO UPDATE SET ");
    let sets: Vec<String> = plain.iter().skip(1).map(|name| format!("{name} = excluded.{name}")).collect();
    sql.push(&sets.join(", ")).push(", updated_at = excluded.updated_at RETURNING id, account");
    let rows = tx.query_all_raw(sql.into_statement(backend)).await?;
    let ids = rows.iter().map(|row| Ok((row.try_get_by_index(1)?, row.try_get_by_index(0)?)));
    ids.collect::<Result<_, sea_orm::DbErr>>().map_err(Into::into)
}

/// What else is to be written, gathered over all subscribers.
#[derive(Default)]
struct Writes {
    /// All that were created or changed.
    touched: Vec<i64>,
    known: Vec<i64>,
    renamed: Vec<serde_json::Value>,
    phones: Vec<serde_json::Value>,
    tags: Vec<serde_json::Value>,
    serials: Vec<serde_json::Value>,
    dropped: Vec<serde_json::Value>,
    events: Vec<(i64, SubscriberEventKind)>,
}

impl Writes {
    fn add(&mut self, id: i64, known: Option<&subscriber::Model>, draft: &Draft, serials: Option<&Serials>) {
        self.touched.push(id);
        let event = match known {
            None => Some(SubscriberEventKind::Created),
            Some(row) => {
                self.known.push(id);
                if row.name_key != draft.name_key && row.devices > 0 {
                    self.renamed.push(json!({ "id": id, "name": draft.name_key }));
                }
                let changes = draft.changes(row);
                (!changes.is_empty()).then_some(SubscriberEventKind::Changed { changes })
            }
        };
        self.events.extend(event.map(|event| (id, event)));
        self.phones.extend(draft.more_digits().into_iter().map(|digits| json!({ "id": id, "text": digits })));
        self.tags.extend(draft.tags().into_iter().map(|tag| json!({ "id": id, "text": tag })));
        if let Some(serials) = serials {
            let pair = |serial: &String| json!({ "id": id, "text": serial });
            self.serials.extend(serials.add.iter().map(pair));
            self.dropped.extend(serials.remove.iter().map(pair));
        }
    }

    /// Devices whose claim by serial number is gone.
    async fn run(&self, tx: &sea_orm::DatabaseTransaction) -> Result<Vec<link::At>, StoreError> {
        const PAIR: [(&str, Kind); 2] = [("id", Kind::Number), ("text", Kind::Text)];
        let backend = tx.get_database_backend();
        if !self.known.is_empty() {
            for table in ["subscriber_phone", "subscriber_tag"] {
                let mut sql = Sql::new(format!("DELETE FROM {table} WHERE subscriber_id IN ("));
                sql.bind_table(&self.known, backend).push(")");
                tx.execute_raw(sql.into_statement(backend)).await?;
            }
        }
        let inserts = [("subscriber_phone", "digits", &self.phones), ("subscriber_tag", "tag", &self.tags)];
        for (table, column, rows) in inserts.into_iter().filter(|(_, _, rows)| !rows.is_empty()) {
            let mut sql = Sql::new(format!("INSERT INTO {table} ({column}, subscriber_id) SELECT r.text, r.id FROM "));
            sql.bind_rows(&PAIR, rows, backend);
            tx.execute_raw(sql.into_statement(backend)).await?;
        }
        let mut freed = Vec::new();
        if !self.dropped.is_empty() {
            freed = link::claimed(tx, &self.dropped).await?;
            let mut sql = Sql::new("DELETE FROM subscriber_serial WHERE serial IN (SELECT r.text FROM ");
            sql.bind_rows(&PAIR, &self.dropped, backend).push(")");
            tx.execute_raw(sql.into_statement(backend)).await?;
        }
        if !self.serials.is_empty() {
            let mut sql = Sql::new("INSERT INTO subscriber_serial (serial, subscriber_id) SELECT r.text, r.id FROM ");
            sql.bind_rows(&PAIR, &self.serials, backend);
            sql.push(" WHERE TRUE ON CONFLICT (serial) DO UPDATE SET subscriber_id = excluded.subscriber_id");
            tx.execute_raw(sql.into_statement(backend)).await?;
        }
        if !self.renamed.is_empty() {
            let mut sql = Sql::new("UPDATE device SET subscriber_key = r.name FROM ");
            sql.bind_rows(&[("id", Kind::Number), ("name", Kind::Text)], &self.renamed, backend);
            sql.push(" WHERE device.subscriber_id = r.id");
            tx.execute_raw(sql.into_statement(backend)).await?;
        }
        Ok(freed)
    }
}
