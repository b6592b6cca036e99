//! Writing a note down.

use super::api::add_note;
use super::text_dialog::{TextDialog, Words};
use crate::components::{Tone, use_toasts};
use leptos::prelude::*;
use model::note::NoteView;

#[component]
pub fn NoteButton() -> impl IntoView {
    let toasts = use_toasts();
    let words = Words {
        id: "note",
        icon: "edit",
        tone: Tone::Info,
        open: "Add a note",
        title: "Add a note",
        about: "",
        label: "What the next one should know",
        send: "Save note",
        refused: |problem| problem.to_string(),
        kept: "note",
    };
    view! { <TextDialog words send=add_note then=move |_: NoteView| toasts.push(Tone::Ok, "The note is saved.") /> }
}
