//! The router's own pages, reached from outside: open for a time, closed by itself.

use crate::Timestamp;
use crate::setting::Setting;
use crate::task::{SetValue, TaskKind};
use crate::tree::ValueType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// For how long it can be opened, in minutes.
pub const MINUTES: [u16; 3] = [15, 30, 60];

/// Access to the router's pages, as the section shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoteAccess {
    pub on: Setting,
    pub port: Option<Setting>,
    pub protocol: String,
    /// The task that closes it, if one waits.
    #[serde(default)]
    pub closing: Option<Closing>,
}

/// The end of an access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// `None`: now, or as soon as the router can be reached.
    pub at: Option<Timestamp>,
    /// Who opened it.
    pub by: String,
}

/// What somebody gets who opened it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub until: Timestamp,
    /// For this access alone, where the router lets it be set. Told once, kept nowhere.
    pub password: Option<String>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Whether a value opens (`true`) or closes the router's pages to the outside; `None`: it is about something else.
pub fn switched(value: &SetValue) -> Option<bool> {
    let is_it = value.path.ends_with(".UserInterface.RemoteAccess.Enable");
    is_it.then(|| ValueType::Boolean.same(&value.value, "1"))
}

/// The same of a task that sets values.
pub fn switches(kind: &TaskKind) -> Option<bool> {
    match kind {
        TaskKind::SetValues { values } => values.iter().find_map(switched),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_opens_or_closes_or_neither() {
        let set = |path: &str, value: &str| TaskKind::SetValues {
            values: vec![SetValue { path: path.into(), value: value.into(), value_type: None }],
        };
        let path = "InternetGatewayDevice.UserInterface.RemoteAccess.Enable";
        assert_eq!(switches(&set(path, "true")), Some(true));
        assert_eq!(switches(&set(path, "0")), Some(false));
        assert_eq!(switches(&set("Device.UserInterface.RemoteAccess.Port", "1")), None);
        assert_eq!(switches(&TaskKind::Reboot), None);
    }

    #[test]
    fn a_password_is_never_printed() {
        let opened = Opened { until: Timestamp(1), password: Some("quiet-otter".into()) };
        assert!(!format!("{opened:?}").contains("otter"));
    }
}
