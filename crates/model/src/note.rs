//! Notes: what agents write down about a subscriber or a device, kept for good.

use crate::{DeviceId, NoteId, SubscriberId, Timestamp};
use serde::{Deserialize, Serialize};

/// Longest note, in characters.
pub const NOTE_MAX: usize = 4000;
/// For how long the author may change or delete a note, in seconds.
pub const NOTE_CHANGE_SECONDS: i64 = 15 * 60;

/// Where a note is read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "on", content = "id", rename_all = "snake_case")]
pub enum NoteScope {
    /// A note written at a device belongs to its subscriber of that moment, too.
    Device(DeviceId),
    Subscriber(SubscriberId),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteView {
    pub id: NoteId,
    pub device: Option<DeviceId>,
    pub subscriber: Option<SubscriberId>,
    pub at: Timestamp,
    /// When the author changed it last.
    pub edited_at: Option<Timestamp>,
    /// Name of the author.
    pub by: String,
    pub text: String,
    /// Until when the one who asks may change or delete it; `None`: not theirs, or too late.
    pub changeable_until: Option<Timestamp>,
}

/// Why a text is no note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NoteProblem {
    #[error("The note is empty. Nothing was saved.")]
    Empty,
    #[error("The note is longer than 4,000 characters. Nothing was saved; shorten it.")]
    Long,
}

/// A note as it is kept: line ends as `\n`, no other control characters, nothing around it.
pub fn check_note(text: &str) -> Result<String, NoteProblem> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    let kept = kept.trim();
    match kept.chars().count() {
        0 => Err(NoteProblem::Empty),
        1..=NOTE_MAX => Ok(kept.to_owned()),
        _ => Err(NoteProblem::Long),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_keep_their_lines_and_nothing_invisible() {
        assert_eq!(check_note(" a\r\nb\u{7}\0 "), Ok("a\nb".to_owned()));
        assert_eq!(check_note(" \r\n\u{1b} "), Err(NoteProblem::Empty));
        assert!(check_note(&"ä".repeat(NOTE_MAX)).is_ok());
        assert_eq!(check_note(&"ä".repeat(NOTE_MAX + 1)), Err(NoteProblem::Long));
    }
}
