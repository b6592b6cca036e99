//! What a device tells the ACS without having been asked (TR-069 A.3.3, A.4.2): somebody at the device makes it happen.

use super::outbox::Letter;
use super::state::State;
use crate::clock;
use cwmp::{AutonomousDuResult, AutonomousTransferComplete, CpeRequest, DuResult, EventCode};
use serde::Deserialize;

/// Something that a device is to tell, by its name in kebab-case: `{"report":"kicked","command":"login"}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub enum Report {
    /// Asks which methods the ACS has.
    GetRpcMethods,
    /// Asks for a file: `9 REQUEST DOWNLOAD`.
    RequestDownload {
        file_type: String,
        #[serde(default)]
        arguments: Vec<(String, String)>,
    },
    /// Somebody was sent away from a web page of the device: `5 KICKED`.
    Kicked {
        command: String,
        #[serde(default)]
        referer: String,
        #[serde(default)]
        arg: String,
        #[serde(default)]
        next: String,
    },
    /// A file was loaded or sent without the ACS: `10 AUTONOMOUS TRANSFER COMPLETE`.
    Transfer {
        url: String,
        file_type: String,
        download: bool,
        #[serde(default)]
        file_size: u32,
        /// 0: none.
        #[serde(default)]
        fault: u32,
    },
    /// A software module changed without the ACS: `12 AUTONOMOUS DU STATE CHANGE COMPLETE`.
    Module {
        uuid: String,
        version: String,
        /// `Install`, `Update` or `Uninstall`.
        operation: String,
        /// 0: none.
        #[serde(default)]
        fault: u32,
    },
    /// Calls a method that nobody defined.
    Unknown { method: String },
}

impl State {
    pub(super) fn report(&mut self, report: Report, now: i64) {
        let (request, event) = match report {
            Report::GetRpcMethods => (CpeRequest::GetRpcMethods, None),
            Report::Unknown { method } => (CpeRequest::Unknown { method }, None),
            Report::RequestDownload { file_type, arguments } => {
                (CpeRequest::RequestDownload { file_type, arguments }, Some(EventCode::RequestDownload))
            }
            Report::Kicked { command, referer, arg, next } => {
                (CpeRequest::Kicked { command, referer, arg, next }, Some(EventCode::Kicked))
            }
            Report::Transfer { url, file_type, download, file_size, fault } => {
                let complete = AutonomousTransferComplete {
                    announce_url: String::new(),
                    transfer_url: url,
                    is_download: download,
                    file_type,
                    file_size,
                    target_file_name: String::new(),
                    fault_code: fault,
                    fault_string: text(fault),
                    start_time: clock::date_time(now - 20_000),
                    complete_time: clock::date_time(now),
                };
                let event = EventCode::AutonomousTransferComplete;
                (CpeRequest::AutonomousTransferComplete(complete), Some(event))
            }
            Report::Module { uuid, version, operation, fault } => {
                let state = match (fault, operation.as_str()) {
                    (0, "Uninstall") => "Uninstalled",
                    (0, _) => "Installed",
                    _ => "Failed",
                };
                let result = DuResult {
                    uuid,
                    version,
                    current_state: state.to_owned(),
                    resolved: fault == 0,
                    start_time: clock::date_time(now - 20_000),
                    complete_time: clock::date_time(now),
                    fault_code: fault,
                    fault_string: text(fault),
                    ..DuResult::default()
                };
                let results = vec![AutonomousDuResult { result, operation }];
                let event = EventCode::AutonomousDuStateChangeComplete;
                (CpeRequest::AutonomousDuStateChangeComplete { results }, Some(event))
            }
        };
        let events: Vec<_> = event.into_iter().map(|event| (event, String::new())).collect();
        if events.is_empty() {
            // Nothing announces it: the device comes for it all the same.
            self.happen(EventCode::Periodic, "");
        }
        self.post(Letter::new(request, events));
    }
}

fn text(fault: u32) -> String {
    if fault == 0 { String::new() } else { cwmp::fault::text(fault).to_owned() }
}
