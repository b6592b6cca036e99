//! How campaigns are said and shown.

use crate::clock::Clock;
use crate::components::Tone;
use crate::locale::{decimal, grouped};
use model::Timestamp;
use model::campaign::{
    Alarm, Alarmed, CampaignKind, CampaignPlan, CampaignState, Gate, Pause, Reach, StageState, StageView, Tally,
    TargetState, Window,
};
use model::time::duration;

/// Tone, icon and words of where a campaign is.
pub fn look(state: CampaignState, pause: Option<&Pause>, stages: &[StageView]) -> (Tone, &'static str, String) {
    use CampaignState as S;
    let (tone, icon) = match state {
        S::Draft => (Tone::Off, "edit"),
        S::AwaitingApproval => (Tone::Warn, "shield"),
        S::Rejected => (Tone::Warn, "x-circle"),
        S::Approved => (Tone::Info, "shield"),
        S::Scheduled => (Tone::Off, "calendar"),
        S::Running => (Tone::Info, "loader"),
        S::WaitingWindow => (Tone::Info, "clock"),
        S::GateHold => (Tone::Warn, "gate"),
        S::Paused => (Tone::Off, "pause"),
        S::Cancelled => (Tone::Bad, "x-circle"),
        S::Completed => (Tone::Ok, "check-circle"),
        S::CompletedWithFailures => (Tone::Warn, "alert"),
        S::Expired => (Tone::Warn, "hourglass"),
    };
    match (state, pause) {
        (S::Paused, Some(Pause::Person { .. })) => (tone, icon, "Paused".to_owned()),
        (S::Paused, Some(_)) => (Tone::Warn, icon, "Paused itself".to_owned()),
        (S::Running, _) if stages.iter().any(|stage| stage.state == StageState::Soaking) => {
            (tone, "hourglass", "Soaking".to_owned())
        }
        _ => (tone, icon, state.label().to_owned()),
    }
}

/// Tone and icon of where one device is.
pub fn target_look(state: TargetState) -> (Tone, &'static str) {
    use TargetState as S;
    match state {
        S::Queued | S::Eligible => (Tone::Off, "hourglass"),
        S::Skipped => (Tone::Off, "offline"),
        S::Connecting | S::Sent | S::Installing | S::Rebooted | S::Verifying => (Tone::Info, "loader"),
        S::Downloading => (Tone::Info, "download"),
        S::Succeeded => (Tone::Ok, "check-circle"),
        S::RetryWait => (Tone::Warn, "undo"),
        S::Failed | S::Lost => (Tone::Bad, "octagon"),
        S::Cancelled => (Tone::Off, "x-circle"),
    }
}

/// Tone, icon and word of a stage.
pub fn stage_look(state: StageState) -> (Tone, &'static str) {
    match state {
        StageState::Pending => (Tone::Off, "hourglass"),
        StageState::Active => (Tone::Info, "loader"),
        StageState::Soaking => (Tone::Info, "hourglass"),
        StageState::Passed => (Tone::Ok, "check-circle"),
        StageState::Failed => (Tone::Bad, "octagon"),
        StageState::Held => (Tone::Warn, "gate"),
    }
}

/// `2 %`, `0.5 %`.
pub fn percent(share: f64) -> String {
    let whole = (share - share.round()).abs() < 0.05;
    format!("{} %", decimal(share, usize::from(!whole)))
}

/// `1 router`, `1,200 routers`.
pub fn routers(count: u32) -> String {
    if count == 1 { "1 router".to_owned() } else { format!("{} routers", grouped(u64::from(count))) }
}

/// How many of the devices that are not left out are verified, in percent; rounded down, so that 100 % means all.
pub fn done_percent(tally: &Tally) -> u32 {
    let all = tally.total() - tally.of(TargetState::Skipped) - tally.of(TargetState::Cancelled);
    if all == 0 { 0 } else { (u64::from(tally.succeeded()) * 100 / u64::from(all)) as u32 }
}

/// How failures stand against the limit; `None`: nothing is finished.
pub fn failure_tone(tally: &Tally, limit: f64) -> Option<(Tone, f64)> {
    let share = tally.failed_percent()?;
    let tone = if share > limit {
        Tone::Bad
    } else if share > limit * 0.8 && share > 0.0 {
        Tone::Warn
    } else {
        Tone::Ok
    };
    Some((tone, share))
}

/// `01:00`.
pub fn clock_text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `01:00 to 05:00`, `Any time`.
pub fn hours(window: Option<(u16, u16)>) -> String {
    match window {
        None => "Any time".to_owned(),
        Some((from, to)) if from == to => "All day".to_owned(),
        Some((from, to)) => format!("{} to {}", clock_text(from), clock_text(to)),
    }
}

/// Monday first.
pub const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// On which days a window opens: `Mo to Fr`, `Sa, Su`, `every day`.
pub fn days(window: &Window) -> String {
    let on: Vec<usize> = (0..7).filter(|day| window.days[*day]).collect();
    let together = on.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match on.as_slice() {
        [] => "no day".to_owned(),
        all if all.len() == 7 => "every day".to_owned(),
        [first, .., last] if together && on.len() > 2 => format!("{} to {}", DAYS[*first], DAYS[*last]),
        some => some.iter().map(|day| DAYS[*day]).collect::<Vec<_>>().join(", "),
    }
}

/// `98 % verified, after 24 h, by itself`.
pub fn gate_words(gate: &Gate) -> String {
    let soak = match gate.soak_minutes {
        0 => "at once".to_owned(),
        minutes => format!("after {}", duration(u64::from(minutes) * 60)),
    };
    let who = if gate.automatic { "by itself" } else { "a person decides" };
    format!("{} verified, {soak}, {who}", percent(gate.success_percent))
}

/// The name of a stage, before it has devices; `at`: its place.
pub fn reach_label(reach: Reach, at: usize) -> String {
    match reach {
        Reach::Canaries => "Canaries".to_owned(),
        Reach::Devices(_) if at == 0 => "Canary".to_owned(),
        Reach::Devices(count) => format!("First {}", grouped(u64::from(count))),
        Reach::Percent(share) => percent(share),
    }
}

/// Devices that each stage adds, of so many.
pub fn stage_sizes(plan: &CampaignPlan, total: u32) -> Vec<u32> {
    let mut before = 0;
    plan.stages
        .iter()
        .map(|stage| {
            let up_to = match stage.reach {
                Reach::Canaries => u32::try_from(plan.canaries.len()).unwrap_or(u32::MAX),
                Reach::Devices(count) => count,
                Reach::Percent(share) => (f64::from(total) * share / 100.0).ceil() as u32,
            };
            let up_to = up_to.clamp(before, total.max(before));
            let adds = up_to - before;
            before = up_to;
            adds
        })
        .collect()
}

/// Devices that a bad image reaches at most: before the first gate, and in a later stage until the campaign stops itself.
pub fn worst_case(plan: &CampaignPlan, total: u32) -> (u32, Option<u32>) {
    let limit = plan.thresholds.pause;
    let trips = plan.thresholds.min_sample.max(limit.count).max(1);
    // No share is above 100 %: then nothing stops it.
    let most = if limit.percent < 100.0 { trips.saturating_add(plan.pace.at_once) } else { u32::MAX };
    let sizes: Vec<u32> = stage_sizes(plan, total).into_iter().map(|size| size.min(most)).collect();
    (sizes.first().copied().unwrap_or(0), sizes.iter().skip(1).copied().max())
}

/// About how long so many devices take to start: minutes of running, and nights if there is a window.
pub fn takes(plan: &CampaignPlan, devices: u32) -> String {
    let minutes = devices.div_ceil(plan.pace.per_minute.max(1)).max(1);
    match plan.window.as_ref().map(Window::length) {
        Some(length) if minutes > u32::from(length) && length < 1440 => {
            format!("about {} nights", minutes.div_ceil(u32::from(length)))
        }
        _ => format!("about {}", duration(u64::from(minutes) * 60)),
    }
}

/// Why a campaign stands still: a headline, and what is to be known about it.
pub fn pause_words(pause: &Pause, stages: &[StageView]) -> (String, String) {
    let label = |stage: u16| stages.get(usize::from(stage)).map_or("this stage", |stage| stage.label.as_str());
    match pause {
        Pause::Person { by, reason } if reason.is_empty() => (format!("Paused by {by}."), String::new()),
        Pause::Person { by, reason } => (format!("Paused by {by}:"), reason.clone()),
        Pause::Alarm { alarm } => (alarm_head(alarm), alarm_text(alarm, label(alarm.stage))),
        Pause::Gate { stage, finished, percent: share, wanted } => (
            format!("The gate after {} did not open.", label(*stage)),
            match share {
                Some(share) => format!(
                    "{} of {} finished are verified, {} are wanted.",
                    percent(*share),
                    grouped(u64::from(*finished)),
                    percent(*wanted)
                ),
                None => "Too few have finished to judge.".to_owned(),
            },
        ),
        Pause::Decision { stage } => {
            (format!("The stage {} is over.", label(*stage)), "Its numbers are good; a person decides.".to_owned())
        }
        Pause::File { reason } => ("The file cannot be handed out.".to_owned(), reason.clone()),
    }
}

fn alarm_head(alarm: &Alarm) -> String {
    let who = alarm.model.clone().unwrap_or_else(|| "Too many routers".to_owned());
    match (alarm.limit, alarm.model.is_some()) {
        (Alarmed::Lost, true) => format!("{who} does not come back often enough."),
        (Alarmed::Lost, false) => "Too many routers do not come back.".to_owned(),
        (_, true) => format!("{who} fails too often."),
        (_, false) => "Too many routers fail.".to_owned(),
    }
}

fn alarm_text(alarm: &Alarm, stage: &str) -> String {
    format!(
        "{} of {} finished in {stage}: {}, the limit is {}.",
        grouped(u64::from(alarm.bad)),
        grouped(u64::from(alarm.finished)),
        percent(alarm.percent),
        percent(alarm.allowed_percent)
    )
}

/// What is done to each device, in a few words.
pub fn kind_words(kind: &CampaignKind) -> String {
    match kind {
        CampaignKind::Firmware { .. } => "Firmware".to_owned(),
        CampaignKind::File { .. } => "File".to_owned(),
        kind => kind.task().map_or_else(|| kind.label().to_owned(), |task| task.title()),
    }
}

/// `23 Nov 01:00`.
pub fn moment(clock: Clock, at: Timestamp) -> String {
    let time = clock.time_of_day(at);
    format!("{} {}", clock.day(at), time.get(..5).unwrap_or(&time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FileId;
    use model::campaign::StagePlan;

    fn plan() -> CampaignPlan {
        CampaignPlan::new("GX21", CampaignKind::Firmware { images: vec![FileId(1)] })
    }

    #[test]
    fn stages_add_up_to_the_audience() {
        for total in [0, 1, 49, 50, 499, 500, 501, 95_811] {
            let sizes = stage_sizes(&plan(), total);
            assert_eq!(sizes.iter().sum::<u32>(), total, "{total}: {sizes:?}");
        }
        assert_eq!(stage_sizes(&plan(), 1000), [50, 50, 900]);
        let mut named = plan();
        named.canaries = vec![model::DeviceId(1), model::DeviceId(2)];
        named.stages.insert(0, StagePlan { reach: Reach::Canaries, gate: Gate::default() });
        assert_eq!(stage_sizes(&named, 1000), [2, 48, 50, 900]);
    }

    #[test]
    fn a_bad_image_reaches_no_more_than_a_stage() {
        // 10 fail, 500 are under way.
        assert_eq!(worst_case(&plan(), 100_000), (50, Some(510)));
        assert_eq!(worst_case(&plan(), 20), (20, Some(0)));
        let mut whole = plan();
        whole.stages = vec![StagePlan { reach: Reach::Percent(100.0), gate: Gate::default() }];
        assert_eq!(worst_case(&whole, 100_000), (510, None));
        whole.thresholds.pause.percent = 100.0;
        assert_eq!(worst_case(&whole, 100_000), (100_000, None));
    }

    #[test]
    fn all_is_said_only_of_all() {
        let mut tally = Tally::default();
        assert_eq!(done_percent(&tally), 0);
        tally.add(TargetState::Succeeded, 999);
        tally.add(TargetState::Queued, 1);
        assert_eq!(done_percent(&tally), 99);
        let mut skipped = Tally::default();
        skipped.add(TargetState::Succeeded, 5);
        skipped.add(TargetState::Skipped, 5);
        assert_eq!(done_percent(&skipped), 100);
    }

    #[test]
    fn failures_are_held_against_the_limit() {
        let tally = |bad, good| {
            let mut tally = Tally::default();
            tally.add(TargetState::Failed, bad);
            tally.add(TargetState::Succeeded, good);
            tally
        };
        assert_eq!(failure_tone(&Tally::default(), 2.0), None);
        let tone = |bad, good| failure_tone(&tally(bad, good), 2.0).unwrap().0;
        assert_eq!(
            (tone(0, 100), tone(1, 99), tone(19, 981), tone(3, 97)),
            (Tone::Ok, Tone::Ok, Tone::Warn, Tone::Bad)
        );
    }

    #[test]
    fn days_are_said_together_where_they_are() {
        let said = |days: [bool; 7]| super::days(&Window { days, ..Window::default() });
        assert_eq!(said([true; 7]), "every day");
        assert_eq!(said([true, true, true, true, true, false, false]), "Mo to Fr");
        assert_eq!(said([false, false, false, false, false, true, true]), "Sa, Su");
        assert_eq!(said([false; 7]), "no day");
    }

    #[test]
    fn gates_are_said_in_words() {
        assert_eq!(gate_words(&Gate::default()), "98 % verified, after 1 d, by itself");
        let gate = Gate { success_percent: 99.5, soak_minutes: 0, automatic: false, min_sample: 1 };
        assert_eq!(gate_words(&gate), "99.5 % verified, at once, a person decides");
    }

    #[test]
    fn long_stages_take_nights() {
        assert_eq!(takes(&plan(), 200), "about 1 min");
        assert_eq!(takes(&plan(), 100_000), "about 3 nights");
        let mut any_time = plan();
        any_time.window = None;
        assert_eq!(takes(&any_time, 100_000), "about 8 h 20 min");
    }
}
