//! "Confirm that it is you": asked for in the middle of a dangerous act, which then goes on.

use super::{Banner, Button, Dialog, DialogFoot, DialogHead, Field, Said, Tone};
use crate::pages::sign_in::PasswordInput;
use crate::{PortalError, passkey};
use futures::channel::oneshot;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use model::person::ConfirmWays;

/// How the agent can say that it is them.
#[server(name = GetConfirmWays, prefix = "/fn", endpoint = "confirm/ways", input = Json)]
pub async fn confirm_ways() -> Result<ConfirmWays, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.confirm_ways(&actor).await?)
}

#[server(name = ConfirmByPassword, prefix = "/fn", endpoint = "confirm/password", input = Json)]
pub async fn confirm_by_password(password: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    crate::ssr::acs()?.confirm_by_password(&actor, crate::ssr::client_address()?, &password).await?;
    crate::ssr::note_confirmed().await
}

#[server(name = ConfirmByCode, prefix = "/fn", endpoint = "confirm/code", input = Json)]
pub async fn confirm_by_code(code: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    crate::ssr::acs()?.confirm_by_code(&actor, crate::ssr::client_address()?, &code).await?;
    crate::ssr::note_confirmed().await
}

#[server(name = AskOwnPasskey, prefix = "/fn", endpoint = "confirm/passkey/begin", input = Json)]
pub async fn ask_own_passkey() -> Result<String, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.ask_own_passkey(&actor, &crate::ssr::site()?).await?)
}

#[server(name = ConfirmByPasskey, prefix = "/fn", endpoint = "confirm/passkey", input = Json)]
pub async fn confirm_by_passkey(answer: String) -> Result<(), PortalError> {
    let (actor, from) = (crate::ssr::actor()?, crate::ssr::client_address()?);
    crate::ssr::acs()?.confirm_by_passkey(&actor, from, &crate::ssr::site()?, &answer).await?;
    crate::ssr::note_confirmed().await
}

/// The page's way to have somebody confirm that it is them.
#[derive(Clone, Copy)]
pub struct Confirm {
    open: RwSignal<bool>,
    waiting: StoredValue<Option<oneshot::Sender<bool>>>,
}

impl Confirm {
    /// Does something that may ask for it: then the dialog is shown, and it is done again.
    pub async fn run<T, F>(self, act: impl Fn() -> F) -> Result<T, PortalError>
    where
        F: Future<Output = Result<T, PortalError>>,
    {
        match act().await {
            Err(PortalError::Unconfirmed) if self.ask().await => act().await,
            done => done,
        }
    }

    /// Whether they did; a dialog that is closed says no.
    async fn ask(self) -> bool {
        let (sender, answer) = oneshot::channel();
        self.waiting.try_set_value(Some(sender));
        self.open.try_set(true);
        answer.await.unwrap_or(false)
    }

    fn end(self, confirmed: bool) {
        if let Some(Some(sender)) = self.waiting.try_update_value(Option::take) {
            // Whoever asked may be gone.
            let _ = sender.send(confirmed);
        }
        self.open.try_set(false);
    }
}

/// Once, in the root.
pub fn provide_confirm() {
    provide_context(Confirm { open: RwSignal::new(false), waiting: StoredValue::new(None) });
}

/// The page's way to have somebody confirm that it is them.
pub fn use_confirm() -> Confirm {
    use_context::<Confirm>().expect("App provides it")
}

/// The dialog. Once, in the frame.
#[component]
pub fn ConfirmHost() -> impl IntoView {
    let confirm = use_confirm();
    Effect::new(move |before: Option<bool>| {
        let open = confirm.open.get();
        if before == Some(true) && !open {
            confirm.end(false);
        }
        open
    });
    view! { <Dialog open=confirm.open id="confirm" closed_by="closerequest"><Ways confirm /></Dialog> }
}

#[component]
fn Ways(confirm: Confirm) -> impl IntoView {
    // Opened by a click, so in the browser alone.
    let ways = LocalResource::new(confirm_ways);
    view! {
        <DialogHead id="confirm" title="Confirm that it is you" icon="lock">
            "What you are about to do is protected. You are not asked again for ten minutes."
        </DialogHead>
        {move || match ways.get() {
            None => view! { <div class="dialog__body"><p class="muted">"Just a moment"</p></div> }.into_any(),
            Some(Err(error)) => view! {
                <div class="dialog__body"><Banner tone=Tone::Bad><p><Said error /></p></Banner></div>
                <DialogFoot open=confirm.open><span></span></DialogFoot>
            }
            .into_any(),
            Some(Ok(ways)) if ways.password || ways.code || ways.passkey => view! { <ConfirmForm confirm ways /> }.into_any(),
            Some(Ok(_)) => view! {
                <div class="dialog__body">
                    <p>"You sign in through another site. Sign out and in again: then this can be done for ten minutes."</p>
                </div>
                <DialogFoot open=confirm.open><span></span></DialogFoot>
            }
            .into_any(),
        }}
    }
}

#[component]
fn ConfirmForm(confirm: Confirm, ways: ConfirmWays) -> impl IntoView {
    let by_code = RwSignal::new(!ways.password);
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = typed(if by_code.get_untracked() { "confirm-code" } else { "confirm-password" });
        if busy.get_untracked() || typed.is_empty() {
            return;
        }
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let done =
                if by_code.get_untracked() { confirm_by_code(typed).await } else { confirm_by_password(typed).await };
            busy.try_set(false);
            match done {
                Ok(()) => confirm.end(true),
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let by_passkey = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let done = async {
                let options = ask_own_passkey().await?;
                let answer = passkey::get(&options).await.map_err(PortalError::Invalid)?;
                confirm_by_passkey(answer).await
            }
            .await;
            busy.try_set(false);
            match done {
                Ok(()) => confirm.end(true),
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <form on:submit=go>
            <div class="dialog__body stack">
                {(ways.passkey && passkey::is_possible()).then(|| view! {
                    <Button class="btn--block" icon="key" on_click=Callback::new(by_passkey)>"Use a passkey"</Button>
                })}
                {move || if by_code.get() {
                    view! {
                        <Field id="confirm-code" label="Code of your app, or a recovery code" error=refused>
                            <input
                                class="input input--lg mono" id="confirm-code" autocomplete="one-time-code" autocapitalize="none"
                                spellcheck="false" maxlength="40" autofocus aria-describedby="confirm-code-hint confirm-code-err"
                            />
                        </Field>
                    }
                    .into_any()
                } else {
                    view! {
                        <Field id="confirm-password" label="Your password" error=refused>
                            <PasswordInput
                                id="confirm-password" autocomplete="current-password"
                                invalid=Signal::derive(move || refused.with(Option::is_some))
                            />
                        </Field>
                    }
                    .into_any()
                }}
                {(ways.password && ways.code).then(|| view! {
                    <Button
                        class="btn--ghost btn--sm"
                        on_click=Callback::new(move |_| {
                            refused.set(None);
                            by_code.update(|by_code| *by_code = !*by_code);
                        })
                    >
                        {move || if by_code.get() { "Use the password instead" } else { "Use a code instead" }}
                    </Button>
                })}
            </div>
            <DialogFoot open=confirm.open>
                <Button class="btn--primary" kind="submit" busy>"Confirm"</Button>
            </DialogFoot>
        </form>
    }
}

/// What was typed into a field. Passwords are never in a signal.
pub fn typed(id: &str) -> String {
    use wasm_bindgen::JsCast;
    let field = document().get_element_by_id(id).and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
    field.map(|field| field.value()).unwrap_or_default()
}
