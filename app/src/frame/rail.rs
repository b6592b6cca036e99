//! The main navigation: a rail, on phones a bar at the bottom.

use crate::components::{Brand, Icon};
use crate::session::may;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::Permission;

#[component]
pub fn Rail() -> impl IntoView {
    let path = use_location().pathname;
    let may_read = may(Permission::FileRead);
    let may_manage = may(Permission::DeviceManage);
    let named = move |href: &'static str, icon: &'static str, label: &'static str, short: &'static str| {
        let current = move || {
            path.with(|path| {
                let inside = path == href || (href != "/" && path.starts_with(href));
                inside.then_some(if path == href { "page" } else { "true" })
            })
        };
        view! {
            <li>
                <a class="rail__item" href=href aria-current=current>
                    <Icon name=icon />
                    <span class="only-wide">{label}</span>
                    <span class="only-narrow">{short}</span>
                </a>
            </li>
        }
    };
    let item = move |href, icon, label| named(href, icon, label, label);
    view! {
        <nav class="rail" aria-label="Main">
            <a class="rail__brand" href="/" aria-label="Lastmile home"><Brand /></a>
            <ul class="rail__list">
                {item("/", "home", "Home")}
                // On phones the search field is out of the thumb's reach; this leads to it.
                <li class="only-narrow">
                    <a class="rail__item" href="/search" aria-current=move || path.with(|path| path == "/search").then_some("page")>
                        <Icon name="search" />
                        <span>"Find"</span>
                    </a>
                </li>
                {item("/devices", "router", "Devices")}
                {may(Permission::SubscriberRead).then(|| named("/subscribers", "users", "Subscribers", "People"))}
                {may(Permission::CampaignRead).then(|| item("/campaigns", "rollout", "Campaigns"))}
                {may_read.then(|| item("/files", "file", "Files"))}
                {may_manage.then(|| item("/settings", "sliders", "Settings"))}
            </ul>
        </nav>
    }
}
