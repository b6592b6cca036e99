//! The one search for people and devices.

use crate::PortalError;
use crate::components::{Empty, ErrorView, Icon, Pager, Skeleton, Tone};
use crate::frame::choice::{Choice, marked};
use crate::keys::on_rows;
use crate::session::encode;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;
use model::search::{PAGE_HITS, SearchHit, SearchPage as Found};
use wasm_bindgen::JsCast;

/// The people and devices that match `text` best, for while somebody types.
#[server(prefix = "/fn", endpoint = "search")]
pub async fn search(text: String) -> Result<Vec<SearchHit>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.search(&actor, &text).await?)
}

/// A page of all that match; the first is 0.
#[server(prefix = "/fn", endpoint = "search/page")]
pub async fn search_page(text: String, page: u16) -> Result<Found, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.search_page(&actor, &text, page).await?)
}

/// `/search?q=…`: whoever is meant without doubt is opened at once, unless a page was asked for (`page=1`).
#[component]
pub fn SearchPage() -> impl IntoView {
    let query = use_query_map();
    let text = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default().trim().to_owned()));
    let asked = Memo::new(move |_| query.with(|query| query.get("page").and_then(|page| page.parse::<u16>().ok())));
    let page = Memo::new(move |_| asked.get().unwrap_or(1).clamp(1, 1000));
    // The text goes with its answer: a page must not say that one text found what another did.
    let found = Resource::new_blocking(
        move || (text.get(), page.get()),
        |(text, page)| async move {
            let found = if text.is_empty() { Ok(Found::default()) } else { search_page(text.clone(), page - 1).await };
            (text, page, found)
        },
    );
    // Whoever comes without a question wants to type one.
    Effect::new(move || {
        let field = document().get_element_by_id("q").filter(|_| text.with(String::is_empty));
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
    view! {
        <Title text="Search" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>{move || text.with(|text| if text.is_empty() { "Search".to_owned() } else { format!("Matches for “{text}”") })}</h1>
            </div>
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=5 /></div> }>
                {move || Suspend::new(async move {
                    match found.await {
                        (_, _, Err(error)) => view! { <ErrorView error /> }.into_any(),
                        (text, page, Ok(found)) => {
                            let meant = meant(&found).filter(|_| asked.get_untracked().is_none());
                            match meant {
                                Some(path) => {
                                    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                                    view! { <Redirect path options /> }.into_any()
                                }
                                None => view! { <Hits found text page /> }.into_any(),
                            }
                        }
                    }
                })}
            </Transition>
        </main>
    }
}

/// The page of the only one whose identifier it is.
fn meant(found: &Found) -> Option<String> {
    let mut exact = found.hits.iter().filter(|hit| hit.exact);
    match (exact.next(), exact.next()) {
        (Some(hit), None) => Choice::of(hit).map(|choice| choice.href),
        _ => None,
    }
}

#[component]
fn Hits(found: Found, text: String, page: u16) -> impl IntoView {
    on_rows("#main .rowlink");
    if found.hits.is_empty() {
        let (title, hint) = if text.is_empty() {
            (
                "Nothing to search for yet",
                "Type a name, a phone number, an account, an address, a serial, a MAC or an IP address, the name of a Wi-Fi network or a PPP user.",
            )
        } else {
            (
                "Nobody and nothing matches",
                "Any beginning works, and one or two typing errors are forgiven. Try fewer words, or another of name, phone, account, address, serial.",
            )
        };
        return view! { <div class="card"><Empty icon="search" title=title text=hint /></div> }.into_any();
    }
    let shown = usize::from(page - 1) * usize::from(PAGE_HITS) + found.hits.len();
    let to = |page: u16| format!("/search?q={}&page={page}", encode(&text));
    let previous = (page > 1).then(|| to(page - 1));
    let next = (shown < found.found as usize).then(|| to(page + 1));
    let count = match (found.found, found.bounded) {
        (1, _) => "1 match".to_owned(),
        (many, false) => format!("{many} matches"),
        (many, true) => format!("The best {many} matches; another word makes them fewer"),
    };
    let rows = found.hits.iter().filter_map(Choice::of).map(|choice| {
        view! {
            <li>
                <a class="rowlink" href=choice.href data-tone=choice.tone.map(Tone::as_str)>
                    <Icon name=choice.icon />
                    <span class="rowlink__main">
                        <b><bdi>{marked(choice.title)}</bdi></b>
                        <small><bdi>{marked(choice.subtitle)}</bdi></small>
                    </span>
                    <span class="rowlink__end">
                        <span>
                            {choice.matched}
                            {(!choice.value.is_empty()).then(|| view! { " " <bdi>{marked(choice.value)}</bdi> })}
                        </span>
                        <span class="rowlink__state">{choice.state}</span>
                    </span>
                </a>
            </li>
        }
    });
    view! {
        <div class="card">
            <ul class="rowlist">{rows.collect_view()}</ul>
            <Pager previous next>
                <span role="status">{count}</span>
            </Pager>
        </div>
    }
    .into_any()
}
