//! The form of a network: name, password and security on all bands at once, or on one.

mod draft;

use super::Wifi;
use super::api::suggest_password;
use crate::components::Tone;
use crate::components::{Age, Button, Icon, use_toasts};
use crate::pages::device::last_change::LastChange;
use crate::pages::device::reveal::{Place, Reveal, RevealDialog, Told};
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::STALE;
use crate::session::may;
use crate::unsent::keep_draft;
use draft::{Draft, security_choices};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use model::Permission;
use model::setting::Setting;
use model::task::TaskKind;
use model::wifi::rules::security_words;
use model::wifi::{Network, Role};

/// Id of the form of the home's own network.
const HOME: &str = "home";

/// What the parts of one form share.
#[derive(Clone, Copy)]
struct Form {
    /// The networks that it changes.
    networks: Memo<Vec<Network>>,
    draft: RwSignal<Draft>,
    /// The band that is changed; `None`: all of them.
    scope: RwSignal<Option<String>>,
    id: &'static str,
}

impl Form {
    /// Something was typed, for the bands that are chosen now.
    fn touch(self, change: impl FnOnce(&mut Draft)) {
        let band = self.scope.try_get_untracked().flatten();
        self.draft.try_update(|draft| {
            change(draft);
            draft.band = band;
        });
    }

    /// Values of a setting over the networks, with their bands; each once.
    fn now(self, pick: fn(&Network) -> Option<&Setting>) -> Vec<(String, String)> {
        let mut values: Vec<(String, String)> = Vec::new();
        self.networks.with(|networks| {
            for network in networks {
                let Some(value) = pick(network).and_then(|setting| setting.value.clone()) else { continue };
                match values.iter_mut().find(|(other, _)| *other == value) {
                    Some((_, bands)) => *bands = format!("{bands} and {}", network.band),
                    None => values.push((value, network.band.clone())),
                }
            }
        });
        values
    }

    fn read_at(self, pick: fn(&Network) -> Option<&Setting>) -> Option<model::Timestamp> {
        self.networks.with(|list| list.iter().filter_map(|network| pick(network)?.read_at).min())
    }

    fn error(self, pick: fn(&draft::Errors) -> Option<String>) -> Memo<Option<String>> {
        Memo::new(move |_| {
            let errors = self.networks.with(|networks| self.draft.with(|draft| draft.errors(networks)));
            pick(&errors)
        })
    }
}

#[component]
pub fn NetworkForm(role: Role) -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let state = expect_context::<DeviceState>();
    let (id, title) = if role == Role::Guest { ("guest", "Guest network") } else { (HOME, "Home network") };
    let scope = RwSignal::new(None::<String>);
    let bands = wifi.part(move |view| view.bands(role));
    let networks = Memo::new(move |_| {
        let scope = scope.get();
        let mut networks = wifi.get().networks;
        networks.retain(|one| one.role == role && scope.as_ref().is_none_or(|band| *band == one.band));
        networks
    });
    let form = Form { networks, draft: RwSignal::new(Draft::default()), scope, id };
    provide_context(form);
    let unsent = keep_draft(move || format!("network {id} of device {}", state.id.get()), form.draft);
    // What the browser kept was typed for these bands, and is for no others.
    Effect::new(move || {
        let typed = form.draft.with(|draft| (*draft != Draft::default()).then(|| draft.band.clone()));
        if let Some(band) = typed.filter(|band| scope.with_untracked(|scope| scope != band)) {
            scope.set(band);
        }
    });
    let reveal = Reveal::provide();
    let dialog = if role == Role::Guest { "reveal-guest" } else { "reveal-home" };
    let on = Memo::new(move |_| {
        let now = networks.with(|list| list.iter().any(|one| one.on.as_ref().and_then(Setting::yes) != Some(false)));
        form.draft.with(|draft| draft.on.unwrap_or(now))
    });
    let can_switch =
        Memo::new(move |_| networks.with(|list| list.iter().all(|one| one.on.as_ref().is_some_and(|on| on.writable))));
    let can = may(Permission::DeviceWrite);
    let values = Memo::new(move |_| networks.with(|list| form.draft.with(|draft| draft.values(list))));
    let fine = Memo::new(move |_| networks.with(|list| form.draft.with(|draft| draft.errors(list).none())));
    let paths: Signal<Vec<String>> =
        Signal::derive(move || networks.with(|list| list.iter().flat_map(places).map(|(path, _)| path).collect()));
    let names: Signal<Vec<(String, String)>> =
        Signal::derive(move || networks.with(|list| list.iter().flat_map(places).collect()));
    let running = Memo::new(move |_| {
        let mine: Vec<String> = paths.get();
        state
            .running(
                |kind| matches!(kind, TaskKind::SetValues { values } if values.iter().any(|v| mine.contains(&v.path))),
            )
            .is_some()
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let values = values.get_untracked();
        if fine.get_untracked() && !values.is_empty() && !running.get_untracked() {
            let leaving = unsent.leaving();
            state.ask(TaskKind::SetValues { values }, move || {
                leaving.sent();
                form.draft.try_set(Draft::default());
            });
        }
    };
    let seg = move || {
        let bands = bands.get();
        (bands.len() > 1).then(|| {
            let option = |label: String, value: Option<String>| {
                let (mine, chosen) = (value.clone(), value);
                view! {
                    <label>
                        <input
                            class="sr-only"
                            type="radio"
                            name=format!("{id}-bands")
                            prop:checked=move || scope.get() == mine
                            on:change=move |_| {
                                scope.set(chosen.clone());
                                form.draft.set(Draft::default());
                            }
                        />
                        <span>{label}</span>
                    </label>
                }
            };
            let each = bands.into_iter().map(|band| option(band.clone(), Some(band))).collect_view();
            view! {
                <fieldset class="seg seg--sm">
                    <legend class="sr-only">"Bands to change"</legend>
                    {option("All bands".to_owned(), None)}
                    {each}
                </fieldset>
            }
        })
    };
    view! {
        <form class="card" aria-labelledby=format!("{id}-h") novalidate on:submit=submit>
            <div class="card__head">
                <h3 id=format!("{id}-h")>{title}</h3>
                <span class="card__end">
                    {seg}
                    <label class="inline">
                        <span class="sr-only">{format!("{title} on")}</span>
                        <input
                            class="switch"
                            type="checkbox"
                            role="switch"
                            prop:checked=move || on.get()
                            disabled=move || !can || !can_switch.get()
                            on:change:target=move |event| {
                                let wanted = event.target().checked();
                                form.touch(|draft| draft.on = Some(wanted));
                            }
                        />
                    </label>
                </span>
            </div>
            <div class="card__body stack">
                <NameField />
                <PasswordField />
                <SecurityField />
                <LastChange paths names />
            </div>
            <Foot values fine running />
        </form>
        <RevealDialog reveal id=dialog />
    }
}

/// What a network's settings are called in results.
fn places(network: &Network) -> Vec<(String, String)> {
    let of = |what: &str, setting: &Option<Setting>| {
        setting.as_ref().map(|setting| (setting.path.clone(), format!("{what} on {}", network.band)))
    };
    [
        of("Name", &network.ssid),
        of("Password", &network.password),
        of("Password of WPA3", &network.password_wpa3),
        of("Security", &network.security),
        of("On", &network.on),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[component]
fn NameField() -> impl IntoView {
    let form = expect_context::<Form>();
    let id = format!("{}-ssid", form.id);
    let now = Memo::new(move |_| form.now(|network| network.ssid.as_ref()));
    let value = Memo::new(move |_| {
        let first = now.with(|now| now.first().map(|(name, _)| name.clone()).unwrap_or_default());
        form.draft.with(|draft| draft.name.clone().unwrap_or(first))
    });
    let error = form.error(|errors| errors.name.clone());
    let read = Memo::new(move |_| form.read_at(|network| network.ssid.as_ref()));
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>"Network name" <span class="field__opt">"at most 32 characters"</span></label>
            <input
                class="input"
                id=id.clone()
                autocomplete="off"
                spellcheck="false"
                disabled=!may(Permission::DeviceWrite)
                aria-describedby=format!("{id}-rb {id}-err")
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                value=value.get_untracked()
                prop:value=move || value.get()
                on:input:target=move |event| {
                    let typed = event.target().value();
                    form.touch(|draft| draft.name = Some(typed));
                }
            />
            <Readback id=format!("{id}-rb") now read words=|name| name.to_owned() />
            <Wrong id=format!("{id}-err") error />
        </div>
    }
}

/// What the router says now, under the field.
#[component]
fn Readback(
    id: String,
    now: Memo<Vec<(String, String)>>,
    read: Memo<Option<model::Timestamp>>,
    words: fn(&str) -> String,
) -> impl IntoView {
    let said = move || {
        let now = now.get();
        let several = now.len() > 1;
        if now.is_empty() {
            return view! { "On the router now: " <b>"Not known"</b> }.into_any();
        }
        let parts = now.into_iter().enumerate().map(|(at, (value, bands))| {
            let bands = several.then(|| format!(" on {bands}"));
            view! { {(at > 0).then_some(", ")} <b><bdi>{words(&value)}</bdi></b> {bands} }
        });
        view! { "On the router now: " {parts.collect_view()} }.into_any()
    };
    view! {
        <span class="field__readback" id=id>
            <Icon name="router" />
            <span>{said}</span>
            {move || read.get().map(|at| view! { <Age at stale_after=STALE suffix=" ago" /> })}
        </span>
    }
}

#[component]
fn Wrong(id: String, error: Memo<Option<String>>) -> impl IntoView {
    view! {
        <span class="field__error" id=id role="alert" hidden=move || error.with(Option::is_none)>
            <Icon name="octagon" />
            <span>{move || error.get().unwrap_or_default()}</span>
        </span>
    }
}

#[component]
fn PasswordField() -> impl IntoView {
    let form = expect_context::<Form>();
    let toasts = use_toasts();
    let id = format!("{}-psk", form.id);
    let shown = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    let asked = use_query_map();
    let mine = form.id == HOME;
    // The button in the head of the page leads to this field.
    Effect::new(move || {
        let wanted = asked.with(|asked| asked.get("change").as_deref() == Some("password"));
        if let (true, Some(input)) = (mine && wanted, input.get()) {
            let _ = input.focus();
        }
    });
    let error = form.error(|errors| errors.password.clone());
    let places = Memo::new(move |_| {
        let place = |network: &Network| {
            let path = network.password.as_ref().filter(|_| network.told)?.path.clone();
            Some(Place { path, of: network.band.clone() })
        };
        form.networks.with(|networks| networks.iter().filter_map(place).collect::<Vec<_>>())
    });
    let can = Memo::new(move |_| {
        let writable = |network: &Network| network.password.as_ref().is_some_and(|password| password.writable);
        may(Permission::DeviceWrite) && form.networks.with(|list| list.iter().any(writable))
    });
    let suggest = move |_| {
        spawn_local(async move {
            match suggest_password().await {
                Ok(password) => {
                    form.touch(|draft| draft.password = password);
                    shown.try_set(true);
                }
                Err(error) => toasts.fail(error),
            }
        });
    };
    let sent = move || {
        let sent = form
            .networks
            .with(|list| list.iter().filter_map(|one| Some((one.band.clone(), one.sent.clone()?))).collect::<Vec<_>>());
        let each = sent.into_iter().map(|(band, sent)| {
            let (tone, icon) =
                if sent.confirmed_by.is_some() { (Tone::Ok, "check-circle") } else { (Tone::Info, "hourglass") };
            let words = match sent.confirmed_by {
                Some(name) => format!("{band}: the new password is in use, {name} has rejoined. Sent by {} ", sent.by),
                None => format!(
                    "{band}: sent, not confirmed yet: no device is known to have rejoined. Sent by {} ",
                    sent.by
                ),
            };
            view! {
                <span class="field__readback" data-tone=tone.as_str()>
                    <Icon name=icon />
                    <span><bdi>{words}</bdi> <Age at=sent.at suffix=" ago" /></span>
                </span>
            }
        });
        each.collect_view()
    };
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>"New password" <span class="field__opt">"8 to 63 characters"</span></label>
            <div class="input-wrap">
                <input
                    class="input mono"
                    id=id.clone()
                    node_ref=input
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete="new-password"
                    spellcheck="false"
                    disabled=move || !can.get()
                    aria-describedby=format!("{id}-rb {id}-err")
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    prop:value=move || form.draft.with(|draft| draft.password.clone())
                    on:input:target=move |event| {
                        let typed = event.target().value();
                        form.touch(|draft| draft.password = typed);
                    }
                />
                <span class="input-wrap__end">
                    <button
                        class="btn btn--ghost btn--icon btn--sm"
                        type="button"
                        aria-pressed=move || shown.get().to_string()
                        aria-label="Show what is typed"
                        title="Show what is typed"
                        on:click=move |_| shown.update(|shown| *shown = !*shown)
                    >
                        <Icon name=Signal::derive(move || if shown.get() { "eye-off" } else { "eye" }) />
                    </button>
                    <button
                        class="btn btn--ghost btn--icon btn--sm"
                        type="button"
                        aria-label="Suggest a password"
                        title="Suggest a password"
                        disabled=move || !can.get()
                        on:click=suggest
                    >
                        <Icon name="refresh" />
                    </button>
                </span>
            </div>
            <div id=format!("{id}-rb")>
                <Told places untold="The router does not tell its password. A change is confirmed when a device rejoins." />
                {sent}
            </div>
            <Wrong id=format!("{id}-err") error />
        </div>
    }
}

#[component]
fn SecurityField() -> impl IntoView {
    let form = expect_context::<Form>();
    let id = format!("{}-sec", form.id);
    let now = Memo::new(move |_| form.now(|network| network.security.as_ref()));
    let value = Memo::new(move |_| {
        let first = now.with(|now| now.first().map(|(mode, _)| mode.clone()).unwrap_or_default());
        form.draft.with(|draft| draft.security.clone().unwrap_or(first))
    });
    let choices = Memo::new(move |_| form.networks.with(|list| security_choices(list)));
    let can = Memo::new(move |_| {
        let writable = |network: &Network| network.security.as_ref().is_some_and(|mode| mode.writable);
        may(Permission::DeviceWrite) && form.networks.with(|list| list.iter().any(writable))
    });
    let read = Memo::new(move |_| form.read_at(|network| network.security.as_ref()));
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>"Security"</label>
            <select
                class="select"
                id=id.clone()
                disabled=move || !can.get()
                aria-describedby=format!("{id}-rb")
                prop:value=move || value.get()
                on:change:target=move |event| {
                    let chosen = event.target().value();
                    form.touch(|draft| draft.security = Some(chosen));
                }
            >
                <For each=move || choices.get() key=Clone::clone let:mode>
                    {
                        let selected = value.with_untracked(|value| *value == mode);
                        view! { <option value=mode.clone() selected=selected>{security_words(&mode)}</option> }
                    }
                </For>
            </select>
            <Readback id=format!("{id}-rb") now read words=security_words />
        </div>
    }
}

#[component]
fn Foot(values: Memo<Vec<model::task::SetValue>>, fine: Memo<bool>, running: Memo<bool>) -> impl IntoView {
    let form = expect_context::<Form>();
    let count = Memo::new(move |_| form.networks.with(|list| form.draft.with(|draft| draft.changes(list))));
    let dirty = Memo::new(move |_| form.draft.with(|draft| *draft != Draft::default()));
    let rejoin = Memo::new(move |_| form.networks.with(|list| form.draft.with(|draft| draft.rejoin(list))));
    let words = move || {
        let count = count.get();
        let unsent = match count {
            0 => "Nothing is changed.".to_owned(),
            1 => "1 change not sent.".to_owned(),
            count => format!("{count} changes not sent."),
        };
        (count > 0).then(|| {
            view! {
                <p>
                    <span class="status" data-tone="warn">
                        <Icon name="alert" />
                        <span><b>{unsent}</b> " " {rejoin.get()}</span>
                    </span>
                </p>
            }
        })
    };
    view! {
        <div class="card__foot form-foot">
            {words}
            <div class="btn-row">
                <button
                    class="btn btn--sm btn--ghost"
                    type="button"
                    disabled=move || !dirty.get()
                    on:click=move |_| form.draft.set(Draft::default())
                >
                    "Discard"
                </button>
                <Button
                    kind="submit"
                    class="btn--sm btn--primary"
                    busy=running
                    disabled=Signal::derive(move || !running.get() && (values.with(Vec::is_empty) || !fine.get()))
                >
                    {move || if running.get() { "Applying" } else { "Apply to router" }}
                </Button>
            </div>
        </div>
    }
}
