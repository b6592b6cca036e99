//! The devices that are heard from, kept in memory, so that a plain check-in reads nothing from the database.
//!
//! Every change of a device by this process goes through [`Devices::apply`], which keeps what is cached as it is stored.

use crate::Result;
use crate::clock::now;
use crate::pace::Pace;
use model::DeviceId;
use model::device::{DeviceRow, Enrolment, Identity, woken};
use model::subscriber::SubscriberView;
use moka::sync::Cache;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use store::{DevicePatch, DeviceRecord, NewDevice, Store};

/// Devices kept; about 1.5 KB each.
const CAPACITY: u64 = 100_000;

/// One device in memory.
pub(crate) struct Entry {
    pub id: DeviceId,
    record: Mutex<DeviceRecord>,
    subscriber: Mutex<Option<SubscriberView>>,
    /// Tasks that have not ended, for lists.
    pub open_tasks: AtomicU32,
    /// There may be open tasks: the next session looks.
    pub may_have_tasks: AtomicBool,
    /// Held while a session is opened, so that two Informs at once are taken one after the other (rule 117).
    pub opening: tokio::sync::Mutex<()>,
    /// How often it informs.
    pub pace: Pace,
}

impl Entry {
    pub fn record(&self) -> MutexGuard<'_, DeviceRecord> {
        self.record.lock().expect("no panic while locked")
    }

    #[cfg(test)]
    pub fn for_test(record: DeviceRecord) -> Arc<Self> {
        Arc::new(Self {
            id: record.id,
            record: Mutex::new(record),
            subscriber: Mutex::new(None),
            open_tasks: AtomicU32::new(0),
            may_have_tasks: AtomicBool::new(false),
            opening: tokio::sync::Mutex::new(()),
            pace: Pace::default(),
        })
    }

    /// The row of the device list, without asking the database.
    pub fn row(&self) -> DeviceRow {
        let record = self.record();
        DeviceRow {
            id: record.id,
            identity: record.identity.clone(),
            model: record.model.clone(),
            hardware_version: record.hardware_version.clone(),
            software_version: record.software_version.clone(),
            address: record.address.clone(),
            first_seen: record.first_seen,
            last_inform: record.last_inform,
            late_at: record.late_at,
            overdue_at: record.overdue_at,
            rebooting_until: record.rebooting_until,
            subscriber: self.subscriber.lock().expect("no panic while locked").clone(),
            open_tasks: self.open_tasks.load(Ordering::Relaxed),
            enrolment: record.enrolment,
            stuck: record.stuck.is_some(),
            data_model: record.data_model,
            woken: woken(record.reach_success, record.reach_failure.as_ref().map(|(at, _)| *at)),
        }
    }
}

/// What tells devices apart (rule 124).
type Key = (String, String, String);

pub(crate) struct Devices {
    store: Store,
    by_identity: Cache<Key, Arc<Entry>>,
    by_id: Cache<DeviceId, Arc<Entry>>,
}

impl Devices {
    pub fn new(store: Store) -> Self {
        Self { store, by_identity: Cache::new(CAPACITY), by_id: Cache::new(CAPACITY) }
    }

    /// The device with this identity, if it is known.
    pub async fn find(&self, identity: &Identity) -> Result<Option<Arc<Entry>>> {
        let key = (identity.oui.clone(), identity.product_class.clone(), identity.serial.clone());
        if let Some(entry) = self.by_identity.get(&key) {
            return Ok(Some(entry));
        }
        match self.store.device_by_identity(identity).await? {
            Some(record) => self.load(record).await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes a device known; one that is known already stays as it is.
    pub async fn register(&self, new: NewDevice) -> Result<Arc<Entry>> {
        let record = self.store.register_device(&new).await?;
        self.load(record).await
    }

    /// A device if it is in memory, as every one is that is in a session.
    pub fn cached(&self, id: DeviceId) -> Option<Arc<Entry>> {
        self.by_id.get(&id)
    }

    pub async fn get(&self, id: DeviceId) -> Result<Option<Arc<Entry>>> {
        if let Some(entry) = self.by_id.get(&id) {
            return Ok(Some(entry));
        }
        match self.store.device(id).await? {
            Some(record) => self.load(record).await.map(Some),
            None => Ok(None),
        }
    }

    async fn load(&self, record: DeviceRecord) -> Result<Arc<Entry>> {
        let row = self.store.device_row(record.id).await?;
        let id = record.id;
        let key = (record.identity.oui.clone(), record.identity.product_class.clone(), record.identity.serial.clone());
        let open_tasks = row.as_ref().map_or(0, |row| row.open_tasks);
        // Two who load at once must end up with one entry.
        let entry = self.by_id.get_with(id, || {
            Arc::new(Entry {
                id,
                record: Mutex::new(record),
                subscriber: Mutex::new(row.and_then(|row| row.subscriber)),
                open_tasks: AtomicU32::new(open_tasks),
                may_have_tasks: AtomicBool::new(true),
                opening: tokio::sync::Mutex::new(()),
                pace: Pace::default(),
            })
        });
        self.by_identity.insert(key, entry.clone());
        Ok(entry)
    }

    /// Takes over what was written.
    pub fn apply(&self, id: DeviceId, patch: &DevicePatch) {
        if let Some(entry) = self.by_id.get(&id) {
            patch.apply(&mut entry.record());
        }
    }

    /// A task of the device came to its end, or into being.
    pub fn count_task(&self, id: DeviceId, ended: bool) {
        let Some(entry) = self.by_id.get(&id) else { return };
        if ended {
            let _ = entry.open_tasks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| Some(n.saturating_sub(1)));
        } else {
            entry.open_tasks.fetch_add(1, Ordering::Relaxed);
            entry.may_have_tasks.store(true, Ordering::Release);
        }
    }

    /// Whose these devices are was changed, or who that is: those that are kept take it over. They are given back.
    pub async fn follow_subscribers(&self, ids: &[DeviceId]) -> Result<Vec<Arc<Entry>>> {
        let kept: Vec<_> = ids.iter().filter_map(|id| self.by_id.get(id)).collect();
        if kept.is_empty() {
            return Ok(kept);
        }
        let ids: Vec<DeviceId> = kept.iter().map(|entry| entry.id).collect();
        let owners = self.store.owners(&ids).await?;
        for entry in &kept {
            let owner = owners.get(&entry.id).cloned();
            entry.record().subscriber = owner.as_ref().map(|owner| owner.id);
            *entry.subscriber.lock().expect("no panic while locked") = owner;
        }
        Ok(kept)
    }

    /// A device to be registered: what its first Inform says.
    pub fn new_device(identity: &Identity, address: String, enrolment: Enrolment) -> NewDevice {
        let now = now();
        NewDevice {
            identity: identity.clone(),
            address,
            now,
            data_model: model::device::DataModel::Unknown,
            cwmp_version: String::new(),
            late_at: now,
            overdue_at: now,
            enrolment,
        }
    }
}
