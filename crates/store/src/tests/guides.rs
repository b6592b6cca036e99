//! Guides: one of a kind runs on a device, and nobody's step is lost.

use super::{NOW, register};
use crate::store_test;
use crate::{NewGuide, StoreError};
use model::DeviceId;
use model::guide::GuideKind;

fn new(device: DeviceId, kind: GuideKind, by: &str) -> NewGuide {
    NewGuide { device, kind, by: by.into(), now: NOW }
}

store_test! {
    async fn two_agents_share_a_guide_until_it_ends(database: Database) {
        let store = database.store();
        let device = register(&store, "A1").await.id;
        let first = store.begin_guide(&new(device, GuideKind::SlowWifi, "Maria")).await.unwrap();
        let second = store.begin_guide(&new(device, GuideKind::SlowWifi, "Leo")).await.unwrap();
        assert_eq!(first, second);
        let other = store.begin_guide(&new(device, GuideKind::NoInternet, "Leo")).await.unwrap();
        assert_ne!(first.id, other.id);
        assert!(store.update_guide(first.id, first.version, "[1]", Some("{}"), NOW).await.unwrap());
        let next = store.begin_guide(&new(device, GuideKind::SlowWifi, "Leo")).await.unwrap();
        assert!(next.id != first.id && next.by == "Leo" && next.steps == "[]");
        for id in [next.id, other.id, first.id] {
            assert_eq!(store.guide(id).await.unwrap().map(|guide| guide.device), Some(device), "none is lost");
        }
    }
}

store_test! {
    async fn a_step_taken_twice_counts_once(database: Database) {
        let store = database.store();
        let device = register(&store, "A1").await.id;
        let guide = store.begin_guide(&new(device, GuideKind::NoInternet, "Maria")).await.unwrap();
        assert!(store.update_guide(guide.id, guide.version, "[1]", None, NOW).await.unwrap());
        assert!(!store.update_guide(guide.id, guide.version, "[2]", None, NOW).await.unwrap(), "it has moved on");
        let now = store.guide(guide.id).await.unwrap().unwrap();
        assert_eq!((now.steps.as_str(), now.version, now.ending), ("[1]", guide.version + 1, None));
        assert!(store.update_guide(guide.id, now.version, "[1]", Some("{}"), NOW).await.unwrap());
        assert!(!store.update_guide(guide.id, now.version + 1, "[3]", None, NOW).await.unwrap(), "it has ended");
    }
}

store_test! {
    async fn a_guide_needs_its_device(database: Database) {
        let store = database.store();
        let error = store.begin_guide(&new(DeviceId(99), GuideKind::NewRouter, "Maria")).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
    }
}
