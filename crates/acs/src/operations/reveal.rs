//! Showing a password of the Wi-Fi, or of the internet login, that the router tells.

use super::Acs;
use crate::aliases::Resolver;
use crate::audit::Entry;
use crate::clock::now;
use crate::forms::{network, wifi};
use crate::keep::is_told;
use crate::{AcsError, Actor, Result};
use model::audit::Act;
use model::event::EventKind;
use model::wifi::reveal::{Revealed, check_reason};
use model::wifi::{Network, Role};
use model::{DeviceId, Permission};
use store::{DeviceRecord, Write};

impl Acs {
    /// A password of a Wi-Fi network or of the internet login, as the router told it. Only what stands in these forms as a
    /// password, never another secret. Who, which and why is in the device's timeline before the value leaves; the value is not.
    pub async fn reveal_password(&self, actor: &Actor, id: DeviceId, path: &str, reason: &str) -> Result<Revealed> {
        self.at(actor, Permission::PasswordReveal, id).await?;
        let reason = check_reason(reason).map_err(|rule| AcsError::Invalid(rule.to_owned()))?;
        let (record, tree) = self.read_for_form(id).await?;
        let resolver = Resolver::of(&record, &tree);
        let what = of_wifi(&resolver, path).or_else(|| of_login(&resolver, &record, path)).ok_or_else(|| {
            let text = "Only passwords of the router\u{2019}s Wi-Fi and of its internet login can be shown. Nothing was shown.";
            AcsError::Invalid(text.to_owned())
        })?;
        let value = tree.value(path).filter(|value| is_told(value));
        let value = value.ok_or_else(|| AcsError::Invalid("The router does not tell its password.".to_owned()))?;
        // A reason is read by others.
        let reason = reason.replace(value, "***");
        let entry = Entry::new(Act::SecretRevealed, self.device_target(id).await?);
        self.audit(actor, entry.after(&what).reason(&reason)).await?;
        let kind = EventKind::Revealed { what, reason };
        let by = Some(actor.name().to_owned());
        self.inner.exchange.writing.commit(vec![Write::Event { device: id, at: now(), kind, by }]).await?;
        Ok(Revealed { value: value.to_owned() })
    }
}

/// What it is called, if it is a password of the Wi-Fi.
fn of_wifi(resolver: &Resolver<'_>, path: &str) -> Option<String> {
    wifi::view(resolver, &[]).networks.iter().find(|network| holds(network, path)).map(named)
}

/// The same for the internet login.
fn of_login(resolver: &Resolver<'_>, record: &DeviceRecord, path: &str) -> Option<String> {
    let password = network::view(resolver, record).internet.password?;
    (password.path == path).then(|| "Password of the internet login".to_owned())
}

fn holds(network: &Network, path: &str) -> bool {
    [&network.password, &network.password_wpa3].into_iter().flatten().any(|password| password.path == path)
}

/// Such as `Wi-Fi password of 2.4 GHz`.
fn named(network: &Network) -> String {
    let of = if network.role == Role::Guest { "Guest Wi-Fi" } else { "Wi-Fi" };
    format!("{of} password of {}", network.band)
}
