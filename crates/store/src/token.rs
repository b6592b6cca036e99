//! Tokens of the API: who may call it, and until when. The token itself is never stored.

use crate::agent::AgentRecord;
use crate::entity::api_token;
use crate::error::StoreError;
use crate::role::{read_role, read_scope, scope_text};
use crate::sql::{clean, statement};
use crate::store::Store;
use crate::task::json;
use model::token::{TokenOwner, TokenView};
use model::{AgentId, Permissions, RoleKey, RoleView, Scope, Timestamp, TokenId};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, NotSet, QueryFilter, QueryOrder, Set};
use std::collections::HashMap;

/// A token to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    pub name: String,
    /// SHA-256 of the token, 64 hexadecimal digits.
    pub hash: String,
    /// What it may do; of a personal token without meaning.
    pub role: RoleKey,
    /// Whose personal token it is: what it may do is what they may, at any moment.
    pub agent: Option<AgentId>,
    /// Of what the role allows; `None`: all of it.
    pub permissions: Option<Permissions>,
    pub scope: Scope,
    pub by: String,
    pub now: Timestamp,
    pub expires_at: Option<Timestamp>,
}

impl Store {
    /// Fails with [`StoreError::NotFound`] if there is no such agent.
    pub async fn insert_token(&self, new: NewToken) -> Result<TokenView, StoreError> {
        let row = api_token::ActiveModel {
            id: NotSet,
            name: Set(clean(&new.name)),
            hash: Set(new.hash),
            role: Set(new.role.to_string()),
            scope: Set(scope_text(&new.scope)),
            created_at: Set(new.now.0),
            created_by: Set(clean(&new.by)),
            expires_at: Set(new.expires_at.map(|at| at.0)),
            used_at: Set(None),
            revoked_at: Set(None),
            agent_id: Set(new.agent.map(|agent| agent.0)),
            permissions: Set(new.permissions.map(|set| json(&set)).transpose()?),
        };
        let row = row.insert(&self.0.write).await;
        self.token_view(row.map_err(|error| StoreError::from(error).conflict_on("token").missing("agent"))?).await
    }

    /// The newest first; revoked and expired ones, too. With an agent: their personal ones.
    pub async fn tokens(&self, of: Option<AgentId>) -> Result<Vec<TokenView>, StoreError> {
        let mut all = api_token::Entity::find().order_by_desc(api_token::Column::Id);
        if let Some(agent) = of {
            all = all.filter(api_token::Column::AgentId.eq(agent.0));
        }
        let rows = all.all(&self.0.read).await?;
        let mut roles: HashMap<RoleKey, RoleView> = HashMap::new();
        let mut agents: HashMap<i64, Option<AgentRecord>> = HashMap::new();
        let mut tokens = Vec::with_capacity(rows.len());
        for row in rows {
            let agent = match row.agent_id {
                None => None,
                Some(id) => match agents.get(&id) {
                    Some(known) => known.clone(),
                    None => agents.entry(id).or_insert(self.agent(AgentId(id)).await?).clone(),
                },
            };
            let key = read_role(&row.role, || format!("token {}", row.id))?;
            let role = match roles.get(&key) {
                Some(role) => role.clone(),
                None => roles.entry(key).or_insert(self.role(key).await?).clone(),
            };
            tokens.push(view(row, role, agent)?);
        }
        Ok(tokens)
    }

    /// Whatever state it is in.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<TokenView>, StoreError> {
        let by_hash = api_token::Entity::find().filter(api_token::Column::Hash.eq(hash));
        match by_hash.one(&self.0.read).await? {
            Some(row) => self.token_view(row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whose personal token it is, if there is such a token.
    pub async fn token(&self, id: TokenId) -> Result<Option<TokenView>, StoreError> {
        match api_token::Entity::find_by_id(id.0).one(&self.0.read).await? {
            Some(row) => self.token_view(row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether there was one that was not revoked yet.
    pub async fn revoke_token(&self, id: TokenId, now: Timestamp) -> Result<bool, StoreError> {
        const REVOKE: &str = "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let sql = statement(self.backend(), REVOKE, [id.0.into(), now.0.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    pub async fn token_used(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        const USED: &str = "UPDATE api_token SET used_at = $2 WHERE id = $1";
        self.0.write.execute_raw(statement(self.backend(), USED, [id.0.into(), now.0.into()])).await?;
        Ok(())
    }

    async fn token_view(&self, row: api_token::Model) -> Result<TokenView, StoreError> {
        let agent = match row.agent_id {
            Some(id) => self.agent(AgentId(id)).await?,
            None => None,
        };
        let role = self.role(read_role(&row.role, || format!("token {}", row.id))?).await?;
        view(row, role, agent)
    }
}

/// What a token may do is worked out here: of a personal one no more than its agent may at this moment, and nothing
/// once they are disabled.
fn view(row: api_token::Model, role: RoleView, agent: Option<AgentRecord>) -> Result<TokenView, StoreError> {
    let whose = || format!("token {}", row.id);
    let own = read_scope(&row.scope, whose)?;
    let chosen = match &row.permissions {
        None => None,
        Some(text) => Some(serde_json::from_str::<Permissions>(text).map_err(|_| StoreError::corrupt(whose(), text))?),
    };
    let (mut role, scope, owner) = match agent {
        None => (role, Some(own), None),
        Some(agent) => {
            let owner = TokenOwner { id: agent.id, name: agent.name, disabled: agent.disabled };
            (agent.role, agent.scope.common(&own), Some(owner))
        }
    };
    let whole = role.permissions;
    if let Some(chosen) = chosen {
        role.permissions = role.permissions.and(chosen);
    }
    // Nothing is left of the part of the fleet, or the agent may not sign in: it allows nothing.
    if scope.is_none() || owner.as_ref().is_some_and(|owner| owner.disabled) {
        role.permissions = Permissions::NONE;
    }
    Ok(TokenView {
        id: TokenId(row.id),
        name: row.name,
        restricted: role.permissions != whole,
        role,
        scope: scope.unwrap_or_default(),
        owner,
        created_at: Timestamp(row.created_at),
        created_by: row.created_by,
        expires_at: row.expires_at.map(Timestamp),
        used_at: row.used_at.map(Timestamp),
        revoked_at: row.revoked_at.map(Timestamp),
    })
}
