//! The routers at a line.

use super::api::{SubscriberDetail, unlink_device};
use super::choose::{ChooseDialog, Side};
use crate::components::{Button, Deed, Dialog, DialogFoot, DialogHead, Icon, PresenceStatus, Refused, Tone, follows};
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::device::DeviceRow;

#[component]
pub fn Routers(detail: Signal<Option<SubscriberDetail>>, changed: Callback<()>) -> impl IntoView {
    let choosing = RwSignal::new(false);
    let leaving = RwSignal::new(None::<DeviceRow>);
    let rows = move || detail.get().map(|detail| detail.devices).unwrap_or_default();
    let expected = move || detail.get().map(|detail| detail.expected).unwrap_or_default();
    let none = Memo::new(move |_| rows().is_empty() && expected().is_empty());
    let may_link = may(Permission::SubscriberLink);
    let side = Memo::new(move |_| detail.get().map(|detail| detail.subscriber.id));
    view! {
        <section class="card" aria-labelledby="routers-h">
            <div class="card__head card__head--line">
                <h2 id="routers-h">"Routers"</h2>
                {may_link
                    .then(|| {
                        view! {
                            <span class="card__end">
                                <Button class="btn--sm" icon="plus" on_click=Callback::new(move |_| choosing.set(true))>
                                    "Link a router"
                                </Button>
                            </span>
                        }
                    })}
            </div>
            <Show when=move || none.get()>
                <p class="card__body card__body--top muted">"No router is at this line."</p>
            </Show>
            <ul class="rowlist">
                {move || {
                    rows()
                        .into_iter()
                        .map(|row| view! { <Router row leaving may_link /> })
                        .collect_view()
                }}
                {move || {
                    expected()
                        .into_iter()
                        .map(|serial| {
                            view! {
                                <li class="rowlink">
                                    <Icon name="hourglass" />
                                    <span class="rowlink__main">
                                        <b class="mono"><bdi>{serial}</bdi></b>
                                        <small>"Is linked when it checks in for the first time."</small>
                                    </span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            {move || {
                side.get().filter(|_| may_link).map(|id| {
                    view! { <ChooseDialog open=choosing side=Signal::stored(Side::Subscriber(id)) done=changed /> }
                })
            }}
            {may_link.then(|| view! { <Unlink detail leaving changed /> })}
        </section>
    }
}

#[component]
fn Router(row: DeviceRow, leaving: RwSignal<Option<DeviceRow>>, may_link: bool) -> impl IntoView {
    let href = format!("/devices/{}", row.id);
    let serial = row.identity.serial.clone();
    let subject = row.clone();
    view! {
        <li class="rowlink">
            <Icon name="router" />
            <span class="rowlink__main">
                <a href=href><b><bdi>{row.model.clone()}</bdi></b></a>
                <small><bdi class="mono">{serial.clone()}</bdi></small>
            </span>
            <span class="rowlink__end">
                <PresenceStatus row=Signal::stored(row) />
                {may_link
                    .then(|| {
                        view! {
                            <button
                                class="btn btn--ghost btn--icon btn--sm" type="button" title="Unlink"
                                aria-label=format!("Unlink {serial}")
                                on:click=move |_| leaving.set(Some(subject.clone()))
                            >
                                <Icon name="x" />
                            </button>
                        }
                    })}
            </span>
        </li>
    }
}

#[component]
fn Unlink(
    detail: Signal<Option<SubscriberDetail>>,
    leaving: RwSignal<Option<DeviceRow>>,
    changed: Callback<()>,
) -> impl IntoView {
    let open = follows(leaving);
    let deed = Deed::default();
    let go = move |_| {
        let pair = leaving.get_untracked().zip(detail.get_untracked());
        let Some((row, detail)) = pair else { return };
        deed.run(unlink_device(row.id, detail.subscriber.id), move |()| {
            open.try_set(false);
            changed.run(());
        });
    };
    let name = move || detail.get_untracked().map(|detail| detail.subscriber.name).unwrap_or_default();
    let serial = move || leaving.get_untracked().map(|row| row.identity.serial).unwrap_or_default();
    view! {
        <Dialog open id="unlink">
            <DialogHead id="unlink" title="Unlink this router?" tone=Tone::Warn icon="router">
                <bdi class="mono">{serial()}</bdi> " of " <bdi>{name()}</bdi>
            </DialogHead>
            <div class="dialog__body">
                <Refused deed />
                <p>"The router keeps working. It belongs to nobody until somebody links it again; rules leave it alone until it reports something new."</p>
            </div>
            <DialogFoot open>
                <Button class="btn--primary" busy=deed.busy on_click=Callback::new(go)>"Unlink"</Button>
            </DialogFoot>
        </Dialog>
    }
}
