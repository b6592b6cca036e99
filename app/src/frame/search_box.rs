//! The global search: a plain form that leads to `/search`; with WebAssembly also a list: of matches while somebody
//! types, of what was opened last and what is pinned before that.

use super::choice::{Choice, ChoiceOption, leader};
use super::desk::use_desk;
use super::suggest::Suggestions;
use crate::components::Icon;
use crate::keys::on_key;
use crate::session::encode;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use std::time::Duration;

/// Pinned and recent ones that an empty field offers.
const AT_HAND: usize = 10;

/// The search field. `hero` is the big one on the home page; there is one on a page.
#[component]
pub fn SearchBox(#[prop(optional)] hero: bool) -> impl IntoView {
    let query = use_query_map();
    // Other pages have a `q` of their own.
    let searching = use_location().pathname.with_untracked(|path| path == "/search");
    let asked =
        if searching { query.with_untracked(|query| query.get("q").unwrap_or_default()) } else { String::new() };
    let input = NodeRef::<html::Input>::new();
    let suggestions = Suggestions::new(asked.clone());
    let (desk, open, chosen) = (use_desk(), RwSignal::new(false), RwSignal::new(None::<usize>));
    let empty = Memo::new(move |_| suggestions.text.with(|text| text.trim().is_empty()));
    // Read only once the field is used: the server would wait for the desk on every page.
    let used = RwSignal::new(false);
    let choices = Memo::new(move |_| {
        if !used.get() {
            Vec::new()
        } else if empty.get() {
            desk.choices(AT_HAND)
        } else {
            suggestions.hits.with(|hits| hits.iter().filter_map(Choice::of).collect())
        }
    });

    on_key("/", "Search people and devices", move || {
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
            input.select();
        }
    });

    let typed = move |event| {
        suggestions.typed(event_target_value(&event));
        chosen.set(None);
        used.set(true);
        open.set(true);
    };
    let close = move || {
        open.set(false);
        chosen.set(None);
    };
    let lead = leader();
    let go = lead.clone();
    let pressed = move |event: KeyboardEvent| {
        let count = choices.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if count > 0 => {
                event.prevent_default();
                let down = event.key() == "ArrowDown";
                open.set(true);
                chosen.update(|chosen| {
                    *chosen = Some(match *chosen {
                        None if down => 0,
                        None => count - 1,
                        Some(at) => (at + if down { 1 } else { count - 1 }) % count,
                    });
                });
            }
            "Escape" if open.get_untracked() => {
                event.prevent_default();
                close();
            }
            "Enter" => {
                let picked = chosen.get_untracked().filter(|_| open.get_untracked());
                let href = picked.and_then(|at| choices.with_untracked(|all| all.get(at).map(|one| one.href.clone())));
                if let Some(href) = href.or_else(|| suggestions.only()) {
                    event.prevent_default();
                    close();
                    go(&href, event.ctrl_key() || event.meta_key());
                }
            }
            _ => {}
        }
    };
    let entered = move |_| {
        used.set(true);
        // What was searched for is still there: it is not offered again before a key is pressed.
        open.set(empty.get_untracked());
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
    let list_open = Memo::new(move |_| {
        open.get() && (suggestions.is_asking() || (empty.get() && choices.with(|all| !all.is_empty())))
    });
    let field = view! {
        <Icon name="search" />
        <label class="sr-only" for="q">"Search subscribers and devices"</label>
        <input
            id="q" name="q" type="search" placeholder="Name, phone, address, account, serial, MAC or IP" autocomplete="off" spellcheck="false"
            maxlength="200" value=asked role="combobox" aria-autocomplete="list" aria-controls="hits"
            aria-expanded=move || if list_open.get() { "true" } else { "false" }
            aria-activedescendant=move || chosen.get().filter(|_| list_open.get()).map(|at| format!("hit-{at}"))
            node_ref=input on:input=typed on:keydown=pressed on:focus=entered on:blur=left
        />
        <kbd class="kbd only-hydrated" aria-hidden="true">"/"</kbd>
    };
    let field = if hero {
        view! { <div class="searchbox searchbox--hero">{field}</div> }.into_any()
    } else {
        view! { <div class="searchbox">{field}</div> }.into_any()
    };
    let all = move || format!("/search?q={}", suggestions.text.with(|text| encode(text.trim())));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        close();
        if !empty.get_untracked() {
            lead(&untrack(all), false);
        }
    };
    let clicked = Callback::new(move |_| close());
    view! {
        <form class=if hero { "herosearch" } else { "topsearch" } role="search" method="get" action="/search" on:submit=submit>
            {field}
            <div class="hits" hidden=move || !list_open.get()>
                <div id="hits" role="listbox" aria-label=move || if empty.get() { "Pinned and opened last" } else { "Matches" }>
                    {move || choices.get().into_iter().enumerate().map(|(at, choice)| {
                        let chosen = Signal::derive(move || chosen.get() == Some(at));
                        view! { <ChoiceOption id=format!("hit-{at}") choice chosen on_click=clicked /> }
                    }).collect_view()}
                </div>
                <p class="hits__note">
                    <span role="status">
                        {move || match (list_open.get(), empty.get()) {
                            (false, _) => ().into_any(),
                            (true, true) => "Pinned and opened last. Arrow keys choose.".into_any(),
                            (true, false) => suggestions.note(),
                        }}
                    </span>
                    <Show when=move || !empty.get()>
                        " " <a href=move || format!("{}&page=1", all()) on:click=move |_| close()>"All matches"</a>
                    </Show>
                </p>
            </div>
        </form>
    }
}
