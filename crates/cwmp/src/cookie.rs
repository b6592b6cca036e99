//! The session cookie (§3.4.2), as devices return it.

/// The values that a `Cookie` header has for a name, in its order. Separators may be `;` or `,`, values may be quoted,
/// and attributes (`$Version`, `Path`) may stand between: they are cookies of other names here.
pub fn values<'h>(header: &'h str, name: &'h str) -> impl Iterator<Item = &'h str> {
    header.split([';', ',']).filter_map(move |pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"').trim())
    })
}

/// The first value that a `Cookie` header has for a name.
pub fn find<'h>(header: &'h str, name: &'h str) -> Option<&'h str> {
    values(header, name).find(|value| !value.is_empty())
}

/// The value of a `Set-Cookie` header. `Path=/` because devices derive wrong default paths; no other attribute, because
/// many fail on those they do not know. `name` and `value` have to be tokens.
pub fn set_cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirk_12_a_returned_cookie_is_found_in_every_form() {
        for header in [
            "session=abc",
            "session=abc; Path=/",
            "$Version=\"1\"; session=\"abc\"; $Path=\"/\"",
            "$Version=\"0\"; session=abc;$Path=/",
            "a=1, session=abc,b=2",
            "other; session = abc ;",
            "session=; session=abc",
            "xsession=no; session=abc; session=later",
        ] {
            assert_eq!(find(header, "session"), Some("abc"), "{header}");
        }
        for header in ["", "session", "SESSION=abc", "xsession=abc", "session=\"\"", ";;=,=;"] {
            assert_eq!(find(header, "session"), None, "{header}");
        }
    }

    #[test]
    fn all_values_of_a_name_can_be_tried() {
        assert_eq!(values("s=1; t=2; s=\"3\"", "s").collect::<Vec<_>>(), ["1", "3"]);
    }

    #[test]
    fn a_cookie_is_set_for_every_path_and_nothing_else() {
        assert_eq!(set_cookie("session", "x_-1"), "session=x_-1; Path=/");
    }
}
