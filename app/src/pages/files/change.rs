//! Changing what is said of a file, and deleting one.

use super::draft::{Draft, DraftFields};
use super::{Files, delete_file, update_file};
use crate::PortalError;
use crate::components::{Banner, Dialog, DialogFoot, DialogHead, Icon, Tone};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::file::FileView;

/// A dialog that is open while there is a file that it is about.
fn follows(subject: RwSignal<Option<FileView>>) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(subject.with(Option::is_some)));
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now {
            subject.set(None);
        }
        now
    });
    open
}

#[component]
pub fn EditDialog() -> impl IntoView {
    let files = expect_context::<Files>();
    let open = follows(files.edited);
    view! {
        <Dialog open id="edit">
            {move || files.edited.get_untracked().map(|file| view! { <Edit open file /> })}
        </Dialog>
    }
}

#[component]
fn Edit(open: RwSignal<bool>, file: FileView) -> impl IntoView {
    let files = expect_context::<Files>();
    let draft = Draft::of(&file);
    let id = file.file.id;
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        let input = draft.input();
        spawn_local(async move {
            let answer = update_file(id, input).await;
            busy.try_set(false);
            match answer {
                Ok(_) => {
                    open.try_set(false);
                    files.page.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="edit" title="Change what is said of this file" icon="edit">
                <bdi>{file.file.name}</bdi>
            </DialogHead>
            <div class="dialog__body">
                {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
                <DraftFields draft id="edit" />
            </div>
            <DialogFoot open>
                <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>
                    {move || if busy.get() { "Saving" } else { "Save" }}
                </button>
            </DialogFoot>
        </form>
    }
}

#[component]
pub fn DeleteDialog() -> impl IntoView {
    let files = expect_context::<Files>();
    let open = follows(files.doomed);
    view! {
        <Dialog open id="delete">
            {move || files.doomed.get_untracked().map(|file| view! { <Delete open file /> })}
        </Dialog>
    }
}

#[component]
fn Delete(open: RwSignal<bool>, file: FileView) -> impl IntoView {
    let files = expect_context::<Files>();
    let id = file.file.id;
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let go = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let answer = delete_file(id).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    open.try_set(false);
                    files.page.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <DialogHead id="delete" title="Delete this file?" tone=Tone::Bad icon="trash">
            <bdi>{file.file.name}</bdi>
        </DialogHead>
        <div class="dialog__body">
            {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
            <ul class="impact">
                <li>
                    <Icon name="router" />
                    <span>"Routers that have loaded it keep it. No router can load it any more."</span>
                </li>
                <li data-tone="warn">
                    <Icon name="trash" />
                    <span>"Lastmile keeps no copy. This cannot be undone."</span>
                </li>
            </ul>
        </div>
        <DialogFoot open>
            <button class="btn btn--danger" type="button" aria-disabled=move || busy.get().then_some("true") on:click=go>
                {move || if busy.get() { "Deleting" } else { "Delete" }}
            </button>
        </DialogFoot>
    }
}
