//! The one search for people and devices, and what agents keep at hand.

use crate::device::Presence;
use crate::{DeviceId, SubscriberId};
use serde::{Deserialize, Serialize};

/// Hits on one page of the search.
pub const PAGE_HITS: u16 = 20;

/// A hit: a device, with the person at its line if there is one. Subscribers without a device have no `device`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    pub device: Option<DeviceId>,
    /// The person at the device's line, or who was found without a device.
    pub subscriber: Option<SubscriberId>,
    /// Name of the subscriber, else the model.
    pub title: String,
    pub title_marks: Marks,
    /// Model, serial, address, account: what tells it from its neighbours.
    pub subtitle: String,
    pub subtitle_marks: Marks,
    /// Which field matched, such as `Serial` or `Phone`.
    pub matched: String,
    /// What stands in that field, if neither title nor subtitle show it.
    pub value: Marked,
    /// The text is an identifier of this one.
    pub exact: bool,
    /// `None` without a device, and for one that never came.
    pub presence: Option<Presence>,
}

/// What matched: ranges of bytes, in order and apart from each other.
pub type Marks = Vec<(usize, usize)>;

/// A text with what matched in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    pub text: String,
    pub marks: Marks,
}

impl Marked {
    /// Marks in any order, overlapping or not.
    pub fn new(text: impl Into<String>, mut marks: Marks) -> Self {
        marks.sort_unstable();
        let mut apart: Marks = Vec::with_capacity(marks.len());
        for (from, to) in marks.into_iter().filter(|(from, to)| from < to) {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        Self { text: text.into(), marks: apart }
    }

    /// Adds a part, unless it is empty.
    pub fn append(&mut self, separator: &str, text: &str, marks: Marks) {
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(separator);
        }
        let by = self.text.len();
        self.text.push_str(text);
        self.marks.extend(Self::new("", marks).marks.into_iter().map(|(from, to)| (from + by, to + by)));
    }

    /// The text in pieces, and whether each is marked.
    pub fn pieces<'a>(text: &'a str, marks: &[(usize, usize)]) -> Vec<(&'a str, bool)> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for (from, to) in marks {
            if let (Some(before), Some(marked)) = (text.get(at..*from), text.get(*from..*to)) {
                pieces.extend([(before, false), (marked, true)]);
                at = *to;
            }
        }
        pieces.push((text.get(at..).unwrap_or_default(), false));
        pieces.retain(|(piece, _)| !piece.is_empty());
        pieces
    }
}

/// Some of the hits of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    pub hits: Vec<SearchHit>,
    /// Hits on all pages.
    pub found: u32,
    /// More may match than were looked at.
    pub bounded: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_pieces_of_the_text() {
        let marked = Marked::new("Jürgen Groß", vec![(8, 13), (0, 3), (0, 4)]);
        assert_eq!(marked.marks, [(0, 4), (8, 13)]);
        let pieces = Marked::pieces(&marked.text, &marked.marks);
        assert_eq!(pieces, [("Jür", true), ("gen ", false), ("Groß", true)]);
        let mut joined = Marked::new("a", vec![(0, 1)]);
        joined.append(" · ", "", vec![]);
        joined.append(" · ", "bc", vec![(1, 2)]);
        assert_eq!(joined, Marked { text: "a · bc".into(), marks: vec![(0, 1), (6, 7)] });
        // From an untrusted place: never a panic.
        assert_eq!(Marked::pieces("ü", &[(1, 2), (5, 9)]), [("ü", false)]);
    }
}
