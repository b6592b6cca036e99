//! An entry of the audit log. Written and read by `store::audit` alone; never changed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: Option<i64>,
    pub actor_name: String,
    pub act: String,
    pub target_kind: String,
    pub target_id: String,
    pub target_label: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
    pub reason: String,
    pub address: String,
    pub user_agent: String,
    pub session_kind: String,
    pub hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
