//! The campaigns that a router is in, on its own page.

use super::api::campaigns_of_device;
use super::campaign_href;
use super::words::target_look;
use crate::PortalError;
use crate::components::{Icon, Status};
use crate::session::may;
use leptos::prelude::*;
use model::campaign::DeviceCampaign;
use model::{DeviceId, Permission};

/// Campaigns on the card; more are in the list of campaigns.
const SHOWN: usize = 4;

type Found = Resource<Result<Vec<DeviceCampaign>, PortalError>>;

/// The campaigns that the router of a page is in.
#[derive(Clone, Copy)]
struct InCampaigns(Found);

/// Asks for them. Once, in the page.
pub fn provide_campaigns_of(device: Memo<DeviceId>) {
    provide_context(InCampaigns(Resource::new_blocking(move || device.get(), campaigns_of_device)));
}

/// A card; nothing for a router that is in none. Below the page's `Transition`.
#[component]
pub fn OfDevice() -> impl IntoView {
    let InCampaigns(found) = expect_context();
    let list = Memo::new(move |_| found.get().and_then(Result::ok).unwrap_or_default());
    let line = |one: DeviceCampaign| {
        let (tone, icon) = target_look(one.target);
        let name = if may(Permission::CampaignRead) {
            view! { <a href=campaign_href(one.id)><bdi>{one.name}</bdi></a> }.into_any()
        } else {
            view! { <bdi>{one.name}</bdi> }.into_any()
        };
        view! {
            <li>
                {name}
                <Status tone=tone icon=Signal::stored(icon) label=one.target.label().to_owned() />
            </li>
        }
    };
    view! {
        <Show when=move || list.with(|list| !list.is_empty())>
            <section class="card" aria-labelledby="in-campaigns-h">
                <div class="card__head">
                    <Icon name="rollout" />
                    <h2 id="in-campaigns-h">"Campaigns"</h2>
                </div>
                <div class="card__body">
                    <ul class="incampaigns">{move || list.get().into_iter().take(SHOWN).map(line).collect_view()}</ul>
                </div>
            </section>
        </Show>
    }
}
