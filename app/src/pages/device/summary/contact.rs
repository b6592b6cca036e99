//! How Lastmile and the device find each other: by which ways it can be called, and why not.

use crate::clock::{Clock, use_clock};
use crate::components::Icon;
use crate::locale::grouped;
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::{reach_words, way_words};
use leptos::prelude::*;
use model::Timestamp;
use model::device::{DataModel, DeviceView};
use model::reach::{Reachability, WayView};
use model::time::{age, duration};

/// `3 h ago`, `just now`.
fn ago(clock: Clock, at: Timestamp) -> String {
    match age(clock.now().since(at)).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    }
}

#[component]
pub fn Contact() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let reach = state.part(|view| view.reach.clone());
    let row = state.row();
    let presence = Memo::new(move |_| row.with(|row| row.presence(clock.now())));
    let sentence =
        Memo::new(move |_| reach.get().map(|reach| reach_words(&reach, presence.get(), |at| ago(clock, at))));
    let icon = Signal::derive(move || match reach.get() {
        Some(Reachability::Works { .. }) => "check-circle",
        Some(Reachability::Failed { .. }) => "unplugged",
        _ => "info",
    });
    let tone = move || match reach.get() {
        Some(Reachability::Works { .. }) => "ok",
        Some(Reachability::Failed { .. }) => "warn",
        _ => "off",
    };
    let rows = state.part(contact_rows);
    let ways = state.part(|view| view.ways.clone());
    let notes = state.part(|view| view.reach_notes.clone());
    view! {
        <section class="card" aria-labelledby="reach-h">
            <div class="card__head">
                <h2 id="reach-h">"Contact"</h2>
            </div>
            <div class="card__body stack stack--sm">
                <p class="note">
                    <span class="status" data-tone=tone>
                        <Icon name=icon />
                        <bdi>{move || sentence.get()}</bdi>
                    </span>
                </p>
                <For each=move || notes.get().unwrap_or_default() key=Clone::clone let:note>
                    <p class="note">
                        <bdi>{note}</bdi>
                    </p>
                </For>
                <dl class="kv">
                    <For each=move || ways.get().unwrap_or_default() key=way_key let:way>
                        <WayRow way />
                    </For>
                    <For each=move || rows.get().unwrap_or_default() key=Clone::clone let:row>
                        <div>
                            <dt>{row.0}</dt>
                            <dd class="kv__v">
                                <bdi class=if row.2 { "mono" } else { "" }>{row.1}</bdi>
                            </dd>
                        </div>
                    </For>
                </dl>
            </div>
        </section>
    }
}

/// A row is made anew when anything of it changes.
fn way_key(way: &WayView) -> String {
    format!("{way:?}")
}

#[component]
fn WayRow(way: WayView) -> impl IntoView {
    let clock = use_clock();
    let label = format!("By {}", way.way.label());
    let target = way.target.clone();
    let words = Memo::new(move |_| way_words(&way, |at| ago(clock, at)));
    view! {
        <div>
            <dt>{label}</dt>
            <dd class="kv__v">
                <bdi class="mono">{target}</bdi>
                <br />
                <bdi class="muted">{words}</bdi>
            </dd>
        </div>
    }
}

/// Label, value, and whether it is an identifier.
fn contact_rows(view: &DeviceView) -> Vec<(&'static str, String, bool)> {
    let known = |text: &str| if text.is_empty() { "Not known".to_owned() } else { text.to_owned() };
    let model = match view.data_model {
        DataModel::Tr098 => "TR-098",
        DataModel::Tr181 => "TR-181",
        DataModel::Unknown => "Not known",
    };
    let interval = view
        .inform_interval
        .map_or_else(|| "Not known".to_owned(), |seconds| format!("Every {}", duration(u64::from(seconds))));
    vec![
        ("Checks in", interval, false),
        ("Comes from", known(&view.row.address), true),
        ("Protocol", format!("CWMP {}", known(&view.cwmp_version)), false),
        ("Data model", model.to_owned(), false),
        ("Settings", grouped(u64::from(view.parameter_count)), false),
    ]
}
