//! Accounts of people: links, second factors, passkeys, sessions, the last administrator.

use super::NOW;
use crate::store_test;
use crate::{
    IdentityRecord, LinkRecord, NewAgent, NewPasskey, SessionOwner, Store, StoreError, TotpRecord, WebSessionRow,
};
use model::person::{LinkKind, PersonState};
use model::{AgentId, Role, RoleKey, Scope, Timestamp};

pub(super) async fn person(store: &Store, username: &str, role: Role, password_hash: &str) -> AgentId {
    let new = NewAgent {
        username: username.into(),
        name: username.into(),
        role: role.into(),
        scope: Scope::default(),
        password_hash: password_hash.into(),
        now: NOW,
    };
    store.insert_agent(new).await.unwrap().id
}

async fn session(store: &Store, id: &str, agent: Option<AgentId>) {
    assert!(store.web_session_create(row(id, agent)).await.unwrap());
}

fn row(id: &str, agent: Option<AgentId>) -> WebSessionRow<'_> {
    let owner = agent.map(|agent| SessionOwner {
        agent,
        since: NOW,
        seen_at: NOW.plus_seconds(id.len() as i64),
        address: "192.0.2.7".into(),
        browser: "Firefox on Linux".into(),
    });
    WebSessionRow { id, data: b"\x00\xff", expires_at: NOW.plus_seconds(60), owner }
}

async fn ids(store: &Store, agent: AgentId) -> Vec<String> {
    store.web_sessions_of(agent, NOW).await.unwrap().into_iter().map(|(id, _)| id).collect()
}

fn last_administrator(error: &StoreError) -> bool {
    matches!(error, StoreError::Conflict { what: "last administrator" })
}

store_test! {
    async fn n1_sessions_end_and_do_not_come_back(database: Database) {
        let store = database.store();
        let maria = person(&store, "maria", Role::Helpdesk, "$hash").await;
        let olu = person(&store, "olu", Role::Helpdesk, "$hash").await;
        session(&store, "a", Some(maria)).await;
        session(&store, "bb", Some(maria)).await;
        session(&store, "c", Some(olu)).await;
        session(&store, "d", None).await;
        assert!(!store.web_session_create(row("a", None)).await.unwrap(), "the id is taken");
        assert_eq!(store.web_session_load("a", NOW).await.unwrap().unwrap(), b"\x00\xff");
        assert_eq!(ids(&store, maria).await, ["bb", "a"], "the one seen last first");
        assert!(!store.end_web_session(olu, "a").await.unwrap(), "not theirs");
        assert!(store.end_web_session(maria, "a").await.unwrap());
        assert!(!store.web_session_save(row("a", Some(maria))).await.unwrap(), "a request that was under way");
        assert_eq!(store.web_session_load("a", NOW).await.unwrap(), None);
        session(&store, "e", Some(maria)).await;
        assert_eq!(store.end_web_sessions(maria, Some("e")).await.unwrap(), 1);
        assert_eq!((ids(&store, maria).await, ids(&store, olu).await), (vec!["e".to_owned()], vec!["c".to_owned()]));
        let later = NOW.plus_seconds(60);
        assert_eq!(store.web_session_load("c", later).await.unwrap(), None, "expired");
        assert_eq!(store.web_sessions_of(olu, later).await.unwrap(), []);
        assert_eq!(store.web_sessions_expire(later).await.unwrap(), 3);
    }

    async fn the_last_administrator_stays(database: Database) {
        let store = database.store();
        let first = person(&store, "first", Role::Administrator, "$hash").await;
        person(&store, "invited", Role::Administrator, "").await;
        let everything = Scope::default();
        let part = Scope { regions: vec!["North".into()], ..Scope::default() };
        let (boss, desk) = (RoleKey::from(Role::Administrator), RoleKey::from(Role::Helpdesk));
        assert!(last_administrator(&store.set_disabled(first, true).await.unwrap_err()));
        assert!(last_administrator(&store.set_person(first, "First", desk, &everything).await.unwrap_err()));
        assert!(last_administrator(&store.set_person(first, "First", boss, &part).await.unwrap_err()));
        store.set_person(first, "First", boss, &everything).await.unwrap();
        let error = store.set_disabled(AgentId(99), true).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { what: "agent" }), "{error}");

        // Two that disable each other at once: one of them stays.
        let second = person(&store, "second", Role::Administrator, "$hash").await;
        let other = database.open_again().await;
        let (one, two) = tokio::join!(store.set_disabled(first, true), other.set_disabled(second, true));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        other.close().await;
    }

    async fn links_are_good_once_and_for_a_time(database: Database) {
        let store = database.store();
        let olu = person(&store, "olu", Role::Helpdesk, "").await;
        let link = LinkRecord { agent: olu, kind: LinkKind::Invitation, expires_at: NOW.plus_seconds(60) };
        store.insert_link("first", &link, "Maria", NOW).await.unwrap();
        store.insert_link("hash", &link, "Maria", NOW).await.unwrap();
        assert_eq!(store.link("first", NOW).await.unwrap(), None, "a new one replaces it");
        assert_eq!(store.link("hash", NOW).await.unwrap(), Some(link.clone()));
        assert_eq!(store.link("hash", link.expires_at).await.unwrap(), None);
        assert!(!store.use_link("hash", &link, "$h", None, link.expires_at).await.unwrap(), "too late");
        let one = &store.people(NOW).await.unwrap()[0];
        assert_eq!((one.state, one.link_until), (PersonState::Invited, Some(link.expires_at)));

        session(&store, "a", Some(olu)).await;
        let uses = (0..4).map(|number| {
            let (store, link) = (store.clone(), link.clone());
            tokio::spawn(async move {
                store.use_link("hash", &link, &format!("${number}"), Some("Olu Adeyemi"), NOW).await.unwrap()
            })
        });
        let mut won = 0;
        for one in uses.collect::<Vec<_>>() {
            won += u32::from(one.await.unwrap());
        }
        assert_eq!(won, 1);
        assert_eq!(ids(&store, olu).await, [""; 0]);
        let one = store.person(olu, NOW).await.unwrap().unwrap();
        assert_eq!((one.state, one.name.as_str(), one.link_until), (PersonState::Active, "Olu Adeyemi", None));
        assert!(!store.delete_invited(olu).await.unwrap());

        let ana = person(&store, "ana", Role::Helpdesk, "").await;
        store.insert_link("ana", &LinkRecord { agent: ana, ..link.clone() }, "Maria", NOW).await.unwrap();
        store.set_disabled(ana, true).await.unwrap();
        assert_eq!(store.link("ana", NOW).await.unwrap(), None, "a disabled person's link is gone");
        assert!(store.delete_invited(ana).await.unwrap());
        assert_eq!(store.person(ana, NOW).await.unwrap(), None);
    }

    async fn n1_a_new_password_ends_sessions_and_links(database: Database) {
        let store = database.store();
        let maria = person(&store, "maria", Role::Helpdesk, "$old").await;
        session(&store, "mine", Some(maria)).await;
        session(&store, "theirs", Some(maria)).await;
        let link = LinkRecord { agent: maria, kind: LinkKind::Password, expires_at: NOW.plus_seconds(60) };
        store.insert_link("link", &link, "Ana", NOW).await.unwrap();
        assert!(!store.change_password(maria, Some("$other"), "$new", Some("mine")).await.unwrap());
        assert_eq!(ids(&store, maria).await.len(), 2, "nothing was changed");
        assert!(store.change_password(maria, Some("$old"), "$new", Some("mine")).await.unwrap());
        assert_eq!(ids(&store, maria).await, ["mine"]);
        assert_eq!(store.link("link", NOW).await.unwrap(), None);
        assert!(!store.upgrade_password_hash(maria, "$old", "$upgraded").await.unwrap());
        assert!(store.upgrade_password_hash(maria, "$new", "$upgraded").await.unwrap());
        assert!(store.change_password(maria, None, "$set", None).await.unwrap());
        assert_eq!(ids(&store, maria).await, [""; 0]);
        assert_eq!(store.agent(maria).await.unwrap().unwrap().password_hash, "$set");
    }

    async fn n2_a_code_is_taken_once(database: Database) {
        let store = database.store();
        let maria = person(&store, "maria", Role::Helpdesk, "$hash").await;
        assert_eq!(store.totp(maria).await.unwrap(), None);
        let totp = TotpRecord { secret: "SECRET".into(), step: 7, since: NOW };
        let codes = ["a", "b"].map(str::to_owned);
        store.put_totp(maria, &totp, &codes).await.unwrap();
        assert_eq!(store.totp(maria).await.unwrap(), Some(totp.clone()));
        assert!(!format!("{totp:?}").contains("SECRET"));
        let takes = (0..4).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.take_totp_step(maria, 8).await.unwrap() })
        });
        let mut taken = 0;
        for one in takes.collect::<Vec<_>>() {
            taken += u32::from(one.await.unwrap());
        }
        assert_eq!(taken, 1, "the same code at once");
        assert!(!store.take_totp_step(maria, 7).await.unwrap(), "an older one");
        assert!(store.use_code(maria, "a").await.unwrap());
        assert!(!store.use_code(maria, "a").await.unwrap());
        assert_eq!(store.codes_left(maria).await.unwrap(), 1);
        store.replace_codes(maria, &["c", "d", "e"].map(str::to_owned)).await.unwrap();
        assert!(!store.use_code(maria, "b").await.unwrap());
        assert_eq!(store.codes_left(maria).await.unwrap(), 3);
        assert!(store.remove_totp(maria).await.unwrap());
        assert_eq!((store.totp(maria).await.unwrap(), store.codes_left(maria).await.unwrap()), (None, 0));
    }

    async fn passkeys_count_forward(database: Database) {
        let store = database.store();
        let maria = person(&store, "maria", Role::Helpdesk, "").await;
        let olu = person(&store, "olu", Role::Helpdesk, "").await;
        let new = |credential: &str, counter| NewPasskey {
            agent: maria,
            credential: credential.into(),
            algorithm: -7,
            public_key: vec![4, 0, 255],
            counter,
            name: "Laptop".into(),
            now: NOW,
        };
        let counting = store.insert_passkey(new("one", 5)).await.unwrap();
        let silent = store.insert_passkey(new("two", 0)).await.unwrap();
        let error = store.insert_passkey(NewPasskey { agent: olu, ..new("one", 0) }).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { what: "passkey" }), "{error}");
        assert!(!store.passkey_used(counting.id, 5, NOW).await.unwrap(), "a copy");
        assert!(store.passkey_used(counting.id, 6, NOW).await.unwrap());
        assert!(!store.passkey_used(counting.id, 0, NOW).await.unwrap(), "one that counted goes on counting");
        assert!(store.passkey_used(silent.id, 0, NOW).await.unwrap());
        assert!(store.rename_passkey(maria, silent.id, "Phone").await.unwrap());
        assert!(!store.rename_passkey(olu, silent.id, "Mine").await.unwrap());
        let names: Vec<_> = store.passkeys(maria).await.unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["Laptop", "Phone"]);
        let one = store.passkey("two").await.unwrap().unwrap();
        assert_eq!((one.public_key, one.used_at), (vec![4, 0, 255], Some(NOW)));
        assert_eq!(store.person(maria, NOW).await.unwrap().unwrap().state, PersonState::Active, "needs no password");
        assert!(!store.delete_passkey(olu, counting.id).await.unwrap());
        assert!(store.delete_passkey(maria, counting.id).await.unwrap());
        store.remove_factors(maria).await.unwrap();
        assert_eq!(store.passkeys(maria).await.unwrap(), []);
    }

    async fn identities_are_one_persons(database: Database) {
        let store = database.store();
        let maria = person(&store, "maria", Role::Helpdesk, "").await;
        let olu = person(&store, "olu", Role::Helpdesk, "").await;
        let [issuer, subject, label] = ["https://id.example", "4711", "maria@example"].map(str::to_owned);
        let identity = IdentityRecord { issuer, subject, label };
        store.link_identity(maria, &identity, NOW).await.unwrap();
        assert_eq!(store.identity_of(maria).await.unwrap(), Some(identity.clone()));
        assert_eq!(store.identity_of(olu).await.unwrap(), None);
        let error = store.link_identity(olu, &identity, NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { what: "identity" }), "{error}");
        assert_eq!(store.agent_by_identity("https://id.example", "4711").await.unwrap(), Some(maria));
        assert_eq!(store.agent_by_identity("https://other.example", "4711").await.unwrap(), None);
        let one = store.person(maria, NOW).await.unwrap().unwrap();
        assert_eq!((one.state, one.single_sign_on.as_deref()), (PersonState::Active, Some("maria@example")));
        store.signed_in(maria, Timestamp(5)).await.unwrap();
        assert_eq!(store.person(maria, NOW).await.unwrap().unwrap().signed_in_at, Some(Timestamp(5)));
        assert_eq!(store.unlink_identities(maria).await.unwrap(), 1);
    }
}
