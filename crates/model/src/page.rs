//! Keyset pages: no offsets, no totals unless counted.

use serde::{Deserialize, Serialize};

/// Where a page begins. Opaque to the browser; it travels in the URL as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page of a keyset-paged list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Cursor of the page before this one; `None` on the first.
    pub previous: Option<Cursor>,
    /// Cursor of the page after this one; `None` on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), previous: self.previous, next: self.next }
    }
}

/// A count that stops counting at a cap, so that its cost does not grow with the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    Exact(u64),
    /// More than this many.
    MoreThan(u64),
}
