//! The SOAP envelope: version, header, one body with one message, and how the peer writes.

use super::cursor::{Cursor, Token, attributes};
use super::{DecodeError, values};
use crate::encode::Prefixes;
use crate::{Dialect, Envelope, SOAP_ENCODING, SOAP_ENVELOPE, Warning};
use quick_xml::events::BytesStart;
use std::borrow::Cow;

/// Who wrote the envelope: some headers mean something in one direction only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Cpe,
    Acs,
}

#[derive(Default)]
struct Header {
    id: Option<String>,
    session_timeout: Option<u32>,
    supported_versions: Vec<String>,
    hold_requests: bool,
}

pub(super) fn read<T>(
    mut cursor: Cursor,
    from: From,
    message: fn(&mut Cursor, &str) -> Result<T, DecodeError>,
) -> Result<Envelope<T>, DecodeError> {
    let envelope = root(&mut cursor)?;
    let mut header = Header::default();
    let body = loop {
        let Some(part) = cursor.child()? else { return Err(DecodeError::NoBody) };
        match part.local_name().as_ref() {
            "Header" => read_header(&mut cursor, from, [&part, &envelope], &mut header)?,
            "Body" => break part,
            _ => cursor.skip()?,
        }
    };
    let Some(rpc) = cursor.child()? else { return Err(DecodeError::NoBody) };
    let dialect = dialect(&mut cursor, &envelope, &body, &rpc)?;
    let content = message(&mut cursor, rpc.local_name().as_ref())?;
    finish(&mut cursor)?;
    Ok(Envelope {
        id: header.id,
        dialect,
        session_timeout: header.session_timeout,
        supported_versions: header.supported_versions,
        hold_requests: header.hold_requests,
        body: content,
        warnings: cursor.warnings().list(),
    })
}

/// The ID of an envelope and how its peer writes, as far as they can be read.
pub(super) fn manner(mut cursor: Cursor) -> (Option<String>, Dialect) {
    let envelope = loop {
        match cursor.next() {
            Ok(Token::Open(start)) => break start,
            Ok(Token::Text(_) | Token::Reference(_)) => {}
            Ok(Token::Close | Token::End) | Err(_) => return (None, Dialect::default()),
        }
    };
    let (mut id, mut dialect) = (None, written(&envelope, &[&envelope], None));
    while let Ok(Some(part)) = cursor.child() {
        let read = match part.local_name().as_ref() {
            "Header" => read_id(&mut cursor, &mut id),
            "Body" => {
                if let Ok(Some(rpc)) = cursor.child() {
                    dialect = written(&envelope, &[&rpc, &part, &envelope], None);
                }
                break;
            }
            _ => cursor.skip(),
        };
        if read.is_err() {
            break;
        }
    }
    (id, dialect)
}

fn read_id(cursor: &mut Cursor, id: &mut Option<String>) -> Result<(), DecodeError> {
    while let Some(entry) = cursor.child()? {
        match entry.local_name().as_ref() {
            "ID" => *id = Some(cursor.text()?.into_owned()),
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

/// The root element, which must be an Envelope of SOAP 1.1.
fn root<'i>(cursor: &mut Cursor<'i>) -> Result<BytesStart<'i>, DecodeError> {
    let root = loop {
        match cursor.next()? {
            Token::Open(start) => break start,
            Token::Text(text) if text.trim().is_empty() => {}
            Token::Text(_) | Token::Reference(_) => cursor.warn(Warning::Mended),
            Token::Close | Token::End => return Err(DecodeError::NotSoap),
        }
    };
    if root.local_name().as_ref() != "Envelope" {
        return Err(DecodeError::NotSoap);
    }
    let name = root.name();
    match declared(&[&root], name.prefix().map_or("", |prefix| prefix.into_inner())) {
        Some(uri) if is_soap(&uri) => {}
        Some(_) => return Err(DecodeError::VersionMismatch),
        None => cursor.warn(Warning::Mended),
    }
    Ok(root)
}

/// `part` and `envelope` are the elements around the entries.
fn read_header(
    cursor: &mut Cursor,
    from: From,
    [part, envelope]: [&BytesStart; 2],
    header: &mut Header,
) -> Result<(), DecodeError> {
    while let Some(entry) = cursor.child()? {
        match entry.local_name().as_ref() {
            "ID" => header.id = Some(cursor.text()?.into_owned()),
            "HoldRequests" => {
                let hold = values::boolean(&cursor.text()?).unwrap_or(false);
                header.hold_requests = hold && from == From::Acs;
            }
            "SessionTimeout" => header.session_timeout = values::number(&cursor.text()?),
            "SupportedCWMPVersions" => {
                let versions = cursor.text()?;
                let versions = versions.split(',').map(str::trim).filter(|version| !version.is_empty());
                header.supported_versions = versions.take(32).map(str::to_owned).collect();
            }
            // Of the 2004 text and of the other direction: known, and without a meaning here.
            "NoMoreRequests" | "UseCWMPVersion" => cursor.skip()?,
            _ => {
                let scopes = [&entry, part, envelope];
                let demanded = soap_attribute(&scopes, "mustUnderstand");
                let demanded = demanded.is_some_and(|value| values::boolean(&value) == Some(true));
                // What is addressed to somebody else is not ours to understand (SOAP 1.1 §4.2.2).
                let foreign = soap_attribute(&scopes, "actor").is_some_and(|actor| !is_for_us(&actor));
                if demanded && !foreign {
                    return Err(DecodeError::MustUnderstand);
                }
                cursor.skip()?;
            }
        }
    }
    Ok(())
}

/// The value of an attribute of the innermost element that is in the namespace of SOAP; without a prefix it is in none.
fn soap_attribute<'s>(scopes: &'s [&'s BytesStart<'s>; 3], local: &str) -> Option<Cow<'s, str>> {
    let [entry, _, envelope] = scopes;
    let own = envelope.name().prefix();
    let of_soap = |prefix: &str| match declared(scopes, prefix) {
        Some(uri) => is_soap(&uri),
        None => own.is_some_and(|own| own.into_inner() == prefix),
    };
    attributes(entry)
        .flatten()
        .find(|attribute| {
            let prefix = attribute.key.prefix();
            attribute.key.local_name().as_ref() == local && prefix.is_some_and(|prefix| of_soap(prefix.into_inner()))
        })
        .map(|attribute| attribute.value)
}

/// Whether an entry with this `actor` is for whoever gets it first: we are told no name of our own.
fn is_for_us(actor: &str) -> bool {
    let actor = actor.trim();
    actor.is_empty() || actor == "http://schemas.xmlsoap.org/soap/actor/next"
}

/// How the peer writes, from the declarations that are in force at the message.
fn dialect(
    cursor: &mut Cursor,
    envelope: &BytesStart,
    body: &BytesStart,
    rpc: &BytesStart,
) -> Result<Dialect, DecodeError> {
    let scopes = [rpc, body, envelope];
    let name = rpc.name();
    let own = declared(&scopes, name.prefix().map_or("", |prefix| prefix.into_inner()));
    let own = own.as_deref().map(str::trim);
    let fault = rpc.local_name().as_ref() == "Fault";
    let namespace = match own {
        Some(uri) if is_cwmp(uri) => uri.to_owned(),
        // A namespace of CWMP that does not exist (such as 9-9): the CPE may try again with a lower one.
        Some(uri) if uri.starts_with("urn:dslforum-org:cwmp-") => return Err(DecodeError::UnknownNamespace),
        own => {
            let other = declarations(&scopes).map(|(_, uri)| uri).find(|uri| is_cwmp(uri.trim()));
            let soap = own.is_none_or(is_soap);
            match other {
                Some(uri) => uri.trim().to_owned(),
                None if soap || fault => Dialect::default().namespace,
                None => return Err(DecodeError::UnknownNamespace),
            }
        }
    };
    if !fault && own != Some(namespace.as_str()) {
        cursor.warn(Warning::Mended);
    }
    Ok(written(envelope, &scopes, Some(namespace)))
}

/// How the peer writes; `namespace` is that of CWMP, by default the first that is declared.
fn written(envelope: &BytesStart, scopes: &[&BytesStart], namespace: Option<String>) -> Dialect {
    let of_cwmp = || declarations(scopes).map(|(_, uri)| uri).find(|uri| is_cwmp(uri.trim()));
    let namespace = namespace
        .or_else(|| of_cwmp().map(|uri| uri.trim().to_owned()))
        .unwrap_or_else(|| Dialect::default().namespace);
    let encoding = declarations(scopes).find(|(prefix, uri)| !prefix.is_empty() && uri.trim() == SOAP_ENCODING);
    let prefixes = Prefixes::choose(
        envelope.name().prefix().map_or("", |prefix| prefix.into_inner()),
        encoding.as_ref().map_or("", |(prefix, _)| prefix),
    );
    Dialect {
        namespace,
        envelope_prefix: prefixes.envelope.to_owned(),
        encoding_prefix: prefixes.encoding.to_owned(),
        declaration: false,
    }
}

fn is_soap(uri: &str) -> bool {
    uri.trim().trim_end_matches('/') == SOAP_ENVELOPE.trim_end_matches('/')
}

/// `urn:dslforum-org:cwmp-1-N`: BBF defines N = 0, 1, 2; devices also send 3 and 4.
fn is_cwmp(uri: &str) -> bool {
    uri.strip_prefix("urn:dslforum-org:cwmp-1-")
        .is_some_and(|minor| (1..=2).contains(&minor.len()) && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

/// All namespace declarations of some elements, innermost first: prefix (empty for the default) and URI.
fn declarations<'s>(scopes: &'s [&'s BytesStart<'s>]) -> impl Iterator<Item = (&'s str, Cow<'s, str>)> {
    scopes.iter().flat_map(|scope| attributes(scope).flatten()).filter_map(|attribute| {
        let name = attribute.key.into_inner();
        let prefix = name.strip_prefix("xmlns")?;
        let prefix = if prefix.is_empty() { prefix } else { prefix.strip_prefix(':')? };
        Some((prefix, attribute.value))
    })
}

/// The URI that a prefix stands for; `None` if it is not declared.
fn declared<'s>(scopes: &'s [&'s BytesStart<'s>], prefix: &str) -> Option<Cow<'s, str>> {
    declarations(scopes).find(|(name, _)| *name == prefix).map(|(_, uri)| uri)
}

/// What follows the message. It is complete by now, so damage to the closing tags is mended; a second message
/// is not, because it cannot be said which one was meant.
fn finish(cursor: &mut Cursor) -> Result<(), DecodeError> {
    // The Body is open (depth 2), then the Envelope (depth 1).
    while cursor.depth() > 0 {
        match cursor.next() {
            Ok(Token::Open(start)) => {
                if cursor.depth() == 3 || start.local_name().as_ref() == "Body" {
                    return Err(cursor.malformed("more than one message"));
                }
                match cursor.skip() {
                    Err(DecodeError::Malformed { .. }) => break,
                    result => result?,
                }
            }
            Ok(Token::Close | Token::Text(_) | Token::Reference(_)) => {}
            Ok(Token::End) | Err(DecodeError::Malformed { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    if cursor.depth() > 0 || !cursor.rest().trim().is_empty() {
        cursor.warn(Warning::Mended);
    }
    Ok(())
}
