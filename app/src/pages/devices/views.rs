//! Views above the list: those that everybody has, and those that people kept. A view is a link.

use super::api::{change_view, count_views, delete_view, list_views, save_view};
use super::{List, ListCounts, count_words, url};
use crate::PortalError;
use crate::components::{Button, Deed, Dialog, DialogFoot, DialogHead, Field, Icon, Refused, Tone, use_toasts};
use crate::session::may;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::device::{DeviceFilter, DeviceQuery, Enrolment, Presence};
use model::page::Count;
use model::saved_view::{SavedView, VIEW_NAME_MAX, view_name};
use model::{Permission, ViewId};
use std::collections::HashMap;

/// Kept views and how many devices they match.
#[derive(Clone, Copy)]
struct Kept {
    views: Resource<Result<Vec<SavedView>, PortalError>>,
    counts: RwSignal<HashMap<ViewId, Count>>,
    /// Address of what the page shows, at its first page.
    here: Memo<String>,
}

impl Kept {
    /// Empty until they are loaded, and if they cannot be: the views that everybody has are still there.
    fn all(self) -> Vec<SavedView> {
        self.views.get().and_then(Result::ok).unwrap_or_default()
    }

    /// The kept view that the page shows.
    fn current(self) -> Option<SavedView> {
        let here = self.here.get();
        self.all().into_iter().find(|view| url::href(&view.query) == here)
    }
}

/// The views that everybody has and the kept ones, with live counts.
#[component]
pub fn Views() -> impl IntoView {
    let list = expect_context::<List>();
    let query = list.query;
    let kept = Kept {
        views: Resource::new_blocking(|| (), |()| list_views()),
        counts: RwSignal::new(HashMap::new()),
        here: Memo::new(move |_| query.with(|query| url::href(&DeviceQuery { cursor: None, ..query.clone() }))),
    };
    count(list, kept);
    view! {
        <div class="viewbar">
            <nav class="views" aria-label="Views">
                <Transition>
                    {move || kept.views.get().map(|views| view! { <Links kept views=views.unwrap_or_default() /> })}
                </Transition>
            </nav>
            <Keep kept />
        </div>
    }
}

#[component]
fn Links(kept: Kept, views: Vec<SavedView>) -> impl IntoView {
    let list = expect_context::<List>();
    let query = list.query;
    let own = StoredValue::new(views.iter().map(|view| url::href(&view.query)).collect::<Vec<_>>());
    let link = move |label: &'static str, filter: DeviceFilter, count: fn(&ListCounts) -> Count| {
        let href = url::href(&DeviceQuery { filter: filter.clone(), ..DeviceQuery::default() });
        // A kept view with the same filter is the one that is shown.
        let is_kept = move || kept.here.with(|here| own.with_value(|own| own.contains(here)));
        let is_it = move || query.with(|query| query.filter == filter) && !is_kept();
        let number = move || list.counts.get().and_then(Result::ok).map(|counts| count_words(count(&counts)));
        view! {
            <a href=href aria-current=move || is_it().then_some("true")>
                {label}
                " "
                <Transition>
                    <small>{number}</small>
                </Transition>
            </a>
        }
    };
    let state = |presence| DeviceFilter { presence: Some(presence), ..DeviceFilter::default() };
    let new = DeviceFilter { new_within_days: Some(url::NEW_DAYS), ..DeviceFilter::default() };
    let waiting = DeviceFilter { enrolment: Some(Enrolment::Quarantined), ..DeviceFilter::default() };
    // Of interest only where devices have to be approved.
    let some_wait = move || {
        let counted = list.counts.get().and_then(Result::ok).is_some_and(|counts| counts.waiting != Count::Exact(0));
        counted || query.with(|query| query.filter.enrolment == Some(Enrolment::Quarantined))
    };
    let stuck = DeviceFilter { stuck: true, ..DeviceFilter::default() };
    let some_stuck = move || {
        let counted = list.counts.get().and_then(Result::ok).is_some_and(|counts| counts.stuck != Count::Exact(0));
        counted || query.with(|query| query.filter.stuck)
    };
    view! {
        {link("All devices", DeviceFilter::default(), |counts| counts.all)}
        {link("Online", state(Presence::Online), |counts| counts.online)}
        {link("Offline", state(Presence::Offline), |counts| counts.offline)}
        {link("New this week", new, |counts| counts.new)}
        <Transition>
            {move || some_wait().then(|| link("Waiting for approval", waiting.clone(), |counts| counts.waiting))}
            {move || some_stuck().then(|| link("Stuck", stuck.clone(), |counts| counts.stuck))}
        </Transition>
        {views.into_iter().map(|view| view! { <KeptLink kept view /> }).collect_view()}
    }
}

/// Counts anew whenever the page's own counts are.
fn count(list: List, kept: Kept) {
    Effect::new(move |_| {
        list.counts.track();
        let views = kept.all();
        if views.is_empty() {
            return;
        }
        spawn_local(async move {
            let filters = views.iter().map(|view| view.query.filter.clone()).collect();
            // Without counts the views are still there.
            if let Ok(counts) = count_views(filters).await {
                kept.counts.try_set(views.iter().map(|view| view.id).zip(counts).collect());
            }
        });
    });
}

#[component]
fn KeptLink(kept: Kept, view: SavedView) -> impl IntoView {
    let id = view.id;
    let title = if view.mine { String::new() } else { format!("Shared by {}", view.by) };
    let href = url::href(&view.query);
    let there = href.clone();
    let current = move || kept.here.with(|here| *here == there);
    let number = move || kept.counts.with(|counts| counts.get(&id).copied().map(count_words));
    view! {
        <a href=href title=title aria-current=move || current().then_some("true")>
            <bdi>{view.name}</bdi>
            " "
            <small>{number}</small>
        </a>
    }
}

/// Keeping what the page shows, and changing the kept view that it shows.
#[component]
fn Keep(kept: Kept) -> impl IntoView {
    let (keeping, changing) = (RwSignal::new(false), RwSignal::new(false));
    let changeable = move || kept.current().is_some_and(|view| view.mine || may(Permission::ViewShare));
    view! {
        <div class="btn-row only-hydrated">
            <Transition>
                {move || {
                    changeable()
                        .then(|| {
                            view! {
                                <Button class="btn--sm" icon="edit" on_click=Callback::new(move |_| changing.set(true))>
                                    "Edit view"
                                </Button>
                            }
                        })
                }}
            </Transition>
            <Button class="btn--sm" icon="bookmark" on_click=Callback::new(move |_| keeping.set(true))>
                "Save view"
            </Button>
        </div>
        <Dialog open=keeping id="keep-view">
            <KeepForm open=keeping kept />
        </Dialog>
        <Dialog open=changing id="change-view">
            {move || untrack(move || kept.current()).map(|view| view! { <ChangeForm open=changing kept view /> })}
        </Dialog>
    }
}

/// Name, and whether everybody has it. Says what is wrong with the name once there is one.
#[component]
fn Inputs(
    name: RwSignal<String>,
    shared: RwSignal<bool>,
    /// Unique on the page.
    id: &'static str,
) -> impl IntoView {
    let problem = Signal::derive(move || {
        name.with(|name| if name.is_empty() { None } else { view_name(name).err().map(PortalError::from) })
    });
    view! {
        <Field id=id label="Name" error=problem>
            <input
                class="input"
                id=id
                autocomplete="off"
                maxlength=VIEW_NAME_MAX.to_string()
                aria-describedby=format!("{id}-err")
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                prop:value=move || name.get()
                on:input:target=move |event| name.set(event.target().value())
            />
        </Field>
        {may(Permission::ViewShare)
            .then(|| {
                view! {
                    <label class="check">
                        <input
                            type="checkbox"
                            prop:checked=move || shared.get()
                            on:change:target=move |event| shared.set(event.target().checked())
                        />
                        <span>"Everybody has this view"</span>
                    </label>
                }
            })}
    }
}

#[component]
fn KeepForm(open: RwSignal<bool>, kept: Kept) -> impl IntoView {
    let list = expect_context::<List>();
    let (name, shared) = (RwSignal::new(String::new()), RwSignal::new(false));
    let deed = Deed::default();
    let navigate = use_navigate();
    let replaces = move || {
        let wanted = name.with(|name| view_name(name).ok())?;
        let views = untrack(move || kept.all());
        views
            .iter()
            .any(|view| view.mine && view.name == wanted)
            .then_some("You have a view of this name. It becomes what the list shows now.")
    };
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(wanted) = name.with_untracked(|name| view_name(name)) else { return };
        let columns = Some(list.columns.get_untracked());
        let query = DeviceQuery { cursor: None, columns, ..list.query.get_untracked() };
        let navigate = navigate.clone();
        deed.run(save_view(wanted, query, shared.get_untracked()), move |view| {
            open.try_set(false);
            kept.views.refetch();
            navigate(&url::href(&view.query), NavigateOptions { scroll: false, ..NavigateOptions::default() });
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="keep-view" title="Save this view" icon="bookmark">
                "Filter, order and columns as the list shows them now"
            </DialogHead>
            <div class="dialog__body stack">
                <Inputs name shared id="view-name" />
                <p class="field__hint" role="status">{replaces}</p>
                <Refused deed />
            </div>
            <DialogFoot open>
                <button
                    class="btn btn--primary"
                    type="submit"
                    disabled=move || name.with(|name| view_name(name).is_err())
                    aria-disabled=move || deed.busy.get().then_some("true")
                >
                    "Save view"
                </button>
            </DialogFoot>
        </form>
    }
}

#[component]
fn ChangeForm(open: RwSignal<bool>, kept: Kept, view: SavedView) -> impl IntoView {
    let toasts = use_toasts();
    let id = view.id;
    let (name, shared) = (RwSignal::new(view.name.clone()), RwSignal::new(view.shared));
    let deed = Deed::default();
    let told = view.name.clone();
    let work = move |delete: bool| {
        let wanted = name.with_untracked(|name| view_name(name));
        let told = told.clone();
        let work = async move {
            match (delete, wanted) {
                (true, _) => delete_view(id).await,
                (false, Ok(wanted)) => change_view(id, wanted, shared.get_untracked()).await,
                (false, Err(problem)) => Err(PortalError::Invalid(problem)),
            }
        };
        deed.run(work, move |()| {
            open.try_set(false);
            kept.views.refetch();
            if delete {
                toasts.push(Tone::Ok, format!("The view “{told}” is deleted. No device was changed."));
            }
        });
    };
    let (save, delete) = (work.clone(), work);
    view! {
        <form on:submit=move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            save(false);
        }>
            <DialogHead id="change-view" title="Edit view" icon="edit">
                {if view.mine { "Yours".to_owned() } else { format!("Shared by {}", view.by) }}
            </DialogHead>
            <div class="dialog__body stack">
                <Inputs name shared id="view-new-name" />
                {view.shared.then(|| view! { <p class="field__hint">"Everybody has it: a change is theirs, too."</p> })}
                <Refused deed />
            </div>
            <DialogFoot open>
                <button class="btn btn--danger-quiet" type="button" on:click=move |_| delete(true)>
                    <Icon name="trash" />
                    "Delete view"
                </button>
                <button
                    class="btn btn--primary"
                    type="submit"
                    disabled=move || name.with(|name| view_name(name).is_err())
                >
                    "Save"
                </button>
            </DialogFoot>
        </form>
    }
}
