//! Recordings of what has no page of its own: a device that does not get in, by its serial number or its address.

use crate::PortalError;
use crate::components::{Deed, Empty, ErrorView, Field, Icon, Skeleton};
use crate::pages::device::protocol::{MINUTES, TraceCard, load_traces, start_trace};
use crate::session::{encode, may};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::Permission;
use model::protocol::{TraceKey, TraceView};

/// `/traces`, and `/traces?of=serial-AB12` for one recording.
#[component]
pub fn TracesPage() -> impl IntoView {
    let query = use_query_map();
    let key = Memo::new(move |_| query.with(|query| query.get("of").and_then(|slug| TraceKey::parse(&slug))));
    view! {
        <Title text="Protocol traces" />
        <main class="main" id="main">
            <header class="pagehead">
                <h1>"Protocol traces"</h1>
            </header>
            {if may(Permission::DeviceManage) {
                view! {
                    <div class="stack">
                        <Watch />
                        <One key />
                        <All key />
                    </div>
                }
                    .into_any()
            } else {
                view! { <section class="card"><ErrorView error=PortalError::Denied /></section> }.into_any()
            }}
        </main>
    }
}

/// The recording of the address.
#[component]
fn One(key: Memo<Option<TraceKey>>) -> impl IntoView {
    move || {
        key.get().map(|key| {
            let title = words(&key);
            let key = Memo::new(move |_| key.clone());
            view! {
                <h2><bdi>{title}</bdi></h2>
                <TraceCard key />
            }
        })
    }
}

/// What is recorded, in words.
fn words(key: &TraceKey) -> String {
    match key {
        TraceKey::Device(id) => format!("Device {id}"),
        TraceKey::Serial(serial) => format!("Serial number {serial}"),
        TraceKey::Address(address) => format!("Address {address}"),
    }
}

fn href(key: &TraceKey) -> String {
    match key {
        TraceKey::Device(id) => format!("/devices/{id}/protocol"),
        key => format!("/traces?of={}", encode(&key.slug())),
    }
}

/// A serial number, or an address if it reads like one.
fn parse(text: &str) -> Option<TraceKey> {
    let text = text.trim();
    match text.parse() {
        Ok(address) => Some(TraceKey::Address(address)),
        Err(_) => TraceKey::parse(&format!("serial-{text}")),
    }
}

/// Starts a recording of a device that is not listed.
#[component]
fn Watch() -> impl IntoView {
    let navigate = use_navigate();
    let typed = RwSignal::new(String::new());
    let deed = Deed::default();
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(key) = parse(&typed.get_untracked()) else {
            deed.refuse("A serial number of at most 128 characters, or an address.");
            return;
        };
        let navigate = navigate.clone();
        deed.run(start_trace(key.clone(), MINUTES[1]), move |_| navigate(&href(&key), NavigateOptions::default()));
    };
    view! {
        <section class="card" aria-labelledby="watch-h">
            <div class="card__head card__head--line">
                <h2 id="watch-h">"Watch for a router"</h2>
                <span class="card__meta">"That is not listed, because it does not get in"</span>
            </div>
            <form class="card__body card__body--top stack stack--sm" on:submit=go>
                <Field
                    id="watch-for"
                    label="Serial number, or the address that it comes from"
                    error=deed.refused()
                >
                    <input
                        class="input mono"
                        id="watch-for"
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby="watch-for-err"
                        prop:value=move || typed.get()
                        on:input:target=move |event| typed.set(event.target().value())
                    />
                </Field>
                <div class="btn-row">
                    <button class="btn btn--primary" type="submit" aria-disabled=move || deed.busy.get().then_some("true")>
                        <Icon name="pulse" />
                        {format!("Record for {} minutes", MINUTES[1])}
                    </button>
                </div>
            </form>
        </section>
    }
}

/// What was recorded since Lastmile started.
#[component]
fn All(key: Memo<Option<TraceKey>>) -> impl IntoView {
    let all: Resource<Result<Vec<TraceView>, PortalError>> =
        Resource::new_blocking(move || key.get(), |_| load_traces());
    let list = move || {
        match all.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <ErrorView error /> }.into_any(),
        Some(Ok(all)) if all.is_empty() => view! {
            <Empty
                icon="pulse"
                title="No recordings"
                text="They are kept in memory, until Lastmile stops. Those of a listed router are started on its page, under Protocol."
            />
        }
        .into_any(),
        Some(Ok(all)) => {
            let rows = all.into_iter().map(|trace| {
                view! {
                    <li>
                        <a class="rowlink" href=href(&trace.key)>
                            <Icon name="pulse" />
                            <span class="rowlink__main">
                                <b><bdi>{words(&trace.key)}</bdi></b>
                                <small>"Started by " <bdi>{trace.by}</bdi></small>
                            </span>
                        </a>
                    </li>
                }
            });
            view! { <ul class="rowlist">{rows.collect_view()}</ul> }.into_any()
        }
    }
    };
    view! {
        <section class="card" aria-labelledby="all-h">
            <div class="card__head card__head--line">
                <h2 id="all-h">"Recordings"</h2>
            </div>
            <Transition fallback=|| view! { <Skeleton lines=3 /> }>{list}</Transition>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_like_an_address_is_one() {
        assert_eq!(parse(" 192.0.2.7 "), Some(TraceKey::Address("192.0.2.7".parse().unwrap())));
        assert_eq!(parse("2001:db8::1"), Some(TraceKey::Address("2001:db8::1".parse().unwrap())));
        assert_eq!(parse("A/B 1"), Some(TraceKey::Serial("A/B 1".into())));
        assert_eq!(parse("  "), None);
        assert_eq!(href(&TraceKey::Serial("A/B 1".into())), "/traces?of=serial-A/B%201");
    }
}
