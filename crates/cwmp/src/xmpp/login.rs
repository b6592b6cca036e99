//! What a client does from the first byte of a connection until it can send stanzas: STARTTLS, SASL, a resource
//! (RFC 6120 §5 to §7). Passwords are sent over TLS only, and never to a server that does not prove that it knows them where SCRAM can
//! be had.

use super::scram::{Hash, Scram};
use super::{BIND, CLIENT, Element, Jid, SASL, STREAMS, TLS, escape};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use thiserror::Error;

/// Who logs in. `resource` may be empty: then the server chooses.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub jid: Jid,
    /// Never printed.
    pub password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("jid", &self.jid).finish_non_exhaustive()
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing until the next stanza.
    Wait,
    Send(String),
    /// Begin TLS, then a new stream: [`Login::header`] on a new reader.
    StartTls,
    /// Begin a new stream on the same connection.
    Restart,
    /// The full JID that the server gave us: from here on stanzas go both ways.
    Ready(String),
}

/// Why a login ended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoginError {
    #[error("the XMPP server offers no encryption")]
    NoTls,
    #[error("the XMPP server offers no kind of sign-in that is allowed")]
    NoMechanism,
    #[error("the XMPP server refused the sign-in ({0})")]
    Refused(String),
    #[error("the XMPP server could not prove that it knows the password")]
    Unproven,
    #[error("the XMPP server did something unexpected while signing in")]
    Unexpected,
}

enum Step {
    /// Before TLS, waiting for what the server offers.
    Plain,
    Proceeding,
    /// Over TLS, waiting for what the server offers.
    Secure,
    Scram(Scram),
    /// The name and password are sent.
    Password,
    Authenticated,
    Binding,
    Done,
}

/// One login.
pub struct Login {
    account: Account,
    nonce: String,
    step: Step,
}

impl Login {
    /// `nonce`: some 24 random letters and digits.
    pub fn new(account: Account, nonce: String) -> Self {
        Self { account, nonce, step: Step::Plain }
    }

    /// What opens a stream, at the beginning and after each restart.
    pub fn header(&self) -> String {
        let to = escape(&self.account.jid.domain);
        format!(
            "<?xml version='1.0'?><stream:stream to='{to}' version='1.0' xmlns='{CLIENT}' xmlns:stream='{STREAMS}'>"
        )
    }

    /// Takes a stanza of the server.
    pub fn step(&mut self, stanza: &Element) -> Result<Action, LoginError> {
        let is_error = stanza.name == "error";
        match std::mem::replace(&mut self.step, Step::Done) {
            _ if is_error => Err(LoginError::Refused(condition(stanza))),
            Step::Plain if stanza.name == "features" => {
                if stanza.child("starttls").is_none() {
                    return Err(LoginError::NoTls);
                }
                self.step = Step::Proceeding;
                Ok(Action::Send(format!("<starttls xmlns='{TLS}'/>")))
            }
            Step::Proceeding if stanza.name == "proceed" => {
                self.step = Step::Secure;
                Ok(Action::StartTls)
            }
            Step::Proceeding => Err(LoginError::NoTls),
            Step::Secure if stanza.name == "features" => self.authenticate(stanza),
            Step::Scram(mut scram) => match stanza.name.as_str() {
                "challenge" => {
                    let answer = decoded(stanza).and_then(|text| scram.last(&text, &prepared(&self.account.password)));
                    let answer = answer.ok_or(LoginError::Unexpected)?;
                    self.step = Step::Scram(scram);
                    Ok(Action::Send(format!("<response xmlns='{SASL}'>{}</response>", STANDARD.encode(answer))))
                }
                "success" if decoded(stanza).is_some_and(|text| scram.is_proven(&text)) => {
                    self.step = Step::Authenticated;
                    Ok(Action::Restart)
                }
                "success" => Err(LoginError::Unproven),
                _ => Err(LoginError::Refused(condition(stanza))),
            },
            Step::Password if stanza.name == "success" => {
                self.step = Step::Authenticated;
                Ok(Action::Restart)
            }
            Step::Password => Err(LoginError::Refused(condition(stanza))),
            Step::Authenticated if stanza.name == "features" => {
                self.step = Step::Binding;
                let resource = match self.account.jid.resource.as_str() {
                    "" => String::new(),
                    resource => format!("<resource>{}</resource>", escape(resource)),
                };
                Ok(Action::Send(format!("<iq type='set' id='bind'><bind xmlns='{BIND}'>{resource}</bind></iq>")))
            }
            Step::Binding if stanza.attribute("id") == Some("bind") => {
                if stanza.attribute("type") != Some("result") {
                    return Err(LoginError::Refused(condition(stanza.child("error").unwrap_or(stanza))));
                }
                let jid = stanza.child("bind").and_then(|bind| bind.child("jid"));
                jid.map(|jid| Action::Ready(jid.text.trim().to_owned())).ok_or(LoginError::Unexpected)
            }
            Step::Binding => {
                // Something for everybody, such as a message of the day.
                self.step = Step::Binding;
                Ok(Action::Wait)
            }
            _ => Err(LoginError::Unexpected),
        }
    }

    fn authenticate(&mut self, features: &Element) -> Result<Action, LoginError> {
        let offered = features.child("mechanisms").map(|list| list.children.as_slice()).unwrap_or_default();
        let offers = |name: &str| offered.iter().any(|mechanism| mechanism.text.trim() == name);
        let user = prepared(&self.account.jid.local);
        let (mechanism, first) = if let Some((name, hash)) =
            [("SCRAM-SHA-256", Hash::Sha256), ("SCRAM-SHA-1", Hash::Sha1)].into_iter().find(|(name, _)| offers(name))
        {
            let scram = Scram::new(hash, &user, &self.nonce);
            let first = scram.first();
            self.step = Step::Scram(scram);
            (name, first)
        } else if offers("PLAIN") {
            self.step = Step::Password;
            ("PLAIN", format!("\0{user}\0{}", prepared(&self.account.password)))
        } else {
            return Err(LoginError::NoMechanism);
        };
        let first = STANDARD.encode(first);
        Ok(Action::Send(format!("<auth xmlns='{SASL}' mechanism='{mechanism}'>{first}</auth>")))
    }
}

/// Names and passwords as SASL compares them (RFC 4013); as they are if they cannot be prepared.
fn prepared(text: &str) -> String {
    stringprep::saslprep(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

fn decoded(stanza: &Element) -> Option<String> {
    String::from_utf8(STANDARD.decode(stanza.text.trim()).ok()?).ok()
}

/// The first condition of an error, such as `not-authorized`: a name of XMPP's, never free text.
fn condition(error: &Element) -> String {
    let found = error.children.iter().find(|child| child.name != "text").map_or("", |child| child.name.as_str());
    let plain: String = found.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    if plain.is_empty() { "no reason given".to_owned() } else { plain }
}
