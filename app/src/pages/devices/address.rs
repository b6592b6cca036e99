//! The address bar follows the page.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use leptos_router::hooks::use_location;

/// Writes the page's query into the address bar where the router (0.8.17) leaves it out: it does not notice Forward, so
/// after Back and Forward it takes a link to the page before for one to the page itself and writes no new entry. The
/// page would then not survive a reload. For pages whose state is in their query.
pub fn keep_address() {
    let location = use_location();
    let (path, query) = (location.pathname, location.search);
    Effect::new(move |before: Option<()>| {
        let wanted = (path.get(), query.get());
        if before.is_none() {
            return;
        }
        // By the next frame the router has written what it is going to write.
        request_animation_frame(move || {
            let now = path.try_get_untracked().zip(query.try_get_untracked());
            let shown = window().location();
            let (Ok(shown_path), Ok(shown_query)) = (shown.pathname(), shown.search()) else { return };
            let missing = shown_path == wanted.0 && shown_query.trim_start_matches('?') != wanted.1;
            if now.as_ref() == Some(&wanted) && missing {
                let mark = if wanted.1.is_empty() { "" } else { "?" };
                let address = format!("{}{mark}{}", wanted.0, wanted.1);
                // Browsers that limit how often this may be done leave the address as it is.
                let _ = window()
                    .history()
                    .and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&address)));
            }
        });
    });
}
