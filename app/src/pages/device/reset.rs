//! The factory reset: it cannot be taken back, so the serial number has to be typed. What is to be there again
//! afterwards is chosen here, and what cannot be is said before.

pub mod api;

use super::head::Who;
use super::state::DeviceState;
use super::words::span;
use crate::components::{Dialog, DialogFoot, DialogHead, Icon, Tone};
use api::load_reset_plan;
use leptos::prelude::*;
use model::restore::{KeepSet, PlannedSet, ResetPlan};
use model::task::{SetValue, TaskKind};
use model::wifi::rules::check_password;
use std::collections::{BTreeMap, BTreeSet};

#[component]
pub fn ResetDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open id="reset" class="dialog dialog--wide">
            <Inside open />
        </Dialog>
    }
}

/// The plan of the device in the dialog; loaded in the browser when the dialog opens.
fn plan_of(state: DeviceState) -> Memo<Option<ResetPlan>> {
    let id = state.id;
    let plan = LocalResource::new(move || load_reset_plan(id.get()));
    Memo::new(move |_| plan.get().and_then(Result::ok))
}

/// How long the line is away, as far as this model has shown it.
#[component]
pub fn ReturnLine(
    /// After a factory reset, not a reboot.
    reset: bool,
) -> impl IntoView {
    let plan = plan_of(expect_context::<DeviceState>());
    let usual = move || {
        let plan = plan.get()?;
        let of_resets = if reset { plan.usual_reset_ms } else { None };
        of_resets.or(plan.usual_return_ms)
    };
    view! {
        <span>
            {move || match usual() {
                Some(ms) => view! {
                    "Internet, Wi-Fi and phone are down for about "
                    <b>{span(ms)}</b>
                    " (median of this model)."
                }
                .into_any(),
                None => view! {
                    "Internet, Wi-Fi and phone are down until it is back. How long this model takes is not known yet."
                }
                .into_any(),
            }}
        </span>
    }
}

#[component]
fn Inside(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let serial = state.row().with_untracked(|row| row.identity.serial.clone());
    let typed = RwSignal::new(String::new());
    let expected = serial.clone();
    let sure = Memo::new(move |_| typed.with(|typed| confirms(typed, &expected)));
    let plan = plan_of(state);
    // What is left out; all else is kept.
    let dropped = RwSignal::new(BTreeSet::<KeepSet>::new());
    let secrets = RwSignal::new(BTreeMap::<String, String>::new());
    let kind = Memo::new(move |_| {
        let plan = plan.get().unwrap_or_default();
        dropped.with(|dropped| secrets.with(|secrets| order(&plan, dropped, secrets)))
    });
    let wrong = Memo::new(move |_| {
        secrets.with(|secrets| secrets.iter().any(|(path, value)| complaint(path, value).is_some()))
    });
    let loaded = Memo::new(move |_| plan.with(Option::is_some));
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if sure.get_untracked() && loaded.get_untracked() && !wrong.get_untracked() {
            open.set(false);
            state.ask(kind.get_untracked(), || ());
        }
    };
    let sets = move || plan.get().map(|plan| plan.sets).unwrap_or_default();
    let none = move || loaded.get() && plan.with(|plan| plan.as_ref().is_none_or(|plan| plan.sets.is_empty()));
    view! {
        <form on:submit=go>
            <DialogHead id="reset" title="Reset to factory settings?" tone=Tone::Bad icon="undo">
                <Who />
            </DialogHead>
            <div class="dialog__body stack">
                <ul class="impact">
                    <li data-tone="warn">
                        <Icon name="globe" />
                        <ReturnLine reset=true />
                    </li>
                    <li data-tone="bad">
                        <Icon name="sliders" />
                        <span>"Everything that is not chosen below is lost. The reset itself cannot be undone."</span>
                    </li>
                </ul>
                <fieldset class="keep-sets">
                    <legend class="field__label">"Set again afterwards"</legend>
                    <For each=sets key=|set| set.set let:set>
                        <SetChoice set dropped secrets />
                    </For>
                    <Show when=none>
                        <p class="field__hint">
                            "Nothing is known of this router that could be set again. Read it once before, if it can be reached."
                        </p>
                    </Show>
                </fieldset>
                <div class="field">
                    <label class="field__label" for="reset-serial">
                        <span>"Type the serial number " <b class="mono"><bdi>{serial}</bdi></b> " to confirm"</span>
                    </label>
                    <input
                        class="input mono"
                        id="reset-serial"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=move || typed.get()
                        on:input:target=move |event| typed.set(event.target().value())
                    />
                </div>
            </div>
            <DialogFoot open>
                <button
                    class="btn btn--danger"
                    type="submit"
                    disabled=move || !sure.get() || !loaded.get() || wrong.get()
                >
                    {move || {
                        if matches!(kind.get(), TaskKind::FactoryReset { keep, .. } if !keep.is_empty()) {
                            "Reset and restore"
                        } else {
                            "Reset to factory"
                        }
                    }}
                </button>
            </DialogFoot>
        </form>
    }
}

#[component]
fn SetChoice(
    set: PlannedSet,
    dropped: RwSignal<BTreeSet<KeepSet>>,
    secrets: RwSignal<BTreeMap<String, String>>,
) -> impl IntoView {
    let which = set.set;
    let kept = Memo::new(move |_| dropped.with(|dropped| !dropped.contains(&which)));
    let count = match set.settings {
        0 => String::new(),
        1 => "1 setting".to_owned(),
        n => format!("{n} settings"),
    };
    let names = set.names.join(", ");
    let hint = if names.is_empty() { count } else { format!("{names} ({count})") };
    let unknown = StoredValue::new(set.unknown);
    view! {
        <div class="stack stack--sm">
            <label class="inline">
                <input
                    type="checkbox"
                    prop:checked=move || kept.get()
                    on:change:target=move |event| {
                        let checked = event.target().checked();
                        dropped.update(|dropped| {
                            if checked { dropped.remove(&which); } else { dropped.insert(which); }
                        });
                    }
                />
                <span><b>{which.label()}</b> " " <small class="muted"><bdi>{hint}</bdi></small></span>
            </label>
            <Show when=move || kept.get()>
                {unknown
                    .get_value()
                    .into_iter()
                    .enumerate()
                    .map(|(at, secret)| {
                        let id = format!("keep-{}-{at}", which.label().len());
                        let (path, shown, read) = (secret.path.clone(), secret.path.clone(), secret.path);
                        let value = move || secrets.with(|secrets| secrets.get(&shown).cloned().unwrap_or_default());
                        let error = Memo::new(move |_| {
                            secrets.with(|secrets| secrets.get(&read).and_then(|value| complaint(&read, value)))
                        });
                        view! {
                            <div class="field">
                                <label class="field__label" for=id.clone()>
                                    <span>"Password of " <bdi>{secret.of}</bdi></span>
                                    <span class="field__opt">"the router does not tell it"</span>
                                </label>
                                <input
                                    class="input mono"
                                    id=id.clone()
                                    type="password"
                                    autocomplete="new-password"
                                    prop:value=value
                                    aria-describedby=format!("{id}-hint")
                                    on:input:target=move |event| {
                                        let typed = event.target().value();
                                        secrets.update(|secrets| {
                                            secrets.insert(path.clone(), typed);
                                        });
                                    }
                                />
                                <span class="field__hint" id=format!("{id}-hint")>
                                    {move || error.get().unwrap_or("Left empty, it is not set again: the sticker's holds.")}
                                </span>
                            </div>
                        }
                    })
                    .collect_view()}
            </Show>
        </div>
    }
}

/// What is wrong with a password that is to be set again; an empty one is none.
fn complaint(path: &str, value: &str) -> Option<&'static str> {
    let wifi = path.contains("WiFi.") || path.contains("WLANConfiguration.");
    if value.is_empty() || !wifi { None } else { check_password(value).err() }
}

/// The task, with the passwords that were typed for what is kept.
fn order(plan: &ResetPlan, dropped: &BTreeSet<KeepSet>, secrets: &BTreeMap<String, String>) -> TaskKind {
    let kept = plan.sets.iter().filter(|set| !dropped.contains(&set.set));
    let keep = kept.clone().map(|set| set.set).collect();
    let typed = |path: &String| secrets.get(path).filter(|value| !value.is_empty()).cloned();
    let secrets = kept
        .flat_map(|set| &set.unknown)
        .filter_map(|secret| {
            Some(SetValue { path: secret.path.clone(), value: typed(&secret.path)?, value_type: None })
        })
        .collect();
    TaskKind::FactoryReset { keep, secrets }
}

/// Whether the typed serial number is the device's; case and surrounding space do not matter.
fn confirms(typed: &str, serial: &str) -> bool {
    let typed = typed.trim();
    !typed.is_empty() && typed.eq_ignore_ascii_case(serial.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::restore::PlannedSecret;

    #[test]
    fn only_the_whole_serial_confirms() {
        assert!(confirms(" kstl8f21c04d ", "KSTL8F21C04D"));
        for wrong in ["", " ", "KSTL8F21C04", "KSTL8F21C04D1"] {
            assert!(!confirms(wrong, "KSTL8F21C04D"), "{wrong:?}");
        }
        assert!(!confirms("", ""));
    }

    #[test]
    fn what_is_left_out_takes_its_password_along() {
        let secret = |path: &str| PlannedSecret { path: path.into(), of: "Home".into() };
        let set = |set, path: &str| PlannedSet { set, settings: 2, names: Vec::new(), unknown: vec![secret(path)] };
        let sets = vec![set(KeepSet::Wifi, "D.WiFi.Key"), set(KeepSet::Internet, "D.PPP.Password")];
        let plan = ResetPlan { sets, ..ResetPlan::default() };
        let typed: BTreeMap<_, _> =
            [("D.WiFi.Key", "quiet-otter"), ("D.PPP.Password", "x")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let TaskKind::FactoryReset { keep, secrets } = order(&plan, &[KeepSet::Internet].into(), &typed) else {
            panic!("no reset")
        };
        assert_eq!(keep, [KeepSet::Wifi]);
        assert_eq!(secrets.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["D.WiFi.Key"]);
    }

    #[test]
    fn rules_hold_for_wifi_passwords_only() {
        assert!(complaint("Device.WiFi.AccessPoint.1.Security.KeyPassphrase", "short").is_some());
        assert_eq!(complaint("Device.PPP.Interface.1.Password", "x"), None);
        assert_eq!(complaint("Device.WiFi.AccessPoint.1.Security.KeyPassphrase", ""), None);
    }
}
