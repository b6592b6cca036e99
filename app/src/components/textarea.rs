//! Long text.

use leptos::html;
use leptos::prelude::*;

/// A `<textarea>` that escapes its text itself: the framework renders children of this element raw on the server.
#[component]
pub fn TextArea(
    #[prop(into)] id: String,
    value: RwSignal<String>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(default = 4)] rows: u16,
    #[prop(optional, into)] invalid: Signal<bool>,
    #[prop(optional)] node_ref: NodeRef<html::Textarea>,
) -> impl IntoView {
    let described = format!("{id}-hint {id}-err");
    view! {
        <textarea
            class="input"
            id=id
            name=name
            rows=rows.to_string()
            aria-describedby=described
            aria-invalid=move || invalid.get().then_some("true")
            node_ref=node_ref
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
            inner_html=initial(&value.get_untracked())
        ></textarea>
    }
}

/// The text as the inside of the element: escaped, and with the line break that a parser drops at the beginning.
fn initial(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    if cfg!(feature = "ssr") && text.starts_with('\n') {
        html.push('\n');
    }
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_the_element() {
        let owner = Owner::new();
        owner.set();
        let value = RwSignal::new("</textarea><script>alert(1)</script> & more".to_owned());
        let html = view! { <TextArea id="note" value /> }.to_html();
        assert!(!html.contains("<script>"), "{html}");
        assert!(
            html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</textarea>"),
            "{html}"
        );
    }

    #[test]
    fn an_empty_text_stays_empty() {
        let owner = Owner::new();
        owner.set();
        let html = view! { <TextArea id="note" value=RwSignal::new(String::new()) /> }.to_html();
        assert!(html.contains("></textarea>"), "{html}");
    }
}
