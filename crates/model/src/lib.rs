//! The words that browser and server share: ids, filters, states, permissions, views.
//!
//! Nothing here does I/O, so the crate compiles to WebAssembly. Times are [`Timestamp`]s: milliseconds since
//! 1970-01-01T00:00:00Z, taken from the server's clock.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod account;
pub mod alias;
pub mod audit;
pub mod bulk;
pub mod campaign;
pub mod compare;
pub mod desk;
pub mod device;
pub mod diagnostic;
pub mod event;
pub mod fault;
pub mod file;
pub mod guide;
pub mod health;
pub mod history;
pub mod id;
pub mod import;
pub mod knowledge;
pub mod live;
pub mod locale;
pub mod network;
pub mod note;
pub mod number;
pub mod page;
pub mod permission;
pub mod person;
pub mod protocol;
pub mod reach;
pub mod restore;
pub mod role;
pub mod saved_view;
pub mod scope;
pub mod search;
pub mod setting;
pub mod snapshot;
pub mod subscriber;
pub mod task;
pub mod time;
pub mod timeline;
pub mod token;
pub mod tree;
pub mod undo;
pub mod verdict;
pub mod webhook;
pub mod wifi;

pub use id::{
    AgentId, BulkId, CampaignId, DeviceId, EventId, FileId, GuideId, NoteId, PasskeyId, SnapshotId, SubscriberId,
    TaskId, TokenId, ViewId, WebhookId,
};
pub use permission::{Permission, Permissions};
pub use role::{Role, RoleKey, RoleView};
pub use scope::Scope;
pub use time::Timestamp;
