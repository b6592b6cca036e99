//! Looking at devices.

use super::Acs;
use crate::clock::now;
use crate::history::history;
use crate::learning::{all_writable, overrides};
use crate::views::{Beside, device_view, tree_view};
use crate::{AcsError, Actor, Result};
use model::device::{DeviceFilter, DeviceQuery, DeviceRow, DeviceView, Facets, Overview};
use model::history::{History, Period};
use model::page::{Count, Page};
use model::search::{PAGE_HITS, SearchHit, SearchPage};
use model::tree::{TreeQuery, TreeView};
use model::{DeviceId, Permission, Timestamp};
use store::{DeviceRecord, Tree};

/// Devices are counted up to this many.
pub(super) const COUNT_CAP: u64 = 10_000;
/// Entries on one page of tasks or timeline.
pub const PAGE: u16 = 50;
/// Seconds for which boots are counted.
const BOOTS_FOR: i64 = 7 * 86_400;
/// Hits that are shown while somebody types.
const SUGGESTIONS: u16 = 8;

impl Acs {
    pub async fn devices(&self, actor: &Actor, query: &DeviceQuery) -> Result<Page<DeviceRow>> {
        actor.require(Permission::DeviceRead)?;
        Ok(self.inner.store.devices(query, actor.scope(), now()).await?)
    }

    /// Capped, so that it costs the same whatever the fleet's size.
    pub async fn count_devices(&self, actor: &Actor, filter: &DeviceFilter) -> Result<Count> {
        actor.require(Permission::DeviceRead)?;
        Ok(self.inner.store.count_devices(filter, actor.scope(), now(), COUNT_CAP).await?)
    }

    /// From a cache: see [`Facets::counted_at`].
    pub async fn facets(&self, actor: &Actor) -> Result<Facets> {
        actor.require(Permission::DeviceRead)?;
        let (store, scope) = (self.inner.store.clone(), actor.scope().cloned());
        let count = |at| async move { Ok(Facets { counted_at: at, ..store.facets(scope.as_ref()).await? }) };
        self.inner.facets.of(actor.scope()).get(count).await
    }

    /// From a cache: see [`Overview::counted_at`].
    pub async fn overview(&self, actor: &Actor) -> Result<Overview> {
        actor.require(Permission::DeviceRead)?;
        let (store, scope) = (self.inner.store.clone(), actor.scope().cloned());
        // Failures of the last 24 hours: a day that ends at midnight somewhere is nobody's day.
        let count = |at: Timestamp| async move {
            let counted = store.overview(scope.as_ref(), at, at.plus_seconds(-86_400)).await?;
            Ok(Overview { counted_at: at, ..counted })
        };
        self.inner.overview.of(actor.scope()).get(count).await
    }

    /// The record of a device, as it is now.
    pub(super) async fn record(&self, id: DeviceId) -> Result<DeviceRecord> {
        self.inner.store.device(id).await?.ok_or(AcsError::NotFound("device"))
    }

    /// The tree of a device; empty if there is none yet, or if what is stored cannot be read (the store has said so).
    pub(super) async fn stored_tree(&self, id: DeviceId) -> Result<Tree> {
        Ok(self.inner.store.tree(id).await?.unwrap_or_default())
    }

    pub async fn device(&self, actor: &Actor, id: DeviceId) -> Result<DeviceView> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let record = self.record(id).await?;
        let row = self.inner.store.device_row(id).await?.ok_or(AcsError::NotFound("device"))?;
        let tree = self.stored_tree(id).await?;
        let time = now();
        let beside = Beside {
            told: self.inner.exchange.reach.told(&record),
            boots: self.inner.store.boots(id, time.plus_seconds(-BOOTS_FOR)).await?,
            samples: self.inner.store.samples(id, time.plus_seconds(-Period::Day.seconds())).await?,
            decisions: self.inner.decisions.read().expect("no panic while locked").clone(),
            now: time,
        };
        Ok(device_view(row, &record, &tree, beside))
    }

    /// How a few numbers of a device went.
    pub async fn history(&self, actor: &Actor, id: DeviceId, period: Period) -> Result<History> {
        self.at(actor, Permission::DeviceRead, id).await?;
        self.record(id).await?;
        let time = now();
        // A week more, to know what is usual.
        let since = time.plus_seconds(-period.seconds() - BOOTS_FOR);
        let samples = self.inner.store.samples(id, since).await?;
        let boots = self.inner.store.boots(id, time.plus_seconds(-period.seconds())).await?;
        Ok(history(&samples, &boots, period, time))
    }

    pub async fn tree(&self, actor: &Actor, id: DeviceId, query: &TreeQuery) -> Result<TreeView> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let record = self.record(id).await?;
        let mut tree = self.stored_tree(id).await?;
        if overrides(&record).skip_writable_check {
            all_writable(&mut tree);
        }
        Ok(tree_view(&record, &tree, query))
    }

    /// What matches best: few enough for one look.
    pub async fn search(&self, actor: &Actor, text: &str) -> Result<Vec<SearchHit>> {
        actor.require(Permission::DeviceRead)?;
        actor.require(Permission::SubscriberRead)?;
        Ok(self.inner.store.search(text, actor.scope(), SUGGESTIONS, now()).await?)
    }

    /// A page of everything that matches; the first is 0.
    pub async fn search_page(&self, actor: &Actor, text: &str, page: u16) -> Result<SearchPage> {
        actor.require(Permission::DeviceRead)?;
        actor.require(Permission::SubscriberRead)?;
        let offset = usize::from(page) * usize::from(PAGE_HITS);
        Ok(self.inner.store.search_page(text, actor.scope(), offset, PAGE_HITS, now()).await?)
    }
}
