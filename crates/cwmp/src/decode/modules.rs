//! Software modules: operations on deployment units and their results.

use super::cursor::{Cursor, attribute};
use super::{DecodeError, transfers};
use crate::{AutonomousDuResult, DuOperation, Warning};

type Result<T> = std::result::Result<T, DecodeError>;

/// The operations of `ChangeDUState` and its `CommandKey`. An operation without a type that is known is dropped.
pub(super) fn change(cursor: &mut Cursor) -> Result<(Vec<DuOperation>, String)> {
    let (mut operations, mut command_key) = (Vec::new(), String::new());
    while let Some(field) = cursor.child()? {
        match field.local_name().as_ref() {
            "Operations" => {
                cursor.member()?;
                let kind = attribute(&field, "type").unwrap_or_default();
                let kind = kind.trim();
                match operation(cursor, kind.rsplit_once(':').map_or(kind, |(_, local)| local))? {
                    Some(operation) => operations.push(operation),
                    None => cursor.warn(Warning::Value),
                }
            }
            "CommandKey" => command_key = cursor.string()?,
            _ => cursor.skip()?,
        }
    }
    if operations.is_empty() {
        cursor.warn(Warning::Missing);
    }
    Ok((operations, command_key))
}

fn operation(cursor: &mut Cursor, kind: &str) -> Result<Option<DuOperation>> {
    let needed: &[&str] = match kind {
        "InstallOpStruct" => &["URL"],
        "UninstallOpStruct" => &["UUID"],
        _ => &[],
    };
    let (mut url, mut uuid, mut version) = (String::new(), String::new(), String::new());
    let (mut username, mut password, mut execution_env_ref) = (String::new(), String::new(), String::new());
    cursor.fields(needed, |cursor, name| {
        match name {
            "URL" => url = cursor.trimmed()?,
            "UUID" => uuid = cursor.trimmed()?,
            "Version" => version = cursor.trimmed()?,
            "Username" => username = cursor.string()?,
            "Password" => password = cursor.string()?,
            "ExecutionEnvRef" => execution_env_ref = cursor.trimmed()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(match kind {
        "InstallOpStruct" => Some(DuOperation::Install { url, uuid, username, password, execution_env_ref }),
        "UpdateOpStruct" => Some(DuOperation::Update { uuid, version, url, username, password }),
        "UninstallOpStruct" => Some(DuOperation::Uninstall { uuid, version, execution_env_ref }),
        _ => None,
    })
}

/// The results of `DUStateChangeComplete` and of the autonomous one, and the `CommandKey` of the former. They are
/// repeated `Results`; one `Results` with a struct for each is read as well.
pub(super) fn results(cursor: &mut Cursor) -> Result<(Vec<AutonomousDuResult>, String)> {
    let (mut results, mut command_key) = (Vec::new(), String::new());
    while let Some(field) = cursor.child()? {
        match field.local_name().as_ref() {
            "Results" => one_or_more(cursor, &mut results)?,
            "CommandKey" => command_key = cursor.string()?,
            _ => cursor.skip()?,
        }
    }
    if results.is_empty() {
        cursor.warn(Warning::Missing);
    }
    Ok((results, command_key))
}

/// What every result has.
const NEEDED: [&str; 9] = [
    "UUID",
    "DeploymentUnitRef",
    "Version",
    "CurrentState",
    "Resolved",
    "ExecutionUnitRefList",
    "StartTime",
    "CompleteTime",
    "Fault",
];

fn one_or_more(cursor: &mut Cursor, results: &mut Vec<AutonomousDuResult>) -> Result<()> {
    cursor.member()?;
    let mut result = AutonomousDuResult::default();
    let (mut own, mut inner) = (0usize, 0usize);
    while let Some(field) = cursor.child()? {
        let name = field.local_name();
        let name = name.as_ref();
        if matches!(name, "OpResultStruct" | "AutonOpResultStruct") {
            cursor.member()?;
            inner += 1;
            let mut result = AutonomousDuResult::default();
            cursor.fields(&NEEDED, |cursor, name| part(cursor, name, &mut result))?;
            results.push(result);
        } else {
            own += usize::from(NEEDED.contains(&name));
            part(cursor, name, &mut result)?;
        }
    }
    if own > 0 || inner == 0 {
        if own < NEEDED.len() {
            cursor.warn(Warning::Missing);
        }
        results.push(result);
    }
    Ok(())
}

fn part(cursor: &mut Cursor, name: &str, into: &mut AutonomousDuResult) -> Result<()> {
    let result = &mut into.result;
    match name {
        "UUID" => result.uuid = cursor.trimmed()?,
        "DeploymentUnitRef" => result.deployment_unit_ref = cursor.trimmed()?,
        "Version" => result.version = cursor.trimmed()?,
        "CurrentState" => result.current_state = cursor.trimmed()?,
        "Resolved" => result.resolved = cursor.boolean()?,
        "ExecutionUnitRefList" => result.execution_unit_refs = cursor.trimmed()?,
        "StartTime" => result.start_time = cursor.trimmed()?,
        "CompleteTime" => result.complete_time = cursor.trimmed()?,
        "Fault" | "FaultStruct" => transfers::fault(cursor, &mut result.fault_code, &mut result.fault_string)?,
        "FaultCode" => result.fault_code = cursor.number()?,
        "FaultString" => result.fault_string = cursor.string()?,
        "OperationPerformed" => into.operation = cursor.trimmed()?,
        _ => cursor.skip()?,
    }
    Ok(())
}
