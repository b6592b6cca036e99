//! Files for devices and from devices.

pub(crate) mod links;
