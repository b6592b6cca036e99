//! Tells open pages what changed. On one node a broadcast channel; a page that is too slow is told that it missed some.

use model::live::LiveMessage;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Messages that a slow page may lag behind before it misses some.
const CAPACITY: usize = 4096;

#[derive(Clone)]
pub(crate) struct Bus {
    sender: broadcast::Sender<Arc<LiveMessage>>,
}

impl Bus {
    pub fn new() -> Self {
        Self { sender: broadcast::channel(CAPACITY).0 }
    }

    /// Whether anyone listens: what nobody sees need not be put together.
    pub fn watched(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    pub fn publish(&self, message: LiveMessage) {
        // An error only says that nobody listens.
        let _ = self.sender.send(Arc::new(message));
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<LiveMessage>> {
        self.sender.subscribe()
    }
}
