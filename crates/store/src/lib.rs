//! SeaORM entities and queries, group commit, tree blobs; SQLite and PostgreSQL.
//!
//! One [`Store`] per process. Reads go to a pool of connections; writes of sessions go through the
//! [group commit](Store::commit), which lets many sessions share one durable transaction. No type of the database
//! layer leaves this crate.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod agent;
mod audit;
mod bulk;
mod campaign;
mod clock;
mod commit;
mod connect;
mod data_model;
mod desk;
mod device;
mod entity;
mod error;
mod event;
mod feed;
mod file;
#[cfg(any(test, feature = "testing"))]
mod fill;
mod guide;
mod idempotency;
mod newest;
mod note;
mod portal;
mod profile;
mod role;
mod sample;
mod saved_view;
mod scope;
mod search;
mod secret;
mod snapshot;
mod sql;
mod store;
mod subscriber;
mod task;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod timeline;
mod token;
pub mod tree;
mod web_session;
mod webhook;
mod writer;

pub use account::{IdentityRecord, LinkRecord, NewPasskey, PasskeyRecord, TotpRecord};
pub use agent::{AgentRecord, NewAgent};
pub use audit::NewAudit;
pub use bulk::{BULK_PREPARED_FOR, BulkRecord, BulkStep, NewBulk};
pub use campaign::{
    CampaignChange, CampaignNumbers, CampaignRecord, DeviceFacts, DueMail, Moved, NewCampaign, NewMail, StageChange,
    StageRecord, TargetMove, TargetRecord, TargetsPage, TaskChange,
};
pub use clock::now;
pub use commit::{Commit, Committed, TaskUpdate, Write, Written};
pub use data_model::DataModelRecord;
pub use desk::PINS_MAX;
pub use device::{DevicePatch, DeviceRecord, NewDevice};
pub use error::StoreError;
pub use feed::Feed;
pub use file::{FileOrigin, FileRecord, NewFile};
#[cfg(any(test, feature = "testing"))]
pub use fill::{Filled, FilledPerson};
pub use guide::{GuideRecord, NewGuide};
pub use idempotency::{Claim, KeptAnswer};
pub use note::{NewNote, NoteRecord};
pub use profile::ModelProfile;
pub use search::{FoundBy, found_by};
pub use secret::{Key, KeyId, KeySource, Resealed};
pub use store::{Store, StoreSettings, StoreStats};
pub use subscriber::{HandLink, Linked, Put, PutMany, PutOptions};
pub use task::{NewTask, TaskRecord};
pub use timeline::TimelineEntry;
pub use token::NewToken;
pub use tree::{Change, Node, Tree};
pub use web_session::{SessionOwner, WebSessionRow};
pub use webhook::{DueDelivery, NewDelivery, Tried, WebhookRecord};
