//! The second step of signing in: a code, or setting up what makes codes.

use super::LoginFrame;
use super::passkey::PasskeyButton;
use crate::PortalError;
use crate::components::{Banner, Button, Field, Said, Tone};
#[cfg(feature = "ssr")]
use crate::session::local_path;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::person::{SecondStep, TotpSetup};

/// What the second step asks for. For somebody who gave the right password and nobody else.
#[server(name = GetSecondStep, prefix = "/fn", endpoint = "sign_in/second", input = Json)]
pub async fn second_step() -> Result<SecondStep, PortalError> {
    Ok(crate::ssr::acs()?.second_step(&crate::ssr::pending().await?).await?)
}

#[server(prefix = "/fn", endpoint = "sign_in/code")]
pub async fn sign_in_code(code: String, next: String) -> Result<(), PortalError> {
    let pending = crate::ssr::pending().await?;
    let agent = crate::ssr::acs()?.sign_in_code(crate::ssr::client_address()?, &pending, &code).await?;
    crate::ssr::open_session(&agent).await?;
    leptos_axum::redirect(local_path(&next));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "sign_in/set_up")]
pub async fn sign_in_set_up(code: String, next: String) -> Result<(), PortalError> {
    let pending = crate::ssr::pending().await?;
    let agent = crate::ssr::acs()?.sign_in_set_up(crate::ssr::client_address()?, &pending, &code).await?;
    crate::ssr::open_session(&agent).await?;
    leptos_axum::redirect(local_path(&next));
    Ok(())
}

/// `/sign-in/second`
#[component]
pub fn SecondStepPage() -> impl IntoView {
    let step = Resource::new_blocking(|| (), |()| second_step());
    let body = move || {
        step.get().map(|step| match step {
            Err(error) => view! { <Ended error /> }.into_any(),
            Ok(SecondStep::Give { code, passkey }) => view! { <Give code passkey /> }.into_any(),
            Ok(SecondStep::SetUp(setup)) => view! { <SetUp setup /> }.into_any(),
        })
    };
    view! {
        <Title text="Second step" />
        <LoginFrame title="Second step" hint="">
            <Transition fallback=|| ()>{body}</Transition>
        </LoginFrame>
    }
}

/// There is no sign-in that waits.
#[component]
fn Ended(error: PortalError) -> impl IntoView {
    let error = match error {
        PortalError::NotSignedIn => "No sign-in waits for its second step here. Begin with the first.".into(),
        error => error,
    };
    view! {
        <Banner tone=Tone::Info icon="lock"><p><Said error /></p></Banner>
        <a class="btn btn--primary btn--lg btn--block" href="/sign-in" rel="external">"Sign in"</a>
    }
}

fn use_next() -> impl Fn() -> String + Copy + Send + Sync + 'static {
    let query = use_query_map();
    move || query.with(|query| query.get("next").unwrap_or_default())
}

#[component]
fn Give(code: bool, passkey: bool) -> impl IntoView {
    let action = ServerAction::<SignInCode>::new();
    let wrong = Signal::derive(move || action.value().get().and_then(Result::err));
    view! {
        {passkey.then(|| view! {
            <PasskeyButton second=true next=Signal::derive(use_next()) />
            <noscript><p>"A passkey can be used once the page's script runs."</p></noscript>
        })}
        {code.then(|| view! { <ActionForm action attr:class="stack">
            <input type="hidden" name="next" value=use_next() />
            <CodeField wrong hint="From your app for codes. If you lost it, one of your recovery codes." />
            <Button kind="submit" class="btn--primary btn--lg btn--block" busy=action.pending()>
                {move || if action.pending().get() { "Signing in" } else { "Sign in" }}
            </Button>
        </ActionForm> })}
        <a class="btn btn--ghost btn--block" href="/sign-in" rel="external">"As somebody else"</a>
    }
}

#[component]
fn SetUp(setup: TotpSetup) -> impl IntoView {
    let action = ServerAction::<SignInSetUp>::new();
    let wrong = Signal::derive(move || action.value().get().and_then(Result::err));
    view! {
        <Banner tone=Tone::Info icon="lock">
            <p>"Your role needs a second factor. Set one up now; it takes a minute."</p>
        </Banner>
        <ActionForm action attr:class="stack">
            <input type="hidden" name="next" value=use_next() />
            <TotpParts setup />
            <CodeField wrong hint="Six digits that the app shows now." />
            <Button kind="submit" class="btn--primary btn--lg btn--block" busy=action.pending()>
                {move || if action.pending().get() { "Signing in" } else { "Turn it on and sign in" }}
            </Button>
        </ActionForm>
    }
}

#[component]
fn CodeField(wrong: Signal<Option<PortalError>>, hint: &'static str) -> impl IntoView {
    view! {
        <Field id="code" label="Code" hint=Signal::stored(hint.to_owned()) error=wrong>
            <input
                class="input input--lg mono" id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="none"
                spellcheck="false" required maxlength="40" autofocus aria-describedby="code-hint code-err"
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
            />
        </Field>
    }
}

/// What an app for codes is given, and what is kept in case it is lost.
#[component]
pub fn TotpParts(setup: TotpSetup) -> impl IntoView {
    let TotpSetup { secret, qr, codes, .. } = setup;
    let (size, path) = (qr.size, qr.path);
    view! {
        <div class="totp">
            <p>"Scan this with an app for codes, such as the one of your password manager."</p>
            <svg class="totp__qr" viewBox=format!("0 0 {size} {size}") role="img" aria-label="QR code for the app" shape-rendering="crispEdges">
                <rect width=size.to_string() height=size.to_string() fill="#fff"></rect>
                <path d=path fill="#000"></path>
            </svg>
            <p>"Or type this secret into it: " <code class="mono">{secret}</code></p>
            <p>"Keep these recovery codes where you find them without your phone. Each stands in for a code once."</p>
            <ul class="totp__codes mono" aria-label="Recovery codes">
                {codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view()}
            </ul>
        </div>
    }
}
