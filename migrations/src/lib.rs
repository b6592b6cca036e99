//! The schema, one migration set for SQLite and PostgreSQL.

mod m20261122_000001_first_light;
mod m20261122_000002_whole_protocol;
mod m20261122_000003_files;
mod m20261122_000004_data_models;
mod m20261122_000005_rotation;
mod m20261122_000006_subscribers;
mod m20261122_000007_samples;
mod m20261122_000009_find;
mod m20261122_000010_timeline;
mod m20261122_000012_guides;
mod m20261122_000014_views;
mod m20261123_000015_accounts;
mod m20261123_000016_audit;
mod m20261123_000017_api;
mod m20261123_000018_roles;
mod m20261123_000019_answers;
mod m20261123_000020_images;
mod m20261123_000021_campaigns;
mod m20261123_000022_notices;
mod m20261123_000023_seen;
mod portable;

pub use m20261122_000009_find::{SEARCH_DELETED, SEARCH_ENDS_POSTGRES, SEARCH_ENDS_SQLITE};

use sea_orm_migration::prelude::*;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_first_light::Migration),
            Box::new(m20261122_000002_whole_protocol::Migration),
            Box::new(m20261122_000003_files::Migration),
            Box::new(m20261122_000004_data_models::Migration),
            Box::new(m20261122_000005_rotation::Migration),
            Box::new(m20261122_000006_subscribers::Migration),
            Box::new(m20261122_000007_samples::Migration),
            Box::new(m20261122_000009_find::Migration),
            Box::new(m20261122_000010_timeline::Migration),
            Box::new(m20261122_000012_guides::Migration),
            Box::new(m20261122_000014_views::Migration),
            Box::new(m20261123_000015_accounts::Migration),
            Box::new(m20261123_000016_audit::Migration),
            Box::new(m20261123_000017_api::Migration),
            Box::new(m20261123_000018_roles::Migration),
            Box::new(m20261123_000019_answers::Migration),
            Box::new(m20261123_000020_images::Migration),
            Box::new(m20261123_000021_campaigns::Migration),
            Box::new(m20261123_000022_notices::Migration),
            Box::new(m20261123_000023_seen::Migration),
        ]
    }
}
