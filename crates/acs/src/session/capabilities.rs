//! What a device has shown that it can take. Learnt from faults and broken sessions; kept per model and per device.

use super::{Bookmark, Patience, Returns};
use model::device::Overrides;
use model::task::SetValue;
use model::tree::ValueType;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names in one GetParameterValues until something else is learnt.
pub(crate) const BATCH: u16 = 128;
/// Names and methods that are remembered for one device, at most.
const REMEMBERED: usize = 256;
/// Longest method name that is remembered, in bytes.
const METHOD: usize = 64;

/// Methods that a device need not have (A.4.1, and those that the standard gave up): asked for only if the device's own
/// list, where it is known, has them (rule 172).
const OPTIONAL: [&str; 10] = [
    "Upload",
    "FactoryReset",
    "ScheduleInform",
    "GetQueuedTransfers",
    "GetAllQueuedTransfers",
    "ScheduleDownload",
    "CancelTransfer",
    "ChangeDUState",
    "SetVouchers",
    "GetOptions",
];

/// Kept as JSON: per model in `ModelProfile::facts` (what faults taught us) and per device in `DeviceRecord::quirks`
/// (what broken sessions taught us as well). What an operator decided wins over all of it, and is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Capabilities {
    /// GetParameterNames with NextLevel=false on a whole object works.
    pub names_deep: bool,
    /// GetParameterValues takes partial paths.
    pub values_partial: bool,
    /// The empty path names the root (rule 195).
    pub empty_path: bool,
    /// Names in one GetParameterValues when they are leaves.
    pub batch: u16,
    /// The smallest number of names that was too many; 0: none was.
    pub too_many: u16,
    /// Methods answered with 9000, or never answered at all twice.
    pub unsupported: BTreeSet<String>,
    /// What the device answered to GetRPCMethods; empty if it was not asked.
    pub methods: BTreeSet<String>,
    /// How often a session broke off while this method was with the device.
    pub breaks: BTreeMap<String, u8>,
    /// Has no connection-request credentials that can be set, or refused to have them set.
    pub keeps_credentials: bool,
    /// Has no login that can be set, refused to have it set, or goes on with the shared one.
    pub keeps_login: bool,
    /// How often it was given a login.
    pub login_tries: u8,
    /// Parameters that it refused to have set when we set them of our own accord.
    pub kept: BTreeSet<String>,
    /// Parameters that the device lists and will not read (rule 372).
    pub unreadable: BTreeSet<String>,
    /// Settings that a person gave this device and that it must not lose (rule 380), with their values.
    pub wanted: BTreeMap<String, String>,
    /// What failed and is tried again later.
    pub patience: Patience,
    /// Where reading all its settings stopped, if that takes more than one session.
    pub reading: Option<Bookmark>,
    /// How long it was away for reboots and resets.
    pub returns: Returns,
    /// The firmware that all this is about: another one is judged anew.
    pub firmware: String,
    /// What an operator decided. Not learnt, so not kept here.
    #[serde(skip)]
    pub decided: Arc<Overrides>,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            names_deep: true,
            values_partial: true,
            empty_path: true,
            batch: BATCH,
            too_many: 0,
            unsupported: BTreeSet::new(),
            methods: BTreeSet::new(),
            breaks: BTreeMap::new(),
            keeps_credentials: false,
            unreadable: BTreeSet::new(),
            reading: None,
            returns: Returns::default(),
            wanted: BTreeMap::new(),
            patience: Patience::default(),
            firmware: String::new(),
            decided: Arc::default(),
            keeps_login: false,
            login_tries: 0,
            kept: BTreeSet::new(),
        }
    }
}

impl Capabilities {
    /// Unreadable text (from a newer version, say) counts as nothing learnt.
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The more careful of both in every point. What only `other` knows of its device (patience, decisions) is taken.
    #[must_use]
    pub fn careful(&self, other: &Self) -> Self {
        let mut breaks = self.breaks.clone();
        for (method, times) in &other.breaks {
            let entry = breaks.entry(method.clone()).or_default();
            *entry = (*entry).max(*times);
        }
        let too_many = match (self.too_many, other.too_many) {
            (0, n) | (n, 0) => n,
            (a, b) => a.min(b),
        };
        Self {
            names_deep: self.names_deep && other.names_deep,
            values_partial: self.values_partial && other.values_partial,
            empty_path: self.empty_path && other.empty_path,
            batch: self.batch.min(other.batch),
            too_many,
            unsupported: self.unsupported.union(&other.unsupported).cloned().collect(),
            methods: if other.methods.is_empty() { self.methods.clone() } else { other.methods.clone() },
            breaks,
            keeps_credentials: self.keeps_credentials || other.keeps_credentials,
            unreadable: self.unreadable.union(&other.unreadable).cloned().collect(),
            reading: other.reading.clone(),
            returns: other.returns.clone(),
            wanted: other.wanted.clone(),
            patience: other.patience.clone(),
            firmware: other.firmware.clone(),
            decided: Arc::clone(&other.decided),
            keeps_login: self.keeps_login || other.keeps_login,
            login_tries: self.login_tries.max(other.login_tries),
            kept: self.kept.union(&other.kept).cloned().collect(),
        }
    }

    /// Takes over for a whole model what one device's answers showed between two moments. What only broken sessions
    /// showed, or what is about this one device, is left out.
    pub fn take_over(&mut self, before: &Self, after: &Self) {
        fn moved<T: PartialEq + Clone>(known: &mut T, before: &T, after: &T) {
            if before != after {
                known.clone_from(after);
            }
        }
        moved(&mut self.names_deep, &before.names_deep, &after.names_deep);
        moved(&mut self.values_partial, &before.values_partial, &after.values_partial);
        moved(&mut self.empty_path, &before.empty_path, &after.empty_path);
        moved(&mut self.batch, &before.batch, &after.batch);
        moved(&mut self.too_many, &before.too_many, &after.too_many);
        moved(&mut self.methods, &before.methods, &after.methods);
        self.returns.take_over(&before.returns, &after.returns);
        self.unsupported.extend(after.unsupported.difference(&before.unsupported).cloned());
    }

    /// Remembers settings that must not be lost, of those that somebody set: how often the device checks in decides
    /// whether it is seen at all.
    pub fn remember_wanted(&mut self, values: &[SetValue]) {
        const KEPT: [&str; 2] = [".ManagementServer.PeriodicInformInterval", ".ManagementServer.PeriodicInformEnable"];
        for value in values.iter().filter(|value| KEPT.iter().any(|name| value.path.ends_with(name))) {
            self.wanted.insert(value.path.clone(), value.value.clone());
        }
    }

    pub fn names_deep(&self) -> bool {
        self.decided.deep_names.unwrap_or(self.names_deep)
    }

    pub fn values_partial(&self) -> bool {
        self.decided.partial_paths.unwrap_or(self.values_partial)
    }

    pub fn empty_path(&self) -> bool {
        self.decided.empty_path.unwrap_or(self.empty_path)
    }

    /// Names in one GetParameterValues when they are leaves; at least 1.
    pub fn batch(&self) -> usize {
        usize::from(self.decided.batch.unwrap_or(self.batch).max(1))
    }

    /// Whether to send a method. Where the device's own list is known, optional methods have to be on it (rule 172).
    pub fn supports(&self, method: &str) -> bool {
        let listed = self.methods.is_empty() || !OPTIONAL.contains(&method) || self.methods.contains(method);
        listed && !self.unsupported.contains(method) && !self.decided.methods_off.contains(method)
    }

    /// Whether the device said that it has a method. `false` also where it was not asked.
    pub fn lists(&self, method: &str) -> bool {
        self.methods.contains(method)
    }

    /// The answer to GetRPCMethods. A method on it that was once refused is tried again.
    pub fn take_methods(&mut self, methods: &[String]) {
        let sane = |name: &&String| (1..=METHOD).contains(&name.len());
        self.methods = methods.iter().filter(sane).take(REMEMBERED).cloned().collect();
        self.unsupported.retain(|method| !self.methods.contains(method));
    }

    /// The device answered 9000.
    pub fn refuses(&mut self, method: &str) {
        if self.unsupported.len() < REMEMBERED && method.len() <= METHOD {
            self.unsupported.insert(method.to_owned());
        }
    }

    /// A value as this device wants it written.
    pub fn literal(&self, value_type: ValueType, value: &str) -> String {
        self.decided.literal(value_type, value)
    }

    /// So many names at once were too many (9002, 9004).
    pub fn asked_too_much(&mut self, names: usize) {
        let names = u16::try_from(names).unwrap_or(u16::MAX);
        if self.too_many == 0 || names < self.too_many {
            self.too_many = names;
        }
        self.batch = self.batch.min(names / 2).max(1);
    }

    /// Full batches went well: a quarter more next time, but never as many as were once too many.
    pub fn grow(&mut self) {
        let most = if self.too_many == 0 { BATCH } else { BATCH.min(self.too_many.saturating_sub(1)) };
        let more = self.batch.saturating_add(self.batch / 4 + 1);
        self.batch = self.batch.max(more.min(most));
    }

    /// The device lists this parameter and will not read it.
    pub fn cannot_read(&mut self, name: String) {
        if self.unreadable.len() < REMEMBERED {
            self.unreadable.insert(name);
        }
    }

    /// The session broke off while `method` was with the device. A device that dies on a whole-object read gets leaf
    /// names only from then on; a method that broke two sessions is not sent again.
    pub fn broke(&mut self, method: &str, whole_object: bool) {
        let key = if whole_object { format!("{method} of a whole object") } else { method.to_owned() };
        let times = self.breaks.entry(key).or_default();
        *times = times.saturating_add(1);
        let times = *times;
        match method {
            "GetParameterValues" if whole_object => self.values_partial = false,
            "GetParameterValues" => {
                // Lines drop, too: only the second time counts as proof that it was too much.
                if times >= 2 {
                    self.asked_too_much(usize::from(self.batch));
                } else {
                    self.batch = (self.batch / 2).max(1);
                }
            }
            // Level by level takes a hundred requests: one lost connection is no reason yet.
            "GetParameterNames" if whole_object => self.names_deep &= times < 2,
            // What changes a device stays possible: a line that drops is likelier than a device without the method.
            "SetParameterValues" | "Reboot" | "FactoryReset" | "AddObject" | "DeleteObject" | "Download" => {}
            _ if times >= 2 => self.refuses(method),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirk_26_a_broken_whole_read_leads_to_leaf_names() {
        let mut learnt = Capabilities::default();
        learnt.broke("GetParameterValues", true);
        assert!(!learnt.values_partial());
        assert_eq!(learnt.batch(), 128);
        learnt.broke("GetParameterValues", false);
        assert_eq!(learnt.batch(), 64);
    }

    #[test]
    fn names_are_asked_level_by_level_after_two_broken_sessions() {
        let mut learnt = Capabilities::default();
        learnt.broke("GetParameterNames", true);
        assert!(learnt.names_deep());
        learnt.broke("GetParameterNames", true);
        assert!(!learnt.names_deep());
        learnt.broke("GetParameterNames", false);
        assert!(learnt.supports("GetParameterNames"), "asked level by level it broke one session only");
    }

    #[test]
    fn quirk_27_two_broken_sessions_make_a_method_unsupported() {
        let mut learnt = Capabilities::default();
        learnt.broke("GetRPCMethods", false);
        assert!(learnt.supports("GetRPCMethods"));
        learnt.broke("GetRPCMethods", false);
        assert!(!learnt.supports("GetRPCMethods"));
        for _ in 0..3 {
            learnt.broke("Reboot", false);
        }
        assert!(learnt.supports("Reboot"));
    }

    #[test]
    fn rule_172_optional_methods_follow_the_devices_own_list() {
        let mut learnt = Capabilities::default();
        assert!(learnt.supports("ScheduleInform") && !learnt.lists("ScheduleInform"), "not asked: it may have it");
        learnt.refuses("Upload");
        learnt.take_methods(&["GetParameterValues".into(), "Upload".into(), "x".repeat(1000)]);
        assert!(!learnt.supports("ScheduleInform"), "not on its list");
        assert!(learnt.supports("Upload"), "on its list: tried again");
        assert!(learnt.supports("SetParameterValues"), "every device has it, whatever its list says");
        learnt.refuses("Upload");
        assert!(!learnt.supports("Upload"), "9000 from a method on the list");
        assert_eq!(learnt.methods.len(), 2);
    }

    #[test]
    fn rule_188_batches_halve_and_grow_again_below_what_was_too_much() {
        let mut learnt = Capabilities::default();
        learnt.asked_too_much(128);
        assert_eq!(learnt.batch(), 64);
        let mut sizes = Vec::new();
        for _ in 0..5 {
            learnt.grow();
            sizes.push(learnt.batch());
        }
        assert_eq!(sizes, [81, 102, 127, 127, 127]);
        learnt.asked_too_much(102);
        assert_eq!((learnt.batch(), learnt.too_many), (51, 102));
        for _ in 0..9 {
            learnt.grow();
        }
        assert_eq!(learnt.batch(), 101);
    }

    #[test]
    fn lines_that_drop_do_not_make_batches_small_for_ever() {
        let mut learnt = Capabilities::default();
        learnt.broke("GetParameterValues", false);
        assert_eq!(learnt.batch(), 64);
        for _ in 0..9 {
            learnt.grow();
        }
        assert_eq!(learnt.batch(), 128);
        learnt.broke("GetParameterValues", false);
        assert_eq!((learnt.batch(), learnt.too_many), (64, 128));
    }

    #[test]
    fn what_an_operator_decided_wins_and_is_not_kept_as_learnt() {
        let overrides = Overrides {
            batch: Some(16),
            deep_names: Some(true),
            partial_paths: Some(false),
            empty_path: Some(false),
            methods_off: ["Upload".to_owned()].into(),
            ..Overrides::default()
        };
        let learnt = Capabilities { names_deep: false, decided: Arc::new(overrides), ..Capabilities::default() };
        assert!(learnt.names_deep() && !learnt.values_partial() && !learnt.empty_path());
        assert_eq!(learnt.batch(), 16);
        assert!(!learnt.supports("Upload"));
        let kept = Capabilities::from_json(&learnt.to_json());
        assert!(kept.decided.is_empty() && !kept.names_deep() && kept.batch() == 128);
    }

    #[test]
    fn what_is_kept_can_be_read_again_and_nonsense_is_nothing() {
        let mut learnt = Capabilities { batch: 7, ..Capabilities::default() };
        learnt.unsupported.insert("GetOptions".to_owned());
        learnt.patience.failed("Reading all settings", "No.", model::Timestamp(5));
        assert_eq!(Capabilities::from_json(&learnt.to_json()), learnt);
        assert_eq!(Capabilities::from_json("{"), Capabilities::default());
        assert_eq!(Capabilities::from_json("{}"), Capabilities::default());
        let first = r#"{"names_deep":false,"values_partial":true,"batch":64,"unsupported":[],"breaks":{},"keeps_credentials":true}"#;
        let first = Capabilities::from_json(first);
        assert!(!first.names_deep && first.empty_path && first.keeps_credentials, "as the first version wrote it");
    }

    #[test]
    fn the_careful_one_wins() {
        let a = Capabilities { names_deep: false, batch: 64, too_many: 80, ..Capabilities::default() };
        let b = Capabilities { values_partial: false, empty_path: false, ..Capabilities::default() };
        let both = a.careful(&b);
        assert!(!both.names_deep && !both.values_partial && !both.empty_path);
        assert_eq!((both.batch, both.too_many), (64, 80));
    }

    #[test]
    fn only_what_answers_showed_is_taken_over_for_the_model() {
        let before = Capabilities { names_deep: false, ..Capabilities::default() };
        let mut after = before.clone();
        after.refuses("GetOptions");
        after.batch = 50;
        after.keeps_credentials = true;
        after.cannot_read("Device.X".into());
        let mut model = Capabilities::default();
        model.take_over(&before, &after);
        let wanted =
            Capabilities { batch: 50, unsupported: ["GetOptions".to_owned()].into(), ..Capabilities::default() };
        assert_eq!(model, wanted, "names_deep was learnt by this device before, from a broken session perhaps");
    }
}
