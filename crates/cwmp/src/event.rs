//! Event codes (§3.7.1.5) and what devices make of them.

use crate::{Event, EventCode};
use std::borrow::Cow;
use std::fmt;

/// The codes with a number, in the standard's order and spelling.
const NUMBERED: [(&str, EventCode); 15] = [
    ("0 BOOTSTRAP", EventCode::Bootstrap),
    ("1 BOOT", EventCode::Boot),
    ("2 PERIODIC", EventCode::Periodic),
    ("3 SCHEDULED", EventCode::Scheduled),
    ("4 VALUE CHANGE", EventCode::ValueChange),
    ("5 KICKED", EventCode::Kicked),
    ("6 CONNECTION REQUEST", EventCode::ConnectionRequest),
    ("7 TRANSFER COMPLETE", EventCode::TransferComplete),
    ("8 DIAGNOSTICS COMPLETE", EventCode::DiagnosticsComplete),
    ("9 REQUEST DOWNLOAD", EventCode::RequestDownload),
    ("10 AUTONOMOUS TRANSFER COMPLETE", EventCode::AutonomousTransferComplete),
    ("11 DU STATE CHANGE COMPLETE", EventCode::DuStateChangeComplete),
    ("12 AUTONOMOUS DU STATE CHANGE COMPLETE", EventCode::AutonomousDuStateChangeComplete),
    ("13 WAKEUP", EventCode::Wakeup),
    ("14 HEARTBEAT", EventCode::Heartbeat),
];

/// Methods that have an `M` event, in the standard's spelling.
const METHODS: [&str; 8] = [
    "Reboot",
    "ScheduleInform",
    "Download",
    "Upload",
    "ScheduleDownload",
    "ChangeDUState",
    "FactoryReset",
    "CancelTransfer",
];

impl Event {
    /// An event in the standard's spelling.
    pub fn new(code: EventCode, command_key: impl Into<String>) -> Self {
        let raw = code.as_str().into_owned();
        Self { code, raw, command_key: command_key.into() }
    }
}

impl EventCode {
    /// Reads a code in any spelling that was seen: without the space, the number or the words, in other case, with
    /// spaces around, with an `M` before something that is not a method.
    pub fn parse(raw: &str) -> Self {
        if let Some((_, code)) = NUMBERED.iter().find(|(name, _)| *name == raw) {
            return code.clone();
        }
        let text = raw.trim();
        match text.split_once(char::is_whitespace) {
            Some(("M" | "m", method)) if !method.trim().is_empty() => return Self::of_method(method.trim()),
            Some(("X" | "x", event)) if !event.trim().is_empty() => return Self::Vendor(event.trim().to_owned()),
            _ => {}
        }
        let letters = squash(text.trim_start_matches(|c: char| c.is_ascii_digit()));
        let digits = &text[..text.bytes().take_while(u8::is_ascii_digit).count()];
        if let Some(code) = Self::of_words(&letters) {
            return code;
        }
        let by_number = digits.parse::<usize>().ok().and_then(|number| NUMBERED.get(number));
        if let Some((name, code)) = by_number {
            // A number alone, or with its words cut short or drawn out. Other words mean something else.
            let words = squash(name);
            let words = words.trim_start_matches(|c: char| c.is_ascii_digit());
            if words.starts_with(&letters) || letters.starts_with(words) {
                return code.clone();
            }
        }
        if let Some(method) = digits.is_empty().then(|| letters.strip_prefix('M')).flatten()
            && let Some(method) = METHODS.iter().find(|known| known.eq_ignore_ascii_case(method))
        {
            return Self::Method((*method).to_owned());
        }
        Self::Unknown(text.to_owned())
    }

    fn of_method(method: &str) -> Self {
        if let Some(known) = METHODS.iter().find(|known| known.eq_ignore_ascii_case(method)) {
            return Self::Method((*known).to_owned());
        }
        Self::of_words(&squash(method)).unwrap_or_else(|| Self::Method(method.to_owned()))
    }

    /// By the words alone, squashed.
    fn of_words(letters: &str) -> Option<Self> {
        let words = |name: &str| squash(name.trim_start_matches(|c: char| c.is_ascii_digit()));
        NUMBERED.iter().find(|(name, _)| words(name) == letters).map(|(_, code)| code.clone())
    }

    /// The standard's spelling; unknown codes as they are.
    pub fn as_str(&self) -> Cow<'_, str> {
        match self {
            Self::Method(method) => Cow::Owned(format!("M {method}")),
            Self::Vendor(event) => Cow::Owned(format!("X {event}")),
            Self::Unknown(text) => Cow::Borrowed(text),
            numbered => NUMBERED.iter().find(|(_, code)| code == numbered).map_or("", |(name, _)| name).into(),
        }
    }
}

impl fmt::Display for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str())
    }
}

/// ASCII letters and digits alone, in upper case.
fn squash(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_codes_are_read_and_written_back() {
        for (name, code) in NUMBERED {
            assert_eq!(EventCode::parse(name), code);
            assert_eq!(code.to_string(), name);
        }
        for code in ["M Reboot", "M Download", "M X_00D09E_Foo", "X 00D09E Tilt"] {
            assert_eq!(EventCode::parse(code).to_string(), code);
        }
    }

    #[test]
    fn quirk_19_spellings_of_the_field_are_normalised() {
        use EventCode::{
            AutonomousDuStateChangeComplete, Boot, Bootstrap, ConnectionRequest, DuStateChangeComplete, Method,
            Periodic, TransferComplete, ValueChange, Vendor,
        };
        for (raw, code) in [
            ("0BOOTSTRAP", Bootstrap),
            (" 0 BOOTSTRAP \n", Bootstrap),
            ("BOOT", Boot),
            ("1  BOOT", Boot),
            ("1", Boot),
            ("2 periodic", Periodic),
            ("4 VALUECHANGE", ValueChange),
            ("4 VALUE_CHANGE", ValueChange),
            ("4 VALUE", ValueChange),
            ("6 CONNECTION REQUEST ", ConnectionRequest),
            ("7 TRANSFERCOMPLETE", TransferComplete),
            ("M TRANSFERCOMPLETE", TransferComplete),
            ("11 DU STATE CHANGE COMPLETE ", DuStateChangeComplete),
            ("12 AUTONOMOUS DUSTATE CHANGE COMPLETE", AutonomousDuStateChangeComplete),
            ("M reboot", Method("Reboot".to_owned())),
            ("MReboot", Method("Reboot".to_owned())),
            ("m  Download", Method("Download".to_owned())),
            ("M ChangeDuState", Method("ChangeDUState".to_owned())),
            ("x 00D09E Tilt", Vendor("00D09E Tilt".to_owned())),
        ] {
            assert_eq!(EventCode::parse(raw), code, "{raw:?}");
        }
    }

    #[test]
    fn what_is_not_known_stays_as_it_is() {
        for raw in ["", "15 FUTURE", "1 SOMETHING ELSE", "M", "99999999999999999999", "Ünknown"] {
            assert_eq!(EventCode::parse(raw), EventCode::Unknown(raw.to_owned()), "{raw:?}");
        }
    }

    #[test]
    fn a_new_event_is_in_the_standards_spelling() {
        let event = Event::new(EventCode::Method("Reboot".to_owned()), "key");
        assert_eq!((event.raw.as_str(), event.command_key.as_str()), ("M Reboot", "key"));
    }
}
