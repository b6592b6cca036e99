//! What names and passwords of Wi-Fi may be (IEEE 802.11 §9.4.2.2 and annex J.4).

/// A network's name has 1 to 32 bytes. The error says the rule.
pub fn check_ssid(name: &str) -> Result<(), &'static str> {
    match name.len() {
        0 => Err("A network has a name."),
        1..=32 if name.chars().any(char::is_control) => Err("A name has no control characters."),
        1..=32 => Ok(()),
        _ if name.chars().count() <= 32 => {
            Err("The name is too long: letters other than English ones count two or more of its 32.")
        }
        _ => Err("A name has at most 32 characters."),
    }
}

/// A password of WPA has 8 to 63 printable English characters, or is a key of 64 hexadecimal digits.
pub fn check_password(password: &str) -> Result<(), &'static str> {
    if !password.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
        return Err("Only English letters, digits and signs: other letters are not understood by all devices.");
    }
    match password.len() {
        0..=7 => Err("At least 8 characters."),
        8..=63 if password.starts_with(' ') || password.ends_with(' ') => {
            Err("A space at the beginning or end is easily lost.")
        }
        8..=63 => Ok(()),
        64 if password.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(()),
        64 => Err("64 characters are a key: hexadecimal digits only. A password has at most 63."),
        _ => Err("At most 63 characters."),
    }
}

/// A way to secure a network, in words. What is not known stays as the router says it.
pub fn security_words(mode: &str) -> String {
    let known = match mode {
        "None" => "Open, no password",
        "WEP-64" | "WEP-128" | "Basic" => "WEP, not secure",
        "WPA-Personal" | "WPA" => "WPA, old",
        "WPA2-Personal" | "11i" | "WPA2" => "WPA2",
        "WPA-WPA2-Personal" | "WPAand11i" => "WPA and WPA2",
        "WPA3-Personal" | "WPA3" => "WPA3 only",
        "WPA3-Personal-Transition" | "11iandWPA3" | "WPA2andWPA3" => "WPA2 and WPA3",
        "BasicandWPA" | "Basicand11i" | "BasicandWPAand11i" => "WEP and newer, not secure",
        "WPA2-Enterprise" | "WPA3-Enterprise" | "WPA-Enterprise" | "WPA-WPA2-Enterprise" => "By company login",
        other => return other.to_owned(),
    };
    known.to_owned()
}

/// Whether a network of this mode has a password.
pub fn has_password(mode: &str) -> bool {
    !matches!(mode, "None" | "Basic" | "WEP-64" | "WEP-128") && !mode.contains("Enterprise")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_in_bytes() {
        assert_eq!(check_ssid(&"a".repeat(32)), Ok(()));
        assert!(check_ssid("").is_err());
        assert!(check_ssid(&"a".repeat(33)).unwrap_err().contains("at most 32"));
        assert!(check_ssid(&"ä".repeat(17)).unwrap_err().contains("count two"));
        assert!(check_ssid("a\nb").is_err());
    }

    #[test]
    fn passwords_keep_to_the_rules_of_wpa() {
        for good in ["12345678", &"a".repeat(63), "quiet otter, lamp 27!", &"0aF".repeat(22)[..64]] {
            assert_eq!(check_password(good), Ok(()), "{good}");
        }
        for bad in ["1234567", "", "pässword", &"a".repeat(65), &"g".repeat(64), "password ", "a\tbcdefgh"] {
            assert!(check_password(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn modes_are_said_in_words() {
        assert_eq!(security_words("WPA3-Personal-Transition"), "WPA2 and WPA3");
        assert_eq!(security_words("11i"), "WPA2");
        assert_eq!(security_words("X_V_Odd"), "X_V_Odd");
        assert!(has_password("11i") && !has_password("None"));
    }
}
