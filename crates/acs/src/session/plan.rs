//! What to ask next, when it is our turn: tasks first, then the discovery of a tree that was never read whole, then what
//! the device is to be given.

use super::ending::changed_event;
use super::job::{Context, End, Next, RETURN_WITHIN_MS, TaskJob};
use super::stuck::DISCOVERY;
use super::{Job, Pending, Purpose, Reader, Session, Step};
use cwmp::{AcsMessage, AcsRequest};
use model::event::EventKind;
use model::fault::FaultView;
use model::task::{TaskKind, TaskState, TaskStep};
use model::{TaskId, Timestamp};
use std::sync::Arc;
use store::{DevicePatch, TaskRecord, TaskUpdate, Write};

impl Session {
    /// It is our turn: the next request, or 204.
    pub(super) fn plan(&mut self, mut writes: Vec<Write>, now: Timestamp) -> Step {
        let mut claim = None;
        if let Some((reset, after_ms)) = self.back.take() {
            self.learnt.returns.note(reset, after_ms);
        }
        loop {
            if self.rpcs >= self.limits.rpcs && !self.is_settled() {
                writes.extend(self.cut(now));
                break;
            }
            let whole_object;
            let request =
                match self.job.take() {
                    Some(Job::Task(mut job)) => {
                        let mut context = Context {
                            tree: Arc::make_mut(self.tree.get_or_insert_default()),
                            learnt: &mut self.learnt,
                            now,
                            cwmp_version: &self.record.cwmp_version,
                            software_version: &self.record.software_version,
                            links: &self.links,
                            retry: self.limits.retry,
                        };
                        match job.next(&mut context) {
                            Next::Send { request, writes: more } => {
                                whole_object = job.asks_whole_object();
                                writes.extend(more);
                                self.job = Some(Job::Task(job));
                                request
                            }
                            Next::End(end) => {
                                self.end_task(*job, end, &mut writes, now);
                                continue;
                            }
                            Next::Wait => {
                                self.await_report(*job, &mut writes, now);
                                continue;
                            }
                            Next::Later(why) => {
                                self.skip.insert(job.record.id);
                                writes.push(put_back(&job.record, job.progress.to_json(), why, now));
                                // An order whose answer was lost may still be reported, and holds up a restart.
                                let TaskJob { mut record, progress, .. } = *job;
                                record.progress = progress.to_json();
                                record.state = TaskState::Queued;
                                self.tasks.push_back(record);
                                continue;
                            }
                            Next::Away => {
                                self.skip.insert(job.record.id);
                                self.quiet = true;
                                let until = now.plus_millis(RETURN_WITHIN_MS);
                                self.record.rebooting_until = Some(until);
                                writes.push(self.device(DevicePatch {
                                    rebooting_until: Some(Some(until)),
                                    ..DevicePatch::default()
                                }));
                                continue;
                            }
                        }
                    }
                    Some(Job::Reading(purpose, mut reader)) => {
                        let tree = Arc::make_mut(self.tree.get_or_insert_default());
                        if let Some(request) = reader.next(tree, &mut self.learnt) {
                            whole_object = reader.asks_whole_object();
                            self.job = Some(Job::Reading(purpose, reader));
                            request
                        } else {
                            match purpose {
                                Purpose::Discovery => self.end_discovery(&reader, &mut writes, now),
                                Purpose::Results => self.end_results(*reader, &mut writes, now),
                                Purpose::Wanted => self.end_wanted(*reader, &mut writes, now),
                            }
                            continue;
                        }
                    }
                    Some(Job::Provision(provision)) => {
                        let Some(request) = self.provision_request(&provision) else { continue };
                        whole_object = false;
                        self.job = Some(Job::Provision(provision));
                        request
                    }
                    None => match self.next_job(&mut writes, &mut claim, now) {
                        Some(job) => {
                            self.job = Some(job);
                            continue;
                        }
                        // The device has said all it had to say.
                        None if self.judge_unreported(&mut writes) => continue,
                        None => break,
                    },
                };
            return self.send(request, whole_object, writes, claim);
        }
        self.ended = true;
        Step { message: None, id: None, writes, claim }
    }

    pub(super) fn send(
        &mut self,
        request: AcsRequest,
        whole_object: bool,
        writes: Vec<Write>,
        claim: Option<TaskId>,
    ) -> Step {
        self.rpcs += 1;
        self.last_id += 1;
        self.ended = false;
        let id = Some(self.last_id.to_string());
        let message = Some(AcsMessage::Request(request.clone()));
        self.pending = Some(Pending { id: self.last_id, request, whole_object, strays: 0 });
        Step { message, id, writes, claim }
    }

    /// Something else to do, if anything.
    pub(super) fn next_job(
        &mut self,
        writes: &mut Vec<Write>,
        claim: &mut Option<TaskId>,
        now: Timestamp,
    ) -> Option<Job> {
        if self.quiet {
            return None;
        }
        // Without the stored tree nothing may be read: writing back would lose what is stored.
        self.tree.as_ref()?;
        if !self.results.is_empty() {
            let reader = Reader::objects_and_leaves(&std::mem::take(&mut self.results), true);
            return Some(Job::Reading(Purpose::Results, Box::new(reader)));
        }
        // One claim a step, so that a lost one is known before the next request.
        if claim.is_none()
            && let Some(task) = self.next_task(writes, now)
        {
            *claim = Some(task.id);
            let (mut job, write) = TaskJob::take_up(task, now);
            if let TaskKind::CancelTransfer { task } = job.record.kind {
                job.target_key = self.transfer_key(task);
            }
            writes.push(write);
            return Some(Job::Task(Box::new(job)));
        }
        // What failed is not tried again in every session.
        if self.record.tree_read_at.is_none() {
            if !self.learnt.patience.may_try(DISCOVERY, now) {
                return None;
            }
            let reader = match self.learnt.reading.take() {
                Some(mark) => Reader::resume(mark, false),
                None => Reader::whole(self.record.data_model, false),
            };
            return Some(Job::Reading(Purpose::Discovery, Box::new(reader)));
        }
        // After a start the device may have lost them: what we know of them is from before.
        let names = self.wanted_names();
        if std::mem::take(&mut self.look_for_wanted) && !names.is_empty() {
            return Some(Job::Reading(Purpose::Wanted, Box::new(Reader::values(names))));
        }
        self.next_provision(writes)
    }

    /// The task to take up: results of tests first, then the oldest that nothing stands in the way of.
    fn next_task(&mut self, writes: &mut Vec<Write>, now: Timestamp) -> Option<TaskRecord> {
        self.drop_late_stops(writes, now);
        if let Some(task) = self.collect.pop_front() {
            return Some(task);
        }
        self.tell_held(writes, now);
        let ready = |task: &TaskRecord| {
            !self.skip.contains(&task.id)
                && TaskJob::actionable(task, &self.learnt, now)
                && !self.is_blocked(task)
                && self.is_held(task, now).is_none()
        };
        let at = self.tasks.iter().position(ready)?;
        self.tasks.remove(at)
    }

    /// Whether what is in hand ends without another request.
    fn is_settled(&self) -> bool {
        match &self.job {
            Some(Job::Task(job)) => job.is_settled(),
            Some(Job::Reading(_, reader)) => reader.is_done(),
            _ => false,
        }
    }

    /// The limit of requests is reached: no device is ever driven in a loop. What is in hand goes on in the next
    /// session.
    pub(super) fn cut(&mut self, now: Timestamp) -> Vec<Write> {
        let reason = format!("It took more than {} requests in one session.", self.limits.rpcs);
        let mut writes = Vec::new();
        self.quiet = true;
        match self.job.take() {
            Some(Job::Task(job)) if job.is_restoring() => self.write_tree(&mut writes),
            Some(Job::Task(job)) => {
                let waits = self.put_off(*job, &reason, &mut writes, now);
                if waits {
                    return writes;
                }
            }
            Some(Job::Reading(Purpose::Discovery, reader)) if self.has_too_many_parameters() => {
                self.end_discovery(&reader, &mut writes, now);
                return writes;
            }
            Some(Job::Reading(Purpose::Discovery, reader)) => {
                self.learnt.reading = reader.bookmark();
                if self.learnt.reading.is_some() {
                    // Not a failure: it has more to tell than one session takes.
                    self.write_tree(&mut writes);
                    let patch = DevicePatch { quirks: Some(self.learnt.to_json()), ..self.patch_from_tree() };
                    writes.push(self.device(patch));
                    return writes;
                }
                self.gave_up(DISCOVERY, &reason, &mut writes, now);
            }
            _ => {}
        }
        if self.tree_dirty {
            self.write_tree(&mut writes);
        }
        writes.push(self.event(now, EventKind::SessionFailed { reason }));
        writes
    }

    fn has_too_many_parameters(&self) -> bool {
        self.tree.as_ref().is_some_and(|tree| tree.len() > self.limits.parameters)
    }

    /// A task waits for the next session because this one has no request left for it. `true`: it is a reading that goes
    /// on where it stopped, however many sessions it takes.
    fn put_off(&mut self, mut job: TaskJob, reason: &str, writes: &mut Vec<Write>, now: Timestamp) -> bool {
        let reads = matches!(job.record.kind, TaskKind::Refresh { .. });
        let resumes = job.keep_place() && !self.has_too_many_parameters();
        if reads && !resumes {
            self.end_task(job, End::fault(FaultView::local(reason)), writes, now);
            return false;
        }
        self.skip.insert(job.record.id);
        if self.tree_dirty {
            self.write_tree(writes);
            let patch = self.patch_from_tree();
            writes.push(self.device(patch));
        }
        if !job.changes.is_empty() {
            writes.push(self.event(now, changed_event(std::mem::take(&mut job.changes))));
        }
        let note = match job.progress.reading.as_ref().filter(|_| resumes) {
            Some(mark) => format!(
                "The router has more to tell than one session takes: {} values so far. The rest is read at its next \
                 check-in.",
                mark.read
            ),
            None => "The session was full. It goes on at the router's next check-in.".to_owned(),
        };
        let noted = TaskUpdate { note: Some(Some(note)), ..TaskUpdate::default() };
        let queued = TaskUpdate {
            step: Some(TaskStep { state: TaskState::Queued, at: now }),
            progress: resumes.then(|| job.progress.to_json()),
            // Sessions that got on with it are no failed attempts.
            attempts: resumes.then_some(0),
            ..noted.clone()
        };
        // What the device has done already keeps its state: what is left is to read it back.
        for (from, update) in [(TaskState::Applied, noted), (TaskState::Connected, queued)] {
            writes.push(Write::Task { id: job.record.id, from: vec![from], update });
        }
        resumes
    }
}

/// Whether a task may leave the device unreachable: its ACS, its credentials, its interval (rule 182).
pub(super) fn moves_away(kind: &TaskKind) -> bool {
    const LAST: [&str; 6] =
        ["URL", "Username", "Password", "EnableCWMP", "PeriodicInformInterval", "PeriodicInformEnable"];
    let TaskKind::SetValues { values } = kind else { return false };
    values.iter().any(|value| LAST.iter().any(|name| value.path.ends_with(&format!(".ManagementServer.{name}"))))
}

/// A task goes back to the queue: it cannot go on now. `progress` as JSON.
pub(super) fn put_back(task: &TaskRecord, progress: String, why: String, now: Timestamp) -> Write {
    Write::Task {
        id: task.id,
        from: vec![TaskState::Queued, TaskState::Contacting, TaskState::Connected, TaskState::Applied],
        update: TaskUpdate {
            step: Some(TaskStep { state: TaskState::Queued, at: now }),
            note: Some(Some(why)),
            progress: Some(progress),
            ..TaskUpdate::default()
        },
    }
}
