//! The router's own pages, reached from outside.

use super::{Network, sets_one_of};
use crate::components::{Button, Icon, Status, Tone};
use crate::pages::device::state::DeviceState;
use crate::pages::device::wifi::LastChange;
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::setting::yes_no;
use model::task::TaskKind;

/// Only where the router offers it, and only to close it: a door that nobody closes again is worse than none.
#[component]
pub fn RemoteCard() -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let remote = network.part(|view| view.remote.clone());
    let open = Memo::new(move |_| remote.with(|remote| remote.as_ref().and_then(|remote| remote.on.yes())));
    let paths: Signal<Vec<String>> =
        Signal::derive(move || remote.with(|remote| remote.iter().map(|one| one.on.path.clone()).collect()));
    let running = Memo::new(move |_| sets_one_of(state, &paths.get()));
    let close = Callback::new(move |_| {
        let values = remote
            .with_untracked(|remote| remote.iter().filter_map(|one| one.on.change(yes_no(false))).collect::<Vec<_>>());
        if !values.is_empty() {
            state.ask(TaskKind::SetValues { values }, || ());
        }
    });
    view! {
        <Show when=move || remote.with(Option::is_some)>
            <section class="card" aria-labelledby="remote-h">
                <div class="card__head">
                    <h3 id="remote-h">"Its own pages from outside"</h3>
                    <Status
                        tone=Signal::derive(move || match open.get() {
                            Some(true) => Tone::Warn,
                            Some(false) => Tone::Ok,
                            None => Tone::Off,
                        })
                        label=Signal::derive(move || {
                            match open.get() {
                                Some(true) => "Open",
                                Some(false) => "Closed",
                                None => "Not known",
                            }
                            .to_owned()
                        })
                        class="status--text"
                    />
                    <span class="card__end">
                        <Show when=move || open.get() == Some(true) && may(Permission::DeviceWrite)>
                            <Button class="btn--sm" busy=running on_click=close>"Close"</Button>
                        </Show>
                    </span>
                </div>
                <div class="card__body stack stack--sm">
                    <p class="field__hint">
                        {move || match open.get() {
                            Some(true) => view! {
                                <Icon name="alert" />
                                " Everybody on the internet can try to sign in to this router."
                            }
                                .into_any(),
                            _ => "Nobody on the internet can open the pages of this router.".into_any(),
                        }}
                    </p>
                    <LastChange paths />
                </div>
            </section>
        </Show>
    }
}
