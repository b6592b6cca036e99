//! What holds in the moment in which a device comes for its order, and what happens to those that no order may leave for.

use super::*;
use model::campaign::{FailureClass, Pause, SkipReason, StageState, Window};
use store::{CampaignChange, NewTask};

impl World {
    /// Orders that devices were given, all together.
    fn orders(&self) -> u32 {
        self.devices.iter().map(|device| device.orders.values().sum::<u32>()).sum()
    }

    fn answer(&mut self, was: Fate, is: Fate) {
        self.devices.iter_mut().filter(|device| device.fate == was).for_each(|device| device.fate = is);
    }

    /// Changes the state by hand, by the clock of the test.
    async fn force(&self, id: CampaignId, state: CampaignState) {
        let record = self.record(id).await;
        let change =
            CampaignChange { state: Some(state), tick_at: Some(self.now), now: self.now, ..CampaignChange::default() };
        assert!(self.store.change_campaign(id, record.turn, &change).await.unwrap());
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

#[tokio::test]
async fn whoever_checks_in_by_day_gets_nothing_and_no_more_than_there_are_places_for_by_night() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Deaf; 12]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.window = Some(Window { from: 60, to: 300, zone: "UTC".into(), ..Window::default() });
        plan.pace.at_once = 3;
        plan.patience.connect_minutes = 5;
        plan.thresholds = no_limits();
        let id = world.start(plan).await;
        world.step = 300;
        while world.now < at("2026-11-24T04:00:00Z") {
            world.pass(300).await;
        }
        let tally = world.tally(id).await;
        assert!(tally.of(TargetState::Eligible) >= 9, "called, and not reached: {tally:?}");
        world.now = at("2026-11-24T05:00:00Z");
        // They come in the very second in which the window closes, before the engine has looked.
        world.answer(Fate::Deaf, Fate::Good);
        world.devices_act().await;
        assert_eq!(world.orders(), 0, "its window is closed");
        world.pass(3600).await;
        assert_eq!((world.orders(), world.store.devices_with_open_tasks().await.unwrap().len()), (0, 0));
        assert!(world.targets(id).await.values().all(|target| target.state == TargetState::Queued));
        // In the next night they cannot be called again, and then come all at once.
        world.answer(Fate::Good, Fate::Deaf);
        while world.now < at("2026-11-25T03:00:00Z") {
            world.pass(300).await;
        }
        world.answer(Fate::Deaf, Fate::Good);
        world.now = world.now.plus_seconds(60);
        world.inform().await;
        world.devices_act().await;
        assert_eq!(world.orders(), 3, "no more than may be under way at once");
        world.until(id, CampaignState::Completed, 48).await;
        assert_eq!((world.tally(id).await.succeeded(), world.orders()), (12, 12));
    })
    .await;
}

#[tokio::test]
async fn a_pause_holds_for_those_that_come_before_the_engine_has_looked() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Deaf; 4]).await;
        let image = world.image("2.0").await;
        let id = world.start(plan(&image, &[Reach::Percent(100.0)])).await;
        world.pass(120).await;
        world.answer(Fate::Deaf, Fate::Good);
        world.force(id, CampaignState::Paused).await;
        world.devices_act().await;
        assert_eq!(world.orders(), 0);
        world.force(id, CampaignState::Running).await;
        world.until(id, CampaignState::Completed, 2).await;
        assert_eq!(world.orders(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_gate_that_was_paused_is_still_to_be_decided() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", vec![Fate::Good; 8]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Devices(5), Reach::Percent(100.0)]);
        plan.stages[0].gate.automatic = false;
        let id = world.start(plan).await;
        world.until(id, CampaignState::GateHold, 3).await;
        world.force(id, CampaignState::Paused).await;
        world.pass(120).await;
        world.force(id, CampaignState::Running).await;
        world.until(id, CampaignState::GateHold, 1).await;
        let record = world.record(id).await;
        assert!(matches!(record.pause, Some(Pause::Decision { stage: 0 })), "{:?}", record.pause);
        assert_eq!(world.store.campaign_stages(id).await.unwrap()[0].state, StageState::Held);
        world.acs.resume_campaign(&Actor::System, id, "they are well").await.unwrap();
        world.now = crate::clock::now().plus_seconds(5);
        world.inform().await;
        world.until(id, CampaignState::Completed, 3).await;
        assert_eq!(world.tally(id).await.succeeded(), 8);
    })
    .await;
}

#[tokio::test]
async fn a_device_that_falls_back_behind_its_path_is_not_sent_round_in_circles() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [Fate::FallsBack("3.0"), Fate::Good]).await;
        let (first, last) = (world.image("2.0").await, world.image_from("3.0", "2.0").await);
        let mut plan = plan(&last, &[Reach::Percent(100.0)]);
        plan.kind = CampaignKind::Firmware { images: vec![first.id, last.id] };
        plan.thresholds = no_limits();
        plan.patience.tries = 9;
        let id = world.start(plan).await;
        world.until(id, CampaignState::CompletedWithFailures, 24).await;
        let targets = world.targets(id).await;
        let ends: Vec<_> = world.devices.iter().map(|device| targets[&device.id].failure).collect();
        assert_eq!(ends, [Some(FailureClass::WrongVersion), None]);
        for device in &world.devices {
            assert_eq!(device.orders, BTreeMap::from([("2.0".to_owned(), 1), ("3.0".to_owned(), 1)]));
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_comes_back_with_another_version_counts_before_it_is_tried_again() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        let fates = (0..30).map(|at| if at % 3 == 0 { Fate::Reports("1.9") } else { Fate::Good });
        world.fleet("HG640", fates).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.patience.pause_minutes = 300;
        let id = world.start(plan).await;
        world.until(id, CampaignState::Paused, 1).await;
        let tally = world.tally(id).await;
        assert_eq!(tally.bad(), 0, "each would be tried once more: {tally:?}");
        let Some(Pause::Alarm { alarm }) = world.record(id).await.pause else { panic!("it paused itself") };
        assert!(alarm.bad >= 3, "{alarm:?}");
    })
    .await;
}

#[tokio::test]
async fn a_stage_does_not_wait_without_end_for_a_device_with_other_work() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.fleet("HG640", [Fate::Deaf, Fate::Good]).await;
        let busy = world.devices[0].id;
        let other = NewTask::new(busy, TaskKind::Reboot, "somebody", world.now);
        world.store.create_task(other).await.unwrap();
        let image = world.image("2.0").await;
        let id = world.start(plan(&image, &[Reach::Percent(100.0)])).await;
        world.step = 600;
        world.pass(20 * 3600).await;
        assert_eq!(world.targets(id).await[&busy].state, TargetState::Queued, "one thing after the other");
        world.until(id, CampaignState::Completed, 8).await;
        assert_eq!(world.targets(id).await[&busy].skipped, Some(SkipReason::Busy));
    })
    .await;
}
