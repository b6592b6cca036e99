//! Which devices may take part, and with which login.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::devices::Devices;
use crate::session::Capabilities;
use crate::{AcsError, Actor, Result};
use cwmp::identity::device_key;
use model::audit::{Act, Target};
use model::device::{Enrolment, Identity};
use model::event::EventKind;
use model::{DeviceId, Permission, Timestamp};
use store::{DevicePatch, Write};

/// Devices that are decided on at once: a page of the list.
const AT_ONCE: usize = 200;

/// What registering a device came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    New,
    /// It was known, and stays as it was.
    Known,
}

impl Acs {
    /// Approves or refuses devices, at most 200 at once; how many changed. An approved one is served from its next
    /// session on: also one that came back with the shared login, which then gets a new login of its own.
    pub async fn decide_enrolment(&self, actor: &Actor, devices: &[DeviceId], state: Enrolment) -> Result<u32> {
        actor.require(Permission::DeviceManage)?;
        if devices.len() > AT_ONCE {
            return Err(AcsError::Invalid(format!("{AT_ONCE} routers can be decided on at once. Choose fewer.")));
        }
        let devices = self.those_of(actor, devices.to_vec()).await?;
        let at = now();
        let mut changed = 0;
        for id in &devices {
            let Some(entry) = self.inner.exchange.devices.get(*id).await? else { continue };
            // No session is opened between the look and the write.
            let _opening = entry.opening.lock().await;
            let (before, own) = {
                let record = entry.record();
                (record.enrolment, !record.cpe_username.is_empty())
            };
            if before == state {
                continue;
            }
            let entry = Entry::new(Act::EnrolmentDecided, self.device_target(*id).await?);
            self.audit(actor, entry.before(before).after(state)).await?;
            let mut patch = DevicePatch { enrolment: Some(state), ..DevicePatch::default() };
            if state == Enrolment::Approved && own {
                patch.cpe_username = Some(String::new());
            }
            let kind = EventKind::Enrolment { state };
            let by = Some(actor.name().to_owned());
            let writes = vec![Write::Device { id: *id, patch }, Write::Event { device: *id, at, kind, by }];
            self.inner.exchange.writing.commit(writes).await?;
            changed += 1;
        }
        Ok(changed)
    }

    /// Lets a device use the shared login again, which has one of its own that it lost without saying so. It gets a new
    /// one in its next session.
    pub async fn reset_login(&self, actor: &Actor, id: DeviceId) -> Result<()> {
        self.at(actor, Permission::DeviceManage, id).await?;
        let entry = self.inner.exchange.devices.get(id).await?.ok_or(AcsError::NotFound("device"))?;
        self.audit(actor, Entry::new(Act::LoginReset, self.device_target(id).await?)).await?;
        let _opening = entry.opening.lock().await;
        let quirks = {
            let record = entry.record();
            let mut learnt = Capabilities::from_json(&record.quirks);
            (learnt.login_tries, learnt.keeps_login) = (0, false);
            learnt.to_json()
        };
        let patch = DevicePatch { cpe_username: Some(String::new()), quirks: Some(quirks), ..DevicePatch::default() };
        let kind = EventKind::Login { own: false };
        let event = Write::Event { device: id, at: now(), kind, by: Some(actor.name().to_owned()) };
        self.inner.exchange.writing.commit(vec![Write::Device { id, patch }, event]).await?;
        Ok(())
    }

    /// Makes a device known before its first Inform, approved. With `password`, it has a login of its own from the
    /// start, under the name of its identity.
    pub async fn register_device(
        &self,
        actor: &Actor,
        identity: &Identity,
        password: Option<&str>,
    ) -> Result<Registered> {
        actor.require(Permission::DeviceManage)?;
        let identity = checked(identity)?;
        let devices = &self.inner.exchange.devices;
        if devices.find(&identity).await?.is_some() {
            return Ok(Registered::Known);
        }
        let target = Target::new("device", "", identity.serial.as_str());
        let own_login = password.is_some_and(|password| !password.is_empty());
        let said =
            serde_json::json!({ "oui": identity.oui, "product_class": identity.product_class, "own_login": own_login });
        self.audit(actor, Entry::new(Act::DeviceRegistered, target).after(said)).await?;
        let new = Devices::new_device(&identity, String::new(), Enrolment::Approved);
        let entry = devices.register(new).await?;
        // It has never informed: that is how its first Inform is known.
        let mut patch = DevicePatch { last_inform: Some(Timestamp(0)), ..DevicePatch::default() };
        if let Some(password) = password.filter(|password| !password.is_empty()) {
            patch.cpe_username = Some(device_key(&identity));
            patch.cpe_password = Some(password.to_owned());
        }
        self.inner.exchange.writing.commit(vec![Write::Device { id: entry.id, patch }]).await?;
        Ok(Registered::New)
    }
}

/// An identity as Informs have it (A.3.3.1: OUI of six hexadecimal digits, the rest at most 64 characters).
fn checked(identity: &Identity) -> Result<Identity> {
    let part = |text: &str| text.trim().to_owned();
    let identity = Identity {
        manufacturer: part(&identity.manufacturer),
        oui: part(&identity.oui).to_ascii_uppercase(),
        product_class: part(&identity.product_class),
        serial: part(&identity.serial),
    };
    if identity.oui.len() != 6 || !identity.oui.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(AcsError::Invalid(format!("{:?} is not an OUI: six hexadecimal digits.", identity.oui)));
    }
    if identity.serial.is_empty() || identity.serial.chars().count() > 64 {
        return Err(AcsError::Invalid("A serial number of 1 to 64 characters is needed.".to_owned()));
    }
    if identity.product_class.chars().count() > 64 {
        return Err(AcsError::Invalid("A product class has at most 64 characters.".to_owned()));
    }
    Ok(identity)
}
