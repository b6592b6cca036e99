//! Data models that were imported.

use crate::entity::data_model;
use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::Timestamp;
use model::knowledge::DataModelView;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryOrder};

/// Setting that moves with every change of the data models.
const VERSION: &str = "data_models_version";

/// A data model with its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataModelRecord {
    pub name: String,
    pub root: String,
    /// Of the `datamodel` crate's own.
    pub content: Vec<u8>,
    pub objects: u32,
    pub parameters: u32,
    pub imported_at: Timestamp,
}

impl DataModelRecord {
    /// Without the table.
    pub fn view(&self) -> DataModelView {
        DataModelView {
            name: self.name.clone(),
            root: self.root.clone(),
            objects: self.objects,
            parameters: self.parameters,
            bytes: self.content.len() as u64,
            imported_at: self.imported_at,
        }
    }
}

impl Store {
    /// All of them with their tables, the last imported first: they are few.
    pub async fn data_models(&self) -> Result<Vec<DataModelRecord>, StoreError> {
        let newest = data_model::Entity::find()
            .order_by_desc(data_model::Column::ImportedAt)
            .order_by_asc(data_model::Column::Name);
        let rows = newest.all(&self.0.read).await?;
        let record = |row: data_model::Model| DataModelRecord {
            name: row.name,
            root: row.root,
            content: row.content,
            objects: row.objects as u32,
            parameters: row.parameters as u32,
            imported_at: Timestamp(row.imported_at),
        };
        Ok(rows.into_iter().map(record).collect())
    }

    /// Stores models, all or none; those with the same names are replaced.
    pub async fn put_data_models(&self, records: &[DataModelRecord]) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO data_model (name, root, content, objects, parameters, imported_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET root = excluded.root, \
             content = excluded.content, objects = excluded.objects, parameters = excluded.parameters, \
             imported_at = excluded.imported_at";
        let transaction = self.begin().await?;
        for record in records {
            let values = [
                clean(&record.name).into(),
                clean(&record.root).into(),
                record.content.clone().into(),
                i64::from(record.objects).into(),
                i64::from(record.parameters).into(),
                record.imported_at.0.into(),
            ];
            transaction.execute_raw(statement(self.backend(), UPSERT, values)).await?;
        }
        self.move_version(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// `false` if there is none of this name.
    pub async fn remove_data_model(&self, name: &str) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM data_model WHERE name = $1";
        let transaction = self.begin().await?;
        let deleted = transaction.execute_raw(statement(self.backend(), DELETE, [clean(name).into()])).await?;
        self.move_version(&transaction).await?;
        transaction.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }

    /// Another text whenever the data models have changed, whichever process did it.
    pub async fn data_models_version(&self) -> Result<String, StoreError> {
        Ok(self.setting(VERSION).await?.unwrap_or_default())
    }

    async fn move_version(&self, transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        const COUNT: &str = "INSERT INTO setting (name, value) VALUES ($1, '1') ON CONFLICT (name) \
             DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)";
        transaction.execute_raw(statement(self.backend(), COUNT, [VERSION.into()])).await?;
        Ok(())
    }
}
