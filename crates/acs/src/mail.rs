//! Sends e-mail by a server of the operator's (SMTP, RFC 5321).

use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

/// Longest time for one step of the talk with the server.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How the way to the server is kept from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the beginning, usually on port 465.
    Tls,
    /// In the clear, then TLS; nothing is sent without it.
    #[default]
    StartTls,
    /// In the clear: for a relay on this machine.
    None,
}

/// The server, and what is sent over it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    pub server: String,
    pub port: u16,
    pub security: MailSecurity,
    /// Name and password; `None`: it asks for none.
    pub login: Option<(String, String)>,
    /// Certificate in PEM that the server's own must come from; `None`: the usual authorities.
    pub authority: Option<Vec<u8>>,
    /// Who it is from, such as `Lastmile <lastmile@example.net>`.
    pub from: String,
    /// Who hears of every campaign.
    pub campaigns_to: Vec<String>,
    /// The origin that people type, for links.
    pub portal: String,
}

// No password is ever printed.
impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailSettings").field("server", &self.server).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why an e-mail did not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailError {
    /// What the server or the network said, for people.
    pub why: String,
    /// Another try changes nothing.
    pub for_good: bool,
}

/// Whether a text can stand in the `From` or `To` of an e-mail.
pub fn is_mailbox(text: &str) -> bool {
    text.parse::<lettre::message::Mailbox>().is_ok()
}

impl MailSettings {
    /// Sends one e-mail. `id`: the same for every try, so that whoever gets it twice can tell.
    pub async fn send(&self, id: &str, to: &str, subject: &str, body: &str) -> Result<(), MailError> {
        let for_good = |error: &dyn std::fmt::Display| MailError { why: error.to_string(), for_good: true };
        let from: lettre::message::Mailbox = self.from.parse().map_err(|error| for_good(&error))?;
        let host = from.email.domain().to_owned();
        // Names of campaigns are typed by people: no line of the head ends in one.
        let subject: String = subject.chars().filter(|letter| !letter.is_control()).collect();
        let message = Message::builder()
            .from(from)
            .to(to.parse().map_err(|error| for_good(&error))?)
            .subject(subject)
            .message_id(Some(format!("<{id}@{host}>")))
            .header(ContentType::TEXT_PLAIN)
            .body(body.to_owned())
            .map_err(|error| for_good(&error))?;
        let transport = self.transport().map_err(|error| for_good(&error))?;
        match transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(MailError { why: said(&error), for_good: error.is_permanent() }),
        }
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        let tls = || {
            let mut tls = TlsParameters::builder(self.server.clone());
            if let Some(authority) = &self.authority {
                tls = tls.add_root_certificate(Certificate::from_pem(authority)?);
            }
            tls.build()
        };
        let tls = match self.security {
            MailSecurity::Tls => Tls::Wrapper(tls()?),
            MailSecurity::StartTls => Tls::Required(tls()?),
            MailSecurity::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.server.as_str())
            .port(self.port)
            .tls(tls)
            .timeout(Some(TIMEOUT));
        if let Some((name, password)) = &self.login {
            transport = transport.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(transport.build())
    }
}

/// An error with what lies behind it, in one short line.
fn said(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text.chars().filter(|letter| !letter.is_control()).take(300).collect()
}
