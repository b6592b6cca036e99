//! Changing one value in its row of the table.

use super::Browser;
use super::control::{Control, focus};
use crate::components::Icon;
use crate::pages::device::edits::Edit;
use crate::pages::device::state::DeviceState;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use model::knowledge::Rules;
use model::task::short_name;
use model::tree::{ParameterView, ValueType};

/// Id of the button that opens the editor of a parameter.
pub fn edit_id(path: &str) -> String {
    format!("edit-{path}")
}

/// What is asked of a value: by the data model, else by the type that the router reports.
fn rules(parameter: &ParameterView) -> Rules {
    let of_type = || Rules { value_type: parameter.value_type, ..Rules::default() };
    parameter.known.as_ref().map_or_else(of_type, |known| known.rules.clone())
}

#[component]
pub fn InlineEdit(parameter: ParameterView, edit: Option<Edit>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let name = short_name(&parameter.path).to_owned();
    let rules = rules(&parameter);
    let start = edit.map(|edit| edit.value).or_else(|| parameter.value.clone().filter(|_| !parameter.secret));
    let start = start.unwrap_or_default();
    let start = match (rules.value_type, start.as_str()) {
        (ValueType::Boolean, "1") => "true".to_owned(),
        (ValueType::Boolean, "" | "0") => "false".to_owned(),
        _ => start,
    };
    let typed = RwSignal::new(start);
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        typed.track();
        error.set(None);
    });
    let id = format!("v-{}", parameter.path);
    let (label_id, hint_id, error_id) = (format!("{id}-l"), format!("{id}-hint"), format!("{id}-err"));
    let control_id = StoredValue::new(id.clone());
    Effect::new(move |_| {
        request_animation_frame(move || {
            control_id.try_with_value(|id| focus(id));
        });
    });
    let button = edit_id(&parameter.path);
    let close = move || {
        browser.editing.set(None);
        let button = button.clone();
        // Focus goes back to where it came from.
        request_animation_frame(move || {
            let button = document().get_element_by_id(&button).and_then(|button| button.dyn_into::<HtmlElement>().ok());
            if let Some(button) = button {
                let _ = button.focus();
            }
        });
    };
    let hint = rules.words();
    let secret = parameter.secret;
    let keep = {
        let close = close.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let value = typed.get_untracked();
            let kept = state.edits.try_update(|edits| edits.keep(&parameter, value)).unwrap_or(Ok(()));
            match kept {
                Ok(()) => close(),
                Err(rule) => error.set(Some(rule)),
            }
        }
    };
    let escape = {
        let close = close.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                close();
            }
        }
    };
    view! {
        // Our own words say what is wrong, not the browser's.
        <form class="inline-edit" novalidate on:submit=keep on:keydown=escape>
            <label class="sr-only" id=label_id for=id.clone()>{format!("New value for {name}")}</label>
            <Control
                id=id
                rules=rules
                value=typed
                invalid=Signal::derive(move || error.with(Option::is_some))
                describedby=format!("{hint_id} {error_id}")
                secret=secret
            />
            <button class="btn btn--sm btn--primary" type="submit">"Keep"</button>
            <button
                class="btn btn--sm btn--ghost btn--icon"
                type="button"
                aria-label="Cancel edit"
                title="Cancel edit"
                on:click=move |_| close()
            >
                <Icon name="x" />
            </button>
        </form>
        <span class="field__hint inline-hint" id=hint_id>{hint}</span>
        <span class="field__error" id=error_id role="alert">
            {move || error.get().map(|rule| view! { <Icon name="octagon" /> {rule} })}
        </span>
    }
}
