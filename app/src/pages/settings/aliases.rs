//! Aliases: what pages ask for, where each maker's routers keep it, and what that gives on one router.
#![allow(clippy::unused_async, reason = "a server function is async, whatever it does")]

use crate::PortalError;
use crate::components::{
    Age, Button, Deed, Dialog, DialogFoot, DialogHead, Empty, ErrorView, Field, Icon, Said, Skeleton, TextArea, Tone,
    use_toasts,
};
use crate::pages::devices::url::Url;
use crate::session::may;
use crate::unsent::{Kept, keep_fields};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::Permission;
use model::alias::{AliasTrial, AliasTry, AliasView, Kind, OwnAlias};

#[server(prefix = "/fn", endpoint = "settings/aliases", input = Json)]
pub async fn load_aliases() -> Result<Vec<AliasView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.aliases(&actor)?)
}

#[server(prefix = "/fn", endpoint = "settings/aliases/put", input = Json)]
pub async fn put_alias(alias: OwnAlias) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.put_alias(&actor, alias).await?)
}

#[server(prefix = "/fn", endpoint = "settings/aliases/remove", input = Json)]
pub async fn remove_alias(name: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.remove_alias(&actor, &name).await?)
}

/// `device`: an id, or part of a serial number. `alias`: tried as if it were kept.
#[server(prefix = "/fn", endpoint = "settings/aliases/try", input = Json)]
pub async fn try_aliases(device: String, alias: Option<OwnAlias>) -> Result<AliasTrial, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.try_aliases(&actor, &device, alias).await?)
}

/// Which alias is open and which router they are tried on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Query {
    alias: String,
    device: String,
}

impl Query {
    fn href(&self) -> String {
        let mut url = Url::new("/settings/aliases");
        url.text("alias", &self.alias);
        url.text("device", &self.device);
        url.finish()
    }
}

type Trial = Resource<Result<Option<AliasTrial>, PortalError>>;

/// `/settings/aliases?alias=wifi.radio.channel&device=KSTL8F21C04D`
#[component]
pub fn AliasesPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| {
        params.with(|params| Query {
            alias: params.get("alias").unwrap_or_default(),
            device: params.get("device").unwrap_or_default(),
        })
    });
    let all = Resource::new_blocking(|| (), |()| load_aliases());
    let device = Memo::new(move |_| query.with(|query| query.device.clone()));
    let trial: Trial = Resource::new_blocking(
        move || device.get(),
        |device| async move { if device.trim().is_empty() { Ok(None) } else { try_aliases(device, None).await.map(Some) } },
    );
    let list = move || match all.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <section class="card"><ErrorView error /></section> }.into_any(),
        Some(Ok(list)) => view! { <Table list query trial /> }.into_any(),
    };
    let open = move || {
        let name = query.with(|query| query.alias.clone());
        let list = all.get().and_then(Result::ok).unwrap_or_default();
        (!name.is_empty()).then(|| {
            let view = list.into_iter().find(|view| view.name == name);
            view! { <Editor view query all=Callback::new(move |()| all.refetch()) /> }
        })
    };
    view! {
        <Title text="Aliases" />
        <main class="main" id="main">
            <header class="pagehead">
                <h1>"Aliases"</h1>
                {may(Permission::SettingsWrite)
                    .then(|| {
                        let href = move || Query { alias: "new".to_owned(), ..query.get() }.href();
                        view! {
                            <a class="btn" href=href>
                                <Icon name="plus" />
                                "New alias"
                            </a>
                        }
                    })}
            </header>
            <div class="stack">
                <On query trial />
                <Transition fallback=|| view! { <Skeleton lines=4 /> }>{open}</Transition>
                <Transition fallback=|| view! { <Skeleton lines=10 /> }>{list}</Transition>
            </div>
        </main>
    }
}

/// The router that aliases are tried on.
#[component]
fn On(query: Memo<Query>, trial: Trial) -> impl IntoView {
    let navigate = use_navigate();
    let typed = RwSignal::new(query.with_untracked(|query| query.device.clone()));
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let device = typed.get_untracked().trim().to_owned();
        navigate(&Query { device, ..query.get_untracked() }.href(), NavigateOptions::default());
    };
    let found = move || match trial.get() {
        None | Some(Ok(None)) => ().into_any(),
        Some(Ok(Some(trial))) => {
            let href = format!("/devices/{}", trial.device);
            view! { <p>"Tried on " <a href=href><bdi>{trial.title}</bdi></a></p> }.into_any()
        }
        Some(Err(error)) => view! { <p class="field__error"><Said error /></p> }.into_any(),
    };
    view! {
        <section class="card" aria-labelledby="try-h">
            <div class="card__head card__head--line">
                <h2 id="try-h">"Try on a router"</h2>
                <span class="card__meta">"Shows what each alias gives there"</span>
            </div>
            <form class="card__body card__body--top stack stack--sm" action="/settings/aliases" on:submit=go>
                <Field id="try-on" label="Serial number">
                    <input
                        class="input mono"
                        id="try-on"
                        name="device"
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby="try-on-err"
                        prop:value=move || typed.get()
                        value=typed.get_untracked()
                        on:input:target=move |event| typed.set(event.target().value())
                    />
                </Field>
                <div class="btn-row">
                    <button class="btn" type="submit">
                        <Icon name="search" />
                        "Try"
                    </button>
                </div>
                <Transition>{found}</Transition>
            </form>
        </section>
    }
}

/// All aliases, those of the trial with what they give.
#[component]
fn Table(list: Vec<AliasView>, query: Memo<Query>, trial: Trial) -> impl IntoView {
    let count = list.len();
    let row = move |view: AliasView| {
        let name = view.name.clone();
        let gives = {
            let name = name.clone();
            move || {
                let trial = trial.get().and_then(Result::ok).flatten()?;
                let tries: Vec<AliasTry> = trial.tries.into_iter().filter(|one| one.name == name).collect();
                Some(view! { <Gives tries /> })
            }
        };
        let href = {
            let name = name.clone();
            move || Query { alias: name.clone(), ..query.get() }.href()
        };
        let unit = if view.unit.is_empty() { String::new() } else { format!(", {}", view.unit) };
        let kind = if view.is_table { "Rows".to_owned() } else { format!("{}{unit}", view.kind.label()) };
        view! {
            <tr>
                <th scope="row">
                    <a class="mono" href=href>{name}</a>
                    <p class="muted">{view.label}</p>
                </th>
                <td data-label="Kind">{kind}</td>
                <td class="wrap" data-label="Gives">{gives}</td>
                <td data-label="Own">{view.own.is_some().then_some("Own places")}</td>
            </tr>
        }
    };
    view! {
        <section class="table-card" aria-label=format!("{count} aliases")>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Aliases">
                <table class="table stackable">
                    <thead>
                        <tr>
                            <th scope="col">"Alias"</th>
                            <th scope="col">"Kind"</th>
                            <th scope="col">"Gives on this router"</th>
                            <th scope="col">"Own"</th>
                        </tr>
                    </thead>
                    <tbody>{list.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// What an alias gives: value, place and age.
#[component]
fn Gives(tries: Vec<AliasTry>) -> impl IntoView {
    let one = |one: AliasTry| {
        let value = match one.value {
            Some(value) => view! { <b><bdi>{value}</bdi></b> }.into_any(),
            None if one.path.is_some() => view! { <span class="muted">"Nothing that makes sense"</span> }.into_any(),
            None => view! { <span class="muted">"Not there"</span> }.into_any(),
        };
        view! {
            <p>
                {value}
                " "
                {one.read_at.map(|at| view! { <Age at suffix=" ago" /> })}
                {one.path.map(|path| view! { <br /><span class="mono muted">{path}</span> })}
            </p>
        }
    };
    tries.into_iter().map(one).collect_view()
}

/// One alias: where the product looks, and an operator's own places.
#[component]
fn Editor(view: Option<AliasView>, query: Memo<Query>, all: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let navigate = use_navigate();
    let own = view.as_ref().and_then(|view| view.own.clone());
    let is_new = view.as_ref().is_none_or(|view| view.paths.is_empty());
    let builtin = view.as_ref().map(|view| view.paths.clone()).unwrap_or_default();
    let name = RwSignal::new(view.as_ref().map(|view| view.name.clone()).unwrap_or_default());
    let text = |read: fn(&OwnAlias) -> &String| RwSignal::new(own.as_ref().map(read).cloned().unwrap_or_default());
    let (label, unit) = (text(|own| &own.label), text(|own| &own.unit));
    let kind = RwSignal::new(own.as_ref().map(|own| own.kind).unwrap_or_default());
    let only = RwSignal::new(own.as_ref().is_some_and(|own| own.only));
    let paths = RwSignal::new(own.as_ref().map(|own| own.paths.join("\n")).unwrap_or_default());
    let place = if builtin.is_empty() && own.is_none() { "new".to_owned() } else { name.get_untracked() };
    let read = move || kind.get().as_str().to_owned();
    let write = move |text: String| kind.set(Kind::parse(&text).unwrap_or_default());
    let fields = vec![
        Kept::text("name", name),
        Kept::text("label", label),
        Kept::text("unit", unit),
        Kept::new("kind", read, write),
        Kept::flag("only", only),
        Kept::text("paths", paths),
    ];
    let unsent = keep_fields(&format!("alias {place}"), fields);
    let deed = Deed::default();
    let tried = RwSignal::new(None::<AliasTrial>);
    let draft = move || OwnAlias {
        name: name.get_untracked(),
        label: label.get_untracked(),
        kind: kind.get_untracked(),
        unit: unit.get_untracked(),
        paths: paths
            .get_untracked()
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        only: only.get_untracked(),
        ..OwnAlias::default()
    };
    let closed = move || Query { alias: String::new(), ..query.get_untracked() }.href();
    let save = {
        let navigate = navigate.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let leaving = unsent.leaving();
            let navigate = navigate.clone();
            deed.run(put_alias(draft()), move |()| {
                leaving.sent();
                toasts.push(Tone::Ok, "The alias looks there from now on.");
                all.run(());
                navigate(&closed(), NavigateOptions::default());
            });
        }
    };
    let attempt = Callback::new(move |_| {
        let device = query.with_untracked(|query| query.device.clone());
        if device.trim().is_empty() {
            deed.refuse("Give the serial number of a router above first.");
            return;
        }
        deed.run(try_aliases(device, Some(draft())), move |trial| {
            tried.try_set(Some(trial));
        });
    });
    let asking = RwSignal::new(false);
    let remove = Callback::new(move |()| {
        asking.set(false);
        let leaving = unsent.leaving();
        let navigate = navigate.clone();
        deed.run(remove_alias(name.get_untracked()), move |()| {
            leaving.sent();
            toasts.push(Tone::Ok, "Your places are gone; the product's count again.");
            all.run(());
            navigate(&closed(), NavigateOptions::default());
        });
    });
    let editable = may(Permission::SettingsWrite);
    let has_own = own.is_some();
    let stays = !builtin.is_empty();
    let own_paths = StoredValue::new(own.map(|own| own.paths).unwrap_or_default());
    let input = move |id: &'static str, title: &'static str, value: RwSignal<String>| {
        view! {
            <Field id=id label=title>
                <input
                    class="input"
                    id=id
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby=format!("{id}-err")
                    value=value.get_untracked()
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
            </Field>
        }
    };
    let title = if name.with_untracked(String::is_empty) { "New alias".to_owned() } else { name.get_untracked() };
    view! {
        <section class="card" aria-labelledby="alias-h">
            <div class="card__head card__head--line">
                <h2 id="alias-h" class="mono">{title}</h2>
                <span class="card__end"><a href=closed>"Close"</a></span>
            </div>
            <form class="card__body card__body--top stack stack--sm" on:submit=save>
                {(!builtin.is_empty())
                    .then(|| {
                        view! {
                            <div>
                                <h3>"Where the product looks"</h3>
                                <ol class="mono">{builtin.into_iter().map(|path| view! { <li>{path}</li> }).collect_view()}</ol>
                            </div>
                        }
                    })}
                {if editable {
                    view! {
                        {is_new
                            .then(|| {
                                view! {
                                    {input("alias-name", "Name, such as voice.state", name)}
                                    {input("alias-label", "Label", label)}
                                    {input("alias-unit", "Unit", unit)}
                                    <Field id="alias-kind" label="Kind">
                                        <select
                                            class="input"
                                            id="alias-kind"
                                            aria-describedby="alias-kind-err"
                                            on:change:target=move |event| {
                                                kind.set(Kind::parse(&event.target().value()).unwrap_or_default());
                                            }
                                        >
                                            {Kind::ALL
                                                .into_iter()
                                                .map(|one| {
                                                    view! {
                                                        <option value=one.as_str() selected=one == kind.get_untracked()>
                                                            {one.label()}
                                                        </option>
                                                    }
                                                })
                                                .collect_view()}
                                        </select>
                                    </Field>
                                }
                            })}
                        <Field
                            id="alias-paths"
                            label="Your places, one on each line; they are tried first"
                            hint=Signal::stored(
                                "{i} is any row, X_*_RSSI any maker's, “as /10” divides. Rows end in a dot.".to_owned(),
                            )
                            error=deed.refused()
                        >
                            <TextArea id="alias-paths" value=paths rows=4 />
                        </Field>
                        <label class="inline">
                            <input
                                type="checkbox"
                                prop:checked=move || only.get()
                                on:change:target=move |event| only.set(event.target().checked())
                            />
                            "Do not look at the product's places"
                        </label>
                        {move || tried.get().map(|trial| view! { <Gives tries=trial.tries /> })}
                        <div class="btn-row">
                            <Button class="btn--primary" icon="check" kind="submit" busy=deed.busy>"Save"</Button>
                            <Button icon="search" on_click=attempt>"Try on the router"</Button>
                            {has_own
                                .then(|| {
                                    view! {
                                        <Button
                                            class="btn--danger-quiet"
                                            icon="trash"
                                            on_click=Callback::new(move |_| asking.set(true))
                                        >
                                            "Remove your places"
                                        </Button>
                                    }
                                })}
                        </div>
                    }
                        .into_any()
                } else {
                    view! { <Empty icon="lock" title="Only administrators change aliases" /> }.into_any()
                }}
            </form>
            <Dialog open=asking id="remove-places">
                <RemovePlaces asking name paths=own_paths stays remove />
            </Dialog>
        </section>
    }
}

/// Asks before an operator's places are gone: who looks there, and what counts then.
#[component]
fn RemovePlaces(
    asking: RwSignal<bool>,
    name: RwSignal<String>,
    paths: StoredValue<Vec<String>>,
    /// The product has places of its own for the alias.
    stays: bool,
    remove: Callback<()>,
) -> impl IntoView {
    let then = if stays {
        "The product's own places count again, on every page and for every router."
    } else {
        "The product has none of its own: the alias is gone, and pages that show it do not know the value."
    };
    let list = paths.with_value(|paths| {
        paths.iter().map(|path| view! { <li class="mono"><bdi>{path.clone()}</bdi></li> }).collect_view()
    });
    view! {
        <DialogHead id="remove-places" title="Remove your places?" tone=Tone::Warn icon="trash">
            <bdi class="mono">{name.get_untracked()}</bdi>
        </DialogHead>
        <div class="dialog__body">
            <ul>{list}</ul>
            <p>{then} " This cannot be undone; the places can be typed again."</p>
        </div>
        <DialogFoot open=asking>
            <Button class="btn--danger" on_click=Callback::new(move |_| remove.run(()))>"Remove places"</Button>
        </DialogFoot>
    }
}
