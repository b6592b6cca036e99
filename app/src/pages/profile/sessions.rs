//! Where the agent is signed in.

use crate::PortalError;
use crate::components::{Age, Button, ErrorView, Skeleton, Status, Tone, use_toasts};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use model::person::SessionView;

#[server(name = ListSessions, prefix = "/fn", endpoint = "profile/sessions", input = Json)]
pub async fn own_sessions() -> Result<Vec<SessionView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.own_sessions(&actor, &crate::ssr::session_key().await?).await?)
}

#[server(name = EndSession, prefix = "/fn", endpoint = "profile/sessions/end", input = Json)]
pub async fn end_own_session(id: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.end_own_session(&actor, &id).await?)
}

#[server(name = EndOtherSessions, prefix = "/fn", endpoint = "profile/sessions/end_others", input = Json)]
pub async fn end_other_sessions() -> Result<u64, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.end_other_sessions(&actor, &crate::ssr::session_key().await?).await?)
}

pub(super) type Sessions = Resource<Result<Vec<SessionView>, PortalError>>;

#[component]
pub(super) fn SessionsCard(sessions: Sessions) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="sessions-h">
            <div class="card__head">
                <h2 id="sessions-h">"Where you are signed in"</h2>
            </div>
            <Transition fallback=|| view! { <Skeleton lines=3 /> }><Body sessions /></Transition>
        </section>
    }
}

#[component]
fn Body(sessions: Sessions) -> impl IntoView {
    let toasts = use_toasts();
    let others = move |_| {
        spawn_local(async move {
            match end_other_sessions().await {
                Ok(ended) => {
                    let word = if ended == 1 { "session" } else { "sessions" };
                    toasts.push(Tone::Ok, format!("{ended} other {word} ended."));
                    sessions.refetch();
                }
                Err(error) => toasts.fail(error),
            }
        });
    };
    move || {
        sessions.get().map(|list| match list {
            Err(error) => view! { <ErrorView error /> }.into_any(),
            Ok(list) => {
                let many = list.len() > 1;
                view! {
                    <ul class="rowlist" aria-label="Sessions">
                        {list.into_iter().map(|session| view! { <Row session sessions /> }).collect_view()}
                    </ul>
                    {many.then(|| view! {
                        <div class="card__foot">
                            <Button class="btn--danger-quiet only-hydrated" on_click=Callback::new(others)>"End all others"</Button>
                        </div>
                    })}
                }
                .into_any()
            }
        })
    }
}

#[component]
fn Row(session: SessionView, sessions: Sessions) -> impl IntoView {
    let toasts = use_toasts();
    let SessionView { id, address, browser, since, seen_at, current } = session;
    let end = move |_| {
        let id = id.clone();
        spawn_local(async move {
            match end_own_session(id).await {
                // It may have ended by itself meanwhile: the list shows it.
                Ok(()) | Err(PortalError::NotFound(_)) => sessions.refetch(),
                Err(error) => toasts.fail(error),
            }
        });
    };
    view! {
        <li class="session">
            <span class="session__main">
                <b>{browser}</b>
                <small>
                    "From " <bdi>{address}</bdi> ", since " <Age at=Signal::stored(since) suffix=" ago" /> ", seen "
                    <Age at=Signal::stored(seen_at) suffix=" ago" />
                </small>
            </span>
            {if current {
                view! { <Status tone=Tone::Ok label="This one".to_owned() /> }.into_any()
            } else {
                view! { <Button class="btn--sm btn--danger-quiet only-hydrated" on_click=Callback::new(end)>"End"</Button> }.into_any()
            }}
        </li>
    }
}
