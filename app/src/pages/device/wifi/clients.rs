//! What uses the Wi-Fi, the weakest first.

use super::Wifi;
use crate::clock::use_clock;
use crate::components::{Age, Empty};
use crate::locale::quantity;
use crate::pages::device::signal::SignalLevel;
use crate::pages::device::words::STALE;
use leptos::prelude::*;
use model::time::duration;
use model::wifi::Client;

#[component]
pub fn Clients() -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let clients = wifi.part(|view| view.clients.clone());
    let count = Memo::new(move |_| clients.with(|list| list.iter().filter(|client| client.active).count()));
    let read_at = Memo::new(move |_| clients.with(|list| list.iter().filter_map(|client| client.read_at).max()));
    view! {
        <section class="card" aria-labelledby="clients-h">
            <div class="card__head">
                <h3 id="clients-h">"Devices on Wi-Fi"</h3>
                <span class="card__meta">
                    {move || count.get()}
                    {move || {
                        read_at.get().map(|at| view! { <Age at stale_after=STALE prefix=", read " suffix=" ago" /> })
                    }}
                    ", weakest first"
                </span>
            </div>
            <Show
                when=move || clients.with(|list| !list.is_empty())
                fallback=|| {
                    view! { <Empty icon="wifi" title="No device on Wi-Fi" text="The router lists none. It may be off, or nobody is at home." /> }
                }
            >
                <div class="table-scroll" tabindex="0" role="region" aria-label="Devices on Wi-Fi, scrollable table">
                    <table class="table stackable">
                        <thead>
                            <tr>
                                <th scope="col">"Device"</th>
                                <th scope="col">"Band"</th>
                                <th scope="col">"Signal"</th>
                                <th scope="col" class="num">"Link rate"</th>
                                <th scope="col" class="num">
                                    <span title="Share of data that had to be sent again">"Sent twice"</span>
                                </th>
                                <th scope="col" class="num">"Connected for"</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=move || clients.get() key=|client| format!("{client:?}") let:client>
                                <Row client />
                            </For>
                        </tbody>
                    </table>
                </div>
            </Show>
        </section>
    }
}

#[component]
fn Row(client: Client) -> impl IntoView {
    let clock = use_clock();
    let read_at = client.read_at;
    let old = Memo::new(move |_| read_at.is_some_and(|at| clock.now().since(at) > STALE));
    let active = client.active;
    let signal = match client.signal {
        None => view! { <span class="muted">"Not known"</span> }.into_any(),
        Some(level) => view! { <SignalLevel level /> }.into_any(),
    };
    let rate = client.rate.map_or_else(|| "Not known".to_owned(), |kbit| quantity(f64::from(kbit), "kbit/s"));
    let twice = client.retransmissions.map_or_else(|| "Not known".to_owned(), |share| format!("{share} %"));
    let since = client.since;
    // Up to the moment when it was read: what happened since is not known.
    let connected = since.zip(read_at).map_or_else(
        || "Not known".to_owned(),
        |(since, read)| duration(u64::try_from(read.since(since) / 1000).unwrap_or(0)),
    );
    view! {
        <tr data-stale=move || (old.get() || !active).then_some("")>
            <th scope="row">
                <bdi title=client.mac.clone()>{client.name}</bdi>
                {(!active).then(|| view! { " " <span class="muted">"gone"</span> })}
            </th>
            <td><bdi>{client.band}</bdi></td>
            <td class="slot-end">{signal}</td>
            <td class="num" data-label="Link rate">{rate}</td>
            <td class="num" data-label="Sent twice">{twice}</td>
            <td class="num muted" data-label="for">{connected}</td>
        </tr>
    }
}
