//! Decisions: the native modal dialog.

use super::{Icon, Tone};
use leptos::html;
use leptos::prelude::*;

/// A modal dialog. Open it by setting `open`; it closes by Escape, a click beside it, or `open.set(false)`. The
/// browser keeps focus inside and gives it back afterwards. Its content exists only while it is open, so forms
/// in it always start fresh.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    /// Unique on the page; the head's title gets `{id}-t`.
    id: &'static str,
    #[prop(default = "dialog")] class: &'static str,
    /// `closerequest` where a click beside it must not throw away what goes on inside.
    #[prop(default = "any")]
    closed_by: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = open.get();
        let Some(dialog) = node.get() else { return };
        if wanted && !dialog.open() {
            // One frame later its content is there, and the browser can focus the first control of it.
            request_animation_frame(move || {
                if open.try_get_untracked() == Some(true) {
                    let _ = dialog.show_modal();
                }
            });
        } else if !wanted && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog
            node_ref=node
            class=class
            id=id
            aria-labelledby=format!("{id}-t")
            closedby=closed_by
            on:close=move |_| open.set(false)
        >
            <Show when=move || open.get()>{children()}</Show>
        </dialog>
    }
}

/// Whether a dialog is open that is about what `subject` has; closing it forgets that.
pub fn follows<T: Send + Sync + 'static>(subject: RwSignal<Option<T>>) -> RwSignal<bool> {
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

/// Title, and under it who or what it is about (as children).
#[component]
pub fn DialogHead(
    /// The dialog's id.
    id: &'static str,
    #[prop(into)] title: String,
    #[prop(optional)] tone: Option<Tone>,
    #[prop(optional)] icon: Option<&'static str>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="dialog__head" data-tone=tone.map(Tone::as_str)>
            {icon.map(|icon| view! { <Icon name=icon /> })}
            <div>
                <h2 id=format!("{id}-t")>{title}</h2>
                {children.map(|children| view! { <p>{children()}</p> })}
            </div>
        </div>
    }
}

/// The buttons; Cancel comes first by itself.
#[component]
pub fn DialogFoot(
    open: RwSignal<bool>,
    #[prop(default = "Cancel")] cancel: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="dialog__foot">
            <button class="btn" type="button" on:click=move |_| open.set(false)>{cancel}</button>
            {children()}
        </div>
    }
}
