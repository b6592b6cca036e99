//! The parameter tree: browse, search, change, add and delete rows, read again. The open object and the search are in
//! the URL.

mod control;
mod editor;
mod new_row;
mod object_tree;
mod objects;
mod pending;
mod reporting;
mod values;

pub use pending::{Pending, tail};

use super::api::load_tree;
use super::state::{DeviceState, Loaded};
use crate::PortalError;
use crate::components::{Age, ErrorView, Icon, Skeleton};
use crate::debounce::Debounce;
use crate::locale::grouped;
use crate::pages::devices::url::Url;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::live::LiveMessage;
use model::tree::{TreeQuery, TreeView};
use new_row::AddDialog;
use object_tree::ObjectTree;
use objects::{DeleteDialog, ObjectActions};
use values::Values;

/// Where in the tree the page is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Object with its final dot; empty: the root.
    pub path: String,
    pub search: String,
}

impl Place {
    /// A search goes over the whole tree, wherever the page is.
    fn query(&self) -> TreeQuery {
        let path = if self.search.is_empty() { self.path.clone() } else { String::new() };
        TreeQuery { path, search: self.search.clone() }
    }
}

/// What the parts of this section share.
#[derive(Clone, Copy)]
pub struct Browser {
    pub place: Memo<Place>,
    pub tree: Resource<Result<TreeView, PortalError>>,
    /// Path of the parameter whose value is being edited.
    pub editing: RwSignal<Option<String>>,
    /// Path of the parameter whose reporting is being chosen.
    pub reporting: RwSignal<Option<String>>,
    /// The row that is about to be deleted, and whether that is being asked.
    pub doomed: RwSignal<String>,
    pub confirm: RwSignal<bool>,
    /// Whether it is being asked what a new row shall hold.
    pub adding: RwSignal<bool>,
}

impl Browser {
    /// The tree as it was loaded last. Tracked; read it below the section's `Transition`.
    pub fn view(self) -> Option<TreeView> {
        self.tree.get().and_then(Result::ok)
    }
}

/// `/devices/:id/parameters`
#[component]
pub fn ParametersTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let params = use_query_map();
    let place = Memo::new(move |_| {
        params.with(|params| {
            let text = |name| params.get(name).unwrap_or_default();
            Place { path: object_path(&text("path")), search: text("q").trim().chars().take(100).collect() }
        })
    });
    let browser = Browser {
        place,
        tree: Resource::new_blocking(
            move || (state.id.get(), place.get()),
            |(device, place)| load_tree(device, place.query()),
        ),
        editing: RwSignal::new(None),
        reporting: RwSignal::new(None),
        doomed: RwSignal::new(String::new()),
        confirm: RwSignal::new(false),
        adding: RwSignal::new(false),
    };
    provide_context(browser);
    let reload = Debounce::new(250, move || browser.tree.refetch());
    state.on_message(move |message| match message {
        LiveMessage::Tree { .. } | LiveMessage::Missed => reload.call(),
        LiveMessage::Task { task } if task.state.ended() => reload.call(),
        _ => {}
    });
    // Fresh values may have overtaken what has not been sent.
    Effect::new(move |_| {
        if let Some(view) = browser.view() {
            let _ = state.edits.try_maybe_update(|edits| (edits.compare(&view.parameters), ()));
        }
    });
    view! {
        <section
            class="card params"
            aria-labelledby="par-h"
            data-searching=move || place.with(|place| !place.search.is_empty()).then_some("")
        >
            <div class="params__tree">
                <SearchForm />
                <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                    <Total />
                    <ObjectTree />
                </Transition>
            </div>
            <div class="params__main">
                <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                    <Main />
                </Transition>
            </div>
        </section>
        <DeleteDialog />
        <AddDialog />
    }
}

/// A path from the URL as an object's: with its final dot.
fn object_path(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

#[component]
fn SearchForm() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let place = browser.place;
    let typed = RwSignal::new(place.with_untracked(|place| place.search.clone()));
    let action = move || format!("{}/parameters", state.href());
    let navigate = use_navigate();
    let search = move || {
        let mut url = Url::new(&action());
        place.with_untracked(|place| url.text("path", &place.path));
        url.text("q", typed.get_untracked().trim());
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&url.finish(), options);
    };
    // Back and links change the search; what is being typed right now is not overwritten by its own echo.
    Effect::new(move |_| {
        let now = place.with(|place| place.search.clone());
        if typed.with_untracked(|typed| typed.trim() != now) {
            typed.set(now);
        }
    });
    let later = Debounce::new(300, search.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        search();
    };
    view! {
        <form method="get" action=action role="search" aria-label="Search parameters" on:submit=submit>
            <div class="input-wrap">
                <label class="sr-only" for="psearch">"Search parameters"</label>
                <Icon name="search" />
                <input
                    class="input"
                    id="psearch"
                    type="search"
                    name="q"
                    maxlength="100"
                    placeholder="Name or value"
                    autocomplete="off"
                    value=typed.get_untracked()
                    prop:value=move || typed.get()
                    on:input:target=move |event| {
                        typed.set(event.target().value());
                        later.call();
                    }
                />
            </div>
            <input type="hidden" name="path" value=move || place.with(|place| place.path.clone()) />
        </form>
    }
}

#[component]
fn Total() -> impl IntoView {
    let browser = expect_context::<Browser>();
    move || {
        browser.view().map(|view| {
            view! {
                <p class="params__count">
                    <span>{grouped(u64::from(view.total))} " values"</span>
                    {view.read_at.map(|at| view! { <Age at prefix="read " suffix=" ago" /> })}
                </p>
            }
        })
    }
}

#[component]
fn Main() -> impl IntoView {
    let browser = expect_context::<Browser>();
    let loaded = Memo::new(move |before: Option<&Loaded>| match browser.tree.get() {
        None => Loaded::Nothing,
        Some(Ok(_)) => Loaded::Ready,
        // Losing the server does not take away what is on the page; another object that is not there does.
        Some(Err(PortalError::Unreachable)) if before == Some(&Loaded::Ready) => Loaded::Ready,
        Some(Err(error)) => Loaded::Failed(error),
    });
    view! {
        <div class="card__head card__head--line">
            <h2 id="par-h" class="sr-only">"Values"</h2>
            <Crumbs />
            <span class="card__end"><ObjectActions /></span>
        </div>
        {move || match loaded.get() {
            Loaded::Nothing => ().into_any(),
            Loaded::Failed(error) => view! { <ErrorView error /> }.into_any(),
            Loaded::Ready => view! { <Values /> }.into_any(),
        }}
    }
}

/// Where the page is, every object above it a link.
#[component]
fn Crumbs() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let parts = move || {
        let place = browser.place.get();
        if !place.search.is_empty() {
            let back = state.parameters_href(&place.path);
            return view! {
                <span>"Hits for “" <bdi>{place.search}</bdi> "”"</span>
                <a class="btn btn--sm btn--ghost" href=back data-noscroll="">"Clear search"</a>
            }
            .into_any();
        }
        let crumbs = crumbs(&place.path);
        let last = crumbs.len();
        let crumb = |(index, (name, path)): (usize, (String, String))| {
            let here = index + 1 == last;
            let name = if here {
                view! { <span aria-current="page"><bdi>{name}</bdi></span> }.into_any()
            } else {
                let href = state.parameters_href(&path);
                view! { <a href=href data-noscroll=""><bdi>{name}</bdi></a> }.into_any()
            };
            let arrow = (index > 0).then(|| view! { <Icon name="chevron-right" /> });
            view! { {arrow} {name} }
        };
        crumbs.into_iter().enumerate().map(crumb).collect_view().into_any()
    };
    view! { <nav class="crumbs mono" aria-label="Path">{parts}</nav> }
}

/// Name and path of every object from the root to `path`.
fn crumbs(path: &str) -> Vec<(String, String)> {
    if path.is_empty() {
        return vec![("Everything".to_owned(), String::new())];
    }
    let mut so_far = String::new();
    let mut crumb = |part: &str| {
        so_far.push_str(part);
        so_far.push('.');
        (part.to_owned(), so_far.clone())
    };
    path.split_terminator('.').map(&mut crumb).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crumbs_lead_up_to_the_root() {
        let list = crumbs("Device.WiFi.SSID.1.");
        let paths: Vec<_> = list.iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(paths, ["Device.", "Device.WiFi.", "Device.WiFi.SSID.", "Device.WiFi.SSID.1."]);
        assert_eq!(crumbs(""), [("Everything".to_owned(), String::new())]);
    }

    #[test]
    fn a_path_without_its_dot_is_understood() {
        assert_eq!(object_path("Device.WiFi"), "Device.WiFi.");
        assert_eq!(object_path(" Device. "), "Device.");
        assert_eq!(object_path(""), "");
    }

    #[test]
    fn a_search_goes_over_the_whole_tree() {
        let place = Place { path: "Device.WiFi.".into(), search: "ssid".into() };
        assert_eq!(place.query(), TreeQuery { path: String::new(), search: "ssid".into() });
        let place = Place { search: String::new(), ..place };
        assert_eq!(place.query().path, "Device.WiFi.");
    }
}
