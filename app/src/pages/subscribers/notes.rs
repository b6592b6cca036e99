//! Notes: written, read, and for a while changed by their author.

use super::api::{add_note, change_note, delete_note, list_notes};
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{
    Age, Button, Deed, Dialog, DialogFoot, DialogHead, ErrorView, Refusal, Refused, Skeleton, TextArea, Tone,
};
use crate::session::may;
use crate::unsent::keep_unsent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::note::{NoteScope, NoteView, check_note};
use model::page::{Cursor, Page};
use model::{NoteId, Permission};

/// What the parts share.
#[derive(Clone, Copy)]
struct State {
    page: Resource<Result<Page<NoteView>, PortalError>>,
    cursor: RwSignal<Option<Cursor>>,
    /// The note that is being changed.
    changed: RwSignal<Option<NoteId>>,
    /// The note that somebody is about to delete, and whether they are being asked.
    doomed: RwSignal<Option<NoteView>>,
    asking: RwSignal<bool>,
}

/// The notes of a device or a subscriber, newest first, with a field for a new one.
#[component]
pub fn Notes(#[prop(into)] scope: Signal<NoteScope>) -> impl IntoView {
    let cursor = RwSignal::new(None::<Cursor>);
    let state = State {
        page: Resource::new_blocking(move || (scope.get(), cursor.get()), |(scope, cursor)| list_notes(scope, cursor)),
        cursor,
        changed: RwSignal::new(None),
        doomed: RwSignal::new(None),
        asking: RwSignal::new(false),
    };
    view! {
        <section class="card" aria-labelledby="notes-h">
            <div class="card__head card__head--line">
                <h2 id="notes-h">"Notes"</h2>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                {may(Permission::NoteWrite).then(|| view! { <Write scope state /> })}
                <Transition fallback=|| view! { <Skeleton lines=4 /> }>
                    {move || {
                        state
                            .page
                            .get()
                            .map(|page| match page {
                                Err(error) => view! { <ErrorView error /> }.into_any(),
                                Ok(page) => view! { <Entries page state /> }.into_any(),
                            })
                    }}
                </Transition>
            </div>
            <Dialog open=state.asking id="delete-note">
                <Doomed state />
            </Dialog>
        </section>
    }
}

/// Asks before a note is deleted: nothing brings it back.
#[component]
fn Doomed(state: State) -> impl IntoView {
    let deed = Deed::default();
    let go = Callback::new(move |_| {
        let Some(note) = state.doomed.get_untracked() else { return };
        deed.run(delete_note(note.id), move |()| {
            state.asking.try_set(false);
            state.page.refetch();
        });
    });
    let text = state.doomed.with_untracked(|note| note.as_ref().map(|note| note.text.clone()).unwrap_or_default());
    view! {
        <DialogHead id="delete-note" title="Delete this note?" tone=Tone::Warn icon="trash">
            "It is deleted for everybody and cannot be brought back."
        </DialogHead>
        <div class="dialog__body">
            <Refused deed />
            <p class="notes__text"><bdi>{text}</bdi></p>
        </div>
        <DialogFoot open=state.asking>
            <Button class="btn--danger" busy=deed.busy on_click=go>"Delete note"</Button>
        </DialogFoot>
    }
}

#[component]
fn Write(scope: Signal<NoteScope>, state: State) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let unsent = keep_unsent(move || format!("note of {:?}", scope.get()), text);
    let deed = Deed::default();
    let refused = deed.refused();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Err(problem) = check_note(&text.get_untracked()) {
            deed.refuse(problem.to_string());
            return;
        }
        let leaving = unsent.leaving();
        deed.run(add_note(scope.get_untracked(), text.get_untracked()), move |_| {
            leaving.sent();
            text.try_set(String::new());
            state.cursor.try_set(None);
            state.page.refetch();
        });
    };
    view! {
        <form class="stack stack--sm" on:submit=go>
            <label class="sr-only" for="note">"New note"</label>
            <TextArea id="note" value=text rows=2 invalid=Signal::derive(move || refused.with(Option::is_some)) />
            <Refused deed />
            <div class="btn-row">
                <Button class="btn--sm" kind="submit" busy=deed.busy>
                    {move || if deed.busy.get() { "Saving" } else { "Add note" }}
                </Button>
            </div>
        </form>
    }
}

#[component]
fn Entries(page: Page<NoteView>, state: State) -> impl IntoView {
    if page.items.is_empty() && page.previous.is_none() {
        return view! { <p class="muted">"No notes yet. What is written here stays for the next call."</p> }.into_any();
    }
    let turn = move |cursor: Option<Cursor>, label: &'static str| {
        cursor.map(|cursor| {
            view! {
                <Button class="btn--sm btn--ghost" on_click=Callback::new(move |_| state.cursor.set(Some(cursor.clone())))>
                    {label}
                </Button>
            }
        })
    };
    view! {
        <ol class="notes">
            {page.items.into_iter().map(|note| view! { <Entry note state /> }).collect_view()}
        </ol>
        <div class="btn-row">{turn(page.previous, "Newer")} {turn(page.next, "Older")}</div>
    }
    .into_any()
}

#[component]
fn Entry(note: NoteView, state: State) -> impl IntoView {
    let clock = use_clock();
    let id = note.id;
    let text = RwSignal::new(note.text.clone());
    let until = note.changeable_until;
    let mine = Memo::new(move |_| until.is_some_and(|until| clock.now() < until));
    let editing = Memo::new(move |_| state.changed.get() == Some(id));
    let refused = RwSignal::new(None::<PortalError>);
    let end = move |answer: Result<(), PortalError>| match answer {
        Ok(()) => {
            state.changed.try_set(None);
            state.page.refetch();
        }
        Err(error) => {
            refused.try_set(Some(error));
        }
    };
    let save = move |_| {
        spawn_local(async move { end(change_note(id, text.get_untracked()).await.map(drop)) });
    };
    let said = note.text.clone();
    let doomed = StoredValue::new(note.clone());
    let delete = move |_| {
        state.doomed.set(Some(doomed.get_value()));
        state.asking.set(true);
    };
    view! {
        <li>
            <p class="notes__head">
                <b><bdi>{note.by}</bdi></b>
                " "
                <Age at=Signal::stored(note.at) suffix=" ago" />
                {note.edited_at.map(|_| view! { <span class="muted">" changed"</span> })}
            </p>
            <Refusal refused />
            <Show
                when=move || editing.get()
                fallback=move || {
                    let said = said.clone();
                    view! {
                        <p class="notes__text"><bdi>{said}</bdi></p>
                        <Show when=move || mine.get()>
                            <div class="btn-row">
                                <button class="linkbtn" type="button" on:click=move |_| state.changed.set(Some(id))>
                                    "Change"
                                </button>
                                <button class="linkbtn" type="button" on:click=delete>"Delete"</button>
                            </div>
                        </Show>
                    }
                }
            >
                <label class="sr-only" for=format!("note-{id}")>"Note"</label>
                <TextArea id=format!("note-{id}") value=text rows=2 />
                <div class="btn-row">
                    <Button class="btn--sm" on_click=Callback::new(save)>"Save"</Button>
                    <Button class="btn--sm btn--ghost" on_click=Callback::new(move |_| state.changed.set(None))>"Cancel"</Button>
                </div>
            </Show>
        </li>
    }
}
