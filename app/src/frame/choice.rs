//! One line that can be chosen, in the search and in the palette.

use crate::components::{Icon, Tone, presence_look};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::search::{Marked, SearchHit};

/// A text in pieces, and whether each is what matched.
pub type Pieces = Vec<(String, bool)>;

/// A line that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub icon: &'static str,
    pub tone: Option<Tone>,
    /// What icon and tone say, as a word.
    pub state: &'static str,
    pub title: Pieces,
    pub subtitle: Pieces,
    /// Which field matched, or what group it is of.
    pub matched: String,
    /// What stands in that field, if it is not in sight anyway.
    pub value: Pieces,
    pub href: String,
}

/// Where a hit leads.
pub fn href(hit: &SearchHit) -> Option<String> {
    let device = hit.device.map(|id| format!("/devices/{}", id.0));
    device.or_else(|| hit.subscriber.map(|id| format!("/subscribers/{}", id.0)))
}

fn pieces(text: &str, marks: &[(usize, usize)]) -> Pieces {
    Marked::pieces(text, marks).into_iter().map(|(piece, marked)| (piece.to_owned(), marked)).collect()
}

impl Choice {
    /// `None` for a hit that leads nowhere.
    pub fn of(hit: &SearchHit) -> Option<Self> {
        let look = hit.presence.map(presence_look);
        Some(Self {
            icon: if hit.device.is_some() { look.map_or("router", |look| look.1) } else { "user" },
            tone: look.map(|look| look.0),
            state: look.map_or(if hit.device.is_some() { "Never seen" } else { "No device" }, |look| look.2),
            title: pieces(&hit.title, &hit.title_marks),
            subtitle: pieces(&hit.subtitle, &hit.subtitle_marks),
            matched: hit.matched.clone(),
            value: pieces(&hit.value.text, &hit.value.marks),
            href: href(hit)?,
        })
    }
}

/// A text with what matched in it marked.
pub fn marked(pieces: Pieces) -> impl IntoView {
    pieces
        .into_iter()
        .map(|(piece, marked)| if marked { view! { <mark>{piece}</mark> }.into_any() } else { piece.into_any() })
        .collect_view()
}

/// A line of a listbox. A click follows it as a link does, with Ctrl in a new tab.
#[component]
pub fn ChoiceOption(
    id: String,
    choice: Choice,
    #[prop(into)] chosen: Signal<bool>,
    on_click: Callback<MouseEvent>,
) -> impl IntoView {
    view! {
        <a
            class="palette__item" role="option" id=id href=choice.href tabindex="-1" data-tone=choice.tone.map(Tone::as_str)
            aria-selected=move || if chosen.get() { "true" } else { "false" } on:click=move |event| on_click.run(event)
        >
            <Icon name=choice.icon />
            <span><bdi>{marked(choice.title)}</bdi> " " <small><bdi>{marked(choice.subtitle)}</bdi></small></span>
            <span class="palette__end">
                <span class="sr-only">{choice.state} ", "</span>
                {choice.matched}
                {(!choice.value.is_empty()).then(|| view! { " " <bdi>{marked(choice.value)}</bdi> })}
            </span>
        </a>
    }
}

/// Leads to a page of the portal: here, or in a new tab.
pub fn follow(href: &str, new_tab: bool) {
    if new_tab {
        let _ = window().open_with_url_and_target(href, "_blank");
    }
}

/// Leads to a page of the portal. Made while a component is built, called by its events.
pub fn leader() -> impl Fn(&str, bool) + Clone + Send + Sync + 'static {
    let go = use_navigate();
    move |href: &str, new_tab: bool| {
        if new_tab { follow(href, true) } else { go(href, NavigateOptions::default()) }
    }
}
