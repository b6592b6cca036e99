//! Transfers: what is asked for, what is queued, what came of it.

use super::cursor::Cursor;
use super::{DecodeError, lists, values};
use crate::{
    AutonomousTransferComplete, Download, QueuedTransfer, ScheduleDownload, TimeWindow, TransferComplete,
    TransferStarted, Upload, Warning,
};

type Result<T> = std::result::Result<T, DecodeError>;

/// What every order of a transfer begins with: CommandKey, FileType, URL, Username, Password. Anything else is skipped.
fn ordered(cursor: &mut Cursor, name: &str, texts: [&mut String; 5]) -> Result<()> {
    let [command_key, file_type, url, username, password] = texts;
    match name {
        "CommandKey" => *command_key = cursor.string()?,
        "FileType" => *file_type = cursor.trimmed()?,
        "URL" => *url = cursor.trimmed()?,
        "Username" => *username = cursor.string()?,
        "Password" => *password = cursor.string()?,
        _ => cursor.skip()?,
    }
    Ok(())
}

/// How every report of a transfer ends: the fault, in its struct or without, and the two times. Anything else is skipped.
fn ended(cursor: &mut Cursor, name: &str, code: &mut u32, texts: [&mut String; 3]) -> Result<()> {
    let [fault_string, start_time, complete_time] = texts;
    match name {
        "FaultStruct" => fault(cursor, code, fault_string)?,
        "FaultCode" => *code = cursor.number()?,
        "FaultString" => *fault_string = cursor.string()?,
        "StartTime" => *start_time = cursor.trimmed()?,
        "CompleteTime" => *complete_time = cursor.trimmed()?,
        _ => cursor.skip()?,
    }
    Ok(())
}

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
        let Download {
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
        } = &mut download;
        match name {
            "FileSize" => *file_size = cursor.number()?,
            "TargetFileName" => *target_file_name = cursor.trimmed()?,
            "DelaySeconds" => *delay_seconds = cursor.number()?,
            "SuccessURL" => *success_url = cursor.trimmed()?,
            "FailureURL" => *failure_url = cursor.trimmed()?,
            _ => ordered(cursor, name, [command_key, file_type, url, username, password])?,
        }
        Ok(())
    })?;
    Ok(download)
}

pub(super) fn upload(cursor: &mut Cursor) -> Result<Upload> {
    const NEEDED: [&str; 6] = ["CommandKey", "FileType", "URL", "Username", "Password", "DelaySeconds"];
    let mut upload = Upload::default();
    cursor.fields(&NEEDED, |cursor, name| {
        let Upload { command_key, file_type, url, username, password, delay_seconds } = &mut upload;
        match name {
            "DelaySeconds" => *delay_seconds = cursor.number()?,
            _ => ordered(cursor, name, [command_key, file_type, url, username, password])?,
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
        let ScheduleDownload { command_key, file_type, url, username, password, file_size, target_file_name, windows } =
            &mut download;
        match name {
            "FileSize" => *file_size = cursor.number()?,
            "TargetFileName" => *target_file_name = cursor.trimmed()?,
            "TimeWindowList" => *windows = lists::members(cursor, |cursor| time_window(cursor).map(Some))?,
            _ => ordered(cursor, name, [command_key, file_type, url, username, password])?,
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
        let TransferComplete { command_key, fault_code, fault_string, start_time, complete_time } = &mut transfer;
        match name {
            "CommandKey" => *command_key = cursor.string()?,
            _ => ended(cursor, name, fault_code, [fault_string, start_time, complete_time])?,
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
        let AutonomousTransferComplete {
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
        } = &mut transfer;
        match name {
            "AnnounceURL" => *announce_url = cursor.trimmed()?,
            "TransferURL" => *transfer_url = cursor.trimmed()?,
            "IsDownload" => *is_download = cursor.boolean()?,
            "FileType" => *file_type = cursor.trimmed()?,
            "FileSize" => *file_size = cursor.number()?,
            "TargetFileName" => *target_file_name = cursor.trimmed()?,
            _ => ended(cursor, name, fault_code, [fault_string, start_time, complete_time])?,
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
