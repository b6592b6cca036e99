//! What agents keep at hand.

use super::{NOW, person, register};
use crate::store_test;
use crate::{NewAgent, Store, StoreError};
use model::desk::Target;
use model::{AgentId, DeviceId, Role, Scope};

pub(super) async fn agent(store: &Store, username: &str) -> AgentId {
    let new = NewAgent {
        username: username.into(),
        name: username.into(),
        role: Role::Helpdesk.into(),
        scope: Scope::default(),
        password_hash: String::new(),
        now: NOW,
    };
    store.insert_agent(new).await.unwrap().id
}

store_test! {
    async fn what_was_opened_last_comes_first(database: Database) {
        let store = database.store();
        let (ada, bob) = (agent(&store, "ada").await, agent(&store, "bob").await);
        let mut targets = Vec::new();
        for number in 0..60 {
            let id = register(&store, &format!("S{number}")).await.id;
            targets.push(id);
            store.opened(ada, Target::Device(id), NOW.plus_seconds(number)).await.unwrap();
        }
        let maria = Target::Subscriber(person(&store, "A1", "Maria Bell", &[]).await);
        store.opened(ada, maria, NOW.plus_seconds(100)).await.unwrap();
        store.opened(ada, Target::Device(targets[55]), NOW.plus_seconds(101)).await.unwrap();
        let desk = store.desk(ada, 4).await.unwrap();
        let order: Vec<_> = desk.recent.iter().map(|item| item.target().unwrap()).collect();
        let device = |at: usize| Target::Device(targets[at]);
        assert_eq!(order, [device(55), maria, device(59), device(58)]);
        assert_eq!(desk.recent[1].title(), "Maria Bell");
        assert!(desk.pinned.is_empty());
        assert!(store.desk(ada, 1000).await.unwrap().recent.len() <= 41, "bounded");
        assert!(store.desk(bob, 10).await.unwrap().recent.is_empty(), "everyone has their own");
        // What is gone, or never was, is left out.
        store.opened(ada, Target::Device(DeviceId(999_999)), NOW.plus_seconds(200)).await.unwrap();
        assert_eq!(store.desk(ada, 1).await.unwrap().recent[0].target(), Some(device(55)));
        assert!(matches!(store.opened(AgentId(99), device(1), NOW).await, Err(StoreError::NotFound { .. })));
    }

    async fn pins_stay_until_they_are_taken_away(database: Database) {
        let store = database.store();
        let ada = agent(&store, "ada").await;
        let a = Target::Device(register(&store, "A").await.id);
        let b = Target::Device(register(&store, "B").await.id);
        store.pin(ada, a, true, NOW).await.unwrap();
        store.pin(ada, b, true, NOW.plus_seconds(1)).await.unwrap();
        for second in 0..50 {
            let id = register(&store, &format!("S{second}")).await.id;
            store.opened(ada, Target::Device(id), NOW.plus_seconds(second)).await.unwrap();
        }
        let pinned = async || -> Vec<_> {
            store.desk(ada, 3).await.unwrap().pinned.iter().map(|item| item.target().unwrap()).collect()
        };
        assert_eq!(pinned().await, [b, a]);
        store.opened(ada, a, NOW.plus_seconds(500)).await.unwrap();
        let desk = store.desk(ada, 3).await.unwrap();
        assert!(desk.recent.iter().all(|item| item.target() != Some(a)), "once on the desk");
        store.pin(ada, a, false, NOW).await.unwrap();
        assert_eq!(pinned().await, [b]);
        assert_eq!(store.desk(ada, 3).await.unwrap().recent[0].target(), Some(a));
        for number in 0..49 {
            let id = register(&store, &format!("P{number}")).await.id;
            store.pin(ada, Target::Device(id), true, NOW).await.unwrap();
        }
        assert!(matches!(store.pin(ada, a, true, NOW).await, Err(StoreError::Conflict { .. })));
    }

    async fn a_profile_is_kept(database: Database) {
        let store = database.store();
        let ada = agent(&store, "ada").await;
        assert_eq!(store.profile(ada).await.unwrap(), "");
        store.set_profile(ada, "{\"theme\":\"dark\"}").await.unwrap();
        assert_eq!(store.profile(ada).await.unwrap(), "{\"theme\":\"dark\"}");
        assert!(matches!(store.set_profile(AgentId(99), "").await, Err(StoreError::NotFound { .. })));
    }
}
