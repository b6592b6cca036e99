//! The factory reset: it cannot be taken back, so the serial number has to be typed.

use super::head::Who;
use super::state::DeviceState;
use crate::components::{Dialog, DialogFoot, DialogHead, Icon, Tone};
use leptos::prelude::*;
use model::task::TaskKind;

#[component]
pub fn ResetDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open id="reset">
            <Inside open />
        </Dialog>
    }
}

#[component]
fn Inside(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let serial = state.row().with_untracked(|row| row.identity.serial.clone());
    let typed = RwSignal::new(String::new());
    let expected = serial.clone();
    let sure = Memo::new(move |_| typed.with(|typed| confirms(typed, &expected)));
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if sure.get_untracked() {
            open.set(false);
            state.ask(TaskKind::FactoryReset, || ());
        }
    };
    view! {
        <form on:submit=go>
            <DialogHead id="reset" title="Reset to factory settings?" tone=Tone::Bad icon="undo">
                <Who />
            </DialogHead>
            <div class="dialog__body">
                <ul class="impact">
                    <li data-tone="bad">
                        <Icon name="wifi" />
                        <span>"Wi-Fi names and passwords go back to the sticker. Everything at home must sign in again."</span>
                    </li>
                    <li data-tone="bad">
                        <Icon name="sliders" />
                        <span>"Port rules, reserved addresses and all other settings of this router are lost."</span>
                    </li>
                    <li data-tone="warn">
                        <Icon name="globe" />
                        <span>"Internet, Wi-Fi and phone are down until it is back. This cannot be undone."</span>
                    </li>
                </ul>
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
                <button class="btn btn--danger" type="submit" disabled=move || !sure.get()>"Reset to factory"</button>
            </DialogFoot>
        </form>
    }
}

/// Whether the typed serial number is the device's; case and surrounding space do not matter.
fn confirms(typed: &str, serial: &str) -> bool {
    let typed = typed.trim();
    !typed.is_empty() && typed.eq_ignore_ascii_case(serial.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_serial_confirms() {
        assert!(confirms(" kstl8f21c04d ", "KSTL8F21C04D"));
        for wrong in ["", " ", "KSTL8F21C04", "KSTL8F21C04D1"] {
            assert!(!confirms(wrong, "KSTL8F21C04D"), "{wrong:?}");
        }
        assert!(!confirms("", ""));
    }
}
