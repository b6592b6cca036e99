//! Why devices failed or were left out, and how each model fares.

use super::super::url::{Tab, Targets};
use super::super::words::{failure_tone, percent};
use super::Here;
use crate::components::{Status, Tone};
use crate::locale::grouped;
use leptos::prelude::*;
use model::campaign::{FailureClass, ModelCount, SkipReason, Tally, TargetState};

/// Why devices failed, the most frequent reason first. Each leads to its devices.
#[component]
pub fn Reasons() -> impl IntoView {
    let here = expect_context::<Here>();
    let failures = here.part(|view| view.failures.clone());
    let failures = Memo::new(move |_| failures.get().unwrap_or_default());
    let of = here.part(|view| {
        let tally = view.tally();
        format!("{} of {} finished", grouped(u64::from(tally.bad())), grouped(u64::from(tally.finished())))
    });
    let tries = here.part(|view| view.plan.patience.tries);
    let classes = move || failures.with(|list| list.iter().map(|one| one.class).collect::<Vec<_>>());
    let row = move |class: FailureClass| {
        let count = Memo::new(move |_| {
            failures.with(|list| list.iter().find(|one| one.class == class).map_or(0, |one| one.count))
        });
        let all = Memo::new(move |_| failures.with(|list| list.iter().map(|one| one.count).sum::<u32>()));
        let share = Memo::new(move |_| f64::from(count.get()) * 100.0 / f64::from(all.get().max(1)));
        let href = move || {
            let targets = Targets { tab: Some(Tab::Failed), class: Some(class), ..Targets::default() };
            targets.href(here.id.get())
        };
        let code = class.code().map(|code| view! { " " <span class="age">{format!("code {code}")}</span> });
        let next = move || match (class.may_retry(), tries.get().unwrap_or(1)) {
            (false, _) => "Not tried again".to_owned(),
            (true, 0 | 1) => "Tried once".to_owned(),
            (true, tries) => format!("Tried again by itself, {tries} times in all"),
        };
        view! {
            <tr>
                <th scope="row" class="wrap"><a href=href>{class.label()}</a> {code}</th>
                <td class="num slot-end">{move || grouped(u64::from(count.get()))}</td>
                <td class="slot-hide cell-bar">
                    <span
                        class="meter-bar"
                        data-tone="bad"
                        role="img"
                        aria-label=move || format!("{:.0} percent of the failures", share.get())
                        style=move || format!("--v:{:.1}%", share.get())
                    >
                        <span></span>
                    </span>
                </td>
                <td class="muted wrap">{next}</td>
            </tr>
        }
    };
    view! {
        <Show when=move || failures.with(|list| !list.is_empty())>
            <section class="card" aria-labelledby="why-h">
                <div class="card__head">
                    <h2 id="why-h">"Why routers failed"</h2>
                    <span class="card__meta">{move || of.get()}</span>
                    <span class="card__end">
                        <a href=move || Targets { tab: Some(Tab::Failed), ..Targets::default() }.href(here.id.get())>"Open list"</a>
                    </span>
                </div>
                <div class="table-scroll" tabindex="0" role="region" aria-label="Why routers failed, scrollable table">
                    <table class="table stackable">
                        <thead>
                            <tr>
                                <th scope="col">"Reason"</th>
                                <th scope="col" class="num">"Routers"</th>
                                <th scope="col">"Share"</th>
                                <th scope="col">"What happens"</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=classes key=|class| *class let:class>{row(class)}</For>
                        </tbody>
                    </table>
                </div>
            </section>
        </Show>
    }
}

/// How each model and revision fares against the limit.
#[component]
pub fn Models() -> impl IntoView {
    let here = expect_context::<Here>();
    let models = here.part(|view| view.models.clone());
    let models = Memo::new(move |_| models.get().unwrap_or_default());
    let limit = here.part(|view| view.plan.thresholds.pause.percent);
    let limit = Memo::new(move |_| limit.get().unwrap_or(0.0));
    let keys = move || {
        models.with(|list| list.iter().map(|one| (one.model.clone(), one.hardware.clone())).collect::<Vec<_>>())
    };
    let row = move |(model, hardware): (String, String)| {
        let name = name_of(&model, &hardware);
        let href = {
            let model = model.clone();
            move || Targets { model: Some(model.clone()), ..Targets::default() }.href(here.id.get())
        };
        let tally = Memo::new(move |_| {
            let found = |one: &&ModelCount| one.model == model && one.hardware == hardware;
            models.with(|list| list.iter().find(found).map(|one| one.tally).unwrap_or_default())
        });
        let number = move |count: fn(&Tally) -> u32| move || grouped(u64::from(tally.with(count)));
        let stands = Memo::new(move |_| tally.with(|tally| failure_tone(tally, limit.get())));
        // The limit stands at four fifths of the bar.
        let style = move || {
            let share = stands.get().map_or(0.0, |(_, share)| share);
            let value = (share * 80.0 / limit.get().max(0.01)).min(100.0);
            format!("--v:{value:.1}%;--x:80%")
        };
        let said = move || match stands.get() {
            Some((_, share)) => format!("{} failed, limit {}", percent(share), percent(limit.get())),
            None => "No router has finished yet".to_owned(),
        };
        view! {
            <tr>
                <th scope="row" class="wrap"><a href=href><bdi>{name}</bdi></a></th>
                <td class="num muted" data-label="Routers">{number(Tally::total)}</td>
                <td class="num" data-label="Verified">{number(Tally::succeeded)}</td>
                <td class="num" data-label="Failed">{number(Tally::bad)}</td>
                <td class="cell-bar">
                    <span
                        class="meter"
                        data-tone=move || stands.get().map_or("off", |(tone, _)| tone.as_str())
                        style=style
                        role="img"
                        aria-label=said
                    >
                        <span></span>
                        <i></i>
                    </span>
                </td>
                <td class="num slot-end">
                    <Status
                        tone=Signal::derive(move || stands.get().map_or(Tone::Off, |(tone, _)| tone))
                        icon=Signal::derive(move || stands.get().map_or("never", |(tone, _)| tone.icon()))
                        label=Signal::derive(move || stands.get().map_or_else(|| "No data yet".to_owned(), |(_, share)| percent(share)))
                    />
                </td>
            </tr>
        }
    };
    view! {
        <section class="card" aria-labelledby="models-h">
            <div class="card__head"><h2 id="models-h">"By model"</h2></div>
            <div class="table-scroll" tabindex="0" role="region" aria-label="By model, scrollable table">
                <table class="table stackable">
                    <thead>
                        <tr>
                            <th scope="col">"Model"</th>
                            <th scope="col" class="num">"Routers"</th>
                            <th scope="col" class="num">"Verified"</th>
                            <th scope="col" class="num">"Failed"</th>
                            <th scope="col">{move || format!("Share of failures, limit {}", percent(limit.get()))}</th>
                            <th scope="col"><span class="sr-only">"State"</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=keys key=Clone::clone let:key>{row(key)}</For>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

/// `HG640 rev C`.
pub fn name_of(model: &str, hardware: &str) -> String {
    let model = if model.is_empty() { "Model not known" } else { model };
    if hardware.is_empty() { model.to_owned() } else { format!("{model}, revision {hardware}") }
}

/// Who was left out, and why.
#[component]
pub fn LeftOut() -> impl IntoView {
    let here = expect_context::<Here>();
    let skipped = here.part(|view| view.skipped.clone());
    let skipped = Memo::new(move |_| skipped.get().unwrap_or_default());
    let total = here.part(|view| view.tally().of(TargetState::Skipped));
    let row = |(reason, count): (SkipReason, u32)| {
        let again = if reason == SkipReason::Away { "Comes in when it is back" } else { "" };
        view! {
            <div>
                <dt>{reason.label()}</dt>
                <dd>{grouped(u64::from(count))} " " <span class="muted">{again}</span></dd>
            </div>
        }
    };
    view! {
        <Show when=move || skipped.with(|list| !list.is_empty())>
            <section class="card" aria-labelledby="left-h">
                <div class="card__head">
                    <h2 id="left-h">"Left out"</h2>
                    <span class="card__meta">{move || format!("{}, not counted as failed", grouped(u64::from(total.get().unwrap_or(0))))}</span>
                    <span class="card__end">
                        <a href=move || Targets { tab: Some(Tab::Left), ..Targets::default() }.href(here.id.get())>"Open list"</a>
                    </span>
                </div>
                <div class="card__body">
                    <dl class="kv kv--2">{move || skipped.get().into_iter().map(row).collect_view()}</dl>
                </div>
            </section>
        </Show>
    }
}
