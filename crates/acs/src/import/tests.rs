//! Subscribers in the manager: who may, imports in the background, links that open pages and the cache follow.

use crate::{Acs, AcsError, AcsSettings, Actor, LinkAnswer, LiveScope, TokenWish};
use futures::StreamExt;
use model::account::AgentView;
use model::device::Identity;
use model::import::{ImportOptions, ImportState};
use model::live::LiveMessage;
use model::note::NoteScope;
use model::subscriber::{LinkRules, SubscriberChange, SubscriberField};
use model::{AgentId, Role, Scope, SubscriberId};
use std::fmt::Write as _;
use std::time::Duration;
use store::{Store, StoreSettings};
use tempfile::TempDir;

struct House {
    acs: Acs,
    _folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        Self { acs: Acs::start(store, AcsSettings::default()).await.unwrap(), _folder: folder }
    }

    async fn device(&self, serial: &str) -> model::DeviceId {
        let identity = Identity { oui: "00AA11".into(), serial: serial.into(), ..Identity::default() };
        self.acs.register_device(&Actor::System, &identity, None).await.unwrap();
        let hits = self.acs.search(&Actor::System, serial).await.unwrap();
        hits[0].device.unwrap()
    }

    async fn put(&self, account: &str, name: &str) -> SubscriberId {
        let change =
            SubscriberChange { account: account.into(), name: Some(name.into()), ..SubscriberChange::default() };
        self.acs.put_subscriber(&Actor::System, change, false, false).await.unwrap().subscriber.id
    }

    async fn import(
        &self,
        text: &str,
        options: impl FnOnce(Vec<Option<SubscriberField>>) -> ImportOptions,
    ) -> model::import::ImportProgress {
        let table = self.acs.upload_table(&Actor::System, "people.csv", text.as_bytes().to_vec()).await.unwrap();
        let mapping = table.columns.iter().map(|column| column.field).collect();
        self.acs.start_import(&Actor::System, &table.id, options(mapping)).await.unwrap();
        for _ in 0..500 {
            let now = self.acs.table(&Actor::System, &table.id).await.unwrap().progress.unwrap();
            if now.ended_at.is_some() {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the import does not end");
    }
}

fn agent(role: Role) -> Actor {
    Actor::Agent(AgentView {
        id: AgentId(role.as_str().len() as i64),
        username: "ana".into(),
        name: "Ana".into(),
        role: role.view(),
        scope: Scope::default(),
    })
}

fn all(mapping: Vec<Option<SubscriberField>>) -> ImportOptions {
    ImportOptions { mapping, dry_run: false, take_over: false }
}

#[tokio::test]
async fn n4_subscribers_are_for_those_who_may() {
    let house = House::new().await;
    let device = house.device("SER1").await;
    let id = house.put("A1", "Ada").await;
    let change = SubscriberChange { account: "A1".into(), name: Some("Eve".into()), ..SubscriberChange::default() };
    for role in [Role::Helpdesk, Role::ReadOnly] {
        let actor = agent(role);
        assert!(house.acs.subscriber(&actor, id).await.is_ok());
        let denied = house.acs.put_subscriber(&actor, change.clone(), false, false).await;
        assert!(matches!(denied, Err(AcsError::Denied(_))), "{role:?}");
        assert!(matches!(house.acs.delete_subscriber(&actor, id).await, Err(AcsError::Denied(_))));
        assert!(matches!(house.acs.upload_table(&actor, "x", b"a\n1\n".to_vec()).await, Err(AcsError::Denied(_))));
        assert!(matches!(house.acs.set_link_rules(&actor, LinkRules::default()).await, Err(AcsError::Denied(_))));
        assert!(matches!(house.acs.tokens(&actor).await, Err(AcsError::Denied(_))));
    }
    // The helpdesk links routers and writes notes; who only reads does neither.
    let reader = agent(Role::ReadOnly);
    assert!(matches!(house.acs.link_device(&reader, device, id, None).await, Err(AcsError::Denied(_))));
    assert!(matches!(house.acs.add_note(&reader, NoteScope::Subscriber(id), "x").await, Err(AcsError::Denied(_))));
    let helper = agent(Role::Helpdesk);
    assert_eq!(house.acs.link_device(&helper, device, id, None).await.unwrap(), LinkAnswer::Done);
    let note = house.acs.add_note(&helper, NoteScope::Device(device), " called \r\n").await.unwrap();
    assert_eq!((note.text.as_str(), note.subscriber, note.by.as_str()), ("called", Some(id), "Ana"));
    assert!(note.changeable_until.is_some());
    let seen = house.acs.notes(&reader, NoteScope::Subscriber(id), None).await.unwrap().items;
    assert_eq!((seen.len(), seen[0].changeable_until), (1, None), "another's note is not changed");
    assert!(matches!(house.acs.delete_note(&agent(Role::ReadOnly), note.id).await, Err(AcsError::Denied(_))));
    assert!(matches!(house.acs.delete_note(&Actor::System, note.id).await, Err(AcsError::Invalid(_))));
    assert_eq!(house.acs.change_note(&helper, note.id, "called back").await.unwrap().text, "called back");
    house.acs.delete_note(&helper, note.id).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field() {
    let house = House::new().await;
    house.put("A1", "Ada").await;
    let wrong = SubscriberChange {
        account: "A1".into(),
        name: Some(" ".into()),
        time_zone: Some("Moon/Base".into()),
        ..SubscriberChange::default()
    };
    let Err(AcsError::Fields(problems)) = house.acs.put_subscriber(&Actor::System, wrong, true, false).await else {
        panic!("a wrong subscriber was taken")
    };
    let fields: Vec<_> = problems.iter().map(|one| one.field).collect();
    assert_eq!(fields, [SubscriberField::Name, SubscriberField::TimeZone, SubscriberField::Account]);
    assert!(problems[2].problem.contains("Ada"));
}

#[tokio::test]
async fn open_pages_and_the_cache_follow_links_and_names() {
    let house = House::new().await;
    let device = house.device("SER1").await;
    let (ada, bob) = (house.put("A1", "Ada").await, house.put("A2", "Bob").await);
    let mut live = house.acs.live(&Actor::System, LiveScope::Device(device)).await.unwrap();
    // It is in memory from here on.
    let entry = house.acs.exchange().devices.get(device).await.unwrap().unwrap();
    house.acs.link_device(&agent(Role::Helpdesk), device, ada, None).await.unwrap();
    assert_eq!(entry.row().subscriber.unwrap().name, "Ada");
    let mut told = Vec::new();
    while told.len() < 2 {
        told.push(tokio::time::timeout(Duration::from_secs(5), live.next()).await.unwrap().unwrap());
    }
    assert!(
        told.iter()
            .any(|message| matches!(message, LiveMessage::Event { event } if event.by.as_deref() == Some("Ana")))
    );
    assert!(told.iter().any(|message| matches!(message, LiveMessage::Device { row } if row.subscriber.is_some())));

    let LinkAnswer::Elsewhere(other) = house.acs.link_device(&Actor::System, device, bob, None).await.unwrap() else {
        panic!("it was taken from Ada without a question")
    };
    assert_eq!(other.id, ada);
    house.put("A1", "Ada Byron").await;
    assert_eq!(entry.row().subscriber.unwrap().name, "Ada Byron");
    house.acs.link_device(&Actor::System, device, bob, Some(ada)).await.unwrap();
    assert_eq!(entry.row().subscriber.unwrap().name, "Bob");
    house.acs.delete_subscriber(&Actor::System, bob).await.unwrap();
    assert_eq!(entry.row().subscriber, None);
}

#[tokio::test]
async fn a_table_is_tried_imported_and_remembered() {
    let house = House::new().await;
    let device = house.device("SER1").await;
    let text =
        "Kundennummer;Vorname;Nachname;Stuff;Serial\nA1;Ada;Byron;4711;SER1\nA2;Bob;;4712;\nA1;Eve;;;\n;Nobody;;;\n";
    let tried = house.import(text, |mapping| ImportOptions { dry_run: true, ..all(mapping) }).await;
    assert_eq!((tried.created, tried.wrong, tried.state.clone()), (2, 2, ImportState::Done));
    assert!(house.acs.subscriber_by_account(&Actor::System, "A1").await.is_err(), "nothing was changed");

    // A column that nobody knows is said to be something, and known the next time.
    let with_user = |mut mapping: Vec<Option<SubscriberField>>| {
        mapping[3] = Some(SubscriberField::PppUser);
        all(mapping)
    };
    let done = house.import(text, with_user).await;
    assert_eq!((done.created, done.changed, done.wrong, done.linked), (2, 0, 2, 1));
    assert_eq!(done.problems.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 5]);
    let ada = house.acs.subscriber_by_account(&Actor::System, "A1").await.unwrap();
    assert_eq!((ada.name.as_str(), ada.ppp_user.as_str()), ("Ada Byron", "4711"));
    assert_eq!(house.acs.devices_of(&Actor::System, ada.id).await.unwrap()[0].id, device);
    let again = house.import(text, all).await;
    assert_eq!((again.created, again.changed, again.same), (0, 0, 2), "the mapping was remembered");

    let table = house.acs.upload_table(&Actor::System, "p.csv", text.as_bytes().to_vec()).await.unwrap();
    assert_eq!(table.columns[3].field, Some(SubscriberField::PppUser));
    let missing = house.acs.start_import(&Actor::System, &table.id, ImportOptions::default()).await;
    assert!(matches!(missing, Err(AcsError::Invalid(_))));
    let mapping = table.columns.iter().map(|column| column.field).collect();
    house.acs.start_import(&Actor::System, &table.id, all(mapping)).await.unwrap();
    for _ in 0..500 {
        if house.acs.table(&Actor::System, &table.id).await.unwrap().progress.unwrap().ended_at.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (name, wrong) = house.acs.wrong_rows(&Actor::System, &table.id).await.unwrap();
    let wrong = String::from_utf8(wrong).unwrap();
    assert_eq!(name, "p-wrong-rows.csv");
    assert!(wrong.starts_with("Kundennummer,Vorname,Nachname,Stuff,Serial,line,problem\nA1,Eve,,,,4,"), "{wrong}");
}

#[tokio::test]
async fn a_cancelled_import_keeps_what_it_did_and_says_so() {
    let house = House::new().await;
    let mut text = String::from("account,name\n");
    for number in 0..20_000 {
        writeln!(text, "{number},Person").unwrap();
    }
    let table = house.acs.upload_table(&Actor::System, "p.csv", text.into_bytes()).await.unwrap();
    let mapping = table.columns.iter().map(|column| column.field).collect();
    house.acs.start_import(&Actor::System, &table.id, all(mapping)).await.unwrap();
    house.acs.cancel_import(&Actor::System, &table.id).unwrap();
    let mut last = None;
    for _ in 0..1000 {
        last = house.acs.table(&Actor::System, &table.id).await.unwrap().progress;
        if last.as_ref().is_some_and(|progress| progress.ended_at.is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let last = last.unwrap();
    assert_eq!(last.state, ImportState::Cancelled);
    assert!(last.done < 20_000 && last.created == last.done, "{last:?}");
    let kept =
        house.acs.count_subscribers(&Actor::System, &model::subscriber::SubscriberFilter::default()).await.unwrap();
    assert_eq!(kept, model::page::Count::Exact(last.created));
}

#[tokio::test]
async fn tokens_are_shown_once_and_end() {
    let house = House::new().await;
    let made = house
        .acs
        .create_token(&Actor::System, TokenWish::of_role(" CRM  sync ", Role::Integration.into(), Some(30)))
        .await
        .unwrap();
    assert_eq!(made.token.name, "CRM sync");
    let from = [192, 0, 2, 1].into();
    let actor = house.acs.token_actor(from, &made.secret).await.unwrap();
    assert_eq!(actor.name(), "CRM sync");
    let change = SubscriberChange { account: "A1".into(), name: Some("Ada".into()), ..SubscriberChange::default() };
    let put = house.acs.put_subscriber(&actor, change, false, false).await.unwrap();
    assert!(put.created);
    let events = house.acs.subscriber_events(&actor, put.subscriber.id, None).await.unwrap().items;
    assert_eq!(events[0].by.as_deref(), Some("CRM sync"));
    assert!(matches!(
        house.acs.add_note(&actor, NoteScope::Subscriber(put.subscriber.id), "x").await,
        Err(AcsError::Denied(_))
    ));
    assert!(matches!(house.acs.tokens(&actor).await, Err(AcsError::Denied(_))));
    assert!(house.acs.tokens(&Actor::System).await.unwrap()[0].used_at.is_some());
    house.acs.revoke_token(&Actor::System, made.token.id).await.unwrap();
    assert!(matches!(house.acs.token_actor(from, &made.secret).await, Err(AcsError::SignInRefused)));
    assert!(matches!(house.acs.revoke_token(&Actor::System, made.token.id).await, Err(AcsError::NotFound(_))));
    for (name, days) in [("", Some(1)), ("x", Some(0)), ("x", Some(5000))] {
        assert!(matches!(
            house.acs.create_token(&Actor::System, TokenWish::of_role(name, Role::ReadOnly.into(), days)).await,
            Err(AcsError::Invalid(_))
        ));
    }
    let (role, scope) = (Role::Integration.into(), Scope::default());
    let person = house.acs.add_agent(&Actor::System, "crm", "CRM", "correct horse battery", role, scope).await;
    assert!(matches!(person, Err(AcsError::Invalid(_))), "that role is for programs");
}
