//! Notes of agents about subscribers and devices.

use super::Acs;
use super::devices::PAGE;
use crate::audit::Entry;
use crate::clock::now;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::live::LiveMessage;
use model::note::{NOTE_CHANGE_SECONDS, NoteScope, NoteView, check_note};
use model::page::{Cursor, Page};
use model::{AgentId, NoteId, Permission, Timestamp};
use store::{NewNote, NoteRecord, StoreError};

impl Acs {
    /// Newest first.
    pub async fn notes(&self, actor: &Actor, scope: NoteScope, cursor: Option<&Cursor>) -> Result<Page<NoteView>> {
        let permission = match scope {
            NoteScope::Device(_) => Permission::DeviceRead,
            NoteScope::Subscriber(_) => Permission::SubscriberRead,
        };
        self.beside(actor, permission, scope).await?;
        let at = now();
        Ok(self.inner.store.notes(scope, cursor, PAGE).await?.map(|note| view(note, actor, at)))
    }

    /// Writes a note down; one at a device belongs to its subscriber of this moment, too. Guided flows write their
    /// outcome with it, in the name of the agent.
    pub async fn add_note(&self, actor: &Actor, scope: NoteScope, text: &str) -> Result<NoteView> {
        self.beside(actor, Permission::NoteWrite, scope).await?;
        let text = check_note(text)?;
        let at = now();
        let target = match scope {
            NoteScope::Device(id) => self.device_target(id).await?,
            NoteScope::Subscriber(id) => self.subscriber_target(id).await?,
        };
        self.audit(actor, Entry::new(Act::NoteWritten, target).after(&text)).await?;
        let new = NewNote { scope, agent: agent(actor), by: actor.name().to_owned(), text, now: at };
        let note = self.inner.store.insert_note(&new).await.map_err(|error| match error {
            StoreError::NotFound { what } => AcsError::NotFound(what),
            error => error.into(),
        })?;
        self.tell_note(&note);
        Ok(view(note, actor, at))
    }

    /// Changes a note of the actor's own, within 15 minutes of writing it.
    pub async fn change_note(&self, actor: &Actor, id: NoteId, text: &str) -> Result<NoteView> {
        actor.require(Permission::NoteWrite)?;
        let text = check_note(text)?;
        let agent = agent(actor).ok_or_else(not_yours)?;
        let at = now();
        let since = at.plus_seconds(-NOTE_CHANGE_SECONDS);
        self.audit_own_note(actor, Act::NoteChanged, id, Some(&text)).await?;
        let note = self.inner.store.change_note(id, agent, since, &text, at).await?.ok_or_else(not_yours)?;
        self.tell_note(&note);
        Ok(view(note, actor, at))
    }

    /// Deletes a note of the actor's own, within 15 minutes of writing it.
    pub async fn delete_note(&self, actor: &Actor, id: NoteId) -> Result<()> {
        actor.require(Permission::NoteWrite)?;
        let agent = agent(actor).ok_or_else(not_yours)?;
        let since = now().plus_seconds(-NOTE_CHANGE_SECONDS);
        self.audit_own_note(actor, Act::NoteDeleted, id, None).await?;
        if self.inner.store.delete_note(id, agent, since).await? { Ok(()) } else { Err(not_yours()) }
    }

    /// What becomes of a note of the actor's own; others' are not touched, so nothing is written down of them.
    async fn audit_own_note(&self, actor: &Actor, act: Act, id: NoteId, after: Option<&str>) -> Result<()> {
        let note = self.inner.store.note(id).await?.filter(|note| note.agent.is_some() && note.agent == agent(actor));
        let Some(note) = note else { return Ok(()) };
        let target = match (note.device, note.subscriber) {
            (Some(device), _) => self.device_target(device).await?,
            (None, Some(subscriber)) => self.subscriber_target(subscriber).await?,
            (None, None) => Target::new("note", id, ""),
        };
        self.audit(actor, Entry::new(act, target).before(&note.text).after(after)).await
    }

    fn tell_note(&self, note: &NoteRecord) {
        let bus = &self.inner.exchange.writing.bus;
        if bus.watched() {
            bus.publish(LiveMessage::Note { note: Box::new(view(note.clone(), &Actor::System, note.at)) });
        }
    }
}

fn agent(actor: &Actor) -> Option<AgentId> {
    match actor {
        Actor::Agent(agent) => Some(agent.id),
        Actor::Token(_) | Actor::System => None,
    }
}

fn not_yours() -> AcsError {
    let minutes = NOTE_CHANGE_SECONDS / 60;
    AcsError::Invalid(format!(
        "Only the author can change or delete a note, within {minutes} minutes. Nothing was changed; write another note."
    ))
}

pub(super) fn view(note: NoteRecord, actor: &Actor, at: Timestamp) -> NoteView {
    let until = note.at.plus_seconds(NOTE_CHANGE_SECONDS);
    let own = note.agent.is_some() && note.agent == agent(actor);
    NoteView {
        id: note.id,
        device: note.device,
        subscriber: note.subscriber,
        at: note.at,
        edited_at: note.edited_at,
        by: note.by,
        text: note.text,
        changeable_until: (own && at < until).then_some(until),
    }
}
