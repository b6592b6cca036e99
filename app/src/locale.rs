//! How this page writes numbers and dates: as the person chose, else as their browser asks for. The server decides and
//! hands it over with the page, so that the browser goes on with the same.

use crate::preference;
use leptos::prelude::*;
use model::locale::Locale;
use model::number::Measured;
use serde::{Deserialize, Serialize};

/// Name of the cookie.
const CHOSEN: &str = "locale";

/// What was chosen, and what counts otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Locales {
    chosen: RwSignal<Option<Locale>>,
    asked: Locale,
}

/// What the server wrote the page with.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Start {
    chosen: Option<Locale>,
    asked: Locale,
}

impl Start {
    fn read() -> Self {
        Self { chosen: preference::read(CHOSEN).as_deref().and_then(Locale::parse), asked: asked() }
    }
}

/// By the languages that the request names.
fn asked() -> Locale {
    #[cfg(feature = "ssr")]
    {
        let parts = use_context::<axum::http::request::Parts>();
        let header = parts.as_ref().and_then(|parts| parts.headers.get(axum::http::header::ACCEPT_LANGUAGE));
        header.and_then(|header| header.to_str().ok()).and_then(Locale::of_header).unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    Locale::default()
}

impl Locales {
    /// Tracked.
    pub fn get(self) -> Locale {
        self.chosen.get().unwrap_or(self.asked)
    }

    /// What the person chose; `None`: as the browser asks for. Tracked.
    pub fn chosen(self) -> Option<Locale> {
        self.chosen.get()
    }

    /// Writes so from now on, or as the browser asks for, and keeps the choice.
    pub fn choose(self, locale: Option<Locale>) {
        preference::write(CHOSEN, locale.map(Locale::tag));
        self.chosen.set(locale);
    }

    #[cfg(all(test, feature = "ssr"))]
    pub fn of(locale: Locale) -> Self {
        Self { chosen: RwSignal::new(None), asked: locale }
    }
}

#[cfg(not(feature = "ssr"))]
thread_local! {
    /// The page's own, for what is called where there is no context: a handler, an answer that came.
    static PAGE: std::cell::Cell<Option<Locales>> = const { std::cell::Cell::new(None) };
}

/// Once, in the root.
pub fn provide_locales() {
    let Start { chosen, asked } = SharedValue::new(Start::read).into_inner();
    let locales = Locales { chosen: RwSignal::new(chosen), asked };
    #[cfg(not(feature = "ssr"))]
    PAGE.set(Some(locales));
    provide_context(locales);
}

/// The page's locales.
pub fn use_locales() -> Locales {
    use_context::<Locales>().expect("App provides the locales")
}

/// How the page that is being written is written. Not tracked: who chooses another one does so on a page of its own.
fn here() -> Locale {
    #[cfg(feature = "ssr")]
    let locales = use_context::<Locales>();
    #[cfg(not(feature = "ssr"))]
    let locales = PAGE.get();
    locales.and_then(|locales| Some(locales.chosen.try_get_untracked()?.unwrap_or(locales.asked))).unwrap_or_default()
}

/// A whole number: `1,284,331`.
pub fn grouped(number: u64) -> String {
    here().grouped(number)
}

/// A number with so many decimals: `−18.4`.
pub fn decimal(number: f64, decimals: usize) -> String {
    here().decimal(number, decimals)
}

/// A number with its unit, in the unit that people use for such a size.
pub fn quantity(number: f64, unit: &str) -> String {
    here().quantity(number, unit)
}

/// What the server said of a value, but as this page writes it where that is a number.
pub fn said(measured: Option<&Measured>, text: String) -> String {
    measured.map_or(text, |measured| quantity(measured.number, &measured.unit))
}

/// A level in dBm: `−67 dBm`.
pub fn dbm(level: i32) -> String {
    here().dbm(level)
}

/// A number of bytes: `31.4 MB`.
pub fn size(bytes: u64) -> String {
    here().size(bytes)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use axum::http::Request;

    fn with_request<T>(headers: &[(&str, &str)], then: impl FnOnce() -> T) -> T {
        let owner = Owner::new();
        owner.set();
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        provide_context(request.body(()).unwrap().into_parts().0);
        then()
    }

    #[test]
    fn a_choice_counts_before_what_the_browser_asks_for() {
        let start = |headers: &[(&str, &str)]| with_request(headers, Start::read);
        let asks = ("accept-language", "de-DE,de;q=0.9,en;q=0.8");
        let by_itself = start(&[asks]);
        assert_eq!((by_itself.chosen, by_itself.asked), (None, Locale::German));
        assert_eq!(start(&[asks, ("cookie", "locale=en-US")]).chosen, Some(Locale::American));
        assert_eq!(start(&[asks, ("cookie", "locale=<script>")]).chosen, None);
        assert_eq!(start(&[("accept-language", "tlh")]).asked, Locale::British);
        assert_eq!(start(&[]).asked, Locale::British);
    }

    #[test]
    fn what_a_page_says_is_written_as_the_page_is() {
        with_request(&[], || {
            assert_eq!(grouped(1_234_567), "1,234,567", "before anything is known");
            provide_context(Locales::of(Locale::German));
            assert_eq!((grouped(1_234_567), decimal(-18.44, 1)), ("1.234.567".into(), "−18,4".into()));
            assert_eq!((dbm(-67), size(31_457_280)), ("−67 dBm".into(), "31,5 MB".into()));
            let measured = Measured { number: 2.54, unit: "dB".into() };
            assert_eq!(said(Some(&measured), "2.5 dB".into()), "2,5 dB");
            assert_eq!(said(None, "v2.5".into()), "v2.5", "words of a device stay as they are");
            use_locales().choose(Some(Locale::Indian));
            assert_eq!(grouped(1_234_567), "12,34,567");
        });
    }
}
