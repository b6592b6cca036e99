//! What happened to a device, and what is different from some time ago.

use super::Acs;
use super::notes::view as note_view;
use crate::clock::now;
use crate::knowledge::is_secret;
use crate::{Actor, Result};
use model::event::{EventKind, EventView};
use model::page::{Cursor, Page};
use model::task::{TaskKind, TaskOutcome, TaskState, ValueChange};
use model::timeline::{Class, Difference, Differences, Entry, Part, TimelineFilter};
use model::{DeviceId, Permission, TaskId, Timestamp};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;
use store::{TaskRecord, TimelineEntry};

/// Events and tasks that are looked at for a comparison.
const LOOKED_AT: u16 = 5000;
/// Paths in a comparison.
const DIFFERENCES: usize = 2000;
/// The longest time that is compared with, in days.
const DAYS: u16 = 366;

impl Acs {
    /// Newest first; `cursor` from an earlier page of the same filter.
    pub async fn timeline(
        &self,
        actor: &Actor,
        id: DeviceId,
        filter: &TimelineFilter,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<Entry>> {
        self.at(actor, Permission::DeviceRead, id).await?;
        self.record(id).await?;
        let at = now();
        let page = self.inner.store.timeline(id, filter, cursor, limit).await?;
        Ok(page.map(|entry| match entry {
            TimelineEntry::Event(event) => Entry::Event { event },
            TimelineEntry::Note(note) => Entry::Note { note: note_view(note, actor, at) },
        }))
    }

    /// Names of those who did or wrote something about a device, by the alphabet; at most 100.
    pub async fn timeline_people(&self, actor: &Actor, id: DeviceId) -> Result<Vec<String>> {
        self.at(actor, Permission::DeviceRead, id).await?;
        Ok(self.inner.store.timeline_people(id).await?)
    }

    /// What is different from `days` ago (1 to 366): values that the device or somebody changed since, by parts of the
    /// device. It follows from what was recorded since: what the device changed and nobody read is not known.
    pub async fn differences(&self, actor: &Actor, id: DeviceId, days: u16) -> Result<Differences> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let since = now().plus_seconds(-86_400 * i64::from(days.clamp(1, DAYS)));
        let classes = [Class::Change, Class::Version];
        let events = self.inner.store.events_since(id, &classes, since, LOOKED_AT).await?;
        let tasks = self.inner.store.tasks_ended_since(id, since, LOOKED_AT).await?;
        let truncated = [events.len(), tasks.len()].contains(&usize::from(LOOKED_AT));
        Ok(Differences { truncated, ..differences(since, events, tasks) })
    }
}

impl Acs {
    /// Once an hour: entries of timelines whose time is over are deleted, in small steps.
    pub(super) async fn sweep_timelines(self) {
        let days = self.inner.exchange.settings.keep_timeline_days;
        if days == 0 {
            return;
        }
        let mut ending = self.inner.ending.subscribe();
        let mut hour = tokio::time::interval(Duration::from_hours(1));
        loop {
            tokio::select! {
                _ = hour.tick() => {}
                _ = ending.wait_for(|ending| *ending) => return,
            }
            let before = now().plus_seconds(-86_400 * i64::from(days));
            loop {
                match self.inner.store.sweep_events(before).await {
                    Ok(0) => break,
                    // Others want to write, too.
                    Ok(_) => tokio::time::sleep(Duration::from_millis(200)).await,
                    Err(error) => {
                        tracing::warn!(%error, "old entries of timelines could not be deleted; tried again in an hour");
                        break;
                    }
                }
            }
        }
    }
}

/// One change on its way into a comparison.
struct Step {
    path: String,
    before: Option<String>,
    after: Option<String>,
    at: Timestamp,
    by: Option<String>,
    task: Option<TaskId>,
}

fn differences(since: Timestamp, events: Vec<EventView>, tasks: Vec<TaskRecord>) -> Differences {
    let mut steps: Vec<Step> = Vec::new();
    for event in events {
        let (at, by) = (event.at, event.by);
        let mut step = |path: String, before: Option<String>, after: Option<String>| {
            steps.push(Step { path, before, after, at, by: by.clone(), task: None });
        };
        match event.kind {
            EventKind::Changed { changes, .. } => {
                for ValueChange { path, before, after, .. } in changes {
                    step(path, before, after);
                }
            }
            EventKind::Software { before, after } => step("Firmware".to_owned(), Some(before), Some(after)),
            EventKind::Address { before, after } => step("Address".to_owned(), Some(before), Some(after)),
            _ => {}
        }
    }
    for task in tasks {
        let done = matches!(task.state, TaskState::Verified | TaskState::Different);
        let mut step = |path: String, before, after| {
            let (at, by) = (task.updated_at, Some(task.by.clone()));
            steps.push(Step { path, before, after, at, by, task: Some(task.id) });
        };
        match (&task.kind, task.outcome.clone()) {
            (_, Some(TaskOutcome::Changed { changes, .. })) => {
                for ValueChange { path, before, after, wanted } in changes {
                    // What cannot be read back counts as it was set.
                    step(path, before, after.or(wanted));
                }
            }
            (TaskKind::AddObject { .. }, Some(TaskOutcome::Added { path })) if done => {
                step(path, None, Some(String::new()));
            }
            (TaskKind::DeleteObject { .. }, Some(TaskOutcome::Deleted { path, .. })) if done => {
                step(path, Some(String::new()), None);
            }
            _ => {}
        }
    }
    steps.sort_by_key(|step| step.at);
    let mut found: Vec<Difference> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for Step { path, before, after, at, by, task } in steps {
        if let Some(known) = places.get(&path).and_then(|place| found.get_mut(*place)) {
            // A change of ours is told twice: by its task, and when the value was read.
            if known.after == after {
                known.by = known.by.take().or(by);
                known.task = known.task.or(task);
                continue;
            }
            (known.after, known.at, known.by, known.task) = (after, at, by, task);
            known.times += 1;
        } else {
            places.insert(path.clone(), found.len());
            let secret = is_secret(&path);
            found.push(Difference { path, before, after, secret, times: 1, at, by, task });
        }
    }
    // What came back to what it was is none; a secret's values are not kept, so each of its changes is one.
    found.retain(|one| one.secret || one.before != one.after);
    found.sort_by(|a, b| (Reverse(a.at), &a.path).cmp(&(Reverse(b.at), &b.path)));
    found.truncate(DIFFERENCES);
    for one in found.iter_mut().filter(|one| one.secret) {
        (one.before, one.after) = (None, None);
    }
    let mut parts: Vec<(Part, Vec<Difference>)> = Part::ALL.map(|part| (part, Vec::new())).to_vec();
    for one in found {
        let part = Part::of(&one.path);
        if let Some((_, list)) = parts.iter_mut().find(|(other, _)| *other == part) {
            list.push(one);
        }
    }
    parts.retain(|(_, list)| !list.is_empty());
    Differences { since, parts, truncated: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::EventId;
    use model::task::SetValue;

    const CHANNEL: &str = "Device.WiFi.Radio.1.Channel";
    const KEY: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";

    fn change(path: &str, before: &str, after: &str) -> ValueChange {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ValueChange { path: path.into(), before: some(before), wanted: None, after: some(after) }
    }

    fn seen(at: i64, changes: Vec<ValueChange>) -> EventView {
        let kind = EventKind::Changed { changes, more: 0 };
        EventView { id: EventId(at), device: DeviceId(1), at: Timestamp(at), kind, by: None }
    }

    fn ours(at: i64, changes: Vec<ValueChange>) -> TaskRecord {
        let values = changes
            .iter()
            .map(|change| SetValue { path: change.path.clone(), value: String::new(), value_type: None })
            .collect();
        TaskRecord {
            id: TaskId(at),
            device: DeviceId(1),
            kind: TaskKind::SetValues { values },
            state: TaskState::Verified,
            by: "Ana".into(),
            created_at: Timestamp(at),
            updated_at: Timestamp(at),
            steps: Vec::new(),
            note: None,
            outcome: Some(TaskOutcome::Changed { changes, pending: false }),
            progress: String::new(),
            attempts: 1,
            campaign: None,
        }
    }

    #[test]
    fn values_are_compared_from_end_to_end() {
        let events = vec![
            seen(30, vec![change(CHANNEL, "6", "11"), change("Device.Hosts.HostNumberOfEntries", "3", "4")]),
            seen(10, vec![change(CHANNEL, "1", "6")]),
            seen(40, vec![change("Device.Hosts.HostNumberOfEntries", "4", "3")]),
        ];
        let found = differences(Timestamp(0), events, Vec::new());
        let [(Part::Wifi, list)] = found.parts.as_slice() else { panic!("{found:?}") };
        assert_eq!((list[0].before.as_deref(), list[0].after.as_deref(), list[0].times), (Some("1"), Some("11"), 2));
        assert_eq!(list[0].at, Timestamp(30));
    }

    #[test]
    fn a_change_of_ours_names_who_made_it_once() {
        let tasks = vec![ours(20, vec![change(CHANNEL, "6", "11")])];
        let found = differences(Timestamp(0), vec![seen(21, vec![change(CHANNEL, "6", "11")])], tasks);
        let one = &found.parts[0].1[0];
        assert_eq!((one.by.as_deref(), one.task, one.times), (Some("Ana"), Some(TaskId(20)), 1));
    }

    #[test]
    fn a_changed_key_is_told_without_its_values() {
        let mut set = change(KEY, "", "");
        set.before = Some("old-canary".into());
        set.after = Some("new-canary".into());
        let found = differences(Timestamp(0), Vec::new(), vec![ours(20, vec![set])]);
        let one = &found.parts[0].1[0];
        assert!(one.secret && one.before.is_none() && one.after.is_none(), "{one:?}");
    }
}
