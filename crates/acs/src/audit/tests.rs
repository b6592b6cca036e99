use super::*;
use crate::operations::tests::Desk;
use crate::{AcsError, AuditFormat};
use futures::StreamExt;
use model::audit::{AuditEntry, AuditFilter, AuditQuery};
use model::device::Enrolment;
use model::note::NoteScope;
use model::subscriber::SubscriberChange;
use model::task::{SetValue, TaskKind};
use model::{Permission, Role};

const KEY: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";
const CANARY: &str = "quiet-otter-lamp";

fn tree() -> String {
    format!(
        "Device.WiFi.Radio.1.OperatingFrequencyBand = 2.4GHz
         Device.WiFi.Radio.1.Channel* = 6
         Device.WiFi.SSID.1.LowerLayers = Device.WiFi.Radio.1.
         Device.WiFi.AccessPoint.1.SSIDReference = Device.WiFi.SSID.1.
         {KEY}* = {CANARY}"
    )
}

async fn entries(desk: &Desk) -> Vec<AuditEntry> {
    desk.acs.audit_page(&Actor::System, &AuditQuery::default()).await.unwrap().page.items
}

async fn acts(desk: &Desk) -> Vec<String> {
    entries(desk).await.into_iter().rev().map(|entry| entry.act).collect()
}

#[tokio::test]
async fn who_what_before_after_why_and_from_where() {
    let desk = Desk::new().await;
    let id = desk.device("SER1", &tree()).await;
    let ana = Actor::of_role(Role::Helpdesk);
    let from = Origin::new("192.0.2.9", "Browser 1", Origin::PORTAL);
    let work = async {
        desk.acs.reveal_password(&ana, id, KEY, &format!("{CANARY} lost")).await.unwrap();
        let values = vec![SetValue { path: KEY.into(), value: "new-otter-lamp".into(), value_type: None }];
        desk.acs.create_task(&ana, id, TaskKind::SetValues { values }).await.unwrap();
    };
    with_origin(from.clone(), Box::pin(work)).await;
    desk.acs.decide_enrolment(&Actor::System, &[id], Enrolment::Refused).await.unwrap();
    let log = entries(&desk).await;
    let [enrolment, task, reveal] = &log[..] else { panic!("{log:#?}") };
    assert_eq!((reveal.act.as_str(), reveal.reason.as_str()), ("secret.revealed", "*** lost"));
    assert_eq!(reveal.who, Who { kind: "agent".into(), id: Some(1), name: "Ana".into() });
    assert_eq!(reveal.origin, from);
    assert_eq!(reveal.target, Target::new("device", id, "SER1"));
    assert!(task.act == "task.created" && task.after.as_ref().unwrap().contains(KEY), "{task:?}");
    assert_eq!((enrolment.before.as_deref(), enrolment.after.as_deref()), (Some("approved"), Some("refused")));
    assert_eq!((enrolment.who.kind.as_str(), &enrolment.origin), ("system", &Origin::default()));
    let all = serde_json::to_string(&log).unwrap();
    assert!(!all.contains("otter-lamp"), "{all}");
    assert_eq!(desk.acs.verify_audit(&Actor::System, None).await.unwrap().fault, None);
}

#[tokio::test]
async fn what_is_refused_or_only_looked_at_is_not_written_down() {
    let desk = Desk::new().await;
    let id = desk.device("SER1", &tree()).await;
    let reader = Actor::of_role(Role::ReadOnly);
    assert!(desk.acs.reveal_password(&reader, id, KEY, "because").await.is_err());
    assert!(desk.acs.create_task(&reader, id, TaskKind::Reboot).await.is_err());
    desk.acs.device(&reader, id).await.unwrap();
    desk.acs.wifi(&reader, id).await.unwrap();
    assert!(acts(&desk).await.is_empty());
}

/// Without an entry nothing happens: nothing is shown, deleted, given, queued.
#[tokio::test]
async fn an_act_that_cannot_be_written_down_does_not_happen() {
    let desk = Desk::new().await;
    let id = desk.device("SER1", &tree()).await;
    let ana = Actor::of_role(Role::Administrator);
    let change = SubscriberChange { account: "4711".into(), name: Some("Bell".into()), ..SubscriberChange::default() };
    let who = desk.acs.put_subscriber(&ana, change, true, false).await.unwrap().subscriber.id;
    desk.break_audit().await;
    let failed = |error: AcsError| assert!(matches!(error, AcsError::Store(_)), "{error:?}");
    failed(desk.acs.reveal_password(&ana, id, KEY, "because").await.unwrap_err());
    failed(desk.acs.create_task(&ana, id, TaskKind::Reboot).await.unwrap_err());
    failed(desk.acs.delete_subscriber(&ana, who).await.unwrap_err());
    failed(
        desk.acs
            .create_token(&ana, crate::TokenWish::of_role("CRM", Role::Integration.into(), None))
            .await
            .unwrap_err(),
    );
    failed(desk.acs.add_note(&ana, NoteScope::Device(id), "x").await.unwrap_err());
    assert!(desk.acs.tasks(&ana, id, None, crate::PAGE).await.unwrap().items.is_empty());
    assert!(desk.acs.subscriber(&ana, who).await.is_ok());
    assert!(desk.events(id).await.is_empty(), "nothing was shown");
    let tokens = desk.acs.tokens(&ana).await.unwrap();
    assert!(tokens.iter().all(|token| token.revoked_at.is_some()), "{tokens:?}");
}

#[tokio::test]
async fn subscribers_have_their_before_and_after_and_repeats_are_silent() {
    let desk = Desk::new().await;
    let ana = Actor::of_role(Role::Administrator);
    let change = |plan: &str| SubscriberChange {
        account: "4711".into(),
        name: Some("Bell".into()),
        plan: Some(plan.into()),
        ..SubscriberChange::default()
    };
    for plan in ["Fibre 100", "Fibre 100", "Fibre 900"] {
        desk.acs.put_subscriber(&ana, change(plan), false, false).await.unwrap();
    }
    let id = desk.acs.subscriber_by_account(&ana, "4711").await.unwrap().id;
    desk.acs.delete_subscriber(&ana, id).await.unwrap();
    assert_eq!(acts(&desk).await, ["subscriber.created", "subscriber.changed", "subscriber.deleted"]);
    let log = entries(&desk).await;
    assert!(log[0].before.as_ref().unwrap().contains("Fibre 900"));
    let changed = &log[1];
    assert!(changed.before.as_ref().unwrap().contains("Fibre 100"), "{changed:?}");
    assert!(changed.after.as_ref().unwrap().contains("Fibre 900"), "{changed:?}");
    assert_eq!(changed.target, Target::new("subscriber", id, "4711"));
}

#[tokio::test]
async fn an_import_has_one_entry_with_counts() {
    let desk = Desk::new().await;
    let rows = async {
        for serial in ["A", "B", "C"] {
            let identity =
                model::device::Identity { oui: "00AA11".into(), serial: serial.into(), ..Default::default() };
            desk.acs.register_device(&Actor::System, &identity, None).await.unwrap();
        }
        (3, serde_json::json!({ "new": 3 }))
    };
    assert_eq!(desk.acs.as_one_import(&Actor::System, "routers.csv", Box::pin(rows)).await.unwrap(), 3);
    assert_eq!(acts(&desk).await, ["import.started", "import.ended"]);
    assert_eq!(entries(&desk).await[0].after.as_deref(), Some("{\"new\":3}"));
}

#[tokio::test]
async fn the_log_is_for_those_who_may_and_see_everything() {
    let desk = Desk::new().await;
    for role in Role::ALL.into_iter().filter(|role| !role.allows(Permission::AuditRead)) {
        let denied = desk.acs.audit_page(&Actor::of_role(role), &AuditQuery::default()).await;
        assert!(matches!(denied, Err(AcsError::Denied(Permission::AuditRead))), "{role:?}");
    }
    let mut part = Actor::of_role(Role::Administrator);
    if let Actor::Agent(agent) = &mut part {
        agent.scope.regions = vec!["north".into()];
    }
    assert!(matches!(desk.acs.audit_people(&part).await, Err(AcsError::Denied(_))));
    assert!(desk.acs.export_audit(&part, AuditFilter::default(), AuditFormat::Csv).await.is_err());
    assert!(acts(&desk).await.is_empty());
}

#[tokio::test]
async fn what_is_taken_out_is_all_of_it_and_an_entry_itself() {
    let desk = Desk::new().await;
    let id = desk.device("=SER1", &tree()).await;
    let ana = Actor::of_role(Role::Administrator);
    for number in 0..3 {
        desk.acs.add_note(&ana, NoteScope::Device(id), &format!("Note {number}")).await.unwrap();
    }
    let export = async |format| {
        let mut pieces = desk.acs.export_audit(&ana, AuditFilter::default(), format).await.unwrap();
        let mut text = Vec::new();
        while let Some(piece) = pieces.next().await {
            text.extend_from_slice(&piece.unwrap());
        }
        String::from_utf8(text).unwrap()
    };
    let lines = export(AuditFormat::JsonLines).await;
    let read: Vec<AuditEntry> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.iter().map(|entry| entry.id).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!(read[0].act, "audit.exported");
    let table = export(AuditFormat::Csv).await;
    assert_eq!(table.lines().count(), 6);
    assert!(table.starts_with("number,time,who,") && table.contains(",'=SER1,"), "{table}");
}
