//! What a finished task or discovery leaves: the tree, the columns that come from it, events.

use super::found_by;
use super::job::{End, TaskJob, fault_view};
use super::stuck::DISCOVERY;
use super::{CHANGES_IN_EVENT, Reader, Session, inform};
use crate::history::measured;
use crate::knowledge::is_secret;
use model::Timestamp;
use model::device::DataModel;
use model::diagnostic::Test;
use model::event::EventKind;
use model::fault::FaultView;
use model::file::ModuleOperation;
use model::task::{SetValue, TaskKind, TaskState, TaskStep};
use model::timeline::Topic;
use model::tree::ValueType;
use std::sync::Arc;
use store::{DevicePatch, TaskRecord, TaskUpdate, Tree, Write};

impl Session {
    pub(super) fn end_discovery(&mut self, reader: &Reader, writes: &mut Vec<Write>, now: Timestamp) {
        let tree = Arc::make_mut(self.tree.get_or_insert_default());
        if reader.read == 0 {
            // Nothing came: try again in a later session, not in a loop.
            let fault =
                reader.fault.as_ref().map_or_else(|| FaultView::local("The router showed no parameters."), fault_view);
            self.gave_up(DISCOVERY, &fault.message, writes, now);
            writes.push(self.event(now, EventKind::Fault { fault }));
            self.quiet = true;
            return;
        }
        if tree.len() > self.limits.parameters {
            let reason = format!("It has more than {} parameters: they are not kept.", self.limits.parameters);
            self.gave_up(DISCOVERY, &reason, writes, now);
            writes.push(self.event(now, EventKind::SessionFailed { reason }));
            self.tree = Some(Arc::default());
            self.quiet = true;
            return;
        }
        tree.complete = true;
        let parameters = tree.parameters() as u32;
        self.tree_dirty = true;
        let mut patch = self.patch_from_tree();
        patch.tree_read_at = Some(Some(now));
        patch.parameter_count = Some(parameters);
        self.worked(DISCOVERY, &mut patch);
        patch.quirks = Some(self.learnt.to_json());
        self.record.tree_read_at = Some(now);
        self.record.parameter_count = parameters;
        self.write_tree(writes);
        writes.push(self.device(patch));
        writes.push(self.event(now, EventKind::Discovered { parameters, round_trips: reader.round_trips }));
    }

    /// What the device must not have lost was read: what it did lose is set again next (rule 380).
    pub(super) fn end_wanted(&mut self, reader: Reader, writes: &mut Vec<Write>, now: Timestamp) {
        self.write_tree(writes);
        let mut patch = self.patch_from_tree();
        patch.quirks = None;
        writes.push(self.device(patch));
        if !reader.changes.is_empty() {
            writes.push(self.event(now, changed_event(reader.changes)));
        }
    }

    /// The results of diagnostics were read.
    pub(super) fn end_results(&mut self, reader: Reader, writes: &mut Vec<Write>, now: Timestamp) {
        self.write_tree(writes);
        if !reader.changes.is_empty() {
            writes.push(self.event(now, changed_event(reader.changes)));
        }
    }

    pub(super) fn end_task(&mut self, job: TaskJob, end: End, writes: &mut Vec<Write>, now: Timestamp) {
        let TaskJob { record, changes, .. } = job;
        self.skip.insert(record.id);
        let whole = matches!(&record.kind, TaskKind::Refresh { paths }
            if paths.is_empty() || paths.iter().any(|path| path == self.record.data_model.root()));
        if self.tree_dirty {
            self.write_tree(writes);
            let mut patch = self.patch_from_tree();
            if whole && end.state == TaskState::Verified {
                patch.tree_read_at = Some(Some(now));
            }
            patch.parameter_count = self.tree.as_ref().map(|tree| tree.parameters() as u32);
            writes.push(self.device(patch));
        }
        if !changes.is_empty() {
            writes.push(self.event(now, changed_event(changes)));
        }
        let verified = end.state == TaskState::Verified;
        if verified && let TaskKind::SetValues { values } = &record.kind {
            self.learnt.remember_wanted(values);
        }
        let sample = end.outcome.as_ref().and_then(|outcome| measured(outcome, now));
        writes.extend(sample.map(|sample| Write::Samples { device: record.device, samples: vec![sample] }));
        writes.extend(ended(&record, end, now));
        if verified && let TaskKind::CancelTransfer { task } = record.kind {
            self.cancelled_transfer(task, writes, now);
        }
    }

    /// Columns that come from the tree.
    pub(super) fn patch_from_tree(&mut self) -> DevicePatch {
        let mut patch = DevicePatch::default();
        let (Some(tree), root) = (&self.tree, self.record.data_model) else { return patch };
        let root = if root == DataModel::Unknown {
            let found = tree.children("").map(|(path, _)| DataModel::of_path(path)).find(|m| *m != DataModel::Unknown);
            let found = found.unwrap_or_default();
            self.record.data_model = found;
            patch.data_model = Some(found);
            found.root()
        } else {
            root.root()
        };
        let value = |path: &str| tree.value(&format!("{root}{path}")).filter(|value| !value.is_empty());
        let changed = |value: Option<&str>, now: &str| value.filter(|value| *value != now).map(str::to_owned);
        patch.model = changed(value("DeviceInfo.ModelName"), &self.record.model);
        patch.software_version = changed(value("DeviceInfo.SoftwareVersion"), &self.record.software_version);
        patch.hardware_version = changed(value("DeviceInfo.HardwareVersion"), &self.record.hardware_version);
        // An empty code is an answer, too.
        patch.provisioning_code =
            changed(tree.value(&format!("{root}DeviceInfo.ProvisioningCode")), &self.record.provisioning_code);
        patch.ppp_user = ppp_user(tree, root).filter(|user| *user != self.record.ppp_user);
        patch.mac = mac(tree, root).filter(|mac| *mac != self.record.mac);
        if let Some(mac) = &patch.mac {
            self.record.mac.clone_from(mac);
        }
        patch.found_by = found_by::changed(tree, root, &mut self.record.found_by);
        let enabled = value("ManagementServer.PeriodicInformEnable").is_none_or(|v| ValueType::Boolean.same(v, "1"));
        let interval =
            value("ManagementServer.PeriodicInformInterval").and_then(|v| v.parse().ok()).filter(|_| enabled);
        if interval != self.record.inform_interval {
            patch.inform_interval = Some(interval);
            self.record.inform_interval = interval;
            let (late_at, overdue_at) = inform::due(self.record.last_inform, interval);
            patch.late_at = Some(late_at);
            patch.overdue_at = Some(overdue_at);
            (self.record.late_at, self.record.overdue_at) = (late_at, overdue_at);
        }
        for (from, to) in [
            (&patch.model, &mut self.record.model),
            (&patch.software_version, &mut self.record.software_version),
            (&patch.hardware_version, &mut self.record.hardware_version),
            (&patch.provisioning_code, &mut self.record.provisioning_code),
            (&patch.ppp_user, &mut self.record.ppp_user),
        ] {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        patch
    }
}

/// What the device signs in with at the line: the first PPP connection with a user name. `None` if nothing is known of
/// any.
fn ppp_user(tree: &Tree, root: &str) -> Option<String> {
    let place = if root == DataModel::Tr098.root() { "WANDevice." } else { "PPP.Interface." };
    let mut known = false;
    let users = tree.below(&format!("{root}{place}")).filter(|(path, _)| path.ends_with(".Username"));
    for (path, node) in users {
        // `WANDevice.` has other user names.
        if root == DataModel::Tr098.root() && !path.contains(".WANPPPConnection.") {
            continue;
        }
        let Some(user) = node.value.as_deref() else { continue };
        known = true;
        if !user.trim().is_empty() {
            return Some(user.trim().chars().take(254).collect());
        }
    }
    known.then(String::new)
}

/// The hardware address that stands on the box's label, as far as a tree can tell: of its wired side, as
/// twelve digits.
fn mac(tree: &Tree, root: &str) -> Option<String> {
    let sides = ["Ethernet.Link.", "Ethernet.Interface.", "WANDevice.", "LANDevice.1.LANEthernetInterfaceConfig."];
    sides.iter().find_map(|side| {
        let side = format!("{root}{side}");
        let mut addresses = tree.below(&side).filter(|(path, _)| path.ends_with(".MACAddress"));
        addresses.find_map(|(_, node)| {
            let digits: String = node.value.as_deref()?.chars().filter(char::is_ascii_hexdigit).collect();
            (digits.len() == 12).then(|| digits.to_ascii_uppercase())
        })
    })
}

/// The end of a task, and what the timeline says of it. Nothing happens if it has ended already.
pub(crate) fn ended(task: &TaskRecord, end: End, now: Timestamp) -> [Write; 2] {
    let kind = EventKind::TaskEnded {
        task: task.id,
        title: task.kind.title(),
        state: end.state,
        topic: Topic::of(&task.kind),
    };
    let update = TaskUpdate {
        step: Some(TaskStep { state: end.state, at: now }),
        kind: scrubbed(&task.kind),
        note: Some(None),
        outcome: end.outcome,
        // What was kept over a reset holds secrets.
        progress: matches!(task.kind, TaskKind::FactoryReset { .. }).then(String::new),
        ..TaskUpdate::default()
    };
    let from = vec![TaskState::Queued, TaskState::Contacting, TaskState::Connected, TaskState::Applied];
    [
        Write::Task { id: task.id, from, update },
        Write::Event { device: task.device, at: now, kind, by: Some(task.by.clone()) },
    ]
}

pub(crate) fn changed_event(mut changes: Vec<model::task::ValueChange>) -> EventKind {
    let more = changes.len().saturating_sub(CHANGES_IN_EVENT) as u32;
    changes.truncate(CHANGES_IN_EVENT);
    EventKind::Changed { changes, more }
}

/// The task without the secrets it set; `None` if it has none.
pub(crate) fn scrubbed(kind: &TaskKind) -> Option<TaskKind> {
    // Paths of a row that was not there yet are relative to it.
    let scrub = |row: &str, values: &[SetValue]| {
        let secret = |value: &SetValue| is_secret(&format!("{row}{}", value.path));
        let hide = |value: &SetValue| SetValue {
            value: if secret(value) { String::new() } else { value.value.clone() },
            ..value.clone()
        };
        values.iter().any(secret).then(|| values.iter().map(hide).collect())
    };
    match kind {
        TaskKind::SetValues { values } => Some(TaskKind::SetValues { values: scrub("", values)? }),
        TaskKind::AddObject { path, values } => {
            Some(TaskKind::AddObject { path: path.clone(), values: scrub(&format!("{path}{{i}}."), values)? })
        }
        TaskKind::FactoryReset { keep, secrets } => {
            let clear = |secret: &SetValue| SetValue { value: String::new(), ..secret.clone() };
            let secrets = secrets.iter().map(clear).collect();
            Some(TaskKind::FactoryReset { keep: keep.clone(), secrets })
        }
        TaskKind::ChangeModules { operations } => {
            let mut hidden = operations.clone();
            for operation in &mut hidden {
                if let ModuleOperation::Install { password, .. } | ModuleOperation::Update { password, .. } = operation
                {
                    password.clear();
                }
            }
            (hidden != *operations).then_some(TaskKind::ChangeModules { operations: hidden })
        }
        TaskKind::Diagnose { test: Test::Other(other) } => {
            let mut hidden = other.clone();
            for (name, value) in &mut hidden.arguments {
                if is_secret(&format!("{}{name}", other.object)) {
                    value.clear();
                }
            }
            (hidden != *other).then_some(TaskKind::Diagnose { test: Test::Other(hidden) })
        }
        _ => None,
    }
}
