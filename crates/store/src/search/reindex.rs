//! Writing rows of the index anew, many at once, from what is stored.

use super::fields::Doc;
use super::{device_words, put_words, subscriber_words};
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Kind, Sql};
use model::DeviceId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Subscribers and the devices at their lines; those devices.
pub async fn subscribers(tx: &DatabaseTransaction, ids: &[i64]) -> Result<Vec<DeviceId>, StoreError> {
    let mut sql = Sql::new("SELECT * FROM device WHERE subscriber_id IN (");
    sql.bind_table(ids, tx.get_database_backend()).push(")");
    let sql = sql.into_statement(tx.get_database_backend());
    let devices = device::Entity::find().from_raw_sql(sql).all(tx).await?;
    put_devices(tx, &devices).await?;
    subscribers_alone(tx, ids).await?;
    Ok(devices.into_iter().map(|device| DeviceId(device.id)).collect())
}

/// The rows that subscribers have of their own while no device stands for them.
pub async fn subscribers_alone(tx: &DatabaseTransaction, ids: &[i64]) -> Result<(), StoreError> {
    let rows = load_subscribers(tx, ids).await?;
    let (with, without): (Vec<_>, Vec<_>) = rows.into_values().partition(|row| row.devices > 0);
    let put: Vec<_> = without.iter().map(|row| (-row.id, subscriber_words(row))).collect();
    put_all(tx, &put).await?;
    let gone: Vec<i64> = with.iter().map(|row| -row.id).collect();
    remove_all(tx, &gone).await
}

pub async fn devices(tx: &DatabaseTransaction, ids: &[i64]) -> Result<(), StoreError> {
    let mut sql = Sql::new("SELECT * FROM device WHERE id IN (");
    sql.bind_table(ids, tx.get_database_backend()).push(")");
    let sql = sql.into_statement(tx.get_database_backend());
    let devices = device::Entity::find().from_raw_sql(sql).all(tx).await?;
    put_devices(tx, &devices).await
}

/// Before a subscriber is deleted.
pub async fn forget_subscriber(tx: &DatabaseTransaction, id: i64) -> Result<(), StoreError> {
    remove_all(tx, &[-id]).await
}

async fn put_devices(tx: &DatabaseTransaction, devices: &[device::Model]) -> Result<(), StoreError> {
    let mut ids: Vec<i64> = devices.iter().filter_map(|device| device.subscriber_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let owners = load_subscribers(tx, &ids).await?;
    let words = devices.iter().map(|device| {
        let owner = device.subscriber_id.and_then(|id| owners.get(&id));
        (device.id, device_words(device, owner))
    });
    put_all(tx, &words.collect::<Vec<_>>()).await
}

async fn load_subscribers(
    tx: &DatabaseTransaction,
    ids: &[i64],
) -> Result<HashMap<i64, subscriber::Model>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new("SELECT * FROM subscriber WHERE id IN (");
    sql.bind_table(ids, tx.get_database_backend()).push(")");
    let sql = sql.into_statement(tx.get_database_backend());
    let rows = subscriber::Entity::find().from_raw_sql(sql).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What [`super::put`] does, for many rows with the same few statements.
async fn put_all(tx: &DatabaseTransaction, docs: &[(i64, Doc)]) -> Result<(), StoreError> {
    if docs.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let ids: Vec<i64> = docs.iter().map(|(id, _)| *id).collect();
    let before = stored(tx, &ids).await?;
    let (mut rows, mut gone, mut keys) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut vocabulary = BTreeSet::new();
    for (id, doc) in docs {
        let (words, all) = (doc.words.join(" "), doc.keys.join(" "));
        let (old_words, old_keys) = before.get(id).map_or(("", ""), |(words, keys)| (words.as_str(), keys.as_str()));
        if before.contains_key(id) && (old_words, old_keys) == (words.as_str(), all.as_str()) {
            continue;
        }
        let old: HashSet<&str> = old_keys.split_whitespace().collect();
        gone.extend(
            old.iter().filter(|old| !doc.keys.iter().any(|key| key == *old)).map(|key| json!({ "id": id, "key": key })),
        );
        keys.extend(doc.keys.iter().filter(|key| !old.contains(key.as_str())).map(|key| (key.as_str(), *id)));
        let old: HashSet<&str> = old_words.split(' ').collect();
        vocabulary.extend(doc.vocabulary.iter().map(String::as_str).filter(|word| !old.contains(word)));
        rows.push(json!({ "id": id, "words": words, "keys": all }));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let columns = [("id", Kind::Number), ("words", Kind::Text), ("keys", Kind::Text)];
    let mut sql = Sql::new("INSERT INTO search (id, words, keys) SELECT r.id, r.words, r.keys FROM ");
    sql.bind_rows(&columns, &rows, backend);
    sql.push(" WHERE TRUE ON CONFLICT (id) DO UPDATE SET words = excluded.words, keys = excluded.keys");
    tx.execute_raw(sql.into_statement(backend)).await?;
    remove_pairs(tx, &gone).await?;
    // Sorted, so that the tree of keys is filled in its order.
    let new: Vec<_> = keys.into_iter().map(|(key, id)| json!({ "id": id, "key": key })).collect();
    if !new.is_empty() {
        let mut sql = Sql::new("INSERT INTO search_key (key, id) SELECT r.key, r.id FROM ");
        sql.bind_rows(&KEY, &new, backend).push(" WHERE TRUE ON CONFLICT (key, id) DO NOTHING");
        tx.execute_raw(sql.into_statement(backend)).await?;
    }
    put_words(tx, vocabulary.into_iter().collect()).await
}

const KEY: [(&str, Kind); 2] = [("id", Kind::Number), ("key", Kind::Text)];

/// Words and keys by id.
async fn stored(tx: &DatabaseTransaction, ids: &[i64]) -> Result<HashMap<i64, (String, String)>, StoreError> {
    let backend = tx.get_database_backend();
    let mut sql = Sql::new("SELECT id, words, keys FROM search WHERE id IN (");
    sql.bind_table(ids, backend).push(")");
    let rows = tx.query_all_raw(sql.into_statement(backend)).await?;
    let rows =
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?))));
    rows.collect::<Result<_, sea_orm::DbErr>>().map_err(Into::into)
}

async fn remove_pairs(tx: &DatabaseTransaction, pairs: &[serde_json::Value]) -> Result<(), StoreError> {
    if pairs.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let mut sql = Sql::new("DELETE FROM search_key WHERE (key, id) IN (SELECT r.key, r.id FROM ");
    sql.bind_rows(&KEY, pairs, backend).push(")");
    tx.execute_raw(sql.into_statement(backend)).await?;
    Ok(())
}

async fn remove_all(tx: &DatabaseTransaction, ids: &[i64]) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let before = stored(tx, ids).await?;
    let key = |(id, (_, keys)): (&i64, &(String, String))| {
        keys.split_whitespace().map(|key| json!({ "id": id, "key": key })).collect::<Vec<_>>()
    };
    remove_pairs(tx, &before.iter().flat_map(key).collect::<Vec<_>>()).await?;
    let backend = tx.get_database_backend();
    let mut sql = Sql::new("DELETE FROM search WHERE id IN (");
    sql.bind_table(ids, backend).push(")");
    tx.execute_raw(sql.into_statement(backend)).await?;
    Ok(())
}
