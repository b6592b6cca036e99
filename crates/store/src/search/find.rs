//! The search of the whole portal: the index proposes a bounded number of rows in a bounded time, the judge decides.

use super::common::{Sample, has_all};
use super::fields::{Field, Kind, fields, phone_end_key};
use super::judge::{Row, Span, Verdict};
use super::near::{Scratch, one_edit_away};
use super::query::{END_MIN, PHONE_MIN, Query};
use super::vocabulary::Meanings;
use super::{write_end, write_words};
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::scope;
use crate::sql::{Sql, containing, prefix_end};
use crate::store::Store;
use model::device::Presence;
use model::search::{Marked, SearchHit, SearchPage};
use model::{DeviceId, Scope, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, TransactionTrait};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rows that one question to the index may propose.
const EACH: usize = 100;
/// Fewer rows than this, and typing errors are forgiven.
const ENOUGH: usize = 8;
/// Identifiers with the same end that are compared for one question.
const ENDS: i64 = 5000;
/// How long all questions of one search may take together. What was found by then is what is shown.
const TIME: Duration = Duration::from_millis(300);
/// Rows that the rarer words of a question may propose, for the common ones to be looked for in them.
const WINDOW: usize = 2_000;
/// Rows that PostgreSQL looks through for words that are all common.
const HEAD: usize = 10_000;
/// Most hits of one search, on all pages.
const HITS_MAX: usize = 200;

/// Ids and words.
type Rows = Vec<(i64, String)>;

/// The rows that are proposed, each once.
struct Proposals<'a> {
    store: &'a Store,
    /// The part of the fleet that whoever asks may see.
    scope: Option<Scope>,
    sample: Arc<Sample>,
    /// PostgreSQL: with a limit on the time of each statement.
    tx: Option<DatabaseTransaction>,
    until: Instant,
    seen: HashSet<i64>,
    ids: Vec<i64>,
    /// There may be more rows than were looked at.
    cut: bool,
    /// Rows with their words, read once for all questions of common words.
    head: Option<Rows>,
}

impl Store {
    /// The first hits for what a person typed, best first: exact identifiers, then what begins with the text, then rows
    /// with all its words, then rows that have them with typing errors; among equals those that are there before those
    /// that are not.
    pub async fn search(
        &self,
        text: &str,
        scope: Option<&Scope>,
        limit: u16,
        now: Timestamp,
    ) -> Result<Vec<SearchHit>, StoreError> {
        Ok(self.search_page(text, scope, 0, limit, now).await?.hits)
    }

    /// The hits from `offset` on. At most [`HITS_MAX`] are found in all.
    pub async fn search_page(
        &self,
        text: &str,
        scope: Option<&Scope>,
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
        let mut proposals = Proposals::new(self, scope.cloned()).await?;
        proposals.gather(&query).await?;
        let (ids, cut) = proposals.end().await?;
        let mut loaded = self.loaded(&ids).await?;
        if let Some(scope) = scope {
            loaded.subscribers.retain(|_, row| scope::covers(scope, row));
            loaded.devices.retain(|_, row| row.subscriber_id.is_some_and(|id| loaded.subscribers.contains_key(&id)));
        }
        let mut page = ranked(&loaded, &query, &ids, offset, usize::from(limit), now);
        page.bounded |= cut;
        Ok(page)
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

fn ranked(loaded: &Loaded, query: &Query, ids: &[i64], offset: usize, limit: usize, now: Timestamp) -> SearchPage {
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
    SearchPage { hits: hits.collect(), found: found as u32, bounded }
}

fn presence(device: &device::Model, now: Timestamp) -> Option<Presence> {
    let until = device.rebooting_until.map(Timestamp);
    (device.last_inform > 0).then(|| Presence::at(now, Timestamp(device.late_at), Timestamp(device.overdue_at), until))
}

impl<'a> Proposals<'a> {
    async fn new(store: &'a Store, scope: Option<Scope>) -> Result<Self, StoreError> {
        // First, as it takes another connection than the questions.
        store.read_words().await?;
        let sample = store.sample().await?;
        let tx = if store.backend() == DbBackend::Postgres {
            let tx = store.0.read.begin().await?;
            // How common words are decides how they are found, and the sample knows it better than the planner does: what
            // is asked for is rare, and the index finds it.
            tx.execute_unprepared(&format!(
                "SET LOCAL statement_timeout = {}; SET LOCAL plan_cache_mode = force_custom_plan; \
                 SET LOCAL enable_seqscan = off",
                TIME.as_millis()
            ))
            .await?;
            Some(tx)
        } else {
            None
        };
        Ok(Self {
            store,
            scope,
            sample,
            tx,
            until: Instant::now() + TIME,
            seen: HashSet::new(),
            ids: Vec::new(),
            cut: false,
            head: None,
        })
    }

    /// The ids, and whether there may be more.
    async fn end(self) -> Result<(Vec<i64>, bool), StoreError> {
        if let Some(tx) = self.tx {
            tx.rollback().await?;
        }
        Ok((self.ids, self.cut))
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until || (self.store.backend() == DbBackend::Postgres && self.tx.is_none())
    }

    /// Asks for ids; the first column is the id. How many were there, known ones included.
    async fn ask(&mut self, mut sql: Sql, limit: usize) -> Result<usize, StoreError> {
        if let Some(scope) = &self.scope {
            // Or the rows of others would use the limit up.
            sql = sql.within("SELECT q.id FROM (", ") q WHERE CASE WHEN q.id < 0 THEN ");
            scope::write_owner(scope, "-q.id", &mut sql);
            scope::write_device(scope, "q.id", sql.push(" ELSE "));
            sql.push(" END");
        }
        // Not bound: SQLite would plan the statement anew each time.
        sql.push(&format!(" LIMIT {limit}"));
        let rows = self.rows(sql).await?;
        for row in &rows {
            self.propose(row.try_get_by_index(0)?);
        }
        self.cut |= rows.len() >= limit;
        Ok(rows.len())
    }

    fn propose(&mut self, id: i64) {
        if self.seen.insert(id) {
            self.ids.push(id);
        }
    }

    /// No rows once the time is over.
    async fn rows(&mut self, sql: Sql) -> Result<Vec<sea_orm::QueryResult>, StoreError> {
        if self.is_over() {
            self.cut = true;
            return Ok(Vec::new());
        }
        let sql = sql.into_statement(self.store.backend());
        let Some(tx) = &self.tx else { return Ok(self.store.0.read.query_all_raw(sql).await?) };
        match tx.query_all_raw(sql).await {
            Ok(rows) => Ok(rows),
            Err(error) if is_timeout(&error) => {
                // The transaction can do nothing more. Dropped, it is rolled back.
                self.tx = None;
                self.cut = true;
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn gather(&mut self, query: &Query) -> Result<(), StoreError> {
        // Who typed an identifier is not asked whether they meant another.
        let mut sure = self.keys_equal(&query.keys, EACH).await? > 0;
        for key in &query.keys {
            self.keys_begin(key, EACH).await?;
        }
        for end in &query.ends {
            // A phone number without its country is that number.
            let found = self.keys_end(end).await?;
            sure |= found > 0 && query.is_phone && end.chars().count() >= PHONE_MIN;
        }
        // The parts of a number that is there begin no words.
        let parts = (sure && query.has_digit && query.words.len() > 1) || (query.is_parts && self.ids.len() >= ENOUGH);
        self.all_words(query, sure, parts).await?;
        let enough = sure || self.ids.len() >= ENOUGH;
        if query.words.len() > 1 && !parts && !query.is_parts {
            // A name together with part of a number: the number is rarer.
            for word in query.words.iter().flatten().filter(|word| word.contains(|c: char| c.is_ascii_digit())) {
                if word.chars().count() > 2 {
                    self.keys_begin(word, EACH).await?;
                    self.keys_end(word).await?;
                }
            }
        }
        if enough {
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
        sql.push(&format!(" LIMIT {ENDS}) e WHERE e.key LIKE "));
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
            sql.push(&format!(" LIMIT {ENDS}"));
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

    /// Rows that have all words: as typed, then as beginnings, then in spite of typing errors.
    async fn all_words(&mut self, query: &Query, sure: bool, parts: bool) -> Result<(), StoreError> {
        if query.words.is_empty() || (parts && query.is_parts) {
            return Ok(());
        }
        let mut found = self.words(&query.words).await?;
        if parts || found >= EACH {
            return Ok(());
        }
        let meanings = self.store.known_meanings(query.words.clone(), None, false).await?;
        let mut before = query.words.clone();
        // One word may begin many: the few likeliest first. Several words are rarer together.
        let steps: &[usize] = if query.words.len() == 1 { &[4, usize::MAX] } else { &[usize::MAX] };
        for most in steps {
            let words = meant(query, &meanings, *most);
            if found < EACH && words != before {
                found = self.words(&words).await?;
                before = words;
            }
        }
        if sure || self.ids.len() >= ENOUGH {
            return Ok(());
        }
        let meanings = self.store.known_meanings(query.words.clone(), None, true).await?;
        let mut words = meant(query, &meanings, usize::MAX);
        for (words, meanings) in words.iter_mut().zip(&meanings) {
            words.extend(meanings.others.iter().map(|(_, word)| word.clone()));
        }
        if words != before {
            self.words(&words).await?;
        }
        Ok(())
    }

    /// Rows that have a word of each list; how many were there, known ones included.
    async fn words(&mut self, question: &[Vec<String>]) -> Result<usize, StoreError> {
        let backend = self.store.backend();
        let plan = self.sample.plan(question);
        let lists = |places: &[usize]| -> Vec<HashSet<&str>> {
            places.iter().map(|at| question[*at].iter().map(String::as_str).collect()).collect()
        };
        if plan.common && backend == DbBackend::Postgres {
            // Its index would be gone through to the end; a common word is met soon in any rows.
            let head = if let Some(head) = self.head.take() {
                head
            } else {
                let sql = format!("SELECT s.id, s.words FROM search s ORDER BY s.id DESC LIMIT {HEAD}");
                self.rows_with_words(Sql::new(sql)).await?
            };
            let all: Vec<usize> = (0..question.len()).collect();
            let found = self.propose_those(&head, &lists(&all));
            self.cut |= head.len() >= HEAD;
            self.head = Some(head);
            return Ok(found);
        }
        let asked: Vec<&[String]> = plan.asked.iter().map(|at| question[*at].as_slice()).collect();
        if plan.checked.is_empty() {
            let mut sql = Sql::default();
            write_words(&asked, &mut sql, backend);
            return self.ask(sql, EACH).await;
        }
        let mut sql = Sql::new("SELECT s.id, s.words FROM (");
        write_words(&asked, &mut sql, backend);
        sql.push(&format!(" LIMIT {WINDOW}) p CROSS JOIN search s WHERE s.id = p.id"));
        let rows = self.rows_with_words(sql).await?;
        let found = self.propose_those(&rows, &lists(&plan.checked));
        self.cut |= rows.len() >= WINDOW;
        Ok(found)
    }

    async fn rows_with_words(&mut self, sql: Sql) -> Result<Rows, StoreError> {
        let rows = self.rows(sql).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
    }

    /// Rows that have a word of each list; how many.
    fn propose_those(&mut self, rows: &[(i64, String)], lists: &[HashSet<&str>]) -> usize {
        let those = rows.iter().filter(|(_, words)| has_all(words, lists)).take(EACH);
        let mut found = 0;
        for (id, _) in those {
            self.propose(*id);
            found += 1;
        }
        self.cut |= found >= EACH;
        found
    }
}

/// Each word with those that it may begin, the likeliest `most` of them.
fn meant(query: &Query, meanings: &[Meanings], most: usize) -> Vec<Vec<String>> {
    let all = query.words.iter().zip(meanings);
    all.map(|(forms, meanings)| forms.iter().chain(meanings.beginnings.iter().take(most)).cloned().collect()).collect()
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
