//! Step 5: what it is called, why it is done, and what is done with it next.

use super::super::api::{ask_approval, save_campaign};
use super::super::campaign_href;
use super::fields::{StepCard, Text, Texts, step_id};
use super::state::Wizard;
use crate::components::{Button, Deed, Refused, Status, TextArea, Tone};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::campaign::PlanPart;

/// What follows when it is saved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Nothing,
    Ask,
    /// The page of the campaign asks whether it is meant.
    Start,
}

#[component]
pub fn ReviewCard() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let deed = Deed::default();
    let navigate = use_navigate();
    let why = RwSignal::new(wizard.plan.with_untracked(|plan| plan.why.clone()));
    let kept = wizard.part(|plan| plan.why.clone());
    Effect::new(move |_| {
        let kept = kept.get();
        if why.with_untracked(|why| *why != kept) {
            why.set(kept);
        }
    });
    Effect::new(move |_| {
        let why = why.get();
        if kept.with_untracked(|kept| *kept != why) {
            wizard.plan.update(|plan| plan.why = why);
        }
    });
    let problems = Memo::new(move |_| wizard.problems());
    let ready = Memo::new(move |_| problems.with(Vec::is_empty));
    let said = move || match problems.with(Vec::len) {
        0 => "Ready".to_owned(),
        1 => "1 thing to correct".to_owned(),
        count => format!("{count} things to correct"),
    };
    let save = Callback::new(move |next: Next| {
        let plan = wizard.plan.get_untracked();
        let known = wizard.known;
        let leaving = wizard.unsent.leaving();
        let navigate = navigate.clone();
        let work = async move {
            let saved = save_campaign(known, plan).await?;
            // It is kept now, whatever becomes of the rest: the page of the campaign says it.
            if next == Next::Ask && ask_approval(saved.id, saved.revision).await.is_err() {
                return Ok((saved, Next::Start));
            }
            Ok((saved, next))
        };
        deed.run(work, move |(saved, next)| {
            leaving.sent();
            let href = campaign_href(saved.id);
            let href = if next == Next::Start { format!("{href}?do=start") } else { href };
            navigate(&href, NavigateOptions::default());
        });
    });
    let bad = Memo::new(move |_| wizard.bad.with(|bad| !bad.is_empty()));
    let first = move || problems.with(|problems| problems.first().map(|problem| format!("#{}", step_id(problem.part))));
    view! {
        <StepCard part=PlanPart::Review title="5. Review">
            <Text
                id="plan-name" label="Name" longest=100
                read=|plan| plan.name.clone() write=|plan, name| plan.name = name
            />
            <div class="field">
                <label class="field__label" for="plan-why">"Why"</label>
                <TextArea id="plan-why" value=why rows=3 />
                <span class="field__hint" id="plan-why-hint">"Whoever approves it reads this, and whoever asks later."</span>
            </div>
            <Texts
                id="plan-tell" label="Tell by e-mail" placeholder="noc@example.net"
                hint="Of its start, its pauses and its end. With commas between them."
                read=|plan| &plan.tell write=|plan, tell| plan.tell = tell
            />
            <Refused deed />
            <div class="wizard__end">
                <span role="status">
                    <Status
                        tone=Signal::derive(move || if ready.get() { Tone::Ok } else { Tone::Warn })
                        label=Signal::derive(said)
                    />
                    {move || first().map(|href| view! { " " <a href=href>"Show it"</a> })}
                </span>
                <div class="btn-row">
                    <Button
                        busy=deed.busy disabled=Signal::derive(move || bad.get())
                        on_click=Callback::new(move |_| save.run(Next::Nothing))
                    >
                        "Save draft"
                    </Button>
                    <Button
                        icon="send" busy=deed.busy disabled=Signal::derive(move || !ready.get())
                        on_click=Callback::new(move |_| save.run(Next::Ask))
                    >
                        "Ask for approval"
                    </Button>
                    <Button
                        class="btn--primary" icon="play" busy=deed.busy disabled=Signal::derive(move || !ready.get())
                        on_click=Callback::new(move |_| save.run(Next::Start))
                    >
                        "Save and start"
                    </Button>
                </div>
            </div>
            <p class="muted">"Saving starts nothing. Large campaigns need a second person before they start."</p>
        </StepCard>
    }
}
