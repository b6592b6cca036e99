//! What happened to a subscriber.

use super::api::subscriber_events;
use crate::clock::{iso, use_clock};
use crate::components::{Button, ErrorView, Icon, Skeleton};
use leptos::prelude::*;
use model::SubscriberId;
use model::page::{Cursor, Page};
use model::subscriber::{SubscriberEventKind, SubscriberEventView};

#[component]
pub fn History(id: Memo<SubscriberId>, version: RwSignal<u32>) -> impl IntoView {
    let cursor = RwSignal::new(None::<Cursor>);
    let page = Resource::new_blocking(
        move || (id.get(), cursor.get(), version.get()),
        |(id, cursor, _)| subscriber_events(id, cursor),
    );
    view! {
        <section class="card" aria-labelledby="history-h">
            <div class="card__head card__head--line">
                <h2 id="history-h">"History"</h2>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <Transition fallback=|| view! { <Skeleton lines=4 /> }>
                    {move || {
                        page.get()
                            .map(|page| match page {
                                Err(error) => view! { <ErrorView error /> }.into_any(),
                                Ok(page) => view! { <Entries page cursor /> }.into_any(),
                            })
                    }}
                </Transition>
            </div>
        </section>
    }
}

#[component]
fn Entries(page: Page<SubscriberEventView>, cursor: RwSignal<Option<Cursor>>) -> impl IntoView {
    let turn = move |to: Option<Cursor>, label: &'static str| {
        to.map(|to| {
            view! {
                <Button class="btn--sm btn--ghost" on_click=Callback::new(move |_| cursor.set(Some(to.clone())))>
                    {label}
                </Button>
            }
        })
    };
    let empty = page.items.is_empty().then(|| view! { <p class="muted">"Nothing is recorded."</p> });
    view! {
        {empty}
        <ol class="timeline">{page.items.into_iter().map(|event| view! { <Entry event /> }).collect_view()}</ol>
        <div class="btn-row">{turn(page.previous, "Newer")} {turn(page.next, "Older")}</div>
    }
}

#[component]
fn Entry(event: SubscriberEventView) -> impl IntoView {
    let clock = use_clock();
    let at = event.at;
    let (icon, title) = words(&event.kind);
    let shown = |text: String| if text.is_empty() { "Empty".to_owned() } else { text };
    let changes = match event.kind {
        SubscriberEventKind::Changed { changes } => changes,
        _ => Vec::new(),
    };
    let by = event.by.unwrap_or_else(|| "a rule".to_owned());
    view! {
        <li>
            <time datetime=iso(at) title=move || clock.exact(at)>{move || clock.day(at)}</time>
            <Icon name=icon />
            <div>
                <b><bdi>{title}</bdi></b>
                {changes
                    .into_iter()
                    .map(|change| {
                        view! {
                            <p>
                                {change.field.label()} " "
                                <span class="diff">
                                    <del><bdi>{shown(change.before)}</bdi></del>
                                    <Icon name="arrow-right" />
                                    <ins><bdi>{shown(change.after)}</bdi></ins>
                                </span>
                            </p>
                        }
                    })
                    .collect_view()}
                <p>"By " <bdi>{by}</bdi> ", " {move || clock.time_of_day(at)}</p>
            </div>
        </li>
    }
}

fn words(kind: &SubscriberEventKind) -> (&'static str, String) {
    match kind {
        SubscriberEventKind::Created => ("user", "Created".to_owned()),
        SubscriberEventKind::Changed { changes } if changes.len() == 1 => {
            ("edit", format!("{} changed", changes[0].field.label()))
        }
        SubscriberEventKind::Changed { changes } => ("edit", format!("{} fields changed", changes.len())),
        SubscriberEventKind::DeviceLinked { serial, why, .. } => {
            ("router", format!("Router {serial} linked {}", why.said()))
        }
        SubscriberEventKind::DeviceUnlinked { serial, to: Some(to), .. } => {
            ("router", format!("Router {serial} moved to account {to}"))
        }
        SubscriberEventKind::DeviceUnlinked { serial, .. } => ("router", format!("Router {serial} unlinked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::DeviceId;
    use model::subscriber::{FieldChange, LinkWhy, SubscriberField};

    #[test]
    fn every_entry_says_what_happened() {
        let change = FieldChange { field: SubscriberField::Plan, before: String::new(), after: "x".into() };
        let (device, serial) = (DeviceId(1), "S1".to_owned());
        let said = [
            SubscriberEventKind::Created,
            SubscriberEventKind::Changed { changes: vec![change.clone()] },
            SubscriberEventKind::Changed { changes: vec![change.clone(), change] },
            SubscriberEventKind::DeviceLinked { device, serial: serial.clone(), why: LinkWhy::Serial },
            SubscriberEventKind::DeviceUnlinked { device, serial: serial.clone(), to: Some("A2".into()) },
            SubscriberEventKind::DeviceUnlinked { device, serial, to: None },
        ]
        .map(|kind| words(&kind).1);
        assert_eq!(
            said,
            [
                "Created",
                "Plan changed",
                "2 fields changed",
                "Router S1 linked by its serial number",
                "Router S1 moved to account A2",
                "Router S1 unlinked",
            ]
        );
    }
}
