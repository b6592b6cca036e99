//! Answers that are kept, and the feed of events.

use super::timeline::happens;
use super::{NOW, register};
use crate::store_test;
use crate::{Claim, KeptAnswer, NewToken, Store};
use model::event::EventKind;
use model::{Role, Scope, TokenId};
use sea_orm::ConnectionTrait;

pub(super) async fn token(store: &Store) -> TokenId {
    let new = NewToken {
        name: "CRM".into(),
        hash: "ab".repeat(32),
        role: Role::Integration.into(),
        agent: None,
        permissions: None,
        scope: Scope::default(),
        by: "Maria".into(),
        now: NOW,
        expires_at: None,
    };
    store.insert_token(new).await.unwrap().id
}

store_test! {
    async fn a_key_is_taken_once_and_answers_come_again(database: Database) {
        let store = database.store();
        let token = token(&store).await;
        let claim = async |key: &str, request: &str, run: &str| {
            store.claim_answer(token, key, request, run, NOW.plus_seconds(-60), NOW).await.unwrap()
        };
        assert_eq!(claim("k", "r", "run 1").await, Claim::Mine);
        assert_eq!(claim("k", "r", "run 1").await, Claim::Running);
        assert_eq!(claim("k", "other", "run 1").await, Claim::Other);
        assert_eq!(claim("k2", "r", "run 1").await, Claim::Mine, "keys are apart");
        // The process is gone.
        assert_eq!(claim("k", "r", "run 2").await, Claim::Interrupted(NOW));
        assert_eq!(claim("k", "r", "run 2").await, Claim::Running);
        let answer = KeptAnswer { status: 201, headers: vec![("location".into(), "/x".into())], body: vec![0, 1, 255] };
        store.keep_answer(token, "k", &answer).await.unwrap();
        assert_eq!(claim("k", "r", "run 3").await, Claim::Done(answer));
        assert_eq!(claim("k", "other", "run 3").await, Claim::Other);
        // What was not done gives the key back.
        store.release_answer(token, "k2").await.unwrap();
        store.release_answer(token, "k").await.unwrap();
        assert_eq!(claim("k2", "other", "run 3").await, Claim::Mine);
        assert!(matches!(claim("k", "r", "run 3").await, Claim::Done(_)));
        // After its time a key is free, and the row goes.
        let later = NOW.plus_seconds(120);
        let again = store.claim_answer(token, "k", "new", "run 3", NOW.plus_seconds(1), later).await.unwrap();
        assert_eq!(again, Claim::Mine);
        assert_eq!(store.sweep_answers(NOW.plus_seconds(1)).await.unwrap(), 1);
        assert_eq!(store.sweep_answers(NOW.plus_seconds(1)).await.unwrap(), 0);
    }

    async fn of_two_at_once_one_has_the_key(database: Database) {
        let store = database.store();
        let token = token(&store).await;
        let claim = || async { store.claim_answer(token, "k", "r", "run", NOW, NOW).await.unwrap() };
        let (a, b, c, d) = tokio::join!(claim(), claim(), claim(), claim());
        let mut claims = [a, b, c, d].map(|claim| (claim == Claim::Mine, claim == Claim::Running));
        claims.sort_unstable();
        assert_eq!(claims, [(false, true), (false, true), (false, true), (true, false)]);
    }

    async fn the_feed_waits_where_a_number_is_missing(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        for second in 1..=5 {
            happens(&store, device, second, EventKind::Boot, None).await;
        }
        let soon = NOW.plus_seconds(6);
        let all = store.events_after(0, 10, soon).await.unwrap();
        assert_eq!((all.events.len(), all.more), (5, false));
        let first = all.events[0].id.0;
        let page = store.events_after(first, 2, soon).await.unwrap();
        assert_eq!((page.events.len(), page.upto, page.more), (2, first + 2, true));
        // One in the middle is not there yet, or was never written.
        let gone = first + 2;
        store.0.write.execute_unprepared(&format!("DELETE FROM event WHERE id = {gone}")).await.unwrap();
        let held = store.events_after(first, 10, soon).await.unwrap();
        assert_eq!((held.events.len(), held.upto), (1, first + 1), "what is behind the gap waits");
        let later = store.events_after(first, 10, NOW.plus_seconds(60)).await.unwrap();
        assert_eq!((later.events.len(), later.upto), (3, first + 4), "but not for ever");
        assert_eq!(store.newest_event().await.unwrap(), first + 4);
    }
}
