//! Signing in with a passkey: alone, or as the second step.

use crate::components::{Button, Refusal};
#[cfg(feature = "ssr")]
use crate::session::local_path;
use crate::{PortalError, passkey};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;

/// What the browser is asked: for any passkey, or, in the second step, for one of who gave the password.
#[server(name = AskPasskey, prefix = "/fn", endpoint = "sign_in/passkey/begin", input = Json)]
pub async fn ask_passkey(second: bool) -> Result<String, PortalError> {
    let (acs, site) = (crate::ssr::acs()?, crate::ssr::site()?);
    if second {
        return Ok(acs.ask_second_passkey(&crate::ssr::pending().await?, &site).await?);
    }
    Ok(acs.ask_any_passkey(&site))
}

#[server(name = SignInPasskey, prefix = "/fn", endpoint = "sign_in/passkey", input = Json)]
pub async fn sign_in_passkey(second: bool, answer: String, next: String) -> Result<(), PortalError> {
    let (acs, site, from) = (crate::ssr::acs()?, crate::ssr::site()?, crate::ssr::client_address()?);
    let agent = if second {
        acs.sign_in_second_passkey(from, &crate::ssr::pending().await?, &site, &answer).await?
    } else {
        acs.sign_in_passkey(from, &site, &answer).await?
    };
    crate::ssr::open_session(&agent).await?;
    leptos_axum::redirect(local_path(&next));
    Ok(())
}

/// The button. Not there where the browser has no passkeys.
#[component]
pub(super) fn PasskeyButton(
    /// The password was given.
    second: bool,
    #[prop(into)] next: Signal<String>,
) -> impl IntoView {
    let possible = RwSignal::new(false);
    Effect::new(move |_| possible.set(passkey::is_possible()));
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let go = move |_| {
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let done = async {
                let options = ask_passkey(second).await?;
                let answer = passkey::get(&options).await?;
                sign_in_passkey(second, answer, next.get_untracked()).await
            }
            .await;
            if let Err(error) = done {
                refused.try_set(Some(error));
                busy.try_set(false);
            }
        });
    };
    view! {
        <Show when=move || possible.get()>
            <Refusal refused />
            <Button class="btn--lg btn--block" icon="key" busy on_click=Callback::new(go)>"Use a passkey"</Button>
        </Show>
    }
}
