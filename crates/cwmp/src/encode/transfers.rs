//! Transfers: what is asked for, what is queued, what came of it.

use super::writer::Writer;
use crate::{
    AutonomousTransferComplete, Download, QueuedTransfer, ScheduleDownload, TransferComplete, TransferStarted, Upload,
};

/// What every order to transfer begins with, empty elements too.
fn order(writer: &mut Writer, [command_key, file_type, url, username, password]: [&str; 5]) {
    writer.leaves(&[
        ("CommandKey", command_key),
        ("FileType", file_type),
        ("URL", url),
        ("Username", username),
        ("Password", password),
    ]);
}

/// All ten elements, empty ones too (A.3.2.8).
pub(super) fn download(writer: &mut Writer, download: &Download) {
    writer.method("Download", "", |writer| {
        order(
            writer,
            [&download.command_key, &download.file_type, &download.url, &download.username, &download.password],
        );
        writer.number("FileSize", download.file_size);
        writer.leaf("TargetFileName", &download.target_file_name);
        writer.number("DelaySeconds", download.delay_seconds);
        writer.leaves(&[("SuccessURL", &download.success_url), ("FailureURL", &download.failure_url)]);
    });
}

pub(super) fn upload(writer: &mut Writer, upload: &Upload) {
    writer.method("Upload", "", |writer| {
        order(writer, [&upload.command_key, &upload.file_type, &upload.url, &upload.username, &upload.password]);
        writer.number("DelaySeconds", upload.delay_seconds);
    });
}

pub(super) fn schedule_download(writer: &mut Writer, download: &ScheduleDownload) {
    writer.method("ScheduleDownload", "", |writer| {
        order(
            writer,
            [&download.command_key, &download.file_type, &download.url, &download.username, &download.password],
        );
        writer.number("FileSize", download.file_size);
        writer.leaf("TargetFileName", &download.target_file_name);
        writer.array("TimeWindowList", "cwmp:TimeWindowStruct", &download.windows, |writer, window| {
            writer.open("TimeWindowStruct");
            writer.number("WindowStart", window.start);
            writer.number("WindowEnd", window.end);
            writer.leaves(&[("WindowMode", &window.mode), ("UserMessage", &window.user_message)]);
            writer.leaf("MaxRetries", &window.max_retries.to_string());
            writer.close("TimeWindowStruct");
        });
    });
}

pub(super) fn started(writer: &mut Writer, method: &str, started: &TransferStarted) {
    writer.method(method, "Response", |writer| {
        writer.number("Status", started.status);
        writer.leaves(&[("StartTime", &started.start_time), ("CompleteTime", &started.complete_time)]);
    });
}

/// The older list: keys and states.
pub(super) fn queue(writer: &mut Writer, transfers: &[QueuedTransfer]) {
    writer.method("GetQueuedTransfers", "Response", |writer| {
        writer.array("TransferList", "cwmp:QueuedTransferStruct", transfers, |writer, transfer| {
            writer.open("QueuedTransferStruct");
            writer.leaf("CommandKey", &transfer.command_key);
            writer.number("State", transfer.state);
            writer.close("QueuedTransferStruct");
        });
    });
}

/// The newer list. A transfer that does not say whether it is a download is written as an upload.
pub(super) fn whole_queue(writer: &mut Writer, transfers: &[QueuedTransfer]) {
    writer.method("GetAllQueuedTransfers", "Response", |writer| {
        writer.array("TransferList", "cwmp:AllQueuedTransferStruct", transfers, |writer, transfer| {
            writer.open("AllQueuedTransferStruct");
            writer.leaf("CommandKey", &transfer.command_key);
            writer.number("State", transfer.state);
            writer.boolean("IsDownload", transfer.is_download.unwrap_or(false));
            writer.leaf("FileType", &transfer.file_type);
            writer.number("FileSize", transfer.file_size);
            writer.leaf("TargetFileName", &transfer.target_file_name);
            writer.close("AllQueuedTransferStruct");
        });
    });
}

pub(super) fn complete(writer: &mut Writer, transfer: &TransferComplete) {
    writer.method("TransferComplete", "", |writer| {
        writer.leaf("CommandKey", &transfer.command_key);
        fault(writer, "FaultStruct", transfer.fault_code, &transfer.fault_string);
        writer.leaves(&[("StartTime", &transfer.start_time), ("CompleteTime", &transfer.complete_time)]);
    });
}

pub(super) fn autonomous_complete(writer: &mut Writer, transfer: &AutonomousTransferComplete) {
    writer.method("AutonomousTransferComplete", "", |writer| {
        writer.leaves(&[("AnnounceURL", &transfer.announce_url), ("TransferURL", &transfer.transfer_url)]);
        writer.boolean("IsDownload", transfer.is_download);
        writer.leaf("FileType", &transfer.file_type);
        writer.number("FileSize", transfer.file_size);
        writer.leaf("TargetFileName", &transfer.target_file_name);
        fault(writer, "FaultStruct", transfer.fault_code, &transfer.fault_string);
        writer.leaves(&[("StartTime", &transfer.start_time), ("CompleteTime", &transfer.complete_time)]);
    });
}

pub(super) fn fault(writer: &mut Writer, name: &str, code: u32, text: &str) {
    writer.open(name);
    writer.number("FaultCode", code);
    writer.leaf("FaultString", text);
    writer.close(name);
}
