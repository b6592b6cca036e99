//! Faults on demand: what a device does wrong because a test asks for it.

use serde::{Deserialize, Serialize};

/// One way to misbehave. `method` limits it to one RPC; without it, any RPC is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// Answers the RPC with a CWMP fault and does nothing. SetParameterValues names its first parameter.
    Answer { method: Option<String>, code: u32 },
    /// Cuts the connection on the RPC and does nothing.
    DropBefore { method: Option<String> },
    /// Carries the RPC out and cuts the connection instead of answering.
    DropAfter { method: Option<String> },
    /// Answers SetParameterValues, AddObject or DeleteObject with status 1: not applied yet.
    StatusOne,
    /// Answers SetParameterValues with success and keeps the old values.
    KeepOld,
    /// Closes connection requests without an answer.
    IgnoreConnectionRequest,
    /// Answers connection requests with 503, as if it were busy.
    BusyConnectionRequest,
    /// Accepts connection requests and does not come.
    DeafConnectionRequest,
}

/// A fault and how often it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injected {
    #[serde(flatten)]
    pub fault: Fault,
    /// `None`: until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
}

impl Injected {
    /// A fault that happens the next time and then no more.
    pub fn once(fault: Fault) -> Self {
        Self { fault, times: Some(1) }
    }
}

/// The faults of a device, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Injected>);

impl Faults {
    pub fn new(list: Vec<Injected>) -> Self {
        Self(list)
    }

    pub fn push(&mut self, injected: Injected) {
        self.0.push(injected);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The first fault that `fits`, counted as having happened.
    pub fn take(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let index = self.0.iter().position(|injected| injected.times != Some(0) && fits(&injected.fault))?;
        let injected = &mut self.0[index];
        let fault = injected.fault.clone();
        if let Some(times) = &mut injected.times {
            *times -= 1;
            if *times == 0 {
                self.0.remove(index);
            }
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_happen_as_often_as_asked() {
        let mut faults = Faults::new(vec![Injected { fault: Fault::StatusOne, times: Some(2) }]);
        faults.push(Injected { fault: Fault::KeepOld, times: None });
        let take = |faults: &mut Faults, wanted: Fault| faults.take(|fault| *fault == wanted).is_some();
        assert!(take(&mut faults, Fault::StatusOne) && take(&mut faults, Fault::StatusOne));
        assert!(!take(&mut faults, Fault::StatusOne));
        assert!((0..9).all(|_| take(&mut faults, Fault::KeepOld)));
        faults.clear();
        assert!(!take(&mut faults, Fault::KeepOld));
    }

    #[test]
    fn faults_are_read_from_json() {
        let injected: Injected =
            serde_json::from_str(r#"{"fault":"answer","method":"SetParameterValues","code":9002,"times":1}"#).unwrap();
        let fault = Fault::Answer { method: Some("SetParameterValues".to_owned()), code: 9002 };
        assert_eq!(injected, Injected::once(fault));
        let injected: Injected = serde_json::from_str(r#"{"fault":"drop-after"}"#).unwrap();
        assert_eq!(injected, Injected { fault: Fault::DropAfter { method: None }, times: None });
    }
}
