//! Tokens of the API.

use super::NOW;
use crate::store_test;
use crate::{NewToken, StoreError};
use model::{Role, Scope, TokenId};

store_test! {
    async fn tokens_are_found_by_their_digest_until_they_are_revoked(database: Database) {
        let store = database.store();
        let new = NewToken {
            name: "CRM".into(),
            hash: "ab".repeat(32),
            role: Role::Integration.into(),
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
        let all = store.tokens().await.unwrap();
        assert_eq!(all.iter().map(|token| token.id).collect::<Vec<_>>(), [other.id, token.id]);
        assert_eq!(all[1].used_at, Some(NOW.plus_seconds(5)));
        assert!(store.revoke_token(token.id, NOW).await.unwrap());
        assert!(!store.revoke_token(token.id, NOW).await.unwrap());
        assert!(!store.revoke_token(TokenId(99), NOW).await.unwrap());
        assert_eq!(store.tokens().await.unwrap()[1].revoked_at, Some(NOW));
    }
}
