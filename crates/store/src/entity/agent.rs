//! A person who signs in. `username_key` is the username in lower case.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agent")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub username: String,
    pub username_key: String,
    pub name: String,
    /// `model::RoleKey` as text.
    pub role: String,
    /// JSON of `model::Scope`.
    pub scope: String,
    /// Empty as long as nobody set a password.
    pub password_hash: String,
    pub disabled: bool,
    pub created_at: i64,
    pub signed_in_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
