//! Every message that is written has the elements of its schema, in their order, and no others.
#![allow(clippy::unwrap_used)]

mod samples;

use cwmp::{AcsMessage, CpeHeader, CpeMessage, Dialect, encode_to_acs, encode_to_cpe};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use samples::{acs_messages, cpe_messages};

/// Elements with what they contain, in order: `?` may be missing, `*` may come any number of times. Those that are not
/// listed contain text.
const SHAPES: &[(&str, &str)] = &[
    ("GetRPCMethods", ""),
    ("GetRPCMethodsResponse", "MethodList"),
    ("MethodList", "string*"),
    ("SetParameterValues", "ParameterList ParameterKey"),
    ("SetParameterValuesResponse", "Status"),
    ("GetParameterValues", "ParameterNames"),
    ("GetParameterValuesResponse", "ParameterList"),
    ("GetParameterNames", "ParameterPath NextLevel"),
    ("GetParameterNamesResponse", "ParameterList"),
    ("SetParameterAttributes", "ParameterList"),
    ("SetParameterAttributesResponse", ""),
    ("GetParameterAttributes", "ParameterNames"),
    ("GetParameterAttributesResponse", "ParameterList"),
    ("AddObject", "ObjectName ParameterKey"),
    ("AddObjectResponse", "InstanceNumber Status"),
    ("DeleteObject", "ObjectName ParameterKey"),
    ("DeleteObjectResponse", "Status"),
    (
        "Download",
        "CommandKey FileType URL Username Password FileSize TargetFileName DelaySeconds SuccessURL FailureURL",
    ),
    ("DownloadResponse", "Status StartTime CompleteTime"),
    ("Reboot", "CommandKey"),
    ("RebootResponse", ""),
    ("GetQueuedTransfers", ""),
    ("GetQueuedTransfersResponse", "TransferList"),
    ("GetAllQueuedTransfers", ""),
    ("GetAllQueuedTransfersResponse", "TransferList"),
    ("ScheduleInform", "DelaySeconds CommandKey"),
    ("ScheduleInformResponse", ""),
    ("SetVouchers", "VoucherList"),
    ("VoucherList", "base64*"),
    ("SetVouchersResponse", ""),
    ("GetOptions", "OptionName"),
    ("GetOptionsResponse", "OptionList"),
    ("OptionList", "OptionStruct*"),
    ("OptionStruct", "OptionName VoucherSN State Mode StartDate ExpirationDate? IsTransferable"),
    ("Upload", "CommandKey FileType URL Username Password DelaySeconds"),
    ("UploadResponse", "Status StartTime CompleteTime"),
    ("FactoryReset", ""),
    ("FactoryResetResponse", ""),
    ("ScheduleDownload", "CommandKey FileType URL Username Password FileSize TargetFileName TimeWindowList"),
    ("TimeWindowList", "TimeWindowStruct*"),
    ("TimeWindowStruct", "WindowStart WindowEnd WindowMode UserMessage MaxRetries"),
    ("ScheduleDownloadResponse", ""),
    ("CancelTransfer", "CommandKey"),
    ("CancelTransferResponse", ""),
    ("ChangeDUState", "Operations* CommandKey?"),
    ("ChangeDUStateResponse", ""),
    ("InstallOpStruct", "URL UUID? Username? Password? ExecutionEnvRef?"),
    ("UpdateOpStruct", "UUID? Version? URL? Username? Password?"),
    ("UninstallOpStruct", "UUID Version? ExecutionEnvRef?"),
    ("Inform", "DeviceId Event MaxEnvelopes CurrentTime RetryCount ParameterList"),
    ("DeviceId", "Manufacturer OUI ProductClass SerialNumber"),
    ("Event", "EventStruct*"),
    ("EventStruct", "EventCode CommandKey"),
    ("InformResponse", "MaxEnvelopes"),
    ("TransferComplete", "CommandKey FaultStruct StartTime CompleteTime"),
    ("FaultStruct", "FaultCode FaultString"),
    ("TransferCompleteResponse", ""),
    (
        "AutonomousTransferComplete",
        "AnnounceURL TransferURL IsDownload FileType FileSize TargetFileName FaultStruct StartTime CompleteTime",
    ),
    ("AutonomousTransferCompleteResponse", ""),
    ("DUStateChangeComplete", "Results* CommandKey?"),
    ("DUStateChangeCompleteResponse", ""),
    ("AutonomousDUStateChangeComplete", "Results*"),
    ("AutonomousDUStateChangeCompleteResponse", ""),
    (
        "Results",
        "UUID DeploymentUnitRef Version CurrentState Resolved ExecutionUnitRefList StartTime CompleteTime Fault OperationPerformed?",
    ),
    ("RequestDownload", "FileType FileTypeArg"),
    ("FileTypeArg", "ArgStruct*"),
    ("ArgStruct", "Name Value"),
    ("RequestDownloadResponse", ""),
    ("Kicked", "Command Referer Arg Next"),
    ("KickedResponse", "NextURL"),
    ("ParameterNames", "string*"),
    ("AccessList", "string*"),
    ("ParameterValueStruct", "Name Value"),
    ("ParameterInfoStruct", "Name Writable"),
    ("ParameterAttributeStruct", "Name Notification AccessList"),
    ("SetParameterAttributesStruct", "Name NotificationChange Notification AccessListChange AccessList"),
    ("QueuedTransferStruct", "CommandKey State"),
    ("AllQueuedTransferStruct", "CommandKey State IsDownload FileType FileSize TargetFileName"),
    ("SOAP Fault", "faultcode faultstring detail"),
    ("detail", "Fault"),
    ("Fault", "FaultCode FaultString SetParameterValuesFault*"),
    ("SetParameterValuesFault", "ParameterName FaultCode FaultString"),
];

/// Lists whose members are named after their type.
const LISTS: [&str; 2] = ["ParameterList", "TransferList"];

struct Element {
    name: String,
    /// The name with its prefix.
    written: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
}

impl Element {
    fn of(start: &BytesStart) -> Self {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            (attribute.key.as_ref().to_owned(), attribute.value.into_owned())
        });
        Self {
            name: start.local_name().as_ref().to_owned(),
            written: start.name().as_ref().to_owned(),
            attributes: attributes.collect(),
            children: Vec::new(),
        }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn parse(bytes: &[u8]) -> Element {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element { name: String::new(), written: String::new(), attributes: vec![], children: vec![] }];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(Element::of(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(Element::of(&start)),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::CData(_) | Event::Decl(_) => {
                panic!("more than elements and text: {text}")
            }
            Event::Eof => return open.pop().unwrap().children.remove(0),
            Event::Text(_) | Event::GeneralRef(_) => {}
        }
    }
}

/// Holds one element and those in it against their shapes.
fn check(element: &Element, shape: &str) {
    let names: Vec<&str> = element.children.iter().map(|child| child.name.as_str()).collect();
    let mut rest = names.as_slice();
    for part in shape.split_whitespace() {
        let (name, kind) = match part.strip_suffix(['?', '*']) {
            Some(name) => (name, &part[name.len()..]),
            None => (part, ""),
        };
        let here = rest.iter().take_while(|found| **found == name).count();
        let fits = match kind {
            "" => here == 1,
            "?" => here <= 1,
            _ => true,
        };
        assert!(fits, "{} has {names:?}, and should have {shape}", element.name);
        rest = &rest[here..];
    }
    assert!(rest.is_empty(), "{} has {names:?}, and should have {shape}", element.name);
    for child in &element.children {
        // Only the fault of CWMP is qualified: everything else inside a message has no namespace.
        assert_eq!(
            child.written,
            if child.name == "Fault" && element.name == "detail" { "cwmp:Fault" } else { &child.name }
        );
        let kind = match child.name.as_str() {
            "Operations" => child.attribute("xsi:type").unwrap().strip_prefix("cwmp:").unwrap(),
            // The one in a result of a deployment unit.
            "Fault" if element.name == "Results" => "FaultStruct",
            name => name,
        };
        if let Some(array) = child.attributes.iter().find(|(name, _)| name.ends_with(":arrayType")) {
            let (kind, count) = array.1.strip_suffix(']').unwrap().split_once('[').unwrap();
            assert_eq!(count, child.children.len().to_string(), "{}", array.1);
            let member = kind.split_once(':').unwrap().1;
            assert!(child.children.iter().all(|one| one.name == member), "{}", array.1);
        }
        if LISTS.contains(&kind) {
            let member = child.children.first().map_or("", |first| first.name.as_str());
            check(child, &format!("{member}*"));
        } else {
            check(child, SHAPES.iter().find(|(name, _)| *name == kind).map_or("", |(_, shape)| shape));
        }
    }
}

fn check_envelope(bytes: &[u8]) -> String {
    let envelope = parse(bytes);
    assert_eq!(envelope.name, "Envelope");
    for needed in ["xmlns:soapenv", "xmlns:soapenc", "xmlns:xsd", "xmlns:xsi", "xmlns:cwmp"] {
        assert!(envelope.attribute(needed).is_some(), "{needed}");
    }
    let parts: Vec<&str> = envelope.children.iter().map(|child| child.name.as_str()).collect();
    assert!(parts == ["Header", "Body"] || parts == ["Body"], "{parts:?}");
    let body = envelope.children.last().unwrap();
    assert_eq!(body.children.len(), 1);
    let message = &body.children[0];
    let vendor = message.name.starts_with("X_") || message.name.starts_with("Frobnicate");
    let name = match message.written.as_str() {
        "soapenv:Fault" => "SOAP Fault",
        written => {
            assert_eq!(written, format!("cwmp:{}", message.name));
            message.name.as_str()
        }
    };
    if !vendor {
        let shape = SHAPES.iter().find(|(known, _)| *known == name);
        check(message, shape.unwrap_or_else(|| panic!("{name} has no shape")).1);
    }
    name.to_owned()
}

#[test]
fn rule_067_069_071_072_what_an_acs_writes_is_in_the_shape_of_its_schema() {
    let mut seen = Vec::new();
    for message in acs_messages() {
        seen.push(check_envelope(&encode_to_cpe(&message, Some("1"), &Dialect::default())));
        let AcsMessage::Request(request) = message else { continue };
        assert!(seen.last().unwrap() == request.method());
    }
    // Rules 107, 199, 205, 207, 211, 219, 234, 239, 243, 247, 252, 253, 254, 256, 257, 260: each is one of these.
    for needed in [
        "InformResponse",
        "SetParameterValues",
        "GetParameterValues",
        "GetParameterNames",
        "SetParameterAttributes",
        "GetParameterAttributes",
        "AddObject",
        "DeleteObject",
        "Reboot",
        "FactoryReset",
        "ScheduleInform",
        "Download",
        "Upload",
        "ScheduleDownload",
        "CancelTransfer",
        "GetQueuedTransfers",
        "GetAllQueuedTransfers",
        "ChangeDUState",
        "SetVouchers",
        "GetOptions",
        "TransferCompleteResponse",
        "AutonomousTransferCompleteResponse",
        "DUStateChangeCompleteResponse",
        "AutonomousDUStateChangeCompleteResponse",
        "RequestDownloadResponse",
        "KickedResponse",
        "SOAP Fault",
    ] {
        assert!(seen.iter().any(|name| name == needed), "{needed}");
    }
}

#[test]
fn what_a_simulated_cpe_writes_is_in_the_shape_of_its_schema() {
    for message in cpe_messages() {
        let bytes = encode_to_acs(&message, &CpeHeader { id: Some("1"), ..CpeHeader::default() }, &Dialect::default());
        let name = check_envelope(&bytes);
        let expected = match &message {
            CpeMessage::Request(request) => request.method().to_owned(),
            CpeMessage::Response(response) => format!("{}Response", response.method()),
            CpeMessage::Fault(_) => "SOAP Fault".to_owned(),
        };
        assert_eq!(name, expected);
    }
}

#[test]
fn rule_075_every_value_that_is_written_has_its_type() {
    fn typed(element: &Element) -> usize {
        let own = usize::from(element.name == "ParameterValueStruct");
        if own == 1 {
            assert!(element.children[1].attribute("xsi:type").is_some_and(|kind| kind.starts_with("xsd:")));
        }
        own + element.children.iter().map(typed).sum::<usize>()
    }
    let found: usize =
        acs_messages().iter().map(|message| typed(&parse(&encode_to_cpe(message, None, &Dialect::default())))).sum();
    assert_eq!(found, 2);
}
