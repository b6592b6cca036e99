//! The words that browser and server share: ids, filters, states, permissions, views.
//!
//! Nothing here does I/O, so the crate compiles to WebAssembly. Times are [`Timestamp`]s: milliseconds since
//! 1970-01-01T00:00:00Z, taken from the server's clock.

pub mod account;
pub mod desk;
pub mod device;
pub mod event;
pub mod fault;
pub mod file;
pub mod id;
pub mod knowledge;
pub mod live;
pub mod note;
pub mod page;
pub mod permission;
pub mod protocol;
pub mod reach;
pub mod search;
pub mod subscriber;
pub mod task;
pub mod time;
pub mod tree;

pub use id::{AgentId, DeviceId, EventId, FileId, NoteId, SubscriberId, TaskId};
pub use permission::{Permission, Role};
pub use time::Timestamp;
