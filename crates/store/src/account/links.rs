//! One-time links, with which people set their passwords. Kept by digest.

use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use crate::web_session::end_sessions;
use model::person::LinkKind;
use model::{AgentId, Timestamp};
use sea_orm::ConnectionTrait;

/// A link that is still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRecord {
    pub agent: AgentId,
    pub kind: LinkKind,
    pub expires_at: Timestamp,
}

impl Store {
    /// Makes a link; others of the same person end.
    pub async fn insert_link(&self, hash: &str, link: &LinkRecord, by: &str, now: Timestamp) -> Result<(), StoreError> {
        const FORGET: &str = "DELETE FROM agent_link WHERE agent_id = $1";
        const INSERT: &str = "INSERT INTO agent_link (hash, agent_id, kind, created_at, created_by, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        let tx = self.begin().await?;
        tx.execute_raw(statement(self.backend(), FORGET, [link.agent.0.into()])).await?;
        let values = [
            hash.into(),
            link.agent.0.into(),
            link.kind.as_str().into(),
            now.0.into(),
            clean(by).into(),
            link.expires_at.0.into(),
        ];
        let done = tx.execute_raw(statement(self.backend(), INSERT, values)).await;
        done.map_err(|error| StoreError::from(error).missing("agent"))?;
        Ok(tx.commit().await?)
    }

    /// `None` if there is none, or if it has ended.
    pub async fn link(&self, hash: &str, now: Timestamp) -> Result<Option<LinkRecord>, StoreError> {
        const SELECT: &str = "SELECT agent_id, kind, expires_at FROM agent_link WHERE hash = $1 AND expires_at > $2";
        let row = self.0.read.query_one_raw(statement(self.backend(), SELECT, [hash.into(), now.0.into()])).await?;
        let Some(row) = row else { return Ok(None) };
        let kind: String = row.try_get_by_index(1)?;
        Ok(Some(LinkRecord {
            agent: AgentId(row.try_get_by_index(0)?),
            kind: LinkKind::parse(&kind).ok_or_else(|| StoreError::corrupt("kind of a link", &kind))?,
            expires_at: Timestamp(row.try_get_by_index(2)?),
        }))
    }

    /// Uses a link up: sets the password (and the name, if one is given), and ends all sessions of the person. `false` if
    /// somebody was faster.
    pub async fn use_link(
        &self,
        hash: &str,
        link: &LinkRecord,
        password_hash: &str,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const USE: &str = "DELETE FROM agent_link WHERE hash = $1 AND agent_id = $2 AND expires_at > $3";
        const SET: &str = "UPDATE agent SET password_hash = $2, name = CASE WHEN $3 = '' THEN name ELSE $3 END \
             WHERE id = $1 AND NOT disabled";
        const FORGET: &str = "DELETE FROM agent_link WHERE agent_id = $1";
        let tx = self.begin().await?;
        let values = [hash.into(), link.agent.0.into(), now.0.into()];
        let used = tx.execute_raw(statement(self.backend(), USE, values)).await?.rows_affected() == 1;
        let values = [link.agent.0.into(), password_hash.into(), name.map(clean).unwrap_or_default().into()];
        if !used || tx.execute_raw(statement(self.backend(), SET, values)).await?.rows_affected() != 1 {
            tx.rollback().await?;
            return Ok(false);
        }
        tx.execute_raw(statement(self.backend(), FORGET, [link.agent.0.into()])).await?;
        end_sessions(&tx, self, link.agent, None).await?;
        tx.commit().await?;
        Ok(true)
    }
}
