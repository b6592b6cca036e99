//! The timeline of a device: its events and the notes about it, in one stream, by pages; and what bounds it.
//!
//! Both sides are walked by their own ids, newest first, and put together by time. A cursor says how far each side was
//! read, so nothing is skipped or shown twice, whatever comes in between.

use crate::entity::{event, note, task};
use crate::error::StoreError;
use crate::note::{NoteRecord, record as note_record};
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use crate::task::{TaskRecord, record as task_record};
use model::event::EventView;
use model::page::{Cursor, Page};
use model::timeline::{Class, TimelineFilter};
use model::{DeviceId, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait};
use std::collections::BTreeSet;

/// Entries a page when none are asked for, and at most.
const DEFAULT: u16 = 50;
const MAX: u16 = 200;
/// Names that are offered to filter by.
const PEOPLE: i64 = 100;
/// Events that are deleted at once.
const SWEEP: i64 = 2000;

/// An entry as stored.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineEntry {
    Event(EventView),
    Note(NoteRecord),
}

/// How far the two sides were read: ids that are on the page already are not below (or above) these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    /// Towards newer entries.
    backward: bool,
    event: i64,
    note: i64,
}

impl Position {
    const NEWEST: Self = Self { backward: false, event: i64::MAX, note: i64::MAX };

    fn read(cursor: &Cursor) -> Option<Self> {
        let backward = cursor.0.starts_with('p');
        let (event, note) = cursor.0.strip_prefix(['n', 'p'])?.split_once('.')?;
        Some(Self { backward, event: event.parse().ok()?, note: note.parse().ok()? })
    }

    fn write(self) -> Cursor {
        Cursor(format!("{}{}.{}", if self.backward { 'p' } else { 'n' }, self.event, self.note))
    }
}

impl Store {
    /// Entries that the filter lets through, newest first. A cursor that cannot be read begins at the first page.
    pub async fn timeline(
        &self,
        device: DeviceId,
        filter: &TimelineFilter,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<TimelineEntry>, StoreError> {
        let size = usize::from(if limit == 0 { DEFAULT } else { limit.min(MAX) });
        let mut from = cursor.and_then(Position::read).unwrap_or(Position::NEWEST);
        let mut entries = self.side_by_side(device, filter, from, size + 1).await?;
        if from.backward && entries.len() <= size {
            // Back at the beginning: a whole first page.
            from = Position::NEWEST;
            entries = self.side_by_side(device, filter, from, size + 1).await?;
        }
        let more = entries.len() > size;
        entries.truncate(size);
        if from.backward {
            entries.reverse();
        }
        let ids = |wanted: fn(&TimelineEntry) -> Option<i64>| {
            let found: Vec<i64> = entries.iter().filter_map(wanted).collect();
            (found.first().copied(), found.last().copied())
        };
        let (newest_event, oldest_event) = ids(|entry| match entry {
            TimelineEntry::Event(event) => Some(event.id.0),
            TimelineEntry::Note(_) => None,
        });
        let (newest_note, oldest_note) = ids(|entry| match entry {
            TimelineEntry::Note(note) => Some(note.id.0),
            TimelineEntry::Event(_) => None,
        });
        // A side of which nothing is on the page stays where it was; the bound itself belongs to the other direction.
        let (next_event, next_note, previous_event, previous_note) = if from.backward {
            (from.event.saturating_add(1), from.note.saturating_add(1), from.event, from.note)
        } else {
            (from.event, from.note, from.event.saturating_sub(1), from.note.saturating_sub(1))
        };
        let next = Position {
            backward: false,
            event: oldest_event.unwrap_or(next_event),
            note: oldest_note.unwrap_or(next_note),
        };
        let previous = Position {
            backward: true,
            event: newest_event.unwrap_or(previous_event),
            note: newest_note.unwrap_or(previous_note),
        };
        let (has_next, has_previous) = if from.backward { (true, more) } else { (more, from != Position::NEWEST) };
        Ok(Page {
            items: entries,
            previous: has_previous.then(|| previous.write()),
            next: has_next.then(|| next.write()),
        })
    }

    /// The entries next to a position, the nearest first.
    async fn side_by_side(
        &self,
        device: DeviceId,
        filter: &TimelineFilter,
        from: Position,
        limit: usize,
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        let mut events = self.events_beside(device, filter, from, limit).await?.into_iter().peekable();
        let notes =
            if filter.group.has_notes() { self.notes_beside(device, filter, from, limit).await? } else { Vec::new() };
        let mut notes = notes.into_iter().peekable();
        let mut entries = Vec::with_capacity(limit);
        while entries.len() < limit {
            let nearer = match (events.peek(), notes.peek()) {
                (None, None) => break,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some(event), Some(note)) if from.backward => event.at <= note.at,
                (Some(event), Some(note)) => event.at >= note.at,
            };
            let next =
                if nearer { events.next().map(TimelineEntry::Event) } else { notes.next().map(TimelineEntry::Note) };
            entries.extend(next);
        }
        Ok(entries)
    }

    async fn events_beside(
        &self,
        device: DeviceId,
        filter: &TimelineFilter,
        from: Position,
        limit: usize,
    ) -> Result<Vec<EventView>, StoreError> {
        let mut sql = Sql::new("SELECT * FROM event WHERE device_id = ");
        sql.bind(device.0);
        write_classes(&mut sql, filter.group.classes());
        write_side(&mut sql, &filter.by, from.backward, from.event, limit);
        let rows = event::Entity::find().from_raw_sql(sql.into_statement(self.backend())).all(&self.0.read).await?;
        rows.into_iter().map(crate::event::view).collect()
    }

    async fn notes_beside(
        &self,
        device: DeviceId,
        filter: &TimelineFilter,
        from: Position,
        limit: usize,
    ) -> Result<Vec<NoteRecord>, StoreError> {
        let mut sql = Sql::new("SELECT * FROM note WHERE device_id = ");
        sql.bind(device.0);
        write_side(&mut sql, &filter.by, from.backward, from.note, limit);
        let rows = note::Entity::find().from_raw_sql(sql.into_statement(self.backend())).all(&self.0.read).await?;
        Ok(rows.into_iter().map(note_record).collect())
    }

    /// Names of those who did or wrote something about a device, by the alphabet; at most 100.
    pub async fn timeline_people(&self, device: DeviceId) -> Result<Vec<String>, StoreError> {
        const PEOPLE_OF: [&str; 2] = [
            "SELECT DISTINCT author FROM event WHERE device_id = $1 AND author IS NOT NULL LIMIT $2",
            "SELECT DISTINCT author FROM note WHERE device_id = $1 LIMIT $2",
        ];
        let mut people = BTreeSet::new();
        for text in PEOPLE_OF {
            let sql = statement(self.backend(), text, [device.0.into(), PEOPLE.into()]);
            for row in self.0.read.query_all_raw(sql).await? {
                people.insert(row.try_get_by_index::<String>(0)?);
            }
        }
        Ok(people.into_iter().take(PEOPLE as usize).collect())
    }

    /// Events of some kinds since a moment, newest first, at most `limit`.
    pub async fn events_since(
        &self,
        device: DeviceId,
        classes: &[Class],
        since: Timestamp,
        limit: u16,
    ) -> Result<Vec<EventView>, StoreError> {
        let mut sql = Sql::new("SELECT * FROM event WHERE device_id = ");
        sql.bind(device.0).push(" AND at >= ").bind(since.0);
        write_classes(&mut sql, classes);
        sql.push(" ORDER BY id DESC LIMIT ").bind(i64::from(limit));
        let rows = event::Entity::find().from_raw_sql(sql.into_statement(self.backend())).all(&self.0.read).await?;
        rows.into_iter().map(crate::event::view).collect()
    }

    /// Tasks that ended since a moment, newest first, at most `limit`.
    pub async fn tasks_ended_since(
        &self,
        device: DeviceId,
        since: Timestamp,
        limit: u16,
    ) -> Result<Vec<TaskRecord>, StoreError> {
        const ENDED: &str = "SELECT * FROM task WHERE device_id = $1 AND updated_at >= $2 AND NOT is_open \
             ORDER BY id DESC LIMIT $3";
        let sql = statement(self.backend(), ENDED, [device.0.into(), since.0.into(), i64::from(limit).into()]);
        task::Entity::find()
            .from_raw_sql(sql)
            .all(&self.0.read)
            .await?
            .into_iter()
            .map(|row| task_record(row, &self.0.vault))
            .collect()
    }

    /// Deletes some of the oldest events, if they are older than `before`: how many. Call it again until it is 0.
    pub async fn sweep_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        const DELETE: &str = "DELETE FROM event WHERE at < $1 AND id IN (SELECT id FROM event ORDER BY id LIMIT $2)";
        let sql = statement(self.backend(), DELETE, [before.0.into(), SWEEP.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected())
    }
}

fn write_classes(sql: &mut Sql, classes: &[Class]) {
    if classes.is_empty() {
        return;
    }
    sql.push(" AND class IN (");
    for (index, class) in classes.iter().enumerate() {
        sql.push(if index > 0 { ", " } else { "" }).bind(*class as i16);
    }
    sql.push(")");
}

fn write_side(sql: &mut Sql, by: &str, backward: bool, id: i64, limit: usize) {
    if !by.is_empty() {
        sql.push(" AND author = ").bind(clean(by));
    }
    sql.push(if backward { " AND id > " } else { " AND id < " }).bind(id);
    sql.push(if backward { " ORDER BY id LIMIT " } else { " ORDER BY id DESC LIMIT " }).bind(limit as i64);
}
