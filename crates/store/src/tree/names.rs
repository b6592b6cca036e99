//! The dictionary of names that all devices of a model share.

use std::collections::HashMap;
use std::sync::Arc;

/// Most names a dictionary takes; what a device invents beyond is stored with its own tree.
pub const NAMES_MAX: usize = 20_000;
/// Longest name that is shared, in bytes.
pub const NAME_LENGTH_MAX: usize = 128;

/// Parts of paths (`WiFi`, `Channel`) with dense ids from 0. Append-only: an id means the same name for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    by_id: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, u32>,
}

impl Names {
    /// The name's id; gives it the next one if it is new.
    pub fn push(&mut self, name: &str) -> u32 {
        if let Some(id) = self.by_name.get(name) {
            return *id;
        }
        let id = self.by_id.len() as u32;
        let name: Arc<str> = name.into();
        self.by_id.push(name.clone());
        self.by_name.insert(name, id);
        id
    }

    pub fn id(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub fn name(&self, id: u32) -> Option<&str> {
        self.by_id.get(id as usize).map(|name| &**name)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Whether a name may be shared: not too long, and nothing that a database text cannot hold.
    pub fn takes(name: &str) -> bool {
        name.len() <= NAME_LENGTH_MAX && !name.contains('\0')
    }
}
