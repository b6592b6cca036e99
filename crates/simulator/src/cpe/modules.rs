//! Software modules (TR-069 A.4.1.10, TR-181 `Device.SoftwareModules`): deployment units that are installed, updated and
//! uninstalled, each with one execution unit.

use super::outbox::Letter;
use super::state::{State, moment};
use super::transfers::Done;
use crate::clock::{self, UNKNOWN_TIME};
use crate::image::{self, ImageHead};
use crate::seed;
use cwmp::{CpeRequest, DuOperation, DuResult, EventCode, Fault};
use std::collections::VecDeque;

const UNITS: &str = "Device.SoftwareModules.DeploymentUnit.";
const EXECUTIONS: &str = "Device.SoftwareModules.ExecutionUnit.";
const ENVIRONMENT: &str = "Device.SoftwareModules.ExecEnv.1.";
/// The most operations that one ChangeDUState may have here.
const MOST_OPERATIONS: usize = 16;
/// The most deployment units that there is room for.
const MOST_UNITS: usize = 16;

/// An installed deployment unit.
#[derive(Clone, Debug)]
struct Unit {
    /// Its row, and that of its execution unit.
    row: u32,
    execution: u32,
    uuid: String,
    version: String,
    url: String,
}

/// One ChangeDUState to carry out.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub operations: Vec<DuOperation>,
    pub command_key: String,
}

/// The modules of a device, and what is to happen to them.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    units: Vec<Unit>,
    pending: VecDeque<Change>,
    running: bool,
}

impl Modules {
    pub fn due(&self) -> bool {
        !self.running && !self.pending.is_empty()
    }

    /// The device starts again: what ran is begun anew.
    pub fn interrupted(&mut self) {
        self.running = false;
    }

    /// Back to the factory: nothing is installed.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl State {
    /// Whether the model has software modules at all.
    pub(super) fn has_modules(&self) -> bool {
        self.tree.model().has(UNITS)
    }

    pub(super) fn change_modules(&mut self, operations: &[DuOperation], command_key: &str) -> Result<(), Fault> {
        if operations.is_empty() || command_key.chars().count() > 32 {
            return Err(Fault::standard(9003));
        }
        if operations.len() > MOST_OPERATIONS {
            return Err(Fault::standard(9004));
        }
        let change = Change { operations: operations.to_vec(), command_key: command_key.to_owned() };
        self.modules.pending.push_back(change);
        Ok(())
    }

    /// The next change to carry out, if there is one and none runs. It stays in the queue until it is [`Self::changed_modules`].
    pub fn take_change(&mut self) -> Option<Change> {
        if !self.modules.due() {
            return None;
        }
        self.modules.running = true;
        self.modules.pending.front().cloned()
    }

    /// The address that an operation loads from: its own, or the one its unit came from.
    pub fn module_source(&self, operation: &DuOperation) -> Option<String> {
        match operation {
            DuOperation::Update { uuid, url, .. } if url.is_empty() => {
                self.modules.units.iter().find(|unit| unit.uuid.eq_ignore_ascii_case(uuid)).map(|unit| unit.url.clone())
            }
            DuOperation::Install { url, .. } | DuOperation::Update { url, .. } => Some(url.clone()),
            DuOperation::Uninstall { .. } => None,
        }
    }

    /// What was loaded for each operation of the running change, or the fault code of the attempt.
    pub fn changed_modules(&mut self, loaded: Vec<Option<Result<Done, u32>>>, started: i64, now: i64) {
        self.modules.running = false;
        let Some(change) = self.modules.pending.pop_front() else { return };
        let results = change.operations.iter().zip(loaded);
        let results = results.map(|(operation, loaded)| self.operate(operation, loaded, started, now)).collect();
        let code = EventCode::Method("ChangeDUState".to_owned());
        let request = CpeRequest::DuStateChangeComplete { results, command_key: change.command_key.clone() };
        let events = vec![(EventCode::DuStateChangeComplete, String::new()), (code, change.command_key)];
        self.post(Letter::new(request, events));
    }

    fn operate(
        &mut self,
        operation: &DuOperation,
        loaded: Option<Result<Done, u32>>,
        started: i64,
        now: i64,
    ) -> DuResult {
        let outcome = match (operation, loaded) {
            (_, Some(Err(code))) => Err(code),
            (DuOperation::Install { uuid, url, execution_env_ref, .. }, Some(Ok(done))) => {
                self.install(uuid, url, execution_env_ref, &done, now)
            }
            (DuOperation::Update { uuid, version, url, .. }, Some(Ok(done))) => {
                self.update(uuid, version, url, &done, now)
            }
            (DuOperation::Uninstall { uuid, version, .. }, _) => self.uninstall(uuid, version, now),
            (_, None) => Err(9028),
        };
        let uuid = match operation {
            DuOperation::Install { uuid, .. }
            | DuOperation::Update { uuid, .. }
            | DuOperation::Uninstall { uuid, .. } => uuid.clone(),
        };
        let start_time = clock::date_time(started);
        match outcome {
            Ok((unit, state)) => DuResult {
                uuid: unit.uuid,
                deployment_unit_ref: format!("{UNITS}{}.", unit.row),
                version: unit.version,
                current_state: state.to_owned(),
                resolved: true,
                execution_unit_refs: format!("{EXECUTIONS}{}.", unit.execution),
                start_time,
                complete_time: clock::date_time(now),
                fault_code: 0,
                fault_string: String::new(),
            },
            Err(code) => DuResult {
                uuid,
                current_state: "Failed".to_owned(),
                start_time,
                complete_time: UNKNOWN_TIME.to_owned(),
                fault_code: code,
                fault_string: Fault::standard(code).text,
                ..DuResult::default()
            },
        }
    }

    fn install(
        &mut self,
        uuid: &str,
        url: &str,
        environment: &str,
        done: &Done,
        now: i64,
    ) -> Result<(Unit, &'static str), u32> {
        if !uuid.is_empty() && !is_uuid(uuid) {
            return Err(9022);
        }
        if !environment.is_empty() && environment.trim_end_matches('.') != ENVIRONMENT.trim_end_matches('.') {
            return Err(9023);
        }
        let uuid = if uuid.is_empty() { uuid_of(url) } else { uuid.to_ascii_lowercase() };
        if self.modules.units.iter().any(|unit| unit.uuid == uuid) {
            return Err(9026);
        }
        if self.modules.units.len() >= MOST_UNITS {
            return Err(9027);
        }
        let (name, version) = describe(url, done);
        let row = self.tree.grow(moment!(self, now), UNITS).ok_or(9027_u32)?;
        let execution = self.tree.grow(moment!(self, now), EXECUTIONS).ok_or(9027_u32)?;
        let unit = Unit { row, execution, uuid, version, url: url.to_owned() };
        let (du, eu) = (format!("{UNITS}{row}."), format!("{EXECUTIONS}{execution}."));
        for (path, value) in [
            (format!("{du}UUID"), unit.uuid.as_str()),
            (format!("{du}DUID"), unit.uuid.as_str()),
            (format!("{du}Name"), name.as_str()),
            (format!("{du}ExecutionUnitList"), eu.as_str()),
            (format!("{eu}AutoStart"), "true"),
            (format!("{eu}EUID"), unit.uuid.as_str()),
            (format!("{eu}Name"), name.as_str()),
            (format!("{eu}References"), du.as_str()),
        ] {
            self.tree.put(moment!(self, now), &path, value);
        }
        self.describe_unit(&unit, now);
        self.modules.units.push(unit.clone());
        Ok((unit, "Installed"))
    }

    /// Keeps the tree in step with a unit.
    fn describe_unit(&mut self, unit: &Unit, now: i64) {
        for (path, value) in [
            (format!("{UNITS}{}.Version", unit.row), &unit.version),
            (format!("{UNITS}{}.URL", unit.row), &unit.url),
            (format!("{EXECUTIONS}{}.Version", unit.execution), &unit.version),
        ] {
            self.tree.put(moment!(self, now), &path, value);
        }
    }

    fn update(
        &mut self,
        uuid: &str,
        version: &str,
        url: &str,
        done: &Done,
        now: i64,
    ) -> Result<(Unit, &'static str), u32> {
        if !uuid.is_empty() && !is_uuid(uuid) {
            return Err(9022);
        }
        let matches = |unit: &Unit| {
            if uuid.is_empty() { unit.url == url } else { unit.uuid.eq_ignore_ascii_case(uuid) }
        };
        let index = self.modules.units.iter().position(matches).ok_or(9028_u32)?;
        let unit = &mut self.modules.units[index];
        let (_, loaded) = describe(if url.is_empty() { &unit.url } else { url }, done);
        let new = if version.is_empty() { loaded } else { version.to_owned() };
        match compare(&new, &unit.version) {
            std::cmp::Ordering::Less => return Err(9030),
            std::cmp::Ordering::Equal => return Err(9032),
            std::cmp::Ordering::Greater => {}
        }
        unit.version = new;
        if !url.is_empty() {
            url.clone_into(&mut unit.url);
        }
        let unit = unit.clone();
        self.describe_unit(&unit, now);
        Ok((unit, "Installed"))
    }

    fn uninstall(&mut self, uuid: &str, version: &str, now: i64) -> Result<(Unit, &'static str), u32> {
        if !is_uuid(uuid) {
            return Err(9022);
        }
        let matches =
            |unit: &Unit| unit.uuid.eq_ignore_ascii_case(uuid) && (version.is_empty() || unit.version == version);
        let index = self.modules.units.iter().position(matches).ok_or(9028_u32)?;
        let unit = self.modules.units.remove(index);
        self.tree.shrink(moment!(self, now), &format!("{UNITS}{}.", unit.row));
        self.tree.shrink(moment!(self, now), &format!("{EXECUTIONS}{}.", unit.execution));
        Ok((unit, "Uninstalled"))
    }
}

/// Name and version of a module: as its first line says, else from its address.
fn describe(url: &str, done: &Done) -> (String, String) {
    let head = ImageHead::read(&done.head).unwrap_or_default();
    let file = url.rsplit('/').next().unwrap_or_default();
    let name = head.name.unwrap_or_else(|| file.split(['?', '.']).next().unwrap_or_default().to_owned());
    let version = head.version.or_else(|| image::version_in_name(file)).unwrap_or_else(|| "1.0".to_owned());
    (name, version)
}

/// Numbers by value, everything else as text.
fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    let parts = |version: &str| -> Vec<(u64, String)> {
        version.split('.').map(|part| (part.parse().unwrap_or(0), part.to_owned())).collect()
    };
    parts(one).cmp(&parts(other))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A name-based UUID (Annex H), of the address that the unit came from.
fn uuid_of(url: &str) -> String {
    let digits = seed::hex(seed::of_word(5, url), 32).to_ascii_lowercase();
    format!("{}-{}-5{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_255_uuids_have_their_shape() {
        assert!(is_uuid(&uuid_of("http://a.example/b")));
        assert_ne!(uuid_of("a"), uuid_of("b"));
        for text in ["", "0123", "01234567-0123-0123-0123-01234567890g", "0123456-00123-0123-0123-012345678901"] {
            assert!(!is_uuid(text), "{text}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        use std::cmp::Ordering::{Equal, Greater, Less};
        for (one, other, order) in [("1.10", "1.9", Greater), ("1.0", "1.0", Equal), ("1.2", "1.2.1", Less)] {
            assert_eq!(compare(one, other), order, "{one} {other}");
        }
    }
}
