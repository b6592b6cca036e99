//! Watching the protocol of one device.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::trace::Known;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::protocol::{TraceExchange, TraceKey, TraceView};
use model::{DeviceId, Permission};

impl Acs {
    /// Records what goes over the line for some minutes (1 to 60), or longer if that is running already. Kept in
    /// memory until it is thrown away, crowded out by later ones, or Lastmile stops.
    pub async fn start_trace(&self, actor: &Actor, key: &TraceKey, minutes: u16) -> Result<TraceView> {
        self.may_watch(actor, key).await?;
        let known = match key {
            TraceKey::Device(id) => {
                let record = self.record(*id).await?;
                Known { serial: Some(record.identity.serial), address: record.address.parse().ok() }
            }
            TraceKey::Serial(serial) if serial.trim().is_empty() || serial.chars().count() > TraceKey::SERIAL => {
                return Err(AcsError::Invalid("A serial number has between 1 and 128 characters.".to_owned()));
            }
            TraceKey::Serial(_) | TraceKey::Address(_) => Known::default(),
        };
        let entry = Entry::new(Act::TraceStarted, target(key)).after(serde_json::json!({ "minutes": minutes }));
        self.audit(actor, entry).await?;
        self.inner.exchange.trace.start(key, known, actor.name(), minutes, now())
    }

    /// What was recorded so far is kept.
    pub async fn stop_trace(&self, actor: &Actor, key: &TraceKey) -> Result<()> {
        self.may_watch(actor, key).await?;
        self.audit(actor, Entry::new(Act::TraceStopped, target(key))).await?;
        self.inner.exchange.trace.stop(key, now());
        Ok(())
    }

    /// Ends a recording and throws it away.
    pub async fn discard_trace(&self, actor: &Actor, key: &TraceKey) -> Result<()> {
        self.may_watch(actor, key).await?;
        self.audit(actor, Entry::new(Act::TraceDiscarded, target(key))).await?;
        self.inner.exchange.trace.discard(key, now());
        Ok(())
    }

    /// `None`: nothing was recorded.
    pub async fn trace(&self, actor: &Actor, key: &TraceKey) -> Result<Option<TraceView>> {
        self.may_watch(actor, key).await?;
        Ok(self.inner.exchange.trace.view(key))
    }

    /// All recordings without their sessions, newest first.
    pub async fn traces(&self, actor: &Actor) -> Result<Vec<TraceView>> {
        actor.require(Permission::DeviceManage)?;
        let mut traces = self.inner.exchange.trace.list();
        if let Some(scope) = actor.scope() {
            let devices: Vec<_> = traces.iter().filter_map(|trace| device(&trace.key)).collect();
            let seen = self.inner.store.devices_in(scope, &devices).await?;
            traces.retain(|trace| device(&trace.key).is_some_and(|id| seen.contains(&id)));
        }
        Ok(traces)
    }

    pub async fn trace_exchange(&self, actor: &Actor, key: &TraceKey, number: u32) -> Result<TraceExchange> {
        self.may_watch(actor, key).await?;
        self.inner.exchange.trace.exchange(key, number).ok_or(AcsError::NotFound("exchange"))
    }

    /// The whole recording as text.
    pub async fn trace_text(&self, actor: &Actor, key: &TraceKey) -> Result<String> {
        self.may_watch(actor, key).await?;
        let text = self.inner.exchange.trace.text(key).ok_or(AcsError::NotFound("recording"))?;
        self.audit(actor, Entry::new(Act::TraceDownloaded, target(key))).await?;
        Ok(text)
    }

    /// Who sees a part of the fleet watches its devices, and nothing that comes by serial number or address: it may be
    /// anybody's.
    async fn may_watch(&self, actor: &Actor, key: &TraceKey) -> Result<()> {
        match device(key) {
            Some(id) => self.at(actor, Permission::DeviceManage, id).await,
            None if actor.scope().is_some() => Err(AcsError::Denied(Permission::DeviceManage)),
            None => actor.require(Permission::DeviceManage),
        }
    }
}

fn device(key: &TraceKey) -> Option<DeviceId> {
    match key {
        TraceKey::Device(id) => Some(*id),
        TraceKey::Serial(_) | TraceKey::Address(_) => None,
    }
}

fn target(key: &TraceKey) -> Target {
    match key {
        TraceKey::Device(id) => Target::new("device", id, ""),
        key => Target::new("recording", key.slug(), ""),
    }
}
