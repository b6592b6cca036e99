//! The audit log: appended to in one place, read by pages, walked to check it, shortened by age.

mod append;
mod chain;
mod list;
mod prune;
mod verify;

use crate::entity::audit::Model;
use model::Timestamp;
use model::audit::{AuditEntry, Origin, Target, Who};

/// An entry to be written. Secrets are masked already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAudit {
    pub at: Timestamp,
    pub who: Who,
    /// The word of a [`model::audit::Act`].
    pub act: String,
    pub target: Target,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: String,
    pub origin: Origin,
}

/// Characters of names and ids: they stand in indexes.
const NAME_MAX: usize = 300;

/// Text as it is stored: without NUL, and not without end.
fn bounded(text: &str, most: usize) -> String {
    let mut bounded: String = text.chars().filter(|c| *c != '\0').take(most).collect();
    if text.chars().filter(|c| *c != '\0').nth(most).is_some() {
        bounded.push_str(" … (cut off)");
    }
    bounded
}

#[cfg(any(test, feature = "testing"))]
impl crate::Store {
    /// From now on no entry can be written: for tests of what happens then.
    pub async fn break_audit(&self) -> Result<(), crate::StoreError> {
        use sea_orm::ConnectionTrait;
        self.0.write.execute_unprepared("ALTER TABLE audit RENAME TO audit_gone").await?;
        Ok(())
    }
}

fn entry(row: Model) -> AuditEntry {
    AuditEntry {
        id: row.id,
        at: Timestamp(row.at),
        who: Who { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
        act: row.act,
        target: Target { kind: row.target_kind, id: row.target_id, label: row.target_label },
        before: row.old_value,
        after: row.new_value,
        reason: row.reason,
        origin: Origin { address: row.address, user_agent: row.user_agent, session: row.session_kind },
        hash: hex::encode(row.hash),
    }
}
