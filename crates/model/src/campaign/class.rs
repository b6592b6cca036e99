//! Why a device was left out, and why one failed.

use crate::fault::explain;
use serde::{Deserialize, Serialize};

/// Why a device was left out. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum SkipReason {
    /// It was away at its turn, or did not come in time. Comes in again when it is back.
    Away = 1,
    /// It runs the version already.
    AlreadyThere = 2,
    /// The image is not for its model or hardware.
    NotFor = 3,
    /// Its version is too old for every image of the path.
    TooOld = 4,
    /// It runs something newer.
    Newer = 5,
    /// Something failed with it too often.
    Faulty = 6,
    /// Nobody approved it.
    NotApproved = 7,
    /// It cannot do what is asked.
    NotSupported = 8,
    /// It is in another campaign.
    Elsewhere = 9,
    /// The campaign ended before its turn.
    OutOfTime = 10,
    /// It had the image twice.
    HadTwice = 11,
    /// Too many tasks wait for it.
    Busy = 12,
    /// Somebody took its task back by hand.
    ByHand = 13,
}

/// Why a device failed. Faults of CWMP are their own codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// It answered or reported a fault: its code.
    Fault(u16),
    /// It took the order and never loaded the whole file.
    DownloadTimeout,
    /// It loaded the file and was not heard of since.
    NoReturn,
    /// It came back with another version than the image has.
    WrongVersion,
    /// It did not stay healthy: it started again by itself, or fell silent.
    Unhealthy,
    /// It came back as it left the factory.
    FactoryDefaults,
    /// It took the values and does not keep them.
    NotKept,
    /// It is not known what became of the order.
    Uncertain,
}

impl SkipReason {
    pub const ALL: [Self; 13] = [
        Self::Away,
        Self::AlreadyThere,
        Self::NotFor,
        Self::TooOld,
        Self::Newer,
        Self::Faulty,
        Self::NotApproved,
        Self::NotSupported,
        Self::Elsewhere,
        Self::OutOfTime,
        Self::HadTwice,
        Self::Busy,
        Self::ByHand,
    ];

    pub fn number(self) -> i16 {
        self as i16
    }

    pub fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Away => "Away",
            Self::AlreadyThere => "Runs it already",
            Self::NotFor => "Image is not for it",
            Self::TooOld => "Version too old",
            Self::Newer => "Runs a newer version",
            Self::Faulty => "Fails again and again",
            Self::NotApproved => "Not approved",
            Self::NotSupported => "Cannot do it",
            Self::Elsewhere => "In another campaign",
            Self::OutOfTime => "Campaign ended first",
            Self::HadTwice => "Had the image twice",
            Self::Busy => "Too many tasks wait",
            Self::ByHand => "Taken out by hand",
        }
    }
}

impl FailureClass {
    /// Those that are not faults.
    pub const OWN: [Self; 7] = [
        Self::DownloadTimeout,
        Self::NoReturn,
        Self::WrongVersion,
        Self::Unhealthy,
        Self::FactoryDefaults,
        Self::NotKept,
        Self::Uncertain,
    ];

    /// A fault that a device answered with. What no standard and no maker has as a code says nothing.
    pub fn of_code(code: u32) -> Self {
        match u16::try_from(code) {
            Ok(code @ 100..=0x7fff) => Self::Fault(code),
            _ => Self::Uncertain,
        }
    }

    /// As stored: codes of faults as they are, the others below 100.
    pub fn number(self) -> i16 {
        match self {
            Self::Fault(code) => i16::try_from(code).unwrap_or(i16::MAX),
            Self::DownloadTimeout => 1,
            Self::NoReturn => 2,
            Self::WrongVersion => 3,
            Self::Unhealthy => 4,
            Self::FactoryDefaults => 5,
            Self::NotKept => 6,
            Self::Uncertain => 7,
        }
    }

    pub fn of_number(number: i16) -> Option<Self> {
        let own = Self::OWN.into_iter().find(|class| class.number() == number);
        own.or_else(|| u16::try_from(number).ok().filter(|code| *code >= 100).map(Self::Fault))
    }

    /// What happened, without the code.
    pub fn label(self) -> &'static str {
        match self {
            Self::Fault(code) => explain(u32::from(code)),
            Self::DownloadTimeout => "Never loaded the whole file",
            Self::NoReturn => "Did not come back after restart",
            Self::WrongVersion => "Came back with another version",
            Self::Unhealthy => "Did not stay healthy",
            Self::FactoryDefaults => "Came back as from the factory",
            Self::NotKept => "Does not keep the values",
            Self::Uncertain => "Not known what became of the order",
        }
    }

    /// The code of the fault, if it is one.
    pub fn code(self) -> Option<u16> {
        match self {
            Self::Fault(code) => Some(code),
            _ => None,
        }
    }

    /// Whether another try may help. Never after a bad file (9018, 9019), nor where the device itself is in question.
    pub fn may_retry(self) -> bool {
        match self {
            // Refused, arguments it does not take, a file that is not what it should be.
            Self::Fault(code) => matches!(code, 9002 | 9004 | 9010..=9012 | 9015..=9017 | 9020),
            Self::DownloadTimeout | Self::WrongVersion | Self::Uncertain => true,
            Self::NoReturn | Self::Unhealthy | Self::FactoryDefaults | Self::NotKept => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        for reason in SkipReason::ALL {
            assert_eq!(SkipReason::of_number(reason.number()), Some(reason));
        }
        for class in FailureClass::OWN.into_iter().chain([9000, 9018, 9800, 9899].map(FailureClass::Fault)) {
            assert_eq!(FailureClass::of_number(class.number()), Some(class));
        }
        assert_eq!(FailureClass::of_number(50), None);
        // What a device says is never taken for a class of ours.
        for code in [0, 3, 99, 40_000, 65_539, u32::MAX] {
            assert_eq!(FailureClass::of_code(code), FailureClass::Uncertain, "{code}");
        }
        assert_eq!(FailureClass::of_code(9017), FailureClass::Fault(9017));
    }

    #[test]
    fn a_bad_file_is_not_tried_again() {
        for code in [9018, 9019, 9001, 9003, 9013, 9800] {
            assert!(!FailureClass::Fault(code).may_retry(), "{code}");
        }
        for code in [9010, 9015, 9016, 9017] {
            assert!(FailureClass::Fault(code).may_retry(), "{code}");
        }
        assert!(!FailureClass::NoReturn.may_retry());
    }
}
