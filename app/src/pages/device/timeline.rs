//! What happened to the device, day by day.

use super::api::load_timeline;
use super::events::{EventGroup, EventWords, event_words};
use super::state::DeviceState;
use crate::PortalError;
use crate::clock::{iso, use_clock};
use crate::components::{Empty, ErrorView, Icon, LinkButton, Pager, Skeleton};
use crate::pages::devices::url::Url;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::event::EventView;
use model::live::LiveMessage;
use model::page::{Cursor, Page};
use model::{DeviceId, EventId};

type Events = Resource<Result<Page<EventView>, PortalError>>;

/// What the page of the timeline is, from the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Query {
    group: EventGroup,
    cursor: Option<Cursor>,
}

impl Query {
    fn href(&self, device: &str) -> String {
        let mut url = Url::new(&format!("{device}/timeline"));
        url.text("kind", self.group.as_str());
        url.text("at", self.cursor.as_ref().map_or("", |cursor| &cursor.0));
        url.finish()
    }
}

/// `/devices/:id/timeline`
#[component]
pub fn TimelineTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let params = use_query_map();
    let query = Memo::new(move |_| {
        params.with(|params| Query {
            group: EventGroup::parse(&params.get("kind").unwrap_or_default()),
            cursor: params.get("at").filter(|at| !at.is_empty()).map(Cursor),
        })
    });
    let events: Events = Resource::new_blocking(
        move || (state.id.get(), query.get()),
        |(device, query): (DeviceId, Query)| load_timeline(device, query.group, query.cursor),
    );
    // What came since the page was loaded, newest first. It waits, so that nothing moves under the reader's eyes.
    let fresh = RwSignal::new(Vec::<EventView>::new());
    Effect::new(move |_| {
        query.track();
        state.id.track();
        fresh.set(Vec::new());
    });
    state.on_message(move |message| match message {
        LiveMessage::Event { event } if query.with_untracked(|query| query.group.holds(&event.kind)) => {
            fresh.update(|fresh| {
                if fresh.iter().all(|other| other.id != event.id) {
                    fresh.insert(0, *event);
                }
            });
        }
        LiveMessage::Missed => events.refetch(),
        _ => {}
    });
    view! {
        <section class="card" aria-labelledby="time-h">
            <div class="card__head card__head--line">
                <h2 id="time-h">"Timeline"</h2>
                <span class="card__end"><Fresh query events fresh /></span>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <Groups query />
                <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                    <Days query events />
                </Transition>
            </div>
        </section>
    }
}

#[component]
fn Groups(query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let link = move |group: EventGroup| {
        let href = move || Query { group, cursor: None }.href(&state.href());
        let current = move || query.with(|query| query.group == group).then_some("true");
        view! { <a href=href aria-current=current data-noscroll="">{group.label()}</a> }
    };
    view! {
        <nav class="views views--sm" aria-label="Kinds of entries">
            {EventGroup::ALL.map(link).collect_view()}
        </nav>
    }
}

/// New entries are counted and wait to be asked for.
#[component]
fn Fresh(query: Memo<Query>, events: Events, fresh: RwSignal<Vec<EventView>>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let count = Memo::new(move |_| fresh.with(Vec::len));
    let words = move || match count.get() {
        1 => "1 new entry.".to_owned(),
        many => format!("{many} new entries."),
    };
    let show = move |_| {
        let new = fresh.try_update(std::mem::take).unwrap_or_default();
        if query.with_untracked(|query| query.cursor.is_none()) {
            events.update(|events| {
                if let Some(Ok(page)) = events {
                    let known = |event: &EventView| page.items.iter().any(|old| old.id == event.id);
                    let mut new: Vec<_> = new.into_iter().filter(|event| !known(event)).collect();
                    new.append(&mut page.items);
                    page.items = new;
                }
            });
        }
    };
    let first = move || Query { group: query.with(|query| query.group), cursor: None }.href(&state.href());
    view! {
        <span role="status">
            <Show when=move || { count.get() > 0 }>
                <span class="toolbar__note">{words} " "</span>
                <a class="linkbtn" href=first data-noscroll="" on:click=show>
                    {move || if count.get() == 1 { "Show it" } else { "Show them" }}
                </a>
            </Show>
        </span>
    }
}

#[component]
fn Days(query: Memo<Query>, events: Events) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let failed = Memo::new(move |_| events.get().map(Result::err));
    let items = Memo::new(move |_| events.get().and_then(Result::ok).map(|page| page.items).unwrap_or_default());
    let days = Memo::new(move |_| items.with(|items| by_day(items, |event| clock.day(event.at))));
    let older = move || {
        let cursor = events.get()?.ok()?.next?;
        Some(Query { cursor: Some(cursor), ..query.get() }.href(&state.href()))
    };
    let newer = move || {
        let cursor = events.get()?.ok()?.previous?;
        Some(Query { cursor: Some(cursor), ..query.get() }.href(&state.href()))
    };
    let everything = move || Query::default().href(&state.href());
    view! {
        {move || failed.get().flatten().map(|error| view! { <ErrorView error /> })}
        <Show when=move || failed.get() == Some(None) && items.with(Vec::is_empty)>
            <Empty icon="history" title="Nothing here" text="No entry of this kind on this page.">
                <LinkButton href=Signal::derive(everything) class="btn--sm">"Show everything"</LinkButton>
            </Empty>
        </Show>
        <For each=move || days.get() key=|(day, ids)| (day.clone(), ids.clone()) let:day>
            <h3 class="timeline__day">{day.0}</h3>
            <ol class="timeline">
                {day
                    .1
                    .into_iter()
                    .filter_map(|id| items.with_untracked(|items| items.iter().find(|event| event.id == id).cloned()))
                    .map(|event| view! { <Entry event /> })
                    .collect_view()}
            </ol>
        </For>
        <Pager
            previous=Signal::derive(newer)
            next=Signal::derive(older)
            previous_label="Newer"
            next_label="Older"
        />
    }
}

/// Neighbours of the same day together, in their order.
fn by_day(items: &[EventView], day: impl Fn(&EventView) -> String) -> Vec<(String, Vec<EventId>)> {
    let mut days: Vec<(String, Vec<EventId>)> = Vec::new();
    for event in items {
        let name = day(event);
        match days.last_mut() {
            Some((last, ids)) if *last == name => ids.push(event.id),
            _ => days.push((name, vec![event.id])),
        }
    }
    days
}

#[component]
fn Entry(event: EventView) -> impl IntoView {
    let clock = use_clock();
    let EventWords { icon, tone, title, text, changes, code } = event_words(&event);
    let at = event.at;
    let changes = changes.into_iter().map(|change| {
        view! {
            <p>
                <bdi class="mono" title=change.path.clone()>{super::parameters::tail(&change.path).to_owned()}</bdi>
                " "
                <span class="diff">
                    <del><bdi>{change.before}</bdi></del>
                    <Icon name="arrow-right" />
                    <ins><bdi>{change.after}</bdi></ins>
                </span>
            </p>
        }
    });
    view! {
        <li data-tone=(!tone.is_empty()).then_some(tone)>
            <time datetime=iso(at) title=move || clock.exact(at)>{move || clock.time_of_day(at)}</time>
            <Icon name=icon />
            <div>
                <b><bdi>{title}</bdi></b>
                {changes.collect_view()}
                {(!text.is_empty() || event.by.is_some() || code.is_some())
                    .then(|| {
                        view! {
                            <p>
                                <bdi>{text}</bdi>
                                {code.map(|code| format!(" (code {code})"))}
                                {event.by.map(|by| view! { " By " <bdi>{by}</bdi> "." })}
                            </p>
                        }
                    })}
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::event::EventKind;

    #[test]
    fn entries_are_grouped_by_neighbouring_days() {
        let event = |id, at| EventView {
            id: EventId(id),
            device: DeviceId(1),
            at: Timestamp(at),
            kind: EventKind::Boot,
            by: None,
        };
        let days =
            by_day(&[event(4, 30), event(3, 21), event(2, 20), event(1, 10)], |event| (event.at.0 / 10).to_string());
        let ids: Vec<Vec<i64>> = days.iter().map(|(_, ids)| ids.iter().map(|id| id.0).collect()).collect();
        assert_eq!(ids, [vec![4], vec![3, 2], vec![1]]);
    }

    #[test]
    fn the_url_tells_kind_and_page() {
        assert_eq!(Query::default().href("/devices/5"), "/devices/5/timeline");
        let query = Query { group: EventGroup::Tasks, cursor: Some(Cursor("a=".into())) };
        assert_eq!(query.href("/devices/5"), "/devices/5/timeline?kind=tasks&at=a%3D");
    }
}
