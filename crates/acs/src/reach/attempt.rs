//! One attempt to wake a device: way after way, until a session follows.

use super::call::{Failure, Reached};
use super::http::{Call, connection_request};
use super::{FIRST_PAUSE_MS, LONGEST_PAUSE_MS, Memory, RECONNECT_MS, RETURN_MS, Reach};
use crate::Result;
use crate::clock::now;
use crate::learning::overrides;
use crate::session::{
    Capabilities, End, KEEP_MS, Progress, RETURN_WITHIN_MS, Session, awaited_until, away_for_good, blocked_until,
    ended, has_returned, held, too_late,
};
use crate::sessions::Taken;
use metrics::counter;
use model::device::Enrolment;
use model::event::EventKind;
use model::fault::FaultView;
use model::reach::Way;
use model::task::{TaskKind, TaskState, TaskStep};
use model::{DeviceId, Timestamp};
use std::time::Duration;
use store::{DevicePatch, DeviceRecord, TaskRecord, TaskUpdate, Write};

/// When to look at a device again.
pub(super) enum Next {
    /// Nothing is left to do.
    Done,
    After(i64),
    /// Soon, later each time.
    Busy,
    /// A session followed; should its tasks still be there after it, later each time.
    Came,
    /// Later each time.
    Failed,
}

/// What one call led to.
enum Called {
    /// A session began.
    Session,
    Busy,
    Failed(Failure),
}

impl Reach {
    /// One attempt, from looking at the tasks to the session that follows.
    pub(super) async fn try_to_wake(&self, device: DeviceId) -> Result<Next> {
        let inner = &self.inner;
        let Some(entry) = inner.devices.get(device).await? else { return Ok(Next::Done) };
        match inner.sessions.new_work(device) {
            Taken::No => {}
            Taken::Yes => return Ok(Next::After(super::BUSY_PAUSE_MS)),
            Taken::IfItReturns(gone_at) => {
                let gone = now().since(gone_at);
                if gone < RECONNECT_MS {
                    return Ok(Next::After(RECONNECT_MS - gone));
                }
                if gone < RETURN_MS {
                    self.note_lost_connection(device).await?;
                    return Ok(Next::After(RETURN_MS - gone));
                }
            }
        }
        let mut tasks = inner.writing.store.open_tasks(device).await?;
        self.give_up_on_lost_reboots(&mut tasks).await?;
        self.give_up_on_silent_tests(&mut tasks).await?;
        self.give_up_on_late_ones(&mut tasks).await?;
        let time = now();
        let until = |task: &TaskRecord| {
            away_until(task, time)
                .or_else(|| awaited_until(task, time))
                .or_else(|| blocked_until(task, &tasks, time))
                .or_else(|| held(task, &tasks, time).map(|held| held.until))
        };
        for task in &tasks {
            if let Some(held) = held(task, &tasks, time) {
                self.note(std::slice::from_ref(task), &held.why).await?;
            }
        }
        let waits: Vec<Option<Timestamp>> = tasks.iter().map(until).collect();
        let Some(first_return) = waits.iter().copied().min() else {
            return Ok(Next::Done);
        };
        let record = entry.record().clone();
        if record.enrolment != Enrolment::Approved {
            return Ok(Next::Done);
        }
        let back_at = record.rebooting_until.filter(|until| *until > time && first_return.is_none());
        // What waits for its own time keeps its state and its note.
        let mut waits = waits.into_iter();
        tasks.retain(|_| back_at.is_some() || waits.next().flatten().is_none());
        if let Some(until) = first_return.or(back_at) {
            // It comes back by itself; only if it does not is there something to do.
            return Ok(Next::After(until.since(time).clamp(1000, RETURN_WITHIN_MS)));
        }
        let memory = Memory::from_json(&record.reach);
        let ways = self.offer().ways(&record, &memory);
        if ways.is_empty() {
            let note = format!("{} It runs at the router's next check-in.", self.offer().no_way(&record));
            self.note(&tasks, &note).await?;
            return Ok(Next::After(LONGEST_PAUSE_MS));
        }
        let learnt = Capabilities::from_json(&record.quirks);
        let provision = inner.settings.provision_connection_request && inner.settings.reach.factory.is_none();
        if provision && Session::lacks_credentials(&record, &learnt) {
            // Its next session gives it credentials, and takes the tasks along.
            return Ok(Next::After(FIRST_PAUSE_MS));
        }
        // Asked for an earlier task a moment ago: the session that follows takes this one along (rules 274 and 275).
        if let Some(left) = self.pause_left(device) {
            return Ok(Next::After(left));
        }
        self.move_tasks(&tasks, TaskState::Queued, TaskState::Contacting, None).await?;
        self.try_ways(&record, memory, &ways, &tasks).await
    }

    async fn try_ways(
        &self,
        record: &DeviceRecord,
        mut memory: Memory,
        ways: &[Way],
        tasks: &[TaskRecord],
    ) -> Result<Next> {
        let device = record.id;
        let mut patch = DevicePatch::default();
        let mut reasons = Vec::new();
        for way in ways {
            let called = self.call(*way, record, &mut memory, &mut patch).await?;
            let outcome = match &called {
                Called::Session => "accepted",
                Called::Busy => "busy",
                Called::Failed(_) => "failed",
            };
            let labels = [("way", way.label().to_ascii_lowercase()), ("outcome", outcome.to_owned())];
            counter!("lastmile_connection_requests_total", &labels).increment(1);
            match called {
                Called::Session => {
                    memory.worked(*way, now());
                    patch.reach_success = Some(now());
                    patch.reach_failure = Some(None);
                    self.remember(record, memory, patch).await?;
                    return Ok(Next::Came);
                }
                // In a session, or asked too often: another way would ask once more.
                Called::Busy if *way == Way::Http => {
                    self.remember(record, memory, patch).await?;
                    let note = "The router is busy. Trying again.";
                    self.move_tasks(tasks, TaskState::Contacting, TaskState::Queued, Some(note)).await?;
                    return Ok(Next::Busy);
                }
                Called::Busy => {
                    let reason = "The router is busy, or not connected to its XMPP server.".to_owned();
                    memory.failed(*way, now(), &reason);
                    reasons.push((*way, reason));
                }
                Called::Failed(failure) => {
                    if failure == Failure::Credentials && self.inner.settings.provision_connection_request {
                        // The next session sets new ones.
                        patch.connection_request_username = Some(String::new());
                        patch.connection_request_password = Some(String::new());
                    }
                    memory.failed(*way, now(), &failure.reason());
                    reasons.push((*way, failure.reason()));
                }
            }
        }
        let reason = said(&reasons);
        patch.reach_failure = Some(Some((now(), reason.clone())));
        // Told once, not at every attempt.
        if record.reach_failure.as_ref().is_none_or(|(_, before)| *before != reason) {
            let kind = EventKind::Unreachable { reason: reason.clone() };
            self.inner.writing.commit(vec![Write::Event { device, at: now(), kind, by: None }]).await?;
        }
        self.remember(record, memory, patch).await?;
        let note = format!("{reason} It runs at the router's next check-in.");
        self.move_tasks(tasks, TaskState::Contacting, TaskState::Queued, Some(&note)).await?;
        Ok(Next::Failed)
    }

    async fn remember(&self, record: &DeviceRecord, mut memory: Memory, mut patch: DevicePatch) -> Result<()> {
        // What a session wrote there meanwhile stays.
        if let Some(entry) = self.inner.devices.get(record.id).await? {
            memory.given = Memory::from_json(&entry.record().reach).given;
        }
        patch.reach = Some(memory.to_json()).filter(|json| *json != record.reach);
        if patch != DevicePatch::default() {
            self.inner.writing.commit(vec![Write::Device { id: record.id, patch }]).await?;
        }
        Ok(())
    }

    /// One call, and the wait for its session. Success is the session, not the answer to the call (rule 280).
    async fn call(
        &self,
        way: Way,
        record: &DeviceRecord,
        memory: &mut Memory,
        patch: &mut DevicePatch,
    ) -> Result<Called> {
        let started = now();
        let reached = {
            let Ok(_permit) = self.inner.permits.acquire().await else { return Ok(Called::Busy) };
            // Before it leaves: its session may be over before we have read its answer.
            let before = self.asked().insert(record.id, started);
            let reached = self.send(way, record, memory).await;
            if !matches!(reached, Ok(Reached::Accepted(_))) {
                self.not_asked(record.id, started, before);
            }
            let reached = reached?;
            let target = super::choice::target(way, record);
            let call = if way == Way::Http { format!("GET {target}") } else { format!("{} to {target}", way.label()) };
            self.inner.writing.trace.called(record.id, &call, &reached.words(), started, now());
            reached
        };
        let accepted = match reached {
            Reached::Accepted(accepted) => accepted,
            Reached::Busy => return Ok(Called::Busy),
            Reached::Failed(failure) => return Ok(Called::Failed(failure)),
        };
        if way == Way::Http {
            memory.unprotected = accepted.unprotected;
        }
        if accepted.factory && self.inner.settings.provision_connection_request {
            // Ours are not there, or not any more: the session sets new ones.
            patch.connection_request_username = Some(String::new());
            patch.connection_request_password = Some(String::new());
        }
        let came = self.session_began(record.id, started).await?;
        Ok(if came { Called::Session } else { Called::Failed(Failure::NoContact) })
    }

    async fn send(&self, way: Way, record: &DeviceRecord, memory: &mut Memory) -> Result<Reached> {
        let inner = &self.inner;
        let offer = self.offer();
        let credentials = offer.credentials(record);
        let peer = record.address.parse().ok();
        Ok(match way {
            Way::Http => {
                let call = Call {
                    url: &record.connection_request_url,
                    credentials: &credentials,
                    basic: inner.settings.reach.basic || overrides(record).basic_calls,
                    peer,
                    use_peer: inner.settings.reach.use_peer_address,
                };
                connection_request(&call, &inner.settings.egress).await
            }
            Way::Udp => {
                let Some(first) = credentials.first() else { return Ok(Reached::Failed(Failure::Credentials)) };
                // On disk before it leaves: no later request may be the older one (rule 284).
                let number = memory.next_udp(now());
                let patch = DevicePatch { reach: Some(memory.to_json()), ..DevicePatch::default() };
                inner.writing.commit(vec![Write::Device { id: record.id, patch }]).await?;
                match inner.udp.send(&record.udp_address, number, first, peer, &inner.settings.egress).await {
                    Ok(()) => Reached::Accepted(super::call::Accepted { unprotected: false, factory: first.factory }),
                    Err(failure) => Reached::Failed(failure),
                }
            }
            Way::Xmpp => {
                let Some(client) = inner.xmpp.get() else { return Ok(Reached::Failed(Failure::XmppDown)) };
                let mut reached = Reached::Failed(Failure::Credentials);
                for one in &credentials {
                    reached = client.call(&record.jabber_id, one).await;
                    if reached != Reached::Failed(Failure::Credentials) {
                        break;
                    }
                }
                reached
            }
        })
    }

    /// Waits for the session that follows a call: within 30 s (rule 274). Whether one began.
    async fn session_began(&self, device: DeviceId, called_at: Timestamp) -> Result<bool> {
        let pause = self.inner.settings.connection_request_pause.max(1);
        for _ in 0..pause * 5 {
            // One that lost its connection before the call is not what followed it.
            if self.inner.sessions.is_connected(device) {
                return Ok(true);
            }
            if self.inner.devices.get(device).await?.is_some_and(|entry| entry.record().last_inform > called_at) {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(false)
    }

    /// Moves all tasks that are in one state to another; those that are elsewhere by now stay there.
    async fn move_tasks(&self, tasks: &[TaskRecord], from: TaskState, to: TaskState, note: Option<&str>) -> Result<()> {
        let at = now();
        let moved = |task: &TaskRecord| Write::Task {
            id: task.id,
            from: vec![from],
            update: TaskUpdate {
                step: Some(TaskStep { state: to, at }),
                note: Some(note.map(str::to_owned)),
                ..TaskUpdate::default()
            },
        };
        self.inner.writing.commit(tasks.iter().map(moved).collect()).await?;
        Ok(())
    }

    async fn note(&self, tasks: &[TaskRecord], note: &str) -> Result<()> {
        let noted = |task: &TaskRecord| Write::Task {
            id: task.id,
            from: vec![TaskState::Queued],
            update: TaskUpdate { note: Some(Some(note.to_owned())), ..TaskUpdate::default() },
        };
        let changed = tasks.iter().filter(|task| task.note.as_deref() != Some(note));
        self.inner.writing.commit(changed.map(noted).collect()).await?;
        Ok(())
    }

    /// Says what tasks wait for that nothing else is said of.
    async fn note_lost_connection(&self, device: DeviceId) -> Result<()> {
        let mut tasks = self.inner.writing.store.open_tasks(device).await?;
        tasks.retain(|task| task.state == TaskState::Queued && task.note.is_none());
        let note = "The router's connection broke off in the midst of a session. It is called if it does not come back \
                    within seconds.";
        self.note(&tasks, note).await
    }

    /// A device that took the order to reboot and never came back with a boot report.
    async fn give_up_on_lost_reboots(&self, tasks: &mut Vec<TaskRecord>) -> Result<()> {
        let time = now();
        let lost = |task: &TaskRecord| away_until(task, time).is_some_and(|until| until <= time);
        let mut writes = Vec::new();
        for task in tasks.iter().filter(|task| lost(task)) {
            let fault = FaultView::local("The router has not come back since. Check its power and its line.");
            writes.extend(ended(task, End::fault(fault), time));
        }
        self.inner.writing.commit(writes).await?;
        tasks.retain(|task| !lost(task));
        Ok(())
    }

    /// What was only for a time that is over ends, whether its device is there or not.
    async fn give_up_on_late_ones(&self, tasks: &mut Vec<TaskRecord>) -> Result<()> {
        let time = now();
        let mut writes = Vec::new();
        // One that is with the device now goes on there. What a campaign ordered ends when its device comes: one that does not come
        // is lost, and its campaign counts those by themselves.
        let waits = |task: &TaskRecord| task.state.cancellable() && !Progress::of(task).once;
        tasks.retain(|task| match too_late(task, time).filter(|_| waits(task)) {
            Some(end) => {
                writes.extend(ended(task, end, time));
                false
            }
            None => true,
        });
        self.inner.writing.commit(writes).await?;
        Ok(())
    }

    /// A test whose device never came back to tell: it ends by time.
    async fn give_up_on_silent_tests(&self, tasks: &mut Vec<TaskRecord>) -> Result<()> {
        let time = now();
        let mut writes = Vec::new();
        tasks.retain(|task| match away_for_good(task, time) {
            Some(end) => {
                writes.extend(ended(task, end, time));
                false
            }
            None => true,
        });
        self.inner.writing.commit(writes).await?;
        Ok(())
    }
}

/// Until when a task waits for its device to return from a reboot; `None` if it waits for us.
fn away_until(task: &TaskRecord, now: Timestamp) -> Option<Timestamp> {
    let within = match &task.kind {
        TaskKind::Reboot => RETURN_WITHIN_MS,
        TaskKind::FactoryReset { keep, .. } if keep.is_empty() => RETURN_WITHIN_MS,
        // What was kept is worth waiting for. Once the device is back, it waits for us.
        TaskKind::FactoryReset { .. } => KEEP_MS,
        _ => return None,
    };
    let sent_at = Progress::of(task).sent_at.unwrap_or(now);
    (task.state == TaskState::Applied && !has_returned(task)).then(|| sent_at.plus_millis(within))
}

/// The reasons of all ways in one text.
fn said(reasons: &[(Way, String)]) -> String {
    match reasons {
        [(_, only)] => only.clone(),
        several => {
            several.iter().map(|(way, reason)| format!("{}: {reason}", way.label())).collect::<Vec<_>>().join(" ")
        }
    }
}
