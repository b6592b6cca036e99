//! State as icon and word.

use super::{Icon, Tone};
use crate::clock::use_clock;
use leptos::prelude::*;
use model::device::{DeviceRow, Presence};

/// A state in a table or list: no background.
#[component]
pub fn Status(
    #[prop(into)] tone: Signal<Tone>,
    #[prop(into)] label: Signal<String>,
    /// Instead of the tone's own icon.
    #[prop(optional, into)]
    icon: Option<Signal<&'static str>>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! { <span class=format!("status {class}") data-tone=move || tone.get().as_str()>{inside(tone, label, icon)}</span> }
}

/// A state in a header: tinted.
#[component]
pub fn Pill(
    #[prop(into)] tone: Signal<Tone>,
    #[prop(into)] label: Signal<String>,
    /// Instead of the tone's own icon.
    #[prop(optional, into)]
    icon: Option<Signal<&'static str>>,
) -> impl IntoView {
    view! { <span class="pill" data-tone=move || tone.get().as_str()>{inside(tone, label, icon)}</span> }
}

fn inside(tone: Signal<Tone>, label: Signal<String>, icon: Option<Signal<&'static str>>) -> impl IntoView {
    let name = Signal::derive(move || icon.map_or_else(|| tone.get().icon(), |icon| icon.get()));
    let class = Signal::derive(move || if name.get() == "loader" { "spin" } else { "" });
    view! { <Icon name class /> {move || label.get()} }
}

/// Tone, icon and word of a presence.
pub fn presence_look(presence: Presence) -> (Tone, &'static str, &'static str) {
    match presence {
        Presence::Online => (Tone::Ok, "online", presence.label()),
        Presence::Late => (Tone::Warn, "late", presence.label()),
        Presence::Offline => (Tone::Bad, "offline", presence.label()),
        Presence::Rebooting => (Tone::Info, "loader", presence.label()),
    }
}

fn look(row: Signal<DeviceRow>) -> Memo<Presence> {
    let clock = use_clock();
    Memo::new(move |_| row.with(|row| row.presence(clock.now())))
}

/// Whether a device is there, judged anew as time passes.
#[component]
pub fn PresenceStatus(#[prop(into)] row: Signal<DeviceRow>) -> impl IntoView {
    let presence = look(row);
    view! {
        <Status
            tone=Signal::derive(move || presence_look(presence.get()).0)
            icon=Signal::derive(move || presence_look(presence.get()).1)
            label=Signal::derive(move || presence_look(presence.get()).2.to_owned())
        />
    }
}

/// The same in a header.
#[component]
pub fn PresencePill(#[prop(into)] row: Signal<DeviceRow>) -> impl IntoView {
    let presence = look(row);
    view! {
        <Pill
            tone=Signal::derive(move || presence_look(presence.get()).0)
            icon=Signal::derive(move || presence_look(presence.get()).1)
            label=Signal::derive(move || presence_look(presence.get()).2.to_owned())
        />
    }
}
