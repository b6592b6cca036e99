//! A password of the Wi-Fi, or of the internet login, that the router tells: shown to who may, for a reason that is written
//! down, and hidden again soon.

use crate::PortalError;
use crate::components::{Deed, Dialog, DialogFoot, DialogHead, Field, Icon, Tone};
use crate::pages::device::head::Who;
use crate::pages::device::state::DeviceState;
use crate::session::may;
use leptos::ev;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::wifi::reveal::{REASON_MAX, Revealed, SHOWN_SECONDS, check_reason};
use model::{DeviceId, Permission};
use std::time::Duration;

/// The answer is for nobody to keep: the gate in front of all functions says `no-store`.
#[server(prefix = "/fn", endpoint = "device/reveal", input = Json)]
pub async fn reveal_password(device: DeviceId, path: String, reason: String) -> Result<Revealed, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.reveal_password(&actor, device, &path, &reason).await?)
}

/// Where a password stands.
#[derive(Clone, PartialEq)]
pub struct Place {
    pub path: String,
    /// Whose it is, such as `2.4 GHz`.
    pub of: String,
}

/// What of one form is shown, or about to be.
#[derive(Clone, Copy)]
pub struct Reveal {
    open: RwSignal<bool>,
    asked: RwSignal<Option<Place>>,
    shown: RwSignal<Option<(String, Revealed)>>,
    /// Counts what was shown, so that an old timer does not hide what is new.
    turn: StoredValue<u32>,
}

impl Reveal {
    /// Gives it to the form, and hides what is shown when the window is left.
    pub fn provide() -> Self {
        let reveal = Self {
            open: RwSignal::new(false),
            asked: RwSignal::new(None),
            shown: RwSignal::new(None),
            turn: StoredValue::new(0),
        };
        provide_context(reveal);
        Effect::new(move |_| {
            let listener = window_event_listener(ev::blur, move |_| reveal.hide());
            on_cleanup(move || listener.remove());
        });
        reveal
    }

    fn hide(self) {
        self.shown.try_set(None);
    }

    fn show(self, path: String, password: Revealed) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.shown.set(Some((path, password)));
        let hide = move || {
            if self.turn.try_get_value() == Some(turn) {
                self.hide();
            }
        };
        set_timeout(hide, Duration::from_secs(SHOWN_SECONDS));
    }
}

/// The passwords that the router tells; without any, `untold`.
#[component]
pub fn Told(places: Memo<Vec<Place>>, untold: &'static str) -> impl IntoView {
    view! {
        <Show
            when=move || places.with(|places| !places.is_empty())
            fallback=move || {
                view! {
                    <span class="field__readback">
                        <Icon name="info" />
                        <span>{untold}</span>
                    </span>
                }
            }
        >
            <For each=move || places.get() key=|place| place.path.clone() let:place>
                <One place />
            </For>
        </Show>
    }
}

#[component]
fn One(place: Place) -> impl IntoView {
    let reveal = expect_context::<Reveal>();
    let path = place.path.clone();
    let now = Memo::new(move |_| {
        reveal.shown.with(|shown| shown.as_ref().filter(|(shown, _)| *shown == path).map(|(_, one)| one.value.clone()))
    });
    let of = place.of.clone();
    let offered = may(Permission::PasswordReveal);
    let button = offered.then(|| {
        let named = place.of.clone();
        let label = move || {
            let verb = if now.with(Option::is_some) { "Hide" } else { "Show" };
            format!("{verb} the password of {named}")
        };
        let click = move |_| {
            if now.with_untracked(Option::is_some) {
                reveal.hide();
            } else {
                reveal.asked.set(Some(place.clone()));
                reveal.open.set(true);
            }
        };
        view! {
            <button class="linkbtn" type="button" aria-label=label on:click=click>
                {move || if now.with(Option::is_some) { "Hide" } else { "Show" }}
            </button>
        }
    });
    view! {
        <span class="field__readback">
            <Icon name="key" />
            <span>
                {of} ": "
                <b class="mono">
                    <bdi>{move || now.get().unwrap_or_else(|| "••••••••".to_owned())}</bdi>
                </b>
            </span>
            {button}
        </span>
    }
}

/// Asks for the reason. Beside the form it belongs to: forms do not stand inside one another.
#[component]
pub fn RevealDialog(reveal: Reveal, id: &'static str) -> impl IntoView {
    view! {
        <Dialog open=reveal.open id>
            <Inside reveal id />
        </Dialog>
    }
}

#[component]
fn Inside(reveal: Reveal, id: &'static str) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let reason = RwSignal::new(String::new());
    let deed = Deed::default();
    let of = reveal.asked.with_untracked(|asked| asked.as_ref().map(|place| place.of.clone()).unwrap_or_default());
    let go = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(place) = reveal.asked.get_untracked() else { return };
        let why = match reason.with_untracked(|reason| check_reason(reason)) {
            Ok(why) => why,
            Err(rule) => {
                deed.refuse(rule);
                return;
            }
        };
        let device = state.id.get_untracked();
        deed.run(reveal_password(device, place.path.clone(), why), move |password| {
            // Nothing is shown to somebody who has closed the dialog meanwhile.
            if reveal.open.try_get_untracked() == Some(true) {
                reveal.open.set(false);
                reveal.show(place.path, password);
            }
        });
    };
    let field = format!("{id}-why");
    view! {
        <form on:submit=go>
            <DialogHead id title=format!("Show the password of {of}") tone=Tone::Warn icon="eye">
                <Who />
            </DialogHead>
            <div class="dialog__body">
                <p>
                    {format!(
                        "Your name and the reason are written into the timeline of this router. The password is hidden again \
                         after {SHOWN_SECONDS} seconds.",
                    )}
                </p>
                <Field id=field.clone() label="Reason" error=deed.refused()>
                    <input
                        class="input"
                        id=field.clone()
                        autocomplete="off"
                        maxlength=REASON_MAX.to_string()
                        aria-describedby=format!("{field}-hint {field}-err")
                        prop:value=move || reason.get()
                        on:input:target=move |event| reason.set(event.target().value())
                    />
                </Field>
            </div>
            <DialogFoot open=reveal.open>
                <button class="btn btn--primary" type="submit" aria-disabled=move || deed.busy.get().then_some("true")>
                    "Show it"
                </button>
            </DialogFoot>
        </form>
    }
}
