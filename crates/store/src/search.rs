//! The one index over devices and subscribers, and how it is kept.
//!
//! A row of `search` has everything that a device or a subscriber is found by, in two halves. *Words* (of names,
//! addresses, plans, models) are found through an index of whole words: FTS5 on SQLite, GIN on PostgreSQL; what a typed
//! word may mean, beginnings and typing errors included, is looked up in the [vocabulary] first, so that the index is
//! only ever asked for whole words, and never for [common] ones together with others. *Keys* (serial numbers, MACs,
//! phones, accounts…) are rows of `search_key`, found by beginning, by end, and by all spellings one edit away. Every
//! question has a limit of its own.
//!
//! A device stands for its subscriber: it has the subscriber's words and keys, too, and a subscriber has a row only
//! while there is no device.

pub(crate) mod common;
mod fields;
mod filter;
mod find;
mod fold;
mod judge;
mod near;
mod query;
mod rebuild;
pub mod reindex;
pub(crate) mod vocabulary;

pub use fields::{Doc, FoundBy, found_by};
pub use filter::TextFilter;

use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Sql, statement};
use model::DeviceId;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

/// Everything a device is found by.
pub fn device_words(device: &device::Model, subscriber: Option<&subscriber::Model>) -> Doc {
    fields::doc(Some(device), subscriber)
}

/// Everything a subscriber is found by.
pub fn subscriber_words(subscriber: &subscriber::Model) -> Doc {
    fields::doc(None, Some(subscriber))
}

/// Writes a row of the index, if it is new or other than before.
pub async fn put(connection: &impl ConnectionTrait, id: i64, doc: &Doc) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO search (id, words, keys) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET words = excluded.words, keys = excluded.keys";
    let backend = connection.get_database_backend();
    let (words, keys) = (doc.words.join(" "), doc.keys.join(" "));
    let before = stored(connection, id).await?;
    if before.as_ref().is_some_and(|before| (&before.0, &before.1) == (&words, &keys)) {
        return Ok(());
    }
    let (old_words, old_keys) = before.unwrap_or_default();
    let sql = statement(backend, UPSERT, [id.into(), words.into(), keys.into()]);
    connection.execute_raw(sql).await?;
    let gone: Vec<&str> = old_keys.split_whitespace().filter(|old| !doc.keys.iter().any(|key| key == old)).collect();
    remove_keys(connection, id, &gone).await?;
    let new = doc.keys.iter().filter(|key| !old_keys.split_whitespace().any(|old| old == key.as_str()));
    let new: Vec<(&str, i64)> = new.map(|key| (key.as_str(), id)).collect();
    if !new.is_empty() {
        let mut sql = Sql::new("INSERT INTO search_key (key, id) VALUES ");
        for (index, (key, id)) in new.iter().enumerate() {
            sql.push(if index > 0 { ", (" } else { "(" }).bind(*key).push(", ").bind(*id).push(")");
        }
        sql.push(" ON CONFLICT (key, id) DO NOTHING");
        connection.execute_raw(sql.into_statement(backend)).await?;
    }
    let new = doc.vocabulary.iter().filter(|word| !old_words.split(' ').any(|old| old == word.as_str()));
    put_words(connection, new.map(String::as_str).collect()).await
}

/// Adds to the vocabulary. Always in the same order, so that two writers cannot wait for each other.
async fn put_words(connection: &impl ConnectionTrait, mut words: Vec<&str>) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO search_word (word) ";
    if words.is_empty() {
        return Ok(());
    }
    words.sort_unstable();
    let backend = connection.get_database_backend();
    let mut sql = Sql::new(INSERT);
    // The condition keeps numbers from being used up by words that are there.
    sql.push("SELECT w.word FROM (").bind_texts(&words, "word", backend);
    sql.push(") w WHERE NOT EXISTS (SELECT 1 FROM search_word k WHERE k.word = w.word) ORDER BY w.word");
    sql.push(" ON CONFLICT (word) DO NOTHING");
    connection.execute_raw(sql.into_statement(backend)).await?;
    Ok(())
}

async fn stored(connection: &impl ConnectionTrait, id: i64) -> Result<Option<(String, String)>, StoreError> {
    const STORED: &str = "SELECT words, keys FROM search WHERE id = $1";
    let row = connection.query_one_raw(statement(connection.get_database_backend(), STORED, [id.into()])).await?;
    row.map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).transpose()
}

async fn remove_keys(connection: &impl ConnectionTrait, id: i64, keys: &[&str]) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let backend = connection.get_database_backend();
    let mut sql = Sql::new("DELETE FROM search_key WHERE id = ");
    sql.bind(id).push(" AND key IN (").bind_texts(keys, "key", backend).push(")");
    connection.execute_raw(sql.into_statement(backend)).await?;
    Ok(())
}

/// Writes a device's row anew, from what is stored.
pub async fn index_device(connection: &impl ConnectionTrait, id: DeviceId) -> Result<(), StoreError> {
    let Some(device) = device::Entity::find_by_id(id.0).one(connection).await? else { return Ok(()) };
    let subscriber = match device.subscriber_id {
        Some(id) => subscriber::Entity::find_by_id(id).one(connection).await?,
        None => None,
    };
    put(connection, id.0, &device_words(&device, subscriber.as_ref())).await
}

/// A question to the index of words: rows that have one of the alternatives of each word. The column is `id`.
fn write_words(words: &[impl AsRef<[String]>], sql: &mut Sql, backend: DbBackend) {
    if backend == DbBackend::Sqlite {
        let any = |words: &[String]| {
            let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            format!("({})", words.join(" OR "))
        };
        let all: Vec<String> = words.iter().map(|words| any(words.as_ref())).collect();
        sql.push("SELECT i.rowid AS id FROM search_index i WHERE i.search_index MATCH ").bind(all.join(" AND "));
    } else {
        sql.push("SELECT i.id FROM search i WHERE ");
        for (index, words) in words.iter().enumerate() {
            sql.push(if index > 0 { " AND " } else { "" });
            let words: Vec<&str> = words.as_ref().iter().map(String::as_str).collect();
            sql.push("string_to_array(i.words, ' ') && ").bind_array(&words);
        }
    }
}

/// The name of the id inside [`write_words`].
fn word_id(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Sqlite { "i.rowid" } else { "i.id" }
}

/// The last four characters of a key, as its index has them.
fn write_end(sql: &mut Sql, end: &str, backend: DbBackend) {
    sql.push(if backend == DbBackend::Sqlite { "substr(k.key, -4) = " } else { "right(k.key, 4) = " }).bind(end);
}
