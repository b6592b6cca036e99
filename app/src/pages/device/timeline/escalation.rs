//! Handing a problem on, with what is known of the device now.

use super::super::head::Who;
use super::super::state::DeviceState;
use super::api::escalate;
use crate::components::{Dialog, DialogFoot, DialogHead, Field, Icon, TextArea, Tone};
use crate::session::may;
use crate::unsent::keep_unsent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::Permission;
use model::note::check_note;

#[component]
pub fn EscalateButton() -> impl IntoView {
    let open = RwSignal::new(false);
    may(Permission::NoteWrite).then(|| {
        view! {
            <button class="btn btn--sm" type="button" on:click=move |_| open.set(true)>
                <Icon name="external" />
                "Escalate"
            </button>
            <Dialog open id="escalate">
                <Inside open />
            </Dialog>
        }
    })
}

#[component]
fn Inside(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let navigate = use_navigate();
    let text = RwSignal::new(String::new());
    let unsent = keep_unsent(move || format!("escalation of device {}", state.id.get()), text);
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let Ok(reason) = text.with_untracked(|text| check_note(text)) else {
            problem.set(Some("Say in a few words what is wrong and what was tried.".to_owned()));
            return;
        };
        busy.set(true);
        problem.set(None);
        let device = state.id.get_untracked();
        let navigate = navigate.clone();
        let leaving = unsent.leaving();
        spawn_local(async move {
            match escalate(device, reason).await {
                Ok(head) => {
                    leaving.sent();
                    text.try_set(String::new());
                    navigate(&format!("/snapshots/{}", head.id), NavigateOptions::default());
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
            <DialogHead id="escalate" title="Escalate with a snapshot" tone=Tone::Warn icon="external">
                <Who />
            </DialogHead>
            <div class="dialog__body">
                <p>
                    "What Lastmile knows of this router now is kept as it is: readings, settings, tasks, timeline. Passwords are \
                     left out. You get a link for the one who takes over."
                </p>
                <Field id="escalate-text" label="What is wrong, and what was tried" error=problem>
                    <TextArea id="escalate-text" value=text rows=5 />
                </Field>
            </div>
            <DialogFoot open>
                <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>
                    "Escalate"
                </button>
            </DialogFoot>
        </form>
    }
}
