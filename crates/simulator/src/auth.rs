//! How a CPE proves who it is: Digest, or Basic if the ACS asks for nothing else (§3.4.4).

use cwmp::digest::{ClientDigestError, DigestClient, basic_authorization};

/// A user name, a password, and the challenge they answer.
#[derive(Debug)]
pub(crate) struct Credentials {
    username: String,
    password: String,
    scheme: Scheme,
    /// `nc` is always 1 (quirk 6).
    counter_stuck: bool,
    /// Answers as in RFC 2069 (quirk 5).
    without_qop: bool,
}

#[derive(Debug)]
enum Scheme {
    /// Nobody has asked yet.
    None,
    Basic,
    Digest(DigestClient),
}

impl Credentials {
    pub fn new(username: String, password: String) -> Self {
        Self { username, password, scheme: Scheme::None, counter_stuck: false, without_qop: false }
    }

    /// With the ways of old devices.
    pub fn bent(self, counter_stuck: bool, without_qop: bool) -> Self {
        Self { counter_stuck, without_qop, ..self }
    }

    /// Takes the challenges of a 401. False if there is none that can be answered, or nobody to answer as.
    pub fn challenged<'a>(&mut self, headers: impl Iterator<Item = &'a str>) -> bool {
        if self.username.is_empty() {
            return false;
        }
        let mut joined = headers.collect::<Vec<_>>().join(", ");
        if self.without_qop {
            joined = joined.replace("qop=", "x-qop=");
        }
        self.scheme = match DigestClient::new(&joined) {
            Ok(client) => Scheme::Digest(client),
            Err(ClientDigestError::BasicNotAllowed) => Scheme::Basic,
            Err(_) => return false,
        };
        true
    }

    /// The `Authorization` of the next request: after the first challenge every request has one, with a counter that grows.
    pub fn authorization(&mut self, method: &str, uri: &str) -> Option<String> {
        match &mut self.scheme {
            Scheme::None => None,
            Scheme::Basic => Some(basic_authorization(&self.username, &self.password)),
            Scheme::Digest(client) => {
                let mut fresh = client.clone();
                let client = if self.counter_stuck { &mut fresh } else { client };
                let cnonce = format!("{:016x}", rand::random::<u64>());
                Some(client.authorize(method, uri, &self.username, &self.password, &cnonce))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_preferred_and_its_counter_grows() {
        let mut credentials = Credentials::new("u".to_owned(), "p".to_owned());
        assert_eq!(credentials.authorization("POST", "/"), None);
        let headers = ["Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\""];
        assert!(credentials.challenged(headers.into_iter()));
        for count in 1..=2 {
            let header = credentials.authorization("POST", "/").unwrap();
            assert!(header.contains(&format!("nc={count:08x}")), "{header}");
        }
    }

    #[test]
    fn quirks_5_and_6_old_digests() {
        let challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
        let new = || Credentials::new("u".to_owned(), "p".to_owned());
        let mut stuck = new().bent(true, false);
        assert!(stuck.challenged([challenge].into_iter()));
        for _ in 0..3 {
            assert!(stuck.authorization("POST", "/").unwrap().contains("nc=00000001"));
        }
        let mut old = new().bent(false, true);
        assert!(old.challenged([challenge].into_iter()));
        let header = old.authorization("POST", "/").unwrap();
        assert!(!header.contains("nc=") && !header.contains("cnonce="), "{header}");
    }

    #[test]
    fn without_a_name_nothing_is_answered() {
        let mut credentials = Credentials::new(String::new(), String::new());
        assert!(!credentials.challenged(["Basic realm=\"r\""].into_iter()));
        let mut credentials = Credentials::new("u".to_owned(), "p".to_owned());
        assert!(!credentials.challenged(["Negotiate"].into_iter()));
        assert!(credentials.challenged(["Basic realm=\"r\""].into_iter()));
        assert_eq!(credentials.authorization("POST", "/").unwrap(), "Basic dTpw");
    }
}
