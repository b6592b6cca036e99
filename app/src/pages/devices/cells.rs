//! The cells of a row, column by column.

use crate::components::{Age, PresenceStatus, Status, StuckStatus, Tone};
use leptos::prelude::*;
use model::device::{Column, DeviceRow};
use model::subscriber::SubscriberView;

/// One cell. `usual`: the columns are those that everybody has, of which narrow lists leave some out; what somebody
/// chose stays.
pub fn cell(column: Column, row: RwSignal<DeviceRow>, usual: bool) -> AnyView {
    let id = row.with_untracked(|row| row.id);
    match column {
        Column::State => view! {
            <td class="slot-end">
                <PresenceStatus row />
                " "
                <StuckStatus row />
            </td>
        }
        .into_any(),
        Column::Address => {
            let place = Memo::new(move |_| row.with(place));
            view! {
                <td class="clip muted">
                    <bdi title=move || place.get()>{move || place.get()}</bdi>
                </td>
            }
            .into_any()
        }
        Column::Serial => view! {
            <td class="mono" data-label="Serial">
                <a href=format!("/devices/{id}") tabindex="-1" class="quiet">
                    <bdi>{move || row.with(|row| row.identity.serial.clone())}</bdi>
                </a>
            </td>
        }
        .into_any(),
        Column::OpenTasks => {
            let tasks = Memo::new(move |_| row.with(|row| row.open_tasks));
            view! {
                <td class=low("num", usual) data-label="Open tasks">
                    {move || match tasks.get() {
                        0 => view! { <span class="muted">"None"</span> }.into_any(),
                        open => open.into_any(),
                    }}
                </td>
            }
            .into_any()
        }
        Column::LastInform => view! {
            <td class="num">
                {move || {
                    if row.with(DeviceRow::was_seen) {
                        view! { <Age at=Signal::derive(move || row.with(|row| row.last_inform)) suffix=" ago" /> }
                            .into_any()
                    } else {
                        view! { <span class="muted">"Never"</span> }.into_any()
                    }
                }}
            </td>
        }
        .into_any(),
        Column::FirstSeen => view! {
            <td class="num" data-label="First contact">
                <Age at=Signal::derive(move || row.with(|row| row.first_seen)) suffix=" ago" />
            </td>
        }
        .into_any(),
        Column::Reach => reach(row),
        Column::Model => text(column, row, low("clip", usual), |row| row.model.clone()),
        Column::Software => text(column, row, low("clip", usual), |row| row.software_version.clone()),
        Column::Hardware => text(column, row, "clip", |row| row.hardware_version.clone()),
        Column::Manufacturer => text(column, row, "clip", |row| row.identity.manufacturer.clone()),
        Column::Ip => text(column, row, "mono", |row| row.address.clone()),
        Column::DataModel => text(column, row, "", |row| row.data_model.label().to_owned()),
        Column::Enrolment => text(column, row, "", |row| row.enrolment.label().to_owned()),
        Column::Account => text(column, row, "mono", |row| of(row, |subscriber| subscriber.account.clone())),
        Column::Plan => text(column, row, "clip", |row| of(row, |subscriber| subscriber.plan.clone())),
        Column::Tags => text(column, row, "clip", |row| of(row, |subscriber| subscriber.tags.join(", "))),
    }
}

fn of(row: &DeviceRow, read: fn(&SubscriberView) -> String) -> String {
    row.subscriber.as_ref().map(read).unwrap_or_default()
}

/// Where it is: the subscriber's address, else the network address.
pub fn place(row: &DeviceRow) -> String {
    let home = of(row, |subscriber| subscriber.address.clone());
    if home.is_empty() { row.address.clone() } else { home }
}

fn low(class: &'static str, usual: bool) -> &'static str {
    match (class, usual) {
        ("num", true) => "num slot-hide slot-low",
        ("clip", true) => "clip slot-hide slot-low",
        (class, _) => class,
    }
}

fn text(column: Column, row: RwSignal<DeviceRow>, class: &'static str, read: fn(&DeviceRow) -> String) -> AnyView {
    let value = Memo::new(move |_| row.with(read));
    // Tags are none, everything else is not known.
    let empty = if column == Column::Tags { "None" } else { "Not known" };
    view! {
        <td class=class data-label=column.label()>
            {move || {
                let value = value.get();
                if value.is_empty() {
                    view! { <span class="muted">{empty}</span> }.into_any()
                } else {
                    view! { <bdi title=value.clone()>{value.clone()}</bdi> }.into_any()
                }
            }}
        </td>
    }
    .into_any()
}

/// Whether it came the last time it was called.
fn reach(row: RwSignal<DeviceRow>) -> AnyView {
    let woken = Memo::new(move |_| row.with(|row| row.woken));
    view! {
        <td data-label="Reach">
            {move || match woken.get() {
                None => view! { <span class="muted">"Not tried"</span> }.into_any(),
                Some((true, at)) => view! {
                    "Answered "
                    <Age at=Signal::stored(at) suffix=" ago" />
                }
                .into_any(),
                Some((false, at)) => view! {
                    <Status tone=Signal::stored(Tone::Warn) label=Signal::stored("No answer".to_owned()) icon=Signal::stored("unplugged") />
                    " "
                    <Age at=Signal::stored(at) suffix=" ago" />
                }
                .into_any(),
            }}
        </td>
    }
    .into_any()
}
