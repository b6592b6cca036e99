//! Changing one's own password.

use super::sessions::Sessions;
use crate::PortalError;
use crate::components::{Banner, Button, Deed, Field, Refused, Tone, typed};
use crate::pages::sign_in::PasswordInput;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::account::{PASSWORD_MIN, check_length};

/// Asks for the old password; ends all other sessions.
#[server(name = ChangePassword, prefix = "/fn", endpoint = "profile/password", input = Json)]
pub async fn change_own_password(old: String, new: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    let (from, current) = (crate::ssr::client_address()?, crate::ssr::session_key().await?);
    crate::ssr::acs()?.change_own_password(&actor, from, &old, &new, &current).await?;
    crate::ssr::note_confirmed().await
}

#[component]
pub(super) fn PasswordCard(sessions: Sessions) -> impl IntoView {
    let (deed, done) = (Deed::default(), RwSignal::new(false));
    // The fields are made anew once the password is changed, so that nothing stays in them.
    let fresh = RwSignal::new(0_u32);
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let (old, new) = (typed("old-password"), typed("new-password"));
        done.set(false);
        if let Err(problem) = check_length(&new) {
            deed.refuse(problem.to_string());
            return;
        }
        deed.run(change_own_password(old, new), move |()| {
            fresh.try_update(|fresh| *fresh += 1);
            done.try_set(true);
            sessions.refetch();
        });
    };
    view! {
        <section class="card" aria-labelledby="password-h">
            <div class="card__head"><h2 id="password-h">"Password"</h2></div>
            <form class="card__body stack account__form" on:submit=go>
                <noscript><p>"The password can be changed once the page's script runs."</p></noscript>
                <Refused deed />
                {move || done.get().then(|| view! {
                    <Banner tone=Tone::Ok><p>"The password is changed. Everywhere else you are signed out."</p></Banner>
                })}
                {move || {
                    fresh.track();
                    view! {
                        <Field id="old-password" label="Password you have">
                            <PasswordInput id="old-password" autocomplete="current-password" />
                        </Field>
                        <Field id="new-password" label="New password" hint="At least 12 characters. A few unrelated words are easy to remember.">
                            <PasswordInput id="new-password" autocomplete="new-password" minlength=PASSWORD_MIN />
                        </Field>
                    }
                }}
                <div><Button kind="submit" busy=deed.busy>"Change the password"</Button></div>
            </form>
        </section>
    }
}
