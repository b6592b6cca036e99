//! How Lastmile talks with the device: what goes over the line, what was learnt, what an operator decided.

mod advanced;
mod api;
mod decisions;
mod exchange;
mod learnt;
mod modules;
mod trace;

pub use api::{
    DecideProtocol, DiscardTrace, ForgetLearnt, LoadExchange, LoadProtocol, LoadTrace, LoadTraces, ResetLogin,
    StartTrace, StopTrace, TryAgain, load_traces, start_trace, try_again,
};
pub use trace::{MINUTES, TraceCard};

use super::state::DeviceState;
use crate::PortalError;
use crate::components::{ErrorView, Skeleton};
use crate::session::may;
use advanced::Advanced;
use api::load_protocol;
use decisions::Decisions;
use learnt::Learnt;
use leptos::prelude::*;
use model::Permission;
use model::protocol::{ProtocolView, TraceKey};
use modules::{Installed, Modules, installed};

/// What is known of the device, shared by the cards of the section.
#[derive(Clone, Copy)]
struct Protocol {
    loaded: Resource<Result<ProtocolView, PortalError>>,
}

impl Protocol {
    /// Part of it; keeps what it had while another load fails. Tracked.
    fn part<T: Clone + PartialEq + Send + Sync + 'static>(self, read: fn(&ProtocolView) -> T) -> Memo<Option<T>> {
        Memo::new(move |before: Option<&Option<T>>| {
            let view = self.loaded.get().and_then(Result::ok);
            view.as_ref().map(read).or_else(|| before.cloned().flatten())
        })
    }
}

/// `/devices/:id/protocol`
#[component]
pub fn ProtocolTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let protocol = Protocol { loaded: Resource::new_blocking(move || state.id.get(), load_protocol) };
    provide_context(protocol);
    let modules = installed(state);
    let key = Memo::new(move |_| TraceKey::Device(state.id.get()));
    view! {
        <div class="stack">
            {may(Permission::DeviceManage)
                .then(|| {
                    view! {
                        <TraceCard key />
                        <p class="muted">
                            "A router that does not get in has no page: "
                            <a href="/traces">"traces by serial number or address"</a>
                            "."
                        </p>
                    }
                })}
            <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                <Cards protocol modules />
            </Transition>
        </div>
    }
}

#[component]
fn Cards(protocol: Protocol, modules: Installed) -> impl IntoView {
    let failed = Memo::new(move |_| protocol.loaded.get().and_then(Result::err));
    move || match failed.get() {
        Some(error) => view! { <section class="card"><ErrorView error /></section> }.into_any(),
        None => view! {
            <Learnt protocol />
            <Decisions protocol />
            <Modules loaded=modules />
            <Advanced />
        }
        .into_any(),
    }
}
