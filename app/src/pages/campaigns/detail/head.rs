//! Who and what, what can be done, and why it stands still.

use super::super::words::{kind_words, look, moment, pause_words, routers};
use super::super::{campaign_href, url};
use super::Here;
use super::acts::{Act, Asked, offered};
use crate::clock::use_clock;
use crate::components::{Banner, Button, Icon, LinkButton, Pill, Tone};
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::campaign::{CampaignState, PlanProblem};

#[component]
pub fn Head() -> impl IntoView {
    let here = expect_context::<Here>();
    let clock = use_clock();
    let name = here.part(|view| view.plan.name.clone());
    let pill = Memo::new(move |_| {
        let read = here.part(|view| {
            let (tone, icon, label) = look(view.state, view.pause.as_ref(), &view.stages);
            let of = view.stages.len();
            let live = view.state.has_started() && !view.state.ended();
            let stage = view.current_stage().filter(|_| live).map(|at| format!(", stage {} of {of}", at + 1));
            (tone, icon, label + &stage.unwrap_or_default())
        });
        read.get()
    });
    let versions = here.part(|view| {
        let versions: Vec<String> = view.files.iter().map(|file| file.version.clone()).collect();
        let named = versions.iter().all(|version| !version.is_empty()) && !versions.is_empty();
        if named { versions.join(" → ") } else { view.files.last().map(|file| file.name.clone()).unwrap_or_default() }
    });
    let kind = here.part(|view| kind_words(&view.plan.kind));
    let model = here.part(|view| view.plan.audience.filter.model.clone());
    let count = here.part(|view| {
        let total = view.tally().total();
        if view.state.has_started() { routers(total) } else { routers(view.expected) }
    });
    let by = here.part(|view| view.by.clone());
    let approved = here.part(|view| (view.approved_by.clone(), view.approved_at));
    let approval = move || {
        let (by, at) = approved.get()?;
        Some((by?, at.map(|at| clock.day(at)).unwrap_or_default()))
    };
    let times = here.part(|view| (view.state, view.plan.starts_at, view.started_at, view.ended_at));
    let when = move || {
        let (state, starts_at, started_at, ended_at) = times.get()?;
        Some(match (state, started_at, ended_at) {
            (_, Some(from), Some(to)) => format!("{} to {}", moment(clock, from), moment(clock, to)),
            (_, Some(from), None) => format!("Since {}", moment(clock, from)),
            (_, None, Some(at)) => format!("Ended {}", moment(clock, at)),
            (_, None, None) => format!("Starts {}", moment(clock, starts_at?)),
        })
    };
    let back = here.part(|view| (view.rollback_of, view.rolled_back_by));
    view! {
        <header class="camphead">
            <div class="camphead__main">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=url::PATH>"Campaigns"</a>
                    <Icon name="chevron-right" />
                    <span>{move || kind.get()}</span>
                </nav>
                <div class="devhead__name">
                    <h1><bdi>{move || name.get()}</bdi></h1>
                    <Pill
                        tone=Signal::derive(move || pill.get().map_or(Tone::Off, |pill| pill.0))
                        icon=Signal::derive(move || pill.get().map_or("never", |pill| pill.1))
                        label=Signal::derive(move || pill.get().map(|pill| pill.2).unwrap_or_default())
                    />
                </div>
                <ul class="facts">
                    {move || {
                        model.get().filter(|model| !model.is_empty()).map(|model| view! { <li><Icon name="router" /><b><bdi>{model}</bdi></b></li> })
                    }}
                    {move || {
                        versions
                            .get()
                            .filter(|versions| !versions.is_empty())
                            .map(|versions| view! { <li><Icon name="chip" /><b><bdi>{versions}</bdi></b></li> })
                    }}
                    <li><Icon name="target" />{move || count.get()}</li>
                    <li><Icon name="user" /><bdi>{move || by.get()}</bdi></li>
                    {move || {
                        approval()
                            .map(|(by, day)| view! { <li><Icon name="shield" /><span>"Approved by " <bdi>{by}</bdi> ", " {day}</span></li> })
                    }}
                    {move || when().map(|when| view! { <li><Icon name="clock" />{when}</li> })}
                    {move || {
                        let (of, by) = back.get().unwrap_or_default();
                        let link = |id, words: &'static str| view! { <li><Icon name="undo" /><a href=campaign_href(id)>{words}</a></li> };
                        (of.map(|id| link(id, "Takes another campaign back")), by.map(|id| link(id, "Taken back by another campaign")))
                    }}
                </ul>
            </div>
            <Buttons />
        </header>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let here = expect_context::<Here>();
    let asked = expect_context::<Asked>();
    let acts = here.part(offered);
    let editable = here.part(|view| view.state.editable());
    let started = here.part(|view| view.state.has_started());
    let may_write = may(Permission::CampaignWrite);
    // The first may be what the person came for; what ends something is quiet.
    let class = move |act: Act| {
        Signal::derive(move || match act {
            Act::Cancel | Act::Delete => "btn--danger-quiet",
            _ if acts.with(|acts| acts.as_ref().and_then(|acts| acts.first()) == Some(&act)) => "btn--primary",
            _ => "",
        })
    };
    view! {
        <div class="btn-row">
            <Show when=move || may_write && editable.get() == Some(true)>
                <LinkButton href=Signal::derive(move || format!("{}/edit", campaign_href(here.id.get()))) icon="edit">
                    "Edit"
                </LinkButton>
            </Show>
            <Show when=move || may_write>
                <LinkButton href=Signal::derive(move || format!("/campaigns/new?from={}", here.id.get())) icon="copy">
                    "Clone"
                </LinkButton>
            </Show>
            <Show when=move || started.get() == Some(true)>
                // A file, not a page.
                <a class="btn" href=move || format!("{}/devices.csv", campaign_href(here.id.get())) rel="external" download="">
                    <Icon name="download" />
                    "Export"
                </a>
            </Show>
            <For each=move || acts.get().unwrap_or_default() key=|act| *act let:act>
                <Button class=class(act) icon=act.icon() on_click=Callback::new(move |_| asked.0.set(Some(act)))>
                    {act.button()}
                </Button>
            </For>
        </div>
    }
}

/// Why it stands still or cannot start, until that is solved.
#[component]
pub fn Standstill() -> impl IntoView {
    let here = expect_context::<Here>();
    let pause = here.part(|view| {
        let stands = matches!(view.state, CampaignState::Paused | CampaignState::GateHold);
        view.pause.as_ref().filter(|_| stands).map(|pause| pause_words(pause, &view.stages))
    });
    let problems = here.part(|view| if view.state.editable() { view.problems.clone() } else { Vec::new() });
    let waits = here.part(|view| (view.state == CampaignState::AwaitingApproval).then(|| view.asked_by.clone()));
    view! {
        {move || {
            pause
                .get()
                .flatten()
                .map(|(head, text)| {
                    view! {
                        <div class="campbanner">
                            <Banner tone=Tone::Warn icon="pause">
                                <p>
                                    <b><bdi>{head}</bdi></b>
                                    " "
                                    <bdi>{text}</bdi>
                                    " What is under way is seen to its end; no other router begins."
                                </p>
                            </Banner>
                        </div>
                    }
                })
        }}
        {move || {
            waits
                .get()
                .flatten()
                .map(|by| {
                    let by = by.map(|by| format!("{by} asks for it. ")).unwrap_or_default();
                    view! {
                        <div class="campbanner">
                            <Banner tone=Tone::Warn icon="shield">
                                <p>
                                    <b>"Waits for a second person."</b>
                                    " "
                                    <bdi>{by}</bdi>
                                    "Look at the plan below: it is what is approved. An edit voids the approval."
                                </p>
                            </Banner>
                        </div>
                    }
                })
        }}
        {move || {
            let list = problems.get().unwrap_or_default();
            (!list.is_empty())
                .then(|| {
                    let line = |problem: PlanProblem| view! { <li><bdi>{problem.problem}</bdi></li> };
                    view! {
                        <div class="campbanner">
                            <Banner tone=Tone::Warn>
                                <p><b>"It cannot start yet."</b></p>
                                <ul class="problems">{list.into_iter().map(line).collect_view()}</ul>
                            </Banner>
                        </div>
                    }
                })
        }}
    }
}
