//! Software modules: operations on deployment units and their results.

use super::transfers::fault;
use super::writer::Writer;
use crate::{DuOperation, DuResult};

/// Repeated `Operations`, each with its type, because the declared one is abstract (A.4.1.10). Not an array.
pub(super) fn change(writer: &mut Writer, operations: &[DuOperation], command_key: &str) {
    writer.method("ChangeDUState", "", |writer| {
        for operation in operations {
            writer.raw("<Operations xsi:type=\"cwmp:");
            match operation {
                DuOperation::Install { url, uuid, username, password, execution_env_ref } => {
                    writer.raw("InstallOpStruct\">");
                    writer.leaf("URL", url);
                    writer.filled_leaves(&[
                        ("UUID", uuid),
                        ("Username", username),
                        ("Password", password),
                        ("ExecutionEnvRef", execution_env_ref),
                    ]);
                }
                DuOperation::Update { uuid, version, url, username, password } => {
                    writer.raw("UpdateOpStruct\">");
                    writer.filled_leaves(&[
                        ("UUID", uuid),
                        ("Version", version),
                        ("URL", url),
                        ("Username", username),
                        ("Password", password),
                    ]);
                }
                DuOperation::Uninstall { uuid, version, execution_env_ref } => {
                    writer.raw("UninstallOpStruct\">");
                    writer.leaf("UUID", uuid);
                    writer.filled_leaves(&[("Version", version), ("ExecutionEnvRef", execution_env_ref)]);
                }
            }
            writer.close("Operations");
        }
        writer.filled_leaves(&[("CommandKey", command_key)]);
    });
}

/// One `Results`; `operation` is `OperationPerformed` of an autonomous change.
pub(super) fn result(writer: &mut Writer, result: &DuResult, operation: Option<&str>) {
    writer.open("Results");
    writer.leaves(&[
        ("UUID", &result.uuid),
        ("DeploymentUnitRef", &result.deployment_unit_ref),
        ("Version", &result.version),
        ("CurrentState", &result.current_state),
    ]);
    writer.boolean("Resolved", result.resolved);
    writer.leaves(&[
        ("ExecutionUnitRefList", &result.execution_unit_refs),
        ("StartTime", &result.start_time),
        ("CompleteTime", &result.complete_time),
    ]);
    fault(writer, "Fault", result.fault_code, &result.fault_string);
    if let Some(operation) = operation {
        writer.leaf("OperationPerformed", operation);
    }
    writer.close("Results");
}
