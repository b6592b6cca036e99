//! Tells other programs what happens. Each webhook reads the events from where it was; what it wants becomes deliveries,
//! and those are tried until they are taken, or for 24 hours.

pub mod post;
pub mod sign;
#[cfg(test)]
mod tests;

use crate::clock::now;
use crate::{Acs, EgressPolicy};
use model::device::Identity;
use model::event::EventView;
use model::webhook::{DeliveryState, word};
use model::{Timestamp, WebhookId};
use post::{OVERALL, post};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{DueDelivery, NewDelivery, Store, Tried, WebhookRecord};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How often events and deliveries are looked for while there is a webhook.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is seen whether there is one, whoever made it.
const RELOAD_MS: i64 = 30_000;
/// Events that one webhook looks at in a step, and deliveries that may wait for one before it looks no further.
const STEP: u16 = 500;
const WAITING_MAX: u32 = 10_000;
/// Tries at once: of all, and of one webhook.
const AT_ONCE: usize = 32;
const AT_ONCE_EACH: usize = 2;
/// Pauses after failed tries, in seconds; the last one again and again.
const PAUSES: [i64; 9] = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600];
/// A delivery is given up after so many seconds.
pub(crate) const GIVEN_UP: i64 = 24 * 3600;
/// A webhook of which every delivery failed for so many seconds is switched off.
const STOPPED: i64 = 5 * 24 * 3600;

/// The body of a delivery.
pub type Render = fn(EventView, Identity) -> String;

/// What the loop and the operations share.
#[derive(Default)]
pub(crate) struct Webhooks {
    /// Something about webhooks has changed: look at once.
    pub changed: Notify,
    /// Tries that are running, by webhook.
    running: Mutex<HashMap<WebhookId, usize>>,
    total: AtomicUsize,
}

impl Webhooks {
    /// A place for a try, if there is one.
    fn enter(&self, id: WebhookId) -> bool {
        let mut running = self.running.lock().expect("no panic while locked");
        let each = running.entry(id).or_default();
        if *each >= AT_ONCE_EACH || self.total.load(Ordering::Relaxed) >= AT_ONCE {
            return false;
        }
        *each += 1;
        self.total.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn leave(&self, id: WebhookId) {
        let mut running = self.running.lock().expect("no panic while locked");
        if let Some(each) = running.get_mut(&id) {
            *each -= 1;
            if *each == 0 {
                running.remove(&id);
            }
        }
        self.total.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The pause after the try with this number (the first is 1), a tenth longer or shorter by chance.
pub(crate) fn pause(attempts: u32) -> i64 {
    let index = (attempts.saturating_sub(1) as usize).min(PAUSES.len() - 1);
    let seconds = PAUSES[index] as f64;
    (seconds * 1000.0 * (0.9 + 0.2 * rand::random::<f64>())) as i64
}

impl Acs {
    /// Delivers until the process ends. Runs once in a process.
    pub async fn deliver_webhooks(self, render: Render) {
        let mut ending = self.ending();
        let mut hooks: Vec<WebhookRecord> = Vec::new();
        let mut loaded = Timestamp(i64::MIN / 2);
        let mut tries = JoinSet::new();
        loop {
            let idle = !hooks.iter().any(|hook| hook.view.enabled);
            let wait = if idle { Duration::from_millis(RELOAD_MS as u64) } else { LOOK };
            let first = loaded.0 < 0;
            tokio::select! {
                () = tokio::time::sleep(if first { Duration::ZERO } else { wait }) => {}
                () = self.webhooks_changed() => loaded = Timestamp(0),
                _ = ending.wait_for(|ending| *ending) => return,
            }
            while tries.try_join_next().is_some() {}
            if now().since(loaded) >= RELOAD_MS || loaded.0 <= 0 || !idle {
                match self.store().webhooks().await {
                    Ok(found) => (hooks, loaded) = (found, now()),
                    Err(error) => {
                        tracing::warn!(%error, "webhooks cannot be looked up; tried again");
                        continue;
                    }
                }
            }
            for hook in hooks.iter().filter(|hook| hook.view.enabled && hook.view.waiting < WAITING_MAX) {
                if let Err(error) = self.look_at_events(hook, render).await {
                    tracing::warn!(
                        error = error.causes(),
                        webhook = hook.view.id.0,
                        "events cannot be read for a webhook"
                    );
                }
            }
            if hooks.iter().any(|hook| hook.view.enabled) {
                self.try_due(&hooks, &mut tries).await;
            }
        }
    }

    /// What a webhook wants of the events since it looked becomes deliveries.
    async fn look_at_events(&self, hook: &WebhookRecord, render: Render) -> crate::Result<()> {
        let store = self.store();
        let feed = store.events_after(hook.upto, STEP, now()).await?;
        if feed.upto == hook.upto {
            return Ok(());
        }
        let view = &hook.view;
        let mut events: Vec<EventView> = feed.events;
        events.retain(|event| view.kinds.is_empty() || view.kinds.iter().any(|kind| kind == word(&event.kind)));
        if !view.scope.is_everything() {
            let mut devices: Vec<_> = events.iter().map(|event| event.device).collect();
            devices.sort_unstable();
            devices.dedup();
            let within = store.devices_in(&view.scope, &devices).await?;
            events.retain(|event| within.contains(&event.device));
        }
        let mut deliveries = Vec::with_capacity(events.len());
        for event in events {
            let Some(entry) = self.exchange().devices.get(event.device).await? else { continue };
            let identity = entry.record().identity.clone();
            let (id, device, kind) = (event.id, event.device, word(&event.kind).to_owned());
            deliveries.push(NewDelivery { event: Some(id), device: Some(device), kind, body: render(event, identity) });
        }
        store.fan_out(view.id, hook.upto, feed.upto, &deliveries, now()).await?;
        Ok(())
    }

    /// Tries what is due, as far as there are places.
    async fn try_due(&self, hooks: &[WebhookRecord], tries: &mut JoinSet<()>) {
        let (store, shared) = (self.store().clone(), self.webhooks_shared());
        let due = match store.due_deliveries(now(), 200).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "deliveries of webhooks cannot be looked up; tried again");
                return;
            }
        };
        for due in due {
            let Some(hook) = hooks.iter().find(|hook| hook.view.id == due.webhook) else { continue };
            if !shared.enter(due.webhook) {
                continue;
            }
            let until = now().plus_seconds(3 * OVERALL.as_secs() as i64);
            if !matches!(store.take_delivery(&due, until).await, Ok(true)) {
                shared.leave(due.webhook);
                continue;
            }
            let (store, shared, hook) = (store.clone(), shared.clone(), hook.clone());
            let policy = self.exchange().settings.egress.clone();
            tries.spawn(async move {
                if let Err(error) = attempt(&store, &hook, &due, &policy).await {
                    tracing::warn!(%error, webhook = due.webhook.0, "how a delivery went cannot be written down");
                }
                shared.leave(due.webhook);
                // The next one of its device may go at once.
                shared.changed.notify_one();
            });
        }
    }
}

/// One try, and what follows from it.
async fn attempt(
    store: &Store,
    hook: &WebhookRecord,
    due: &DueDelivery,
    policy: &EgressPolicy,
) -> Result<(), store::StoreError> {
    let started = now();
    let (id, seconds) = (format!("msg_{}", due.id), started.0 / 1000);
    let headers = [
        ("webhook-id", id.clone()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", sign::signature(&hook.secret, &id, seconds, &due.body)),
    ];
    let posted = post(&hook.view.url, &headers, &due.body, policy).await;
    let at = now();
    let next_at = at.plus_millis(pause(due.attempts + 1));
    let state = if posted.succeeded() {
        DeliveryState::Delivered
    } else if next_at.since(due.created_at) > GIVEN_UP * 1000 {
        DeliveryState::Dead
    } else {
        DeliveryState::Waiting
    };
    let said = match posted.status {
        Some(300..=399) => "Redirects are not followed. Enter the address that they lead to.".to_owned(),
        _ => posted.said.clone(),
    };
    let tried = Tried { state, at, next_at, status: posted.status, duration_ms: posted.duration_ms, said };
    store.delivery_tried(due, &tried).await?;
    let id = hook.view.id;
    if posted.succeeded() {
        if hook.view.failing_since.is_some() {
            store.webhook_failing(id, None).await?;
        }
        return Ok(());
    }
    match hook.view.failing_since {
        _ if posted.status == Some(410) => {
            store.stop_webhook(id, "The other side says that it is gone (410).").await?;
        }
        None => store.webhook_failing(id, Some(started)).await?,
        Some(since) if at.since(since) > STOPPED * 1000 => {
            store.stop_webhook(id, "Every delivery failed for 5 days.").await?;
            tracing::warn!(webhook = id.0, "a webhook was switched off: every delivery failed for 5 days");
        }
        Some(_) => {}
    }
    Ok(())
}

/// For tests and operations alike.
impl Acs {
    fn webhooks_shared(&self) -> Arc<Webhooks> {
        self.webhooks_state().clone()
    }

    async fn webhooks_changed(&self) {
        self.webhooks_state().changed.notified().await;
    }
}
