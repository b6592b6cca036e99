//! Where an ACS is: the parts of an `http://` URL.

/// What is wrong with a URL.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("only http:// is supported")]
    Scheme,
    #[error("there is no host, or the port is not a number")]
    Authority,
}

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
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
        let rest = url.trim().strip_prefix("http://").ok_or(TargetError::Scheme)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let start = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(start);
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let (host, port) = match authority.rsplit_once(':') {
            // The last colon of an IPv6 address without a port is inside the brackets.
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| TargetError::Authority)?),
            _ => (authority, 80),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(TargetError::Authority);
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { host, port, authority: authority.to_owned(), path })
    }

    /// Where a redirect leads.
    pub fn join(&self, location: &str) -> Result<Self, TargetError> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Ok(Self { path: location.to_owned(), ..self.clone() });
        }
        Self::parse(location)
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
        assert_eq!(Target::parse("https://x/"), Err(TargetError::Scheme));
        assert_eq!(Target::parse("http://:80/"), Err(TargetError::Authority));
        assert_eq!(Target::parse("http://x:y/"), Err(TargetError::Authority));
    }

    #[test]
    fn redirects_may_be_relative() {
        let target = Target::parse("http://a:1/x").unwrap();
        assert_eq!(target.join("/y").unwrap().path, "/y");
        assert_eq!(target.join("http://b:2/z").unwrap().host, "b");
        assert!(target.join("").is_err());
    }
}
