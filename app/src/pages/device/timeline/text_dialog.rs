//! A button that opens a dialog for a text about the device. What was typed is kept until it was sent.

use super::super::head::Who;
use super::super::state::DeviceState;
use crate::PortalError;
use crate::components::{Dialog, DialogFoot, DialogHead, Field, Icon, TextArea, Tone, Writing};
use crate::session::may;
use crate::unsent::keep_unsent;
use leptos::prelude::*;
use model::note::{NoteProblem, check_note};
use model::{DeviceId, Permission};

/// What one of these dialogs says.
#[derive(Clone, Copy)]
pub struct Words {
    /// Unique on the page.
    pub id: &'static str,
    pub icon: &'static str,
    pub tone: Tone,
    /// On the button that opens it.
    pub open: &'static str,
    pub title: &'static str,
    /// Above the field; empty: nothing.
    pub about: &'static str,
    pub label: &'static str,
    /// On the button that sends it.
    pub send: &'static str,
    /// What is said of a text that cannot be sent.
    pub refused: fn(NoteProblem) -> String,
    /// What an unsent text is kept as, such as `note`.
    pub kept: &'static str,
}

#[component]
pub fn TextDialog<F, Fut, T, G>(
    words: Words,
    /// Sends the text.
    send: F,
    /// Takes the answer.
    then: G,
) -> impl IntoView
where
    F: Fn(DeviceId, String) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<T, PortalError>> + 'static,
    T: 'static,
    G: Fn(T) + Clone + Send + Sync + 'static,
{
    let open = RwSignal::new(false);
    may(Permission::NoteWrite).then(|| {
        view! {
            <button class="btn btn--sm" type="button" on:click=move |_| open.set(true)>
                <Icon name=words.icon />
                {words.open}
            </button>
            <Dialog open id=words.id>
                <Inside words open send then=then.clone() />
            </Dialog>
        }
    })
}

#[component]
fn Inside<F, Fut, T, G>(words: Words, open: RwSignal<bool>, send: F, then: G) -> impl IntoView
where
    F: Fn(DeviceId, String) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<T, PortalError>> + 'static,
    T: 'static,
    G: Fn(T) + Clone + Send + Sync + 'static,
{
    let state = expect_context::<DeviceState>();
    let writing = Writing::default();
    let unsent = keep_unsent(move || format!("{} of device {}", words.kept, state.id.get()), writing.text);
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let device = state.id.get_untracked();
        let then = then.clone();
        let leaving = unsent.leaving();
        writing.send(
            |text| check_note(text).map_err(words.refused),
            move |text| send(device, text),
            move |answer| {
                leaving.sent();
                writing.text.try_set(String::new());
                open.try_set(false);
                then(answer);
            },
        );
    };
    let field = format!("{}-text", words.id);
    view! {
        <form on:submit=go>
            <DialogHead id=words.id title=words.title tone=words.tone icon=words.icon>
                <Who />
            </DialogHead>
            <div class="dialog__body">
                {(!words.about.is_empty()).then(|| view! { <p>{words.about}</p> })}
                <Field id=field.clone() label=words.label error=writing.problem>
                    <TextArea id=field value=writing.text rows=5 />
                </Field>
            </div>
            <DialogFoot open>
                <button
                    class="btn btn--primary"
                    type="submit"
                    aria-disabled=move || writing.busy.get().then_some("true")
                >
                    {words.send}
                </button>
            </DialogFoot>
        </form>
    }
}
