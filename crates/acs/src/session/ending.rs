//! What a finished task or discovery leaves: the tree, the columns that come from it, events.

use super::{
    Arc, CHANGES_IN_EVENT, DataModel, DevicePatch, End, EventKind, FaultView, Reader, Session, SetValue, TaskJob,
    TaskKind, TaskState, TaskStep, TaskUpdate, Timestamp, Tree, ValueType, Write, fault_view, inform, is_secret_name,
};

impl Session {
    pub(super) fn end_discovery(&mut self, reader: &Reader, writes: &mut Vec<Write>, now: Timestamp) {
        let tree = Arc::make_mut(self.tree.get_or_insert_default());
        if reader.read == 0 {
            // Nothing came: try again in a later session, not in a loop.
            let fault =
                reader.fault.as_ref().map_or_else(|| FaultView::local("The router showed no parameters."), fault_view);
            writes.push(self.event(now, EventKind::Fault { fault }));
            self.quiet = true;
            return;
        }
        if tree.len() > self.limits.parameters {
            let reason = format!("It has more than {} parameters: they are not kept.", self.limits.parameters);
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
        patch.quirks = Some(self.learnt.to_json());
        self.record.tree_read_at = Some(now);
        self.record.parameter_count = parameters;
        self.write_tree(writes);
        writes.push(self.device(patch));
        writes.push(self.event(now, EventKind::Discovered { parameters, round_trips: reader.round_trips }));
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
        writes.push(Write::Task {
            id: record.id,
            from: vec![TaskState::Connected, TaskState::Applied],
            update: TaskUpdate {
                step: Some(TaskStep { state: end.state, at: now }),
                kind: scrubbed(&record.kind),
                note: Some(None),
                outcome: end.outcome,
                ..TaskUpdate::default()
            },
        });
        writes.push(Write::Event {
            device: record.device,
            at: now,
            kind: EventKind::TaskEnded { task: record.id, title: record.kind.title(), state: end.state },
            by: Some(record.by),
        });
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
        patch.mac = mac(tree, root).filter(|mac| *mac != self.record.mac);
        if let Some(mac) = &patch.mac {
            self.record.mac.clone_from(mac);
        }
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
        ] {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        patch
    }
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

pub(super) fn changed_event(mut changes: Vec<model::task::ValueChange>) -> EventKind {
    let more = changes.len().saturating_sub(CHANGES_IN_EVENT) as u32;
    changes.truncate(CHANGES_IN_EVENT);
    EventKind::Changed { changes, more }
}

/// The task without the secrets it set; `None` if it has none.
pub(crate) fn scrubbed(kind: &TaskKind) -> Option<TaskKind> {
    let scrub = |values: &[SetValue]| {
        let hide = |value: &SetValue| SetValue {
            value: if is_secret_name(&value.path) { String::new() } else { value.value.clone() },
            ..value.clone()
        };
        values.iter().any(|value| is_secret_name(&value.path)).then(|| values.iter().map(hide).collect())
    };
    match kind {
        TaskKind::SetValues { values } => Some(TaskKind::SetValues { values: scrub(values)? }),
        TaskKind::AddObject { path, values } => {
            Some(TaskKind::AddObject { path: path.clone(), values: scrub(values)? })
        }
        _ => None,
    }
}
