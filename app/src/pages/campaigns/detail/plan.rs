//! A plan in words, before it starts.

use super::super::words::{gate_words, kind_words, reach_label, routers, stage_sizes, takes, worst_case};
use super::Here;
use crate::components::{Icon, Tone};
use crate::locale::grouped;
use crate::locale::size;
use leptos::prelude::*;
use model::campaign::{Audience, CampaignKind, CampaignPlan, CampaignView};
use model::file::FileRef;

/// Whom it is for, what each gets, and in which stages.
#[component]
pub fn Plan() -> impl IntoView {
    let here = expect_context::<Here>();
    let view = here.part(Clone::clone);
    move || {
        let Some(view) = view.get() else { return ().into_any() };
        let CampaignView { plan, files, expected, .. } = view;
        let line =
            |(label, text): (&'static str, String)| view! { <div><dt>{label}</dt><dd><bdi>{text}</bdi></dd></div> };
        let whom = audience_lines(&plan.audience, plan.canaries.len()).into_iter().map(line).collect_view();
        let what = what_lines(&plan, &files).into_iter().map(line).collect_view();
        let why = plan.why.clone();
        view! {
            <section class="card" aria-labelledby="why-h">
                <div class="card__head card__head--line"><h2 id="why-h">"Why"</h2></div>
                <div class="card__body card__body--top">
                    {if why.trim().is_empty() {
                        view! { <p class="muted">"Nobody has said why yet."</p> }.into_any()
                    } else {
                        view! { <p class="timeline__text"><bdi>{why}</bdi></p> }.into_any()
                    }}
                </div>
            </section>
            <section class="card" aria-labelledby="whom-h">
                <div class="card__head card__head--line">
                    <h2 id="whom-h">"Audience"</h2>
                    <span class="card__meta">{format!("{} when it was written", routers(expected))}</span>
                </div>
                <div class="card__body card__body--top"><dl class="kv kv--2">{whom}</dl></div>
            </section>
            <section class="card" aria-labelledby="what-h">
                <div class="card__head card__head--line"><h2 id="what-h">{kind_words(&plan.kind)}</h2></div>
                <div class="card__body card__body--top"><dl class="kv kv--2">{what}</dl></div>
            </section>
            <section class="card" aria-labelledby="plan-h">
                <div class="card__head card__head--line">
                    <h2 id="plan-h">"Stages"</h2>
                    <span class="card__end age">"estimate"</span>
                </div>
                <div class="card__body card__body--top"><PlanSteps plan expected /></div>
            </section>
        }
        .into_any()
    }
}

/// What happens one after the other.
#[component]
pub fn PlanSteps(plan: CampaignPlan, expected: u32) -> impl IntoView {
    let sizes = stage_sizes(&plan, expected);
    let last = plan.stages.len().saturating_sub(1);
    let steps = plan
        .stages
        .iter()
        .zip(sizes)
        .enumerate()
        .map(|(at, (stage, adds))| {
            let head = format!("{}: {} more", reach_label(stage.reach, at), grouped(u64::from(adds)));
            let gate = (at < last).then(|| {
                let icon = if stage.gate.automatic { "gate" } else { "user" };
                view! {
                    <li>
                        <span></span>
                        <Icon name=icon />
                        <div><b>"Gate"</b><p>{gate_words(&stage.gate)}</p></div>
                    </li>
                }
            });
            view! {
                <li data-tone="info">
                    <span class="muted">{at + 1}</span>
                    <Icon name="play" />
                    <div><b>{head}</b><p>{takes(&plan, adds)}</p></div>
                </li>
                {gate}
            }
        })
        .collect_view();
    view! {
        <ol class="timeline timeline--plan">
            {steps}
            <li data-tone="ok"><span></span><Icon name="flag" /><div><b>"Finished"</b></div></li>
        </ol>
    }
}

fn joined(values: &[String]) -> String {
    values.join(", ")
}

/// Whom a plan is for, line by line.
pub fn audience_lines(audience: &Audience, canaries: usize) -> Vec<(&'static str, String)> {
    let filter = &audience.filter;
    let mut lines = Vec::new();
    let mut say = |label: &'static str, text: String| {
        if !text.is_empty() {
            lines.push((label, text));
        }
    };
    say("Contains", filter.text.clone());
    say("Manufacturer", filter.manufacturer.clone());
    say("Model", filter.model.clone());
    say("State", filter.presence.map(|presence| presence.label().to_owned()).unwrap_or_default());
    say("Only", if filter.stuck { "Stuck ones".to_owned() } else { String::new() });
    say("Version is", filter.software_version.clone());
    say("Versions now", joined(&audience.versions));
    say("Hardware", joined(&audience.hardware));
    say("New within", filter.new_within_days.map(|days| format!("{days} days")).unwrap_or_default());
    let count = |count: usize| grouped(count as u64);
    say("Named canaries", if canaries > 0 { count(canaries) } else { String::new() });
    let out = &audience.leave_out;
    let mut left = Vec::new();
    if !out.tags.is_empty() {
        left.push(format!("tagged {}", joined(&out.tags)));
    }
    if out.in_campaigns {
        left.push("in another campaign".to_owned());
    }
    if out.faulty {
        left.push("failing again and again".to_owned());
    }
    left.extend(out.silent_hours.map(|hours| {
        let time = model::time::duration(u64::from(hours) * 3600);
        format!("not heard of for {time}")
    }));
    if !out.devices.is_empty() {
        left.push(format!("{} named one by one", count(out.devices.len())));
    }
    say("Left out", left.join("; "));
    if let Some(most) = audience.joins_up_to {
        say("Join later", format!("up to {} in all, in the last stage", grouped(u64::from(most))));
    }
    if lines.is_empty() {
        lines.push(("Routers", "All".to_owned()));
    }
    lines
}

/// What each device gets.
fn what_lines(plan: &CampaignPlan, files: &[FileRef]) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for file in files {
        let version = if file.version.is_empty() { String::new() } else { format!("{}: ", file.version) };
        lines.push(("File", format!("{version}{}, {}", file.name, size(file.size))));
    }
    match &plan.kind {
        CampaignKind::Configuration { values } => {
            lines.extend(values.iter().map(|value| {
                let shown = if value.value.is_empty() { "not shown".to_owned() } else { value.value.clone() };
                ("Sets", format!("{} = {shown}", value.path))
            }));
        }
        CampaignKind::Refresh { paths } if paths.is_empty() => lines.push(("Reads", "everything".to_owned())),
        CampaignKind::Refresh { paths } => lines.extend(paths.iter().map(|path| ("Reads", path.clone()))),
        CampaignKind::Reboot => lines.push(("Does", "a restart".to_owned())),
        CampaignKind::Firmware { .. } | CampaignKind::File { .. } => {}
    }
    if plan.downgrade {
        lines.push(("Older firmware", "is taken, too".to_owned()));
    }
    lines
}

/// What a bad image would do at most.
#[component]
pub fn Gone() -> impl IntoView {
    let here = expect_context::<Here>();
    let plan = here.part(|view| (view.plan.clone(), view.expected));
    move || plan.get().map(|(plan, expected)| view! { <Blast plan expected /> })
}

/// The same for a plan that is being written.
#[component]
pub fn Blast(plan: CampaignPlan, expected: u32) -> impl IntoView {
    let (first, later) = worst_case(&plan, expected);
    let title = match plan.kind {
        CampaignKind::Firmware { .. } => "If the image is bad",
        _ => "If it goes wrong",
    };
    let line = move |count: u32, text: String| {
        let share = f64::from(count) * 100.0 / f64::from(expected.max(1));
        view! {
            <li>
                <span><b>{grouped(u64::from(count))}</b> {if count == 1 { " router at most" } else { " routers at most" }}</span>
                <small>{text}</small>
                <span class="meter-bar" data-tone=Tone::Bad.as_str() aria-hidden="true" style=format!("--v:{:.1}%", share.min(100.0))>
                    <span></span>
                </span>
            </li>
        }
    };
    let gates = plan.stages.len() > 1;
    let first_text = if gates { "before the first gate" } else { "until it stops itself" };
    let stops = plan.thresholds.min_sample.max(plan.thresholds.pause.count);
    view! {
        <section class="card" aria-labelledby="blast-h">
            <div class="card__head card__head--line"><h2 id="blast-h">{title}</h2></div>
            <div class="card__body card__body--top stack stack--sm">
                <ul class="blast">
                    {line(first, first_text.to_owned())}
                    {later.map(|later| {
                        let text = format!(
                            "in any later stage: {} failures trip the pause, {} may be under way",
                            grouped(u64::from(stops)),
                            grouped(u64::from(plan.pace.at_once))
                        );
                        line(later, text)
                    })}
                </ul>
                <p class="muted">{format!("Bars are to scale: full width is all {}.", grouped(u64::from(expected)))}</p>
            </div>
        </section>
    }
}
