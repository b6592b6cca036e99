//! Choosing a router for a subscriber, or a subscriber for a router: a search, and a question if it belongs to somebody.

use super::api::{LinkResult, choose, link_device};
use crate::components::{Banner, Button, Deed, Dialog, DialogHead, Icon, Refused, Said, Tone};
use leptos::prelude::*;
use model::search::SearchHit;
use model::subscriber::SubscriberView;
use model::{DeviceId, SubscriberId};
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(200);

/// Which side is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A router is chosen for this subscriber.
    Subscriber(SubscriberId),
    /// A subscriber is chosen for this router.
    Device(DeviceId),
}

/// What is to be linked, and whose it is now.
#[derive(Clone, Debug)]
struct Asked {
    device: DeviceId,
    to: SubscriberId,
    other: SubscriberView,
}

#[component]
pub fn ChooseDialog(open: RwSignal<bool>, #[prop(into)] side: Signal<Side>, done: Callback<()>) -> impl IntoView {
    view! {
        <Dialog open id="choose">
            <Inside open side done />
        </Dialog>
    }
}

#[component]
fn Inside(open: RwSignal<bool>, side: Signal<Side>, done: Callback<()>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let wanted = RwSignal::new(String::new());
    let asked = RwSignal::new(None::<Asked>);
    let deed = Deed::default();
    let hits = LocalResource::new(move || {
        let text = wanted.get();
        async move { if text.is_empty() { Ok(Vec::new()) } else { choose(text).await } }
    });
    let typed = move |value: String| {
        text.set(value.clone());
        set_timeout(
            move || {
                if text.try_get_untracked().as_ref() == Some(&value) {
                    wanted.set(value.trim().to_owned());
                }
            },
            PAUSE,
        );
    };
    let link = move |device: DeviceId, to: SubscriberId, from: Option<SubscriberId>| {
        deed.run(link_device(device, to, from), move |result| match result {
            LinkResult::Done => {
                open.try_set(false);
                done.run(());
            }
            LinkResult::Elsewhere(other) => {
                asked.try_set(Some(Asked { device, to, other: *other }));
            }
        });
    };
    let title = match side.get_untracked() {
        Side::Subscriber(_) => "Link a router",
        Side::Device(_) => "Link a subscriber",
    };
    let choice = move |hit: SearchHit| {
        // Whose line, and which router: one of them is fixed.
        let pair = match side.get_untracked() {
            Side::Subscriber(to) => hit.device.map(|device| (device, to)),
            Side::Device(device) => hit.subscriber.map(|to| (device, to)),
        };
        pair.map(|(device, to)| {
            view! {
                <li>
                    <button class="rowlink rowlink--button" type="button" on:click=move |_| link(device, to, None)>
                        <Icon name=if hit.device.is_some() { "router" } else { "user" } />
                        <span class="rowlink__main">
                            <b><bdi>{hit.title}</bdi></b>
                            <small><bdi>{hit.subtitle}</bdi></small>
                        </span>
                        <span class="rowlink__end">{hit.matched}</span>
                    </button>
                </li>
            }
        })
    };
    let list = move || {
        let found = hits.get()?;
        Some(match found {
            Err(error) => view! { <Banner tone=Tone::Bad><p><Said error /></p></Banner> }.into_any(),
            Ok(_) if wanted.with(String::is_empty) => ().into_any(),
            Ok(found) => {
                let rows: Vec<_> = found.into_iter().filter_map(choice).collect();
                if rows.is_empty() {
                    view! { <p class="muted" role="status">"Nothing matches."</p> }.into_any()
                } else {
                    view! { <ul class="rowlist">{rows}</ul> }.into_any()
                }
            }
        })
    };
    let hint = match side.get_untracked() {
        Side::Subscriber(_) => "Serial number, MAC or IP address of the router",
        Side::Device(_) => "Name, account or phone of the subscriber",
    };
    view! {
        <DialogHead id="choose" title icon="router">"One router belongs to one subscriber at most."</DialogHead>
        <div class="dialog__body">
            <Refused deed />
            {move || {
                asked
                    .get()
                    .map(|Asked { device, to, other }| {
                        view! {
                            <Banner tone=Tone::Warn>
                                <p>
                                    "This router is at the line of " <b><bdi>{other.name}</bdi></b> ", account "
                                    <bdi class="mono">{other.account}</bdi> ". Moving it takes it from them."
                                </p>
                                <div class="btn-row">
                                    <Button class="btn--sm" on_click=Callback::new(move |_| link(device, to, Some(other.id)))>
                                        "Move it"
                                    </Button>
                                    <Button class="btn--sm btn--ghost" on_click=Callback::new(move |_| asked.set(None))>
                                        "Leave it"
                                    </Button>
                                </div>
                            </Banner>
                        }
                    })
            }}
            <div class="field">
                <label class="field__label" for="choose-text">{hint}</label>
                <input
                    class="input" id="choose-text" type="search" autocomplete="off" spellcheck="false" maxlength="200"
                    prop:value=move || text.get()
                    on:input:target=move |event| typed(event.target().value())
                />
            </div>
            {list}
        </div>
        <div class="dialog__foot">
            <button class="btn" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
        </div>
    }
}
