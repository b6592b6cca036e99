//! Everything in the home that the router knows.

use super::Network;
use super::forwards::Forwarding;
use crate::components::{Age, Empty, Icon, Status, Tone};
use crate::locale::dbm;
use crate::pages::device::words::STALE;
use leptos::prelude::*;
use model::network::Host;
use model::time::duration;

#[component]
pub fn Hosts() -> impl IntoView {
    let network = expect_context::<Network>();
    let hosts = network.part(|view| view.hosts.clone());
    let read_at = network.part(|view| view.hosts_read_at);
    let words = move || {
        hosts.with(|hosts| {
            let active = hosts.iter().filter(|host| host.active == Some(true)).count();
            format!("{} known, {active} there", hosts.len())
        })
    };
    view! {
        <section class="card" aria-labelledby="hosts-h">
            <div class="card__head">
                <h3 id="hosts-h">"Devices in the home"</h3>
                <span class="card__meta">
                    {words}
                    {move || read_at.get().map(|at| view! { <Age at stale_after=STALE prefix=", read " suffix=" ago" /> })}
                </span>
            </div>
            <Show
                when=move || hosts.with(|hosts| !hosts.is_empty())
                fallback=|| {
                    view! { <Empty icon="router" title="No devices known" text="The router lists none, or does not offer a list." /> }
                }
            >
                <div class="table-scroll" tabindex="0" role="region" aria-label="Devices in the home, scrollable table">
                    <table class="table stackable">
                        <thead>
                            <tr>
                                <th scope="col">"Device"</th>
                                <th scope="col">"State"</th>
                                <th scope="col">"Address"</th>
                                <th scope="col">"Connection"</th>
                                <th scope="col">"MAC"</th>
                                <th scope="col" class="num">"Address for another"</th>
                                <th scope="col" class="cell-actions"><span class="sr-only">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            // A row stays, and with it the focus, while what is in it changes.
                            <For each=move || hosts.get() key=named let:host>
                                <Row host=row(hosts, &host) />
                            </For>
                        </tbody>
                    </table>
                </div>
            </Show>
        </section>
    }
}

/// What tells a device in the home from the others.
fn named(host: &Host) -> (String, String) {
    (host.mac.clone(), host.address.clone())
}

fn row(hosts: Memo<Vec<Host>>, host: &Host) -> Memo<Host> {
    let (name, first) = (named(host), host.clone());
    Memo::new(move |before: Option<&Host>| {
        let now = hosts.with(|hosts| hosts.iter().find(|host| named(host) == name).cloned());
        now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    })
}

#[component]
fn Row(host: Memo<Host>) -> impl IntoView {
    let forwarding = expect_context::<Forwarding>();
    let can_forward = Memo::new(move |_| host.with(|host| !host.address.is_empty()));
    let label = Memo::new(move |_| host.with(|host| format!("Forward a port to {}", called(host))));
    let gone = move || host.with(|host| host.active == Some(false)).then_some("");
    view! {
        <tr data-stale=gone>
            {move || view! { <Cells host=host.get() /> }}
            <td class="cell-actions">
                <Show when=move || can_forward.get() && forwarding.offered.get()>
                    <button
                        class="btn btn--ghost btn--icon btn--sm"
                        type="button"
                        aria-label=label
                        title=label
                        on:click=move |_| forwarding.begin(host.with_untracked(|host| host.address.clone()))
                    >
                        <Icon name="arrow-right" />
                    </button>
                </Show>
            </td>
        </tr>
    }
}

fn called(host: &Host) -> String {
    if host.name.trim().is_empty() { "No name".to_owned() } else { host.name.clone() }
}

#[component]
fn Cells(host: Host) -> impl IntoView {
    let name = called(&host);
    let (tone, icon, word) = match host.active {
        Some(true) => (Tone::Ok, "online", "There"),
        Some(false) => (Tone::Off, "offline", "Gone"),
        None => (Tone::Off, "never", "Not known"),
    };
    let address = if host.address.is_empty() { "Not known".to_owned() } else { host.address };
    let signal = host.signal.map(|level| format!(", {}", dbm(level)));
    let lease = host.lease.map_or_else(|| "Not known".to_owned(), duration);
    view! {
            <th scope="row"><bdi>{name}</bdi></th>
            <td class="slot-end"><Status tone=tone icon=icon label=word.to_owned() class="status--text" /></td>
            <td data-label="Address"><bdi class="mono">{address}</bdi></td>
            <td data-label="Connection">{host.medium.label()} {signal}</td>
            <td data-label="MAC">
                <bdi class="mono">{host.mac}</bdi>
                {(!host.maker.is_empty()).then(|| view! { " " <small class="muted">{host.maker}</small> })}
            </td>
            <td class="num" data-label="Address for another">{lease}</td>
    }
}
