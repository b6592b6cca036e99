//! The connection request of Annex K and its answers, for both sides.

use super::{CONNECTION_REQUEST, Element, Jid, PING, STANZAS, escape};
use std::fmt;

/// An IQ `get` with ConnectionRequestUsername and ConnectionRequestPassword.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionRequest {
    /// Chosen by the ACS, echoed in the answer.
    pub id: String,
    /// Full JID of the ACS.
    pub from: String,
    /// ConnReqJabberID of the device.
    pub to: String,
    pub username: String,
    /// Never printed.
    pub password: String,
}

impl fmt::Debug for ConnectionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionRequest")
            .field("id", &self.id)
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

impl ConnectionRequest {
    pub fn encode(&self) -> String {
        format!(
            "<iq from='{}' to='{}' id='{}' type='get'><connectionRequest xmlns='{CONNECTION_REQUEST}'>\
             <username>{}</username><password>{}</password></connectionRequest></iq>",
            escape(&self.from),
            escape(&self.to),
            escape(&self.id),
            escape(&self.username),
            escape(&self.password),
        )
    }

    /// The CPE's half. `None` for any other stanza.
    pub fn decode(stanza: &Element) -> Option<Self> {
        let is_get = stanza.name == "iq" && stanza.attribute("type") == Some("get");
        let request = stanza.child("connectionRequest").filter(|_| is_get)?;
        if request.namespace != CONNECTION_REQUEST {
            return None;
        }
        let of = |name| stanza.attribute(name).unwrap_or_default().to_owned();
        let text = |name| request.child(name).map(|child| child.text.clone()).unwrap_or_default();
        Some(Self {
            id: of("id"),
            from: of("from"),
            to: of("to"),
            username: text("username"),
            password: text("password"),
        })
    }
}

/// How an IQ was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub id: String,
    /// Who answered; empty for our own server.
    pub from: String,
    /// Empty for a result, else the condition of the error, such as `not-authorized`.
    pub condition: String,
}

/// Reads the answer to an IQ. `None` for any other stanza.
pub fn answer(stanza: &Element) -> Option<Answer> {
    let condition = match stanza.attribute("type").filter(|_| stanza.name == "iq")? {
        "result" => String::new(),
        "error" => {
            let conditions = stanza.child("error").map(|error| error.children.as_slice()).unwrap_or_default();
            let found = conditions.iter().find(|child| child.namespace == STANZAS && child.name != "text");
            found.map_or_else(|| "undefined-condition".to_owned(), |child| child.name.clone())
        }
        _ => return None,
    };
    let of = |name| stanza.attribute(name).unwrap_or_default().to_owned();
    Some(Answer { id: of("id"), from: of("from"), condition })
}

/// The CPE's answer when it will connect.
pub fn result(id: &str, to: &str) -> String {
    format!("<iq to='{}' id='{}' type='result'/>", escape(to), escape(id))
}

/// The CPE's answer when it will not: `not-authorized` for wrong credentials, `service-unavailable` while it is in a
/// session. `kind` is `auth`, `cancel` or `wait` (RFC 6120 §8.3.2).
pub fn error(id: &str, to: &str, kind: &str, condition: &str) -> String {
    format!(
        "<iq to='{}' id='{}' type='error'><error type='{kind}'><{condition} xmlns='{STANZAS}'/></error></iq>",
        escape(to),
        escape(id)
    )
}

/// Asks the server whether it is there (XEP-0199); any answer means yes.
pub fn ping(id: &str, to: &str) -> String {
    format!("<iq to='{}' id='{}' type='get'><ping xmlns='{PING}'/></iq>", escape(to), escape(id))
}

/// Whether a request of `from` may be taken, by ConnReqAllowedJabberIDs: a list with commas in which a bare address
/// stands for all its resources and a full one for itself. An empty list allows nobody.
pub fn is_allowed(from: &str, allowed: &str) -> bool {
    let Some(from) = Jid::parse(from) else { return false };
    allowed.split(',').filter_map(|entry| Jid::parse(entry.trim())).any(|entry| entry == from || entry == from.bare())
}
