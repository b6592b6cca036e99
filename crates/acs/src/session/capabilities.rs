//! What a device has shown that it can take. Learnt from faults and broken sessions; kept per model and per device.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Kept as JSON: per model in `ModelProfile::facts` (what faults taught us) and per device in `DeviceRecord::quirks`
/// (what broken sessions taught us as well).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Capabilities {
    /// GetParameterNames with NextLevel=false on a whole object works.
    pub names_deep: bool,
    /// GetParameterValues takes partial paths.
    pub values_partial: bool,
    /// Names in one GetParameterValues when they are leaves.
    pub batch: u16,
    /// Methods answered with 9000, or never answered at all twice.
    pub unsupported: BTreeSet<String>,
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
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            names_deep: true,
            values_partial: true,
            batch: 128,
            unsupported: BTreeSet::new(),
            breaks: BTreeMap::new(),
            keeps_credentials: false,
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

    /// The more careful of both in every point.
    #[must_use]
    pub fn careful(&self, other: &Self) -> Self {
        let mut breaks = self.breaks.clone();
        for (method, times) in &other.breaks {
            let entry = breaks.entry(method.clone()).or_default();
            *entry = (*entry).max(*times);
        }
        Self {
            names_deep: self.names_deep && other.names_deep,
            values_partial: self.values_partial && other.values_partial,
            batch: self.batch.min(other.batch),
            unsupported: self.unsupported.union(&other.unsupported).cloned().collect(),
            breaks,
            keeps_credentials: self.keeps_credentials || other.keeps_credentials,
            keeps_login: self.keeps_login || other.keeps_login,
            login_tries: self.login_tries.max(other.login_tries),
            kept: self.kept.union(&other.kept).cloned().collect(),
        }
    }

    pub fn supports(&self, method: &str) -> bool {
        !self.unsupported.contains(method)
    }

    /// The session broke off while `method` was with the device. A device that dies on a whole-object read gets leaf
    /// names only from then on; a method that broke two sessions is not sent again.
    pub fn broke(&mut self, method: &str, whole_object: bool) {
        let times = self.breaks.entry(method.to_owned()).or_default();
        *times = times.saturating_add(1);
        let times = *times;
        match method {
            "GetParameterValues" if whole_object => self.values_partial = false,
            "GetParameterValues" => self.batch = (self.batch / 2).max(1),
            // Level by level takes a hundred requests: one lost connection is no reason yet.
            "GetParameterNames" if whole_object => self.names_deep &= times < 2,
            // What changes a device stays possible: a line that drops is likelier than a device without the method.
            "SetParameterValues" | "Reboot" | "FactoryReset" | "AddObject" | "DeleteObject" => {}
            _ if times >= 2 => {
                self.unsupported.insert(method.to_owned());
            }
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
        assert!(!learnt.values_partial);
        assert_eq!(learnt.batch, 128);
        learnt.broke("GetParameterValues", false);
        assert_eq!(learnt.batch, 64);
    }

    #[test]
    fn names_are_asked_level_by_level_after_two_broken_sessions() {
        let mut learnt = Capabilities::default();
        learnt.broke("GetParameterNames", true);
        assert!(learnt.names_deep);
        learnt.broke("GetParameterNames", true);
        assert!(!learnt.names_deep);
        assert!(learnt.supports("GetParameterNames"));
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
    fn what_is_kept_can_be_read_again_and_nonsense_is_nothing() {
        let mut learnt = Capabilities { batch: 7, ..Capabilities::default() };
        learnt.unsupported.insert("GetOptions".to_owned());
        assert_eq!(Capabilities::from_json(&learnt.to_json()), learnt);
        assert_eq!(Capabilities::from_json("{"), Capabilities::default());
        assert_eq!(Capabilities::from_json("{}"), Capabilities::default());
    }

    #[test]
    fn the_careful_one_wins() {
        let a = Capabilities { names_deep: false, batch: 64, ..Capabilities::default() };
        let b = Capabilities { values_partial: false, ..Capabilities::default() };
        let both = a.careful(&b);
        assert!(!both.names_deep && !both.values_partial);
        assert_eq!(both.batch, 64);
    }
}
