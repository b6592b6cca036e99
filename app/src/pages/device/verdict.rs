//! Where the trouble is, with its evidence, what to do and what to say.

use super::state::DeviceState;
use crate::components::{Age, Button, Icon, Tone};
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::task::TaskKind;
use model::verdict::{Cause, Evidence, Remedy, Verdict, Weight, rule};

fn current() -> Memo<Verdict> {
    let verdict = expect_context::<DeviceState>().part(|view| view.verdict.clone());
    Memo::new(move |_| verdict.get().unwrap_or_default())
}

/// The verdict in one line, above the sections that say more of one thing.
#[component]
pub fn VerdictLine() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let verdict = current();
    move || {
        let (tone, cause, summary) = verdict.with(|verdict| (tone(verdict), verdict.cause, verdict.summary.clone()));
        view! {
            <div class="banner" data-tone=tone.as_str()>
                <Icon name=icon(cause) />
                <div>
                    <p>
                        <b>{cause.title()}". "</b>
                        <bdi>{summary}</bdi>
                        " "
                        <a href=move || state.href()>"See the facts"</a>
                    </p>
                </div>
            </div>
        }
    }
}

/// The card under the head of the summary.
#[component]
pub fn VerdictCard() -> impl IntoView {
    let verdict = current();
    let part = move |read: fn(&Verdict) -> String| Memo::new(move |_| verdict.with(read));
    let cause = Memo::new(move |_| verdict.with(|verdict| verdict.cause));
    let evidence = Memo::new(move |_| verdict.with(|verdict| verdict.evidence.clone()));
    let remedy = Memo::new(move |_| verdict.with(|verdict| verdict.remedy));
    let (summary, say) = (part(|verdict| verdict.summary.clone()), part(|verdict| verdict.say.clone()));
    let tone = Memo::new(move |_| verdict.with(tone).as_str());
    view! {
        <section class="verdict" data-tone=tone aria-labelledby="verdict-h">
            <div class="verdict__top">
                <Icon name=Signal::derive(move || icon(cause.get())) />
                <div>
                    <h2 id="verdict-h">{move || cause.get().title()}</h2>
                    <p>{summary}</p>
                </div>
                {move || remedy.get().map(|remedy| view! { <div class="btn-row"><Do remedy /></div> })}
            </div>
            <ul class="verdict__facts">
                {move || evidence.get().into_iter().map(|fact| view! { <Fact fact /> }).collect_view()}
            </ul>
            <p class="verdict__say">
                <Icon name="message" />
                <b>"Tell the caller"</b>
                <span>"“" {say} "”"</span>
            </p>
        </section>
    }
}

fn tone(verdict: &Verdict) -> Tone {
    match verdict.cause {
        Cause::AllWell if verdict.uncertain => Tone::Off,
        Cause::AllWell => Tone::Ok,
        Cause::Unknown => Tone::Off,
        _ if verdict.evidence.iter().any(|one| one.weight == Weight::Bad) => Tone::Bad,
        _ => Tone::Warn,
    }
}

fn icon(cause: Cause) -> &'static str {
    match cause {
        Cause::Service => "globe",
        Cause::Line => "fibre",
        Cause::Wifi => "wifi",
        Cause::Home => "laptop",
        Cause::Router => "router",
        Cause::AllWell => "check-circle",
        Cause::Unknown => "help",
    }
}

/// One fact; the rule that found it, and why, on request.
#[component]
fn Fact(fact: Evidence) -> impl IntoView {
    let (tone, icon) = match fact.weight {
        Weight::Good => (Tone::Ok, "check-circle"),
        Weight::Notice => (Tone::Warn, "alert"),
        Weight::Bad => (Tone::Bad, "octagon"),
    };
    let why = fact.rule.as_deref().and_then(rule).map(|rule| {
        view! {
            <details class="why">
                <summary>"Why this?"</summary>
                <p>{rule.why} " " <a href="/settings/verdict">"Rules"</a></p>
            </details>
        }
    });
    view! {
        <li data-tone=tone.as_str()>
            <Icon name=icon />
            <div>
                <b><bdi>{fact.title}</bdi></b>
                <p>
                    <bdi>{fact.detail}</bdi>
                    " "
                    {fact.at.map(|at| view! { <Age at suffix=" ago" /> })}
                </p>
                {why}
            </div>
        </li>
    }
}

/// The one thing that is offered.
#[component]
fn Do(remedy: Remedy) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let link = move |tail: &'static str, icon: &'static str, label: &'static str| {
        view! {
            <a class="btn btn--primary" href=move || format!("{}{tail}", state.href())>
                <Icon name=icon />
                {label}
            </a>
        }
        .into_any()
    };
    match remedy {
        Remedy::Refresh => {
            let refresh = |kind: &TaskKind| matches!(kind, TaskKind::Refresh { .. });
            let busy = Memo::new(move |_| state.running(refresh).is_some());
            view! {
                <Button
                    icon="refresh"
                    class="btn--primary"
                    busy=Signal::derive(move || busy.get())
                    disabled=!may(Permission::DeviceRefresh)
                    on_click=Callback::new(move |_| state.ask(TaskKind::Refresh { paths: Vec::new() }, || ()))
                >
                    {move || if busy.get() { "Reading the router" } else { "Read it again" }}
                </Button>
            }
            .into_any()
        }
        Remedy::Reboot => view! {
            <button
                class="btn btn--primary"
                type="button"
                disabled=!may(Permission::DeviceReboot)
                on:click=move |_| state.rebooting.set(true)
            >
                <Icon name="power" />
                "Reboot"
            </button>
        }
        .into_any(),
        Remedy::Channel => link("/wifi", "wifi", "Choose a channel"),
        Remedy::Home => link("#home-h", "laptop", "Devices in the home"),
        Remedy::Connection => link("/network", "globe", "Look at the connection"),
        Remedy::Timeline => link("/timeline", "history", "What happened"),
    }
}
