//! Requests of other programs that may come twice, done once.
//!
//! A key is taken before the work begins, and the answer is kept when it has ended. If the process dies in between, it is
//! not known whether the work was done: then it is looked for ([`Acs::create_task_once`] and its like), and done
//! only if it is not there.

use super::Acs;
use super::tasks::everything;
use crate::accounts::random_token;
use crate::clock::now;
use crate::session::scrubbed;
use crate::views::task_view;
use crate::{AcsError, Actor, Result};
use model::file::FileView;
use model::task::{TaskKind, TaskView};
use model::{DeviceId, TaskId, Timestamp, TokenId};
use std::sync::LazyLock;
use std::time::Duration;
use store::FileOrigin;
pub use store::{Claim, KeptAnswer};

/// For how long an answer is kept, in seconds.
const KEPT: i64 = 24 * 3600;
/// Tasks and files that are looked through for one that was made before a crash.
const LOOKED_AT: u16 = 200;

/// Names this process.
static RUN: LazyLock<String> = LazyLock::new(random_token);

impl Acs {
    /// Takes a key of the token that asks, or says what is under it. `request` is a digest of the request.
    pub async fn claim_answer(&self, actor: &Actor, key: &str, request: &str) -> Result<Claim> {
        let (token, at) = (of(actor)?, now());
        Ok(self.inner.store.claim_answer(token, key, request, &RUN, at.plus_seconds(-KEPT), at).await?)
    }

    pub async fn keep_answer(&self, actor: &Actor, key: &str, answer: &KeptAnswer) -> Result<()> {
        Ok(self.inner.store.keep_answer(of(actor)?, key, answer).await?)
    }

    /// Gives a key back: nothing was done.
    pub async fn release_answer(&self, actor: &Actor, key: &str) -> Result<()> {
        Ok(self.inner.store.release_answer(of(actor)?, key).await?)
    }

    /// As [`Acs::create_task`], unless the same actor has asked for just this since a moment: then that one.
    pub async fn create_task_once(
        &self,
        actor: &Actor,
        id: DeviceId,
        kind: TaskKind,
        since: Timestamp,
    ) -> Result<TaskView> {
        self.at(actor, kind.permission(), id).await?;
        let record = self.record(id).await?;
        let asked = everything(kind.clone(), record.data_model.root());
        let asked = self.resolve_test(self.files().resolve(asked, &record).await?)?;
        let tasks = self.inner.store.tasks(id, None, LOOKED_AT).await?.items;
        let mine = |task: &&store::TaskRecord| task.created_at >= since && task.by == actor.name();
        let same = |task: &&store::TaskRecord| {
            // Of one that has ended the secrets are gone.
            task.kind == asked || (task.state.ended() && Some(&task.kind) == scrubbed(&asked).as_ref())
        };
        match tasks.iter().filter(mine).find(same) {
            Some(task) => Ok(task_view(task.clone())),
            None => self.create_task(actor, id, kind).await,
        }
    }

    /// As [`Acs::cancel_task`], unless it is cancelled.
    pub async fn cancel_task_once(&self, actor: &Actor, id: TaskId) -> Result<TaskView> {
        let task = self.task(actor, id).await?;
        if task.state == model::task::TaskState::Cancelled {
            actor.require(task.kind.permission())?;
            return Ok(task);
        }
        self.cancel_task(actor, id).await
    }

    /// A file with these contents and this name that the same actor uploaded since a moment.
    pub async fn uploaded_since(
        &self,
        actor: &Actor,
        name: &str,
        sha256: &str,
        since: Timestamp,
    ) -> Result<Option<FileView>> {
        actor.require(model::Permission::FileWrite)?;
        let files = self.inner.store.files(FileOrigin::Agents, None, None, LOOKED_AT).await?.items;
        let found = files.into_iter().find(|file| {
            file.created_at >= since
                && file.by.as_deref() == Some(actor.name())
                && file.input.name == name
                && file.sha256.eq_ignore_ascii_case(sha256)
        });
        Ok(found.map(crate::files::file_view))
    }

    /// Every ten minutes: answers whose time is over are deleted, in small steps.
    pub(super) async fn sweep_answers(self) {
        let mut ending = self.inner.ending.subscribe();
        let mut often = tokio::time::interval(Duration::from_mins(10));
        loop {
            tokio::select! {
                _ = often.tick() => {}
                _ = ending.wait_for(|ending| *ending) => return,
            }
            loop {
                match self.inner.store.sweep_answers(now().plus_seconds(-KEPT)).await {
                    Ok(0) => break,
                    Ok(_) => tokio::time::sleep(Duration::from_millis(200)).await,
                    Err(error) => {
                        tracing::warn!(%error, "kept answers of the API could not be deleted; tried again later");
                        break;
                    }
                }
            }
        }
    }
}

/// Keys belong to tokens.
fn of(actor: &Actor) -> Result<TokenId> {
    match actor {
        Actor::Token(token) => Ok(token.id),
        _ => Err(AcsError::Invalid("Only programs with a token have keys of their requests.".to_owned())),
    }
}
