//! A guide through a complaint. `steps` and `ending` are JSON of the `acs` crate.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "guide")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub device_id: i64,
    pub kind: String,
    pub author: String,
    pub started_at: i64,
    pub updated_at: i64,
    pub version: i64,
    pub steps: String,
    pub ending: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
