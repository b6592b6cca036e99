//! What other people and programs are told of a campaign: by webhook and by e-mail.

use super::gate::{Alarm, Alarmed, Tally};
use super::lifecycle::CampaignState;
use super::view::{CampaignLogKind, Pause};
use crate::{CampaignId, Timestamp};
use serde::{Deserialize, Serialize};

/// E-mail addresses that one campaign tells, at most.
pub const TOLD_MAX: usize = 20;

/// Which of the things that happen to a campaign are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Started,
    /// It stands still: by a person, by itself, or at a gate; or it did not start at its time.
    Paused,
    /// It is over, however it went.
    Ended,
}

impl NoticeKind {
    pub const ALL: [Self; 3] = [Self::Started, Self::Paused, Self::Ended];

    /// What an entry of the log is told as, if it is.
    pub fn of(entry: &CampaignLogKind) -> Option<Self> {
        use CampaignLogKind as K;
        match entry {
            K::Started { .. } => Some(Self::Started),
            K::Paused { .. } | K::GateHeld { .. } | K::NotStarted { .. } => Some(Self::Paused),
            K::Cancelled { .. } | K::Ended { .. } => Some(Self::Ended),
            _ => None,
        }
    }

    /// The word for other programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "campaign_started",
            Self::Paused => "campaign_paused",
            Self::Ended => "campaign_ended",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Started => "A campaign started",
            Self::Paused => "A campaign paused, or waits for a decision",
            Self::Ended => "A campaign ended",
        }
    }
}

/// One thing that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The number of the entry of the log: what is told twice has the same.
    pub number: i64,
    pub kind: NoticeKind,
    pub campaign: CampaignId,
    pub name: String,
    /// Where the campaign is now.
    pub state: CampaignState,
    /// All its devices together, now.
    pub tally: Tally,
    pub at: Timestamp,
    /// Who did it; `None`: the campaign by itself.
    pub by: Option<String>,
    pub what: CampaignLogKind,
    /// Addresses that the plan names.
    pub tell: Vec<String>,
}

impl Notice {
    /// What happened, in one line without the name of the campaign.
    pub fn headline(&self) -> String {
        use CampaignLogKind as K;
        let by = |text: &str| self.by.as_ref().map_or_else(|| text.to_owned(), |by| format!("{text} by {by}"));
        match &self.what {
            K::Started { devices } => format!("{} for {devices} routers", by("started")),
            K::NotStarted { .. } => "did not start at its time".to_owned(),
            K::Paused { pause } | K::GateHeld { pause, .. } => match pause {
                Pause::Person { .. } => by("paused"),
                Pause::Alarm { alarm } if alarm.limit == Alarmed::Lost => {
                    "paused itself: routers do not come back".to_owned()
                }
                Pause::Alarm { .. } => "paused itself: too many routers fail".to_owned(),
                Pause::Gate { .. } => "stands still: a gate did not open".to_owned(),
                Pause::Decision { .. } => "waits for a decision".to_owned(),
                Pause::File { .. } => "paused itself: its file cannot be handed out".to_owned(),
            },
            K::Cancelled { by_itself: true, .. } => "ended itself: too many routers failed".to_owned(),
            K::Cancelled { .. } => by("cancelled"),
            K::Ended { state, .. } => state.label().to_lowercase(),
            _ => String::new(),
        }
    }

    /// What is to be known about it beside that; may be empty.
    pub fn detail(&self) -> String {
        use CampaignLogKind as K;
        match &self.what {
            K::Paused { pause } | K::GateHeld { pause, .. } => match pause {
                Pause::Person { reason, .. } | Pause::File { reason } => reason.clone(),
                Pause::Alarm { alarm } => said(alarm),
                Pause::Gate { stage, finished, percent: Some(percent), wanted } => format!(
                    "Stage {}: {percent:.1} % of {finished} finished routers are verified, {wanted:.1} % are wanted.",
                    stage + 1
                ),
                Pause::Gate { stage, .. } => format!("Stage {}: too few routers have finished to judge.", stage + 1),
                Pause::Decision { stage } => format!("Stage {} is over, and its numbers are good.", stage + 1),
            },
            K::NotStarted { devices, approved: Some(approved) } => {
                format!("{devices} routers match now, and it was approved for {approved}. It is a draft again.")
            }
            K::NotStarted { devices, approved: None } => {
                format!("{devices} routers match now: a second person has to approve it first. It is a draft again.")
            }
            K::Cancelled { reason, .. } => reason.clone(),
            K::Ended { succeeded, bad, .. } => format!("{succeeded} routers verified, {bad} failed."),
            _ => String::new(),
        }
    }
}

fn said(alarm: &Alarm) -> String {
    let Alarm { stage, model, bad, finished, percent, allowed_percent, .. } = alarm;
    let of = model.as_ref().map(|model| format!("{model}: ")).unwrap_or_default();
    format!(
        "Stage {}, {of}{bad} of {finished} finished routers, which is {percent:.1} %. The limit is {allowed_percent:.1} %.",
        stage + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(by: Option<&str>, what: CampaignLogKind) -> Notice {
        Notice {
            number: 1,
            kind: NoticeKind::of(&what).unwrap(),
            campaign: CampaignId(7),
            name: "GX21".into(),
            state: CampaignState::Paused,
            tally: Tally::default(),
            at: Timestamp(0),
            by: by.map(ToOwned::to_owned),
            what,
            tell: Vec::new(),
        }
    }

    #[test]
    fn pauses_ends_and_starts_are_told_and_nothing_else() {
        use CampaignLogKind as K;
        assert_eq!(NoticeKind::of(&K::Created), None);
        assert_eq!(NoticeKind::of(&K::WindowClosed), None);
        assert_eq!(NoticeKind::of(&K::Resumed { reason: String::new() }), None);
        let held = K::GateHeld { stage: 0, pause: Pause::Decision { stage: 0 } };
        assert_eq!(NoticeKind::of(&held), Some(NoticeKind::Paused));
    }

    #[test]
    fn a_notice_names_the_culprit_and_the_person() {
        let alarm = Alarm {
            limit: Alarmed::Lost,
            stage: 0,
            model: Some("HG640".into()),
            bad: 6,
            finished: 30,
            percent: 20.0,
            allowed_percent: 5.0,
        };
        let one = notice(None, CampaignLogKind::Paused { pause: Pause::Alarm { alarm: alarm.clone() } });
        assert_eq!(one.headline(), "paused itself: routers do not come back");
        let detail = "Stage 1, HG640: 6 of 30 finished routers, which is 20.0 %. The limit is 5.0 %.";
        assert_eq!(one.detail(), detail);
        let several = Alarm { model: None, ..alarm };
        let one = notice(None, CampaignLogKind::Paused { pause: Pause::Alarm { alarm: several } });
        assert!(one.detail().starts_with("Stage 1, 6 of 30 finished"), "{}", one.detail());
        let pause = Pause::Person { by: "ada".into(), reason: "the phones ring".into() };
        let one = notice(Some("ada"), CampaignLogKind::Paused { pause });
        assert_eq!((one.headline().as_str(), one.detail().as_str()), ("paused by ada", "the phones ring"));
        let one = notice(None, CampaignLogKind::Ended { state: CampaignState::Completed, succeeded: 9, bad: 0 });
        assert_eq!((one.headline().as_str(), one.detail().as_str()), ("finished", "9 routers verified, 0 failed."));
        let one = notice(None, CampaignLogKind::NotStarted { devices: 2300, approved: Some(2000) });
        let detail = "2300 routers match now, and it was approved for 2000. It is a draft again.";
        assert_eq!((one.headline().as_str(), one.detail().as_str()), ("did not start at its time", detail));
        assert_eq!(one.kind, NoticeKind::Paused);
    }
}
