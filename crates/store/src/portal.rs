//! Single values that the server keeps for itself.

use crate::entity::setting;
use crate::error::StoreError;
use crate::secret::SETTING;
use crate::sql::statement;
use crate::store::Store;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

impl Store {
    /// A value the server keeps for itself.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(setting::Entity::find_by_id(name).one(&self.0.read).await?.map(|setting| setting.value))
    }

    /// All settings whose names begin with `prefix`, by name. It must not contain `%`, `_` or `\\`.
    pub async fn settings_below(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        let below = setting::Entity::find()
            .filter(setting::Column::Name.like(format!("{prefix}%")))
            .order_by_asc(setting::Column::Name);
        let settings = below.all(&self.0.read).await?;
        Ok(settings.into_iter().map(|setting| (setting.name, setting.value)).collect())
    }

    /// `false` if there was none.
    pub async fn remove_setting(&self, name: &str) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM setting WHERE name = $1";
        let deleted = self.0.write.execute_raw(statement(self.backend(), DELETE, [name.into()])).await?;
        Ok(deleted.rows_affected() > 0)
    }

    pub async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO setting (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.0.write.execute_raw(statement(self.backend(), UPSERT, [name.into(), value.into()])).await?;
        Ok(())
    }

    /// A setting that is a secret: encrypted where it is stored.
    pub async fn secret_setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let stored = self.setting(name).await?;
        stored.map(|stored| self.0.vault.open_text(SETTING, name, &stored)).transpose()
    }

    pub async fn set_secret_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.set_setting(name, &self.0.vault.seal_text(SETTING, name, value)).await
    }
}
