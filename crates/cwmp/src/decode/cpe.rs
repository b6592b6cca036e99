//! What a CPE sends: Inform and its other requests, responses, faults.

use super::DecodeError;
use super::cursor::Cursor;
use super::{fault, lists, modules, transfers, values};
use crate::{CpeMessage, CpeRequest, CpeResponse, Inform, Warning};
use model::device::Identity;

type Result<T> = std::result::Result<T, DecodeError>;

/// Most characters of a part of an identity. The standard's limit is 64; what is far beyond it is no device.
const MAX_IDENTITY: usize = 256;

/// Reads the message whose element, named `name`, is open.
pub(super) fn message(cursor: &mut Cursor, name: &str) -> Result<CpeMessage> {
    Ok(match name {
        "Fault" => CpeMessage::Fault(fault::fault(cursor)?),
        _ => match name.strip_suffix("Response").filter(|method| !method.is_empty()) {
            Some(method) => CpeMessage::Response(response(cursor, method)?),
            None => CpeMessage::Request(request(cursor, name)?),
        },
    })
}

fn request(cursor: &mut Cursor, method: &str) -> Result<CpeRequest> {
    Ok(match method {
        "Inform" => CpeRequest::Inform(inform(cursor)?),
        "TransferComplete" => CpeRequest::TransferComplete(transfers::complete(cursor)?),
        "AutonomousTransferComplete" => CpeRequest::AutonomousTransferComplete(transfers::autonomous_complete(cursor)?),
        "DUStateChangeComplete" => {
            let (results, command_key) = modules::results(cursor)?;
            CpeRequest::DuStateChangeComplete {
                results: results.into_iter().map(|one| one.result).collect(),
                command_key,
            }
        }
        "AutonomousDUStateChangeComplete" => {
            CpeRequest::AutonomousDuStateChangeComplete { results: modules::results(cursor)?.0 }
        }
        "RequestDownload" => request_download(cursor)?,
        "Kicked" => kicked(cursor)?,
        _ => {
            cursor.skip()?;
            match method {
                "GetRPCMethods" => CpeRequest::GetRpcMethods,
                _ => CpeRequest::Unknown { method: method.to_owned() },
            }
        }
    })
}

fn request_download(cursor: &mut Cursor) -> Result<CpeRequest> {
    let (mut file_type, mut arguments) = (String::new(), Vec::new());
    cursor.fields(&["FileType", "FileTypeArg"], |cursor, name| {
        match name {
            "FileType" => file_type = cursor.trimmed()?,
            "FileTypeArg" => arguments = lists::arguments(cursor)?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(CpeRequest::RequestDownload { file_type, arguments })
}

fn kicked(cursor: &mut Cursor) -> Result<CpeRequest> {
    let (mut command, mut referer, mut arg, mut next) = (String::new(), String::new(), String::new(), String::new());
    cursor.fields(&["Command", "Referer", "Arg", "Next"], |cursor, name| {
        match name {
            "Command" => command = cursor.string()?,
            "Referer" => referer = cursor.string()?,
            "Arg" => arg = cursor.string()?,
            "Next" => next = cursor.string()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(CpeRequest::Kicked { command, referer, arg, next })
}

fn response(cursor: &mut Cursor, method: &str) -> Result<CpeResponse> {
    Ok(match method {
        "GetRPCMethods" => CpeResponse::GetRpcMethods { methods: list(cursor, "MethodList", lists::strings)? },
        "GetParameterNames" => {
            CpeResponse::GetParameterNames { parameters: list(cursor, "ParameterList", lists::parameter_infos)? }
        }
        "GetParameterValues" => {
            CpeResponse::GetParameterValues { parameters: list(cursor, "ParameterList", lists::parameter_values)? }
        }
        "GetParameterAttributes" => CpeResponse::GetParameterAttributes {
            parameters: list(cursor, "ParameterList", lists::parameter_attributes)?,
        },
        "SetParameterValues" => CpeResponse::SetParameterValues { status: instance_and_status(cursor)?.1 },
        "DeleteObject" => CpeResponse::DeleteObject { status: instance_and_status(cursor)?.1 },
        "AddObject" => {
            let (instance, status) = instance_and_status(cursor)?;
            if instance.is_none() {
                cursor.warn(Warning::Missing);
            }
            CpeResponse::AddObject { instance, status }
        }
        "Download" => CpeResponse::Download(transfers::started(cursor)?),
        "Upload" => CpeResponse::Upload(transfers::started(cursor)?),
        "GetQueuedTransfers" => {
            CpeResponse::GetQueuedTransfers { transfers: list(cursor, "TransferList", transfers::queue)? }
        }
        "GetAllQueuedTransfers" => {
            CpeResponse::GetAllQueuedTransfers { transfers: list(cursor, "TransferList", transfers::queue)? }
        }
        "GetOptions" => CpeResponse::GetOptions { options: list(cursor, "OptionList", lists::options)? },
        _ => match empty_response(method) {
            Some(response) => {
                cursor.skip()?;
                response
            }
            None => CpeResponse::Unknown { method: method.to_owned(), body: cursor.markup()? },
        },
    })
}

/// The answers that say nothing but that the request was taken.
fn empty_response(method: &str) -> Option<CpeResponse> {
    Some(match method {
        "SetParameterAttributes" => CpeResponse::SetParameterAttributes,
        "Reboot" => CpeResponse::Reboot,
        "FactoryReset" => CpeResponse::FactoryReset,
        "ScheduleInform" => CpeResponse::ScheduleInform,
        "ScheduleDownload" => CpeResponse::ScheduleDownload,
        "CancelTransfer" => CpeResponse::CancelTransfer,
        "ChangeDUState" => CpeResponse::ChangeDuState,
        "SetVouchers" => CpeResponse::SetVouchers,
        _ => return None,
    })
}

/// A message that has nothing but one array; a missing array is an empty one.
pub(super) fn list<T>(cursor: &mut Cursor, name: &str, read: fn(&mut Cursor) -> Result<Vec<T>>) -> Result<Vec<T>> {
    let mut found = None;
    while let Some(field) = cursor.child()? {
        if found.is_none() && field.local_name().as_ref() == name {
            found = Some(read(cursor)?);
        } else {
            cursor.skip()?;
        }
    }
    if found.is_none() {
        cursor.warn(Warning::Missing);
    }
    Ok(found.unwrap_or_default())
}

fn instance_and_status(cursor: &mut Cursor) -> Result<(Option<u32>, u32)> {
    let (mut instance, mut status) = (None, None);
    while let Some(field) = cursor.child()? {
        match field.local_name().as_ref() {
            "InstanceNumber" => instance = values::number(&cursor.text()?).filter(|number| *number > 0),
            "Status" => status = Some(cursor.number()?),
            _ => cursor.skip()?,
        }
    }
    if status.is_none() {
        cursor.warn(Warning::Missing);
    }
    Ok((instance, status.unwrap_or(0)))
}

fn inform(cursor: &mut Cursor) -> Result<Inform> {
    let mut inform = Inform { max_envelopes: 1, ..Inform::default() };
    // Which of the elements that the standard demands were there.
    let (mut identity, mut events, mut time, mut retries, mut parameters) = (false, false, false, false, false);
    while let Some(field) = cursor.child()? {
        match field.local_name().as_ref() {
            "DeviceId" => {
                inform.identity = device_id(cursor)?;
                identity = true;
            }
            "Event" => {
                inform.events = lists::events(cursor)?;
                events = true;
            }
            "MaxEnvelopes" => inform.max_envelopes = values::number(&cursor.text()?).unwrap_or(1),
            "CurrentTime" => {
                inform.current_time = cursor.trimmed()?;
                time = true;
            }
            "RetryCount" => {
                inform.retry_count = cursor.number()?;
                retries = true;
            }
            "ParameterList" => {
                inform.parameters = lists::parameter_values(cursor)?;
                parameters = true;
            }
            _ => cursor.skip()?,
        }
    }
    if !(identity && events && time && retries && parameters) {
        cursor.warn(Warning::Missing);
    }
    Ok(inform)
}

fn device_id(cursor: &mut Cursor) -> Result<Identity> {
    let mut identity = Identity::default();
    while let Some(field) = cursor.child()? {
        let part = match field.local_name().as_ref() {
            "Manufacturer" => &mut identity.manufacturer,
            "OUI" | "ManufacturerOUI" => &mut identity.oui,
            "ProductClass" => &mut identity.product_class,
            "SerialNumber" => &mut identity.serial,
            _ => {
                cursor.skip()?;
                continue;
            }
        };
        *part = cursor.trimmed()?;
        if part.len() > MAX_IDENTITY && part.chars().count() > MAX_IDENTITY {
            return Err(DecodeError::TooLong("DeviceId"));
        }
    }
    identity.oui.make_ascii_uppercase();
    if identity.oui.is_empty() || identity.serial.is_empty() {
        cursor.warn(Warning::Missing);
    }
    Ok(identity)
}
