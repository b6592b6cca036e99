//! What becomes of devices, and of the campaign with them.

use super::*;
use model::campaign::{CampaignLogKind, FailureClass, Pause, SkipReason, StageState, Window};

#[tokio::test]
async fn three_stages_pass_by_themselves_and_all_are_verified() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 30]).await;
        world.fleet("GX21", vec![Fate::Good; 10]).await;
        let image = world.image("2.0").await;
        let id = world.start(plan(&image, &[Reach::Devices(5), Reach::Percent(50.0), Reach::Percent(100.0)])).await;
        world.until(id, CampaignState::Completed, 4).await;
        assert_eq!(world.tally(id).await.of(TargetState::Succeeded), 40);
        for device in &world.devices {
            assert_eq!(device.orders, BTreeMap::from([("2.0".to_owned(), 1)]), "{}", device.model);
        }
        let stages = world.store.campaign_stages(id).await.unwrap();
        assert!(stages.iter().all(|stage| stage.state == StageState::Passed));
        // The second stage began only after the first had soaked.
        let soaked = stages[0].done_at.unwrap().plus_seconds(600);
        assert!(stages[1].started_at.unwrap() >= soaked);
        let log: Vec<_> =
            world.store.campaign_log(id, None, 100).await.unwrap().into_iter().map(|(_, log)| log.kind).collect();
        assert!(matches!(log[0], CampaignLogKind::Ended { succeeded: 40, bad: 0, .. }), "{log:?}");
        let targets = world.targets(id).await;
        let steps: Vec<TargetState> = targets[&world.devices[0].id].steps.iter().map(|step| step.state).collect();
        assert_eq!(steps.last(), Some(&TargetState::Succeeded), "{steps:?}");
        // It is over: the engine does not look at it any more.
        world.pass(60).await;
        assert!(world.store.campaigns_due(Timestamp(i64::MAX)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_image_that_bricks_one_model_stops_itself_and_names_it() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", (0..40).map(|at| if at % 5 == 0 { Fate::Bricks } else { Fate::Good })).await;
        world.fleet("GX21", vec![Fate::Good; 40]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(50.0), Reach::Percent(100.0)]);
        plan.pace.at_once = 10;
        let id = world.start(plan).await;
        world.until(id, CampaignState::Paused, 6).await;
        let record = world.record(id).await;
        let Some(Pause::Alarm { alarm }) = record.pause else { panic!("{:?}", record.pause) };
        assert_eq!((alarm.model.as_deref(), alarm.stage), (Some("HG640"), 0));
        let begun: u32 = world.devices.iter().map(|device| device.orders.values().sum::<u32>()).sum();
        world.pass(3600).await;
        let later: u32 = world.devices.iter().map(|device| device.orders.values().sum::<u32>()).sum();
        assert_eq!(begun, later, "nothing starts while it stands");
        let tally = world.tally(id).await;
        assert_eq!(tally.in_flight() + tally.of(TargetState::Verifying), 0, "what was under way is seen to its end");
        for (device, target) in world.targets(id).await {
            if target.state == TargetState::Lost {
                assert_eq!(target.failure, Some(FailureClass::NoReturn));
                assert!(world.of_fate(Fate::Bricks).contains(&device));
            }
        }
        world.assert_few_orders();
    })
    .await;
}

#[tokio::test]
async fn what_helps_nothing_is_not_repeated_and_the_rest_twice_at_most() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        let fates = [Fate::Fails(9018), Fate::Fails(9010), Fate::FailsOnce(9017), Fate::Reports("1.9"), Fate::Good];
        world.fleet("HG640", fates).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.thresholds = no_limits();
        // More than the loop guard lets through.
        plan.patience.tries = 9;
        let ids: Vec<DeviceId> = world.devices.iter().map(|device| device.id).collect();
        let id = world.start(plan).await;
        world.until(id, CampaignState::CompletedWithFailures, 12).await;
        let targets = world.targets(id).await;
        let end = |at: usize| (targets[&ids[at]].state, targets[&ids[at]].failure);
        assert_eq!(end(0), (TargetState::Failed, Some(FailureClass::Fault(9018))));
        assert_eq!(end(1), (TargetState::Failed, Some(FailureClass::Fault(9010))));
        assert_eq!(end(2), (TargetState::Succeeded, None));
        assert_eq!(end(3), (TargetState::Failed, Some(FailureClass::WrongVersion)));
        assert_eq!(end(4), (TargetState::Succeeded, None));
        let orders: Vec<u32> = world.devices.iter().map(|device| device.orders["2.0"]).collect();
        assert_eq!(orders, [1, 2, 2, 2, 1]);
    })
    .await;
}

#[tokio::test]
async fn devices_that_are_away_are_left_out_and_taken_in_when_they_are_back() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [vec![Fate::Good; 8], vec![Fate::Away; 2]].concat()).await;
        // They were heard of, long enough ago to be away.
        let away = world.of_fate(Fate::Away);
        for id in &away {
            let patch = DevicePatch { last_inform: Some(world.now.plus_seconds(-86_400)), ..DevicePatch::default() };
            world.write(vec![Write::Device { id: *id, patch }]).await;
        }
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(50.0), Reach::Percent(100.0)]);
        plan.stages[0].gate.soak_minutes = 60;
        let id = world.start(plan).await;
        world.pass(900).await;
        let targets = world.targets(id).await;
        let out: Vec<_> = away.iter().filter(|id| targets[id].state == TargetState::Skipped).collect();
        assert!(out.iter().all(|id| targets[id].skipped == Some(SkipReason::Away)));
        // They come back: those whose turn is over come in again.
        for device in world.devices.iter_mut().filter(|device| device.fate == Fate::Away) {
            device.fate = Fate::Good;
        }
        world.until(id, CampaignState::Completed, 8).await;
        assert_eq!(world.tally(id).await.of(TargetState::Succeeded), 10);
        assert_eq!(world.tally(id).await.failed_percent(), Some(0.0), "who is away has not failed");
    })
    .await;
}

#[tokio::test]
async fn a_device_that_is_never_reached_does_not_hold_the_others_up() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [vec![Fate::Good; 9], vec![Fate::Deaf]].concat()).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(50.0), Reach::Percent(100.0)]);
        plan.pace.at_once = 1;
        let id = world.start(plan).await;
        world.step = 300;
        world.pass(3 * 3600).await;
        let tally = world.tally(id).await;
        assert_eq!((tally.succeeded(), tally.of(TargetState::Eligible)), (9, 1), "{tally:?}");
        // Somebody ends it: its task is taken back.
        let deaf = world.of_fate(Fate::Deaf)[0];
        assert_eq!(world.store.open_tasks(deaf).await.unwrap().len(), 1);
        world.acs.cancel_campaign(&Actor::System, id, "enough", "Rollout").await.unwrap();
        world.now = crate::clock::now().plus_seconds(5);
        world.pass(60).await;
        assert!(world.store.open_tasks(deaf).await.unwrap().is_empty());
        assert_eq!(world.targets(id).await[&deaf].state, TargetState::Cancelled);
    })
    .await;
}

#[tokio::test]
async fn who_does_not_stay_healthy_has_failed() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [Fate::Crashes, Fate::Resets, Fate::Good]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.thresholds = no_limits();
        let ids: Vec<DeviceId> = world.devices.iter().map(|device| device.id).collect();
        let id = world.start(plan).await;
        world.until(id, CampaignState::CompletedWithFailures, 4).await;
        let targets = world.targets(id).await;
        assert_eq!(targets[&ids[0]].failure, Some(FailureClass::Unhealthy));
        assert_eq!(targets[&ids[1]].failure, Some(FailureClass::FactoryDefaults));
        assert_eq!(targets[&ids[2]].state, TargetState::Succeeded);
        world.assert_few_orders();
    })
    .await;
}

#[tokio::test]
async fn a_path_of_images_is_gone_step_by_step() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 3]).await;
        // One of them runs the first of the two already, one the last.
        for (at, version) in [(1, "2.0"), (2, "3.0")] {
            let patch = DevicePatch { software_version: Some(version.into()), ..DevicePatch::default() };
            world.write(vec![Write::Device { id: world.devices[at].id, patch }]).await;
        }
        let (two, three) = (world.image("2.0").await, world.image_from("3.0", "2.0").await);
        let mut plan = plan(&three, &[Reach::Percent(100.0)]);
        plan.kind = CampaignKind::Firmware { images: vec![two.id, three.id] };
        let id = world.start(plan).await;
        world.until(id, CampaignState::Completed, 6).await;
        let orders: Vec<Vec<&str>> =
            world.devices.iter().map(|device| device.orders.keys().map(String::as_str).collect()).collect();
        assert_eq!(orders, [vec!["2.0", "3.0"], vec!["3.0"], vec![]], "each from where it is");
        let targets = world.targets(id).await;
        assert_eq!(targets[&world.devices[2].id].skipped, Some(SkipReason::AlreadyThere));
    })
    .await;
}

#[tokio::test]
async fn a_pause_takes_back_what_has_not_left_and_a_resume_goes_on() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [vec![Fate::Good; 6], vec![Fate::Deaf; 2]].concat()).await;
        let image = world.image("2.0").await;
        let id = world.start(plan(&image, &[Reach::Percent(100.0)])).await;
        world.pass(60).await;
        let reason = "customers complain";
        world.acs.pause_campaign(&Actor::System, id, reason).await.unwrap();
        // The operation goes by the clock on the wall.
        world.now = crate::clock::now().plus_seconds(5);
        world.inform().await;
        world.pass(1200).await;
        let tally = world.tally(id).await;
        assert_eq!(tally.of(TargetState::Eligible) + tally.of(TargetState::Connecting), 0, "{tally:?}");
        for deaf in world.of_fate(Fate::Deaf) {
            assert!(world.store.open_tasks(deaf).await.unwrap().is_empty(), "its task is taken back");
        }
        assert!(world.acs.resume_campaign(&Actor::System, id, "").await.is_err(), "a reason is asked for");
        world.acs.resume_campaign(&Actor::System, id, "it was the weather").await.unwrap();
        for device in world.devices.iter_mut().filter(|device| device.fate == Fate::Deaf) {
            device.fate = Fate::Good;
        }
        world.until(id, CampaignState::Completed, 6).await;
        assert_eq!(world.tally(id).await.succeeded(), 8);
        world.assert_few_orders();
    })
    .await;
}

#[tokio::test]
async fn a_gate_that_does_not_open_waits_for_a_person() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [vec![Fate::Fails(9018)], vec![Fate::Good; 9]].concat()).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Canaries, Reach::Percent(100.0)]);
        plan.canaries = world.devices.iter().take(5).map(|device| device.id).collect();
        plan.thresholds = no_limits();
        let id = world.start(plan).await;
        world.until(id, CampaignState::GateHold, 3).await;
        let record = world.record(id).await;
        assert!(matches!(record.pause, Some(Pause::Gate { stage: 0, finished: 5, .. })), "{:?}", record.pause);
        world.acs.resume_campaign(&Actor::System, id, "the one was known to be bad").await.unwrap();
        world.now = crate::clock::now().plus_seconds(5);
        world.inform().await;
        world.until(id, CampaignState::CompletedWithFailures, 3).await;
        let stages = world.store.campaign_stages(id).await.unwrap();
        assert_eq!(stages[0].passed_by.as_deref(), Some("Lastmile"));
        assert_eq!(world.tally(id).await.succeeded(), 9);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_has_seen_does_not_stop_it_again_and_what_fails_afresh_does() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.now = crate::clock::now();
        world.fleet("HG640", (0..80).map(|at| if at < 4 { Fate::Fails(9018) } else { Fate::Good })).await;
        let image = world.image("2.0").await;
        let stages = [Reach::Canaries, Reach::Percent(34.0), Reach::Percent(67.0), Reach::Percent(100.0)];
        let mut plan = plan(&image, &stages);
        plan.canaries = world.devices.iter().take(20).map(|device| device.id).collect();
        plan.pace.per_minute = 60_000;
        for stage in &mut plan.stages {
            stage.gate = Gate { success_percent: 50.0, soak_minutes: 0, ..stage.gate };
        }
        let id = world.start(plan).await;
        world.pass(60).await;
        // Two of a stage are below the limits, four are above.
        let targets = world.targets(id).await;
        for (stage, failures) in [(1, 2), (2, 2), (3, 4)] {
            let of_stage = world.devices.iter_mut().filter(|device| targets[&device.id].stage == stage);
            of_stage.take(failures).for_each(|device| device.fate = Fate::Fails(9018));
        }
        for stage in [0, 3] {
            world.until(id, CampaignState::Paused, 3).await;
            let record = world.record(id).await;
            let Some(Pause::Alarm { alarm }) = record.pause else { panic!("{:?}", record.pause) };
            assert_eq!((alarm.stage, alarm.bad), (stage, 4));
            world.acs.resume_campaign(&Actor::System, id, "it was the weather").await.unwrap();
        }
        world.until(id, CampaignState::CompletedWithFailures, 3).await;
        assert_eq!(world.tally(id).await.bad(), 12, "counts are kept");
    })
    .await;
}

#[tokio::test]
async fn what_failed_during_a_pause_does_not_end_it_and_what_fails_afresh_does() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.now = crate::clock::now();
        world.fleet("HG640", (0..40).map(|at| if at % 2 == 0 { Fate::Fails(9018) } else { Fate::Good })).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Canaries, Reach::Percent(100.0)]);
        plan.canaries = world.devices.iter().take(20).map(|device| device.id).collect();
        plan.pace.per_minute = 60_000;
        plan.stages[0].gate = Gate { success_percent: 0.0, soak_minutes: 0, ..plan.stages[0].gate };
        plan.thresholds = Thresholds { min_sample: 5, abort: Limit { percent: 20.0, count: 8 }, ..no_limits() };
        let id = world.start(plan).await;
        world.pass(180).await;
        world.acs.pause_campaign(&Actor::System, id, "the phones ring").await.unwrap();
        world.pass(1200).await;
        let tally = world.tally(id).await;
        assert_eq!((tally.bad(), tally.succeeded()), (10, 10), "{tally:?}");
        world.acs.resume_campaign(&Actor::System, id, "they are quiet").await.unwrap();
        world.until(id, CampaignState::Cancelled, 3).await;
        let record = world.record(id).await;
        let Some(Pause::Alarm { alarm }) = record.pause else { panic!("{:?}", record.pause) };
        assert_eq!((alarm.stage, alarm.bad), (1, 10), "those of the first stage were seen");
    })
    .await;
}

#[tokio::test]
async fn nothing_is_taken_back_while_nobody_knows_what_was_brought() {
    on_both(|store| async move {
        let world = World::new(store).await;
        let old = world.image("1.0").await;
        let (nameless, deleted, known) = (world.image("").await, world.image("2.0").await, world.image("3.0").await);
        let mut ids = Vec::new();
        for image in [&nameless, &deleted, &known] {
            let plan = plan(image, &[Reach::Percent(100.0)]);
            ids.push(world.acs.create_campaign(&Actor::System, plan).await.unwrap().id);
        }
        world.acs.delete_file(&Actor::System, deleted.id).await.unwrap();
        for id in &ids[..2] {
            let refused = world.acs.roll_back_campaign(&Actor::System, *id, old.id, "it crashes").await.unwrap_err();
            assert!(refused.to_string().contains("is not known"), "{refused}");
        }
        let campaigns = world.acs.campaigns(&Actor::System, &[], None).await.unwrap();
        assert_eq!(campaigns.rows.len(), 3, "nothing was made");
        let back = world.acs.roll_back_campaign(&Actor::System, ids[2], old.id, "it crashes").await.unwrap();
        assert_eq!(back.plan.audience.versions, ["3.0"]);
    })
    .await;
}

#[tokio::test]
async fn what_a_process_left_behind_is_taken_up_by_the_next() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 12]).await;
        let image = world.image("2.0").await;
        let id = world.start(plan(&image, &[Reach::Devices(5), Reach::Percent(100.0)])).await;
        // Several managers look at once, and each is replaced by a new one again and again.
        for _ in 0..150 {
            world.now = world.now.plus_seconds(world.step);
            world.devices_act().await;
            world.inform().await;
            let other = Acs::assembled(world.store.clone(), world.acs.exchange().settings.clone()).await.unwrap();
            let (one, two) =
                tokio::join!(world.acs.look_after_campaigns(world.now), other.look_after_campaigns(world.now));
            one.unwrap();
            two.unwrap();
            world.acs = other;
            if world.record(id).await.state.ended() {
                break;
            }
        }
        assert_eq!(world.record(id).await.state, CampaignState::Completed);
        for device in &world.devices {
            assert_eq!(device.orders, BTreeMap::from([("2.0".to_owned(), 1)]));
        }
    })
    .await;
}

#[tokio::test]
async fn other_kinds_go_the_same_way() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 4]).await;
        let image = world.image("2.0").await;
        let set = model::task::SetValue { path: "Device.X.Y".into(), value: "1".into(), value_type: None };
        for kind in [
            CampaignKind::Reboot,
            CampaignKind::Refresh { paths: vec![] },
            CampaignKind::Configuration { values: vec![set] },
            CampaignKind::File { file: image.id },
        ] {
            let name = kind.as_str();
            let plan = CampaignPlan { kind, ..plan(&image, &[Reach::Devices(1), Reach::Percent(100.0)]) };
            let plan = CampaignPlan { window: None::<Window>, ..plan };
            let id = world.start(plan).await;
            world.until(id, CampaignState::Completed, 6).await;
            assert_eq!(world.tally(id).await.succeeded(), 4, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_comes_to_nothing_has_a_reason_that_fits_its_kind() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [Fate::Fails(0), Fate::Stalls]).await;
        let ids: Vec<DeviceId> = world.devices.iter().map(|device| device.id).collect();
        let image = world.image("2.0").await;
        let set = model::task::SetValue { path: "Device.X.Y".into(), value: "1".into(), value_type: None };
        for (kind, failed) in [
            (CampaignKind::Reboot, FailureClass::NoReturn),
            (CampaignKind::Configuration { values: vec![set] }, FailureClass::Uncertain),
        ] {
            let name = kind.as_str();
            let mut plan = CampaignPlan { kind, ..plan(&image, &[Reach::Percent(100.0)]) };
            plan.thresholds = no_limits();
            let id = world.start(plan).await;
            world.until(id, CampaignState::CompletedWithFailures, 6).await;
            let targets = world.targets(id).await;
            let ends: Vec<_> = ids.iter().map(|id| (targets[id].state, targets[id].failure)).collect();
            let wanted = [(TargetState::Failed, Some(failed)), (TargetState::Lost, Some(FailureClass::Uncertain))];
            assert_eq!(ends, wanted, "{name}");
            // What is still open of the one that said nothing ends, so that the next can begin.
            for task in world.store.open_tasks(ids[1]).await.unwrap() {
                world.write(vec![moved(task.id, TaskState::Cancelled, world.now, None)]).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_has_not_begun_on_the_last_day_is_left_out() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 9]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Devices(5), Reach::Percent(100.0)]);
        plan.stages[0].gate.soak_minutes = 600;
        plan.ends_at = Some(world.now.plus_seconds(3600));
        let id = world.start(plan).await;
        world.until(id, CampaignState::Expired, 3).await;
        world.pass(60).await;
        let tally = world.tally(id).await;
        assert_eq!((tally.succeeded(), tally.of(TargetState::Skipped)), (5, 4));
    })
    .await;
}

#[tokio::test]
async fn a_stage_that_nobody_is_in_holds_nobody_up() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 5]).await;
        let image = world.image("2.0").await;
        let id = world.start(plan(&image, &[Reach::Devices(5), Reach::Percent(50.0), Reach::Percent(100.0)])).await;
        world.until(id, CampaignState::Completed, 2).await;
        assert_eq!(world.tally(id).await.succeeded(), 5);
    })
    .await;
}

#[tokio::test]
async fn what_failed_in_one_night_is_tried_in_the_next() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.step = 600;
        world.fleet("HG640", [Fate::FailsOnce(9010)]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.window = Some(Window { from: 60, to: 300, ..Window::default() });
        plan.thresholds = no_limits();
        let id = world.start(plan).await;
        world.until(id, CampaignState::Completed, 60).await;
        let steps = world.targets(id).await.remove(&world.devices[0].id).unwrap().steps;
        let begun: Vec<Timestamp> =
            steps.iter().filter(|step| step.state == TargetState::Connecting).map(|step| step.at).collect();
        assert_eq!(begun.len(), 2);
        assert!(begun[1].since(begun[0]) > 12 * 3_600_000, "{steps:?}");
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_says_who_would_load_what_and_makes_nothing() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 4]).await;
        world.fleet("GX21", vec![Fate::Good; 3]).await;
        for (at, version) in [(0, "2.0"), (1, "3.0")] {
            let patch = DevicePatch { software_version: Some(version.into()), ..DevicePatch::default() };
            world.write(vec![Write::Device { id: world.devices[at].id, patch }]).await;
        }
        let (first, last) = (world.image("1.5").await, world.image_from("2.0", "1.5").await);
        let mut plan = plan(&last, &[Reach::Percent(100.0)]);
        plan.kind = CampaignKind::Firmware { images: vec![first.id, last.id] };
        world.now = crate::clock::now();
        world.inform().await;
        let run = world.acs.try_campaign(&Actor::System, &plan).await.unwrap();
        assert_eq!((run.preview.total, run.orders, run.needs_approval), (7, 5, false));
        assert_eq!(run.skipped, [(SkipReason::AlreadyThere, 1), (SkipReason::Newer, 1)]);
        let images: Vec<(&str, u32)> = run.images.iter().map(|(file, count)| (file.version.as_str(), *count)).collect();
        assert_eq!(images, [("1.5", 5), ("2.0", 0)], "they are too old for the last one");
        assert_eq!(run.problems, []);
        assert!(world.acs.campaigns(&Actor::System, &[], None).await.unwrap().rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_person_decides_holds_whatever_the_engine_does_in_that_moment() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 3]).await;
        let image = world.image("2.0").await;
        let id = world.start(plan(&image, &[Reach::Percent(100.0)])).await;
        let (acs, from) = (world.acs.clone(), world.now);
        let engine = tokio::spawn(async move {
            for second in 1..300 {
                acs.look_after_campaigns(from.plus_seconds(2 * second)).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        for round in 0..10 {
            world.acs.pause_campaign(&Actor::System, id, "the phones ring").await.unwrap();
            assert_eq!(world.record(id).await.state, CampaignState::Paused, "{round}");
            let mut limits = world.record(id).await.plan.limits();
            limits.pace.per_minute = 100 + round;
            world.acs.change_campaign_limits(&Actor::System, id, limits, "slower").await.unwrap();
            world.acs.resume_campaign(&Actor::System, id, "they are quiet").await.unwrap();
        }
        assert_eq!(world.record(id).await.plan.pace.per_minute, 109);
        engine.abort();
    })
    .await;
}
