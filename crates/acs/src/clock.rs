//! Server time.

pub(crate) use store::now;
