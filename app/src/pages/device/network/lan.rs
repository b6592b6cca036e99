//! The addresses that the router gives out.

use super::{Network, changed, sets_one_of, shown};
use crate::components::{Age, Button, Icon};
use crate::pages::device::last_change::LastChange;
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::STALE;
use crate::session::may;
use crate::unsent::keep_draft;
use leptos::prelude::*;
use model::Permission;
use model::network::Lan;
use model::network::lan::{Range, address, name_servers};
use model::setting::{Setting, yes_no};
use model::task::{SetValue, TaskKind};
use serde::{Deserialize, Serialize};

/// What was typed; `None`: not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Draft {
    dhcp: Option<bool>,
    from: Option<String>,
    to: Option<String>,
    dns: Option<String>,
}

impl Draft {
    /// What is wrong, if anything, said of the whole form.
    fn error(&self, lan: &Lan) -> Option<String> {
        if let Some(dns) = &self.dns
            && let Err(rule) = name_servers(dns)
        {
            return Some(rule.to_owned());
        }
        if self.from.is_none() && self.to.is_none() {
            return None;
        }
        let read =
            |typed: &Option<String>, setting: &Option<Setting>| address(&shown(typed.as_deref(), setting.as_ref()));
        let (from, to) = match (read(&self.from, &lan.from), read(&self.to, &lan.to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(rule), _) | (_, Err(rule)) => return Some(rule.to_owned()),
        };
        let (Ok(own), Ok(mask)) = (read(&None, &lan.address), read(&None, &lan.mask)) else {
            // Without the router's own address nothing more can be said.
            return (from > to).then(|| format!("{from} comes after {to}."));
        };
        Range { address: own, mask, from, to }.check().err()
    }

    fn values(&self, lan: &Lan) -> Vec<SetValue> {
        let dns = self.dns.as_deref().and_then(|dns| name_servers(dns).ok());
        let dhcp = self.dhcp.and_then(|on| lan.dhcp.as_ref()?.change(yes_no(on)));
        let range = [changed(self.from.as_deref(), lan.from.as_ref()), changed(self.to.as_deref(), lan.to.as_ref())];
        range.into_iter().chain([changed(dns.as_deref(), lan.dns.as_ref()), dhcp]).flatten().collect()
    }
}

#[component]
pub fn LanForm() -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let lan = network.part(|view| view.lan.clone());
    let there = Memo::new(move |_| lan.with(Option::is_some));
    let lan = Memo::new(move |_| lan.get().unwrap_or_default());
    let draft = RwSignal::new(Draft::default());
    let unsent = keep_draft(move || format!("addresses of device {}", state.id.get()), draft);
    let error = Memo::new(move |_| lan.with(|lan| draft.with(|draft| draft.error(lan))));
    let values = Memo::new(move |_| lan.with(|lan| draft.with(|draft| draft.values(lan))));
    let paths: Signal<Vec<String>> = Signal::derive(move || lan.with(paths));
    let running = Memo::new(move |_| sets_one_of(state, &paths.get()));
    let can = may(Permission::DeviceWrite);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let values = values.get_untracked();
        if error.with_untracked(Option::is_none) && !values.is_empty() && !running.get_untracked() {
            let leaving = unsent.leaving();
            state.ask(TaskKind::SetValues { values }, move || {
                leaving.sent();
                draft.try_set(Draft::default());
            });
        }
    };
    let on =
        move || lan.with(|lan| draft.with(|draft| draft.dhcp.or_else(|| lan.dhcp.as_ref()?.yes()))).unwrap_or_default();
    let fixed = move || {
        lan.with(|lan| {
            let own = lan.address.as_ref().and_then(|own| own.value.clone()).unwrap_or_else(|| "not known".to_owned());
            let mask = lan.mask.as_ref().and_then(|mask| mask.value.clone());
            (own, mask)
        })
    };
    view! {
        <form class="card" aria-labelledby="lan-h" novalidate on:submit=submit>
            <div class="card__head">
                <h3 id="lan-h">"Addresses in the home"</h3>
                <span class="card__end">
                    <label class="inline">
                        <span class="sr-only">"The router gives out addresses"</span>
                        <input
                            class="switch"
                            type="checkbox"
                            role="switch"
                            disabled=move || !can || !there.get() || lan.with(|lan| lan.dhcp.as_ref().is_none_or(|d| !d.writable))
                            prop:checked=on
                            on:change:target=move |event| {
                                let wanted = event.target().checked();
                                draft.update(|draft| draft.dhcp = Some(wanted));
                            }
                        />
                    </label>
                </span>
            </div>
            <Show
                when=move || there.get()
                fallback=|| view! { <p class="card__body field__hint">"This router shows nothing of the addresses in the home."</p> }
            >
                <div class="card__body stack">
                    <p class="note">
                        "The router itself is " <b class="mono"><bdi>{move || fixed().0}</bdi></b>
                        {move || fixed().1.map(|mask| view! { ", subnet mask " <span class="mono"><bdi>{mask}</bdi></span> })} "."
                    </p>
                    <TextField
                        id="lan-from"
                        label="First address"
                        setting=Signal::derive(move || lan.with(|lan| lan.from.clone()))
                        typed=Signal::derive(move || draft.with(|draft| draft.from.clone()))
                        on_type=Callback::new(move |text| draft.update(|draft| draft.from = Some(text)))
                    />
                    <TextField
                        id="lan-to"
                        label="Last address"
                        setting=Signal::derive(move || lan.with(|lan| lan.to.clone()))
                        typed=Signal::derive(move || draft.with(|draft| draft.to.clone()))
                        on_type=Callback::new(move |text| draft.update(|draft| draft.to = Some(text)))
                    />
                    <TextField
                        id="lan-dns"
                        label="Name servers (DNS)"
                        setting=Signal::derive(move || lan.with(|lan| lan.dns.clone()))
                        typed=Signal::derive(move || draft.with(|draft| draft.dns.clone()))
                        on_type=Callback::new(move |text| draft.update(|draft| draft.dns = Some(text)))
                    />
                    <p class="field__error" role="alert" id="lan-err" hidden=move || error.with(Option::is_none)>
                        <Icon name="octagon" />
                        <span>{move || error.get().unwrap_or_default()}</span>
                    </p>
                    <LastChange paths />
                </div>
                <div class="card__foot form-foot">
                    {move || {
                        let count = values.with(Vec::len);
                        (count > 0)
                            .then(|| {
                                view! {
                                    <p>
                                        <span class="status" data-tone="warn">
                                            <Icon name="alert" />
                                            <span>
                                                <b>{if count == 1 { "1 change not sent.".to_owned() } else { format!("{count} changes not sent.") }}</b>
                                                " Devices take a new address when their lease ends, or when they join again."
                                            </span>
                                        </span>
                                    </p>
                                }
                            })
                    }}
                    <div class="btn-row">
                        <button
                            class="btn btn--sm btn--ghost"
                            type="button"
                            disabled=move || draft.with(|draft| *draft == Draft::default())
                            on:click=move |_| draft.set(Draft::default())
                        >
                            "Discard"
                        </button>
                        <Button
                            kind="submit"
                            class="btn--sm btn--primary"
                            busy=running
                            disabled=Signal::derive(move || {
                                !can || (!running.get() && (values.with(Vec::is_empty) || error.with(Option::is_some)))
                            })
                        >
                            {move || if running.get() { "Applying" } else { "Apply to router" }}
                        </Button>
                    </div>
                </div>
            </Show>
        </form>
    }
}

fn paths(lan: &Lan) -> Vec<String> {
    [&lan.dhcp, &lan.from, &lan.to, &lan.dns].into_iter().flatten().map(|setting| setting.path.clone()).collect()
}

/// A text field over one setting of the router.
#[component]
pub fn TextField(
    id: &'static str,
    label: &'static str,
    setting: Signal<Option<Setting>>,
    typed: Signal<Option<String>>,
    on_type: Callback<String>,
) -> impl IntoView {
    let can = may(Permission::DeviceWrite);
    let now = move || setting.with(|setting| setting.as_ref().and_then(|one| one.value.clone()));
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <input
                class="input mono"
                id=id
                autocomplete="off"
                spellcheck="false"
                disabled=move || !can || setting.with(|setting| setting.as_ref().is_none_or(|one| !one.writable))
                aria-describedby=format!("{id}-rb")
                value=setting.with_untracked(|setting| shown(None, setting.as_ref()))
                prop:value=move || setting.with(|setting| shown(typed.get().as_deref(), setting.as_ref()))
                on:input:target=move |event| on_type.run(event.target().value())
            />
            <span class="field__readback" id=format!("{id}-rb")>
                <Icon name="router" />
                <span>
                    {move || {
                        if setting.with(Option::is_none) {
                            view! { "This router does not offer it." }.into_any()
                        } else {
                            let said = now().unwrap_or_else(|| "Not known".to_owned());
                            let said = if said.is_empty() { "empty".to_owned() } else { said };
                            view! { "On the router now: " <b><bdi>{said}</bdi></b> }.into_any()
                        }
                    }}
                </span>
                {move || {
                    setting
                        .with(|setting| setting.as_ref().and_then(|one| one.read_at))
                        .map(|at| view! { <Age at stale_after=STALE suffix=" ago" /> })
                }}
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::tree::ValueType;

    fn lan() -> Lan {
        let setting = |path: &str, value: &str| {
            let value = Some(value.to_owned());
            Some(Setting { value, path: path.to_owned(), value_type: ValueType::String, writable: true, read_at: None })
        };
        Lan {
            address: setting("D.Address", "192.168.1.1"),
            mask: setting("D.Mask", "255.255.255.0"),
            dhcp: setting("D.Enable", "1").map(|dhcp| Setting { value_type: ValueType::Boolean, ..dhcp }),
            from: setting("D.Min", "192.168.1.20"),
            to: setting("D.Max", "192.168.1.199"),
            dns: setting("D.DNS", "192.168.1.1"),
            lease: None,
        }
    }

    #[test]
    fn a_range_is_checked_with_what_the_router_has() {
        let draft = |from: &str| Draft { from: Some(from.to_owned()), ..Draft::default() };
        assert_eq!(draft("192.168.1.50").error(&lan()), None);
        assert!(draft("192.168.1.200").error(&lan()).unwrap().contains("comes after"));
        assert!(draft("192.168.1.1").error(&lan()).unwrap().contains("own address"));
        assert!(draft("10.0.0.7").error(&lan()).is_some());
        assert!(draft("fifty").error(&lan()).unwrap().contains("looks like"));
        assert_eq!(Draft::default().error(&lan()), None);
    }

    #[test]
    fn only_what_differs_is_sent() {
        let draft = Draft {
            from: Some("192.168.1.20".into()),
            to: Some("192.168.1.99".into()),
            dns: Some("9.9.9.9 192.168.1.1".into()),
            dhcp: Some(true),
        };
        let sent: Vec<_> = draft.values(&lan()).into_iter().map(|value| (value.path, value.value)).collect();
        let pair = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        assert_eq!(sent, [pair("D.Max", "192.168.1.99"), pair("D.DNS", "9.9.9.9,192.168.1.1")]);
    }
}
