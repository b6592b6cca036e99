//! The device list: filters, order, pages and live values. All of its state is in the URL.

mod address;
mod api;
mod bulk;
mod cells;
mod columns;
mod empty;
mod filters;
mod table;
pub mod url;
mod views;

pub use address::keep_address;
pub use api::{
    CountDevices, DecideEnrolment, ListCounts, ListDevices, LoadFacets, decide_enrolment, list_views, load_facets,
};
pub use filters::{Active, active};

use crate::PortalError;
use crate::components::{Age, ErrorView, Skeleton};
use crate::debounce::Debounce;
use crate::live::{LiveScope, use_live};
use crate::pages::list::{self, Shown, count_words};
use crate::preference;
use api::{count_devices, list_bulks, list_devices};
use bulk::Progress;
use empty::{FirstRun, NoMatch};
use filters::FilterBar;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::DeviceId;
use model::bulk::BulkView;
use model::device::{Columns, DeviceFilter, DeviceQuery, DeviceRow, DeviceSort, Direction, Facets};
use model::live::LiveMessage;
use model::page::{Cursor, Page};
use std::collections::BTreeSet;
use std::time::Duration;
use table::{DeviceTable, Rows};
use views::Views;

/// How often an open page has its counts made anew.
const COUNT_EVERY: Duration = Duration::from_secs(30);

/// What the parts of the list share.
#[derive(Clone, Copy)]
struct List {
    query: Memo<DeviceQuery>,
    page: Resource<Result<Page<DeviceRow>, PortalError>>,
    counts: Resource<Result<ListCounts, PortalError>>,
    facets: Resource<Result<Facets, PortalError>>,
    /// Devices that appeared since the page was loaded.
    arrived: RwSignal<u32>,
    selected: RwSignal<BTreeSet<DeviceId>>,
    /// Not only the selected rows: everything that matches the filter.
    everything: RwSignal<bool>,
    /// What the table shows: the link's columns, else the person's.
    columns: Memo<Columns>,
    own_columns: RwSignal<Columns>,
    /// The agent's orders for many devices.
    bulks: Resource<Result<Vec<BulkView>, PortalError>>,
    density: RwSignal<Density>,
}

/// Height of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    Compact,
    #[default]
    Standard,
    Comfortable,
}

impl Density {
    pub const ALL: [Self; 3] = [Self::Compact, Self::Standard, Self::Comfortable];
    /// Name of the preference.
    const NAME: &str = "density";

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Standard => "standard",
            Self::Comfortable => "comfortable",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Compact => "Compact",
            Self::Standard => "Standard",
            Self::Comfortable => "Comfortable",
        }
    }

    pub fn chosen() -> Self {
        let name = preference::read(Self::NAME);
        Self::ALL.into_iter().find(|density| Some(density.as_str()) == name.as_deref()).unwrap_or_default()
    }

    /// Keeps the choice. In the browser only.
    pub fn keep(self) {
        preference::write(Self::NAME, (self != Self::default()).then(|| self.as_str()));
    }
}

/// `/devices`
#[component]
pub fn DevicesPage() -> impl IntoView {
    keep_address();
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(url::from_params));
    // Columns change no rows.
    let asked = Memo::new(move |_| DeviceQuery { columns: None, ..query.get() });
    let own_columns = RwSignal::new(columns::chosen());
    let list = List {
        query,
        page: Resource::new_blocking(move || asked.get(), list_devices),
        counts: Resource::new_blocking(move || query.with(|query| query.filter.clone()), count_devices),
        facets: Resource::new_blocking(|| (), |()| load_facets()),
        arrived: RwSignal::new(0),
        selected: RwSignal::new(BTreeSet::new()),
        everything: RwSignal::new(false),
        columns: Memo::new(move |_| query.with(|query| query.columns).unwrap_or_else(|| own_columns.get())),
        own_columns,
        bulks: Resource::new_blocking(|| (), |()| list_bulks()),
        density: RwSignal::new(Density::chosen()),
    };
    provide_context(list);
    let rows = Rows::new();
    listen(list, rows);
    // Another page or filter: what arrived is on it, and a selection that cannot be seen would be a trap.
    Effect::new(move |before: Option<DeviceQuery>| {
        let now = asked.get();
        if before.is_some_and(|before| before != now) {
            list.arrived.set(0);
            list.everything.set(false);
            list.selected.update(BTreeSet::clear);
        }
        now
    });

    view! {
        <Title text="Devices" />
        <main class="main main--fill" id="main">
            <div class="pagehead pagehead--tight">
                <h1>"Devices"</h1>
                <Transition>
                    <span class="total">
                        {move || list.counts.get().and_then(Result::ok).map(|counts| count_words(counts.all))}
                    </span>
                </Transition>
            </div>
            <Views />
            <FilterBar />
            <Progress />
            <div class="table-card table-card--fill" id="fleet" data-density=move || list.density.get().as_str()>
                <Transition fallback=|| view! { <Skeleton lines=12 /> }>
                    <Body rows />
                </Transition>
                <Transition>
                    <Foot />
                </Transition>
            </div>
        </main>
    }
}

/// Takes live messages: values change in place, new rows never push the list.
fn listen(list: List, rows: Rows) {
    let refresh = Debounce::new(500, move || {
        list.page.refetch();
        list.counts.refetch();
    });
    // Counts change as devices fall silent, which nothing tells of.
    Effect::new(move |_| {
        let count = set_interval_with_handle(
            move || {
                if !document().hidden() {
                    list.counts.refetch();
                }
            },
            COUNT_EVERY,
        );
        on_cleanup(move || {
            if let Ok(count) = count {
                count.clear();
            }
        });
    });
    use_live(
        || Some(LiveScope::Fleet),
        move |message| match message {
            LiveMessage::Device { row } => rows.update(*row),
            LiveMessage::NewDevice { .. } => {
                let empty = list.page.with_untracked(|page| match page {
                    Some(Ok(page)) => page.items.is_empty(),
                    _ => false,
                });
                if empty && list.query.with_untracked(|query| query.filter == DeviceFilter::default()) {
                    refresh.call();
                } else {
                    list.arrived.update(|arrived| *arrived = arrived.saturating_add(1));
                }
            }
            LiveMessage::Missed => refresh.call(),
            LiveMessage::Task { .. }
            | LiveMessage::Event { .. }
            | LiveMessage::Note { .. }
            | LiveMessage::Tree { .. }
            | LiveMessage::Trace { .. }
            | LiveMessage::Campaign { .. }
            | LiveMessage::Files => {}
        },
    );
}

#[component]
fn Body(rows: Rows) -> impl IntoView {
    let list = expect_context::<List>();
    let everything = move || list.query.with(|query| query.filter == DeviceFilter::default());
    let shown = Memo::new(move |_| Shown::of(list.page, everything));
    move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => {
            let again = Callback::new(move |()| list.page.refetch());
            view! { <ErrorView error again /> }.into_any()
        }
        Shown::FirstRun => view! { <FirstRun /> }.into_any(),
        Shown::NoMatch => view! { <NoMatch /> }.into_any(),
        Shown::Rows => view! { <DeviceTable rows /> }.into_any(),
    }
}

#[component]
fn Foot() -> impl IntoView {
    let list = expect_context::<List>();
    let order = move || list.query.with(|query| order_words(query.sort, query.direction));
    let href = move |cursor: Cursor| url::href(&list.query.get().with_cursor(Some(&cursor)));
    view! {
        <list::Foot page=list.page href>
            <span>{order}</span>
            <span class="muted only-wide">
                {move || format!("{} per page", list.query.with(DeviceQuery::page_size))}
            </span>
        </list::Foot>
    }
}

fn order_words(sort: DeviceSort, direction: Direction) -> &'static str {
    use Direction::{Ascending, Descending};
    match (sort, direction) {
        (DeviceSort::FirstSeen, Ascending) => "In order of first contact",
        (DeviceSort::FirstSeen, Descending) => "Newest first",
        (DeviceSort::Serial, Ascending) => "Sorted by serial",
        (DeviceSort::Serial, Descending) => "Sorted by serial, from the end",
        (DeviceSort::Model, Ascending) => "Sorted by model",
        (DeviceSort::Model, Descending) => "Sorted by model, from the end",
        (DeviceSort::Software, Ascending) => "Sorted by firmware",
        (DeviceSort::Software, Descending) => "Sorted by firmware, from the end",
        (DeviceSort::Subscriber, Ascending) => "Sorted by subscriber",
        (DeviceSort::Subscriber, Descending) => "Sorted by subscriber, from the end",
        (DeviceSort::LastInform, Ascending) => "Longest silent first",
        (DeviceSort::LastInform, Descending) => "Last check-in first",
    }
}

/// How many match, and when that was counted.
#[component]
fn Matching() -> impl IntoView {
    let list = expect_context::<List>();
    move || {
        list.counts.get().and_then(Result::ok).map(|counts| {
            view! {
                <span class="toolbar__note" role="status">
                    <b class="text-strong">{count_words(counts.matching)}</b>
                    " match, counted "
                    <Age at=counts.counted_at suffix=" ago" />
                </span>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_has_its_own_words() {
        let mut seen = BTreeSet::new();
        for sort in DeviceSort::ALL {
            for direction in [Direction::Ascending, Direction::Descending] {
                assert!(seen.insert(order_words(sort, direction)), "{sort:?} {direction:?}");
            }
        }
    }
}
