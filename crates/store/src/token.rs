//! Tokens of the API: who may call it, and until when. The token itself is never stored.

use crate::entity::api_token;
use crate::error::StoreError;
use crate::role::{read_role, read_scope, scope_text};
use crate::sql::{clean, statement};
use crate::store::Store;
use model::token::TokenView;
use model::{RoleKey, RoleView, Scope, Timestamp, TokenId};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, NotSet, QueryFilter, QueryOrder, Set};

/// A token to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    pub name: String,
    /// SHA-256 of the token, 64 hexadecimal digits.
    pub hash: String,
    pub role: RoleKey,
    pub scope: Scope,
    pub by: String,
    pub now: Timestamp,
    pub expires_at: Option<Timestamp>,
}

impl Store {
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
        };
        let row = row.insert(&self.0.write).await.map_err(|error| StoreError::from(error).conflict_on("token"))?;
        let role = self.role(new.role).await?;
        view(row, role)
    }

    /// The newest first; revoked and expired ones, too.
    pub async fn tokens(&self) -> Result<Vec<TokenView>, StoreError> {
        let rows = api_token::Entity::find().order_by_desc(api_token::Column::Id).all(&self.0.read).await?;
        let own = self.own_roles().await?;
        let mut tokens = Vec::with_capacity(rows.len());
        for row in rows {
            let key = read_role(&row.role, || format!("token {}", row.id))?;
            let role = match own.iter().find(|role| role.key == key) {
                Some(role) => role.clone(),
                None => self.role(key).await?,
            };
            tokens.push(view(row, role)?);
        }
        Ok(tokens)
    }

    /// Whatever state it is in.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<TokenView>, StoreError> {
        let by_hash = api_token::Entity::find().filter(api_token::Column::Hash.eq(hash));
        let Some(row) = by_hash.one(&self.0.read).await? else { return Ok(None) };
        let role = self.role(read_role(&row.role, || format!("token {}", row.id))?).await?;
        view(row, role).map(Some)
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
}

fn view(row: api_token::Model, role: RoleView) -> Result<TokenView, StoreError> {
    Ok(TokenView {
        id: TokenId(row.id),
        name: row.name,
        role,
        scope: read_scope(&row.scope, || format!("token {}", row.id))?,
        created_at: Timestamp(row.created_at),
        created_by: row.created_by,
        expires_at: row.expires_at.map(Timestamp),
        used_at: row.used_at.map(Timestamp),
        revoked_at: row.revoked_at.map(Timestamp),
    })
}
