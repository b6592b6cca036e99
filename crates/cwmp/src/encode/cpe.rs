//! What a CPE sends, as the simulator writes it.

use super::writer::Writer;
use super::{fault, fragment, modules, transfers};
use crate::{CpeMessage, CpeOption, CpeRequest, CpeResponse, Inform};

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
        CpeMessage::Response(CpeResponse::GetParameterAttributes { parameters }) => {
            parameters.iter().map(|one| one.name.len() + 180).sum()
        }
        CpeMessage::Response(CpeResponse::GetAllQueuedTransfers { transfers }) => 64 + transfers.len() * 320,
        CpeMessage::Response(CpeResponse::GetOptions { options }) => 64 + options.len() * 320,
        CpeMessage::Response(CpeResponse::Unknown { body, .. }) => 128 + body.len(),
        CpeMessage::Request(CpeRequest::DuStateChangeComplete { results, .. }) => 64 + results.len() * 512,
        CpeMessage::Request(CpeRequest::AutonomousDuStateChangeComplete { results }) => 64 + results.len() * 560,
        _ => 512,
    }
}

pub(super) fn message(writer: &mut Writer, message: &CpeMessage) {
    match message {
        CpeMessage::Request(request) => match request {
            CpeRequest::Inform(inform) => self::inform(writer, inform),
            CpeRequest::TransferComplete(transfer) => transfers::complete(writer, transfer),
            CpeRequest::AutonomousTransferComplete(transfer) => transfers::autonomous_complete(writer, transfer),
            CpeRequest::GetRpcMethods => writer.empty_method("GetRPCMethods", ""),
            CpeRequest::DuStateChangeComplete { results, command_key } => {
                writer.method("DUStateChangeComplete", "", |writer| {
                    for result in results {
                        modules::result(writer, result, None);
                    }
                    writer.filled_leaves(&[("CommandKey", command_key)]);
                });
            }
            CpeRequest::AutonomousDuStateChangeComplete { results } => {
                writer.method("AutonomousDUStateChangeComplete", "", |writer| {
                    for one in results {
                        modules::result(writer, &one.result, Some(&one.operation));
                    }
                });
            }
            CpeRequest::RequestDownload { file_type, arguments } => request_download(writer, file_type, arguments),
            CpeRequest::Kicked { command, referer, arg, next } => writer.method("Kicked", "", |writer| {
                writer.leaves(&[("Command", command), ("Referer", referer), ("Arg", arg), ("Next", next)]);
            }),
            CpeRequest::Unknown { method } => writer.empty_method(method, ""),
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

fn request_download(writer: &mut Writer, file_type: &str, arguments: &[(String, String)]) {
    writer.method("RequestDownload", "", |writer| {
        writer.leaf("FileType", file_type);
        writer.array("FileTypeArg", "cwmp:ArgStruct", arguments, |writer, (name, value)| {
            writer.open("ArgStruct");
            writer.leaves(&[("Name", name), ("Value", value)]);
            writer.close("ArgStruct");
        });
    });
}

fn option(writer: &mut Writer, option: &CpeOption) {
    writer.open("OptionStruct");
    writer.leaf("OptionName", &option.name);
    writer.number("VoucherSN", option.voucher_serial);
    writer.number("State", option.state);
    writer.number("Mode", option.mode);
    writer.leaf("StartDate", &option.start_date);
    writer.filled_leaves(&[("ExpirationDate", &option.expiration_date)]);
    writer.boolean("IsTransferable", option.transferable);
    writer.close("OptionStruct");
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
        CpeResponse::Download(started) => transfers::started(writer, "Download", started),
        CpeResponse::Upload(started) => transfers::started(writer, "Upload", started),
        CpeResponse::GetQueuedTransfers { transfers } => transfers::queue(writer, transfers),
        CpeResponse::GetAllQueuedTransfers { transfers } => transfers::whole_queue(writer, transfers),
        CpeResponse::GetOptions { options } => {
            writer.method("GetOptions", "Response", |writer| {
                writer.array("OptionList", "cwmp:OptionStruct", options, option);
            });
        }
        CpeResponse::Unknown { method, body } if !body.is_empty() => {
            writer.method(method, "Response", |writer| fragment::write(writer, body));
        }
        CpeResponse::SetParameterAttributes
        | CpeResponse::Reboot
        | CpeResponse::FactoryReset
        | CpeResponse::ScheduleInform
        | CpeResponse::ScheduleDownload
        | CpeResponse::CancelTransfer
        | CpeResponse::ChangeDuState
        | CpeResponse::SetVouchers
        | CpeResponse::Unknown { .. } => writer.empty_method(response.method(), "Response"),
    }
}
