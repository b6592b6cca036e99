//! What is done about a transfer that failed (rule 346): one table for all faults, whether the device answers the order
//! with one or reports it later.

use super::progress::Progress;
use model::Timestamp;
use model::fault::FaultView;
use model::task::TaskKind;

/// The longest pause before a transfer is tried again.
const LONGEST_PAUSE_MS: i64 = 24 * 3_600_000;
/// A device without room for one more transfer has this long to get some (rule 225).
const NO_ROOM_PAUSE_MS: i64 = 10 * 60_000;

/// How often a transfer that failed is ordered again, and the pause before the first of these; each later one is four times
/// as long, a day at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    pub times: u32,
    pub pause_ms: i64,
}

/// What helps against a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// The way failed, not the file: the same again after a pause, with a new link.
    Again,
    /// The device could not log in: once with a link that needs no password.
    OpenLink,
    /// The windows passed: the same windows a day later.
    LaterWindow,
    /// Nothing that a repetition would change.
    Stop,
}

impl Remedy {
    fn of(code: u32, kind: &TaskKind) -> Self {
        match code {
            9012 => Self::OpenLink,
            9020 if matches!(kind, TaskKind::ScheduleDownload { .. }) => Self::LaterWindow,
            // Internal error, no room, the transfer failed or was cut off, the file server could not be reached.
            // Of something that has no windows, 9020 can only mean that it took too long.
            9002 | 9004 | 9010 | 9011 | 9015 | 9016 | 9017 | 9020 => Self::Again,
            // Denied (9001), the order is wrong (9000, 9003, 9013, 9014), the file is bad (9018, 9019), and what a maker
            // means by codes of its own, nobody knows.
            _ => Self::Stop,
        }
    }
}

/// Makes `progress` ready for another try and says so in words for the task; or the fault that the task ends with.
pub(crate) fn try_again(
    kind: &TaskKind,
    progress: &mut Progress,
    mut fault: FaultView,
    policy: RetryPolicy,
    now: Timestamp,
) -> Result<String, FaultView> {
    let code = fault.code.unwrap_or_default();
    let remedy = Remedy::of(code, kind);
    if remedy == Remedy::Stop || progress.once {
        return Err(fault);
    }
    if progress.failures >= policy.times || (remedy == Remedy::OpenLink && progress.open_link) {
        if progress.failures > 0 {
            fault.message = format!("{} It was tried {} times.", fault.message, progress.failures + 1);
        }
        return Err(fault);
    }
    progress.failures += 1;
    let (how, not_before) = match remedy {
        Remedy::OpenLink => {
            progress.open_link = true;
            ("begins at once, with an address that needs no password.".to_owned(), None)
        }
        Remedy::LaterWindow => {
            progress.days_later += 1;
            ("begins at once, for the same time windows on a later day.".to_owned(), None)
        }
        Remedy::Again | Remedy::Stop => {
            let first = if code == 9004 { policy.pause_ms.max(NO_ROOM_PAUSE_MS) } else { policy.pause_ms };
            let growth = 4_i64.saturating_pow(progress.failures - 1);
            let pause = first.saturating_mul(growth).clamp(0, LONGEST_PAUSE_MS);
            (format!("begins after {}.", span(pause)), Some(now.plus_millis(pause)))
        }
    };
    // A new CommandKey: a report of the last try that comes again is not taken for one of the next.
    progress.command_key = None;
    progress.sent = false;
    progress.sent_at = None;
    progress.sends = 0;
    progress.deadline = None;
    progress.done_at_once = false;
    progress.reported = false;
    progress.not_before = not_before;
    let (this, all) = (progress.failures + 1, policy.times + 1);
    Ok(format!("{} Fault {code}. Try {this} of {all} {how}", fault.message))
}

/// Such as `4 minutes`.
fn span(millis: i64) -> String {
    let seconds = millis / 1000;
    let (number, unit) = match seconds {
        ..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        _ => (seconds / 3600, "hour"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::file::UploadKind;

    const POLICY: RetryPolicy = RetryPolicy { times: 4, pause_ms: 60_000 };

    fn kind() -> TaskKind {
        TaskKind::Upload { what: UploadKind::Log(None), delay_seconds: 0 }
    }

    #[test]
    fn rule_346_every_fault_has_its_remedy() {
        use Remedy::{Again, OpenLink, Stop};
        let table = [
            (9000, Stop),
            (9001, Stop),
            (9002, Again),
            (9003, Stop),
            (9004, Again),
            (9010, Again),
            (9011, Again),
            (9012, OpenLink),
            (9013, Stop),
            (9014, Stop),
            (9015, Again),
            (9016, Again),
            (9017, Again),
            (9018, Stop),
            (9019, Stop),
            (9020, Again),
            (9021, Stop),
            (9800, Stop),
            (0, Stop),
        ];
        for (code, remedy) in table {
            assert_eq!(Remedy::of(code, &kind()), remedy, "{code}");
        }
        let scheduled = TaskKind::ScheduleDownload {
            file: model::file::FileRef {
                id: model::FileId(1),
                name: String::new(),
                file_type: model::file::FileType::Firmware,
                size: 0,
                sha256: String::new(),
                version: String::new(),
                versions: Vec::new(),
            },
            target_file_name: String::new(),
            windows: Vec::new(),
        };
        assert_eq!(Remedy::of(9020, &scheduled), Remedy::LaterWindow);
    }

    #[test]
    fn rule_346_repetitions_are_few_and_their_pauses_grow() {
        let mut progress = Progress::default();
        let mut pauses = Vec::new();
        let end = loop {
            let fault = FaultView::from_device(9017, "reset by peer");
            match try_again(&kind(), &mut progress, fault, POLICY, Timestamp(0)) {
                Ok(note) => {
                    assert!(note.starts_with("The download stopped part-way. Fault 9017. Try "), "{note}");
                    pauses.push(progress.not_before.unwrap().0 / 60_000);
                }
                Err(fault) => break fault,
            }
        };
        assert_eq!(pauses, [1, 4, 16, 64]);
        assert_eq!(end.message, "The download stopped part-way. It was tried 5 times.");
        assert_eq!((end.code, end.detail.as_str()), (Some(9017), "reset by peer"), "the device's own words stay");
    }

    #[test]
    fn spans_are_said_in_words() {
        assert_eq!(span(60_000), "60 seconds");
        assert_eq!(span(240_000), "4 minutes");
        assert_eq!(span(LONGEST_PAUSE_MS), "24 hours");
        assert_eq!(span(1000), "1 second");
    }
}
