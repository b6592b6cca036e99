//! Tokens of the API.

use super::NOW;
use super::desk::agent as an_agent;
use crate::store_test;
use crate::{NewToken, StoreError};
use model::token::TokenState;
use model::{Permission, Permissions, Role, Scope, TokenId};
use sea_orm::ConnectionTrait;

store_test! {
    async fn tokens_are_found_by_their_digest_until_they_are_revoked(database: Database) {
        let store = database.store();
        let new = NewToken {
            name: "CRM".into(),
            hash: "ab".repeat(32),
            role: Role::Integration.into(),
            agent: None,
            permissions: None,
            scope: Scope::default(),
            by: "Maria".into(),
            now: NOW,
            expires_at: Some(NOW.plus_seconds(60)),
        };
        let token = store.insert_token(new.clone()).await.unwrap();
        assert!(matches!(store.insert_token(new.clone()).await, Err(StoreError::Conflict { .. })));
        assert_eq!(store.token_by_hash(&new.hash).await.unwrap().as_ref(), Some(&token));
        assert_eq!(store.token_by_hash("cd").await.unwrap(), None);
        store.token_used(token.id, NOW.plus_seconds(5)).await.unwrap();
        let other = store.insert_token(NewToken { hash: "cd".repeat(32), expires_at: None, ..new }).await.unwrap();
        let all = store.tokens(None).await.unwrap();
        assert_eq!(all.iter().map(|token| token.id).collect::<Vec<_>>(), [other.id, token.id]);
        assert_eq!(all[1].used_at, Some(NOW.plus_seconds(5)));
        assert!(store.revoke_token(token.id, NOW).await.unwrap());
        assert!(!store.revoke_token(token.id, NOW).await.unwrap());
        assert!(!store.revoke_token(TokenId(99), NOW).await.unwrap());
        assert_eq!(store.tokens(None).await.unwrap()[1].revoked_at, Some(NOW));
    }

    async fn a_personal_token_may_what_its_agent_may_now(database: Database) {
        let store = database.store();
        let agent = an_agent(&store, "ana").await;
        let new = NewToken {
            name: "Export".into(),
            hash: "ab".repeat(32),
            role: Role::Administrator.into(),
            agent: Some(agent),
            permissions: None,
            scope: Scope::default(),
            by: "ana".into(),
            now: NOW,
            expires_at: None,
        };
        let whole = store.insert_token(new.clone()).await.unwrap();
        assert_eq!(whole.role, Role::Helpdesk.view(), "not what the row says");
        let read: Permissions = [Permission::DeviceRead, Permission::TokenManage].into_iter().collect();
        let less = NewToken { hash: "cd".repeat(32), permissions: Some(read), ..new.clone() };
        let less = store.insert_token(less).await.unwrap();
        assert_eq!(less.role.permissions, Permissions::NONE.with(Permission::DeviceRead), "never more than the agent");
        assert!(less.restricted && !whole.restricted);
        let other = NewToken { hash: "ef".repeat(32), agent: None, role: Role::Integration.into(), ..new.clone() };
        store.insert_token(other).await.unwrap();
        assert_eq!(store.tokens(Some(agent)).await.unwrap().len(), 2);
        assert_eq!(store.tokens(None).await.unwrap().len(), 3);
        assert!(matches!(
            store.insert_token(NewToken { hash: "00".repeat(32), agent: Some(model::AgentId(99)), ..new }).await,
            Err(StoreError::NotFound { .. })
        ));

        let run = async |sql: &str| store.0.write.execute_unprepared(sql).await.unwrap();
        run("UPDATE agent SET role = 'read-only', scope = '{\"regions\":[\"North\"]}'").await;
        let now = store.token(whole.id).await.unwrap().unwrap();
        assert_eq!((now.role, now.scope.regions), (Role::ReadOnly.view(), vec!["North".to_owned()]));
        run("UPDATE agent SET disabled = TRUE").await;
        let now = store.token_by_hash(&"ab".repeat(32)).await.unwrap().unwrap();
        assert_eq!((now.role.permissions, now.state(NOW)), (Permissions::NONE, TokenState::OwnerDisabled));
    }
}
