//! What models can do, learnt from their devices.

/// Learnt per (OUI, product class, software version).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelProfile {
    pub oui: String,
    pub product_class: String,
    pub software_version: String,
    /// JSON of the `acs` crate's own.
    pub facts: String,
}
