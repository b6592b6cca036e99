//! `/settings/people`: who signs in, and what each may do.

mod invite;
mod manage;
mod rule;

pub use invite::Invite;
pub use manage::{
    ChangePerson, DisablePerson, DisconnectPerson, EndSessionsOf, NewPasswordLink, ResetSecondFactors,
    WithdrawInvitation,
};
pub use rule::SetSecondFactorRule;

use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{
    Age, Button, CopyButton, Dialog, DialogFoot, DialogHead, ErrorView, Field, PartDraft, PartFields, Skeleton, Status,
    Tone, follows,
};
use invite::InviteForm;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use manage::ManageForm;
use model::person::{NewLinkView, PersonState, PersonView, SecondFactorRule};
use model::{Role, RoleKey, RoleView, Scope};
use rule::RuleCard;

/// Everybody, the roles there are, and who needs a second factor.
pub type People = (Vec<PersonView>, Vec<RoleView>, SecondFactorRule);

#[server(prefix = "/fn", endpoint = "people", input = Json)]
pub async fn list_people() -> Result<People, PortalError> {
    let actor = crate::ssr::actor()?;
    let acs = crate::ssr::acs()?;
    let roles = acs.roles(&actor).await?.into_iter().map(|used| used.role).collect();
    Ok((acs.people(&actor).await?, roles, acs.second_factor_rule(&actor).await?))
}

type List = Resource<Result<People, PortalError>>;

/// `/settings/people`
#[component]
pub fn PeoplePage() -> impl IntoView {
    let list: List = Resource::new_blocking(|| (), |()| list_people());
    let inviting = RwSignal::new(false);
    let managed = RwSignal::new(None::<PersonView>);
    let link = RwSignal::new(None::<NewLinkView>);
    view! {
        <Title text="People" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>"People"</h1>
                <div class="btn-row pagehead__end">
                    <Button class="btn--primary only-hydrated" icon="plus" on_click=Callback::new(move |_| inviting.set(true))>
                        "Invite somebody"
                    </Button>
                </div>
            </div>
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=6 /></div> }>
                <Body list managed />
            </Transition>
            <Dialog open=inviting id="invite" closed_by="closerequest"><InviteForm open=inviting list link /></Dialog>
            <ManageDialog managed list link />
            <LinkDialog link />
        </main>
    }
}

#[component]
fn Body(list: List, managed: RwSignal<Option<PersonView>>) -> impl IntoView {
    move || {
        list.get().map(|loaded| match loaded {
            Err(error) => view! { <div class="card"><ErrorView error /></div> }.into_any(),
            Ok((people, roles, rule)) => view! {
                <div class="stack">
                    <div class="table-card"><Table people managed /></div>
                    <RuleCard rule roles list />
                </div>
            }
            .into_any(),
        })
    }
}

#[component]
fn Table(people: Vec<PersonView>, managed: RwSignal<Option<PersonView>>) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="People, scrollable table">
            <table class="table stackable">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Sees"</th>
                        <th scope="col">"Second factor"</th>
                        <th scope="col" class="num">"Signed in"</th>
                        <th scope="col"><span class="sr-only">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{people.into_iter().map(|person| view! { <Row person managed /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(person: PersonView, managed: RwSignal<Option<PersonView>>) -> impl IntoView {
    let clock = use_clock();
    let one = StoredValue::new(person.clone());
    let whom = format!(" {}", person.username);
    let (tone, icon) = match person.state {
        PersonState::Active => (Tone::Ok, "check-circle"),
        PersonState::Invited => (Tone::Info, "hourglass"),
        PersonState::Disabled => (Tone::Off, "x-circle"),
    };
    let factor = match (person.totp, person.passkeys) {
        (false, 0) => None,
        (true, 0) => Some("App for codes".to_owned()),
        (app, keys) => {
            let keys = if keys == 1 { "1 passkey".to_owned() } else { format!("{keys} passkeys") };
            Some(if app { format!("App for codes, {keys}") } else { keys })
        }
    };
    view! {
        <tr>
            <th scope="row" class="clip">
                <bdi>{person.name}</bdi>
                <small class="muted block"><bdi>{person.username}</bdi></small>
            </th>
            <td class="slot-end">
                <Status tone icon=Signal::stored(icon) label=person.state.label().to_owned() />
                {(person.state == PersonState::Invited).then(|| match person.link_until {
                    Some(until) => view! { <small class="muted block">"Link until " {move || clock.day(until)}</small> }.into_any(),
                    None => view! { <small class="muted block">"Link has ended"</small> }.into_any(),
                })}
            </td>
            <td data-label="Role"><bdi>{person.role.name}</bdi></td>
            <td data-label="Sees" class="clip"><bdi>{person.scope.label()}</bdi></td>
            <td data-label="Second factor">
                {match factor {
                    Some(factor) => view! { {factor} }.into_any(),
                    None => view! { <span class="muted">"None"</span> }.into_any(),
                }}
            </td>
            <td class="num" data-label="Signed in">
                {match person.signed_in_at {
                    Some(at) => view! { <Age at=Signal::stored(at) suffix=" ago" /> }.into_any(),
                    None => view! { <span class="muted">"Never"</span> }.into_any(),
                }}
            </td>
            <td class="cell-actions">
                <Button class="btn--sm only-hydrated" on_click=Callback::new(move |_| managed.set(Some(one.get_value())))>
                    "Manage"
                    <span class="sr-only">{whom}</span>
                </Button>
            </td>
        </tr>
    }
}

#[component]
fn ManageDialog(
    managed: RwSignal<Option<PersonView>>,
    list: List,
    link: RwSignal<Option<NewLinkView>>,
) -> impl IntoView {
    let open = follows(managed);
    view! {
        <Dialog open id="manage" closed_by="closerequest">
            {move || managed.get().map(|person| view! { <ManageForm person open list link /> })}
        </Dialog>
    }
}

/// A one-time link, this once.
#[component]
fn LinkDialog(link: RwSignal<Option<NewLinkView>>) -> impl IntoView {
    let clock = use_clock();
    let open = follows(link);
    let body = move || {
        let link = link.get()?;
        let origin = window().location().origin().unwrap_or_default();
        let address = format!("{origin}{}", link.path());
        let until = link.expires_at;
        Some(view! {
            <DialogHead id="link" title="A link to set a password" tone=Tone::Warn icon="key">
                "For " <bdi>{link.name}</bdi> ", " <bdi>{link.username}</bdi>
            </DialogHead>
            <div class="dialog__body stack">
                <p>
                    "Copy it now and send it to nobody else: it is not shown again. Whoever opens it sets the password. It works once, until "
                    {move || clock.exact(until)} "."
                </p>
                <p class="well mono"><CopyButton text=address.clone() label="link" shown=address /></p>
            </div>
            <DialogFoot open cancel="Done"><span></span></DialogFoot>
        })
    };
    view! { <Dialog open id="link" closed_by="closerequest">{body}</Dialog> }
}

/// What somebody may do and see, as the form has it.
#[derive(Clone, Copy)]
struct Given {
    role: RwSignal<RoleKey>,
    part: PartDraft,
}

impl Given {
    fn new(role: RoleKey, scope: &Scope) -> Self {
        Self { role: RwSignal::new(role), part: PartDraft::of(scope) }
    }
}

/// Role, and the part of the fleet.
#[component]
fn GivenFields(given: Given, list: List, prefix: &'static str) -> impl IntoView {
    let chosen = given.role.get_untracked();
    let options = move || {
        let roles = list.get().and_then(Result::ok).map(|(_, roles, _)| roles).unwrap_or_default();
        let people = roles.into_iter().filter(|role| role.key != RoleKey::from(Role::Integration));
        let option = |role: RoleView| {
            let key = role.key;
            view! { <option value=key.to_string() selected=key == chosen>{role.name}</option> }
        };
        people.map(option).collect_view()
    };
    view! {
        <Field id=format!("{prefix}-role") label="Role">
            <select
                class="select" id=format!("{prefix}-role") aria-describedby=format!("{prefix}-role-err")
                on:change:target=move |event| {
                    if let Some(key) = RoleKey::parse(&event.target().value()) {
                        given.role.set(key);
                    }
                }
            >
                {options}
            </select>
        </Field>
        <PartFields draft=given.part legend="Sees only" prefix />
    }
}
