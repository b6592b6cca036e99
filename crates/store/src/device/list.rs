//! The device list: any filter, any order, page by page in both directions, without offsets.
//!
//! A page walks the index of its order. A filter that matches few devices would make that walk long, so each filter is
//! probed first: the ids of one that matches at most [`FEW`] devices are the candidates, which are then sorted;
//! otherwise all match so many that the walk is short. Both ways cost the same however large the fleet is.

use super::cursor::{Key, Position, column};
use super::filter::Predicate;
use crate::entity::device;
use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;
use model::device::{DeviceFilter, DeviceQuery, DeviceRow, DeviceSort, Direction};
use model::page::{Count, Page};
use model::{DeviceId, Scope, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

/// As many candidates are sorted for a page, at most. Small in tests, so that they go both ways.
const FEW: usize = if cfg!(test) { 3 } else { 2000 };

/// Devices without a subscriber come last, whichever way the others are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment {
    All,
    Named,
    Nameless,
}

/// What stays the same from segment to segment.
struct Walk<'a> {
    predicates: &'a [Predicate],
    /// The index of the predicate that matches few devices, and their ids.
    driver: Option<(usize, Vec<i64>)>,
    sort: DeviceSort,
    direction: Direction,
}

impl Store {
    /// One page of devices. A cursor that cannot be read, or belongs to another order, begins at the first page.
    ///
    /// Sorted by last Inform, devices are in order of the quarter of an hour, and exactly in order inside a page.
    pub async fn devices(
        &self,
        query: &DeviceQuery,
        scope: Option<&Scope>,
        now: Timestamp,
    ) -> Result<Page<DeviceRow>, StoreError> {
        let predicates = self.predicates(&query.filter, scope, now).await?;
        let driver = self.driver(&predicates).await?;
        if driver.as_ref().is_some_and(|(_, ids)| ids.is_empty()) {
            return Ok(Page { items: Vec::new(), previous: None, next: None });
        }
        let (sort, direction) = (query.sort, query.direction);
        let walk = Walk { predicates: &predicates, driver, sort, direction };
        let size = usize::from(query.page_size());
        let mut position = query.cursor.as_deref().and_then(|text| Position::read(text, sort, direction));
        let mut rows = self.walk(&walk, position.as_ref(), size + 1).await?;
        let backward = |position: &Position| position.backward;
        if position.as_ref().is_some_and(backward) && rows.len() <= size {
            // Back at the beginning: a whole first page, not the few that come before.
            position = None;
            rows = self.walk(&walk, None, size + 1).await?;
        }
        let more = rows.len() > size;
        rows.truncate(size);
        let at = |row: Option<&device::Model>, backward| {
            row.map(|row| Position::of(row, sort, backward).write(sort, direction))
        };
        let (previous, next) = match &position {
            Some(position) if position.backward => {
                rows.reverse();
                (at(rows.first(), true), at(rows.last(), false))
            }
            Some(after) => {
                let before =
                    at(rows.first(), true).unwrap_or_else(|| before_end(after, direction).write(sort, direction));
                (Some(before), at(rows.last(), false).filter(|_| more))
            }
            None => (None, at(rows.last(), false).filter(|_| more)),
        };
        if sort == DeviceSort::LastInform {
            rows.sort_by_key(|row| if direction == Direction::Ascending { row.last_inform } else { -row.last_inform });
        }
        Ok(Page { items: self.device_rows(rows).await?, previous, next })
    }

    /// How many devices match; counting stops at `cap`.
    pub async fn count_devices(
        &self,
        filter: &DeviceFilter,
        scope: Option<&Scope>,
        now: Timestamp,
        cap: u64,
    ) -> Result<Count, StoreError> {
        let predicates = self.predicates(filter, scope, now).await?;
        let mut sql = Sql::new("SELECT COUNT(*) FROM (");
        let limit = i64::try_from(cap).unwrap_or(i64::MAX).saturating_add(1);
        matching_sql(&mut sql, &predicates, limit, self.backend());
        sql.push(") c");
        let count = self.number(sql).await? as u64;
        Ok(if count > cap { Count::MoreThan(cap) } else { Count::Exact(count) })
    }

    /// Which devices match, by id; at most `limit`.
    pub async fn device_ids(
        &self,
        filter: &DeviceFilter,
        scope: Option<&Scope>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeviceId>, StoreError> {
        let predicates = self.predicates(filter, scope, now).await?;
        let mut sql = Sql::default();
        matching_sql(&mut sql, &predicates, i64::from(limit), self.backend());
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<i64>, _>>()?;
        let mut ids: Vec<_> = ids.into_iter().map(DeviceId).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    pub(crate) async fn number(&self, sql: Sql) -> Result<i64, StoreError> {
        let row = self.0.read.query_one_raw(sql.into_statement(self.backend())).await?;
        let row = row.ok_or_else(|| StoreError::Database("a count gave no row".to_owned()))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// The first predicate that matches few devices, and which.
    async fn driver(&self, predicates: &[Predicate]) -> Result<Option<(usize, Vec<i64>)>, StoreError> {
        for (index, predicate) in predicates.iter().enumerate().filter(|(_, predicate)| predicate.may_be_rare()) {
            let mut sql = Sql::new("SELECT a.id FROM (");
            predicate.write_ids(&mut sql, self.backend());
            sql.push(") a LIMIT ").bind(FEW as i64 + 1);
            let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
            if rows.len() <= FEW {
                let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
                return Ok(Some((index, ids)));
            }
        }
        Ok(None)
    }

    /// Rows from a position on, in the order of the walk: reversed if it goes backward.
    async fn walk(
        &self,
        walk: &Walk<'_>,
        position: Option<&Position>,
        limit: usize,
    ) -> Result<Vec<device::Model>, StoreError> {
        let backward = position.is_some_and(|position| position.backward);
        let mut segments: &[Segment] = match (walk.sort, position.map(|position| &position.key)) {
            (DeviceSort::Subscriber, Some(Key::Null)) if backward => &[Segment::Nameless, Segment::Named],
            (DeviceSort::Subscriber, Some(Key::Null)) => &[Segment::Nameless],
            (DeviceSort::Subscriber, Some(_)) if backward => &[Segment::Named],
            (DeviceSort::Subscriber, _) => &[Segment::Named, Segment::Nameless],
            _ => &[Segment::All],
        };
        let mut rows = Vec::new();
        let mut from = position;
        while let Some((segment, rest)) = segments.split_first()
            && rows.len() < limit
        {
            let found = self.segment(walk, *segment, backward, from, limit - rows.len()).await?;
            rows.extend(found);
            // The next segment is read from its beginning.
            (segments, from) = (rest, None);
        }
        Ok(rows)
    }

    async fn segment(
        &self,
        walk: &Walk<'_>,
        segment: Segment,
        backward: bool,
        from: Option<&Position>,
        limit: usize,
    ) -> Result<Vec<device::Model>, StoreError> {
        let sql = segment_sql(walk, segment, backward, from, limit, self.backend());
        Ok(device::Entity::find().from_raw_sql(sql.into_statement(self.backend())).all(&self.0.read).await?)
    }
}

/// The ids of all devices that match, as far as an index finds them, in no order; the column is `id`.
fn matching_sql(sql: &mut Sql, predicates: &[Predicate], limit: i64, backend: DbBackend) {
    sql.push("SELECT d.id FROM ");
    let (texts, others): (Vec<_>, Vec<_>) =
        predicates.iter().partition(|predicate| matches!(predicate, Predicate::Text(_)));
    for text in texts {
        // Joined, not collected: it stops at the limit. CROSS JOIN keeps SQLite to this order of tables.
        sql.push("(");
        text.write_ids(sql, backend);
        sql.push(") a CROSS JOIN ");
    }
    sql.push("device d WHERE ").push(if others.len() < predicates.len() { "d.id = a.id" } else { "TRUE" });
    for predicate in others {
        predicate.write_indexed(sql.push(" AND "));
    }
    sql.push(" LIMIT ").bind(limit);
}

fn segment_sql(
    walk: &Walk<'_>,
    segment: Segment,
    backward: bool,
    from: Option<&Position>,
    limit: usize,
    backend: DbBackend,
) -> Sql {
    let mut sql = Sql::new("SELECT d.* FROM ");
    if let Some((_, ids)) = &walk.driver {
        // CROSS JOIN keeps SQLite to this order of tables.
        sql.push("(").bind_table(ids, backend).push(") c CROSS JOIN device d WHERE d.id = c.id");
    } else {
        sql.push("device d WHERE TRUE");
    }
    sql.push(match segment {
        Segment::All => "",
        Segment::Named => " AND d.subscriber_key IS NOT NULL",
        Segment::Nameless => " AND d.subscriber_key IS NULL",
    });
    for (index, predicate) in walk.predicates.iter().enumerate() {
        if walk.driver.as_ref().is_some_and(|(driver, _)| *driver == index) {
            continue;
        }
        sql.push(" AND ");
        // The indexes of single columns go on by id, which is the order of first contact.
        if walk.sort == DeviceSort::FirstSeen && matches!(predicate, Predicate::Equal(_)) {
            predicate.write_indexed(&mut sql);
        } else {
            predicate.write_walked(&mut sql, backend);
        }
    }
    let column = column(walk.sort).filter(|_| segment != Segment::Nameless);
    let ascending = (walk.direction == Direction::Ascending) != backward;
    if let Some(position) = from {
        let sign = if ascending { " > " } else { " < " };
        match (column, position.key.clone().into_value()) {
            (Some(column), Some(key)) => {
                sql.push(" AND (d.").push(column).push(", d.id)").push(sign);
                sql.push("(").bind(key).push(", ").bind(position.id).push(")");
            }
            _ => {
                sql.push(" AND d.id").push(sign).bind(position.id);
            }
        }
    }
    let order = if ascending { " ASC" } else { " DESC" };
    sql.push(" ORDER BY ");
    if let Some(column) = column {
        sql.push("d.").push(column).push(order).push(", ");
    }
    sql.push("d.id").push(order).push(" LIMIT ").bind(limit as i64);
    sql
}

/// Where a page that came out empty goes back to: the row it came after included.
fn before_end(after: &Position, direction: Direction) -> Position {
    let id = if direction == Direction::Ascending { after.id.saturating_add(1) } else { after.id.saturating_sub(1) };
    Position { backward: true, key: after.key.clone(), id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Kind, run};
    use model::device::Presence;

    /// Without statistics, as a young database has none. PostgreSQL plans by them and is not asked.
    #[tokio::test]
    async fn no_page_sorts_or_scans_the_fleet() {
        run(Kind::Sqlite, |database| async move {
            let store = database.store();
            let few = DeviceFilter { model: "M".into(), software_version: "1".into(), ..DeviceFilter::default() };
            let late = DeviceFilter { presence: Some(Presence::Late), ..DeviceFilter::default() };
            let text = DeviceFilter { text: "abc".into(), new_within_days: Some(3), ..DeviceFilter::default() };
            let filters = [DeviceFilter::default(), few, late, text];
            let north = Scope { regions: vec!["North".into()], ..Scope::default() };
            let scopes = [None, Some(north)];
            let mut asked = Vec::new();
            for (filter, scope) in filters.iter().flat_map(|filter| scopes.iter().map(move |scope| (filter, scope))) {
                asked.extend(DeviceSort::ALL.map(|sort| (filter, scope.as_ref(), sort)));
            }
            for (filter, scope, sort) in asked {
                let predicates = store.predicates(filter, scope, Timestamp(0)).await.unwrap();
                let walk = Walk { predicates: &predicates, driver: None, sort, direction: Direction::Descending };
                let segments: &[Segment] = match sort {
                    DeviceSort::Subscriber => &[Segment::Named, Segment::Nameless],
                    _ => &[Segment::All],
                };
                let key = match sort {
                    DeviceSort::FirstSeen => Key::None,
                    DeviceSort::LastInform => Key::Number(1),
                    _ => Key::Text("k".into()),
                };
                let position = Position { backward: false, key, id: 7 };
                for (segment, from) in segments.iter().flat_map(|segment| [(segment, None), (segment, Some(&position))])
                {
                    let mut explain = Sql::new("EXPLAIN QUERY PLAN ");
                    explain.append(segment_sql(&walk, *segment, false, from, 50, DbBackend::Sqlite));
                    let rows = store.0.read.query_all_raw(explain.into_statement(DbBackend::Sqlite)).await.unwrap();
                    let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
                    let label = format!("{filter:?} {sort:?} {segment:?} {}: {plan:#?}", from.is_some());
                    assert!(!plan.iter().any(|line| line.contains("FOR ORDER BY")), "{label}");
                    let walks_index = plan.iter().any(|line| line.contains("USING") && line.contains(" d "));
                    assert!(sort == DeviceSort::FirstSeen || walks_index, "{label}");
                }
            }
        })
        .await;
    }
}
