//! Where an ACS is: the parts of an `http://` or `https://` URL.

use super::Tls;

/// What is wrong with a URL.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("only http:// is supported, and https:// where TLS is set up")]
    Scheme,
    #[error("there is no host, or the port is not a number")]
    Authority,
}

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `https`.
    pub secure: bool,
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// As in the `Host` header.
    pub authority: String,
    /// With the query; at least `/`.
    pub path: String,
}

impl Target {
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        let url = url.trim();
        let (secure, rest) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(TargetError::Scheme),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let start = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(start);
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let (host, port) = match authority.rsplit_once(':') {
            // The last colon of an IPv6 address without a port is inside the brackets.
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| TargetError::Authority)?),
            _ => (authority, if secure { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(TargetError::Authority);
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { secure, host, port, authority: authority.to_owned(), path })
    }

    /// As [`Target::parse`], for a device with this TLS: without, it takes no `https://`.
    pub fn reachable(url: &str, tls: &Tls) -> Result<Self, TargetError> {
        Self::parse(url)?.with(tls)
    }

    fn with(self, tls: &Tls) -> Result<Self, TargetError> {
        if self.secure && !tls.is_set() { Err(TargetError::Scheme) } else { Ok(self) }
    }

    /// Where a redirect leads.
    pub fn join(&self, location: &str, tls: &Tls) -> Result<Self, TargetError> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Ok(Self { path: location.to_owned(), ..self.clone() });
        }
        Self::reachable(location, tls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_parts() {
        for (url, host, port, path) in [
            ("http://acs.example:7547/cwmp?x=1#y", "acs.example", 7547, "/cwmp?x=1"),
            ("http://[::1]:80", "::1", 80, "/"),
            ("http://[::1]/a", "::1", 80, "/a"),
            ("http://127.0.0.1?q", "127.0.0.1", 80, "/?q"),
        ] {
            let target = Target::parse(url).unwrap();
            assert_eq!((target.host.as_str(), target.port, target.path.as_str()), (host, port, path), "{url}");
        }
        let secure = Target::parse("https://x/").unwrap();
        assert!(secure.secure && secure.port == 443);
        assert_eq!(Target::reachable("https://x/", &Tls::default()), Err(TargetError::Scheme));
        assert_eq!(Target::parse("ftp://x/"), Err(TargetError::Scheme));
        assert_eq!(Target::parse("http://:80/"), Err(TargetError::Authority));
        assert_eq!(Target::parse("http://x:y/"), Err(TargetError::Authority));
    }

    #[test]
    fn redirects_may_be_relative() {
        let target = Target::parse("http://a:1/x").unwrap();
        assert_eq!(target.join("/y", &Tls::default()).unwrap().path, "/y");
        assert_eq!(target.join("http://b:2/z", &Tls::default()).unwrap().host, "b");
        assert!(target.join("", &Tls::default()).is_err());
    }
}
