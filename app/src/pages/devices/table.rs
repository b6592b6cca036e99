//! The table: one row a device, values that change in place, and the keyboard.

use super::bulk::BulkBar;
use super::{List, url};
use crate::components::{Age, Icon, PresenceStatus, StuckStatus};
use crate::keys::on_key;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use model::DeviceId;
use model::device::{DeviceRow, DeviceSort, Direction};
use std::collections::{BTreeSet, HashMap};

/// The signals behind the rows on the page.
#[derive(Clone, Copy)]
pub struct Rows(StoredValue<HashMap<DeviceId, RwSignal<DeviceRow>>>);

impl Rows {
    pub fn new() -> Self {
        Self(StoredValue::new(HashMap::new()))
    }

    /// Puts new values into a row that is on the page; others are left alone.
    pub fn update(self, row: DeviceRow) {
        let signal = self.0.try_with_value(|rows| rows.get(&row.id).copied()).flatten();
        if let Some(signal) = signal {
            let _ = signal.try_maybe_update(|old| {
                let different = *old != row;
                *old = row;
                (different, ())
            });
        }
    }

    /// The signal of a row that lives as long as the calling component.
    fn signal(self, row: DeviceRow) -> RwSignal<DeviceRow> {
        let id = row.id;
        let signal = RwSignal::new(row);
        self.0.update_value(|rows| {
            rows.insert(id, signal);
        });
        on_cleanup(move || {
            self.0.try_update_value(|rows| {
                if rows.get(&id) == Some(&signal) {
                    rows.remove(&id);
                }
            });
        });
        signal
    }
}

#[component]
pub fn DeviceTable(rows: Rows) -> impl IntoView {
    let list = expect_context::<List>();
    let items = move || list.page.get().and_then(Result::ok).map(|page| page.items).unwrap_or_default();
    // Rows that stay on the page keep their elements; their values come here.
    Effect::new(move |_| {
        for row in items() {
            rows.update(row);
        }
    });
    let ids = Memo::new(move |_| items().iter().map(|row| row.id).collect::<Vec<_>>());
    keyboard(list, ids);
    let all = Memo::new(move |_| {
        list.selected
            .with(|selected| !selected.is_empty() && ids.with(|ids| ids.iter().all(|id| selected.contains(id))))
    });
    let select_all = move |_| {
        let on = !all.get_untracked();
        list.selected.set(if on { ids.get_untracked().into_iter().collect() } else { BTreeSet::new() });
    };

    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Devices, scrollable table">
            <table class="table stackable table--fleet">
                <thead>
                    <tr>
                        <th scope="col" class="cell-check">
                            <input
                                type="checkbox"
                                aria-label="Select all on this page"
                                prop:checked=move || all.get()
                                on:change=select_all
                            />
                        </th>
                        <th scope="col">"State"</th>
                        <Heading sort=DeviceSort::Subscriber label="Subscriber" />
                        <th scope="col">"Address"</th>
                        <Heading sort=DeviceSort::Model label="Model" class="slot-low" />
                        <Heading sort=DeviceSort::Serial label="Serial" />
                        <Heading sort=DeviceSort::Software label="Firmware" class="slot-low" />
                        <th scope="col" class="num slot-low">"Open tasks"</th>
                        <Heading sort=DeviceSort::LastInform label="Last check-in" class="num" />
                    </tr>
                </thead>
                <tbody>
                    <For each=items key=|row| row.id let:row>
                        <Row row=rows.signal(row) />
                    </For>
                </tbody>
            </table>
            <BulkBar />
        </div>
    }
}

/// A column to sort by. The link works without WebAssembly.
#[component]
fn Heading(sort: DeviceSort, label: &'static str, #[prop(optional)] class: &'static str) -> impl IntoView {
    let query = expect_context::<List>().query;
    let order = Memo::new(move |_| query.with(|query| (query.sort == sort).then_some(query.direction)));
    let said = move || {
        order.get().map(|direction| match direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        })
    };
    let icon = Signal::derive(move || match order.get() {
        Some(Direction::Descending) => "arrow-down",
        _ => "arrow-up",
    });
    view! {
        <th scope="col" class=class aria-sort=said>
            <a class="th-sort" href=move || query.with(|query| url::with_sort(query, sort))>
                {label}
                <Icon name=icon />
            </a>
        </th>
    }
}

#[component]
fn Row(row: RwSignal<DeviceRow>) -> impl IntoView {
    let list = expect_context::<List>();
    let id = row.with_untracked(|row| row.id);
    let part = move |read: fn(&DeviceRow) -> String| Memo::new(move |_| row.with(read));
    let name = part(name);
    let serial = part(|row| row.identity.serial.clone());
    let place = part(place);
    let model = part(|row| row.model.clone());
    let software = part(|row| row.software_version.clone());
    let tasks = Memo::new(move |_| row.with(|row| row.open_tasks));
    let href = format!("/devices/{id}");
    let checked = move || list.selected.with(|selected| selected.contains(&id));
    view! {
        <tr>
            <td class="cell-check">
                <input
                    type="checkbox"
                    aria-label=move || format!("Select {}", name.get())
                    prop:checked=checked
                    on:change=move |_| toggle(list, id)
                />
            </td>
            <td class="slot-end">
                <PresenceStatus row />
                " "
                <StuckStatus row />
            </td>
            <th scope="row" class="clip">
                <a href=href.clone() id=link_id(id) title=move || name.get()>
                    <bdi>{move || name.get()}</bdi>
                </a>
            </th>
            <td class="clip muted">
                <bdi title=move || place.get()>{move || place.get()}</bdi>
            </td>
            <td class="clip slot-hide slot-low">
                <bdi>{move || model.get()}</bdi>
            </td>
            <td class="mono" data-label="Serial">
                <a href=href tabindex="-1" class="quiet">
                    <bdi>{move || serial.get()}</bdi>
                </a>
            </td>
            <td class="clip slot-hide slot-low">
                <bdi>{move || software.get()}</bdi>
            </td>
            <td class="num slot-hide slot-low">
                {move || match tasks.get() {
                    0 => view! { <span class="muted">"None"</span> }.into_any(),
                    open => open.into_any(),
                }}
            </td>
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
        </tr>
    }
}

/// Who it is for; without a subscriber, the serial number.
fn name(row: &DeviceRow) -> String {
    row.subscriber.as_ref().map_or_else(|| row.identity.serial.clone(), |subscriber| subscriber.name.clone())
}

/// Where it is: the subscriber's address, else the network address.
fn place(row: &DeviceRow) -> String {
    let home = row.subscriber.as_ref().map(|subscriber| subscriber.address.clone());
    home.filter(|home| !home.is_empty()).unwrap_or_else(|| row.address.clone())
}

fn toggle(list: List, id: DeviceId) {
    list.selected.update(|selected| {
        if !selected.remove(&id) {
            selected.insert(id);
        }
    });
}

fn link_id(id: DeviceId) -> String {
    format!("device-{id}")
}

/// `j` and `k` move the focus from row to row, so that Enter opens; `x` selects the row with the focus.
fn keyboard(list: List, ids: Memo<Vec<DeviceId>>) {
    let current = move || {
        let focus = document().active_element()?.id();
        let id = focus.strip_prefix("device-")?.parse::<DeviceId>().ok()?;
        ids.with_untracked(|ids| ids.iter().position(|other| *other == id))
    };
    let go = move |to: usize| {
        let id = ids.with_untracked(|ids| ids.get(to).copied());
        let link = id.and_then(|id| document().get_element_by_id(&link_id(id)));
        if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
            let _ = link.focus();
        }
    };
    on_key("j", "Next row", move || go(current().map_or(0, |at| at + 1)));
    on_key("k", "Previous row", move || go(current().map_or(0, |at| at.saturating_sub(1))));
    on_key("x", "Select row", move || {
        let id = current().and_then(|at| ids.with_untracked(|ids| ids.get(at).copied()));
        if let Some(id) = id {
            toggle(list, id);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::device::Identity;

    fn device(serial: &str, address: &str) -> DeviceRow {
        DeviceRow {
            id: DeviceId(1),
            identity: Identity { serial: serial.into(), ..Identity::default() },
            model: "HG640".into(),
            hardware_version: String::new(),
            software_version: String::new(),
            address: address.into(),
            first_seen: Timestamp(0),
            last_inform: Timestamp(0),
            late_at: Timestamp(0),
            overdue_at: Timestamp(0),
            rebooting_until: None,
            subscriber: None,
            open_tasks: 0,
            enrolment: model::device::Enrolment::Approved,
            stuck: false,
        }
    }

    #[test]
    fn a_device_without_a_subscriber_goes_by_its_serial_and_network_address() {
        let row = device("KSTL01", "203.0.113.9");
        assert_eq!((name(&row).as_str(), place(&row).as_str()), ("KSTL01", "203.0.113.9"));
    }

    #[test]
    fn rows_that_are_not_on_the_page_are_left_alone() {
        let owner = Owner::new();
        owner.set();
        let rows = Rows::new();
        let signal = rows.signal(device("A", "1"));
        rows.update(device("A", "2"));
        assert_eq!(signal.get_untracked().address, "2");
        rows.update(DeviceRow { id: DeviceId(2), ..device("B", "3") });
        assert_eq!(signal.get_untracked().address, "2");
    }
}
