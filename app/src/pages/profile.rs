//! What the agent chose for the portal. Choices go with the agent to other browsers.

use crate::PortalError;
use crate::clock::use_clock;
use crate::keys::use_keys;
use crate::pages::devices::Density;
use crate::session::use_agent;
use crate::theme::Theme;
use leptos::prelude::*;
use leptos_meta::Title;

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
    let clock = use_clock();
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
    let zones = [("Of this browser", false), ("UTC", true)].map(|(label, utc)| {
        let choose = Callback::new(move |()| clock.show_utc(utc));
        view! { <Choice name="zone" label chosen=Signal::derive(move || clock.is_utc() == utc) choose /> }
    });
    view! {
        <Title text="Profile" />
        <main class="main" id="main">
            <div class="pagehead"><h1>"Profile"</h1></div>
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
                        <div class="seg">{zones.collect_view()}</div>
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
        </main>
    }
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
