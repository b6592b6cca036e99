//! Pages of the log, newest first.
//!
//! Every filter but the one for words has an index that gives entries in the order of the page. Words are looked for in
//! so many entries at a time that a page costs the same however long the log is; the page then says how far it looked.

use super::entry;
use crate::entity::audit::{self, Model};
use crate::error::StoreError;
use crate::sql::{Sql, clean, containing, statement};
use crate::store::Store;
use model::Timestamp;
use model::audit::{AuditEntry, AuditFilter, AuditPage, AuditQuery};
use model::page::{Cursor, Page};
use sea_orm::{ConnectionTrait, EntityTrait};

/// Entries of a page when none are asked for, and at most.
const DEFAULT: u16 = 50;
const MAX: u16 = 500;
/// Entries in which one page looks for words.
const LOOKED_AT: i64 = 20_000;
/// Names that are offered to filter by.
const PEOPLE: usize = 200;
/// Longest text that is looked for, in characters.
const TEXT_MAX: usize = 200;

/// Beside which entry a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    /// Towards newer entries.
    backward: bool,
    at: i64,
    id: i64,
}

impl Position {
    fn read(cursor: &Cursor) -> Option<Self> {
        let backward = cursor.0.starts_with('p');
        let (at, id) = cursor.0.strip_prefix(['n', 'p'])?.split_once('.')?;
        Some(Self { backward, at: at.parse().ok()?, id: id.parse().ok()? })
    }

    fn write(self) -> Cursor {
        Cursor(format!("{}{}.{}", if self.backward { 'p' } else { 'n' }, self.at, self.id))
    }
}

fn beside(row: &AuditEntry, backward: bool) -> Cursor {
    Position { backward, at: row.at.0, id: row.id }.write()
}

impl Store {
    /// Entries that the filter lets through, newest first. A cursor that cannot be read begins at the first page.
    pub async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, StoreError> {
        let size = usize::from(if query.limit == 0 { DEFAULT } else { query.limit.min(MAX) });
        let mut from = query.cursor.as_ref().and_then(Position::read);
        let mut found = self.audit_beside(&query.filter, from, size + 1).await?;
        if from.is_some_and(|from| from.backward) && found.0.len() <= size {
            // Back at the beginning: a whole first page.
            from = None;
            found = self.audit_beside(&query.filter, None, size + 1).await?;
        }
        let (mut items, stopped) = found;
        let more = items.len() > size;
        items.truncate(size);
        let backward = from.is_some_and(|from| from.backward);
        if backward {
            items.reverse();
        }
        let previous = items.first().map(|row| beside(row, true));
        // After a page without anything the way back leads past the entry that it began at.
        let previous = previous.or_else(|| from.map(|from| Position { backward: true, ..from }.write()));
        let next = items.last().map(|row| beside(row, false));
        let (has_previous, has_next) = if backward { (more, true) } else { (from.is_some(), more) };
        // Words were looked for in so many entries, and there are older ones.
        let stopped = stopped.filter(|_| !more && !backward);
        let next = match stopped {
            Some(stopped) => Some(stopped.write()),
            None => next.filter(|_| has_next),
        };
        Ok(AuditPage {
            page: Page { items, previous: previous.filter(|_| has_previous), next },
            looked_back_to: stopped.map(|stopped| Timestamp(stopped.at)),
        })
    }

    /// The entries next to a position, the nearest first; and where the search for words stopped, if it did.
    async fn audit_beside(
        &self,
        filter: &AuditFilter,
        from: Option<Position>,
        limit: usize,
    ) -> Result<(Vec<AuditEntry>, Option<Position>), StoreError> {
        let backend = self.backend();
        let text: String = clean(filter.text.trim()).chars().take(TEXT_MAX).collect();
        let backward = from.is_some_and(|from| from.backward);
        let order = if backward { " ORDER BY at, id LIMIT " } else { " ORDER BY at DESC, id DESC LIMIT " };
        let mut sql = Sql::new("SELECT * FROM ");
        if text.is_empty() {
            sql.push("audit");
            conditions(&mut sql, filter, from);
        } else {
            sql.push("(SELECT * FROM audit");
            conditions(&mut sql, filter, from);
            sql.push(order).bind(LOOKED_AT).push(") AS looked WHERE (");
            let pattern = containing(&text.to_lowercase());
            for (index, column) in
                ["actor_name", "target_label", "target_id", "old_value", "new_value", "reason", "address", "act"]
                    .into_iter()
                    .enumerate()
            {
                sql.push(if index > 0 { " OR LOWER(" } else { "LOWER(" }).push(column).push(") LIKE ");
                sql.bind(pattern.clone()).push(" ESCAPE '\\'");
            }
            sql.push(")");
        }
        sql.push(order).bind(limit as i64);
        let rows: Vec<Model> =
            audit::Entity::find().from_raw_sql(sql.into_statement(backend)).all(&self.0.read).await?;
        let stopped = if text.is_empty() || backward {
            None
        } else {
            let mut sql = Sql::new("SELECT at, id FROM audit");
            conditions(&mut sql, filter, from);
            sql.push(" ORDER BY at DESC, id DESC LIMIT 1 OFFSET ").bind(LOOKED_AT - 1);
            let row = self.0.read.query_one_raw(sql.into_statement(backend)).await?;
            row.map(|row| {
                Ok::<_, sea_orm::DbErr>(Position {
                    backward: false,
                    at: row.try_get_by_index(0)?,
                    id: row.try_get_by_index(1)?,
                })
            })
            .transpose()?
        };
        Ok((rows.into_iter().map(entry).collect(), stopped))
    }

    /// Names of all who are in the log, by the alphabet; at most 200. One step in an index for each.
    pub async fn audit_people(&self) -> Result<Vec<String>, StoreError> {
        const NAMES: &str = "WITH RECURSIVE names (name) AS ( \
             SELECT MIN(actor_name) FROM audit \
             UNION ALL \
             SELECT (SELECT MIN(a.actor_name) FROM audit a WHERE a.actor_name > names.name) FROM names \
             WHERE names.name IS NOT NULL \
             ) SELECT name FROM names WHERE name IS NOT NULL LIMIT $1";
        let rows = self.0.read.query_all_raw(statement(self.backend(), NAMES, [(PEOPLE as i64).into()])).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }
}

/// All conditions but the one for words.
fn conditions(sql: &mut Sql, filter: &AuditFilter, from: Option<Position>) {
    let mut joint = " WHERE ";
    let mut and = |sql: &mut Sql| {
        sql.push(joint);
        joint = " AND ";
    };
    if !filter.who.is_empty() {
        and(sql);
        sql.push("actor_name = ").bind(clean(&filter.who));
    }
    if !filter.act.is_empty() {
        and(sql);
        sql.push("act = ").bind(clean(&filter.act));
    }
    if let Some((kind, id)) = filter.target() {
        and(sql);
        sql.push("target_kind = ").bind(clean(kind)).push(" AND target_id = ").bind(clean(id));
    }
    if let Some(since) = filter.since {
        and(sql);
        sql.push("at >= ").bind(since.0);
    }
    if let Some(until) = filter.until {
        and(sql);
        sql.push("at < ").bind(until.0);
    }
    if let Some(from) = from {
        and(sql);
        sql.push(if from.backward { "(at, id) > (" } else { "(at, id) < (" });
        sql.bind(from.at).push(", ").bind(from.id).push(")");
    }
}
