//! What was typed into the form of a network, and what has to be sent for it.

use model::setting::{Setting, yes_no};
use model::task::SetValue;
use model::wifi::Network;
use model::wifi::rules::{check_password, check_ssid, has_password, security_words};
use serde::{Deserialize, Serialize};

/// `None`, and an empty password: nothing was touched.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The band that it was typed for; `None`: all of them.
    pub band: Option<String>,
    pub name: Option<String>,
    // The browser keeps drafts over a reload: a password is typed again.
    #[serde(skip)]
    pub password: String,
    pub security: Option<String>,
    pub on: Option<bool>,
}

// A password is never printed.
impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("name", &self.name).field("security", &self.security).finish_non_exhaustive()
    }
}

/// What is wrong with each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    pub name: Option<String>,
    pub password: Option<String>,
}

impl Errors {
    pub fn none(&self) -> bool {
        *self == Self::default()
    }
}

impl Draft {
    /// The values of one SetParameterValues over all these networks, all or nothing.
    pub fn values(&self, networks: &[Network]) -> Vec<SetValue> {
        let mut values: Vec<SetValue> = Vec::new();
        for network in networks {
            let change = |setting: &Option<Setting>, value: Option<&str>| setting.as_ref()?.change(value?);
            values.extend(change(&network.ssid, self.name.as_deref()));
            values.extend(change(&network.security, self.security.as_deref()));
            values.extend(change(&network.on, self.on.map(yes_no)));
            if !self.password.is_empty() && self.takes_password(network) {
                let both = [&network.password, &network.password_wpa3].into_iter().flatten();
                values.extend(both.filter(|setting| setting.writable).map(|setting| setting.set(&self.password)));
            }
        }
        // Two networks may share a parameter.
        let mut seen: Vec<String> = Vec::new();
        values.retain(|value| {
            let new = !seen.contains(&value.path);
            seen.push(value.path.clone());
            new
        });
        values
    }

    fn mode<'a>(&'a self, network: &'a Network) -> Option<&'a str> {
        self.security.as_deref().or_else(|| network.security.as_ref()?.value.as_deref())
    }

    fn takes_password(&self, network: &Network) -> bool {
        self.mode(network).is_none_or(has_password)
    }

    pub fn errors(&self, networks: &[Network]) -> Errors {
        let name = self.name.as_deref().and_then(|name| check_ssid(name).err());
        let open = |network: &Network| {
            let now = network.security.as_ref().and_then(|mode| mode.value.as_deref());
            now.is_some_and(|mode| !has_password(mode))
        };
        let gets_locked = self.security.as_deref().is_some_and(has_password) && networks.iter().any(open);
        let password = if self.password.is_empty() {
            gets_locked.then(|| "An open network gets a password when it is locked.".to_owned())
        } else if networks.iter().any(|network| self.takes_password(network)) {
            check_password(&self.password).err().map(str::to_owned)
        } else {
            Some("An open network has no password.".to_owned())
        };
        Errors { name: name.map(str::to_owned), password }
    }

    /// How many fields differ from the router.
    pub fn changes(&self, networks: &[Network]) -> usize {
        let alone = |draft: Draft| usize::from(!draft.values(networks).is_empty());
        alone(Self { name: self.name.clone(), ..Self::default() })
            + alone(Self { password: self.password.clone(), security: None, ..Self::default() })
            + alone(Self { security: self.security.clone(), ..Self::default() })
            + alone(Self { on: self.on, ..Self::default() })
    }

    /// Who has to join again, in words.
    pub fn rejoin(&self, networks: &[Network]) -> String {
        let cuts = self.values(networks);
        let touched = networks.iter().filter(|network| {
            let own = [&network.ssid, &network.password, &network.password_wpa3, &network.security, &network.on];
            own.into_iter().flatten().any(|setting| cuts.iter().any(|value| value.path == setting.path))
        });
        let counts: Vec<Option<u32>> = touched.map(|network| network.clients).collect();
        let off = self.on == Some(false);
        let verb = if off { "lose their connection" } else { "must rejoin" };
        let who = if counts.iter().any(Option::is_none) {
            format!("All devices on it {verb}.")
        } else {
            match counts.iter().flatten().sum::<u32>() {
                0 => return "No device uses it now.".to_owned(),
                1 => format!("1 Wi-Fi device {}.", if off { "loses its connection" } else { "must rejoin" }),
                count => format!("{count} Wi-Fi devices {verb}."),
            }
        };
        format!("{who} A call over this Wi-Fi drops.")
    }
}

/// Modes that are offered: what all the networks can, without those that are not secure any more, and what they have.
pub fn security_choices(networks: &[Network]) -> Vec<String> {
    let mut choices: Vec<String> = Vec::new();
    for network in networks {
        let now = network.security.as_ref().and_then(|mode| mode.value.clone());
        let is_older = network.security.as_ref().is_some_and(|mode| mode.path.ends_with(".BeaconType"));
        let known: Vec<String> = if !network.modes.is_empty() {
            network.modes.clone()
        } else if is_older {
            ["11i", "WPAand11i", "None"].map(str::to_owned).to_vec()
        } else {
            Vec::new()
        };
        for mode in now.into_iter().chain(known) {
            if !choices.contains(&mode) {
                choices.push(mode);
            }
        }
    }
    let has_all =
        |mode: &String| networks.iter().all(|network| network.modes.is_empty() || network.modes.contains(mode));
    let is_now = |mode: &String| {
        networks.iter().any(|network| network.security.as_ref().is_some_and(|now| now.value.as_ref() == Some(mode)))
    };
    let weak = |mode: &String| {
        let words = security_words(mode);
        words.contains("not secure") || words.contains("old") || words.contains("company")
    };
    choices.retain(|mode| is_now(mode) || (has_all(mode) && !weak(mode)));
    choices
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::tree::ValueType;

    fn setting(path: &str, value: Option<&str>) -> Setting {
        let value_type = if path.ends_with("Enable") { ValueType::Boolean } else { ValueType::String };
        let value = value.map(str::to_owned);
        Setting { value, path: path.to_owned(), value_type, writable: true, read_at: None }
    }

    fn network(number: u32, name: &str, mode: &str, clients: Option<u32>) -> Network {
        Network {
            band: format!("{number} GHz"),
            ssid: Some(setting(&format!("D.{number}.SSID"), Some(name))),
            on: Some(setting(&format!("D.{number}.Enable"), Some("1"))),
            security: Some(setting(&format!("D.{number}.ModeEnabled"), Some(mode))),
            modes: ["None", "WEP-64", "WPA2-Personal", "WPA3-Personal"].map(str::to_owned).to_vec(),
            password: Some(setting(&format!("D.{number}.KeyPassphrase"), None)),
            clients,
            ..Network::default()
        }
    }

    fn home() -> Vec<Network> {
        vec![network(2, "Renner", "WPA2-Personal", Some(3)), network(5, "Renner-5G", "WPA2-Personal", Some(2))]
    }

    fn sent(draft: &Draft, networks: &[Network]) -> Vec<(String, String)> {
        draft.values(networks).into_iter().map(|value| (value.path, value.value)).collect()
    }

    fn pair(path: &str, value: &str) -> (String, String) {
        (path.to_owned(), value.to_owned())
    }

    #[test]
    fn one_name_for_all_bands_is_sent_where_it_differs() {
        let draft = Draft { name: Some("Renner".into()), ..Draft::default() };
        assert_eq!(sent(&draft, &home()), [pair("D.5.SSID", "Renner")]);
        assert_eq!(draft.changes(&home()), 1);
        assert_eq!(draft.rejoin(&home()), "2 Wi-Fi devices must rejoin. A call over this Wi-Fi drops.");
        assert_eq!(sent(&Draft::default(), &home()), []);
    }

    #[test]
    fn a_password_goes_to_every_band_and_to_both_places_of_wpa3() {
        let mut networks = home();
        networks[1].password_wpa3 = Some(setting("D.5.SAEPassphrase", None));
        let draft = Draft { password: "quiet-otter".into(), ..Draft::default() };
        let wanted = ["D.2.KeyPassphrase", "D.5.KeyPassphrase", "D.5.SAEPassphrase"];
        assert_eq!(sent(&draft, &networks), wanted.map(|path| pair(path, "quiet-otter")));
        assert_eq!(draft.changes(&networks), 1, "one field");
        assert!(!format!("{draft:?}").contains("otter"));
    }

    #[test]
    fn what_the_browser_keeps_has_no_password() {
        let band = Some("5 GHz".to_owned());
        let draft =
            Draft { band, name: Some("New".into()), password: "quiet-otter".into(), on: Some(false), security: None };
        let text = serde_json::to_string(&draft).unwrap();
        assert!(!text.contains("otter"), "{text}");
        let kept: Draft = serde_json::from_str(&text).unwrap();
        assert!(kept == Draft { password: String::new(), ..draft });
    }

    #[test]
    fn rules_are_said_before_anything_is_sent() {
        let errors = |draft: Draft| draft.errors(&home());
        assert!(
            errors(Draft { password: "short".into(), ..Draft::default() }).password.unwrap().contains("8 characters")
        );
        assert!(errors(Draft { name: Some(String::new()), ..Draft::default() }).name.is_some());
        assert!(errors(Draft::default()).none());
        let open = vec![network(2, "Open", "None", Some(0))];
        let lock = Draft { security: Some("WPA2-Personal".into()), ..Draft::default() };
        assert!(lock.errors(&open).password.is_some(), "an open network needs a password to be locked");
        let locked = Draft { password: "quiet-otter".into(), ..lock };
        assert!(locked.errors(&open).none());
        assert_eq!(locked.values(&open).len(), 2);
        let useless = Draft { password: "quiet-otter".into(), ..Draft::default() };
        assert!(useless.errors(&open).password.is_some());
        assert!(useless.values(&open).is_empty());
    }

    #[test]
    fn old_ways_are_offered_only_where_they_are_in_use() {
        assert_eq!(security_choices(&home()), ["WPA2-Personal", "None", "WPA3-Personal"]);
        let old = vec![network(2, "Old", "WEP-64", None)];
        assert_eq!(security_choices(&old)[0], "WEP-64");
        assert!(security_choices(&[]).is_empty());
    }

    #[test]
    fn what_is_not_known_of_clients_is_not_zero() {
        let networks = vec![network(2, "Renner", "WPA2-Personal", None)];
        let draft = Draft { on: Some(false), ..Draft::default() };
        assert_eq!(draft.rejoin(&networks), "All devices on it lose their connection. A call over this Wi-Fi drops.");
        let nobody = vec![network(2, "Renner", "WPA2-Personal", Some(0))];
        assert_eq!(draft.rejoin(&nobody), "No device uses it now.");
    }
}
