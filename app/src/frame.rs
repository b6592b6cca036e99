//! What stands around every page of the signed-in portal.

mod help;
mod rail;
mod search_box;
mod topbar;

pub use search_box::SearchBox;

use crate::keys::on_key;
use crate::session::{sign_in_url, use_agent};
use help::HelpDialog;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::{use_location, use_navigate};
use rail::Rail;
use topbar::TopBar;

/// Navigation, top bar and the page. Without a signed-in agent it leads to the sign-in; pages and server functions
/// check again for themselves.
#[component]
pub fn Frame() -> impl IntoView {
    let location = use_location();
    let Some(agent) = use_agent() else {
        let search = location.search.get_untracked();
        let mark = if search.is_empty() { "" } else { "?" };
        let here = format!("{}{mark}{}", location.pathname.get_untracked(), search.trim_start_matches('?'));
        return view! { <Redirect path=sign_in_url(&here) /> }.into_any();
    };
    let help = RwSignal::new(false);
    let go = use_navigate();
    let to = |path: &'static str| {
        let go = go.clone();
        move || go(path, NavigateOptions::default())
    };
    on_key("g h", "Home", to("/"));
    on_key("g d", "Devices", to("/devices"));
    on_key("?", "This list", move || help.set(true));
    view! {
        <div class="app">
            <a class="skip-link" href="#main">"Skip to content"</a>
            <Rail />
            <TopBar agent help />
            <Outlet />
            <HelpDialog open=help />
        </div>
    }
    .into_any()
}
