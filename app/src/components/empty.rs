//! Nothing to show, problems of a page, errors.

use super::{Icon, Said, Tone};
use crate::PortalError;
use crate::error::set_status;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Nothing to show: what, why, one next step (as children).
#[component]
pub fn Empty(
    #[prop(default = "inbox")] icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into, optional)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon class="icon--xl" />
            <h2>{title}</h2>
            {(!text.is_empty()).then(|| view! { <p>{text}</p> })}
            {children.map(|children| view! { <div class="empty__actions">{children()}</div> })}
        </div>
    }
}

/// A problem that affects this page; stays until it is solved.
#[component]
pub fn Banner(
    tone: Tone,
    /// Instead of the tone's own icon.
    #[prop(optional)]
    icon: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let role = if matches!(tone, Tone::Bad) { "alert" } else { "status" };
    view! {
        <div class="banner" data-tone=tone.as_str() role=role>
            <Icon name=icon.unwrap_or(tone.icon()) />
            <div>{children()}</div>
        </div>
    }
}

/// An error in place of what should have been there.
#[component]
pub fn ErrorView(
    error: PortalError,
    /// Asks again without loading the page anew.
    #[prop(optional)]
    again: Option<Callback<()>>,
) -> impl IntoView {
    set_status(&error);
    let location = use_location();
    let (icon, title) = match &error {
        PortalError::NotSignedIn | PortalError::SignInRefused => ("lock", "Sign in again"),
        PortalError::Denied => ("lock", "Not for your role"),
        PortalError::PasswordRefused
        | PortalError::CodeRefused
        | PortalError::PasskeyRefused
        | PortalError::Unconfirmed => ("lock", "Not confirmed"),
        PortalError::NotFound(_) => ("search", "Not found"),
        PortalError::Throttled(_) => ("hourglass", "Too many attempts"),
        PortalError::Invalid(_) | PortalError::Fields(_) => ("alert", "This cannot be done"),
        PortalError::SetupLink | PortalError::Link => ("key", "This link is not valid"),
        PortalError::Unreachable => ("unplugged", "No answer"),
        PortalError::Internal { .. } => ("octagon", "Something went wrong"),
    };
    let next = matches!(error, PortalError::NotSignedIn).then(|| {
        let here =
            format!("{}{}", location.pathname.get_untracked(), with_question_mark(&location.search.get_untracked()));
        let href = crate::session::sign_in_url(&here);
        view! { <a class="btn btn--primary" href=href rel="external">"Sign in"</a> }
    });
    let here = move || format!("{}{}", location.pathname.get(), with_question_mark(&location.search.get()));
    // What may be gone the next time is offered to be tried again; without WebAssembly by the page itself.
    let again = match (again, &error) {
        (_, PortalError::NotSignedIn | PortalError::SignInRefused | PortalError::Denied | PortalError::NotFound(_)) => {
            None
        }
        (Some(again), _) => Some(
            view! { <button class="btn btn--sm" type="button" on:click=move |_| again.run(())>"Try again"</button> }
                .into_any(),
        ),
        (None, PortalError::Unreachable | PortalError::Internal { .. } | PortalError::Throttled(_)) => {
            Some(view! { <a class="btn btn--sm" href=here rel="external">"Try again"</a> }.into_any())
        }
        (None, _) => None,
    };
    view! {
        <div class="empty" role="alert">
            <Icon name=icon class="icon--xl" />
            <h2>{title}</h2>
            <p><Said error /></p>
            <div class="empty__actions">
                {next}
                {again}
            </div>
        </div>
    }
}

fn with_question_mark(search: &str) -> String {
    match search {
        "" => String::new(),
        search if search.starts_with('?') => search.to_owned(),
        search => format!("?{search}"),
    }
}
