//! What open pages are told as it happens.

use super::Acs;
use crate::{Actor, Result};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use model::live::LiveMessage;
use model::{DeviceId, Permission};
use tokio::sync::broadcast::error::RecvError;

/// What a live stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveScope {
    /// Rows of all devices and states of all tasks (lists, home).
    Fleet,
    /// Everything about one device.
    Device(DeviceId),
}

impl LiveScope {
    fn covers(self, message: &LiveMessage) -> bool {
        match (self, message) {
            (_, LiveMessage::Missed)
            | (
                Self::Fleet,
                LiveMessage::Device { .. }
                | LiveMessage::NewDevice { .. }
                | LiveMessage::Task { .. }
                | LiveMessage::Campaign { .. }
                | LiveMessage::Files,
            ) => true,
            // A recording of nobody in particular belongs to no device's page.
            (Self::Fleet, LiveMessage::Trace { .. }) => message.device().is_none(),
            (Self::Fleet, _) => false,
            (Self::Device(id), message) => message.device() == Some(id),
        }
    }
}

impl Acs {
    /// Ends when the manager shuts down. A reader that is too slow gets [`LiveMessage::Missed`].
    pub async fn live(&self, actor: &Actor, scope: LiveScope) -> Result<BoxStream<'static, LiveMessage>> {
        match scope {
            LiveScope::Fleet => actor.require(Permission::DeviceRead)?,
            LiveScope::Device(id) => self.at(actor, Permission::DeviceRead, id).await?,
        }
        let (acs, actor) = (self.clone(), actor.clone());
        let receiver = self.inner.exchange.writing.bus.subscribe();
        let ending = self.inner.ending.subscribe();
        let begin = (receiver, ending, acs, actor);
        let stream = stream::unfold(begin, move |(mut receiver, mut ending, acs, actor)| async move {
            loop {
                let received = tokio::select! {
                    received = receiver.recv() => received,
                    _ = ending.wait_for(|ending| *ending) => return None,
                };
                let message = match received {
                    Ok(message) if scope.covers(&message) && acs.may_hear(&actor, &message).await => (*message).clone(),
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => LiveMessage::Missed,
                    Err(RecvError::Closed) => return None,
                };
                return Some((message, (receiver, ending, acs, actor)));
            }
        });
        Ok(stream.boxed())
    }
}
