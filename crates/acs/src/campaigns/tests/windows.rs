//! Nothing starts outside of its own window, whatever the clocks do.

use super::*;
use crate::zones;
use model::campaign::Window;
use model::subscriber::SubscriberChange;

/// Minutes after midnight at the subscriber's.
fn shown(zone: &str, at: Timestamp) -> i64 {
    let zone = zones::find(zone).unwrap();
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap().to_zoned(zone).time();
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

#[tokio::test]
async fn devices_in_five_zones_start_in_their_own_night_across_a_change_of_the_clocks() {
    on_both(|store| async move {
        let mut world = World::new(store).await;
        world.step = 300;
        // The clocks change in Berlin and London in the night after this day, in New York a week later.
        world.now = Timestamp("2026-10-24T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let zones = ["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
        world.fleet("HG640", vec![Fate::Good; 20]).await;
        let mut zone_of = HashMap::new();
        for (at, device) in world.devices.iter().enumerate() {
            let zone = zones[at % zones.len()];
            zone_of.insert(device.id, zone);
            let change = SubscriberChange {
                account: format!("A{at}"),
                name: Some(format!("Person {at}")),
                time_zone: Some(zone.into()),
                serials: Some(vec![format!("HG640-{at:04}")]),
                ..SubscriberChange::default()
            };
            world.acs.put_subscriber(&Actor::System, change, false, false).await.unwrap();
        }
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.window = Some(Window { from: 60, to: 300, zone: "UTC".into(), ..Window::default() });
        plan.patience.healthy_minutes = 1;
        // One in a quarter of an hour: it takes more than one night.
        plan.pace.at_once = 1;
        plan.pace.per_minute = 1;
        let id = world.start(plan).await;
        world.until(id, CampaignState::Completed, 72).await;
        let (mut starts, mut waited) = (0, false);
        for (device, target) in world.targets(id).await {
            let zone = zone_of[&device];
            for step in target.steps.iter().filter(|step| step.state == TargetState::Connecting) {
                starts += 1;
                let minute = shown(zone, step.at);
                assert!((60..300).contains(&minute), "{zone}: {minute} minutes after midnight");
            }
        }
        for (_, log) in world.store.campaign_log(id, None, 200).await.unwrap() {
            waited |= matches!(log.kind, model::campaign::CampaignLogKind::WindowClosed);
        }
        assert_eq!((starts, waited), (20, true));
    })
    .await;
}
