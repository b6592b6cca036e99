//! Signing in and out.

mod openid;
mod passkey;
mod second;

pub use openid::{FinishOpenId, OpenIdBackPage};
pub use passkey::{AskPasskey, SignInPasskey};
pub use second::{GetSecondStep, SecondStepPage, SignInCode, SignInSetUp, TotpParts};

use crate::PortalError;
use crate::components::{Banner, Brand, Button, Field, Icon, Tone};
use crate::session::{local_path, use_agent};
use crate::theme::Theme;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;
use passkey::PasskeyButton;

/// Signs in and redirects to `next`, or to the second step. The session gets a new id, so that a planted one is worthless.
#[server(prefix = "/fn", endpoint = "sign_in")]
pub async fn sign_in(username: String, password: String, next: String) -> Result<(), PortalError> {
    use crate::ssr;
    match ssr::acs()?.sign_in(ssr::client_address()?, username.trim(), &password).await? {
        acs::SignIn::Done(agent) => {
            ssr::open_session(&agent).await?;
            leptos_axum::redirect(local_path(&next));
        }
        acs::SignIn::Second(pending) => {
            ssr::open_pending(&pending).await?;
            leptos_axum::redirect(&second_step_url(&next));
        }
    }
    Ok(())
}

/// The second step, on the way to `next`.
#[cfg(feature = "ssr")]
fn second_step_url(next: &str) -> String {
    match local_path(next) {
        "/" => "/sign-in/second".to_owned(),
        next => format!("/sign-in/second?next={}", crate::session::encode(next)),
    }
}

/// Ends the session, whoever asks.
#[server(prefix = "/fn", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), PortalError> {
    let session = crate::ssr::session().await?;
    session.flush().await.map_err(|error| PortalError::internal(&error))?;
    crate::ssr::acs()?.sign_out(&crate::ssr::actor()?).await;
    leptos_axum::redirect("/sign-in?out");
    Ok(())
}

#[component]
pub fn SignInPage() -> impl IntoView {
    if use_agent().is_some() {
        let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
        return view! { <Redirect path=local_path(&next).to_owned() /> }.into_any();
    }
    let action = ServerAction::<SignIn>::new();
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next").unwrap_or_default());
    let came_out = move || query.with(|query| query.get("out").is_some());
    let was_set = move || query.with(|query| query.get("set").is_some());
    let needs_setup = SharedValue::new(needs_setup).into_inner();
    let provider = SharedValue::new(provider).into_inner();
    let failure = Signal::derive(move || action.value().get().and_then(Result::err));
    view! {
        <Title text="Sign in" />
        <LoginFrame title="Sign in" hint="">
            {needs_setup.then(|| view! {
                <Banner tone=Tone::Info>
                    <p>"Lastmile has no administrator yet. The terminal in which it was started shows a link to create one."</p>
                </Banner>
            })}
            {move || (came_out() && failure.get().is_none()).then(|| view! {
                <Banner tone=Tone::Info icon="logout"><p>"You are signed out."</p></Banner>
            })}
            {move || (was_set() && failure.get().is_none()).then(|| view! {
                <Banner tone=Tone::Ok><p>"Your password is set. Sign in with it."</p></Banner>
            })}
            <ActionForm action attr:class="stack">
                <input type="hidden" name="next" value=next />
                <Field id="username" label="Username">
                    <input
                        class="input input--lg" id="username" name="username" type="text" autocomplete="username"
                        autocapitalize="none" spellcheck="false" required maxlength="64" autofocus
                    />
                </Field>
                <Field id="password" label="Password" error=failure>
                    <PasswordInput id="password" autocomplete="current-password" invalid=Signal::derive(move || failure.get().is_some()) />
                </Field>
                <Button kind="submit" class="btn--primary btn--lg btn--block" busy=action.pending()>
                    {move || if action.pending().get() { "Signing in" } else { "Sign in" }}
                </Button>
            </ActionForm>
            {provider.map(|provider| view! {
                <a class="btn btn--lg btn--block" href=move || openid_link(&next()) rel="external">
                    <Icon name="users" />
                    {provider}
                </a>
            })}
            <PasskeyButton second=false next=Signal::derive(next) />
        </LoginFrame>
    }
    .into_any()
}

/// What the provider of single sign-on is called, if there is one.
fn provider() -> Option<String> {
    #[cfg(feature = "ssr")]
    return crate::ssr::acs().ok().and_then(|acs| acs.openid_label().map(str::to_owned));
    #[cfg(not(feature = "ssr"))]
    return None;
}

/// The way there, and afterwards to `next`.
fn openid_link(next: &str) -> String {
    match local_path(next) {
        "/" => "/sign-in/openid".to_owned(),
        next => format!("/sign-in/openid?next={}", crate::session::encode(next)),
    }
}

/// Whether the first administrator is still to be created.
fn needs_setup() -> bool {
    #[cfg(feature = "ssr")]
    return crate::ssr::acs().is_ok_and(|acs| acs.setup_state() != acs::SetupState::Done);
    #[cfg(not(feature = "ssr"))]
    return false;
}

/// A password with a button to look at it. Pasting and password managers work.
#[component]
pub fn PasswordInput(
    id: &'static str,
    autocomplete: &'static str,
    #[prop(optional, into)] invalid: Signal<bool>,
    #[prop(optional)] minlength: Option<usize>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    view! {
        <div class="input-wrap">
            <input
                class="input input--lg" id=id name=id autocomplete=autocomplete required maxlength="512" minlength=minlength
                type=move || if shown.get() { "text" } else { "password" }
                aria-invalid=move || invalid.get().then_some("true")
                aria-describedby=format!("{id}-hint {id}-err")
            />
            <span class="input-wrap__end only-hydrated">
                <button
                    class="btn btn--ghost btn--icon" type="button" aria-label="Show password"
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    <Icon name=Signal::derive(move || if shown.get() { "eye-off" } else { "eye" }) />
                </button>
            </span>
        </div>
    }
}

/// The frame around sign-in and set-up.
#[component]
pub fn LoginFrame(title: &'static str, hint: &'static str, children: Children) -> impl IntoView {
    let theme = RwSignal::new(Theme::chosen());
    let turn = move |_| {
        let next = match theme.get_untracked() {
            Theme::System => Theme::Dark,
            Theme::Dark => Theme::Light,
            Theme::Light => Theme::System,
        };
        next.choose();
        theme.set(next);
    };
    view! {
        <div class="login">
            <main class="login__main" id="main">
                <div class="login__brand"><Brand /><span>"Lastmile"</span></div>
                <div class="login__form">
                    <div>
                        <h1>{title}</h1>
                        {(!hint.is_empty()).then(|| view! { <p class="muted">{hint}</p> })}
                    </div>
                    {children()}
                </div>
                <div class="login__foot">
                    <button class="btn btn--ghost btn--sm only-hydrated" type="button" on:click=turn>
                        <Icon name="theme" />
                        {move || format!("Theme: {}", theme.get().label())}
                    </button>
                </div>
            </main>
            <div class="login__art" aria-hidden="true"><Network /></div>
        </div>
    }
}

/// The picture beside the form: one exchange, some nodes, many homes; one line is lit.
#[component]
fn Network() -> impl IntoView {
    const LIT: usize = 9;
    let home_y = |home: usize| 40 + 920 * home / 21;
    let node_y = |node: usize| [150, 390, 610, 850][node];
    let node_of = |home: usize| home * 4 / 22;
    let trunks = (0..4).map(|node| {
        let y = node_y(node);
        format!("M60 500H150C230 500 230 {y} 310 {y}H350")
    });
    let branches = (0..22).map(|home| {
        let (from, to) = (node_y(node_of(home)), home_y(home));
        format!("M350 {from}C430 {from} 430 {to} 510 {to}H640")
    });
    let (node, home) = (node_y(node_of(LIT)), home_y(LIT));
    let lit = format!("M60 500H150C230 500 230 {node} 310 {node}H350C430 {node} 430 {home} 510 {home}H640");
    view! {
        <svg viewBox="0 0 680 1000" preserveAspectRatio="xMidYMid slice">
            <g class="net">{trunks.chain(branches).map(|d| view! { <path d=d></path> }).collect_view()}</g>
            <path class="net-lit" d=lit></path>
            <g class="net-nodes">
                {(0..22).map(|home| view! {
                    <circle cx="645" cy=home_y(home).to_string() r="5" class=(home == LIT).then_some("lit")></circle>
                }).collect_view()}
                {(0..4).map(|node| view! {
                    <rect x="338" y=(node_y(node) - 7).to_string() width="14" height="14" rx="3"></rect>
                }).collect_view()}
                <rect x="34" y="478" width="30" height="44" rx="6"></rect>
            </g>
        </svg>
    }
}
