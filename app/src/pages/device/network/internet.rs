//! The connection to the internet: its state, its session, its login.

use super::lan::TextField;
use super::{Network, changed, sets_one_of};
use crate::components::{Age, Button, Dialog, DialogFoot, DialogHead, Icon, Status, Tone};
use crate::pages::device::head::Who;
use crate::pages::device::last_change::LastChange;
use crate::pages::device::reveal::{Place, Reveal, RevealDialog, Told};
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::STALE;
use crate::session::may;
use crate::unsent::keep_draft;
use leptos::prelude::*;
use model::Permission;
use model::network::{Internet, error_words};
use model::setting::{Setting, yes_no};
use model::task::{SetValue, TaskKind};
use model::time::duration;
use serde::{Deserialize, Serialize};

fn look(internet: &Internet) -> (Tone, String) {
    match internet.status.as_str() {
        "up" => (Tone::Ok, "Connected".to_owned()),
        "connecting" => (Tone::Warn, "Connecting".to_owned()),
        "down" => (Tone::Bad, "Not connected".to_owned()),
        "" => (Tone::Off, "Not known".to_owned()),
        other => (Tone::Warn, other.chars().take(40).collect()),
    }
}

#[component]
pub fn InternetCard() -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let internet = network.part(|view| view.internet.clone());
    let tone = Signal::derive(move || internet.with(look).0);
    let word = Signal::derive(move || internet.with(look).1);
    let reset = Memo::new(move |_| internet.with(|internet| internet.reset.clone()));
    let paths: Signal<Vec<String>> =
        Signal::derive(move || internet.with(|internet| internet.reset.iter().map(|one| one.path.clone()).collect()));
    let running = Memo::new(move |_| sets_one_of(state, &paths.get()));
    let ask = RwSignal::new(false);
    let login = Memo::new(move |_| internet.with(|internet| internet.user.is_some()));
    let fact = move |label: &'static str, value: Option<String>, mono: bool| {
        let class = if mono { "mono" } else { "" };
        view! {
            <div>
                <dt>{label}</dt>
                <dd class="kv__v">
                    {match value {
                        Some(value) => view! { <bdi class=class>{value}</bdi> }.into_any(),
                        None => view! { <span class="muted">"Not known"</span> }.into_any(),
                    }}
                </dd>
                <dd class="age">
                    {move || {
                        internet.with(|internet| internet.read_at).map(|at| view! { <Age at stale_after=STALE /> })
                    }}
                </dd>
            </div>
        }
    };
    let facts = move || {
        internet.with(|internet| {
            let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            let error = match internet.error.as_str() {
                "" => None,
                error => Some(error_words(error)).filter(|words| !words.is_empty()).or_else(|| Some("None".to_owned())),
            };
            view! {
                {fact("Connected for", internet.uptime.map(duration), false)}
                {fact("Address", known(&internet.address), true)}
                {fact("Last error", error, false)}
                {fact("Kind", known(&internet.kind), false)}
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="net-h">
            <div class="card__head">
                <h3 id="net-h">"Internet connection"</h3>
                <Status tone label=word class="status--text" />
                <span class="card__end">
                    <Show
                        when=move || reset.with(Option::is_some)
                        fallback=|| view! { <span class="field__hint">"No reset offered"</span> }
                    >
                        <Button
                            class="btn--sm"
                            icon="refresh"
                            busy=running
                            disabled=!may(Permission::DeviceWrite)
                            on_click=Callback::new(move |_| ask.set(true))
                        >
                            {move || if running.get() { "Resetting" } else { "Reset session" }}
                        </Button>
                    </Show>
                </span>
            </div>
            <div class="card__body stack">
                <dl class="kv">{facts}</dl>
                <LastChange paths />
            </div>
            <Show when=move || login.get()>
                <LoginForm />
            </Show>
        </section>
        <ResetDialog open=ask />
    }
}

#[component]
fn ResetDialog(open: RwSignal<bool>) -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let internet = network.part(|view| view.internet.clone());
    let go = move |_| {
        open.set(false);
        let reset = internet.with_untracked(|internet| internet.reset.as_ref().map(|reset| reset.set(yes_no(true))));
        if let Some(reset) = reset {
            state.ask(TaskKind::SetValues { values: vec![reset] }, move || read_again(state, internet));
        }
    };
    view! {
        <Dialog open id="ppp-reset">
            <DialogHead id="ppp-reset" title="Reset the internet session?" tone=Tone::Warn icon="globe">
                <Who />
            </DialogHead>
            <div class="dialog__body">
                <ul class="impact">
                    <li data-tone="warn">
                        <Icon name="globe" />
                        <span>"Internet and phone are interrupted, as a rule for less than a minute. The address may change."</span>
                    </li>
                    <li>
                        <Icon name="clock" />
                        <span>"Afterwards the time since it is connected is read again: it begins anew if the reset worked."</span>
                    </li>
                </ul>
            </div>
            <DialogFoot open>
                <button class="btn btn--primary" type="button" on:click=go>"Reset session"</button>
            </DialogFoot>
        </Dialog>
    }
}

/// The state and the time since it is connected show whether the reset worked.
fn read_again(state: DeviceState, internet: Memo<Internet>) {
    let path = internet.with_untracked(|internet| internet.uptime_path.clone());
    if let Some(object) = path.rfind('.').map(|dot| path[..=dot].to_owned()) {
        state.ask(TaskKind::Refresh { paths: vec![object] }, || ());
    }
}

/// What was typed; `None`, and an empty password: not touched.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Login {
    name: Option<String>,
    // The browser keeps drafts over a reload: a password is typed again.
    #[serde(skip)]
    password: String,
}

#[component]
fn LoginForm() -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let user = network.part(|view| view.internet.user.clone());
    let secret = network.part(|view| view.internet.password.clone());
    let reveal = Reveal::provide();
    let told = network.part(|view| view.internet.told);
    let places = Memo::new(move |_| {
        let place = |password: Setting| Place { path: password.path, of: "the internet login".to_owned() };
        secret.get().filter(|_| told.get()).map(place).into_iter().collect::<Vec<_>>()
    });
    let draft = RwSignal::new(Login::default());
    let unsent = keep_draft(move || format!("login of device {}", state.id.get()), draft);
    let values = Memo::new(move |_| {
        let (user, secret) = (user.get(), secret.get());
        draft.with(|draft| values(draft.name.as_deref(), user.as_ref(), &draft.password, secret.as_ref()))
    });
    let paths: Signal<Vec<String>> =
        Signal::derive(move || [user.get(), secret.get()].into_iter().flatten().map(|one| one.path).collect());
    let names: Signal<Vec<(String, String)>> = Signal::derive(move || {
        let name = |setting: Option<Setting>, word: &str| setting.map(|one| (one.path, word.to_owned()));
        [name(user.get(), "Name"), name(secret.get(), "Password")].into_iter().flatten().collect()
    });
    let running = Memo::new(move |_| sets_one_of(state, &paths.get()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let values = values.get_untracked();
        if !values.is_empty() && !running.get_untracked() {
            let leaving = unsent.leaving();
            state.ask(TaskKind::SetValues { values }, move || {
                leaving.sent();
                draft.try_set(Login::default());
            });
        }
    };
    view! {
        <form aria-label="Internet login" novalidate on:submit=submit>
            <div class="card__body stack">
                <TextField
                    id="ppp-user"
                    label="Login name"
                    setting=Signal::derive(move || user.get())
                    typed=Signal::derive(move || draft.with(|draft| draft.name.clone()))
                    on_type=Callback::new(move |text| draft.update(|draft| draft.name = Some(text)))
                />
                <div class="field">
                    <label class="field__label" for="ppp-password">"New password"</label>
                    <input
                        class="input mono"
                        id="ppp-password"
                        type="password"
                        autocomplete="new-password"
                        disabled=move || !may(Permission::DeviceWrite) || secret.with(|one| one.as_ref().is_none_or(|one| !one.writable))
                        prop:value=move || draft.with(|draft| draft.password.clone())
                        on:input:target=move |event| {
                            let typed = event.target().value();
                            draft.update(|draft| draft.password = typed);
                        }
                    />
                    <Told places untold="The router does not tell it. Whether it is right shows when the session is up again." />
                </div>
                <LastChange paths names />
            </div>
            <div class="card__foot form-foot">
                {move || {
                    (!values.with(Vec::is_empty))
                        .then(|| {
                            view! {
                                <p>
                                    <span class="status" data-tone="warn">
                                        <Icon name="alert" />
                                        <span>"A wrong login cuts the internet off, and the router may not be reachable until it is put right at home."</span>
                                    </span>
                                </p>
                            }
                        })
                }}
                <div class="btn-row">
                    <Button
                        kind="submit"
                        class="btn--sm"
                        busy=running
                        disabled=Signal::derive(move || !running.get() && values.with(Vec::is_empty))
                    >
                        {move || if running.get() { "Applying" } else { "Change login" }}
                    </Button>
                </div>
            </div>
        </form>
        <RevealDialog reveal id="reveal-login" />
    }
}

fn values(name: Option<&str>, user: Option<&Setting>, password: &str, secret: Option<&Setting>) -> Vec<SetValue> {
    let name = changed(name, user).filter(|value| !value.value.is_empty());
    let password = secret.filter(|one| one.writable && !password.is_empty()).map(|one| one.set(password));
    name.into_iter().chain(password).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_changed_by_what_was_typed() {
        let setting = |path: &str, value: Option<&str>| Setting {
            path: path.to_owned(),
            value: value.map(str::to_owned),
            writable: true,
            ..Setting::default()
        };
        let (user, secret) = (setting("D.Username", Some("old")), setting("D.Password", None));
        let sent = |name: Option<&str>, password: &str| {
            values(name, Some(&user), password, Some(&secret)).into_iter().map(|value| value.path).collect::<Vec<_>>()
        };
        assert_eq!(sent(Some("old"), ""), Vec::<String>::new());
        assert_eq!(sent(Some(" "), ""), Vec::<String>::new(), "a login is not emptied by accident");
        assert_eq!(sent(Some("new"), "x"), ["D.Username", "D.Password"]);
        assert_eq!(sent(None, "x"), ["D.Password"]);
    }

    #[test]
    fn what_the_browser_keeps_of_a_login_has_no_password() {
        let login = Login { name: Some("u@isp".into()), password: "quiet-otter".into() };
        assert_eq!(serde_json::to_string(&login).unwrap(), "{\"name\":\"u@isp\"}");
    }

    #[test]
    fn a_state_is_never_guessed() {
        let of = |status: &str| look(&Internet { status: status.into(), ..Internet::default() }).0;
        assert_eq!(of("up"), Tone::Ok);
        assert_eq!(of(""), Tone::Off);
        assert_eq!(of("down"), Tone::Bad);
    }
}
