//! Handing a problem on, with what is known of the device now.

use super::api::escalate;
use super::text_dialog::{TextDialog, Words};
use crate::components::Tone;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::snapshot::SnapshotHead;

#[component]
pub fn EscalateButton() -> impl IntoView {
    let navigate = use_navigate();
    let words = Words {
        id: "escalate",
        icon: "external",
        tone: Tone::Warn,
        open: "Escalate",
        title: "Escalate with a snapshot",
        about: "What Lastmile knows of this router now is kept as it is: readings, settings, tasks, timeline. Passwords are \
                left out. You get a link for the one who takes over.",
        label: "What is wrong, and what was tried",
        send: "Escalate",
        refused: |_| "Say in a few words what is wrong and what was tried.".to_owned(),
        kept: "escalation",
    };
    let then = move |head: SnapshotHead| navigate(&format!("/snapshots/{}", head.id), NavigateOptions::default());
    view! { <TextDialog words send=escalate then /> }
}
