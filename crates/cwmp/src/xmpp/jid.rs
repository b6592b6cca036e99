//! Addresses of XMPP: `local@domain/resource` (RFC 7622).

use std::fmt;

/// Bytes of each part at most.
const PART_MAX: usize = 1023;

/// An address in its parts. Domain and local part are in lower case, as far as ASCII goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Jid {
    /// Empty for a server's own address.
    pub local: String,
    pub domain: String,
    /// Empty for a bare address.
    pub resource: String,
}

impl Jid {
    /// `None` if a part is too long, the domain is missing, or there are characters that no address has.
    pub fn parse(text: &str) -> Option<Self> {
        let (bare, resource) = text.split_once('/').unwrap_or((text, ""));
        let (local, domain) = bare.split_once('@').unwrap_or(("", bare));
        let plain = |part: &str, also: &[char]| {
            part.len() <= PART_MAX && !part.chars().any(|c| c.is_control() || also.contains(&c))
        };
        let never = ['"', '&', '\'', '/', ':', '<', '>', '@', ' '];
        // A domain may be an IPv6 address in brackets.
        let fine = plain(local, &never) && plain(domain, &['"', '&', '\'', '/', '<', '>', '@', ' ']);
        let parts_there = !domain.is_empty() && (bare == domain || !local.is_empty());
        let resource_there = !text.ends_with('/') && plain(resource, &[]);
        (fine && parts_there && resource_there).then(|| Self {
            local: local.to_ascii_lowercase(),
            domain: domain.to_ascii_lowercase(),
            resource: resource.to_owned(),
        })
    }

    /// Without the resource.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self { resource: String::new(), ..self.clone() }
    }
}

impl fmt::Display for Jid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.local.is_empty() {
            write!(f, "{}@", self.local)?;
        }
        f.write_str(&self.domain)?;
        if !self.resource.is_empty() {
            write!(f, "/{}", self.resource)?;
        }
        Ok(())
    }
}
