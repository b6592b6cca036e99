//! Adding a row to a table whose data model is known: what it can be given is asked first.

use super::Browser;
use super::control::Control;
use crate::components::{Button, Dialog, DialogFoot, DialogHead, Icon, Said};
use crate::pages::device::head::Who;
use crate::pages::device::state::DeviceState;
use leptos::prelude::*;
use model::knowledge::NewField;
use model::task::{SetValue, TaskKind, short_name};
use model::tree::ValueType;

/// What is typed into one field.
#[derive(Clone)]
struct Entry {
    field: NewField,
    value: RwSignal<String>,
    error: RwSignal<Option<String>>,
}

/// The one dialog of the page.
#[component]
pub fn AddDialog() -> impl IntoView {
    let open = expect_context::<Browser>().adding;
    view! {
        <Dialog open id="add-row">
            <Form open />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let view = browser.tree.get_untracked().and_then(Result::ok).unwrap_or_default();
    let table = view.path;
    let entries: Vec<Entry> = view
        .new_row
        .into_iter()
        .map(|field| Entry { field, value: RwSignal::new(String::new()), error: RwSignal::new(None) })
        .collect();
    let fields = entries.iter().enumerate().map(|(index, entry)| view! { <Field index entry=entry.clone() /> });
    let fields = fields.collect_view();
    let title = format!("Add a {}", short_name(&table));
    let shown = table.clone();
    let add = Callback::new(move |()| {
        if let Some(values) = values(&entries) {
            state.ask(TaskKind::AddObject { path: table.clone(), values }, move || {
                open.try_set(false);
            });
        }
    });
    view! {
        <DialogHead id="add-row" title>
            <Who />
        </DialogHead>
        <form
            aria-label="Values of the new row"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                add.run(());
            }
        >
            <div class="dialog__body">
                <p>"What is left empty, the router decides. " <bdi class="mono">{shown}</bdi></p>
                {fields}
                {move || {
                    state.refused.get().map(|error| {
                        view! { <p class="field__error" role="alert"><Icon name="octagon" /><Said error /></p> }
                    })
                }}
            </div>
            <DialogFoot open>
                <Button kind="submit" class="btn--primary" busy=state.sending>
                    {move || if state.sending.get() { "Adding row" } else { "Add row" }}
                </Button>
            </DialogFoot>
        </form>
    }
}

/// What was filled in, or nothing if a value breaks its rule; the field then says which.
fn values(entries: &[Entry]) -> Option<Vec<SetValue>> {
    let mut fine = true;
    let mut values = Vec::new();
    for Entry { field, value, error } in entries {
        let value = value.get_untracked();
        if value.is_empty() {
            error.set(None);
            continue;
        }
        let checked = field.known.rules.check(&value);
        fine &= checked.is_ok();
        error.set(checked.err());
        values.push(set(field, value));
    }
    fine.then_some(values)
}

/// A value with the type it is sent as: lists are text.
fn set(field: &NewField, value: String) -> SetValue {
    let rules = &field.known.rules;
    let value_type = if rules.list.is_some() { ValueType::String } else { rules.value_type };
    SetValue { path: field.name.clone(), value, value_type: Some(value_type) }
}

#[component]
fn Field(index: usize, entry: Entry) -> impl IntoView {
    let Entry { field, value, error } = entry;
    let id = format!("new-{index}");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-err"));
    let hint = match field.known.about.as_str() {
        "" => field.known.rules.words(),
        about => format!("{about} ({})", field.known.rules.words()),
    };
    view! {
        <div class="field">
            <label class="field__label" id=format!("{id}-l") for=id.clone()>
                <bdi>{field.name}</bdi>
                " "
                {field.key.then(|| view! { <span class="field__opt">"tells rows apart"</span> })}
            </label>
            <Control
                id=id
                rules=field.known.rules
                value
                invalid=Signal::derive(move || error.with(Option::is_some))
                describedby=format!("{hint_id} {error_id}")
                optional=true
                secret=field.known.hidden
            />
            <span class="field__hint" id=hint_id>{hint}</span>
            <span class="field__error" id=error_id role="alert">
                {move || error.get().map(|rule| view! { <Icon name="octagon" /> {rule} })}
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::knowledge::{Choice, Knowledge, ListRule, Rules};

    fn entry(name: &str, rules: Rules, value: &str) -> Entry {
        let field = NewField { name: name.into(), key: false, known: Knowledge { rules, ..Knowledge::default() } };
        Entry { field, value: RwSignal::new(value.into()), error: RwSignal::new(None) }
    }

    #[test]
    fn only_what_was_filled_in_is_sent() {
        let owner = Owner::new();
        owner.with(|| {
            let list =
                Rules { list: Some(ListRule::default()), value_type: ValueType::UnsignedInt, ..Rules::default() };
            let entries = [entry("A", Rules::default(), ""), entry("B", list, "1,2")];
            let sent = values(&entries).unwrap();
            assert_eq!(sent, [SetValue { path: "B".into(), value: "1,2".into(), value_type: Some(ValueType::String) }]);
        });
    }

    #[test]
    fn a_value_that_breaks_its_rule_stops_all() {
        let owner = Owner::new();
        owner.with(|| {
            let choices = vec![Choice { value: "TCP".into(), read_only: false }];
            let wrong = entry("Protocol", Rules { choices, ..Rules::default() }, "ICMP");
            assert_eq!(values(&[entry("A", Rules::default(), "x"), wrong.clone()]), None);
            assert_eq!(wrong.error.get_untracked().as_deref(), Some("One of TCP."));
        });
    }
}
