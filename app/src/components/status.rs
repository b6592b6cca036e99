//! State as icon and word.

use super::{Icon, Tone};
use crate::clock::use_clock;
use leptos::prelude::*;
use model::device::{DeviceRow, Enrolment, Presence};

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

/// The same of a device that takes no part (yet), whatever its presence.
pub fn enrolment_look(row: &DeviceRow) -> Option<(Tone, &'static str, &'static str)> {
    match row.enrolment {
        Enrolment::Quarantined => Some((Tone::Warn, "hourglass", Enrolment::Quarantined.label())),
        Enrolment::Refused => Some((Tone::Bad, "x-circle", Enrolment::Refused.label())),
        Enrolment::Approved if !row.was_seen() => Some((Tone::Off, "never", "Not seen yet")),
        Enrolment::Approved => None,
    }
}

/// Whether something fails with a device again and again: a second state beside its presence.
#[component]
pub fn StuckStatus(#[prop(into)] row: Signal<DeviceRow>) -> impl IntoView {
    let stuck = Memo::new(move |_| row.with(|row| row.stuck));
    view! {
        <Show when=move || stuck.get()>
            <Status tone=Tone::Warn icon="hourglass" label="Stuck" />
        </Show>
    }
}

fn look(row: Signal<DeviceRow>) -> Memo<(Tone, &'static str, &'static str)> {
    let clock = use_clock();
    Memo::new(move |_| row.with(|row| enrolment_look(row).unwrap_or_else(|| presence_look(row.presence(clock.now())))))
}

/// Whether a device is there, judged anew as time passes.
#[component]
pub fn PresenceStatus(#[prop(into)] row: Signal<DeviceRow>) -> impl IntoView {
    let look = look(row);
    view! {
        <Status
            tone=Signal::derive(move || look.get().0)
            icon=Signal::derive(move || look.get().1)
            label=Signal::derive(move || look.get().2.to_owned())
        />
    }
}

/// The same in a header.
#[component]
pub fn PresencePill(#[prop(into)] row: Signal<DeviceRow>) -> impl IntoView {
    let look = look(row);
    view! {
        <Pill
            tone=Signal::derive(move || look.get().0)
            icon=Signal::derive(move || look.get().1)
            label=Signal::derive(move || look.get().2.to_owned())
        />
    }
}
