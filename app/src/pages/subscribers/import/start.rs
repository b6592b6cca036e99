//! Choosing the file.

use crate::PortalError;
use crate::components::{ErrorView, Field, Icon, Refusal};
use crate::session::{encode, may};
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::error::FromServerFnError;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::Permission;
use model::import::{TABLE_BYTES_MAX, TableView};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{File, XmlHttpRequest};

/// `/subscribers/import`
#[component]
pub fn ImportStartPage() -> impl IntoView {
    view! {
        <Title text="Import subscribers" />
        <main class="main" id="main">
            <div class="pagehead"><h1>"Import subscribers"</h1></div>
            {if may(Permission::SubscriberWrite) {
                view! { <Form /> }.into_any()
            } else {
                view! { <div class="card"><ErrorView error=PortalError::Denied /></div> }.into_any()
            }}
        </main>
    }
}

#[component]
fn Form() -> impl IntoView {
    let picker = NodeRef::<html::Input>::new();
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let navigate = use_navigate();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let file = picker.get_untracked().and_then(|input| input.files()).and_then(|list| list.get(0));
        let Some(file) = file else {
            refused.set(Some(PortalError::Invalid("Choose a file first.".to_owned())));
            return;
        };
        if busy.get_untracked() {
            return;
        }
        refused.set(None);
        if file.size() as usize > TABLE_BYTES_MAX {
            let most = TABLE_BYTES_MAX >> 20;
            refused.set(Some(PortalError::Invalid(format!(
                "The file is larger than {most} MB. Nothing was imported; split it into several files."
            ))));
            return;
        }
        busy.set(true);
        let navigate = navigate.clone();
        let end = move |answer: Result<TableView, PortalError>| {
            busy.try_set(false);
            match answer {
                Ok(table) => {
                    navigate(&format!("/subscribers/import/{}", table.id), NavigateOptions::default());
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        };
        if let Err(error) = send(&file, end) {
            busy.set(false);
            refused.set(Some(error));
        }
    };
    view! {
        <form class="card card--form" on:submit=go aria-busy=move || busy.get().to_string()>
            <div class="card__body card__body--top stack">
                <p>
                    "A table with a line of column names: CSV with commas, semicolons or tabs, in UTF-8 or as older spreadsheets save it. Nothing is changed before you have seen what its columns are taken for."
                </p>
                <Refusal refused />
                <Field id="table" label="File" hint=Signal::stored("At most 64 MB.".to_owned())>
                    <input
                        class="input input--file" id="table" type="file" accept=".csv,.tsv,.txt,text/csv"
                        node_ref=picker aria-describedby="table-hint table-err" disabled=move || busy.get()
                    />
                </Field>
            </div>
            <div class="card__foot">
                <a class="btn" href="/subscribers">"Cancel"</a>
                <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>
                    <Icon
                        name=Signal::derive(move || if busy.get() { "loader" } else { "upload" })
                        class=Signal::derive(move || if busy.get() { "spin" } else { "" })
                    />
                    {move || if busy.get() { "Reading" } else { "Read the file" }}
                </button>
            </div>
        </form>
    }
}

fn send(file: &File, on_end: impl FnOnce(Result<TableView, PortalError>) + 'static) -> Result<(), PortalError> {
    let lost = |_| PortalError::Unreachable;
    let request = XmlHttpRequest::new().map_err(lost)?;
    request.open("POST", &format!("/subscribers/import/upload?name={}", encode(&file.name()))).map_err(lost)?;
    request.set_request_header("Content-Type", "application/octet-stream").map_err(lost)?;
    request.set_request_header("Accept", "application/json").map_err(lost)?;
    let answered = request.clone();
    // The browser frees what it is given here with the request itself.
    let end = Closure::once_into_js(move |event: web_sys::Event| {
        on_end(if event.type_() == "load" { answer(&answered) } else { Err(PortalError::Unreachable) });
    });
    for kind in ["load", "error", "timeout", "abort"] {
        request.add_event_listener_with_callback(kind, end.unchecked_ref()).map_err(lost)?;
    }
    request.send_with_opt_blob(Some(file)).map_err(lost)
}

fn answer(request: &XmlHttpRequest) -> Result<TableView, PortalError> {
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status() {
        Ok(200) => serde_json::from_str(&text).map_err(|_| PortalError::Unreachable),
        Ok(401) => Err(PortalError::NotSignedIn),
        _ => Err(PortalError::de(text.into())),
    }
}
