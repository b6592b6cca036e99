//! Transfers: what is asked for, what is queued, what came of it.

use super::cursor::Cursor;
use super::{DecodeError, lists, values};
use crate::{
    AutonomousTransferComplete, Download, QueuedTransfer, ScheduleDownload, TimeWindow, TransferComplete,
    TransferStarted, Upload, Warning,
};

type Result<T> = std::result::Result<T, DecodeError>;

pub(super) fn download(cursor: &mut Cursor) -> Result<Download> {
    const NEEDED: [&str; 10] = [
        "CommandKey",
        "FileType",
        "URL",
        "Username",
        "Password",
        "FileSize",
        "TargetFileName",
        "DelaySeconds",
        "SuccessURL",
        "FailureURL",
    ];
    let mut download = Download::default();
    cursor.fields(&NEEDED, |cursor, name| {
        match name {
            "CommandKey" => download.command_key = cursor.string()?,
            "FileType" => download.file_type = cursor.trimmed()?,
            "URL" => download.url = cursor.trimmed()?,
            "Username" => download.username = cursor.string()?,
            "Password" => download.password = cursor.string()?,
            "FileSize" => download.file_size = cursor.number()?,
            "TargetFileName" => download.target_file_name = cursor.trimmed()?,
            "DelaySeconds" => download.delay_seconds = cursor.number()?,
            "SuccessURL" => download.success_url = cursor.trimmed()?,
            "FailureURL" => download.failure_url = cursor.trimmed()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(download)
}

pub(super) fn upload(cursor: &mut Cursor) -> Result<Upload> {
    const NEEDED: [&str; 6] = ["CommandKey", "FileType", "URL", "Username", "Password", "DelaySeconds"];
    let mut upload = Upload::default();
    cursor.fields(&NEEDED, |cursor, name| {
        match name {
            "CommandKey" => upload.command_key = cursor.string()?,
            "FileType" => upload.file_type = cursor.trimmed()?,
            "URL" => upload.url = cursor.trimmed()?,
            "Username" => upload.username = cursor.string()?,
            "Password" => upload.password = cursor.string()?,
            "DelaySeconds" => upload.delay_seconds = cursor.number()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(upload)
}

pub(super) fn schedule_download(cursor: &mut Cursor) -> Result<ScheduleDownload> {
    const NEEDED: [&str; 8] =
        ["CommandKey", "FileType", "URL", "Username", "Password", "FileSize", "TargetFileName", "TimeWindowList"];
    let mut download = ScheduleDownload::default();
    cursor.fields(&NEEDED, |cursor, name| {
        match name {
            "CommandKey" => download.command_key = cursor.string()?,
            "FileType" => download.file_type = cursor.trimmed()?,
            "URL" => download.url = cursor.trimmed()?,
            "Username" => download.username = cursor.string()?,
            "Password" => download.password = cursor.string()?,
            "FileSize" => download.file_size = cursor.number()?,
            "TargetFileName" => download.target_file_name = cursor.trimmed()?,
            "TimeWindowList" => download.windows = lists::members(cursor, |cursor| time_window(cursor).map(Some))?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(download)
}

fn time_window(cursor: &mut Cursor) -> Result<TimeWindow> {
    let mut window = TimeWindow::default();
    cursor.fields(&["WindowStart", "WindowEnd", "WindowMode", "UserMessage", "MaxRetries"], |cursor, name| {
        match name {
            "WindowStart" => window.start = cursor.number()?,
            "WindowEnd" => window.end = cursor.number()?,
            "WindowMode" => window.mode = cursor.trimmed()?,
            "UserMessage" => window.user_message = cursor.string()?,
            "MaxRetries" => {
                let retries = values::signed(&cursor.text()?);
                if retries.is_none() {
                    cursor.warn(Warning::Value);
                }
                window.max_retries = retries.unwrap_or(0);
            }
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(window)
}

/// Without a readable `Status` it is 1: nothing counts as done that the CPE did not say is done.
pub(super) fn started(cursor: &mut Cursor) -> Result<TransferStarted> {
    let mut started = TransferStarted { status: 1, ..TransferStarted::default() };
    cursor.fields(&["Status", "StartTime", "CompleteTime"], |cursor, name| {
        match name {
            "Status" => {
                let status = values::number(&cursor.text()?);
                if status.is_none() {
                    cursor.warn(Warning::Value);
                }
                started.status = status.unwrap_or(1);
            }
            "StartTime" => started.start_time = cursor.trimmed()?,
            "CompleteTime" => started.complete_time = cursor.trimmed()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(started)
}

/// A `TransferList` of either kind; what the older one does not have stays empty.
pub(super) fn queue(cursor: &mut Cursor) -> Result<Vec<QueuedTransfer>> {
    lists::members(cursor, |cursor| {
        let mut transfer = QueuedTransfer::default();
        cursor.fields(&["CommandKey", "State"], |cursor, name| {
            match name {
                "CommandKey" => transfer.command_key = cursor.string()?,
                "State" => transfer.state = cursor.number()?,
                "IsDownload" => transfer.is_download = Some(cursor.boolean()?),
                "FileType" => transfer.file_type = cursor.trimmed()?,
                "FileSize" => transfer.file_size = cursor.number()?,
                "TargetFileName" => transfer.target_file_name = cursor.trimmed()?,
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        Ok(Some(transfer))
    })
}

/// The fault's parts are taken with the struct around them or without: devices leave it out.
pub(super) fn complete(cursor: &mut Cursor) -> Result<TransferComplete> {
    let mut transfer = TransferComplete::default();
    cursor.fields(&["CommandKey", "StartTime", "CompleteTime"], |cursor, name| {
        match name {
            "CommandKey" => transfer.command_key = cursor.string()?,
            "FaultStruct" => fault(cursor, &mut transfer.fault_code, &mut transfer.fault_string)?,
            "FaultCode" => transfer.fault_code = cursor.number()?,
            "FaultString" => transfer.fault_string = cursor.string()?,
            "StartTime" => transfer.start_time = cursor.trimmed()?,
            "CompleteTime" => transfer.complete_time = cursor.trimmed()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(transfer)
}

pub(super) fn autonomous_complete(cursor: &mut Cursor) -> Result<AutonomousTransferComplete> {
    const NEEDED: [&str; 8] = [
        "AnnounceURL",
        "TransferURL",
        "IsDownload",
        "FileType",
        "FileSize",
        "TargetFileName",
        "StartTime",
        "CompleteTime",
    ];
    let mut transfer = AutonomousTransferComplete::default();
    cursor.fields(&NEEDED, |cursor, name| {
        match name {
            "AnnounceURL" => transfer.announce_url = cursor.trimmed()?,
            "TransferURL" => transfer.transfer_url = cursor.trimmed()?,
            "IsDownload" => transfer.is_download = cursor.boolean()?,
            "FileType" => transfer.file_type = cursor.trimmed()?,
            "FileSize" => transfer.file_size = cursor.number()?,
            "TargetFileName" => transfer.target_file_name = cursor.trimmed()?,
            "FaultStruct" => fault(cursor, &mut transfer.fault_code, &mut transfer.fault_string)?,
            "FaultCode" => transfer.fault_code = cursor.number()?,
            "FaultString" => transfer.fault_string = cursor.string()?,
            "StartTime" => transfer.start_time = cursor.trimmed()?,
            "CompleteTime" => transfer.complete_time = cursor.trimmed()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(transfer)
}

/// `FaultStruct`, and `Fault` of the software modules.
pub(super) fn fault(cursor: &mut Cursor, code: &mut u32, text: &mut String) -> Result<()> {
    cursor.fields(&["FaultCode"], |cursor, name| {
        match name {
            "FaultCode" => *code = cursor.number()?,
            "FaultString" => *text = cursor.string()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })
}
