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
