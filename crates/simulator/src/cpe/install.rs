//! New firmware: what becomes of a device that installs an image, and what goes wrong if the image says so.

use super::outbox::Letter;
use super::state::{Power, State, moment};
use crate::image::{self, ImageHead, Mishap};

/// Boots of a device whose firmware crashes, besides the one that installs it.
const CRASHES: u32 = 2;
/// Seconds from a boot until firmware crashes that does.
const CRASH_AFTER: u32 = 60;

/// Firmware that was loaded and is good enough to install.
#[derive(Debug)]
pub(super) struct Firmware {
    /// What the image says that it is.
    pub version: String,
    /// What the device says that it is, once it runs.
    pub reports: String,
    pub mishap: Option<Mishap>,
}

/// Firmware that runs after the next restart.
#[derive(Debug)]
pub(super) struct Install {
    pub firmware: Firmware,
    /// What to tell the ACS once it runs.
    pub letter: Option<Letter>,
    /// The transfer that the ACS has to hear of before the restart.
    pub awaited: Option<u64>,
}

/// Firmware that crashes.
#[derive(Debug, Default)]
pub(super) struct Crashes {
    left: u32,
    /// When the next one is.
    pub at: Option<i64>,
}

impl State {
    /// Looks at an image as the device would. An error is a fault code.
    pub(super) fn examine(&self, head: &[u8], name: &str, sha256: &str, now: i64) -> Result<Firmware, u32> {
        let head = ImageHead::read(head).unwrap_or_default();
        let product_class = &self.tree.model().product_class;
        if head.model.as_ref().is_some_and(|model| model != product_class) {
            return Err(9018);
        }
        let version = head.version.clone().or_else(|| image::version_in_name(name)).unwrap_or_else(|| {
            let present = self.software_version(now);
            let stem = present.split('-').next().unwrap_or_default();
            format!("{stem}-{}", sha256.get(..6).unwrap_or_default())
        });
        let mishap = head.mishap(&version, &self.facts.serial, product_class);
        if let Some(Mishap::Fails(code)) = mishap {
            return Err(code);
        }
        Ok(Firmware { reports: head.reports.unwrap_or_else(|| version.clone()), version, mishap })
    }

    /// Whether the device does not start any more, because of new firmware.
    pub(super) fn dies(&mut self) -> bool {
        let dies = self.after.install.take_if(|install| install.firmware.mishap == Some(Mishap::Bricks)).is_some();
        if dies {
            self.power = Power::Bricked;
            self.transfers.clear();
        }
        dies
    }

    /// The device starts, with new firmware if there is some.
    pub(super) fn begin_install(&mut self) -> Option<Install> {
        let install = self.after.install.take()?;
        let crashes = install.firmware.mishap == Some(Mishap::Crashes);
        self.crashes = Crashes { left: if crashes { CRASHES } else { 0 }, at: None };
        self.after.factory_reset |= install.firmware.mishap == Some(Mishap::Resets);
        Some(install)
    }

    /// The device has started with this firmware.
    pub(super) fn end_install(&mut self, install: Install, now: i64) {
        if install.firmware.mishap != Some(Mishap::RollsBack) {
            self.upgrade(&install.firmware.reports, now);
        }
        if let Some(letter) = install.letter {
            self.post(letter);
        }
    }

    /// Firmware that crashes will do so a while after a boot.
    pub(super) fn schedule_crash(&mut self, now: i64) {
        self.crashes.at = (self.crashes.left > 0).then(|| now + self.pace.ordered_millis(CRASH_AFTER));
    }

    pub(super) fn crash_if_due(&mut self, now: i64) {
        if self.crashes.at.take_if(|at| now >= *at).is_some() {
            self.crashes.left -= 1;
            self.restart(now);
        }
    }

    /// Somebody brings a device back that did not survive its new firmware: it runs what it ran before.
    pub fn revive(&mut self, now: i64) {
        if self.power == Power::Bricked {
            self.power = Power::Starting(now);
        }
    }

    fn software_version_path(&self) -> String {
        format!("{}DeviceInfo.SoftwareVersion", self.tree.model().root_path())
    }

    fn software_version(&self, now: i64) -> String {
        self.tree.inner_value(moment!(self, now), &self.software_version_path()).unwrap_or_default()
    }

    /// The device runs another firmware from now on; a factory reset does not bring the old one back.
    pub(super) fn upgrade(&mut self, version: &str, now: i64) {
        let path = self.software_version_path();
        self.tree.put(moment!(self, now), &path, version);
        self.firmware = Some(version.into());
    }
}
