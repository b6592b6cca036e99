use super::{Desk, agent};
use crate::{AcsError, Actor};
use model::event::EventKind;
use model::network::access::switches;
use model::task::{TaskKind, TaskState};
use model::{Permission, Role};

const TREE: &str = "Device.UserInterface.RemoteAccess.Enable* = false
    Device.UserInterface.RemoteAccess.Port* = 8443";

#[tokio::test]
async fn an_access_and_its_end_are_durable_together() {
    let desk = Desk::new().await;
    let id = desk.device("A", TREE).await;
    let ana = agent(Role::Helpdesk);
    let opened = desk.acs.open_access(&ana, id, 30).await.unwrap();
    assert_eq!(opened.password, None, "the router lets none be set");
    let tasks = desk.acs.tasks(&ana, id, None, crate::PAGE).await.unwrap().items;
    let titles: Vec<_> = tasks.iter().map(|task| task.kind.title()).collect();
    assert_eq!(titles, ["Open its pages to the internet", "Close its pages to the internet"]);
    assert_eq!(desk.events(id).await[0], (EventKind::AccessOpened { minutes: 30 }, Some("Ana".into())));
    // The server is started again: the end is where it was.
    let again = desk.restarted().await;
    let closing = again.network(&ana, id).await.unwrap().remote.unwrap().closing.unwrap();
    assert_eq!((closing.at, closing.by.as_str()), (Some(opened.until), "Ana"));
    let second = again.open_access(&ana, id, 15).await.unwrap_err();
    assert!(second.to_string().contains("already"), "{second}");
}

#[tokio::test]
async fn the_end_is_not_taken_away_but_by_closing() {
    let desk = Desk::new().await;
    let id = desk.device("A", TREE).await;
    let ana = agent(Role::Helpdesk);
    desk.acs.open_access(&ana, id, 15).await.unwrap();
    let tasks = desk.acs.tasks(&ana, id, None, crate::PAGE).await.unwrap().items;
    let (opens, closes) = (tasks[0].id, tasks[1].id);
    let refused = desk.acs.cancel_task(&ana, closes).await.unwrap_err();
    assert!(refused.to_string().contains("It stays"), "{refused}");
    let due = desk.acs.close_access(&ana, id).await.unwrap();
    assert_eq!(due.id, closes);
    let tasks = desk.acs.tasks(&ana, id, None, crate::PAGE).await.unwrap().items;
    assert_eq!((tasks[0].id, tasks[0].state), (opens, TaskState::Cancelled), "it is not opened any more");
    let closing = desk.acs.network(&ana, id).await.unwrap().remote.unwrap().closing.unwrap();
    assert_eq!(closing.at, None);
    assert!(desk.events(id).await.iter().any(|(kind, _)| *kind == EventKind::AccessClosed));
}

#[tokio::test]
async fn an_opening_that_is_taken_back_takes_its_end_along() {
    let desk = Desk::new().await;
    let id = desk.device("A", TREE).await;
    let ana = agent(Role::Helpdesk);
    desk.acs.open_access(&ana, id, 15).await.unwrap();
    let opens = desk.acs.tasks(&ana, id, None, crate::PAGE).await.unwrap().items[0].id;
    desk.acs.cancel_task(&ana, opens).await.unwrap();
    assert_eq!(desk.store.open_tasks(id).await.unwrap(), []);
}

#[tokio::test]
async fn a_password_of_the_access_is_told_once() {
    let desk = Desk::new().await;
    let lines = format!("{TREE}\nDevice.UserInterface.RemoteAccess.Password* = ");
    let id = desk.device("A", &lines).await;
    let opened = desk.acs.open_access(&Actor::System, id, 60).await.unwrap();
    let password = opened.password.unwrap();
    let tasks = desk.acs.tasks(&Actor::System, id, None, crate::PAGE).await.unwrap().items;
    assert!(!serde_json::to_string(&tasks).unwrap().contains(&password));
    let open = desk.store.open_tasks(id).await.unwrap();
    let TaskKind::SetValues { values } = &open.iter().find(|task| switches(&task.kind) == Some(true)).unwrap().kind
    else {
        panic!()
    };
    assert_eq!((values[0].value.as_str(), values[1].value.as_str()), (password.as_str(), "true"));
}

#[tokio::test]
async fn who_may_not_change_a_router_opens_nothing() {
    let desk = Desk::new().await;
    let id = desk.device("A", TREE).await;
    let reader = agent(Role::ReadOnly);
    let denied = |answer: AcsError| matches!(answer, AcsError::Denied(Permission::DeviceWrite));
    assert!(denied(desk.acs.open_access(&reader, id, 15).await.unwrap_err()));
    assert!(denied(desk.acs.close_access(&reader, id).await.unwrap_err()));
    for minutes in [0, 14, 1440] {
        assert!(matches!(desk.acs.open_access(&Actor::System, id, minutes).await, Err(AcsError::Invalid(_))));
    }
    let fixed = desk.device("B", "Device.UserInterface.RemoteAccess.Enable = false").await;
    assert!(matches!(desk.acs.open_access(&Actor::System, fixed, 15).await, Err(AcsError::Invalid(_))));
    assert_eq!(desk.store.open_tasks(id).await.unwrap(), []);
}
