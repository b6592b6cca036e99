//! What was learnt about models: few rows, kept in memory, written when something new is found out.

use crate::Result;
use crate::session::Capabilities;
use std::collections::HashMap;
use std::sync::Mutex;
use store::{DeviceRecord, ModelProfile, Store};

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

    fn key(record: &DeviceRecord) -> Model {
        (record.identity.oui.clone(), record.identity.product_class.clone(), record.software_version.clone())
    }

    /// What is known of the device's model and firmware.
    pub fn of(&self, record: &DeviceRecord) -> Capabilities {
        self.models.lock().expect("no panic while locked").get(&Self::key(record)).cloned().unwrap_or_default()
    }

    /// Takes over what a device's faults showed. What only broke sessions showed stays with the device: lines drop.
    pub async fn learn(&self, record: &DeviceRecord, before: &Capabilities, after: &Capabilities) {
        let mut facts = after.clone();
        facts.breaks.clear();
        facts.keeps_credentials = false;
        facts.keeps_login = false;
        facts.login_tries = 0;
        facts.kept.clear();
        if before.breaks != after.breaks {
            return;
        }
        let key = Self::key(record);
        {
            let mut models = self.models.lock().expect("no panic while locked");
            let known = models.entry(key.clone()).or_default();
            let merged = known.careful(&facts);
            if *known == merged {
                return;
            }
            *known = merged.clone();
            facts = merged;
        }
        let (oui, product_class, software_version) = key;
        let profile = ModelProfile { oui, product_class, software_version, facts: facts.to_json() };
        if let Err(error) = self.store.put_model_profile(&profile).await {
            tracing::warn!(%error, "what was learnt about a model could not be stored");
        }
    }
}
