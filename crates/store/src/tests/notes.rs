//! Notes about subscribers and devices.

use super::{NOW, person, register};
use crate::store_test;
use crate::{NewNote, StoreError};
use model::note::NoteScope;
use model::{AgentId, DeviceId, NoteId};

const MARIA: AgentId = AgentId(1);
const TOM: AgentId = AgentId(2);

fn new(scope: NoteScope, text: &str) -> NewNote {
    NewNote { scope, agent: Some(MARIA), by: "Maria".into(), text: text.into(), now: NOW }
}

store_test! {
    async fn a_note_at_a_device_is_its_subscribers_too(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let early = store.insert_note(&new(NoteScope::Device(device), "before\0")).await.unwrap();
        assert_eq!((early.device, early.subscriber, early.text.as_str()), (Some(device), None, "before"));
        let ada = person(&store, "A1", "Ada", &["S1"]).await;
        let both = store.insert_note(&new(NoteScope::Device(device), "called")).await.unwrap();
        assert_eq!((both.device, both.subscriber), (Some(device), Some(ada)));
        let hers = store.insert_note(&new(NoteScope::Subscriber(ada), "moved")).await.unwrap();
        assert_eq!((hers.device, hers.subscriber), (None, Some(ada)));
        let texts = async |scope| {
            let page = store.notes(scope, None, 10).await.unwrap();
            page.items.into_iter().map(|note| note.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(NoteScope::Device(device)).await, ["called", "before"]);
        assert_eq!(texts(NoteScope::Subscriber(ada)).await, ["moved", "called"]);
        let page = store.notes(NoteScope::Subscriber(ada), None, 1).await.unwrap();
        let rest = store.notes(NoteScope::Subscriber(ada), page.next.as_ref(), 1).await.unwrap();
        assert_eq!((page.items, rest.items), (vec![hers], vec![both]));
    }

    async fn a_note_about_nothing_is_not_kept(database: Database) {
        let store = database.store();
        for scope in [NoteScope::Device(DeviceId(7)), NoteScope::Subscriber(model::SubscriberId(7))] {
            let lost = store.insert_note(&new(scope, "x")).await;
            assert!(matches!(lost, Err(StoreError::NotFound { .. })), "{lost:?}");
        }
    }

    async fn only_the_author_changes_a_note_and_only_while_it_is_new(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let note = store.insert_note(&new(NoteScope::Device(device), "teh")).await.unwrap();
        let later = NOW.plus_seconds(60);
        let change = async |agent, since| store.change_note(note.id, agent, since, "the", later).await.unwrap();
        assert_eq!(change(TOM, NOW).await, None);
        assert_eq!(change(MARIA, NOW.plus_seconds(1)).await, None);
        let changed = change(MARIA, NOW).await.unwrap();
        assert_eq!((changed.text.as_str(), changed.edited_at, changed.at), ("the", Some(later), NOW));
        assert!(!store.delete_note(note.id, TOM, NOW).await.unwrap());
        assert!(!store.delete_note(note.id, MARIA, NOW.plus_seconds(1)).await.unwrap());
        assert_eq!(store.note(note.id).await.unwrap(), Some(changed));
        assert!(store.delete_note(note.id, MARIA, NOW).await.unwrap());
        assert_eq!(store.note(note.id).await.unwrap(), None);
        assert!(!store.delete_note(NoteId(note.id.0), MARIA, NOW).await.unwrap());
    }
}
