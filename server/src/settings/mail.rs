//! `[mail]`: who is told by e-mail, and how it goes.

use super::reach::Names;
use super::section::section;
use super::value::{Raw, Secret, Setting};
use acs::MailSecurity;
use std::path::PathBuf;

section! {
    /// `[mail]`: the server over which e-mail goes (SMTP).
    MailSettings {
        /// Without one no e-mail is sent.
        server: Option<String> = None, "the name of a host", |name| name.as_ref().is_none_or(|name| (1..=253).contains(&name.len()) && !name.contains(|c: char| c.is_whitespace() || c == '/'));
        port: u32 = 587, "a port", |port| (1..=65_535).contains(port);
        security: Security = Security(MailSecurity::StartTls), "\"starttls\", \"tls\" or \"none\"", |_| true;
        /// Empty: the server asks for none.
        username: String = String::new(), "at most 256 characters", |name| name.len() <= 256;
        password: Option<Secret> = None, "1 to 256 characters", |secret| secret.as_ref().is_none_or(|s| (1..=256).contains(&s.0.len()));
        /// Certificate in PEM that the server's own must come from. Without, the usual authorities.
        ca_file: Option<PathBuf> = None, "a file", |_| true;
        /// Who it is from.
        from: Option<String> = None, "an address, such as \"Lastmile <lastmile@example.net>\"", |from| from.as_ref().is_none_or(|from| acs::is_mailbox(from));
        /// Who hears of every campaign: that it started, paused, ended.
        campaigns_to: Names = Names::default(), "addresses, such as [\"noc@example.net\"]", |to| to.0.len() <= 50 && to.0.iter().all(|to| acs::is_mailbox(to));
    }
}

impl MailSettings {
    /// `portal`: the origin that people type.
    pub fn for_acs(&self, portal: String) -> Result<Option<acs::MailSettings>, String> {
        let (Some(server), Some(from)) = (self.server.clone(), self.from.clone()) else { return Ok(None) };
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|error| format!("cannot read {} (mail.ca_file): {error}", file.display()))
        };
        let password = self.password.as_ref().map(|password| password.0.clone()).unwrap_or_default();
        Ok(Some(acs::MailSettings {
            server,
            port: self.port as u16,
            security: self.security.0,
            login: (!self.username.is_empty()).then(|| (self.username.clone(), password)),
            authority: self.ca_file.as_ref().map(read).transpose()?,
            from,
            campaigns_to: self.campaigns_to.0.clone(),
            portal,
        }))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Security(MailSecurity);

impl Setting for Security {
    fn read(raw: &Raw) -> Option<Self> {
        Some(Self(match String::read(raw)?.as_str() {
            "starttls" => MailSecurity::StartTls,
            "tls" => MailSecurity::Tls,
            "none" => MailSecurity::None,
            _ => return None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_server_nothing_is_sent() {
        assert_eq!(MailSettings::default().for_acs(String::new()), Ok(None));
        let settings = MailSettings {
            server: Some("mail.example.net".into()),
            from: Some("Lastmile <lastmile@example.net>".into()),
            username: "lastmile".into(),
            password: Some(Secret("quiet".into())),
            ..MailSettings::default()
        };
        let told = settings.for_acs("https://acs.example.net".into()).unwrap().unwrap();
        assert_eq!(told.login, Some(("lastmile".to_owned(), "quiet".to_owned())));
        assert!(!format!("{told:?}").contains("quiet"));
    }
}
