//! Pages by what the person does, each with its server functions beside it.

pub mod device;
pub mod devices;
pub mod files;
pub mod home;
pub mod not_found;
pub mod profile;
pub mod search;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod snapshot;
pub mod subscribers;
pub mod traces;
