//! What devices report by themselves: the ends of transfers, software modules, scheduled Informs (A.3.3, A.4.2).
//!
//! A report may come in the session of its order or a later one, before or after a reboot, twice, or never (rules 224,
//! 229, 230, 242). Reports are matched by CommandKey, which no two tasks share.

use super::ending::ended;
use super::job::{End, Progress, TaskJob, fault_view, firmware, task_of_key, transferred, try_again};
use super::plan::put_back;
use super::{ACS_METHODS, Session, Step, acs_fault};
use cwmp::{AcsMessage, AcsResponse, CpeRequest, DuResult, EventCode, Fault, Inform, TransferComplete};
use model::event::EventKind;
use model::fault::FaultView;
use model::file::{FileType, ModuleResult};
use model::task::{TaskKind, TaskOutcome, TaskState, TaskStep};
use model::{FileId, TaskId, Timestamp};
use store::{DevicePatch, TaskRecord, TaskUpdate, Write};

/// A device that has loaded firmware and not started it yet has this long.
const START_WITHIN_MS: i64 = 30 * 60_000;
/// Diagnostics whose results are read in one session.
const MAX_DIAGNOSTICS: usize = 8;
/// Results of software modules that are kept.
const MAX_RESULTS: usize = 32;

/// Between two looks at a task whose report is overdue: it ends at the device's next check-in, not before, because a
/// device that is away may have done it all the same.
const OVERDUE_PAUSE_MS: i64 = 15 * 60_000;

/// Until when a task waits for its device by itself; `None` if it waits for us.
pub(crate) fn awaited_until(task: &TaskRecord, now: Timestamp) -> Option<Timestamp> {
    let progress = Progress::of(task);
    if task.state == TaskState::Applied && task.kind.is_reported() {
        if matches!(task.kind, TaskKind::Diagnose { .. }) {
            return super::tested::looked_at(&progress, now);
        }
        return Some(progress.deadline.filter(|at| now < *at).unwrap_or_else(|| now.plus_millis(OVERDUE_PAUSE_MS)));
    }
    progress.not_before.filter(|at| now < *at)
}

/// How a task ends whose report never came. `received`: the file that the device sent.
fn given_up(task: &TaskRecord, software_version: &str, received: Option<FileId>) -> End {
    let progress = Progress::of(task);
    let outcome = |unreported| transferred(&task.kind, &progress, software_version, received, unreported);
    match &task.kind {
        TaskKind::Upload { .. } if received.is_some() => {
            End { state: TaskState::Verified, outcome: Some(outcome(true)) }
        }
        // Loaded, and the device never started it.
        kind if progress.reported && firmware(kind).is_some_and(|file| !file.version.is_empty()) => {
            End { state: TaskState::Different, outcome: Some(outcome(false)) }
        }
        _ if progress.reported => End { state: TaskState::Verified, outcome: Some(outcome(false)) },
        TaskKind::ChangeModules { .. } if !progress.results.is_empty() => modules_end(&progress.results),
        TaskKind::ScheduleInform { .. } => {
            End::fault(FaultView::local("The router did not check in at the time that it was told."))
        }
        kind => {
            let what = if kind.is_transfer() { "the transfer" } else { "it" };
            let text = format!("The router took the order and never reported the end of {what}.");
            End::fault(FaultView::local(text))
        }
    }
}

impl Session {
    /// A request of the CPE: answered before anything of ours (rule 109), also after its empty POST (rule 112).
    pub(super) fn on_request(&mut self, request: CpeRequest, now: Timestamp) -> Step {
        let mut writes = Vec::new();
        let answer = match request {
            CpeRequest::GetRpcMethods => {
                AcsResponse::GetRpcMethods { methods: ACS_METHODS.map(str::to_owned).to_vec() }
            }
            // Always answered, or the CPE repeats it for ever (rule 241).
            CpeRequest::TransferComplete(report) => {
                writes = self.on_transfer_complete(report, now);
                AcsResponse::TransferComplete
            }
            CpeRequest::AutonomousTransferComplete(report) => {
                let fault = (report.fault_code != 0).then(|| report_fault(report.fault_code, &report.fault_string));
                let what = if report.file_type.is_empty() { report.target_file_name } else { report.file_type };
                let kind = EventKind::Transferred { what: short(&what), download: report.is_download, fault };
                writes.push(self.event(now, kind));
                AcsResponse::AutonomousTransferComplete
            }
            CpeRequest::DuStateChangeComplete { results, command_key } => {
                writes = self.on_modules(results, &command_key, now);
                AcsResponse::DuStateChangeComplete
            }
            CpeRequest::AutonomousDuStateChangeComplete { results } => {
                let results = results.into_iter().map(|one| module_result(one.result)).take(MAX_RESULTS).collect();
                writes.push(self.event(now, EventKind::ModulesChanged { results }));
                AcsResponse::AutonomousDuStateChangeComplete
            }
            CpeRequest::RequestDownload { file_type, .. } => {
                writes.push(self.event(now, EventKind::DownloadRequested { file_type: short(&file_type) }));
                AcsResponse::RequestDownload
            }
            CpeRequest::Kicked { next, .. } => AcsResponse::Kicked { next_url: next },
            CpeRequest::Inform(_) => {
                let fault = acs_fault(8003, "Inform is only allowed at the start of a session");
                return Step { message: Some(AcsMessage::Fault(fault)), id: None, writes, claim: None };
            }
            CpeRequest::Unknown { .. } => {
                let fault = acs_fault(8000, "Method not supported");
                return Step { message: Some(AcsMessage::Fault(fault)), id: None, writes, claim: None };
            }
        };
        Step { message: Some(AcsMessage::Response(answer)), id: None, writes, claim: None }
    }

    /// The device took an order whose end it reports by itself.
    pub(super) fn await_report(&mut self, job: TaskJob, writes: &mut Vec<Write>, now: Timestamp) {
        let TaskJob { mut record, progress, .. } = job;
        record.progress = progress.to_json();
        record.state = TaskState::Applied;
        self.skip.insert(record.id);
        if matches!(record.kind, TaskKind::Diagnose { .. }) {
            // Found to run after its answer was lost, or when it is looked at next has changed.
            let kept = TaskUpdate { progress: Some(record.progress.clone()), ..TaskUpdate::default() };
            let step = Some(TaskStep { state: TaskState::Applied, at: now });
            let begun = TaskUpdate { step, ..kept.clone() };
            for (from, update) in [(TaskState::Applied, kept), (TaskState::Connected, begun)] {
                writes.push(Write::Task { id: record.id, from: vec![from], update });
            }
            self.awaiting.push(record);
            return;
        }
        let report = self.early_report.take();
        if progress.done_at_once && report.is_none() {
            if firmware(&record.kind).is_some() {
                self.take_version(writes, now);
            }
            writes.extend(self.complete(record, now));
            return;
        }
        self.awaiting.push(record);
        if let Some(report) = report {
            writes.extend(self.on_transfer_complete(report, now));
        }
    }

    /// The version that runs was read: the device's own columns, and what the timeline says of it.
    fn take_version(&mut self, writes: &mut Vec<Write>, now: Timestamp) {
        let before = self.record.software_version.clone();
        self.write_tree(writes);
        let patch = self.patch_from_tree();
        writes.push(self.device(patch));
        let after = self.record.software_version.clone();
        if before != after && !before.is_empty() {
            writes.push(self.event(now, EventKind::Software { before, after }));
        }
    }

    /// The CommandKey of a transfer that the device has; `None` if that has ended.
    pub(super) fn transfer_key(&self, task: TaskId) -> Option<String> {
        let found = self.awaiting.iter().find(|one| one.id == task && one.kind.is_transfer())?;
        Progress::of(found).command_key
    }

    /// The device cancelled a transfer: no report follows (rule 252).
    pub(super) fn cancelled_transfer(&mut self, task: TaskId, writes: &mut Vec<Write>, now: Timestamp) {
        if let Some(at) = self.awaiting.iter().position(|one| one.id == task) {
            let task = self.awaiting.remove(at);
            writes.extend(ended(&task, End { state: TaskState::Cancelled, outcome: None }, now));
        }
    }

    fn on_transfer_complete(&mut self, report: TransferComplete, now: Timestamp) -> Vec<Write> {
        let key = report.command_key.trim();
        let ours = task_of_key(key);
        let in_hand = matches!(&self.job, Some(super::Job::Task(job))
            if job.record.kind.is_transfer() && job.progress.command_key.as_deref() == Some(key));
        if in_hand {
            // Before the answer to its own order.
            self.early_report = Some(report);
            return Vec::new();
        }
        let Some(task) = self.take_reported(ours, key) else {
            if ours.is_some() {
                // Repeated: it was taken the first time (rule 242).
                return Vec::new();
            }
            let fault = (report.fault_code != 0).then(|| report_fault(report.fault_code, &report.fault_string));
            let kind = EventKind::Transferred { what: String::new(), download: true, fault };
            return vec![self.event(now, kind)];
        };
        self.unreported.retain(|(id, _)| *id != task.id);
        if report.fault_code == 0 {
            return self.complete(task, now);
        }
        self.failed_transfer(task, report_fault(report.fault_code, &report.fault_string), now)
    }

    /// A transfer failed, as the device says: it is begun anew if that may help (rule 346).
    fn failed_transfer(&mut self, mut task: TaskRecord, fault: FaultView, now: Timestamp) -> Vec<Write> {
        let mut progress = Progress::of(&task);
        match try_again(&task.kind, &mut progress, fault.clone(), self.limits.retry, now) {
            Err(fault) => ended(&task, End::fault(fault), now).into(),
            Ok(note) => {
                task.progress = progress.to_json();
                task.state = TaskState::Queued;
                let writes = vec![
                    put_back(&task, task.progress.clone(), note, now),
                    self.event(now, EventKind::Fault { fault }),
                ];
                self.skip.remove(&task.id);
                self.tasks.push_back(task);
                writes
            }
        }
    }

    /// The transfer that a report is about: by its key, else the only one there is (rule 230). `ours`: the task of the key.
    fn take_reported(&mut self, ours: Option<TaskId>, key: &str) -> Option<TaskRecord> {
        let candidate = |task: &TaskRecord| {
            if !task.kind.is_transfer() || ours.is_some_and(|id| id != task.id) {
                return false;
            }
            let progress = Progress::of(task);
            // The report of an earlier try, repeated, says nothing of this one.
            let of_this_try = ours.is_none() || progress.failures == 0 || progress.command_key.as_deref() == Some(key);
            (task.state == TaskState::Applied || progress.sent) && of_this_try
        };
        let waiting: Vec<usize> = (0..self.awaiting.len()).filter(|at| candidate(&self.awaiting[*at])).collect();
        let lost: Vec<usize> = (0..self.tasks.len()).filter(|at| candidate(&self.tasks[*at])).collect();
        match (waiting.as_slice(), lost.as_slice()) {
            ([at], []) => Some(self.awaiting.remove(*at)),
            ([], [at]) => {
                let task = self.tasks.remove(*at)?;
                self.skip.insert(task.id);
                Some(task)
            }
            _ => None,
        }
    }

    /// A transfer is done, as the device says. Firmware is done when it runs.
    fn complete(&mut self, mut task: TaskRecord, now: Timestamp) -> Vec<Write> {
        let mut progress = Progress::of(&task);
        let mut file = None;
        if matches!(task.kind, TaskKind::Upload { .. }) {
            file = self.received.get(&task.id).copied();
            if file.is_none() {
                let text =
                    "The router says that it sent the file, but none came. Check that it can reach the file address.";
                return ended(&task, End::fault(FaultView::local(text)), now).into();
            }
        }
        let version = self.record.software_version.clone();
        if let Some(image) = firmware(&task.kind) {
            let other = version != progress.version_before;
            let runs = match image.version.as_str() {
                // Applied, as the device says: there is nothing to compare.
                "" => other || progress.done_at_once,
                _ => image.runs_as(&version) || (other && progress.done_at_once),
            };
            if !runs && !self.booted {
                // It has it, and starts it later (rule 345).
                progress.reported = true;
                progress.deadline = Some(now.plus_millis(START_WITHIN_MS));
                task.progress = progress.to_json();
                task.state = TaskState::Applied;
                let note = "The router has the file and has yet to start it.".to_owned();
                let update = TaskUpdate {
                    note: Some(Some(note)),
                    progress: Some(task.progress.clone()),
                    ..TaskUpdate::default()
                };
                let write = Write::Task { id: task.id, from: vec![TaskState::Applied, TaskState::Connected], update };
                self.awaiting.push(task);
                return vec![write];
            }
            return self.firmware_runs(&task, &progress, false, now);
        }
        let mut writes = Vec::new();
        if let TaskKind::Download { file, .. } | TaskKind::ScheduleDownload { file, .. } = &task.kind
            && file.file_type == FileType::Configuration
        {
            // Whatever we knew of its settings is void.
            self.record.tree_read_at = None;
            self.record.inform_digest = 0;
            writes.push(self.device(DevicePatch { tree_read_at: Some(None), ..DevicePatch::default() }));
        }
        let outcome = transferred(&task.kind, &progress, &version, file, false);
        writes.extend(ended(&task, End { state: TaskState::Verified, outcome: Some(outcome) }, now));
        writes
    }

    /// The end of a firmware download: the version that runs now tells.
    fn firmware_runs(&self, task: &TaskRecord, progress: &Progress, unreported: bool, now: Timestamp) -> Vec<Write> {
        let version = &self.record.software_version;
        let right = firmware(&task.kind).is_none_or(|image| image.version.is_empty() || image.runs_as(version));
        let outcome = transferred(&task.kind, progress, version, None, unreported);
        let state = if right { TaskState::Verified } else { TaskState::Different };
        ended(task, End { state, outcome: Some(outcome) }, now).into()
    }

    fn on_modules(&mut self, results: Vec<DuResult>, key: &str, now: Timestamp) -> Vec<Write> {
        let key = task_of_key(key.trim());
        let candidate = |task: &TaskRecord| {
            matches!(task.kind, TaskKind::ChangeModules { .. }) && key.is_none_or(|id| id == task.id)
        };
        let mut found = (0..self.awaiting.len()).filter(|at| candidate(&self.awaiting[*at]));
        let results = results.into_iter().map(module_result).take(MAX_RESULTS);
        let (Some(at), None) = (found.next(), found.next()) else {
            // Repeated, or of nobody's asking.
            let kind = EventKind::ModulesChanged { results: results.collect() };
            return if key.is_some() { Vec::new() } else { vec![self.event(now, kind)] };
        };
        let mut task = self.awaiting.remove(at);
        let mut progress = Progress::of(&task);
        progress.results.extend(results);
        progress.results.truncate(MAX_RESULTS);
        let TaskKind::ChangeModules { operations } = &task.kind else { unreachable!("looked for above") };
        // One result for each operation, in several reports perhaps (rule 259).
        if progress.results.len() >= operations.len() {
            return ended(&task, modules_end(&progress.results), now).into();
        }
        task.progress = progress.to_json();
        let update = TaskUpdate { progress: Some(task.progress.clone()), ..TaskUpdate::default() };
        let write = Write::Task { id: task.id, from: vec![TaskState::Applied], update };
        self.awaiting.push(task);
        vec![write]
    }

    /// Objects of diagnostics that were asked for: `8 DIAGNOSTICS COMPLETE` does not say which is done (rule 151).
    pub(super) fn find_results(&mut self, inform: &Inform) {
        if !inform.has(&EventCode::DiagnosticsComplete) || !self.collect.is_empty() {
            // Of a test that a task waits for: the task reads it.
            return;
        }
        let Some(tree) = self.tree.as_ref() else { return };
        let asked = tree.below("").filter(|(_, node)| {
            let said = node.value.as_deref().unwrap_or_default();
            !matches!(said, "" | "None")
        });
        let objects = asked.filter_map(|(path, _)| path.strip_suffix("DiagnosticsState"));
        let objects = objects.filter(|object| object.ends_with('.')).map(str::to_owned);
        self.results = objects.take(MAX_DIAGNOSTICS).collect();
    }

    /// What an Inform tells of tasks that wait for their device. Call it once the record is up to date.
    pub(super) fn inform_reports(&mut self, inform: &Inform, now: Timestamp) -> Vec<Write> {
        let mut writes = Vec::new();
        let bootstrap = inform.has(&EventCode::Bootstrap);
        let reports_transfer = inform.has(&EventCode::TransferComplete)
            || ["Download", "ScheduleDownload", "Upload"]
                .iter()
                .any(|method| inform.has(&EventCode::Method((*method).to_owned())));
        let scheduled = inform.has(&EventCode::Scheduled);
        let keys: Vec<&str> = inform
            .events
            .iter()
            .filter(|event| matches!(&event.code, EventCode::Method(method) if method == "ScheduleInform"))
            .map(|event| event.command_key.trim())
            .collect();
        let only_one =
            self.awaiting.iter().filter(|task| matches!(task.kind, TaskKind::ScheduleInform { .. })).count() == 1;
        let (mut left, mut done) = (Vec::new(), Vec::new());
        self.lost_tests_reported(inform);
        for task in std::mem::take(&mut self.awaiting) {
            if matches!(task.kind, TaskKind::Diagnose { .. }) {
                left.extend(self.tested(task, inform, &mut writes, now));
                continue;
            }
            let progress = Progress::of(&task);
            let key = progress.command_key.as_deref().unwrap_or_default();
            if matches!(task.kind, TaskKind::ScheduleInform { .. })
                && (keys.contains(&key) || (scheduled && keys.is_empty() && only_one))
            {
                let end = End { state: TaskState::Verified, outcome: Some(TaskOutcome::Scheduled) };
                writes.extend(ended(&task, end, now));
            } else if firmware(&task.kind).is_some()
                && !reports_transfer
                && progress.reported
                && (self.booted || self.record.software_version != progress.version_before)
            {
                // Reported before it was started (rule 228): the version tells.
                writes.extend(self.firmware_runs(&task, &progress, false, now));
            } else if progress.done_at_once && !progress.reported {
                // Done when it was ordered, and the session broke off before it was looked at.
                done.push(task);
            } else if let Some(end) = self.unreported_end(&task, &progress, bootstrap, now)
                && !reports_transfer
            {
                // Some devices send the report without its event: it may still come in this session.
                self.unreported.push((task.id, end));
                left.push(task);
            } else {
                left.push(task);
            }
        }
        self.awaiting = left;
        for task in done {
            writes.extend(self.complete(task, now));
        }
        writes
    }

    /// How a transfer ends whose report should be here by now; `None` if there is time.
    fn unreported_end(
        &self,
        task: &TaskRecord,
        progress: &Progress,
        bootstrap: bool,
        now: Timestamp,
    ) -> Option<Vec<Write>> {
        let version = &self.record.software_version;
        if firmware(&task.kind).is_some_and(|image| image.runs_as(version)) && *version != progress.version_before {
            // Never reported: the version tells (rule 229).
            return Some(self.firmware_runs(task, progress, !progress.reported, now));
        }
        if bootstrap && task.kind.is_transfer() {
            // A CPE drops its undelivered events with a factory reset (rule 143).
            let text = "The router was reset to factory settings before it reported the end of the transfer.";
            return Some(ended(task, End::fault(FaultView::local(text)), now).into());
        }
        let late = progress.deadline.is_some_and(|deadline| deadline <= now);
        let received = self.received.get(&task.id).copied();
        late.then(|| ended(task, given_up(task, version, received), now).into())
    }

    /// The session is over as far as the device is concerned, and reports that it should have brought have not come.
    /// `false` if there were none.
    pub(super) fn judge_unreported(&mut self, writes: &mut Vec<Write>) -> bool {
        let mut any = false;
        for (id, end) in std::mem::take(&mut self.unreported) {
            let before = self.awaiting.len();
            self.awaiting.retain(|task| task.id != id);
            if self.awaiting.len() < before {
                writes.extend(end);
                any = true;
            }
        }
        any
    }
}

fn modules_end(results: &[ModuleResult]) -> End {
    let failed = results.iter().any(|result| result.fault_code != 0);
    let state = if failed { TaskState::Failed } else { TaskState::Verified };
    End { state, outcome: Some(TaskOutcome::Modules { results: results.to_vec() }) }
}

fn module_result(result: DuResult) -> ModuleResult {
    ModuleResult {
        uuid: short(&result.uuid),
        version: short(&result.version),
        state: short(&result.current_state),
        fault_code: result.fault_code,
        fault: short(&result.fault_string),
    }
}

fn report_fault(code: u32, text: &str) -> FaultView {
    fault_view(&Fault { code, text: short(text), parameters: Vec::new() })
}

/// Text of a device, bounded.
fn short(text: &str) -> String {
    text.chars().take(256).collect()
}
