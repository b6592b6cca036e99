//! Server time.

use model::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, by the server's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_millis() as i64)
}
