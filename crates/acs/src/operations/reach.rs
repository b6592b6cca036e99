//! Waking devices: what the process brings to it.

use super::Acs;
use crate::audit::Entry;
use crate::{AcsError, Actor, Result};
use model::audit::Act;
use model::{DeviceId, Permission};
use tokio::net::UdpSocket;

impl Acs {
    /// Serves STUN on this socket while the process runs, and sends UDP connection requests from it. Needs
    /// [`crate::ReachSettings::stun`]; call it once.
    pub fn serve_stun(&self, socket: UdpSocket) {
        let reach = self.inner.exchange.reach.clone();
        tokio::spawn(reach.serve_stun(socket, self.inner.ending.subscribe()));
    }

    /// The account that a device is given on the XMPP server for devices: local part of its address, and password.
    pub async fn xmpp_account(&self, actor: &Actor, id: DeviceId) -> Result<(String, String)> {
        self.at(actor, Permission::AgentManage, id).await?;
        self.inner.store.device(id).await?.ok_or(AcsError::NotFound("device"))?;
        self.audit(actor, Entry::new(Act::AccountShown, self.device_target(id).await?)).await?;
        Ok(self.inner.exchange.reach.xmpp_account(id))
    }
}
