//! The portal: pages, components and server functions. One crate, compiled twice: for the server (`ssr`) and for the
//! browser (`hydrate`). Pages call the server only through server functions, and those call one operation each.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![recursion_limit = "256"]

mod app;
mod debounce;
mod frame;
mod shell;

pub mod clock;
pub mod components;
pub mod error;
pub mod keys;
pub mod live;
pub mod locale;
pub mod pages;
pub mod passkey;
pub mod preference;
pub mod session;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod theme;
pub mod unsent;

pub use app::App;
pub use error::PortalError;
pub use shell::shell;
