//! Second factors: codes of an app, and recovery codes.

use crate::error::StoreError;
use crate::secret::TOTP;
use crate::sql::statement;
use crate::store::Store;
use model::{AgentId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use std::fmt;

/// An app for codes.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpRecord {
    /// As the caller gave it; encrypted where it is stored, never printed.
    pub secret: String,
    /// The last step of time whose code was taken.
    pub step: i64,
    pub since: Timestamp,
}

impl fmt::Debug for TotpRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpRecord").field("step", &self.step).field("since", &self.since).finish_non_exhaustive()
    }
}

impl Store {
    pub async fn totp(&self, agent: AgentId) -> Result<Option<TotpRecord>, StoreError> {
        const SELECT: &str = "SELECT secret, step, since FROM agent_totp WHERE agent_id = $1";
        let row = self.0.read.query_one_raw(statement(self.backend(), SELECT, [agent.0.into()])).await?;
        let Some(row) = row else { return Ok(None) };
        let secret: String = row.try_get_by_index(0)?;
        Ok(Some(TotpRecord {
            secret: self.0.vault.open_text(TOTP, agent, &secret)?,
            step: row.try_get_by_index(1)?,
            since: Timestamp(row.try_get_by_index(2)?),
        }))
    }

    /// Turns codes of an app on, or changes the app; with new recovery codes, of which digests are given.
    pub async fn put_totp(&self, agent: AgentId, totp: &TotpRecord, codes: &[String]) -> Result<(), StoreError> {
        const PUT: &str = "INSERT INTO agent_totp (agent_id, secret, step, since) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (agent_id) DO UPDATE SET secret = excluded.secret, step = excluded.step, since = excluded.since";
        let tx = self.begin().await?;
        let secret = self.0.vault.seal_text(TOTP, agent, &totp.secret);
        let values = [agent.0.into(), secret.into(), totp.step.into(), totp.since.0.into()];
        let done = tx.execute_raw(statement(self.backend(), PUT, values)).await;
        done.map_err(|error| StoreError::from(error).missing("agent"))?;
        self.put_codes(&tx, agent, codes).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a code's step of time; `false` if it, or a later one, was taken before.
    pub async fn take_totp_step(&self, agent: AgentId, step: i64) -> Result<bool, StoreError> {
        const TAKE: &str = "UPDATE agent_totp SET step = $2 WHERE agent_id = $1 AND step < $2";
        let sql = statement(self.backend(), TAKE, [agent.0.into(), step.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    /// Turns codes of an app off. Recovery codes end with the last second factor.
    pub async fn remove_totp(&self, agent: AgentId) -> Result<bool, StoreError> {
        const REMOVE: &str = "DELETE FROM agent_totp WHERE agent_id = $1";
        const CODES: &str = "DELETE FROM agent_code WHERE agent_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM passkey WHERE agent_id = $1)";
        let tx = self.begin().await?;
        let removed = tx.execute_raw(statement(self.backend(), REMOVE, [agent.0.into()])).await?.rows_affected() == 1;
        tx.execute_raw(statement(self.backend(), CODES, [agent.0.into()])).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// Removes every second factor of somebody, and their recovery codes.
    pub async fn remove_factors(&self, agent: AgentId) -> Result<(), StoreError> {
        const REMOVE: [&str; 3] = [
            "DELETE FROM agent_totp WHERE agent_id = $1",
            "DELETE FROM agent_code WHERE agent_id = $1",
            "DELETE FROM passkey WHERE agent_id = $1",
        ];
        let tx = self.begin().await?;
        for sql in REMOVE {
            tx.execute_raw(statement(self.backend(), sql, [agent.0.into()])).await?;
        }
        Ok(tx.commit().await?)
    }

    /// New recovery codes in place of those there are.
    pub async fn replace_codes(&self, agent: AgentId, codes: &[String]) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        self.put_codes(&tx, agent, codes).await?;
        Ok(tx.commit().await?)
    }

    async fn put_codes(&self, tx: &DatabaseTransaction, agent: AgentId, codes: &[String]) -> Result<(), StoreError> {
        const FORGET: &str = "DELETE FROM agent_code WHERE agent_id = $1";
        const INSERT: &str = "INSERT INTO agent_code (agent_id, hash) VALUES ($1, $2)";
        tx.execute_raw(statement(self.backend(), FORGET, [agent.0.into()])).await?;
        for code in codes {
            let done = tx.execute_raw(statement(self.backend(), INSERT, [agent.0.into(), code.as_str().into()])).await;
            done.map_err(|error| StoreError::from(error).missing("agent"))?;
        }
        Ok(())
    }

    /// Uses a recovery code up; `false` if there is no such code any more.
    pub async fn use_code(&self, agent: AgentId, hash: &str) -> Result<bool, StoreError> {
        const USE: &str = "DELETE FROM agent_code WHERE agent_id = $1 AND hash = $2";
        let sql = statement(self.backend(), USE, [agent.0.into(), hash.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    pub async fn codes_left(&self, agent: AgentId) -> Result<u32, StoreError> {
        const COUNT: &str = "SELECT COUNT(*) FROM agent_code WHERE agent_id = $1";
        let row = self.0.read.query_one_raw(statement(self.backend(), COUNT, [agent.0.into()])).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))? as u32)
    }
}
