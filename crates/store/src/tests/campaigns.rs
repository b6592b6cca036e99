//! Campaigns in the database.

use super::{NOW, new_device, put};
use crate::store_test;
use crate::{
    CampaignChange, CampaignRecord, Commit, DevicePatch, NewCampaign, NewTask, StageChange, Store, TargetMove,
    TaskChange, TaskUpdate, Write,
};
use model::campaign::{
    Audience, CampaignKind, CampaignPlan, CampaignState, Gate, LeaveOut, Reach, SkipReason, StagePlan, StageState,
    Tally, TargetFilter, TargetState,
};
use model::device::DeviceFilter;
use model::subscriber::SubscriberChange;
use model::task::{TaskKind, TaskState, TaskStep};
use model::{DeviceId, Timestamp};

/// Devices of a model that were heard of just now.
async fn devices(store: &Store, model: &str, count: usize) -> Vec<DeviceId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let id = store.register_device(&new_device(&format!("{model}-{number:03}"))).await.unwrap().id;
        let patch = DevicePatch {
            model: Some(model.to_owned()),
            hardware_version: Some(if number % 2 == 0 { "A" } else { "B" }.to_owned()),
            software_version: Some("1.0".to_owned()),
            last_inform: Some(NOW),
            ..DevicePatch::default()
        };
        store.commit(Commit { writes: vec![Write::Device { id, patch }] }).await.unwrap();
        ids.push(id);
    }
    ids
}

fn plan(stages: &[Reach]) -> CampaignPlan {
    let stages = stages.iter().map(|reach| StagePlan { reach: *reach, gate: Gate::default() }).collect();
    CampaignPlan { stages, ..CampaignPlan::new("Reboot", CampaignKind::Reboot) }
}

async fn create(store: &Store, plan: CampaignPlan) -> CampaignRecord {
    let new = NewCampaign { plan, by: "Ada".into(), author: None, rollback_of: None, expected: 0, now: NOW };
    store.create_campaign(new).await.unwrap()
}

/// Started, with all its devices.
async fn started(store: &Store, plan: CampaignPlan) -> CampaignRecord {
    let record = create(store, plan).await;
    assert!(store.start_campaign(&record, Some("Ada".into()), NOW).await.unwrap());
    loop {
        let record = store.campaign(record.id).await.unwrap().unwrap();
        if record.planned_to.is_none() {
            return record;
        }
        assert!(store.choose_targets(&record, NOW).await.unwrap().is_some());
    }
}

fn step(target: &crate::TargetRecord, to: TargetState, task: TaskChange) -> TargetMove {
    TargetMove {
        device: target.device,
        turn: target.turn,
        from: target.state,
        from_reason: target.reason,
        to,
        reason: 0,
        orders: target.orders,
        tries: target.tries,
        image: target.image,
        due_at: Some(NOW),
        began_at: target.began_at,
        arrived_at: target.arrived_at,
        task,
        at: NOW,
    }
}

fn reboot(record: &CampaignRecord, device: DeviceId) -> TaskChange {
    let task = NewTask { campaign: Some(record.id), ..NewTask::new(device, TaskKind::Reboot, "Campaign", NOW) };
    TaskChange::Make(Box::new(task))
}

async fn in_state(store: &Store, record: &CampaignRecord, state: TargetState) -> u32 {
    let numbers = store.campaign_numbers(record).await.unwrap();
    let counted = numbers.stages.iter().map(|tally| tally.of(state)).sum();
    // What is counted is what is there.
    let filter = TargetFilter { states: vec![state], ..TargetFilter::default() };
    let listed = store.targets(record, &filter, None, 1000).await.unwrap().items.len();
    assert_eq!(counted as usize, listed, "{state:?}");
    counted
}

store_test! {
    async fn stages_have_their_share_of_each_model(database: Database) {
        let store = database.store();
        devices(&store, "A", 30).await;
        devices(&store, "B", 10).await;
        let record = started(&store, plan(&[Reach::Devices(8), Reach::Percent(50.0), Reach::Percent(100.0)])).await;
        assert_eq!((record.state, record.started_at), (CampaignState::Running, Some(NOW)));
        let numbers = store.campaign_numbers(&record).await.unwrap();
        assert_eq!(numbers.stages.iter().map(Tally::total).collect::<Vec<_>>(), [8, 12, 20]);
        let of = |stage, model: &str| {
            numbers.models.iter().find(|(s, m, _)| (*s, m.as_str()) == (stage, model)).map(|(_, _, tally)| tally.total())
        };
        assert_eq!([of(0, "A"), of(0, "B"), of(1, "A"), of(1, "B")], [Some(6), Some(2), Some(9), Some(3)]);
        assert_eq!(numbers.kinds.len(), 4, "two models, two revisions");
        // The same devices every time, whoever asks.
        let first = store.queued_targets(&record, &[0], &[0], NOW, 100).await.unwrap();
        assert_eq!(first.len(), 8);
        let stages = store.campaign_stages(record.id).await.unwrap();
        assert_eq!(stages.iter().map(|stage| stage.label.as_str()).collect::<Vec<_>>(), ["Canary", "50 %", "100 %"]);
        // A second start is none.
        assert!(!store.start_campaign(&CampaignRecord { turn: 1, ..record.clone() }, None, NOW).await.unwrap());
    }

    async fn canaries_are_those_that_are_named(database: Database) {
        let store = database.store();
        let ids = devices(&store, "A", 20).await;
        let mut plan = plan(&[Reach::Canaries, Reach::Percent(10.0), Reach::Percent(100.0)]);
        plan.canaries = vec![ids[3], ids[17]];
        let record = started(&store, plan).await;
        let mut first: Vec<DeviceId> =
            store.queued_targets(&record, &[0], &[0], NOW, 100).await.unwrap().iter().map(|t| t.device).collect();
        first.sort_unstable();
        assert_eq!(first, [ids[3], ids[17]]);
        let numbers = store.campaign_numbers(&record).await.unwrap();
        assert_eq!(numbers.stages.iter().map(Tally::total).collect::<Vec<_>>(), [2, 2, 16], "a tenth of the other 18");
    }

    async fn those_left_out_are_not_in_it(database: Database) {
        let store = database.store();
        let a = devices(&store, "A", 6).await;
        devices(&store, "B", 2).await;
        let line = SubscriberChange {
            account: "VIP1".into(),
            name: Some("Vera".into()),
            tags: Some(vec!["medical".into()]),
            serials: Some(vec!["A-001".into()]),
            time_zone: Some("Europe/Berlin".into()),
            ..SubscriberChange::default()
        };
        put(&store, line, NOW).await;
        let line = SubscriberChange {
            account: "NYC".into(),
            name: Some("Nora".into()),
            serials: Some(vec!["A-002".into()]),
            time_zone: Some("America/New_York".into()),
            ..SubscriberChange::default()
        };
        put(&store, line, NOW).await;
        // One was silent for two months, one fails again and again, one is in another campaign.
        let long_ago = NOW.plus_seconds(-60 * 86_400);
        for (id, patch) in [
            (a[3], DevicePatch { last_inform: Some(long_ago), ..DevicePatch::default() }),
            (a[4], DevicePatch { stuck: Some(Some((NOW, "fails".into()))), ..DevicePatch::default() }),
        ] {
            store.commit(Commit { writes: vec![Write::Device { id, patch }] }).await.unwrap();
        }
        let mut other = plan(&[Reach::Percent(100.0)]);
        other.audience.filter = DeviceFilter { text: "A-005".into(), ..DeviceFilter::default() };
        started(&store, other).await;
        let mut mine = plan(&[Reach::Percent(100.0)]);
        mine.audience = Audience {
            filter: DeviceFilter { model: "A".into(), ..DeviceFilter::default() },
            leave_out: LeaveOut { tags: vec!["medical".into()], ..LeaveOut::default() },
            ..Audience::default()
        };
        let preview = store.preview_campaign(&mine.audience, NOW).await.unwrap();
        assert_eq!((preview.total, preview.left_out), (2, 4));
        assert_eq!(preview.groups.iter().map(|group| (group.hardware.as_str(), group.count)).collect::<Vec<_>>(), [("A", 2)]);
        let record = started(&store, mine).await;
        let page = store.targets(&record, &TargetFilter::default(), None, 100).await.unwrap();
        let mut serials: Vec<_> = page.items.iter().map(|target| target.serial.as_str()).collect();
        serials.sort_unstable();
        assert_eq!(serials, ["A-000", "A-002"]);
        let zones = store.campaign_numbers(&record).await.unwrap().zones;
        let zones: Vec<_> = zones.iter().map(|(_, name, tally)| (name.as_str(), tally.total())).collect();
        assert_eq!(zones, [("America/New_York", 1), ("UTC", 1)]);
    }

    async fn two_processes_move_a_device_once(database: Database) {
        let store = database.store();
        devices(&store, "A", 3).await;
        let record = started(&store, plan(&[Reach::Percent(100.0)])).await;
        let other = database.open_again().await;
        let targets = store.queued_targets(&record, &[0], &[0], NOW, 2).await.unwrap();
        let moves: Vec<_> = targets
            .iter()
            .map(|target| TargetMove { orders: 1, ..step(target, TargetState::Connecting, reboot(&record, target.device)) })
            .collect();
        let (one, two) = tokio::join!(store.move_targets(&record, None, &moves), other.move_targets(&record, None, &moves));
        let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
        assert_eq!(one.devices.len() + two.devices.len(), 2, "each moved once");
        assert_eq!(one.made.len() + two.made.len(), 2);
        for target in &targets {
            assert_eq!(store.open_tasks(target.device).await.unwrap().len(), 1, "one task and no more");
        }
        assert_eq!(in_state(&store, &record, TargetState::Connecting).await, 2);
        assert_eq!(in_state(&store, &record, TargetState::Queued).await, 1);
        assert_eq!(store.campaign_rate(record.id, 10).await.unwrap()[0].started, 2);
        other.close().await;
    }

    async fn a_start_needs_the_turn_of_its_campaign(database: Database) {
        let store = database.store();
        devices(&store, "A", 1).await;
        let record = started(&store, plan(&[Reach::Percent(100.0)])).await;
        let target = store.queued_targets(&record, &[0], &[0], NOW, 1).await.unwrap().remove(0);
        let go = [step(&target, TargetState::Connecting, reboot(&record, target.device))];
        let paused = CampaignChange { state: Some(CampaignState::Paused), now: NOW, ..CampaignChange::default() };
        assert!(store.change_campaign(record.id, record.turn, &paused).await.unwrap());
        // Whoever read it before starts nothing any more.
        let nothing = CampaignChange { now: NOW, ..CampaignChange::default() };
        assert!(store.move_targets(&record, Some(&nothing), &go).await.unwrap().is_none());
        assert!(store.open_tasks(target.device).await.unwrap().is_empty());
        assert!(!store.change_campaign(record.id, record.turn, &paused).await.unwrap());
    }

    async fn a_task_that_left_is_not_taken_back(database: Database) {
        let store = database.store();
        devices(&store, "A", 2).await;
        let record = started(&store, plan(&[Reach::Percent(100.0)])).await;
        let targets = store.queued_targets(&record, &[0], &[0], NOW, 2).await.unwrap();
        let moves: Vec<_> = targets
            .iter()
            .map(|target| step(target, TargetState::Connecting, reboot(&record, target.device)))
            .collect();
        let made = store.move_targets(&record, None, &moves).await.unwrap().unwrap().made;
        // One device gets its order. Its campaign is to look at it.
        let gone = made.iter().find(|task| task.device == targets[0].device).unwrap();
        let update = TaskUpdate {
            step: Some(TaskStep { state: TaskState::Connected, at: NOW.plus_seconds(5) }),
            ..TaskUpdate::default()
        };
        let write = Write::Task { id: gone.id, from: vec![TaskState::Queued], update };
        store.commit(Commit { writes: vec![write] }).await.unwrap();
        let seen = store.due_targets(&record, NOW.plus_seconds(5), 10).await.unwrap();
        let of = |device| seen.iter().find(|target| target.device == device).unwrap();
        assert_eq!(of(gone.device).task_state, Some(TaskState::Connected));
        assert_eq!(of(gone.device).due_at, Some(NOW.plus_seconds(5)));
        let back: Vec<_> = seen
            .iter()
            .map(|target| step(target, TargetState::Queued, TaskChange::TakeBack(target.task.unwrap(), None)))
            .collect();
        let moved = store.move_targets(&record, None, &back).await.unwrap().unwrap();
        assert_eq!(moved.devices.into_iter().collect::<Vec<_>>(), [targets[1].device]);
        assert_eq!(moved.taken_back[0].state, TaskState::Cancelled);
        assert_eq!(in_state(&store, &record, TargetState::Connecting).await, 1);
        assert_eq!(store.open_tasks(targets[0].device).await.unwrap().len(), 1);
        assert!(store.open_tasks(targets[1].device).await.unwrap().is_empty());
    }

    async fn what_a_device_loads_is_seen(database: Database) {
        let store = database.store();
        devices(&store, "A", 1).await;
        let record = started(&store, plan(&[Reach::Percent(100.0)])).await;
        let target = store.queued_targets(&record, &[0], &[0], NOW, 1).await.unwrap().remove(0);
        let later = TargetMove { due_at: None, ..step(&target, TargetState::Connecting, reboot(&record, target.device)) };
        let task = store.move_targets(&record, None, &[later]).await.unwrap().unwrap().made.remove(0).id;
        assert!(store.due_targets(&record, NOW, 10).await.unwrap().is_empty());
        store.target_loads(task, false, NOW).await.unwrap();
        assert_eq!(store.due_targets(&record, NOW, 10).await.unwrap()[0].loading, 1);
        store.target_loads(task, true, NOW).await.unwrap();
        store.target_loads(task, false, NOW).await.unwrap();
        assert_eq!(store.due_targets(&record, NOW, 10).await.unwrap()[0].loading, 2, "it does not go back");
    }

    async fn lists_go_page_by_page(database: Database) {
        let store = database.store();
        devices(&store, "A", 9).await;
        let record = started(&store, plan(&[Reach::Devices(3), Reach::Percent(100.0)])).await;
        let targets = store.queued_targets(&record, &[0, 1], &[0], NOW, 4).await.unwrap();
        let moves: Vec<_> = targets
            .iter()
            .enumerate()
            .map(|(at, target)| {
                let at = NOW.plus_seconds(at as i64);
                TargetMove { at, reason: SkipReason::Away.number(), ..step(target, TargetState::Skipped, TaskChange::Keep) }
            })
            .collect();
        store.move_targets(&record, None, &moves).await.unwrap();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = store.targets(&record, &TargetFilter::default(), cursor.as_ref(), 2).await.unwrap();
            assert!(page.items.len() <= 2);
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let mut ids: Vec<_> = seen.iter().map(|target| target.device).collect();
        assert_eq!(ids[0], targets[3].device, "the latest change first");
        assert_eq!(seen[0].skipped, Some(SkipReason::Away));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), seen.len()), (9, 9), "each once");
        let one = store.target(record.id, targets[3].device).await.unwrap().unwrap();
        assert_eq!(one.steps.iter().map(|step| step.state).collect::<Vec<_>>(), [TargetState::Skipped]);
        let back = store.returned_targets(&record, &[0, 1], NOW, 10).await.unwrap();
        assert!(back.is_empty(), "nobody was heard of since");
    }

    async fn changes_of_stages_come_with_their_campaign_or_not_at_all(database: Database) {
        let store = database.store();
        devices(&store, "A", 1).await;
        let record = started(&store, plan(&[Reach::Percent(100.0)])).await;
        let stage = StageChange { stage: 0, from: StageState::Active, to: StageState::Soaking, at: NOW, by: None };
        let change = CampaignChange {
            state: Some(CampaignState::GateHold),
            stages: vec![stage],
            now: NOW,
            ..CampaignChange::default()
        };
        assert!(!store.change_campaign(record.id, record.turn, &change).await.unwrap(), "the stage is not there");
        assert_eq!(store.campaign(record.id).await.unwrap().unwrap(), record);
    }

    async fn an_edit_voids_the_approval(database: Database) {
        let store = database.store();
        let record = create(&store, plan(&[Reach::Percent(100.0)])).await;
        let approved = CampaignChange {
            state: Some(CampaignState::Approved),
            approved: Some((None, "Ben".into(), NOW)),
            now: NOW,
            ..CampaignChange::default()
        };
        assert!(store.change_campaign(record.id, record.turn, &approved).await.unwrap());
        let record = store.campaign(record.id).await.unwrap().unwrap();
        assert_eq!(record.approved, Some((None, "Ben".into(), NOW)));
        let edit = CampaignChange {
            state: Some(CampaignState::Draft),
            plan: Some(CampaignPlan { why: "More".into(), ..record.plan.clone() }),
            edited: Some(NOW),
            now: NOW,
            ..CampaignChange::default()
        };
        assert!(store.change_campaign(record.id, record.turn, &edit).await.unwrap());
        let edited = store.campaign(record.id).await.unwrap().unwrap();
        assert_eq!((edited.approved, edited.revision, edited.plan.why.as_str()), (None, record.revision + 1, "More"));
    }

    async fn devices_that_come_later_join_the_last_stage(database: Database) {
        let store = database.store();
        devices(&store, "A", 4).await;
        let mut plan = plan(&[Reach::Devices(2), Reach::Percent(100.0)]);
        plan.audience.joins_up_to = Some(6);
        plan.ends_at = Some(Timestamp(i64::MAX));
        let record = started(&store, plan).await;
        devices(&store, "B", 5).await;
        assert_eq!(store.join_targets(&record, NOW).await.unwrap(), 2, "six in all and no more");
        let record = store.campaign(record.id).await.unwrap().unwrap();
        assert_eq!(store.join_targets(&record, NOW).await.unwrap(), 0);
        let numbers = store.campaign_numbers(&record).await.unwrap();
        assert_eq!(numbers.stages.iter().map(Tally::total).collect::<Vec<_>>(), [2, 4]);
    }
}
