//! Where in the form one is, and what each step says.

use super::super::words::{hours, kind_words, routers};
use super::fields::step_id;
use super::state::Wizard;
use crate::components::{Icon, Tone};
use leptos::prelude::*;
use model::campaign::{CampaignKind, PlanPart};

#[component]
pub fn Steps() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let audience = move || {
        let counted = wizard.preview.with(Option::is_some);
        if counted { routers(wizard.total()) } else { "not counted yet".to_owned() }
    };
    let what = wizard.part(|plan| match &plan.kind {
        CampaignKind::Firmware { images } if images.len() > 1 => format!("Firmware, {} images", images.len()),
        CampaignKind::Configuration { values } if values.len() != 1 => format!("{} settings", values.len()),
        kind => kind_words(kind),
    });
    let stages = wizard.part(|plan| {
        let count = plan.stages.len();
        let gates = count.saturating_sub(1);
        let word = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        format!("{}, {}", word(count, "stage"), word(gates, "gate"))
    });
    let window = wizard.part(|plan| hours(plan.window.as_ref().map(|window| (window.from, window.to))));
    let problems = Memo::new(move |_| wizard.problems());
    let left = move || match problems.with(Vec::len) {
        0 => "ready".to_owned(),
        count => format!("{count} to correct"),
    };
    let step = move |part: PlanPart, title: &'static str, text: Signal<String>| {
        let bad = Memo::new(move |_| problems.with(|problems| problems.iter().any(|problem| problem.part == part)));
        let tone = move || if bad.get() { Tone::Warn.as_str() } else { Tone::Ok.as_str() };
        let icon = Signal::derive(move || if bad.get() { "alert" } else { "check-circle" });
        view! {
            <li>
                <a href=format!("#{}", step_id(part)) data-tone=tone>
                    <Icon name=icon />
                    <span>
                        {title}
                        <span class="sr-only">{move || if bad.get() { ", something to correct" } else { "" }}</span>
                        <small>{move || text.get()}</small>
                    </span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="wizard__steps" aria-label="Steps">
            <ol>
                {step(PlanPart::Audience, "Audience", Signal::derive(audience))}
                {step(PlanPart::What, "What it does", Signal::derive(move || what.get()))}
                {step(PlanPart::Stages, "Stages and gates", Signal::derive(move || stages.get()))}
                {step(PlanPart::Limits, "Window and limits", Signal::derive(move || window.get()))}
                {step(PlanPart::Review, "Review", Signal::derive(left))}
            </ol>
        </nav>
    }
}
