//! The prefixes of the two SOAP namespaces.

/// A pair that can stand beside `cwmp`, `xsd` and `xsi` on one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefixes<'a> {
    pub(crate) envelope: &'a str,
    pub(crate) encoding: &'a str,
}

impl<'a> Prefixes<'a> {
    /// The peer's own prefixes where they are usable, else the usual ones in the style of the envelope's.
    pub(crate) fn choose(envelope: &'a str, encoding: &'a str) -> Self {
        let envelope = if usable(envelope) { envelope } else { "soapenv" };
        let usual = match envelope {
            "SOAP-ENV" => "SOAP-ENC",
            "soap-env" => "soap-enc",
            "soapenc" => "enc",
            _ => "soapenc",
        };
        Self { envelope, encoding: if usable(encoding) && encoding != envelope { encoding } else { usual } }
    }
}

/// A short ASCII name that is not one of ours or XML's own.
fn usable(prefix: &str) -> bool {
    let mut bytes = prefix.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && prefix.len() <= 32
        && !matches!(prefix, "cwmp" | "xsd" | "xsi")
        && !prefix.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"))
}
