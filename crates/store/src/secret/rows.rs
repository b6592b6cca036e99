//! Sealing rows that are there already: at the first start with a key, and when keys are rotated.
//!
//! Table by table, some hundred rows and one transaction at a time, each row only if it is still as it was read: so a
//! server may go on meanwhile, and whoever stops it goes on by beginning anew, since what is sealed already is passed over.

use super::{
    ANSWER, CAMPAIGN_PLAN, CONNECTION_REQUEST_PASSWORD, CPE_PASSWORD, CPE_PENDING, HOT, Place, TASK_PROGRESS, TOTP,
    TREE, Vault, WEBHOOK, kind,
};
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

/// Rows of one transaction.
const BATCH: i64 = 500;

/// How many values were sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    pub values: u64,
    /// Values that no key opens: they stay as they are.
    pub unreadable: u64,
}

#[derive(Clone, Copy)]
enum Form {
    Text(Place),
    Bytes(Place),
    /// What a task does.
    Kind,
}

/// Table, its key, the column, and how it is sealed. A table with a new secret has a line here.
const COLUMNS: [(&str, &str, &str, Form); 11] = [
    ("device", "id", "cpe_password", Form::Text(CPE_PASSWORD)),
    ("device", "id", "cpe_pending", Form::Text(CPE_PENDING)),
    ("device", "id", "connection_request_password", Form::Text(CONNECTION_REQUEST_PASSWORD)),
    ("device_hot", "device_id", "data", Form::Text(HOT)),
    ("device_tree", "device_id", "blob", Form::Bytes(TREE)),
    ("task", "id", "kind", Form::Kind),
    ("task", "id", "progress", Form::Text(TASK_PROGRESS)),
    ("campaign", "id", "plan", Form::Text(CAMPAIGN_PLAN)),
    ("agent_totp", "agent_id", "secret", Form::Text(TOTP)),
    ("webhook", "id", "secret", Form::Text(WEBHOOK)),
    ("api_answer", "id", "body", Form::Bytes(ANSWER)),
];

/// Settings that are secrets; see `Store::secret_setting`.
pub const SETTINGS: [&str; 1] = ["reach_key"];
/// The place of all of them; the row is the setting's name.
pub const SETTING: Place = "setting.value";

impl Store {
    /// Seals everything that is not under the current key.
    pub async fn seal_all(&self) -> Result<Resealed, StoreError> {
        let vault = &self.0.vault;
        let mut done = Resealed::default();
        if !vault.is_open() {
            return Ok(done);
        }
        self.erase(true).await?;
        for (table, key, column, form) in COLUMNS {
            let mut after = 0;
            loop {
                let (last, more) = self.seal_some((table, key, column, form), after, &mut done).await?;
                if !more {
                    break;
                }
                after = last;
                // Others want to write, too.
                tokio::task::yield_now().await;
            }
        }
        for name in SETTINGS {
            if let Some(stored) = self.setting(name).await?
                && vault.is_stale_text(&stored)
            {
                let plain = vault.open_text(SETTING, name, &stored)?;
                self.set_setting(name, &vault.seal_text(SETTING, name, &plain)).await?;
                done.values += 1;
            }
        }
        self.erase(false).await?;
        Ok(done)
    }

    /// The last key that was looked at, and whether there may be more.
    async fn seal_some(
        &self,
        (table, key, column, form): (&str, &str, &str, Form),
        after: i64,
        done: &mut Resealed,
    ) -> Result<(i64, bool), StoreError> {
        let backend = self.backend();
        let read = format!(
            "SELECT {key}, {column} FROM {table} WHERE {key} > $1 AND {column} IS NOT NULL ORDER BY {key} LIMIT $2"
        );
        let rows = self.0.read.query_all_raw(statement(backend, &read, [after.into(), BATCH.into()])).await?;
        let update = format!("UPDATE {table} SET {column} = $3 WHERE {key} = $1 AND {column} = $2");
        let mut last = after;
        let mut changes: Vec<(i64, Value, Value)> = Vec::new();
        for row in &rows {
            last = row.try_get_by_index(0)?;
            match anew(&self.0.vault, last, row, form) {
                Ok(Some((old, new))) => changes.push((last, old, new)),
                Ok(None) => {}
                Err(StoreError::Corrupt { what, reason }) => {
                    tracing::error!(table, column, row = last, what, reason, "a secret stays as it is");
                    done.unreadable += 1;
                }
                Err(error) => return Err(error),
            }
        }
        if !changes.is_empty() {
            let tx = self.begin().await?;
            for (id, old, new) in changes {
                let sql = statement(backend, &update, [id.into(), old, new]);
                done.values += tx.execute_raw(sql).await?.rows_affected();
            }
            tx.commit().await?;
        }
        Ok((last, rows.len() == BATCH as usize))
    }

    /// SQLite leaves what was overwritten in its file, and in the log beside it, unless it is told not to.
    async fn erase(&self, begins: bool) -> Result<(), StoreError> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let write = &self.0.write;
        if begins {
            write.execute_unprepared("PRAGMA secure_delete = ON").await?;
        } else {
            write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            write.execute_unprepared("PRAGMA secure_delete = OFF").await?;
        }
        Ok(())
    }
}

/// A value as it is and as it is to be; `None`: it is right.
fn anew(vault: &Vault, id: i64, row: &QueryResult, form: Form) -> Result<Option<(Value, Value)>, StoreError> {
    if let Form::Bytes(place) = form {
        let stored: Vec<u8> = row.try_get_by_index(1)?;
        if !vault.is_stale_bytes(&stored) {
            return Ok(None);
        }
        let plain = vault.open_bytes(place, id, &stored)?.into_owned();
        return Ok(Some((stored.into(), vault.seal_bytes(place, id, plain).into())));
    }
    let stored: String = row.try_get_by_index(1)?;
    let new = match form {
        Form::Text(place) if vault.is_stale_text(&stored) => {
            Some(vault.seal_text(place, id, &vault.open_text(place, id, &stored)?))
        }
        Form::Kind => kind::resealed(vault, id, &stored)?,
        Form::Text(_) | Form::Bytes(_) => None,
    };
    Ok(new.map(|new| (stored.into(), new.into())))
}
