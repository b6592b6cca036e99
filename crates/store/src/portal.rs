//! What the portal keeps: its sessions, and single values.

use crate::entity::{setting, web_session};
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use model::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

impl Store {
    /// `false` if the id is taken: then nothing was written.
    pub async fn web_session_create(&self, id: &str, data: &[u8], expires_at: Timestamp) -> Result<bool, StoreError> {
        const INSERT: &str =
            "INSERT INTO web_session (id, data, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
        let values = [id.into(), data.into(), expires_at.0.into()];
        let result = self.0.write.execute_raw(statement(self.backend(), INSERT, values)).await?;
        Ok(result.rows_affected() == 1)
    }

    pub async fn web_session_save(&self, id: &str, data: &[u8], expires_at: Timestamp) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO web_session (id, data, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at";
        let values = [id.into(), data.into(), expires_at.0.into()];
        self.0.write.execute_raw(statement(self.backend(), UPSERT, values)).await?;
        Ok(())
    }

    /// `None` if there is none, or if it expired.
    pub async fn web_session_load(&self, id: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let live = web_session::Entity::find_by_id(id).filter(web_session::Column::ExpiresAt.gt(now.0));
        Ok(live.one(&self.0.read).await?.map(|session| session.data))
    }

    pub async fn web_session_delete(&self, id: &str) -> Result<(), StoreError> {
        const DELETE: &str = "DELETE FROM web_session WHERE id = $1";
        self.0.write.execute_raw(statement(self.backend(), DELETE, [id.into()])).await?;
        Ok(())
    }

    /// Deletes what has expired; how many there were.
    pub async fn web_sessions_expire(&self, now: Timestamp) -> Result<u64, StoreError> {
        const DELETE: &str = "DELETE FROM web_session WHERE expires_at <= $1";
        let result = self.0.write.execute_raw(statement(self.backend(), DELETE, [now.0.into()])).await?;
        Ok(result.rows_affected())
    }

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
}
