//! Data models: importing, listing, removing.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::{AcsError, Actor, Result, knowledge};
use model::Permission;
use model::audit::{Act, Target};
use model::knowledge::DataModelView;
use store::DataModelRecord;

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedModels {
    pub models: Vec<DataModelView>,
    /// What of the files was left out, in plain words.
    pub warnings: Vec<String>,
}

impl Acs {
    /// Imports files of the Broadband Forum's XML, all or none: pairs of a name for messages and the contents. Models of
    /// the same name are replaced. Files that refer to each other belong into one import.
    pub async fn import_data_models(&self, actor: &Actor, files: Vec<(String, Vec<u8>)>) -> Result<ImportedModels> {
        actor.require(Permission::SettingsWrite)?;
        let at = now();
        let read = tokio::task::spawn_blocking(move || {
            let import = datamodel::read(&files)?;
            let record = |table: &datamodel::Table| {
                Ok(DataModelRecord {
                    name: table.name().to_owned(),
                    root: table.root(),
                    content: table.encode()?,
                    objects: table.objects(),
                    parameters: table.parameters(),
                    imported_at: at,
                })
            };
            let records: Vec<DataModelRecord> = import.tables.iter().map(record).collect::<datamodel::Result<_>>()?;
            datamodel::Result::Ok((records, import.warnings))
        });
        let (records, warnings) = read
            .await
            .map_err(AcsError::internal)?
            .map_err(|error| AcsError::Invalid(format!("{error}. Nothing was changed.")))?;
        for record in &records {
            let entry =
                Entry::new(Act::DataModelImported, Target::new("data-model", &record.name, record.name.as_str()));
            let said = serde_json::json!({ "objects": record.objects, "parameters": record.parameters });
            self.audit(actor, entry.after(said)).await?;
        }
        self.inner.store.put_data_models(&records).await?;
        knowledge::load(&self.inner.store).await?;
        Ok(ImportedModels { models: records.iter().map(DataModelRecord::view).collect(), warnings })
    }

    /// The last imported first.
    pub async fn data_models(&self, actor: &Actor) -> Result<Vec<DataModelView>> {
        actor.require(Permission::DeviceRead)?;
        Ok(self.inner.store.data_models().await?.iter().map(DataModelRecord::view).collect())
    }

    pub async fn remove_data_model(&self, actor: &Actor, name: &str) -> Result<()> {
        actor.require(Permission::SettingsWrite)?;
        self.audit(actor, Entry::new(Act::DataModelRemoved, Target::new("data-model", name, name))).await?;
        if !self.inner.store.remove_data_model(name).await? {
            return Err(AcsError::NotFound("data model"));
        }
        knowledge::load(&self.inner.store).await.map(drop)
    }
}
