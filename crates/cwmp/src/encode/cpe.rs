//! What a CPE sends, as the simulator writes it.

use super::fault;
use super::writer::Writer;
use crate::{CpeMessage, CpeRequest, CpeResponse, Inform, TransferComplete};

/// Rough size of the message, so that the buffer grows once at most.
pub(super) fn size_hint(message: &CpeMessage) -> usize {
    match message {
        CpeMessage::Request(CpeRequest::Inform(inform)) => {
            1024 + inform.parameters.iter().map(|one| one.name.len() + one.value.len() + 120).sum::<usize>()
        }
        CpeMessage::Response(CpeResponse::GetParameterValues { parameters }) => {
            parameters.iter().map(|one| one.name.len() + one.value.len() + 120).sum()
        }
        CpeMessage::Response(CpeResponse::GetParameterNames { parameters }) => {
            parameters.iter().map(|one| one.name.len() + 100).sum()
        }
        _ => 512,
    }
}

pub(super) fn message(writer: &mut Writer, message: &CpeMessage) {
    match message {
        CpeMessage::Request(request) => match request {
            CpeRequest::Inform(inform) => self::inform(writer, inform),
            CpeRequest::TransferComplete(transfer) => transfer_complete(writer, transfer),
            CpeRequest::GetRpcMethods => writer.empty_method("GetRPCMethods", ""),
            CpeRequest::Unknown { method } => writer.empty_method(method, ""),
            _ => unimplemented!("in work"),
        },
        CpeMessage::Response(response) => self::response(writer, response),
        CpeMessage::Fault(fault) => fault::fault(writer, fault),
    }
}

fn inform(writer: &mut Writer, inform: &Inform) {
    writer.raw("<cwmp:Inform><DeviceId>");
    writer.leaf("Manufacturer", &inform.identity.manufacturer);
    writer.leaf("OUI", &inform.identity.oui);
    writer.leaf("ProductClass", &inform.identity.product_class);
    writer.leaf("SerialNumber", &inform.identity.serial);
    writer.raw("</DeviceId>");
    writer.array("Event", "cwmp:EventStruct", &inform.events, |writer, event| {
        writer.open("EventStruct");
        writer.leaf("EventCode", &event.raw);
        writer.leaf("CommandKey", &event.command_key);
        writer.close("EventStruct");
    });
    writer.number("MaxEnvelopes", inform.max_envelopes);
    writer.leaf("CurrentTime", &inform.current_time);
    writer.number("RetryCount", inform.retry_count);
    writer.parameter_values(&inform.parameters);
    writer.raw("</cwmp:Inform>");
}

fn transfer_complete(writer: &mut Writer, transfer: &TransferComplete) {
    writer.open("cwmp:TransferComplete");
    writer.leaf("CommandKey", &transfer.command_key);
    writer.open("FaultStruct");
    writer.number("FaultCode", transfer.fault_code);
    writer.leaf("FaultString", &transfer.fault_string);
    writer.close("FaultStruct");
    writer.leaf("StartTime", &transfer.start_time);
    writer.leaf("CompleteTime", &transfer.complete_time);
    writer.close("cwmp:TransferComplete");
}

fn response(writer: &mut Writer, response: &CpeResponse) {
    match response {
        CpeResponse::GetRpcMethods { methods } => {
            writer.open("cwmp:GetRPCMethodsResponse");
            writer.strings("MethodList", methods);
            writer.close("cwmp:GetRPCMethodsResponse");
        }
        CpeResponse::GetParameterNames { parameters } => {
            writer.open("cwmp:GetParameterNamesResponse");
            writer.array("ParameterList", "cwmp:ParameterInfoStruct", parameters, |writer, info| {
                writer.open("ParameterInfoStruct");
                writer.leaf("Name", &info.name);
                writer.boolean("Writable", info.writable);
                writer.close("ParameterInfoStruct");
            });
            writer.close("cwmp:GetParameterNamesResponse");
        }
        CpeResponse::GetParameterValues { parameters } => {
            writer.open("cwmp:GetParameterValuesResponse");
            writer.parameter_values(parameters);
            writer.close("cwmp:GetParameterValuesResponse");
        }
        CpeResponse::GetParameterAttributes { parameters } => {
            writer.open("cwmp:GetParameterAttributesResponse");
            writer.array("ParameterList", "cwmp:ParameterAttributeStruct", parameters, |writer, attributes| {
                writer.open("ParameterAttributeStruct");
                writer.leaf("Name", &attributes.name);
                writer.number("Notification", u32::from(attributes.notification));
                writer.strings("AccessList", &attributes.access_list);
                writer.close("ParameterAttributeStruct");
            });
            writer.close("cwmp:GetParameterAttributesResponse");
        }
        CpeResponse::SetParameterValues { status } => {
            writer.open("cwmp:SetParameterValuesResponse");
            writer.number("Status", *status);
            writer.close("cwmp:SetParameterValuesResponse");
        }
        CpeResponse::AddObject { instance, status } => {
            writer.open("cwmp:AddObjectResponse");
            if let Some(instance) = instance {
                writer.number("InstanceNumber", *instance);
            }
            writer.number("Status", *status);
            writer.close("cwmp:AddObjectResponse");
        }
        CpeResponse::DeleteObject { status } => {
            writer.open("cwmp:DeleteObjectResponse");
            writer.number("Status", *status);
            writer.close("cwmp:DeleteObjectResponse");
        }
        CpeResponse::SetParameterAttributes => writer.empty_method("SetParameterAttributes", "Response"),
        CpeResponse::Reboot => writer.empty_method("Reboot", "Response"),
        CpeResponse::FactoryReset => writer.empty_method("FactoryReset", "Response"),
        CpeResponse::Unknown { method, .. } => writer.empty_method(method, "Response"),
        _ => unimplemented!("in work"),
    }
}
