//! What is in whose part of the fleet. Where it is not, the answer is the same as for what does not exist.

use super::Acs;
use crate::{AcsError, Actor, Result};
use model::live::LiveMessage;
use model::note::NoteScope;
use model::{DeviceId, Permission, SubscriberId};

impl Acs {
    /// May the actor do this to this device? Every operation about one device begins with it.
    pub(super) async fn at(&self, actor: &Actor, permission: Permission, id: DeviceId) -> Result<()> {
        actor.require(permission)?;
        match actor.scope() {
            Some(scope) if !self.inner.store.device_is_in(scope, id).await? => Err(AcsError::NotFound("device")),
            _ => Ok(()),
        }
    }

    /// The same for one that may also be at nobody's line yet: a new router that is to be put at one.
    pub(super) async fn at_or_free(&self, actor: &Actor, permission: Permission, id: DeviceId) -> Result<()> {
        actor.require(permission)?;
        match actor.scope() {
            Some(scope) if !self.inner.store.device_is_in_or_free(scope, id).await? => {
                Err(AcsError::NotFound("device"))
            }
            _ => Ok(()),
        }
    }

    /// The same for a subscriber.
    pub(super) async fn about(&self, actor: &Actor, permission: Permission, id: SubscriberId) -> Result<()> {
        actor.require(permission)?;
        match actor.scope() {
            Some(scope) if !self.inner.store.subscriber_is_in(scope, id).await? => {
                Err(AcsError::NotFound("subscriber"))
            }
            _ => Ok(()),
        }
    }

    /// The same for what notes are about.
    pub(super) async fn beside(&self, actor: &Actor, permission: Permission, scope: NoteScope) -> Result<()> {
        match scope {
            NoteScope::Device(id) => self.at(actor, permission, id).await,
            NoteScope::Subscriber(id) => self.about(actor, permission, id).await,
        }
    }

    /// Those of these devices that the actor may see.
    pub(super) async fn those_of(&self, actor: &Actor, devices: Vec<DeviceId>) -> Result<Vec<DeviceId>> {
        match actor.scope() {
            Some(scope) => Ok(self.inner.store.devices_in(scope, &devices).await?),
            None => Ok(devices),
        }
    }

    /// Whether an actor may hear this. If it cannot be told, they may not.
    pub(super) async fn may_hear(&self, actor: &Actor, message: &LiveMessage) -> bool {
        match (actor.scope(), message.device()) {
            (None, _) => true,
            (Some(scope), Some(id)) => self.inner.store.device_is_in(scope, id).await.unwrap_or(false),
            (Some(_), None) => matches!(message, LiveMessage::Missed | LiveMessage::Files),
        }
    }
}
