//! What other programs read beside what pages show: single tasks, parameters below a path, and the events of the whole
//! fleet, forwards.

use super::Acs;
use crate::clock::now;
use crate::knowledge::{is_secret, reported_type, value_type};
use crate::views::task_view;
use crate::{AcsError, Actor, Result};
use hmac::{Hmac, KeyInit, Mac};
use model::device::Identity;
use model::event::EventView;
use model::task::TaskView;
use model::tree::ParameterView;
use model::{DeviceId, Permission, TaskId};
use sha2::Sha256;
use std::collections::HashSet;

/// Events that are looked at for one page of the fleet's.
const LOOKED_AT: u16 = 500;

/// Events of the fleet in the order in which they were written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// Each with who its device is.
    pub events: Vec<(EventView, Identity)>,
    /// Where the next page begins.
    pub next: i64,
    /// There is more already.
    pub more: bool,
}

/// The devices that somebody may see; `None`: all.
struct Seen(Option<HashSet<DeviceId>>);

impl Seen {
    fn holds(&self, device: DeviceId) -> bool {
        self.0.as_ref().is_none_or(|seen| seen.contains(&device))
    }
}

impl Acs {
    pub async fn task(&self, actor: &Actor, id: TaskId) -> Result<TaskView> {
        actor.require(Permission::DeviceRead)?;
        let record = self.inner.store.task(id).await?.ok_or(AcsError::NotFound("task"))?;
        match self.at(actor, Permission::DeviceRead, record.device).await {
            Err(AcsError::NotFound(_)) => Err(AcsError::NotFound("task")),
            Err(error) => Err(error),
            Ok(()) => Ok(task_view(record)),
        }
    }

    /// Those of these tasks that there are.
    pub async fn tasks_by_id(&self, actor: &Actor, ids: &[TaskId]) -> Result<Vec<TaskView>> {
        actor.require(Permission::DeviceRead)?;
        let mut tasks = self.inner.store.tasks_by_id(ids).await?;
        let seen = self.seen(actor, tasks.iter().map(|task| task.device)).await?;
        tasks.retain(|task| seen.holds(task.device));
        Ok(tasks.into_iter().map(task_view).collect())
    }

    /// Which of these devices the actor may see.
    async fn seen(&self, actor: &Actor, devices: impl Iterator<Item = DeviceId>) -> Result<Seen> {
        let Some(scope) = actor.scope() else { return Ok(Seen(None)) };
        let mut devices: Vec<_> = devices.collect();
        devices.sort_unstable();
        devices.dedup();
        Ok(Seen(Some(self.inner.store.devices_in(scope, &devices).await?.into_iter().collect())))
    }

    /// Parameters of a device as they were last read, in the order of their paths: at `path`, or everywhere below it if
    /// it ends with a dot; those after `after`, at most `limit`. Secrets are masked. The flag says that there are more.
    pub async fn parameters(
        &self,
        actor: &Actor,
        id: DeviceId,
        path: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<ParameterView>, bool)> {
        self.at(actor, Permission::DeviceRead, id).await?;
        self.record(id).await?;
        let tree = self.stored_tree(id).await?;
        let single = !path.is_empty() && !path.ends_with('.');
        let mut found: Vec<ParameterView> = tree
            .below(path)
            .filter(|(found, _)| !found.ends_with('.') && (!single || *found == path))
            .filter(|(found, _)| after.is_none_or(|after| *found > after))
            .take(limit + 1)
            .map(|(path, node)| {
                let secret = is_secret(path);
                ParameterView {
                    path: path.to_owned(),
                    value: node.value.as_deref().map(|value| if secret { String::new() } else { value.to_owned() }),
                    value_type: reported_type(node).or_else(|| value_type(path)).unwrap_or(node.value_type),
                    writable: node.writable,
                    notification: node.notification,
                    read_at: node.read_at,
                    secret,
                    known: None,
                }
            })
            .collect();
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// Events of all devices after one, oldest first; those that `wanted` lets through. A page may be shorter than
    /// `limit`, even empty, and still have a next one.
    pub async fn events_after(
        &self,
        actor: &Actor,
        after: i64,
        limit: u16,
        wanted: impl Fn(&EventView) -> bool + Send,
    ) -> Result<EventPage> {
        actor.require(Permission::DeviceRead)?;
        let feed = self.inner.store.events_after(after, LOOKED_AT, now()).await?;
        let mut page = EventPage { events: Vec::new(), next: feed.upto, more: feed.more };
        let seen = self.seen(actor, feed.events.iter().map(|event| event.device)).await?;
        let mut last = after;
        for event in feed.events {
            if page.events.len() >= usize::from(limit) {
                (page.next, page.more) = (last, true);
                break;
            }
            last = event.id.0;
            if wanted(&event)
                && seen.holds(event.device)
                && let Some(entry) = self.inner.exchange.devices.get(event.device).await?
            {
                let identity = entry.record().identity.clone();
                page.events.push((event, identity));
            }
        }
        Ok(page)
    }

    /// Where somebody begins who wants to hear of what happens from now on.
    pub async fn newest_event(&self, actor: &Actor) -> Result<i64> {
        actor.require(Permission::DeviceRead)?;
        Ok(self.inner.store.newest_event().await?)
    }

    /// A key for what other programs hold and bring back, such as cursors: the same after a restart, and none of those
    /// that links to files are signed with.
    pub fn cursor_key(&self) -> [u8; 32] {
        let mut key = Hmac::<Sha256>::new_from_slice(&self.files().settings.link_key.0).expect("HMAC takes any key");
        key.update(b"cursors of the API");
        key.finalize().into_bytes().into()
    }
}
