//! The five tones of state.

/// Colour of a state; always shown together with an icon of its own outline and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Warn,
    Bad,
    Info,
    Off,
}

impl Tone {
    /// Value of `data-tone`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Off => "off",
        }
    }

    /// The icon of this tone where no better one is known.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Ok => "check-circle",
            Self::Warn => "alert",
            Self::Bad => "octagon",
            Self::Info => "info",
            Self::Off => "offline",
        }
    }
}
