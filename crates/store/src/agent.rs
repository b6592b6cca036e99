//! Agents: people who sign in to the portal.

use crate::entity::agent;
use crate::error::StoreError;
use crate::role::{read_role, read_scope, scope_text};
use crate::sql::clean;
use crate::store::Store;
use model::{AgentId, RoleKey, RoleView, Scope, Timestamp};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, NotSet, QueryFilter, QuerySelect, Set,
};
use std::fmt;

/// An agent to be created.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAgent {
    /// Unique whatever its case.
    pub username: String,
    pub name: String,
    pub role: RoleKey,
    pub scope: Scope,
    /// PHC string, or empty: they cannot sign in with a password. Never printed.
    pub password_hash: String,
    pub now: Timestamp,
}

/// An agent as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentRecord {
    pub id: AgentId,
    pub username: String,
    pub name: String,
    /// With what it allows now.
    pub role: RoleView,
    pub scope: Scope,
    /// PHC string; never printed.
    pub password_hash: String,
    pub disabled: bool,
    pub created_at: Timestamp,
}

impl fmt::Debug for NewAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAgent")
            .field("username", &self.username)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("scope", &self.scope)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AgentRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentRecord")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("scope", &self.scope)
            .field("disabled", &self.disabled)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Whether anyone can sign in yet, disabled agents included.
    pub async fn any_agent(&self) -> Result<bool, StoreError> {
        Ok(agent::Entity::find().limit(1).one(&self.0.read).await?.is_some())
    }

    /// Fails with [`StoreError::Conflict`] if the username is taken, whatever its case.
    pub async fn insert_agent(&self, new: NewAgent) -> Result<AgentRecord, StoreError> {
        let row = insert(&self.0.write, new).await?;
        self.agent_record(row).await
    }

    /// The first administrator: inserts only if there is no agent at all; `None` if there is. Two that come at once
    /// cannot both be first.
    pub async fn insert_first_agent(&self, new: NewAgent) -> Result<Option<AgentRecord>, StoreError> {
        // SQLite locks the whole database when the transaction begins.
        const LOCK: &str = "LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE";
        let tx = self.begin().await?;
        if self.backend() == DbBackend::Postgres {
            tx.execute_unprepared(LOCK).await?;
        }
        if agent::Entity::find().limit(1).one(&tx).await?.is_some() {
            tx.rollback().await?;
            return Ok(None);
        }
        let first = insert(&tx, new).await?;
        tx.commit().await?;
        self.agent_record(first).await.map(Some)
    }

    pub async fn agent(&self, id: AgentId) -> Result<Option<AgentRecord>, StoreError> {
        match agent::Entity::find_by_id(id.0).one(&self.0.read).await? {
            Some(row) => self.agent_record(row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whatever the case of the username.
    pub async fn agent_by_username(&self, username: &str) -> Result<Option<AgentRecord>, StoreError> {
        let by_key = agent::Entity::find().filter(agent::Column::UsernameKey.eq(key(username)));
        match by_key.one(&self.0.read).await? {
            Some(row) => self.agent_record(row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn agent_record(&self, row: agent::Model) -> Result<AgentRecord, StoreError> {
        let whose = || format!("agent {}", row.id);
        Ok(AgentRecord {
            id: AgentId(row.id),
            role: self.role(read_role(&row.role, whose)?).await?,
            scope: read_scope(&row.scope, whose)?,
            username: row.username,
            name: row.name,
            password_hash: row.password_hash,
            disabled: row.disabled,
            created_at: Timestamp(row.created_at),
        })
    }
}

async fn insert(connection: &impl ConnectionTrait, new: NewAgent) -> Result<agent::Model, StoreError> {
    let row = agent::ActiveModel {
        id: NotSet,
        username_key: Set(key(&new.username)),
        username: Set(clean(&new.username)),
        name: Set(clean(&new.name)),
        role: Set(new.role.to_string()),
        scope: Set(scope_text(&new.scope)),
        password_hash: Set(new.password_hash),
        disabled: Set(false),
        created_at: Set(new.now.0),
        signed_in_at: Set(None),
    };
    let row = row.insert(connection).await;
    row.map_err(|error| StoreError::from(error).conflict_on("username"))
}

fn key(username: &str) -> String {
    clean(username).to_lowercase()
}
