//! What an error says: the one place that shows one, so that the code of an inner fault can be copied wherever it stands.

use super::{Banner, CopyButton, Tone};
use crate::PortalError;
use leptos::prelude::*;

/// The words of an error. What somebody has to report is a button that copies it.
#[component]
pub fn Said(#[prop(into)] error: PortalError) -> impl IntoView {
    let text = error.to_string();
    let PortalError::Internal { id } = error else { return text.into_any() };
    let (before, after) = text.split_once(&id).unwrap_or((&text, ""));
    let (before, after) = (before.to_owned(), after.to_owned());
    view! { <span>{before} <CopyButton text=id label="the code" /> {after}</span> }.into_any()
}

/// Why something was refused, above what is to be corrected; nothing as long as nothing was.
#[component]
pub fn Refusal(#[prop(into)] refused: Signal<Option<PortalError>>) -> impl IntoView {
    move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p><Said error /></p></Banner> })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn html(error: PortalError) -> String {
        let owner = Owner::new();
        owner.set();
        view! { <Refusal refused=Signal::stored(Some(error)) /> }.to_html()
    }

    #[test]
    fn the_code_of_an_inner_fault_is_a_button() {
        let html = html(PortalError::Internal { id: "1a2b-<3c>".into() });
        assert!(html.contains("role=\"alert\""), "{html}");
        assert!(html.contains("aria-label=\"Copy the code 1a2b-&lt;3c&gt;\""), "{html}");
        assert!(html.contains("report the code"), "{html}");
        assert_eq!(html.matches("role=\"status\"").count(), 1, "{html}");
    }

    #[test]
    fn other_errors_are_words_alone() {
        let html = html(PortalError::Invalid("<b> is no name.".into()));
        assert!(html.contains("&lt;b&gt; is no name.") && !html.contains("<button"), "{html}");
    }
}
