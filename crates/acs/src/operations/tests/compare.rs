use super::{Desk, agent};
use crate::AcsError;
use model::Role;
use model::compare::{Against, Nature};

fn tree(lease: &str, name: &str) -> String {
    format!(
        "Device.DHCPv4.Server.Pool.1.LeaseTime* = {lease}
         Device.WiFi.SSID.1.SSID* = {name}
         Device.WiFi.AccessPoint.1.Security.KeyPassphrase* = key-canary-{name}
         Device.DeviceInfo.UpTime = {lease}"
    )
}

#[tokio::test]
async fn a_router_is_held_against_its_model() {
    let desk = Desk::new().await;
    let odd = desk.device("ODD", &tree("60", "West")).await;
    for n in 0..2 {
        desk.device(&format!("P{n}"), &tree("86400", "Ost")).await;
    }
    let reader = agent(Role::ReadOnly);
    let few = desk.acs.compare_with_model(&reader, odd).await.unwrap();
    assert!(matches!(&few.against, Against::Peers { count: 2, fewest: 3, model, .. } if model == "HG645"));
    assert!(few.groups.is_empty());
    for n in 2..24 {
        desk.device(&format!("P{n}"), &tree("86400", "Ost")).await;
    }
    let found = desk.acs.compare_with_model(&reader, odd).await.unwrap();
    assert!(matches!(&found.against, Against::Peers { count: 20, .. }), "no more are looked at: {:?}", found.against);
    let rows: Vec<_> = found.groups.iter().flat_map(|group| &group.rows).collect();
    let shown: Vec<_> = rows.iter().map(|row| (row.value.as_str(), row.usual.as_str(), row.nature)).collect();
    assert_eq!(shown, [("60", "86400", None), ("West", "Ost", Some(Nature::Name))]);
    assert_eq!((rows[0].same, rows[0].of), (20, 20));
    assert!(!format!("{found:?}").contains("canary"));
}

#[tokio::test]
async fn a_router_is_held_against_another_by_serial_or_number() {
    let desk = Desk::new().await;
    let (a, b) = (desk.device("A1", &tree("60", "West")).await, desk.device("B2", &tree("3600", "West")).await);
    let reader = agent(Role::ReadOnly);
    for name in ["B2".to_owned(), format!(" {b} ")] {
        let found = desk.acs.compare_with_device(&reader, a, &name).await.unwrap();
        assert!(matches!(&found.against, Against::Device { id, serial, .. } if *id == b && serial == "B2"));
        assert_eq!((found.compared, found.groups.len()), (2, 1));
        assert_eq!(found.groups[0].rows[0].usual, "3600");
    }
    for wrong in ["A1", "C3", "99", ""] {
        let refused = desk.acs.compare_with_device(&reader, a, wrong).await.unwrap_err();
        assert!(matches!(refused, AcsError::Invalid(_)), "{wrong}: {refused:?}");
    }
}
