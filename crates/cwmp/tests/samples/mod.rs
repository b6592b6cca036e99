//! One of each message, for the tests that go over all of them.
#![allow(dead_code)] // each test binary uses its own part

use cwmp::{
    AcsMessage, AcsRequest, AcsResponse, CpeMessage, CpeRequest, CpeResponse, Event, EventCode, Fault, Inform,
    ParameterAttribute, ParameterFault, ParameterInfo, ParameterValue, SetParameterAttribute, TransferComplete,
    ValueType,
};
use model::device::Identity;

pub const NAMESPACES: [&str; 5] = [
    "urn:dslforum-org:cwmp-1-0",
    "urn:dslforum-org:cwmp-1-1",
    "urn:dslforum-org:cwmp-1-2",
    "urn:dslforum-org:cwmp-1-3",
    "urn:dslforum-org:cwmp-1-4",
];

pub fn value(name: &str, value: &str, value_type: ValueType) -> ParameterValue {
    ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|&one| one.to_owned()).collect()
}

pub fn inform() -> Inform {
    Inform {
        identity: Identity {
            manufacturer: "Acme & Sons".to_owned(),
            oui: "00D09E".to_owned(),
            product_class: "Home GW".to_owned(),
            serial: "A/1".to_owned(),
        },
        events: vec![Event::new(EventCode::Boot, ""), Event::new(EventCode::Method("Reboot".to_owned()), "key-7")],
        max_envelopes: 1,
        current_time: "2026-01-31T12:00:00Z".to_owned(),
        retry_count: 2,
        parameters: vec![
            value("Device.DeviceInfo.SoftwareVersion", "1.2.3", ValueType::String),
            value("Device.DeviceInfo.UpTime", "42", ValueType::UnsignedInt),
            value("Device.WiFi.SSID.1.SSID", "Caf\u{e9} <\"'>\t\r\n", ValueType::String),
        ],
    }
}

pub fn fault(code: u32) -> Fault {
    Fault {
        parameters: vec![ParameterFault {
            name: "Device.WiFi.Radio.1.Channel".to_owned(),
            code: 9007,
            text: "Not 1-13".to_owned(),
        }],
        ..Fault::standard(code)
    }
}

pub fn cpe_messages() -> Vec<CpeMessage> {
    use CpeMessage::{Request, Response};
    vec![
        Request(CpeRequest::Inform(inform())),
        Request(CpeRequest::GetRpcMethods),
        Request(CpeRequest::TransferComplete(TransferComplete {
            command_key: "key-8".to_owned(),
            fault_code: 9010,
            fault_string: "Download failed".to_owned(),
            start_time: "2026-01-31T12:00:00Z".to_owned(),
            complete_time: "0001-01-01T00:00:00Z".to_owned(),
        })),
        Request(CpeRequest::Unknown { method: "X_00D09E_Tilt".to_owned() }),
        Response(CpeResponse::GetRpcMethods { methods: strings(&["GetRPCMethods", "X_00D09E_Foo"]) }),
        Response(CpeResponse::GetParameterNames {
            parameters: vec![
                ParameterInfo { name: "Device.".to_owned(), writable: false },
                ParameterInfo { name: "Device.WiFi.SSID.1.SSID".to_owned(), writable: true },
            ],
        }),
        Response(CpeResponse::GetParameterValues {
            parameters: ValueType::ALL
                .iter()
                .enumerate()
                .map(|(n, kind)| value(&format!("Device.P{n}"), "1", *kind))
                .collect(),
        }),
        Response(CpeResponse::GetParameterAttributes {
            parameters: vec![ParameterAttribute {
                name: "Device.DeviceInfo.UpTime".to_owned(),
                notification: 2,
                access_list: strings(&["Subscriber"]),
            }],
        }),
        Response(CpeResponse::SetParameterValues { status: 1 }),
        Response(CpeResponse::SetParameterAttributes),
        Response(CpeResponse::AddObject { instance: Some(7), status: 0 }),
        Response(CpeResponse::DeleteObject { status: 0 }),
        Response(CpeResponse::Reboot),
        Response(CpeResponse::FactoryReset),
        Response(CpeResponse::Unknown { method: "Download".to_owned() }),
        CpeMessage::Fault(fault(9003)),
        CpeMessage::Fault(Fault::standard(9002)),
    ]
}

pub fn acs_messages() -> Vec<AcsMessage> {
    use AcsMessage::{Request, Response};
    vec![
        Response(AcsResponse::Inform),
        Response(AcsResponse::GetRpcMethods { methods: strings(&["Inform", "GetRPCMethods", "TransferComplete"]) }),
        Response(AcsResponse::TransferComplete),
        Request(AcsRequest::GetRpcMethods),
        Request(AcsRequest::GetParameterNames { path: "Device.".to_owned(), next_level: false }),
        Request(AcsRequest::GetParameterNames { path: String::new(), next_level: true }),
        Request(AcsRequest::GetParameterValues { names: strings(&["Device.DeviceInfo.", "Device.WiFi.SSID.1.SSID"]) }),
        Request(AcsRequest::GetParameterAttributes { names: strings(&["Device.DeviceInfo."]) }),
        Request(AcsRequest::SetParameterValues {
            values: vec![
                value("Device.WiFi.SSID.1.SSID", "A&B<\u{fc}>", ValueType::String),
                value("Device.WiFi.Radio.1.Channel", "11", ValueType::UnsignedInt),
            ],
            parameter_key: "key-9".to_owned(),
        }),
        Request(AcsRequest::SetParameterAttributes {
            attributes: vec![
                SetParameterAttribute { name: "Device.".to_owned(), notification: Some(1), access_list: None },
                SetParameterAttribute {
                    name: "Device.DeviceInfo.UpTime".to_owned(),
                    notification: None,
                    access_list: Some(strings(&["Subscriber"])),
                },
            ],
        }),
        Request(AcsRequest::AddObject { object: "Device.NAT.PortMapping.".to_owned(), parameter_key: String::new() }),
        Request(AcsRequest::DeleteObject {
            object: "Device.NAT.PortMapping.3.".to_owned(),
            parameter_key: "k".to_owned(),
        }),
        Request(AcsRequest::Reboot { command_key: "key-7".to_owned() }),
        Request(AcsRequest::FactoryReset),
        Request(AcsRequest::Unknown { method: "Download".to_owned() }),
        AcsMessage::Fault(Fault::standard(8003)),
        AcsMessage::Fault(Fault::standard(8005)),
    ]
}
