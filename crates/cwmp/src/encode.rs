//! Messages to bytes, in the dialect of the peer.
//!
//! The output is ASCII: everything outside tab, line feed and 32–126 becomes a character reference, so it is right
//! under every charset a device may assume (§3.5). No indentation, no comments, no `encodingStyle`; an XML
//! declaration only if the dialect asks for it. Inner elements are unqualified and methods have the literal prefix
//! `cwmp:`, which some devices look for.

mod acs;
mod cpe;
mod fault;
mod fragment;
mod modules;
mod notification;
mod prefixes;
mod transfers;
mod writer;

pub use fault::{SoapFault, encode_soap_fault};
pub use fragment::{MAX_FRAGMENT, check_fragment};
pub(crate) use notification::notification;
pub(crate) use prefixes::Prefixes;

use crate::{AcsMessage, CpeMessage, Dialect};
use writer::Writer;

/// The first character of a text that XML 1.0 (§2.2) cannot carry, if there is one. Written into a message it becomes
/// U+FFFD, so what must arrive as it is has to be looked at before.
pub fn not_in_xml(text: &str) -> Option<char> {
    text.chars().find(|c| crate::decode::is_forbidden(*c))
}

/// The header of a message to a CPE (§3.5, Table 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AcsHeader<'a> {
    /// `cwmp:ID`: that of the request in an answer, an own one (at most 32 ASCII letters and digits) in a request.
    pub id: Option<&'a str>,
    /// `cwmp:HoldRequests`; written only if true.
    pub hold_requests: bool,
    /// `cwmp:UseCWMPVersion`, such as `1.4`: in an `InformResponse`, if the Inform had `SupportedCWMPVersions`.
    pub use_version: Option<&'a str>,
}

/// The header of a message to an ACS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpeHeader<'a> {
    pub id: Option<&'a str>,
    /// `cwmp:SessionTimeout` in seconds (Inform only).
    pub session_timeout: Option<u32>,
    /// `cwmp:SupportedCWMPVersions` (Inform only); not written if empty.
    pub supported_versions: &'a [String],
}

/// An envelope for a CPE with at most a `cwmp:ID` in its header.
pub fn encode_to_cpe(message: &AcsMessage, id: Option<&str>, dialect: &Dialect) -> Vec<u8> {
    encode_to_cpe_with(message, &AcsHeader { id, ..AcsHeader::default() }, dialect)
}

/// An envelope for a CPE.
pub fn encode_to_cpe_with(message: &AcsMessage, header: &AcsHeader, dialect: &Dialect) -> Vec<u8> {
    let mut writer = Writer::new(dialect, acs::size_hint(message));
    if header.id.is_some() || header.hold_requests || header.use_version.is_some() {
        writer.begin_header();
        writer.id(header.id);
        if header.hold_requests {
            writer.header("HoldRequests", true, "1");
        }
        if let Some(version) = header.use_version {
            writer.header("UseCWMPVersion", true, version);
        }
        writer.end_header();
    }
    writer.begin_body();
    acs::message(&mut writer, message);
    writer.finish()
}

/// An envelope for an ACS.
pub fn encode_to_acs(message: &CpeMessage, header: &CpeHeader, dialect: &Dialect) -> Vec<u8> {
    let mut writer = Writer::new(dialect, cpe::size_hint(message));
    if header.id.is_some() || header.session_timeout.is_some() || !header.supported_versions.is_empty() {
        writer.begin_header();
        writer.id(header.id);
        if let Some(seconds) = header.session_timeout {
            writer.header("SessionTimeout", false, &seconds.to_string());
        }
        if !header.supported_versions.is_empty() {
            writer.header("SupportedCWMPVersions", false, &header.supported_versions.join(","));
        }
        writer.end_header();
    }
    writer.begin_body();
    cpe::message(&mut writer, message);
    writer.finish()
}
