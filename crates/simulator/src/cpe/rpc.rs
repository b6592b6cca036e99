//! What a device answers to the RPCs of the ACS (TR-069 A.3.2, A.4.1), and what they do to it.

use super::faults::Fault as Asked;
use super::state::{State, moment};
use super::transfers::Inline;
use crate::clock::{self, UNKNOWN_TIME};
use crate::tree::SetError;
use cwmp::{
    AcsRequest, CpeMessage, CpeOption, CpeResponse, Fault, ParameterFault, ParameterValue, TransferStarted, ValueType,
};

/// Keys of the ACS are 32 characters at most.
const LONGEST_KEY: usize = 32;

/// What becomes of an RPC.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Message(CpeMessage),
    /// The transfer with this number is carried out first; [`State::started`] then says what to answer.
    Transfer(u64, Inline),
    /// The connection is cut.
    Silence,
    /// Nothing comes, and the connection stays open.
    Hang,
}

impl State {
    /// Carries out a request of the ACS, unless a fault was asked for.
    pub fn answer(&mut self, request: &AcsRequest, now: i64) -> Answer {
        let method = request.method();
        *self.stats.calls.entry(method.to_owned()).or_default() += 1;
        let asked = self.asked_for(request, now);
        match &asked {
            Some(
                Asked::DropBefore { .. } | Asked::CloseOnUnknown | Asked::DieOnPartialPaths | Asked::DieOnUnknownNames,
            ) => return Answer::Silence,
            Some(Asked::Hang { .. }) => return Answer::Hang,
            Some(Asked::RebootInSession { .. }) => {
                self.restart(now);
                return Answer::Silence;
            }
            Some(Asked::WrongResponse { .. }) => {
                let other = if method == "FactoryReset" { CpeResponse::Reboot } else { CpeResponse::FactoryReset };
                return Answer::Message(CpeMessage::Response(other));
            }
            Some(Asked::Answer { code, .. }) => {
                self.stats.faults += 1;
                return Answer::Message(CpeMessage::Fault(asked_fault(*code, request)));
            }
            _ => {}
        }
        let result =
            if self.knows(request) { self.carry_out(request, asked.as_ref(), now) } else { Err(Fault::standard(9000)) };
        if matches!(asked, Some(Asked::DropAfter { .. })) {
            return Answer::Silence;
        }
        if result.is_ok()
            && let Some((id, inline)) = self.inline
        {
            return Answer::Transfer(id, inline);
        }
        Answer::Message(match result {
            Ok(response) => CpeMessage::Response(response),
            Err(fault) => {
                self.stats.faults += 1;
                CpeMessage::Fault(fault)
            }
        })
    }

    /// The fault that concerns a request, counted as having happened.
    fn asked_for(&mut self, request: &AcsRequest, now: i64) -> Option<Asked> {
        let method = request.method();
        let concerns = |wanted: &Option<String>| wanted.as_deref().is_none_or(|wanted| wanted == method);
        let unknown = !self.knows(request);
        let names: &[String] = match request {
            AcsRequest::GetParameterValues { names } | AcsRequest::GetParameterAttributes { names } => names,
            _ => &[],
        };
        let partial = names.iter().any(|name| name.is_empty() || name.ends_with('.'));
        let missing = !names.is_empty() && self.tree.read(moment!(self, now), names).is_err();
        let adds = method == "AddObject";
        self.faults.take(|fault| match fault {
            Asked::Answer { method, .. }
            | Asked::DropBefore { method }
            | Asked::DropAfter { method }
            | Asked::Hang { method }
            | Asked::RebootInSession { method }
            | Asked::WrongResponse { method } => concerns(method),
            Asked::StatusOne => matches!(method, "SetParameterValues" | "AddObject" | "DeleteObject"),
            Asked::KeepOld | Asked::Normalise => method == "SetParameterValues",
            Asked::NoInstanceNumber => adds,
            Asked::CloseOnUnknown => unknown,
            Asked::DieOnPartialPaths => partial,
            Asked::DieOnUnknownNames => missing,
            Asked::TransferAtOnce => matches!(method, "Download" | "Upload"),
            Asked::TransferCompleteInSession => matches!(method, "Download" | "Upload"),
            _ => false,
        })
    }

    fn carry_out(&mut self, request: &AcsRequest, asked: Option<&Asked>, now: i64) -> Result<CpeResponse, Fault> {
        let code = Fault::standard;
        let status = u32::from(matches!(asked, Some(Asked::StatusOne)));
        match request {
            AcsRequest::GetRpcMethods => Ok(CpeResponse::GetRpcMethods { methods: self.methods() }),
            AcsRequest::GetParameterNames { path, next_level } => {
                let parameters = self.tree.names(moment!(self, now), path, *next_level).map_err(code)?;
                Ok(CpeResponse::GetParameterNames { parameters })
            }
            AcsRequest::GetParameterValues { names } => {
                let telling = self.faults.any(|fault| *fault == Asked::TellsPasswords);
                let parameters = self.tree.read_as(moment!(self, now), names, telling).map_err(code)?;
                Ok(CpeResponse::GetParameterValues { parameters })
            }
            AcsRequest::GetParameterAttributes { names } => {
                let parameters = self.tree.attributes(moment!(self, now), names).map_err(code)?;
                Ok(CpeResponse::GetParameterAttributes { parameters })
            }
            AcsRequest::SetParameterValues { values, parameter_key } => {
                self.set_values(values, parameter_key, asked, now)?;
                Ok(CpeResponse::SetParameterValues { status })
            }
            AcsRequest::SetParameterAttributes { attributes } => {
                self.tree.set_attributes(moment!(self, now), attributes).map_err(code)?;
                self.known(None, now);
                self.stats.remember("SetParameterAttributes", "", attributes.iter().map(|a| a.name.clone()).collect());
                Ok(CpeResponse::SetParameterAttributes)
            }
            AcsRequest::AddObject { object, parameter_key } => {
                check_key(parameter_key)?;
                let instance = self.tree.add(moment!(self, now), object).map_err(code)?;
                self.stats.adds += 1;
                self.stats.remember("AddObject", parameter_key, vec![format!("{object}{instance}.")]);
                self.keep_key(parameter_key, now);
                let told = !matches!(asked, Some(Asked::NoInstanceNumber));
                Ok(CpeResponse::AddObject { instance: told.then_some(instance), status })
            }
            AcsRequest::DeleteObject { object, parameter_key } => {
                check_key(parameter_key)?;
                self.tree.delete(moment!(self, now), object).map_err(code)?;
                self.stats.deletes += 1;
                self.stats.remember("DeleteObject", parameter_key, vec![object.clone()]);
                self.keep_key(parameter_key, now);
                Ok(CpeResponse::DeleteObject { status })
            }
            AcsRequest::Reboot { command_key } => {
                check_key(command_key)?;
                self.after.reboots.push(command_key.clone());
                self.stats.remember("Reboot", command_key, Vec::new());
                Ok(CpeResponse::Reboot)
            }
            AcsRequest::FactoryReset => {
                self.after.factory_reset = true;
                self.stats.factory_resets += 1;
                self.stats.remember("FactoryReset", "", Vec::new());
                Ok(CpeResponse::FactoryReset)
            }
            AcsRequest::ScheduleInform { delay_seconds, command_key } => {
                check_key(command_key)?;
                if *delay_seconds == 0 {
                    return Err(Fault::standard(9003));
                }
                self.scheduled.push((now + self.pace.ordered_millis(*delay_seconds), command_key.clone()));
                self.stats.remember("ScheduleInform", command_key, Vec::new());
                Ok(CpeResponse::ScheduleInform)
            }
            AcsRequest::Download(download) => {
                let id = self.download(download, now)?;
                self.stats.remember("Download", &download.command_key, vec![download.url.clone()]);
                Ok(CpeResponse::Download(self.begin(id, asked)))
            }
            AcsRequest::Upload(upload) => {
                let id = self.upload(upload, now)?;
                self.stats.remember("Upload", &upload.command_key, vec![upload.url.clone()]);
                Ok(CpeResponse::Upload(self.begin(id, asked)))
            }
            AcsRequest::ScheduleDownload(download) => {
                self.schedule_download(download, now)?;
                self.stats.remember("ScheduleDownload", &download.command_key, vec![download.url.clone()]);
                Ok(CpeResponse::ScheduleDownload)
            }
            AcsRequest::CancelTransfer { command_key } => {
                self.cancel(command_key)?;
                self.stats.remember("CancelTransfer", command_key, Vec::new());
                Ok(CpeResponse::CancelTransfer)
            }
            AcsRequest::GetQueuedTransfers => {
                Ok(CpeResponse::GetQueuedTransfers { transfers: self.transfers.listed() })
            }
            AcsRequest::GetAllQueuedTransfers => {
                Ok(CpeResponse::GetAllQueuedTransfers { transfers: self.transfers.listed() })
            }
            AcsRequest::ChangeDuState { operations, command_key } => {
                self.change_modules(operations, command_key)?;
                self.stats.remember("ChangeDUState", command_key, Vec::new());
                Ok(CpeResponse::ChangeDuState)
            }
            AcsRequest::SetVouchers { .. } => {
                self.stats.remember("SetVouchers", "", Vec::new());
                Ok(CpeResponse::SetVouchers)
            }
            AcsRequest::GetOptions { name } => Ok(CpeResponse::GetOptions { options: options(name)? }),
            AcsRequest::Vendor { method, body } => {
                self.stats.remember("Vendor", "", vec![method.clone()]);
                Ok(CpeResponse::Unknown { method: method.clone(), body: body.clone() })
            }
            AcsRequest::Unknown { .. } => Err(Fault::standard(9000)),
        }
    }

    /// A transfer was queued; faults may want it done before the answer.
    fn begin(&mut self, id: u64, asked: Option<&Asked>) -> TransferStarted {
        self.inline = match asked {
            Some(Asked::TransferAtOnce) => Some((id, Inline::AtOnce)),
            Some(Asked::TransferCompleteInSession) => Some((id, Inline::InSession)),
            _ => None,
        };
        TransferStarted { status: 1, start_time: UNKNOWN_TIME.to_owned(), complete_time: UNKNOWN_TIME.to_owned() }
    }

    /// What to answer to the RPC of a transfer that was carried out first. `fault` is 0 for none.
    pub fn started(&mut self, method: &str, inline: Inline, fault: u32, began: i64, now: i64) -> CpeMessage {
        let started = match (inline, fault) {
            (Inline::AtOnce, 0) => {
                TransferStarted { status: 0, start_time: clock::date_time(began), complete_time: clock::date_time(now) }
            }
            (Inline::AtOnce, code) => {
                self.stats.faults += 1;
                return CpeMessage::Fault(Fault::standard(code));
            }
            (Inline::InSession, _) => self.begin(0, None),
        };
        CpeMessage::Response(if method == "Upload" {
            CpeResponse::Upload(started)
        } else {
            CpeResponse::Download(started)
        })
    }

    fn set_values(
        &mut self,
        values: &[ParameterValue],
        parameter_key: &str,
        asked: Option<&Asked>,
        now: i64,
    ) -> Result<(), Fault> {
        check_key(parameter_key)?;
        let names: Vec<_> = values.iter().map(|value| value.name.clone()).collect();
        Self::check_diagnostics(values)?;
        if asked != Some(&Asked::KeepOld) {
            let url = self.setting("URL", now);
            let mut values = values.to_vec();
            if asked == Some(&Asked::Normalise) {
                for value in values.iter_mut().filter(|value| value.value_type == ValueType::String) {
                    value.value = value.value.trim().to_uppercase();
                }
            }
            self.tree.set(moment!(self, now), &values).map_err(|error| match error {
                SetError::Call(code) => Fault::standard(code),
                SetError::Parameters(parameters) => Fault { parameters, ..Fault::standard(9003) },
            })?;
            self.after.new_acs |= self.setting("URL", now) != url;
            self.diagnostics_set(&names, now);
            self.known(Some(&names), now);
            self.stats.writes += 1;
        }
        self.stats.remember("SetParameterValues", parameter_key, names);
        self.keep_key(parameter_key, now);
        Ok(())
    }

    fn keep_key(&mut self, key: &str, now: i64) {
        let path = self.management("ParameterKey");
        self.tree.put(moment!(self, now), &path, key);
    }
}

fn check_key(key: &str) -> Result<(), Fault> {
    if key.chars().count() > LONGEST_KEY { Err(Fault::standard(9003)) } else { Ok(()) }
}

/// The one option of a first-generation device: all, or that of a name.
fn options(name: &str) -> Result<Vec<CpeOption>, Fault> {
    let option = CpeOption {
        name: "VPN".to_owned(),
        voucher_serial: 7,
        state: 1,
        mode: 2,
        start_date: "2026-01-01T00:00:00Z".to_owned(),
        expiration_date: String::new(),
        transferable: false,
    };
    match name {
        "" | "VPN" => Ok(vec![option]),
        _ => Err(Fault::standard(9003)),
    }
}

/// A fault that a test asked for. Codes of parameters come as the standard wants them: 9003, and the code beside the name.
fn asked_fault(code: u32, request: &AcsRequest) -> Fault {
    match request {
        AcsRequest::SetParameterValues { values, .. } if (9005..=9008).contains(&code) => {
            let first = values.first().map_or_else(String::new, |value| value.name.clone());
            let parameters = vec![ParameterFault { name: first, code, text: Fault::standard(code).text }];
            Fault { parameters, ..Fault::standard(9003) }
        }
        _ => Fault::standard(code),
    }
}
