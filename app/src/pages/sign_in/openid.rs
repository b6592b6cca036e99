//! Coming back from the provider of single sign-on.

use super::LoginFrame;
use crate::PortalError;
use crate::components::{Banner, Button, Said, Tone};
#[cfg(feature = "ssr")]
use crate::session::local_path;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Signs in, or connects the account of who is signed in, with what the provider gave the browser to bring back. Where it
/// was begun stands in the session.
#[server(name = FinishOpenId, prefix = "/fn", endpoint = "sign_in/openid")]
pub async fn finish_openid(state: String, code: String) -> Result<(), PortalError> {
    use crate::ssr;
    let (acs, trip) = (ssr::acs()?, ssr::end_trip().await?);
    if trip.connect {
        acs.link_openid(&ssr::confirmed_actor()?, trip.waiting, &state, &code).await?;
        leptos_axum::redirect("/profile");
        return Ok(());
    }
    match acs.sign_in_openid(trip.waiting, &state, &code).await? {
        acs::SignIn::Done(agent) => {
            ssr::open_session(&agent).await?;
            leptos_axum::redirect(local_path(&trip.next));
        }
        acs::SignIn::Second(pending) => {
            ssr::open_pending(&pending).await?;
            leptos_axum::redirect(&super::second_step_url(&trip.next));
        }
    }
    Ok(())
}

/// `/sign-in/openid/back`: where the provider sends the browser. The request comes from another site, so the browser does not
/// show its session with it; the form below does.
#[component]
pub fn OpenIdBackPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let of = |name: &str| query.get(name).unwrap_or_default();
    let (state, code) = (of("state"), of("code"));
    let came = !state.is_empty() && !code.is_empty();
    let declined = of("error") == "access_denied";
    let action = ServerAction::<FinishOpenId>::new();
    let (state, code) = (StoredValue::new(state), StoredValue::new(code));
    Effect::new(move || {
        if came {
            action.dispatch(FinishOpenId { state: state.get_value(), code: code.get_value() });
        }
    });
    let failure = move || {
        let answered = action.value().get().and_then(Result::err);
        answered.or_else(|| {
            let text = if declined {
                "You did not sign in there. Nothing was changed."
            } else {
                "Single sign-on did not work. Nothing was changed. Try again, or sign in another way."
            };
            (!came).then(|| text.into())
        })
    };
    let body = move || match failure() {
        Some(error) => view! {
            <Banner tone=Tone::Bad><p><Said error /></p></Banner>
            <a class="btn btn--primary btn--lg btn--block" href="/sign-in" rel="external">"Sign in"</a>
        }
        .into_any(),
        None => view! {
            <ActionForm action attr:class="stack">
                <input type="hidden" name="state" value=state.get_value() />
                <input type="hidden" name="code" value=code.get_value() />
                <Button kind="submit" class="btn--primary btn--lg btn--block" busy=action.pending()>
                    {move || if action.pending().get() { "Signing in" } else { "Go on" }}
                </Button>
            </ActionForm>
        }
        .into_any(),
    };
    view! {
        <Title text="Single sign-on" />
        <LoginFrame title="Single sign-on" hint="">{body}</LoginFrame>
    }
}
