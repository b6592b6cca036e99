//! The cookies of one session (§3.4.2): names and values; attributes do not matter within a session.

/// A CPE has room for at least 512 bytes; nobody needs this many.
const MOST: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Cookies {
    pairs: Vec<(String, String)>,
    /// Attributes are kept and sent back with the value (quirk 12).
    with_attributes: bool,
}

impl Cookies {
    pub fn new(with_attributes: bool) -> Self {
        Self { pairs: Vec::new(), with_attributes }
    }

    /// Keeps what a `Set-Cookie` header sets.
    pub fn keep(&mut self, header: &str) {
        let pair = if self.with_attributes { Some(header) } else { header.split(';').next() };
        let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) else { return };
        let (name, value) = (name.trim(), value.trim());
        self.pairs.retain(|(known, _)| known != name);
        if !value.is_empty() && self.pairs.len() < MOST {
            self.pairs.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The `Cookie` header, if there are any.
    pub fn header(&self) -> Option<String> {
        let pairs: Vec<_> = self.pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
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

    #[test]
    fn quirk_12_attributes_may_come_back() {
        let mut cookies = Cookies::new(true);
        cookies.keep("session=a; Path=/");
        assert_eq!(cookies.header().unwrap(), "session=a; Path=/");
    }
}
