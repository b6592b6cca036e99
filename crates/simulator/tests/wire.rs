//! What devices do to HTTP and XML: each way still makes a session that an ACS can read.
#![allow(clippy::unwrap_used)]

mod support;

use cwmp::{AcsRequest, CpeMessage};
use simulator::{Fault, Fleet, FleetSettings, Injected, Pace, builtin};
use std::time::Duration;
use support::{MiniAcs, USER};

/// A session in which the ACS asks two things, with a fault; what the ACS saw.
async fn play(fault: Fault, look: impl FnOnce(&MiniAcs, &str)) {
    let acs = MiniAcs::start().await;
    let name = format!("{fault:?}");
    let settings = FleetSettings {
        acs: acs.url(),
        models: vec![builtin("kestrel-hg645").unwrap()],
        username: USER.0.to_owned(),
        password: USER.1.to_owned(),
        pace: Pace { speed: 100.0, ..Pace::default() },
        spread: Duration::from_millis(50),
        faults: vec![Injected::always(fault)],
        ..FleetSettings::default()
    };
    let (serial, _) = simulator::identity(1, &settings.models, 0).unwrap();
    acs.queue(
        &serial,
        [AcsRequest::GetRpcMethods, AcsRequest::GetParameterValues { names: vec!["Device.No".to_owned()] }],
    );
    let fleet = Fleet::start(settings).await.unwrap();
    assert!(fleet.wait_until(Duration::from_secs(10), |fleet| fleet.stats().sessions == 1).await, "{name}");
    acs.log(&serial, |log| {
        assert_eq!(log.answers.len(), 2, "{name}");
        assert!(matches!(&log.answers[1], CpeMessage::Fault(fault) if fault.code == 9005), "{name}");
        assert_eq!(log.informs[0].identity.oui, "02A0E1", "{name}");
        assert!(log.informs[0].has(&cwmp::EventCode::Bootstrap), "{name}");
    });
    look(&acs, &serial);
}

#[tokio::test]
async fn odd_devices_still_make_sessions() {
    for fault in [
        Fault::ReconnectEachRequest,
        Fault::CookieAttributes,
        Fault::DigestCounterStuck,
        Fault::DigestWithoutQop,
        Fault::Latin1,
        Fault::LowerCaseOui,
        Fault::OddEventCodes,
        Fault::OddFaults,
        Fault::Slow { millis: 20 },
    ] {
        play(fault, |_, _| {}).await;
    }
    play(Fault::Chunked, |acs, _| {
        let headers = acs.with(|shared| shared.last_headers.clone());
        assert_eq!(headers.get("transfer-encoding").unwrap(), "chunked");
    })
    .await;
    play(Fault::Gzip, |acs, _| {
        let headers = acs.with(|shared| shared.last_headers.clone());
        assert_eq!(headers.get("content-encoding").unwrap(), "gzip");
    })
    .await;
    play(Fault::HtmlContentType, |acs, _| {
        let headers = acs.with(|shared| shared.last_headers.clone());
        assert_eq!(headers.get("content-type").unwrap(), "text/html");
    })
    .await;
    play(Fault::LocalTime, |acs, serial| {
        acs.log(serial, |log| assert!(log.informs[0].current_time.starts_with("1970")));
    })
    .await;
    play(Fault::NullParameterKey, |acs, serial| {
        acs.log(serial, |log| assert_eq!(log.informs[0].value("ManagementServer.ParameterKey"), Some("(null)")));
    })
    .await;
    play(Fault::InformTwice, |acs, serial| acs.log(serial, |log| assert_eq!(log.informs.len(), 2))).await;
}
