//! Settings that differ: from what most of several routers have, or from another one. Pure: trees in, rows out.

mod nature;
#[cfg(test)]
mod tests;

use crate::knowledge::{is_secret, value_type};
use model::Timestamp;
use model::compare::{Against, Comparison, Group, Row};
use model::tree::is_no_data;
use nature::nature;
use store::{Node, Tree};

/// Routers that one is compared with, at most.
pub(crate) const PEERS: u16 = 20;
/// Fewer are no majority of anything.
pub(crate) const FEWEST: u32 = 3;
/// Share of those that tell a setting, in percent, that has to agree on its value.
const MAJORITY: u32 = 60;
/// Rows that are listed, at most.
const MOST: usize = 1000;

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub groups: Vec<Group>,
    /// Settings that both sides tell.
    pub compared: u32,
    pub truncated: bool,
}

impl Found {
    pub fn into_comparison(self, against: Against) -> Comparison {
        let Self { groups, compared, truncated } = self;
        Comparison { against, groups, compared, truncated }
    }
}

/// The other side of one setting.
struct Usual<'a> {
    value: &'a str,
    same: u32,
    of: u32,
    read_at: Option<Timestamp>,
}

/// Settings that are not what most of these have: at least 60 % of those that tell it, which are at least three.
pub(crate) fn with_peers(own: &Tree, peers: &[Tree]) -> Found {
    compare(own, |path, node| {
        let told: Vec<(&str, Option<Timestamp>)> = peers
            .iter()
            .filter_map(|peer| peer.get(path))
            .filter_map(|node| Some((value(node)?, node.read_at)))
            .collect();
        let of = told.len() as u32;
        let read_at = told.iter().filter_map(|(_, read_at)| *read_at).min();
        // Each value that means something else, with how many have it.
        let mut values: Vec<(&str, u32)> = Vec::new();
        for (value, _) in told {
            match values.iter_mut().find(|(other, _)| node.value_type.same(other, value)) {
                Some((_, count)) => *count += 1,
                None => values.push((value, 1)),
            }
        }
        let (value, same) = values.into_iter().max_by_key(|(_, count)| *count)?;
        (of >= FEWEST && same * 100 >= of * MAJORITY).then_some(Usual { value, same, of, read_at })
    })
}

/// Settings that both have, and that mean something else on the other.
pub(crate) fn with_one(own: &Tree, other: &Tree) -> Found {
    compare(own, |path, _| {
        let node = other.get(path)?;
        Some(Usual { value: value(node)?, same: 1, of: 1, read_at: node.read_at })
    })
}

fn value(node: &Node) -> Option<&str> {
    node.value.as_deref()
}

/// `usual`: what a setting of the device should be, by its path; `None`: nothing is known of it.
fn compare<'a>(own: &Tree, usual: impl Fn(&str, &Node) -> Option<Usual<'a>>) -> Found {
    let mut found = Found::default();
    let mut rows = 0;
    for (path, node) in own.below("").filter(|(path, node)| node.writable && !path.ends_with('.')) {
        let Some(value) = value(node).filter(|value| !is_no_data(path, value)) else { continue };
        let Some(usual) = usual(path, node) else { continue };
        if is_secret(path) {
            continue;
        }
        found.compared += 1;
        if node.value_type.same(value, usual.value) {
            continue;
        }
        if rows == MOST {
            found.truncated = true;
            break;
        }
        rows += 1;
        let object = &path[..path.rfind('.').map_or(0, |dot| dot + 1)];
        let row = Row {
            path: path.to_owned(),
            value: value.to_owned(),
            value_type: node.value_type,
            read_at: node.read_at,
            usual: usual.value.to_owned(),
            same: usual.same,
            of: usual.of,
            usual_read_at: usual.read_at,
            nature: nature(path, value_type(path).unwrap_or(node.value_type)),
        };
        match found.groups.last_mut() {
            Some(group) if group.object == object => group.rows.push(row),
            _ => found.groups.push(Group { object: object.to_owned(), rows: vec![row] }),
        }
    }
    found
}
