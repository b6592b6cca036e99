//! Faults on demand: everything that a device does wrong because somebody asks for it. This is the one list of them:
//! the command line (`--fault`), the fleet file, the control API and tests all use these names.

use serde::{Deserialize, Serialize};

/// One way to misbehave, by its name in kebab-case: `{"fault":"drop-after","method":"Reboot"}`.
///
/// `method` limits a fault to one RPC; without it, any RPC is meant. How often a fault happens is counted by what it
/// concerns: RPCs, connection requests, transfers, or whole sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    // --- RPCs of the ACS; counted by RPC.
    /// Answers the RPC with a CWMP fault and does nothing. SetParameterValues names its first parameter.
    Answer { method: Option<String>, code: u32 },
    /// Cuts the connection on the RPC and does nothing.
    DropBefore { method: Option<String> },
    /// Carries the RPC out and cuts the connection instead of answering.
    DropAfter { method: Option<String> },
    /// Takes the RPC and says nothing more, on an open connection, until its own patience is over.
    Hang { method: Option<String> },
    /// Restarts in the middle of the session, instead of answering.
    RebootInSession { method: Option<String> },
    /// Answers with the response of another method.
    WrongResponse { method: Option<String> },
    /// Does not know this method: neither lists it nor does it.
    Without { method: String },
    /// Closes the connection on a method that it does not know, instead of answering fault 9000 (quirk 27).
    CloseOnUnknown,
    /// Closes the connection when it is asked for the values of a partial path (quirk 26).
    DieOnPartialPaths,
    /// Closes the connection when it is asked for a name that it does not have (quirk 26).
    DieOnUnknownNames,
    /// Answers SetParameterValues, AddObject or DeleteObject with status 1: not applied yet.
    StatusOne,
    /// Answers SetParameterValues with success and keeps the old values.
    KeepOld,
    /// Keeps texts that it is told to keep in upper case and without spaces at their ends.
    Normalise,
    /// Answers AddObject without an InstanceNumber.
    NoInstanceNumber,
    /// Tells passwords that should read back empty. Always, not counted.
    TellsPasswords,

    // --- Connection requests; counted by request.
    /// Closes connection requests without an answer.
    IgnoreConnectionRequest,
    /// Answers connection requests with 503, as if it were busy.
    BusyConnectionRequest,
    /// Accepts connection requests and does not come.
    DeafConnectionRequest,

    // --- Transfers; counted by transfer.
    /// Answers Download and Upload with status 0 when everything is done: no TransferComplete follows.
    TransferAtOnce,
    /// Transfers before it answers, and sends TransferComplete in the same session.
    TransferCompleteInSession,
    /// Sends TransferComplete for firmware before it restarts.
    TransferCompleteBeforeReboot,
    /// Sends TransferComplete twice: in one session, or `apart` in two.
    TransferCompleteTwice { apart: bool },
    /// Never sends TransferComplete.
    TransferCompleteNever,
    /// Sends TransferComplete with this CommandKey, in events too; may be empty.
    TransferCompleteKey { key: String },
    /// Sends TransferComplete after this many more sessions.
    TransferCompleteLate { sessions: u32 },
    /// Sends TransferComplete without `7 TRANSFER COMPLETE`, when it comes next for another reason.
    TransferCompleteWithoutEvent,
    /// Transfers nothing and reports this fault.
    TransferFails { code: u32 },
    /// Reports this version after an upgrade, whatever the image says.
    UpgradeGives { version: String },
    /// Takes no notice of a new firmware image: same version, no restart.
    UpgradeDoesNothing,
    /// Sends files with POST instead of PUT.
    UploadByPost,
    /// Puts a name of its own at the end of the URL that it sends a file to.
    UploadAppendsName,
    /// Sends files in chunks, without a Content-Length.
    UploadChunked,

    // --- Tests of the device; counted by test.
    /// Never finishes a test.
    TestNeverEnds,
    /// Finishes a test and does not say so.
    TestUnreported,
    /// Ends a test with this word, such as `Error_Internal` or `complete`.
    TestEnds { state: String },
    /// Restarts in the middle of a test.
    TestReboots,
    /// Forgets a test: no result, no event, and its state is None.
    TestForgotten,

    // --- The wire; counted by session.
    /// Opens a connection for every request.
    ReconnectEachRequest,
    /// Forgets cookies.
    NoCookies,
    /// Sends cookies back with their attributes (quirk 12).
    CookieAttributes,
    /// Digest `nc` is always 00000001 (quirk 6).
    DigestCounterStuck,
    /// Answers digest challenges without qop, as in RFC 2069 (quirk 5).
    DigestWithoutQop,
    /// Begins with an empty POST and expects a challenge (quirk 3).
    EmptyPostFirst,
    /// Sends bodies in chunks of seven bytes.
    Chunked,
    /// Compresses bodies with gzip.
    Gzip,
    /// Sends characters of Latin-1 as such, and says UTF-8 (quirk 18).
    Latin1,
    /// Says its OUI in lower case (quirk 24).
    LowerCaseOui,
    /// Spells event codes without the space or with other words (quirk 19).
    OddEventCodes,
    /// Writes faults with a prefix `soap` that it never declares, and with their detail inside the text (quirk 16).
    OddFaults,
    /// Sends no `cwmp:ID` (quirk 17).
    NoId,
    /// Sends `Content-Type: text/html` (quirk 28).
    HtmlContentType,
    /// Says `(null)` for an empty ParameterKey (quirk 24).
    NullParameterKey,
    /// Says its time without a zone, in 1970 (quirk 23).
    LocalTime,
    /// Sends its Inform twice, as if the first answer had been lost (quirk 21).
    InformTwice,
    /// Waits this long before each request.
    Slow { millis: u64 },
}

impl Fault {
    /// Whether it is one that a whole session has: see [`super::manners`].
    pub(super) fn is_of_session(&self) -> bool {
        matches!(
            self,
            Self::ReconnectEachRequest
                | Self::NoCookies
                | Self::CookieAttributes
                | Self::DigestCounterStuck
                | Self::DigestWithoutQop
                | Self::EmptyPostFirst
                | Self::Chunked
                | Self::Gzip
                | Self::Latin1
                | Self::LowerCaseOui
                | Self::OddEventCodes
                | Self::OddFaults
                | Self::NoId
                | Self::HtmlContentType
                | Self::NullParameterKey
                | Self::LocalTime
                | Self::InformTwice
                | Self::Slow { .. }
        )
    }
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

/// `no-cookies`, or the JSON of a fault with arguments.
impl std::str::FromStr for Injected {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text);
        }
        serde_json::from_value(serde_json::json!({ "fault": text }))
    }
}

impl Injected {
    /// A fault that happens until it is cleared.
    pub fn always(fault: Fault) -> Self {
        Self { fault, times: None }
    }

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

    /// Whether a fault `fits`, without counting it.
    pub fn any(&self, fits: impl Fn(&Fault) -> bool) -> bool {
        self.0.iter().any(|injected| injected.times != Some(0) && fits(&injected.fault))
    }

    /// All faults that `fit`, each counted as having happened.
    pub fn take_all(&mut self, fits: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        let mut taken: Vec<Fault> = Vec::new();
        while let Some(fault) = self.take(|fault| fits(fault) && !taken.contains(fault)) {
            taken.push(fault);
        }
        taken
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
        assert_eq!(injected, Injected::always(Fault::DropAfter { method: None }));
        assert_eq!("no-cookies".parse::<Injected>().unwrap(), Injected::always(Fault::NoCookies));
        let late: Injected = r#"{"fault":"transfer-complete-late","sessions":2}"#.parse().unwrap();
        assert_eq!(late.fault, Fault::TransferCompleteLate { sessions: 2 });
        assert!("no-such-fault".parse::<Injected>().is_err());
    }

    #[test]
    fn all_that_fit_are_taken_once_each() {
        let mut faults = Faults::new(vec![Injected::always(Fault::NoCookies), Injected::once(Fault::Gzip)]);
        assert_eq!(faults.take_all(Fault::is_of_session), [Fault::NoCookies, Fault::Gzip]);
        assert_eq!(faults.take_all(Fault::is_of_session), [Fault::NoCookies]);
    }
}
