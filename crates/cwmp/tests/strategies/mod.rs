//! Messages of transfers, software modules and vendors, with any strings in them.
#![allow(dead_code)] // each test binary uses its own part

use cwmp::{
    AcsRequest, AcsResponse, AutonomousDuResult, AutonomousTransferComplete, CpeOption, CpeRequest, CpeResponse,
    Download, DuOperation, DuResult, QueuedTransfer, ScheduleDownload, TimeWindow, TransferStarted, Upload,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// What can be said in XML 1.0: other characters are replaced when they are written.
fn said(text: &str) -> String {
    let forbidden = |c: char| (c < ' ' && !"\t\n\r".contains(c)) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.chars().map(|c| if forbidden(c) { '\u{FFFD}' } else { c }).collect()
}

/// Any text, markup and white space above all.
pub fn text() -> impl Strategy<Value = String> {
    let hostile = prop_oneof![
        any::<String>(),
        "[ \\t\\r\\n&<>\"';]{0,12}",
        Just("]]>&amp;<![CDATA[".to_owned()),
        Just("</Value></ParameterValueStruct>".to_owned()),
        Just("\0\u{2}\u{FFFE}\u{1F600}&#x41;&#0;".to_owned()),
    ];
    hostile.prop_map(|text| said(&text))
}

/// Text where the white space around it means nothing.
pub fn trimmed() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.trim().to_owned())
}

fn method() -> impl Strategy<Value = String> {
    "X_[0-9A-F]{6}_[A-Za-z][A-Za-z0-9_.-]{0,9}[a-d]"
}

/// A method that is not a vendor's and not a standard's, and no answer.
fn stray() -> impl Strategy<Value = String> {
    "[A-W][a-z]{1,9}_[a-d]"
}

/// Markup as it is written: elements in elements, text, references.
pub fn body() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[ -%'-;=?-\\[^-~\n]{0,12}",
        Just("&amp;&lt;&#38;&#x1F600;".to_owned()),
        "<[a-z]{1,4} a=\"[a-z>]{0,3}\"/>",
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        ("[a-z]{1,4}", vec(inner, 0..4)).prop_map(|(name, inside)| format!("<x:{name}>{}</x:{name}>", inside.concat()))
    })
}

fn du_result() -> BoxedStrategy<DuResult> {
    (
        (trimmed(), trimmed(), trimmed(), trimmed(), any::<bool>()),
        (trimmed(), trimmed(), trimmed(), any::<u32>(), text()),
    )
        .prop_map(
            |(
                (uuid, deployment_unit_ref, version, current_state, resolved),
                (execution_unit_refs, start_time, complete_time, fault_code, fault_string),
            )| DuResult {
                uuid,
                deployment_unit_ref,
                version,
                current_state,
                resolved,
                execution_unit_refs,
                start_time,
                complete_time,
                fault_code,
                fault_string,
            },
        )
        .boxed()
}

pub fn cpe_request() -> BoxedStrategy<CpeRequest> {
    let autonomous = (
        (trimmed(), trimmed(), any::<bool>(), trimmed(), any::<u32>()),
        (trimmed(), any::<u32>(), text(), trimmed(), trimmed()),
    )
        .prop_map(
            |(
                (announce_url, transfer_url, is_download, file_type, file_size),
                (target_file_name, fault_code, fault_string, start_time, complete_time),
            )| {
                CpeRequest::AutonomousTransferComplete(AutonomousTransferComplete {
                    announce_url,
                    transfer_url,
                    is_download,
                    file_type,
                    file_size,
                    target_file_name,
                    fault_code,
                    fault_string,
                    start_time,
                    complete_time,
                })
            },
        );
    let autonomous_result =
        (du_result(), trimmed()).prop_map(|(result, operation)| AutonomousDuResult { result, operation });
    prop_oneof![
        autonomous.boxed(),
        (vec(du_result(), 1..4), text())
            .prop_map(|(results, command_key)| CpeRequest::DuStateChangeComplete { results, command_key }),
        vec(autonomous_result, 1..4).prop_map(|results| CpeRequest::AutonomousDuStateChangeComplete { results }),
        (trimmed(), vec((trimmed(), text()), 0..4))
            .prop_map(|(file_type, arguments)| CpeRequest::RequestDownload { file_type, arguments }),
        (text(), text(), text(), text()).prop_map(|(command, referer, arg, next)| CpeRequest::Kicked {
            command,
            referer,
            arg,
            next
        }),
        prop_oneof![method(), stray()].prop_map(|method| CpeRequest::Unknown { method }),
    ]
    .boxed()
}

pub fn cpe_response() -> BoxedStrategy<CpeResponse> {
    let started = || {
        (any::<u32>(), trimmed(), trimmed()).prop_map(|(status, start_time, complete_time)| TransferStarted {
            status,
            start_time,
            complete_time,
        })
    };
    let queued = (text(), any::<u32>()).prop_map(|(command_key, state)| QueuedTransfer {
        command_key,
        state,
        ..QueuedTransfer::default()
    });
    let all_queued = (text(), any::<u32>(), any::<bool>(), trimmed(), any::<u32>(), trimmed()).prop_map(
        |(command_key, state, is_download, file_type, file_size, target_file_name)| QueuedTransfer {
            command_key,
            state,
            is_download: Some(is_download),
            file_type,
            file_size,
            target_file_name,
        },
    );
    let option = (trimmed(), any::<u32>(), any::<u32>(), any::<u32>(), trimmed(), trimmed(), any::<bool>()).prop_map(
        |(name, voucher_serial, state, mode, start_date, expiration_date, transferable)| CpeOption {
            name,
            voucher_serial,
            state,
            mode,
            start_date,
            expiration_date,
            transferable,
        },
    );
    prop_oneof![
        started().prop_map(CpeResponse::Download),
        started().prop_map(CpeResponse::Upload),
        vec(queued, 0..4).prop_map(|transfers| CpeResponse::GetQueuedTransfers { transfers }),
        vec(all_queued, 0..4).prop_map(|transfers| CpeResponse::GetAllQueuedTransfers { transfers }),
        vec(option, 0..4).prop_map(|options| CpeResponse::GetOptions { options }),
        Just(CpeResponse::ScheduleInform),
        Just(CpeResponse::ScheduleDownload),
        Just(CpeResponse::CancelTransfer),
        Just(CpeResponse::ChangeDuState),
        Just(CpeResponse::SetVouchers),
        (prop_oneof![method(), stray()], body()).prop_map(|(method, body)| CpeResponse::Unknown { method, body }),
    ]
    .boxed()
}

pub fn acs_request() -> BoxedStrategy<AcsRequest> {
    let download =
        ((text(), trimmed(), trimmed(), text(), text()), (any::<u32>(), trimmed(), any::<u32>(), trimmed(), trimmed()))
            .prop_map(
                |(
                    (command_key, file_type, url, username, password),
                    (file_size, target_file_name, delay_seconds, success_url, failure_url),
                )| {
                    AcsRequest::Download(Download {
                        command_key,
                        file_type,
                        url,
                        username,
                        password,
                        file_size,
                        target_file_name,
                        delay_seconds,
                        success_url,
                        failure_url,
                    })
                },
            );
    let upload = (text(), trimmed(), trimmed(), text(), text(), any::<u32>()).prop_map(
        |(command_key, file_type, url, username, password, delay_seconds)| {
            AcsRequest::Upload(Upload { command_key, file_type, url, username, password, delay_seconds })
        },
    );
    let window = (any::<u32>(), any::<u32>(), trimmed(), text(), any::<i32>()).prop_map(
        |(start, end, mode, user_message, max_retries)| TimeWindow { start, end, mode, user_message, max_retries },
    );
    let schedule = ((text(), trimmed(), trimmed(), text()), (text(), any::<u32>(), trimmed(), vec(window, 0..3)))
        .prop_map(|((command_key, file_type, url, username), (password, file_size, target_file_name, windows))| {
            AcsRequest::ScheduleDownload(ScheduleDownload {
                command_key,
                file_type,
                url,
                username,
                password,
                file_size,
                target_file_name,
                windows,
            })
        });
    let operation = (0..3u8, trimmed(), trimmed(), trimmed(), text(), text()).prop_map(
        |(kind, uuid, url, other, username, password)| match kind {
            0 => DuOperation::Install { url, uuid, username, password, execution_env_ref: other },
            1 => DuOperation::Update { uuid, version: other, url, username, password },
            _ => DuOperation::Uninstall { uuid, version: other, execution_env_ref: url },
        },
    );
    prop_oneof![
        download.boxed(),
        upload.boxed(),
        schedule.boxed(),
        (any::<u32>(), text())
            .prop_map(|(delay_seconds, command_key)| AcsRequest::ScheduleInform { delay_seconds, command_key }),
        text().prop_map(|command_key| AcsRequest::CancelTransfer { command_key }),
        Just(AcsRequest::GetQueuedTransfers),
        Just(AcsRequest::GetAllQueuedTransfers),
        (vec(operation, 0..4), text())
            .prop_map(|(operations, command_key)| AcsRequest::ChangeDuState { operations, command_key }),
        vec("[A-Za-z0-9+/]{0,16}={0,2}", 0..4).prop_map(|vouchers| AcsRequest::SetVouchers { vouchers }),
        text().prop_map(|name| AcsRequest::GetOptions { name }),
        (method(), body()).prop_map(|(method, body)| AcsRequest::Vendor { method, body }),
        stray().prop_map(|method| AcsRequest::Unknown { method }),
    ]
    .boxed()
}

pub fn acs_response() -> BoxedStrategy<AcsResponse> {
    prop_oneof![
        Just(AcsResponse::AutonomousTransferComplete),
        Just(AcsResponse::DuStateChangeComplete),
        Just(AcsResponse::AutonomousDuStateChangeComplete),
        Just(AcsResponse::RequestDownload),
        text().prop_map(|next_url| AcsResponse::Kicked { next_url }),
    ]
    .boxed()
}
