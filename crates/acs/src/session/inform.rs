//! What an Inform tells: columns, events, the ends of reboots (A.3.3.1, §3.7.1.5).

use super::Session;
use super::ending::{changed_event, ended};
use super::found_by;
use super::job::{End, Progress, returned};
use super::reader::value_change;
use crate::knowledge::wire_type;
use crate::reach::Memory;
use cwmp::{EventCode, Inform};
use model::Timestamp;
use model::device::DataModel;
use model::event::EventKind;
use model::task::{TaskKind, TaskOutcome, TaskState, short_name};
use std::hash::{DefaultHasher, Hash, Hasher};
use store::{DevicePatch, TaskUpdate, Write};

/// Assumed until a device's own interval is known, in seconds.
const UNKNOWN_INTERVAL: i64 = 3600;
/// The first five retry windows of §3.2.1.1 at their longest (10 + 20 + 40 + 80 + 160 s): a device that has not got
/// through by then is not just unlucky.
const RETRY_WINDOWS_S: i64 = 310;

/// How an Inform came.
pub(super) struct Contact<'a> {
    /// The device was never seen before.
    pub first: bool,
    pub address: &'a str,
    /// Of CWMP, such as `1.2`.
    pub version: &'a str,
}

/// When the next Inform is due, with a twentieth of the interval (at least 5 s) for its way, and when the device counts
/// as offline.
pub(super) fn due(last_inform: Timestamp, interval: Option<u32>) -> (Timestamp, Timestamp) {
    let interval = interval.map_or(UNKNOWN_INTERVAL, i64::from).max(1);
    let late_at = last_inform.plus_seconds(interval + (interval / 20).max(5));
    (late_at, late_at.plus_seconds(RETRY_WINDOWS_S))
}

/// Digest of an Inform's parameter list: as long as it stays the same there is nothing to store. ParameterKey is left
/// out: it changes with everything we set ourselves.
pub(crate) fn digest(inform: &Inform) -> i64 {
    let mut hasher = DefaultHasher::new();
    for parameter in inform.parameters.iter().filter(|p| !p.name.ends_with(".ParameterKey")) {
        parameter.name.hash(&mut hasher);
        parameter.value.hash(&mut hasher);
    }
    hasher.finish() as i64
}

impl Session {
    /// Takes the Inform: fills the record and says what to write.
    pub(super) fn on_inform(&mut self, inform: &Inform, contact: &Contact<'_>, now: Timestamp) -> Vec<Write> {
        let mut writes = Vec::new();
        let mut patch = DevicePatch { last_inform: Some(now), ..DevicePatch::default() };
        let mut events = Vec::new();
        let bootstrap = inform.has(&EventCode::Bootstrap);
        let boot = inform.has(&EventCode::Boot) || inform.has(&EventCode::Method("Reboot".to_owned()));

        if contact.first {
            events.push(EventKind::FirstContact);
        }
        let away_ms = now.since(self.record.last_inform);
        if !contact.first && self.record.overdue_at <= now && self.record.last_inform != Timestamp(0) {
            events.push(EventKind::Returned { away_ms });
        }
        if bootstrap {
            events.push(EventKind::Bootstrap);
            if !contact.first {
                self.forget(&mut patch);
                self.forget_places(&mut writes);
            }
        }
        if boot {
            events.push(EventKind::Boot);
        }
        for event in &inform.events {
            if let EventCode::Vendor(_) = event.code {
                events.push(EventKind::Reported { code: event.code.as_str().chars().take(64).collect() });
            }
        }
        if self.record.rebooting_until.is_some() && (boot || bootstrap) {
            self.record.rebooting_until = None;
            patch.rebooting_until = Some(None);
        }
        self.columns(inform, contact, &mut patch, &mut events);
        self.end_reboots(inform, boot, bootstrap, &mut writes, now);
        writes.extend(self.inform_reports(inform, now));
        self.find_results(inform);

        let digest = digest(inform);
        if digest != self.record.inform_digest {
            self.record.inform_digest = digest;
            patch.inform_digest = Some(digest);
            if let Some(changes) = self.reported(inform, now) {
                events.push(changes);
            }
            if let Some(tree) = &self.tree {
                patch.found_by = found_by::changed(tree, self.record.data_model.root(), &mut self.record.found_by);
            }
            let none = store::Tree::default();
            let known = self.tree.as_deref().unwrap_or(&none);
            let value = |p: &cwmp::ParameterValue| (p.name.clone(), wire_type(p, known), p.value.clone());
            let values = inform.parameters.iter().map(value).collect();
            writes.push(Write::Hot { device: self.record.id, at: now, values });
        }

        self.record.last_inform = now;
        let (late_at, overdue_at) = due(now, self.record.inform_interval);
        patch.late_at = Some(late_at);
        patch.overdue_at = Some(overdue_at);
        (self.record.late_at, self.record.overdue_at) = (late_at, overdue_at);
        writes.insert(0, self.device(patch));
        writes.extend(events.into_iter().map(|kind| self.event(now, kind)));
        writes
    }

    /// `0 BOOTSTRAP` voids what we knew: values, rows, attributes, credentials (rule 142).
    fn forget(&mut self, patch: &mut DevicePatch) {
        self.tree = Some(std::sync::Arc::default());
        self.record.tree_read_at = None;
        patch.tree_read_at = Some(None);
        self.learnt.reading = None;
        self.record.connection_request_username.clear();
        self.record.connection_request_password.clear();
        patch.connection_request_username = Some(String::new());
        patch.connection_request_password = Some(String::new());
        self.record.udp_address.clear();
        self.record.jabber_id.clear();
        self.record.reach = Memory::from_json(&self.record.reach).after_reset().to_json();
        patch.udp_address = Some(String::new());
        patch.jabber_id = Some(String::new());
        patch.reach = Some(self.record.reach.clone());
        // An Inform that looks like the last one before the reset must still be stored.
        self.record.inform_digest = 0;
    }

    /// Readings that stopped somewhere begin anew: what they had read is void.
    fn forget_places(&mut self, writes: &mut Vec<Write>) {
        for task in &mut self.tasks {
            let mut progress = Progress::of(task);
            if progress.reading.take().is_some() {
                task.progress = progress.to_json();
                let update = TaskUpdate { progress: Some(task.progress.clone()), ..TaskUpdate::default() };
                writes.push(Write::Task { id: task.id, from: vec![TaskState::Queued, TaskState::Contacting], update });
            }
        }
    }

    /// Columns that Informs carry.
    fn columns(
        &mut self,
        inform: &Inform,
        contact: &Contact<'_>,
        patch: &mut DevicePatch,
        events: &mut Vec<EventKind>,
    ) {
        let record = &mut self.record;
        if record.data_model == DataModel::Unknown {
            let mut models = inform.parameters.iter().map(|p| DataModel::of_path(&p.name));
            if let Some(found) = models.find(|found| *found != DataModel::Unknown) {
                record.data_model = found;
                patch.data_model = Some(found);
            }
        }
        let take = |column: &mut String, value: Option<&str>| -> Option<String> {
            let value = value.filter(|value| *value != column.as_str())?;
            Some(std::mem::replace(column, value.to_owned()))
        };
        if take(&mut record.identity.manufacturer, Some(&inform.identity.manufacturer)).is_some() {
            patch.manufacturer = Some(record.identity.manufacturer.clone());
        }
        if record.model.is_empty() && !inform.identity.product_class.is_empty() {
            record.model.clone_from(&inform.identity.product_class);
            patch.model = Some(record.model.clone());
        }
        if take(&mut record.hardware_version, inform.value("DeviceInfo.HardwareVersion")).is_some() {
            patch.hardware_version = Some(record.hardware_version.clone());
        }
        if let Some(before) = take(&mut record.software_version, inform.value("DeviceInfo.SoftwareVersion")) {
            patch.software_version = Some(record.software_version.clone());
            if !before.is_empty() {
                events.push(EventKind::Software { before, after: record.software_version.clone() });
            }
        }
        if let Some(before) = take(&mut record.address, Some(contact.address)) {
            patch.address = Some(record.address.clone());
            if !before.is_empty() {
                events.push(EventKind::Address { before, after: record.address.clone() });
            }
        }
        let url = inform.value("ManagementServer.ConnectionRequestURL");
        if take(&mut record.connection_request_url, url).is_some() {
            patch.connection_request_url = Some(record.connection_request_url.clone());
        }
        if take(&mut record.udp_address, inform.value("ManagementServer.UDPConnectionRequestAddress")).is_some() {
            patch.udp_address = Some(record.udp_address.clone());
        }
        if take(&mut record.jabber_id, inform.value("ManagementServer.ConnReqJabberID")).is_some() {
            patch.jabber_id = Some(record.jabber_id.clone());
        }
        if take(&mut record.parameter_key, inform.value("ManagementServer.ParameterKey")).is_some() {
            patch.parameter_key = Some(record.parameter_key.clone());
        }
        if take(&mut record.provisioning_code, inform.value("DeviceInfo.ProvisioningCode")).is_some() {
            patch.provisioning_code = Some(record.provisioning_code.clone());
        }
        let interval = inform.value("ManagementServer.PeriodicInformInterval").and_then(|value| value.parse().ok());
        if interval.is_some() && interval != record.inform_interval {
            record.inform_interval = interval;
            patch.inform_interval = Some(interval);
        }
        if record.retry_count != inform.retry_count {
            record.retry_count = inform.retry_count;
            patch.retry_count = Some(inform.retry_count);
        }
        if take(&mut record.cwmp_version, Some(contact.version)).is_some() {
            patch.cwmp_version = Some(record.cwmp_version.clone());
        }
    }

    /// Values of the Inform that differ from the stored tree, for the timeline. Needs the tree.
    fn reported(&mut self, inform: &Inform, now: Timestamp) -> Option<EventKind> {
        let tree = std::sync::Arc::make_mut(self.tree.as_mut()?);
        let complete = tree.complete;
        let mut changes = Vec::new();
        for parameter in inform.parameters.iter().filter(|p| !p.name.is_empty() && !p.name.ends_with('.')) {
            let change = tree.set_value(&parameter.name, wire_type(parameter, tree), &parameter.value, now);
            let Some(change) = change else { continue };
            // Told as events of their own, or of no interest to a person.
            let own = ["ParameterKey", "ConnectionRequestURL", "UDPConnectionRequestAddress", "SoftwareVersion"]
                .contains(&short_name(&parameter.name));
            if !own && change.before.is_some() {
                changes.push(value_change(&parameter.name, change.before.as_deref(), &parameter.value));
            }
        }
        (complete && !changes.is_empty()).then(|| changed_event(changes))
    }

    /// Reboots and resets that this Inform shows to be done.
    fn end_reboots(&mut self, inform: &Inform, boot: bool, bootstrap: bool, writes: &mut Vec<Write>, now: Timestamp) {
        let keys: Vec<&str> = inform
            .events
            .iter()
            .filter(|event| matches!(&event.code, EventCode::Method(method) if method == "Reboot"))
            .map(|event| event.command_key.as_str())
            .collect();
        let mut done = Vec::new();
        for task in &mut self.tasks {
            let progress = Progress::of(task);
            let back = match &task.kind {
                // With its key, or (tolerant, rule 214) with a boot after it was sent.
                TaskKind::Reboot => {
                    progress.command_key.as_deref().is_some_and(|key| keys.contains(&key)) || (boot && progress.sent)
                }
                TaskKind::FactoryReset { .. } => progress.sent && bootstrap,
                _ => false,
            };
            if back && progress.restore.as_ref().is_none_or(|restore| restore.returned_at.is_none()) {
                let away = now.since(progress.sent_at.unwrap_or(task.created_at));
                self.back = Some((matches!(task.kind, TaskKind::FactoryReset { .. }), away));
            }
            if back && !(matches!(task.kind, TaskKind::FactoryReset { .. }) && returned(task, writes, now)) {
                let sent_at = progress.sent_at.unwrap_or(task.created_at);
                let outcome = TaskOutcome::Returned { after_ms: now.since(sent_at) };
                done.push((task.clone(), outcome));
            }
        }
        for (task, outcome) in done {
            self.skip.insert(task.id);
            self.tasks.retain(|other| other.id != task.id);
            writes.extend(ended(&task, End { state: TaskState::Verified, outcome: Some(outcome) }, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cwmp::ParameterValue;

    #[test]
    fn rule_167_offline_follows_the_devices_own_interval() {
        let (late, overdue) = due(Timestamp(0), Some(86_400));
        assert!(late > Timestamp(2 * 3_600_000), "a daily device is not late after two hours");
        assert_eq!(overdue.since(late), RETRY_WINDOWS_S * 1000);
        assert_eq!(due(Timestamp(0), Some(0)).0, Timestamp(6000), "an interval of 0 does not make it late at once");
    }

    #[test]
    fn our_own_parameter_key_is_no_news() {
        let inform = |key: &str, address: &str| Inform {
            parameters: [("A.ManagementServer.ParameterKey", key), ("A.ExternalIPAddress", address)]
                .map(|(name, value)| ParameterValue { name: name.into(), value: value.into(), ..Default::default() })
                .to_vec(),
            ..Inform::default()
        };
        assert_eq!(digest(&inform("a", "192.0.2.1")), digest(&inform("b", "192.0.2.1")));
        assert_ne!(digest(&inform("a", "192.0.2.1")), digest(&inform("a", "192.0.2.2")));
    }
}
