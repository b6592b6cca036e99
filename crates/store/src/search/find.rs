//! The search of the whole portal: the index proposes a bounded number of rows in a bounded time, the judge decides.

use super::fields::{Field, Kind, fields, phone_end_key};
use super::judge::{Row, Span, Verdict};
use super::near::{Scratch, one_edit_away};
use super::query::{END_MIN, Query};
use super::{word_id, write_end, write_words};
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Sql, containing, prefix_end};
use crate::store::Store;
use model::device::Presence;
use model::search::{Marked, SearchHit, SearchPage};
use model::{DeviceId, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, TransactionTrait};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Rows that one question to the index may propose.
const EACH: usize = 100;
/// Fewer rows than this, and typing errors are forgiven.
const ENOUGH: usize = 8;
/// Identifiers with the same end that are compared for one question.
const ENDS: i64 = 5000;
/// How long all questions of one search may take together. What was found by then is what is shown.
const TIME: Duration = Duration::from_millis(300);
/// Rows of the word index that SQLite looks through before the time is looked at.
const SLICE: i64 = 250_000;
/// Most hits of one search, on all pages.
const HITS_MAX: usize = 200;

/// The rows that are proposed, each once.
struct Proposals<'a> {
    store: &'a Store,
    /// PostgreSQL: with a limit on the time of each statement.
    tx: Option<DatabaseTransaction>,
    until: Instant,
    seen: HashSet<i64>,
    ids: Vec<i64>,
}

impl Store {
    /// The first hits for what a person typed, best first: exact identifiers, then what begins with the text, then rows
    /// with all its words, then rows that have them with typing errors; among equals those that are there before those
    /// that are not.
    pub async fn search(&self, text: &str, limit: u16, now: Timestamp) -> Result<Vec<SearchHit>, StoreError> {
        Ok(self.search_page(text, 0, limit, now).await?.hits)
    }

    /// The hits from `offset` on. At most [`HITS_MAX`] are found in all.
    pub async fn search_page(
        &self,
        text: &str,
        offset: usize,
        limit: u16,
        now: Timestamp,
    ) -> Result<SearchPage, StoreError> {
        let query = Query::read(text);
        if query.is_empty() || limit == 0 {
            return Ok(SearchPage::default());
        }
        // A search holds a connection for reading: they must not all be searching.
        let _slot = self.0.searches.acquire().await.map_err(|_| StoreError::Unavailable("closed".to_owned()))?;
        let mut proposals = Proposals::new(self).await?;
        proposals.gather(&query).await?;
        let ids = proposals.end().await?;
        self.ranked(&query, &ids, offset, usize::from(limit), now).await
    }

    async fn ranked(
        &self,
        query: &Query,
        ids: &[i64],
        offset: usize,
        limit: usize,
        now: Timestamp,
    ) -> Result<SearchPage, StoreError> {
        let loaded = self.loaded(ids).await?;
        let mut ranked: Vec<_> = ids
            .iter()
            .filter_map(|id| {
                let (device, subscriber) = loaded.of(*id)?;
                let fields = fields(device, subscriber);
                let verdict = Row::new(&fields).judge(query)?;
                let presence = device.and_then(|device| presence(device, now));
                let there = presence.map_or(3, |presence| match presence {
                    Presence::Online | Presence::Rebooting => 0,
                    Presence::Late => 1,
                    Presence::Offline => 2,
                });
                let seen = device.map_or(0, |device| device.last_inform);
                let order = (verdict.rank, verdict.weight, there, subscriber.is_none(), -seen, id.unsigned_abs());
                Some((order, verdict, presence, device, subscriber))
            })
            .collect();
        ranked.sort_by_key(|(order, ..)| *order);
        let bounded = ranked.len() >= HITS_MAX;
        ranked.truncate(HITS_MAX);
        let found = ranked.len();
        let page = ranked.into_iter().skip(offset).take(limit);
        let hits = page.map(|(_, verdict, presence, device, subscriber)| hit(device, subscriber, &verdict, presence));
        Ok(SearchPage { hits: hits.collect(), found: found as u32, bounded })
    }

    async fn loaded(&self, ids: &[i64]) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        let device_ids: Vec<i64> = ids.iter().copied().filter(|id| *id > 0).collect();
        if !device_ids.is_empty() {
            let mut sql = Sql::new("SELECT * FROM device WHERE id IN (");
            sql.bind_ids(&device_ids).push(")");
            let query = device::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
            loaded.devices.extend(query.all(&self.0.read).await?.into_iter().map(|row| (row.id, row)));
        }
        let mut people: Vec<i64> = ids.iter().filter(|id| **id < 0).map(|id| -id).collect();
        people.extend(loaded.devices.values().filter_map(|device| device.subscriber_id));
        if !people.is_empty() {
            let mut sql = Sql::new("SELECT * FROM subscriber WHERE id IN (");
            sql.bind_ids(&people).push(")");
            let query = subscriber::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
            loaded.subscribers.extend(query.all(&self.0.read).await?.into_iter().map(|row| (row.id, row)));
        }
        Ok(loaded)
    }
}

/// What the proposed rows stand for.
#[derive(Default)]
struct Loaded {
    devices: HashMap<i64, device::Model>,
    subscribers: HashMap<i64, subscriber::Model>,
}

impl Loaded {
    /// `None` if it is gone since it was proposed.
    fn of(&self, id: i64) -> Option<(Option<&device::Model>, Option<&subscriber::Model>)> {
        if id < 0 {
            return Some((None, Some(self.subscribers.get(&-id)?)));
        }
        let device = self.devices.get(&id)?;
        Some((Some(device), device.subscriber_id.and_then(|id| self.subscribers.get(&id))))
    }
}

fn presence(device: &device::Model, now: Timestamp) -> Option<Presence> {
    let until = device.rebooting_until.map(Timestamp);
    (device.last_inform > 0).then(|| Presence::at(now, Timestamp(device.late_at), Timestamp(device.overdue_at), until))
}

impl<'a> Proposals<'a> {
    async fn new(store: &'a Store) -> Result<Self, StoreError> {
        let tx = if store.backend() == DbBackend::Postgres {
            let tx = store.0.read.begin().await?;
            // A plan for these very words: how common they are decides how they are best found.
            tx.execute_unprepared(&format!(
                "SET LOCAL statement_timeout = {}; SET LOCAL plan_cache_mode = force_custom_plan",
                TIME.as_millis()
            ))
            .await?;
            Some(tx)
        } else {
            None
        };
        Ok(Self { store, tx, until: Instant::now() + TIME, seen: HashSet::new(), ids: Vec::new() })
    }

    async fn end(self) -> Result<Vec<i64>, StoreError> {
        if let Some(tx) = self.tx {
            tx.rollback().await?;
        }
        Ok(self.ids)
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until || (self.store.backend() == DbBackend::Postgres && self.tx.is_none())
    }

    /// Asks for ids; the first column is the id. How many were there, known ones included.
    async fn ask(&mut self, mut sql: Sql, limit: usize) -> Result<usize, StoreError> {
        sql.push(" LIMIT ").bind(limit as i64);
        let rows = self.rows(sql).await?;
        for row in &rows {
            let id: i64 = row.try_get_by_index(0)?;
            if self.seen.insert(id) {
                self.ids.push(id);
            }
        }
        Ok(rows.len())
    }

    /// No rows once the time is over.
    async fn rows(&mut self, sql: Sql) -> Result<Vec<sea_orm::QueryResult>, StoreError> {
        if self.is_over() {
            return Ok(Vec::new());
        }
        let sql = sql.into_statement(self.store.backend());
        let Some(tx) = &self.tx else { return Ok(self.store.0.read.query_all_raw(sql).await?) };
        match tx.query_all_raw(sql).await {
            Ok(rows) => Ok(rows),
            Err(error) if is_timeout(&error) => {
                // The transaction can do nothing more. Dropped, it is rolled back.
                self.tx = None;
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn gather(&mut self, query: &Query) -> Result<(), StoreError> {
        // Who typed an identifier is not asked whether they meant another.
        let sure = self.keys_equal(&query.keys, EACH).await? > 0;
        for key in &query.keys {
            self.keys_begin(key, EACH).await?;
        }
        let meanings = self.store.meanings(query.words.clone(), None, true).await?;
        let with = |most: usize, others: bool| -> Vec<Vec<String>> {
            let all = query.words.iter().zip(&meanings).map(|(forms, meanings)| {
                let mut all = forms.clone();
                all.extend(meanings.beginnings.iter().take(most).cloned());
                if others {
                    all.extend(meanings.others.iter().map(|(_, word)| word.clone()));
                }
                all
            });
            all.collect()
        };
        // The few likeliest words first: were they common, the long list of all would be long to go through.
        let mut before = Vec::new();
        let mut found = 0;
        for (most, others) in [(0, false), (4, false), (usize::MAX, false), (usize::MAX, true)] {
            if query.words.is_empty() || found >= EACH || (others && (sure || self.ids.len() >= ENOUGH)) {
                break;
            }
            let words = with(most, others);
            if words != before {
                found = self.words(&words).await?;
            }
            before = words;
        }
        for end in &query.ends {
            self.keys_end(end).await?;
        }
        if query.words.len() > 1 {
            // A name together with part of a number: the number is rarer.
            for word in query.words.iter().flatten().filter(|word| word.contains(|c: char| c.is_ascii_digit())) {
                if word.chars().count() > 2 {
                    self.keys_begin(word, EACH).await?;
                    self.keys_end(word).await?;
                }
            }
        }
        if sure || self.ids.len() >= ENOUGH {
            return Ok(());
        }
        if let Some(end) = &query.fuzzy_phone {
            let mut near: Vec<String> = one_edit_away(end).iter().map(|end| phone_end_key(end)).collect();
            near.push(phone_end_key(end));
            self.keys_equal(&near, EACH).await?;
        }
        if let Some(key) = &query.fuzzy_key {
            self.keys_equal(&one_edit_away(key), EACH).await?;
            if self.ids.is_empty() && key.chars().count() >= 10 {
                self.keys_two_edits_away(key).await?;
            }
        }
        Ok(())
    }

    async fn keys_equal(&mut self, keys: &[String], limit: usize) -> Result<usize, StoreError> {
        let backend = self.store.backend();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut sql = Sql::new("SELECT k.id FROM (");
        sql.bind_texts(&keys, "key", backend).push(") v CROSS JOIN search_key k WHERE k.key = v.key");
        if backend == DbBackend::Postgres {
            sql = Sql::new("SELECT k.id FROM search_key k WHERE k.key = ANY(");
            sql.bind_array(&keys).push(")");
        }
        self.ask(sql, limit).await
    }

    async fn keys_begin(&mut self, key: &str, limit: usize) -> Result<usize, StoreError> {
        let mut sql = Sql::new("SELECT k.id FROM search_key k WHERE k.key >= ");
        sql.bind(key).push(" AND k.key < ").bind(prefix_end(key)).push(" ORDER BY k.key");
        self.ask(sql, limit).await
    }

    async fn keys_end(&mut self, end: &str) -> Result<usize, StoreError> {
        let Some(last) = last_four(end) else { return Ok(0) };
        let mut sql = Sql::new("SELECT e.id FROM (SELECT k.key, k.id FROM search_key k WHERE ");
        write_end(&mut sql, last, self.store.backend());
        let pattern = containing(end);
        sql.push(" LIMIT ").bind(ENDS).push(") e WHERE e.key LIKE ");
        sql.bind(pattern.strip_suffix('%').unwrap_or(&pattern)).push(" ESCAPE '\\'");
        self.ask(sql, EACH).await
    }

    /// Two errors are forgiven where the last four characters, or all before them, are right.
    async fn keys_two_edits_away(&mut self, key: &str) -> Result<(), StoreError> {
        let typed: Vec<char> = key.chars().collect();
        let head: String = typed[..typed.len().saturating_sub(END_MIN)].iter().collect();
        let mut by_end = Sql::new("SELECT k.id, k.key FROM search_key k WHERE ");
        write_end(&mut by_end, last_four(key).unwrap_or_default(), self.store.backend());
        let mut by_head = Sql::new("SELECT k.id, k.key FROM search_key k WHERE k.key >= ");
        by_head.bind(head.as_str()).push(" AND k.key < ").bind(prefix_end(&head));
        let mut scratch = Scratch::default();
        for mut sql in [by_end, by_head] {
            sql.push(" LIMIT ").bind(ENDS);
            for row in self.rows(sql).await? {
                let (id, own): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                let own: Vec<char> = own.chars().collect();
                let near = own.len().abs_diff(typed.len()) <= 2 && scratch.distance(&typed, &own, 2).whole.is_some();
                if near && self.ids.len() < EACH && self.seen.insert(id) {
                    self.ids.push(id);
                }
            }
        }
        Ok(())
    }

    async fn words(&mut self, words: &[Vec<String>]) -> Result<usize, StoreError> {
        let backend = self.store.backend();
        if backend == DbBackend::Postgres {
            let mut sql = Sql::default();
            write_words(words, &mut sql, backend);
            return self.ask(sql, EACH).await;
        }
        // SQLite cannot be stopped inside its index: it is asked for one part after another.
        const ENDS: &str = "SELECT COALESCE((SELECT id FROM search ORDER BY id LIMIT 1), 0), \
             COALESCE((SELECT id FROM search ORDER BY id DESC LIMIT 1), 0)";
        let rows = self.rows(Sql::new(ENDS)).await?;
        let Some(row) = rows.first() else { return Ok(0) };
        let (first, last): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let mut found = 0;
        let devices = (0..=last.max(0) / SLICE).map(|slice| (slice * SLICE, (slice + 1) * SLICE - 1));
        let people = (0..=-first.min(0) / SLICE).map(|slice| (-(slice + 1) * SLICE, -slice * SLICE - 1));
        for (from, to) in devices.chain(people.filter(|_| first < 0)) {
            if found >= EACH || self.is_over() {
                break;
            }
            let mut sql = Sql::default();
            write_words(words, &mut sql, backend);
            let id = word_id(backend);
            sql.push(" AND ").push(id).push(" >= ").bind(from).push(" AND ").push(id).push(" <= ").bind(to);
            found += self.ask(sql, EACH - found).await?;
        }
        Ok(found)
    }
}

fn last_four(key: &str) -> Option<&str> {
    let (at, _) = key.char_indices().rev().nth(END_MIN - 1)?;
    key.get(at..)
}

/// Whether PostgreSQL stopped a statement for its time (57014).
fn is_timeout(error: &sea_orm::DbErr) -> bool {
    let text = error.to_string();
    text.contains("statement timeout") || text.contains("57014")
}

/// Puts together what a person reads, with what matched in it.
fn hit(
    device: Option<&device::Model>,
    subscriber: Option<&subscriber::Model>,
    verdict: &Verdict,
    presence: Option<Presence>,
) -> SearchHit {
    let fields = fields(device, subscriber);
    let marked = |text: &str, label: &str| {
        let spans = verdict
            .spans
            .iter()
            .filter(|(at, _)| fields.get(*at).is_some_and(|field| field.label == label && field.text == text));
        let mut spans: Vec<Span> = spans.map(|(_, span)| *span).collect();
        spans.sort_unstable();
        spans
    };
    let title = match (subscriber, device) {
        (Some(subscriber), _) => Marked::new(&subscriber.name, marked(&subscriber.name, "Name")),
        (None, Some(device)) => Marked::new(&device.model, marked(&device.model, "Model")),
        (None, None) => Marked::default(),
    };
    let mut subtitle = Marked::default();
    let mut part = |text: &str, label: &str| subtitle.append(" · ", text, marked(text, label));
    if let Some(device) = device {
        if subscriber.is_some() {
            part(&device.model, "Model");
        }
        part(&device.serial, "Serial");
        part(&device.address, "IP address");
    }
    if let Some(subscriber) = subscriber {
        part(&subscriber.account, "Account");
    }
    let field = fields.get(verdict.field);
    let told = |field: &Field<'_>| {
        let in_title = field.kind == Kind::Name || (subscriber.is_none() && field.label == "Model");
        let in_subtitle = matches!(field.label, "Model" | "Serial" | "Account")
            || device.is_some_and(|device| field.label == "IP address" && field.text == device.address);
        in_title || in_subtitle
    };
    let value = field.filter(|field| !told(field));
    SearchHit {
        device: device.map(|device| DeviceId(device.id)),
        subscriber: subscriber.map(|subscriber| SubscriberId(subscriber.id)),
        title: title.text.clone(),
        title_marks: title.marks,
        subtitle: subtitle.text.clone(),
        subtitle_marks: subtitle.marks,
        matched: field.map_or("", |field| field.label).to_owned(),
        value: value.map(|field| Marked::new(field.text, marked(field.text, field.label))).unwrap_or_default(),
        exact: verdict.rank == 0,
        presence,
    }
}
