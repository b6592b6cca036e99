//! Transfers and software modules as devices report them.
#![allow(clippy::unwrap_used)]

mod wire;

use cwmp::{
    AcsMessage, AcsRequest, AutonomousDuResult, CpeMessage, CpeOption, CpeRequest, CpeResponse, DuOperation, DuResult,
    Envelope, Limits, QueuedTransfer, TransferStarted, Warning, decode_acs,
};
use wire::{decode, envelope};

fn response(text: &str) -> (CpeResponse, Vec<Warning>) {
    let read = decode(&envelope(text));
    match read.body {
        CpeMessage::Response(response) => (response, read.warnings),
        other => panic!("{other:?}"),
    }
}

fn request(text: &str) -> (CpeRequest, Vec<Warning>) {
    let read = decode(&envelope(text));
    match read.body {
        CpeMessage::Request(request) => (request, read.warnings),
        other => panic!("{other:?}"),
    }
}

fn order(text: &str) -> (AcsRequest, Vec<Warning>) {
    let Envelope { body, warnings, .. } = decode_acs(envelope(text).as_bytes(), None, &Limits::default()).unwrap();
    match body {
        AcsMessage::Request(request) => (request, warnings),
        other => panic!("{other:?}"),
    }
}

fn owned(text: &str) -> String {
    text.to_owned()
}

#[test]
fn rule_222_a_transfer_is_done_only_if_the_device_says_so() {
    let started = |inner: &str| response(&format!("<cwmp:DownloadResponse>{inner}</cwmp:DownloadResponse>"));
    let times = "<CompleteTime>2026-01-31T12:00:09Z</CompleteTime><StartTime>2026-01-31T12:00:00Z</StartTime>";
    let with = |status: u32, start: &str, complete: &str| {
        CpeResponse::Download(TransferStarted { status, start_time: owned(start), complete_time: owned(complete) })
    };
    let (start, complete) = ("2026-01-31T12:00:00Z", "2026-01-31T12:00:09Z");
    assert_eq!(started(&format!("{times}<Status> 0</Status>")), (with(0, start, complete), vec![]));
    assert_eq!(started(&format!("<Status>1</Status>{times}")), (with(1, start, complete), vec![]));
    assert_eq!(started(times), (with(1, start, complete), vec![Warning::Missing]));
    assert_eq!(started(&format!("<Status>ok</Status>{times}")), (with(1, start, complete), vec![Warning::Value]));
    assert_eq!(started("<Status>0</Status>"), (with(0, "", ""), vec![Warning::Missing]));
    let (upload, _) = response("<cwmp:UploadResponse><Status>0</Status></cwmp:UploadResponse>");
    assert_eq!(upload.method(), "Upload");
}

#[test]
fn rule_240_every_code_of_a_transfer_is_read() {
    for code in
        [0, 9001, 9002, 9010, 9011, 9012, 9014, 9015, 9016, 9017, 9018, 9019, 9020, 9033, 9799, 9800, 9899, 12345]
    {
        let (request, warnings) = request(&format!(
            "<cwmp:TransferComplete><CommandKey>k</CommandKey><FaultStruct><FaultCode>{code}</FaultCode><FaultString/></FaultStruct>\
             <StartTime>a</StartTime><CompleteTime>b</CompleteTime></cwmp:TransferComplete>"
        ));
        let CpeRequest::TransferComplete(transfer) = request else { panic!() };
        assert_eq!((transfer.fault_code, warnings), (code, vec![]));
    }
}

#[test]
fn rule_239_a_transfer_complete_without_its_parts_is_one_all_the_same() {
    let (CpeRequest::TransferComplete(transfer), warnings) = request("<cwmp:TransferComplete/>") else { panic!() };
    assert_eq!((transfer.fault_code, transfer.command_key.as_str()), (0, ""));
    assert_eq!(warnings, [Warning::Missing]);
    let (CpeRequest::TransferComplete(transfer), _) = request(
        "<cwmp:TransferComplete><FaultStruct><FaultString>a</FaultString><FaultCode>9010</FaultCode><Own><FaultCode>1</FaultCode></Own></FaultStruct>\
         <CommandKey> k </CommandKey><StartTime/><CompleteTime/></cwmp:TransferComplete>",
    ) else {
        panic!()
    };
    assert_eq!((transfer.fault_code, transfer.command_key.as_str()), (9010, " k "));
}

#[test]
fn rule_243_an_autonomous_transfer_is_read_in_any_order() {
    let (CpeRequest::AutonomousTransferComplete(transfer), warnings) = request(
        "<cwmp:AutonomousTransferComplete><FaultStruct><FaultCode>9018</FaultCode><FaultString>bad</FaultString></FaultStruct>\
         <TransferURL> http://a/b </TransferURL><AnnounceURL/><IsDownload>TRUE</IsDownload><FileSize>99999999999</FileSize>\
         <FileType>1 Firmware Upgrade Image</FileType><TargetFileName>f</TargetFileName><X/>\
         <StartTime>0001-01-01T00:00:00Z</StartTime><CompleteTime></CompleteTime></cwmp:AutonomousTransferComplete>",
    ) else {
        panic!()
    };
    assert_eq!(
        (transfer.transfer_url.as_str(), transfer.is_download, transfer.file_size),
        ("http://a/b", true, u32::MAX)
    );
    assert_eq!((transfer.fault_code, transfer.fault_string.as_str(), warnings), (9018, "bad", vec![]));
    let (request, warnings) = request("<cwmp:AutonomousTransferComplete/>");
    assert_eq!((request.method(), warnings), ("AutonomousTransferComplete", vec![Warning::Missing]));
}

#[test]
fn rule_245_246_both_lists_of_queued_transfers_are_read() {
    let list = "<TransferList SOAP-ENC:arrayType=\"cwmp:QueuedTransferStruct[9]\"><QueuedTransferStruct><State>2</State>\
                <CommandKey>k</CommandKey></QueuedTransferStruct></TransferList>";
    let (read, warnings) =
        response(&format!("<cwmp:GetQueuedTransfersResponse>{list}</cwmp:GetQueuedTransfersResponse>"));
    let short = QueuedTransfer { command_key: owned("k"), state: 2, ..QueuedTransfer::default() };
    assert_eq!((read, warnings), (CpeResponse::GetQueuedTransfers { transfers: vec![short] }, vec![]));
    let list = "<TransferList><AllQueuedTransferStruct><CommandKey/><State>1</State><IsDownload>0</IsDownload>\
                <FileType>4 Vendor Log File 1</FileType><FileSize>5</FileSize><TargetFileName>t</TargetFileName>\
                </AllQueuedTransferStruct></TransferList>";
    let (read, warnings) =
        response(&format!("<cwmp:GetAllQueuedTransfersResponse>{list}</cwmp:GetAllQueuedTransfersResponse>"));
    let long = QueuedTransfer {
        state: 1,
        is_download: Some(false),
        file_type: owned("4 Vendor Log File 1"),
        file_size: 5,
        target_file_name: owned("t"),
        ..QueuedTransfer::default()
    };
    assert_eq!((read, warnings), (CpeResponse::GetAllQueuedTransfers { transfers: vec![long] }, vec![]));
    let (read, warnings) = response("<cwmp:GetAllQueuedTransfersResponse/>");
    assert_eq!((read, warnings), (CpeResponse::GetAllQueuedTransfers { transfers: vec![] }, vec![Warning::Missing]));
}

#[test]
fn rule_247_248_a_scheduled_download_has_its_windows() {
    let (AcsRequest::ScheduleDownload(download), warnings) = order(
        "<cwmp:ScheduleDownload><CommandKey>k</CommandKey><FileType>f</FileType><URL>u</URL><Username/><Password/>\
         <FileSize>0</FileSize><TargetFileName/><TimeWindowList><TimeWindowStruct><WindowStart>1</WindowStart>\
         <WindowEnd>2</WindowEnd><WindowMode>2 Immediately</WindowMode><UserMessage/><MaxRetries> -1</MaxRetries>\
         </TimeWindowStruct></TimeWindowList></cwmp:ScheduleDownload>",
    ) else {
        panic!()
    };
    assert_eq!(warnings, []);
    let window = &download.windows[0];
    assert_eq!((window.start, window.end, window.max_retries), (1, 2, -1));
    for (text, retries) in
        [("3", 3), ("+3", 3), ("-99999999999", i32::MIN), ("99999999999", i32::MAX), ("-+3", 0), ("x", 0)]
    {
        let (AcsRequest::ScheduleDownload(download), _) = order(&format!(
            "<cwmp:ScheduleDownload><TimeWindowList><w><MaxRetries>{text}</MaxRetries></w></TimeWindowList></cwmp:ScheduleDownload>"
        )) else {
            panic!()
        };
        assert_eq!(download.windows[0].max_retries, retries, "{text}");
    }
}

#[test]
fn what_a_cpe_is_asked_for_without_its_parts_is_empty_and_marked() {
    for method in [
        "Download",
        "Upload",
        "ScheduleDownload",
        "ScheduleInform",
        "CancelTransfer",
        "ChangeDUState",
        "SetVouchers",
        "GetOptions",
    ] {
        let (request, warnings) = order(&format!("<cwmp:{method}/>"));
        assert_eq!((request.method(), warnings.as_slice()), (method, &[Warning::Missing][..]));
    }
}

#[test]
fn rule_175_a_cpe_sees_what_is_named_twice() {
    let value = "<p><Name>Device.A</Name><Value xsi:type=\"xsd:string\">1</Value></p>";
    let (AcsRequest::SetParameterValues { values, .. }, _) = order(&format!(
        "<cwmp:SetParameterValues><ParameterList>{value}{value}<p><Value>x</Value></p></ParameterList><ParameterKey/></cwmp:SetParameterValues>"
    )) else {
        panic!()
    };
    let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
    assert_eq!(names, ["Device.A", "Device.A", ""]);
}

const RESULT: &str = "<Fault><FaultCode>9022</FaultCode><FaultString>bad</FaultString></Fault><UUID>u</UUID><Version>1</Version>\
     <DeploymentUnitRef>d</DeploymentUnitRef><CurrentState>Failed</CurrentState><Resolved>0</Resolved>\
     <ExecutionUnitRefList>e</ExecutionUnitRefList><StartTime>s</StartTime><CompleteTime>c</CompleteTime>";

fn result() -> DuResult {
    DuResult {
        uuid: owned("u"),
        deployment_unit_ref: owned("d"),
        version: owned("1"),
        current_state: owned("Failed"),
        resolved: false,
        execution_unit_refs: owned("e"),
        start_time: owned("s"),
        complete_time: owned("c"),
        fault_code: 9022,
        fault_string: owned("bad"),
    }
}

#[test]
fn rule_256_results_are_read_repeated_or_as_an_array() {
    for (inside, count) in [
        (format!("<Results>{RESULT}</Results>"), 1),
        (format!("<Results>{RESULT}</Results><Results>{RESULT}</Results>"), 2),
        (
            format!(
                "<Results><OpResultStruct>{RESULT}</OpResultStruct><OpResultStruct>{RESULT}</OpResultStruct></Results>"
            ),
            2,
        ),
    ] {
        let (read, warnings) = request(&format!(
            "<cwmp:DUStateChangeComplete><CommandKey>k</CommandKey>{inside}</cwmp:DUStateChangeComplete>"
        ));
        let results = vec![result(); count];
        assert_eq!(read, CpeRequest::DuStateChangeComplete { results, command_key: owned("k") });
        assert_eq!(warnings, [], "{inside}");
    }
    let (read, warnings) = request("<cwmp:DUStateChangeComplete><Results/></cwmp:DUStateChangeComplete>");
    let empty = vec![DuResult::default()];
    assert_eq!(read, CpeRequest::DuStateChangeComplete { results: empty, command_key: String::new() });
    assert_eq!(warnings, [Warning::Missing]);
    let (read, warnings) = request("<cwmp:DUStateChangeComplete/>");
    assert_eq!(read, CpeRequest::DuStateChangeComplete { results: vec![], command_key: String::new() });
    assert_eq!(warnings, [Warning::Missing]);
}

#[test]
fn rule_257_an_autonomous_change_says_what_was_done() {
    let (read, warnings) = request(&format!(
        "<cwmp:AutonomousDUStateChangeComplete><Results>{RESULT}<OperationPerformed>Update</OperationPerformed></Results>\
         </cwmp:AutonomousDUStateChangeComplete>"
    ));
    let results = vec![AutonomousDuResult { result: result(), operation: owned("Update") }];
    assert_eq!((read, warnings), (CpeRequest::AutonomousDuStateChangeComplete { results }, vec![]));
}

#[test]
fn rule_258_every_code_of_a_module_is_read() {
    for code in [0, 9001, 9003, 9012, 9013, 9015, 9018, 9022, 9032, 9850] {
        let inside = RESULT.replace("9022", &code.to_string());
        let (CpeRequest::DuStateChangeComplete { results, .. }, _) =
            request(&format!("<cwmp:DUStateChangeComplete><Results>{inside}</Results></cwmp:DUStateChangeComplete>"))
        else {
            panic!()
        };
        assert_eq!(results[0].fault_code, code);
    }
}

#[test]
fn rule_253_an_operation_is_known_by_its_type() {
    let operations = |inner: &str| {
        let (AcsRequest::ChangeDuState { operations, command_key }, warnings) =
            order(&format!("<cwmp:ChangeDUState>{inner}<CommandKey>k</CommandKey></cwmp:ChangeDUState>"))
        else {
            panic!()
        };
        assert_eq!(command_key, "k");
        (operations, warnings)
    };
    let uninstall =
        DuOperation::Uninstall { uuid: owned("u"), version: String::new(), execution_env_ref: String::new() };
    for kind in ["cwmp:UninstallOpStruct", "UninstallOpStruct", " x:UninstallOpStruct "] {
        let text = format!("<Operations xsi:type=\"{kind}\"><UUID> u </UUID></Operations>");
        assert_eq!(operations(&text), (vec![uninstall.clone()], vec![]));
    }
    for kind in ["", " xsi:type=\"cwmp:OperationStruct\""] {
        let text = format!("<Operations{kind}><UUID>u</UUID></Operations>");
        let (found, warnings) = operations(&text);
        assert_eq!(found, []);
        assert_eq!(warnings, [Warning::Value, Warning::Missing]);
    }
}

#[test]
fn rule_260_a_download_is_requested_with_arguments() {
    let (read, warnings) = request(
        "<cwmp:RequestDownload><FileTypeArg SOAP-ENC:arrayType=\"cwmp:ArgStruct[7]\"><ArgStruct><Value> v</Value><Name>n</Name>\
         </ArgStruct></FileTypeArg><FileType>2 Web Content</FileType></cwmp:RequestDownload>",
    );
    let arguments = vec![(owned("n"), owned(" v"))];
    assert_eq!(
        (read, warnings),
        (CpeRequest::RequestDownload { file_type: owned("2 Web Content"), arguments }, vec![])
    );
    let (read, warnings) = request("<cwmp:RequestDownload><FileType>f</FileType></cwmp:RequestDownload>");
    assert_eq!(read, CpeRequest::RequestDownload { file_type: owned("f"), arguments: vec![] });
    assert_eq!(warnings, [Warning::Missing]);
}

#[test]
fn rule_261_kicked_is_read() {
    let (read, warnings) = request(
        "<cwmp:Kicked><Command>c</Command><Referer>r</Referer><Arg>a=1&amp;b</Arg><Next>n</Next></cwmp:Kicked>",
    );
    let (command, referer, arg, next) = (owned("c"), owned("r"), owned("a=1&b"), owned("n"));
    assert_eq!((read, warnings), (CpeRequest::Kicked { command, referer, arg, next }, vec![]));
}

#[test]
fn rule_262_263_what_is_deprecated_is_read() {
    assert_eq!(response("<cwmp:SetVouchersResponse/>"), (CpeResponse::SetVouchers, vec![]));
    let (AcsRequest::SetVouchers { vouchers }, _) = order(
        "<cwmp:SetVouchers><VoucherList SOAP-ENC:arrayType=\"SOAP-ENC:base64[1]\"><base64>\n QUJD \n</base64></VoucherList></cwmp:SetVouchers>",
    ) else {
        panic!()
    };
    assert_eq!(vouchers, ["QUJD"]);
    let (read, warnings) = response(
        "<cwmp:GetOptionsResponse><OptionList><OptionStruct><OptionName>o</OptionName><VoucherSN>1</VoucherSN><State>2</State>\
         <Mode>1</Mode><StartDate>s</StartDate><IsTransferable>1</IsTransferable></OptionStruct></OptionList></cwmp:GetOptionsResponse>",
    );
    let option = CpeOption {
        name: owned("o"),
        voucher_serial: 1,
        state: 2,
        mode: 1,
        start_date: owned("s"),
        expiration_date: String::new(),
        transferable: true,
    };
    assert_eq!((read, warnings), (CpeResponse::GetOptions { options: vec![option] }, vec![]));
}
