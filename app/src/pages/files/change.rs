//! Changing what is said of a file, and deleting one.

use super::draft::{Draft, DraftFields};
use super::{Files, delete_file, update_file};
use crate::components::{Button, Deed, Dialog, DialogFoot, DialogHead, EndDialog, Icon, Refused, follows};
use leptos::prelude::*;
use model::file::FileView;

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
    let deed = Deed::default();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        deed.run(update_file(id, draft.input()), move |_| {
            open.try_set(false);
            files.page.refetch();
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="edit" title="Change what is said of this file" icon="edit">
                <bdi>{file.file.name}</bdi>
            </DialogHead>
            <div class="dialog__body">
                <Refused deed />
                <DraftFields draft id="edit" />
            </div>
            <DialogFoot open>
                <Button class="btn--primary" kind="submit" busy=deed.busy>"Save"</Button>
            </DialogFoot>
        </form>
    }
}

#[component]
pub fn DeleteDialog() -> impl IntoView {
    let files = expect_context::<Files>();
    view! {
        <EndDialog
            subject=files.doomed
            id="delete"
            title="Delete this file?"
            name=|file| file.file.name.clone()
            end=|file: FileView| delete_file(file.file.id)
            done=Callback::new(move |()| files.page.refetch())
        >
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
        </EndDialog>
    }
}
