//! Views of the device list that people keep: filter, order and columns under a name.

use crate::ViewId;
use crate::device::DeviceQuery;
use serde::{Deserialize, Serialize};

/// Most views of one agent.
pub const VIEWS_MAX: u32 = 50;
/// Longest name, in characters.
pub const VIEW_NAME_MAX: usize = 60;

/// A kept view, as one agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: ViewId,
    pub name: String,
    /// Without a cursor: a view begins at its first page.
    pub query: DeviceQuery,
    /// Everybody has it.
    pub shared: bool,
    /// Whether the agent who asks made it.
    pub mine: bool,
    /// Who made it.
    pub by: String,
}

/// A name as it is kept: without space around it, and one space where there were several.
///
/// # Errors
/// What is wrong with it, in plain words.
pub fn view_name(text: &str) -> Result<String, String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err("A view needs a name.".to_owned());
    }
    if name.chars().count() > VIEW_NAME_MAX || name.chars().any(char::is_control) {
        return Err(format!("The name of a view has at most {VIEW_NAME_MAX} characters."));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_visible() {
        assert_eq!(view_name("  Old   firmware "), Ok("Old firmware".to_owned()));
        for wrong in ["", " \t", "a\u{7}b", &"x".repeat(61)] {
            assert!(view_name(wrong).is_err(), "{wrong:?}");
        }
        assert!(view_name(&"é".repeat(60)).is_ok());
    }
}
