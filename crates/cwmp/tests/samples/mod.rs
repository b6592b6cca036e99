//! One of each message, for the tests that go over all of them.
#![allow(dead_code)] // each test binary uses its own part

use cwmp::{
    AcsMessage, AcsRequest, AcsResponse, AutonomousDuResult, AutonomousTransferComplete, CpeMessage, CpeOption,
    CpeRequest, CpeResponse, Download, DuOperation, DuResult, Event, EventCode, Fault, Inform, ParameterAttribute,
    ParameterFault, ParameterInfo, ParameterValue, QueuedTransfer, ScheduleDownload, SetParameterAttribute, TimeWindow,
    TransferComplete, TransferStarted, Upload, ValueType,
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
    ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type, untyped: false }
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

const UUID: &str = "8f4b0c6e-63a3-5a6f-9a3f-0d8a1c2b3d4e";

fn option(expiration_date: &str) -> CpeOption {
    CpeOption {
        name: "Voice".to_owned(),
        voucher_serial: 7,
        state: 1,
        mode: 2,
        start_date: "2026-01-01T00:00:00Z".to_owned(),
        expiration_date: expiration_date.to_owned(),
        transferable: false,
    }
}

fn du_result() -> DuResult {
    DuResult {
        uuid: UUID.to_owned(),
        deployment_unit_ref: "Device.SoftwareModules.DeploymentUnit.1".to_owned(),
        version: "1.0".to_owned(),
        current_state: "Installed".to_owned(),
        resolved: true,
        execution_unit_refs: "Device.SoftwareModules.ExecutionUnit.1".to_owned(),
        start_time: "2026-01-31T12:00:00Z".to_owned(),
        complete_time: "2026-01-31T12:00:09Z".to_owned(),
        fault_code: 0,
        fault_string: String::new(),
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
        Response(CpeResponse::ScheduleInform),
        Response(CpeResponse::Download(TransferStarted {
            status: 1,
            start_time: "0001-01-01T00:00:00Z".to_owned(),
            complete_time: "0001-01-01T00:00:00Z".to_owned(),
        })),
        Response(CpeResponse::Upload(TransferStarted {
            status: 0,
            start_time: "2026-01-31T12:00:00Z".to_owned(),
            complete_time: "2026-01-31T12:00:09Z".to_owned(),
        })),
        Response(CpeResponse::ScheduleDownload),
        Response(CpeResponse::CancelTransfer),
        Response(CpeResponse::GetQueuedTransfers {
            transfers: vec![QueuedTransfer { command_key: "key-1".to_owned(), state: 2, ..QueuedTransfer::default() }],
        }),
        Response(CpeResponse::GetAllQueuedTransfers {
            transfers: vec![QueuedTransfer {
                command_key: "key-1".to_owned(),
                state: 1,
                is_download: Some(true),
                file_type: "1 Firmware Upgrade Image".to_owned(),
                file_size: 4_194_304,
                target_file_name: "fw.bin".to_owned(),
            }],
        }),
        Response(CpeResponse::ChangeDuState),
        Response(CpeResponse::SetVouchers),
        Response(CpeResponse::GetOptions { options: vec![option("2027-01-01T00:00:00Z"), option("")] }),
        Response(CpeResponse::Unknown {
            method: "X_00D09E_Tilt".to_owned(),
            body: "<Angle unit=\"deg\">5 &lt; 6</Angle>".to_owned(),
        }),
        Response(CpeResponse::Unknown { method: "Frobnicate".to_owned(), body: String::new() }),
        Request(CpeRequest::AutonomousTransferComplete(AutonomousTransferComplete {
            announce_url: "http://files.example/announce".to_owned(),
            transfer_url: "http://files.example/a?b=1&c=2".to_owned(),
            is_download: true,
            file_type: "1 Firmware Upgrade Image".to_owned(),
            file_size: 100,
            target_file_name: "fw.bin".to_owned(),
            fault_code: 9018,
            fault_string: "Broken".to_owned(),
            start_time: "2026-01-31T12:00:00Z".to_owned(),
            complete_time: "2026-01-31T12:00:09Z".to_owned(),
        })),
        Request(CpeRequest::DuStateChangeComplete {
            results: vec![
                du_result(),
                DuResult { fault_code: 9026, current_state: "Failed".to_owned(), ..du_result() },
            ],
            command_key: "key-2".to_owned(),
        }),
        Request(CpeRequest::DuStateChangeComplete { results: vec![du_result()], command_key: String::new() }),
        Request(CpeRequest::AutonomousDuStateChangeComplete {
            results: vec![AutonomousDuResult { result: du_result(), operation: "Update".to_owned() }],
        }),
        Request(CpeRequest::RequestDownload {
            file_type: "1 Firmware Upgrade Image".to_owned(),
            arguments: vec![("Version".to_owned(), "2.0".to_owned())],
        }),
        Request(CpeRequest::RequestDownload { file_type: "2 Web Content".to_owned(), arguments: vec![] }),
        Request(CpeRequest::Kicked {
            command: "go".to_owned(),
            referer: "r".to_owned(),
            arg: "a=1&b=2".to_owned(),
            next: "http://portal.example/".to_owned(),
        }),
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
        Request(AcsRequest::ScheduleInform { delay_seconds: 60, command_key: "key-1".to_owned() }),
        Request(AcsRequest::Download(Download {
            command_key: "key-2".to_owned(),
            file_type: "1 Firmware Upgrade Image".to_owned(),
            url: "https://acs.example/f/1?a=1&b=2".to_owned(),
            username: "u".to_owned(),
            password: "p<".to_owned(),
            file_size: 4_194_304,
            target_file_name: "fw.bin".to_owned(),
            delay_seconds: 5,
            success_url: "http://acs.example/ok".to_owned(),
            failure_url: "http://acs.example/no".to_owned(),
        })),
        Request(AcsRequest::Download(Download::default())),
        Request(AcsRequest::Upload(Upload {
            command_key: "key-3".to_owned(),
            file_type: "4 Vendor Log File 1".to_owned(),
            url: "https://acs.example/u/1".to_owned(),
            username: "u".to_owned(),
            password: "p".to_owned(),
            delay_seconds: 0,
        })),
        Request(AcsRequest::ScheduleDownload(ScheduleDownload {
            command_key: "key-4".to_owned(),
            file_type: "1 Firmware Upgrade Image".to_owned(),
            url: "https://acs.example/f/1".to_owned(),
            windows: vec![
                TimeWindow {
                    start: 0,
                    end: 3600,
                    mode: "3 When Idle".to_owned(),
                    user_message: String::new(),
                    max_retries: -1,
                },
                TimeWindow {
                    start: 86_400,
                    end: 90_000,
                    mode: "1 At Any Time".to_owned(),
                    user_message: "Update".to_owned(),
                    max_retries: 3,
                },
            ],
            ..ScheduleDownload::default()
        })),
        Request(AcsRequest::CancelTransfer { command_key: "key-4".to_owned() }),
        Request(AcsRequest::GetQueuedTransfers),
        Request(AcsRequest::GetAllQueuedTransfers),
        Request(AcsRequest::ChangeDuState {
            operations: vec![
                DuOperation::Install {
                    url: "https://acs.example/m.ipk".to_owned(),
                    uuid: UUID.to_owned(),
                    username: "u".to_owned(),
                    password: "p".to_owned(),
                    execution_env_ref: "Device.SoftwareModules.ExecEnv.1".to_owned(),
                },
                DuOperation::Install {
                    url: String::new(),
                    uuid: String::new(),
                    username: String::new(),
                    password: String::new(),
                    execution_env_ref: String::new(),
                },
                DuOperation::Update {
                    uuid: UUID.to_owned(),
                    version: "1.0".to_owned(),
                    url: "https://acs.example/m2.ipk".to_owned(),
                    username: String::new(),
                    password: String::new(),
                },
                DuOperation::Uninstall {
                    uuid: UUID.to_owned(),
                    version: String::new(),
                    execution_env_ref: String::new(),
                },
            ],
            command_key: "key-5".to_owned(),
        }),
        Request(AcsRequest::SetVouchers { vouchers: strings(&["QUJD", "REVG"]) }),
        Request(AcsRequest::GetOptions { name: String::new() }),
        Request(AcsRequest::Vendor {
            method: "X_00D09E_Tilt".to_owned(),
            body: "<Angle>5</Angle><!-- left out --><Note><![CDATA[a < b]]></Note>".to_owned(),
        }),
        Request(AcsRequest::Vendor { method: "X_00D09E_Nod".to_owned(), body: String::new() }),
        Request(AcsRequest::Unknown { method: "Frobnicate".to_owned() }),
        Response(AcsResponse::AutonomousTransferComplete),
        Response(AcsResponse::DuStateChangeComplete),
        Response(AcsResponse::AutonomousDuStateChangeComplete),
        Response(AcsResponse::RequestDownload),
        Response(AcsResponse::Kicked { next_url: "http://portal.example/next?a=1&b=2".to_owned() }),
        AcsMessage::Fault(Fault::standard(8003)),
        AcsMessage::Fault(Fault::standard(8005)),
    ]
}
