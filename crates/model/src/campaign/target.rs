//! One device of a campaign: where it is, and what may follow.
//!
//! The table below is all that there is: the engine asks it for the next state and writes that by compare-and-set. That no
//! path gives an order more often than it may, and that none forgets a device, is tried by walking every path.

use serde::{Deserialize, Serialize};

/// Orders for the same image that one device gets at most, whatever it says of its version.
pub const ORDERS_MAX: u32 = 2;

/// Where a device is. The numbers are stored: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TargetState {
    /// Its turn has not come.
    Queued = 0,
    /// Left out, with a reason.
    Skipped = 1,
    /// It may begin; its task waits until it checks in.
    Eligible = 2,
    /// Its task is there and the device is called.
    Connecting = 3,
    /// It has the order.
    Sent = 4,
    /// It fetches the file.
    Downloading = 5,
    /// It has the whole file.
    Installing = 6,
    /// It has started again; what runs is not known yet.
    Rebooted = 7,
    /// Done as far as can be told; it has to stay healthy for a while.
    Verifying = 8,
    Succeeded = 9,
    /// It failed, and is tried again later.
    RetryWait = 10,
    Failed = 11,
    /// It never came back.
    Lost = 12,
    /// The campaign was cancelled before it had the order.
    Cancelled = 13,
}

/// What happened with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetEvent {
    /// It fits no more, or cannot be had now; a task that it has not got yet is taken back.
    Skip,
    /// It was left out because it was away, and is back.
    Return,
    /// All checks hold and there is room: its task is made.
    Begin,
    /// It did not come when it was called; its task waits for its next check-in.
    NotReached,
    /// Its time is over before it had the order: its task is taken back.
    Postpone,
    /// It took the order.
    Take,
    Fetch,
    Fetched,
    Restart,
    /// What was asked for holds, as far as the device says.
    Arrive,
    /// It stayed healthy.
    Prove,
    /// It stayed healthy, and the next image of the path is to follow.
    NextImage,
    /// It failed, and is to be tried again.
    FailForNow,
    FailForGood,
    /// Its time is over and nothing was heard of it.
    GiveUp,
    /// The pause before the next try is over.
    TryAgain,
    /// The campaign was cancelled.
    Cancel,
}

impl TargetState {
    pub const ALL: [Self; 14] = [
        Self::Queued,
        Self::Skipped,
        Self::Eligible,
        Self::Connecting,
        Self::Sent,
        Self::Downloading,
        Self::Installing,
        Self::Rebooted,
        Self::Verifying,
        Self::Succeeded,
        Self::RetryWait,
        Self::Failed,
        Self::Lost,
        Self::Cancelled,
    ];

    /// The state that follows; `None`: that cannot happen here, and nothing changes.
    pub fn after(self, event: TargetEvent) -> Option<Self> {
        use TargetEvent as E;
        use TargetState as S;
        Some(match (self, event) {
            (S::Queued | S::RetryWait | S::Eligible | S::Connecting, E::Skip) => S::Skipped,
            (S::Skipped, E::Return) | (S::Eligible | S::Connecting, E::Postpone) | (S::RetryWait, E::TryAgain) => {
                S::Queued
            }
            (S::Queued, E::Begin) => S::Connecting,
            (S::Connecting, E::NotReached) => S::Eligible,
            (S::Eligible | S::Connecting, E::Take) => S::Sent,
            (S::Sent, E::Fetch) => S::Downloading,
            (S::Sent | S::Downloading, E::Fetched) => S::Installing,
            (S::Sent | S::Downloading | S::Installing, E::Restart) => S::Rebooted,
            // Also what came back after it was given up.
            (
                S::Eligible | S::Connecting | S::Sent | S::Downloading | S::Installing | S::Rebooted | S::Lost,
                E::Arrive,
            ) => S::Verifying,
            (S::Verifying, E::Prove) => S::Succeeded,
            (S::Verifying, E::NextImage) => S::Queued,
            (
                S::Eligible | S::Connecting | S::Sent | S::Downloading | S::Installing | S::Rebooted | S::Verifying,
                E::FailForNow,
            ) => S::RetryWait,
            (
                S::Eligible
                | S::Connecting
                | S::Sent
                | S::Downloading
                | S::Installing
                | S::Rebooted
                | S::Verifying
                | S::RetryWait
                | S::Lost,
                E::FailForGood,
            ) => S::Failed,
            (S::Sent | S::Downloading | S::Installing | S::Rebooted | S::Verifying, E::GiveUp) => S::Lost,
            // Those that have the order are followed to their end.
            (S::Queued | S::Eligible | S::Connecting | S::RetryWait, E::Cancel) => S::Cancelled,
            _ => return None,
        })
    }

    /// Whether nothing more happens by itself.
    pub fn ended(self) -> bool {
        matches!(self, Self::Skipped | Self::Succeeded | Self::Failed | Self::Lost | Self::Cancelled)
    }

    /// Whether it takes one of the places that there are at once. One that waits for its check-in has none.
    pub fn in_flight(self) -> bool {
        matches!(self, Self::Connecting | Self::Sent | Self::Downloading | Self::Installing | Self::Rebooted)
    }

    /// Whether the device has an order that is not seen to its end.
    pub fn has_order(self) -> bool {
        matches!(self, Self::Sent | Self::Downloading | Self::Installing | Self::Rebooted)
    }

    /// Whether a task of it may be open.
    pub fn has_task(self) -> bool {
        self.has_order() || matches!(self, Self::Eligible | Self::Connecting)
    }

    pub fn number(self) -> i16 {
        self as i16
    }

    pub fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// The word in URLs and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Skipped => "skipped",
            Self::Eligible => "eligible",
            Self::Connecting => "connecting",
            Self::Sent => "sent",
            Self::Downloading => "downloading",
            Self::Installing => "installing",
            Self::Rebooted => "rebooted",
            Self::Verifying => "verifying",
            Self::Succeeded => "succeeded",
            Self::RetryWait => "retry_wait",
            Self::Failed => "failed",
            Self::Lost => "lost",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Queued => "Waiting",
            Self::Skipped => "Left out",
            Self::Eligible => "Waits for its check-in",
            Self::Connecting => "Contacting",
            Self::Sent => "Has the order",
            Self::Downloading => "Downloading",
            Self::Installing => "Installing",
            Self::Rebooted => "Restarting",
            Self::Verifying => "Watched",
            Self::Succeeded => "Verified",
            Self::RetryWait => "Trying again later",
            Self::Failed => "Failed",
            Self::Lost => "Did not come back",
            Self::Cancelled => "Cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashSet, VecDeque};

    const EVENTS: [TargetEvent; 17] = [
        TargetEvent::Skip,
        TargetEvent::Return,
        TargetEvent::Begin,
        TargetEvent::NotReached,
        TargetEvent::Postpone,
        TargetEvent::Take,
        TargetEvent::Fetch,
        TargetEvent::Fetched,
        TargetEvent::Restart,
        TargetEvent::Arrive,
        TargetEvent::Prove,
        TargetEvent::NextImage,
        TargetEvent::FailForNow,
        TargetEvent::FailForGood,
        TargetEvent::GiveUp,
        TargetEvent::TryAgain,
        TargetEvent::Cancel,
    ];

    /// A device with what the engine keeps of it: the tasks it was given of this image that could not be taken back.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct World {
        state: TargetState,
        orders: u32,
        task_open: bool,
    }

    /// What the engine does around a transition.
    fn step(world: World, event: TargetEvent) -> Option<World> {
        if event == TargetEvent::Begin && world.orders >= ORDERS_MAX {
            return None;
        }
        let state = world.state.after(event)?;
        let mut next = World { state, ..world };
        match event {
            TargetEvent::Begin => {
                assert!(!world.task_open, "a second task beside the first: {world:?}");
                next.task_open = true;
                next.orders += 1;
            }
            // A task that is taken back before it left was no order.
            TargetEvent::Postpone => {
                next.task_open = false;
                next.orders -= 1;
            }
            TargetEvent::Cancel | TargetEvent::Skip if world.task_open => {
                next.task_open = false;
                next.orders -= 1;
            }
            TargetEvent::NextImage => next.orders = 0,
            TargetEvent::Arrive | TargetEvent::FailForNow | TargetEvent::FailForGood => next.task_open = false,
            _ => {}
        }
        Some(next)
    }

    fn reachable() -> HashSet<World> {
        let start = World { state: TargetState::Queued, orders: 0, task_open: false };
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([start]);
        while let Some(world) = queue.pop_front() {
            for event in EVENTS {
                if let Some(next) = step(world, event)
                    && seen.insert(next)
                {
                    queue.push_back(next);
                }
            }
        }
        seen
    }

    #[test]
    fn no_path_orders_an_image_more_often_than_it_may() {
        for world in reachable() {
            assert!(world.orders <= ORDERS_MAX, "{world:?}");
            let lost = world.state == TargetState::Lost;
            assert_eq!(world.task_open && !lost, world.state.has_task(), "{world:?}: a task and its state go together");
        }
    }

    #[test]
    fn no_path_forgets_a_device() {
        for world in reachable() {
            if world.state.ended() {
                continue;
            }
            // From everywhere an end is in reach without anything that a person does.
            let mut seen = HashSet::from([world]);
            let mut queue = VecDeque::from([world]);
            let mut ends = false;
            while let Some(at) = queue.pop_front() {
                ends |= at.state.ended();
                for event in EVENTS.into_iter().filter(|event| *event != TargetEvent::Cancel) {
                    if let Some(next) = step(at, event)
                        && seen.insert(next)
                    {
                        queue.push_back(next);
                    }
                }
            }
            assert!(ends, "{world:?} never ends");
        }
    }

    #[test]
    fn every_state_is_reached_and_ends_are_ends() {
        let seen: HashSet<TargetState> = reachable().into_iter().map(|world| world.state).collect();
        assert_eq!(seen.len(), TargetState::ALL.len());
        for state in [TargetState::Succeeded, TargetState::Failed, TargetState::Cancelled] {
            assert!(EVENTS.iter().all(|event| state.after(*event).is_none()), "{state:?}");
        }
    }

    #[test]
    fn whoever_has_the_order_cannot_be_taken_back() {
        for state in TargetState::ALL.into_iter().filter(|state| state.has_order()) {
            for event in [TargetEvent::Cancel, TargetEvent::Postpone, TargetEvent::Skip, TargetEvent::Begin] {
                assert_eq!(state.after(event), None, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn words_and_numbers_round_trip() {
        for (index, state) in TargetState::ALL.into_iter().enumerate() {
            assert_eq!(TargetState::parse(state.as_str()), Some(state));
            assert_eq!((TargetState::of_number(state.number()), state.number()), (Some(state), index as i16));
        }
    }
}
