//! One dictionary of names a model (OUI, product class).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tree_dictionary")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub oui: String,
    pub product_class: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
