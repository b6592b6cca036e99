//! Lightweight notifications (Annex M): values that changed between two Informs.
//!
//! A datagram proves its device by its signature alone, so nothing of it is believed before that. Whoever is not who
//! they say, or says it again, is passed over in silence, as the standard has it.

use super::Exchange;
use crate::knowledge::wire_type;
use crate::session::{changed_event, value_change};
use cwmp::lightweight::{Datagram, Notification};
use model::device::{DataModel, Enrolment, Identity};
use model::{DeviceId, Timestamp};
use moka::sync::Cache;
use std::time::Duration;
use store::{DeviceRecord, Write};

/// Parameters that are taken from one notification.
const MAX_PARAMETERS: usize = 64;
/// Devices whose last notification is remembered.
const REMEMBERED: u64 = 100_000;
/// Identities that are no device are not looked up again for a minute.
const STRANGERS: u64 = 20_000;

/// What became of a notification; for the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notified {
    Taken,
    /// It cannot be read.
    Unreadable,
    /// No device that may take part has this identity.
    Stranger,
    /// Its signature is wrong, or it has none.
    Unsigned,
    /// It came before.
    Repeated,
    /// It could not be stored. The device does not repeat it; its next Inform tells the values.
    Lost,
}

impl Notified {
    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Unreadable => "unreadable",
            Self::Stranger => "stranger",
            Self::Unsigned => "unsigned",
            Self::Repeated => "repeated",
            Self::Lost => "lost",
        }
    }
}

/// What is remembered between notifications.
pub(crate) struct Memory {
    /// Time and cnonce of a device's last one.
    last: Cache<DeviceId, (u64, String)>,
    strangers: Cache<Identity, ()>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            last: Cache::new(REMEMBERED),
            strangers: Cache::builder().max_capacity(STRANGERS).time_to_live(Duration::from_mins(1)).build(),
        }
    }
}

impl Memory {
    /// Whether it is newer than the last one of its device: not by our clock, which the device's may not follow.
    fn is_new(&self, device: DeviceId, notification: &Notification) -> bool {
        let now = (notification.ts, notification.cnonce.clone());
        let new =
            self.last.get(&device).is_none_or(|last| notification.ts > last.0 || (now.0 == last.0 && now != last));
        if new {
            self.last.insert(device, now);
        }
        new
    }
}

impl Exchange {
    pub async fn notified(&self, bytes: &[u8], now: Timestamp) -> Notified {
        let Some(datagram) = Datagram::split(bytes) else { return Notified::Unreadable };
        let Ok(notification) = datagram.read() else { return Notified::Unreadable };
        if self.notifications.strangers.contains_key(&notification.identity) {
            return Notified::Stranger;
        }
        let entry = match self.devices.find(&notification.identity).await {
            Ok(Some(entry)) => entry,
            Ok(None) => {
                self.notifications.strangers.insert(notification.identity, ());
                return Notified::Stranger;
            }
            Err(error) => {
                tracing::error!(error = error.causes(), "a notification could not be looked up");
                return Notified::Lost;
            }
        };
        let record = entry.record().clone();
        if record.enrolment != Enrolment::Approved {
            return Notified::Stranger;
        }
        if !self.is_signed(&datagram, &record) {
            return Notified::Unsigned;
        }
        if !self.notifications.is_new(entry.id, &notification) {
            return Notified::Repeated;
        }
        match self.take(&record, &notification, now).await {
            Ok(()) => Notified::Taken,
            Err(error) => {
                tracing::error!(device = %record.id, error = error.causes(), "a notification could not be stored");
                Notified::Lost
            }
        }
    }

    /// With the password of the device's own login, the one that it is about to get, or the shared one.
    fn is_signed(&self, datagram: &Datagram<'_>, record: &DeviceRecord) -> bool {
        let own = [record.cpe_password.as_str(), record.cpe_pending.as_str()];
        let has_own = !record.cpe_password.is_empty();
        match self.gate.shared_password() {
            // No proof is asked of anyone.
            None => true,
            Some(shared) => {
                let shared = (!has_own).then_some(shared);
                let mut passwords = own.into_iter().filter(|password| !password.is_empty()).chain(shared);
                passwords.any(|password| datagram.is_signed_with(password))
            }
        }
    }

    async fn take(&self, record: &DeviceRecord, notification: &Notification, now: Timestamp) -> crate::Result<()> {
        let tree = self.writing.store.tree(record.id).await?.unwrap_or_default();
        let known = |name: &str| {
            tree.get(name).is_some()
                || (DataModel::of_path(name) == record.data_model && cwmp::path::is_parameter(name))
        };
        let values: Vec<_> = notification.parameters.iter().filter(|p| known(&p.name)).take(MAX_PARAMETERS).collect();
        let changes: Vec<_> = values
            .iter()
            .filter(|p| tree.value(&p.name).is_some_and(|before| !wire_type(p, &tree).same(before, &p.value)))
            .map(|p| value_change(&p.name, tree.value(&p.name), &p.value))
            .collect();
        if values.is_empty() {
            return Ok(());
        }
        let values = values.iter().map(|p| (p.name.clone(), wire_type(p, &tree), p.value.clone())).collect();
        let mut writes = vec![Write::Hot { device: record.id, at: now, values }];
        if !changes.is_empty() {
            writes.push(Write::Event { device: record.id, at: now, kind: changed_event(changes), by: None });
        }
        self.writing.commit(writes).await?;
        Ok(())
    }
}
