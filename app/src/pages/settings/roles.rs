//! `/settings/roles`: what each role allows, and an operator's own roles.

use crate::PortalError;
use crate::components::{
    Button, Deed, Dialog, DialogFoot, DialogHead, ErrorView, Field, Icon, PermissionChoices, Refused, Skeleton, Toasts,
    Tone, use_confirm, use_toasts,
};
use crate::session::use_agent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use model::role::{ROLE_NAME_MAX, RoleUse};
use model::{Permission, Permissions, RoleKey, RoleView};

#[server(prefix = "/fn", endpoint = "settings/roles", input = Json)]
pub async fn list_roles() -> Result<Vec<RoleUse>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.roles(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "settings/role/put", input = Json)]
pub async fn put_role(id: Option<i64>, name: String, permissions: Permissions) -> Result<RoleView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.put_role(&actor, id, &name, permissions).await?)
}

#[server(prefix = "/fn", endpoint = "settings/role/delete", input = Json)]
pub async fn delete_role(id: i64) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.delete_role(&actor, id).await?)
}

type Roles = Resource<Result<Vec<RoleUse>, PortalError>>;

/// What the dialog is about.
#[derive(Clone, PartialEq, Eq)]
struct Draft {
    /// `None`: a new role.
    id: Option<i64>,
    name: String,
    permissions: Permissions,
}

#[component]
pub fn RolesPage() -> impl IntoView {
    let roles: Roles = Resource::new_blocking(|| (), |()| list_roles());
    let draft = RwSignal::new(None::<Draft>);
    let open = RwSignal::new(false);
    let may_change = use_agent().is_some_and(|agent| agent.may(Permission::RoleManage));
    let edit = Callback::new(move |one: Draft| {
        draft.set(Some(one));
        open.set(true);
    });
    let body = move || {
        roles.get().map(|list| match list {
            Err(error) => view! { <ErrorView error /> }.into_any(),
            Ok(list) => {
                let cards = list.into_iter().map(|role| view! { <RoleCard role may_change edit /> }).collect_view();
                view! { <div class="roles">{cards}</div> }.into_any()
            }
        })
    };
    let blank = move |_| edit.run(Draft { id: None, name: String::new(), permissions: Permissions::NONE });
    view! {
        <Title text="Roles" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>"Roles"</h1>
                {may_change
                    .then(|| {
                        view! {
                            <div class="btn-row pagehead__end">
                                <Button class="btn--primary" icon="plus" on_click=Callback::new(blank)>"New role"</Button>
                            </div>
                        }
                    })}
            </div>
            <Transition fallback=|| view! { <Skeleton lines=8 /> }>{body}</Transition>
            <Dialog open id="role" closed_by="closerequest">
                {move || draft.get().map(|draft| view! { <Edit draft open roles /> })}
            </Dialog>
        </main>
    }
}

#[component]
fn RoleCard(role: RoleUse, may_change: bool, edit: Callback<Draft>) -> impl IntoView {
    let RoleUse { role, agents } = role;
    let who = match agents {
        0 => "Nobody has it".to_owned(),
        1 => "1 person has it".to_owned(),
        many => format!("{many} people have it"),
    };
    let allowed = role
        .permissions
        .iter()
        .map(|one| view! { <li class="tag" title=one.about()>{one.label()}</li> })
        .collect_view();
    let id = match role.key {
        RoleKey::Own(id) => Some(id),
        RoleKey::BuiltIn(_) => None,
    };
    let copy = Draft { id: None, name: String::new(), permissions: role.permissions };
    let own = id.map(|id| Draft { id: Some(id), name: role.name.clone(), permissions: role.permissions });
    let (title, name) = (role.name.clone(), role.name.clone());
    view! {
        <section class="card" aria-label=role.name>
            <div class="card__head">
                <h2><bdi>{title}</bdi></h2>
                <span class="card__meta">{who}{if id.is_some() { "" } else { " · comes with Lastmile" }}</span>
                {may_change
                    .then(|| {
                        view! {
                            <div class="btn-row card__end">
                                {own
                                    .map(|own| {
                                        view! {
                                            <Button class="btn--sm" on_click=Callback::new(move |_| edit.run(own.clone()))>
                                                "Change"
                                                <span class="sr-only">" " {name.clone()}</span>
                                            </Button>
                                        }
                                    })}
                                <Button class="btn--sm" on_click=Callback::new(move |_| edit.run(copy.clone()))>
                                    "New from this"
                                </Button>
                            </div>
                        }
                    })}
            </div>
            <ul class="card__body tags">{allowed}</ul>
        </section>
    }
}

#[component]
fn Edit(draft: Draft, open: RwSignal<bool>, roles: Roles) -> impl IntoView {
    let (toasts, confirm): (Toasts, _) = (use_toasts(), use_confirm());
    let name = RwSignal::new(draft.name.clone());
    let chosen = RwSignal::new(draft.permissions);
    let deed = Deed::default();
    let own = use_agent().map(|agent| agent.role.permissions).unwrap_or_default();
    let id = draft.id;
    let done = move |said: String| {
        open.try_set(false);
        roles.refetch();
        toasts.push(Tone::Ok, said);
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (name, permissions) = (name.get_untracked(), chosen.get_untracked());
        let save = async move { confirm.run(|| put_role(id, name.clone(), permissions)).await };
        deed.run(save, move |role| done(format!("{} is saved.", role.name)));
    };
    let delete = move |_| {
        let Some(id) = id else { return };
        let delete = async move { confirm.run(|| delete_role(id)).await };
        deed.run(delete, move |()| done("The role is deleted.".to_owned()));
    };
    let title = if id.is_some() { "Change a role" } else { "New role" };
    view! {
        <form on:submit=save>
            <DialogHead id="role" title icon="users">
                "What it allows holds at once for everybody who has it. You can give what you may do yourself."
            </DialogHead>
            <div class="dialog__body">
                <Refused deed />
                <Field id="role-name" label="Name">
                    <input
                        class="input" id="role-name" autocomplete="off" maxlength=ROLE_NAME_MAX aria-describedby="role-name-err"
                        value=draft.name.clone()
                        prop:value=move || name.get()
                        on:input:target=move |event| name.set(event.target().value())
                    />
                </Field>
                <PermissionChoices chosen listed=Permissions::all() given=own />
            </div>
            <DialogFoot open>
                {id
                    .map(|_| {
                        view! {
                            <button class="btn btn--danger-quiet" type="button" on:click=delete>
                                <Icon name="trash" />
                                "Delete"
                            </button>
                        }
                    })}
                <Button class="btn--primary" kind="submit" busy=deed.busy>"Save"</Button>
            </DialogFoot>
        </form>
    }
}
