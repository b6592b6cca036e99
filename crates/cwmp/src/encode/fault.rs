//! Faults: those of CWMP, which a SOAP fault carries, and those of SOAP itself.

use super::writer::Writer;
use crate::{Dialect, Fault};

/// A fault of SOAP 1.1 (§4.4.1 there) that has no CWMP code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoapFault {
    /// The envelope is of another SOAP version.
    VersionMismatch,
    /// A header that must be understood is not known.
    MustUnderstand,
}

/// The answer to an envelope that could not be accepted as SOAP.
pub fn encode_soap_fault(fault: SoapFault, id: Option<&str>, dialect: &Dialect) -> Vec<u8> {
    let (code, text) = match fault {
        SoapFault::VersionMismatch => ("VersionMismatch", "SOAP 1.1 is needed"),
        SoapFault::MustUnderstand => ("MustUnderstand", "A header is not understood"),
    };
    let mut writer = Writer::new(dialect, 256);
    if id.is_some() {
        writer.begin_header();
        writer.id(id);
        writer.end_header();
    }
    writer.begin_body();
    writer.soap("<", "Fault><faultcode>");
    writer.soap("", code);
    writer.raw("</faultcode>");
    writer.leaf("faultstring", text);
    writer.soap("</", "Fault>");
    writer.finish()
}

pub(super) fn fault(writer: &mut Writer, fault: &Fault) {
    writer.soap("<", "Fault>");
    writer.leaf("faultcode", if crate::fault::is_client(fault.code) { "Client" } else { "Server" });
    writer.raw("<faultstring>CWMP fault</faultstring><detail><cwmp:Fault>");
    writer.number("FaultCode", fault.code);
    writer.leaf("FaultString", &fault.text);
    for parameter in &fault.parameters {
        writer.open("SetParameterValuesFault");
        writer.leaf("ParameterName", &parameter.name);
        writer.number("FaultCode", parameter.code);
        writer.leaf("FaultString", &parameter.text);
        writer.close("SetParameterValuesFault");
    }
    writer.raw("</cwmp:Fault></detail>");
    writer.soap("</", "Fault>");
}
