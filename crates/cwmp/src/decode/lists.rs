//! The arrays of CWMP. Members are counted, never believed: `arrayType` is not even looked at.

use super::DecodeError;
use super::cursor::{Cursor, attribute};
use crate::{
    CpeOption, Event, EventCode, ParameterAttribute, ParameterInfo, ParameterValue, SetParameterAttribute, ValueType,
    Warning,
};
use quick_xml::events::BytesStart;
use std::collections::HashMap;

type Result<T> = std::result::Result<T, DecodeError>;

/// Reads the members of the array that is open; `read` consumes one and may drop it.
pub(super) fn members<T>(
    cursor: &mut Cursor,
    mut read: impl FnMut(&mut Cursor) -> Result<Option<T>>,
) -> Result<Vec<T>> {
    let mut list = Vec::new();
    while cursor.child()?.is_some() {
        cursor.member()?;
        match read(cursor)? {
            Some(member) => list.push(member),
            None => cursor.warn(Warning::Missing),
        }
    }
    Ok(list)
}

/// An array of strings, such as names or methods.
pub(super) fn strings(cursor: &mut Cursor) -> Result<Vec<String>> {
    members(cursor, |cursor| cursor.trimmed().map(Some))
}

/// The values that an ACS wants to be set: all of them, because a CPE has to refuse what is named twice or not at all.
pub(super) fn wanted_values(cursor: &mut Cursor) -> Result<Vec<ParameterValue>> {
    members(cursor, |cursor| parameter_value(cursor).map(Some))
}

/// The values that a CPE reports. Those without a name are dropped; of those named twice the last counts.
pub(super) fn parameter_values(cursor: &mut Cursor) -> Result<Vec<ParameterValue>> {
    let mut list = members(cursor, |cursor| {
        let parameter = parameter_value(cursor)?;
        Ok((!parameter.name.is_empty()).then_some(parameter))
    })?;
    if keep_last(&mut list) {
        cursor.warn(Warning::Value);
    }
    Ok(list)
}

pub(super) fn parameter_value(cursor: &mut Cursor) -> Result<ParameterValue> {
    let mut parameter = ParameterValue::default();
    let mut values = 0;
    while let Some(field) = cursor.child()? {
        match field.local_name().as_ref() {
            "Name" => parameter.name = cursor.trimmed()?,
            "Value" => {
                let value = cursor.text()?;
                // Of two values the first that says something counts: the other is empty in what was seen.
                if values == 0 || parameter.value.is_empty() {
                    parameter.value = value.into_owned();
                    let kind = value_type(&field, &parameter.value, cursor);
                    parameter.untyped = kind.is_none();
                    parameter.value_type = kind.unwrap_or_default();
                }
                values += 1;
            }
            _ => cursor.skip()?,
        }
    }
    if values != 1 {
        cursor.warn(Warning::Value);
    }
    Ok(parameter)
}

/// The type by its local name: prefixes differ and the 1999 schema is still around. `None` if there is none, or none
/// that is known.
fn value_type(element: &BytesStart, value: &str, cursor: &mut Cursor) -> Option<ValueType> {
    let named = attribute(element, "type");
    let kind = named.and_then(|name| {
        let name = name.trim();
        ValueType::from_xsd_name(name.rsplit_once(':').map_or(name, |(_, local)| local))
    });
    let odd = match kind {
        None => true,
        Some(ValueType::String | ValueType::Base64 | ValueType::HexBinary) => false,
        Some(_) => value.is_empty(),
    };
    if odd {
        cursor.warn(Warning::Value);
    }
    kind
}

/// Removes all but the last value of a name, in the place of the first. Returns whether there was anything to do.
fn keep_last(list: &mut Vec<ParameterValue>) -> bool {
    let unique = if list.len() <= 24 {
        list.iter().enumerate().all(|(index, one)| list[..index].iter().all(|other| other.name != one.name))
    } else {
        let mut names = std::collections::HashSet::with_capacity(list.len());
        list.iter().all(|one| names.insert(one.name.as_str()))
    };
    if unique {
        return false;
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(list.len());
    let mut kept: Vec<ParameterValue> = Vec::with_capacity(list.len());
    for parameter in list.drain(..) {
        if let Some(place) = places.get(&parameter.name) {
            kept[*place] = parameter;
        } else {
            places.insert(parameter.name.clone(), kept.len());
            kept.push(parameter);
        }
    }
    *list = kept;
    true
}

pub(super) fn parameter_infos(cursor: &mut Cursor) -> Result<Vec<ParameterInfo>> {
    members(cursor, |cursor| {
        let mut info = ParameterInfo::default();
        while let Some(field) = cursor.child()? {
            match field.local_name().as_ref() {
                "Name" => info.name = cursor.trimmed()?,
                "Writable" => info.writable = cursor.boolean()?,
                _ => cursor.skip()?,
            }
        }
        Ok((!info.name.is_empty()).then_some(info))
    })
}

pub(super) fn parameter_attributes(cursor: &mut Cursor) -> Result<Vec<ParameterAttribute>> {
    members(cursor, |cursor| {
        let mut attributes = ParameterAttribute::default();
        while let Some(field) = cursor.child()? {
            match field.local_name().as_ref() {
                "Name" => attributes.name = cursor.trimmed()?,
                "Notification" => attributes.notification = notification(cursor)?,
                "AccessList" => attributes.access_list = strings(cursor)?,
                _ => cursor.skip()?,
            }
        }
        Ok((!attributes.name.is_empty()).then_some(attributes))
    })
}

pub(super) fn set_parameter_attributes(cursor: &mut Cursor) -> Result<Vec<SetParameterAttribute>> {
    members(cursor, |cursor| {
        let mut name = String::new();
        let (mut change_notification, mut change_access) = (false, false);
        let (mut level, mut access_list) = (0, Vec::new());
        while let Some(field) = cursor.child()? {
            match field.local_name().as_ref() {
                "Name" => name = cursor.trimmed()?,
                "NotificationChange" => change_notification = cursor.boolean()?,
                "Notification" => level = notification(cursor)?,
                "AccessListChange" => change_access = cursor.boolean()?,
                "AccessList" => access_list = strings(cursor)?,
                _ => cursor.skip()?,
            }
        }
        Ok(Some(SetParameterAttribute {
            name,
            notification: change_notification.then_some(level),
            access_list: change_access.then_some(access_list),
        }))
    })
}

/// `ArgStruct`s: names and values.
pub(super) fn arguments(cursor: &mut Cursor) -> Result<Vec<(String, String)>> {
    members(cursor, |cursor| {
        let (mut key, mut value) = (String::new(), String::new());
        cursor.fields(&["Name", "Value"], |cursor, name| {
            match name {
                "Name" => key = cursor.trimmed()?,
                "Value" => value = cursor.string()?,
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        Ok(Some((key, value)))
    })
}

pub(super) fn options(cursor: &mut Cursor) -> Result<Vec<CpeOption>> {
    const NEEDED: [&str; 6] = ["OptionName", "VoucherSN", "State", "Mode", "StartDate", "IsTransferable"];
    members(cursor, |cursor| {
        let mut option = CpeOption::default();
        cursor.fields(&NEEDED, |cursor, name| {
            match name {
                "OptionName" => option.name = cursor.trimmed()?,
                "VoucherSN" => option.voucher_serial = cursor.number()?,
                "State" => option.state = cursor.number()?,
                "Mode" => option.mode = cursor.number()?,
                "StartDate" => option.start_date = cursor.trimmed()?,
                "ExpirationDate" => option.expiration_date = cursor.trimmed()?,
                "IsTransferable" => option.transferable = cursor.boolean()?,
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        Ok(Some(option))
    })
}

fn notification(cursor: &mut Cursor) -> Result<u8> {
    Ok(u8::try_from(cursor.number()?).unwrap_or(u8::MAX))
}

/// Most members an Event array may have (A.3.3.1).
const MAX_EVENTS: usize = 64;

/// Events without a code are dropped with a warning: there is nothing that could be done about them.
pub(super) fn events(cursor: &mut Cursor) -> Result<Vec<Event>> {
    let events = members(cursor, |cursor| {
        let (mut raw, mut command_key) = (String::new(), String::new());
        while let Some(field) = cursor.child()? {
            match field.local_name().as_ref() {
                "EventCode" => raw = cursor.text()?.into_owned(),
                "CommandKey" => command_key = cursor.text()?.into_owned(),
                _ => cursor.skip()?,
            }
        }
        let code = EventCode::parse(&raw);
        if code.as_str() != raw || matches!(code, EventCode::Unknown(_)) {
            cursor.warn(Warning::EventCode);
        }
        Ok((!raw.trim().is_empty()).then_some(Event { code, raw, command_key }))
    })?;
    if events.len() > MAX_EVENTS {
        cursor.warn(Warning::Mended);
    }
    Ok(events)
}
