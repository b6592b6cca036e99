//! What can be done with the open object: read it again, add a row, delete this row.

use super::Browser;
use crate::components::{Button, Dialog, DialogFoot, DialogHead, Icon, Tone};
use crate::pages::device::head::Who;
use crate::pages::device::state::DeviceState;
use crate::session::may;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::Permission;
use model::task::TaskKind;
use model::tree::ObjectView;

#[component]
pub fn ObjectActions() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let path = Memo::new(move |_| browser.place.with(|place| place.path.clone()));
    let searching = Memo::new(move |_| browser.place.with(|place| !place.search.is_empty()));
    let object = Memo::new(move |_| open_object(browser));
    let table = Memo::new(move |_| {
        object.with(|object| object.as_ref().is_some_and(|object| object.is_table && object.writable))
    });
    let row = Memo::new(move |_| {
        object.with(|object| object.as_ref().is_some_and(|object| object.is_row && object.writable).then(|| path.get()))
    });
    let reading = Memo::new(move |_| {
        let path = path.get();
        state.running(|kind| matches!(kind, TaskKind::Refresh { paths } if covers(paths, &path))).is_some()
    });
    let adding = Memo::new(move |_| {
        let here = path.get();
        state.running(|kind| matches!(kind, TaskKind::AddObject { path, .. } if *path == here)).is_some()
    });
    let read = Callback::new(move |_| {
        let path = path.get_untracked();
        state.ask(TaskKind::Refresh { paths: if path.is_empty() { Vec::new() } else { vec![path] } }, || ());
    });
    let add = Callback::new(move |_| {
        // Of a table that nobody describes, the router makes a row as it likes.
        let known = browser.tree.with_untracked(|tree| matches!(tree, Some(Ok(view)) if !view.new_row.is_empty()));
        if known {
            state.refused.set(None);
            browser.adding.set(true);
        } else {
            state.ask(TaskKind::AddObject { path: path.get_untracked(), values: Vec::new() }, || ());
        }
    });
    let write = may(Permission::DeviceWrite);
    view! {
        <Show when=move || write && !searching.get() && table.get()>
            <Button class="btn--sm" icon="plus" busy=adding on_click=add>
                {move || if adding.get() { "Adding row" } else { "Add row" }}
            </Button>
        </Show>
        {move || {
            row.get().filter(|_| write && !searching.get()).map(|path| view! { <DeleteRow path compact=false /> })
        }}
        <Show when=move || !searching.get() && may(Permission::DeviceRefresh)>
            <Button class="btn--sm" icon="refresh" busy=reading on_click=read>
                {move || if reading.get() { "Reading" } else { "Read again" }}
            </Button>
        </Show>
    }
}

/// Whether a refresh of `paths` reads `path` too. No paths: everything.
fn covers(paths: &[String], path: &str) -> bool {
    paths.is_empty() || paths.iter().any(|read| !path.is_empty() && path.starts_with(read.as_str()))
}

/// The object that the page shows.
fn open_object(browser: Browser) -> Option<ObjectView> {
    let path = browser.place.with(|place| place.path.clone());
    let branches = browser.view()?.branches;
    branches.into_iter().flat_map(|branch| branch.objects).find(|object| object.path == path)
}

/// Deletes a row of a table, after asking.
#[component]
pub fn DeleteRow(
    path: String,
    /// Only an icon.
    compact: bool,
) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let label = format!("Delete {}", path.trim_end_matches('.'));
    let path = StoredValue::new(path);
    let deleting = Memo::new(move |_| {
        let this = |other: &String| path.with_value(|path| path == other);
        state.running(|kind| matches!(kind, TaskKind::DeleteObject { path } if this(path))).is_some()
    });
    let class = if compact { "btn btn--ghost btn--icon btn--sm" } else { "btn btn--sm btn--danger-quiet" };
    let words = move || match (compact, deleting.get()) {
        (true, _) => "",
        (false, false) => "Delete row",
        (false, true) => "Deleting row",
    };
    let ask = move |_| {
        if !deleting.get_untracked() {
            browser.doomed.set(path.get_value());
            browser.confirm.set(true);
        }
    };
    view! {
        <button
            class=class
            type="button"
            aria-label=compact.then(|| label.clone())
            title=label
            aria-disabled=move || deleting.get().then_some("true")
            on:click=ask
        >
            <Icon name="trash" />
            {words}
        </button>
    }
}

/// The one dialog for all rows of the page.
#[component]
pub fn DeleteDialog() -> impl IntoView {
    let open = expect_context::<Browser>().confirm;
    view! {
        <Dialog open id="delete-row">
            <Confirm open />
        </Dialog>
    }
}

#[component]
fn Confirm(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let navigate = use_navigate();
    let go = move |_| {
        let row = browser.doomed.get_untracked();
        open.set(false);
        // The page must not stay at what is about to go.
        let leave = browser.place.with_untracked(|place| place.path.starts_with(&row)).then(|| {
            let table = row.trim_end_matches('.').rfind('.').map_or(0, |dot| dot + 1);
            state.parameters_href(&row[..table])
        });
        let navigate = navigate.clone();
        state.ask(TaskKind::DeleteObject { path: row }, move || {
            if let Some(href) = leave {
                navigate(&href, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
            }
        });
    };
    view! {
        <DialogHead id="delete-row" title="Delete this row?" tone=Tone::Bad icon="trash">
            <Who />
        </DialogHead>
        <div class="dialog__body">
            <p><bdi class="mono">{browser.doomed.get_untracked()}</bdi></p>
            <ul class="impact">
                <li data-tone="bad">
                    <Icon name="trash" />
                    <span>"The row and all values in it are removed from the router. This cannot be undone."</span>
                </li>
            </ul>
        </div>
        <DialogFoot open>
            <button class="btn btn--danger" type="button" on:click=go>"Delete row"</button>
        </DialogFoot>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_of_an_object_above_reads_this_one_too() {
        let paths = |list: &[&str]| list.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        assert!(covers(&[], "Device.WiFi."));
        assert!(covers(&paths(&["Device."]), "Device.WiFi."));
        assert!(covers(&paths(&["Device.WiFi."]), "Device.WiFi."));
        assert!(!covers(&paths(&["Device.WiFi.SSID."]), "Device.WiFi."));
        assert!(!covers(&paths(&["Device."]), ""));
    }
}
