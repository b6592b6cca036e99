//! What agents keep at hand. Everyone has their own; the system has none.

use super::Acs;
use crate::clock::now;
use crate::zones::zone_shift;
use crate::{AcsError, Actor, Result};
use model::desk::{Desk, DeskItem, Profile, Target};
use model::{AgentId, Permission};

/// Devices and people that were opened last, as far as they are shown.
const RECENT: usize = 10;

impl Acs {
    /// Pinned ones, and the last ten that the agent opened.
    pub async fn desk(&self, actor: &Actor) -> Result<Desk> {
        match reader(actor)? {
            Some(agent) => {
                let desk = self.inner.store.desk(agent, RECENT).await?;
                self.desk_within(actor, desk).await
            }
            None => Ok(Desk::default()),
        }
    }

    /// The agent opened the page of a device or a person.
    pub async fn note_opened(&self, actor: &Actor, target: Target) -> Result<()> {
        match reader(actor)? {
            Some(agent) if self.may_see(actor, target).await.is_ok() => {
                Ok(self.inner.store.opened(agent, target, now()).await?)
            }
            _ => Ok(()),
        }
    }

    /// Pins a device or a person for this agent, or lets go of it.
    pub async fn pin(&self, actor: &Actor, target: Target, on: bool) -> Result<()> {
        let Some(agent) = reader(actor)? else { return Ok(()) };
        self.may_see(actor, target).await?;
        match self.inner.store.pin(agent, target, on, now()).await {
            Err(store::StoreError::Conflict { .. }) => {
                let text = format!("There are {} pins already. Unpin one first.", store::PINS_MAX);
                Err(AcsError::Invalid(text))
            }
            done => Ok(done?),
        }
    }

    async fn may_see(&self, actor: &Actor, target: Target) -> Result<()> {
        match target {
            Target::Device(id) => self.at(actor, Permission::DeviceRead, id).await,
            Target::Subscriber(id) => self.about(actor, Permission::SubscriberRead, id).await,
        }
    }

    /// What was opened and pinned when it was the agent's, and is not any more, is left out.
    async fn desk_within(&self, actor: &Actor, mut desk: Desk) -> Result<Desk> {
        let Some(scope) = actor.scope() else { return Ok(desk) };
        let (mut devices, mut people) = (Vec::new(), Vec::new());
        for item in desk.pinned.iter().chain(&desk.recent) {
            match item.target() {
                Some(Target::Device(id)) => devices.push(id),
                Some(Target::Subscriber(id)) => people.push(id),
                None => {}
            }
        }
        let devices = self.inner.store.devices_in(scope, &devices).await?;
        let people = self.inner.store.subscribers_in(scope, &people).await?;
        let within = |item: &DeskItem| match item.target() {
            Some(Target::Device(id)) => devices.contains(&id),
            Some(Target::Subscriber(id)) => people.contains(&id),
            None => false,
        };
        desk.pinned.retain(within);
        desk.recent.retain(within);
        Ok(desk)
    }

    /// What the agent chose for the portal.
    pub async fn profile(&self, actor: &Actor) -> Result<Profile> {
        let Actor::Agent(agent) = actor else { return Ok(Profile::default()) };
        let stored = self.inner.store.profile(agent.id).await?;
        // What cannot be read, by another version say, is as it comes.
        Ok(serde_json::from_str::<Profile>(&stored).unwrap_or_default().checked())
    }

    pub async fn set_profile(&self, actor: &Actor, profile: &Profile) -> Result<()> {
        let Actor::Agent(agent) = actor else { return Ok(()) };
        let mut profile = profile.checked();
        profile.zone = profile.zone.filter(|zone| zone == Profile::UTC || zone_shift(zone, now()).is_some());
        let text = serde_json::to_string(&profile).map_err(|error| AcsError::Invalid(error.to_string()))?;
        Ok(self.inner.store.set_profile(agent.id, &text).await?)
    }
}

/// The agent who asks, if they may see devices and people.
fn reader(actor: &Actor) -> Result<Option<AgentId>> {
    actor.require(Permission::DeviceRead)?;
    actor.require(Permission::SubscriberRead)?;
    match actor {
        Actor::Agent(agent) => Ok(Some(agent.id)),
        Actor::Token(_) | Actor::System => Ok(None),
    }
}
