//! The stages with their bars, and the gates between them.

use super::super::url::{Tab, Targets};
use super::super::words::{gate_words, moment, percent, stage_look, takes};
use super::Here;
use crate::clock::use_clock;
use crate::components::{Age, Icon, Status, Tone};
use crate::locale::grouped;
use leptos::prelude::*;
use model::campaign::{CampaignState, CampaignView, Gate, StageState, StageView, Tally, TargetState};
use model::time::duration;

#[component]
pub fn Stages() -> impl IntoView {
    let here = expect_context::<Here>();
    let count = here.part(|view| view.stages.len());
    let now = here.part(|view| view.now);
    view! {
        <section class="card" aria-labelledby="stages-h">
            <div class="card__head">
                <h2 id="stages-h">"Stages"</h2>
                {move || now.get().map(|_| view! { <Age at=Signal::derive(move || now.get().unwrap_or_default()) prefix="as of " suffix=" ago" /> })}
                <div class="card__end">
                    <ul class="legend">
                        <li data-tone="ok"><i></i>"Verified"</li>
                        <li data-tone="bad"><i></i>"Failed"</li>
                        <li data-tone="info"><i data-busy=""></i>"Under way"</li>
                        <li data-tone="off"><i class="legend__wait"></i>"Waiting"</li>
                    </ul>
                </div>
            </div>
            <div class="card__body">
                <ol class="stages" style=move || format!("--n:{}", count.get().unwrap_or(1))>
                    <For each=move || 0..count.get().unwrap_or(0) key=|at| *at let:at>
                        <Stage at />
                        {move || (at + 1 < count.get().unwrap_or(0)).then(|| view! { <GateMark at /> })}
                    </For>
                </ol>
            </div>
        </section>
    }
}

/// What devices of a stage are counted by: tone of the bar, tab that lists them, word, count.
type Part = (Tone, Tab, &'static str, fn(&Tally) -> u32);

const PARTS: [Part; 5] = [
    (Tone::Ok, Tab::Verified, "verified", Tally::succeeded),
    (Tone::Bad, Tab::Failed, "failed", Tally::bad),
    (Tone::Info, Tab::Active, "under way", |tally| tally.in_flight() + tally.of(TargetState::Verifying)),
    (Tone::Off, Tab::Waiting, "waiting", Tally::waiting),
    (Tone::Off, Tab::Left, "left out", |tally| tally.of(TargetState::Skipped) + tally.of(TargetState::Cancelled)),
];

#[component]
fn Stage(at: usize) -> impl IntoView {
    let here = expect_context::<Here>();
    let clock = use_clock();
    let stage = here.part(move |view| view.stages.get(at).cloned());
    let read = move |read: fn(&StageView) -> String| {
        Memo::new(move |_| stage.with(|stage| stage.as_ref().and_then(Option::as_ref).map(read).unwrap_or_default()))
    };
    let label = read(|stage| stage.label.clone());
    let total = read(|stage| grouped(u64::from(stage.tally.total())));
    let state = Memo::new(move |_| stage.get().flatten().map_or(StageState::Pending, |stage| stage.state));
    let tally = Memo::new(move |_| stage.get().flatten().map(|stage| stage.tally).unwrap_or_default());
    // One that began does not run while the campaign stands still.
    let paused = here.part(|view| view.state == CampaignState::Paused);
    let said = Memo::new(move |_| match state.get() {
        StageState::Active | StageState::Soaking if paused.get() == Some(true) => (Tone::Warn, "pause", "Paused"),
        state => {
            let (tone, icon) = stage_look(state);
            (tone, icon, state.label())
        }
    });
    // Before it begins: about how long it takes then.
    let later = here.part(move |view| {
        let stage = view.stages.get(at)?;
        (stage.state == StageState::Pending).then(|| takes(&view.plan, stage.tally.total()))
    });
    let when = move || {
        let stage = stage.get().flatten()?;
        let from = stage.started_at?;
        Some(match stage.done_at {
            Some(to) => format!("{}, {}", clock.day(from), duration((to.since(from) / 1000) as u64)),
            None => format!("Since {}", moment(clock, from)),
        })
    };
    view! {
        <li class="stage" data-state=move || if state.get() == StageState::Pending { "later" } else { "now" }>
            <div class="stage__head">
                <b><bdi>{label}</bdi></b>
                <span>{total}</span>
                <Status
                    tone=Signal::derive(move || said.get().0)
                    icon=Signal::derive(move || said.get().1)
                    label=Signal::derive(move || said.get().2.to_owned())
                />
            </div>
            <div class="stage-bar" aria-hidden="true">{PARTS.map(|part| view! { <BarPart at tally part /> })}</div>
            <p class="stage__foot">
                {PARTS.map(|part| view! { <CountLink at tally part /> })}
                <span>{move || when().or_else(|| later.get().flatten())}</span>
            </p>
        </li>
    }
}

fn targets_of(here: Here, at: usize, tab: Tab) -> impl Fn() -> String + Copy + Send + Sync + 'static {
    move || Targets { tab: Some(tab), stage: u16::try_from(at).ok(), ..Targets::default() }.href(here.id.get())
}

/// A part of the bar leads to its devices. For the pointer alone: the words below lead there, too, and can be hit.
#[component]
fn BarPart(at: usize, tally: Memo<Tally>, part: Part) -> impl IntoView {
    let here = expect_context::<Here>();
    let (tone, tab, word, count) = part;
    let count = Memo::new(move |_| tally.with(count));
    let share = move || f64::from(count.get()) * 100.0 / f64::from(tally.with(Tally::total).max(1));
    view! {
        <a
            href=targets_of(here, at, tab)
            tabindex="-1"
            data-tone=tone.as_str()
            data-busy=(tab == Tab::Active).then_some("")
            data-rest=matches!(tab, Tab::Waiting | Tab::Left).then_some("")
            style=move || format!("--v:{:.2}%", share())
            hidden=move || count.get() == 0
            title=move || format!("{} {word}", grouped(u64::from(count.get())))
        ></a>
    }
}

/// `262 failed`, as a link to them. Those of which there are none are not named, but for the verified.
#[component]
fn CountLink(at: usize, tally: Memo<Tally>, part: Part) -> impl IntoView {
    let here = expect_context::<Here>();
    let (_, tab, word, count) = part;
    let count = Memo::new(move |_| tally.with(count));
    view! {
        <a class="quiet" href=targets_of(here, at, tab) hidden=move || count.get() == 0 && tab != Tab::Verified>
            {move || format!("{} {word}", grouped(u64::from(count.get())))}
        </a>
    }
}

/// What a gate says: tone, headline, and under it.
fn gate(view: &CampaignView, at: usize, soaks: impl Fn(&StageView, &Gate) -> Option<String>) -> (Tone, String, String) {
    let (Some(stage), Some(plan)) = (view.stages.get(at), view.plan.stages.get(at)) else {
        return (Tone::Off, String::new(), String::new());
    };
    let share = stage.tally.succeeded_percent().map(percent).unwrap_or_default();
    match stage.state {
        StageState::Passed => {
            let by = stage.passed_by.as_ref().map(|by| format!("by {by}")).unwrap_or_default();
            let said = [share, by].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
            (Tone::Ok, "Passed".to_owned(), said)
        }
        StageState::Held => (Tone::Warn, "A person decides".to_owned(), share),
        StageState::Failed => {
            (Tone::Bad, "Not passed".to_owned(), format!("{share}, wanted {}", percent(plan.gate.success_percent)))
        }
        StageState::Soaking => {
            (Tone::Info, "Soaking".to_owned(), soaks(stage, &plan.gate).unwrap_or_else(|| gate_words(&plan.gate)))
        }
        StageState::Pending | StageState::Active => (Tone::Off, "Not yet".to_owned(), gate_words(&plan.gate)),
    }
}

#[component]
fn GateMark(at: usize) -> impl IntoView {
    let here = expect_context::<Here>();
    let clock = use_clock();
    let view = here.part(Clone::clone);
    let said = Memo::new(move |_| {
        let left = |stage: &StageView, gate: &Gate| {
            let until = stage.done_at?.plus_seconds(60 * i64::from(gate.soak_minutes));
            let left = until.since(clock.now()) / 60_000;
            Some(format!("{} left", duration(left.max(1) as u64 * 60)))
        };
        view.with(|view| view.as_ref().map(|view| gate(view, at, left)))
    });
    let text = move |pick: fn((Tone, String, String)) -> String| move || said.get().map(pick).unwrap_or_default();
    view! {
        <li class="gate" data-tone=move || said.get().map_or("off", |said| said.0.as_str())>
            <Icon name="gate" />
            <span><b>{text(|said| said.1)}</b><bdi>{text(|said| said.2)}</bdi></span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_is_in_one_part_of_the_bar() {
        for state in TargetState::ALL {
            let mut tally = Tally::default();
            tally.add(state, 1);
            let counts: Vec<u32> = PARTS.iter().map(|(.., count)| count(&tally)).collect();
            assert_eq!(counts.iter().sum::<u32>(), 1, "{state:?}: {counts:?}");
            let tab = PARTS.iter().zip(counts).find(|(_, count)| *count == 1).unwrap().0.1;
            assert!(tab.states().contains(&state), "{state:?}");
        }
    }
}
