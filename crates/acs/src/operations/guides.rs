//! Guides through complaints: begun by an agent, shared by all, ended with a note.

use super::Acs;
use crate::LinkAnswer;
use crate::aliases::Resolver;
use crate::audit::Entry;
use crate::clock::now;
use crate::guides::{self, Does, Facts, GO_ON, Other, Passed, TaskFact, Timed, walk};
use crate::views::task_view;
use crate::{AcsError, Actor, Result, forms};
use model::audit::{Act, Target};
use model::device::Presence;
use model::diagnostic::Found;
use model::guide::{Chosen, GuideEnd, GuideKind, GuideView, Outcome};
use model::note::NoteScope;
use model::task::{TaskKind, TaskOutcome, TaskState};
use model::{DeviceId, GuideId, Permission, TaskId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{GuideRecord, NewGuide, TaskRecord};

/// Tests of one device that are looked through.
const LISTED: u16 = 20;
/// Characters that may be typed for a choice.
const TYPED: usize = 256;

/// How a guide ended, as stored.
#[derive(Serialize, Deserialize)]
struct Ending {
    outcome: Outcome,
    by: String,
    at: model::Timestamp,
    note: String,
}

impl Acs {
    /// Begins a guide, or goes on with the one of this kind that runs already: two agents share it.
    pub async fn begin_guide(&self, actor: &Actor, device: DeviceId, kind: GuideKind) -> Result<GuideView> {
        self.at(actor, Permission::DeviceRead, device).await?;
        actor.require(Permission::NoteWrite)?;
        if self.inner.store.running_guide(device, kind).await?.is_none() {
            let entry = Entry::new(Act::GuideBegun, self.device_target(device).await?);
            self.audit(actor, entry.after(kind)).await?;
        }
        let new = NewGuide { device, kind, by: actor.name().to_owned(), now: now() };
        let record = self.inner.store.begin_guide(&new).await.map_err(no_device)?;
        self.guide_view(record).await
    }

    pub async fn guide(&self, actor: &Actor, id: GuideId) -> Result<GuideView> {
        actor.require(Permission::DeviceRead)?;
        let record = self.inner.store.guide(id).await?.ok_or(AcsError::NotFound("guide"))?;
        self.at(actor, Permission::DeviceRead, record.device).await?;
        self.guide_view(record).await
    }

    /// The guide of this kind that runs on the device; `None`: none does. Nothing is begun.
    pub async fn running_guide(&self, actor: &Actor, device: DeviceId, kind: GuideKind) -> Result<Option<GuideView>> {
        self.at(actor, Permission::DeviceRead, device).await?;
        match self.inner.store.running_guide(device, kind).await? {
            Some(record) => Ok(Some(self.guide_view(record).await?)),
            None => Ok(None),
        }
    }

    /// Takes a step. Refused if the guide has moved on meanwhile.
    pub async fn take_step(&self, actor: &Actor, chosen: &Chosen) -> Result<GuideView> {
        actor.require(Permission::NoteWrite)?;
        let mut record = self.inner.store.guide(chosen.guide).await?.ok_or(AcsError::NotFound("guide"))?;
        self.at(actor, Permission::NoteWrite, record.device).await?;
        let mut passed = steps(&record);
        let facts = self.facts(&record, &passed).await?;
        let way = walk(record.kind, &passed, &facts);
        let step = way.open().filter(|step| step.key == chosen.step && record.ending.is_none()).ok_or_else(moved)?;
        let taken = step.moves.iter().find(|taken| taken.key == chosen.choice).ok_or_else(moved)?;
        let text: String = chosen.text.trim().chars().take(TYPED).collect();
        if taken.asks.is_some() && text.is_empty() {
            return Err(AcsError::Invalid("Something has to be typed for this.".to_owned()));
        }
        let mut entry = Passed {
            step: step.key.to_owned(),
            choice: taken.key.to_owned(),
            title: step.title.to_owned(),
            found: step.found.clone(),
            finding: step.finding,
            chosen: taken.label.clone(),
            by: actor.name().to_owned(),
            at: now(),
            tasks: Vec::new(),
            text: text.clone(),
        };
        let said = serde_json::json!({ "step": entry.step, "chosen": entry.choice, "guide": record.kind });
        let written = Entry::new(Act::GuideStep, Target::new("guide", record.id, step.title)).after(said);
        self.audit(actor, written).await?;
        let mut ending = None;
        match &taken.does {
            Does::Next => {
                // What it waited for goes on, but nobody waits for it.
                if taken.key == GO_ON
                    && let Some(before) = way.was_passed(step.key)
                {
                    entry.chosen = format!("{}; {}", before.chosen, taken.label.to_lowercase());
                }
            }
            Does::Task(kind) => entry.tasks.push(self.create_task(actor, record.device, kind.clone()).await?.id),
            Does::Other(kinds) => {
                let other = new_router(&passed).ok_or_else(moved)?;
                for kind in kinds {
                    entry.tasks.push(self.create_task(actor, other, kind.clone()).await?.id);
                }
            }
            Does::Choose => {
                let other = self.chosen_router(actor, record.device, &text).await?;
                entry.found = format!("The new router is {text}.");
                entry.text = other.to_string();
            }
            Does::MoveSubscriber => {
                let other = new_router(&passed).ok_or_else(moved)?;
                self.move_subscriber(actor, record.device, other).await?;
            }
            Does::End(outcome) => ending = Some(*outcome),
        }
        passed.retain(|before| before.step != entry.step);
        passed.push(entry);
        if let Some(outcome) = ending {
            let way = walk(record.kind, &passed, &facts);
            let note = guides::note(record.kind, outcome, &way);
            let end = Ending { outcome, by: actor.name().to_owned(), at: now(), note };
            self.save(&mut record, &passed, Some(&end)).await?;
            self.add_note(actor, NoteScope::Device(record.device), &end.note).await?;
        } else {
            self.save(&mut record, &passed, None).await?;
        }
        self.guide_view(record).await
    }

    async fn save(&self, record: &mut GuideRecord, passed: &[Passed], end: Option<&Ending>) -> Result<()> {
        let json = |error: serde_json::Error| AcsError::Store(Box::new(error));
        let steps = serde_json::to_string(passed).map_err(json)?;
        let ending = end.map(serde_json::to_string).transpose().map_err(json)?;
        let store = &self.inner.store;
        if !store.update_guide(record.id, record.version, &steps, ending.as_deref(), now()).await? {
            return Err(moved());
        }
        record.version += 1;
        (record.steps, record.ending) = (steps, ending);
        Ok(())
    }

    async fn guide_view(&self, record: GuideRecord) -> Result<GuideView> {
        let passed = steps(&record);
        let facts = self.facts(&record, &passed).await?;
        let way = walk(record.kind, &passed, &facts);
        let running = match way.waits_for() {
            Some(task) => self.inner.store.task(task).await?.map(task_view).map(Box::new),
            None => None,
        };
        let (behind, now) = way.view();
        let ending = record.ending.as_deref().and_then(|ending| serde_json::from_str::<Ending>(ending).ok());
        Ok(GuideView {
            id: record.id,
            device: record.device,
            kind: record.kind,
            by: record.by,
            started_at: record.started_at,
            behind,
            now: now.filter(|_| ending.is_none()).map(|mut step| {
                step.running = running;
                step
            }),
            ended: ending.map(|Ending { outcome, by, at, note }| GuideEnd { outcome, by, at, note }),
        })
    }

    /// What the guide decides on, from what is stored.
    async fn facts(&self, guide: &GuideRecord, passed: &[Passed]) -> Result<Facts> {
        let store = &self.inner.store;
        let (time, id) = (now(), guide.device);
        let record = self.record(id).await?;
        let row = store.device_row(id).await?.ok_or(AcsError::NotFound("device"))?;
        let tree = self.stored_tree(id).await?;
        let tests = store.diagnoses(id, None, LISTED).await?.items;
        let resolver = Resolver::of(&record, &tree);
        let network = forms::network::view(&resolver, &record);
        let wifi = forms::wifi::view(&resolver, &tests);
        let tasks = self.task_facts(passed).await?;
        let other = match new_router(passed) {
            Some(other) => self.other_router(other, row.subscriber.as_ref().map(|who| who.id)).await?,
            None => None,
        };
        let radios = wifi.radios.iter().filter_map(|radio| radio.read_at).min();
        Ok(Facts {
            now: time,
            online: row.presence(time) == Presence::Online,
            heard: row.last_inform,
            read_at: radios.into_iter().chain(network.internet.read_at).min(),
            wifi,
            network,
            tests: crate::diagnostics::supported(&tree),
            target: self.ping_target(),
            speed: found(&tests, |found| match found {
                Found::Speed(speed) if !speed.up => Some(speed.clone()),
                _ => None,
            }),
            ping: found(&tests, |found| match found {
                Found::Ping(times) => Some(times.clone()),
                _ => None,
            }),
            lookup: found(&tests, |found| match found {
                Found::Names { answers, .. } => Some(answers.iter().any(|answer| !answer.addresses.is_empty())),
                _ => None,
            }),
            plan_down_kbit: row.subscriber.as_ref().and_then(|who| who.plan_down_kbit),
            tasks,
            subscriber: row.subscriber.map(|who| who.name),
            other,
        })
    }

    async fn task_facts(&self, passed: &[Passed]) -> Result<HashMap<TaskId, TaskFact>> {
        let mut facts = HashMap::new();
        for id in passed.iter().flat_map(|passed| &passed.tasks) {
            if let Some(task) = self.inner.store.task(*id).await? {
                let problem = match (&task.outcome, task.state) {
                    (Some(TaskOutcome::Fault { fault }), _) => Some(fault.message.clone()),
                    (_, TaskState::Failed) => task.note.clone(),
                    _ => None,
                };
                facts.insert(*id, TaskFact { state: task.state, problem });
            }
        }
        Ok(facts)
    }

    async fn other_router(&self, id: DeviceId, owner: Option<model::SubscriberId>) -> Result<Option<Other>> {
        let Some(row) = self.inner.store.device_row(id).await? else { return Ok(None) };
        let record = self.record(id).await?;
        let tree = self.stored_tree(id).await?;
        let resolver = Resolver::of(&record, &tree);
        let holder = row.subscriber.as_ref();
        Ok(Some(Other {
            serial: row.identity.serial.clone(),
            model: row.model.clone(),
            online: row.presence(now()) == Presence::Online,
            moved: holder.is_some_and(|who| owner.is_none() || owner == Some(who.id)),
            subscriber: holder.map(|who| who.name.clone()),
            wifi: forms::wifi::view(&resolver, &[]),
            network: forms::network::view(&resolver, &record),
        }))
    }

    /// The router with this serial number; not the old one itself.
    async fn chosen_router(&self, actor: &Actor, old: DeviceId, serial: &str) -> Result<DeviceId> {
        actor.require(Permission::DeviceRead)?;
        let invalid = |text: &str| AcsError::Invalid(text.to_owned());
        let mut found = self.inner.store.devices_with_serial(serial).await?;
        found.retain(|id| *id != old);
        match found.as_slice() {
            [one] => {
                self.at_or_free(actor, Permission::DeviceRead, *one).await?;
                Ok(*one)
            }
            [] => Err(invalid(
                "No other router with this serial number has reported yet. Check the number, and that it is plugged in.",
            )),
            _ => Err(invalid(
                "Several makers have a router with this serial number. Open the right one and link it there.",
            )),
        }
    }

    /// The new router takes the old one's place at its subscriber.
    async fn move_subscriber(&self, actor: &Actor, old: DeviceId, new: DeviceId) -> Result<()> {
        let row = self.inner.store.device_row(old).await?.ok_or(AcsError::NotFound("device"))?;
        let who = row.subscriber.ok_or_else(moved)?;
        // The step has said to whom the new one belongs.
        let holder = self.inner.store.device_row(new).await?.and_then(|row| row.subscriber).map(|holder| holder.id);
        if let LinkAnswer::Elsewhere(other) = self.link_device(actor, new, who.id, holder).await? {
            let text =
                format!("The new router is at the line of {} by now. Nothing was moved; look again.", other.name);
            return Err(AcsError::Invalid(text));
        }
        self.unlink_device(actor, old, who.id).await
    }

    /// Where routers are asked to ping: the host of the test endpoint.
    fn ping_target(&self) -> String {
        let url = &self.inner.exchange.settings.speed.base_url;
        let host = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
        match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address.to_owned(),
            None => host.split(':').next().unwrap_or_default().to_owned(),
        }
    }
}

fn steps(record: &GuideRecord) -> Vec<Passed> {
    serde_json::from_str(&record.steps).unwrap_or_default()
}

/// The router that was chosen as the new one.
fn new_router(passed: &[Passed]) -> Option<DeviceId> {
    passed.iter().find(|passed| passed.step == "choose").and_then(|passed| passed.text.parse().ok())
}

/// The newest result of a kind.
fn found<T>(tests: &[TaskRecord], pick: impl Fn(&Found) -> Option<T>) -> Option<Timed<T>> {
    tests.iter().filter(|task| matches!(task.kind, TaskKind::Diagnose { .. })).find_map(|task| match &task.outcome {
        Some(TaskOutcome::Diagnosed { result, .. }) => Some(Timed { value: pick(&result.found)?, at: task.updated_at }),
        _ => None,
    })
}

fn moved() -> AcsError {
    AcsError::Invalid("This guide has moved on. Look at the step that is open now.".to_owned())
}

fn no_device(error: store::StoreError) -> AcsError {
    match error {
        store::StoreError::NotFound { what } => AcsError::NotFound(what),
        error => error.into(),
    }
}
