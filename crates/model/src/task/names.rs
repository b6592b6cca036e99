//! Names of parameters, as words and as what gives secrets away.

/// The last part of a path, without a final dot.
pub fn short_name(path: &str) -> &str {
    path.trim_end_matches('.').rsplit('.').next().unwrap_or(path)
}

/// The last part of a path; of a row, with its table: `PortMapping 2`.
pub(super) fn row_name(path: &str) -> String {
    let name = short_name(path);
    let parent = path.trim_end_matches('.').strip_suffix(name).unwrap_or_default();
    if !parent.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
        format!("{} {name}", short_name(parent))
    } else {
        name.to_owned()
    }
}

/// Whether a parameter's value must be masked: keys, passwords, passphrases, secrets.
pub fn is_secret_name(path: &str) -> bool {
    /// What is said about a secret is none: which of several is used, how often it was wrong.
    const ABOUT: [&str; 9] =
        ["index", "failures", "enable", "enabled", "length", "mode", "type", "count", "numberofentries"];
    let name = short_name(path).to_ascii_lowercase();
    if ABOUT.iter().any(|about| name.ends_with(about)) {
        return false;
    }
    ["password", "passphrase", "presharedkey", "psk", "wepkey", "secret", "privatekey", "pin", "sharedkey"].iter().any(
        |word| {
            // `pin` only as a whole word's end (`DevicePIN`), not inside `Ping` or `Mapping`.
            if *word == "pin" {
                name == "pin" || name.ends_with("devicepin") || name.ends_with("wpspin")
            } else {
                name.contains(word)
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name() {
        for name in ["A.Password", "A.ConnectionRequestPassword", "A.KeyPassphrase", "A.PreSharedKey", "A.X_V_WPSPIN"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "A.Username",
            "A.PingInterval",
            "A.PortMappingNumberOfEntries",
            "A.SSID",
            "A.WEPKeyIndex",
            "A.TotalPSKFailures",
            "A.PasswordLength",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
