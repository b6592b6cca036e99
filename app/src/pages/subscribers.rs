//! Subscribers: the list, and below it the pages of one, of a new one, and of the import.

mod api;
mod choose;
mod detail;
mod edit;
mod history;
mod import;
mod links;
mod list;
mod new;
mod notes;
pub mod url;

pub use api::{
    AddNote, CancelImport, ChangeNote, Choose, CountSubscribers, DeleteNote, DeleteSubscriber, LinkDevice, LinkResult,
    ListNotes, ListSubscribers, LoadSubscriber, LoadTable, PutSubscriber, StartImport, SubscriberEvents,
    SubscriberFacetsFn, TimeZones, UnlinkDevice, add_note, list_notes, time_zones,
};
pub use choose::{ChooseDialog, Side};
pub use detail::SubscriberPage;
pub use import::{ImportPage, ImportStartPage};
pub use list::SubscribersPage;
pub use new::NewSubscriberPage;
pub use notes::Notes;

use crate::locale::decimal;

/// Address of a subscriber's page.
pub fn subscriber_href(id: model::SubscriberId) -> String {
    format!("/subscribers/{id}")
}

/// `500 Mbit/s`, `1.5 Gbit/s`, `640 kbit/s`.
pub fn speed_words(kbit: u32) -> String {
    let number = |value: f64| {
        let tenths = (value * 10.0).round();
        decimal(tenths / 10.0, usize::from(tenths % 10.0 != 0.0))
    };
    match kbit {
        0..1000 => format!("{kbit} kbit/s"),
        1000..1_000_000 => format!("{} Mbit/s", number(f64::from(kbit) / 1e3)),
        _ => format!("{} Gbit/s", number(f64::from(kbit) / 1e6)),
    }
}

/// What a plan promises, in words; empty if it is not known.
pub fn plan_speeds(down: Option<u32>, up: Option<u32>) -> String {
    let parts =
        [down.map(|kbit| format!("{} down", speed_words(kbit))), up.map(|kbit| format!("{} up", speed_words(kbit)))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_said_in_their_unit() {
        let said: Vec<_> = [640, 1000, 2500, 500_000, 1_000_000, 2_500_000].map(speed_words).into();
        assert_eq!(said, ["640 kbit/s", "1 Mbit/s", "2.5 Mbit/s", "500 Mbit/s", "1 Gbit/s", "2.5 Gbit/s"]);
        assert_eq!(plan_speeds(Some(500_000), None), "500 Mbit/s down");
        assert_eq!(plan_speeds(None, None), "");
    }
}
