//! Software modules: what is installed, and changing it (ChangeDUState).

use super::super::api::load_tree;
use super::super::state::DeviceState;
use crate::PortalError;
use crate::components::{Button, Field, Icon};
use crate::session::may;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use model::file::ModuleOperation;
use model::live::LiveMessage;
use model::task::TaskKind;
use model::tree::{ParameterView, TreeQuery};
use model::{DeviceId, Permission};
use serde::{Deserialize, Serialize};

const UNITS: &str = "Device.SoftwareModules.DeploymentUnit.";

/// One installed module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    row: String,
    name: String,
    version: String,
    status: String,
    uuid: String,
}

/// The rows of the table, from its parameters.
fn units(parameters: &[ParameterView]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for parameter in parameters {
        let Some((row, name)) = parameter.path.strip_prefix(UNITS).and_then(|rest| rest.split_once('.')) else {
            continue;
        };
        let value = parameter.value.clone().unwrap_or_default();
        if units.last().is_none_or(|unit| unit.row != row) {
            units.push(Unit { row: row.to_owned(), ..Unit::default() });
        }
        let Some(unit) = units.last_mut() else { continue };
        match name {
            "Name" => unit.name = value,
            "Version" => unit.version = value,
            "Status" => unit.status = value,
            "UUID" => unit.uuid = value,
            _ => {}
        }
    }
    units
}

/// What the device has; `None` if it has no software modules at all.
async fn load(device: DeviceId) -> Option<Vec<Unit>> {
    let query = TreeQuery { path: UNITS.to_owned(), search: "DeploymentUnit".to_owned() };
    let view = load_tree(device, query).await.ok()?;
    (view.path == UNITS).then(|| units(&view.parameters))
}

/// The modules of a device; `None`: it knows none.
pub type Installed = Resource<Option<Vec<Unit>>>;

/// Made above the section's `Transition`, whose inside the server may run more than once.
pub fn installed(state: DeviceState) -> Installed {
    let loaded = Resource::new_blocking(move || state.id.get(), load);
    state.on_message(move |message| {
        if matches!(message, LiveMessage::Tree { .. } | LiveMessage::Missed) {
            loaded.refetch();
        }
    });
    loaded
}

#[component]
pub fn Modules(loaded: Installed) -> impl IntoView {
    let list = Memo::new(move |_| loaded.get().flatten());
    let allowed = may(Permission::DeviceTransfer);
    move || {
        list.get().map(|units| {
            view! {
                <section class="card" aria-labelledby="mod-h">
                    <div class="card__head card__head--line"><h2 id="mod-h">"Software modules"</h2></div>
                    <div class="card__body card__body--top stack stack--sm">
                        {if units.is_empty() {
                            view! { <p class="muted">"None is installed, as far as was read."</p> }.into_any()
                        } else {
                            let rows = units.into_iter().map(|unit| view! { <Row unit allowed /> });
                            view! { <ul class="since">{rows.collect_view()}</ul> }.into_any()
                        }}
                        {allowed.then(|| view! { <Install /> })}
                    </div>
                </section>
            }
        })
    }
}

#[component]
fn Row(unit: Unit, allowed: bool) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let uuid = unit.uuid.clone();
    let ask = move |operation: ModuleOperation| {
        state.ask(TaskKind::ChangeModules { operations: vec![operation] }, || ());
    };
    let update = {
        let (uuid, ask) = (uuid.clone(), ask);
        Callback::new(move |_| {
            ask(ModuleOperation::Update {
                uuid: uuid.clone(),
                version: String::new(),
                url: String::new(),
                username: String::new(),
                password: String::new(),
            });
        })
    };
    let remove = Callback::new(move |_| {
        ask(ModuleOperation::Uninstall {
            uuid: uuid.clone(),
            version: String::new(),
            execution_env_ref: String::new(),
        });
    });
    let known = |text: String| if text.is_empty() { "Not known".to_owned() } else { text };
    let name = known(unit.name);
    view! {
        <li>
            <b><bdi>{name.clone()}</bdi></b>
            " "
            <bdi>{known(unit.version)}</bdi>
            <small class="muted">
                <bdi>{known(unit.status)}</bdi> ", " <bdi class="mono">{known(unit.uuid)}</bdi>
            </small>
            {allowed
                .then(|| {
                    view! {
                        <span class="btn-row" role="group" aria-label=name>
                            <Button class="btn--sm" icon="refresh" on_click=update>"Update"</Button>
                            <Button class="btn--sm btn--danger-quiet" icon="trash" on_click=remove>"Uninstall"</Button>
                        </span>
                    }
                })}
        </li>
    }
}

#[component]
fn Install() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let (url, username, password) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<PortalError>);
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let from = url.get_untracked().trim().to_owned();
        if !from.starts_with("http://") && !from.starts_with("https://") {
            problem.set(Some("An address that begins with http:// or https://.".into()));
            return;
        }
        problem.set(None);
        let operation = ModuleOperation::Install {
            url: from,
            uuid: String::new(),
            username: username.get_untracked(),
            password: password.get_untracked(),
            execution_env_ref: String::new(),
        };
        state.ask(TaskKind::ChangeModules { operations: vec![operation] }, move || {
            url.try_set(String::new());
            password.try_set(String::new());
        });
    };
    let text = move |id: &'static str, kind: &'static str, value: RwSignal<String>| {
        view! {
            <input
                class="input"
                id=id
                type=kind
                autocomplete="off"
                spellcheck="false"
                maxlength="256"
                aria-describedby=format!("{id}-hint {id}-err")
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            />
        }
    };
    view! {
        <form class="decisions__group" aria-labelledby="mod-new" on:submit=go>
            <h3 id="mod-new">"Install a module"</h3>
            <Field id="mod-url" label="Where the router finds it" error=problem>{text("mod-url", "url", url)}</Field>
            <Field id="mod-user" label="User name, if it is asked for">{text("mod-user", "text", username)}</Field>
            <Field id="mod-pass" label="Password">{text("mod-pass", "password", password)}</Field>
            <div class="btn-row">
                <button class="btn btn--sm" type="submit"><Icon name="download" />"Install it"</button>
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::tree::ValueType;

    #[test]
    fn units_are_the_rows_of_the_table() {
        let parameter = |path: &str, value: &str| ParameterView {
            path: format!("{UNITS}{path}"),
            value: Some(value.to_owned()),
            value_type: ValueType::String,
            writable: false,
            notification: None,
            read_at: None,
            secret: false,
            known: None,
        };
        let found = units(&[
            parameter("1.Name", "filter"),
            parameter("1.UUID", "a"),
            parameter("2.Name", "probe"),
            parameter("2.Version", "1.4"),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].uuid.as_str()), ("filter", "a"));
        assert_eq!((found[1].name.as_str(), found[1].version.as_str()), ("probe", "1.4"));
    }
}
