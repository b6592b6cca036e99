//! Uploading a file.

use super::Files;
use super::draft::{Draft, DraftFields};
use super::send::{Progress, base64, send};
use crate::PortalError;
use crate::components::{Dialog, DialogHead, Field, Icon, Refusal, Tone, use_toasts};
use crate::locale::size;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::XmlHttpRequest;

#[component]
pub fn UploadDialog() -> impl IntoView {
    let open = expect_context::<Files>().uploading;
    view! {
        <Dialog open id="upload" closed_by="closerequest">
            <Inside open />
        </Dialog>
    }
}

#[component]
fn Inside(open: RwSignal<bool>) -> impl IntoView {
    let files = expect_context::<Files>();
    let toasts = use_toasts();
    let draft = Draft::new();
    let sha256 = RwSignal::new(String::new());
    let chosen = RwSignal::new(None::<(String, u64)>);
    let progress = RwSignal::new(None::<Progress>);
    let refused = RwSignal::new(None::<PortalError>);
    let picker = NodeRef::<html::Input>::new();
    let signature = NodeRef::<html::Input>::new();
    let running = StoredValue::new_local(None::<XmlHttpRequest>);
    // Closing the dialog ends what runs in it.
    on_cleanup(move || {
        if let Some(Some(request)) = running.try_update_value(Option::take) {
            let _ = request.abort();
        }
    });
    let first = |of: NodeRef<html::Input>| of.get_untracked().and_then(|input| input.files())?.get(0);
    let picked = move || first(picker);
    let choose = move |_| {
        let Some(file) = picked() else {
            chosen.set(None);
            return;
        };
        // The name follows the file as long as nobody has typed another.
        let before = chosen.get_untracked().map(|(name, _)| name).unwrap_or_default();
        if draft.name.with_untracked(|name| name.trim().is_empty() || *name == before) {
            draft.name.set(file.name());
        }
        chosen.set(Some((file.name(), file.size() as u64)));
        refused.set(None);
    };
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(file) = picked() else {
            refused.set(Some(PortalError::Invalid("Choose a file first.".to_owned())));
            return;
        };
        if progress.get_untracked().is_some() {
            return;
        }
        refused.set(None);
        let all = file.size() as u64;
        progress.set(Some(Progress::Sent { done: 0, all }));
        let advance = move |step| {
            progress.try_set(Some(step));
        };
        let end = move |answer: Result<model::file::FileView, PortalError>| {
            progress.try_set(None);
            running.try_update_value(Option::take);
            match answer {
                Ok(file) => {
                    open.try_set(false);
                    toasts.push(Tone::Ok, format!("“{}” was uploaded.", file.file.name));
                    files.page.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        };
        let (input, sha256, signature) = (draft.input(), sha256.get_untracked(), first(signature));
        spawn_local(async move {
            let signature = match &signature {
                Some(signature) => base64(signature).await,
                None => Ok(String::new()),
            };
            // The dialog may be closed by now.
            if progress.try_get_untracked().flatten().is_none() {
                return;
            }
            match signature.and_then(|signature| send(&file, &input, &sha256, &signature, advance, end)) {
                Ok(request) => {
                    running.try_update_value(|running| *running = Some(request));
                }
                Err(error) => {
                    progress.try_set(None);
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let busy = move || progress.with(Option::is_some);
    let size_hint = Signal::derive(move || {
        chosen.with(|chosen| chosen.as_ref().map(|(_, bytes)| size(*bytes)).unwrap_or_default())
    });
    view! {
        <form on:submit=go aria-busy=move || busy().to_string()>
            <DialogHead id="upload" title="Upload a file" icon="upload">
                "Routers can load it from then on; none does so by itself."
            </DialogHead>
            <div class="dialog__body">
                <Field id="upload-file" label="File" hint=size_hint>
                    <input
                        class="input input--file"
                        id="upload-file"
                        type="file"
                        node_ref=picker
                        aria-describedby="upload-file-hint upload-file-err"
                        disabled=busy
                        on:change=choose
                    />
                </Field>
                <DraftFields draft id="upload" />
                <Field
                    id="upload-signature"
                    label="Signature (optional)"
                    hint=Signal::stored(
                        "The maker's .minisig, or an Ed25519 signature. A file that it does not fit is not kept.".to_owned(),
                    )
                >
                    <input
                        class="input input--file"
                        id="upload-signature"
                        type="file"
                        node_ref=signature
                        aria-describedby="upload-signature-hint upload-signature-err"
                        disabled=busy
                        on:change=move |_| refused.set(None)
                    />
                </Field>
                <details class="details">
                    <summary>
                        <Icon name="chevron-right" />
                        "Check against a SHA-256"
                    </summary>
                    <Field
                        id="upload-sha256"
                        label="SHA-256"
                        hint=Signal::stored("As the maker gives it. A file that differs is not kept.".to_owned())
                    >
                        <input
                            class="input mono"
                            id="upload-sha256"
                            autocomplete="off"
                            spellcheck="false"
                            maxlength="64"
                            aria-describedby="upload-sha256-hint upload-sha256-err"
                            prop:value=move || sha256.get()
                            on:input:target=move |event| sha256.set(event.target().value())
                        />
                    </Field>
                </details>
                <Bar progress />
                // Here, beside the button: the form is longer than a screen.
                <Refusal refused />
            </div>
            <div class="dialog__foot">
                <button class="btn" type="button" on:click=move |_| open.set(false)>
                    {move || if busy() { "Stop the upload" } else { "Cancel" }}
                </button>
                <button class="btn btn--primary" type="submit" aria-disabled=move || busy().then_some("true")>
                    <Icon
                        name=Signal::derive(move || if busy() { "loader" } else { "upload" })
                        class=Signal::derive(move || if busy() { "spin" } else { "" })
                    />
                    {move || if busy() { "Uploading" } else { "Upload" }}
                </button>
            </div>
        </form>
    }
}

/// How far the upload is.
#[component]
fn Bar(progress: RwSignal<Option<Progress>>) -> impl IntoView {
    let shown = Memo::new(move |_| progress.with(Option::is_some));
    let words = move || match progress.get() {
        None => String::new(),
        Some(Progress::Sent { done, all }) => format!("{} of {}", size(done), size(all)),
        Some(Progress::Keeping) => "All is sent. Lastmile is writing it down.".to_owned(),
    };
    let value = move || match progress.get() {
        Some(Progress::Sent { done, all }) => (done.saturating_mul(100) / all.max(1)).to_string(),
        _ => "100".to_owned(),
    };
    view! {
        <Show when=move || shown.get()>
            <div class="progress">
                <progress aria-label="Upload" max="100" value=value></progress>
                <span>{words}</span>
            </div>
        </Show>
    }
}
