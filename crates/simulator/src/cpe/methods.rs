//! Which methods a device knows: what GetRPCMethods lists, and what it answers fault 9000 to.

use super::faults::Fault;
use super::state::State;
use cwmp::AcsRequest;

/// Every device's (A.3.1, A.3.2, and Upload, FactoryReset and ScheduleInform of A.4.1).
const BASE: [&str; 13] = [
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
    "Download",
    "Upload",
    "ScheduleInform",
];
/// Of a first-generation device; deprecated.
const FIRST: [&str; 3] = ["GetQueuedTransfers", "GetOptions", "SetVouchers"];
/// Since CWMP 1.1.
const SECOND: [&str; 1] = ["GetAllQueuedTransfers"];
/// Since CWMP 1.2.
const THIRD: [&str; 2] = ["ScheduleDownload", "CancelTransfer"];

impl State {
    /// The vendor's own method: it answers with what it was given.
    pub(super) fn echo_method(&self) -> String {
        format!("X_{}_Echo", self.tree.model().oui)
    }

    /// The methods of this device, as far as faults leave them.
    pub(super) fn methods(&self) -> Vec<String> {
        let namespace = self.tree.model().namespace.as_str();
        let (first, second) = (namespace.ends_with("-1-0"), namespace.ends_with("-1-1"));
        let mut methods: Vec<String> = BASE.iter().map(ToString::to_string).collect();
        let more: &[&str] = if first { &FIRST } else { &SECOND };
        methods.extend(more.iter().map(ToString::to_string));
        if !first && !second {
            methods.extend(THIRD.iter().map(ToString::to_string));
        }
        if self.has_modules() {
            methods.push("ChangeDUState".to_owned());
        }
        methods.push(self.echo_method());
        methods.retain(|method| !self.lacks(method));
        methods
    }

    fn lacks(&self, method: &str) -> bool {
        self.faults.any(|fault| matches!(fault, Fault::Without { method: without } if without == method))
    }

    pub(super) fn knows(&self, request: &AcsRequest) -> bool {
        let method = request.method();
        self.methods().iter().any(|known| known == method)
    }
}
