//! A device's key and its user name (§3.4.4).

use model::device::Identity;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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
