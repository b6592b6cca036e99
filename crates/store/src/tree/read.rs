//! Trees from and to the database.

use super::codec::{self, CodecError};
use super::{Tree, hot};
use crate::entity::{device_hot, device_tree};
use crate::error::StoreError;
use crate::secret::TREE;
use crate::sql::{Sql, statement};
use crate::store::Store;
use model::DeviceId;
use sea_orm::{ConnectionTrait, EntityTrait};
use std::sync::atomic::Ordering;

impl Store {
    /// A device's tree with the values of later Informs over it; `None` if nothing was ever read.
    ///
    /// A blob that cannot be decoded is reported (log, [`crate::StoreStats::corrupt_trees`]) and treated as not there,
    /// so that the device can be read anew; it stays stored until then. [`Self::tree_strict`] tells what is wrong.
    pub async fn tree(&self, device: DeviceId) -> Result<Option<Tree>, StoreError> {
        self.unless_corrupt(device, self.tree_strict(device).await)
    }

    /// The trees of several devices, in their order; those without one are left out. Two queries in all.
    pub async fn trees(&self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, Tree)>, StoreError> {
        let ids: Vec<i64> = devices.iter().map(|device| device.0).collect();
        let query = |text: &str| {
            let mut sql = Sql::new(text);
            sql.bind_ids(&ids).push(")");
            sql.into_statement(self.backend())
        };
        let stored = query("SELECT * FROM device_tree WHERE device_id IN (");
        let stored = device_tree::Entity::find().from_raw_sql(stored).all(&self.0.read).await?;
        let hot = query("SELECT * FROM device_hot WHERE device_id IN (");
        let hot = device_hot::Entity::find().from_raw_sql(hot).all(&self.0.read).await?;
        let mut trees = Vec::with_capacity(stored.len());
        for device in devices {
            let Some(row) = stored.iter().find(|row| row.device_id == device.0) else { continue };
            let tree = self.decode_tree(*device, row).await.map(Some);
            let Some(mut tree) = self.unless_corrupt(*device, tree)? else { continue };
            if let Some(hot) = hot.iter().find(|row| row.device_id == device.0)
                && let Err(reason) = hot::overlay(&mut tree, hot, &self.0.vault)
            {
                tracing::warn!(device = device.0, reason, "values of Informs cannot be read; they are left out");
            }
            trees.push((*device, tree));
        }
        Ok(trees)
    }

    /// A blob that cannot be decoded is reported and counts as not there.
    fn unless_corrupt(
        &self,
        device: DeviceId,
        read: Result<Option<Tree>, StoreError>,
    ) -> Result<Option<Tree>, StoreError> {
        match read {
            Err(StoreError::Corrupt { what, reason }) => {
                self.0.counters.corrupt_trees.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    device = device.0,
                    what,
                    reason,
                    "a stored tree cannot be read; it counts as not there"
                );
                Ok(None)
            }
            result => result,
        }
    }

    /// Like [`Self::tree`], but a blob that cannot be decoded is [`StoreError::Corrupt`].
    pub async fn tree_strict(&self, device: DeviceId) -> Result<Option<Tree>, StoreError> {
        let stored = device_tree::Entity::find_by_id(device.0).one(&self.0.read).await?;
        let mut tree = match stored {
            Some(stored) => Some(self.decode_tree(device, &stored).await?),
            None => None,
        };
        // Read after the tree: a tree written in between has cleared them, which at worst misses values that the next
        // Inform brings again.
        if let Some(hot) = device_hot::Entity::find_by_id(device.0).one(&self.0.read).await?
            && let Err(reason) = hot::overlay(tree.get_or_insert_default(), &hot, &self.0.vault)
        {
            tracing::warn!(device = device.0, reason, "values of Informs cannot be read; they are left out");
        }
        Ok(tree)
    }

    async fn decode_tree(&self, device: DeviceId, stored: &device_tree::Model) -> Result<Tree, StoreError> {
        let corrupt = |error: CodecError| StoreError::corrupt(format!("tree of device {device}"), error);
        let dictionary = self.dictionary(stored.dictionary_id).await?;
        let blob = self.0.vault.open_bytes(TREE, device.0, &stored.blob)?;
        let decoded = codec::decode(&blob, &dictionary.names());
        if let Err(CodecError::UnknownName(_)) = decoded {
            // Another process has written it, with names that are not known here yet.
            self.refresh(&dictionary).await?;
            return codec::decode(&blob, &dictionary.names()).map_err(corrupt);
        }
        decoded.map_err(corrupt)
    }

    /// Size of the stored blob in bytes; `None` if there is none.
    pub async fn tree_size(&self, device: DeviceId) -> Result<Option<u64>, StoreError> {
        const SIZE: &str = "SELECT CAST(LENGTH(blob) AS BIGINT) FROM device_tree WHERE device_id = $1";
        let row = self.0.read.query_one_raw(statement(self.backend(), SIZE, [device.0.into()])).await?;
        Ok(row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.map(|size| size as u64))
    }

    /// A tree as it is stored: its dictionary and the blob. Names that are new to the model become durable first.
    pub(crate) async fn encode_tree(&self, device: DeviceId, tree: &Tree) -> Result<(i64, Vec<u8>), StoreError> {
        let dictionary = self.dictionary_of(device).await?;
        let new: Vec<String> = codec::unknown_names(tree, &dictionary.names()).into_iter().map(str::to_owned).collect();
        if !new.is_empty() {
            self.add_names(&dictionary, &new).await?;
        }
        let blob = codec::encode(tree, &dictionary.names());
        let sealed = |blob| (dictionary.id, self.0.vault.seal_bytes(TREE, device.0, blob));
        blob.map(sealed).map_err(|error| StoreError::Invalid(format!("a tree is {error}")))
    }
}
