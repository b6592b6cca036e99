//! A device without its sockets: what it knows, what it has to tell, and when it acts next.

use super::diagnostics::Diagnostics;
use super::faults::{Fault, Faults, Injected};
use super::install::{Crashes, Install};
use super::manners::Manners;
use super::modules::Modules;
use super::outbox::Outbox;
use super::stats::DeviceStats;
use super::transfers::{Inline, Transfers};
use crate::clock;
use crate::events::Events;
use crate::facts::Facts;
use crate::model::value::Surroundings;
use crate::seed;
use crate::settings::{Arrival, Pace};
use crate::tree::Tree;
use cwmp::{EventCode, Inform, ParameterValue};
use std::collections::HashMap;
use std::sync::Arc;

/// Whether the device runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    On,
    /// Starting; runs from this moment on.
    Starting(i64),
    Off,
    /// New firmware was its end.
    Bricked,
}

/// What waits for the end of the session.
#[derive(Debug, Default)]
pub(super) struct After {
    /// CommandKeys of the Reboot RPCs.
    pub reboots: Vec<String>,
    pub factory_reset: bool,
    /// The URL of the ACS was changed.
    pub new_acs: bool,
    /// New firmware is in place and runs after a restart.
    pub install: Option<Install>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(super) tree: Tree,
    pub(super) facts: Facts,
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) pace: Pace,
    pub(super) events: Events,
    pub(super) power: Power,
    pub(super) in_session: bool,
    informed: bool,
    /// First contact is not before this moment.
    pub(super) quiet_until: i64,
    retry_count: u32,
    retry_at: Option<i64>,
    periodic_at: Option<i64>,
    pub(super) after: After,
    /// Moments and CommandKeys of ScheduleInform.
    pub(super) scheduled: Vec<(i64, String)>,
    pub(super) outbox: Outbox,
    pub(super) transfers: Transfers,
    /// The transfer that is carried out before its RPC is answered.
    pub(super) inline: Option<(u64, Inline)>,
    pub(super) modules: Modules,
    pub(super) diagnostics: Diagnostics,
    /// The version of firmware that was loaded: a factory reset keeps it.
    pub(super) firmware: Option<Box<str>>,
    pub(super) crashes: Crashes,
    /// Hashes of the values that the ACS knows, of those that notify.
    pub(super) reported: HashMap<Box<str>, u64>,
    pub(super) faults: Faults,
    pub(crate) stats: DeviceStats,
}

/// What a session begins with.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub inform: Inform,
    pub url: String,
    pub username: String,
    pub password: String,
    pub manners: Manners,
}

/// A borrow of the fields that a [`Moment`] needs, apart from the tree.
macro_rules! moment {
    ($state:expr, $now:expr) => {
        $crate::tree::Moment { facts: &$state.facts, surroundings: &$state.surroundings, now: $now }
    };
}
pub(super) use moment;

impl State {
    pub fn new(tree: Tree, facts: Facts, surroundings: Arc<Surroundings>, pace: Pace, faults: Vec<Injected>) -> Self {
        let mut state = Self {
            tree,
            facts,
            surroundings,
            pace,
            events: Events::default(),
            power: Power::On,
            in_session: false,
            informed: false,
            quiet_until: i64::MIN,
            retry_count: 0,
            retry_at: None,
            periodic_at: None,
            after: After::default(),
            scheduled: Vec::new(),
            outbox: Outbox::default(),
            transfers: Transfers::default(),
            inline: None,
            modules: Modules::default(),
            diagnostics: Diagnostics::default(),
            firmware: None,
            crashes: Crashes::default(),
            reported: HashMap::new(),
            faults: Faults::new(faults),
            stats: DeviceStats::default(),
        };
        state.schedule_periodic(state.facts.boot_at);
        state
    }

    /// Comes to the ACS at `first`, not before.
    pub fn arrive(&mut self, arrival: Arrival, first: i64) {
        if arrival != Arrival::Restarted {
            self.bootstrap();
        }
        if arrival != Arrival::Migrated {
            self.events.push(EventCode::Boot, "");
        }
        self.quiet_until = first;
        self.schedule_periodic(first);
    }

    pub fn is_reachable(&self, now: i64) -> bool {
        self.power == Power::On && now >= self.quiet_until
    }

    /// The full name of a parameter of the management server.
    pub(super) fn management(&self, name: &str) -> String {
        format!("{}ManagementServer.{name}", self.tree.model().root_path())
    }

    pub(super) fn setting(&self, name: &str, now: i64) -> Option<String> {
        self.tree.inner_value(moment!(self, now), &self.management(name))
    }

    /// When a failed session is tried again.
    #[cfg(test)]
    pub fn retry_at(&self) -> Option<i64> {
        self.retry_at
    }

    /// When the device acts next. `None`: only when something from outside happens.
    pub fn due(&self, now: i64) -> Option<i64> {
        let at = match self.power {
            Power::Off | Power::Bricked => None,
            Power::Starting(until) => Some(until),
            Power::On => match self.retry_at {
                Some(retry) => Some(self.periodic_at.map_or(retry, |periodic| periodic.min(retry))),
                None if !self.events.is_empty() => Some(now),
                None => self.periodic_at,
            },
        };
        let work = (self.power == Power::On).then(|| self.work_at(now)).flatten();
        let at = match (at, work) {
            (Some(at), Some(work)) => Some(at.min(work)),
            (at, work) => at.or(work),
        };
        at.map(|at| at.max(self.quiet_until))
    }

    /// When something is to be done that is not a session in itself.
    fn work_at(&self, now: i64) -> Option<i64> {
        let scheduled = self.scheduled.iter().map(|(at, _)| *at).min();
        let modules = self.modules.due().then_some(now);
        let work = [scheduled, self.transfers.due(), modules, self.diagnostics.due(now), self.crashes.at];
        work.into_iter().flatten().min()
    }

    /// Lets what is due happen. True if a session has to begin.
    pub fn tick(&mut self, now: i64) -> bool {
        if now < self.quiet_until {
            return false;
        }
        if matches!(self.power, Power::Starting(until) if now >= until) {
            self.boot(now);
        }
        if self.power == Power::On {
            self.crash_if_due(now);
        }
        if self.power != Power::On {
            return false;
        }
        if self.periodic_at.is_some_and(|at| now >= at) {
            self.schedule_periodic(now);
            self.happen(EventCode::Periodic, "");
        }
        self.end_diagnostics(now);
        if self.power != Power::On {
            return false;
        }
        for (_, key) in self.scheduled.extract_if(.., |(at, _)| now >= *at).collect::<Vec<_>>() {
            self.happen(EventCode::Scheduled, "");
            self.happen(EventCode::Method("ScheduleInform".to_owned()), &key);
        }
        !self.events.is_empty() && self.retry_at.is_none_or(|at| now >= at)
    }

    /// An event to tell at once, even while a retry waits (rule of §3.2.1.1: the count of retries goes on).
    pub fn happen(&mut self, code: EventCode, command_key: &str) {
        self.events.push(code, command_key);
        self.retry_at = None;
    }

    /// The next multiple of the interval, counted from PeriodicInformTime or, without it, from a moment of the device's own.
    pub(super) fn schedule_periodic(&mut self, now: i64) {
        let enabled = self.setting("PeriodicInformEnable", now).is_none_or(|text| text == "true" || text == "1");
        let interval = self.setting("PeriodicInformInterval", now).and_then(|text| text.parse::<i64>().ok());
        let interval = interval.unwrap_or(86_400).max(1) * 1000;
        let phase = self.setting("PeriodicInformTime", now).and_then(|text| clock::parse_date_time(&text));
        let phase = phase.unwrap_or_else(|| (seed::of_word(self.facts.seed, "phase") % interval as u64) as i64);
        self.periodic_at = enabled.then(|| now + interval - (now - phase).rem_euclid(interval));
    }

    /// Goes down and comes back after the time that a boot takes.
    pub fn restart(&mut self, now: i64) {
        if self.power != Power::On {
            return;
        }
        self.stats.reboots += 1;
        self.power = Power::Starting(now + self.pace.reboot_millis());
        self.transfers.interrupted();
        self.modules.interrupted();
        self.diagnostics_interrupted(now);
    }

    /// First contact, or as if it were: nothing from before is to be told.
    fn bootstrap(&mut self) {
        self.events.bootstrap();
        self.outbox.clear();
    }

    fn boot(&mut self, now: i64) {
        if self.dies() {
            return;
        }
        let mut install = self.begin_install();
        self.power = Power::On;
        self.facts.boots += 1;
        self.facts.boot_at = now;
        self.retry_count = 0;
        self.retry_at = None;
        if std::mem::take(&mut self.after.factory_reset) {
            self.tree.reset();
            self.reported.clear();
            self.after.reboots.clear();
            self.scheduled.clear();
            self.transfers.clear();
            self.modules.clear();
            if let Some(install) = &mut install {
                install.letter = None;
            }
            self.bootstrap();
            if let Some(version) = self.firmware.take() {
                self.upgrade(&version, now);
            }
        }
        self.events.booted();
        if let Some(install) = install {
            self.end_install(install, now);
        }
        for key in std::mem::take(&mut self.after.reboots) {
            self.events.push(EventCode::Method("Reboot".to_owned()), &key);
        }
        self.schedule_periodic(now);
        self.schedule_crash(now);
    }

    /// Begins a session: the Inform, and where to send it.
    pub fn open(&mut self, now: i64) -> Opening {
        self.in_session = true;
        self.informed = false;
        let manners = Manners::of(&self.faults.take_all(Fault::is_of_session));
        self.sort_letters();
        let changed = self.changed(now);
        if !changed.is_empty() {
            self.events.push(EventCode::ValueChange, "");
        }
        let moment = moment!(self, now);
        let model = self.tree.model().clone();
        let mut parameters: Vec<ParameterValue> = Vec::new();
        for name in model.informed.iter().map(ToString::to_string).chain(changed) {
            if parameters.iter().all(|parameter| parameter.name != name) {
                parameters.extend(self.tree.read(moment, &[name]).unwrap_or_default());
            }
        }
        let mut inform = Inform {
            events: self.events.send(),
            max_envelopes: 1,
            current_time: clock::date_time(now),
            retry_count: self.retry_count,
            parameters,
            ..Inform::default()
        };
        inform.identity.manufacturer.clone_from(&model.manufacturer);
        inform.identity.oui.clone_from(&model.oui);
        inform.identity.product_class.clone_from(&model.product_class);
        inform.identity.serial.clone_from(&self.facts.serial);
        manners.bend(&mut inform);
        let setting = |name| self.setting(name, now).unwrap_or_default();
        Opening { manners, inform, url: setting("URL"), username: setting("Username"), password: setting("Password") }
    }

    /// Parameters that notify and are not what the ACS knows.
    fn changed(&self, now: i64) -> Vec<String> {
        let moment = moment!(self, now);
        let is_changed = |path: &str| {
            let known = self.reported.get(path);
            known.is_some_and(|known| self.tree.inner_value(moment, path).is_some_and(|value| hash(&value) != *known))
        };
        self.tree.watched().map(|(path, _)| path).filter(|path| is_changed(path)).map(str::to_owned).collect()
    }

    /// The ACS knows the present values of these parameters, if they notify; of all that do, if `names` is `None`.
    pub(super) fn known(&mut self, names: Option<&[String]>, now: i64) {
        let moment = moment!(self, now);
        for (path, _) in self.tree.watched() {
            if names.is_none_or(|names| names.iter().any(|name| name == path))
                && let Some(value) = self.tree.inner_value(moment, path)
            {
                self.reported.insert(path.into(), hash(&value));
            }
        }
    }

    /// The InformResponse has come.
    pub fn informed(&mut self, now: i64) {
        self.informed = true;
        self.events.delivered();
        self.known(None, now);
    }

    /// The session is over. Gives back how it went on: what it left behind happens now.
    pub fn close(&mut self, success: bool, now: i64) {
        self.in_session = false;
        if success {
            self.stats.sessions += 1;
            self.retry_count = 0;
            self.retry_at = None;
        } else {
            self.stats.failed_sessions += 1;
            let wait =
                self.pace.retry_millis(self.retry_window(now), seed::mix(self.facts.seed ^ self.stats.failed_sessions));
            self.retry_count += 1;
            self.retry_at = Some(now + wait);
        }
        self.begin_diagnostics(now);
        let undelivered = success && !self.events.is_idle();
        self.events.closed();
        self.close_letters(success);
        if undelivered {
            // The ACS would not take a request of the device's own: it is not asked again at once.
            let (window, chance) = (self.retry_window(now), seed::mix(now as u64));
            self.retry_at = Some(now + self.pace.retry_millis(window, chance));
        }
        self.inline = None;
        if std::mem::take(&mut self.after.new_acs) {
            self.bootstrap();
            self.reported.clear();
            self.retry_at = None;
        }
        let installs = self.after.install.as_ref().is_some_and(|install| install.awaited.is_none());
        if self.after.factory_reset || installs || !self.after.reboots.is_empty() {
            self.restart(now);
        }
        // The ACS may have changed the interval.
        self.schedule_periodic(now);
        if !success && self.informed && self.events.is_empty() {
            // Nothing to repeat but the contact itself: a failed session is tried again (§3.2.1.1).
            self.events.push(EventCode::Periodic, "");
        }
    }

    /// The window that the next wait is in, in milliseconds (§3.2.1.1).
    fn retry_window(&self, now: i64) -> (f64, f64) {
        let number = |name: &str, default: f64| {
            self.setting(name, now).and_then(|text| text.parse::<f64>().ok()).filter(|n| *n > 0.0).unwrap_or(default)
        };
        let minimum = number("CWMPRetryMinimumWaitInterval", 5.0) * 1000.0;
        let factor = number("CWMPRetryIntervalMultiplier", 2000.0) / 1000.0;
        let attempt = (self.retry_count + 1).min(10).cast_signed();
        (minimum * factor.powi(attempt - 1), minimum * factor.powi(attempt))
    }

    /// Somebody at the device's own web page changes a value. False if there is no such parameter.
    pub fn change(&mut self, path: &str, value: &str, now: i64) -> bool {
        let changed = self.tree.put(moment!(self, now), path, value);
        if changed && self.tree.notification(path) == 2 {
            self.happen(EventCode::ValueChange, "");
        }
        changed
    }

    /// Cuts or restores the power.
    pub fn switch(&mut self, on: bool, now: i64) {
        match (on, self.power) {
            (_, Power::Bricked) => {}
            (false, _) => {
                self.power = Power::Off;
                self.transfers.interrupted();
                self.modules.interrupted();
                self.diagnostics_interrupted(now);
                let install = self.after.install.take();
                self.after = After { factory_reset: self.after.factory_reset, install, ..After::default() };
            }
            (true, Power::Off) => self.power = Power::Starting(now),
            (true, _) => {}
        }
    }
}

pub(super) fn hash(value: &str) -> u64 {
    seed::of_word(0, value)
}
