//! The recording of one device, serial number or address: start, stop, what came, download.

use super::super::state::DeviceState;
use super::api::{discard_trace, load_trace, start_trace, stop_trace};
use super::exchange::Exchange;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Button, ErrorView, Icon, Pill, Refusal, Skeleton, Tone};
use crate::debounce::Debounce;
use crate::live::{LiveScope, use_live};
use crate::session::encode;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::live::LiveMessage;
use model::protocol::{TraceKey, TraceLine, TraceView};
use model::time::age;

/// Choices of how long to record, in minutes.
pub const MINUTES: [u16; 4] = [5, 15, 30, 60];

type Loaded = Resource<Result<Option<TraceView>, PortalError>>;

/// What the parts of the card share.
#[derive(Clone, Copy)]
struct Card {
    key: Memo<TraceKey>,
    view: Memo<Option<TraceView>>,
    loaded: Loaded,
    busy: RwSignal<bool>,
    refused: RwSignal<Option<PortalError>>,
}

impl Card {
    fn running(self) -> Memo<bool> {
        let clock = use_clock();
        Memo::new(move |_| self.view.with(|view| view.as_ref().is_some_and(|view| view.is_running(clock.now()))))
    }

    /// Does something on the server, then shows what came of it.
    fn act<F: Future<Output = Result<(), PortalError>> + 'static>(self, work: F) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let done = work.await;
            self.busy.try_set(false);
            self.refused.try_set(done.err());
            self.loaded.refetch();
        });
    }
}

#[component]
pub fn TraceCard(key: Memo<TraceKey>) -> impl IntoView {
    let loaded: Loaded = Resource::new_blocking(move || key.get(), load_trace);
    let reload = Debounce::new(300, move || loaded.refetch());
    let on_message = move |message: LiveMessage| match message {
        LiveMessage::Trace { key: of } if Some(&of) == key.try_get_untracked().as_ref() => reload.call(),
        LiveMessage::Missed => reload.call(),
        _ => {}
    };
    match use_context::<DeviceState>() {
        Some(state) => state.on_message(on_message),
        None => use_live(|| Some(LiveScope::Fleet), on_message),
    }
    view! {
        <section class="card" aria-labelledby="trace-h">
            <div class="card__head card__head--line">
                <h2 id="trace-h">"Protocol trace"</h2>
                <span class="card__meta">"What goes over the line; passwords are masked"</span>
            </div>
            <Transition fallback=|| view! { <Skeleton lines=6 /> }>
                <Inside key loaded />
            </Transition>
        </section>
    }
}

#[component]
fn Inside(key: Memo<TraceKey>, loaded: Loaded) -> impl IntoView {
    let failed = Memo::new(move |_| loaded.get().and_then(Result::err));
    let view = Memo::new(move |before: Option<&Option<TraceView>>| match loaded.get() {
        Some(Ok(view)) => view,
        _ => before.cloned().flatten(),
    });
    let card = Card { key, view, loaded, busy: RwSignal::new(false), refused: RwSignal::new(None) };
    let lost = Memo::new(move |_| failed.get().filter(|_| view.with(Option::is_none)));
    move || match lost.get() {
        Some(error) => view! { <ErrorView error /> }.into_any(),
        None => view! {
            <div class="card__body card__body--top stack stack--sm">
                <Refused card />
                <Controls card />
                <Sessions card />
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Refused(card: Card) -> impl IntoView {
    view! { <Refusal refused=card.refused /> }
}

#[component]
fn Controls(card: Card) -> impl IntoView {
    let clock = use_clock();
    let running = card.running();
    let minutes = RwSignal::new(MINUTES[1].to_string());
    let left = move || {
        let until = card.view.with(|view| view.as_ref().map(|view| view.until)).unwrap_or_default();
        format!("Recording, {} left", age(until.since(clock.now()).max(0)))
    };
    let start = Callback::new(move |_| {
        let (key, minutes) = (card.key.get_untracked(), minutes.get_untracked().parse().unwrap_or(MINUTES[1]));
        card.act(async move { start_trace(key, minutes).await.map(drop) });
    });
    let stop = Callback::new(move |_| {
        let key = card.key.get_untracked();
        card.act(async move { stop_trace(key).await });
    });
    let discard = Callback::new(move |_| {
        let key = card.key.get_untracked();
        card.act(async move { discard_trace(key).await });
    });
    let has = Memo::new(move |_| card.view.with(|view| view.as_ref().is_some_and(|view| !view.sessions.is_empty())));
    let href = move || format!("/traces/{}.txt", encode(&card.key.get().slug()).replace('/', "%2F"));
    let options = || {
        MINUTES.map(|minutes| {
        view! { <option value=minutes.to_string() selected=minutes == MINUTES[1]>{format!("{minutes} minutes")}</option> }
    })
    };
    view! {
        <div class="tracebar" role="group" aria-label="Recording">
            <Show
                when=move || running.get()
                fallback=move || {
                    view! {
                        <label class="sr-only" for="trace-minutes">"How long"</label>
                        <select
                            class="select select--short"
                            id="trace-minutes"
                            prop:value=move || minutes.get()
                            on:change:target=move |event| minutes.set(event.target().value())
                        >
                            {options()}
                        </select>
                        <Button class="btn--primary" icon="pulse" busy=card.busy on_click=start>"Start recording"</Button>
                    }
                }
            >
                <Pill tone=Tone::Info label=Signal::derive(left) icon=Signal::derive(|| "pulse") />
                <Button icon="x" busy=card.busy on_click=stop>"Stop"</Button>
            </Show>
            <Show when=move || has.get()>
                <a class="btn" href=href download="" rel="external">
                    <Icon name="download" />
                    "Download"
                </a>
                <Button class="btn--ghost" icon="trash" busy=card.busy on_click=discard>"Discard"</Button>
            </Show>
        </div>
    }
}

/// What came, newest session first.
#[component]
fn Sessions(card: Card) -> impl IntoView {
    let running = card.running();
    // Numbers begin anew when a recording was discarded: the moment tells them apart.
    let sessions = Memo::new(move |_| {
        card.view.with(|view| {
            let all = view.iter().flat_map(|view| &view.sessions);
            all.map(|session| (session.number, session.exchanges.first().map_or(0, |line| line.at.0)))
                .collect::<Vec<_>>()
        })
    });
    let dropped = Memo::new(move |_| card.view.with(|view| view.as_ref().map_or(0, |view| view.dropped)));
    let words = move || {
        if running.get() {
            "Nothing has come yet. The router shows up here at its next check-in; Refresh calls it now."
        } else {
            "Nothing is recorded. Start a recording, then let the router check in."
        }
    };
    view! {
        <Show when=move || sessions.with(Vec::is_empty)>
            <p class="muted">{words}</p>
        </Show>
        <Show when=move || { dropped.get() > 0 }>
            <p class="muted">{move || format!("{} older or further exchanges were not kept.", dropped.get())}</p>
        </Show>
        <For each=move || sessions.get() key=|session| *session let:session>
            <Session card number=session.0 />
        </For>
    }
}

#[component]
fn Session(card: Card, number: u32) -> impl IntoView {
    let clock = use_clock();
    let lines = Memo::new(move |before: Option<&Vec<TraceLine>>| {
        let found = card.view.with(|view| {
            let session = view.iter().flat_map(|view| &view.sessions).find(|session| session.number == number);
            session.map(|session| session.exchanges.clone())
        });
        found.or_else(|| before.cloned()).unwrap_or_default()
    });
    let began = move || {
        let at = lines.with(|lines| lines.first().map(|line| line.at)).unwrap_or_default();
        format!("{}, {}", clock.day(at), clock.time_of_day(at))
    };
    view! {
        <section class="wire" aria-labelledby=format!("session-{number}")>
            <h3 id=format!("session-{number}")>"Session " {number} <small>{began}</small></h3>
            <For each=move || lines.get() key=|line| line.number let:line>
                <Exchange key=card.key line />
            </For>
        </section>
    }
}
