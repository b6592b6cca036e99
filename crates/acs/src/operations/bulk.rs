//! One order for many devices: fixed, confirmed, then queued in the background, some devices at a time.
//!
//! Which devices it is for is written down when it is prepared; its number is what a confirmation names. So pressing
//! twice starts it once, and nobody is asked who was not counted. Batches are small and pauses lie between them: what
//! an agent does meanwhile never stands behind more than one batch.

use super::Acs;
use super::tasks::{OPEN_TASKS, everything, same_waiting};
use crate::audit::Entry;
use crate::clock::now;
use crate::views::task_view;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::bulk::{BULK_A_SECOND, BULK_MAX, BulkKind, BulkSkip, BulkTarget, BulkView};
use model::device::Enrolment;
use model::task::TaskKind;
use model::{AgentId, BulkId, DeviceId, Permission};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{BULK_PREPARED_FOR, BulkRecord, BulkStep, NewBulk, NewTask, StoreError};

/// Devices of one transaction.
const BATCH: usize = 25;
/// Between two batches. Tests do not wait.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1000 * BATCH as u64 / BULK_A_SECOND as u64 });
/// Tries of one batch, should the database not answer.
const TRIES: u32 = 5;

impl Acs {
    /// Finds the devices of an order. Nothing is queued before [`Self::start_bulk`]. At most [`BULK_MAX`] devices.
    pub async fn prepare_bulk(&self, actor: &Actor, kind: BulkKind, target: &BulkTarget) -> Result<BulkView> {
        actor.require(Permission::DeviceRead)?;
        let agent = agent(actor, kind.permission())?;
        let time = now();
        let devices = match target {
            BulkTarget::Devices(devices) => {
                let mut devices = devices.clone();
                devices.sort_unstable();
                devices.dedup();
                self.those_of(actor, devices).await?
            }
            BulkTarget::Matching(filter) => {
                self.inner.store.device_ids(filter, actor.scope(), time, BULK_MAX + 1).await?
            }
        };
        if devices.is_empty() {
            return Err(AcsError::Invalid("No router matches any more. Nothing was queued.".to_owned()));
        }
        if devices.len() > BULK_MAX as usize {
            return Err(AcsError::Invalid(format!(
                "More than {BULK_MAX} routers match, and {BULK_MAX} can be asked at once. Nothing was queued. Narrow \
                 the filter."
            )));
        }
        let new = NewBulk { agent, by: actor.name().to_owned(), kind, devices, now: time };
        Ok(self.inner.store.prepare_bulk(new).await?)
    }

    /// Confirms an order; its tasks are queued in the background. A second confirmation changes nothing. `typed`: how many
    /// devices the person typed, where [`BulkView::needs_typing`].
    pub async fn start_bulk(&self, actor: &Actor, id: BulkId, typed: Option<u32>) -> Result<BulkView> {
        let record = self.own_bulk(actor, id).await?;
        let view = record.view;
        if view.started_at.is_some() {
            return Ok(view);
        }
        if view.needs_typing() && typed != Some(view.total) {
            return Err(AcsError::Invalid(format!(
                "Type {} to reboot that many routers. Nothing was queued.",
                view.total
            )));
        }
        let time = now();
        if time.0 - view.prepared_at.0 > BULK_PREPARED_FOR {
            return Err(AcsError::Invalid(
                "These routers were looked up more than an hour ago. Nothing was queued. Choose them again.".to_owned(),
            ));
        }
        let entry = Entry::new(Act::BulkStarted, Target::new("bulk", id, view.kind.as_str()));
        self.audit(actor, entry.after(serde_json::json!({ "devices": view.total }))).await?;
        if self.inner.store.start_bulk(id, time).await? {
            tracing::info!(
                bulk = id.0,
                kind = view.kind.as_str(),
                devices = view.total,
                by = view.by,
                "an order for many devices"
            );
            tokio::spawn(self.clone().run_bulk(id));
        }
        Ok(self.own_bulk(actor, id).await?.view)
    }

    /// Leaves alone the devices whose tasks are not queued yet. Tasks that are can be cancelled one by one.
    pub async fn stop_bulk(&self, actor: &Actor, id: BulkId) -> Result<BulkView> {
        let view = self.own_bulk(actor, id).await?.view;
        let entry = Entry::new(Act::BulkStopped, Target::new("bulk", id, view.kind.as_str()));
        let said = serde_json::json!({ "devices": view.total, "queued": view.queued });
        self.audit(actor, entry.after(said)).await?;
        self.inner.store.stop_bulk(id, now()).await?;
        Ok(self.own_bulk(actor, id).await?.view)
    }

    /// Takes the result of an order that has ended from the page.
    pub async fn dismiss_bulk(&self, actor: &Actor, id: BulkId) -> Result<()> {
        self.own_bulk(actor, id).await?;
        self.inner.store.dismiss_bulk(id).await?;
        Ok(())
    }

    /// What the agent started and has not taken from the page, the newest first; at most five.
    pub async fn bulks(&self, actor: &Actor) -> Result<Vec<BulkView>> {
        actor.require(Permission::DeviceRead)?;
        match actor {
            Actor::Agent(agent) => Ok(self.inner.store.bulks(agent.id).await?),
            Actor::Token(_) | Actor::System => Ok(Vec::new()),
        }
    }

    /// An order of the agent who asks; those of others are not there.
    async fn own_bulk(&self, actor: &Actor, id: BulkId) -> Result<BulkRecord> {
        let agent = agent(actor, Permission::DeviceRead)?;
        let record = self.inner.store.bulk(id).await?.filter(|record| record.agent == agent);
        let record = record.ok_or(AcsError::NotFound("order"))?;
        actor.require(record.view.kind.permission())?;
        Ok(record)
    }

    /// Goes on with what a stop of the process interrupted.
    pub(super) async fn resume_bulks(&self) -> Result<()> {
        for id in self.inner.store.running_bulks().await? {
            tokio::spawn(self.clone().run_bulk(id));
        }
        Ok(())
    }

    async fn run_bulk(self, id: BulkId) {
        let mut ending = self.inner.ending.subscribe();
        tokio::select! {
            done = self.work_through(id) => {
                if let Err(error) = done {
                    // It goes on at the next start: what was queued is written down.
                    tracing::error!(bulk = id.0, error = error.causes(), "an order for many devices was interrupted");
                }
            }
            _ = ending.wait_for(|ending| *ending) => {}
        }
    }

    async fn work_through(&self, id: BulkId) -> Result<()> {
        let Some(record) = self.inner.store.bulk(id).await? else { return Ok(()) };
        let devices = self.inner.store.bulk_devices(id).await?;
        let mut skipped: BTreeMap<BulkSkip, u32> = record.view.skipped.iter().copied().collect();
        let mut done = (record.done as usize).min(devices.len());
        while done < devices.len() {
            let batch = &devices[done..devices.len().min(done + BATCH)];
            let mut tries = 0;
            let next = loop {
                match self.queue_batch(id, &record.view, done, batch, &skipped, devices.len()).await {
                    Ok(next) => break next,
                    Err(error) if tries < TRIES => {
                        tries += 1;
                        tracing::warn!(bulk = id.0, error = error.causes(), "some devices are asked again");
                        tokio::time::sleep(PAUSE * 4 * tries).await;
                    }
                    Err(error) => return Err(error),
                }
            };
            // Stopped.
            let Some(now_skipped) = next else { return Ok(()) };
            skipped = now_skipped;
            done += batch.len();
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Looks at some devices and queues their tasks. `None` if the order was stopped.
    async fn queue_batch(
        &self,
        id: BulkId,
        view: &BulkView,
        done: usize,
        batch: &[DeviceId],
        skipped: &BTreeMap<BulkSkip, u32>,
        total: usize,
    ) -> Result<Option<BTreeMap<BulkSkip, u32>>> {
        let mut skipped = skipped.clone();
        let mut tasks = Vec::new();
        let time = now();
        for device in batch {
            match self.fits(*device, view.kind).await? {
                Ok(kind) => tasks.push(NewTask::new(*device, kind, &view.by, time)),
                Err(why) => *skipped.entry(why).or_default() += 1,
            }
        }
        let after = done + batch.len();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let step = BulkStep {
            from: count(done),
            done: count(after),
            tasks,
            skipped: skipped.iter().map(|(why, count)| (*why, *count)).collect(),
            ended_at: (after == total).then_some(time),
        };
        let queued = match self.inner.store.bulk_step(id, &step).await {
            Ok(Some(queued)) => queued,
            Ok(None) => return Ok(None),
            // A device was deleted in this moment: the next try sees that.
            Err(error @ StoreError::NotFound { .. }) => return Err(AcsError::internal(error)),
            Err(error) => return Err(error.into()),
        };
        for task in queued {
            if let Err(error) = self.queued(task.device, task_view(task)).await {
                // The task is there: the device gets it at its next contact.
                tracing::warn!(bulk = id.0, error = error.causes(), "a device was not woken");
            }
        }
        Ok(Some(skipped))
    }

    /// The task of one device, or why it gets none.
    async fn fits(&self, id: DeviceId, kind: BulkKind) -> Result<std::result::Result<TaskKind, BulkSkip>> {
        let Some(entry) = self.inner.exchange.devices.get(id).await? else { return Ok(Err(BulkSkip::Gone)) };
        let (enrolment, root) = {
            let record = entry.record();
            (record.enrolment, record.data_model.root())
        };
        if enrolment != Enrolment::Approved {
            return Ok(Err(BulkSkip::NotApproved));
        }
        let kind = everything(kind.task(), root);
        if self.check_supported(&kind, &entry).is_err() {
            return Ok(Err(BulkSkip::NotSupported));
        }
        let open = self.inner.store.open_tasks(id).await?;
        Ok(if same_waiting(&kind, &open).is_some() {
            Err(BulkSkip::Already)
        } else if open.len() >= OPEN_TASKS {
            Err(BulkSkip::Full)
        } else {
            Ok(kind)
        })
    }
}

/// Orders are people's: each sees their own.
fn agent(actor: &Actor, permission: Permission) -> Result<AgentId> {
    actor.require(permission)?;
    match actor {
        Actor::Agent(agent) => Ok(agent.id),
        Actor::Token(_) | Actor::System => Err(AcsError::Denied(permission)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AcsSettings;
    use model::account::AgentView;
    use model::device::{DeviceFilter, Identity};
    use model::task::TaskState;
    use model::{Role, Scope, Timestamp};
    use store::testing::{Kind, run};
    use store::{NewAgent, Store};

    async fn person(store: &Store, name: &str, role: Role) -> Actor {
        let new = NewAgent {
            username: name.into(),
            name: name.into(),
            role: role.into(),
            scope: Scope::default(),
            password_hash: String::new(),
            now: Timestamp(1),
        };
        let id = store.insert_agent(new).await.unwrap().id;
        let (role, scope) = (role.view(), Scope::default());
        Actor::Agent(AgentView { id, username: name.into(), name: name.into(), role, scope })
    }

    async fn devices(acs: &Acs, count: usize) -> Vec<DeviceId> {
        for number in 0..count {
            let identity = Identity { oui: "00AA11".into(), serial: format!("SER{number:03}"), ..Identity::default() };
            acs.register_device(&Actor::System, &identity, None).await.unwrap();
        }
        acs.inner.store.device_ids(&DeviceFilter::default(), None, now(), 1000).await.unwrap()
    }

    async fn ended(acs: &Acs, actor: &Actor, id: BulkId) -> BulkView {
        for _ in 0..500 {
            let view = acs.own_bulk(actor, id).await.unwrap().view;
            if view.ended_at.is_some() {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the order does not end");
    }

    /// On both databases.
    async fn on_both<F: Future<Output = ()> + Send + 'static>(test: impl Fn(Store) -> F) {
        for kind in [Kind::Sqlite, Kind::Postgres] {
            run(kind, |database| test(database.store())).await;
        }
    }

    #[tokio::test]
    async fn everything_that_matches_is_asked_once() {
        on_both(|store| async move {
            let acs = Acs::start(store.clone(), AcsSettings::default()).await.unwrap();
            let ana = person(&store, "ana", Role::Helpdesk).await;
            let ids = devices(&acs, 60).await;
            let all = BulkTarget::Matching(DeviceFilter::default());
            acs.create_task(&ana, ids[3], TaskKind::Reboot).await.unwrap();
            let plan = acs.prepare_bulk(&ana, BulkKind::Reboot, &all).await.unwrap();
            assert_eq!((plan.total, plan.needs_typing()), (60, true));
            for typed in [None, Some(59)] {
                let refused = acs.start_bulk(&ana, plan.id, typed).await;
                assert!(matches!(refused, Err(AcsError::Invalid(_))), "{typed:?}");
            }
            // Two presses at once are one order.
            let (one, two) =
                tokio::join!(acs.start_bulk(&ana, plan.id, Some(60)), acs.start_bulk(&ana, plan.id, Some(60)));
            assert!(one.is_ok() && two.is_ok());
            let result = ended(&acs, &ana, plan.id).await;
            assert_eq!((result.queued, result.skipped.clone()), (59, vec![(BulkSkip::Already, 1)]));
            acs.start_bulk(&ana, plan.id, Some(60)).await.unwrap();
            for id in &ids {
                let open = store.open_tasks(*id).await.unwrap();
                let reboots = open.iter().filter(|task| task.kind == TaskKind::Reboot).count();
                assert_eq!((reboots, open[0].state == TaskState::Applied), (1, false), "{id}");
                assert_eq!(open[0].by, "ana");
            }
            assert_eq!(acs.bulks(&ana).await.unwrap().len(), 1);
            acs.dismiss_bulk(&ana, plan.id).await.unwrap();
            assert!(acs.bulks(&ana).await.unwrap().is_empty());
            acs.shutdown(Duration::from_millis(1)).await;
        })
        .await;
    }

    #[tokio::test]
    async fn an_order_that_was_cut_off_goes_on_where_it_was() {
        on_both(|store| async move {
            let acs = Acs::for_commands(store.clone()).await.unwrap();
            let ana = person(&store, "ana", Role::Helpdesk).await;
            let ids = devices(&acs, 30).await;
            let refused = &ids[29];
            acs.decide_enrolment(&Actor::System, &[*refused], Enrolment::Refused).await.unwrap();
            let target = BulkTarget::Devices([ids.clone(), ids.clone()].concat());
            let plan = acs.prepare_bulk(&ana, BulkKind::Refresh, &target).await.unwrap();
            assert_eq!(plan.total, 30, "each once");
            assert!(store.start_bulk(plan.id, now()).await.unwrap());
            let first = acs.queue_batch(plan.id, &plan, 0, &ids[..25], &BTreeMap::new(), 30).await.unwrap();
            assert!(first.is_some());
            let again = Acs::start(store.clone(), AcsSettings::default()).await.unwrap();
            let result = ended(&again, &ana, plan.id).await;
            assert_eq!((result.queued, result.skipped.clone()), (29, vec![(BulkSkip::NotApproved, 1)]));
            for id in &ids[..29] {
                assert_eq!(store.open_tasks(*id).await.unwrap().len(), 1, "{id}");
            }
            again.shutdown(Duration::from_millis(1)).await;
        })
        .await;
    }

    #[tokio::test]
    async fn orders_are_for_those_who_may_and_their_own() {
        on_both(|store| async move {
            let acs = Acs::for_commands(store.clone()).await.unwrap();
            let (ana, ben) = (person(&store, "ana", Role::Helpdesk).await, person(&store, "ben", Role::Helpdesk).await);
            let reader = person(&store, "rea", Role::ReadOnly).await;
            let ids = devices(&acs, 2).await;
            let target = BulkTarget::Devices(ids);
            for actor in [&reader, &Actor::System] {
                let denied = acs.prepare_bulk(actor, BulkKind::Refresh, &target).await;
                assert!(matches!(denied, Err(AcsError::Denied(_))));
            }
            let plan = acs.prepare_bulk(&ana, BulkKind::Refresh, &target).await.unwrap();
            assert!(matches!(acs.start_bulk(&ben, plan.id, None).await, Err(AcsError::NotFound(_))));
            assert!(matches!(acs.stop_bulk(&ben, plan.id).await, Err(AcsError::NotFound(_))));
            assert!(acs.bulks(&ana).await.unwrap().is_empty(), "not before it is confirmed");
            let none = DeviceFilter { model: "none".into(), ..DeviceFilter::default() };
            let empty = acs.prepare_bulk(&ana, BulkKind::Refresh, &BulkTarget::Matching(none)).await;
            assert!(matches!(empty, Err(AcsError::Invalid(_))));
            let many = BulkTarget::Devices((0..=i64::from(BULK_MAX)).map(DeviceId).collect());
            assert!(matches!(acs.prepare_bulk(&ana, BulkKind::Refresh, &many).await, Err(AcsError::Invalid(_))));
        })
        .await;
    }
}
