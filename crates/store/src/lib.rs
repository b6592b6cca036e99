//! SeaORM entities and queries, group commit, tree blobs; SQLite and PostgreSQL.
//!
//! One [`Store`] per process. Reads go to a pool of connections; writes of sessions go through the
//! [group commit](Store::commit), which lets many sessions share one durable transaction. No type of the database
//! layer leaves this crate.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod agent;
mod commit;
mod device;
mod error;
mod profile;
mod skeleton;
mod store;
mod task;
pub mod tree;

pub use agent::{AgentRecord, NewAgent};
pub use commit::{Commit, Committed, TaskUpdate, Write, Written};
pub use device::{DevicePatch, DeviceRecord, NewDevice};
pub use error::StoreError;
pub use profile::ModelProfile;
pub use store::{Store, StoreSettings, StoreStats};
pub use task::{NewTask, TaskRecord};
pub use tree::{Change, Node, Tree};
