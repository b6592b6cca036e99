//! `[openid]`: single sign-on.

use super::section::section;
use super::value::{Raw, Secret, Setting};
use acs::OpenIdMatch;

section! {
    /// `[openid]`: where people sign in beside here, by OpenID Connect. They have accounts here all the same.
    OpenIdSettings {
        /// The address of the provider, without `/.well-known/openid-configuration`; without one there is none. What it sends
        /// people back to is the portal's address with `/sign-in/openid/back`.
        issuer: Option<Issuer> = None, "an https address, such as \"https://id.example.net/realms/isp\" (http for this machine alone)", |_| true;
        client_id: Option<String> = None, "1 to 500 characters", |id| id.as_ref().is_none_or(|id| (1..=500).contains(&id.len()));
        /// Without one the provider relies on PKCE alone.
        client_secret: Option<Secret> = None, "1 to 2000 characters", |secret| secret.as_ref().is_none_or(|s| (1..=2000).contains(&s.0.len()));
        /// What people call it; on the button.
        label: String = "Single sign-on".into(), "1 to 60 characters", |label| (1..=60).contains(&label.chars().count());
        /// Asked for beside `openid`, with spaces between them.
        scopes: String = "profile email".into(), "words with spaces between them", |text| text.len() <= 500;
        /// How an account is found the first time: `nothing` (people connect theirs on their profile), `email` (the username is
        /// the address that the provider verified), `username` (the username is its `preferred_username`).
        matches: Matches = Matches(OpenIdMatch::Nothing), "\"nothing\", \"email\" or \"username\"", |_| true;
        /// The provider asks for second factors: none is asked for here.
        second_factor: bool = false, "true or false", |_| true;
    }
}

impl OpenIdSettings {
    pub fn for_acs(&self) -> Option<acs::OpenIdSettings> {
        Some(acs::OpenIdSettings {
            issuer: self.issuer.as_ref()?.0.clone(),
            client_id: self.client_id.clone()?,
            client_secret: self.client_secret.as_ref().map(|secret| secret.0.clone()).unwrap_or_default(),
            label: self.label.clone(),
            scopes: self.scopes.split_whitespace().map(str::to_owned).collect(),
            matches: self.matches.0,
            second_factor: self.second_factor,
        })
    }
}

/// The address of a provider, exactly as it says it itself (OpenID Connect Discovery §4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

impl Setting for Issuer {
    fn read(raw: &Raw) -> Option<Self> {
        let text = String::read(raw)?;
        let uri: axum::http::Uri = text.parse().ok()?;
        let host = uri.host()?;
        let safe = match uri.scheme_str()? {
            "https" => true,
            "http" => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
            _ => false,
        };
        let bare = uri.query().is_none() && !uri.authority()?.as_str().contains('@');
        (safe && bare).then_some(Self(text))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matches(OpenIdMatch);

impl Setting for Matches {
    fn read(raw: &Raw) -> Option<Self> {
        Some(Self(match String::read(raw)?.as_str() {
            "nothing" => OpenIdMatch::Nothing,
            "email" => OpenIdMatch::Email,
            "username" => OpenIdMatch::Username,
            _ => return None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_safely() {
        let read = |text: &str| Issuer::read(&Raw::Text(text.into())).is_some();
        for right in ["https://id.example.net", "https://id.example.net/realms/isp", "http://127.0.0.1:9000"] {
            assert!(read(right), "{right}");
        }
        for wrong in
            ["http://id.example.net", "id.example.net", "https://me@id.example.net", "https://x/?a", "ftp://x", ""]
        {
            assert!(!read(wrong), "{wrong}");
        }
    }
}
