//! The Wi-Fi and the home network of a device.

use super::Acs;
use crate::aliases::Resolver;
use crate::learning::{all_writable, overrides};
use crate::{Actor, Result, forms};
use model::network::NetworkView;
use model::wifi::WifiView;
use model::{DeviceId, Permission};
use store::{DeviceRecord, Tree};

/// Tasks that are looked at for the newest change of a password.
const TASKS: u16 = 50;
/// Characters of a suggested password: no two that are taken for each other, on paper or over the phone.
const LETTERS: &[u8; 28] = b"abcdefghkmnpqrstuvwxyz234567";

impl Acs {
    /// Radios, networks, what uses them, and the neighbours, as last read.
    pub async fn wifi(&self, actor: &Actor, id: DeviceId) -> Result<WifiView> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let (record, tree) = self.read_for_form(id).await?;
        let tasks = self.inner.store.tasks(id, None, TASKS).await?.items;
        Ok(forms::wifi::view(&Resolver::of(&record, &tree), &tasks))
    }

    /// Hosts, addresses, port forwards and the way to the internet, as last read.
    pub async fn network(&self, actor: &Actor, id: DeviceId) -> Result<NetworkView> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let (record, tree) = self.read_for_form(id).await?;
        let mut view = forms::network::view(&Resolver::of(&record, &tree), &record);
        if let Some(remote) = &mut view.remote {
            remote.closing = self.closing(id).await?;
        }
        Ok(view)
    }

    pub(super) async fn read_for_form(&self, id: DeviceId) -> Result<(DeviceRecord, Tree)> {
        let record = self.record(id).await?;
        let mut tree = self.stored_tree(id).await?;
        if overrides(&record).skip_writable_check {
            all_writable(&mut tree);
        }
        Ok((record, tree))
    }

    /// Four groups of four characters, 76 bits, from the system's generator. Kept nowhere.
    pub fn suggest_password(&self, actor: &Actor) -> Result<String> {
        actor.require(Permission::DeviceWrite)?;
        let group = || (0..4).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect::<String>();
        Ok([group(), group(), group(), group()].join("-"))
    }
}
