//! Faults, read wherever their parts are found (§3.5).

use super::DecodeError;
use super::cursor::{Cursor, Token, line_ends};
use super::values::number;
use crate::{Fault, ParameterFault, Warning};
use std::borrow::Cow;

/// The text that is being collected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    /// SOAP's own `faultcode` and `faultstring`: used only if there is nothing better.
    SoapCode,
    SoapText,
    Code,
    Text,
    Name,
}

#[derive(Default)]
struct Parts {
    fault: Fault,
    soap_code: String,
    soap_text: String,
    /// Depth of the `SetParameterValuesFault` that is open.
    parameter: Option<usize>,
}

impl Parts {
    fn set(&mut self, field: Field, text: &str) {
        let text = text.trim();
        let put = |place: &mut String| {
            if place.is_empty() {
                text.clone_into(place);
            }
        };
        match (field, self.parameter.and(self.fault.parameters.last_mut())) {
            (Field::Code, Some(parameter)) => parameter.code = number(text).unwrap_or(parameter.code),
            (Field::Text, Some(parameter)) => put(&mut parameter.text),
            (Field::Name, Some(parameter)) => put(&mut parameter.name),
            (Field::Code, None) if self.fault.code == 0 => self.fault.code = number(text).unwrap_or(0),
            (Field::Text, None) => put(&mut self.fault.text),
            (Field::SoapCode, _) => put(&mut self.soap_code),
            (Field::SoapText, _) => put(&mut self.soap_text),
            (Field::Code | Field::Name, None) => {}
        }
    }
}

/// Reads the fault whose element is open. Any nesting will do: `detail` inside `faultstring`, no `detail` at all,
/// upper or lower case.
pub(super) fn fault(cursor: &mut Cursor) -> Result<Fault, DecodeError> {
    let outer = cursor.depth();
    let mut parts = Parts::default();
    let mut inside = false;
    let mut open: Option<(Field, usize)> = None;
    let mut text = Cow::Borrowed("");
    loop {
        match cursor.next()? {
            Token::Open(start) => {
                if let Some((field, _)) = open.take() {
                    cursor.warn(Warning::Mended);
                    parts.set(field, &text);
                }
                text = Cow::Borrowed("");
                let name = start.local_name();
                let name = name.as_ref();
                let is = |other: &str| name.eq_ignore_ascii_case(other);
                let field = match name {
                    "faultcode" if !inside => Some(Field::SoapCode),
                    "faultstring" if !inside => Some(Field::SoapText),
                    _ if is("FaultCode") => Some(Field::Code),
                    _ if is("FaultString") => Some(Field::Text),
                    _ if is("ParameterName") => Some(Field::Name),
                    _ => None,
                };
                open = field.map(|field| (field, cursor.depth()));
                inside |= is("detail") || is("Fault");
                if is("SetParameterValuesFault") {
                    cursor.member()?;
                    parts.fault.parameters.push(ParameterFault::default());
                    parts.parameter = Some(cursor.depth());
                }
            }
            Token::Text(piece) if open.is_some() => cursor.append(&mut text, line_ends(piece))?,
            Token::Reference(name) if open.is_some() => {
                let piece = cursor.resolve(&name);
                cursor.append(&mut text, piece)?;
            }
            Token::Text(_) | Token::Reference(_) => {}
            Token::Close => {
                let depth = cursor.depth();
                if let Some((field, _)) = open.take_if(|(_, level)| *level > depth) {
                    parts.set(field, &text);
                    text = Cow::Borrowed("");
                }
                if parts.parameter.is_some_and(|level| level > depth) {
                    parts.parameter = None;
                }
                if depth < outer {
                    return Ok(finish(cursor, parts));
                }
            }
            Token::End => return Err(cursor.malformed("the document is cut off")),
        }
    }
}

fn finish(cursor: &mut Cursor, parts: Parts) -> Fault {
    let Parts { mut fault, soap_code, soap_text, .. } = parts;
    if fault.code == 0 {
        cursor.warn(Warning::Missing);
        // Some put the number into SOAP's own code.
        let digits = soap_code.rsplit(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 4);
        fault.code = digits.and_then(number).unwrap_or(0);
    }
    // The text that the standard demands says nothing.
    if fault.text.is_empty() && soap_text != "CWMP fault" {
        fault.text = soap_text;
    }
    fault
}
