//! The bar above every page: search, state of the stream, theme, account.

use super::SearchBox;
use crate::components::{Brand, Icon};
use crate::live::{Connection, use_connection};
use crate::pages::sign_in::SignOut;
use crate::theme::Theme;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::account::AgentView;

#[component]
pub fn TopBar(agent: AgentView, help: RwSignal<bool>, palette: RwSignal<bool>) -> impl IntoView {
    let path = use_location().pathname;
    view! {
        <header class="topbar">
            <a class="topbar__brand" href="/" aria-label="Lastmile home"><Brand /></a>
            // The home page has the same search in its middle.
            <Show when=move || path.with(|path| path != "/") fallback=|| view! { <span class="topbar__tenant">"Lastmile"</span> }>
                <SearchBox />
            </Show>
            <div class="topbar__end">
                <LiveState />
                <button class="btn btn--ghost only-wide only-hydrated" type="button" aria-haspopup="dialog" on:click=move |_| palette.set(true)>
                    <Icon name="command" />
                    "Commands "
                    <kbd class="kbd">"Ctrl"</kbd>
                    <kbd class="kbd">"K"</kbd>
                </button>
                <button
                    class="btn btn--ghost btn--icon only-wide only-hydrated" type="button" aria-label="Keyboard help" title="Keyboard help"
                    on:click=move |_| help.set(true)
                >
                    <Icon name="help" />
                </button>
                <button
                    class="btn btn--ghost btn--icon" type="button" popovertarget="usermenu"
                    aria-label=format!("{}, account menu", agent.name)
                >
                    <span class="avatar" aria-hidden="true">{agent.initials()}</span>
                </button>
                <UserMenu agent />
            </div>
        </header>
    }
}

/// Whether what the page shows is kept up to date.
#[component]
fn LiveState() -> impl IntoView {
    let connection = use_connection();
    let look = move || match connection.get() {
        Connection::Idle => None,
        Connection::Opening => Some(("info", "loader", "Connecting")),
        Connection::Live => Some(("ok", "online", "Live")),
        Connection::Lost => Some(("bad", "unplugged", "Not connected")),
    };
    view! {
        <span class="livestate" role="status" data-tone=move || look().map(|look| look.0)>
            {move || look().map(|(_, icon, word)| {
                let hide = if word == "Not connected" { "" } else { "only-wide" };
                view! { <Icon name=icon class=if icon == "loader" { "spin" } else { "" } /><span class=hide>{word}</span> }
            })}
        </span>
    }
}

#[component]
fn UserMenu(agent: AgentView) -> impl IntoView {
    let sign_out = ServerAction::<SignOut>::new();
    let theme = RwSignal::new(Theme::chosen());
    let role = agent.role.name.clone();
    let part = (!agent.scope.is_everything()).then(|| view! { <br />{format!("Only {}", agent.scope.label())} });
    let choices = Theme::ALL
        .map(|choice| {
            view! {
                <label>
                    <input
                        class="sr-only" type="radio" name="theme" prop:checked=move || theme.get() == choice checked=theme.get_untracked() == choice
                        on:change=move |_| {
                            choice.choose();
                            theme.set(choice);
                        }
                    />
                    <span>{choice.label()}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <div class="menu" id="usermenu" popover>
            <p class="menu__label"><b>{agent.name}</b><br />{format!("{}, {role}", agent.username)}{part}</p>
            <div class="menu__sep"></div>
            <fieldset class="only-hydrated">
                <legend class="menu__label">"Theme"</legend>
                <div class="seg seg--sm menu__seg">{choices}</div>
            </fieldset>
            <div class="menu__sep only-hydrated"></div>
            <a class="menu__item" href="/profile"><Icon name="user" />"Profile"</a>
            <ActionForm action=sign_out>
                <button class="menu__item" type="submit"><Icon name="logout" />"Sign out"</button>
            </ActionForm>
        </div>
    }
}
