//! What devices of one model and version can do. `facts` is JSON.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "model_profile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub oui: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_class: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub software_version: String,
    pub facts: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
