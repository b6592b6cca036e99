//! Light, dark, or as the system has it.

use crate::preference;
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

const NAME: &str = "theme";

impl Theme {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    /// As the person chose it at this browser.
    pub fn chosen() -> Self {
        Self::parse(preference::read(NAME).as_deref())
    }

    fn parse(text: Option<&str>) -> Self {
        match text {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Value of `data-theme`; `None`: the system decides.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Shows and keeps the choice. In the browser only.
    pub fn choose(self) {
        preference::write(NAME, self.attribute());
        let Some(root) = document().document_element() else { return };
        let done = match self.attribute() {
            Some(value) => root.set_attribute("data-theme", value),
            None => root.remove_attribute("data-theme"),
        };
        if let Err(error) = done {
            leptos::logging::warn!("the theme was not set: {error:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_cookie_means_the_system() {
        assert_eq!(Theme::parse(Some("dark")), Theme::Dark);
        assert_eq!(Theme::parse(Some("\"><script>")), Theme::System);
        assert_eq!(Theme::parse(None), Theme::System);
    }

    #[test]
    fn every_choice_reads_back() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.attribute()), theme);
        }
    }
}
