//! What an ACS sends.

use super::writer::Writer;
use super::{fault, fragment, modules, transfers};
use crate::{AcsMessage, AcsRequest, AcsResponse, SetParameterAttribute};

/// Rough size of the message, so that the buffer grows once at most.
pub(super) fn size_hint(message: &AcsMessage) -> usize {
    match message {
        AcsMessage::Request(AcsRequest::GetParameterValues { names }) => names.iter().map(|name| name.len() + 20).sum(),
        AcsMessage::Request(AcsRequest::SetParameterValues { values, .. }) => {
            values.iter().map(|value| value.name.len() + value.value.len() + 120).sum()
        }
        AcsMessage::Request(AcsRequest::SetParameterAttributes { attributes }) => {
            attributes.iter().map(|one| one.name.len() + 320).sum()
        }
        AcsMessage::Request(AcsRequest::GetParameterAttributes { names }) => {
            names.iter().map(|name| name.len() + 20).sum()
        }
        AcsMessage::Request(AcsRequest::SetVouchers { vouchers }) => vouchers.iter().map(|one| one.len() + 20).sum(),
        AcsMessage::Request(AcsRequest::ChangeDuState { operations, .. }) => 64 + operations.len() * 512,
        AcsMessage::Request(AcsRequest::Vendor { body, .. }) => 128 + body.len(),
        AcsMessage::Request(AcsRequest::Download(_) | AcsRequest::Upload(_) | AcsRequest::ScheduleDownload(_)) => 1024,
        _ => 256,
    }
}

pub(super) fn message(writer: &mut Writer, message: &AcsMessage) {
    match message {
        AcsMessage::Request(request) => self::request(writer, request),
        AcsMessage::Response(response) => self::response(writer, response),
        AcsMessage::Fault(fault) => fault::fault(writer, fault),
    }
}

fn response(writer: &mut Writer, response: &AcsResponse) {
    match response {
        AcsResponse::Inform => {
            writer.raw("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>");
        }
        AcsResponse::TransferComplete => writer.empty_method("TransferComplete", "Response"),
        AcsResponse::GetRpcMethods { methods } => {
            writer.open("cwmp:GetRPCMethodsResponse");
            writer.strings("MethodList", methods);
            writer.close("cwmp:GetRPCMethodsResponse");
        }
        AcsResponse::AutonomousTransferComplete => writer.empty_method("AutonomousTransferComplete", "Response"),
        AcsResponse::DuStateChangeComplete => writer.empty_method("DUStateChangeComplete", "Response"),
        AcsResponse::AutonomousDuStateChangeComplete => {
            writer.empty_method("AutonomousDUStateChangeComplete", "Response");
        }
        AcsResponse::RequestDownload => writer.empty_method("RequestDownload", "Response"),
        AcsResponse::Kicked { next_url } => {
            writer.method("Kicked", "Response", |writer| writer.leaf("NextURL", next_url));
        }
    }
}

fn request(writer: &mut Writer, request: &AcsRequest) {
    match request {
        AcsRequest::GetRpcMethods
        | AcsRequest::FactoryReset
        | AcsRequest::GetQueuedTransfers
        | AcsRequest::GetAllQueuedTransfers
        | AcsRequest::Unknown { .. } => {
            writer.empty_method(request.method(), "");
        }
        AcsRequest::GetParameterNames { path, next_level } => {
            writer.open("cwmp:GetParameterNames");
            writer.leaf("ParameterPath", path);
            writer.boolean("NextLevel", *next_level);
            writer.close("cwmp:GetParameterNames");
        }
        AcsRequest::GetParameterValues { names } => {
            writer.open("cwmp:GetParameterValues");
            writer.strings("ParameterNames", names);
            writer.close("cwmp:GetParameterValues");
        }
        AcsRequest::GetParameterAttributes { names } => {
            writer.open("cwmp:GetParameterAttributes");
            writer.strings("ParameterNames", names);
            writer.close("cwmp:GetParameterAttributes");
        }
        AcsRequest::SetParameterValues { values, parameter_key } => {
            writer.open("cwmp:SetParameterValues");
            writer.parameter_values(values);
            writer.leaf("ParameterKey", parameter_key);
            writer.close("cwmp:SetParameterValues");
        }
        AcsRequest::SetParameterAttributes { attributes } => {
            writer.open("cwmp:SetParameterAttributes");
            writer.array("ParameterList", "cwmp:SetParameterAttributesStruct", attributes, set_attribute);
            writer.close("cwmp:SetParameterAttributes");
        }
        AcsRequest::AddObject { object, parameter_key } => {
            writer.open("cwmp:AddObject");
            writer.leaf("ObjectName", object);
            writer.leaf("ParameterKey", parameter_key);
            writer.close("cwmp:AddObject");
        }
        AcsRequest::DeleteObject { object, parameter_key } => {
            writer.open("cwmp:DeleteObject");
            writer.leaf("ObjectName", object);
            writer.leaf("ParameterKey", parameter_key);
            writer.close("cwmp:DeleteObject");
        }
        AcsRequest::Reboot { command_key } => {
            writer.open("cwmp:Reboot");
            writer.leaf("CommandKey", command_key);
            writer.close("cwmp:Reboot");
        }
        AcsRequest::ScheduleInform { delay_seconds, command_key } => {
            writer.method("ScheduleInform", "", |writer| {
                writer.number("DelaySeconds", *delay_seconds);
                writer.leaf("CommandKey", command_key);
            });
        }
        AcsRequest::Download(download) => transfers::download(writer, download),
        AcsRequest::Upload(upload) => transfers::upload(writer, upload),
        AcsRequest::ScheduleDownload(download) => transfers::schedule_download(writer, download),
        AcsRequest::CancelTransfer { command_key } => {
            writer.method("CancelTransfer", "", |writer| writer.leaf("CommandKey", command_key));
        }
        AcsRequest::ChangeDuState { operations, command_key } => modules::change(writer, operations, command_key),
        AcsRequest::SetVouchers { vouchers } => {
            writer.method("SetVouchers", "", |writer| writer.base64("VoucherList", vouchers));
        }
        AcsRequest::GetOptions { name } => {
            writer.method("GetOptions", "", |writer| writer.leaf("OptionName", name));
        }
        AcsRequest::Vendor { method, body } if body.is_empty() => writer.empty_method(method, ""),
        AcsRequest::Vendor { method, body } => {
            writer.method(method, "", |writer| fragment::write(writer, body));
        }
    }
}

/// What does not change is still sent with a valid value: devices check it all the same.
fn set_attribute(writer: &mut Writer, attribute: &SetParameterAttribute) {
    writer.open("SetParameterAttributesStruct");
    writer.leaf("Name", &attribute.name);
    writer.boolean("NotificationChange", attribute.notification.is_some());
    writer.number("Notification", u32::from(attribute.notification.unwrap_or(0)));
    writer.boolean("AccessListChange", attribute.access_list.is_some());
    writer.strings("AccessList", attribute.access_list.as_deref().unwrap_or_default());
    writer.close("SetParameterAttributesStruct");
}
