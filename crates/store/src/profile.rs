//! What models can do, learnt from their devices.

use crate::entity::model_profile;
use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use sea_orm::{ConnectionTrait, EntityTrait};

/// Learnt per (OUI, product class, software version).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelProfile {
    pub oui: String,
    pub product_class: String,
    pub software_version: String,
    /// JSON of the `acs` crate's own.
    pub facts: String,
}

impl Store {
    /// All of them: one per model and version.
    pub async fn model_profiles(&self) -> Result<Vec<ModelProfile>, StoreError> {
        let rows = model_profile::Entity::find().all(&self.0.read).await?;
        let profiles = rows.into_iter().map(|row| ModelProfile {
            oui: row.oui,
            product_class: row.product_class,
            software_version: row.software_version,
            facts: row.facts,
        });
        Ok(profiles.collect())
    }

    pub async fn put_model_profile(&self, profile: &ModelProfile) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO model_profile (oui, product_class, software_version, facts) \
             VALUES ($1, $2, $3, $4) \
             ON CONFLICT (oui, product_class, software_version) DO UPDATE SET facts = excluded.facts";
        let ModelProfile { oui, product_class, software_version, facts } = profile;
        let values = [oui, product_class, software_version, facts].map(|text| clean(text).into());
        self.0.write.execute_raw(statement(self.backend(), UPSERT, values)).await?;
        Ok(())
    }
}
