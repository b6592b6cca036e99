//! One thing to do on one device. `kind` and `outcome` are JSON; `steps` has a line `state time` each.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub device_id: i64,
    pub kind: String,
    pub state: String,
    pub is_open: bool,
    pub author: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub steps: String,
    pub note: Option<String>,
    pub outcome: Option<String>,
    pub progress: String,
    pub attempts: i64,
    pub campaign_id: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
