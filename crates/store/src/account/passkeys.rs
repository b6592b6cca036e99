//! Passkeys: public keys, never secrets.

use crate::entity::passkey;
use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::person::PasskeyView;
use model::{AgentId, PasskeyId, Timestamp};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, NotSet, QueryFilter, QueryOrder, Set};

/// A passkey to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasskey {
    pub agent: AgentId,
    /// Its id in base64url.
    pub credential: String,
    /// That of COSE.
    pub algorithm: i64,
    pub public_key: Vec<u8>,
    pub counter: u32,
    pub name: String,
    pub now: Timestamp,
}

/// A passkey as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRecord {
    pub id: PasskeyId,
    pub agent: AgentId,
    pub credential: String,
    pub algorithm: i64,
    pub public_key: Vec<u8>,
    pub counter: u32,
    pub name: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

impl PasskeyRecord {
    pub fn view(&self) -> PasskeyView {
        PasskeyView { id: self.id, name: self.name.clone(), created_at: self.created_at, used_at: self.used_at }
    }
}

impl Store {
    /// Fails with [`StoreError::Conflict`] if the passkey is somebody's already.
    pub async fn insert_passkey(&self, new: NewPasskey) -> Result<PasskeyRecord, StoreError> {
        let row = passkey::ActiveModel {
            id: NotSet,
            agent_id: Set(new.agent.0),
            credential: Set(new.credential),
            algorithm: Set(new.algorithm),
            public_key: Set(new.public_key),
            counter: Set(i64::from(new.counter)),
            name: Set(clean(&new.name)),
            created_at: Set(new.now.0),
            used_at: Set(None),
        };
        let row = row.insert(&self.0.write).await;
        Ok(record(row.map_err(|error| StoreError::from(error).conflict_on("passkey").missing("agent"))?))
    }

    /// Somebody's, the oldest first.
    pub async fn passkeys(&self, agent: AgentId) -> Result<Vec<PasskeyRecord>, StoreError> {
        let own = passkey::Entity::find().filter(passkey::Column::AgentId.eq(agent.0));
        let rows = own.order_by_asc(passkey::Column::Id).all(&self.0.read).await?;
        Ok(rows.into_iter().map(record).collect())
    }

    pub async fn passkey(&self, credential: &str) -> Result<Option<PasskeyRecord>, StoreError> {
        let one = passkey::Entity::find().filter(passkey::Column::Credential.eq(credential));
        Ok(one.one(&self.0.read).await?.map(record))
    }

    /// Writes down a use. `false` if the counter is not ahead of the one that is known: then it may be a copy. Those that
    /// do not count say 0 each time.
    pub async fn passkey_used(&self, id: PasskeyId, counter: u32, now: Timestamp) -> Result<bool, StoreError> {
        const USED: &str = "UPDATE passkey SET counter = $2, used_at = $3 \
             WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))";
        let sql = statement(self.backend(), USED, [id.0.into(), i64::from(counter).into(), now.0.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    /// `false` if they have no such passkey.
    pub async fn rename_passkey(&self, agent: AgentId, id: PasskeyId, name: &str) -> Result<bool, StoreError> {
        const RENAME: &str = "UPDATE passkey SET name = $3 WHERE id = $1 AND agent_id = $2";
        let sql = statement(self.backend(), RENAME, [id.0.into(), agent.0.into(), clean(name).into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    /// `false` if they have no such passkey. Recovery codes end with the last second factor.
    pub async fn delete_passkey(&self, agent: AgentId, id: PasskeyId) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM passkey WHERE id = $1 AND agent_id = $2";
        const CODES: &str = "DELETE FROM agent_code WHERE agent_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM passkey WHERE agent_id = $1) \
             AND NOT EXISTS (SELECT 1 FROM agent_totp WHERE agent_id = $1)";
        let tx = self.begin().await?;
        let sql = statement(self.backend(), DELETE, [id.0.into(), agent.0.into()]);
        let deleted = tx.execute_raw(sql).await?.rows_affected() == 1;
        tx.execute_raw(statement(self.backend(), CODES, [agent.0.into()])).await?;
        tx.commit().await?;
        Ok(deleted)
    }
}

fn record(row: passkey::Model) -> PasskeyRecord {
    PasskeyRecord {
        id: PasskeyId(row.id),
        agent: AgentId(row.agent_id),
        credential: row.credential,
        algorithm: row.algorithm,
        public_key: row.public_key,
        counter: row.counter as u32,
        name: row.name,
        created_at: Timestamp(row.created_at),
        used_at: row.used_at.map(Timestamp),
    }
}
