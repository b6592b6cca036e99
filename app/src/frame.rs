//! What stands around every page of the signed-in portal.

pub mod choice;
pub mod desk;
mod help;
mod palette;
mod rail;
mod search_box;
mod suggest;
mod topbar;

pub use desk::{DeskCards, PinButton, use_desk};
pub use search_box::SearchBox;

use crate::components::{Banner, ConfirmHost, Tone};
use crate::keys::{on_command, on_key};
use crate::live::{Connection, use_connection};
use crate::session::{may, sign_in_url, use_agent};
use crate::theme::Theme;
use help::HelpDialog;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::{use_location, use_navigate};
use model::Permission;
use palette::Palette;
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
    desk::provide_desk();
    let help = RwSignal::new(false);
    let palette = RwSignal::new(false);
    let go = use_navigate();
    let to = |path: &'static str| {
        let go = go.clone();
        move || go(path, NavigateOptions::default())
    };
    on_command("g h", "Home", "home", to("/"));
    on_command("g d", "Devices", "router", to("/devices"));
    if may(Permission::SubscriberRead) {
        on_command("g s", "Subscribers", "users", to("/subscribers"));
    }
    if may(Permission::CampaignRead) {
        on_command("g c", "Campaigns", "rollout", to("/campaigns"));
    }
    if may(Permission::FileRead) {
        on_command("g f", "Files", "file", to("/files"));
    }
    on_command("g p", "Profile", "user", to("/profile"));
    on_command("?", "Keyboard shortcuts", "keyboard", move || help.set(true));
    on_key("Esc", "Close what is open", || ());
    for theme in Theme::ALL {
        let says = match theme {
            Theme::Light => "Light theme",
            Theme::Dark => "Dark theme",
            Theme::System => "Theme of the system",
        };
        on_command("", says, "theme", move || theme.choose());
    }
    view! {
        <div class="app">
            <a class="skip-link" href="#main">"Skip to content"</a>
            <Rail />
            <TopBar agent help palette />
            <LostBar />
            <Outlet />
            <HelpDialog open=help />
            <Palette open=palette />
            <ConfirmHost />
            <Announcer />
        </div>
    }
    .into_any()
}

/// Says that the page does not keep itself up to date, as long as it does not.
#[component]
fn LostBar() -> impl IntoView {
    let connection = use_connection();
    view! {
        <Show when=move || connection.get() == Connection::Lost>
            <div class="lostbar">
                <Banner tone=Tone::Warn icon="unplugged">
                    <p>"No connection to Lastmile. Values keep their ages; the page catches up when the connection is back."</p>
                </Banner>
            </div>
        </Show>
    }
}

/// Tells screen readers that another page is shown: without a page load they would not notice.
#[component]
fn Announcer() -> impl IntoView {
    let path = use_location().pathname;
    let said = RwSignal::new(String::new());
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            // The page sets its title while it is built.
            request_animation_frame(move || {
                said.try_set(document().title());
            });
        }
        now
    });
    view! { <p class="sr-only" role="status">{said}</p> }
}
