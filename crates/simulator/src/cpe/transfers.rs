//! The files that a device is asked to load and to send: the queue, and what becomes of each (TR-069 A.3.2.8, A.4.1).
//!
//! Nothing here does I/O: [`crate::transfer`] carries a [`Job`] out and reports a [`Done`].

use super::faults::Fault as Asked;
use super::install::{Firmware, Install};
use super::outbox::Letter;
use super::state::State;
use super::stats::Transferred;
use crate::clock::{self, UNKNOWN_TIME};
use crate::image;
use cwmp::{CpeRequest, Download, EventCode, Fault, QueuedTransfer, ScheduleDownload, TransferComplete, Upload};

/// What a device has room for; the standard wants three at least.
const MOST: usize = 8;
/// Attempts in one window, unless the ACS says otherwise: the first one and two more.
const RETRIES: i32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Running,
    /// The file is there; TransferComplete is not answered yet.
    Finishing,
}

/// When a transfer may run; milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Window {
    start: i64,
    end: i64,
    /// Attempts after the first that failed; −1: as many as the device likes.
    retries: i32,
}

#[derive(Debug)]
struct Transfer {
    id: u64,
    stage: Stage,
    job: Job,
    windows: Vec<Window>,
    /// Attempts in the present window that failed.
    failed: i32,
    /// Not before this moment: after an attempt that failed.
    not_before: i64,
    started: Option<i64>,
}

/// One transfer to carry out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Job {
    pub id: u64,
    /// `Download`, `ScheduleDownload` or `Upload`.
    pub method: &'static str,
    pub command_key: String,
    pub file_type: String,
    pub url: String,
    pub username: String,
    pub password: String,
    /// Bytes; 0 if not known.
    pub file_size: u32,
    pub target_file_name: String,
    /// What to send.
    pub content: Vec<u8>,
    pub by_post: bool,
    pub append_name: bool,
    pub chunked: bool,
    /// To be reported instead of a transfer.
    pub fails: Option<u32>,
}

impl Job {
    pub fn is_download(&self) -> bool {
        self.method != "Upload"
    }

    fn is_firmware(&self) -> bool {
        self.is_download() && self.file_type.starts_with("1 ")
    }
}

/// A transfer that is carried out before its RPC is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inline {
    /// The answer has status 0, and nothing follows.
    AtOnce,
    /// TransferComplete follows in the same session.
    InSession,
}

/// What came of a transfer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// The first bytes; of a configuration, all of it.
    pub head: Vec<u8>,
    /// Times that it was cut and went on from where it was.
    pub resumed: u32,
}

/// The transfers of a device, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    list: Vec<Transfer>,
    last_id: u64,
}

impl Transfers {
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// The power went, or the device restarted: what ran begins again, from where it was.
    pub fn interrupted(&mut self) {
        for transfer in self.list.iter_mut().filter(|transfer| transfer.stage == Stage::Running) {
            transfer.stage = Stage::Waiting;
        }
    }

    /// When the next one may start, or is too late.
    pub fn due(&self) -> Option<i64> {
        if self.list.iter().any(|transfer| transfer.stage == Stage::Running) {
            return None;
        }
        self.list.iter().filter(|transfer| transfer.stage == Stage::Waiting).filter_map(Transfer::due).min()
    }

    pub fn listed(&self) -> Vec<QueuedTransfer> {
        self.list
            .iter()
            .map(|transfer| QueuedTransfer {
                command_key: transfer.job.command_key.clone(),
                state: match transfer.stage {
                    Stage::Waiting => 1,
                    Stage::Running => 2,
                    Stage::Finishing => 3,
                },
                is_download: Some(transfer.job.is_download()),
                file_type: transfer.job.file_type.clone(),
                file_size: transfer.job.file_size,
                target_file_name: transfer.job.target_file_name.clone(),
            })
            .collect()
    }
}

impl Transfer {
    fn due(&self) -> Option<i64> {
        self.windows.first().map(|window| window.start.max(self.not_before))
    }
}

impl State {
    pub(super) fn download(&mut self, download: &Download, now: i64) -> Result<u64, Fault> {
        let job = Job {
            method: "Download",
            command_key: download.command_key.clone(),
            file_type: download.file_type.clone(),
            url: download.url.clone(),
            username: download.username.clone(),
            password: download.password.clone(),
            file_size: download.file_size,
            target_file_name: download.target_file_name.clone(),
            ..Job::default()
        };
        let start = now + self.pace.ordered_millis(download.delay_seconds);
        self.enqueue(job, vec![Window { start, end: i64::MAX, retries: 0 }])
    }

    pub(super) fn upload(&mut self, upload: &Upload, now: i64) -> Result<u64, Fault> {
        let job = Job {
            method: "Upload",
            command_key: upload.command_key.clone(),
            file_type: upload.file_type.clone(),
            url: upload.url.clone(),
            username: upload.username.clone(),
            password: upload.password.clone(),
            ..Job::default()
        };
        let start = now + self.pace.ordered_millis(upload.delay_seconds);
        self.enqueue(job, vec![Window { start, end: i64::MAX, retries: 0 }])
    }

    pub(super) fn schedule_download(&mut self, download: &ScheduleDownload, now: i64) -> Result<u64, Fault> {
        let windows = &download.windows;
        let ordered = windows.iter().all(|window| window.start < window.end)
            && windows.is_sorted_by(|one, other| one.end <= other.start);
        if !(1..=2).contains(&windows.len()) || !ordered {
            return Err(Fault::standard(9003));
        }
        let at = |seconds: u32| now + self.pace.ordered_millis(seconds);
        let windows = windows
            .iter()
            .map(|window| Window { start: at(window.start), end: at(window.end), retries: window.max_retries })
            .collect();
        let job = Job {
            method: "ScheduleDownload",
            command_key: download.command_key.clone(),
            file_type: download.file_type.clone(),
            url: download.url.clone(),
            username: download.username.clone(),
            password: download.password.clone(),
            file_size: download.file_size,
            target_file_name: download.target_file_name.clone(),
            ..Job::default()
        };
        self.enqueue(job, windows)
    }

    fn enqueue(&mut self, mut job: Job, windows: Vec<Window>) -> Result<u64, Fault> {
        let lengths = [
            (&job.command_key, 32),
            (&job.file_type, 64),
            (&job.url, 256),
            (&job.username, 256),
            (&job.password, 256),
            (&job.target_file_name, 256),
        ];
        let known = if job.is_download() { "123456X" } else { "1234X" };
        if lengths.iter().any(|(text, most)| text.chars().count() > *most)
            || !job.file_type.starts_with(|c| known.contains(c))
        {
            return Err(Fault::standard(9003));
        }
        match job.url.split_once("://") {
            // Credentials have fields of their own (A.3.2.8).
            Some(("http" | "https", rest)) if rest.split('/').next().is_some_and(|host| host.contains('@')) => {
                return Err(Fault::standard(9003));
            }
            Some(("http" | "https", _)) => {}
            Some(_) => return Err(Fault::standard(9013)),
            None => return Err(Fault::standard(9003)),
        }
        if self.transfers.list.len() >= MOST {
            return Err(Fault::standard(9004));
        }
        self.transfers.last_id += 1;
        let id = self.transfers.last_id;
        job.id = id;
        let (failed, not_before) = (0, i64::MIN);
        self.transfers.list.push(Transfer {
            id,
            stage: Stage::Waiting,
            job,
            windows,
            failed,
            not_before,
            started: None,
        });
        Ok(id)
    }

    /// CancelTransfer: everything with this key that has not begun. What runs cannot be stopped.
    pub(super) fn cancel(&mut self, command_key: &str) -> Result<(), Fault> {
        let with_key = |transfer: &Transfer| transfer.job.command_key == command_key;
        if self.transfers.list.iter().any(|transfer| with_key(transfer) && transfer.stage != Stage::Waiting) {
            return Err(Fault::standard(9021));
        }
        self.transfers.list.retain(|transfer| !with_key(transfer));
        Ok(())
    }

    /// The transfer to carry out now, if one is due. Those whose windows have passed are given up (fault 9020).
    pub fn take_job(&mut self, now: i64) -> Option<Job> {
        if self.transfers.due().is_none_or(|due| due > now) {
            return None;
        }
        let mut late = Vec::new();
        for transfer in self.transfers.list.iter_mut().filter(|transfer| transfer.stage == Stage::Waiting) {
            let windows = transfer.windows.len();
            transfer.windows.retain(|window| now < window.end);
            if transfer.windows.len() < windows {
                transfer.failed = 0;
            }
            if transfer.windows.is_empty() {
                late.push(transfer.id);
            }
        }
        for id in late {
            self.transferred(id, Err(9020), now);
        }
        let waiting =
            |transfer: &&Transfer| transfer.stage == Stage::Waiting && transfer.due().is_some_and(|due| due <= now);
        let id = self.transfers.list.iter().find(waiting)?.id;
        self.start_job(id, now)
    }

    /// Takes a transfer out of the queue to carry it out at once.
    pub fn start_job(&mut self, id: u64, now: i64) -> Option<Job> {
        let content = self.transfers.list.iter().find(|transfer| transfer.id == id && !transfer.job.is_download());
        let content = content.map(|transfer| transfer.job.file_type.clone());
        let content = content.map(|file_type| self.file(&file_type, now)).unwrap_or_default();
        let transfer = self.transfers.list.iter_mut().find(|transfer| transfer.id == id)?;
        transfer.stage = Stage::Running;
        transfer.started.get_or_insert(now);
        let mut job = Job { content, ..transfer.job.clone() };
        let asked = |fault: &Asked| match fault {
            Asked::TransferFails { .. } => true,
            Asked::UploadByPost | Asked::UploadAppendsName | Asked::UploadChunked => !job.is_download(),
            _ => false,
        };
        for fault in self.faults.take_all(asked) {
            match fault {
                Asked::TransferFails { code } => job.fails = Some(code),
                Asked::UploadByPost => job.by_post = true,
                Asked::UploadAppendsName => job.append_name = true,
                _ => job.chunked = true,
            }
        }
        Some(job)
    }

    /// What came of a transfer: a fault code, or what was transferred. Gives back the fault code, 0 for none, unless it
    /// will be tried again.
    pub fn transferred(&mut self, id: u64, result: Result<Done, u32>, now: i64) -> Option<u32> {
        let index = self.transfers.list.iter().position(|transfer| transfer.id == id)?;
        let result = result.and_then(|done| self.accept(index, done, now));
        if let Err(code) = result
            && self.try_again(index, code, now)
        {
            return None;
        }
        self.transfers.list[index].stage = Stage::Finishing;
        Some(self.finish(index, result, now))
    }

    /// Whether a failed attempt of a ScheduleDownload is followed by another one in its window.
    fn try_again(&mut self, index: usize, code: u32, now: i64) -> bool {
        let wait = self.pace.retry_millis((5_000.0, 10_000.0), crate::seed::mix(now as u64));
        let transfer = &mut self.transfers.list[index];
        let Some(window) = transfer.windows.first() else { return false };
        if transfer.job.method != "ScheduleDownload"
            || !matches!(code, 9010 | 9015..=9017)
            || transfer.job.fails.is_some()
        {
            return false;
        }
        transfer.failed += 1;
        let most = if window.retries < 0 { RETRIES } else { window.retries };
        if transfer.failed > most {
            transfer.windows.remove(0);
            transfer.failed = 0;
            if transfer.windows.is_empty() {
                return false;
            }
        }
        transfer.not_before = now + wait;
        transfer.stage = Stage::Waiting;
        true
    }

    /// Looks at what was loaded, as the device would.
    fn accept(&mut self, index: usize, done: Done, now: i64) -> Result<(Done, Option<Firmware>), u32> {
        let job = self.transfers.list[index].job.clone();
        if !job.is_download() {
            return Ok((done, None));
        }
        self.stats.downloads += 1;
        if job.file_size > 0 && done.bytes != u64::from(job.file_size) {
            return Err(9018);
        }
        if job.file_type.starts_with("3 ") {
            self.restore(&done.head, now)?;
        }
        if !job.is_firmware() {
            return Ok((done, None));
        }
        let name = [&job.target_file_name, &job.url].into_iter().find(|name| image::version_in_name(name).is_some());
        let firmware = self.examine(&done.head, name.map_or("", String::as_str), &done.sha256, now)?;
        Ok((done, Some(firmware)))
    }

    /// The transfer is over: new firmware is installed, and the ACS is told, each as the device does it.
    fn finish(&mut self, index: usize, result: Result<(Done, Option<Firmware>), u32>, now: i64) -> u32 {
        let (id, job, started) = {
            let transfer = &self.transfers.list[index];
            (transfer.id, transfer.job.clone(), transfer.started)
        };
        let code = result.as_ref().err().copied().unwrap_or(0);
        let (done, mut firmware) = result.unwrap_or_default();
        self.stats.transferred(Transferred {
            method: job.method,
            command_key: job.command_key.clone(),
            file_type: job.file_type.clone(),
            bytes: done.bytes,
            sha256: done.sha256,
            resumed: done.resumed,
            fault: code,
        });
        if let Some(new) = &mut firmware {
            match self.faults.take(|f| matches!(f, Asked::UpgradeGives { .. } | Asked::UpgradeDoesNothing)) {
                Some(Asked::UpgradeGives { version }) => new.reports = version,
                Some(_) => firmware = None,
                None => {}
            }
        }
        if let Some(new) = &firmware {
            *self.stats.flashes.entry(new.version.clone()).or_default() += 1;
        }
        let inline = self.inline.take_if(|(inline, _)| *inline == id);
        if let Some((_, Inline::AtOnce)) = inline {
            match firmware {
                // What goes wrong does so when the device starts.
                Some(firmware) if firmware.mishap.is_some() => {
                    self.after.install = Some(Install { firmware, letter: None, awaited: None });
                }
                Some(firmware) => self.upgrade(&firmware.reports, now),
                None => {}
            }
            self.transfers.list.retain(|transfer| transfer.id != id);
            return code;
        }
        let time = |at: Option<i64>| at.map_or_else(|| UNKNOWN_TIME.to_owned(), clock::date_time);
        let mut complete = TransferComplete {
            command_key: job.command_key.clone(),
            fault_code: code,
            fault_string: if code == 0 { String::new() } else { Fault::standard(code).text },
            start_time: time(started),
            complete_time: time((code == 0).then_some(now)),
        };
        let asked = self.faults.take_all(|fault| {
            matches!(
                fault,
                Asked::TransferCompleteTwice { .. }
                    | Asked::TransferCompleteNever
                    | Asked::TransferCompleteKey { .. }
                    | Asked::TransferCompleteLate { .. }
                    | Asked::TransferCompleteWithoutEvent
            ) || *fault == Asked::TransferCompleteBeforeReboot && firmware.is_some()
        });
        for fault in &asked {
            if let Asked::TransferCompleteKey { key } = fault {
                complete.command_key.clone_from(key);
            }
        }
        let method = EventCode::Method(job.method.to_owned());
        let key = complete.command_key.clone();
        let mut letter = Letter::new(
            CpeRequest::TransferComplete(complete),
            vec![(EventCode::TransferComplete, String::new()), (method, key)],
        );
        letter.transfer = Some(id);
        letter.late = inline.is_some();
        let mut letter = Some(letter);
        let mut before = inline.is_some();
        for fault in asked {
            match (fault, &mut letter) {
                (Asked::TransferCompleteNever, _) => letter = None,
                (Asked::TransferCompleteBeforeReboot, _) => before = true,
                (Asked::TransferCompleteTwice { apart }, Some(letter)) => (letter.copies, letter.apart) = (1, apart),
                (Asked::TransferCompleteLate { sessions }, Some(letter)) => letter.hold = sessions,
                (Asked::TransferCompleteWithoutEvent, Some(letter)) => letter.events.clear(),
                _ => {}
            }
        }
        if letter.is_none() {
            self.transfers.list.retain(|transfer| transfer.id != id);
        }
        match (firmware, letter) {
            (None, Some(letter)) => self.post(letter),
            (None, None) => {}
            (Some(firmware), Some(letter)) if before => {
                self.after.install = Some(Install { firmware, letter: None, awaited: Some(id) });
                self.post(letter);
            }
            (Some(firmware), letter) => {
                self.after.install = Some(Install { firmware, letter, awaited: None });
                if !self.in_session {
                    self.restart(now);
                }
            }
        }
        code
    }

    /// The TransferComplete of a transfer has been answered.
    pub(super) fn transfer_told(&mut self, id: u64) {
        self.transfers.list.retain(|transfer| transfer.id != id);
        if let Some(install) = &mut self.after.install {
            install.awaited.take_if(|awaited| *awaited == id);
        }
    }
}
