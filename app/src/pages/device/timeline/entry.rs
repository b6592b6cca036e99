//! One entry of the stream.

use super::super::events::{ChangeWords, EventWords, event_words};
use super::super::parameters::tail;
use crate::clock::{iso, use_clock};
use crate::components::Icon;
use leptos::prelude::*;
use model::Timestamp;
use model::event::{EventKind, EventView};
use model::note::NoteView;
use model::timeline::Entry;

/// Where the subscriber of the page's device is: the name of a time zone, empty if it is not known. A context.
#[derive(Clone, Copy)]
pub struct SubscriberZone(pub Memo<String>);

#[component]
pub fn EntryItem(entry: Entry) -> impl IntoView {
    match entry {
        Entry::Event { event } => view! { <Event event /> }.into_any(),
        Entry::Note { note } => view! { <Note note /> }.into_any(),
    }
}

#[component]
fn Time(at: Timestamp) -> impl IntoView {
    let clock = use_clock();
    let zone = use_context::<SubscriberZone>();
    let zone = Memo::new(move |_| zone.map(|zone| zone.0.get()).unwrap_or_default());
    let differs = Memo::new(move |_| zone.with(|zone| clock.differs(zone, at)));
    view! {
        <time datetime=iso(at) title=move || clock.exact(at)>
            {move || clock.time_of_day(at)}
            <small class="timeline__there" hidden=move || !differs.get()>
                {move || zone.with(|zone| clock.time_there(zone, at))} " there"
            </small>
        </time>
    }
}

/// Before and after.
#[component]
pub fn Diff(before: String, after: String) -> impl IntoView {
    view! {
        <span class="diff">
            <del><bdi>{before}</bdi></del>
            <Icon name="arrow-right" />
            <ins><bdi>{after}</bdi></ins>
        </span>
    }
}

#[component]
fn Event(event: EventView) -> impl IntoView {
    let EventWords { icon, tone, title, text, changes, code } = event_words(&event);
    let changes = changes.into_iter().map(|ChangeWords { path, before, after }| {
        view! {
            <p>
                <bdi class="mono" title=path.clone()>{tail(&path).to_owned()}</bdi>
                " "
                <Diff before after />
            </p>
        }
    });
    let link = match &event.kind {
        EventKind::Escalated { snapshot, .. } | EventKind::EscalationClosed { snapshot, .. } => {
            Some((format!("/snapshots/{snapshot}"), "What was known then"))
        }
        _ => None,
    };
    view! {
        <li data-tone=(!tone.is_empty()).then_some(tone)>
            <Time at=event.at />
            <Icon name=icon />
            <div>
                <b><bdi>{title}</bdi></b>
                {changes.collect_view()}
                {(!text.is_empty() || event.by.is_some() || code.is_some())
                    .then(|| {
                        view! {
                            <p class="timeline__text">
                                <bdi>{text}</bdi>
                                {code.map(|code| format!(" (code {code})"))}
                                {event.by.map(|by| view! { " By " <bdi>{by}</bdi> "." })}
                            </p>
                        }
                    })}
                {link.map(|(href, words)| view! { <p><a href=href>{words}</a></p> })}
            </div>
        </li>
    }
}

#[component]
fn Note(note: NoteView) -> impl IntoView {
    view! {
        <li data-tone="info">
            <Time at=note.at />
            <Icon name="edit" />
            <div>
                <b>"Note"</b>
                <p class="timeline__text"><bdi>{note.text}</bdi></p>
                <p>
                    "By " <bdi>{note.by}</bdi> "."
                    {note.edited_at.is_some().then_some(" Changed since.")}
                </p>
            </div>
        </li>
    }
}
