//! How many devices may start at a moment.

use super::judge::Image;
use model::Timestamp;
use model::campaign::CampaignPlan;
use store::CampaignRecord;

/// What a campaign has started in the present minute, and may start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub minute: i64,
    pub ran_minutes: u32,
    pub started_in_minute: u32,
    pub starts: u32,
}

/// `in_flight`: devices that load or install now.
pub fn allowance(record: &CampaignRecord, images: &[Image], in_flight: u32, now: Timestamp) -> Allowance {
    let minute = now.0.div_euclid(60_000);
    let (ran_minutes, started_in_minute) = if minute == record.minute {
        (record.ran_minutes, record.started_in_minute)
    } else {
        // A minute in which nothing started does not count for the ramp.
        (record.ran_minutes + u32::from(record.started_in_minute > 0), 0)
    };
    let a_minute = record.plan.starts_in_minute(ran_minutes).min(by_megabits(&record.plan, images));
    // Spread over the minute: file servers see an even load.
    let second = u32::try_from(now.0.rem_euclid(60_000) / 1000).unwrap_or(0);
    let until_now = (u64::from(a_minute) * u64::from(second + 1)).div_ceil(60);
    let left = u32::try_from(until_now).unwrap_or(u32::MAX).saturating_sub(started_in_minute);
    let room = record.plan.pace.at_once.saturating_sub(in_flight);
    Allowance { minute, ran_minutes, started_in_minute, starts: left.min(room) }
}

/// As many in a minute as the line carries: one is always let through, however large the file.
fn by_megabits(plan: &CampaignPlan, images: &[Image]) -> u32 {
    let Some(megabits) = plan.pace.megabits else { return u32::MAX };
    let Some(largest) = images.iter().map(|image| image.file.size).max().filter(|size| *size > 0) else {
        return u32::MAX;
    };
    let bits_a_minute = u64::from(megabits) * 1_000_000 * 60;
    u32::try_from(bits_a_minute / (largest * 8)).unwrap_or(u32::MAX).max(1)
}
