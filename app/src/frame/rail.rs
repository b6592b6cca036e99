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
    let item = move |href: &'static str, icon: &'static str, label: &'static str| {
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
                    <span>{label}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="rail" aria-label="Main">
            <a class="rail__brand" href="/" aria-label="Lastmile home"><Brand /></a>
            <ul class="rail__list">
                {item("/", "home", "Home")}
                {item("/devices", "router", "Devices")}
                {may(Permission::SubscriberRead).then(|| item("/subscribers", "users", "Subscribers"))}
                {may_read.then(|| item("/files", "file", "Files"))}
                {may_manage.then(|| item("/settings", "sliders", "Settings"))}
            </ul>
        </nav>
    }
}
