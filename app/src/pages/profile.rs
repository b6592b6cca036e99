//! What the agent chose for the portal, which goes with them to other browsers; and what they sign in with, and where.

mod factors;
mod openid;
mod passkeys;
mod password;
mod sessions;

pub use factors::{BeginTotp, ConfirmTotp, GetFactors, NewRecoveryCodes, RemoveTotp};
pub use openid::{ConnectOpenId, DisconnectOpenId};
pub use passkeys::{AddPasskey, BeginPasskey, DeletePasskey, RenamePasskey};
pub use password::ChangePassword;
pub use sessions::{EndOtherSessions, EndSession, ListSessions};

use crate::PortalError;
use crate::clock::use_clock;
use crate::keys::use_keys;
use crate::locale::use_locales;
use crate::pages::devices::Density;
use crate::pages::settings::PersonalTokens;
use crate::pages::subscribers::time_zones;
use crate::session::use_agent;
use crate::theme::Theme;
use factors::FactorsCard;
use leptos::prelude::*;
use leptos_meta::Title;
use model::desk::Profile;
use model::locale::Locale;
use password::PasswordCard;
use sessions::{Sessions, SessionsCard, own_sessions};

/// Keeps one choice in the profile of the agent who asks; without a value it is as it comes.
#[server(prefix = "/fn", endpoint = "profile/choose")]
pub async fn choose(name: String, #[server(default)] value: Option<String>) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    let acs = crate::ssr::acs()?;
    let mut profile = acs.profile(&actor).await?;
    profile.set(&name, value.as_deref());
    Ok(acs.set_profile(&actor, &profile).await?)
}

/// `/profile`
#[component]
pub fn ProfilePage() -> impl IntoView {
    let agent = use_agent();
    let keys = use_keys();
    let sessions: Sessions = Resource::new_blocking(|| (), |()| own_sessions());
    let theme = RwSignal::new(Theme::chosen());
    let density = RwSignal::new(Density::chosen());
    let themes = Theme::ALL.map(|choice| {
        let choose = Callback::new(move |()| {
            choice.choose();
            theme.set(choice);
        });
        view! { <Choice name="theme" label=choice.label() chosen=Signal::derive(move || theme.get() == choice) choose /> }
    });
    let densities = Density::ALL.map(|choice| {
        let choose = Callback::new(move |()| {
            choice.keep();
            density.set(choice);
        });
        view! { <Choice name="density" label=choice.label() chosen=Signal::derive(move || density.get() == choice) choose /> }
    });
    view! {
        <Title text="Profile" />
        <main class="main" id="main">
            <div class="pagehead"><h1>"Profile"</h1></div>
            <div class="stack">
                <section class="card" aria-labelledby="look-h">
                    <div class="card__head">
                        <h2 id="look-h">"How the portal looks to you"</h2>
                        <span class="card__meta">{agent.map(|agent| format!("{}, {}", agent.name, agent.username))}</span>
                    </div>
                    <div class="card__body stack">
                        <noscript><p>"Choices can be changed once the page's script runs."</p></noscript>
                        <fieldset class="profile__row">
                            <legend>"Theme"</legend>
                            <div class="seg">{themes.collect_view()}</div>
                        </fieldset>
                        <fieldset class="profile__row">
                            <legend>"Row height in lists"</legend>
                            <div class="seg">{densities.collect_view()}</div>
                        </fieldset>
                        <fieldset class="profile__row">
                            <legend>"Times"</legend>
                            <Zones />
                        </fieldset>
                        <fieldset class="profile__row">
                            <legend>"Numbers and dates"</legend>
                            <Forms />
                        </fieldset>
                        <fieldset class="profile__row">
                            <legend>"Keyboard"</legend>
                            <label class="check">
                                <input
                                    type="checkbox" checked=keys.are_on() prop:checked=move || keys.are_on()
                                    on:change=move |event| keys.turn(event_target_checked(&event))
                                />
                                <span>"Single-key shortcuts"</span>
                            </label>
                            <p class="muted">"Turn them off if you dictate, or press keys by accident. Ctrl K works either way."</p>
                        </fieldset>
                    </div>
                </section>
                <PasswordCard sessions />
                <FactorsCard />
                <SessionsCard sessions />
                <PersonalTokens />
            </div>
        </main>
    }
}

/// In which zone times are said.
#[component]
fn Zones() -> impl IntoView {
    let clock = use_clock();
    // In the browser only: without it nothing can be chosen.
    let names = LocalResource::new(time_zones);
    let own = move || {
        clock.own_zone().map_or_else(|| "Of this browser".to_owned(), |zone| format!("Of this browser: {zone}"))
    };
    let chosen = clock.chosen_zone();
    let first = chosen.clone().filter(|zone| zone != Profile::UTC);
    let kept = first.clone();
    let option = move |zone: String, selected: bool| {
        let value = zone.clone();
        view! { <option value=value selected=selected>{zone}</option> }
    };
    let others = move || {
        let all = names.get().and_then(Result::ok).unwrap_or_default();
        all.into_iter().filter(|zone| Some(zone) != kept.as_ref()).map(|zone| option(zone, false)).collect_view()
    };
    view! {
        <select
            class="select"
            aria-label="Times in the zone"
            on:change:target=move |event| clock.choose_zone(Some(event.target().value()).filter(|zone| !zone.is_empty()))
        >
            <option value="" selected=chosen.is_none()>{own}</option>
            <option value=Profile::UTC selected=chosen.as_deref() == Some(Profile::UTC)>"UTC"</option>
            {first.map(|zone| option(zone, true))}
            {others}
        </select>
        <p class="muted">"The server writes them so, too. Where a subscriber's clock shows something else, both are said."</p>
    }
}

/// How numbers and dates are written.
#[component]
fn Forms() -> impl IntoView {
    let locales = use_locales();
    let chosen = locales.chosen();
    let option = move |locale: Locale| {
        view! { <option value=locale.tag() selected=chosen == Some(locale)>{example(locale)}</option> }
    };
    view! {
        <select
            class="select"
            aria-label="Numbers and dates"
            on:change:target=move |event| locales.choose(Locale::parse(&event.target().value()))
        >
            <option value="" selected=chosen.is_none()>"As this browser asks"</option>
            {Locale::ALL.map(option)}
        </select>
        <p class="muted">
            "Now: " {move || example(locales.get())} ". Files, the API, and what routers say stay as they are."
        </p>
    }
}

fn example(locale: Locale) -> String {
    format!("{}, {}, {}", locale.decimal(1_234_567.8, 1), locale.date(2026, 11, 22), locale.time(14, 8, None))
}

#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    #[prop(into)] chosen: Signal<bool>,
    choose: Callback<()>,
) -> impl IntoView {
    view! {
        <label>
            <input
                class="sr-only" type="radio" name=name checked=chosen.get_untracked() prop:checked=move || chosen.get()
                on:change=move |_| choose.run(())
            />
            <span>{label}</span>
        </label>
    }
}
