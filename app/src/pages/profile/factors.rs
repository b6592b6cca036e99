//! Second factors of the agent: an app for codes, and recovery codes.

use super::openid::OpenIdRow;
use super::passkeys::Passkeys;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{
    Banner, Button, Deed, Dialog, DialogFoot, DialogHead, ErrorView, Field, Skeleton, Status, Tone, follows, typed,
    use_confirm, use_toasts,
};
use crate::pages::sign_in::TotpParts;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use model::person::{FactorsView, TotpSetup};

#[server(name = GetFactors, prefix = "/fn", endpoint = "profile/factors", input = Json)]
pub async fn own_factors() -> Result<FactorsView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.own_factors(&actor).await?)
}

#[server(name = BeginTotp, prefix = "/fn", endpoint = "profile/totp/begin", input = Json)]
pub async fn begin_totp() -> Result<TotpSetup, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.begin_totp(&actor).await?)
}

#[server(name = ConfirmTotp, prefix = "/fn", endpoint = "profile/totp/confirm", input = Json)]
pub async fn confirm_totp(code: String) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.confirm_totp(&actor, crate::ssr::client_address()?, &code).await?)
}

#[server(name = RemoveTotp, prefix = "/fn", endpoint = "profile/totp/remove", input = Json)]
pub async fn remove_totp() -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.remove_totp(&actor).await?)
}

#[server(name = NewRecoveryCodes, prefix = "/fn", endpoint = "profile/codes", input = Json)]
pub async fn new_recovery_codes() -> Result<Vec<String>, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.new_recovery_codes(&actor).await?)
}

pub(super) type Factors = Resource<Result<FactorsView, PortalError>>;

#[component]
pub(super) fn FactorsCard() -> impl IntoView {
    let factors: Factors = Resource::new_blocking(|| (), |()| own_factors());
    let setting_up = RwSignal::new(None::<TotpSetup>);
    let codes = RwSignal::new(None::<Vec<String>>);
    view! {
        <section class="card" aria-labelledby="factors-h">
            <div class="card__head"><h2 id="factors-h">"Second factor"</h2></div>
            <Transition fallback=|| view! { <Skeleton lines=3 /> }><Body factors setting_up codes /></Transition>
            <SetUpDialog factors setting_up />
            <CodesDialog codes />
        </section>
    }
}

#[component]
fn Body(
    factors: Factors,
    setting_up: RwSignal<Option<TotpSetup>>,
    codes: RwSignal<Option<Vec<String>>>,
) -> impl IntoView {
    let (clock, toasts, confirm) = (use_clock(), use_toasts(), use_confirm());
    let begin = Callback::new(move |_| {
        spawn_local(async move {
            match confirm.run(begin_totp).await {
                Ok(setup) => setting_up.set(Some(setup)),
                Err(error) => toasts.fail(error),
            }
        });
    });
    let remove = Callback::new(move |_| {
        spawn_local(async move {
            match confirm.run(remove_totp).await {
                Ok(()) => {
                    toasts.push(Tone::Ok, "Codes of an app are off.");
                    factors.refetch();
                }
                Err(error) => toasts.fail(error),
            }
        });
    });
    let renew = Callback::new(move |_| {
        spawn_local(async move {
            match confirm.run(new_recovery_codes).await {
                Ok(new) => {
                    codes.set(Some(new));
                    factors.refetch();
                }
                Err(error) => toasts.fail(error),
            }
        });
    });
    move || {
        factors.get().map(|view| match view {
            Err(error) => view! { <ErrorView error /> }.into_any(),
            Ok(view) => {
                let second = view.has_second();
                let left_tone = if view.codes_left > 2 { Tone::Ok } else { Tone::Warn };
                let left_label = match view.codes_left {
                    0 => "None left".to_owned(),
                    left => format!("{left} left"),
                };
                view! {
                    <div class="card__body stack">
                        {(view.required && !second).then(|| view! {
                            <Banner tone=Tone::Warn>
                                <p>"Your role needs a second factor. At your next sign-in you are asked to set one up."</p>
                            </Banner>
                        })}
                        <div class="account__row">
                            {match view.totp {
                                Some(since) => view! {
                                    <div>
                                        <b>"App for codes"</b>
                                        <p class="muted">"On since " <span>{move || clock.day(since)}</span></p>
                                    </div>
                                    <Status tone=Tone::Ok label="On".to_owned() />
                                    <div class="btn-row only-hydrated">
                                        <Button class="btn--sm" on_click=begin>"Change the app"</Button>
                                        <Button class="btn--sm btn--danger-quiet" on_click=remove>"Turn off"</Button>
                                    </div>
                                }
                                .into_any(),
                                None => view! {
                                    <div>
                                        <b>"App for codes"</b>
                                        <p class="muted">"A stolen password alone lets nobody in."</p>
                                    </div>
                                    <Status tone=Tone::Off label="Off".to_owned() />
                                    <div class="btn-row only-hydrated">
                                        <Button class="btn--sm" icon="key" on_click=begin>"Set up"</Button>
                                    </div>
                                }
                                .into_any(),
                            }}
                        </div>
                        <Passkeys list=view.passkeys factors />
                        <OpenIdRow provider=view.provider identity=view.identity factors />
                        {second.then(|| view! {
                            <div class="account__row">
                                <div>
                                    <b>"Recovery codes"</b>
                                    <p class="muted">"Each stands in once for what you have lost."</p>
                                </div>
                                <Status tone=left_tone label=left_label.clone() />
                                <div class="btn-row only-hydrated">
                                    <Button class="btn--sm" on_click=renew>"Make new ones"</Button>
                                </div>
                            </div>
                        })}
                    </div>
                }
                .into_any()
            }
        })
    }
}

#[component]
fn SetUpDialog(factors: Factors, setting_up: RwSignal<Option<TotpSetup>>) -> impl IntoView {
    let open = follows(setting_up);
    view! {
        <Dialog open id="totp" closed_by="closerequest">
            {move || setting_up.get().map(|setup| view! { <SetUpForm factors open setup /> })}
        </Dialog>
    }
}

#[component]
fn SetUpForm(factors: Factors, open: RwSignal<bool>, setup: TotpSetup) -> impl IntoView {
    let (toasts, confirm) = (use_toasts(), use_confirm());
    let deed = Deed::default();
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let code = typed("totp-code");
        if code.is_empty() {
            return;
        }
        let work = async move { confirm.run(|| confirm_totp(code.clone())).await };
        deed.run(work, move |()| {
            open.try_set(false);
            toasts.push(Tone::Ok, "Codes of the app are asked for from the next sign-in on.");
            factors.refetch();
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="totp" title="Set up an app for codes" icon="key">"It is on once a code of it was right."</DialogHead>
            <div class="dialog__body stack">
                <TotpParts setup />
                <Field id="totp-code" label="Code that the app shows now" error=deed.refused()>
                    <input
                        class="input input--lg mono" id="totp-code" inputmode="numeric" autocomplete="one-time-code" maxlength="12"
                        aria-describedby="totp-code-hint totp-code-err"
                    />
                </Field>
            </div>
            <DialogFoot open>
                <Button class="btn--primary" kind="submit" busy=deed.busy>"Turn it on"</Button>
            </DialogFoot>
        </form>
    }
}

/// New recovery codes, this once.
#[component]
fn CodesDialog(codes: RwSignal<Option<Vec<String>>>) -> impl IntoView {
    let open = follows(codes);
    view! {
        <Dialog open id="codes" closed_by="closerequest">
            <DialogHead id="codes" title="New recovery codes" tone=Tone::Warn icon="key">
                "Keep them now: they are not shown again. Those from before are not good any more."
            </DialogHead>
            <div class="dialog__body">
                <ul class="totp__codes mono" aria-label="Recovery codes">
                    {codes.get_untracked().unwrap_or_default().into_iter().map(|code| view! { <li>{code}</li> }).collect_view()}
                </ul>
            </div>
            <DialogFoot open cancel="Done"><span></span></DialogFoot>
        </Dialog>
    }
}
