//! What was learnt about models: few rows, kept in memory, written when something new is found out.

mod words;

use crate::Result;
use crate::session::Capabilities;
use model::device::Overrides;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use store::{DeviceRecord, ModelProfile, Store, Tree};

pub(crate) use words::sentences;

/// Models with their firmware that something is kept about. Devices name their own model, so there must be an end.
const MODELS: usize = 10_000;
/// Longest name of a maker, model or version that is learnt about, in bytes.
const NAME: usize = 256;

type Model = (String, String, String);

pub(crate) struct Learning {
    store: Store,
    models: Mutex<HashMap<Model, Capabilities>>,
}

impl Learning {
    pub async fn open(store: Store) -> Result<Self> {
        let profiles = store.model_profiles().await?;
        let models = profiles
            .into_iter()
            .map(|p| ((p.oui, p.product_class, p.software_version), Capabilities::from_json(&p.facts)))
            .collect();
        Ok(Self { store, models: Mutex::new(models) })
    }

    fn models(&self) -> MutexGuard<'_, HashMap<Model, Capabilities>> {
        self.models.lock().expect("no panic while locked")
    }

    fn key(record: &DeviceRecord) -> Model {
        (record.identity.oui.clone(), record.identity.product_class.clone(), record.software_version.clone())
    }

    /// What is known of the device's model and firmware.
    pub fn of_model(&self, record: &DeviceRecord) -> Capabilities {
        self.models().get(&Self::key(record)).cloned().unwrap_or_default()
    }

    /// What is known of the device itself. Another firmware than it was learnt with makes it void.
    pub fn of_device(record: &DeviceRecord) -> Capabilities {
        let learnt = Capabilities::from_json(&record.quirks);
        if learnt.firmware.is_empty() || learnt.firmware == record.software_version {
            learnt
        } else {
            // What somebody set stays wanted: an upgrade is when it gets lost.
            Capabilities { wanted: learnt.wanted, ..Capabilities::default() }
        }
    }

    /// What a session goes by: the more careful of model and device, and what an operator decided.
    pub fn of(&self, record: &DeviceRecord) -> Capabilities {
        let mut learnt = self.of_model(record).careful(&Self::of_device(record));
        learnt.firmware.clone_from(&record.software_version);
        learnt.decided = Arc::new(overrides(record));
        learnt
    }

    /// Takes over what a device's faults showed. What only broke sessions showed stays with the device: lines drop.
    pub async fn learn(&self, record: &DeviceRecord, before: &Capabilities, after: &Capabilities) {
        let key = Self::key(record);
        if [&key.0, &key.1, &key.2].into_iter().any(|name| name.len() > NAME) {
            return;
        }
        let facts = {
            let mut models = self.models();
            let known = models.get(&key).cloned().unwrap_or_default();
            let mut merged = known.clone();
            merged.take_over(before, after);
            if merged == known || (models.len() >= MODELS && !models.contains_key(&key)) {
                return;
            }
            models.insert(key.clone(), merged.clone());
            merged
        };
        self.keep(key, &facts).await;
    }

    /// Forgets what was learnt about the device's model and firmware.
    pub async fn forget_model(&self, record: &DeviceRecord) {
        let key = Self::key(record);
        if self.models().remove(&key).is_some() {
            self.keep(key, &Capabilities::default()).await;
        }
    }

    async fn keep(&self, (oui, product_class, software_version): Model, facts: &Capabilities) {
        let profile = ModelProfile { oui, product_class, software_version, facts: facts.to_json() };
        if let Err(error) = self.store.put_model_profile(&profile).await {
            tracing::warn!(%error, "what was learnt about a model could not be stored");
        }
    }
}

/// What an operator decided about the device. Text that cannot be read decides nothing.
pub(crate) fn overrides(record: &DeviceRecord) -> Overrides {
    if record.overrides.is_empty() {
        return Overrides::default();
    }
    serde_json::from_str(&record.overrides).unwrap_or_else(|error| {
        tracing::warn!(device = %record.id, %error, "what was decided about a device cannot be read");
        Overrides::default()
    })
}

/// Some devices call parameters read-only that they do change (rule 197): here everything may be changed.
pub(crate) fn all_writable(tree: &mut Tree) {
    let paths: Vec<String> =
        tree.below("").filter(|(_, node)| !node.writable).map(|(path, _)| path.to_owned()).collect();
    for path in paths {
        tree.set_info(&path, true);
    }
}
