//! The one search for people and devices.

use crate::PortalError;
use crate::components::{Empty, ErrorView, Icon, Skeleton};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::search::SearchHit;

/// People and devices that match `text`, best first.
#[server(prefix = "/fn", endpoint = "search")]
pub async fn search(text: String) -> Result<Vec<SearchHit>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.search(&actor, &text).await?)
}

/// Where a hit leads; a subscriber without a device has no page.
pub fn href(hit: &SearchHit) -> Option<String> {
    hit.device.map(|id| format!("/devices/{}", id.0))
}

#[component]
pub fn SearchPage() -> impl IntoView {
    let query = use_query_map();
    let text = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default().trim().to_owned()));
    let hits = Resource::new(
        move || text.get(),
        |text| async move { if text.is_empty() { Ok(Vec::new()) } else { search(text).await } },
    );
    view! {
        <Title text="Search" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>{move || text.with(|text| if text.is_empty() { "Search".to_owned() } else { format!("Matches for “{text}”") })}</h1>
            </div>
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=5 /></div> }>
                {move || Suspend::new(async move {
                    match hits.await {
                        Ok(hits) => view! { <Hits hits text=text.get_untracked() /> }.into_any(),
                        Err(error) => view! { <ErrorView error /> }.into_any(),
                    }
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Hits(hits: Vec<SearchHit>, text: String) -> impl IntoView {
    if hits.is_empty() {
        let (title, hint) = if text.is_empty() {
            (
                "Nothing to search for yet",
                "Type a name, a phone number, an account, an address, a serial or an IP address.",
            )
        } else {
            (
                "Nobody and nothing matches",
                "Any part works, but spelling counts. Try fewer letters, or another of name, phone, account, address, serial.",
            )
        };
        return view! { <div class="card"><Empty icon="search" title=title text=hint /></div> }.into_any();
    }
    let rows = hits
        .into_iter()
        .map(|hit| {
            let icon = if hit.device.is_some() { "router" } else { "user" };
            let end = if hit.device.is_some() { String::new() } else { "No device".to_owned() };
            let href = href(&hit);
            let inside = view! {
                <Icon name=icon />
                <span class="rowlink__main"><b><bdi>{hit.title}</bdi></b><small><bdi>{hit.subtitle}</bdi></small></span>
                <span class="rowlink__end"><span class="rowlink__state">{hit.matched}</span>{end}</span>
            };
            view! {
                <li>
                    {match href {
                        Some(href) => view! { <a class="rowlink" href=href>{inside}</a> }.into_any(),
                        None => view! { <div class="rowlink">{inside}</div> }.into_any(),
                    }}
                </li>
            }
        })
        .collect_view();
    view! { <div class="card"><ul class="rowlist">{rows}</ul></div> }.into_any()
}
