//! What happened to the campaign, the newest first.

use super::super::api::campaign_log;
use super::super::campaign_href;
use super::super::words::{moment, pause_words, percent, routers};
use super::Here;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Button, Deed, ErrorView, Icon, Refused, Tone};
use crate::locale::grouped;
use crate::session::may;
use leptos::prelude::*;
use model::campaign::{CampaignLog, CampaignLogKind, CampaignState, StageView};
use model::{CampaignId, Permission};

type Entries = Vec<(i64, CampaignLog)>;

#[component]
pub fn Log() -> impl IntoView {
    let here = expect_context::<Here>();
    // Older ones that were asked for.
    let older = RwSignal::new(Entries::new());
    let id = here.id;
    Effect::new(move |_| {
        id.track();
        older.set(Entries::new());
    });
    view! {
        <section class="card" aria-labelledby="log-h">
            <div class="card__head">
                <h2 id="log-h">"Log"</h2>
                {may(Permission::AuditRead)
                    .then(|| {
                        view! {
                            <span class="card__end">
                                <a href=move || format!("/settings/audit?target=campaign%2F{}", here.id.get())>"Audit"</a>
                            </span>
                        }
                    })}
            </div>
            <div class="card__body">
                <Lines older />
            </div>
        </section>
    }
}

#[component]
fn Lines(older: RwSignal<Entries>) -> impl IntoView {
    let here = expect_context::<Here>();
    let page = Memo::new(move |before: Option<&Option<Result<Entries, PortalError>>>| {
        here.log.get().or_else(|| before.cloned().flatten())
    });
    let deed = Deed::default();
    let error = Memo::new(move |_| page.get().and_then(Result::err));
    let entries = Memo::new(move |_| {
        let mut entries = page.get().and_then(Result::ok).unwrap_or_default();
        let last = entries.last().map(|(id, _)| *id);
        entries.extend(older.get().into_iter().filter(|(id, _)| last.is_none_or(|last| *id < last)));
        entries
    });
    // A page that is full may be followed by another.
    let more = Memo::new(move |_| entries.with(|entries| !entries.is_empty() && entries.len().is_multiple_of(50)));
    let read = move |_| {
        let id = here.id.get_untracked();
        let before = entries.with_untracked(|entries| entries.last().map(|(id, _)| *id));
        deed.run(async move { campaign_log(id, before).await }, move |found| {
            older.try_update(|older| older.extend(found));
        });
    };
    view! {
        {move || match error.get() {
            Some(error) => view! { <ErrorView error again=here.again /> }.into_any(),
            None => view! {
                <ol class="timeline" aria-label="Log">
                    <For each=move || entries.get() key=|(id, _)| *id let:entry>
                        <Line log=entry.1 />
                    </For>
                </ol>
            }
            .into_any(),
        }}
        <Refused deed />
        <Show when=move || more.get()>
            <Button class="btn--sm" busy=deed.busy on_click=Callback::new(read)>"Older entries"</Button>
        </Show>
    }
}

#[component]
fn Line(log: CampaignLog) -> impl IntoView {
    let here = expect_context::<Here>();
    let clock = use_clock();
    let stages = here.view_untracked().map(|view| view.stages).unwrap_or_default();
    let Said { tone, icon, head, text, campaign } = said(&log.kind, &stages, move |at| moment(clock, at));
    let at = log.at;
    let day = move || clock.day(at);
    let by = log.by.unwrap_or_default();
    let by = if by.is_empty() { String::new() } else { format!("By {by}.") };
    view! {
        <li data-tone=tone.as_str()>
            <time datetime=crate::clock::iso(at) title=move || clock.exact(at)>
                {move || clock.time_of_day(at).get(..5).unwrap_or_default().to_owned()}
                <small>{day}</small>
            </time>
            <Icon name=icon />
            <div>
                <b>
                    {match campaign {
                        Some(id) => view! { <a href=campaign_href(id)>{head}</a> }.into_any(),
                        None => view! { <bdi>{head}</bdi> }.into_any(),
                    }}
                </b>
                <p><bdi>{[text, by].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")}</bdi></p>
            </div>
        </li>
    }
}

/// An entry in words.
struct Said {
    tone: Tone,
    icon: &'static str,
    head: String,
    text: String,
    /// Another campaign that it is about.
    campaign: Option<CampaignId>,
}

fn said(kind: &CampaignLogKind, stages: &[StageView], time: impl Fn(model::Timestamp) -> String) -> Said {
    use CampaignLogKind as K;
    let label = |stage: u16| {
        let label = stages.get(usize::from(stage)).map(|stage| stage.label.clone());
        label.unwrap_or_else(|| format!("stage {}", stage + 1))
    };
    let entry = |tone, icon, head: String, text: String| Said { tone, icon, head, text, campaign: None };
    let plain = |icon, head: &str| entry(Tone::Off, icon, head.to_owned(), String::new());
    match kind {
        K::Created => plain("edit", "Created"),
        K::Edited => entry(Tone::Off, "edit", "Edited".into(), "An approval would be void.".into()),
        K::ApprovalAsked => plain("send", "Approval asked for"),
        K::Approved => entry(Tone::Ok, "shield", "Approved".into(), String::new()),
        K::Rejected { reason } => entry(Tone::Warn, "x-circle", "Rejected".into(), reason.clone()),
        K::Scheduled { at } => entry(Tone::Off, "calendar", format!("Starts {}", time(*at)), String::new()),
        K::NotStarted { devices, approved } => {
            let why = match approved {
                Some(approved) => format!(", and it was approved for {}", grouped(u64::from(*approved))),
                None => ": a second person has to approve it first".to_owned(),
            };
            let text = format!("{} match now{why}. It is a draft again.", routers(*devices));
            entry(Tone::Warn, "calendar", "Did not start at its time".into(), text)
        }
        K::Started { devices } => entry(Tone::Info, "play", "Started".into(), format!("For {}.", routers(*devices))),
        K::StageBegan { stage, devices } => {
            entry(Tone::Info, "play", format!("{} began", label(*stage)), format!("{}.", routers(*devices)))
        }
        K::StageDone { stage, succeeded, bad, skipped } => {
            let number = |count: &u32| grouped(u64::from(*count));
            let left_out = if *skipped > 0 { format!(", {} left out", number(skipped)) } else { String::new() };
            let text = format!("{} verified, {} failed{left_out}.", number(succeeded), number(bad));
            entry(Tone::Info, "flag", format!("{} done", label(*stage)), text)
        }
        K::GatePassed { stage, percent: share, reason } => {
            let verified = share.map(|share| format!("{} verified.", percent(share)));
            let said = [verified, reason.clone()].into_iter().flatten().collect::<Vec<_>>();
            let text = said.join(" ");
            entry(Tone::Ok, "gate", format!("Gate after {} passed", label(*stage)), text)
        }
        K::GateHeld { pause, .. } => {
            let (head, text) = pause_words(pause, stages);
            entry(Tone::Warn, "gate", head, text)
        }
        K::WindowOpened => entry(Tone::Info, "clock", "Window opened".into(), String::new()),
        K::WindowClosed => plain("clock", "Window closed"),
        K::Paused { pause } => {
            let (head, text) = pause_words(pause, stages);
            entry(Tone::Warn, "pause", head, text)
        }
        K::Resumed { reason } => entry(Tone::Info, "play", "Resumed".into(), reason.clone()),
        K::Cancelled { reason, by_itself } => {
            let head = if *by_itself { "Ended itself: too many failed" } else { "Cancelled" };
            entry(Tone::Bad, "x-circle", head.into(), reason.clone())
        }
        K::LimitsChanged { reason } => entry(Tone::Off, "sliders", "Limits changed".into(), reason.clone()),
        K::NotTold { to, why } => entry(Tone::Warn, "alert", format!("{to} could not be told"), why.clone()),
        K::Joined { devices } => entry(Tone::Off, "plus", format!("{} joined", routers(*devices)), String::new()),
        K::Ended { state, succeeded, bad } => {
            let tone = if *state == CampaignState::Completed { Tone::Ok } else { Tone::Warn };
            let text = format!("{} verified, {} failed.", grouped(u64::from(*succeeded)), grouped(u64::from(*bad)));
            entry(tone, "flag", state.label().to_owned(), text)
        }
        K::RollbackMade { campaign } => Said {
            campaign: Some(*campaign),
            ..entry(Tone::Warn, "undo", "A campaign that takes it back was drafted".into(), String::new())
        },
    }
}
