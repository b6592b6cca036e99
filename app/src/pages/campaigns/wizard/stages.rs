//! Step 3: how many at a time, and what has to hold before the next ones begin.

use super::super::words::{reach_label, routers, stage_sizes};
use super::fields::{Number, StepCard, count};
use super::state::Wizard;
use crate::components::Button;
use leptos::prelude::*;
use model::campaign::{CampaignPlan, Gate, PlanPart, Reach, STAGES_MAX, StagePlan};

#[component]
pub fn StagesCard() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let stages = wizard.part(|plan| plan.stages.len());
    let end = view! {
        <span class="card__end">
            <Button
                class="btn--sm" icon="plus" disabled=Signal::derive(move || stages.get() >= STAGES_MAX)
                on_click=Callback::new(move |_| wizard.plan.update(add))
            >
                "Stage"
            </Button>
        </span>
    }
    .into_any();
    view! {
        <StepCard part=PlanPart::Stages title="3. Stages and gates" end>
            <ol class="planstages">
                <For each=move || 0..stages.get() key=|at| *at let:at><Stage at /></For>
            </ol>
        </StepCard>
    }
}

/// Another stage before the last one: half of what is left, as the person may change.
fn add(plan: &mut CampaignPlan) {
    let last = plan.stages.len().saturating_sub(1);
    let before = plan.stages.get(last.wrapping_sub(1)).map(|stage| stage.reach);
    let reach = match before {
        Some(Reach::Percent(share)) => Reach::Percent(f64::midpoint(share, 100.0).floor().max(share)),
        _ => Reach::Percent(10.0),
    };
    plan.stages.insert(last, StagePlan { reach, gate: Gate::default() });
}

/// Which of the three a reach is, as the choice has it.
fn word(reach: Reach) -> &'static str {
    match reach {
        Reach::Canaries => "canaries",
        Reach::Devices(_) => "devices",
        Reach::Percent(_) => "percent",
    }
}

fn reach_of(word: &str, before: Reach) -> Reach {
    match (word, before) {
        ("canaries", _) => Reach::Canaries,
        ("devices", Reach::Devices(_)) | ("percent", Reach::Percent(_)) => before,
        ("devices", _) => Reach::Devices(50),
        _ => Reach::Percent(10.0),
    }
}

#[component]
fn Stage(at: usize) -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let reach = wizard.part(move |plan| plan.stages.get(at).map_or(Reach::Percent(100.0), |stage| stage.reach));
    let reach_word = Memo::new(move |_| word(reach.get()));
    let last = wizard.part(move |plan| at + 1 >= plan.stages.len());
    let adds = move || {
        let total = wizard.total();
        let size = wizard.plan.with(|plan| stage_sizes(plan, total).get(at).copied());
        size.filter(|_| total > 0).map(|size| format!("{} more", routers(size)))
    };
    let automatic = wizard.part(move |plan| plan.stages.get(at).is_none_or(|stage| stage.gate.automatic));
    let change = move |write: &dyn Fn(&mut StagePlan)| {
        wizard.plan.update(|plan| {
            if let Some(stage) = plan.stages.get_mut(at) {
                write(stage);
            }
        });
    };
    let remove = move |_| {
        wizard.plan.update(|plan| {
            if plan.stages.len() > 1 && at < plan.stages.len() {
                plan.stages.remove(at);
            }
        });
    };
    let id = move |what: &str| format!("stage-{at}-{what}");
    let gate =
        move |read: fn(&Gate) -> f64| move |plan: &CampaignPlan| plan.stages.get(at).map(|stage| read(&stage.gate));
    let set = move |write: fn(&mut Gate, f64)| {
        move |plan: &mut CampaignPlan, number: Option<f64>| {
            if let (Some(stage), Some(number)) = (plan.stages.get_mut(at), number) {
                write(&mut stage.gate, number);
            }
        }
    };
    let option = move |value: &'static str, label: &'static str| {
        view! { <option value=value selected=reach_word.get_untracked() == value>{label}</option> }
    };
    view! {
        <li>
            <h3>
                {move || format!("Stage {}: {}", at + 1, reach_label(reach.get(), at))}
                " "
                <small>{adds}</small>
            </h3>
            <Show when=move || !last.get()>
                <Button class="btn--sm btn--ghost" icon="trash" on_click=Callback::new(remove)>
                    "Remove" <span class="sr-only">{format!(" stage {}", at + 1)}</span>
                </Button>
            </Show>
            <div class="planrow">
                <Show
                    when=move || !last.get()
                    fallback=|| view! { <p class="muted">"All that are left. No gate follows."</p> }
                >
                    <div class="field">
                        <label class="field__label" for=id("reach")>"Up to"</label>
                        <select
                            class="select" id=id("reach") prop:value=move || reach_word.get()
                            on:change:target=move |event| {
                                let word = event.target().value();
                                change(&|stage| stage.reach = reach_of(&word, stage.reach));
                            }
                        >
                            {(at == 0).then(|| option("canaries", "Named canaries"))}
                            {option("devices", "Routers in all")}
                            {option("percent", "Share of each model")}
                        </select>
                    </div>
                    {move || match reach_word.get() {
                        "devices" => view! {
                            <Number
                                id=id("devices") label="How many" part=PlanPart::Stages unit="routers" min=1.0 max=100_000_000.0
                                read=move |plan| match plan.stages.get(at)?.reach {
                                    Reach::Devices(count) => Some(f64::from(count)),
                                    _ => None,
                                }
                                write=move |plan, number| if let Some(stage) = plan.stages.get_mut(at) {
                                    stage.reach = Reach::Devices(count(number));
                                }
                            />
                        }
                        .into_any(),
                        "percent" => view! {
                            <Number
                                id=id("percent") label="How many" part=PlanPart::Stages unit="%" min=0.001 max=100.0 fractions=true
                                read=move |plan| match plan.stages.get(at)?.reach {
                                    Reach::Percent(share) => Some(share),
                                    _ => None,
                                }
                                write=move |plan, number| if let (Some(stage), Some(number)) = (plan.stages.get_mut(at), number) {
                                    stage.reach = Reach::Percent(number);
                                }
                            />
                        }
                        .into_any(),
                        _ => ().into_any(),
                    }}
                    <Number
                        id=id("success") label="Gate: verified" part=PlanPart::Stages unit="%" min=0.0 max=100.0 fractions=true
                        read=gate(|gate| gate.success_percent) write=set(|gate, number| gate.success_percent = number)
                    />
                    <Number
                        id=id("sample") label="Of at least" part=PlanPart::Stages unit="finished" min=0.0 max=1_000_000.0
                        read=gate(|gate| f64::from(gate.min_sample)) write=set(|gate, number| gate.min_sample = number as u32)
                    />
                    <Number
                        id=id("soak") label="Then wait" part=PlanPart::Stages unit="h" min=0.0 max=2160.0 fractions=true
                        read=gate(|gate| f64::from(gate.soak_minutes) / 60.0)
                        write=set(|gate, number| gate.soak_minutes = (number * 60.0).round() as u32)
                    />
                    <div class="field">
                        <label class="field__label" for=id("by")>"Go on by"</label>
                        <select
                            class="select" id=id("by") prop:value=move || if automatic.get() { "itself" } else { "person" }
                            on:change:target=move |event| {
                                let itself = event.target().value() == "itself";
                                change(&|stage| stage.gate.automatic = itself);
                            }
                        >
                            <option value="itself" selected=automatic.get_untracked()>"Itself"</option>
                            <option value="person" selected=!automatic.get_untracked()>"A person"</option>
                        </select>
                    </div>
                </Show>
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::campaign::CampaignKind;

    #[test]
    fn stages_can_be_added_without_a_mistake() {
        let mut plan = CampaignPlan::new("x", CampaignKind::Reboot);
        for _ in 0..4 {
            add(&mut plan);
            assert_eq!(plan.problems(), [], "{:?}", plan.stages);
        }
        let mut whole = CampaignPlan::new("x", CampaignKind::Reboot);
        whole.stages = vec![StagePlan { reach: Reach::Percent(100.0), gate: Gate::default() }];
        add(&mut whole);
        assert_eq!((whole.stages.len(), whole.problems()), (2, Vec::new()));
    }

    #[test]
    fn a_number_survives_a_look_at_another_kind() {
        assert_eq!(reach_of("devices", Reach::Devices(7)), Reach::Devices(7));
        assert_eq!(reach_of("percent", Reach::Devices(7)), Reach::Percent(10.0));
        assert_eq!(word(reach_of("canaries", Reach::Percent(1.0))), "canaries");
    }
}
