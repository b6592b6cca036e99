//! What an ACS sends.

use super::fault;
use super::writer::Writer;
use crate::{AcsMessage, AcsRequest, AcsResponse, SetParameterAttribute};

/// Rough size of the message, so that the buffer grows once at most.
pub(super) fn size_hint(message: &AcsMessage) -> usize {
    match message {
        AcsMessage::Request(AcsRequest::GetParameterValues { names }) => names.iter().map(|name| name.len() + 20).sum(),
        AcsMessage::Request(AcsRequest::SetParameterValues { values, .. }) => {
            values.iter().map(|value| value.name.len() + value.value.len() + 120).sum()
        }
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
        _ => unimplemented!("in work"),
    }
}

fn request(writer: &mut Writer, request: &AcsRequest) {
    match request {
        AcsRequest::GetRpcMethods | AcsRequest::FactoryReset | AcsRequest::Unknown { .. } => {
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
        _ => unimplemented!("in work"),
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
