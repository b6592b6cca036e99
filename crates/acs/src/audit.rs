//! Writing down who did what.
//!
//! Every operation that changes something, or lets a secret out, makes an [`Entry`] and hands it to `Acs::audit`
//! **before** it does so, once all checks have passed. If the entry cannot be written, nothing is done: so nobody sees a
//! password, deletes anything or gives a permission without a trace, and no order to a router is lost from the log. The
//! price is an entry of something that did not come to pass, should the database go away between the two; the log then says
//! more than happened, never less. What has a number only once it exists (tokens, files, agents) is written down right
//! after it was made and before anybody can use it, and is taken back if that fails.
//!
//! Not written down: what only the one who does it sees (pins, recently opened, their own choices for the portal, views
//! that are not shared), what is only looked at, values that a page asks for by itself when it is opened, and everything
//! that devices do: their messages never wait for this log.

mod export;
mod mask;
mod operations;

pub use operations::{AuditFormat, AuditStream};

use crate::clock::now;
use crate::{Acs, Actor, Result};
use mask::masked;
use model::account::AgentView;
use model::audit::{Act, Origin, Target, Who};
use model::{AgentId, DeviceId, SubscriberId};
use serde::Serialize;
use serde_json::Value;
use std::future::Future;
use store::{NewAudit, Store};

tokio::task_local! {
    static CONTEXT: Context;
}

/// In what an operation is done.
#[derive(Clone, Default)]
struct Context {
    origin: Origin,
    /// An import, which has an entry of its own: its rows get none.
    rows: bool,
}

fn context() -> Context {
    CONTEXT.try_with(Clone::clone).unwrap_or_default()
}

/// Does `work` as asked for from there: all its entries in the audit log say so. Work that is spawned from it does not
/// know it any more, unless it is handed on with [`origin`].
pub async fn with_origin<T>(origin: Origin, work: impl Future<Output = T>) -> T {
    CONTEXT.scope(Context { origin, rows: false }, work).await
}

/// From where the current work was asked for; empty for the server's own.
pub fn origin() -> Origin {
    context().origin
}

/// Something that is done.
pub(crate) struct Entry {
    act: Act,
    target: Target,
    before: Option<Value>,
    after: Option<Value>,
    reason: String,
}

impl Entry {
    pub fn new(act: Act, target: Target) -> Self {
        Self { act, target, before: None, after: None, reason: String::new() }
    }

    /// What was there. Masked by the names of fields; what has none must not be secret.
    pub fn before(mut self, value: impl Serialize) -> Self {
        self.before = Some(json(value));
        self
    }

    /// What is to be there, or what else there is to know.
    pub fn after(mut self, value: impl Serialize) -> Self {
        self.after = Some(json(value));
        self
    }

    pub fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }
}

/// What cannot be said as JSON is none of ours.
fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Who an actor is, for the log.
pub(crate) fn who(actor: &Actor) -> Who {
    let who = |kind: &str, id, name: &str| Who { kind: kind.to_owned(), id, name: name.to_owned() };
    match actor {
        Actor::Agent(agent) => oneself(agent),
        Actor::Token(token) => who("token", Some(token.id.0), &token.name),
        Actor::System if context().origin.session == Origin::COMMAND_LINE => who("command-line", None, "Command line"),
        Actor::System => who("system", None, actor.name()),
    }
}

/// Somebody who does something of their own account, or who is just signing in.
pub(crate) fn oneself(agent: &AgentView) -> Who {
    Who { kind: "agent".to_owned(), id: Some(agent.id.0), name: agent.name.clone() }
}

/// Somebody who is not signed in, by the name that they gave.
pub(crate) fn nobody(name: &str) -> Who {
    Who { kind: "nobody".to_owned(), id: None, name: name.chars().take(100).collect() }
}

/// Appends an entry; durable on return.
pub(crate) async fn write(store: &Store, who: Who, entry: Entry) -> Result<()> {
    let Context { origin, rows } = context();
    if rows && matches!(entry.act, Act::DeviceRegistered | Act::DeviceLinked | Act::DeviceUnlinked) {
        return Ok(());
    }
    let text = |value: Option<Value>| {
        value.filter(|value| !value.is_null()).map(|value| match masked(value) {
            Value::String(text) => text,
            value => value.to_string(),
        })
    };
    let new = NewAudit {
        at: now(),
        who,
        act: entry.act.as_str().to_owned(),
        target: entry.target,
        before: text(entry.before),
        after: text(entry.after),
        reason: entry.reason,
        origin,
    };
    store.append_audit(&new).await?;
    Ok(())
}

/// Somebody's account as a target, with the username.
pub(crate) fn person(id: AgentId, username: &str) -> Target {
    Target::new("agent", id, username)
}

impl Acs {
    /// Writes down what `actor` is about to do. An error means: do not do it.
    pub(crate) async fn audit(&self, actor: &Actor, entry: Entry) -> Result<()> {
        write(self.store(), who(actor), entry).await
    }

    /// A device as a target, with its serial number.
    pub(crate) async fn device_target(&self, id: DeviceId) -> Result<Target> {
        let entry = self.exchange().devices.get(id).await?;
        Ok(Target::new("device", id, entry.map(|entry| entry.record().identity.serial.clone()).unwrap_or_default()))
    }

    /// A subscriber as a target, with the account.
    pub(crate) async fn subscriber_target(&self, id: SubscriberId) -> Result<Target> {
        let subscriber = self.store().subscriber(id).await?;
        Ok(Target::new("subscriber", id, subscriber.map(|who| who.account).unwrap_or_default()))
    }

    /// Does something row by row as one import: an entry when it begins and one with the counts when it ends, in place of
    /// one for each row. `work` gives its result and the counts.
    pub async fn as_one_import<T>(
        &self,
        actor: &Actor,
        name: &str,
        work: impl Future<Output = (T, Value)>,
    ) -> Result<T> {
        let target = Target::new("import", "", name);
        self.audit(actor, Entry::new(Act::ImportStarted, target.clone())).await?;
        let inside = Context { origin: origin(), rows: true };
        let (done, counts) = CONTEXT.scope(inside, work).await;
        self.audit(actor, Entry::new(Act::ImportEnded, target).after(counts)).await?;
        Ok(done)
    }
}

#[cfg(test)]
mod tests;
