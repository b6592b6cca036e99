//! Tasks: creating, compare-and-set, lists.

use super::{NOW, register, write};
use crate::store_test;
use crate::{NewTask, Store, StoreError, TaskRecord, TaskUpdate, Write, Written};
use model::task::{SetValue, TaskKind, TaskOutcome, TaskState, TaskStep};
use model::{DeviceId, TaskId};

async fn create(store: &Store, device: DeviceId) -> TaskRecord {
    store.create_task(NewTask::new(device, TaskKind::Reboot, "Maria", NOW)).await.unwrap()
}

fn step(state: TaskState, seconds: i64) -> TaskUpdate {
    TaskUpdate { step: Some(TaskStep { state, at: NOW.plus_seconds(seconds) }), ..TaskUpdate::default() }
}

async fn update(store: &Store, id: TaskId, from: &[TaskState], update: TaskUpdate) -> Option<TaskRecord> {
    match write(store, vec![Write::Task { id, from: from.to_vec(), update }]).await.pop() {
        Some(Written::Task(task)) => task.map(|task| *task),
        other => panic!("{other:?}"),
    }
}

store_test! {
    async fn a_task_may_begin_with_what_is_to_be_known_of_it(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let new = NewTask {
            progress: r#"{"not_before":5}"#.into(),
            note: Some("Later.".into()),
            ..NewTask::new(device, TaskKind::Reboot, "Maria", NOW)
        };
        store.create_task(new).await.unwrap();
        let open = store.open_tasks(device).await.unwrap();
        assert_eq!((open[0].progress.as_str(), open[0].note.as_deref()), (r#"{"not_before":5}"#, Some("Later.")));
    }

    async fn a_task_goes_through_its_life(database: Database) {
        use TaskState::{Connected, Contacting, Queued, Verified};
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let values = vec![SetValue { path: "Device.X".into(), value: "hunter22".into(), value_type: None }];
        let kind = TaskKind::SetValues { values };
        let task = store.create_task(NewTask::new(device, kind.clone(), "Maria", NOW)).await.unwrap();
        assert_eq!((task.state, &task.kind, task.by.as_str()), (Queued, &kind, "Maria"));
        assert_eq!(task.steps, [TaskStep { state: Queued, at: NOW }]);
        assert_eq!((task.created_at, task.updated_at, task.attempts), (NOW, NOW, 0));
        assert_eq!((task.note.as_ref(), task.outcome.as_ref(), task.progress.as_str()), (None, None, ""));
        assert_eq!(store.task(task.id).await.unwrap().unwrap(), task);

        let waiting = TaskUpdate { note: Some(Some("It sleeps.".into())), attempts: Some(1), ..step(Contacting, 1) };
        let contacting = update(&store, task.id, &[Queued], waiting).await.unwrap();
        assert_eq!((contacting.state, contacting.updated_at), (Contacting, NOW.plus_seconds(1)));
        assert_eq!((contacting.note.as_deref(), contacting.attempts), (Some("It sleeps."), 1));
        // A late attempt to take it from where it was.
        assert_eq!(update(&store, task.id, &[Queued], step(TaskState::Cancelled, 2)).await, None);
        assert_eq!(update(&store, task.id, &[], step(TaskState::Cancelled, 2)).await, None);
        assert_eq!(update(&store, TaskId(task.id.0 + 9), &[Contacting], step(Connected, 2)).await, None);
        assert_eq!(store.task(task.id).await.unwrap().unwrap(), contacting);

        let sent = TaskUpdate { note: Some(None), progress: Some("{\"sent\":true}".into()), ..step(Connected, 3) };
        let connected = update(&store, task.id, &[Queued, Contacting], sent).await.unwrap();
        assert_eq!((connected.note.as_ref(), connected.progress.as_str()), (None, "{\"sent\":true}"));
        let only_progress = TaskUpdate { progress: Some("{}".into()), ..TaskUpdate::default() };
        let same_state = update(&store, task.id, &[Connected], only_progress).await.unwrap();
        assert_eq!((same_state.state, same_state.updated_at), (Connected, NOW.plus_seconds(3)));
        let end = TaskUpdate {
            kind: Some(TaskKind::SetValues { values: Vec::new() }),
            outcome: Some(TaskOutcome::Read { parameters: 3 }),
            ..step(Verified, 4)
        };
        let ended = update(&store, task.id, &[Connected], end).await.unwrap();
        assert_eq!(ended.outcome, Some(TaskOutcome::Read { parameters: 3 }));
        assert_eq!(ended.kind, TaskKind::SetValues { values: Vec::new() });
        let steps: Vec<_> = ended.steps.iter().map(|step| step.state).collect();
        assert_eq!(steps, [Queued, Contacting, Connected, Verified]);
        assert_eq!(store.open_tasks(device).await.unwrap(), []);
        assert_eq!(store.task(task.id).await.unwrap().unwrap(), ended);
        assert!(!format!("{task:?} {connected:?}").contains("hunter22"));
    }

    async fn of_many_who_take_a_task_one_gets_it(database: Database) {
        let store = database.store();
        let other = database.open_again().await;
        let device = register(&store, "S1").await.id;
        let task = create(&store, device).await;
        let tries: Vec<_> = (0..30)
            .map(|number| {
                let store = if number % 2 == 0 { store.clone() } else { other.clone() };
                let change = step(TaskState::Connected, number);
                tokio::spawn(async move { update(&store, task.id, &[TaskState::Queued], change).await })
            })
            .collect();
        let mut won = 0;
        for attempt in tries {
            won += usize::from(attempt.await.unwrap().is_some());
        }
        assert_eq!(won, 1);
        assert_eq!(store.task(task.id).await.unwrap().unwrap().steps.len(), 2);
        other.close().await;
    }

    async fn open_tasks_are_those_that_have_not_ended(database: Database) {
        let store = database.store();
        let (a, b) = (register(&store, "A").await.id, register(&store, "B").await.id);
        register(&store, "C").await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(create(&store, b).await.id);
        }
        let kept = create(&store, a).await;
        for (id, state) in ids.iter().zip(TaskState::ALL) {
            if state != TaskState::Queued {
                update(&store, *id, &[TaskState::Queued], step(state, 1)).await.unwrap();
            }
        }
        let open = store.open_tasks(b).await.unwrap();
        let states: Vec<_> = open.iter().map(|task| task.state).collect();
        assert_eq!(states, TaskState::ALL.into_iter().filter(|state| !state.ended()).collect::<Vec<_>>());
        assert_eq!(store.devices_with_open_tasks().await.unwrap(), [a, b]);
        assert_eq!(store.overview(None, NOW, NOW).await.unwrap().failed_tasks_today, 1);
        assert_eq!(store.overview(None, NOW, NOW.plus_seconds(2)).await.unwrap().failed_tasks_today, 0);
        let recent = store.recent_tasks(None, 3).await.unwrap();
        assert_eq!(recent.iter().map(|task| task.id).collect::<Vec<_>>(), [kept.id, ids[7], ids[6]]);
        update(&store, kept.id, &[TaskState::Queued], step(TaskState::Cancelled, 1)).await.unwrap();
        assert_eq!(store.devices_with_open_tasks().await.unwrap(), [b]);
    }

    async fn lists_are_newest_first_and_page_both_ways(database: Database) {
        let store = database.store();
        let (device, other) = (register(&store, "A").await.id, register(&store, "B").await.id);
        let mut expected = Vec::new();
        for _ in 0..7 {
            create(&store, other).await;
            expected.insert(0, create(&store, device).await.id);
        }
        let ids = |tasks: &[TaskRecord]| tasks.iter().map(|task| task.id).collect::<Vec<_>>();
        let first = store.tasks(device, None, 3).await.unwrap();
        assert_eq!((ids(&first.items), first.previous.as_ref()), (expected[..3].to_vec(), None));
        // A new one does not move the pages that follow.
        let newest = create(&store, device).await.id;
        let second = store.tasks(device, first.next.as_ref(), 3).await.unwrap();
        assert_eq!(ids(&second.items), expected[3..6]);
        let third = store.tasks(device, second.next.as_ref(), 3).await.unwrap();
        assert_eq!((ids(&third.items), third.next), (expected[6..].to_vec(), None));
        let back = store.tasks(device, third.previous.as_ref(), 3).await.unwrap();
        assert_eq!(ids(&back.items), expected[3..6]);
        let start = store.tasks(device, back.previous.as_ref(), 3).await.unwrap();
        assert_eq!(ids(&start.items), expected[..3]);
        let top = store.tasks(device, start.previous.as_ref(), 3).await.unwrap();
        assert_eq!((ids(&top.items), top.previous), (vec![newest], None));
        assert_eq!(store.tasks(device, None, 0).await.unwrap().items.len(), 8);
    }

    async fn a_task_needs_its_device(database: Database) {
        let store = database.store();
        let new = NewTask::new(DeviceId(4711), TaskKind::Reboot, "x", NOW);
        let error = store.create_task(new).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { what: "device" }), "{error}");
    }
}
