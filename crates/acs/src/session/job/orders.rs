//! Tasks that take one request: what is asked, and what the answer means. Where the device reports the end later
//! (transfers, software modules, ScheduleInform) the task waits after the answer, see [`crate::session::reports`].

use super::{Context, End, Progress, Stage, TaskJob, command_key, wrong_answer};
use cwmp::{
    AcsRequest, CpeResponse, Download, DuOperation, Fault, ScheduleDownload, SetParameterAttribute, TimeWindow, Upload,
};
use model::Timestamp;
use model::fault::FaultView;
use model::file::{FileRef, FileType, ModuleOperation, QueuedTransferView, TransferWindow};
use model::task::{SetAttribute, TaskKind, TaskOutcome, TaskState};
use store::Write;

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
/// Until a device whose queue was full is asked again (rule 225).
const QUEUE_FULL_PAUSE_MS: i64 = 10 * 60_000;
/// Most characters of a vendor's answer that are kept.
const MAX_ANSWER: usize = 16 * 1024;

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
        TaskKind::SetValues { .. } => ("SetParameterValues", None),
        TaskKind::AddObject { .. } => ("AddObject", None),
        TaskKind::DeleteObject { .. } => ("DeleteObject", None),
        TaskKind::Reboot => ("Reboot", None),
        TaskKind::FactoryReset => ("FactoryReset", None),
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
            context.links.download(device, task, file, deadline)
        };
        match &self.record.kind {
            TaskKind::Download { file, target_file_name, delay_seconds } => {
                let link = load(&mut self.progress, file, within(*delay_seconds, TRANSFER_WITHIN_MS));
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
                    windows: windows.iter().map(time_window).collect(),
                })
            }
            TaskKind::Upload { what, delay_seconds } => {
                let deadline = within(*delay_seconds, TRANSFER_WITHIN_MS);
                self.progress.deadline = Some(deadline);
                let link = context.links.upload(device, task, deadline);
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
            | TaskKind::FactoryReset => unreachable!("these have stages of their own"),
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
    fn after_lost_order(&self, context: &Context<'_>) -> Stage {
        let arrived = firmware(&self.record.kind)
            .is_some_and(|file| !file.version.is_empty() && file.version == context.software_version);
        if arrived && self.progress.version_before != context.software_version {
            return Stage::End(self.transferred(context.software_version, true));
        }
        if waited(self.progress.sent_at, context.now) {
            return Stage::Order;
        }
        let at = self.progress.sent_at.unwrap_or(context.now).plus_millis(RESEND_ORDER_MS);
        Stage::Later("It is not known whether the router got the order. It is repeated if nothing comes of it.", at)
    }

    /// The device's answer to an order, or to a question about one.
    pub(super) fn on_order_answer(
        &mut self,
        answer: Result<CpeResponse, Fault>,
        context: &mut Context<'_>,
    ) -> Vec<Write> {
        match (&self.stage, answer) {
            (Stage::Methods, answer) => {
                let methods = match answer {
                    Ok(CpeResponse::GetRpcMethods { methods }) => methods,
                    _ => Vec::new(),
                };
                if !methods.is_empty() {
                    context.learnt.take_methods(&methods);
                }
                self.progress.methods = Some(methods);
                self.stage = Stage::Order;
                Vec::new()
            }
            (Stage::Queue, answer) => {
                let key = self.progress.command_key.as_deref();
                match answer {
                    Ok(
                        CpeResponse::GetAllQueuedTransfers { transfers }
                        | CpeResponse::GetQueuedTransfers { transfers },
                    ) => {
                        if transfers.iter().any(|transfer| Some(transfer.command_key.as_str()) == key) {
                            self.stage = Stage::Wait;
                            return vec![self.save_progress(Some(TaskState::Applied), context.now)];
                        }
                        // It is not there: done and about to be reported, or never arrived.
                        self.stage = match self.after_lost_order(context) {
                            Stage::Later(..) => Stage::Order,
                            stage => stage,
                        };
                    }
                    // One method for the other; the engine has noted which is not supported.
                    Err(fault) if fault.code == 9000 && asks_queue(context.learnt) => {}
                    _ => self.stage = self.after_lost_order(context),
                }
                Vec::new()
            }
            (_, Err(fault)) => {
                // Its queue is full (rule 225): later.
                if fault.code == 9004 && self.record.kind.is_transfer() {
                    self.progress.sent = false;
                    self.progress.sends = 0;
                    let at = context.now.plus_millis(QUEUE_FULL_PAUSE_MS);
                    self.stage = Stage::Later("The router's list of transfers is full.", at);
                } else if fault.code == 9000
                    && self.record.kind == TaskKind::ReadTransfers
                    && asks_queue(context.learnt)
                {
                    self.stage = Stage::Order;
                } else {
                    self.stage = Stage::End(End::fault(super::fault_view(&fault)));
                }
                Vec::new()
            }
            (_, Ok(response)) => self.on_order_done(response, context),
        }
    }

    fn on_order_done(&mut self, response: CpeResponse, context: &mut Context<'_>) -> Vec<Write> {
        let end = |outcome| Stage::End(End { state: TaskState::Verified, outcome: Some(outcome) });
        self.stage = match (response, &self.record.kind) {
            (CpeResponse::Download(started), TaskKind::Download { .. })
            | (CpeResponse::Upload(started), TaskKind::Upload { .. }) => {
                // Status 0: done, and no TransferComplete follows (rule 222).
                self.progress.done_at_once = started.status == 0;
                Stage::Wait
            }
            (CpeResponse::ScheduleDownload, TaskKind::ScheduleDownload { .. })
            | (CpeResponse::ScheduleInform, TaskKind::ScheduleInform { .. })
            | (CpeResponse::ChangeDuState, TaskKind::ChangeModules { .. }) => Stage::Wait,
            (CpeResponse::CancelTransfer, TaskKind::CancelTransfer { .. })
            | (CpeResponse::SetVouchers, TaskKind::SetVouchers { .. }) => {
                Stage::End(End { state: TaskState::Verified, outcome: None })
            }
            (
                CpeResponse::GetAllQueuedTransfers { transfers } | CpeResponse::GetQueuedTransfers { transfers },
                TaskKind::ReadTransfers,
            ) => {
                let view = |transfer: cwmp::QueuedTransfer| QueuedTransferView {
                    command_key: transfer.command_key,
                    state: transfer.state,
                    is_download: transfer.is_download,
                    file_type: transfer.file_type,
                    file_size: transfer.file_size,
                    target_file_name: transfer.target_file_name,
                };
                end(TaskOutcome::Transfers { transfers: transfers.into_iter().take(64).map(view).collect() })
            }
            (CpeResponse::GetParameterAttributes { parameters }, TaskKind::ReadAttributes { .. }) => {
                end(self.read_attributes(parameters, context).0)
            }
            (CpeResponse::SetParameterAttributes, TaskKind::SetAttributes { .. }) => {
                self.stage = Stage::Attributes;
                return vec![self.save_progress(Some(TaskState::Applied), context.now)];
            }
            (CpeResponse::GetParameterAttributes { parameters }, TaskKind::SetAttributes { .. }) => {
                let (outcome, same) = self.read_attributes(parameters, context);
                let state = if same { TaskState::Verified } else { TaskState::Different };
                Stage::End(End { state, outcome: Some(outcome) })
            }
            (CpeResponse::GetRpcMethods { methods }, TaskKind::ReadMethods) => {
                context.learnt.take_methods(&methods);
                end(TaskOutcome::Methods { methods })
            }
            (CpeResponse::GetOptions { options }, TaskKind::ReadOptions { .. }) => end(TaskOutcome::Options {
                options: options.into_iter().take(256).map(|option| (option.name, option.mode != 0)).collect(),
            }),
            (CpeResponse::Unknown { method, body }, TaskKind::Vendor { method: asked, .. }) if method == *asked => {
                end(TaskOutcome::Answer { body: body.chars().take(MAX_ANSWER).collect() })
            }
            _ => Stage::End(End::fault(wrong_answer())),
        };
        if self.stage == Stage::Wait {
            return vec![self.save_progress(Some(TaskState::Applied), context.now)];
        }
        Vec::new()
    }

    /// Keeps what the device says of its reporting; and whether it is as the task wants it.
    fn read_attributes(&self, read: Vec<cwmp::ParameterAttribute>, context: &mut Context<'_>) -> (TaskOutcome, bool) {
        for one in read.iter().filter(|one| !one.name.is_empty()) {
            context.tree.set_notification(&one.name, one.notification);
        }
        let wanted: &[SetAttribute] = match &self.record.kind {
            TaskKind::SetAttributes { attributes } => attributes,
            _ => &[],
        };
        let is = |wanted: &SetAttribute, one: &cwmp::ParameterAttribute| {
            wanted.notification.is_none_or(|notification| notification == one.notification)
                && wanted.access_list.as_ref().is_none_or(|list| *list == one.access_list)
        };
        // Later entries of the list win over earlier ones that cover the same parameter (rule 202).
        let same = read.iter().all(|one| {
            let last = wanted.iter().rev().find(|wanted| {
                wanted.path == one.name || (wanted.path.ends_with('.') && one.name.starts_with(&wanted.path))
            });
            last.is_none_or(|wanted| is(wanted, one))
        });
        let attributes = read
            .into_iter()
            .take(256)
            .map(|one| SetAttribute {
                path: one.name,
                notification: Some(one.notification),
                access_list: Some(one.access_list),
            })
            .collect();
        (TaskOutcome::Attributes { attributes }, same)
    }

    /// Names whose attributes are read back.
    pub(super) fn attribute_names(&self) -> Vec<String> {
        match &self.record.kind {
            TaskKind::SetAttributes { attributes } => attributes.iter().map(|one| one.path.clone()).collect(),
            _ => Vec::new(),
        }
    }

    fn transferred(&self, version: &str, unreported: bool) -> End {
        End {
            state: TaskState::Verified,
            outcome: Some(TaskOutcome::Transferred {
                file: None,
                version_before: self.progress.version_before.clone(),
                version_after: version.to_owned(),
                unreported,
            }),
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
