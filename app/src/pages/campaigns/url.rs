//! The state of the pages of campaigns as URLs.

use crate::pages::devices::url::Url;
use leptos_router::params::ParamsMap;
use model::CampaignId;
use model::campaign::{CampaignState, CampaignView, FailureClass, TargetFilter, TargetState};
use model::page::Cursor;
use serde::{Deserialize, Serialize};

pub const PATH: &str = "/campaigns";

/// Which campaigns the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    #[default]
    All,
    Open,
    /// A person has to do something.
    Decide,
    Finished,
    Drafts,
    /// What runs in the next days.
    Calendar,
}

impl View {
    pub const ALL: [Self; 6] = [Self::All, Self::Open, Self::Decide, Self::Finished, Self::Drafts, Self::Calendar];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Open => "open",
            Self::Decide => "decide",
            Self::Finished => "finished",
            Self::Drafts => "drafts",
            Self::Calendar => "calendar",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Open => "Open",
            Self::Decide => "Needs a decision",
            Self::Finished => "Finished",
            Self::Drafts => "Drafts",
            Self::Calendar => "Calendar",
        }
    }

    /// Whether a campaign in this state is in it.
    pub fn has(self, state: CampaignState) -> bool {
        use CampaignState as S;
        let draft = matches!(state, S::Draft | S::Rejected);
        match self {
            Self::All => true,
            Self::Drafts => draft,
            Self::Finished => state.ended(),
            Self::Open | Self::Calendar => !state.ended() && !draft,
            Self::Decide => matches!(state, S::AwaitingApproval | S::GateHold | S::Paused),
        }
    }

    /// The states of it; none: all.
    pub fn states(self) -> Vec<CampaignState> {
        if self == Self::All {
            return Vec::new();
        }
        CampaignState::ALL.into_iter().filter(|state| self.has(*state)).collect()
    }

    pub fn href(self, before: Option<CampaignId>) -> String {
        let mut url = Url::new(PATH);
        url.text("view", self.as_str());
        url.text("before", &before.map(|id| id.to_string()).unwrap_or_default());
        url.finish()
    }
}

/// The list that a URL means.
pub fn list_from(params: &ParamsMap) -> (View, Option<CampaignId>) {
    let word = params.get("view").unwrap_or_default();
    let view = View::ALL.into_iter().find(|view| view.as_str() == word).unwrap_or_default();
    (view, params.get("before").and_then(|id| id.parse().ok()))
}

/// Which devices of a campaign are listed: the tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tab {
    Active,
    Failed,
    Verified,
    Waiting,
    Left,
}

impl Tab {
    pub const ALL: [Self; 5] = [Self::Active, Self::Failed, Self::Verified, Self::Waiting, Self::Left];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Verified => "verified",
            Self::Waiting => "waiting",
            Self::Left => "left-out",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Failed => "Failed",
            Self::Verified => "Verified",
            Self::Waiting => "Waiting",
            Self::Left => "Left out",
        }
    }

    /// If the URL names none: what goes on, else what became of it.
    pub fn usual(view: &CampaignView) -> Self {
        let tally = view.tally();
        let active = tally.in_flight() + tally.of(TargetState::Verifying) > 0;
        match (active, tally.bad() > 0, tally.waiting() > 0) {
            (true, ..) => Self::Active,
            (false, true, _) => Self::Failed,
            (false, false, true) if !view.state.ended() => Self::Waiting,
            _ if tally.succeeded() == 0 && tally.total() > 0 => Self::Left,
            _ => Self::Verified,
        }
    }

    pub fn states(self) -> Vec<TargetState> {
        use TargetState as S;
        match self {
            Self::Active => {
                vec![S::Connecting, S::Sent, S::Downloading, S::Installing, S::Rebooted, S::Verifying]
            }
            Self::Failed => vec![S::Failed, S::Lost],
            Self::Verified => vec![S::Succeeded],
            Self::Waiting => vec![S::Queued, S::Eligible, S::RetryWait],
            Self::Left => vec![S::Skipped, S::Cancelled],
        }
    }
}

/// The devices that a campaign's page lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Targets {
    /// `None`: the page decides.
    pub tab: Option<Tab>,
    pub stage: Option<u16>,
    pub class: Option<FailureClass>,
    pub model: Option<String>,
    pub cursor: Option<String>,
}

impl Targets {
    pub fn from_params(params: &ParamsMap) -> Self {
        let word = params.get("show").unwrap_or_default();
        Self {
            tab: Tab::ALL.into_iter().find(|tab| tab.as_str() == word),
            // Stages are counted from 1 for people.
            stage: params.get("stage").and_then(|stage| stage.parse::<u16>().ok()?.checked_sub(1)),
            class: params.get("why").and_then(|class| FailureClass::of_number(class.parse().ok()?)),
            model: params.get("model").filter(|model| !model.is_empty() && model.chars().count() <= 200),
            cursor: params.get("at").filter(|at| !at.is_empty()),
        }
    }

    pub fn href(&self, id: CampaignId) -> String {
        let mut url = Url::new(&super::campaign_href(id));
        url.text("show", self.tab.map_or("", Tab::as_str));
        url.text("stage", &self.stage.map(|stage| (stage + 1).to_string()).unwrap_or_default());
        url.text("why", &self.class.map(|class| class.number().to_string()).unwrap_or_default());
        url.text("model", self.model.as_deref().unwrap_or_default());
        url.text("at", self.cursor.as_deref().unwrap_or_default());
        url.finish() + "#devices"
    }

    /// The same with another tab and without its place in the list.
    #[must_use]
    pub fn with_tab(&self, tab: Tab) -> Self {
        // Why something failed is said of the failed alone.
        let class = self.class.filter(|_| tab == Tab::Failed);
        Self { tab: Some(tab), class, cursor: None, ..self.clone() }
    }

    /// What the server looks for in this tab.
    pub fn filter(&self, tab: Tab) -> TargetFilter {
        TargetFilter { states: tab.states(), stage: self.stage, class: self.class, model: self.model.clone() }
    }

    pub fn cursor(&self) -> Option<Cursor> {
        self.cursor.clone().map(Cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> ParamsMap {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_campaign_is_in_one_view_beside_all() {
        for state in CampaignState::ALL {
            let views = [View::Open, View::Finished, View::Drafts].into_iter().filter(|view| view.has(state));
            assert_eq!(views.count(), 1, "{state:?}");
            assert!(!View::Decide.has(state) || View::Open.has(state), "{state:?}");
        }
    }

    #[test]
    fn every_device_is_in_one_tab() {
        for state in TargetState::ALL {
            let tabs = Tab::ALL.into_iter().filter(|tab| tab.states().contains(&state));
            assert_eq!(tabs.count(), 1, "{state:?}");
        }
    }

    #[test]
    fn lists_survive_their_urls() {
        assert_eq!(View::All.href(None), "/campaigns");
        assert_eq!(View::Decide.href(Some(CampaignId(7))), "/campaigns?view=decide&before=7");
        assert_eq!(list_from(&params(&[("view", "decide"), ("before", "7")])), (View::Decide, Some(CampaignId(7))));
        assert_eq!(list_from(&params(&[("view", "colours"), ("before", "x")])), (View::All, None));
        let targets = Targets {
            tab: Some(Tab::Failed),
            stage: Some(2),
            class: Some(FailureClass::Fault(9018)),
            model: Some("HG 640".into()),
            cursor: Some("m1.2".into()),
        };
        let href = targets.href(CampaignId(3));
        assert_eq!(href, "/campaigns/3?show=failed&stage=3&why=9018&model=HG%20640&at=m1.2#devices");
        let read = Targets::from_params(&params(&[
            ("show", "failed"),
            ("stage", "3"),
            ("why", "9018"),
            ("model", "HG 640"),
            ("at", "m1.2"),
        ]));
        assert_eq!(read, targets);
        let odd = params(&[("show", "x"), ("stage", "0"), ("why", "50"), ("model", "")]);
        assert_eq!(Targets::from_params(&odd), Targets::default());
        assert_eq!(targets.with_tab(Tab::Waiting).class, None);
    }
}
