//! Writes, and what follows from them: the cache is kept up, open pages are told.

use crate::Result;
use crate::bus::Bus;
use crate::clock::now;
use crate::devices::Devices;
use crate::history;
use crate::trace::Trace;
use crate::views::task_view;
use model::DeviceId;
use model::event::EventView;
use model::history::Sample;
use model::live::LiveMessage;
use std::collections::HashSet;
use std::sync::Arc;
use store::{Commit, Linked, Store, Write, Written};

/// Writes durably, then tells who must know.
#[derive(Clone)]
pub(crate) struct Writing {
    pub store: Store,
    pub devices: Arc<Devices>,
    pub bus: Bus,
    /// Recordings, for all who talk to devices.
    pub trace: Arc<Trace>,
}

impl Writing {
    /// Returns when all is durable. The answer has one entry for each write.
    pub async fn commit(&self, mut writes: Vec<Write>) -> Result<Vec<Written>> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let asked = writes.len();
        self.add_samples(&mut writes);
        let told = self.bus.watched();
        // What the store takes ownership of and the followers need.
        let notes: Vec<Note> = writes.iter().map(|write| Note::of(write, told)).collect();
        let committed = self.store.commit(Commit { writes }).await?;
        let mut rows = HashSet::new();
        for (note, written) in notes.into_iter().zip(&committed.written) {
            match (note, written) {
                (Note::Device(id, patch), written) => {
                    self.devices.apply(id, &patch);
                    rows.insert(id);
                    if let Written::Linked(linked) = written {
                        self.tell_links(std::slice::from_ref(&**linked)).await?;
                    }
                }
                (Note::Tree(device), _) => self.bus.publish(LiveMessage::Tree { device }),
                (Note::Event(event), Written::Event(id)) => {
                    self.bus.publish(LiveMessage::Event { event: Box::new(EventView { id: *id, ..*event }) });
                }
                (Note::Task { ends }, Written::Task(Some(record))) => {
                    if ends {
                        self.devices.count_task(record.device, true);
                        rows.insert(record.device);
                    }
                    if told {
                        self.bus.publish(LiveMessage::Task { task: Box::new(task_view((**record).clone())) });
                    }
                }
                _ => {}
            }
        }
        if told {
            for id in rows {
                if let Ok(Some(entry)) = self.devices.get(id).await {
                    self.bus.publish(LiveMessage::Device { row: Box::new(entry.row()) });
                }
            }
        }
        let mut written = committed.written;
        written.truncate(asked);
        Ok(written)
    }

    /// Adds what these writes say of a device's history: numbers that were read just now, and that it was away. A plain
    /// check-in adds nothing.
    fn add_samples(&self, writes: &mut Vec<Write>) {
        let time = now();
        let mut found: Vec<(DeviceId, Vec<Sample>)> = Vec::new();
        for write in &*writes {
            match write {
                Write::Device { id, patch } if patch.last_inform.is_some() => {
                    if let Some(entry) = self.devices.cached(*id)
                        && let Some(sample) = history::away(&entry.record(), time)
                    {
                        found.push((*id, vec![sample]));
                    }
                }
                Write::Tree { device, tree } => {
                    if let Some(entry) = self.devices.cached(*device) {
                        let record = entry.record().clone();
                        found.push((*device, history::samples(&record, tree, time)));
                    }
                }
                _ => {}
            }
        }
        found.retain(|(_, samples)| !samples.is_empty());
        writes.extend(found.into_iter().map(|(device, samples)| Write::Samples { device, samples }));
    }
}

impl Writing {
    /// Devices came to a line or left one: the cache follows, open pages are told.
    pub async fn tell_links(&self, linked: &[Linked]) -> Result<()> {
        let ids: Vec<DeviceId> = linked.iter().map(|linked| linked.device).collect();
        let kept = self.devices.follow_subscribers(&ids).await?;
        if self.bus.watched() {
            for linked in linked {
                self.bus.publish(LiveMessage::Event { event: Box::new(linked.event.clone()) });
            }
            for entry in kept {
                self.bus.publish(LiveMessage::Device { row: Box::new(entry.row()) });
            }
        }
        Ok(())
    }
}

/// What is remembered of a write until it is durable.
enum Note {
    Device(model::DeviceId, Box<store::DevicePatch>),
    Tree(model::DeviceId),
    Event(Box<EventView>),
    Task { ends: bool },
    Nothing,
}

impl Note {
    fn of(write: &Write, told: bool) -> Self {
        match write {
            Write::Device { id, patch } => Self::Device(*id, Box::new(patch.clone())),
            Write::Task { update, .. } => Self::Task { ends: update.step.is_some_and(|step| step.state.ended()) },
            Write::Tree { device, .. } | Write::Hot { device, .. } if told => Self::Tree(*device),
            Write::Event { device, at, kind, by } if told => Self::Event(Box::new(EventView {
                id: model::EventId(0),
                device: *device,
                at: *at,
                kind: kind.clone(),
                by: by.clone(),
            })),
            _ => Self::Nothing,
        }
    }
}
