//! What to test, against what: one row with one button.

use super::choice::{Asked, Choice};
use super::{Section, test_of};
use crate::components::{Button, ErrorView, Icon};
use crate::pages::device::state::DeviceState;
use crate::session::may;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::Permission;
use model::diagnostic::{Test, TestsView};
use model::task::TaskKind;
use std::collections::VecDeque;

/// Asks for tests, one after the other, in their order.
pub fn run_all(state: DeviceState, mut tests: VecDeque<Test>) {
    if let Some(test) = tests.pop_front() {
        state.ask(TaskKind::Diagnose { test }, move || run_all(state, tests));
    }
}

#[component]
pub(super) fn RunBar() -> impl IntoView {
    let section = expect_context::<Section>();
    move || match section.tests.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <section class="card"><ErrorView error /></section> }.into_any(),
        Some(Ok(tests)) => view! { <Bar tests /> }.into_any(),
    }
}

#[component]
fn Bar(tests: TestsView) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let section = expect_context::<Section>();
    let asked = section.asked;
    let choice = Memo::new(move |_| asked.with(|asked| asked.choice));
    let tests = StoredValue::new(tests);
    let link = move |one: Choice| {
        let href = move || {
            let base = format!("{}/diagnostics", state.href());
            // A target for another kind of test is of no use.
            let keeps = one.target_label().is_some() && one.target_label() == choice.get().target_label();
            let target = if keeps { asked.with(|asked| asked.target.clone()) } else { String::new() };
            Asked { choice: one, target, count: None, interface: asked.with(|asked| asked.interface.clone()) }
                .href(&base)
        };
        view! {
            <a href=href aria-current=move || (choice.get() == one).then_some("true") data-noscroll="">
                <Icon name=one.icon() />
                {one.label()}
            </a>
        }
    };
    let more: Vec<Choice> = tests.with_value(|tests| Choice::MORE.into_iter().filter(|one| one.fits(tests)).collect());
    view! {
        <section class="card" aria-label="Start a test">
            <div class="runbar">
                <nav class="seg" aria-label="Test">
                    {Choice::FIRST.into_iter().map(link).collect_view()}
                </nav>
                {move || {
                    let choice = choice.get();
                    view! { <Fields choice tests /> }
                }}
            </div>
            {(!more.is_empty())
                .then(|| {
                    view! {
                        <nav class="runbar__more" aria-label="More tests">
                            <span class="muted">"More:"</span>
                            {more.into_iter().map(link).collect_view()}
                        </nav>
                    }
                })}
        </section>
    }
}

/// The fields of one kind of test, and its button.
#[component]
fn Fields(choice: Choice, tests: StoredValue<TestsView>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let section = expect_context::<Section>();
    let first = section.asked.get_untracked();
    let usual = tests.with_value(|tests| choice.usual_target(tests));
    let target = RwSignal::new(if first.target.is_empty() { usual } else { first.target });
    let count = RwSignal::new(first.count.or(choice.usual_count()).unwrap_or(1).to_string());
    let interface = RwSignal::new(first.interface);
    let problem = RwSignal::new(None::<String>);
    let fits = tests.with_value(|tests| choice.fits(tests));
    let wanted = move || {
        let count = count.get_untracked().trim().parse().unwrap_or(0);
        tests.with_value(|tests| choice.tests(&target.get_untracked(), count, &interface.get_untracked(), tests))
    };
    let cost = wanted().first().map_or("", Test::cost);
    let running = Memo::new(move |_| {
        let of_choice = |task: &&model::task::TaskView| {
            !task.state.ended() && test_of(task).is_some_and(|test| choice.kinds().contains(&test.kind()))
        };
        section.runs.with(|runs| runs.iter().any(|task| of_choice(&task)))
    });
    let navigate = use_navigate();
    let start = move || {
        let all = wanted();
        if let Some(rule) = all.iter().find_map(|test| test.check().err()) {
            problem.set(Some(rule));
            return;
        }
        problem.set(None);
        let asked = Asked {
            choice,
            target: if choice.target_label().is_some() { target.get_untracked() } else { String::new() },
            count: choice.usual_count().and(count.get_untracked().trim().parse().ok()),
            interface: interface.get_untracked(),
        };
        let base = format!("/devices/{}/diagnostics", state.id.get_untracked());
        navigate(&asked.href(&base), NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        run_all(state, all.into());
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !running.get_untracked() {
            start();
        }
    };
    let interfaces = tests.with_value(|tests| tests.interfaces.clone());
    let bound = !matches!(choice, Choice::Wifi | Choice::SelfTest | Choice::Line | Choice::Atm) && interfaces.len() > 1;
    view! {
        <form class="runbar__form" on:submit=submit novalidate aria-label=choice.label()>
            {choice
                .target_label()
                .map(|label| {
                    view! {
                        <div class="input-wrap runbar__target">
                            <label class="sr-only" for="test-target">{label}</label>
                            <Icon name="target" />
                            <input
                                class="input"
                                id="test-target"
                                autocomplete="off"
                                spellcheck="false"
                                placeholder=label
                                maxlength="256"
                                prop:value=move || target.get()
                                value=target.get_untracked()
                                aria-invalid=move || problem.get().is_some().then_some("true")
                                on:input:target=move |event| target.set(event.target().value())
                            />
                        </div>
                    }
                })}
            {choice
                .usual_count()
                .map(|_| {
                    view! {
                        <label class="input-unit">
                            "Count"
                            <input
                                class="input input--num"
                                type="number"
                                min="1"
                                max="100"
                                prop:value=move || count.get()
                                value=count.get_untracked()
                                on:input:target=move |event| count.set(event.target().value())
                            />
                        </label>
                    }
                })}
            {bound
                .then(|| {
                    view! {
                        <label class="input-unit">
                            "From"
                            <select class="select" on:change:target=move |event| interface.set(event.target().value())>
                                <option value="" selected=move || interface.with(String::is_empty)>
                                    "The router’s routing"
                                </option>
                                {interfaces
                                    .into_iter()
                                    .map(|one| {
                                        let path = one.path.clone();
                                        view! {
                                            <option value=one.path selected=move || interface.get() == path>
                                                {one.label}
                                            </option>
                                        }
                                    })
                                    .collect_view()}
                            </select>
                        </label>
                    }
                })}
            <Show when=move || !running.get()>
                <Button
                    class="btn--primary"
                    kind="submit"
                    icon="pulse"
                    busy=Signal::derive(move || state.sending.get())
                    disabled=!fits || !may(Permission::DeviceRefresh)
                >
                    "Start"
                </Button>
            </Show>
            <Show when=move || running.get()>
                <Stop choice />
            </Show>
        </form>
        {(!fits)
            .then(|| {
                let unknown = tests.with_value(|tests| tests.unknown);
                let why = if unknown {
                    "The settings of this router have not been read yet: what it can test is not known."
                } else {
                    "This router has no such test."
                };
                view! { <p class="runbar__note muted">{why}</p> }
            })}
        {(fits && !cost.is_empty()).then(|| view! { <p class="runbar__note muted">{cost}</p> })}
        <p class="runbar__note" role="alert" data-tone="bad">{move || problem.get()}</p>
    }
}

/// Stops what runs of a choice.
#[component]
fn Stop(choice: Choice) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let section = expect_context::<Section>();
    let busy = RwSignal::new(false);
    let stop = move |_| {
        let mut open: Vec<_> = section
            .runs
            .get_untracked()
            .into_iter()
            .filter(|task| !task.state.ended())
            .filter(|task| test_of(task).is_some_and(|test| choice.kinds().contains(&test.kind())))
            .collect();
        // What has not begun first: else it would begin when the other ends.
        open.sort_by_key(|task| std::cmp::Reverse(task.id));
        busy.set(true);
        leptos::task::spawn_local(async move {
            for task in open {
                match crate::pages::device::cancel_task(task.id).await {
                    Ok(task) => state.put_task(&task),
                    Err(error) => state.refuse(error),
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <Button class="btn--danger-quiet" icon="stop" busy on_click=Callback::new(stop)>
            "Stop"
        </Button>
    }
}
