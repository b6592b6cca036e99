//! Who and what this is, and what can be done with it as a whole.

use super::activity::moment;
use super::diagnostics::run_all;
use super::files::{FileItems, LoadDialog};
use super::protocol::try_again;
use super::reset::{ResetDialog, ReturnLine};
use super::state::DeviceState;
use crate::clock::use_clock;
use crate::components::{
    Age, Banner, Button, CopyButton, Deed, Dialog, DialogFoot, DialogHead, Icon, LinkButton, PresencePill, Said, There,
    Tone, use_toasts,
};
use crate::frame::PinButton;
use crate::keys::on_command;
use crate::pages::devices::decide_enrolment;
use crate::pages::subscribers::{ChooseDialog, Side, subscriber_href};
use crate::session::may;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::Permission;
use model::desk::Target;
use model::device::{DeviceRow, Enrolment, Presence};
use model::diagnostic::{SpeedDown, SpeedUp, Test};
use model::guide::GuideKind;
use model::task::{TaskKind, TaskState};

/// What to call a device: its subscriber, else its model, else its serial number.
pub fn name(row: &DeviceRow) -> String {
    let subscriber = row.subscriber.as_ref().map(|subscriber| subscriber.name.clone());
    subscriber
        .or_else(|| Some(row.model.clone()).filter(|model| !model.is_empty()))
        .unwrap_or_else(|| row.identity.serial.clone())
}

#[component]
pub fn Head() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let row = state.row();
    let part = move |read: fn(&DeviceRow) -> String| Memo::new(move |_| row.with(read));
    let name = part(name);
    let model = part(|row| format!("{} {}", maker(&row.identity.manufacturer), row.model).trim().to_owned());
    let serial = part(|row| row.identity.serial.clone());
    let software = part(|row| row.software_version.clone());
    view! {
        <header class="devhead">
            <div class="devhead__who">
                <div class="devhead__name">
                    <h1><bdi>{move || name.get()}</bdi></h1>
                    <PresencePill row />
                    <PinButton target=Signal::derive(move || Target::Device(row.with(|row| row.id))) />
                </div>
                <Subscriber row />
                <ul class="facts">
                    <li>
                        <Icon name="router" />
                        <b><bdi>{move || model.get()}</bdi></b>
                    </li>
                    <li><CopyButton text=serial label="serial" /></li>
                    <li>
                        "Firmware "
                        <bdi>
                            {move || if software.with(String::is_empty) { "not known".to_owned() } else { software.get() }}
                        </bdi>
                    </li>
                    <li>
                        {move || {
                            if row.with(DeviceRow::was_seen) {
                                view! {
                                    <Age
                                        at=Signal::derive(move || row.with(|row| row.last_inform))
                                        prefix="Checked in "
                                        suffix=" ago"
                                    />
                                }
                                    .into_any()
                            } else {
                                "Has never checked in".into_any()
                            }
                        }}
                    </li>
                </ul>
            </div>
            <Actions />
        </header>
        <Refused />
        <Approval row />
        <Stuck />
        <Offline row />
        <Discovering />
    }
}

/// Whether a task reads the whole tree: no paths, or the root object.
fn reads_everything(kind: &TaskKind) -> bool {
    let root = |path: &String| path.find('.').is_some_and(|dot| dot + 1 == path.len());
    matches!(kind, TaskKind::Refresh { paths } if paths.is_empty() || paths.iter().any(root))
}

/// The first word of a manufacturer: `Kestrel` of `Kestrel Networks Ltd.`
fn maker(manufacturer: &str) -> &str {
    manufacturer.split_whitespace().next().unwrap_or_default().trim_end_matches([',', '.'])
}

#[component]
fn Subscriber(row: Signal<DeviceRow>) -> impl IntoView {
    let subscriber = Memo::new(move |_| row.with(|row| row.subscriber.clone()));
    let linking = RwSignal::new(false);
    let id = row.with_untracked(|row| row.id);
    let nobody = Memo::new(move |_| subscriber.with(Option::is_none));
    // Its own row tells the page of the link, live.
    let link = may(Permission::SubscriberLink).then(|| {
        view! {
            <Show when=move || nobody.get()>
                <button class="linkbtn" type="button" on:click=move |_| linking.set(true)>"Link a subscriber"</button>
            </Show>
            <ChooseDialog open=linking side=Signal::stored(Side::Device(id)) done=Callback::new(|()| {}) />
        }
    });
    let facts = move || {
        subscriber.get().map(|subscriber| {
            let phone = subscriber.phone().cloned().unwrap_or_default();
            let dial = phone.dial();
            view! {
                <ul class="facts">
                    {(!dial.is_empty())
                        .then(|| {
                            view! {
                                <li>
                                    <Icon name="call" />
                                    <a href=format!("tel:{dial}")><b><bdi>{phone.number}</bdi></b></a>
                                </li>
                            }
                        })}
                    {(!subscriber.address.is_empty())
                        .then(|| view! { <li><Icon name="map-pin" /><bdi>{subscriber.address}</bdi></li> })}
                    <li>"Account " <a class="mono" href=subscriber_href(subscriber.id)><bdi>{subscriber.account}</bdi></a></li>
                    {(!subscriber.plan.is_empty()).then(|| view! { <li><bdi>{subscriber.plan}</bdi></li> })}
                    {(!subscriber.time_zone.is_empty()).then(|| view! { <li><There zone=subscriber.time_zone /></li> })}
                </ul>
            }
        })
    };
    view! { {facts} {link} }
}

#[component]
fn Actions() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let reboot = state.rebooting;
    let reset = RwSignal::new(false);
    let load = RwSignal::new(false);
    let refreshing = Memo::new(move |_| state.running(reads_everything).map(|task| task.state));
    let restarting = Memo::new(move |_| state.running(|kind| matches!(kind, TaskKind::Reboot)).map(|task| task.state));
    let resetting = Memo::new(move |_| state.running(|kind| matches!(kind, TaskKind::FactoryReset { .. })).is_some());
    let refresh = move || {
        if refreshing.get_untracked().is_none() {
            state.ask(TaskKind::Refresh { paths: Vec::new() }, || ());
        }
    };
    let may_refresh = may(Permission::DeviceRefresh);
    let may_reboot = may(Permission::DeviceReboot);
    let may_reset = may(Permission::DeviceFactoryReset);
    let measuring = Memo::new(move |_| {
        let speed = |kind: &TaskKind| matches!(kind, TaskKind::Diagnose { test: Test::Download(_) | Test::Upload(_) });
        state.running(speed).is_some()
    });
    let navigate = use_navigate();
    let measure = move || {
        let page = format!("/devices/{}/diagnostics?test=speed", state.id.get_untracked());
        navigate(&page, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        let both = [Test::Download(SpeedDown::default()), Test::Upload(SpeedUp::default())];
        run_all(state, both.into());
    };
    if may_refresh {
        on_command("r", "Refresh values from the device", "refresh", refresh);
    }
    if may_reboot {
        on_command("", "Reboot this router", "power", move || reboot.set(true));
    }
    if may_reset {
        on_command("", "Reset this router to factory settings", "undo", move || reset.set(true));
    }
    view! {
        <div class="btn-row devactions" role="group" aria-label="Device actions">
            <Button
                icon="refresh"
                busy=Signal::derive(move || refreshing.get().is_some())
                disabled=!may_refresh
                on_click=Callback::new(move |_| refresh())
            >
                {move || match refreshing.get() {
                    None => "Refresh",
                    Some(TaskState::Queued) => "Refresh waits",
                    Some(_) => "Refreshing",
                }}
            </Button>
            <Button
                icon="power"
                busy=Signal::derive(move || restarting.get().is_some())
                disabled=!may_reboot
                on_click=Callback::new(move |_| reboot.set(true))
            >
                {move || match restarting.get() {
                    None => "Reboot",
                    Some(TaskState::Queued) => "Reboot waits",
                    Some(_) => "Rebooting",
                }}
            </Button>
            <LinkButton icon="key" href=Signal::derive(move || format!("{}/wifi?change=password", state.href()))>
                "Wi-Fi password"
            </LinkButton>
            <Button
                icon="gauge"
                busy=Signal::derive(move || measuring.get())
                disabled=!may_refresh
                on_click=Callback::new(move |_| measure())
            >
                "Speed test"
            </Button>
            <LinkButton icon="pulse" href=Signal::derive(move || format!("{}/diagnostics?test=ping", state.href()))>
                "Ping"
            </LinkButton>
            <button class="btn btn--icon" type="button" popovertarget="more" aria-label="More actions" title="More actions">
                <Icon name="more" />
            </button>
        </div>
        <div class="menu" id="more" popover="auto">
            <p class="menu__label">"Guides"</p>
            {GuideKind::ALL.map(|kind| view! { <GuideItem kind /> }).collect_view()}
            <div class="menu__sep"></div>
            <FileItems load />
            <button
                class="menu__item menu__item--danger"
                type="button"
                popovertarget="more"
                popovertargetaction="hide"
                disabled=move || !may_reset || resetting.get()
                on:click=move |_| reset.set(true)
            >
                <Icon name="undo" />
                {move || if resetting.get() { "Factory reset runs" } else { "Factory reset" }}
            </button>
            {(!may_reset).then(|| view! { <p class="menu__label">"Your role does not allow a factory reset."</p> })}
        </div>
        <RebootDialog open=reboot />
        <ResetDialog open=reset />
        <LoadDialog open=load />
    }
}

/// A guide through what the caller complains about.
#[component]
fn GuideItem(kind: GuideKind) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let page = move || format!("{}/guide/{}", state.href(), kind.as_str());
    let navigate = use_navigate();
    on_command("", kind.command(), "route", move || navigate(&untrack(page), NavigateOptions::default()));
    view! {
        <a class="menu__item" href=page>
            <Icon name="route" />
            {kind.title()}
        </a>
    }
}

/// Whom a dialog is about: subscriber, model, serial number.
#[component]
pub fn Who() -> impl IntoView {
    let row = expect_context::<DeviceState>().row().get_untracked();
    let subscriber = row.subscriber.map(|subscriber| view! { <bdi>{subscriber.name}</bdi> ", " });
    view! {
        {subscriber}
        <bdi>{row.model}</bdi>
        ", "
        <bdi class="mono">{row.identity.serial}</bdi>
    }
}

#[component]
fn RebootDialog(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let go = move |_| {
        open.set(false);
        state.ask(TaskKind::Reboot, || ());
    };
    view! {
        <Dialog open id="reboot">
            <DialogHead id="reboot" title="Reboot this router?" tone=Tone::Warn icon="power">
                <Who />
            </DialogHead>
            <div class="dialog__body">
                <ul class="impact">
                    <li data-tone="warn">
                        <Icon name="globe" />
                        <ReturnLine reset=false />
                    </li>
                    <li>
                        <Icon name="call" />
                        <span>"If the subscriber is calling on this line, the call drops."</span>
                    </li>
                </ul>
            </div>
            <DialogFoot open>
                <button class="btn btn--primary" type="button" on:click=go>
                    <Icon name="power" />
                    "Reboot now"
                </button>
            </DialogFoot>
        </Dialog>
    }
}

/// What the server would not queue, and why.
#[component]
fn Refused() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    move || {
        state.refused.get().map(|error| {
            view! {
                <Banner tone=Tone::Bad>
                    <p><Said error /></p>
                    <button class="btn btn--sm" type="button" on:click=move |_| state.refused.set(None)>
                        "Close"
                    </button>
                </Banner>
            }
        })
    }
}

/// A device with which the same thing failed too often.
#[component]
fn Stuck() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let toasts = use_toasts();
    let stuck = state.part(|view| view.stuck.clone());
    let stuck = Memo::new(move |_| stuck.get().flatten());
    let deed = Deed::default();
    let again = Callback::new(move |_| {
        let work = async move {
            let tried = try_again(state.id.get_untracked()).await;
            state.device.refetch();
            tried
        };
        let done = move |()| toasts.push(Tone::Ok, "It is tried again at the router's next check-in.");
        deed.run_or(work, done, move |error| toasts.fail(error));
    });
    move || {
        stuck.get().map(|(since, reason)| {
            view! {
                <Banner tone=Tone::Warn icon="hourglass">
                    <p>
                        <b>"Stuck since " {move || moment(clock, since)} "."</b>
                        " "
                        <bdi>{reason}</bdi>
                        " Lastmile tries again less and less often."
                    </p>
                    <Show when=move || may(Permission::DeviceRefresh)>
                        <Button class="btn--sm" icon="refresh" busy=deed.busy on_click=again>"Try again"</Button>
                    </Show>
                </Banner>
            }
        })
    }
}

/// A device that takes no part: why, and for those who may decide, the decision.
#[component]
fn Approval(row: Signal<DeviceRow>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let enrolment = Memo::new(move |_| row.with(|row| row.enrolment));
    let deed = Deed::default();
    let decide = move |wanted: Enrolment| {
        let id = row.with_untracked(|row| row.id);
        deed.run_or(decide_enrolment(vec![id], wanted), |_| (), move |error| state.refuse(error));
    };
    let words = move || match enrolment.get() {
        Enrolment::Refused => ("Refused.", " What this router reports is not taken, and nothing is asked of it."),
        _ => ("Waiting for approval.", " Nothing is read from this router or sent to it until somebody approves it."),
    };
    view! {
        <Show when=move || enrolment.get() != Enrolment::Approved>
            <Banner tone=Tone::Warn icon="hourglass">
                <p>
                    <b>{move || words().0}</b>
                    {move || words().1}
                </p>
                <Show when=|| may(Permission::DeviceManage)>
                    <Button class="btn--sm" icon="check" busy=deed.busy on_click=Callback::new(move |_| decide(Enrolment::Approved))>
                        "Approve"
                    </Button>
                    <Show when=move || enrolment.get() == Enrolment::Quarantined>
                        <Button
                            class="btn--sm"
                            icon="x-circle"
                            busy=deed.busy
                            on_click=Callback::new(move |_| decide(Enrolment::Refused))
                        >
                            "Refuse"
                        </Button>
                    </Show>
                </Show>
            </Banner>
        </Show>
    }
}

/// An offline device: what is on the page is old, and what is asked waits.
#[component]
fn Offline(row: Signal<DeviceRow>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let offline = Memo::new(move |_| {
        row.with(|row| {
            let silent = row.was_seen() && row.presence(clock.now()) == Presence::Offline;
            silent && row.enrolment == Enrolment::Approved
        })
    });
    let since = move || moment(clock, row.with(|row| row.last_inform));
    let trying = Memo::new(move |_| state.running(reads_everything).map(|task| task.state));
    let reach = Callback::new(move |_| state.ask(TaskKind::Refresh { paths: Vec::new() }, || ()));
    view! {
        <Show when=move || offline.get()>
            <Banner tone=Tone::Warn icon="offline">
                <p>
                    <b>"Offline."</b>
                    " It last checked in "
                    {since}
                    "; the values below are from then or older. Changes wait and are sent at its next check-in."
                </p>
                <Show when=move || may(Permission::DeviceRefresh) && trying.get().is_none()>
                    <Button class="btn--sm" icon="refresh" on_click=reach>"Try to reach it"</Button>
                </Show>
            </Banner>
        </Show>
    }
}

/// Until the first reading has ended there is little to see.
#[component]
fn Discovering() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let discovering = state.part(|view| view.discovering && view.row.enrolment == Enrolment::Approved);
    view! {
        <Show when=move || discovering.get() == Some(true)>
            <Banner tone=Tone::Info icon="loader">
                <p>"Lastmile has not read all settings of this router yet. They appear here by themselves."</p>
            </Banner>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_everything() {
        let read = |paths: &[&str]| TaskKind::Refresh { paths: paths.iter().map(|path| (*path).to_owned()).collect() };
        assert!(reads_everything(&read(&[])));
        assert!(reads_everything(&read(&["Device."])));
        assert!(!reads_everything(&read(&["Device.WiFi."])));
        assert!(!reads_everything(&TaskKind::Reboot));
    }

    #[test]
    fn manufacturers_are_said_short() {
        assert_eq!(maker("Kestrel Networks, Ltd."), "Kestrel");
        assert_eq!(maker("Acme,"), "Acme");
        assert_eq!(maker("  "), "");
    }
}
