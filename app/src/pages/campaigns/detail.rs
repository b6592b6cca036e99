//! `/campaigns/:id`: how a campaign fares, and what can be done with it; of a draft what it would do.

mod acts;
mod devices;
mod head;
mod limits;
mod log;
mod numbers;
mod plan;
mod side;
mod stages;
mod tables;

use super::api::{Listed, campaign_log, list_targets, load_campaign};
use super::url::Targets;
use crate::PortalError;
use crate::components::{ErrorView, Skeleton};
use crate::debounce::Debounce;
use crate::live::{LiveScope, use_live};
use crate::pages::page_title;
use crate::session::may;
use acts::Acts;
use devices::Devices;
use head::{Head, Standstill};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use log::Log;
use model::campaign::{CampaignLog, CampaignView};
use model::live::LiveMessage;
use model::{CampaignId, Permission};
use numbers::{Failures, Speed};
pub use plan::{Blast, PlanSteps};
use plan::{Gone, Plan};
use side::{Limits, Windows};
use stages::Stages;
use tables::{LeftOut, Models, Reasons};

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Here {
    pub id: Memo<CampaignId>,
    /// As it was last told; `None` before that.
    view: Memo<Option<CampaignView>>,
    /// Which devices are listed.
    pub targets: Memo<Targets>,
    /// The devices of the open tab.
    pub listed: Resource<Result<Listed, PortalError>>,
    pub log: Resource<Result<Vec<(i64, CampaignLog)>, PortalError>>,
    /// Counts what was heard of the campaign, so that lists are read again.
    pub heard: RwSignal<u32>,
    /// Reads everything again.
    pub again: Callback<()>,
}

impl Here {
    /// One part of the campaign: changes only when that part does.
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&CampaignView) -> T + Send + Sync + 'static,
    ) -> Memo<Option<T>> {
        Memo::new(move |_| self.view.with(|view| view.as_ref().map(&read)))
    }

    pub fn view_untracked(self) -> Option<CampaignView> {
        self.view.get_untracked()
    }
}

#[component]
pub fn CampaignPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("id").and_then(|id| id.parse().ok()).unwrap_or(CampaignId(0)))
    });
    let targets = Memo::new(move |_| query.with(Targets::from_params));
    let loaded = Resource::new_blocking(move || id.get(), load_campaign);
    let heard = RwSignal::new(0_u32);
    // All that is loaded is asked for here. Below the `Transition` the server puts parts together more than once: what is
    // asked for there it would ask for each time, and the browser would be given another answer than is on the page.
    let listed = Resource::new_blocking(
        move || (id.get(), targets.get(), heard.get()),
        |(id, targets, _)| list_targets(id, targets),
    );
    let log = Resource::new_blocking(move || (id.get(), heard.get()), |(id, _)| campaign_log(id, None));
    let all = move || {
        loaded.refetch();
        heard.update(|heard| *heard = heard.wrapping_add(1));
    };
    let again = Callback::new(move |()| all());
    let soon = Debounce::new(1000, all);
    use_live(
        || may(Permission::DeviceRead).then_some(LiveScope::Fleet),
        move |message| {
            let mine = match message {
                LiveMessage::Campaign { campaign } => campaign == id.get_untracked(),
                LiveMessage::Missed => true,
                _ => false,
            };
            if mine {
                soon.call();
            }
        },
    );
    view! {
        <main class="main" id="main">
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=8 /></div> }>
                <Whole id loaded targets listed log heard again />
            </Transition>
        </main>
    }
}

/// Everything, below the `Transition`: for what is read by a memo from above it, the server does not wait.
#[component]
fn Whole(
    id: Memo<CampaignId>,
    loaded: Resource<Result<CampaignView, PortalError>>,
    targets: Memo<Targets>,
    listed: Resource<Result<Listed, PortalError>>,
    log: Resource<Result<Vec<(i64, CampaignLog)>, PortalError>>,
    heard: RwSignal<u32>,
    again: Callback<()>,
) -> impl IntoView {
    // What was known stays on the page if it cannot be read again.
    let view = Memo::new(move |before: Option<&Option<CampaignView>>| {
        let now = id.get();
        match loaded.get() {
            Some(Ok(view)) => Some(view),
            _ => before.cloned().flatten().filter(|view| view.id == now),
        }
    });
    let here = Here { id, view, targets, listed, log, heard, again };
    provide_context(here);
    let name = here.part(|view| view.plan.name.clone());
    let title = move || page_title(&name.try_get().flatten().unwrap_or_else(|| "Campaign".to_owned()));
    let started = here.part(|view| view.state.has_started());
    let error = Memo::new(move |_| loaded.get().and_then(Result::err).filter(|_| view.with(Option::is_none)));
    view! {
        <Title text=title />
        {move || match (error.get(), started.get()) {
            (Some(error), _) => view! {
                <div class="card">
                    <h1 class="sr-only">"Campaign"</h1>
                    <ErrorView error again />
                </div>
            }
            .into_any(),
            (None, None) => ().into_any(),
            (None, Some(false)) => view! { <Planned /> }.into_any(),
            (None, Some(true)) => view! { <Started /> }.into_any(),
        }}
    }
}

/// Before the start.
#[component]
fn Planned() -> impl IntoView {
    view! {
        <Acts>
            <Head />
            <Standstill />
        </Acts>
        <div class="camp-grid">
            <div class="stack">
                <Plan />
            </div>
            <div class="stack">
                <Gone />
                <Limits />
                <Log />
            </div>
        </div>
    }
}

/// From the start on.
#[component]
fn Started() -> impl IntoView {
    view! {
        <Acts>
            <Head />
            <Standstill />
        </Acts>
        <Stages />
        <div class="camp-grid">
            <div class="stack">
                <div class="grid-2">
                    <Speed />
                    <Failures />
                </div>
                <Reasons />
                <Models />
                <LeftOut />
                <Devices />
            </div>
            <div class="stack">
                <Windows />
                <Limits />
                <Log />
            </div>
        </div>
    }
}
