//! What has to be read again to renew what a page shows.

use super::resolve::Resolver;
use super::syntax::Part;
use std::collections::BTreeSet;

/// Tables whose rows come and go by themselves: they are read whole.
const LIVING: [&str; 2] = ["lan.host", "wifi.client"];
/// Parameters below an object that is read whole instead of several tables in it.
const WHOLE: usize = 400;
/// Single parameters in one refresh.
const SINGLE: usize = 200;

impl Resolver<'_> {
    /// The objects and parameters to read for what was seen ([`Self::take_seen`]), each once: living tables whole, the
    /// rest one by one. Empty if nothing was seen.
    pub fn to_refresh(&self, seen: &BTreeSet<String>) -> Vec<String> {
        let mut objects: Vec<String> = Vec::new();
        for table in LIVING {
            for place in self.aliases.get(table).into_iter().flat_map(|alias| &alias.places) {
                objects.extend(self.tables_of(&place.last.parts, &place.last));
            }
        }
        let leaves = seen.iter().filter(|path| !objects.iter().any(|object| path.starts_with(object.as_str())));
        let leaves: Vec<String> = leaves.take(SINGLE).cloned().collect();
        objects.into_iter().chain(leaves).collect()
    }

    /// The tables that a pattern's rows are in; their common table if there are several and it is small.
    fn tables_of(&self, parts: &[Part], pattern: &super::syntax::Pattern) -> Vec<String> {
        let Some((Part::Row, above)) = parts.split_last() else { return Vec::new() };
        let tables =
            self.objects(&super::syntax::Pattern { from: pattern.from.clone(), parts: above.to_vec(), object: true });
        if tables.len() < 2 {
            return tables;
        }
        let Some(outer) = above.iter().position(|part| *part == Part::Row) else { return tables };
        let common = self.objects(&super::syntax::Pattern {
            from: pattern.from.clone(),
            parts: above[..outer].to_vec(),
            object: true,
        });
        match common.as_slice() {
            [one] if self.tree.below(one).take(WHOLE + 1).count() <= WHOLE => common,
            _ => tables,
        }
    }
}
