//! Which entries.

use crate::Timestamp;
use crate::page::Cursor;
use serde::{Deserialize, Serialize};

/// What entries have to be; what is empty says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Words that stand somewhere in it, at most 200 characters.
    pub text: String,
    /// The whole name of who did it.
    pub who: String,
    /// The word of an [`super::Act`].
    pub act: String,
    /// Kind and id of the target with a slash between: `device/7`.
    pub target: String,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Kind and id of the target, if one is named.
    pub fn target(&self) -> Option<(&str, &str)> {
        self.target.split_once('/').filter(|(kind, _)| !kind.is_empty())
    }
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    pub filter: AuditFilter,
    pub cursor: Option<Cursor>,
    /// Entries of a page; 0: as many as usual. At most 500.
    pub limit: u16,
}
