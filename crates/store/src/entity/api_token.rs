//! A token of the API; `hash` is its SHA-256.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub hash: String,
    /// `model::RoleKey` as text.
    pub role: String,
    /// JSON of `model::Scope`.
    pub scope: String,
    pub created_at: i64,
    pub created_by: String,
    pub expires_at: Option<i64>,
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
    /// Whose personal token it is.
    pub agent_id: Option<i64>,
    /// JSON of `model::Permissions`; `None`: all of the role.
    pub permissions: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
