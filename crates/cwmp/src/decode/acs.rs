//! What an ACS sends, as the simulator reads it.

use super::DecodeError;
use super::cpe::list;
use super::cursor::Cursor;
use super::{fault, lists};
use crate::{AcsMessage, AcsRequest, AcsResponse, Warning};

type Result<T> = std::result::Result<T, DecodeError>;

/// Reads the message whose element, named `name`, is open.
pub(super) fn message(cursor: &mut Cursor, name: &str) -> Result<AcsMessage> {
    let empty = |cursor: &mut Cursor| cursor.skip();
    Ok(match name {
        "InformResponse" => {
            empty(cursor)?;
            AcsMessage::Response(AcsResponse::Inform)
        }
        "TransferCompleteResponse" => {
            empty(cursor)?;
            AcsMessage::Response(AcsResponse::TransferComplete)
        }
        "GetRPCMethodsResponse" => {
            AcsMessage::Response(AcsResponse::GetRpcMethods { methods: list(cursor, "MethodList", lists::strings)? })
        }
        "Fault" => AcsMessage::Fault(fault::fault(cursor)?),
        _ => AcsMessage::Request(request(cursor, name)?),
    })
}

fn request(cursor: &mut Cursor, method: &str) -> Result<AcsRequest> {
    Ok(match method {
        "GetParameterNames" => {
            let (mut path, mut next_level) = (None, false);
            while let Some(field) = cursor.child()? {
                match field.local_name().as_ref() {
                    "ParameterPath" => path = Some(cursor.trimmed()?),
                    "NextLevel" => next_level = cursor.boolean()?,
                    _ => cursor.skip()?,
                }
            }
            AcsRequest::GetParameterNames { path: required(cursor, path), next_level }
        }
        "GetParameterValues" => {
            AcsRequest::GetParameterValues { names: list(cursor, "ParameterNames", lists::strings)? }
        }
        "GetParameterAttributes" => {
            AcsRequest::GetParameterAttributes { names: list(cursor, "ParameterNames", lists::strings)? }
        }
        "SetParameterAttributes" => AcsRequest::SetParameterAttributes {
            attributes: list(cursor, "ParameterList", lists::set_parameter_attributes)?,
        },
        "SetParameterValues" => {
            let (mut values, mut key) = (None, None);
            while let Some(field) = cursor.child()? {
                match field.local_name().as_ref() {
                    "ParameterList" => values = Some(lists::parameter_values(cursor)?),
                    "ParameterKey" => key = Some(cursor.text()?.into_owned()),
                    _ => cursor.skip()?,
                }
            }
            AcsRequest::SetParameterValues { values: required(cursor, values), parameter_key: required(cursor, key) }
        }
        "AddObject" => {
            let (object, parameter_key) = object_and_key(cursor)?;
            AcsRequest::AddObject { object, parameter_key }
        }
        "DeleteObject" => {
            let (object, parameter_key) = object_and_key(cursor)?;
            AcsRequest::DeleteObject { object, parameter_key }
        }
        "Reboot" => {
            let mut key = None;
            while let Some(field) = cursor.child()? {
                match field.local_name().as_ref() {
                    "CommandKey" => key = Some(cursor.text()?.into_owned()),
                    _ => cursor.skip()?,
                }
            }
            AcsRequest::Reboot { command_key: required(cursor, key) }
        }
        _ => {
            cursor.skip()?;
            match method {
                "GetRPCMethods" => AcsRequest::GetRpcMethods,
                "FactoryReset" => AcsRequest::FactoryReset,
                _ => AcsRequest::Unknown { method: method.to_owned() },
            }
        }
    })
}

fn object_and_key(cursor: &mut Cursor) -> Result<(String, String)> {
    let (mut object, mut key) = (None, None);
    while let Some(field) = cursor.child()? {
        match field.local_name().as_ref() {
            "ObjectName" => object = Some(cursor.trimmed()?),
            "ParameterKey" => key = Some(cursor.text()?.into_owned()),
            _ => cursor.skip()?,
        }
    }
    Ok((required(cursor, object), required(cursor, key)))
}

fn required<T: Default>(cursor: &mut Cursor, value: Option<T>) -> T {
    if value.is_none() {
        cursor.warn(Warning::Missing);
    }
    value.unwrap_or_default()
}
