//! What an agent keeps at hand, and the choices they made for the portal.

use crate::device::{Columns, DeviceRow, Presence};
use crate::locale::Locale;
use crate::subscriber::SubscriberView;
use crate::task::TaskView;
use crate::{DeviceId, SubscriberId, Timestamp};
use serde::{Deserialize, Serialize};

/// A device or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Device(DeviceId),
    Subscriber(SubscriberId),
}

impl Target {
    /// The page that a path of the portal shows, with whatever section of it: `/devices/7/tasks`.
    pub fn of_path(path: &str) -> Option<Self> {
        let mut parts = path.trim_start_matches('/').split('/');
        let (kind, id) = (parts.next()?, parts.next()?.parse().ok()?);
        match kind {
            "devices" => Some(Self::Device(DeviceId(id))),
            "subscribers" => Some(Self::Subscriber(SubscriberId(id))),
            _ => None,
        }
    }

    pub fn path(self) -> String {
        match self {
            Self::Device(id) => format!("/devices/{}", id.0),
            Self::Subscriber(id) => format!("/subscribers/{}", id.0),
        }
    }
}

/// A device with the person at its line, or a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskItem {
    pub opened_at: Timestamp,
    pub device: Option<DeviceRow>,
    pub subscriber: Option<SubscriberView>,
}

impl DeskItem {
    pub fn target(&self) -> Option<Target> {
        match (&self.device, &self.subscriber) {
            (Some(device), _) => Some(Target::Device(device.id)),
            (None, Some(subscriber)) => Some(Target::Subscriber(subscriber.id)),
            (None, None) => None,
        }
    }

    /// Name of the subscriber, else the model.
    pub fn title(&self) -> &str {
        match (&self.subscriber, &self.device) {
            (Some(subscriber), _) => &subscriber.name,
            (None, Some(device)) => &device.model,
            (None, None) => "",
        }
    }

    /// Model and serial number; of a person alone, the account.
    pub fn subtitle(&self) -> String {
        match (&self.device, &self.subscriber) {
            (Some(device), Some(_)) => format!("{} · {}", device.model, device.identity.serial),
            (Some(device), None) => device.identity.serial.clone(),
            (None, Some(subscriber)) => subscriber.account.clone(),
            (None, None) => String::new(),
        }
    }

    /// `None` without a device, and for one that never came.
    pub fn presence(&self, now: Timestamp) -> Option<Presence> {
        self.device.as_ref().filter(|device| device.was_seen()).map(|device| device.presence(now))
    }
}

/// What an agent keeps at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The newest pin first.
    pub pinned: Vec<DeskItem>,
    /// Last opened first; none that is pinned.
    pub recent: Vec<DeskItem>,
}

impl Desk {
    pub fn is_empty(&self) -> bool {
        self.pinned.is_empty() && self.recent.is_empty()
    }

    pub fn is_pinned(&self, target: Target) -> bool {
        self.pinned.iter().any(|item| item.target() == Some(target))
    }
}

/// One of the newest tasks of the fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentTask {
    pub task: TaskView,
    /// Name of the subscriber, else the serial number of the device.
    pub whose: String,
}

/// What an agent chose for the portal. Words, as cookies have them; `None`: as it comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// `light` or `dark`; otherwise as the system has it.
    #[serde(default)]
    pub theme: Option<String>,
    /// Height of rows: `compact` or `comfortable`; otherwise in between.
    #[serde(default)]
    pub density: Option<String>,
    /// `off`: single keys do nothing (WCAG 2.1.4).
    #[serde(default)]
    pub keys: Option<String>,
    /// `utc`, or the IANA name of the zone that times are said in; otherwise the browser's own.
    #[serde(default)]
    pub zone: Option<String>,
    /// How numbers and dates are written, by the tag of a [`Locale`]; otherwise as the browser asks for.
    #[serde(default)]
    pub locale: Option<String>,
    /// Columns of the device list, as [`Columns`] are written; otherwise the usual ones.
    #[serde(default)]
    pub columns: Option<String>,
}

impl Profile {
    /// The choices that there are, by the names of their cookies.
    pub const CHOICES: [&str; 6] = ["theme", "density", "keys", "zone", "locale", "columns"];

    /// The choice of UTC for times.
    pub const UTC: &str = "utc";

    pub fn get(&self, name: &str) -> Option<&str> {
        match name {
            "theme" => self.theme.as_deref(),
            "density" => self.density.as_deref(),
            "keys" => self.keys.as_deref(),
            "zone" => self.zone.as_deref(),
            "locale" => self.locale.as_deref(),
            "columns" => self.columns.as_deref(),
            _ => None,
        }
    }

    /// Takes a choice if there is such a one; anything else is as it comes.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.and_then(|value| legal(name, value));
        match name {
            "theme" => self.theme = value,
            "density" => self.density = value,
            "keys" => self.keys = value,
            "zone" => self.zone = value,
            "locale" => self.locale = value,
            "columns" => self.columns = value,
            _ => {}
        }
    }

    /// The same with only what there is to choose.
    #[must_use]
    pub fn checked(&self) -> Self {
        let mut checked = Self::default();
        for name in Self::CHOICES {
            checked.set(name, self.get(name));
        }
        checked
    }
}

/// The value as it is kept, if there is such a one to choose.
fn legal(name: &str, value: &str) -> Option<String> {
    let words: &[&str] = match name {
        "theme" => &["light", "dark"],
        "density" => &["compact", "comfortable"],
        "keys" => &["off"],
        "zone" => return Some(value.to_owned()).filter(|zone| zone == Profile::UTC || is_zone_name(zone)),
        "locale" => return Locale::parse(value).map(|locale| locale.tag().to_owned()),
        "columns" => return Columns::parse(value).map(Columns::text),
        _ => &[],
    };
    words.contains(&value).then(|| value.to_owned())
}

/// Whether this may be the name of a time zone, such as `America/Argentina/Buenos_Aires`; safe in a cookie.
pub fn is_zone_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    let parts = || name.split('/');
    (3..=64).contains(&name.len()) && name.bytes().all(legal) && parts().all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_their_target() {
        assert_eq!(Target::of_path("/devices/7/tasks"), Some(Target::Device(DeviceId(7))));
        assert_eq!(Target::of_path("/subscribers/9"), Some(Target::Subscriber(SubscriberId(9))));
        for other in ["/", "/devices", "/devices/", "/devices/x", "/files/7", ""] {
            assert_eq!(Target::of_path(other), None, "{other}");
        }
        let target = Target::Subscriber(SubscriberId(9));
        assert_eq!(Target::of_path(&target.path()), Some(target));
    }

    #[test]
    fn only_what_there_is_to_choose_is_kept() {
        let sent = Profile { theme: Some("dark".into()), keys: Some("\r\nSet-Cookie: x".into()), ..Profile::default() };
        assert_eq!(sent.checked(), Profile { theme: Some("dark".into()), ..Profile::default() });
        let mut chosen = Profile::default();
        chosen.set("columns", Some("serial.colour"));
        assert_eq!(chosen.get("columns"), Some("serial"));
        for (wanted, kept) in [("de-CH", Some("de-CH")), ("de-ch", None), ("tlh", None)] {
            chosen.set("locale", Some(wanted));
            assert_eq!(chosen.get("locale"), kept);
        }
        for zone in ["utc", "Europe/Lisbon", "America/Port-au-Prince", "Etc/GMT+5"] {
            chosen.set("zone", Some(zone));
            assert_eq!(chosen.get("zone"), Some(zone));
        }
        for wrong in ["Europe/Lisbon; Secure", "Europe//Lisbon", "/etc", "x"] {
            chosen.set("zone", Some(wrong));
            assert_eq!(chosen.get("zone"), None, "{wrong}");
        }
        for name in Profile::CHOICES {
            chosen.set(name, Some("\r\nSet-Cookie: x"));
            assert_eq!(chosen.get(name), None, "{name}");
        }
    }
}
