//! What other programs are told of: words for the kinds of events.

use crate::campaign::NoticeKind;
use crate::event::EventKind;
use crate::{DeviceId, EventId, Scope, Timestamp, WebhookId};
use serde::{Deserialize, Serialize};

/// Every kind of event: its word, and what it is in a few words.
pub const EVENT_KINDS: [(&str, &str); 29] = [
    ("first_contact", "A router is seen for the first time"),
    ("bootstrap", "A router was reset, or is new"),
    ("boot", "A router started"),
    ("discovered", "All parameters were read for the first time"),
    ("changed", "Values changed"),
    ("task_ended", "A task ended"),
    ("software", "The firmware changed"),
    ("address", "The address changed"),
    ("rejected", "Somebody said to be a router and was turned away"),
    ("enrolment", "A router was approved or refused"),
    ("login", "A router's own login began or ended"),
    ("linked", "A router came to a subscriber"),
    ("unlinked", "A router left a subscriber"),
    ("link_conflict", "Several subscribers fit a router"),
    ("revealed", "A password was shown"),
    ("access_opened", "A router's pages were opened to the internet"),
    ("access_closed", "They were closed before their time"),
    ("unreachable", "A router could not be woken"),
    ("session_failed", "A session broke off"),
    ("transferred", "A file was transferred that nobody asked for"),
    ("modules_changed", "Software modules changed that nobody asked for"),
    ("download_requested", "A router asks for a file"),
    ("reported", "An event of the maker's own"),
    ("returned", "A router came back after a silence"),
    ("twins", "Two devices report under one identity"),
    ("escalated", "A router was handed on"),
    ("escalation_closed", "An escalation was closed"),
    ("fault", "A router answered with a fault"),
    ("test", "Sent by hand, to try a webhook"),
];

/// The word of a kind of event, as in [`EVENT_KINDS`].
pub fn word(kind: &EventKind) -> &'static str {
    use EventKind as E;
    match kind {
        E::FirstContact => "first_contact",
        E::Bootstrap => "bootstrap",
        E::Boot => "boot",
        E::Discovered { .. } => "discovered",
        E::Changed { .. } => "changed",
        E::TaskEnded { .. } => "task_ended",
        E::Software { .. } => "software",
        E::Address { .. } => "address",
        E::Rejected { .. } => "rejected",
        E::Enrolment { .. } => "enrolment",
        E::Login { .. } => "login",
        E::Linked { .. } => "linked",
        E::Unlinked { .. } => "unlinked",
        E::LinkConflict { .. } => "link_conflict",
        E::Revealed { .. } => "revealed",
        E::AccessOpened { .. } => "access_opened",
        E::AccessClosed => "access_closed",
        E::Unreachable { .. } => "unreachable",
        E::SessionFailed { .. } => "session_failed",
        E::Transferred { .. } => "transferred",
        E::ModulesChanged { .. } => "modules_changed",
        E::DownloadRequested { .. } => "download_requested",
        E::Reported { .. } => "reported",
        E::Returned { .. } => "returned",
        E::Twins { .. } => "twins",
        E::Escalated { .. } => "escalated",
        E::EscalationClosed { .. } => "escalation_closed",
        E::Fault { .. } => "fault",
    }
}

/// Whether a webhook can be told of this: of an event of a device, or of what happens to a campaign.
pub fn is_told(word: &str) -> bool {
    is_kind(word) || NoticeKind::ALL.iter().any(|kind| kind.as_str() == word)
}

/// Whether there is such a kind of event that devices have.
pub fn is_kind(word: &str) -> bool {
    word != "test" && EVENT_KINDS.iter().any(|(known, _)| *known == word)
}

/// Webhooks that there may be.
pub const WEBHOOKS_MAX: usize = 50;
/// Deliveries of each that are shown, and kept once they have ended.
pub const DELIVERIES_KEPT: u16 = 100;

/// Where another program is told of what happens. Never with its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookView {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    /// Words of [`EVENT_KINDS`] and [`NoticeKind`]; empty: all.
    pub kinds: Vec<String>,
    /// Only events of routers in it; campaigns are told of without one alone.
    pub scope: Scope,
    pub enabled: bool,
    /// Why it was switched off by itself.
    pub stopped: Option<String>,
    /// Since when every delivery failed.
    pub failing_since: Option<Timestamp>,
    pub created_at: Timestamp,
    pub created_by: String,
    /// Deliveries that wait.
    pub waiting: u32,
}

/// What somebody wants a webhook to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookInput {
    /// 1 to 100 characters.
    pub name: String,
    /// `https://…`, or `http://…` inside an own network.
    pub url: String,
    #[serde(default)]
    pub kinds: Vec<String>,
    #[serde(default)]
    pub scope: Scope,
    pub enabled: bool,
}

/// A webhook at its making: the only time that its secret is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWebhookView {
    pub webhook: WebhookView,
    /// `whsec_` and base64: what deliveries are signed with.
    pub secret: String,
}

// The secret must not reach a log.
impl std::fmt::Debug for NewWebhookView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewWebhookView").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried, or tried again after a pause.
    Waiting,
    Delivered,
    /// Given up after 24 hours.
    Dead,
}

impl DeliveryState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Dead].into_iter().find(|state| state.as_str() == text)
    }
}

/// One thing that was to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    pub id: i64,
    /// `None`: sent by hand.
    pub event: Option<EventId>,
    pub device: Option<DeviceId>,
    pub kind: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub created_at: Timestamp,
    /// When it is tried next, while it waits.
    pub next_at: Timestamp,
    pub tried_at: Option<Timestamp>,
    /// Of the last try.
    pub status: Option<u16>,
    pub duration_ms: Option<u32>,
    /// The beginning of the last answer, or why there was none; hostile text.
    pub said: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_words_of_their_own() {
        let words: std::collections::HashSet<_> = EVENT_KINDS.iter().map(|(word, _)| *word).collect();
        assert_eq!(words.len(), EVENT_KINDS.len());
        assert!(is_kind("boot") && !is_kind("test") && !is_kind("Boot") && !is_kind("campaign_paused"));
        assert!(is_told("boot") && is_told("campaign_paused") && !is_told("test"));
        for state in [DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::Dead] {
            assert_eq!(DeliveryState::parse(state.as_str()), Some(state));
        }
    }
}
