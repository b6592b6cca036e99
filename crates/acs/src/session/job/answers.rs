//! What the answers to orders mean (see [`super::orders`]).

use super::end::{End, fault_view, wrong_answer};
use super::orders::{asks_queue, firmware};
use super::remedy::try_again;
use super::{Context, Stage, TaskJob};
use crate::knowledge::wire_type;
use cwmp::{CpeResponse, Fault};
use model::device::DataModel;
use model::file::QueuedTransferView;
use model::task::{SetAttribute, TaskKind, TaskOutcome, TaskState};
use store::{Tree, Write};

/// Most characters of a vendor's answer that are kept.
const MAX_ANSWER: usize = 16 * 1024;

impl TaskJob {
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
                if self.record.kind.is_transfer() {
                    let fault = fault_view(&fault);
                    let tried = try_again(&self.record.kind, &mut self.progress, fault, context.retry, context.now);
                    self.stage = match (tried, self.progress.not_before) {
                        (Ok(note), Some(at)) => Stage::Later(note, at),
                        (Ok(_), None) => Stage::Order,
                        (Err(fault), _) => Stage::End(End::fault(fault)),
                    };
                } else if fault.code == 9000
                    && self.record.kind == TaskKind::ReadTransfers
                    && asks_queue(context.learnt)
                {
                    self.stage = Stage::Order;
                } else {
                    self.stage = Stage::End(End::fault(fault_view(&fault)));
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
                let applied = started.status == 0 && firmware(&self.record.kind).is_some();
                if applied { Stage::Version } else { Stage::Wait }
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
        if matches!(self.stage, Stage::Wait | Stage::Version) {
            return vec![self.save_progress(Some(TaskState::Applied), context.now)];
        }
        Vec::new()
    }

    /// The version that runs after firmware was applied at once. If it is not told, the next Inform tells it.
    pub(super) fn on_version(&mut self, answer: Result<CpeResponse, Fault>, context: &mut Context<'_>) {
        let wanted = version_name(context.tree);
        if let Ok(CpeResponse::GetParameterValues { parameters }) = answer {
            for one in parameters.iter().filter(|one| Some(&one.name) == wanted.as_ref()) {
                context.tree.set_value(&one.name, wire_type(one, context.tree), &one.value, context.now);
            }
        }
        self.stage = Stage::Wait;
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
}

/// The parameter that tells which firmware runs; `None` if nothing is known of the device's data model.
pub(super) fn version_name(tree: &Tree) -> Option<String> {
    let root =
        tree.children("").map(|(path, _)| DataModel::of_path(path)).find(|found| *found != DataModel::Unknown)?;
    Some(format!("{}DeviceInfo.SoftwareVersion", root.root()))
}
