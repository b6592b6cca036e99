//! How well something in the home hears its Wi-Fi: the same on every section.

use crate::components::Tone;
use crate::locale::dbm;
use leptos::prelude::*;
use model::wifi::Signal as Hearing;

/// Bars, level, and a word for those who see neither bars nor colour.
#[component]
pub fn SignalLevel(
    /// In dBm.
    level: i32,
) -> impl IntoView {
    let (tone, word) = match Hearing::of(level) {
        Hearing::Good => (Tone::Ok, "good"),
        Hearing::Fair => (Tone::Warn, "weak"),
        Hearing::Bad => (Tone::Bad, "very weak"),
    };
    view! {
        <span class="inline" data-tone=tone.as_str()>
            <span
                class="signal"
                data-level=Hearing::bars(level).to_string()
                data-tone=tone.as_str()
                aria-hidden="true"
            >
                <i></i>
                <i></i>
                <i></i>
                <i></i>
            </span>
            {dbm(level)}
            <span class="sr-only">", " {word}</span>
        </span>
    }
}
