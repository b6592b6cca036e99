//! `/campaigns/new` and `/campaigns/:id/edit`: a plan in five steps on one page.

mod audience;
mod dry;
mod fields;
mod limits;
mod named;
mod review;
mod stages;
mod state;
mod steps;
mod what;

use super::api::load_campaign;
use super::campaign_href;
use super::detail::{Blast, PlanSteps};
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Empty, ErrorView, Icon, LinkButton, Skeleton};
use crate::session::may;
use audience::{AudienceCard, Offers};
use dry::DryRunCard;
pub use fields::number;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use limits::LimitsCard;
use model::campaign::{CampaignKind, CampaignPlan, CampaignView};
use model::desk::Profile;
use model::{CampaignId, Permission};
use review::ReviewCard;
use stages::StagesCard;
use state::{Offered, Wizard};
use steps::Steps;
use what::WhatCard;

/// The kind that a word of the URL means.
fn kind_of(word: &str) -> CampaignKind {
    match word {
        "configuration" => CampaignKind::Configuration { values: Vec::new() },
        "reboot" => CampaignKind::Reboot,
        "file" => CampaignKind::File { file: model::FileId(0) },
        "refresh" => CampaignKind::Refresh { paths: Vec::new() },
        _ => CampaignKind::Firmware { images: Vec::new() },
    }
}

#[component]
pub fn NewCampaignPage() -> impl IntoView {
    let query = use_query_map();
    let from = Memo::new(move |_| query.with(|query| query.get("from")?.parse::<CampaignId>().ok()));
    let old = Resource::new_blocking(
        move || from.get(),
        |from| async move {
            match from {
                Some(id) => load_campaign(id).await.map(Some),
                None => Ok(None),
            }
        },
    );
    provide_context(Offered::ask());
    view! {
        <Title text="New campaign" />
        <main class="main" id="main">
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=8 /></div> }>
                <New old />
            </Transition>
        </main>
    }
}

/// Below the `Transition`: for what is read by a memo from above it, the server does not wait.
#[component]
fn New(old: Resource<Result<Option<CampaignView>, PortalError>>) -> impl IntoView {
    let clock = use_clock();
    let query = use_query_map();
    let kind = query.with_untracked(|query| query.get("kind").unwrap_or_default());
    let zone = clock.chosen_zone().filter(|zone| zone != Profile::UTC).or_else(|| clock.own_zone());
    let old = Memo::new(move |_| old.get());
    let begin = move |old: Option<CampaignView>| {
        // Another one like it: its times are over.
        if let Some(CampaignView { id, plan, .. }) = old {
            let name = format!("Copy of {}", plan.name).chars().take(100).collect();
            let plan = CampaignPlan { name, starts_at: None, ends_at: None, ..plan };
            return view! { <Form plan known=None place=format!("campaign like {id}") /> };
        }
        let mut plan = CampaignPlan::new("", kind_of(&kind));
        if let (Some(window), Some(zone)) = (&mut plan.window, zone.clone()) {
            window.zone = zone;
        }
        view! { <Form plan known=None place="new campaign".to_owned() /> }
    };
    move || match old.get() {
        None => ().into_any(),
        Some(Ok(old)) => begin(old).into_any(),
        Some(Err(error)) => view! { <Refused error /> }.into_any(),
    }
}

#[component]
pub fn EditCampaignPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("id").and_then(|id| id.parse().ok()).unwrap_or(CampaignId(0)))
    });
    let old = Resource::new_blocking(move || id.get(), load_campaign);
    provide_context(Offered::ask());
    view! {
        <Title text="Edit campaign" />
        <main class="main" id="main">
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=8 /></div> }>
                <Edit old />
            </Transition>
        </main>
    }
}

#[component]
fn Edit(old: Resource<Result<CampaignView, PortalError>>) -> impl IntoView {
    let old = Memo::new(move |_| old.get());
    move || match old.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <Refused error /> }.into_any(),
        Some(Ok(old)) if old.state.editable() => {
            let place = format!("campaign {} revision {}", old.id, old.revision);
            view! { <Form known=Some((old.id, old.revision)) plan=old.plan place /> }.into_any()
        }
        Some(Ok(old)) => view! { <Begun id=old.id /> }.into_any(),
    }
}

#[component]
fn Refused(error: PortalError) -> impl IntoView {
    view! {
        <div class="card">
            <h1 class="sr-only">"Campaign"</h1>
            <ErrorView error />
        </div>
    }
}

/// It has started: nothing of it can be changed.
#[component]
fn Begun(id: CampaignId) -> impl IntoView {
    view! {
        <div class="card">
            <h1 class="sr-only">"Campaign"</h1>
            <Empty
                icon="lock"
                title="This campaign has started"
                text="What it does cannot be changed any more. Pause or cancel it, or make another one like it."
            >
                <LinkButton href=Signal::stored(campaign_href(id)) class="btn--sm">"Open it"</LinkButton>
                <LinkButton href=Signal::stored(format!("/campaigns/new?from={id}")) class="btn--sm" icon="copy">
                    "Clone"
                </LinkButton>
            </Empty>
        </div>
    }
}

#[component]
fn Form(plan: CampaignPlan, known: Option<(CampaignId, i64)>, place: String) -> impl IntoView {
    if !may(Permission::CampaignWrite) {
        return view! { <Refused error=PortalError::Denied /> }.into_any();
    }
    let wizard = Wizard::new(plan, known, &place);
    provide_context(wizard);
    let name = wizard.part(|plan| plan.name.trim().to_owned());
    let title = move || match (name.get(), known) {
        (name, _) if !name.is_empty() => name,
        (_, None) => "New campaign".to_owned(),
        (_, Some(_)) => "Campaign".to_owned(),
    };
    let close = known.map_or_else(|| super::url::PATH.to_owned(), |(id, _)| campaign_href(id));
    let total = move || wizard.total();
    view! {
        <Offers />
        <div class="pagehead">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href=super::url::PATH>"Campaigns"</a>
                <Icon name="chevron-right" />
                <span>{if known.is_some() { "Edit" } else { "New" }}</span>
            </nav>
            <h1><bdi>{title}</bdi></h1>
            <div class="btn-row pagehead__end">
                <LinkButton href=Signal::stored(close) class="btn--ghost">"Close"</LinkButton>
            </div>
        </div>
        <div class="wizard">
            <Steps />
            <div class="stack">
                <AudienceCard />
                <WhatCard />
                <StagesCard />
                <LimitsCard />
                <ReviewCard />
            </div>
            <aside class="wizard__side" aria-label="Effect">
                {move || view! { <Blast plan=wizard.plan.get() expected=total() /> }}
                <DryRunCard />
                <section class="card" aria-labelledby="plan-h">
                    <div class="card__head card__head--line">
                        <h2 id="plan-h">"Plan"</h2>
                        <span class="card__end age">"estimate"</span>
                    </div>
                    <div class="card__body card__body--top">
                        {move || view! { <PlanSteps plan=wizard.plan.get() expected=total() /> }}
                    </div>
                </section>
            </aside>
        </div>
    }
    .into_any()
}
