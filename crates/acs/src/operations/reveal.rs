//! Showing a Wi-Fi password that the router tells.

use super::Acs;
use crate::aliases::Resolver;
use crate::audit::Entry;
use crate::clock::now;
use crate::forms::wifi;
use crate::keep::is_told;
use crate::{AcsError, Actor, Result};
use model::audit::Act;
use model::event::EventKind;
use model::wifi::reveal::{Revealed, check_reason};
use model::wifi::{Network, Role};
use model::{DeviceId, Permission};
use store::Write;

impl Acs {
    /// The password of one Wi-Fi network, as the router told it. Only what stands in the Wi-Fi section as a password,
    /// never another secret. Who, which and why is in the device's timeline before the value leaves; the value is not.
    pub async fn reveal_password(&self, actor: &Actor, id: DeviceId, path: &str, reason: &str) -> Result<Revealed> {
        self.at(actor, Permission::PasswordReveal, id).await?;
        let reason = check_reason(reason).map_err(|rule| AcsError::Invalid(rule.to_owned()))?;
        let (record, tree) = self.read_for_form(id).await?;
        let view = wifi::view(&Resolver::of(&record, &tree), &[]);
        let network = view.networks.iter().find(|network| holds(network, path)).ok_or_else(|| {
            AcsError::Invalid("Only passwords of the router\u{2019}s Wi-Fi can be shown. Nothing was shown.".to_owned())
        })?;
        let value = tree.value(path).filter(|value| is_told(value));
        let value = value.ok_or_else(|| AcsError::Invalid("The router does not tell its password.".to_owned()))?;
        // A reason is read by others.
        let reason = reason.replace(value, "***");
        let entry = Entry::new(Act::SecretRevealed, self.device_target(id).await?);
        self.audit(actor, entry.after(named(network)).reason(&reason)).await?;
        let kind = EventKind::Revealed { what: named(network), reason };
        let by = Some(actor.name().to_owned());
        self.inner.exchange.writing.commit(vec![Write::Event { device: id, at: now(), kind, by }]).await?;
        Ok(Revealed { value: value.to_owned() })
    }
}

fn holds(network: &Network, path: &str) -> bool {
    [&network.password, &network.password_wpa3].into_iter().flatten().any(|password| password.path == path)
}

/// Such as `Wi-Fi password of 2.4 GHz`.
fn named(network: &Network) -> String {
    let of = if network.role == Role::Guest { "Guest Wi-Fi" } else { "Wi-Fi" };
    format!("{of} password of {}", network.band)
}
