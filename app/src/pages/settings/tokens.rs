//! `/settings/tokens`: what other programs sign in with.

use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{
    Age, Banner, Button, CopyButton, Dialog, DialogFoot, DialogHead, Empty, ErrorView, Field, Skeleton, Status, Tone,
    use_confirm,
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use leptos_meta::Title;
use model::token::{NewTokenView, TokenState, TokenView};
use model::{Role, RoleKey, TokenId};

#[server(prefix = "/fn", endpoint = "tokens", input = Json)]
pub async fn list_tokens() -> Result<Vec<TokenView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.tokens(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "token/create", input = Json)]
pub async fn create_token(name: String, role: RoleKey, days: Option<u32>) -> Result<NewTokenView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.create_token(&actor, &name, role, model::Scope::default(), days).await?)
}

#[server(prefix = "/fn", endpoint = "token/revoke", input = Json)]
pub async fn revoke_token(id: TokenId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.revoke_token(&actor, id).await?)
}

type Tokens = Resource<Result<Vec<TokenView>, PortalError>>;

#[component]
pub fn TokensPage() -> impl IntoView {
    let tokens: Tokens = Resource::new_blocking(|| (), |()| list_tokens());
    let making = RwSignal::new(false);
    let doomed = RwSignal::new(None::<TokenView>);
    let body = move || {
        tokens.get().map(|list| match list {
            Err(error) => view! { <ErrorView error /> }.into_any(),
            Ok(list) if list.is_empty() => view! {
                <Empty icon="key" title="No tokens yet" text="A token lets another program, such as your CRM, read and change subscribers." />
            }
            .into_any(),
            Ok(list) => view! { <Table list doomed /> }.into_any(),
        })
    };
    view! {
        <Title text="API tokens" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>"API tokens"</h1>
                <div class="btn-row pagehead__end">
                    <Button class="btn--primary" icon="plus" on_click=Callback::new(move |_| making.set(true))>
                        "New token"
                    </Button>
                </div>
            </div>
            <div class="table-card">
                <Transition fallback=|| view! { <Skeleton lines=4 /> }>{body}</Transition>
            </div>
            <Dialog open=making id="token" closed_by="closerequest"><Make open=making tokens /></Dialog>
            <Revoke doomed tokens />
        </main>
    }
}

#[component]
fn Table(list: Vec<TokenView>, doomed: RwSignal<Option<TokenView>>) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Tokens, scrollable table">
            <table class="table stackable">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"May do as"</th>
                        <th scope="col">"Made by"</th>
                        <th scope="col" class="num">"Last used"</th>
                        <th scope="col" class="num">"Ends"</th>
                        <th scope="col"><span class="sr-only">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{list.into_iter().map(|token| view! { <Row token doomed /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(token: TokenView, doomed: RwSignal<Option<TokenView>>) -> impl IntoView {
    let clock = use_clock();
    let one = StoredValue::new(token.clone());
    let state = Memo::new(move |_| one.with_value(|token| token.state(clock.now())));
    let tone = Signal::derive(move || if state.get() == TokenState::Valid { Tone::Ok } else { Tone::Off });
    let label = Signal::derive(move || {
        match state.get() {
            TokenState::Valid => "Valid",
            TokenState::Expired => "Expired",
            TokenState::Revoked => "Revoked",
        }
        .to_owned()
    });
    let expires = token.expires_at;
    view! {
        <tr>
            <th scope="row" class="clip"><bdi>{token.name.clone()}</bdi></th>
            <td class="slot-end"><Status tone label /></td>
            <td data-label="May do as">{token.role.name.clone()}</td>
            <td data-label="Made by"><bdi>{token.created_by}</bdi></td>
            <td class="num" data-label="Last used">
                {match token.used_at {
                    Some(at) => view! { <Age at=Signal::stored(at) suffix=" ago" /> }.into_any(),
                    None => view! { <span class="muted">"Never"</span> }.into_any(),
                }}
            </td>
            <td class="num" data-label="Ends">
                {match expires {
                    Some(at) => view! { <span title=move || clock.exact(at)>{move || clock.day(at)}</span> }.into_any(),
                    None => view! { <span class="muted">"Never"</span> }.into_any(),
                }}
            </td>
            <td class="cell-actions">
                <Show when=move || state.get() == TokenState::Valid>
                    <Button class="btn--sm btn--danger-quiet" on_click=Callback::new(move |_| doomed.set(Some(one.get_value())))>
                        "Revoke"
                    </Button>
                </Show>
            </td>
        </tr>
    }
}

#[component]
fn Make(open: RwSignal<bool>, tokens: Tokens) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let role = RwSignal::new(RoleKey::from(Role::Integration));
    let days = RwSignal::new("365".to_owned());
    let made = RwSignal::new(None::<NewTokenView>);
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let confirm = use_confirm();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let (called, role, days) = (name.get_untracked(), role.get_untracked(), days.get_untracked().parse().ok());
            match confirm.run(|| create_token(called.clone(), role, days)).await {
                Ok(token) => {
                    made.try_set(Some(token));
                    tokens.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let form = move || {
        view! {
            <form on:submit=go>
                <DialogHead id="token" title="New token" icon="key">"It is shown once, after it was made."</DialogHead>
                <div class="dialog__body">
                    {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
                    <Field id="token-name" label="What it is for">
                        <input
                            class="input" id="token-name" autocomplete="off" maxlength="100" aria-describedby="token-name-err"
                            prop:value=move || name.get()
                            on:input:target=move |event| name.set(event.target().value())
                        />
                    </Field>
                    <Field id="token-role" label="May do as">
                        <select
                            class="select" id="token-role" aria-describedby="token-role-err"
                            prop:value=move || role.get().to_string()
                            on:change:target=move |event| {
                                if let Some(chosen) = RoleKey::parse(&event.target().value()) {
                                    role.set(chosen);
                                }
                            }
                        >
                            {[Role::Integration, Role::ReadOnly, Role::Helpdesk, Role::Administrator]
                                .map(|one| view! { <option value=one.as_str() selected=one == Role::Integration>{one.label()}</option> })
                                .collect_view()}
                        </select>
                    </Field>
                    <Field id="token-days" label="Is good for">
                        <select
                            class="select" id="token-days" aria-describedby="token-days-err"
                            prop:value=move || days.get()
                            on:change:target=move |event| days.set(event.target().value())
                        >
                            {[("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until it is revoked")]
                                .map(|(value, label)| view! { <option value=value selected=value == "365">{label}</option> })
                                .collect_view()}
                        </select>
                    </Field>
                </div>
                <DialogFoot open>
                    <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>"Make the token"</button>
                </DialogFoot>
            </form>
        }
    };
    view! {
        {move || match made.get() {
            None => form().into_any(),
            Some(new) => {
                let secret = new.secret.clone();
                view! {
                    <DialogHead id="token" title="The new token" tone=Tone::Warn icon="key">
                        "Copy it now: it is not shown again. Keep it like a password."
                    </DialogHead>
                    <div class="dialog__body">
                        <p class="well mono"><CopyButton text=secret.clone() label="token" shown=secret /></p>
                    </div>
                    <DialogFoot open cancel="Done"><span></span></DialogFoot>
                }
                .into_any()
            }
        }}
    }
}

#[component]
fn Revoke(doomed: RwSignal<Option<TokenView>>, tokens: Tokens) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(doomed.with(Option::is_some)));
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now {
            doomed.set(None);
        }
        now
    });
    let refused = RwSignal::new(None::<PortalError>);
    let go = move |_| {
        let Some(token) = doomed.get_untracked() else { return };
        spawn_local(async move {
            match revoke_token(token.id).await {
                Ok(()) => {
                    open.try_set(false);
                    tokens.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let name = move || doomed.get_untracked().map(|token| token.name).unwrap_or_default();
    view! {
        <Dialog open id="revoke">
            <DialogHead id="revoke" title="Revoke this token?" tone=Tone::Bad icon="key"><bdi>{name()}</bdi></DialogHead>
            <div class="dialog__body">
                {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
                <p>"The program that uses it is refused from now on. This cannot be undone; make a new token instead."</p>
            </div>
            <DialogFoot open>
                <Button class="btn--danger" on_click=Callback::new(go)>"Revoke"</Button>
            </DialogFoot>
        </Dialog>
    }
}
