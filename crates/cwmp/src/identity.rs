//! A device's key and its user name (§3.4.4).

use model::device::Identity;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but letters, digits and `_`. The hyphen is encoded too, so that the parts of a key can be told apart.
const KEY: AsciiSet = NON_ALPHANUMERIC.remove(b'_');

/// Everything but the unreserved characters of RFC 3986.
const UNRESERVED: AsciiSet = KEY.remove(b'-').remove(b'.').remove(b'~');

/// `OUI-ProductClass-SerialNumber`, or `OUI-SerialNumber` without a product class, each part percent-encoded. Different
/// identities have different keys, and a key is safe in a URL.
pub fn device_key(identity: &Identity) -> String {
    let part = |text| utf8_percent_encode(text, &KEY);
    let Identity { oui, product_class, serial, .. } = identity;
    if product_class.is_empty() {
        format!("{}-{}", part(oui), part(serial))
    } else {
        format!("{}-{}-{}", part(oui), part(product_class), part(serial))
    }
}

/// Whether an HTTP user name is that of the device: `OUI-ProductClass-SerialNumber` or `OUI-SerialNumber`, percent-encoded
/// as in [`device_key`], by RFC 3986, or not at all. The case of the OUI and of the escapes does not matter.
pub fn is_username_of(username: &str, identity: &Identity) -> bool {
    let Some((oui, rest)) = username.split_once('-') else { return false };
    if !oui.eq_ignore_ascii_case(&identity.oui) || identity.serial.is_empty() {
        return false;
    }
    let Identity { product_class, serial, .. } = identity;
    let upper = upper_escapes(rest);
    let encoded = |set| {
        let serial = utf8_percent_encode(serial, set).to_string();
        upper == serial || upper == format!("{}-{serial}", utf8_percent_encode(product_class, set))
    };
    encoded(&KEY) || encoded(&UNRESERVED) || rest == serial || rest == format!("{product_class}-{serial}")
}

/// The devices that an HTTP user name may stand for, at most eight: hyphens may be part of a product class or a serial
/// number, and escapes may be meant as they are written. Empty if it cannot be the name of a device.
pub fn identities_of(username: &str) -> Vec<Identity> {
    let Some((oui, rest)) = username.split_once('-').filter(|(oui, rest)| !oui.is_empty() && !rest.is_empty()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut add = |product_class: &str, serial: &str| {
        let decode = |text: &str| percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned);
        let decoded = decode(product_class).and_then(|class| Ok((class, decode(serial)?)));
        let written = (product_class.to_owned(), serial.to_owned());
        for (product_class, serial) in decoded.into_iter().chain([written]) {
            let oui = oui.to_ascii_uppercase();
            let identity = Identity { oui, product_class, serial, ..Identity::default() };
            if !identity.serial.is_empty() && !found.contains(&identity) {
                found.push(identity);
            }
        }
    };
    for (at, _) in rest.match_indices('-').take(3) {
        add(&rest[..at], &rest[at + 1..]);
    }
    add("", rest);
    found.truncate(8);
    found
}

/// `%2f` as `%2F`.
fn upper_escapes(text: &str) -> String {
    let mut digits = 0;
    let upper = |c: char| {
        if c == '%' {
            digits = 2;
            return c;
        }
        let inside = digits > 0;
        digits = usize::saturating_sub(digits, 1);
        if inside { c.to_ascii_uppercase() } else { c }
    };
    text.chars().map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(oui: &str, product_class: &str, serial: &str) -> Identity {
        Identity {
            oui: oui.to_owned(),
            product_class: product_class.to_owned(),
            serial: serial.to_owned(),
            ..Identity::default()
        }
    }

    #[test]
    fn a_key_is_safe_and_tells_identities_apart() {
        assert_eq!(device_key(&identity("00D09E", "Home GW", "0123/4")), "00D09E-Home%20GW-0123%2F4");
        assert_eq!(device_key(&identity("00D09E", "", "A_1")), "00D09E-A_1");
        assert_eq!(device_key(&identity("00D09E", "ü", "%41")), "00D09E-%C3%BC-%2541");
        let (one, other) = (identity("00D09E", "A-B", "C"), identity("00D09E", "A", "B-C"));
        assert_ne!(device_key(&one), device_key(&other));
    }

    #[test]
    fn rule_51_a_username_finds_its_device() {
        for device in [
            identity("00D09E", "Home GW", "0123/4"),
            identity("00D09E", "", "A_1"),
            identity("00D09E", "A-B", "C-D"),
            identity("00D09E", "A", "100%41"),
        ] {
            assert!(identities_of(&device_key(&device)).contains(&device), "{device:?}");
        }
        assert_eq!(identities_of("00d09e-Home%20GW-0123%2F4")[0], identity("00D09E", "Home GW", "0123/4"));
        assert!(identities_of("00D09E-Home-GW-1").contains(&identity("00D09E", "Home-GW", "1")));
        for odd in ["", "lastmile", "-", "00D09E-", "-1"] {
            assert_eq!(identities_of(odd), Vec::new(), "{odd}");
        }
        assert!(identities_of(&"-%41".repeat(1000)).len() <= 8);
        assert!(identities_of("00D09E-%FF").contains(&identity("00D09E", "", "%FF")));
    }

    #[test]
    fn quirk_24_a_username_is_matched_in_every_encoding() {
        let device = identity("00D09E", "Home-GW", "01/2 %41");
        for username in [
            device_key(&device).as_str(),
            "00D09E-Home-GW-01%2F2%20%2541",
            "00d09e-Home-GW-01%2f2%20%2541",
            "00D09E-Home-GW-01/2 %41",
            "00D09E-01%2F2%20%2541",
            "00D09E-01/2 %41",
        ] {
            assert!(is_username_of(username, &device), "{username}");
        }
        for username in
            ["", "00D09E", "00D09E-", "00D09E-Home-GW-", "00D09F-Home-GW-01/2 %41", "00D09E-home-gw-01/2 %41"]
        {
            assert!(!is_username_of(username, &device), "{username}");
        }
        assert!(!is_username_of("00D09E-", &identity("00D09E", "", "")));
    }
}
