//! `/invitation/TOKEN`: a one-time link, with which somebody sets their password.

use super::sign_in::{LoginFrame, PasswordInput};
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Banner, Button, Field, Refusal, Said, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::account::PASSWORD_MIN;
use model::person::{LinkKind, LinkView};

/// Whom the link is for. Who has it needs no other proof.
#[server(name = GetOneTimeLink, prefix = "/fn", endpoint = "invitation", input = Json)]
pub async fn one_time_link(token: String) -> Result<LinkView, PortalError> {
    Ok(crate::ssr::acs()?.one_time_link(&token).await?)
}

/// Sets the password; the link is used up. Signing in comes after it, with a second factor if there is one.
#[server(prefix = "/fn", endpoint = "invitation/accept")]
pub async fn use_one_time_link(
    token: String,
    #[server(default)] name: String,
    password: String,
) -> Result<(), PortalError> {
    crate::ssr::acs()?.use_one_time_link(&token, name.trim(), &password).await?;
    leptos_axum::redirect("/sign-in?set");
    Ok(())
}

/// `/invitation/TOKEN`
#[component]
pub fn InvitationPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let asked = token.clone();
    let link = Resource::new_blocking(move || asked.clone(), one_time_link);
    let body = move || {
        let token = token.clone();
        link.get().map(|link| match link {
            Ok(link) => view! { <LinkForm token link /> }.into_any(),
            Err(error) => {
                crate::error::set_status(&error);
                view! {
                    <Banner tone=Tone::Bad icon="key"><p><Said error /></p></Banner>
                    <a class="btn btn--lg btn--block" href="/sign-in" rel="external">"Go to sign-in"</a>
                }
                .into_any()
            }
        })
    };
    view! {
        <Title text="Set your password" />
        <LoginFrame title="Set your password" hint="">
            <Transition fallback=|| ()>{body}</Transition>
        </LoginFrame>
    }
}

#[component]
fn LinkForm(token: String, link: LinkView) -> impl IntoView {
    let clock = use_clock();
    let action = ServerAction::<UseOneTimeLink>::new();
    let failure = Signal::derive(move || action.value().get().and_then(Result::err));
    let LinkView { kind, username, name, expires_at } = link;
    let known = username.clone();
    view! {
        <Refusal refused=failure />
        <p>
            {match kind {
                LinkKind::Invitation => "Welcome to Lastmile. You sign in as ",
                LinkKind::Password => "Set a new password. You sign in as ",
            }}
            <b><bdi>{username}</bdi></b>
            ". This link works once, until "
            <span>{move || clock.exact(expires_at)}</span>
            "."
        </p>
        <ActionForm action attr:class="stack">
            <input type="hidden" name="token" value=token />
            // For password managers.
            <input class="sr-only" type="text" name="username" autocomplete="username" value=known readonly tabindex="-1" aria-hidden="true" />
            {(kind == LinkKind::Invitation).then(|| view! {
                <Field id="name" label="Your name" hint="Colleagues see it beside what you do.">
                    <input
                        class="input input--lg" id="name" name="name" type="text" autocomplete="name" required maxlength="100"
                        value=name aria-describedby="name-hint name-err"
                    />
                </Field>
            })}
            <Field id="password" label="Password" hint="At least 12 characters. A few unrelated words are easy to remember.">
                <PasswordInput id="password" autocomplete="new-password" minlength=PASSWORD_MIN />
            </Field>
            <Button kind="submit" class="btn--primary btn--lg btn--block" busy=action.pending()>
                {move || if action.pending().get() { "Setting the password" } else { "Set the password" }}
            </Button>
        </ActionForm>
    }
}
