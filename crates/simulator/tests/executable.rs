//! The executable from outside: a fleet with its control server, and the table of subscribers.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::{MiniAcs, USER};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lastmile-simulator");

/// Ends the process whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not happen within ten seconds");
}

async fn call(control: &str, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
    let address = control.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

async fn ready(path: &Path) -> serde_json::Value {
    until(async || serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()).await
}

#[tokio::test]
async fn a_fleet_is_controlled_from_outside() {
    let acs = MiniAcs::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready.json");
    let arguments =
        ["run", "--devices", "3", "--seed", "9", "--spread", "0", "--speed", "100", "--control", "127.0.0.1:0"];
    let child = Command::new(PROGRAM)
        .args(arguments)
        .args(["--acs", &acs.url(), "--username", USER.0, "--password", USER.1, "--ready-file"])
        .arg(&file)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _running = Running(child);
    let ready = ready(&file).await;
    assert_eq!(ready["devices"], 3);
    let control = ready["control"].as_str().unwrap();
    until(async || (call(control, "GET", "/stats", "").await.1["contacted"] == 3).then_some(())).await;

    let (_, devices) = call(control, "GET", "/devices?limit=1", "").await;
    let serial = devices[0]["serial"].as_str().unwrap();
    assert_eq!((devices.as_array().unwrap().len(), acs.log(serial, |log| log.informs.len())), (1, 1));
    let of = |path: &str| format!("/devices/{serial}{path}");
    let (_, device) = call(control, "GET", &of(""), "").await;
    assert!(
        device["connection_request_url"].as_str().unwrap().starts_with(ready["connection_requests"].as_str().unwrap())
    );
    let name = "InternetGatewayDevice.DeviceInfo.SerialNumber";
    let (_, values) = call(control, "GET", &of(&format!("/parameters?path={name}")), "").await;
    assert_eq!(values[name], serial);

    assert_eq!(call(control, "POST", &of("/offline"), "").await.1["activity"], "off");
    assert_eq!(call(control, "POST", &of("/online"), "").await.0, 200);
    until(async || acs.log(serial, |log| (log.informs.len() == 2).then_some(()))).await;
    assert_eq!(call(control, "POST", &of("/press-wps"), "").await.0, 200);
    until(async || acs.log(serial, |log| (log.informs.len() == 3).then_some(()))).await;
    acs.log(serial, |log| assert_eq!(log.events(2)[0].0, "X 02A0E1 WPS"));
    let code = "InternetGatewayDevice.DeviceInfo.ProvisioningCode";
    let change = format!(r#"{{"path":"{code}","value":"by-hand"}}"#);
    assert_eq!(call(control, "POST", &of("/change"), &change).await.0, 200);
    until(async || acs.log(serial, |log| (log.informs.len() == 4).then_some(()))).await;
    acs.log(serial, |log| assert_eq!(log.informs[3].value(code), Some("by-hand")));

    let (_, flashes) = call(control, "GET", "/flashes", "").await;
    assert_eq!((flashes.as_object().unwrap().len(), &flashes[serial]), (3, &serde_json::json!({})));
    assert_eq!(call(control, "POST", &of("/revive"), "").await.1["activity"], "idle", "nothing to revive");

    for (method, path, body, status) in [
        ("POST", of("/faults"), r#"{"fault":"drop-after","times":1}"#, 200),
        ("DELETE", of("/faults"), "", 200),
        ("POST", of("/faults"), r#"{"fault":"nonsense"}"#, 400),
        ("POST", of("/change"), r#"{"path":"X","value":""}"#, 404),
        ("POST", of("/nonsense"), "", 404),
        ("GET", "/devices/NOBODY".to_owned(), "", 404),
        ("GET", "/nothing".to_owned(), "", 404),
    ] {
        assert_eq!(call(control, method, &path, body).await.0, status, "{method} {path} {body}");
    }
}

#[test]
fn subscribers_are_those_of_the_fleet() {
    let run = |arguments: &[&str]| Command::new(PROGRAM).args(arguments).output().unwrap();
    let output = run(&["subscribers", "--devices", "4", "--seed", "9", "--model", "norrlink-gx21"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let models = [simulator::builtin("norrlink-gx21").unwrap()];
    for (index, line) in text.lines().skip(1).enumerate() {
        let (serial, _) = simulator::identity(9, &models, u32::try_from(index).unwrap()).unwrap();
        assert!(line.ends_with(&serial), "{line}");
    }
    assert_eq!(text.lines().count(), 5);
    let listed = String::from_utf8(run(&["models"]).stdout).unwrap();
    assert_eq!(listed.lines().count(), 4);
    let wrong = run(&["subscribers", "--model", "nothing"]);
    assert!(!wrong.status.success() && String::from_utf8(wrong.stderr).unwrap().contains("kestrel-hg640"));
}

#[test]
fn the_control_server_stays_on_this_machine() {
    let output = Command::new(PROGRAM).args(["run", "--devices", "0", "--control", "0.0.0.0:0"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("loopback"));
}

#[test]
fn an_image_says_what_goes_wrong_with_it() {
    let run = |with: &[&str]| {
        let arguments = ["image", "--product-class", "HG645", "--version", "4.3.0", "--size", "100"];
        Command::new(PROGRAM).args(arguments).args(with).output().unwrap()
    };
    let output = run(&["--with", "bricks=20", "--with", "reports=4.3.0-b7"]);
    let line = "LASTMILE-SIM version=4.3.0 model=HG645 bricks=20 reports=4.3.0-b7\n";
    assert!(output.stdout.starts_with(line.as_bytes()) && output.stdout.len() == 100);
    let output = run(&["--with", "brick=20"]);
    assert!(!output.status.success() && output.stdout.is_empty());
}
