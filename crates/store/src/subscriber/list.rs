//! The list of subscribers: any filter, page by page in both directions, as the list of devices.
//!
//! A page walks the index of its order. A filter that matches few would make that walk long, so each is probed first:
//! the ids of one that matches at most [`FEW`] are the candidates, which are then sorted.

use super::row::view;
use crate::entity::subscriber;
use crate::error::StoreError;
use crate::scope;
use crate::search::TextFilter;
use crate::sql::{Sql, clean};
use crate::store::Store;
use model::device::Direction;
use model::page::{Count, Cursor, Page};
use model::subscriber::{SubscriberFacets, SubscriberFilter, SubscriberQuery, SubscriberRow, SubscriberSort};
use model::{Scope, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

/// As many candidates are sorted for a page, at most. Small in tests, so that they go both ways.
const FEW: usize = if cfg!(test) { 3 } else { 2000 };
/// Rows a page when none are asked for, and at most.
const PAGE: u16 = 50;
const PAGE_MAX: u16 = 200;
/// Tags and plans that are offered to filter by.
const FACETS: i64 = 100;

/// One restriction.
enum Predicate {
    Text(TextFilter),
    Tag(String),
    Plan(String),
    HasDevice(bool),
    /// The part of the subscribers that whoever asks may see.
    Scope(Scope),
}

fn predicates(filter: &SubscriberFilter, text: Option<TextFilter>, scope: Option<&Scope>) -> Vec<Predicate> {
    let mut predicates: Vec<Predicate> = text.into_iter().map(Predicate::Text).collect();
    if !filter.tag.is_empty() {
        predicates.push(Predicate::Tag(clean(&filter.tag)));
    }
    if !filter.plan.is_empty() {
        predicates.push(Predicate::Plan(clean(&filter.plan)));
    }
    predicates.extend(filter.has_device.map(Predicate::HasDevice));
    predicates.extend(scope.cloned().map(Predicate::Scope));
    predicates
}

impl Predicate {
    /// A query of the ids it matches, found by an index; the column is `id`, and an id may come more than once.
    fn write_ids(&self, sql: &mut Sql, backend: DbBackend) {
        match self {
            Self::Text(text) => {
                sql.push("SELECT CASE WHEN w.id < 0 THEN -w.id ELSE ");
                sql.push("(SELECT d.subscriber_id FROM device d WHERE d.id = w.id) END AS id FROM (");
                text.write_all_ids(sql, backend);
                sql.push(") w");
            }
            Self::Tag(tag) => {
                sql.push("SELECT t.subscriber_id AS id FROM subscriber_tag t WHERE t.tag = ").bind(tag.as_str());
            }
            Self::Plan(_) | Self::HasDevice(_) | Self::Scope(_) => {
                sql.push("SELECT p.id FROM subscriber p WHERE ");
                self.write_exact(sql);
            }
        }
    }

    /// A condition on the row `p`.
    fn write_exact(&self, sql: &mut Sql) {
        match self {
            Self::Text(text) => text.write_person(sql),
            Self::Scope(scope) => scope::write_person(scope, "p", sql),
            Self::Tag(tag) => {
                sql.push("EXISTS (SELECT 1 FROM subscriber_tag t WHERE t.subscriber_id = p.id AND t.tag = ");
                sql.bind(tag.as_str()).push(")");
            }
            Self::Plan(plan) => {
                sql.push("p.plan = ").bind(plan.as_str());
            }
            Self::HasDevice(true) => {
                sql.push("p.devices > 0");
            }
            Self::HasDevice(false) => {
                sql.push("p.devices = 0");
            }
        }
    }
}

/// Where a page begins: after (or before) a row.
struct Position {
    backward: bool,
    key: String,
    id: i64,
}

impl Position {
    fn of(row: &subscriber::Model, sort: SubscriberSort, backward: bool) -> Self {
        let key = match sort {
            SubscriberSort::Name => row.name_key.clone(),
            SubscriberSort::Account => row.account.clone(),
            SubscriberSort::Created => String::new(),
        };
        Self { backward, key, id: row.id }
    }

    /// Letters, digits and dots only: it travels in URLs.
    fn write(&self, query: &SubscriberQuery) -> Cursor {
        let side = if self.backward { 'p' } else { 'n' };
        Cursor(format!("{side}{}.{}.{}", list(query), self.id, hex::encode(&self.key)))
    }

    /// `None` if it is none of ours, or of a list that is sorted another way.
    fn read(text: &str, query: &SubscriberQuery) -> Option<Self> {
        let backward = match text.chars().next()? {
            'n' => false,
            'p' => true,
            _ => return None,
        };
        let mut parts = text[1..].splitn(3, '.');
        if parts.next()? != list(query) {
            return None;
        }
        let id = parts.next()?.parse().ok()?;
        let key = String::from_utf8(hex::decode(parts.next()?).ok()?).ok()?;
        (!key.contains('\0')).then_some(Self { backward, key, id })
    }
}

/// Which list a cursor belongs to.
fn list(query: &SubscriberQuery) -> String {
    let index = SubscriberSort::ALL.iter().position(|sort| *sort == query.sort).unwrap_or(0);
    format!("{index}{}", if query.direction == Direction::Ascending { 'a' } else { 'd' })
}

impl Store {
    /// One page of subscribers. A cursor that cannot be read, or belongs to another order, begins at the first page.
    pub async fn list_subscribers(
        &self,
        query: &SubscriberQuery,
        scope: Option<&Scope>,
    ) -> Result<Page<SubscriberRow>, StoreError> {
        let text = self.text_filter(&query.filter.text).await?;
        let predicates = predicates(&query.filter, text, scope);
        let driver = self.few_subscribers(&predicates).await?;
        let size = usize::from(if query.limit == 0 { PAGE } else { query.limit.min(PAGE_MAX) });
        let mut position = query.cursor.as_deref().and_then(|text| Position::read(text, query));
        let mut rows = self.walk_subscribers(query, &predicates, driver.as_ref(), position.as_ref(), size + 1).await?;
        if position.as_ref().is_some_and(|position| position.backward) && rows.len() <= size {
            // Back at the beginning: a whole first page, not the few that come before.
            position = None;
            rows = self.walk_subscribers(query, &predicates, driver.as_ref(), None, size + 1).await?;
        }
        let more = rows.len() > size;
        rows.truncate(size);
        let at = |row: Option<&subscriber::Model>, backward| {
            row.map(|row| Position::of(row, query.sort, backward).write(query))
        };
        let (previous, next) = match &position {
            Some(position) if position.backward => {
                rows.reverse();
                (at(rows.first(), true), at(rows.last(), false))
            }
            // Past the end after deletions: the way back is to the beginning.
            Some(after) => {
                let back = || Position { backward: true, key: after.key.clone(), id: after.id }.write(query);
                (Some(at(rows.first(), true).unwrap_or_else(back)), at(rows.last(), false).filter(|_| more))
            }
            None => (None, at(rows.last(), false).filter(|_| more)),
        };
        let items = rows
            .into_iter()
            .map(|row| SubscriberRow { devices: u32::try_from(row.devices).unwrap_or(0), subscriber: view(row) });
        Ok(Page { items: items.collect(), previous, next })
    }

    /// How many subscribers match; counting stops at `cap`.
    pub async fn count_subscribers(
        &self,
        filter: &SubscriberFilter,
        scope: Option<&Scope>,
        cap: u64,
    ) -> Result<Count, StoreError> {
        let predicates = predicates(filter, self.text_filter(&filter.text).await?, scope);
        let mut sql = Sql::new("SELECT COUNT(*) FROM (SELECT p.id FROM ");
        let driver = self.few_subscribers(&predicates).await?;
        sql.push("subscriber p WHERE TRUE");
        write_all(&predicates, driver.as_ref(), &mut sql, self.backend());
        let limit = i64::try_from(cap).unwrap_or(i64::MAX).saturating_add(1);
        sql.push(" LIMIT ").bind(limit).push(") c");
        let count = self.number(sql).await? as u64;
        Ok(if count > cap { Count::MoreThan(cap) } else { Count::Exact(count) })
    }

    /// Tags and plans, the most frequent first. Reads all subscribers: for the background.
    pub async fn subscriber_facets(&self, scope: Option<&Scope>) -> Result<SubscriberFacets, StoreError> {
        let within = |sql: &mut Sql, owner: &str| {
            if let Some(scope) = scope {
                scope::write_owner(scope, owner, sql.push(" AND "));
            }
        };
        let counted = async |select: &str, owner: &str| {
            let mut sql = Sql::new(select);
            within(&mut sql, owner);
            sql.push(" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ").bind(FACETS);
            let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
            let pairs = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<i64>(1)? as u64)));
            pairs.collect::<Result<Vec<(String, u64)>, sea_orm::DbErr>>().map_err(StoreError::from)
        };
        let number = async |select: &str| {
            let mut sql = Sql::new(select);
            within(&mut sql, "p.id");
            self.number(sql).await.map(|count| count as u64)
        };
        Ok(SubscriberFacets {
            tags: counted("SELECT t.tag, COUNT(*) FROM subscriber_tag t WHERE TRUE", "t.subscriber_id").await?,
            plans: counted("SELECT p.plan, COUNT(*) FROM subscriber p WHERE p.plan <> ''", "p.id").await?,
            total: number("SELECT COUNT(*) FROM subscriber p WHERE TRUE").await?,
            without_device: number("SELECT COUNT(*) FROM subscriber p WHERE p.devices = 0").await?,
            counted_at: Timestamp(0),
        })
    }

    /// The first predicate that matches few, and which.
    async fn few_subscribers(&self, predicates: &[Predicate]) -> Result<Option<(usize, Vec<i64>)>, StoreError> {
        for (index, predicate) in predicates.iter().enumerate() {
            let mut sql = Sql::new("SELECT a.id FROM (");
            predicate.write_ids(&mut sql, self.backend());
            sql.push(") a LIMIT ").bind(FEW as i64 + 1);
            let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
            if rows.len() <= FEW {
                let ids = rows.iter().map(|row| row.try_get_by_index::<Option<i64>>(0));
                let mut ids: Vec<i64> = ids.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
                ids.sort_unstable();
                ids.dedup();
                return Ok(Some((index, ids)));
            }
        }
        Ok(None)
    }

    /// Rows from a position on, in the order of the walk: reversed if it goes backward.
    async fn walk_subscribers(
        &self,
        query: &SubscriberQuery,
        predicates: &[Predicate],
        driver: Option<&(usize, Vec<i64>)>,
        position: Option<&Position>,
        limit: usize,
    ) -> Result<Vec<subscriber::Model>, StoreError> {
        let backward = position.is_some_and(|position| position.backward);
        let ascending = (query.direction == Direction::Ascending) != backward;
        let (order, beyond) = if ascending { ("ASC", ">") } else { ("DESC", "<") };
        let column = match query.sort {
            SubscriberSort::Name => Some("p.name_key"),
            SubscriberSort::Account => Some("p.account"),
            SubscriberSort::Created => None,
        };
        let mut sql = Sql::new("SELECT p.* FROM subscriber p WHERE TRUE");
        write_all(predicates, driver, &mut sql, self.backend());
        if let Some(position) = position {
            match column {
                Some(column) => {
                    sql.push(" AND (").push(column).push(", p.id) ").push(beyond).push(" (");
                    sql.bind(position.key.as_str()).push(", ").bind(position.id).push(")");
                }
                None => {
                    sql.push(" AND p.id ").push(beyond).push(" ").bind(position.id);
                }
            }
        }
        sql.push(" ORDER BY ");
        if let Some(column) = column {
            sql.push(column).push(" ").push(order).push(", ");
        }
        sql.push("p.id ").push(order).push(" LIMIT ").bind(limit as i64);
        let sql = sql.into_statement(self.backend());
        Ok(subscriber::Entity::find().from_raw_sql(sql).all(&self.0.read).await?)
    }
}

/// All restrictions as conditions on the row `p`; the candidates instead of the one that found them.
fn write_all(predicates: &[Predicate], driver: Option<&(usize, Vec<i64>)>, sql: &mut Sql, backend: DbBackend) {
    for (index, predicate) in predicates.iter().enumerate() {
        sql.push(" AND ");
        match driver {
            Some((driven, ids)) if *driven == index => {
                sql.push("p.id IN (").bind_table(ids, backend).push(")");
            }
            _ => predicate.write_exact(sql),
        }
    }
}
