//! The cookies of one session (§3.4.2): names and values; attributes do not matter within a session.

/// A CPE has room for at least 512 bytes; nobody needs this many.
const MOST: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Keeps what a `Set-Cookie` header sets.
    pub fn keep(&mut self, header: &str) {
        let Some((name, value)) = header.split(';').next().and_then(|pair| pair.split_once('=')) else { return };
        let (name, value) = (name.trim(), value.trim());
        self.0.retain(|(known, _)| known != name);
        if !value.is_empty() && self.0.len() < MOST {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The `Cookie` header, if there are any.
    pub fn header(&self) -> Option<String> {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_cookies_replace_earlier_ones() {
        let mut cookies = Cookies::default();
        assert_eq!(cookies.header(), None);
        cookies.keep("session=a; Path=/");
        cookies.keep("other=b");
        cookies.keep("session=c; Path=/; HttpOnly");
        assert_eq!(cookies.header().unwrap(), "other=b; session=c");
        cookies.keep("other=");
        assert_eq!(cookies.header().unwrap(), "session=c");
    }
}
