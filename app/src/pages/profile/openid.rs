//! The agent's account at the provider of single sign-on.

use super::factors::Factors;
use crate::PortalError;
use crate::components::{Button, Status, Tone, use_confirm, use_toasts};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;

/// The address that the browser is to go to.
#[server(name = ConnectOpenId, prefix = "/fn", endpoint = "profile/openid/connect", input = Json)]
pub async fn connect_openid() -> Result<String, PortalError> {
    crate::ssr::confirmed_actor()?;
    let (acs, session) = (crate::ssr::acs()?, crate::ssr::session().await?);
    let (from, origin) = (crate::ssr::client_address()?, crate::ssr::origin()?);
    crate::ssr::begin_trip(&acs, &session, from, &origin, "/profile", true).await
}

#[server(name = DisconnectOpenId, prefix = "/fn", endpoint = "profile/openid/disconnect", input = Json)]
pub async fn disconnect_openid() -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.unlink_openid(&actor).await?)
}

/// Nothing where there is no provider.
#[component]
pub(super) fn OpenIdRow(provider: Option<String>, identity: Option<String>, factors: Factors) -> impl IntoView {
    let (toasts, confirm) = (use_toasts(), use_confirm());
    let connect = Callback::new(move |_| {
        spawn_local(async move {
            match confirm.run(connect_openid).await {
                Ok(address) => {
                    let _ = window().location().set_href(&address);
                }
                Err(error) => toasts.fail(error),
            }
        });
    });
    let disconnect = Callback::new(move |_| {
        spawn_local(async move {
            match confirm.run(disconnect_openid).await {
                Ok(()) => {
                    toasts.push(Tone::Ok, "Your account is not connected any more.");
                    factors.refetch();
                }
                Err(error) => toasts.fail(error),
            }
        });
    });
    let row = move |provider: String| match identity {
        Some(identity) => view! {
            <div class="account__row">
                <div><b>{provider}</b><p class="muted">"You are " <bdi>{identity}</bdi> " there."</p></div>
                <Status tone=Tone::Ok label="Connected".to_owned() />
                <div class="btn-row only-hydrated">
                    <Button class="btn--sm btn--danger-quiet" on_click=disconnect>"Disconnect"</Button>
                </div>
            </div>
        },
        None => view! {
            <div class="account__row">
                <div><b>{provider}</b><p class="muted">"Sign in there in place of a password here."</p></div>
                <Status tone=Tone::Off label="Not connected".to_owned() />
                <div class="btn-row only-hydrated">
                    <Button class="btn--sm" on_click=connect>"Connect"</Button>
                </div>
            </div>
        },
    };
    provider.map(row)
}
