//! Passkeys in the browser: what it is asked, and what it answers, as JSON (W3C Web Authentication, level 3, §5.1.8).

/// Why there is no answer, for people.
pub type Problem = String;

/// Whether this browser, on this page, can do anything with passkeys. Always `false` on the server.
pub fn is_possible() -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        use wasm_bindgen::JsValue;
        let window = leptos::prelude::window();
        let secure = window.is_secure_context();
        let credential = js_sys::Reflect::get(&window, &JsValue::from_str("PublicKeyCredential"));
        secure && credential.is_ok_and(|credential| credential.is_function())
    }
    #[cfg(feature = "ssr")]
    false
}

/// Has a passkey made. `options` is JSON of `PublicKeyCredentialCreationOptionsJSON`; so the answer is.
pub async fn create(options: &str) -> Result<String, Problem> {
    ask("create", "parseCreationOptionsFromJSON", options).await
}

/// Has a passkey prove itself.
pub async fn get(options: &str) -> Result<String, Problem> {
    ask("get", "parseRequestOptionsFromJSON", options).await
}

#[cfg(not(feature = "ssr"))]
async fn ask(method: &str, parser: &str, options: &str) -> Result<String, Problem> {
    use js_sys::{Function, JSON, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    let call = |of: &JsValue, name: &str, argument: &JsValue| -> Result<JsValue, JsValue> {
        Reflect::get(of, &name.into())?.dyn_into::<Function>()?.call1(of, argument)
    };
    let go = || -> Result<Promise, JsValue> {
        let window = leptos::prelude::window();
        let class = Reflect::get(&window, &"PublicKeyCredential".into())?;
        let options = call(&class, parser, &JSON::parse(options)?)?;
        let wrapped = Object::new();
        Reflect::set(&wrapped, &"publicKey".into(), &options)?;
        let credentials = Reflect::get(&window.navigator(), &"credentials".into())?;
        call(&credentials, method, &wrapped)?.dyn_into::<Promise>()
    };
    let too_old = |_| "This browser cannot do this with passkeys. Nothing was changed.".to_owned();
    let promise = go().map_err(too_old)?;
    let credential = JsFuture::from(promise).await.map_err(|error| said(&error))?;
    let answer = call(&credential, "toJSON", &JsValue::UNDEFINED)
        .and_then(|answer| JSON::stringify(&answer))
        .map_err(too_old)?;
    Ok(answer.into())
}

/// What went wrong, by the name of the exception.
#[cfg(not(feature = "ssr"))]
fn said(error: &wasm_bindgen::JsValue) -> Problem {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    match name.as_deref() {
        Some("InvalidStateError") => "This passkey is known already. Nothing was changed.",
        Some("SecurityError") => "Passkeys need this portal's own name in the address bar, and HTTPS.",
        _ => "No passkey was given. Nothing was changed.",
    }
    .to_owned()
}

/// Only the browser has passkeys.
#[cfg(feature = "ssr")]
#[allow(clippy::unused_async, reason = "the browser's half waits")]
async fn ask(_method: &str, _parser: &str, _options: &str) -> Result<String, Problem> {
    Err("Only a browser has passkeys.".to_owned())
}
