//! The body of a lightweight notification (Annex M). Order and prefixes are free.

use super::cursor::{Cursor, Token, Warnings};
use super::{DecodeError, Limits, charset, lists, values};
use crate::Warning;
use crate::lightweight::Notification;
use model::device::Identity;

pub(crate) fn notification(body: &[u8]) -> Result<Notification, DecodeError> {
    let mut warnings = Warnings::default();
    let text = charset::to_text(body, None, &mut warnings);
    let limits = Limits::default();
    let mut cursor = Cursor::new(&text, &limits, warnings);
    loop {
        match cursor.next()? {
            Token::Open(root) if root.local_name().as_ref() == "Notification" => break,
            Token::Text(text) if text.trim().is_empty() => {}
            Token::Text(_) | Token::Reference(_) | Token::Open(_) | Token::Close | Token::End => {
                return Err(cursor.malformed("not a notification"));
            }
        }
    }
    let mut identity = Identity::default();
    let mut read = Notification {
        ts: 0,
        username: String::new(),
        cnonce: String::new(),
        identity: Identity::default(),
        parameters: Vec::new(),
    };
    while let Some(field) = cursor.child()? {
        match field.local_name().as_ref() {
            "TS" => read.ts = values::number(&cursor.text()?).map_or(0, u64::from),
            "UN" => read.username = cursor.text()?.into_owned(),
            "CN" => read.cnonce = cursor.text()?.into_owned(),
            "OUI" => identity.oui = cursor.trimmed()?,
            "ProductClass" => identity.product_class = cursor.trimmed()?,
            "SerialNumber" => identity.serial = cursor.trimmed()?,
            "Param" => read.parameters.push(lists::parameter_value(&mut cursor)?),
            _ => cursor.skip()?,
        }
    }
    identity.oui.make_ascii_uppercase();
    if identity.oui.is_empty() || identity.serial.is_empty() {
        cursor.warn(Warning::Missing);
    }
    read.identity = identity;
    Ok(read)
}
