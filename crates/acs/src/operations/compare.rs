//! The settings of one router beside those of others.

use super::Acs;
use crate::compare::{self, FEWEST, PEERS};
use crate::{AcsError, Actor, Result};
use model::compare::{Against, Comparison};
use model::{DeviceId, Permission};

impl Acs {
    /// Settings that differ from what most routers of the same maker, model and firmware have. At most 20 are looked at,
    /// so that it costs the same however many there are.
    pub async fn compare_with_model(&self, actor: &Actor, id: DeviceId) -> Result<Comparison> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let (record, tree) = self.read_for_form(id).await?;
        let peers = self.inner.store.peers(&record, PEERS).await?;
        let trees: Vec<_> = self.inner.store.trees(&peers).await?.into_iter().map(|(_, tree)| tree).collect();
        let found = compare::with_peers(&tree, &trees);
        let against = Against::Peers {
            count: trees.len() as u32,
            fewest: FEWEST,
            model: record.model,
            software: record.software_version,
        };
        Ok(found.into_comparison(against))
    }

    /// Settings that differ from those of another router, named by its serial number or its number here.
    pub async fn compare_with_device(&self, actor: &Actor, id: DeviceId, other: &str) -> Result<Comparison> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let (_, tree) = self.read_for_form(id).await?;
        let other = self.device_named(other.trim()).await?;
        self.at(actor, Permission::DeviceRead, other).await?;
        if other == id {
            return Err(AcsError::Invalid("That is this router. Name another one.".to_owned()));
        }
        let record = self.record(other).await?;
        let found = compare::with_one(&tree, &self.stored_tree(other).await?);
        let against = Against::Device {
            id: other,
            serial: record.identity.serial,
            model: record.model,
            software: record.software_version,
        };
        Ok(found.into_comparison(against))
    }

    /// The device with this serial number, else with this number.
    async fn device_named(&self, name: &str) -> Result<DeviceId> {
        match self.inner.store.devices_with_serial(name).await?.as_slice() {
            [] => {}
            [one] => return Ok(*one),
            _ => {
                return Err(AcsError::Invalid(
                    "Several routers have this serial number. Open the other one and take the number from its address."
                        .to_owned(),
                ));
            }
        }
        let number = name.parse().ok().map(DeviceId);
        let known = match number {
            Some(id) => self.inner.store.device(id).await?.map(|record| record.id),
            None => None,
        };
        known.ok_or_else(|| {
            AcsError::Invalid("No router has this serial number, or this number in its address. Check it.".to_owned())
        })
    }
}
