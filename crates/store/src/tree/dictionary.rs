//! Dictionaries in the database, and in memory.

use super::Names;
use super::names::NAMES_MAX;
use crate::entity::{device, tree_dictionary, tree_path};
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::{Store, begin};
use model::DeviceId;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Names inserted with one statement.
const CHUNK: usize = 500;

/// Every dictionary that was used, for as long as the process runs: a few kilobytes each.
#[derive(Default)]
pub(crate) struct Dictionaries {
    by_model: RwLock<HashMap<(String, String), Arc<Dictionary>>>,
    by_id: RwLock<HashMap<i64, Arc<Dictionary>>>,
}

/// The names of one model.
pub(crate) struct Dictionary {
    pub id: i64,
    names: RwLock<Names>,
}

impl Dictionary {
    // A panic elsewhere cannot leave names half-written: ids are given in one step.
    pub fn names(&self) -> RwLockReadGuard<'_, Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what the database has beyond what is known here. Rows come in order of id.
    fn extend(&self, rows: Vec<tree_path::Model>) -> Result<(), StoreError> {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows.into_iter().skip_while(|row| (row.id as usize) < names.len()).collect::<Vec<_>>() {
            if i64::from(names.push(&row.name)) != row.id {
                return Err(StoreError::corrupt(format!("dictionary {}", self.id), format!("name {}", row.id)));
            }
        }
        Ok(())
    }
}

impl Store {
    /// The dictionary for a device's tree; creates it for the first device of a model.
    pub(crate) async fn dictionary_of(&self, device: DeviceId) -> Result<Arc<Dictionary>, StoreError> {
        let row = device::Entity::find_by_id(device.0).one(&self.0.read).await?;
        let row = row.ok_or(StoreError::NotFound { what: "device" })?;
        let key = (row.oui, row.product_class);
        let known = self.0.dictionaries.by_model.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(dictionary) = known {
            return Ok(dictionary);
        }
        let id = self.dictionary_id(&key.0, &key.1).await?;
        let dictionary = self.dictionary(id).await?;
        let mut by_model = self.0.dictionaries.by_model.write().unwrap_or_else(PoisonError::into_inner);
        by_model.insert(key, dictionary.clone());
        Ok(dictionary)
    }

    async fn dictionary_id(&self, oui: &str, product_class: &str) -> Result<i64, StoreError> {
        const INSERT: &str = "INSERT INTO tree_dictionary (oui, product_class) VALUES ($1, $2) \
             ON CONFLICT (oui, product_class) DO NOTHING";
        let find = || {
            tree_dictionary::Entity::find()
                .filter(tree_dictionary::Column::Oui.eq(oui))
                .filter(tree_dictionary::Column::ProductClass.eq(product_class))
        };
        if let Some(row) = find().one(&self.0.read).await? {
            return Ok(row.id);
        }
        self.0.write.execute_raw(statement(self.backend(), INSERT, [oui.into(), product_class.into()])).await?;
        let row = find().one(&self.0.write).await?;
        row.map(|row| row.id).ok_or(StoreError::NotFound { what: "dictionary" })
    }

    /// A dictionary by its id, read if it is not known yet.
    pub(crate) async fn dictionary(&self, id: i64) -> Result<Arc<Dictionary>, StoreError> {
        let by_id = &self.0.dictionaries.by_id;
        let known = by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(dictionary) = known {
            return Ok(dictionary);
        }
        let dictionary = Arc::new(Dictionary { id, names: RwLock::default() });
        self.refresh(&dictionary).await?;
        // Another caller may have been faster: one dictionary for all.
        Ok(by_id.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(dictionary).clone())
    }

    /// Reads names that another process has added.
    pub(crate) async fn refresh(&self, dictionary: &Dictionary) -> Result<(), StoreError> {
        let known = dictionary.names().len() as i64;
        dictionary.extend(rows_from(&self.0.read, dictionary.id, known).await?)
    }

    /// Makes names durable, so that a blob may use their ids.
    pub(crate) async fn add_names(&self, dictionary: &Dictionary, new: &[String]) -> Result<(), StoreError> {
        const LOCK: &str = "SELECT id FROM tree_dictionary WHERE id = $1 FOR UPDATE";
        let tx = begin(&self.0.write).await?;
        if self.backend() == DbBackend::Postgres {
            // One process at a time numbers the names of a dictionary; SQLite has one writer anyway.
            tx.query_one_raw(statement(self.backend(), LOCK, [dictionary.id.into()])).await?;
        }
        let mut rows = rows_from(&tx, dictionary.id, 0).await?;
        let mut names = Names::default();
        for row in &rows {
            names.push(&row.name);
        }
        let mut added = Vec::new();
        for name in new {
            if names.id(name).is_none() && names.len() < NAMES_MAX {
                let id = i64::from(names.push(name));
                added.push(tree_path::Model { dictionary_id: dictionary.id, id, name: name.clone() });
            }
        }
        for chunk in added.chunks(CHUNK) {
            insert(&tx, chunk).await?;
        }
        tx.commit().await?;
        rows.extend(added);
        dictionary.extend(rows)
    }
}

async fn rows_from(
    connection: &impl ConnectionTrait,
    dictionary: i64,
    from: i64,
) -> Result<Vec<tree_path::Model>, StoreError> {
    let query = tree_path::Entity::find()
        .filter(tree_path::Column::DictionaryId.eq(dictionary))
        .filter(tree_path::Column::Id.gte(from))
        .order_by_asc(tree_path::Column::Id);
    Ok(query.all(connection).await?)
}

async fn insert(tx: &DatabaseTransaction, rows: &[tree_path::Model]) -> Result<(), StoreError> {
    let rows = rows.iter().cloned().map(Into::<tree_path::ActiveModel>::into);
    tree_path::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}
