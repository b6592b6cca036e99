//! What an ACS sends, as the simulator reads it.

use super::DecodeError;
use super::cpe::list;
use super::cursor::Cursor;
use super::{fault, lists, modules, transfers};
use crate::{AcsMessage, AcsRequest, AcsResponse, Warning};

type Result<T> = std::result::Result<T, DecodeError>;

/// Reads the message whose element, named `name`, is open.
pub(super) fn message(cursor: &mut Cursor, name: &str) -> Result<AcsMessage> {
    Ok(match name {
        "Fault" => AcsMessage::Fault(fault::fault(cursor)?),
        "GetRPCMethodsResponse" => {
            AcsMessage::Response(AcsResponse::GetRpcMethods { methods: list(cursor, "MethodList", lists::strings)? })
        }
        "KickedResponse" => AcsMessage::Response(AcsResponse::Kicked { next_url: one(cursor, "NextURL")? }),
        _ => match empty_response(name) {
            Some(response) => {
                cursor.skip()?;
                AcsMessage::Response(response)
            }
            None => AcsMessage::Request(request(cursor, name)?),
        },
    })
}

/// The answers that say nothing but that the request was taken.
fn empty_response(name: &str) -> Option<AcsResponse> {
    Some(match name {
        "InformResponse" => AcsResponse::Inform,
        "TransferCompleteResponse" => AcsResponse::TransferComplete,
        "AutonomousTransferCompleteResponse" => AcsResponse::AutonomousTransferComplete,
        "DUStateChangeCompleteResponse" => AcsResponse::DuStateChangeComplete,
        "AutonomousDUStateChangeCompleteResponse" => AcsResponse::AutonomousDuStateChangeComplete,
        "RequestDownloadResponse" => AcsResponse::RequestDownload,
        _ => return None,
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
                    "ParameterList" => values = Some(lists::wanted_values(cursor)?),
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
        "Reboot" => AcsRequest::Reboot { command_key: one(cursor, "CommandKey")? },
        "ScheduleInform" => schedule_inform(cursor)?,
        "Download" => AcsRequest::Download(transfers::download(cursor)?),
        "Upload" => AcsRequest::Upload(transfers::upload(cursor)?),
        "ScheduleDownload" => AcsRequest::ScheduleDownload(transfers::schedule_download(cursor)?),
        "CancelTransfer" => AcsRequest::CancelTransfer { command_key: one(cursor, "CommandKey")? },
        "ChangeDUState" => {
            let (operations, command_key) = modules::change(cursor)?;
            AcsRequest::ChangeDuState { operations, command_key }
        }
        "SetVouchers" => AcsRequest::SetVouchers { vouchers: list(cursor, "VoucherList", lists::strings)? },
        "GetOptions" => AcsRequest::GetOptions { name: one(cursor, "OptionName")? },
        _ if method.starts_with("X_") => AcsRequest::Vendor { method: method.to_owned(), body: cursor.markup()? },
        _ => {
            cursor.skip()?;
            match method {
                "GetRPCMethods" => AcsRequest::GetRpcMethods,
                "FactoryReset" => AcsRequest::FactoryReset,
                "GetQueuedTransfers" => AcsRequest::GetQueuedTransfers,
                "GetAllQueuedTransfers" => AcsRequest::GetAllQueuedTransfers,
                _ => AcsRequest::Unknown { method: method.to_owned() },
            }
        }
    })
}

fn schedule_inform(cursor: &mut Cursor) -> Result<AcsRequest> {
    let (mut delay_seconds, mut command_key) = (0, String::new());
    cursor.fields(&["DelaySeconds", "CommandKey"], |cursor, name| {
        match name {
            "DelaySeconds" => delay_seconds = cursor.number()?,
            "CommandKey" => command_key = cursor.string()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(AcsRequest::ScheduleInform { delay_seconds, command_key })
}

/// A message that has nothing but one text.
fn one(cursor: &mut Cursor, name: &str) -> Result<String> {
    let mut text = String::new();
    cursor.fields(&[name], |cursor, field| {
        if field == name {
            text = cursor.string()?;
            return Ok(());
        }
        cursor.skip()
    })?;
    Ok(text)
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
