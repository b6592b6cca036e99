//! Guides: a way through a complaint, step by step. Each step says what was found and offers one thing to do; the end is
//! written down as a note on the device.

use crate::task::TaskView;
use crate::{DeviceId, GuideId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the caller complains about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuideKind {
    SlowWifi,
    NoInternet,
    NewRouter,
}

impl GuideKind {
    pub const ALL: [Self; 3] = [Self::SlowWifi, Self::NoInternet, Self::NewRouter];

    /// The word used in URLs and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SlowWifi => "slow-wifi",
            Self::NoInternet => "no-internet",
            Self::NewRouter => "new-router",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// As the caller would say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::SlowWifi => "Wi-Fi is slow",
            Self::NoInternet => "No internet",
            Self::NewRouter => "New router",
        }
    }

    /// What is looked at on the way, in one sentence.
    pub fn looks_at(self) -> &'static str {
        match self {
            Self::SlowWifi => {
                "Looks at the line, the devices on Wi-Fi, the neighbours' networks and the channels, one after the other."
            }
            Self::NoInternet => {
                "Looks whether the router reports, then at its line, its connection, whether packets go through and names are found."
            }
            Self::NewRouter => {
                "Asks which router is the new one, and compares what the old one has with it: subscriber, Wi-Fi names, addresses, port forwards."
            }
        }
    }

    /// What its steps may offer to do, and what that costs at home.
    pub fn may_offer(self) -> &'static str {
        match self {
            Self::SlowWifi => {
                "A step may offer a speed test, a scan for neighbours, or another channel: then devices drop off for about ten seconds."
            }
            Self::NoInternet => {
                "A step may offer to read the router, to test it, or to connect it again: then what still works stops for some seconds."
            }
            Self::NewRouter => {
                "A step may offer to move the subscriber and to change the new router: then devices at home drop off until they know it."
            }
        }
    }

    /// As the palette offers it.
    pub fn command(self) -> &'static str {
        match self {
            Self::SlowWifi => "Guide: Wi-Fi is slow",
            Self::NoInternet => "Guide: no internet",
            Self::NewRouter => "Guide: new router",
        }
    }
}

/// How good or bad something found is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    Good,
    Weak,
    Bad,
    /// Nothing is known, or there is nothing to judge.
    #[default]
    Neutral,
}

/// One value that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub label: String,
    /// Hostile text where a device or its user named something.
    pub value: String,
    pub finding: Finding,
    /// When it was read; `None`: it is nothing that ages.
    pub read_at: Option<Timestamp>,
}

/// How a guide ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The caller says that it works.
    Solved,
    /// The caller was told what to do at home.
    Advice,
    /// The line outside is at fault: somebody has to go there.
    Line,
    /// Handed over to somebody else.
    Escalated,
    /// Given up.
    Stopped,
}

impl Outcome {
    pub fn label(self) -> &'static str {
        match self {
            Self::Solved => "Solved",
            Self::Advice => "Advice given",
            Self::Line => "Line fault",
            Self::Escalated => "Handed over",
            Self::Stopped => "Stopped",
        }
    }
}

/// One thing that can be done at a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Names it to the server.
    pub key: String,
    pub label: String,
    /// What it costs whom; empty: nothing.
    pub cost: String,
    /// It ends the guide.
    pub ends: bool,
    /// What has to be typed for it, such as `Serial number of the new router`.
    pub asks: Option<String>,
}

/// A step that is behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepBehind {
    pub title: String,
    pub found: String,
    pub finding: Finding,
    /// What was done; empty: nothing had to be.
    pub chosen: String,
    /// Who did it, and when; `None` with an empty `chosen`.
    pub by: Option<(String, Timestamp)>,
    pub task: Option<TaskId>,
}

/// The step that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepNow {
    /// Names the step to the server: a choice of another one is refused.
    pub key: String,
    pub title: String,
    pub found: String,
    pub finding: Finding,
    pub evidence: Vec<Evidence>,
    /// One line to read to the caller; may be empty.
    pub say: String,
    /// The first is the one to take.
    pub choices: Vec<Choice>,
    /// What the step waits for: then nothing can be chosen but to go on without it.
    pub running: Option<Box<TaskView>>,
}

/// A guide with all its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideView {
    pub id: GuideId,
    pub device: DeviceId,
    pub kind: GuideKind,
    /// Who began it.
    pub by: String,
    pub started_at: Timestamp,
    /// In their order.
    pub behind: Vec<StepBehind>,
    /// `None`: it has ended.
    pub now: Option<StepNow>,
    pub ended: Option<GuideEnd>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideEnd {
    pub outcome: Outcome,
    pub by: String,
    pub at: Timestamp,
    /// What was written down.
    pub note: String,
}

/// What was chosen, as the page sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    pub guide: GuideId,
    pub step: String,
    pub choice: String,
    /// What was typed for it; at most 256 characters.
    #[serde(default)]
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for kind in GuideKind::ALL {
            assert_eq!(GuideKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(GuideKind::parse("slow"), None);
    }
}
