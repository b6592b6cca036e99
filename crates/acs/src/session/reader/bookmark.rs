//! A reading that takes more requests than one session has (rule 121): where it stopped, and how it goes on.

use super::{Capabilities, Read, Reader, Walk, leaves};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use store::Tree;

/// Sessions that one reading may take: nothing is read for ever from a device that always has more to tell.
const MAX_SESSIONS: u16 = 100;

/// Where a reading stopped. What was read is in the tree, so this is small however large the device is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Bookmark {
    /// What is read.
    paths: Vec<String>,
    since: Option<Timestamp>,
    /// Objects whose names nobody has asked for yet.
    names: Vec<String>,
    walks: Vec<Walk>,
    /// Values are missing.
    values: bool,
    /// Values that came.
    pub read: u32,
    round_trips: u32,
    sessions: u16,
}

impl Reader {
    /// Where the next session can go on; `None` if the device told nothing so far, or took too many sessions.
    pub fn bookmark(&self) -> Option<Bookmark> {
        if !self.answered || self.guessing || self.paths.is_empty() || self.sessions >= MAX_SESSIONS {
            return None;
        }
        let mut mark = Bookmark {
            paths: self.paths.clone(),
            since: self.since,
            read: self.read,
            round_trips: self.round_trips,
            sessions: self.sessions + 1,
            ..Bookmark::default()
        };
        for read in self.out.iter().chain(&self.todo) {
            match read {
                Read::FindRoot => return None,
                Read::Names { path } => mark.names.push(path.clone()),
                Read::Walk(walk) => mark.walks.push(walk.clone()),
                Read::Values { .. } | Read::Hunt(_) | Read::Rest => mark.values = true,
            }
        }
        Some(mark)
    }

    /// Goes on where an earlier session stopped, with the tree that it left.
    pub fn resume(mark: Bookmark, watch: bool) -> Self {
        // Nothing came so far: then the values are asked for as if nothing had been.
        let fresh = mark.read == 0;
        let names = mark.names.iter().map(|path| Read::names(path));
        let walks = mark.walks.into_iter().map(|mut walk: Walk| {
            walk.begun &= !fresh;
            Read::Walk(walk)
        });
        let mut todo: VecDeque<_> = walks.chain(names).collect();
        if mark.values {
            todo.push_back(if fresh { Read::Values { names: mark.paths.clone() } } else { Read::Rest });
        }
        Self {
            paths: mark.paths,
            since: mark.since,
            sessions: mark.sessions,
            answered: true,
            read: mark.read,
            round_trips: mark.round_trips,
            ..Self::new(todo, watch)
        }
    }

    /// Parameters that this reading is about and whose values did not come in any of its sessions.
    pub(super) fn unread(&self, tree: &Tree, learnt: &Capabilities) -> Vec<String> {
        let mut names = leaves(&self.paths, tree, learnt);
        names.retain(|name| !tree.get(name).is_some_and(|node| self.is_fresh(node)));
        names
    }
}
