//! Protocol versions (§3.7.4).

/// The versions that we speak, lowest first.
const OURS: [&str; 5] = ["1.0", "1.1", "1.2", "1.3", "1.4"];

/// What to do about the versions of an Inform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negotiation {
    /// The CPE did not say what it speaks: no `UseCWMPVersion`.
    Silent,
    /// The highest version that both sides speak.
    Use(&'static str),
    /// There is none: fault 8006, and the session ends.
    Incompatible,
}

/// Decides by the `SupportedCWMPVersions` of an Inform.
pub fn negotiate(supported: &[String]) -> Negotiation {
    if supported.is_empty() {
        return Negotiation::Silent;
    }
    let common = OURS.into_iter().rev().find(|ours| supported.iter().any(|theirs| theirs.trim() == *ours));
    common.map_or(Negotiation::Incompatible, Negotiation::Use)
}

/// The version of a namespace: `1.2` of `urn:dslforum-org:cwmp-1-2`; empty if it is none that we know. CWMP 1.3 and 1.4 use the namespace of 1.2.
pub fn of_namespace(namespace: &str) -> &str {
    match namespace.rsplit_once("cwmp-").map(|(_, version)| version) {
        Some("1-0") => "1.0",
        Some("1-1") => "1.1",
        Some("1-2") => "1.2",
        Some("1-3") => "1.3",
        Some("1-4") => "1.4",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_is_used() {
        let list = |versions: &str| versions.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(negotiate(&[]), Negotiation::Silent);
        assert_eq!(negotiate(&list("1.0,1.1, 1.2")), Negotiation::Use("1.2"));
        assert_eq!(negotiate(&list("1.4,1.2,2.0")), Negotiation::Use("1.4"));
        assert_eq!(negotiate(&list("2.0")), Negotiation::Incompatible);
    }
}
