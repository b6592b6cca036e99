//! The control that fits what is known of a value: a list of choices, on and off, a number, a text.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, HtmlInputElement};
use model::knowledge::Rules;
use model::tree::ValueType;

/// Shown for a choice that leaves a value alone.
const LEAVE: &str = "Leave it to the router";

/// How a value is best entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Choices,
    Switch,
    Number,
    Text,
}

fn way(rules: &Rules, start: &str) -> Way {
    let number =
        matches!(rules.value_type, ValueType::Int | ValueType::UnsignedInt | ValueType::Long | ValueType::UnsignedLong);
    match rules.value_type {
        _ if rules.list.is_some() => Way::Text,
        _ if rules.settable().next().is_some() => Way::Choices,
        ValueType::Boolean => Way::Switch,
        // A field for numbers would not show a text that the router has instead of one.
        _ if number && (start.is_empty() || start.trim().parse::<i64>().is_ok()) => Way::Number,
        _ => Way::Text,
    }
}

/// An input, a list of choices, or a switch of two. The label is the caller's: `{id}-l`.
#[component]
pub fn Control(
    id: String,
    rules: Rules,
    value: RwSignal<String>,
    #[prop(into)] invalid: Signal<bool>,
    /// Ids of hint and error.
    describedby: String,
    /// It may be left alone: then the value stays empty.
    #[prop(optional)]
    optional: bool,
    /// What is typed is not shown.
    #[prop(optional)]
    secret: bool,
) -> impl IntoView {
    let start = value.get_untracked();
    let aria_invalid = move || invalid.get().then_some("true");
    match way(&rules, &start) {
        Way::Switch if !optional => {
            let radio = |on: bool, words: &'static str| {
                let word = if on { "true" } else { "false" };
                view! {
                    <label>
                        <input
                            type="radio"
                            class="sr-only"
                            name=id.clone()
                            value=word
                            checked=start == word
                            prop:checked=move || value.with(|value| value == word)
                            on:change=move |_| value.set(word.to_owned())
                        />
                        <span>{words}</span>
                    </label>
                }
            };
            let (on, off) = (radio(true, "On"), radio(false, "Off"));
            view! {
                <span class="seg" role="radiogroup" id=id.clone() aria-labelledby=format!("{id}-l") aria-describedby=describedby>
                    {on}
                    {off}
                </span>
            }
            .into_any()
        }
        Way::Choices | Way::Switch => {
            let mut options: Vec<(String, String)> = if rules.value_type == ValueType::Boolean {
                vec![("true".to_owned(), "On".to_owned()), ("false".to_owned(), "Off".to_owned())]
            } else {
                let words = |choice: &str| if choice.is_empty() { "Empty".to_owned() } else { choice.to_owned() };
                rules.settable().map(|choice| (choice.to_owned(), words(choice))).collect()
            };
            if optional {
                options.insert(0, (String::new(), LEAVE.to_owned()));
            } else if !options.iter().any(|(choice, _)| *choice == start) {
                // What the router has now, though the standard does not know it.
                let words = if start.is_empty() { "Choose".to_owned() } else { start.clone() };
                options.insert(0, (start.clone(), words));
            }
            let options = options.into_iter().map(|(choice, words)| {
                let selected = choice == start;
                view! { <option value=choice selected=selected>{words}</option> }
            });
            view! {
                <select
                    class="select"
                    id=id
                    aria-invalid=aria_invalid
                    aria-describedby=describedby
                    prop:value=move || value.get()
                    on:change:target=move |event| value.set(event.target().value())
                >
                    {options.collect_view()}
                </select>
            }
            .into_any()
        }
        way => {
            let number = way == Way::Number;
            let (min, max) = bounds(&rules).filter(|_| number).unwrap_or_default();
            view! {
                <input
                    class="input"
                    id=id
                    type=if secret { "password" } else if number { "number" } else { "text" }
                    min=min
                    max=max
                    step=number.then_some("1")
                    maxlength=rules.max_length().filter(|_| !number)
                    autocomplete=if secret { "new-password" } else { "off" }
                    spellcheck="false"
                    aria-invalid=aria_invalid
                    aria-describedby=describedby
                    value=start
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
            }
            .into_any()
        }
    }
}

/// The ends of a range, if there is just one.
fn bounds(rules: &Rules) -> Option<(Option<i64>, Option<i64>)> {
    match rules.ranges.as_slice() {
        [only] => Some((only.min, only.max)),
        [] if rules.value_type == ValueType::UnsignedInt => Some((Some(0), Some(i64::from(u32::MAX)))),
        [] if rules.value_type == ValueType::UnsignedLong => Some((Some(0), None)),
        _ => None,
    }
}

/// Puts the focus into a control; a text is selected, so that typing replaces it.
pub fn focus(id: &str) {
    let Some(control) = document().get_element_by_id(id) else { return };
    let chosen = control.query_selector("input:checked").ok().flatten().unwrap_or(control);
    if let Some(element) = chosen.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
    if let Some(input) = chosen.dyn_ref::<HtmlInputElement>() {
        input.select();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::knowledge::{Choice, ListRule, Range};

    #[test]
    fn each_kind_of_value_has_its_control() {
        let of = |value_type| Rules { value_type, ..Rules::default() };
        let choices = vec![Choice { value: "TCP".into(), read_only: false }];
        assert_eq!(way(&of(ValueType::Boolean), "true"), Way::Switch);
        assert_eq!(way(&of(ValueType::UnsignedInt), "6"), Way::Number);
        assert_eq!(way(&of(ValueType::UnsignedInt), "Auto"), Way::Text);
        assert_eq!(way(&of(ValueType::String), ""), Way::Text);
        assert_eq!(way(&Rules { choices: choices.clone(), ..Rules::default() }, "TCP"), Way::Choices);
        let list = Rules { choices, list: Some(ListRule::default()), ..Rules::default() };
        assert_eq!(way(&list, "TCP"), Way::Text);
        let reported = Rules { choices: vec![Choice { value: "Up".into(), read_only: true }], ..Rules::default() };
        assert_eq!(way(&reported, "Up"), Way::Text);
    }

    #[test]
    fn a_field_for_numbers_knows_its_ends() {
        let range = Range { min: Some(1), max: Some(255) };
        let one = Rules { value_type: ValueType::UnsignedInt, ranges: vec![range], ..Rules::default() };
        assert_eq!(bounds(&one), Some((Some(1), Some(255))));
        assert_eq!(bounds(&Rules { ranges: vec![range, range], ..one.clone() }), None);
        assert_eq!(bounds(&Rules { ranges: Vec::new(), ..one }), Some((Some(0), Some(4_294_967_295))));
    }
}
