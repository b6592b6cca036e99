//! Images that are no good: what becomes of a fleet that installs one.
#![allow(clippy::unwrap_used)]

mod support;

use cwmp::{AcsRequest, Download};
use simulator::{Activity, Cpe, Fault, Fleet, FleetSettings, ImageHead, Injected, Mishap, Pace, builtin, image_with};
use std::collections::BTreeMap;
use std::time::Duration;
use support::files::{self, FileServer};
use support::{MiniAcs, USER};

const PATIENCE: Duration = Duration::from_secs(20);
const VERSION: &str = "Device.DeviceInfo.SoftwareVersion";

struct World {
    acs: MiniAcs,
    files: FileServer,
    fleet: Fleet,
}

impl World {
    /// Devices of one model, in contact.
    async fn new(devices: u32) -> Self {
        let (acs, files) = (MiniAcs::start().await, FileServer::start().await);
        let settings = FleetSettings {
            acs: acs.url(),
            devices,
            models: vec![builtin("kestrel-hg645").unwrap()],
            username: USER.0.to_owned(),
            password: USER.1.to_owned(),
            inform_interval: 86_400,
            pace: Pace { speed: 200.0, reboot: Duration::from_secs(20) },
            ..FleetSettings::default()
        };
        let world = Self { acs, files, fleet: Fleet::start(settings).await.unwrap() };
        world.until("first contact", |cpe| cpe.stats().sessions > 0).await;
        world
    }

    /// Until it is so for all devices.
    async fn until(&self, what: &str, done: impl Fn(&Cpe) -> bool) {
        if !self.fleet.wait_until(PATIENCE, |fleet| fleet.devices().iter().all(|cpe| done(cpe))).await {
            let cpe = self.fleet.devices().iter().find(|cpe| !done(cpe)).unwrap();
            let informs = self.informs(cpe);
            panic!("{what}: {} is {:?}, {informs:?}\n{:#?}", cpe.serial(), cpe.activity(), cpe.stats());
        }
    }

    /// Tells all devices to load an image.
    fn flash(&self, image: &[u8]) {
        let url = self.files.offer("/image", image);
        for cpe in self.fleet.devices() {
            let download = Download {
                command_key: "key".to_owned(),
                file_type: "1 Firmware Upgrade Image".to_owned(),
                url: url.clone(),
                username: files::USER.0.to_owned(),
                password: files::USER.1.to_owned(),
                ..Download::default()
            };
            self.acs.queue(cpe.serial(), [AcsRequest::Download(download)]);
            cpe.inform_now();
        }
    }

    /// Events of each Inform since the first contact and the one that fetched the order.
    fn informs(&self, cpe: &Cpe) -> Vec<String> {
        self.acs.log(cpe.serial(), |log| (2..log.informs.len()).map(|n| log.raws(n).join(", ")).collect())
    }

    /// Fault codes of its TransferCompletes.
    fn told(&self, cpe: &Cpe) -> Vec<u32> {
        self.acs.log(cpe.serial(), |log| log.completes().iter().map(|one| one.fault_code).collect())
    }
}

#[tokio::test]
async fn an_image_misbehaves_on_a_share_of_the_devices_and_nothing_is_lost_or_counted_twice() {
    let world = World::new(60).await;
    let before = world.fleet.devices()[0].value(VERSION).unwrap();
    let words = ["reports=4.3.0-b7", "bricks=20", "rolls-back=15", "crashes=15", "resets=15", "fails=15:9010"];
    let image = image_with("HG645", "4.3.0", &words, 4000).unwrap();
    let head = ImageHead::read(&image).unwrap();
    let fate = |cpe: &Cpe| head.mishap("4.3.0", cpe.serial(), "HG645");
    for mishap in [Mishap::Bricks, Mishap::RollsBack, Mishap::Crashes, Mishap::Resets, Mishap::Fails(9010)] {
        assert!(world.fleet.devices().iter().any(|cpe| fate(cpe) == Some(mishap)), "{mishap:?}");
    }
    world.flash(&image);
    world
        .until("the end of everything", |cpe| match fate(cpe) {
            Some(Mishap::Bricks) => cpe.activity() == Activity::Bricked,
            Some(Mishap::Crashes) => world.informs(cpe).len() == 3,
            _ => world.informs(cpe).len() == 1 && cpe.activity() == Activity::Idle,
        })
        .await;
    // Nobody does anything more.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for cpe in world.fleet.devices() {
        let (informs, stats, version) = (world.informs(cpe), cpe.stats(), cpe.value(VERSION).unwrap());
        let flashes = |count| if count == 0 { BTreeMap::new() } else { BTreeMap::from([("4.3.0".to_owned(), count)]) };
        assert_eq!(stats.downloads, 1);
        let (runs, flashed, boots) = match fate(cpe) {
            Some(Mishap::Fails(_)) => (before.as_str(), 0, 0),
            Some(Mishap::Bricks | Mishap::RollsBack) => (before.as_str(), 1, 1),
            Some(Mishap::Crashes) => ("4.3.0-b7", 1, 3),
            Some(Mishap::Resets) | None => ("4.3.0-b7", 1, 1),
        };
        let told = match fate(cpe) {
            Some(Mishap::Fails(code)) => vec![code],
            Some(Mishap::Bricks | Mishap::Resets) => Vec::new(),
            _ => vec![0],
        };
        assert_eq!((version.as_str(), stats.reboots), (runs, boots), "{:?}", fate(cpe));
        assert_eq!((stats.flashes, world.told(cpe)), (flashes(flashed), told), "{:?}", fate(cpe));
        match fate(cpe) {
            Some(Mishap::Bricks) => assert!(informs.is_empty()),
            Some(Mishap::Resets) => assert_eq!(informs, ["0 BOOTSTRAP, 1 BOOT"]),
            Some(Mishap::Crashes) => assert_eq!(informs[1..], ["1 BOOT", "1 BOOT"]),
            _ => {}
        }
    }
    let failed = world.fleet.devices().iter().filter(|cpe| fate(cpe) == Some(Mishap::Fails(9010))).count() as u64;
    let sums = world.fleet.stats();
    assert_eq!((sums.downloads, sums.flashes["4.3.0"]), (60, 60 - failed));
    assert_eq!(world.fleet.flashes().len(), 60);

    // A device that is dead stays dead without power, too, until somebody revives it.
    let dead = world.fleet.devices().iter().find(|cpe| fate(cpe) == Some(Mishap::Bricks)).unwrap();
    dead.power_off();
    dead.power_on();
    dead.reboot();
    dead.inform_now();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((dead.activity(), world.informs(dead).len()), (Activity::Bricked, 0));
    dead.revive();
    assert!(world.fleet.wait_until(PATIENCE, |_| world.informs(dead).len() == 1).await);
    assert!(world.informs(dead)[0].contains("1 BOOT") && dead.value(VERSION).unwrap() == before);
    assert!(world.told(dead).is_empty(), "it knows nothing of the transfer");
}

#[tokio::test]
async fn a_mishap_may_be_for_another_model_only_and_a_better_image_ends_it() {
    let world = World::new(1).await;
    let cpe = &world.fleet.devices()[0];
    world.flash(&image_with("HG645", "5.0", &["bricks=100", "only=HG640"], 0).unwrap());
    world.until("the upgrade", |cpe| cpe.value(VERSION).unwrap() == "5.0" && world.told(cpe) == [0]).await;

    world.flash(&image_with("HG645", "5.1", &["crashes=100"], 0).unwrap());
    world.until("a crash", |cpe| cpe.stats().reboots == 3).await;
    world.flash(&image_with("HG645", "5.2", &[""; 0], 0).unwrap());
    world.until("the upgrade", |cpe| cpe.value(VERSION).unwrap() == "5.2").await;
    let reboots = cpe.stats().reboots;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(cpe.stats().reboots, reboots, "it crashes no more");

    // One that says in its answer that it is done, and dies afterwards.
    cpe.inject(Injected::once(Fault::TransferAtOnce));
    world.flash(&image_with("HG645", "5.3", &["bricks=100"], 0).unwrap());
    world.until("its end", |cpe| cpe.activity() == Activity::Bricked).await;
    let versions: Vec<_> = cpe.stats().flashes.into_iter().collect();
    assert_eq!(versions, ["5.0", "5.1", "5.2", "5.3"].map(|version| (version.to_owned(), 1)));
}
