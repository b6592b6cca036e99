//! The global search: a plain form that leads to `/search`; with WebAssembly also a list of matches while typing.

use crate::PortalError;
use crate::components::Icon;
use crate::keys::on_key;
use crate::pages::search::{href, search};
use crate::session::encode;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use model::search::SearchHit;
use std::time::Duration;

/// Fewest letters that are looked up while typing.
const SHORTEST: usize = 2;
const PAUSE: Duration = Duration::from_millis(120);

/// The search field. `hero` is the big one on the home page; there is one on a page.
#[component]
pub fn SearchBox(#[prop(optional)] hero: bool) -> impl IntoView {
    let query = use_query_map();
    // Other pages have a `q` of their own.
    let searching = use_location().pathname.with_untracked(|path| path == "/search");
    let asked =
        if searching { query.with_untracked(|query| query.get("q").unwrap_or_default()) } else { String::new() };
    let input = NodeRef::<html::Input>::new();
    let text = RwSignal::new(asked.clone());
    // Only for matches while typing: nothing is asked before the first key.
    let wanted = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(None::<usize>);
    // With the text that it answers: while the next answer is on its way, this one is still shown.
    let hits = LocalResource::new(move || {
        let text = wanted.get();
        async move {
            let hits = if text.chars().count() < SHORTEST { Ok(Vec::new()) } else { search(text.clone()).await };
            (text, hits)
        }
    });
    let shown = Memo::new(move |_| hits.get().and_then(|(_, hits)| hits.ok()).unwrap_or_default());

    on_key("/", "Search people and devices", move || {
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
            input.select();
        }
    });

    let typed = move |event| {
        let value = event_target_value(&event);
        text.set(value.clone());
        chosen.set(None);
        open.set(value.trim().chars().count() >= SHORTEST);
        // The answer to letters that are gone already would only flicker.
        set_timeout(
            move || {
                if text.try_get_untracked().as_deref() == Some(&value) {
                    wanted.set(value.trim().to_owned());
                }
            },
            PAUSE,
        );
    };
    let go = use_navigate();
    let close = move || {
        open.set(false);
        chosen.set(None);
    };
    let pressed = move |event: KeyboardEvent| {
        let count = shown.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => {
                event.prevent_default();
                open.set(true);
                chosen.update(|chosen| *chosen = Some(chosen.map_or(0, |at| (at + 1) % count)));
            }
            "ArrowUp" if count > 0 => {
                event.prevent_default();
                chosen.update(|chosen| *chosen = Some(chosen.map_or(count - 1, |at| (at + count - 1) % count)));
            }
            "Escape" if open.get_untracked() => {
                event.prevent_default();
                close();
            }
            "Enter" if open.get_untracked() => {
                // One match needs no choosing, if it answers what stands in the field now.
                let answered = hits.get_untracked().map(|(text, _)| text);
                let current = answered.is_some_and(|answered| text.with_untracked(|text| text.trim() == answered));
                let only = (count == 1 && current).then_some(0);
                let target = chosen
                    .get_untracked()
                    .or(only)
                    .and_then(|at| shown.with_untracked(|hits| hits.get(at).and_then(href)));
                if let Some(target) = target {
                    event.prevent_default();
                    close();
                    go(&target, NavigateOptions::default());
                }
            }
            _ => {}
        }
    };
    // A click on a match moves the focus into the list first; leaving both closes it.
    let left = move |_| {
        set_timeout(
            move || {
                let inside = document().query_selector(".hits:focus-within, .hits:active").ok().flatten().is_some();
                if !inside {
                    open.try_set(false);
                }
            },
            Duration::from_millis(150),
        );
    };
    let list_open = Signal::derive(move || open.get() && text.with(|text| text.trim().chars().count() >= SHORTEST));
    let field = view! {
        <Icon name="search" />
        <label class="sr-only" for="q">"Search subscribers and devices"</label>
        <input
            id="q" name="q" type="search" placeholder="Name, phone, address, account or serial" autocomplete="off" spellcheck="false"
            maxlength="200" value=asked role="combobox" aria-autocomplete="list" aria-controls="hits"
            aria-expanded=move || if list_open.get() { "true" } else { "false" }
            aria-activedescendant=move || chosen.get().map(|at| format!("hit-{at}"))
            node_ref=input on:input=typed on:keydown=pressed on:blur=left
        />
        <kbd class="kbd only-hydrated" aria-hidden="true">"/"</kbd>
    };
    let field = if hero {
        view! { <div class="searchbox searchbox--hero">{field}</div> }.into_any()
    } else {
        view! { <div class="searchbox">{field}</div> }.into_any()
    };
    let go = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        close();
        go(&format!("/search?q={}", encode(text.get_untracked().trim())), NavigateOptions::default());
    };
    view! {
        <form class=if hero { "herosearch" } else { "topsearch" } role="search" method="get" action="/search" on:submit=submit>
            {field}
            <div class="hits" hidden=move || !list_open.get()>
                <div id="hits" role="listbox" aria-label="Matches">
                    {move || shown.get().into_iter().enumerate().map(|(at, hit)| view! { <Match at hit chosen close=Callback::new(move |()| close()) /> }).collect_view()}
                </div>
                <p class="hits__note" role="status">{move || note(hits.get().as_ref().map(|(_, hits)| hits))}</p>
            </div>
        </form>
    }
}

/// What stands under the matches, and is said to screen readers.
fn note(hits: Option<&Result<Vec<SearchHit>, PortalError>>) -> String {
    match hits {
        None => "Searching".into(),
        Some(Err(error)) => error.to_string(),
        Some(Ok(hits)) => match hits.len() {
            0 => "Nobody and nothing matches. Try fewer letters.".into(),
            1 => "1 match. Enter shows it, arrow keys choose.".into(),
            many => format!("{many} matches. Enter shows all, arrow keys choose."),
        },
    }
}

#[component]
fn Match(at: usize, hit: SearchHit, chosen: RwSignal<Option<usize>>, close: Callback<()>) -> impl IntoView {
    let icon = if hit.device.is_some() { "router" } else { "user" };
    let href = href(&hit);
    view! {
        <a
            class="palette__item" role="option" id=format!("hit-{at}") href=href tabindex="-1"
            aria-selected=move || if chosen.get() == Some(at) { "true" } else { "false" }
            on:click=move |_| close.run(())
        >
            <Icon name=icon />
            <span><bdi>{hit.title}</bdi> " " <small><bdi>{hit.subtitle}</bdi></small></span>
            <span class="muted">{hit.matched}</span>
        </a>
    }
}
