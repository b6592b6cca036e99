//! Port forwards: the list, adding one by a device and a service, deleting.

use super::Network;
use crate::components::{Age, Button, Dialog, DialogFoot, DialogHead, Empty, Icon, Status, Tone};
use crate::pages::device::head::Who;
use crate::pages::device::last_change::LastChange;
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::STALE;
use crate::session::may;
use crate::unsent::{Kept, Unsent, keep_fields};
use leptos::prelude::*;
use model::Permission;
use model::network::Host;
use model::network::forward::{Forward, Forwards, NewForward, Protocol, SERVICES, ports};
use model::task::TaskKind;

/// The word for a service that is not in the list.
const OTHER: &str = "other";

/// Adding a forward, from wherever on the page.
#[derive(Clone, Copy)]
pub struct Forwarding {
    /// Whether the router lets one be added, and the person may.
    pub offered: Memo<bool>,
    open: RwSignal<bool>,
    /// The device that was chosen already; empty: none.
    to: RwSignal<String>,
}

impl Forwarding {
    pub fn provide(network: Network) {
        let can_add = network.part(|view| view.forwards.as_ref().is_some_and(|forwards| forwards.can_add));
        let may = may(Permission::DeviceWrite);
        let offered = Memo::new(move |_| may && can_add.get());
        provide_context(Self { offered, open: RwSignal::new(false), to: RwSignal::new(String::new()) });
    }

    /// Asks what is to be forwarded to this address; empty: to which, too.
    pub fn begin(self, to: String) {
        self.to.set(to);
        self.open.set(true);
    }
}

#[component]
pub fn ForwardsCard() -> impl IntoView {
    let forwarding = expect_context::<Forwarding>();
    let network = expect_context::<Network>();
    let forwards = network.part(|view| view.forwards.clone());
    let there = Memo::new(move |_| forwards.with(Option::is_some));
    let list = Memo::new(move |_| forwards.with(|all| all.as_ref().map(|all| all.list.clone()).unwrap_or_default()));
    let read_at = Memo::new(move |_| forwards.with(|all| all.as_ref().and_then(|all| all.read_at)));
    let paths: Signal<Vec<String>> =
        Signal::derive(move || forwards.with(|all| all.iter().map(|all| all.table.clone()).collect::<Vec<_>>()));
    let doomed = RwSignal::new(None::<Forward>);
    let deleting = RwSignal::new(false);
    view! {
        <section class="card" aria-labelledby="fwd-h">
            <div class="card__head">
                <h3 id="fwd-h">"Port forwards"</h3>
                {move || read_at.get().map(|at| view! { <Age at stale_after=STALE prefix="read " suffix=" ago" /> })}
                <span class="card__end">
                    <Show when=move || forwarding.offered.get()>
                        <Button class="btn--sm" icon="plus" on_click=Callback::new(move |_| forwarding.begin(String::new()))>"Add forward"</Button>
                    </Show>
                </span>
            </div>
            <Show
                when=move || there.get()
                fallback=|| view! { <p class="card__body field__hint">"This router does not offer port forwards."</p> }
            >
                <div class="card__body"><LastChange paths /></div>
                <Show
                    when=move || list.with(|list| !list.is_empty())
                    fallback=|| view! { <Empty icon="arrow-right" title="No port forwards" text="Nothing in the home is reached from outside." /> }
                >
                    <div class="table-scroll" tabindex="0" role="region" aria-label="Port forwards, scrollable table">
                        <table class="table stackable">
                            <thead>
                                <tr>
                                    <th scope="col">"For"</th>
                                    <th scope="col">"State"</th>
                                    <th scope="col">"From outside"</th>
                                    <th scope="col">"To"</th>
                                    <th scope="col" class="cell-actions"><span class="sr-only">"Actions"</span></th>
                                </tr>
                            </thead>
                            <tbody>
                                <For each=move || list.get() key=|forward| format!("{forward:?}") let:forward>
                                    <Row forward doomed deleting />
                                </For>
                            </tbody>
                        </table>
                    </div>
                </Show>
            </Show>
        </section>
        <Dialog open=forwarding.open id="add-forward">
            <AddForm open=forwarding.open />
        </Dialog>
        <Dialog open=deleting id="delete-forward">
            <DeleteForm open=deleting doomed />
        </Dialog>
    }
}

fn called(forward: &Forward) -> String {
    if forward.description.trim().is_empty() { "No name".to_owned() } else { forward.description.clone() }
}

#[component]
fn Row(forward: Forward, doomed: RwSignal<Option<Forward>>, deleting: RwSignal<bool>) -> impl IntoView {
    let network = expect_context::<Network>();
    let (tone, icon, word) = match forward.on {
        Some(true) => (Tone::Ok, "check-circle", "On"),
        Some(false) => (Tone::Off, "offline", "Off"),
        None => (Tone::Off, "never", "Not known"),
    };
    let outside = forward.outside.map_or_else(|| "port not known".to_owned(), ports);
    let client = forward.client.clone();
    let host = network.part(move |view| {
        view.hosts
            .iter()
            .find(|host| host.address == client)
            .map(|host| host.name.clone())
            .filter(|name| !name.is_empty())
    });
    let inside = forward.inside.map(|port| format!(" port {port}")).unwrap_or_default();
    let only = (!forward.remote.is_empty()).then(|| format!(", only from {}", forward.remote));
    let name = called(&forward);
    let can = forward.can_delete && may(Permission::DeviceWrite);
    let label = format!("Delete {name}");
    let gone = forward.clone();
    view! {
        <tr>
            <th scope="row"><bdi>{name}</bdi></th>
            <td class="slot-end"><Status tone=tone icon=icon label=word.to_owned() class="status--text" /></td>
            <td data-label="From outside"><bdi>{forward.protocol}</bdi> " " {outside} <bdi>{only}</bdi></td>
            <td data-label="To">
                {move || host.get().map(|name| view! { <bdi>{name}</bdi> " " })}
                <bdi class="mono">{forward.client}</bdi>
                {inside}
            </td>
            <td class="cell-actions">
                {can
                    .then(|| {
                        view! {
                            <button
                                class="btn btn--ghost btn--icon btn--sm"
                                type="button"
                                aria-label=label.clone()
                                title=label
                                on:click=move |_| {
                                    doomed.set(Some(gone.clone()));
                                    deleting.set(true);
                                }
                            >
                                <Icon name="trash" />
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
}

#[component]
fn DeleteForm(open: RwSignal<bool>, doomed: RwSignal<Option<Forward>>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let forward = doomed.get_untracked().unwrap_or_default();
    let words = format!(
        "{} {} goes to {} no longer. It can be undone.",
        forward.protocol,
        forward.outside.map_or_else(String::new, ports),
        forward.client
    );
    let row = forward.row.clone();
    let go = move |_| {
        open.set(false);
        state.ask(TaskKind::DeleteObject { path: row.clone() }, || ());
    };
    view! {
        <DialogHead id="delete-forward" title=format!("Delete {}?", called(&forward)) tone=Tone::Warn icon="trash">
            <Who />
        </DialogHead>
        <div class="dialog__body"><p><bdi>{words}</bdi></p></div>
        <DialogFoot open>
            <button class="btn btn--danger" type="button" on:click=go>"Delete forward"</button>
        </DialogFoot>
    }
}

/// What was chosen and typed.
#[derive(Clone, Copy)]
struct Fields {
    host: RwSignal<String>,
    service: RwSignal<String>,
    name: RwSignal<String>,
    protocol: RwSignal<Protocol>,
    first: RwSignal<String>,
    last: RwSignal<String>,
    inside: RwSignal<String>,
}

impl Fields {
    /// A service fills in the rest.
    fn choose(self, name: &str) {
        self.service.set(name.to_owned());
        if let Some(service) = SERVICES.iter().find(|service| service.name == name) {
            self.name.set(service.name.to_owned());
            self.protocol.set(service.protocol);
            self.first.set(service.first.to_string());
            self.last.set(if service.last > service.first { service.last.to_string() } else { String::new() });
            self.inside.set(service.first.to_string());
        }
    }

    /// Keeps what was chosen and typed until it was sent.
    fn keep(self, device: model::DeviceId) -> Unsent {
        let protocol = self.protocol;
        let read = move || protocol.get().as_str().to_owned();
        let write = move |text: String| protocol.set(if text == "UDP" { Protocol::Udp } else { Protocol::Tcp });
        let fields = vec![
            Kept::text("host", self.host),
            Kept::text("service", self.service),
            Kept::text("name", self.name),
            Kept::new("protocol", read, write),
            Kept::text("first", self.first),
            Kept::text("last", self.last),
            Kept::text("inside", self.inside),
        ];
        keep_fields(&format!("forward of device {device}"), fields)
    }

    /// Tracked. The error says which field is no port.
    fn forward(self) -> Result<NewForward, String> {
        let first = self.first.get();
        let port = |text: &str, name: &str| {
            text.trim()
                .parse::<u16>()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| format!("{name}: a port is a number from 1 to 65535."))
        };
        let or_first = |text: String| if text.trim().is_empty() { first.clone() } else { text };
        Ok(NewForward {
            description: self.name.get().trim().to_owned(),
            protocol: self.protocol.get(),
            first: port(&first, "Outside port")?,
            last: port(&or_first(self.last.get()), "Last outside port")?,
            inside: port(&or_first(self.inside.get()), "Port in the home")?,
            client: self.host.get().trim().parse().ok(),
        })
    }
}

/// A device's name and address, for the list to choose from.
fn host_words(host: &Host) -> String {
    let name = if host.name.trim().is_empty() { &host.mac } else { &host.name };
    let gone = if host.active == Some(false) { ", gone" } else { "" };
    format!("{name} ({}{gone})", host.address)
}

#[component]
fn AddForm(open: RwSignal<bool>) -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let forwards = network.part(|view| view.forwards.clone().unwrap_or_default());
    let hosts: Vec<(String, String)> = network
        .part(|view| view.hosts.clone())
        .get_untracked()
        .iter()
        .filter(|host| !host.address.is_empty())
        .map(|host| (host.address.clone(), host_words(host)))
        .collect();
    let text = || RwSignal::new(String::new());
    let fields = Fields {
        host: RwSignal::new(expect_context::<Forwarding>().to.get_untracked()),
        service: text(),
        name: text(),
        protocol: RwSignal::new(Protocol::Tcp),
        first: text(),
        last: text(),
        inside: text(),
    };
    let unsent = fields.keep(state.id.get_untracked());
    let chosen = Memo::new(move |_| !fields.host.with(String::is_empty) && !fields.service.with(String::is_empty));
    let checked = Memo::new(move |_| checked(fields, &forwards.get()));
    let error =
        Memo::new(
            move |_| if chosen.get() && !fields.first.with(String::is_empty) { checked.get().err() } else { None },
        );
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Ok(forward) = checked.get_untracked() {
            open.set(false);
            let kind = forwards.with_untracked(|forwards| forward.task(forwards));
            let leaving = unsent.leaving();
            state.ask(kind, move || leaving.sent());
        }
    };
    let hosts =
        hosts.into_iter().map(|(address, words)| view! { <option value=address>{words}</option> }).collect_view();
    let services =
        SERVICES.iter().map(|service| view! { <option value=service.name>{service.name}</option> }).collect_view();
    let input = move |id: &'static str, label: &'static str, hint: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label class="field__label" for=id>{label} <span class="field__opt">{hint}</span></label>
                <input
                    class="input"
                    id=id
                    autocomplete="off"
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
            </div>
        }
    };
    view! {
        <form novalidate on:submit=submit>
            <DialogHead id="add-forward" title="Add a port forward">
                <Who />
            </DialogHead>
            <div class="dialog__body stack">
                <div class="field">
                    <label class="field__label" for="fwd-host">"Device in the home"</label>
                    <select
                        class="select"
                        id="fwd-host"
                        prop:value=move || fields.host.get()
                        on:change:target=move |event| fields.host.set(event.target().value())
                    >
                        <option value="">"Choose a device"</option>
                        {hosts}
                    </select>
                </div>
                <div class="field">
                    <label class="field__label" for="fwd-service">"What for"</label>
                    <select
                        class="select"
                        id="fwd-service"
                        prop:value=move || fields.service.get()
                        on:change:target=move |event| fields.choose(&event.target().value())
                    >
                        <option value="">"Choose a service"</option>
                        {services}
                        <option value=OTHER>"Something else"</option>
                    </select>
                </div>
                <Show when=move || fields.service.with(|service| service == OTHER)>
                    {input("fwd-name", "Name", "shown in the list", fields.name)}
                    <div class="field">
                        <label class="field__label" for="fwd-protocol">"Protocol"</label>
                        <select
                            class="select"
                            id="fwd-protocol"
                            prop:value=move || fields.protocol.get().as_str()
                            on:change:target=move |event| {
                                let udp = event.target().value() == "UDP";
                                fields.protocol.set(if udp { Protocol::Udp } else { Protocol::Tcp });
                            }
                        >
                            <option value="TCP">"TCP"</option>
                            <option value="UDP">"UDP"</option>
                        </select>
                    </div>
                    {input("fwd-first", "Outside port", "1 to 65535", fields.first)}
                    {input("fwd-last", "Last outside port", "only of a range", fields.last)}
                    {input("fwd-inside", "Port in the home", "the same if empty", fields.inside)}
                </Show>
                <p class="note" role="status">
                    {move || checked.get().ok().map(|forward| view! {
                        <span class="status" data-tone="warn">
                            <Icon name="globe" />
                            <span>
                                {format!("Everybody on the internet can then reach {} {} of this device.", forward.protocol.as_str(), ports((forward.inside, forward.inside)))}
                            </span>
                        </span>
                    })}
                </p>
                <p class="field__error" role="alert" hidden=move || error.with(Option::is_none)>
                    <Icon name="octagon" />
                    <span>{move || error.get().unwrap_or_default()}</span>
                </p>
            </div>
            <DialogFoot open>
                <Button
                    kind="submit"
                    class="btn--primary"
                    busy=state.sending
                    disabled=Signal::derive(move || checked.with(Result::is_err))
                >
                    "Add forward"
                </Button>
            </DialogFoot>
        </form>
    }
}

/// Tracked.
fn checked(fields: Fields, forwards: &Forwards) -> Result<NewForward, String> {
    let forward = fields.forward()?;
    forward.check(forwards)?;
    Ok(forward)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_fills_in_the_ports() {
        let owner = Owner::new();
        owner.with(|| {
            let text = || RwSignal::new(String::new());
            let fields = Fields {
                host: RwSignal::new("192.168.1.20".to_owned()),
                service: text(),
                name: text(),
                protocol: RwSignal::new(Protocol::Tcp),
                first: text(),
                last: text(),
                inside: text(),
            };
            assert!(fields.forward().is_err());
            fields.choose("Steam games");
            let forward = fields.forward().unwrap();
            assert_eq!(
                (forward.protocol, forward.first, forward.last, forward.inside),
                (Protocol::Udp, 27015, 27030, 27015)
            );
            fields.choose("SSH");
            let forward = fields.forward().unwrap();
            assert_eq!((forward.first, forward.last, forward.description.as_str()), (22, 22, "SSH"));
        });
    }

    #[test]
    fn a_device_without_a_name_is_told_by_its_hardware() {
        let host = Host {
            mac: "02:00:00:00:00:01".into(),
            address: "192.168.1.9".into(),
            active: Some(false),
            ..Host::default()
        };
        assert_eq!(host_words(&host), "02:00:00:00:00:01 (192.168.1.9, gone)");
    }
}
