//! The group commit: one task that writes what many sessions wait for, in one transaction at a time.
//!
//! While one transaction syncs, the next commits gather; nothing ever waits for company. A transaction that fails is
//! rolled back and its jobs are done again one by one, so that only those to blame fail.

mod apply;
mod patch;

use crate::commit::Committed;
use crate::device::{DevicePatch, DeviceRecord, NewDevice};
use crate::error::StoreError;
use crate::secret::Vault;
use crate::store::{Counters, begin};
use crate::task::{NewTask, TaskRecord};
use apply::Batch;
use model::history::Sample;
use model::task::{TaskState, TaskStep};
use model::tree::ValueType;
use model::{DeviceId, TaskId, Timestamp};
use patch::Buckets;
use sea_orm::DatabaseConnection;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Most jobs in one transaction.
const BATCH_MAX: usize = 512;
/// Jobs that wait before callers are held back.
const QUEUE: usize = 4 * BATCH_MAX;
/// A transaction that broke before its commit is tried again within this time: a pooled connection may be stale, and
/// of two processes in a deadlock one is told to repeat.
const RETRY_WITHIN: Duration = Duration::from_secs(1);
const RETRIES: usize = 3;

/// Something to be done in a transaction that others share.
pub(crate) enum Job {
    Commit(Vec<Prepared>),
    Register(Box<NewDevice>),
    Task(Box<NewTask>),
}

/// What became of a job.
pub(crate) enum Done {
    Commit(Committed),
    Device(Box<DeviceRecord>),
    Task(Box<TaskRecord>),
}

/// A [`crate::Write`], serialised on the caller's side of the queue.
pub(crate) enum Prepared {
    Device { id: DeviceId, patch: Box<DevicePatch> },
    Tree { device: DeviceId, dictionary: i64, blob: Vec<u8> },
    Hot { device: DeviceId, at: Timestamp, values: Vec<(String, ValueType, String)> },
    Task { id: TaskId, from: Vec<TaskState>, update: PreparedUpdate },
    Samples { device: DeviceId, samples: Vec<Sample> },
    Event { device: DeviceId, at: Timestamp, class: i16, kind: String, by: Option<String> },
}

/// A [`crate::TaskUpdate`], serialised.
#[allow(clippy::option_option)] // Whether it is written, and what.
pub(crate) struct PreparedUpdate {
    pub step: Option<TaskStep>,
    pub kind: Option<String>,
    pub note: Option<Option<String>>,
    pub outcome: Option<String>,
    pub progress: Option<String>,
    pub attempts: Option<u32>,
}

struct Waiting {
    job: Job,
    reply: oneshot::Sender<Result<Done, StoreError>>,
}

enum Message {
    Job(Waiting),
    Close(oneshot::Sender<()>),
}

/// The queue's near end.
pub(crate) struct Writer {
    sender: mpsc::Sender<Message>,
    counters: Arc<Counters>,
}

impl Writer {
    pub fn start(connection: DatabaseConnection, counters: Arc<Counters>, vault: Vault) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let task = Task { connection, counters: counters.clone(), buckets: Buckets::default(), vault };
        tokio::spawn(task.run(receiver));
        Self { sender, counters }
    }

    /// Returns when the job is durable. A caller that stops waiting does not stop the job.
    pub async fn submit(&self, job: Job) -> Result<Done, StoreError> {
        let closed = || StoreError::Unavailable("the store is closed".to_owned());
        let permit = self.sender.reserve().await.map_err(|_| closed())?;
        let (reply, answer) = oneshot::channel();
        self.counters.queued.fetch_add(1, Ordering::Relaxed);
        permit.send(Message::Job(Waiting { job, reply }));
        answer.await.map_err(|_| closed())?
    }

    /// Returns when all that was submitted before is written; nothing is taken any more.
    pub async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.sender.send(Message::Close(reply)).await.is_ok() {
            // An error means that another call closed it: then it is done as well.
            let _ = answer.await;
        }
    }
}

/// The queue's far end.
struct Task {
    connection: DatabaseConnection,
    counters: Arc<Counters>,
    buckets: Buckets,
    vault: Vault,
}

/// Why a transaction did not happen.
struct Failure {
    error: StoreError,
    /// The commit itself failed: it may have happened, so it must not be repeated.
    at_commit: bool,
}

impl Task {
    async fn run(mut self, mut receiver: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(BATCH_MAX);
        let mut closers = Vec::new();
        while receiver.recv_many(&mut messages, BATCH_MAX).await > 0 {
            let mut jobs = Vec::with_capacity(messages.len());
            let mut replies = Vec::with_capacity(messages.len());
            for message in messages.drain(..) {
                match message {
                    Message::Job(waiting) => {
                        jobs.push(waiting.job);
                        replies.push(waiting.reply);
                    }
                    Message::Close(closer) => {
                        // What is in the queue still comes out of it.
                        receiver.close();
                        closers.push(closer);
                    }
                }
            }
            if !jobs.is_empty() {
                let results = self.write(&jobs).await;
                self.counters.queued.fetch_sub(jobs.len() as u64, Ordering::Relaxed);
                for (reply, result) in replies.into_iter().zip(results) {
                    // The caller may have gone; the job is done all the same.
                    let _ = reply.send(result);
                }
            }
        }
        for closer in closers {
            let _ = closer.send(());
        }
    }

    /// One result a job.
    async fn write(&mut self, jobs: &[Job]) -> Vec<Result<Done, StoreError>> {
        match self.persist(jobs).await {
            Ok(done) => done.into_iter().map(Ok).collect(),
            Err(failure) => {
                let hopeless = failure.at_commit || matches!(failure.error, StoreError::Unavailable(_));
                if jobs.len() == 1 || hopeless {
                    tracing::warn!(jobs = jobs.len(), error = %failure.error, "writing failed");
                    return jobs.iter().map(|_| Err(failure.error.clone())).collect();
                }
                let mut results = Vec::with_capacity(jobs.len());
                for job in jobs {
                    let result = self.persist(std::slice::from_ref(job)).await;
                    results.push(match result {
                        Ok(mut done) => done.pop().ok_or_else(|| StoreError::Database("a job gave nothing".to_owned())),
                        Err(failure) => Err(failure.error),
                    });
                }
                results
            }
        }
    }

    /// Tries again what broke before its commit, a few times and not for long.
    async fn persist(&mut self, jobs: &[Job]) -> Result<Vec<Done>, Failure> {
        let started = Instant::now();
        let mut tries = 1;
        loop {
            let result = self.transaction(jobs).await;
            let Err(failure) = result else { return result };
            self.buckets.clear();
            let passing = matches!(failure.error, StoreError::Unavailable(_)) && !failure.at_commit;
            if !passing || tries >= RETRIES || started.elapsed() > RETRY_WITHIN {
                return Err(failure);
            }
            tries += 1;
        }
    }

    async fn transaction(&mut self, jobs: &[Job]) -> Result<Vec<Done>, Failure> {
        let before = |error| Failure { error, at_commit: false };
        let tx = begin(&self.connection).await.map_err(before)?;
        let mut batch = Batch::new(&tx, &mut self.buckets, &self.vault);
        for job in jobs {
            batch.apply(job).await.map_err(before)?;
        }
        let done = batch.finish().await.map_err(before)?;
        tx.commit().await.map_err(|error| Failure { error: error.into(), at_commit: true })?;
        self.counters.batches.fetch_add(1, Ordering::Relaxed);
        self.counters.commits.fetch_add(jobs.len() as u64, Ordering::Relaxed);
        self.counters.last_batch.store(jobs.len() as u64, Ordering::Relaxed);
        Ok(done)
    }
}
