//! Which part of the fleet somebody, or something, is for; and what it may do there.

use super::Field;
use leptos::prelude::*;
use model::{Permission, Permissions, Scope};

/// A scope as a form has it.
#[derive(Clone, Copy)]
pub struct PartDraft {
    regions: RwSignal<String>,
    partners: RwSignal<String>,
    tags: RwSignal<String>,
}

impl PartDraft {
    pub fn of(scope: &Scope) -> Self {
        let text = |values: &[String]| RwSignal::new(values.join(", "));
        Self { regions: text(&scope.regions), partners: text(&scope.partners), tags: text(&scope.tags) }
    }

    /// As typed; the server tidies and checks it.
    pub fn scope(self) -> Scope {
        let values = |text: RwSignal<String>| {
            text.with_untracked(|text| {
                text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
            })
        };
        Scope { regions: values(self.regions), partners: values(self.partners), tags: values(self.tags) }
    }
}

/// Its fields; their ids begin with `prefix`.
#[component]
pub fn PartFields(draft: PartDraft, legend: &'static str, prefix: &'static str) -> impl IntoView {
    let text = move |name: &'static str, label: &'static str, value: RwSignal<String>| {
        let id = format!("{prefix}-{name}");
        let described = format!("{id}-hint {id}-err");
        view! {
            <Field id=id.clone() label hint=Signal::stored("Separated by commas. Empty: all.".to_owned())>
                <input
                    class="input" id=id autocomplete="off" maxlength="2000" aria-describedby=described
                    value=value.get_untracked()
                    on:input:target=move |event| value.set(event.target().value())
                />
            </Field>
        }
    };
    view! {
        <fieldset class="stack">
            <legend class="field__label">{legend}</legend>
            {text("regions", "Regions", draft.regions)}
            {text("partners", "Partners", draft.partners)}
            {text("tags", "Tags", draft.tags)}
        </fieldset>
    }
}

/// Permissions to choose from: all that are `listed`. What is not among `given` cannot be chosen.
#[component]
pub fn PermissionChoices(
    chosen: RwSignal<Permissions>,
    #[prop(into)] listed: Signal<Permissions>,
    given: Permissions,
) -> impl IntoView {
    let check = move |one: Permission| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    checked=chosen.get_untracked().contains(one)
                    disabled=!given.contains(one)
                    prop:checked=move || chosen.get().contains(one)
                    on:change:target=move |event| {
                        let on = event.target().checked();
                        chosen.update(|all| *all = if on { all.with(one) } else { all.without(one) });
                    }
                />
                <span>
                    {one.label()}
                    <small>{one.about()}</small>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="checks">
            <legend>"May"</legend>
            {move || listed.get().iter().map(check).collect_view()}
        </fieldset>
    }
}
