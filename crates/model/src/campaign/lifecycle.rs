//! The states of a campaign and of its stages.

use serde::{Deserialize, Serialize};

/// Where a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    Draft,
    AwaitingApproval,
    Rejected,
    Approved,
    /// Starts by itself at its time.
    Scheduled,
    Running,
    /// Runs, and in no zone of its devices the window is open.
    WaitingWindow,
    /// A stage is over, and a person decides whether it goes on.
    GateHold,
    /// Nothing new starts.
    Paused,
    Cancelled,
    Completed,
    CompletedWithFailures,
    /// Its last day was over before all were done.
    Expired,
}

/// What is done with a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CampaignEvent {
    AskApproval,
    Approve,
    Reject,
    Edit,
    Schedule,
    Start,
    CloseWindow,
    OpenWindow,
    Hold,
    /// A person, or the gate itself, lets the next stage begin.
    GoOn,
    Pause,
    Resume,
    /// Also: aborts itself.
    Cancel,
    Complete,
    CompleteWithFailures,
    Expire,
}

impl CampaignState {
    pub const ALL: [Self; 13] = [
        Self::Draft,
        Self::AwaitingApproval,
        Self::Rejected,
        Self::Approved,
        Self::Scheduled,
        Self::Running,
        Self::WaitingWindow,
        Self::GateHold,
        Self::Paused,
        Self::Cancelled,
        Self::Completed,
        Self::CompletedWithFailures,
        Self::Expired,
    ];

    /// The state that follows; `None`: that cannot be done here.
    pub fn after(self, event: CampaignEvent) -> Option<Self> {
        use CampaignEvent as E;
        use CampaignState as S;
        Some(match (self, event) {
            (S::Draft, E::AskApproval) => S::AwaitingApproval,
            (S::AwaitingApproval, E::Approve) => S::Approved,
            (S::AwaitingApproval, E::Reject) => S::Rejected,
            // An edit voids whatever was said of it before.
            (S::Draft | S::AwaitingApproval | S::Rejected | S::Approved | S::Scheduled, E::Edit) => S::Draft,
            (S::Draft | S::Approved, E::Schedule) => S::Scheduled,
            (S::Draft | S::Approved | S::Scheduled, E::Start)
            | (S::WaitingWindow, E::OpenWindow)
            | (S::GateHold, E::GoOn)
            | (S::Paused, E::Resume) => S::Running,
            (S::Running, E::CloseWindow) => S::WaitingWindow,
            (S::Running | S::WaitingWindow, E::Hold) => S::GateHold,
            (S::Running | S::WaitingWindow | S::GateHold, E::Pause) => S::Paused,
            (state, E::Cancel) if state.is_live() || matches!(state, S::AwaitingApproval | S::Approved) => S::Cancelled,
            (S::Running | S::WaitingWindow, E::Complete) => S::Completed,
            (S::Running | S::WaitingWindow, E::CompleteWithFailures) => S::CompletedWithFailures,
            (S::Scheduled | S::Running | S::WaitingWindow | S::GateHold | S::Paused, E::Expire) => S::Expired,
            _ => return None,
        })
    }

    /// Whether the engine looks after it.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Scheduled) || self.has_started() && !self.ended()
    }

    /// Whether its devices are chosen.
    pub fn has_started(self) -> bool {
        self.ended() || matches!(self, Self::Running | Self::WaitingWindow | Self::GateHold | Self::Paused)
    }

    /// Whether new devices may start.
    pub fn starts_devices(self) -> bool {
        matches!(self, Self::Running | Self::WaitingWindow)
    }

    pub fn ended(self) -> bool {
        matches!(self, Self::Cancelled | Self::Completed | Self::CompletedWithFailures | Self::Expired)
    }

    /// Whether what it does can be changed.
    pub fn editable(self) -> bool {
        self.after(CampaignEvent::Edit).is_some()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::WaitingWindow => "waiting_window",
            Self::GateHold => "gate_hold",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::CompletedWithFailures => "completed_with_failures",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::AwaitingApproval => "Needs approval",
            Self::Rejected => "Rejected",
            Self::Approved => "Approved",
            Self::Scheduled => "Scheduled",
            Self::Running => "Running",
            Self::WaitingWindow => "Waits for its window",
            Self::GateHold => "Waits for a decision",
            Self::Paused => "Paused",
            Self::Cancelled => "Cancelled",
            Self::Completed => "Finished",
            Self::CompletedWithFailures => "Finished with failures",
            Self::Expired => "Out of time",
        }
    }
}

/// Where a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    Pending,
    Active,
    /// All its devices are done, and are watched for a while.
    Soaking,
    Passed,
    /// Its gate did not open.
    Failed,
    /// Its gate would open; a person decides.
    Held,
}

/// What happens with a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StageEvent {
    Begin,
    Done,
    Pass,
    Fail,
    Hold,
    /// A person lets it pass.
    Decide,
}

impl StageState {
    pub const ALL: [Self; 6] = [Self::Pending, Self::Active, Self::Soaking, Self::Passed, Self::Failed, Self::Held];

    pub fn after(self, event: StageEvent) -> Option<Self> {
        use StageEvent as E;
        use StageState as S;
        Some(match (self, event) {
            (S::Pending, E::Begin) => S::Active,
            (S::Active, E::Done) => S::Soaking,
            (S::Soaking, E::Pass) | (S::Failed | S::Held, E::Decide) => S::Passed,
            (S::Soaking, E::Fail) => S::Failed,
            (S::Soaking, E::Hold) => S::Held,
            _ => return None,
        })
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Soaking => "soaking",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Held => "held",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Active => "Running",
            Self::Soaking => "Soaking",
            Self::Passed => "Done",
            Self::Failed => "Gate not passed",
            Self::Held => "Waits for a decision",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const EVENTS: [CampaignEvent; 16] = [
        CampaignEvent::AskApproval,
        CampaignEvent::Approve,
        CampaignEvent::Reject,
        CampaignEvent::Edit,
        CampaignEvent::Schedule,
        CampaignEvent::Start,
        CampaignEvent::CloseWindow,
        CampaignEvent::OpenWindow,
        CampaignEvent::Hold,
        CampaignEvent::GoOn,
        CampaignEvent::Pause,
        CampaignEvent::Resume,
        CampaignEvent::Cancel,
        CampaignEvent::Complete,
        CampaignEvent::CompleteWithFailures,
        CampaignEvent::Expire,
    ];

    fn reach(from: CampaignState) -> HashSet<CampaignState> {
        let mut seen = HashSet::from([from]);
        let mut todo = vec![from];
        while let Some(state) = todo.pop() {
            for next in EVENTS.iter().filter_map(|event| state.after(*event)) {
                if seen.insert(next) {
                    todo.push(next);
                }
            }
        }
        seen
    }

    #[test]
    fn every_state_is_reached_and_every_life_ends() {
        assert_eq!(reach(CampaignState::Draft).len(), CampaignState::ALL.len());
        for state in CampaignState::ALL {
            assert!(reach(state).iter().any(|state| state.ended()), "{state:?}");
            if state.ended() {
                assert_eq!(reach(state).len(), 1, "{state:?} is the end");
            }
        }
    }

    #[test]
    fn what_has_started_is_never_edited() {
        for state in CampaignState::ALL {
            assert!(!(state.has_started() && state.editable()), "{state:?}");
            if state.has_started() {
                let back = reach(state);
                assert!(back.iter().all(|state| state.has_started()), "{state:?} goes back to before its start");
            }
        }
    }

    #[test]
    fn an_approval_does_not_outlive_an_edit() {
        for state in [CampaignState::Approved, CampaignState::Scheduled, CampaignState::AwaitingApproval] {
            assert_eq!(state.after(CampaignEvent::Edit), Some(CampaignState::Draft));
        }
    }

    #[test]
    fn only_running_campaigns_start_devices() {
        for state in CampaignState::ALL {
            let runs = matches!(state, CampaignState::Running | CampaignState::WaitingWindow);
            assert_eq!(state.starts_devices(), runs);
        }
    }

    #[test]
    fn stages_pass_only_after_they_soaked() {
        let events = [
            StageEvent::Begin,
            StageEvent::Done,
            StageEvent::Pass,
            StageEvent::Fail,
            StageEvent::Hold,
            StageEvent::Decide,
        ];
        for state in [StageState::Pending, StageState::Active] {
            assert!(events.iter().all(|event| state.after(*event) != Some(StageState::Passed)));
        }
        assert!(events.iter().all(|event| StageState::Passed.after(*event).is_none()));
    }

    #[test]
    fn words_round_trip() {
        for state in CampaignState::ALL {
            assert_eq!(CampaignState::parse(state.as_str()), Some(state));
        }
        for state in StageState::ALL {
            assert_eq!(StageState::parse(state.as_str()), Some(state));
        }
    }
}
