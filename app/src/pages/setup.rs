//! The first administrator, created over the one-time link that the terminal prints.

use super::sign_in::{LoginFrame, PasswordInput};
use crate::PortalError;
use crate::components::{Banner, Button, Field, Refusal, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::account::PASSWORD_MIN;
use serde::{Deserialize, Serialize};

/// Creates the first administrator and signs them in. The token is used up.
#[server(prefix = "/fn", endpoint = "create_first_administrator")]
pub async fn create_first_administrator(
    token: String,
    username: String,
    name: String,
    password: String,
) -> Result<(), PortalError> {
    let acs = crate::ssr::acs()?;
    let agent = acs.create_first_administrator(&token, username.trim(), name.trim(), &password).await?;
    crate::ssr::open_session(&agent).await?;
    leptos_axum::redirect("/");
    Ok(())
}

/// What the link in the address bar is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Link {
    Good,
    /// There is an administrator already.
    Done,
    Wrong,
    /// There is no token in it.
    Missing,
}

fn link(token: &str) -> Link {
    #[cfg(feature = "ssr")]
    {
        match crate::ssr::acs().map(|acs| acs.setup_state()) {
            Ok(acs::SetupState::Done) => Link::Done,
            Ok(acs::SetupState::Needed { .. }) if token.is_empty() => Link::Missing,
            // Only for what the page shows; the operation compares again, in constant time.
            Ok(acs::SetupState::Needed { token: right }) if right == token => Link::Good,
            _ => Link::Wrong,
        }
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = token;
        Link::Wrong
    }
}

#[component]
pub fn SetupPage() -> impl IntoView {
    let query = use_query_map();
    let token = query.with_untracked(|query| query.get("token").unwrap_or_default());
    let link = SharedValue::new(|| link(&token)).into_inner();
    let inside = match link {
        Link::Good => view! { <SetupForm token /> }.into_any(),
        Link::Done => view! {
            <Banner tone=Tone::Info><p>"There is an administrator already. This link is used up."</p></Banner>
            <a class="btn btn--primary btn--lg btn--block" href="/sign-in" rel="external">"Go to sign-in"</a>
        }
        .into_any(),
        Link::Missing => view! {
            <Banner tone=Tone::Info icon="key">
                <p>"Lastmile has no administrator yet. The terminal in which it was started shows a link to create one."</p>
            </Banner>
        }
        .into_any(),
        Link::Wrong => view! {
            <Banner tone=Tone::Bad>
                <p>{PortalError::SetupLink.to_string()}</p>
                <p>"A new link is made each time Lastmile starts."</p>
            </Banner>
        }
        .into_any(),
    };
    if link == Link::Wrong {
        crate::error::set_status(&PortalError::SetupLink);
    }
    view! {
        <Title text="Set up" />
        <LoginFrame title="Set up Lastmile" hint="Create the first administrator.">{inside}</LoginFrame>
    }
}

#[component]
fn SetupForm(token: String) -> impl IntoView {
    let action = ServerAction::<CreateFirstAdministrator>::new();
    let failure = Signal::derive(move || action.value().get().and_then(Result::err));
    view! {
        <Refusal refused=failure />
        <ActionForm action attr:class="stack">
            <input type="hidden" name="token" value=token />
            <Field id="name" label="Your name" hint="Colleagues see it beside what you do.">
                <input
                    class="input input--lg" id="name" name="name" type="text" autocomplete="name" required maxlength="100" autofocus
                    aria-describedby="name-hint"
                />
            </Field>
            <Field id="username" label="Username" hint="2 to 64 letters, digits, dots, dashes or underscores.">
                <input
                    class="input input--lg" id="username" name="username" type="text" autocomplete="username" autocapitalize="none"
                    spellcheck="false" required minlength="2" maxlength="64" pattern="[A-Za-z0-9._@\\-]+" aria-describedby="username-hint"
                />
            </Field>
            <Field id="password" label="Password" hint="At least 12 characters. A few unrelated words are easy to remember.">
                <PasswordInput id="password" autocomplete="new-password" minlength=PASSWORD_MIN />
            </Field>
            <Button kind="submit" class="btn--primary btn--lg btn--block" busy=action.pending()>
                {move || if action.pending().get() { "Creating the administrator" } else { "Create the administrator" }}
            </Button>
        </ActionForm>
    }
}
