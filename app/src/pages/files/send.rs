//! Sending a file to the server: an XMLHttpRequest, because nothing else tells how far it has come.

use crate::PortalError;
use crate::session::encode;
use leptos::prelude::window;
use leptos::server_fn::error::FromServerFnError;
use model::file::{FileInput, FileView};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ProgressEvent, XmlHttpRequest};

/// Bytes of a signature file, at most.
const SIGNATURE: u32 = 4096;

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// Bytes.
    Sent { done: u64, all: u64 },
    /// All is there; the server writes it down.
    Keeping,
}

/// Begins to send `file`; `signature` is a signature file in base64, or empty. Of the two callbacks the second is called once, at the end, unless the request is aborted.
pub fn send(
    file: &File,
    input: &FileInput,
    sha256: &str,
    signature: &str,
    on_progress: impl Fn(Progress) + 'static,
    on_end: impl FnOnce(Result<FileView, PortalError>) + 'static,
) -> Result<XmlHttpRequest, PortalError> {
    let input = serde_json::to_string(input).map_err(|error| PortalError::internal(&error))?;
    let (sha256, signature) = (encode(sha256.trim()), encode(signature));
    let address = format!("/files/upload?input={}&sha256={sha256}&signature={signature}", encode(&input));
    let lost = |_| PortalError::Unreachable;
    let request = XmlHttpRequest::new().map_err(lost)?;
    request.open("POST", &address).map_err(lost)?;
    request.set_request_header("Content-Type", "application/octet-stream").map_err(lost)?;
    request.set_request_header("Accept", "application/json").map_err(lost)?;

    // The browser frees what it is given here with the request itself.
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        let (done, all) = (event.loaded() as u64, event.total() as u64);
        on_progress(if done < all { Progress::Sent { done, all } } else { Progress::Keeping });
    });
    let upload = request.upload().map_err(lost)?;
    upload.set_onprogress(Some(progress.into_js_value().unchecked_ref()));
    let answered = request.clone();
    let end = Closure::once_into_js(move |event: web_sys::Event| match event.type_().as_str() {
        "abort" => {}
        "load" => on_end(answer(&answered)),
        _ => on_end(Err(PortalError::Unreachable)),
    });
    request.set_onloadend(None);
    for kind in ["load", "error", "timeout", "abort"] {
        request.add_event_listener_with_callback(kind, end.unchecked_ref()).map_err(lost)?;
    }
    request.send_with_opt_blob(Some(file)).map_err(lost)?;
    Ok(request)
}

/// All of a small file in base64.
pub async fn base64(file: &File) -> Result<String, PortalError> {
    if file.size() > f64::from(SIGNATURE) {
        return Err(PortalError::Invalid("The file chosen as the signature is too large to be one.".to_owned()));
    }
    let lost = |_| PortalError::Invalid("The browser could not read the signature file. Choose it again.".to_owned());
    let bytes = JsFuture::from(file.array_buffer()).await.map_err(lost)?;
    // What `btoa` takes: a character for each byte.
    let binary: String = js_sys::Uint8Array::new(&bytes).to_vec().into_iter().map(char::from).collect();
    window().btoa(&binary).map_err(lost)
}

fn answer(request: &XmlHttpRequest) -> Result<FileView, PortalError> {
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status() {
        Ok(200) => serde_json::from_str(&text).map_err(|_| PortalError::Unreachable),
        // The door in front of it says so in a word, or in none.
        Ok(401) => Err(PortalError::NotSignedIn),
        _ => Err(PortalError::de(text.into())),
    }
}
