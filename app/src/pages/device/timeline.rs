//! What happened to the device, what was done with it and what was written down about it, day by day; and what is
//! different from some time ago.

mod api;
mod entry;
mod escalation;
mod filters;
mod note;
mod since;
mod text_dialog;

pub use api::{
    AddNote, CloseEscalation, Escalate, LoadDifferences, LoadPeople, LoadSnapshot, LoadTimeline, close_escalation,
    load_snapshot,
};
pub use entry::EntryItem;
use entry::SubscriberZone;
pub use since::Since;

use super::state::DeviceState;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Empty, ErrorView, LinkButton, Pager, Skeleton};
use crate::pages::devices::url::Url;
use api::load_timeline;
use filters::{Groups, People, SinceLinks};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::live::LiveMessage;
use model::page::{Cursor, Page};
use model::timeline::{Entry, Group, TimelineFilter};

type Entries = Resource<Result<Page<Entry>, PortalError>>;

/// What the page of the timeline is, from the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub filter: TimelineFilter,
    pub cursor: Option<Cursor>,
    /// Days: what is different from then, instead of the stream.
    pub since: Option<u16>,
}

impl Query {
    fn from_params(params: &ParamsMap) -> Self {
        let text = |name| params.get(name).map(|value| value.chars().take(200).collect::<String>());
        Self {
            filter: TimelineFilter {
                group: Group::parse(&text("kind").unwrap_or_default()),
                by: text("by").unwrap_or_default(),
            },
            cursor: text("at").filter(|at| !at.is_empty()).map(Cursor),
            since: text("since").and_then(|days| days.parse().ok()).filter(|days| (1..=366).contains(days)),
        }
    }

    pub fn href(&self, device: &str) -> String {
        let mut url = Url::new(&format!("{device}/timeline"));
        url.text("kind", self.filter.group.as_str());
        url.text("by", &self.filter.by);
        url.text("since", &self.since.map(|days| days.to_string()).unwrap_or_default());
        url.text("at", self.cursor.as_ref().map_or("", |cursor| &cursor.0));
        url.finish()
    }
}

/// `/devices/:id/timeline`
#[component]
pub fn TimelineTab() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(Query::from_params));
    let since = Memo::new(move |_| query.with(|query| query.since));
    view! {
        <section class="card" aria-labelledby="time-h">
            <div class="card__head card__head--line">
                <h2 id="time-h">"Timeline"</h2>
                <span class="card__end btn-row">
                    <note::NoteButton />
                    <escalation::EscalateButton />
                </span>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <SinceLinks query />
                {move || match since.get() {
                    Some(days) => view! { <since::Since days /> }.into_any(),
                    None => view! { <Stream query /> }.into_any(),
                }}
            </div>
        </section>
    }
}

/// The entries, by pages.
#[component]
fn Stream(query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let entries: Entries = Resource::new_blocking(
        move || (state.id.get(), query.get()),
        |(device, query)| load_timeline(device, query.filter, query.cursor),
    );
    // What came since the page was loaded, newest first. It waits, so that nothing moves under the reader's eyes.
    let fresh = RwSignal::new(Vec::<Entry>::new());
    Effect::new(move |_| {
        query.track();
        state.id.track();
        fresh.set(Vec::new());
    });
    state.on_message(move |message| {
        let entry = match message {
            LiveMessage::Event { event } => Entry::Event { event: *event },
            LiveMessage::Note { note } => Entry::Note { note: *note },
            LiveMessage::Missed => {
                entries.refetch();
                return;
            }
            _ => return,
        };
        if query.with_untracked(|query| query.filter.holds(&entry)) {
            fresh.update(|fresh| {
                if fresh.iter().all(|other| other.key() != entry.key()) {
                    fresh.insert(0, entry);
                }
            });
        }
    });
    view! {
        <Groups query />
        <People query />
        <Fresh query entries fresh />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            <Days query entries />
        </Transition>
    }
}

/// New entries are counted and wait to be asked for.
#[component]
fn Fresh(query: Memo<Query>, entries: Entries, fresh: RwSignal<Vec<Entry>>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let count = Memo::new(move |_| fresh.with(Vec::len));
    let words = move || match count.get() {
        1 => "1 new entry.".to_owned(),
        many => format!("{many} new entries."),
    };
    let show = move |_| {
        let new = fresh.try_update(std::mem::take).unwrap_or_default();
        if query.with_untracked(|query| query.cursor.is_none()) {
            entries.update(|entries| {
                if let Some(Ok(page)) = entries {
                    // A note that was changed takes the place of what it was.
                    page.items.retain(|old| new.iter().all(|entry| entry.key() != old.key()));
                    page.items.splice(0..0, new);
                    page.items.sort_by_key(|entry| std::cmp::Reverse(entry.at()));
                }
            });
        }
    };
    let first = move || Query { cursor: None, ..query.get() }.href(&state.href());
    view! {
        <p role="status" class="timeline__fresh" hidden=move || count.get() == 0>
            <Show when=move || { count.get() > 0 }>
                <span class="toolbar__note">{words} " "</span>
                <a class="linkbtn" href=first data-noscroll="" on:click=show>
                    {move || if count.get() == 1 { "Show it" } else { "Show them" }}
                </a>
            </Show>
        </p>
    }
}

#[component]
fn Days(query: Memo<Query>, entries: Entries) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let zone = state.part(|view| view.row.subscriber.as_ref().map(|one| one.time_zone.clone()).unwrap_or_default());
    provide_context(SubscriberZone(Memo::new(move |_| zone.get().unwrap_or_default())));
    let failed = Memo::new(move |_| entries.get().map(Result::err));
    let items = Memo::new(move |_| entries.get().and_then(Result::ok).map(|page| page.items).unwrap_or_default());
    let days = Memo::new(move |_| items.with(|items| by_day(items, |entry| clock.day(entry.at()))));
    let page = move |cursor: fn(Page<Entry>) -> Option<Cursor>| {
        let cursor = cursor(entries.get()?.ok()?)?;
        Some(Query { cursor: Some(cursor), ..query.get() }.href(&state.href()))
    };
    let everything = move || Query::default().href(&state.href());
    view! {
        {move || failed.get().flatten().map(|error| view! { <ErrorView error /> })}
        <Show when=move || failed.get() == Some(None) && items.with(Vec::is_empty)>
            <Empty icon="history" title="Nothing here" text="No entry of this kind.">
                <LinkButton href=Signal::derive(everything) class="btn--sm">"Show everything"</LinkButton>
            </Empty>
        </Show>
        <For each=move || days.get() key=|(day, entries)| (day.clone(), entries.iter().map(state_of).collect::<Vec<_>>()) let:day>
            <h3 class="timeline__day">{day.0}</h3>
            <ol class="timeline">
                {day.1.into_iter().map(|entry| view! { <EntryItem entry /> }).collect_view()}
            </ol>
        </For>
        <Pager
            previous=Signal::derive(move || page(|page| page.previous))
            next=Signal::derive(move || page(|page| page.next))
            previous_label="Newer"
            next_label="Older"
        />
    }
}

/// What tells an entry, as it is now, from all others: a note may be changed.
fn state_of(entry: &Entry) -> ((bool, i64), Option<i64>) {
    let edited = match entry {
        Entry::Note { note } => note.edited_at.map(|at| at.0),
        Entry::Event { .. } => None,
    };
    (entry.key(), edited)
}

/// Neighbours of the same day together, in their order.
fn by_day(items: &[Entry], day: impl Fn(&Entry) -> String) -> Vec<(String, Vec<Entry>)> {
    let mut days: Vec<(String, Vec<Entry>)> = Vec::new();
    for entry in items {
        let name = day(entry);
        match days.last_mut() {
            Some((last, entries)) if *last == name => entries.push(entry.clone()),
            _ => days.push((name, vec![entry.clone()])),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::event::{EventKind, EventView};
    use model::{DeviceId, EventId, Timestamp};

    #[test]
    fn entries_are_grouped_by_neighbouring_days() {
        let entry = |id, at| Entry::Event {
            event: EventView {
                id: EventId(id),
                device: DeviceId(1),
                at: Timestamp(at),
                kind: EventKind::Boot,
                by: None,
            },
        };
        let days =
            by_day(&[entry(4, 30), entry(3, 21), entry(2, 20), entry(1, 10)], |entry| (entry.at().0 / 10).to_string());
        let ids: Vec<Vec<i64>> = days.iter().map(|(_, list)| list.iter().map(|one| one.key().1).collect()).collect();
        assert_eq!(ids, [vec![4], vec![3, 2], vec![1]]);
    }

    #[test]
    fn the_url_tells_kind_person_and_page() {
        assert_eq!(Query::default().href("/devices/5"), "/devices/5/timeline");
        let query = Query {
            filter: TimelineFilter { group: Group::Tasks, by: "Ana D".into() },
            cursor: Some(Cursor("n5.7".into())),
            since: None,
        };
        assert_eq!(query.href("/devices/5"), "/devices/5/timeline?kind=tasks&by=Ana%20D&at=n5.7");
        let query = Query { since: Some(7), ..Query::default() };
        assert_eq!(query.href("/devices/5"), "/devices/5/timeline?since=7");
    }
}
