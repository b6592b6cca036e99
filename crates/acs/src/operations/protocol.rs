//! How to talk with a device: what was learnt, what an operator decided, a new start for one that is stuck.

use super::Acs;
use crate::audit::Entry;
use crate::learning::{Learning, overrides, sentences};
use crate::session::Capabilities;
use crate::{AcsError, Actor, Result};
use model::audit::Act;
use model::device::Overrides;
use model::protocol::{Forget, ProtocolView};
use model::{DeviceId, Permission};
use std::sync::Arc;
use store::{DevicePatch, Write};

impl Acs {
    /// What is known of how to talk with a device.
    pub async fn protocol(&self, actor: &Actor, id: DeviceId) -> Result<ProtocolView> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let record = self.record(id).await?;
        let model = sentences(&self.inner.exchange.learning.of_model(&record));
        let learnt = Learning::of_device(&record);
        let mut device = sentences(&learnt);
        device.retain(|sentence| !model.contains(sentence));
        Ok(ProtocolView {
            overrides: overrides(&record),
            device,
            model,
            methods: learnt.methods.iter().cloned().collect(),
            pauses: learnt.patience.view(),
        })
    }

    /// Decides how to talk with a device; takes effect at once, the writing of messages in its next session.
    pub async fn decide(&self, actor: &Actor, id: DeviceId, overrides: &Overrides) -> Result<()> {
        self.at(actor, Permission::DeviceManage, id).await?;
        overrides.check().map_err(|rule| AcsError::Invalid(rule.to_owned()))?;
        let text = if overrides.is_empty() {
            String::new()
        } else {
            serde_json::to_string(overrides).map_err(AcsError::internal)?
        };
        let before = crate::learning::overrides(&self.record(id).await?);
        let entry = Entry::new(Act::OverridesDecided, self.device_target(id).await?);
        self.audit(actor, entry.before(before).after(overrides)).await?;
        let decided = Arc::new(overrides.clone());
        let patch = DevicePatch { overrides: Some(text), ..DevicePatch::default() };
        self.change_learnt(id, patch, |learnt| learnt.decided = decided).await
    }

    /// Forgets what was learnt about a device; what an operator decided stays.
    pub async fn forget(&self, actor: &Actor, id: DeviceId, what: Forget) -> Result<()> {
        self.at(actor, Permission::DeviceManage, id).await?;
        let said = if what == Forget::Model { "model" } else { "device" };
        self.audit(actor, Entry::new(Act::LearntForgotten, self.device_target(id).await?).after(said)).await?;
        if what == Forget::Model {
            let record = self.record(id).await?;
            self.inner.exchange.learning.forget_model(&record).await;
        }
        let again = |learnt: &mut Capabilities| {
            let decided = Arc::clone(&learnt.decided);
            *learnt = Capabilities { decided, firmware: learnt.firmware.clone(), ..Capabilities::default() };
        };
        self.change_learnt(id, DevicePatch { stuck: Some(None), ..DevicePatch::default() }, again).await
    }

    /// Gives a device that is stuck a new start: all that failed is tried again from its next session on. It is
    /// woken if a task waits for it.
    pub async fn try_again(&self, actor: &Actor, id: DeviceId) -> Result<()> {
        self.at(actor, Permission::DeviceRefresh, id).await?;
        self.audit(actor, Entry::new(Act::DeviceRetried, self.device_target(id).await?)).await?;
        let patch = DevicePatch { stuck: Some(None), ..DevicePatch::default() };
        self.change_learnt(id, patch, |learnt| learnt.patience.clear()).await?;
        self.wake(id);
        Ok(())
    }

    /// Changes what is known of a device, where it is kept and in the session that it may be in.
    async fn change_learnt(
        &self,
        id: DeviceId,
        mut patch: DevicePatch,
        change: impl FnOnce(&mut Capabilities),
    ) -> Result<()> {
        let exchange = &self.inner.exchange;
        let entry = exchange.devices.get(id).await?.ok_or(AcsError::NotFound("device"))?;
        // No session opens meanwhile with what was known before.
        let _no_other = entry.opening.lock().await;
        let quirks = if let Some(live) = exchange.sessions.of_device(id) {
            let mut engine = live.engine.lock().await;
            change(&mut engine.learnt);
            engine.learnt.to_json()
        } else {
            let mut learnt = Learning::of_device(&entry.record());
            change(&mut learnt);
            learnt.to_json()
        };
        patch.quirks = Some(quirks);
        exchange.writing.commit(vec![Write::Device { id, patch }]).await?;
        Ok(())
    }
}
