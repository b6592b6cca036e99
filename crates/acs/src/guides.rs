//! Guides through complaints: from what is known of a device and what was done so far, the step to take next.
//!
//! Pure: [`walk`] decides, `operations::guides` looks things up, acts and writes down.

mod facts;
mod new_router;
mod no_internet;
mod slow_wifi;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use facts::{Facts, Other, TaskFact, Timed};
pub(crate) use walk::{Does, GO_ON, Passed, Walk};
use walk::{Move, Step};

use model::guide::{GuideKind, Outcome};

/// The way through a guide: the steps behind, and the one that is open.
pub(crate) fn walk<'a>(kind: GuideKind, passed: &'a [Passed], facts: &'a Facts) -> Walk<'a> {
    let mut walk = Walk::new(passed, facts);
    // `None`: a step is open.
    let _open = match kind {
        GuideKind::SlowWifi => slow_wifi::walk(&mut walk),
        GuideKind::NoInternet => no_internet::walk(&mut walk),
        GuideKind::NewRouter => new_router::walk(&mut walk),
    };
    walk
}

/// What is written down at the end: what was found and done, one line each.
pub(crate) fn note(kind: GuideKind, outcome: Outcome, walk: &Walk<'_>) -> String {
    let mut note = format!("Guide “{}”: {}.", kind.title(), outcome.label().to_lowercase());
    for step in walk.behind() {
        note.push('\n');
        note.push_str(&step.title);
        note.push_str(": ");
        note.push_str(&step.found);
        if !step.chosen.is_empty() {
            note.push_str(" - ");
            note.push_str(&step.chosen);
        }
    }
    note.chars().take(NOTE_CHARS).collect()
}

/// Characters of a note.
const NOTE_CHARS: usize = 4000;
