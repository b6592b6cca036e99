//! What a device says of a test: the standards' words and those of the field.

/// Where a test is, as the device says in DiagnosticsState.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// `None`, or nothing: no test was asked for, or the device has forgotten it.
    Idle,
    /// `Requested`, or a word that stands for neither end.
    Running,
    /// `Complete` or `Completed` (rule 334).
    Done,
    /// `Canceled`.
    Cancelled,
    /// `Error…`.
    Failed,
}

impl Phase {
    /// In any case, with or without separators: the field spells these words as it likes.
    pub fn of(state: &str) -> Self {
        let word: String = state.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match word.as_str() {
            "" | "none" | "idle" | "null" => Self::Idle,
            "complete" | "completed" | "success" | "succeeded" | "finished" | "done" => Self::Done,
            "canceled" | "cancelled" => Self::Cancelled,
            word if word.starts_with("error") || word.starts_with("fail") => Self::Failed,
            _ => Self::Running,
        }
    }
}

/// An `Error…` state in plain words. The router's own word is shown beside it.
pub fn explain_state(state: &str) -> &'static str {
    let word: String = state.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let word = word.strip_prefix("error").unwrap_or(&word);
    match word {
        "cannotresolvehostname" | "hostnamenotresolved" => {
            "The router could not resolve the name. Check the name, and the router's name servers."
        }
        "noroutetohost" => "The router has no route to this address. Check its internet connection.",
        "maxhopcountexceeded" => "The target was not reached within the number of hops. Allow more hops.",
        "dnsservernotresolved" | "dnsservernotavailable" => {
            "The router could not reach the name server. Check its address."
        }
        "initconnectionfailed" => "The router could not connect to the test server.",
        "noresponse" => "The test server did not answer the router.",
        "transferfailed" => "The transfer broke off.",
        "passwordrequestfailed" | "loginfailed" => "The test server wants a login: routers measure without one.",
        "notransfermode" | "nopasv" => "The test server does not do FTP as the router needs it.",
        "nocwd" => "The folder is not on the test server.",
        "nostor" => "The test server takes no files.",
        "notransfercomplete" => "The test server did not confirm the end of the transfer.",
        "incorrectsize" => "The size was not the announced one.",
        "timeout" => "The test took too long: the router gave up.",
        "rejectedbyremote" => "The test server refused the test.",
        "internal" => "The router had an internal error. Try again; if it repeats, reboot the router.",
        _ => "The router could not run the test.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_334_both_spellings_are_success_and_every_error_is_none() {
        for done in ["Complete", "Completed", "complete", "COMPLETED", " Complete "] {
            assert_eq!(Phase::of(done), Phase::Done, "{done}");
        }
        for failed in ["Error", "Error_Internal", "error_timeout", "ERROR_CannotResolveHostName", "Error Other"] {
            assert_eq!(Phase::of(failed), Phase::Failed, "{failed}");
        }
        for idle in ["None", "", "none", "(null)"] {
            assert_eq!(Phase::of(idle), Phase::Idle, "{idle}");
        }
        for running in ["Requested", "InProgress", "Running", "X_V_Something"] {
            assert_eq!(Phase::of(running), Phase::Running, "{running}");
        }
        assert_eq!(Phase::of("Canceled"), Phase::Cancelled);
    }

    #[test]
    fn every_error_of_the_standards_has_words_of_its_own() {
        let all = [
            "Error_CannotResolveHostName",
            "Error_NoRouteToHost",
            "Error_MaxHopCountExceeded",
            "Error_DNSServerNotResolved",
            "Error_InitConnectionFailed",
            "Error_NoResponse",
            "Error_TransferFailed",
            "Error_PasswordRequestFailed",
            "Error_LoginFailed",
            "Error_NoTransferMode",
            "Error_NoPASV",
            "Error_NoCWD",
            "Error_NoSTOR",
            "Error_NoTransferComplete",
            "Error_IncorrectSize",
            "Error_Timeout",
            "Error_RejectedByRemote",
            "Error_Internal",
        ];
        for state in all {
            assert_ne!(explain_state(state), explain_state("Error_Other"), "{state}");
        }
    }
}
