//! Small choices of the person at this browser, in cookies: server and browser read the same, so the first paint is
//! already right and nothing flashes. Not secret, not trusted.

/// A preference's value; `None` if it was never set. Works on both sides.
pub fn read(name: &str) -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        let parts = leptos::prelude::use_context::<axum::http::request::Parts>()?;
        let mut headers = parts.headers.get_all(axum::http::header::COOKIE).iter();
        headers.find_map(|header| find(header.to_str().ok()?, name).map(str::to_owned))
    }
    #[cfg(not(feature = "ssr"))]
    {
        find(&html_document()?.cookie().ok()?, name).map(str::to_owned)
    }
}

/// Keeps something about this browser, which is no choice of the agent's, for a year. In the browser only.
pub fn note(name: &'static str, value: Option<&str>) {
    #[cfg(not(feature = "ssr"))]
    if let Some(document) = html_document() {
        // A browser that takes no cookies still has the choice until the page is left.
        let _ = document.set_cookie(&line(name, value));
    }
    #[cfg(feature = "ssr")]
    let _ = (name, value);
}

/// Keeps a preference for a year; `None` forgets it. What is part of the agent's profile goes there, too. In the
/// browser only.
pub fn write(name: &'static str, value: Option<&str>) {
    note(name, value);
    #[cfg(not(feature = "ssr"))]
    {
        if crate::session::is_signed_in() {
            let value = value.map(str::to_owned);
            // A choice that did not reach the server is made again at another browser: nothing to trouble anybody with.
            leptos::task::spawn_local(async move {
                let _ = crate::pages::profile::choose(name.to_owned(), value).await;
            });
        }
    }
}

/// Brings an agent's choices to a browser where they just signed in. An agent who never chose leaves the browser as
/// it is.
#[cfg(feature = "ssr")]
pub fn bring(profile: &model::desk::Profile) {
    use axum::http::{HeaderValue, header};
    let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() else { return };
    if *profile == model::desk::Profile::default() {
        return;
    }
    for name in model::desk::Profile::CHOICES {
        if let Ok(cookie) = HeaderValue::try_from(line(name, profile.get(name))) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
}

#[cfg(not(feature = "ssr"))]
fn html_document() -> Option<web_sys::HtmlDocument> {
    use wasm_bindgen::JsCast;
    leptos::prelude::document().dyn_into().ok()
}

fn line(name: &str, value: Option<&str>) -> String {
    let (value, age) = value.map_or(("", 0), |value| (value, 31_536_000));
    format!("{name}={value}; Path=/; Max-Age={age}; SameSite=Lax")
}

fn find<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let cookies = "id=abc; mytheme=light; theme=dark";
        assert_eq!(find(cookies, "theme"), Some("dark"));
        assert_eq!(find(cookies, "heme"), None);
        assert_eq!(find("", "theme"), None);
        assert_eq!(find("theme", "theme"), None);
    }

    #[test]
    fn forgetting_expires_the_cookie() {
        assert_eq!(line("theme", Some("dark")), "theme=dark; Path=/; Max-Age=31536000; SameSite=Lax");
        assert_eq!(line("theme", None), "theme=; Path=/; Max-Age=0; SameSite=Lax");
    }
}
