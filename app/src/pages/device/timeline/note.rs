//! Writing a note down.

use super::super::head::Who;
use super::super::state::DeviceState;
use super::api::add_note;
use crate::components::{Dialog, DialogFoot, DialogHead, Field, Icon, TextArea, Tone, use_toasts};
use crate::session::may;
use crate::unsent::keep_unsent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Permission;
use model::note::check_note;

#[component]
pub fn NoteButton() -> impl IntoView {
    let open = RwSignal::new(false);
    may(Permission::NoteWrite).then(|| {
        view! {
            <button class="btn btn--sm" type="button" on:click=move |_| open.set(true)>
                <Icon name="edit" />
                "Add a note"
            </button>
            <Dialog open id="note">
                <Inside open />
            </Dialog>
        }
    })
}

#[component]
fn Inside(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let toasts = use_toasts();
    let text = RwSignal::new(String::new());
    let unsent = keep_unsent(move || format!("note of device {}", state.id.get()), text);
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let note = match text.with_untracked(|text| check_note(text)) {
            Ok(note) => note,
            Err(refused) => {
                problem.set(Some(refused.to_string()));
                return;
            }
        };
        busy.set(true);
        problem.set(None);
        let device = state.id.get_untracked();
        let leaving = unsent.leaving();
        spawn_local(async move {
            match add_note(device, note).await {
                Ok(_) => {
                    leaving.sent();
                    text.try_set(String::new());
                    open.try_set(false);
                    toasts.push(Tone::Ok, "The note is saved.");
                }
                Err(error) => {
                    problem.try_set(Some(error.to_string()));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="note" title="Add a note" tone=Tone::Info icon="edit">
                <Who />
            </DialogHead>
            <div class="dialog__body">
                <Field id="note-text" label="What the next one should know" error=problem>
                    <TextArea id="note-text" value=text rows=5 />
                </Field>
            </div>
            <DialogFoot open>
                <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>
                    "Save note"
                </button>
            </DialogFoot>
        </form>
    }
}
