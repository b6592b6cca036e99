//! Whether the order of a device leaves, when the device has come for it.
//!
//! What held when its task was made may be hours old: a device that could not be called takes its order at its own check-in. So
//! the campaign, its window, the places there are at once and the device itself are looked at again in the very session, and the
//! device is counted as under way before its order leaves.

use super::engine::make_move;
use super::judge::{Now, Step};
use super::{hours_of, images};
use crate::Result;
use crate::session::Progress;
use model::Timestamp;
use model::campaign::TargetState;
use model::task::TaskKind;
use store::{CampaignRecord, Moved, Store, TargetRecord, TaskRecord};

/// The engine may look at a device while it comes: tried so often.
const TRIES: u32 = 5;

/// What a session does with the task that it is about to take up.
#[derive(Debug)]
pub(crate) enum Leaves {
    Yes,
    /// It was taken back, or somebody else decides about it just now.
    No(Vec<TaskRecord>),
    /// A session took it up before, and its time is over: it ends, for this reason.
    Ends(String),
}

/// Looks at a task. Of one that is not a campaign's there is nothing to decide.
pub(crate) async fn leaves(store: &Store, task: &TaskRecord, now: Timestamp) -> Result<Leaves> {
    let Some(campaign) = task.campaign else { return Ok(Leaves::Yes) };
    if Progress::of(task).sent {
        // What became of the order is found out; it is not given again.
        return Ok(Leaves::Yes);
    }
    let given_up = || Ok(Leaves::Ends("The campaign gave it up before the order left. Nothing was sent.".to_owned()));
    for _ in 0..TRIES {
        let Some(record) = store.campaign(campaign).await? else { return given_up() };
        let Some(target) = store.target_of_task(&record, task.device, task.id).await? else { return given_up() };
        let numbers = store.campaign_numbers(&record).await?;
        let images = images(store, &record.plan).await?;
        let hours = hours_of(store, &record, &numbers, now).await?;
        let judge = Now::of(&record, &images, &hours, now);
        if !matches!(target.state, TargetState::Eligible | TargetState::Connecting) {
            // Its session broke off before the order left, or before all was read.
            let goes_on = judge.is_open(target.zone) || matches!(task.kind, TaskKind::Refresh { .. });
            return if target.state.has_order() && goes_on { Ok(Leaves::Yes) } else { given_up() };
        }
        // Those that are only called do not keep out one that is there.
        let room = numbers.all().with_order() < record.plan.pace.at_once;
        match judge.may_leave(&target, room) {
            Ok(()) if step(store, &record, &target, &judge.taken(), now).await?.devices.is_empty() => {}
            Ok(()) => return Ok(Leaves::Yes),
            Err(back) => return Ok(Leaves::No(step(store, &record, &target, &back, now).await?.taken_back)),
        }
    }
    Ok(Leaves::No(Vec::new()))
}

async fn step(
    store: &Store,
    record: &CampaignRecord,
    target: &TargetRecord,
    step: &Step,
    now: Timestamp,
) -> Result<Moved> {
    let moves: Vec<_> = make_move(record, target, step, now).into_iter().collect();
    Ok(store.move_targets(record, None, &moves).await?.unwrap_or_default())
}
