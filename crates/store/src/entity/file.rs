//! A file that devices load, or that one sent. `file_type`, `models`, `versions` and `hardware` are JSON; `author` is NULL if a device sent it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "file")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub sha256: String,
    pub size: i64,
    pub file_type: String,
    pub version: String,
    pub models: String,
    pub notes: String,
    pub created_at: i64,
    pub author: Option<String>,
    pub device_id: Option<i64>,
    pub task_id: Option<i64>,
    pub versions: String,
    pub hardware: String,
    pub min_version: String,
    pub signed_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
