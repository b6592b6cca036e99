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
