//! Step 4: when, how fast, and when it stops itself.

use super::super::words::{DAYS, clock_text};
use super::audience::ZONES;
use super::fields::{Check, Number, StepCard, Text, count};
use super::state::Wizard;
use crate::clock::use_clock;
use crate::components::Button;
use leptos::prelude::*;
use model::Timestamp;
use model::campaign::{CampaignPlan, Limit, PlanPart, Window};

#[component]
pub fn LimitsCard() -> impl IntoView {
    view! {
        <StepCard part=PlanPart::Limits title="4. Window and limits">
            <Moments />
            <WindowFields />
            <PaceFields />
            <StopFields />
            <PatienceFields />
        </StepCard>
    }
}

/// When it starts and ends.
#[component]
fn Moments() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let clock = use_clock();
    let field = move |id: &'static str,
                      label: &'static str,
                      hint: &'static str,
                      read: fn(&CampaignPlan) -> Option<Timestamp>,
                      write: fn(&mut CampaignPlan, Option<Timestamp>)| {
        let value = wizard.part(read);
        let text = move || value.get().map(|at| clock.field(at)).unwrap_or_default();
        view! {
            <div class="field">
                <label class="field__label" for=id>{label}</label>
                <input
                    class="input" id=id type="datetime-local" aria-describedby=format!("{id}-hint")
                    value=untrack(text) prop:value=text
                    on:change:target=move |event| {
                        let at = untrack(|| clock.of_field(&event.target().value()));
                        wizard.plan.update(|plan| write(plan, at));
                    }
                />
                <span class="field__hint" id=format!("{id}-hint")>{hint}</span>
            </div>
        }
    };
    view! {
        <div class="grid-2">
            {field(
                "plan-starts", "Starts", "Empty: when somebody starts it. In your time zone.",
                |plan| plan.starts_at, |plan, at| plan.starts_at = at,
            )}
            {field(
                "plan-ends", "Ends", "What has not begun by then is left out. Empty: no end.",
                |plan| plan.ends_at, |plan, at| plan.ends_at = at,
            )}
        </div>
    }
}

/// A window of the plan, if it has one.
fn window_of(plan: &mut CampaignPlan) -> Option<&mut Window> {
    plan.window.as_mut()
}

#[component]
fn WindowFields() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let has = wizard.part(|plan| plan.window.is_some());
    let last = StoredValue::new(Window::default());
    view! {
        <Check
            label="Only in a window"
            hint="By the clock where the subscriber lives."
            read=|plan: &CampaignPlan| plan.window.is_some()
            write=move |plan, on| {
                if let Some(window) = plan.window.take() {
                    last.set_value(window);
                }
                plan.window = on.then(|| last.get_value());
            }
        />
        <Show when=move || has.get()>
            <Hours />
            <Frozen />
        </Show>
    }
}

/// Minutes after midnight of `01:30`.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.get(..2)?.parse::<u16>().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[component]
fn Hours() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let time = move |id: &'static str, label: &'static str, read: fn(&Window) -> u16, write: fn(&mut Window, u16)| {
        let value = wizard.part(move |plan| clock_text(plan.window.as_ref().map_or(0, read)));
        view! {
            <input
                class="input input--time" id=id type="time" aria-label=label required
                value=value.get_untracked() prop:value=move || value.get()
                on:change:target=move |event| if let Some(minutes) = minutes(&event.target().value()) {
                    wizard.plan.update(|plan| if let Some(window) = window_of(plan) { write(window, minutes); });
                }
            />
        }
    };
    let day = move |at: usize| {
        let on = wizard.part(move |plan| plan.window.as_ref().is_some_and(|window| window.days[at]));
        const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        view! {
            <label>
                <input
                    class="sr-only" type="checkbox" aria-label=NAMES[at] checked=on.get_untracked() prop:checked=move || on.get()
                    on:change:target=move |event| {
                        let on = event.target().checked();
                        wizard.plan.update(|plan| if let Some(window) = window_of(plan) { window.days[at] = on; });
                    }
                />
                <span aria-hidden="true">{DAYS[at]}</span>
            </label>
        }
    };
    view! {
        <div class="grid-2">
            <fieldset class="field">
                <legend class="field__label">"Hours"</legend>
                <span class="input-unit">
                    {time("plan-from", "From", |window| window.from, |window, at| window.from = at)}
                    "to"
                    {time("plan-to", "To", |window| window.to, |window, at| window.to = at)}
                </span>
                <span class="field__hint">"May go over midnight. A router starts only if it will be done before the end."</span>
            </fieldset>
            <fieldset class="field">
                <legend class="field__label">"Days"</legend>
                <div class="days">{(0..7).map(day).collect_view()}</div>
                <span class="field__hint">"On which the window begins."</span>
            </fieldset>
            <Text
                id="plan-zone" label="Zone of routers without one" hint="Where no subscriber or no zone is known." list=ZONES longest=64
                read=|plan| plan.window.as_ref().map(|window| window.zone.clone()).unwrap_or_default()
                write=|plan, zone| if let Some(window) = window_of(plan) { window.zone = zone }
            />
        </div>
    }
}

/// Days on which nothing starts.
#[component]
fn Frozen() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let clock = use_clock();
    let count = wizard.part(|plan| plan.window.as_ref().map_or(0, |window| window.blackouts.len()));
    let add = move |_| {
        let today = untrack(|| clock.date(clock.now()));
        wizard.plan.update(|plan| {
            if let Some(window) = window_of(plan) {
                window.blackouts.push((today.clone(), today));
            }
        });
    };
    let row = move |at: usize| {
        let day = move |label: String, last: bool| {
            let value = wizard.part(move |plan| {
                let days = plan.window.as_ref().and_then(|window| window.blackouts.get(at).cloned());
                days.map(|(from, to)| if last { to } else { from }).unwrap_or_default()
            });
            view! {
                <input
                    class="input input--date" type="date" aria-label=label value=value.get_untracked() prop:value=move || value.get()
                    on:change:target=move |event| {
                        let day = event.target().value();
                        wizard.plan.update(|plan| {
                            let days = window_of(plan).and_then(|window| window.blackouts.get_mut(at));
                            if let Some((from, to)) = days {
                                if last { *to = day } else { *from = day }
                            }
                        });
                    }
                />
            }
        };
        let remove = move |_| {
            wizard.plan.update(|plan| {
                if let Some(window) = window_of(plan).filter(|window| at < window.blackouts.len()) {
                    window.blackouts.remove(at);
                }
            });
        };
        let n = at + 1;
        view! {
            <li class="planrow">
                <span class="input-unit">
                    {day(format!("Frozen days {n}, from"), false)} "to" {day(format!("Frozen days {n}, to"), true)}
                </span>
                <Button class="btn--sm btn--ghost" icon="trash" on_click=Callback::new(remove)>
                    "Remove" <span class="sr-only">{format!(" frozen days {n}")}</span>
                </Button>
            </li>
        }
    };
    view! {
        <div class="stack stack--sm">
            <ol class="stack stack--sm" aria-label="Frozen days" hidden=move || count.get() == 0>
                <For each=move || 0..count.get() key=|at| *at let:at>{row(at)}</For>
            </ol>
            <div><Button class="btn--sm" icon="plus" on_click=Callback::new(add)>"Frozen days"</Button></div>
        </div>
    }
}

#[component]
fn PaceFields() -> impl IntoView {
    let part = PlanPart::Limits;
    view! {
        <fieldset class="limits">
            <legend>"Pace"</legend>
            <Number
                id="plan-minute" label="Per minute" part unit="starts" min=1.0 max=100_000.0
                read=|plan| Some(f64::from(plan.pace.per_minute)) write=|plan, number| plan.pace.per_minute = count(number)
            />
            <Number
                id="plan-once" label="At once" part unit="routers" min=1.0 max=1_000_000.0
                read=|plan| Some(f64::from(plan.pace.at_once)) write=|plan, number| plan.pace.at_once = count(number)
            />
            <Number
                id="plan-ramp" label="Begin with" part unit="a minute" hint="Doubles every 10 min. Empty: at full pace." min=1.0 max=100_000.0 optional=true
                read=|plan| plan.pace.ramp_from.map(f64::from)
                write=|plan, number| plan.pace.ramp_from = number.map(|number| count(Some(number)))
            />
            <Number
                id="plan-megabits" label="Downloads" part unit="Mbit/s" hint="All together. Empty: as fast as they come." min=1.0 max=1_000_000.0 optional=true
                read=|plan| plan.pace.megabits.map(f64::from)
                write=|plan, number| plan.pace.megabits = number.map(|number| count(Some(number)))
            />
        </fieldset>
    }
}

/// When it stops itself.
#[component]
fn StopFields() -> impl IntoView {
    let part = PlanPart::Limits;
    let limit = move |id: &'static str,
                      label: &'static str,
                      count_label: &'static str,
                      read: fn(&CampaignPlan) -> Limit,
                      write: fn(&mut CampaignPlan) -> &mut Limit| {
        view! {
            <Number
                id=format!("{id}-percent") label part unit="%" min=0.0 max=100.0 fractions=true
                read=move |plan| Some(read(plan).percent) write=move |plan, number| write(plan).percent = number.unwrap_or(0.0)
            />
            <Number
                id=format!("{id}-count") label=count_label part unit="routers" min=0.0 max=1_000_000.0
                read=move |plan| Some(f64::from(read(plan).count)) write=move |plan, number| write(plan).count = count(number)
            />
        }
    };
    view! {
        <fieldset class="limits">
            <legend>"Stops itself, in each stage and each model"</legend>
            {limit(
                "plan-pause", "Pauses above, failed", "and from", |plan| plan.thresholds.pause, |plan| &mut plan.thresholds.pause,
            )}
            {limit(
                "plan-lost", "Pauses above, never back", "and from", |plan| plan.thresholds.lost, |plan| &mut plan.thresholds.lost,
            )}
            {limit(
                "plan-abort", "Ends itself above, failed", "and from", |plan| plan.thresholds.abort, |plan| &mut plan.thresholds.abort,
            )}
            <Number
                id="plan-sample" label="Judged from" part unit="finished" min=1.0 max=1_000_000.0
                read=|plan| Some(f64::from(plan.thresholds.min_sample)) write=|plan, number| plan.thresholds.min_sample = count(number)
            />
        </fieldset>
    }
}

#[component]
fn PatienceFields() -> impl IntoView {
    let part = PlanPart::Limits;
    view! {
        <fieldset class="limits">
            <legend>"One router"</legend>
            <Number
                id="plan-tries" label="Tries" part unit="in all" hint="One image is ordered twice at most." min=1.0 max=20.0
                read=|plan| Some(f64::from(plan.patience.tries)) write=|plan, number| plan.patience.tries = count(number)
            />
            <Number
                id="plan-night" label="Of them" part unit="a night" min=1.0 max=20.0
                read=|plan| Some(f64::from(plan.patience.tries_a_night)) write=|plan, number| plan.patience.tries_a_night = count(number)
            />
            <Number
                id="plan-again" label="Tried again after" part unit="min" min=0.0 max=10_080.0
                read=|plan| Some(f64::from(plan.patience.pause_minutes)) write=|plan, number| plan.patience.pause_minutes = count(number)
            />
            <Number
                id="plan-connect" label="Called for" part unit="min" min=1.0 max=1440.0
                read=|plan| Some(f64::from(plan.patience.connect_minutes)) write=|plan, number| plan.patience.connect_minutes = count(number)
            />
            <Number
                id="plan-finish" label="Has to be done in" part unit="min" min=1.0 max=1440.0
                read=|plan| Some(f64::from(plan.patience.finish_minutes)) write=|plan, number| plan.patience.finish_minutes = count(number)
            />
            <Number
                id="plan-healthy" label="Then stays well for" part unit="min" hint="Only then it is verified." min=0.0 max=10_080.0
                read=|plan| Some(f64::from(plan.patience.healthy_minutes)) write=|plan, number| plan.patience.healthy_minutes = count(number)
            />
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_day_are_read() {
        assert_eq!(["00:00", "01:30", "23:59", "23:59:30"].map(minutes), [Some(0), Some(90), Some(1439), Some(1439)]);
        assert_eq!(["", "24:00", "7", "07:60", "a:bc"].map(minutes), [None; 5]);
    }
}
