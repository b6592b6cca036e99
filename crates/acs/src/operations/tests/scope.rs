//! Who sees a part of the fleet: nothing else is there for them.

use super::Desk;
use crate::operations::LiveScope;
use crate::{AcsError, Actor};
use futures::StreamExt;
use model::desk::Target;
use model::device::{DeviceFilter, DeviceQuery, Enrolment};
use model::guide::GuideKind;
use model::history::Period;
use model::note::NoteScope;
use model::protocol::TraceKey;
use model::subscriber::{SubscriberChange, SubscriberQuery};
use model::task::TaskKind;
use model::timeline::TimelineFilter;
use model::tree::TreeQuery;
use model::{DeviceId, Permission, Role, Scope, SubscriberId};
use std::path::Path;

/// An administrator of the north.
fn of_the_north() -> Actor {
    let Actor::Agent(mut agent) = Actor::of_role(Role::Administrator) else { unreachable!() };
    agent.scope = Scope { regions: vec!["North".into()], ..Scope::default() };
    Actor::Agent(agent)
}

/// A line in a region, with a device.
async fn line(desk: &Desk, region: &str, serial: &str) -> (DeviceId, SubscriberId) {
    let device = desk.device(serial, "Device.WiFi.SSID.1.SSID* = home\nDevice.X.Y* = 1").await;
    let change = SubscriberChange {
        account: format!("A-{serial}"),
        name: Some(format!("Person {serial}")),
        region: Some(region.into()),
        serials: Some(vec![serial.into()]),
        ..SubscriberChange::default()
    };
    let put = desk.acs.put_subscriber(&Actor::System, change, false, false).await.unwrap();
    (device, put.subscriber.id)
}

fn is_hidden<T>(answer: crate::Result<T>) -> bool {
    matches!(answer, Err(AcsError::NotFound(_)))
}

#[tokio::test]
async fn n4_operations_on_what_is_outside_of_a_scope_find_nothing() {
    let desk = Desk::new().await;
    let (mine, _) = line(&desk, "North", "SN-N").await;
    let (theirs, person) = line(&desk, "South", "SN-S").await;
    let free = desk.device("SN-F", "Device.X.Y* = 1").await;
    let (acs, who) = (&desk.acs, of_the_north());
    let task = acs.create_task(&Actor::System, theirs, TaskKind::Reboot).await.unwrap();
    let note = acs.add_note(&Actor::System, NoteScope::Device(theirs), "theirs").await.unwrap();
    let guide = acs.begin_guide(&Actor::System, theirs, GuideKind::SlowWifi).await.unwrap();
    let snapshot = acs.escalate(&Actor::System, theirs, "trouble").await.unwrap();

    assert!(acs.device(&who, mine).await.is_ok());
    for id in [theirs, free, DeviceId(9999)] {
        let query = TreeQuery::default();
        assert!(is_hidden(acs.device(&who, id).await), "{id}");
        assert!(is_hidden(acs.tree(&who, id, &query).await));
        assert!(is_hidden(acs.history(&who, id, Period::Day).await));
        assert!(is_hidden(acs.tasks(&who, id, None, crate::PAGE).await));
        assert!(is_hidden(acs.create_task(&who, id, TaskKind::Reboot).await));
        assert!(is_hidden(acs.look(&who, id).await));
        assert!(is_hidden(acs.wifi(&who, id).await));
        assert!(is_hidden(acs.network(&who, id).await));
        assert!(is_hidden(acs.timeline(&who, id, &TimelineFilter::default(), None, crate::PAGE).await));
        assert!(is_hidden(acs.timeline_people(&who, id).await));
        assert!(is_hidden(acs.differences(&who, id, 7).await));
        assert!(is_hidden(acs.tests(&who, id).await));
        assert!(is_hidden(acs.diagnoses(&who, id, None, crate::PAGE).await));
        assert!(is_hidden(acs.protocol(&who, id).await));
        assert!(is_hidden(acs.try_again(&who, id).await));
        assert!(is_hidden(acs.reset_login(&who, id).await));
        assert!(is_hidden(acs.reset_plan(&who, id).await));
        assert!(is_hidden(acs.open_access(&who, id, 15).await));
        assert!(is_hidden(acs.close_access(&who, id).await));
        assert!(is_hidden(acs.reveal_password(&who, id, "Device.X.Password", "asked").await));
        assert!(is_hidden(acs.escalate(&who, id, "mine now").await));
        assert!(is_hidden(acs.files_for(&who, id).await));
        assert!(is_hidden(acs.compare_with_model(&who, id).await));
        assert!(is_hidden(acs.begin_guide(&who, id, GuideKind::SlowWifi).await));
        assert!(is_hidden(acs.running_guide(&who, id, GuideKind::SlowWifi).await));
        assert!(is_hidden(acs.start_trace(&who, &TraceKey::Device(id), 5).await));
        assert!(is_hidden(acs.trace_text(&who, &TraceKey::Device(id)).await));
        assert!(is_hidden(acs.notes(&who, NoteScope::Device(id), None).await));
        assert!(is_hidden(acs.add_note(&who, NoteScope::Device(id), "x").await));
        assert!(is_hidden(acs.live(&who, LiveScope::Device(id)).await.map(drop)));
        assert!(is_hidden(acs.pin(&who, Target::Device(id), true).await));
        assert!(is_hidden(acs.link_conflict(&who, id).await));
    }
    assert!(is_hidden(acs.cancel_task(&who, task.id).await));
    assert!(is_hidden(acs.guide(&who, guide.id).await));
    assert!(is_hidden(acs.snapshot(&who, snapshot.id).await));
    assert!(is_hidden(acs.close_escalation(&who, snapshot.id, "done").await));
    assert!(acs.delete_note(&who, note.id).await.is_err());
    assert!(is_hidden(acs.subscriber(&who, person).await));
    assert!(is_hidden(acs.subscriber_by_account(&who, "A-SN-S").await));
    assert!(is_hidden(acs.subscriber_events(&who, person, None).await));
    assert!(is_hidden(acs.delete_subscriber(&who, person).await));
    assert!(is_hidden(acs.devices_of(&who, person).await));
    assert!(is_hidden(acs.unlink_serial(&who, "A-SN-S", "SN-S").await));
    assert!(is_hidden(acs.compare_with_device(&who, mine, "SN-S").await));
    assert!(acs.try_aliases(&who, "SN-S", None).await.is_ok_and(|trial| trial.device == mine));
    assert!(is_hidden(acs.try_aliases(&who, &theirs.to_string(), None).await));
    assert_eq!(acs.decide_enrolment(&who, &[theirs, free], Enrolment::Refused).await.unwrap(), 0);
    assert!(matches!(acs.start_trace(&who, &TraceKey::Serial("SN-S".into()), 5).await, Err(AcsError::Denied(_))));
    // What is about everything is not for them, whatever their role.
    assert!(matches!(who.require(Permission::SettingsWrite), Err(AcsError::Denied(_))));

    let all = acs.devices(&who, &DeviceQuery::default()).await.unwrap();
    assert_eq!(all.items.iter().map(|row| row.id).collect::<Vec<_>>(), [mine]);
    assert_eq!(acs.subscribers(&who, &SubscriberQuery::default()).await.unwrap().items.len(), 1);
    assert_eq!(acs.overview(&who).await.unwrap().devices, 1);
    assert_eq!(acs.overview(&Actor::System).await.unwrap().devices, 3);
    assert!(acs.search(&who, "SN-S").await.unwrap().iter().all(|hit| hit.device != Some(theirs)));
    let every = model::bulk::BulkTarget::Matching(DeviceFilter::default());
    assert!(acs.prepare_bulk(&Actor::System, model::bulk::BulkKind::Refresh, &every).await.is_err(), "nobody's order");
}

#[tokio::test]
async fn n4_a_new_router_at_nobodys_line_can_be_put_at_ones_own() {
    let desk = Desk::new().await;
    let (mine, person) = line(&desk, "North", "SN-N").await;
    let (theirs, other) = line(&desk, "South", "SN-S").await;
    let free = desk.device("SN-F", "Device.X.Y* = 1").await;
    let (acs, who) = (&desk.acs, of_the_north());
    assert!(is_hidden(acs.link_device(&who, theirs, person, Some(other)).await));
    assert!(is_hidden(acs.link_device(&who, mine, other, Some(person)).await));
    assert!(is_hidden(acs.link_serial(&who, "A-SN-S", "SN-F", true).await));
    acs.link_device(&who, free, person, None).await.unwrap();
    assert!(acs.device(&who, free).await.is_ok(), "now it is theirs");
}

#[tokio::test]
async fn n3_a_stream_tells_of_ones_own_part_alone() {
    let desk = Desk::new().await;
    let (mine, _) = line(&desk, "North", "SN-N").await;
    let (theirs, _) = line(&desk, "South", "SN-S").await;
    let mut heard = desk.acs.live(&of_the_north(), LiveScope::Fleet).await.unwrap();
    for id in [theirs, mine, theirs] {
        desk.acs.create_task(&Actor::System, id, TaskKind::Reboot).await.unwrap();
    }
    let mut about = Vec::new();
    while let Ok(Some(message)) = tokio::time::timeout(std::time::Duration::from_millis(300), heard.next()).await {
        about.extend(message.device());
    }
    assert!(!about.is_empty() && about.iter().all(|id| *id == mine), "{about:?}");
}

/// Operations that say neither which device or subscriber they are about nor whose part of the fleet they look at, and
/// why that is right.
const ABOUT_NOTHING: [(&str, &str); 49] = [
    ("add_agent", "people"),
    ("aliases", "the product's words"),
    ("bulks", "the agent's own orders"),
    ("cancel_import", "a table by its unguessable id"),
    ("cancel_task_once", "by `task` and `cancel_task`"),
    ("change_note", "the agent's own notes"),
    ("change_view", "a view is a question"),
    ("claim_answer", "the token's own"),
    ("create_personal_token", "the agent's own"),
    ("create_token", "programs"),
    ("create_webhook", "`WebhookManage` is about everything"),
    ("data_models", "the product's words"),
    ("delete_file", "what agents uploaded, and `FileWrite`"),
    ("delete_note", "the agent's own notes"),
    ("delete_role", "roles"),
    ("delete_view", "a view is a question"),
    ("delete_webhook", "`WebhookManage` is about everything"),
    ("dismiss_bulk", "the agent's own orders"),
    ("files_of_agents", "what agents uploaded"),
    ("guess_columns", "a table"),
    ("keep_answer", "the token's own"),
    ("link_rules", "rules"),
    ("newest_event", "a number"),
    ("personal_tokens", "the agent's own"),
    ("profile", "the agent's own"),
    ("put_role", "roles"),
    ("register_device", "a device that is at nobody's line"),
    ("release_answer", "the token's own"),
    ("revoke_token", "programs"),
    ("roles", "roles"),
    ("save_view", "a view is a question"),
    ("set_profile", "the agent's own"),
    ("start_bulk", "prepared within the scope"),
    ("stop_bulk", "the agent's own orders"),
    ("suggest_password", "chance"),
    ("table", "a table by its unguessable id"),
    ("tokens", "programs"),
    ("try_webhook", "`WebhookManage` is about everything"),
    ("update_file", "what agents uploaded"),
    ("update_webhook", "`WebhookManage` is about everything"),
    ("upload_file", "what agents uploaded"),
    ("upload_table", "a table"),
    ("uploaded_since", "what the actor uploaded"),
    ("verdict_rules", "rules"),
    ("views", "a view is a question"),
    ("webhook", "`WebhookManage` is about everything"),
    ("webhook_deliveries", "`WebhookManage` is about everything"),
    ("webhooks", "`WebhookManage` is about everything"),
    ("wrong_rows", "a table by its unguessable id"),
];

/// Those that take a permission about everything, which nobody with a scope has.
const ABOUT_EVERYTHING: [&str; 2] = ["Permission::SettingsWrite", "Permission::Campaign"];

#[test]
fn n4_every_operation_looks_at_the_scope() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations");
    let (mut seen, mut excused) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Accounts of people: the agent's own, or by a permission about everything.
        let people = ["accounts.rs", "openid.rs", "passkeys.rs", "people.rs"].iter().any(|file| path.ends_with(file));
        if people || path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("\n#[cfg(test)]").next().unwrap();
        for part in text.split("\n    pub ").skip(1) {
            let body = part.split("\n    }\n").next().unwrap();
            let head = body.split('{').next().unwrap();
            if head.starts_with("(super)") || !head.contains("actor: &Actor") {
                continue;
            }
            seen += 1;
            let name = head.split("fn ").nth(1).unwrap().split(['(', '<']).next().unwrap();
            let looks = [
                "self.at(",
                "self.at_or_free(",
                "self.about(",
                "self.beside(",
                "self.may_watch(",
                "self.may_see(",
                "self.seen(",
            ]
            .into_iter()
            .chain(["actor.scope()", "self.those_of(", "self.visible_file(", "self.desk_within(", "self.snapshot("])
            .chain(["self.import_rows(", "run_import(", "may_plan(", "self.to_decide("])
            .chain(ABOUT_EVERYTHING);
            if !looks.into_iter().any(|look| body.contains(look)) {
                excused.push((name.to_owned(), path.display().to_string()));
            }
        }
    }
    assert!(seen > 90, "{seen}");
    let strange: Vec<_> =
        excused.iter().filter(|(name, _)| !ABOUT_NOTHING.iter().any(|(known, _)| known == name)).collect();
    assert!(strange.is_empty(), "these look at nobody's part of the fleet: {strange:#?}");
}
