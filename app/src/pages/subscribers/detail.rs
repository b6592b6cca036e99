//! `/subscribers/:id`: who it is, what is at the line, what was said and what happened.

use super::api::{SubscriberDetail, delete_subscriber, load_subscriber, put_subscriber};
use super::edit::{Draft, Fields};
use super::history::History;
use super::links::Routers;
use super::notes::Notes;
use super::plan_speeds;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{
    Button, CopyButton, Deed, Dialog, DialogFoot, DialogHead, ErrorView, Icon, Refused, Skeleton, Tone, use_toasts,
};
use crate::pages::page_title;
use crate::session::may;
use crate::unsent::is_kept;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use model::note::NoteScope;
use model::subscriber::{SubscriberQuery, SubscriberView};
use model::{Permission, SubscriberId};

#[component]
pub fn SubscriberPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("id").and_then(|id| id.parse().ok()).unwrap_or(SubscriberId(0)))
    });
    let detail = Resource::new_blocking(move || id.get(), load_subscriber);
    view! {
        <main class="main" id="main">
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=8 /></div> }>
                <Whole id detail />
            </Transition>
        </main>
    }
}

/// Everything, below the `Transition`: for what is read by a memo from above it, the server does not wait.
#[component]
fn Whole(id: Memo<SubscriberId>, detail: Resource<Result<SubscriberDetail, PortalError>>) -> impl IntoView {
    let shown = Memo::new(move |_| detail.get().map(Result::err));
    let known = Signal::derive(move || detail.get().and_then(Result::ok));
    // Asked for outside of the page, and maybe once more when the page has gone.
    let title = move || match known.try_get().flatten() {
        Some(detail) => detail.subscriber.name,
        None => "Subscriber".to_owned(),
    };
    // Counts changes, so that the history is read again.
    let version = RwSignal::new(0);
    let changed = Callback::new(move |()| {
        detail.refetch();
        version.update(|version| *version += 1);
    });
    view! {
        <Title text=move || page_title(&title()) />
        {move || match shown.get() {
            None => ().into_any(),
            Some(Some(error)) => view! {
                <div class="card">
                    <h1 class="sr-only">"Subscriber"</h1>
                    <ErrorView error />
                </div>
            }
            .into_any(),
            Some(None) => view! { <Known id detail=known changed version /> }.into_any(),
        }}
    }
}

#[component]
fn Known(
    id: Memo<SubscriberId>,
    detail: Signal<Option<SubscriberDetail>>,
    changed: Callback<()>,
    version: RwSignal<u32>,
) -> impl IntoView {
    let editing = RwSignal::new(false);
    // Changes that were begun and not saved are open again after a reload.
    Effect::new(move || {
        let begun = may(Permission::SubscriberWrite) && is_kept(&place(id.get()));
        if editing.get_untracked() != begun {
            editing.set(begun);
        }
    });
    let deleting = RwSignal::new(false);
    let subscriber = Memo::new(move |_| detail.get().map(|detail| detail.subscriber));
    let name = move || subscriber.get().map(|one| one.name).unwrap_or_default();
    let may_write = may(Permission::SubscriberWrite);
    view! {
        <div class="pagehead">
            <h1><bdi>{name}</bdi></h1>
            {may_write
                .then(|| {
                    view! {
                        <div class="btn-row pagehead__end">
                            <Button
                                icon="edit"
                                disabled=Signal::derive(move || editing.get())
                                on_click=Callback::new(move |_| editing.set(true))
                            >
                                "Edit"
                            </Button>
                            <Button
                                class="btn--danger-quiet"
                                icon="trash"
                                on_click=Callback::new(move |_| deleting.set(true))
                            >
                                "Delete"
                            </Button>
                        </div>
                    }
                })}
        </div>
        <div class="summary-grid">
            <div class="stack">
                <section class="card" aria-labelledby="facts-h">
                    <div class="card__head card__head--line"><h2 id="facts-h">"Details"</h2></div>
                    {move || {
                        let Some(one) = subscriber.get() else { return ().into_any() };
                        if editing.get() {
                            view! { <Edit one editing changed /> }.into_any()
                        } else {
                            view! { <Facts one /> }.into_any()
                        }
                    }}
                </section>
                <Routers detail changed />
            </div>
            <div class="stack">
                <Notes scope=Signal::derive(move || NoteScope::Subscriber(id.get())) />
                <History id version />
            </div>
        </div>
        {may_write.then(|| view! { <Delete open=deleting detail /> })}
    }
}

#[component]
fn Facts(one: SubscriberView) -> impl IntoView {
    let fact =
        |label: &'static str, value: AnyView| view! { <div><dt>{label}</dt><dd class="kv__v">{value}</dd></div> };
    let text = |label: &'static str, value: String| {
        let inside = if value.is_empty() {
            view! { <span class="muted">"Not known"</span> }.into_any()
        } else {
            view! { <bdi>{value}</bdi> }.into_any()
        };
        fact(label, inside)
    };
    let phones = if one.phones.is_empty() {
        view! { <span class="muted">"Not known"</span> }.into_any()
    } else {
        one.phones
            .iter()
            .map(|phone| {
                let label = (!phone.label.is_empty())
                    .then(|| view! { " " <span class="muted"><bdi>{phone.label.clone()}</bdi></span> });
                view! {
                    <span class="fact-line">
                        <a href=format!("tel:{}", phone.dial())><bdi>{phone.number.clone()}</bdi></a>
                        {label}
                    </span>
                }
            })
            .collect_view()
            .into_any()
    };
    let mail = (!one.email.is_empty())
        .then(|| view! { <a href=format!("mailto:{}", one.email)><bdi>{one.email.clone()}</bdi></a> }.into_any());
    let speeds = plan_speeds(one.plan_down_kbit, one.plan_up_kbit);
    let tags = if one.tags.is_empty() {
        view! { <span class="muted">"None"</span> }.into_any()
    } else {
        let chip = |tag: &String| {
            let href = super::url::with_filter(&SubscriberQuery::default(), |filter| filter.tag.clone_from(tag));
            view! { <a class="tag" href=href><bdi>{tag.clone()}</bdi></a> }
        };
        view! { <span class="tags">{one.tags.iter().map(chip).collect_view()}</span> }.into_any()
    };
    let account = one.account.clone();
    view! {
        <div class="card__body card__body--top">
            <dl class="kv kv--2">
                {fact("Account", view! { <CopyButton text=account.clone() label="account" shown=account /> }.into_any())}
                {fact("Phones", phones)}
                {match mail {
                    Some(mail) => fact("E-mail", mail).into_any(),
                    None => text("E-mail", String::new()).into_any(),
                }}
                {text("Address", one.address)}
                {text("Town or district", one.locality)}
                {text("Region", one.region)}
                {text("Partner", one.partner)}
                {text("Plan", one.plan)}
                {text("Plan's speed", speeds)}
                {fact("Time zone", view! { <Zone zone=one.time_zone /> }.into_any())}
                {fact("Tags", tags)}
                {text("PPP user", one.ppp_user)}
            </dl>
        </div>
    }
}

/// The zone, and what time it is there.
#[component]
fn Zone(zone: String) -> impl IntoView {
    if zone.is_empty() {
        return view! { <span class="muted">"Not known"</span> }.into_any();
    }
    let clock = use_clock();
    let there = zone.clone();
    let time = Memo::new(move |_| clock.time_there(&there, clock.now()));
    view! {
        <bdi>{zone}</bdi>
        " "
        <span class="muted" hidden=move || time.with(String::is_empty)>{time} " there now"</span>
    }
    .into_any()
}

/// Where the changes to a subscriber are kept until they are saved.
fn place(id: SubscriberId) -> String {
    format!("subscriber {id}")
}

#[component]
fn Edit(one: SubscriberView, editing: RwSignal<bool>, changed: Callback<()>) -> impl IntoView {
    let draft = Draft::of(&one);
    let unsent = draft.keep(&place(one.id));
    let deed = Deed::default();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        draft.refused.set(None);
        let Some(change) = draft.change(false) else { return };
        let leaving = unsent.leaving();
        let saved = move |_| {
            leaving.sent();
            editing.try_set(false);
            changed.run(());
        };
        deed.run_or(put_subscriber(change, false), saved, move |error| draft.fail(error));
    };
    view! {
        <form on:submit=go novalidate>
            <div class="card__body card__body--top stack">
                <Fields draft new=false />
            </div>
            <div class="card__foot">
                <Button on_click=Callback::new(move |_| {
                    unsent.give_up();
                    editing.set(false);
                })>"Cancel"</Button>
                <button class="btn btn--primary" type="submit" aria-disabled=move || deed.busy.get().then_some("true")>
                    {move || if deed.busy.get() { "Saving" } else { "Save" }}
                </button>
            </div>
        </form>
    }
}

#[component]
fn Delete(open: RwSignal<bool>, detail: Signal<Option<SubscriberDetail>>) -> impl IntoView {
    let toasts = use_toasts();
    let navigate = use_navigate();
    let deed = Deed::default();
    let go = StoredValue::new(Callback::new(move |_: leptos::ev::MouseEvent| {
        let Some(detail) = detail.get_untracked() else { return };
        let navigate = navigate.clone();
        deed.run(delete_subscriber(detail.subscriber.id), move |()| {
            toasts.push(Tone::Ok, format!("{} was deleted.", detail.subscriber.name));
            navigate("/subscribers", NavigateOptions::default());
        });
    }));
    let who = move || detail.get_untracked().map(|detail| (detail.subscriber, detail.devices.len()));
    view! {
        <Dialog open id="delete">
            {move || {
                who()
                    .map(|(one, routers)| {
                        let line = match routers {
                            0 => "No router is at the line.".to_owned(),
                            1 => "The router at the line keeps working and belongs to nobody.".to_owned(),
                            many => format!("The {many} routers at the line keep working and belong to nobody."),
                        };
                        view! {
                            <DialogHead id="delete" title="Delete this subscriber?" tone=Tone::Bad icon="trash">
                                <bdi>{one.name}</bdi> ", account " <bdi class="mono">{one.account}</bdi>
                            </DialogHead>
                            <div class="dialog__body">
                                <Refused deed />
                                <ul class="impact">
                                    <li><Icon name="router" /><span>{line}</span></li>
                                    <li data-tone="warn">
                                        <Icon name="trash" />
                                        <span>"Details, notes and history are deleted. This cannot be undone."</span>
                                    </li>
                                </ul>
                            </div>
                            <DialogFoot open>
                                <Button class="btn--danger" busy=deed.busy on_click=go.get_value()>"Delete"</Button>
                            </DialogFoot>
                        }
                    })
            }}
        </Dialog>
    }
}
