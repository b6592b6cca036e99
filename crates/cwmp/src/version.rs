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
