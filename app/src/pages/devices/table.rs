//! The table: one row a device, values that change in place, and the keyboard.

use super::bulk::BulkBar;
use super::cells::cell;
use super::{List, url};
use crate::keys::on_key;
use crate::pages::list::SortHeading;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, KeyboardEvent};
use model::DeviceId;
use model::device::{Column, Columns, DeviceRow, DeviceSort};
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
    let focus =
        Focus { ids, current: RwSignal::new(None), anchor: StoredValue::new(None), ready: RwSignal::new(false) };
    // Without WebAssembly every row is a stop of the Tab key.
    Effect::new(move |_| focus.ready.set(true));
    keyboard(list, focus);
    let all = Memo::new(move |_| {
        list.selected
            .with(|selected| !selected.is_empty() && ids.with(|ids| ids.iter().all(|id| selected.contains(id))))
    });
    let select_all = move |_| {
        let on = !all.get_untracked();
        list.everything.set(false);
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
                        {move || list.columns.get().has(Column::State).then(|| view! { <th scope="col">"State"</th> })}
                        <Heading sort=DeviceSort::Subscriber label="Subscriber" />
                        {move || columns_after(list).map(|(column, usual)| heading(column, usual)).collect_view()}
                    </tr>
                </thead>
                <tbody on:keydown=move |event| arrows(list, focus, &event)>
                    <For each=items key=|row| row.id let:row>
                        <Row row=rows.signal(row) focus />
                    </For>
                </tbody>
            </table>
            <BulkBar />
        </div>
    }
}

/// The columns behind the name, and whether they are those that everybody has.
fn columns_after(list: List) -> impl Iterator<Item = (Column, bool)> {
    let columns = list.columns.get();
    let usual = columns == Columns::default();
    columns.iter().filter(|column| *column != Column::State).map(move |column| (column, usual))
}

fn heading(column: Column, usual: bool) -> AnyView {
    let low = if usual { "slot-low" } else { "" };
    let label = column.label();
    match column {
        Column::Model => view! { <Heading sort=DeviceSort::Model label class=low /> }.into_any(),
        Column::Software => view! { <Heading sort=DeviceSort::Software label class=low /> }.into_any(),
        Column::Serial => view! { <Heading sort=DeviceSort::Serial label /> }.into_any(),
        Column::LastInform => view! { <Heading sort=DeviceSort::LastInform label class="num" /> }.into_any(),
        Column::FirstSeen => view! { <Heading sort=DeviceSort::FirstSeen label class="num" /> }.into_any(),
        Column::OpenTasks => {
            let class = if usual { "num slot-low" } else { "num" };
            view! { <th scope="col" class=class>{label}</th> }.into_any()
        }
        _ => view! { <th scope="col">{label}</th> }.into_any(),
    }
}

/// A column to sort by.
#[component]
fn Heading(sort: DeviceSort, label: &'static str, #[prop(optional)] class: &'static str) -> impl IntoView {
    let query = expect_context::<List>().query;
    let order = Memo::new(move |_| query.with(|query| (query.sort == sort).then_some(query.direction)));
    let href = Signal::derive(move || query.with(|query| url::with_sort(query, sort)));
    view! { <SortHeading label order href class /> }
}

#[component]
fn Row(row: RwSignal<DeviceRow>, focus: Focus) -> impl IntoView {
    let list = expect_context::<List>();
    let id = row.with_untracked(|row| row.id);
    let name = Memo::new(move |_| row.with(name));
    let href = format!("/devices/{id}");
    let out = move || focus.is_skipped(id).then_some("-1");
    let checked = move || list.selected.with(|selected| selected.contains(&id));
    view! {
        <tr on:focusin=move |_| focus.current.set(Some(id))>
            <td class="cell-check">
                <input
                    type="checkbox"
                    id=check_id(id)
                    tabindex=out
                    aria-label=move || format!("Select {}", name.get())
                    prop:checked=checked
                    on:click=move |event| {
                        if event.shift_key() {
                            focus.select_to(list, id);
                        }
                        focus.anchor.set_value(Some(id));
                    }
                    on:change=move |_| toggle(list, id)
                />
            </td>
            {move || list.columns.get().has(Column::State).then(|| cell(Column::State, row, true))}
            <th scope="row" class="clip">
                <a href=href id=link_id(id) tabindex=out title=move || name.get()>
                    <bdi>{move || name.get()}</bdi>
                </a>
            </th>
            {move || columns_after(list).map(|(column, usual)| cell(column, row, usual)).collect_view()}
        </tr>
    }
}

/// Who it is for; without a subscriber, the serial number.
fn name(row: &DeviceRow) -> String {
    row.subscriber.as_ref().map_or_else(|| row.identity.serial.clone(), |subscriber| subscriber.name.clone())
}

fn toggle(list: List, id: DeviceId) {
    list.everything.set(false);
    list.selected.update(|selected| {
        if !selected.remove(&id) {
            selected.insert(id);
        }
    });
}

fn link_id(id: DeviceId) -> String {
    format!("device-{id}")
}

fn check_id(id: DeviceId) -> String {
    format!("select-{id}")
}

/// Where the keyboard is in the table. The Tab key stops at one row; arrows lead to the others.
#[derive(Clone, Copy)]
struct Focus {
    /// The devices of the page, in order.
    ids: Memo<Vec<DeviceId>>,
    /// The row that had the focus last.
    current: RwSignal<Option<DeviceId>>,
    /// Where a range begins.
    anchor: StoredValue<Option<DeviceId>>,
    /// WebAssembly runs.
    ready: RwSignal<bool>,
}

impl Focus {
    /// Whether the Tab key goes past this row. Tracked.
    fn is_skipped(self, id: DeviceId) -> bool {
        let stop = self.current.get().filter(|current| self.ids.with(|ids| ids.contains(current)));
        self.ready.get() && stop.or_else(|| self.ids.with(|ids| ids.first().copied())) != Some(id)
    }

    fn place(self, id: DeviceId) -> Option<usize> {
        self.ids.with_untracked(|ids| ids.iter().position(|other| *other == id))
    }

    /// The row that has the focus, and whether it is the link of it.
    fn now(self) -> Option<(usize, bool)> {
        let id = document().active_element()?.id();
        let (text, link) = match id.strip_prefix("device-") {
            Some(text) => (text, true),
            None => (id.strip_prefix("select-")?, false),
        };
        Some((self.place(text.parse().ok()?)?, link))
    }

    /// Goes to a row; past the ends it stays.
    fn go(self, to: usize) {
        let id = self.ids.with_untracked(|ids| ids.get(to).copied());
        let link = id.and_then(|id| document().get_element_by_id(&link_id(id)));
        if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
            let _ = link.focus();
        }
    }

    /// Selects everything from where the range begins up to this row, itself left out.
    fn select_to(self, list: List, id: DeviceId) {
        let from = self.anchor.get_value().and_then(|from| self.place(from));
        let (Some(from), Some(to)) = (from, self.place(id)) else { return };
        let range = self.ids.with_untracked(|ids| ids[from.min(to)..=from.max(to)].to_vec());
        list.everything.set(false);
        list.selected.update(|selected| selected.extend(range.into_iter().filter(|other| *other != id)));
    }

    fn id(self, at: usize) -> Option<DeviceId> {
        self.ids.with_untracked(|ids| ids.get(at).copied())
    }
}

/// `j` and `k` move the focus from row to row, so that Enter opens; `x` selects the row with the focus.
fn keyboard(list: List, focus: Focus) {
    let current = move || focus.now().map(|(at, _)| at);
    on_key("j", "Next row", move || focus.go(current().map_or(0, |at| at + 1)));
    on_key("k", "Previous row", move || focus.go(current().map_or(0, |at| at.saturating_sub(1))));
    on_key("x", "Select row", move || {
        if let Some(id) = current().and_then(|at| focus.id(at)) {
            toggle(list, id);
        }
    });
}

/// Arrows, Home and End go from row to row, with Shift they select on the way; Space selects the row.
fn arrows(list: List, focus: Focus, event: &KeyboardEvent) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let Some((at, link)) = focus.now() else { return };
    let last = focus.ids.with_untracked(Vec::len).saturating_sub(1);
    let to = match event.key().as_str() {
        "ArrowDown" => (at + 1).min(last),
        "ArrowUp" => at.saturating_sub(1),
        "Home" => 0,
        "End" => last,
        " " if link => {
            event.prevent_default();
            if let Some(id) = focus.id(at) {
                focus.anchor.set_value(Some(id));
                toggle(list, id);
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    if event.shift_key() {
        let range = focus.ids.with_untracked(|ids| ids[at.min(to)..=at.max(to)].to_vec());
        list.everything.set(false);
        list.selected.update(|selected| selected.extend(range));
    }
    focus.go(to);
}

#[cfg(test)]
mod tests {
    use super::super::cells::place;
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
            data_model: model::device::DataModel::Unknown,
            woken: None,
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
