//! One device: what people filter and sort by, and what sessions need to know.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "device")]
#[allow(clippy::struct_field_names)] // Columns.
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub manufacturer: String,
    pub oui: String,
    pub product_class: String,
    pub serial: String,
    pub model: String,
    pub hardware_version: String,
    pub software_version: String,
    pub address: String,
    pub mac: String,
    pub data_model: i64,
    pub cwmp_version: String,
    pub first_seen: i64,
    pub last_inform: i64,
    pub late_at: i64,
    pub overdue_at: i64,
    pub inform_bucket: i64,
    pub late_bucket: i64,
    pub rebooting_until: Option<i64>,
    pub inform_interval: Option<i64>,
    pub connection_request_url: String,
    pub connection_request_username: String,
    pub connection_request_password: String,
    pub reach_success: Option<i64>,
    pub reach_failure_at: Option<i64>,
    pub reach_failure_reason: Option<String>,
    pub parameter_key: String,
    pub subscriber_id: Option<i64>,
    pub subscriber_key: Option<String>,
    pub tree_read_at: Option<i64>,
    pub parameter_count: i64,
    pub inform_digest: i64,
    pub quirks: String,
    pub retry_count: i64,
    pub udp_address: String,
    pub jabber_id: String,
    pub reach: String,
    pub enrolment: i64,
    pub cpe_username: String,
    pub cpe_password: String,
    pub cpe_pending: String,
    pub overrides: String,
    pub stuck_at: Option<i64>,
    pub stuck_reason: Option<String>,
    pub provisioning_code: String,
    pub ppp_user: String,
    pub link_account: String,
    pub ppp_key: String,
    pub link_source: i64,
    pub link_conflict: String,
    pub found_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
