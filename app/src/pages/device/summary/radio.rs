//! A Wi-Fi radio in short, with the form that changes its channel.

use crate::components::Age;
use crate::pages::device::channel::ChannelForm;
use crate::pages::device::state::DeviceState;
use leptos::prelude::*;
use model::setting::Setting;
use model::wifi::Radio;

/// The radio at `index` of the device's list.
#[component]
pub fn RadioForm(index: usize) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let radio = Memo::new(move |before: Option<&Radio>| {
        let now = state.view().and_then(|view| view.wifi_radios.get(index).cloned());
        now.or_else(|| before.cloned()).unwrap_or_default()
    });
    let name = move || radio.with(|radio| radio.ssid.clone()).unwrap_or_else(|| "no name known".to_owned());
    let read = move || radio.with(|radio| radio.read_at).map(|at| view! { <Age at /> });
    let clients = move || match radio.with(|radio| radio.clients) {
        None => "Not known".to_owned(),
        Some(1) => "1 device".to_owned(),
        Some(count) => format!("{count} devices"),
    };
    let now = Signal::derive(move || radio.with(now_words));
    view! {
        <div class="radio-form" role="group" aria-label=move || format!("{} radio", radio.with(|radio| radio.band.clone()))>
            <p>
                <b>{move || radio.with(|radio| radio.band.clone())}</b>
                " "
                <span class="muted"><bdi>{name}</bdi></span>
            </p>
            <dl class="kv">
                <div>
                    <dt>"Channel"</dt>
                    <dd class="kv__v">{now}</dd>
                    <dd class="age">{read}</dd>
                </div>
                <div>
                    <dt>"Connected"</dt>
                    <dd class="kv__v">{clients}</dd>
                    <dd class="age">{read}</dd>
                </div>
            </dl>
            <ChannelForm radio id=format!("radio-{index}") now />
        </div>
    }
}

fn now_words(radio: &Radio) -> String {
    let channel = match radio.channel.as_ref().and_then(|channel| channel.value.as_deref()) {
        None | Some("") => return "Not known".to_owned(),
        // TR-098 radios that choose for themselves may say 0.
        Some("0") => "not fixed".to_owned(),
        Some(channel) => format!("channel {channel}"),
    };
    let auto = radio.auto.as_ref().and_then(Setting::yes) == Some(true);
    if auto { format!("{channel}, chosen by the router") } else { channel }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(value: &str) -> Setting {
        let value_type = model::tree::ValueType::default();
        Setting { path: "D.A".into(), value: Some(value.into()), value_type, writable: true, read_at: None }
    }

    #[test]
    fn unknown_channels_are_said_to_be_unknown() {
        let said = |channel: Option<&str>, auto: Option<&str>| {
            now_words(&Radio { channel: channel.map(setting), auto: auto.map(setting), ..Radio::default() })
        };
        assert_eq!(said(None, Some("1")), "Not known");
        assert_eq!(said(Some("6"), Some("1")), "channel 6, chosen by the router");
        assert_eq!(said(Some("0"), Some("1")), "not fixed, chosen by the router");
        assert_eq!(said(Some("6"), Some("0")), "channel 6");
        assert_eq!(said(Some("6"), None), "channel 6");
    }
}
