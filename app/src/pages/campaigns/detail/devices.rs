//! Which devices are in the campaign, by what became of them; and the steps of one.

use super::super::api::{Listed, load_target};
use super::super::url::{Tab, Targets};
use super::super::words::target_look;
use super::Here;
use super::tables::name_of;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{
    Age, Button, Dialog, DialogFoot, DialogHead, Empty, ErrorView, Icon, Pager, Skeleton, Status, Tone, follows,
};
use crate::locale::grouped;
use crate::pages::list::FilterChip;
use leptos::prelude::*;
use model::DeviceId;
use model::campaign::{CampaignView, FailureClass, Tally, TargetState, TargetStep, TargetView};
use model::page::Cursor;
use model::time::duration;

/// Below the page's `Transition`.
#[component]
pub fn Devices() -> impl IntoView {
    let here = expect_context::<Here>();
    let listed = Memo::new(move |before: Option<&Option<Result<Listed, PortalError>>>| {
        // What was listed stays while other devices are on their way.
        here.listed.get().or_else(|| before.cloned().flatten())
    });
    let tab = Memo::new(move |_| {
        let named = here.targets.get().tab;
        let usual = || listed.with(|listed| Some(listed.as_ref()?.as_ref().ok()?.tab));
        named.or_else(usual).unwrap_or(Tab::Active)
    });
    let looked_at = RwSignal::new(None::<DeviceId>);
    let tally = here.part(CampaignView::tally);
    let tabs = Tab::ALL.map(|one| {
        let count = move || {
            let count = |tally: &Tally| one.states().into_iter().map(|state| tally.of(state)).sum::<u32>();
            grouped(u64::from(tally.with(|tally| tally.as_ref().map_or(0, count))))
        };
        let href = move || here.targets.with(|targets| targets.with_tab(one).href(here.id.get()));
        view! {
            <a href=href aria-current=move || (tab.get() == one).then_some("true")>
                {one.label()} " " <small>{count}</small>
            </a>
        }
    });
    view! {
        <section class="card" id="devices" aria-labelledby="devices-h">
            <div class="card__head card__head--views">
                <h2 id="devices-h">"Routers"</h2>
                <nav class="views views--sm" aria-label="States of routers">{tabs}</nav>
            </div>
            <Narrowed tab />
            <List listed looked_at />
            <Steps looked_at />
        </section>
    }
}

/// What else the list is narrowed to, to be taken off.
#[component]
fn Narrowed(tab: Memo<Tab>) -> impl IntoView {
    let here = expect_context::<Here>();
    let chips = move || {
        let targets = Targets { tab: Some(tab.get()), cursor: None, ..here.targets.get() };
        let id = here.id.get();
        let stage = targets.stage.map(|stage| {
            let href = Targets { stage: None, ..targets.clone() }.href(id);
            view! { <FilterChip what="Stage is" value=(stage + 1).to_string() href /> }
        });
        let class = targets.class.map(|class| {
            let href = Targets { class: None, ..targets.clone() }.href(id);
            view! { <FilterChip what="Reason is" value=class.label().to_owned() href /> }
        });
        let model = targets.model.clone().map(|model| {
            let href = Targets { model: None, ..targets.clone() }.href(id);
            view! { <FilterChip what="Model is" value=model href /> }
        });
        (stage, class, model)
    };
    let any = Memo::new(move |_| {
        here.targets.with(|targets| targets.stage.is_some() || targets.class.is_some() || targets.model.is_some())
    });
    view! {
        <Show when=move || any.get()>
            <div class="card__body">
                <div class="chips" role="group" aria-label="Filters">{chips}</div>
            </div>
        </Show>
    }
}

#[component]
fn List(listed: Memo<Option<Result<Listed, PortalError>>>, looked_at: RwSignal<Option<DeviceId>>) -> impl IntoView {
    let here = expect_context::<Here>();
    let page = Memo::new(move |_| listed.get().and_then(Result::ok).map(|listed| listed.page));
    let rows = Memo::new(move |_| page.get().map(|page| page.items).unwrap_or_default());
    let ids = move || rows.with(|rows| rows.iter().map(|row| row.device).collect::<Vec<_>>());
    let error = Memo::new(move |_| listed.get().and_then(Result::err));
    let none = Memo::new(move |_| rows.with(Vec::is_empty));
    let to = move |cursor: Option<Cursor>| {
        here.targets
            .with(|targets| Targets { cursor: cursor.map(|cursor| cursor.0), ..targets.clone() }.href(here.id.get()))
    };
    let next = Signal::derive(move || Some(to(Some(page.get()?.next?))));
    // Back to the first page: pages are walked one way.
    let previous = Signal::derive(move || here.targets.with(|targets| targets.cursor.is_some()).then(|| to(None)));
    view! {
        {move || match (error.get(), none.get()) {
            (Some(error), _) => view! { <ErrorView error again=here.again /> }.into_any(),
            (None, true) => view! { <Empty icon="router" title="No router is in this list" /> }.into_any(),
            (None, false) => view! {
                <div class="table-scroll" tabindex="0" role="region" aria-label="Routers, scrollable table">
                    <table class="table stackable">
                        <thead>
                            <tr>
                                <th scope="col">"Subscriber"</th>
                                <th scope="col">"Serial"</th>
                                <th scope="col" class="slot-low">"Model"</th>
                                <th scope="col">"State"</th>
                                <th scope="col">"Version now"</th>
                                <th scope="col" class="num">"Changed"</th>
                                <th scope="col"><span class="sr-only">"Steps"</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=ids key=|id| *id let:id>
                                <Row id rows looked_at />
                            </For>
                        </tbody>
                    </table>
                </div>
            }
            .into_any(),
        }}
        <Show when=move || next.with(Option::is_some) || previous.with(Option::is_some)>
            <Pager previous next previous_label="First page" next_label="Next">"The latest change first"</Pager>
        </Show>
    }
}

/// One device. It is found anew in each page that comes, so that its link keeps the focus.
#[component]
fn Row(id: DeviceId, rows: Memo<Vec<TargetView>>, looked_at: RwSignal<Option<DeviceId>>) -> impl IntoView {
    let row = Memo::new(move |before: Option<&Option<TargetView>>| {
        let found = rows.with(|rows| rows.iter().find(|row| row.device == id).cloned());
        found.or_else(|| before.cloned().flatten())
    });
    let part = move |read: fn(&TargetView) -> String| {
        Memo::new(move |_| row.with(|row| row.as_ref().map(read).unwrap_or_default()))
    };
    let who = part(|row| row.subscriber.clone().unwrap_or_else(|| "Nobody's".to_owned()));
    let nobody = Memo::new(move |_| row.with(|row| row.as_ref().is_none_or(|row| row.subscriber.is_none())));
    let (serial, version) = (part(|row| row.serial.clone()), part(|row| row.version.clone()));
    let model = part(|row| name_of(&row.model, &row.hardware));
    let state = Memo::new(move |_| row.with(|row| row.as_ref().map_or(TargetState::Queued, |row| row.state)));
    let words = part(said);
    let changed = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.changed_at).unwrap_or_default()));
    let waits = Memo::new(move |_| state.get() == TargetState::Queued);
    view! {
        <tr>
            <th scope="row" class="clip">
                <a class:muted=move || nobody.get() href=format!("/devices/{id}")><bdi>{who}</bdi></a>
            </th>
            <td class="mono slot-hide"><bdi>{serial}</bdi></td>
            <td class="slot-low slot-hide clip"><bdi>{model}</bdi></td>
            <td class="slot-end wrap">
                <Status
                    tone=Signal::derive(move || target_look(state.get()).0)
                    icon=Signal::derive(move || target_look(state.get()).1)
                    label=words
                />
            </td>
            <td data-label="Version" class="clip"><bdi>{version}</bdi></td>
            <td class="num">
                <Show when=move || !waits.get() fallback=|| view! { <span class="muted">"Not yet"</span> }>
                    <Age at=changed suffix=" ago" />
                </Show>
            </td>
            <td class="cell-actions">
                <Button class="btn--sm btn--ghost" on_click=Callback::new(move |_| looked_at.set(Some(id)))>
                    "Steps" <span class="sr-only">" of " {serial}</span>
                </Button>
            </td>
        </tr>
    }
}

/// Its state, and the reason where there is one.
fn said(row: &TargetView) -> String {
    match (row.state, row.skipped, row.failure) {
        (TargetState::Skipped, Some(reason), _) => reason.label().to_owned(),
        (TargetState::Failed | TargetState::Lost | TargetState::RetryWait, _, Some(class)) => {
            let retry = if row.state == TargetState::RetryWait { "Tries again: " } else { "" };
            format!("{retry}{}", class.label())
        }
        (state, ..) => state.label().to_owned(),
    }
}

/// What one device went through.
#[component]
fn Steps(looked_at: RwSignal<Option<DeviceId>>) -> impl IntoView {
    let open = follows(looked_at);
    view! {
        <Dialog open id="steps" class="dialog drawer">
            {move || looked_at.get_untracked().map(|device| view! { <StepsOf device open /> })}
        </Dialog>
    }
}

#[component]
fn StepsOf(device: DeviceId, open: RwSignal<bool>) -> impl IntoView {
    let here = expect_context::<Here>();
    // Opened by a click, so in the browser alone; read again with all the rest.
    let target = LocalResource::new(move || {
        here.heard.track();
        load_target(here.id.get(), device)
    });
    let known = Memo::new(move |before: Option<&Option<Result<TargetView, PortalError>>>| {
        target.get().or_else(|| before.cloned().flatten())
    });
    view! {
        <DialogHead id="steps" title="What happened to this router" icon="router">
            {move || known.get().and_then(Result::ok).map(|target| view! { <bdi class="mono">{target.serial}</bdi> })}
        </DialogHead>
        <div class="dialog__body">
            {move || match known.get() {
                None => view! { <Skeleton lines=5 /> }.into_any(),
                Some(Err(error)) => view! { <ErrorView error /> }.into_any(),
                Some(Ok(target)) => view! { <Target target /> }.into_any(),
            }}
        </div>
        <DialogFoot open cancel="Close">
            <a class="btn" href=format!("/devices/{device}/tasks")>"Its tasks"</a>
            <a class="btn btn--primary" href=format!("/devices/{device}")>"Open the router"</a>
        </DialogFoot>
    }
}

#[component]
fn Target(target: TargetView) -> impl IntoView {
    let clock = use_clock();
    let (tone, icon) = target_look(target.state);
    let words = said(&target);
    let code = target.failure.and_then(FailureClass::code).map(|code| format!(" (code {code})")).unwrap_or_default();
    let due = target.due_at.filter(|_| !target.state.ended());
    let (steps, last) = (target.steps.clone(), target.steps.len());
    let before = |at: usize| at.checked_sub(1).and_then(|before| target.steps.get(before)).map(|step| step.at);
    let lines = steps
        .into_iter()
        .enumerate()
        .map(|(at, TargetStep { state, at: time })| {
            let (tone, icon) = target_look(state);
            // What is over does not go on.
            let (tone, icon) = if at + 1 < last && tone == Tone::Info { (Tone::Off, "check") } else { (tone, icon) };
            let took = before(at).map(|before| format!("after {}", duration((time.since(before) / 1000) as u64)));
            view! {
                <li data-tone=tone.as_str()>
                    <time title=move || clock.exact(time)>{move || clock.time_of_day(time)}</time>
                    <Icon name=icon />
                    <div><b>{state.label()}</b> {took.map(|took| view! { <p>{took}</p> })}</div>
                </li>
            }
        })
        .collect_view();
    view! {
        <dl class="kv kv--2">
            <div>
                <dt>"State"</dt>
                <dd><Status tone=tone icon=Signal::stored(icon) label=format!("{words}{code}") /></dd>
            </div>
            <div><dt>"Subscriber"</dt><dd><bdi>{target.subscriber.clone().unwrap_or_else(|| "Nobody's".to_owned())}</bdi></dd></div>
            <div><dt>"Model"</dt><dd><bdi>{name_of(&target.model, &target.hardware)}</bdi></dd></div>
            <div><dt>"Version now"</dt><dd><bdi>{target.version.clone()}</bdi></dd></div>
            <div><dt>"Stage"</dt><dd>{target.stage + 1}</dd></div>
            <div><dt>"Orders so far"</dt><dd>{target.orders}</dd></div>
            {due.map(|at| view! { <div><dt>"Looked at again"</dt><dd>{move || clock.exact(at)}</dd></div> })}
            {target.task.map(|task| view! { <div><dt>"Task"</dt><dd><a href=format!("/devices/{}/tasks", target.device)>{task.to_string()}</a></dd></div> })}
        </dl>
        {if last == 0 {
            view! { <p class="muted">"Nothing has happened to it yet."</p> }.into_any()
        } else {
            view! { <ol class="timeline" aria-label="Steps">{lines}</ol> }.into_any()
        }}
    }
}
