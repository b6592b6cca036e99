//! Who somebody is at the provider of single sign-on.

use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::{AgentId, Timestamp};
use sea_orm::ConnectionTrait;

/// Somebody at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRecord {
    pub issuer: String,
    /// The provider's own identifier: it does not change, and is nobody else's.
    pub subject: String,
    /// What people know them by there.
    pub label: String,
}

impl Store {
    /// Whose this identity is.
    pub async fn agent_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<AgentId>, StoreError> {
        const SELECT: &str = "SELECT agent_id FROM agent_identity WHERE issuer = $1 AND subject = $2";
        let sql = statement(self.backend(), SELECT, [clean(issuer).into(), clean(subject).into()]);
        let row = self.0.read.query_one_raw(sql).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.map(AgentId))
    }

    /// Fails with [`StoreError::Conflict`] if it is somebody's already.
    pub async fn link_identity(
        &self,
        agent: AgentId,
        identity: &IdentityRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const INSERT: &str = "INSERT INTO agent_identity (issuer, subject, agent_id, label, created_at) \
             VALUES ($1, $2, $3, $4, $5)";
        let [issuer, subject, label] = [&identity.issuer, &identity.subject, &identity.label].map(|text| clean(text));
        let values = [issuer.into(), subject.into(), agent.0.into(), label.into(), now.0.into()];
        let done = self.0.write.execute_raw(statement(self.backend(), INSERT, values)).await;
        done.map_err(|error| StoreError::from(error).conflict_on("identity").missing("agent"))?;
        Ok(())
    }

    /// Who somebody is at the provider; the first, if there is more than one.
    pub async fn identity_of(&self, agent: AgentId) -> Result<Option<IdentityRecord>, StoreError> {
        const SELECT: &str = "SELECT issuer, subject, label FROM agent_identity WHERE agent_id = $1 ORDER BY created_at, subject LIMIT 1";
        let row = self.0.read.query_one_raw(statement(self.backend(), SELECT, [agent.0.into()])).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(IdentityRecord {
            issuer: row.try_get_by_index(0)?,
            subject: row.try_get_by_index(1)?,
            label: row.try_get_by_index(2)?,
        }))
    }

    /// How many there were.
    pub async fn unlink_identities(&self, agent: AgentId) -> Result<u64, StoreError> {
        const DELETE: &str = "DELETE FROM agent_identity WHERE agent_id = $1";
        Ok(self.0.write.execute_raw(statement(self.backend(), DELETE, [agent.0.into()])).await?.rows_affected())
    }
}
