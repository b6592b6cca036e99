//! Watching the protocol of one device.

use super::Acs;
use crate::clock::now;
use crate::trace::Known;
use crate::{AcsError, Actor, Result};
use model::Permission;
use model::protocol::{TraceExchange, TraceKey, TraceView};

impl Acs {
    /// Records what goes over the line for some minutes (1 to 60), or longer if that is running already. Kept in
    /// memory until it is thrown away, crowded out by later ones, or Lastmile stops.
    pub async fn start_trace(&self, actor: &Actor, key: &TraceKey, minutes: u16) -> Result<TraceView> {
        actor.require(Permission::DeviceManage)?;
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
        self.inner.exchange.trace.start(key, known, actor.name(), minutes, now())
    }

    /// What was recorded so far is kept.
    pub fn stop_trace(&self, actor: &Actor, key: &TraceKey) -> Result<()> {
        actor.require(Permission::DeviceManage)?;
        self.inner.exchange.trace.stop(key, now());
        Ok(())
    }

    /// Ends a recording and throws it away.
    pub fn discard_trace(&self, actor: &Actor, key: &TraceKey) -> Result<()> {
        actor.require(Permission::DeviceManage)?;
        self.inner.exchange.trace.discard(key, now());
        Ok(())
    }

    /// `None`: nothing was recorded.
    pub fn trace(&self, actor: &Actor, key: &TraceKey) -> Result<Option<TraceView>> {
        actor.require(Permission::DeviceManage)?;
        Ok(self.inner.exchange.trace.view(key))
    }

    /// All recordings without their sessions, newest first.
    pub fn traces(&self, actor: &Actor) -> Result<Vec<TraceView>> {
        actor.require(Permission::DeviceManage)?;
        Ok(self.inner.exchange.trace.list())
    }

    pub fn trace_exchange(&self, actor: &Actor, key: &TraceKey, number: u32) -> Result<TraceExchange> {
        actor.require(Permission::DeviceManage)?;
        self.inner.exchange.trace.exchange(key, number).ok_or(AcsError::NotFound("exchange"))
    }

    /// The whole recording as text.
    pub fn trace_text(&self, actor: &Actor, key: &TraceKey) -> Result<String> {
        actor.require(Permission::DeviceManage)?;
        self.inner.exchange.trace.text(key).ok_or(AcsError::NotFound("recording"))
    }
}
