//! Writing the whole index anew: after an update that changes what is in it, and for databases that were filled
//! otherwise.

use super::fields::Doc;
use super::{device_words, put_words, subscriber_words};
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Sql, statement};
use crate::store::Store;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};
use std::collections::HashMap;

/// What the index has in it. Another number, and it is written anew at the next start.
const VERSION: &str = "1";
/// Rows read and written at a time.
const PAGE: usize = 1000;
/// Rows of one INSERT.
const ROWS: usize = 200;

impl Store {
    /// Writes the index anew if it was written by another version. A million devices take a few minutes.
    pub(crate) async fn renew_search(&self) -> Result<(), StoreError> {
        const SETTING: &str = "SELECT value FROM setting WHERE name = 'search'";
        let row = self.0.write.query_one_raw(statement(self.backend(), SETTING, [])).await?;
        let version: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        if version.as_deref() == Some(VERSION) {
            return Ok(());
        }
        self.rebuild_search().await
    }

    /// Writes the index anew, whatever is in it.
    pub async fn rebuild_search(&self) -> Result<(), StoreError> {
        const DONE: &str = "INSERT INTO setting (name, value) VALUES ('search', $1) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.clear().await?;
        let mut rows = self.index_devices().await?;
        rows += self.index_people().await?;
        self.sort_keys().await?;
        let sql = statement(self.backend(), DONE, [VERSION.into()]);
        self.0.write.execute_raw(sql).await?;
        if rows > 0 {
            tracing::info!(rows, "the search index was written anew");
        }
        Ok(())
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let mut steps = vec!["DROP INDEX IF EXISTS search_key_end"];
        if self.backend() == DbBackend::Sqlite {
            // Row by row through the trigger would take the old words out one by one.
            steps.extend([
                "DROP TRIGGER IF EXISTS search_deleted",
                "DELETE FROM search",
                "INSERT INTO search_index (search_index) VALUES ('rebuild')",
                migrations::SEARCH_DELETED,
                "DELETE FROM search_key",
                "DELETE FROM search_word",
            ]);
        } else {
            steps.push("TRUNCATE search, search_key, search_word");
        }
        steps.push("DROP TABLE IF EXISTS search_key_unsorted");
        steps.push("CREATE TABLE search_key_unsorted (key TEXT NOT NULL, id BIGINT NOT NULL)");
        self.in_one(&steps).await
    }

    /// Sorted, the keys fill their tree page by page; as they come they would write to all of it all the time.
    async fn sort_keys(&self) -> Result<(), StoreError> {
        const SORT: &str = "INSERT INTO search_key (key, id) SELECT DISTINCT key, id FROM search_key_unsorted \
             ORDER BY key, id";
        let mut steps = vec![SORT, "DROP TABLE search_key_unsorted"];
        if self.backend() == DbBackend::Sqlite {
            steps.push(migrations::SEARCH_ENDS_SQLITE);
            // Written page by page, the index of words is in many pieces, and each is asked for every word.
            steps.push("INSERT INTO search_index (search_index) VALUES ('optimize')");
        } else {
            steps.push(migrations::SEARCH_ENDS_POSTGRES);
        }
        // What is planned by statistics needs them now, not when the database gets to it.
        steps.push("ANALYZE");
        self.in_one(&steps).await
    }

    async fn in_one(&self, steps: &[&str]) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        for step in steps {
            tx.execute_unprepared(step).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn index_devices(&self) -> Result<u64, StoreError> {
        let (mut after, mut rows) = (0, 0);
        loop {
            let mut sql = Sql::new("SELECT * FROM device WHERE id > ");
            sql.bind(after).push(" ORDER BY id LIMIT ").bind(PAGE as i64);
            let query = device::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
            let devices = query.all(&self.0.read).await?;
            let Some(last) = devices.last() else { return Ok(rows) };
            after = last.id;
            let people: Vec<i64> = devices.iter().filter_map(|device| device.subscriber_id).collect();
            let mut by_id = HashMap::new();
            if !people.is_empty() {
                let mut sql = Sql::new("SELECT * FROM subscriber WHERE id IN (");
                sql.bind_ids(&people).push(")");
                let query = subscriber::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
                by_id.extend(query.all(&self.0.read).await?.into_iter().map(|row| (row.id, row)));
            }
            let docs = devices.iter().map(|device| {
                let subscriber = device.subscriber_id.and_then(|id| by_id.get(&id));
                (device.id, device_words(device, subscriber))
            });
            rows += self.write(docs.collect()).await?;
        }
    }

    /// Those without a device.
    async fn index_people(&self) -> Result<u64, StoreError> {
        let (mut after, mut rows) = (0, 0);
        loop {
            let mut sql = Sql::new("SELECT s.* FROM subscriber s WHERE s.id > ");
            sql.bind(after).push(" AND NOT EXISTS (SELECT 1 FROM device d WHERE d.subscriber_id = s.id)");
            sql.push(" ORDER BY s.id LIMIT ").bind(PAGE as i64);
            let query = subscriber::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
            let people = query.all(&self.0.read).await?;
            let Some(last) = people.last() else { return Ok(rows) };
            after = last.id;
            rows += self.write(people.iter().map(|row| (-row.id, subscriber_words(row))).collect()).await?;
        }
    }

    async fn write(&self, docs: Vec<(i64, Doc)>) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let backend = self.backend();
        for docs in docs.chunks(ROWS) {
            let mut sql = Sql::new("INSERT INTO search (id, words, keys) VALUES ");
            for (index, (id, doc)) in docs.iter().enumerate() {
                sql.push(if index > 0 { ", (" } else { "(" }).bind(*id).push(", ");
                sql.bind(doc.words.join(" ")).push(", ").bind(doc.keys.join(" ")).push(")");
            }
            tx.execute_raw(sql.into_statement(backend)).await?;
        }
        write_keys(&tx, &docs, backend).await?;
        let mut words: Vec<&str> = docs.iter().flat_map(|(_, doc)| &doc.vocabulary).map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        put_words(&tx, words).await?;
        tx.commit().await?;
        Ok(docs.len() as u64)
    }
}

async fn write_keys(tx: &DatabaseTransaction, docs: &[(i64, Doc)], backend: DbBackend) -> Result<(), StoreError> {
    let keys: Vec<(&str, i64)> =
        docs.iter().flat_map(|(id, doc)| doc.keys.iter().map(move |key| (key.as_str(), *id))).collect();
    for keys in keys.chunks(ROWS) {
        let mut sql = Sql::new("INSERT INTO search_key_unsorted (key, id) VALUES ");
        for (index, (key, id)) in keys.iter().enumerate() {
            sql.push(if index > 0 { ", (" } else { "(" }).bind(*key).push(", ").bind(*id).push(")");
        }
        tx.execute_raw(sql.into_statement(backend)).await?;
    }
    Ok(())
}
