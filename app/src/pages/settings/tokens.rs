//! `/settings/tokens`: what other programs sign in with; and the personal tokens of an agent, on their profile.

mod make;

use make::Make;

use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Age, Button, Dialog, Empty, EndDialog, ErrorView, Skeleton, Status, Tone};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use model::token::{NewTokenView, TokenState, TokenView};
use model::{Permissions, RoleKey, Scope, TokenId};

#[server(prefix = "/fn", endpoint = "tokens", input = Json)]
pub async fn list_tokens() -> Result<Vec<TokenView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.tokens(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "token/create", input = Json)]
pub async fn create_token(
    name: String,
    role: RoleKey,
    permissions: Option<Permissions>,
    scope: Scope,
    days: Option<u32>,
) -> Result<NewTokenView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    let wish = acs::TokenWish { name, role, permissions, scope, days };
    Ok(crate::ssr::acs()?.create_token(&actor, wish).await?)
}

#[server(prefix = "/fn", endpoint = "tokens/mine", input = Json)]
pub async fn list_my_tokens() -> Result<Vec<TokenView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.personal_tokens(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "token/create_mine", input = Json)]
pub async fn create_my_token(
    name: String,
    permissions: Option<Permissions>,
    days: u32,
) -> Result<NewTokenView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.create_personal_token(&actor, &name, permissions, days).await?)
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
                <Empty icon="key" title="No tokens yet" text="A token lets another program, such as your CRM, use the API." />
            }
            .into_any(),
            Ok(list) => view! { <Table list doomed personal=false /> }.into_any(),
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
            <div class="stack">
                <div class="table-card">
                    <Transition fallback=|| view! { <Skeleton lines=4 /> }>{body}</Transition>
                </div>
                <p class="muted">
                    "What programs can do is listed under " <a href="/api" rel="external">"API"</a>
                    ". Personal tokens are made on each person's own profile."
                </p>
            </div>
            <Dialog open=making id="token" closed_by="closerequest"><Make open=making tokens personal=false /></Dialog>
            <Revoke doomed tokens />
        </main>
    }
}

/// On the profile: the agent's own tokens.
#[component]
pub fn PersonalTokens() -> impl IntoView {
    let tokens: Tokens = Resource::new_blocking(|| (), |()| list_my_tokens());
    let making = RwSignal::new(false);
    let doomed = RwSignal::new(None::<TokenView>);
    let body = move || {
        tokens.get().map(|list| match list {
            Err(error) => view! { <ErrorView error /> }.into_any(),
            Ok(list) if list.is_empty() => view! {
                <p class="muted card__body">"None yet. A token lets a program of yours use the API, and do no more there than you may."</p>
            }
            .into_any(),
            Ok(list) => view! { <Table list doomed personal=true /> }.into_any(),
        })
    };
    view! {
        <section class="card" aria-labelledby="tokens-h">
            <div class="card__head card__head--line">
                <h2 id="tokens-h">"Your API tokens"</h2>
                <div class="card__end">
                    <Button class="btn--sm" icon="plus" on_click=Callback::new(move |_| making.set(true))>"New token"</Button>
                </div>
            </div>
            <Transition fallback=|| view! { <Skeleton lines=2 /> }>{body}</Transition>
        </section>
        <Dialog open=making id="token" closed_by="closerequest"><Make open=making tokens personal=true /></Dialog>
        <Revoke doomed tokens />
    }
}

#[component]
fn Table(list: Vec<TokenView>, doomed: RwSignal<Option<TokenView>>, personal: bool) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Tokens, scrollable table">
            <table class="table stackable">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"May do as"</th>
                        {(!personal).then(|| view! { <th scope="col">"Sees"</th><th scope="col">"Made by"</th> })}
                        <th scope="col" class="num">"Last used"</th>
                        <th scope="col" class="num">"Ends"</th>
                        <th scope="col"><span class="sr-only">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{list.into_iter().map(|token| view! { <Row token doomed personal /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(token: TokenView, doomed: RwSignal<Option<TokenView>>, personal: bool) -> impl IntoView {
    let clock = use_clock();
    let one = StoredValue::new(token.clone());
    let state = Memo::new(move |_| one.with_value(|token| token.state(clock.now())));
    let tone = Signal::derive(move || if state.get() == TokenState::Valid { Tone::Ok } else { Tone::Off });
    let label = Signal::derive(move || {
        match state.get() {
            TokenState::Valid => "Valid",
            TokenState::Expired => "Expired",
            TokenState::Revoked => "Revoked",
            TokenState::OwnerDisabled => "Owner disabled",
        }
        .to_owned()
    });
    let expires = token.expires_at;
    let count = token.role.permissions.len();
    let may_do = match (&token.owner, token.restricted) {
        (Some(owner), false) => format!("All that {} may", owner.name),
        (Some(owner), true) => format!("{count} of what {} may", owner.name),
        (None, false) => token.role.name.clone(),
        (None, true) => format!("{}, {count} of it", token.role.name),
    };
    view! {
        <tr>
            <th scope="row" class="clip"><bdi>{token.name.clone()}</bdi></th>
            <td class="slot-end"><Status tone label /></td>
            <td data-label="May do as">{may_do}</td>
            {(!personal).then(|| view! {
                <td data-label="Sees" class="clip"><bdi>{token.scope.label()}</bdi></td>
                <td data-label="Made by"><bdi>{token.created_by}</bdi></td>
            })}
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
fn Revoke(doomed: RwSignal<Option<TokenView>>, tokens: Tokens) -> impl IntoView {
    view! {
        <EndDialog
            subject=doomed
            id="revoke"
            title="Revoke this token?"
            icon="key"
            verb="Revoke"
            name=|token| token.name.clone()
            end=|token: TokenView| revoke_token(token.id)
            done=Callback::new(move |()| tokens.refetch())
        >
            <p>"The program that uses it is refused from now on. This cannot be undone; make a new token instead."</p>
        </EndDialog>
    }
}
