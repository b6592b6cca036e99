//! What a task does, as a column.
//!
//! Kinds that carry values are sealed. The tag stays readable as the first member of the JSON, because lists are filtered
//! by it: `{"kind":"set_values","sealed":"lm1.…"}`.

use super::{TASK_KIND, Vault};
use crate::error::StoreError;
use crate::sql::clean;
use crate::task::json;
use model::TaskId;
use model::task::TaskKind;
use serde::Deserialize;

const HEAD: &str = "{\"kind\":\"";
const SEALED: &str = "\",\"sealed\":\"";

#[derive(Deserialize)]
struct Sealed {
    sealed: String,
}

/// Whether it may hold a password, or anything else that a person typed for a device.
pub fn carries(kind: &TaskKind) -> bool {
    matches!(
        kind,
        TaskKind::SetValues { .. }
            | TaskKind::AddObject { .. }
            | TaskKind::FactoryReset { .. }
            | TaskKind::ChangeModules { .. }
            | TaskKind::SetVouchers { .. }
            | TaskKind::Vendor { .. }
            | TaskKind::Diagnose { .. }
    )
}

pub fn kind_column(vault: &Vault, id: TaskId, kind: &TaskKind) -> Result<String, StoreError> {
    let plain = json(kind)?;
    if !carries(kind) || !vault.is_open() {
        return Ok(plain);
    }
    Ok(sealed(vault, id.0, &plain).unwrap_or(plain))
}

/// `None` if the text is no JSON of a task.
fn sealed(vault: &Vault, id: i64, plain: &str) -> Option<String> {
    let tag = plain.strip_prefix(HEAD)?.split('"').next()?;
    Some(format!("{HEAD}{tag}{SEALED}{}\"}}", vault.seal_text(TASK_KIND, id, plain)))
}

/// The JSON of the kind.
pub fn open_kind(vault: &Vault, id: i64, stored: &str) -> Result<String, StoreError> {
    match inside(stored) {
        Some(text) => vault.open_text(TASK_KIND, id, &text),
        None => Ok(stored.to_owned()),
    }
}

fn inside(stored: &str) -> Option<String> {
    let (_, rest) = stored.strip_prefix(HEAD)?.split_once('"')?;
    if !rest.starts_with(&SEALED[1..]) {
        return None;
    }
    serde_json::from_str::<Sealed>(stored).ok().map(|sealed| sealed.sealed)
}

/// The column anew, if it is not under the current key.
pub fn resealed(vault: &Vault, id: i64, stored: &str) -> Result<Option<String>, StoreError> {
    if let Some(text) = inside(stored) {
        if !vault.is_stale_text(&text) {
            return Ok(None);
        }
        return Ok(sealed(vault, id, &vault.open_text(TASK_KIND, id, &text)?));
    }
    // What cannot be read is left alone, as ever.
    let kind = serde_json::from_str::<TaskKind>(stored).ok();
    Ok(kind.filter(carries).and_then(|_| sealed(vault, id, &clean(stored))))
}
