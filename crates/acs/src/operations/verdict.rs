//! The rules of the verdict: what an operator decides of them.

use super::Acs;
use crate::audit::Entry;
use crate::{AcsError, Actor, Result};
use model::Permission;
use model::audit::{Act, Target};
use model::verdict::Decisions;
use std::sync::Arc;
use store::Store;

/// The setting that keeps the decisions, as JSON.
const SETTING: &str = "verdict";

/// The decisions as they are stored; none if they cannot be read, and the log says so.
pub(super) async fn stored(store: &Store) -> Result<Decisions> {
    let Some(text) = store.setting(SETTING).await? else { return Ok(Decisions::default()) };
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::error!(%error, "the rules of the verdict cannot be read; the product's own are used");
        Decisions::default()
    }))
}

impl Acs {
    /// What was decided of the rules; a rule that is not there is as the product has it.
    pub fn verdict_rules(&self, actor: &Actor) -> Result<Decisions> {
        actor.require(Permission::DeviceRead)?;
        Ok(Decisions::clone(&self.inner.decisions.read().expect("no panic while locked")))
    }

    /// Decides all rules anew; takes effect at once.
    pub async fn decide_verdict(&self, actor: &Actor, decisions: Decisions) -> Result<()> {
        actor.require(Permission::SettingsWrite)?;
        decisions.check().map_err(AcsError::Invalid)?;
        let text = serde_json::to_string(&decisions).map_err(AcsError::internal)?;
        let entry = Entry::new(Act::VerdictChanged, Target::new("setting", SETTING, "Verdict rules"));
        self.audit(actor, entry.before(self.verdict_rules(actor)?).after(&decisions)).await?;
        self.inner.store.set_setting(SETTING, &text).await?;
        *self.inner.decisions.write().expect("no panic while locked") = Arc::new(decisions);
        Ok(())
    }
}
