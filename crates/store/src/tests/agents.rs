//! Agents, settings, profiles.

use super::NOW;
use crate::store_test;
use crate::{ModelProfile, NewAgent, StoreError};
use model::{AgentId, Permission, Permissions, Role, RoleKey, Scope};

fn agent(username: &str) -> NewAgent {
    NewAgent {
        username: username.into(),
        name: "Maria Bell".into(),
        role: Role::Helpdesk.into(),
        scope: Scope::default(),
        password_hash: "$argon2id$hunter22".into(),
        now: NOW,
    }
}

store_test! {
    async fn usernames_are_unique_whatever_their_case(database: Database) {
        let store = database.store();
        assert!(!store.any_agent().await.unwrap());
        let maria = store.insert_agent(agent("Maria")).await.unwrap();
        assert!(store.any_agent().await.unwrap());
        assert_eq!((maria.username.as_str(), &maria.role, maria.disabled), ("Maria", &Role::Helpdesk.view(), false));
        let error = store.insert_agent(agent("mARIA")).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { what: "username" }), "{error}");
        assert_eq!(store.agent_by_username("MARIA").await.unwrap().unwrap(), maria);
        assert_eq!(store.agent_by_username("mari").await.unwrap(), None);
        assert_eq!(store.agent(maria.id).await.unwrap().unwrap(), maria);
        assert_eq!(store.agent(AgentId(99)).await.unwrap(), None);
        let printed = format!("{:?} {:?}", maria, agent("x"));
        assert!(!printed.contains("argon2"), "{printed}");
    }

    async fn an_own_role_allows_what_it_does_now(database: Database) {
        let store = database.store();
        let read = Permissions::NONE.with(Permission::DeviceRead);
        let field = store.insert_role("Field engineers", read, "Maria", NOW).await.unwrap();
        assert!(matches!(store.insert_role("field ENGINEERS", read, "x", NOW).await, Err(StoreError::Conflict { .. })));
        let RoleKey::Own(id) = field.key else { panic!("{field:?}") };
        let scope = Scope { partners: vec!["Acme".into()], ..Scope::default() };
        let new = NewAgent { role: field.key, scope: scope.clone(), ..agent("fred") };
        let fred = store.insert_agent(new).await.unwrap();
        assert_eq!((&fred.role, &fred.scope), (&field, &scope));
        store.update_role(id, "Engineers", read.with(Permission::DeviceReboot)).await.unwrap();
        let now = store.agent(fred.id).await.unwrap().unwrap().role;
        assert!(now.name == "Engineers" && now.allows(Permission::DeviceReboot));
        assert_eq!(store.agents_by_role().await.unwrap(), [(field.key, 1)]);
        assert!(!store.delete_role(id).await.unwrap(), "somebody has it");
        let unused = store.insert_role("Unused", read, "x", NOW).await.unwrap();
        assert_eq!(store.own_roles().await.unwrap().len(), 2);
        let RoleKey::Own(unused) = unused.key else { panic!() };
        assert!(store.delete_role(unused).await.unwrap());
        assert!(matches!(store.update_role(unused, "X", read).await, Err(StoreError::NotFound { .. })));
        assert_eq!(store.role(RoleKey::Own(unused)).await.unwrap().permissions, Permissions::NONE);
    }

    async fn only_one_can_be_the_first(database: Database) {
        let store = database.store();
        let other = database.open_again().await;
        let tries: Vec<_> = (0..10)
            .map(|number| {
                let store = if number % 2 == 0 { store.clone() } else { other.clone() };
                tokio::spawn(async move { store.insert_first_agent(agent(&format!("first{number}"))).await.unwrap() })
            })
            .collect();
        let mut won = Vec::new();
        for attempt in tries {
            won.extend(attempt.await.unwrap());
        }
        assert_eq!(won.len(), 1);
        assert_eq!(store.insert_first_agent(agent("late")).await.unwrap(), None);
        assert_eq!(store.agent_by_username("late").await.unwrap(), None);
        assert_eq!(store.agent_by_username(&won[0].username).await.unwrap().unwrap(), won[0]);
        other.close().await;
    }

    async fn settings_and_profiles_are_replaced(database: Database) {
        let store = database.store();
        assert_eq!(store.setting("key").await.unwrap(), None);
        store.set_setting("key", "1").await.unwrap();
        store.set_setting("key", "2").await.unwrap();
        assert_eq!(store.setting("key").await.unwrap().as_deref(), Some("2"));
        store.set_setting("alias/b.c", "B").await.unwrap();
        store.set_setting("alias/a.c", "A").await.unwrap();
        let below = store.settings_below("alias/").await.unwrap();
        assert_eq!(below, [("alias/a.c".to_owned(), "A".to_owned()), ("alias/b.c".to_owned(), "B".to_owned())]);
        assert!(store.remove_setting("alias/b.c").await.unwrap());
        assert!(!store.remove_setting("alias/b.c").await.unwrap());
        assert_eq!(store.settings_below("alias/").await.unwrap().len(), 1);

        let profile = |software_version: &str, facts: &str| ModelProfile {
            oui: "00A1B2".into(),
            product_class: "Gateway".into(),
            software_version: software_version.into(),
            facts: facts.into(),
        };
        for new in [profile("1", "{}"), profile("2", "{}"), profile("1", "{\"batch\":4}")] {
            store.put_model_profile(&new).await.unwrap();
        }
        let mut all = store.model_profiles().await.unwrap();
        all.sort_by(|a, b| a.software_version.cmp(&b.software_version));
        assert_eq!(all, [profile("1", "{\"batch\":4}"), profile("2", "{}")]);
    }
}
