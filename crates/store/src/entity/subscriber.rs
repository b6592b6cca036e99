//! A person or firm with a line.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriber")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub account: String,
    pub name: String,
    pub name_key: String,
    /// One a line; after a tab, what it is.
    pub phones: String,
    /// Of the first. Those of the others are rows of `subscriber_phone`.
    pub phone_digits: String,
    pub email: String,
    pub address: String,
    pub plan: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub locality: String,
    pub region: String,
    pub partner: String,
    pub plan_down_kbit: Option<i64>,
    pub plan_up_kbit: Option<i64>,
    pub time_zone: String,
    /// One a line.
    pub tags: String,
    pub ppp_user: String,
    pub ppp_key: String,
    pub devices: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
