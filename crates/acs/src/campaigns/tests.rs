//! Campaigns from start to end: the engine on a database, with devices that do what is written down for them and a clock that is
//! set by hand.

mod leaving;
mod life;
mod notices;
mod second_person;
mod windows;

use super::leaving::{Leaves, leaves};
use crate::{Acs, AcsSettings, Actor, FileLocation, FileProof, FilesSettings, MailSettings};
use bytes::Bytes;
use model::campaign::{
    CampaignKind, CampaignPlan, CampaignState, Gate, Limit, Patience, Reach, StagePlan, Tally, TargetFilter,
    TargetState, TargetView, Thresholds,
};
use model::device::{DataModel, Enrolment, Identity};
use model::event::EventKind;
use model::fault::FaultView;
use model::file::{FileInput, FileRef, FileType};
use model::task::{TaskKind, TaskOutcome, TaskState, TaskStep};
use model::{CampaignId, DeviceId, TaskId, Timestamp};
use std::collections::{BTreeMap, HashMap};
use store::testing::{Kind, run};
use store::{CampaignRecord, Commit, DevicePatch, NewCampaign, NewDevice, Store, TaskUpdate, Write};
use tempfile::TempDir;

/// What a device does with its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    /// It takes the order and never comes back.
    Bricks,
    /// It reports a fault; 0: the order comes to nothing without one.
    Fails(u32),
    /// It takes the order, checks in, and never says what became of it.
    Stalls,
    /// It fails once, and is good then.
    FailsOnce(u32),
    /// It comes back with another version.
    Reports(&'static str),
    /// It starts again by itself, minutes after.
    Crashes,
    /// It comes back as from the factory.
    Resets,
    /// It was not heard of for a long time.
    Away,
    /// It checks in and is never reached.
    Deaf,
    /// It takes all images but this one, which makes it run what it came with.
    FallsBack(&'static str),
}

struct Paper {
    id: DeviceId,
    model: &'static str,
    fate: Fate,
    /// When it took its task, and which.
    took: Option<(TaskId, Timestamp)>,
    /// Orders that it was given of each image, by its version.
    orders: BTreeMap<String, u32>,
    gone: bool,
    /// It starts again by itself then.
    crashes_at: Option<Timestamp>,
}

struct World {
    acs: Acs,
    store: Store,
    now: Timestamp,
    /// Seconds between two looks.
    step: i64,
    devices: Vec<Paper>,
    _folder: TempDir,
}

/// Seconds from the order until the device is back.
const INSTALLS: i64 = 120;

impl World {
    async fn new(store: Store) -> Self {
        Self::with_mail(store, None).await
    }

    async fn with_mail(store: Store, mail: Option<MailSettings>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = FileLocation::Folder(folder.path().join("files"));
        let files = FilesSettings { location, ..FilesSettings::default() };
        let settings = AcsSettings { files, approval_above: 100, mail, ..AcsSettings::default() };
        // Nothing runs by itself: the test is the clock.
        let acs = Acs::assembled(store.clone(), settings).await.unwrap();
        let now = Timestamp("2026-11-23T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
        Self { acs, store, now, step: 60, devices: Vec::new(), _folder: folder }
    }

    async fn image(&self, version: &str) -> FileRef {
        self.image_from(version, "").await
    }

    /// One that a device has to have a version for.
    async fn image_from(&self, version: &str, min_version: &str) -> FileRef {
        let input = FileInput {
            version: version.into(),
            min_version: min_version.into(),
            ..FileInput::new(format!("gateway-{version}.bin"), FileType::Firmware)
        };
        let pieces = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(format!("image {version}")))]);
        self.acs.upload_file(&Actor::System, input, FileProof::default(), pieces).await.unwrap().file
    }

    /// Devices that run 1.0.
    async fn fleet(&mut self, model: &'static str, fates: impl IntoIterator<Item = Fate>) {
        for fate in fates {
            let number = self.devices.len();
            let identity =
                Identity { oui: "02A0E1".into(), serial: format!("{model}-{number:04}"), ..Identity::default() };
            let new = NewDevice {
                identity,
                address: "192.0.2.7".into(),
                now: self.now,
                data_model: DataModel::Tr181,
                cwmp_version: "1.2".into(),
                late_at: self.now,
                overdue_at: self.now,
                enrolment: Enrolment::Approved,
            };
            let id = self.store.register_device(&new).await.unwrap().id;
            let patch = DevicePatch {
                model: Some(model.to_owned()),
                software_version: Some("1.0".to_owned()),
                ..DevicePatch::default()
            };
            self.write(vec![Write::Device { id, patch }]).await;
            self.devices.push(Paper {
                id,
                model,
                fate,
                took: None,
                orders: BTreeMap::new(),
                gone: false,
                crashes_at: None,
            });
        }
        self.inform().await;
    }

    async fn write(&self, writes: Vec<Write>) {
        self.store.commit(Commit { writes }).await.unwrap();
    }

    /// All that are there check in; the next check-in is due in five minutes.
    async fn inform(&self) {
        let (now, late, overdue) = (self.now, self.now.plus_seconds(300), self.now.plus_seconds(610));
        let writes = self.devices.iter().filter(|device| !device.gone && device.fate != Fate::Away).map(|device| {
            let patch = DevicePatch {
                last_inform: Some(now),
                late_at: Some(late),
                overdue_at: Some(overdue),
                ..DevicePatch::default()
            };
            Write::Device { id: device.id, patch }
        });
        self.write(writes.collect()).await;
    }

    async fn start(&self, plan: CampaignPlan) -> CampaignId {
        let new = NewCampaign { plan, by: "Ada".into(), author: None, rollback_of: None, expected: 0, now: self.now };
        let record = self.store.create_campaign(new).await.unwrap();
        assert_eq!(record.plan.problems(), []);
        assert!(self.store.start_campaign(&record, None, self.now).await.unwrap());
        record.id
    }

    /// Time goes by: devices do their part, the engine looks.
    async fn pass(&mut self, seconds: i64) {
        let end = self.now.plus_seconds(seconds);
        while self.now < end {
            self.now = self.now.plus_seconds(self.step);
            self.devices_act().await;
            self.inform().await;
            self.acs.look_after_campaigns(self.now).await.unwrap();
        }
    }

    async fn devices_act(&mut self) {
        let busy = self.store.devices_with_open_tasks().await.unwrap();
        let now = self.now;
        let mut writes = Vec::new();
        for device in &mut self.devices {
            if device.crashes_at.is_some_and(|at| at <= now) {
                device.crashes_at = None;
                writes.push(Write::Event { device: device.id, at: now, kind: EventKind::Boot, by: None });
            }
            if device.gone || matches!(device.fate, Fate::Away | Fate::Deaf) || !busy.contains(&device.id) {
                continue;
            }
            for task in self.store.open_tasks(device.id).await.unwrap() {
                match (task.state, device.took) {
                    (TaskState::Queued, None) => {
                        if !matches!(leaves(&self.store, &task, now).await.unwrap(), Leaves::Yes) {
                            continue;
                        }
                        let image = match &task.kind {
                            TaskKind::Download { file, .. } => file.version.clone(),
                            other => other.name().to_owned(),
                        };
                        *device.orders.entry(image).or_default() += 1;
                        device.took = Some((task.id, now));
                        writes.push(moved(task.id, TaskState::Applied, now, None));
                    }
                    (TaskState::Applied, Some((id, at))) if id == task.id && now.since(at) >= INSTALLS * 1000 => {
                        device.took = None;
                        writes.extend(device.installed(&task.kind, id, now));
                    }
                    _ => {}
                }
            }
        }
        for write in &writes {
            if let Write::Task { id, update, .. } = write
                && update.step.is_some_and(|step| step.state == TaskState::Applied)
            {
                self.store.target_loads(*id, true, now).await.unwrap();
            }
        }
        self.write(writes).await;
    }

    async fn record(&self, id: CampaignId) -> CampaignRecord {
        self.store.campaign(id).await.unwrap().unwrap()
    }

    async fn tally(&self, id: CampaignId) -> Tally {
        let numbers = self.store.campaign_numbers(&self.record(id).await).await.unwrap();
        numbers.all()
    }

    async fn targets(&self, id: CampaignId) -> HashMap<DeviceId, TargetView> {
        let page = self.store.targets(&self.record(id).await, &TargetFilter::default(), None, 1000).await.unwrap();
        page.items.into_iter().map(|target| (target.device, target)).collect()
    }

    /// Until it is in a state; fails if that takes more than so many hours.
    async fn until(&mut self, id: CampaignId, state: CampaignState, hours: i64) {
        let end = self.now.plus_seconds(3600 * hours);
        while self.record(id).await.state != state {
            assert!(self.now < end, "{:?}, not {state:?}: {:?}", self.record(id).await.state, self.tally(id).await);
            self.pass(self.step).await;
        }
    }

    /// No device had an order for one image more often than it may.
    fn assert_few_orders(&self) {
        for device in &self.devices {
            assert!(device.orders.values().all(|orders| *orders <= 2), "{:?}: {:?}", device.fate, device.orders);
        }
    }

    fn of_fate(&self, fate: Fate) -> Vec<DeviceId> {
        self.devices.iter().filter(|device| device.fate == fate).map(|device| device.id).collect()
    }
}

impl Paper {
    /// What it is after it took an order for a while.
    fn installed(&mut self, kind: &TaskKind, task: TaskId, now: Timestamp) -> Vec<Write> {
        let wanted = match kind {
            TaskKind::Download { file, .. } => Some(file.version.clone()),
            _ => None,
        };
        let runs = |version: &str| {
            let patch = DevicePatch {
                software_version: Some(version.to_owned()),
                last_inform: Some(now),
                ..DevicePatch::default()
            };
            Write::Device { id: self.id, patch }
        };
        let event = |kind| Write::Event { device: self.id, at: now, kind, by: None };
        let failed = |code| {
            let fault = if code == 0 { FaultView::local("no") } else { FaultView::from_device(code, "no") };
            moved(task, TaskState::Failed, now, Some(TaskOutcome::Fault { fault }))
        };
        let fate = match self.fate {
            Fate::FallsBack(version) if wanted.as_deref() == Some(version) => Fate::Reports("1.0"),
            fate => fate,
        };
        match (fate, wanted) {
            (Fate::Bricks, _) => {
                self.gone = true;
                Vec::new()
            }
            (Fate::Stalls, _) => Vec::new(),
            (Fate::Fails(code), _) => vec![failed(code)],
            (Fate::FailsOnce(code), _) => {
                let write = failed(code);
                self.fate = Fate::Good;
                vec![write]
            }
            (Fate::Reports(version), _) => {
                vec![runs(version), event(EventKind::Boot), moved(task, TaskState::Different, now, None)]
            }
            (_, None) => vec![moved(task, TaskState::Verified, now, None)],
            (fate, Some(version)) => {
                let mut writes =
                    vec![runs(&version), event(EventKind::Boot), moved(task, TaskState::Verified, now, None)];
                match fate {
                    Fate::Crashes => self.crashes_at = Some(now.plus_seconds(300)),
                    // In the report that tells of the new version.
                    Fate::Resets => writes.push(event(EventKind::Bootstrap)),
                    _ => {}
                }
                writes
            }
        }
    }
}

fn moved(id: TaskId, state: TaskState, at: Timestamp, outcome: Option<TaskOutcome>) -> Write {
    let update = TaskUpdate { step: Some(TaskStep { state, at }), outcome, ..TaskUpdate::default() };
    let from = vec![TaskState::Queued, TaskState::Contacting, TaskState::Connected, TaskState::Applied];
    Write::Task { id, from, update }
}

/// Without a window, with short times, gates that open by themselves.
fn plan(image: &FileRef, stages: &[Reach]) -> CampaignPlan {
    let gate = Gate { success_percent: 95.0, min_sample: 5, soak_minutes: 10, automatic: true };
    let stages = stages.iter().map(|reach| StagePlan { reach: *reach, gate }).collect();
    CampaignPlan {
        stages,
        window: None,
        patience: Patience { healthy_minutes: 10, finish_minutes: 15, pause_minutes: 5, ..Patience::default() },
        ..CampaignPlan::new("Rollout", CampaignKind::Firmware { images: vec![image.id] })
    }
}

fn no_limits() -> Thresholds {
    let never = Limit { percent: 100.0, count: u32::MAX };
    Thresholds { min_sample: u32::MAX, pause: never, lost: never, abort: never }
}

/// On both databases.
async fn on_both<F: Future<Output = ()> + Send + 'static>(test: impl Fn(Store) -> F) {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        run(kind, |database| test(database.store())).await;
    }
}
