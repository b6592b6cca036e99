//! What to ask next, when it is our turn: tasks first, then the discovery of a tree that was never read whole, then the
//! connection-request credentials.

use super::{
    AcsMessage, AcsRequest, Arc, Capabilities, Context, DataModel, DevicePatch, DeviceRecord, End, EventKind,
    FaultView, Job, Next, ParameterValue, Pending, RETURN_WITHIN_MS, Reader, Session, Step, TaskId, TaskJob, Timestamp,
    ValueType, Write,
};

impl Session {
    /// It is our turn: the next request, or 204.
    pub(super) fn plan(&mut self, mut writes: Vec<Write>, now: Timestamp) -> Step {
        let mut claim = None;
        loop {
            if self.rpcs >= self.limits.rpcs {
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
                    Some(Job::Discovery(mut reader)) => {
                        let tree = Arc::make_mut(self.tree.get_or_insert_default());
                        if let Some(request) = reader.next(tree, &self.learnt) {
                            whole_object = reader.asks_whole_object();
                            self.job = Some(Job::Discovery(reader));
                            request
                        } else {
                            self.end_discovery(&reader, &mut writes, now);
                            continue;
                        }
                    }
                    Some(Job::Provision) | None => match self.next_job(&mut writes, &mut claim, now) {
                        Some(Job::Provision) => {
                            self.job = Some(Job::Provision);
                            whole_object = false;
                            self.provision_request()
                        }
                        Some(job) => {
                            self.job = Some(job);
                            continue;
                        }
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
        while let Some(task) = self.tasks.pop_front() {
            // One claim a step, so that a lost one is known before the next request.
            if self.skip.contains(&task.id) || !TaskJob::actionable(&task, now) {
                continue;
            }
            if claim.is_some() {
                self.tasks.push_front(task);
                break;
            }
            *claim = Some(task.id);
            let (job, write) = TaskJob::take_up(task, now);
            writes.push(write);
            return Some(Job::Task(Box::new(job)));
        }
        if self.record.tree_read_at.is_none() {
            return Some(Job::Discovery(Reader::whole(self.record.data_model, false)));
        }
        if self.wants_credentials(writes) {
            self.record.connection_request_username.clone_from(&self.credentials.username);
            self.record.connection_request_password.clone_from(&self.credentials.password);
            // Written before they are set: better credentials that are not there yet than ones nobody knows.
            writes.push(self.device(DevicePatch {
                connection_request_username: Some(self.credentials.username.clone()),
                connection_request_password: Some(self.credentials.password.clone()),
                ..DevicePatch::default()
            }));
            return Some(Job::Provision);
        }
        None
    }

    /// Whether the device should be given connection-request credentials, as far as is known without its tree.
    pub fn lacks_credentials(record: &DeviceRecord, learnt: &Capabilities) -> bool {
        record.connection_request_password.is_empty()
            && !learnt.keeps_credentials
            && record.data_model != DataModel::Unknown
            && learnt.supports("SetParameterValues")
    }

    pub(super) fn wants_credentials(&mut self, writes: &mut Vec<Write>) -> bool {
        if !self.limits.provision
            || self.credentials.password.is_empty()
            || !Self::lacks_credentials(&self.record, &self.learnt)
        {
            return false;
        }
        let path = format!("{}ManagementServer.ConnectionRequestPassword", self.record.data_model.root());
        let settable = self.tree.as_ref().is_some_and(|tree| tree.get(&path).is_some_and(|node| node.writable));
        if !settable {
            // Not asked again in every session.
            self.learnt.keeps_credentials = true;
            writes.push(self.device(DevicePatch { quirks: Some(self.learnt.to_json()), ..DevicePatch::default() }));
        }
        settable
    }

    pub(super) fn provision_request(&self) -> AcsRequest {
        let root = self.record.data_model.root();
        let value = |name: &str, value: &str| ParameterValue {
            name: format!("{root}ManagementServer.{name}"),
            value: value.to_owned(),
            value_type: ValueType::String,
        };
        AcsRequest::SetParameterValues {
            values: vec![
                value("ConnectionRequestUsername", &self.credentials.username),
                value("ConnectionRequestPassword", &self.credentials.password),
            ],
            parameter_key: self.record.parameter_key.clone(),
        }
    }

    /// The limit of requests is reached: no device is ever driven in a loop.
    pub(super) fn cut(&mut self, now: Timestamp) -> Vec<Write> {
        let reason = format!("It took more than {} requests in one session.", self.limits.rpcs);
        let mut writes = Vec::new();
        match self.job.take() {
            Some(Job::Task(job)) => self.end_task(*job, End::fault(FaultView::local(reason.clone())), &mut writes, now),
            _ if self.tree_dirty => self.write_tree(&mut writes),
            _ => {}
        }
        writes.push(self.event(now, EventKind::SessionFailed { reason }));
        self.quiet = true;
        writes
    }
}
