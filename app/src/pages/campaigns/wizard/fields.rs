//! Fields of a plan. Each reads its part of the plan and writes it back, so that what is restored or taken from a table
//! stands in the field at once.

use super::state::Wizard;
use crate::components::Icon;
use leptos::prelude::*;
use model::campaign::{CampaignPlan, PlanPart};

/// A number with its unit. What is no such number is not taken and said.
#[component]
pub fn Number<R, W>(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    part: PlanPart,
    /// After the field.
    #[prop(optional)]
    unit: &'static str,
    #[prop(optional)] hint: &'static str,
    min: f64,
    max: f64,
    /// Fractions are taken.
    #[prop(optional)]
    fractions: bool,
    /// May be empty.
    #[prop(optional)]
    optional: bool,
    read: R,
    write: W,
) -> impl IntoView
where
    R: Fn(&CampaignPlan) -> Option<f64> + Copy + Send + Sync + 'static,
    W: Fn(&mut CampaignPlan, Option<f64>) + Copy + Send + Sync + 'static,
{
    let wizard = expect_context::<Wizard>();
    let value = wizard.part(read);
    let said = |value: Option<f64>| value.map(|number| number.to_string()).unwrap_or_default();
    let text = RwSignal::new(said(value.get_untracked()));
    let parse = move |text: &str| number(text, min, max, fractions, optional);
    let key = StoredValue::new(id.clone());
    let mended = move || {
        if let Some(key) = key.try_get_value() {
            wizard.bad.try_update(|bad| bad.remove(&key));
        }
    };
    Effect::new(move |_| {
        let value = value.get();
        // What the person types stays as they type it: `2.0` is not turned into `2`.
        if text.with_untracked(|text| parse(text)) != Ok(value) {
            text.set(said(value));
            mended();
        }
    });
    let problem = Memo::new(move |_| text.with(|text| parse(text)).err());
    let typed = move |event: leptos::ev::Targeted<leptos::ev::Event, leptos::web_sys::HtmlInputElement>| {
        let typed = event.target().value();
        let parsed = parse(&typed);
        text.set(typed);
        match parsed {
            Ok(number) => {
                mended();
                wizard.plan.update(|plan| write(plan, number));
            }
            Err(_) => wizard.bad.update(|bad| {
                bad.insert(key.get_value(), part);
            }),
        }
    };
    on_cleanup(mended);
    let (error_id, hint_id) = (format!("{id}-err"), format!("{id}-hint"));
    let described = format!("{hint_id} {error_id}");
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <span class="input-unit">
                <input
                    class="input input--num" id=id inputmode=if fractions { "decimal" } else { "numeric" } autocomplete="off"
                    maxlength="12" aria-describedby=described aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    value=text.get_untracked()
                    prop:value=move || text.get()
                    on:input:target=typed
                />
                {unit}
            </span>
            <span class="field__hint" id=hint_id hidden=hint.is_empty()>{hint}</span>
            <span class="field__error" id=error_id role="alert" hidden=move || problem.with(Option::is_none)>
                <Icon name="octagon" />
                <span>{move || problem.get().unwrap_or_default()}</span>
            </span>
        </div>
    }
}

/// What a text means as a number within limits; `None` where it may be empty.
pub fn number(text: &str, min: f64, max: f64, fractions: bool, optional: bool) -> Result<Option<f64>, String> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() && optional {
        return Ok(None);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    match number {
        Some(number) if (min..=max).contains(&number) && (fractions || number.fract() == 0.0) => Ok(Some(number)),
        _ => Err(format!("{min} to {max}")),
    }
}

/// A number as a count.
pub fn count(number: Option<f64>) -> u32 {
    number.unwrap_or(0.0) as u32
}

/// A line of text.
#[component]
pub fn Text<R, W>(
    #[prop(into)] id: String,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] placeholder: &'static str,
    /// Id of a `datalist`.
    #[prop(optional)]
    list: Option<&'static str>,
    #[prop(default = 200)] longest: u16,
    read: R,
    write: W,
) -> impl IntoView
where
    R: Fn(&CampaignPlan) -> String + Copy + Send + Sync + 'static,
    W: Fn(&mut CampaignPlan, String) + Copy + Send + Sync + 'static,
{
    let wizard = expect_context::<Wizard>();
    let value = wizard.part(read);
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <input
                class="input" id=id autocomplete="off" maxlength=longest.to_string() list=list placeholder=placeholder
                aria-describedby=hint_id.clone()
                value=value.get_untracked()
                prop:value=move || value.get()
                on:input:target=move |event| {
                    let text = event.target().value();
                    wizard.plan.update(|plan| write(plan, text));
                }
            />
            <span class="field__hint" id=hint_id hidden=hint.is_empty()>{hint}</span>
        </div>
    }
}

/// Several texts in one line, as they are typed.
pub fn list_of(text: &str) -> Vec<String> {
    text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

/// Several texts in one line, with commas between them.
#[component]
pub fn Texts<R, W>(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    #[prop(optional)] placeholder: &'static str,
    read: R,
    write: W,
) -> impl IntoView
where
    R: Fn(&CampaignPlan) -> &Vec<String> + Copy + Send + Sync + 'static,
    W: Fn(&mut CampaignPlan, Vec<String>) + Copy + Send + Sync + 'static,
{
    let wizard = expect_context::<Wizard>();
    let kept = wizard.part(move |plan| read(plan).clone());
    // As typed: a comma at the end is not taken away from whoever goes on typing.
    let typed = RwSignal::new(kept.with_untracked(|kept| kept.join(", ")));
    Effect::new(move |_| {
        let kept = kept.get();
        if typed.with_untracked(|text| list_of(text)) != kept {
            typed.set(kept.join(", "));
        }
    });
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <input
                class="input" id=id autocomplete="off" maxlength="2000" placeholder=placeholder aria-describedby=hint_id.clone()
                value=typed.get_untracked() prop:value=move || typed.get()
                on:input:target=move |event| {
                    let text = event.target().value();
                    wizard.plan.update(|plan| write(plan, list_of(&text)));
                    typed.set(text);
                }
            />
            <span class="field__hint" id=hint_id>{hint}</span>
        </div>
    }
}

/// A box to tick.
#[component]
pub fn Check<R, W>(label: &'static str, #[prop(optional)] hint: &'static str, read: R, write: W) -> impl IntoView
where
    R: Fn(&CampaignPlan) -> bool + Copy + Send + Sync + 'static,
    W: Fn(&mut CampaignPlan, bool) + Copy + Send + Sync + 'static,
{
    let wizard = expect_context::<Wizard>();
    let value = wizard.part(read);
    view! {
        <label class="check">
            <input
                type="checkbox"
                checked=value.get_untracked()
                prop:checked=move || value.get()
                on:change:target=move |event| {
                    let on = event.target().checked();
                    wizard.plan.update(|plan| write(plan, on));
                }
            />
            <span>{label} <small>{hint}</small></span>
        </label>
    }
}

/// A card of one step.
#[component]
pub fn StepCard(
    part: PlanPart,
    title: &'static str,
    /// At the end of its head.
    #[prop(optional)]
    end: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let id = step_id(part);
    let problems = Memo::new(move |_| {
        let mine = |problem: model::campaign::PlanProblem| (problem.part == part).then_some(problem.problem);
        wizard.problems().into_iter().filter_map(mine).collect::<Vec<_>>()
    });
    let line =
        |text: String| view! { <li class="field__error"><Icon name="alert" /><span><bdi>{text}</bdi></span></li> };
    view! {
        <section class="card" id=id aria-labelledby=format!("{id}-h")>
            <div class="card__head">
                <h2 id=format!("{id}-h")>{title}</h2>
                {end}
            </div>
            <div class="card__body stack">
                {children()}
                <ul class="stack stack--sm" hidden=move || problems.with(Vec::is_empty)>
                    {move || problems.get().into_iter().map(line).collect_view()}
                </ul>
            </div>
        </section>
    }
}

/// Where links to a step lead.
pub fn step_id(part: PlanPart) -> &'static str {
    match part {
        PlanPart::Audience => "audience",
        PlanPart::What => "what",
        PlanPart::Stages => "stages",
        PlanPart::Limits => "limits",
        PlanPart::Review => "review",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_from_a_line() {
        assert_eq!(list_of(" vip, ,medical,"), ["vip", "medical"]);
        assert!(list_of(" , ").is_empty());
    }

    #[test]
    fn numbers_are_taken_within_their_limits() {
        assert_eq!(number(" 2,5 ", 0.0, 100.0, true, false), Ok(Some(2.5)));
        assert_eq!(number("2.5", 0.0, 100.0, false, false), Err("0 to 100".to_owned()));
        assert_eq!(number("", 0.0, 100.0, false, true), Ok(None));
        for wrong in ["", "x", "101", "-1", "NaN", "inf", "1e999"] {
            assert!(number(wrong, 0.0, 100.0, true, false).is_err(), "{wrong}");
        }
    }
}
