use super::{Desk, agent};
use crate::{AcsError, Actor};
use model::event::EventKind;
use model::timeline::TimelineFilter;
use model::tree::TreeQuery;
use model::{Permission, Role};

const KEY: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";
const CANARY: &str = "quiet-otter-lamp";

fn tree(key: &str) -> String {
    format!(
        "Device.WiFi.Radio.1.OperatingFrequencyBand = 2.4GHz
         Device.WiFi.Radio.1.Channel* = 6
         Device.WiFi.SSID.1.LowerLayers = Device.WiFi.Radio.1.
         Device.WiFi.SSID.1.SSID* = Renner
         Device.WiFi.AccessPoint.1.SSIDReference = Device.WiFi.SSID.1.
         Device.WiFi.AccessPoint.1.Security.ModeEnabled* = WPA2-Personal
         {KEY}* = {key}
         Device.PPP.Interface.1.Username* = renner
         Device.PPP.Interface.1.Password* = {key}"
    )
}

#[tokio::test]
async fn a_password_is_shown_for_a_reason_that_is_written_down() {
    let desk = Desk::new().await;
    let id = desk.device("A", &tree(CANARY)).await;
    let ana = agent(Role::Helpdesk);
    let shown = desk.acs.reveal_password(&ana, id, KEY, " caller lost the card ").await.unwrap();
    assert_eq!(shown.value, CANARY);
    let event = EventKind::Revealed { what: "Wi-Fi password of 2.4 GHz".into(), reason: "caller lost the card".into() };
    assert_eq!(desk.events(id).await[0], (event, Some("Ana".to_owned())));
    let login = desk.acs.reveal_password(&ana, id, "Device.PPP.Interface.1.Password", "moves house").await.unwrap();
    assert_eq!(login.value, CANARY);
    let event = EventKind::Revealed { what: "Password of the internet login".into(), reason: "moves house".into() };
    assert_eq!(desk.events(id).await[0], (event, Some("Ana".to_owned())));
    // Somebody who writes the password into the reason does not put it into the timeline.
    desk.acs.reveal_password(&ana, id, KEY, &format!("is it {CANARY}?")).await.unwrap();
    assert!(matches!(&desk.events(id).await[0].0, EventKind::Revealed { reason, .. } if reason == "is it ***?"));
}

#[tokio::test]
async fn nobody_sees_a_password_without_permission_reason_or_being_told() {
    let desk = Desk::new().await;
    let id = desk.device("A", &tree(CANARY)).await;
    for role in [Role::ReadOnly, Role::Integration] {
        let refused = desk.acs.reveal_password(&agent(role), id, KEY, "because").await;
        assert!(matches!(refused, Err(AcsError::Denied(Permission::PasswordReveal))), "{role:?}");
    }
    let ana = agent(Role::Helpdesk);
    for (path, reason) in [(KEY, "  "), ("Device.WiFi.SSID.1.SSID", "because"), ("", "because")] {
        let refused = desk.acs.reveal_password(&ana, id, path, reason).await;
        assert!(matches!(refused, Err(AcsError::Invalid(_))), "{path} {reason:?}");
    }
    assert_eq!(desk.events(id).await, []);
    for (serial, untold) in [("B", ""), ("C", "********")] {
        let silent = desk.device(serial, &tree(untold)).await;
        let refused = desk.acs.reveal_password(&ana, silent, KEY, "because").await.unwrap_err();
        assert_eq!(refused.to_string(), "The router does not tell its password.");
        assert_eq!(desk.events(silent).await, []);
        assert!(!desk.acs.wifi(&ana, silent).await.unwrap().networks[0].told);
    }
}

#[tokio::test]
async fn what_is_shown_once_is_nowhere_else() {
    let desk = Desk::new().await;
    let id = desk.device("A", &tree(CANARY)).await;
    let acs = &desk.acs;
    acs.reveal_password(&agent(Role::Helpdesk), id, KEY, "because").await.unwrap();
    let everybody = Actor::System;
    let wifi = acs.wifi(&everybody, id).await.unwrap();
    assert!(wifi.networks[0].told, "that it could be shown is known");
    assert!(acs.network(&everybody, id).await.unwrap().internet.told, "of the login, too");
    let browse = TreeQuery { search: "Passphrase".into(), ..TreeQuery::default() };
    let seen = [
        serde_json::to_string(&wifi).unwrap(),
        serde_json::to_string(&acs.network(&everybody, id).await.unwrap()).unwrap(),
        serde_json::to_string(&acs.device(&everybody, id).await.unwrap()).unwrap(),
        serde_json::to_string(&acs.tree(&everybody, id, &browse).await.unwrap()).unwrap(),
        serde_json::to_string(
            &acs.timeline(&everybody, id, &TimelineFilter::default(), None, crate::PAGE).await.unwrap(),
        )
        .unwrap(),
        serde_json::to_string(&acs.tasks(&everybody, id, None, crate::PAGE).await.unwrap()).unwrap(),
        serde_json::to_string(&acs.reset_plan(&everybody, id).await.unwrap()).unwrap(),
    ];
    for text in seen {
        assert!(!text.contains(CANARY), "{text}");
    }
}
