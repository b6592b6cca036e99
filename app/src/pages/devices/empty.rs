//! Nothing to show: no device yet, or none that matches.

use super::{List, url};
use crate::components::{Empty, LinkButton};
use leptos::prelude::*;
use model::device::DeviceFilter;

/// No device has ever checked in: how to make one.
#[component]
pub fn FirstRun() -> impl IntoView {
    view! {
        <Empty
            icon="router"
            title="No devices yet"
            text="Set the ACS URL of a gateway (ManagementServer.URL) to this server's CWMP address. The terminal shows it at start. The gateway appears here with its first check-in; this page need not be reloaded."
        />
    }
}

/// Filters that leave nothing: which ones there are is said by the chips above, so here is the way out.
#[component]
pub fn NoMatch() -> impl IntoView {
    let list = expect_context::<List>();
    let query = list.query;
    let filters = move || query.with(|query| super::filters::active(&query.filter));
    let title = match filters().len() {
        0 => "This page of the list is empty".to_owned(),
        1 => "No device matches this filter".to_owned(),
        several => format!("No device matches all {several} filters"),
    };
    let all = move || query.with(|query| url::with_filter(query, |filter| *filter = DeviceFilter::default()));
    let last =
        move || filters().pop().map(|filter| (filter.says, query.with(|query| url::with_filter(query, filter.remove))));
    view! {
        <Empty icon="filter" title text="Fewer filters show more devices.">
            {move || {
                last()
                    .filter(|_| filters().len() > 1)
                    .map(|(says, href)| {
                        view! { <LinkButton href class="btn--sm">{format!("Remove “{says}”")}</LinkButton> }
                    })
            }}
            <LinkButton href=Signal::derive(all) class="btn--sm">"Clear filters"</LinkButton>
        </Empty>
    }
}
