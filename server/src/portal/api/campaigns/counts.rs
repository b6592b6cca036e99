//! How many routers are where, and why some are left out or failed.

use crate::portal::api::words::words;
use model::campaign::{self, Tally};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Why a router was left out. `away`: it was not there at its turn, and comes in again when it is back. `already_there`:
    /// it runs the version. `not_for`: the image is not for its model or hardware. `too_old`: no image takes its version.
    /// `faulty`: something failed with it too often. `elsewhere`: it is in another campaign. `out_of_time`: the campaign
    /// ended first. `busy`: too many tasks wait for it. `by_hand`: somebody took its task back.
    SkipReason = campaign::SkipReason {
        Away, AlreadyThere, NotFor, TooOld, Newer, Faulty, NotApproved, NotSupported, Elsewhere, OutOfTime, HadTwice,
        Busy, ByHand
    }
}

macro_rules! counts {
    ($($(#[$meta:meta])* $member:ident = $state:ident),* $(,)?) => {
        /// How many routers are in each state.
        #[derive(Debug, Serialize, ToSchema)]
        pub struct Counts {
            /// All of them.
            pub total: u32,
            $($(#[$meta])* pub $member: u32),*
        }

        impl From<Tally> for Counts {
            fn from(tally: Tally) -> Self {
                Self { total: tally.total(), $($member: tally.of(campaign::TargetState::$state)),* }
            }
        }
    };
}

counts! {
    queued = Queued,
    skipped = Skipped,
    eligible = Eligible,
    connecting = Connecting,
    sent = Sent,
    downloading = Downloading,
    installing = Installing,
    rebooted = Rebooted,
    verifying = Verifying,
    succeeded = Succeeded,
    retry_wait = RetryWait,
    failed = Failed,
    lost = Lost,
    cancelled = Cancelled,
}

/// Why routers failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// It answered or reported a fault: see `code`.
    Fault,
    /// It took the order and never loaded the whole file.
    DownloadTimeout,
    /// It loaded the file and was not heard of since.
    NoReturn,
    /// It came back with another version than the image has.
    WrongVersion,
    /// It started again by itself, or fell silent.
    Unhealthy,
    /// It came back as it left the factory.
    FactoryDefaults,
    /// It took the values and does not keep them.
    NotKept,
    /// It is not known what became of the order.
    Uncertain,
}

impl FailureClass {
    /// What is meant inside; a fault has a code.
    pub fn inner(self) -> Option<campaign::FailureClass> {
        use campaign::FailureClass as Inner;
        Some(match self {
            Self::Fault => return None,
            Self::DownloadTimeout => Inner::DownloadTimeout,
            Self::NoReturn => Inner::NoReturn,
            Self::WrongVersion => Inner::WrongVersion,
            Self::Unhealthy => Inner::Unhealthy,
            Self::FactoryDefaults => Inner::FactoryDefaults,
            Self::NotKept => Inner::NotKept,
            Self::Uncertain => Inner::Uncertain,
        })
    }
}

/// Why a router failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failure {
    pub class: FailureClass,
    /// The code of the fault, if it is one.
    #[schema(example = 9010)]
    pub code: Option<u16>,
    /// In a few words, for people.
    pub text: String,
}

impl From<campaign::FailureClass> for Failure {
    fn from(inner: campaign::FailureClass) -> Self {
        use campaign::FailureClass as Inner;
        let class = match inner {
            Inner::Fault(_) => FailureClass::Fault,
            Inner::DownloadTimeout => FailureClass::DownloadTimeout,
            Inner::NoReturn => FailureClass::NoReturn,
            Inner::WrongVersion => FailureClass::WrongVersion,
            Inner::Unhealthy => FailureClass::Unhealthy,
            Inner::FactoryDefaults => FailureClass::FactoryDefaults,
            Inner::NotKept => FailureClass::NotKept,
            Inner::Uncertain => FailureClass::Uncertain,
        };
        Self { class, code: inner.code(), text: inner.label().to_owned() }
    }
}

/// How many failed for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureCount {
    pub failure: Failure,
    pub count: u32,
}

/// How many were left out for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkipCount {
    pub reason: SkipReason,
    pub count: u32,
}

pub fn skips(skipped: Vec<(campaign::SkipReason, u32)>) -> Vec<SkipCount> {
    skipped.into_iter().map(|(reason, count)| SkipCount { reason: reason.into(), count }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_one_word_everywhere() {
        for inner in campaign::FailureClass::OWN {
            let failure = Failure::from(inner);
            assert_eq!((failure.class.inner(), failure.code), (Some(inner), None));
        }
        let fault = Failure::from(campaign::FailureClass::Fault(9010));
        assert_eq!((fault.class, fault.class.inner(), fault.code), (FailureClass::Fault, None, Some(9010)));
    }
}
