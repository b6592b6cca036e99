//! A fleet of CPEs that behave like real ones (TR-069, TR-098, TR-181): thousands in one process, for tests, for
//! demonstrations and for load.
//!
//! A [`Fleet`] shares the definitions of its [`Model`]s; a device adds only what was changed on it. Values that move
//! (uptime, traffic, Wi-Fi clients, signal) are computed from the seed and the time when somebody reads them, so that an
//! idle device costs nothing but its memory. [`load`] plays sessions as cheaply as possible to measure an ACS.
// Names of RPCs and parameters stand as the standard writes them.
#![allow(clippy::doc_markdown)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod auth;
pub mod clock;
mod connection_request;
pub mod control;
mod cpe;
mod events;
mod facts;
mod fleet;
mod image;
mod link;
mod listener;
pub mod load;
mod model;
pub mod seed;
mod session;
mod settings;
pub mod subscribers;
#[cfg(test)]
mod testing;
mod transfer;
mod tree;
mod udp;

pub use cpe::faults::{Fault, Injected};
pub use cpe::stats::{DeviceStats, Executed, Stats, Transferred};
pub use cpe::{Activity, Cpe, Report};
pub use fleet::{Fleet, FleetError, identity};
pub use image::{ImageHead, Mishap, image, image_with};
pub use link::{Tls, TlsError};
pub use model::{Model, ModelError, builtin, builtin_names};
pub use settings::{Arrival, FaultsOf, FleetSettings, Pace};
