//! Events and notes in one stream; escalations.

use super::{NOW, register, write};
use crate::{NewNote, Store, TimelineEntry, Write, store_test};
use model::event::EventKind;
use model::note::NoteScope;
use model::page::Cursor;
use model::snapshot::Snapshot;
use model::task::TaskState;
use model::timeline::{Class, Group, TimelineFilter, Topic};
use model::{DeviceId, TaskId, Timestamp};

pub(super) async fn happens(store: &Store, device: DeviceId, seconds: i64, kind: EventKind, by: Option<&str>) {
    let at = NOW.plus_seconds(seconds);
    write(store, vec![Write::Event { device, at, kind, by: by.map(str::to_owned) }]).await;
}

async fn noted(store: &Store, device: DeviceId, seconds: i64, text: &str) {
    let new = NewNote {
        scope: NoteScope::Device(device),
        agent: None,
        by: "Ana".into(),
        text: text.into(),
        now: NOW.plus_seconds(seconds),
    };
    store.insert_note(&new).await.unwrap();
}

fn task(topic: Topic) -> EventKind {
    EventKind::TaskEnded { task: TaskId(1), title: "Do".into(), state: TaskState::Verified, topic }
}

fn filter(group: Group, by: &str) -> TimelineFilter {
    TimelineFilter { group, by: by.to_owned() }
}

/// Seconds of the entries of a page; those of notes are negative.
fn seconds(entries: &[TimelineEntry]) -> Vec<i64> {
    let second = |entry: &TimelineEntry| match entry {
        TimelineEntry::Event(event) => event.at.since(NOW) / 1000,
        TimelineEntry::Note(note) => -(note.at.since(NOW) / 1000),
    };
    entries.iter().map(second).collect()
}

store_test! {
    async fn two_sides_are_one_stream_by_pages_both_ways(database: Database) {
        let store = database.store();
        let (device, other) = (register(&store, "S1").await.id, register(&store, "S2").await.id);
        // Many events, then many notes, then both: a page may be of one side alone.
        for second in 1..=5 {
            happens(&store, device, second, EventKind::Boot, None).await;
            happens(&store, other, second, EventKind::Bootstrap, None).await;
        }
        for second in 6..=10 {
            noted(&store, device, second, "n").await;
        }
        happens(&store, device, 11, EventKind::Boot, None).await;
        noted(&store, device, 12, "n").await;
        let all = TimelineFilter::default();
        let mut seen = Vec::new();
        let mut cursors: Vec<Option<Cursor>> = vec![None];
        loop {
            let cursor = cursors.last().unwrap().clone();
            let page = store.timeline(device, &all, cursor.as_ref(), 3).await.unwrap();
            assert_eq!(page.previous.is_some(), cursors.len() > 1);
            seen.push(seconds(&page.items));
            let Some(next) = page.next else { break };
            cursors.push(Some(next));
        }
        assert_eq!(seen, [vec![-12, 11, -10], vec![-9, -8, -7], vec![-6, 5, 4], vec![3, 2, 1]]);
        // And back again.
        let mut cursor = store.timeline(device, &all, cursors[3].as_ref(), 3).await.unwrap().previous;
        let mut back = Vec::new();
        while let Some(at) = cursor {
            let page = store.timeline(device, &all, Some(&at), 3).await.unwrap();
            back.push(seconds(&page.items));
            cursor = page.previous;
        }
        assert_eq!(back, [vec![-6, 5, 4], vec![-9, -8, -7], vec![-12, 11, -10]]);
        let nonsense = store.timeline(device, &all, Some(&Cursor("x1".into())), 3).await.unwrap();
        assert_eq!(seconds(&nonsense.items), [-12, 11, -10]);
    }

    async fn kinds_and_people_are_filtered_where_they_are_stored(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        happens(&store, device, 1, EventKind::Boot, None).await;
        happens(&store, device, 2, task(Topic::Settings), Some("Ana")).await;
        happens(&store, device, 3, task(Topic::Diagnostics), Some("Ben")).await;
        happens(&store, device, 4, EventKind::Software { before: "1".into(), after: "2".into() }, None).await;
        noted(&store, device, 5, "Called back.").await;
        let of = async |group, by: &str| {
            seconds(&store.timeline(device, &filter(group, by), None, 50).await.unwrap().items)
        };
        assert_eq!(of(Group::All, "").await, [-5, 4, 3, 2, 1]);
        assert_eq!(of(Group::Changes, "").await, [4, 2]);
        assert_eq!(of(Group::Tasks, "").await, [3, 2]);
        assert_eq!(of(Group::Diagnostics, "").await, [3]);
        assert_eq!(of(Group::Notes, "").await, [-5]);
        assert_eq!(of(Group::All, "Ana").await, [-5, 2]);
        assert_eq!(of(Group::Tasks, "Ben").await, [3]);
        assert_eq!(store.timeline_people(device).await.unwrap(), ["Ana", "Ben"]);
        let since = store.events_since(device, &[Class::Restart, Class::Version], NOW.plus_seconds(2), 10).await.unwrap();
        assert_eq!(since.len(), 1);
    }

    async fn old_events_are_swept(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        for second in 1..=4 {
            happens(&store, device, second, EventKind::Boot, None).await;
        }
        assert_eq!(store.sweep_events(NOW.plus_seconds(3)).await.unwrap(), 2);
        assert_eq!(store.sweep_events(NOW.plus_seconds(3)).await.unwrap(), 0);
        let left = store.timeline(device, &TimelineFilter::default(), None, 10).await.unwrap();
        assert_eq!(seconds(&left.items), [4, 3]);
    }

    async fn escalations_are_kept_and_closed_once(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let row = store.device_row(device).await.unwrap().unwrap();
        let content = snapshot(row);
        let head = store.insert_snapshot(device, "Ana", "It drops.", &content, NOW).await.unwrap();
        assert_eq!((head.device, head.by.as_str(), head.closed.as_ref()), (device, "Ana", None));
        let (same, kept) = store.snapshot(head.id).await.unwrap().unwrap();
        assert_eq!((&same, &kept), (&head, &content));
        let closed = store.close_snapshot(head.id, "Ben", "Mended.", Timestamp(NOW.0 + 1)).await.unwrap().unwrap();
        assert_eq!(closed.closed.as_ref().map(|closed| closed.outcome.as_str()), Some("Mended."));
        assert_eq!(store.close_snapshot(head.id, "Cem", "Again.", NOW).await.unwrap(), None);
        assert!(store.insert_snapshot(DeviceId(999), "Ana", "x", &content, NOW).await.is_err());
    }
}

fn snapshot(row: model::device::DeviceRow) -> Snapshot {
    Snapshot {
        device: model::device::DeviceView {
            row,
            data_model: model::device::DataModel::Tr181,
            cwmp_version: "1.2".into(),
            reach: model::reach::Reachability::Untried,
            ways: Vec::new(),
            reach_notes: Vec::new(),
            inform_interval: Some(300),
            parameter_count: 1,
            tree_read_at: None,
            discovering: false,
            stuck: None,
            wifi_radios: Vec::new(),
            groups: Vec::new(),
            health: model::health::Health::default(),
            verdict: model::verdict::Verdict::default(),
            plan: model::diagnostic::Plan::default(),
            trends: Vec::new(),
        },
        parameters: vec![model::snapshot::SnapshotValue {
            path: "Device.X".into(),
            value: Some("ä\u{1F600}".into()),
            secret: false,
            read_at: Some(NOW),
        }],
        truncated: false,
        tasks: Vec::new(),
        timeline: Vec::new(),
    }
}
