//! The newest tasks of the fleet.

use super::Desk;
use crate::Actor;
use model::subscriber::SubscriberChange;
use model::task::TaskKind;

#[tokio::test]
async fn recent_tasks_say_whose_they_are() {
    let desk = Desk::new().await;
    let lines = "Device.DeviceInfo.ProvisioningCode* = x";
    let (owned, stray) = (desk.device("S-OWNED", lines).await, desk.device("S-STRAY", lines).await);
    let change = SubscriberChange {
        account: "20000001".into(),
        name: Some("Maria Bell".into()),
        serials: Some(vec!["S-OWNED".into()]),
        ..SubscriberChange::default()
    };
    desk.acs.put_subscriber(&Actor::System, change, true, false).await.unwrap();
    for device in [owned, stray] {
        desk.acs.create_task(&Actor::System, device, TaskKind::Reboot).await.unwrap();
    }
    let recent = desk.acs.recent_tasks(&Actor::System, 10).await.unwrap();
    let whose: Vec<_> = recent.iter().map(|recent| (recent.task.device, recent.whose.as_str())).collect();
    assert_eq!(whose, [(stray, "S-STRAY"), (owned, "Maria Bell")]);
    assert_eq!(desk.acs.recent_tasks(&Actor::System, 1).await.unwrap().len(), 1);
}
