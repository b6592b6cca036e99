//! What stands around a message: the header, and how the peer writes.

/// One envelope: what the header said, how the peer writes, and the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<T> {
    /// `cwmp:ID`, unescaped but otherwise untouched; `None` if the header has none.
    pub id: Option<String>,
    /// How the peer writes, so that an answer can be written the same way.
    pub dialect: Dialect,
    /// `cwmp:SessionTimeout` in seconds (CPE → ACS, Inform only).
    pub session_timeout: Option<u32>,
    /// `cwmp:SupportedCWMPVersions` (CPE → ACS, Inform only).
    pub supported_versions: Vec<String>,
    /// `cwmp:HoldRequests` (ACS → CPE only).
    pub hold_requests: bool,
    pub body: T,
    /// What was wrong but tolerated, in a few words each: for the log and the device's learnt quirks.
    pub warnings: Vec<Warning>,
}

/// Something wrong with a message that did not keep us from reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Warning {
    /// Bytes that are not the declared encoding: read as Latin-1.
    Encoding,
    /// Control characters that XML forbids: replaced by U+FFFD.
    ControlCharacters,
    /// A prefix without a declaration, a truncated end, trailing bytes: mended.
    Mended,
    /// A value without `<Value>`, two of them, or without or with an unknown `xsi:type`.
    Value,
    /// An event code that is not in the standard's spelling.
    EventCode,
    /// An element of the standard is missing.
    Missing,
}

/// How a peer writes: echoed in every answer of the session (§3.7.4, quirks 1 and 2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// The cwmp namespace URN as received, such as `urn:dslforum-org:cwmp-1-2`.
    pub namespace: String,
    /// Prefix of the SOAP envelope namespace, such as `SOAP-ENV`; never empty.
    pub envelope_prefix: String,
    /// Prefix of the SOAP encoding namespace, such as `SOAP-ENC`; never empty.
    pub encoding_prefix: String,
    /// Begin messages with `<?xml …?>`. Off by default (quirk 1).
    pub declaration: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            namespace: "urn:dslforum-org:cwmp-1-0".to_owned(),
            envelope_prefix: "soapenv".to_owned(),
            encoding_prefix: "soapenc".to_owned(),
            declaration: false,
        }
    }
}
