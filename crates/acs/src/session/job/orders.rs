//! Tasks that take one request: what is asked, and what the answer means. Where the device reports the end later
//! (transfers, software modules, ScheduleInform) the task waits after the answer, see [`crate::session::reports`].

use super::end::{End, transferred};
use super::progress::command_key;
use super::{Context, Progress, Stage, TaskJob};
use cwmp::{AcsRequest, Download, DuOperation, ScheduleDownload, SetParameterAttribute, TimeWindow, Upload};
use model::Timestamp;
use model::fault::FaultView;
use model::file::{FileRef, FileType, ModuleOperation, TransferWindow};
use model::task::{TaskKind, TaskState};

/// A transfer may begin up to an hour after its delay (A.3.2.8), and takes its time.
const TRANSFER_WITHIN_MS: i64 = 2 * 3_600_000;
/// A device has this long to report what became of its software modules (A.4.1.10).
const MODULES_WITHIN_MS: i64 = 24 * 3_600_000;
/// A device that was told to check in later may be late by this much.
const SCHEDULE_SLACK_MS: i64 = 10 * 60_000;
/// An order whose answer was lost is given again if the device shows no sign of it for this long.
const RESEND_ORDER_MS: i64 = 10 * 60_000;
/// An order is given this often at most: nothing is flashed again and again.
const MAX_SENDS: u32 = 2;

/// The method that a task takes, and the CWMP version that brought it if it is not from the first (rule 105).
pub(crate) fn method(kind: &TaskKind) -> (&str, Option<&'static str>) {
    match kind {
        TaskKind::Download { .. } => ("Download", None),
        TaskKind::ScheduleDownload { .. } => ("ScheduleDownload", Some("1.2")),
        TaskKind::Upload { .. } => ("Upload", None),
        TaskKind::CancelTransfer { .. } => ("CancelTransfer", Some("1.2")),
        TaskKind::ReadTransfers => ("GetAllQueuedTransfers", None),
        TaskKind::ScheduleInform { .. } => ("ScheduleInform", None),
        TaskKind::ChangeModules { .. } => ("ChangeDUState", Some("1.2")),
        TaskKind::ReadAttributes { .. } => ("GetParameterAttributes", None),
        TaskKind::SetAttributes { .. } => ("SetParameterAttributes", None),
        TaskKind::ReadMethods => ("GetRPCMethods", None),
        TaskKind::ReadOptions { .. } => ("GetOptions", None),
        TaskKind::SetVouchers { .. } => ("SetVouchers", None),
        TaskKind::Vendor { method, .. } => (method, None),
        TaskKind::Refresh { .. } => ("GetParameterValues", None),
        TaskKind::SetValues { .. } | TaskKind::Diagnose { .. } | TaskKind::StopTest { .. } => {
            ("SetParameterValues", None)
        }
        TaskKind::AddObject { .. } => ("AddObject", None),
        TaskKind::DeleteObject { .. } => ("DeleteObject", None),
        TaskKind::Reboot => ("Reboot", None),
        TaskKind::FactoryReset { .. } => ("FactoryReset", None),
    }
}

/// The firmware that a task loads, if it is one that the device runs afterwards.
pub(crate) fn firmware(kind: &TaskKind) -> Option<&FileRef> {
    match kind {
        TaskKind::Download { file, .. } | TaskKind::ScheduleDownload { file, .. }
            if file.file_type == FileType::Firmware =>
        {
            Some(file)
        }
        _ => None,
    }
}

/// Whether the order changes something that must not happen twice by accident.
fn once_only(kind: &TaskKind) -> bool {
    kind.is_transfer() || matches!(kind, TaskKind::ChangeModules { .. })
}

impl TaskJob {
    /// Where an order begins: at the request, or at finding out what became of it.
    pub(super) fn order_stage(kind: &TaskKind, sent: bool, sends: u32) -> Stage {
        let uncertain = || {
            Stage::End(End::fault(FaultView::local(
                "The connection broke off while the router had the request. It may or may not have done it.",
            )))
        };
        match kind {
            TaskKind::SetVouchers { .. } | TaskKind::Vendor { .. } if sent => uncertain(),
            kind if kind.is_transfer() && sent => Stage::Queue,
            TaskKind::ChangeModules { .. } if sends >= MAX_SENDS => uncertain(),
            _ => Stage::Order,
        }
    }

    /// Whether an order whose answer was lost can be followed up now. `asks`: the device can list its transfers.
    pub(super) fn order_due(kind: &TaskKind, sent_at: Option<Timestamp>, asks: bool, now: Timestamp) -> bool {
        !once_only(kind) || (kind.is_transfer() && asks) || waited(sent_at, now)
    }

    /// The request, once it is sure that the device knows it.
    pub(super) fn next_order(&mut self, context: &mut Context<'_>) -> Option<AcsRequest> {
        let (name, since) = method(&self.record.kind);
        let by_list = matches!(&self.progress.methods, Some(methods) if methods.iter().any(|method| method == name))
            || context.learnt.lists(name);
        let too_old = since.is_some_and(|since| context.cwmp_version < since);
        if too_old && !by_list {
            if self.progress.methods.is_none() && context.learnt.supports("GetRPCMethods") {
                self.stage = Stage::Methods;
                return Some(AcsRequest::GetRpcMethods);
            }
            self.stage = Stage::End(unsupported(name));
            return None;
        }
        let supported = match &self.record.kind {
            TaskKind::ReadTransfers => asks_queue(context.learnt),
            _ => context.learnt.supports(name),
        };
        if !supported {
            self.stage = Stage::End(unsupported(name));
            return None;
        }
        if once_only(&self.record.kind) && self.progress.sends >= MAX_SENDS {
            let text = format!("The router was told {MAX_SENDS} times and never said what became of it.");
            self.stage = Stage::End(End::fault(FaultView::local(text)));
            return None;
        }
        let request = self.order(context);
        self.progress.sends += 1;
        Some(request)
    }

    fn order(&mut self, context: &Context<'_>) -> AcsRequest {
        let key = self.progress.command_key.get_or_insert_with(|| command_key(&self.record)).clone();
        let now = context.now;
        let (device, task) = (self.record.device, self.record.id);
        let within = |seconds: u32, more: i64| now.plus_millis(i64::from(seconds) * 1000 + more);
        // What both ways of loading a file begin with: the end to wait for, the version to compare, the address.
        let load = |progress: &mut Progress, file: &FileRef, deadline: Timestamp| {
            progress.deadline = Some(deadline);
            context.software_version.clone_into(&mut progress.version_before);
            context.links.download(device, task, file, deadline, progress.open_link)
        };
        match &self.record.kind {
            TaskKind::Download { file, target_file_name, delay_seconds } => {
                let may_take = self.progress.within_ms.unwrap_or(TRANSFER_WITHIN_MS);
                let link = load(&mut self.progress, file, within(*delay_seconds, may_take));
                AcsRequest::Download(Download {
                    command_key: key,
                    file_type: file.file_type.download().unwrap_or_default().to_owned(),
                    url: link.url,
                    username: link.username,
                    password: link.password,
                    file_size: u32::try_from(file.size).unwrap_or(0),
                    target_file_name: target_file_name.clone(),
                    delay_seconds: *delay_seconds,
                    success_url: String::new(),
                    failure_url: String::new(),
                })
            }
            TaskKind::ScheduleDownload { file, target_file_name, windows } => {
                let windows = moved(&mut self.progress, windows, now);
                let last = windows.iter().map(|window| window.end).max().unwrap_or(0);
                let link = load(&mut self.progress, file, within(last, TRANSFER_WITHIN_MS));
                AcsRequest::ScheduleDownload(ScheduleDownload {
                    command_key: key,
                    file_type: file.file_type.download().unwrap_or_default().to_owned(),
                    url: link.url,
                    username: link.username,
                    password: link.password,
                    file_size: u32::try_from(file.size).unwrap_or(0),
                    target_file_name: target_file_name.clone(),
                    windows,
                })
            }
            TaskKind::Upload { what, delay_seconds } => {
                let deadline = within(*delay_seconds, TRANSFER_WITHIN_MS);
                self.progress.deadline = Some(deadline);
                let link = context.links.upload(device, task, deadline, self.progress.open_link);
                AcsRequest::Upload(Upload {
                    command_key: key,
                    file_type: what.file_type(),
                    url: link.url,
                    username: link.username,
                    password: link.password,
                    delay_seconds: *delay_seconds,
                })
            }
            TaskKind::CancelTransfer { .. } => {
                AcsRequest::CancelTransfer { command_key: self.target_key.clone().unwrap_or_default() }
            }
            TaskKind::ReadTransfers => queue_request(context),
            TaskKind::ScheduleInform { delay_seconds } => {
                self.progress.deadline = Some(within(*delay_seconds, SCHEDULE_SLACK_MS));
                AcsRequest::ScheduleInform { delay_seconds: *delay_seconds, command_key: key }
            }
            TaskKind::ChangeModules { operations } => {
                self.progress.deadline = Some(within(0, MODULES_WITHIN_MS));
                AcsRequest::ChangeDuState {
                    operations: operations.iter().map(du_operation).collect(),
                    command_key: key,
                }
            }
            TaskKind::ReadAttributes { paths } => AcsRequest::GetParameterAttributes { names: paths.clone() },
            TaskKind::SetAttributes { attributes } => AcsRequest::SetParameterAttributes {
                attributes: attributes
                    .iter()
                    .map(|one| SetParameterAttribute {
                        name: one.path.clone(),
                        notification: one.notification,
                        access_list: one.access_list.clone(),
                    })
                    .collect(),
            },
            TaskKind::ReadMethods => AcsRequest::GetRpcMethods,
            TaskKind::ReadOptions { name } => AcsRequest::GetOptions { name: name.clone() },
            TaskKind::SetVouchers { vouchers } => AcsRequest::SetVouchers { vouchers: vouchers.clone() },
            TaskKind::Vendor { method, body } => AcsRequest::Vendor { method: method.clone(), body: body.clone() },
            TaskKind::Refresh { .. }
            | TaskKind::SetValues { .. }
            | TaskKind::AddObject { .. }
            | TaskKind::DeleteObject { .. }
            | TaskKind::Reboot
            | TaskKind::FactoryReset { .. }
            | TaskKind::Diagnose { .. }
            | TaskKind::StopTest { .. } => unreachable!("these have stages of their own"),
        }
    }

    /// The request that lists the transfers of the device, to see whether a lost order arrived; `None` if it cannot.
    pub(super) fn next_queue(&mut self, context: &Context<'_>) -> Option<AcsRequest> {
        if asks_queue(context.learnt) {
            return Some(queue_request(context));
        }
        self.stage = self.after_lost_order(context);
        None
    }

    /// Nothing can be asked: what the firmware says, or time, decides.
    pub(super) fn after_lost_order(&self, context: &Context<'_>) -> Stage {
        let arrived = firmware(&self.record.kind).is_some_and(|file| file.runs_as(context.software_version));
        if arrived && self.progress.version_before != context.software_version {
            let outcome = transferred(&self.record.kind, &self.progress, context.software_version, None, true);
            return Stage::End(End { state: TaskState::Verified, outcome: Some(outcome) });
        }
        if self.progress.once {
            return self.until_campaign_decides(context.now);
        }
        if waited(self.progress.sent_at, context.now) {
            return Stage::Order;
        }
        let at = self.progress.sent_at.unwrap_or(context.now).plus_millis(RESEND_ORDER_MS);
        let why = "It is not known whether the router got the order. It is repeated if nothing comes of it.";
        Stage::Later(why.to_owned(), at)
    }

    /// The order is not given again.
    pub fn wait_for_campaign(&mut self, now: Timestamp) {
        self.stage = self.until_campaign_decides(now);
    }

    fn until_campaign_decides(&self, now: Timestamp) -> Stage {
        let why = "It is not known whether the router got the order. Its campaign decides what follows.";
        Stage::Later(why.to_owned(), self.progress.not_after.unwrap_or(now))
    }

    /// Names whose attributes are read back.
    pub(super) fn attribute_names(&self) -> Vec<String> {
        match &self.record.kind {
            TaskKind::SetAttributes { attributes } => attributes.iter().map(|one| one.path.clone()).collect(),
            _ => Vec::new(),
        }
    }
}

fn waited(sent_at: Option<Timestamp>, now: Timestamp) -> bool {
    sent_at.is_none_or(|at| now.since(at) >= RESEND_ORDER_MS)
}

/// Whether a device can list its transfers, as far as is known.
pub(super) fn asks_queue(learnt: &super::Capabilities) -> bool {
    learnt.supports("GetAllQueuedTransfers") || learnt.supports("GetQueuedTransfers")
}

/// The newer method is from CWMP 1.1 (rule 245).
fn queue_request(context: &Context<'_>) -> AcsRequest {
    let newer = context.learnt.supports("GetAllQueuedTransfers");
    let newer = newer && (context.cwmp_version >= "1.1" || !context.learnt.supports("GetQueuedTransfers"));
    if newer { AcsRequest::GetAllQueuedTransfers } else { AcsRequest::GetQueuedTransfers }
}

fn unsupported(method: &str) -> End {
    let text = format!("This router does not support {method}. Nothing was sent.");
    End::fault(FaultView::local(text))
}

/// The windows of an order that leaves now: after they passed without success, at the same time of a later day.
fn moved(progress: &mut Progress, windows: &[TransferWindow], now: Timestamp) -> Vec<TimeWindow> {
    const DAY: i64 = 86_400;
    let first = windows.iter().map(|window| i64::from(window.start)).min().unwrap_or(0);
    let from = *progress.windows_from.get_or_insert(now);
    let offset = if progress.days_later == 0 {
        0
    } else {
        let begins = (from.0 - now.0) / 1000 + first + i64::from(progress.days_later) * DAY;
        // Of a device that was away for longer: the next time that day comes round.
        let begins = if begins < 0 { begins.rem_euclid(DAY) } else { begins };
        begins - first
    };
    let shift = |seconds: u32| u32::try_from(i64::from(seconds) + offset).unwrap_or(0);
    let windows = windows.iter().map(time_window);
    windows.map(|window| TimeWindow { start: shift(window.start), end: shift(window.end), ..window }).collect()
}

fn time_window(window: &TransferWindow) -> TimeWindow {
    TimeWindow {
        start: window.start,
        end: window.end,
        mode: window.mode.as_str().to_owned(),
        user_message: window.user_message.clone(),
        max_retries: window.max_retries,
    }
}

fn du_operation(operation: &ModuleOperation) -> DuOperation {
    match operation.clone() {
        ModuleOperation::Install { url, uuid, username, password, execution_env_ref } => {
            DuOperation::Install { url, uuid, username, password, execution_env_ref }
        }
        ModuleOperation::Update { uuid, version, url, username, password } => {
            DuOperation::Update { uuid, version, url, username, password }
        }
        ModuleOperation::Uninstall { uuid, version, execution_env_ref } => {
            DuOperation::Uninstall { uuid, version, execution_env_ref }
        }
    }
}
