//! `/subscribers`: the list, its filters and pages. All of its state is in the URL.

use super::api::{count_subscribers, list_subscribers, subscriber_facets};
use super::{subscriber_href, url};
use crate::PortalError;
use crate::components::{Empty, ErrorView, Icon, LinkButton, Skeleton};
use crate::keys::on_key;
use crate::locale::grouped;
use crate::pages::devices::keep_address;
use crate::pages::list::{
    self, FilterChip, FilterChoice, FilterSelect, FilterText, Shown, SortHeading, close_menu, count_words,
};
use crate::session::may;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::device::Direction;
use model::page::{Count, Cursor, Page};
use model::subscriber::{SubscriberFacets, SubscriberFilter, SubscriberQuery, SubscriberRow, SubscriberSort};
use model::{Permission, SubscriberId};

#[derive(Clone, Copy)]
struct List {
    query: Memo<SubscriberQuery>,
    page: Resource<Result<Page<SubscriberRow>, PortalError>>,
    count: Resource<Result<Count, PortalError>>,
    facets: Resource<Result<SubscriberFacets, PortalError>>,
}

#[component]
pub fn SubscribersPage() -> impl IntoView {
    keep_address();
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(url::from_params));
    let list = List {
        query,
        page: Resource::new_blocking(move || query.get(), list_subscribers),
        count: Resource::new_blocking(move || query.with(|query| query.filter.clone()), count_subscribers),
        facets: Resource::new_blocking(|| (), |()| subscriber_facets()),
    };
    provide_context(list);
    let may_write = may(Permission::SubscriberWrite);
    view! {
        <Title text="Subscribers" />
        <main class="main main--fill" id="main">
            <div class="pagehead pagehead--tight">
                <h1>"Subscribers"</h1>
                <Transition>
                    <span class="total">
                        {move || list.facets.get().and_then(Result::ok).map(|facets| grouped(facets.total))}
                    </span>
                </Transition>
                {may_write
                    .then(|| {
                        view! {
                            <div class="btn-row pagehead__end">
                                <LinkButton href=Signal::stored("/subscribers/import".to_owned()) icon="upload">
                                    "Import"
                                </LinkButton>
                                <LinkButton
                                    href=Signal::stored("/subscribers/new".to_owned())
                                    class="btn--primary"
                                    icon="plus"
                                >
                                    "New subscriber"
                                </LinkButton>
                            </div>
                        }
                    })}
            </div>
            <Views />
            <FilterBar />
            <div class="table-card table-card--fill" id="people">
                <Transition fallback=|| view! { <Skeleton lines=12 /> }>
                    <Body />
                </Transition>
                <Transition>
                    <Foot />
                </Transition>
            </div>
        </main>
    }
}

#[component]
fn Views() -> impl IntoView {
    let list = expect_context::<List>();
    let link = move |label: &'static str, filter: SubscriberFilter, count: fn(&SubscriberFacets) -> u64| {
        let href = url::href(&SubscriberQuery { filter: filter.clone(), ..SubscriberQuery::default() });
        let current = move || list.query.with(|query| query.filter == filter).then_some("true");
        let number = move || list.facets.get().and_then(Result::ok).map(|facets| grouped(count(&facets)));
        view! {
            <a href=href aria-current=current>
                {label} " " <Transition><small>{number}</small></Transition>
            </a>
        }
    };
    let routers = |has| SubscriberFilter { has_device: Some(has), ..SubscriberFilter::default() };
    view! {
        <nav class="views" aria-label="Views">
            {link("All subscribers", SubscriberFilter::default(), |facets| facets.total)}
            {link("With a router", routers(true), |facets| facets.total.saturating_sub(facets.without_device))}
            {link("Without a router", routers(false), |facets| facets.without_device)}
        </nav>
    }
}

/// A filter that is on: its words, and how to take it off.
type Active = (&'static str, String, fn(&mut SubscriberFilter));

fn active(filter: &SubscriberFilter) -> Vec<Active> {
    let mut list: Vec<Active> = Vec::new();
    let mut add = |what, value: &str, remove: fn(&mut SubscriberFilter)| {
        if !value.is_empty() {
            list.push((what, value.to_owned(), remove));
        }
    };
    add("Contains", &filter.text, |filter| filter.text.clear());
    add("Tag is", &filter.tag, |filter| filter.tag.clear());
    add("Plan is", &filter.plan, |filter| filter.plan.clear());
    let routers = match filter.has_device {
        None => "",
        Some(true) => "with a router",
        Some(false) => "without a router",
    };
    add("Only", routers, |filter| filter.has_device = None);
    list
}

#[component]
fn FilterBar() -> impl IntoView {
    let list = expect_context::<List>();
    let query = list.query;
    let chips = move || {
        let here = query.get();
        active(&here.filter)
            .into_iter()
            .map(|(what, value, remove)| {
                let href = url::with_filter(&here, remove);
                view! { <FilterChip what value href /> }
            })
            .collect_view()
    };
    let clear = move || {
        query.with(|query| !query.filter.is_empty()).then(|| {
            let href = query.with(|query| url::with_filter(query, |filter| *filter = SubscriberFilter::default()));
            view! { <a class="linkbtn toolbar__note" href=href>"Clear"</a> }
        })
    };
    let matching = move || {
        list.count.get().and_then(Result::ok).map(|count| {
            let words = count_words(count);
            view! { <span class="toolbar__note" role="status"><b class="text-strong">{words}</b> " match"</span> }
        })
    };
    view! {
        <div class="toolbar fleetbar">
            <div class="chips" role="group" aria-label="Filters">
                <FilterForm />
                {chips}
                {clear}
            </div>
            <div class="toolbar__end">
                <Transition>{matching}</Transition>
            </div>
        </div>
    }
}

/// A plain GET without WebAssembly; with it the URL gets only the fields that are set.
#[component]
fn FilterForm() -> impl IntoView {
    let list = expect_context::<List>();
    let query = list.query;
    let draft = RwSignal::new(query.with_untracked(|query| query.filter.clone()));
    Effect::new(move |_| draft.set(query.with(|query| query.filter.clone())));
    let popover = NodeRef::<html::Div>::new();
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        close_menu(popover);
        let filter = draft.get_untracked();
        let filter = SubscriberFilter { text: filter.text.trim().to_owned(), ..filter };
        navigate(
            &query.with_untracked(|query| url::with_filter(query, |old| *old = filter)),
            NavigateOptions::default(),
        );
    };
    let offered = move |pick: fn(SubscriberFacets) -> Vec<(String, u64)>| {
        move || list.facets.get().and_then(Result::ok).map(pick).unwrap_or_default()
    };
    view! {
        <form method="get" action=url::PATH class="chips" role="search" aria-label="Filter subscribers" on:submit=submit>
            <FilterText
                label="Name, account, phone, address or serial contains"
                text=Signal::derive(move || draft.with(|filter| filter.text.clone()))
                set=Callback::new(move |text| draft.update(|filter| filter.text = text))
            />
            <input type="hidden" name="sort" value=move || query.with(url::sort_text) />
            <button class="chip chip--add" type="button" popovertarget="filters">
                <Icon name="plus" />
                "Filter"
            </button>
            <div class="menu menu--form" id="filters" popover="auto" node_ref=popover>
                <Transition>
                    <FilterChoice
                        draft
                        name="tag"
                        label="Tag"
                        read=|filter: &mut SubscriberFilter| &mut filter.tag
                        offered=offered(|facets| facets.tags)
                    />
                    <FilterChoice
                        draft
                        name="plan"
                        label="Plan"
                        read=|filter: &mut SubscriberFilter| &mut filter.plan
                        offered=offered(|facets| facets.plans)
                    />
                </Transition>
                <FilterSelect
                    name="router"
                    label="Router"
                    options=[("yes", "With a router"), ("no", "Without a router")]
                    value=Signal::derive(move || draft.with(|filter| url::router_text(filter.has_device).to_owned()))
                    set=Callback::new(move |value: String| draft.update(|filter| filter.has_device = url::router(&value)))
                />
                <button class="btn btn--primary btn--block" type="submit">"Apply"</button>
            </div>
        </form>
    }
}

#[component]
fn Body() -> impl IntoView {
    let list = expect_context::<List>();
    let everything = move || list.query.with(|query| query.filter.is_empty());
    let shown = Memo::new(move |_| Shown::of(list.page, everything));
    let all = move || list.query.with(|query| url::with_filter(query, |filter| *filter = SubscriberFilter::default()));
    move || {
        match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! {
            <ErrorView error again=Callback::new(move |()| list.page.refetch()) />
        }
        .into_any(),
        Shown::FirstRun => view! {
            <Empty
                icon="users"
                title="No subscribers yet"
                text="Import them from a table, keep them in step with another system through the API, or enter the first one by hand."
            >
                {may(Permission::SubscriberWrite)
                    .then(|| {
                        view! {
                            <LinkButton href=Signal::stored("/subscribers/import".to_owned()) class="btn--sm" icon="upload">
                                "Import a table"
                            </LinkButton>
                            <LinkButton href=Signal::stored("/subscribers/new".to_owned()) class="btn--sm" icon="plus">
                                "New subscriber"
                            </LinkButton>
                        }
                    })}
            </Empty>
        }
        .into_any(),
        Shown::NoMatch => view! {
            <Empty icon="filter" title="No subscriber matches" text="Fewer filters show more subscribers.">
                <LinkButton href=Signal::derive(all) class="btn--sm">"Clear filters"</LinkButton>
            </Empty>
        }
        .into_any(),
        Shown::Rows => view! { <Table /> }.into_any(),
    }
    }
}

#[component]
fn Table() -> impl IntoView {
    let list = expect_context::<List>();
    let items = move || list.page.get().and_then(Result::ok).map(|page| page.items).unwrap_or_default();
    let ids = Memo::new(move |_| items().iter().map(|row| row.subscriber.id).collect::<Vec<_>>());
    let current = move || {
        let focus = document().active_element()?.id();
        let id = focus.strip_prefix("subscriber-")?.parse::<SubscriberId>().ok()?;
        ids.with_untracked(|ids| ids.iter().position(|other| *other == id))
    };
    let go = move |to: usize| {
        let id = ids.with_untracked(|ids| ids.get(to).copied());
        let link = id.and_then(|id| document().get_element_by_id(&format!("subscriber-{id}")));
        if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
            let _ = link.focus();
        }
    };
    on_key("j", "Next row", move || go(current().map_or(0, |at| at + 1)));
    on_key("k", "Previous row", move || go(current().map_or(0, |at| at.saturating_sub(1))));
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Subscribers, scrollable table">
            <table class="table stackable">
                <thead>
                    <tr>
                        <Heading sort=SubscriberSort::Name label="Name" />
                        <Heading sort=SubscriberSort::Account label="Account" />
                        <th scope="col">"Phone"</th>
                        <th scope="col">"Place"</th>
                        <th scope="col">"Plan"</th>
                        <th scope="col" class="slot-low">"Tags"</th>
                        <th scope="col" class="num">"Routers"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=items key=|row| (row.subscriber.id, row.subscriber.updated_at, row.devices) let:row>
                        <Row row />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

/// A column to sort by.
#[component]
fn Heading(sort: SubscriberSort, label: &'static str) -> impl IntoView {
    let query = expect_context::<List>().query;
    let order = Memo::new(move |_| query.with(|query| (query.sort == sort).then_some(query.direction)));
    let href = Signal::derive(move || query.with(|query| url::with_sort(query, sort)));
    view! { <SortHeading label order href /> }
}

#[component]
fn Row(row: SubscriberRow) -> impl IntoView {
    let SubscriberRow { subscriber, devices } = row;
    let phone = subscriber.phone().map(|phone| phone.number.clone()).unwrap_or_default();
    let place = if subscriber.locality.is_empty() { subscriber.address.clone() } else { subscriber.locality.clone() };
    let tags = subscriber.tags.join(", ");
    view! {
        <tr>
            <th scope="row" class="clip">
                <a id=format!("subscriber-{}", subscriber.id) href=subscriber_href(subscriber.id) title=subscriber.name.clone()><bdi>{subscriber.name.clone()}</bdi></a>
            </th>
            <td class="mono slot-end"><bdi>{subscriber.account}</bdi></td>
            <td data-label="Phone" class:muted=phone.is_empty()>
                <bdi>{if phone.is_empty() { "Not known".to_owned() } else { phone.clone() }}</bdi>
            </td>
            <td class="clip muted" data-label="Place" title=subscriber.address><bdi>{place}</bdi></td>
            <td class="clip" data-label="Plan"><bdi>{subscriber.plan}</bdi></td>
            <td class="clip slot-low slot-hide muted" title=tags.clone()><bdi>{tags.clone()}</bdi></td>
            <td class="num" data-label="Routers">
                {if devices == 0 { view! { <span class="muted">"None"</span> }.into_any() } else { devices.into_any() }}
            </td>
        </tr>
    }
}

#[component]
fn Foot() -> impl IntoView {
    let list = expect_context::<List>();
    let href = move |cursor: Cursor| url::href(&SubscriberQuery { cursor: Some(cursor.0), ..list.query.get() });
    let order = move || {
        list.query.with(|query| match (query.sort, query.direction) {
            (SubscriberSort::Name, Direction::Ascending) => "Sorted by name",
            (SubscriberSort::Name, Direction::Descending) => "Sorted by name, from the end",
            (SubscriberSort::Account, Direction::Ascending) => "Sorted by account",
            (SubscriberSort::Account, Direction::Descending) => "Sorted by account, from the end",
            (SubscriberSort::Created, Direction::Ascending) => "Oldest first",
            (SubscriberSort::Created, Direction::Descending) => "Newest first",
        })
    };
    view! {
        <list::Foot page=list.page href>
            <span>{order}</span>
        </list::Foot>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_can_be_taken_off_by_itself() {
        let filter = SubscriberFilter { text: "a".into(), tag: "b".into(), plan: "c".into(), has_device: Some(false) };
        let chips = active(&filter);
        assert_eq!(chips.len(), 4);
        for (what, _, remove) in chips {
            let mut rest = filter.clone();
            remove(&mut rest);
            assert!(active(&rest).iter().all(|(other, ..)| *other != what), "{what}");
            assert_eq!(active(&rest).len(), 3);
        }
    }
}
