//! What a device answers to the RPCs of the ACS (TR-069 A.3.2), and what they do to it.

use super::faults::Fault as Asked;
use super::state::{State, moment};
use crate::tree::SetError;
use cwmp::{AcsRequest, CpeMessage, CpeResponse, Fault, ParameterFault, ParameterValue};

/// The methods that a device can do: what GetRPCMethods lists, no more.
pub(crate) const METHODS: [&str; 10] = [
    "GetRPCMethods",
    "SetParameterValues",
    "GetParameterValues",
    "GetParameterNames",
    "SetParameterAttributes",
    "GetParameterAttributes",
    "AddObject",
    "DeleteObject",
    "Reboot",
    "FactoryReset",
];

/// Keys of the ACS are 32 characters at most.
const LONGEST_KEY: usize = 32;

/// What becomes of an RPC.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Message(CpeMessage),
    /// The connection is cut.
    Silence,
}

impl State {
    /// Carries out a request of the ACS, unless a fault was asked for.
    pub fn answer(&mut self, request: &AcsRequest, now: i64) -> Answer {
        let method = request.method();
        *self.stats.calls.entry(method.to_owned()).or_default() += 1;
        let concerns = |wanted: &Option<String>| wanted.as_deref().is_none_or(|wanted| wanted == method);
        let asked = self.faults.take(|fault| match fault {
            Asked::Answer { method, .. } | Asked::DropBefore { method } | Asked::DropAfter { method } => {
                concerns(method)
            }
            Asked::StatusOne => matches!(method, "SetParameterValues" | "AddObject" | "DeleteObject"),
            Asked::KeepOld => method == "SetParameterValues",
            Asked::IgnoreConnectionRequest | Asked::BusyConnectionRequest | Asked::DeafConnectionRequest => false,
        });
        match &asked {
            Some(Asked::DropBefore { .. }) => return Answer::Silence,
            Some(Asked::Answer { code, .. }) => {
                self.stats.faults += 1;
                return Answer::Message(CpeMessage::Fault(asked_for(*code, request)));
            }
            _ => {}
        }
        let status = u32::from(matches!(asked, Some(Asked::StatusOne)));
        let result = self.carry_out(request, status, matches!(asked, Some(Asked::KeepOld)), now);
        if matches!(asked, Some(Asked::DropAfter { .. })) {
            return Answer::Silence;
        }
        Answer::Message(match result {
            Ok(response) => CpeMessage::Response(response),
            Err(fault) => {
                self.stats.faults += 1;
                CpeMessage::Fault(fault)
            }
        })
    }

    fn carry_out(&mut self, request: &AcsRequest, status: u32, keep_old: bool, now: i64) -> Result<CpeResponse, Fault> {
        let code = Fault::standard;
        match request {
            AcsRequest::GetRpcMethods => {
                Ok(CpeResponse::GetRpcMethods { methods: METHODS.iter().map(ToString::to_string).collect() })
            }
            AcsRequest::GetParameterNames { path, next_level } => {
                let parameters = self.tree.names(moment!(self, now), path, *next_level).map_err(code)?;
                Ok(CpeResponse::GetParameterNames { parameters })
            }
            AcsRequest::GetParameterValues { names } => {
                let parameters = self.tree.read(moment!(self, now), names).map_err(code)?;
                Ok(CpeResponse::GetParameterValues { parameters })
            }
            AcsRequest::GetParameterAttributes { names } => {
                let parameters = self.tree.attributes(moment!(self, now), names).map_err(code)?;
                Ok(CpeResponse::GetParameterAttributes { parameters })
            }
            AcsRequest::SetParameterValues { values, parameter_key } => {
                self.set_values(values, parameter_key, keep_old, now)?;
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
                Ok(CpeResponse::AddObject { instance: Some(instance), status })
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
            _ => Err(Fault::standard(9000)),
        }
    }

    fn set_values(
        &mut self,
        values: &[ParameterValue],
        parameter_key: &str,
        keep_old: bool,
        now: i64,
    ) -> Result<(), Fault> {
        check_key(parameter_key)?;
        let names: Vec<_> = values.iter().map(|value| value.name.clone()).collect();
        if !keep_old {
            let url = self.setting("URL", now);
            self.tree.set(moment!(self, now), values).map_err(|error| match error {
                SetError::Call(code) => Fault::standard(code),
                SetError::Parameters(parameters) => Fault { parameters, ..Fault::standard(9003) },
            })?;
            self.after.new_acs |= self.setting("URL", now) != url;
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

/// A fault that a test asked for. Codes of parameters come as the standard wants them: 9003, and the code beside the name.
fn asked_for(code: u32, request: &AcsRequest) -> Fault {
    match request {
        AcsRequest::SetParameterValues { values, .. } if (9005..=9008).contains(&code) => {
            let first = values.first().map_or_else(String::new, |value| value.name.clone());
            let parameters = vec![ParameterFault { name: first, code, text: Fault::standard(code).text }];
            Fault { parameters, ..Fault::standard(9003) }
        }
        _ => Fault::standard(code),
    }
}
