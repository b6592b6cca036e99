//! A card for each radio: how busy it is, its channel, what uses it.

use super::Wifi;
use crate::clock::use_clock;
use crate::components::{Age, Status, Tone};
use crate::pages::device::channel::ChannelForm;
use crate::pages::device::words::STALE;
use leptos::prelude::*;
use model::setting::Setting;
use model::wifi::Radio;

#[component]
pub fn Radios() -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let bands = wifi.part(|view| view.radios.iter().map(|radio| radio.band.clone()).collect::<Vec<_>>());
    view! {
        <div class="radio-grid">
            <For each=move || bands.get() key=Clone::clone let:band>
                <RadioCard band />
            </For>
        </div>
    }
}

/// How busy a radio is, in a word.
fn look(radio: &Radio) -> (Tone, &'static str) {
    match (radio.on.as_ref().and_then(Setting::yes), radio.busy) {
        (Some(false), _) => (Tone::Off, "Off"),
        (_, Some(70..)) => (Tone::Bad, "Crowded"),
        (_, Some(45..=69)) => (Tone::Warn, "Busy"),
        (_, Some(_)) => (Tone::Ok, "Good"),
        (_, None) => (Tone::Off, "How busy is not known"),
    }
}

#[component]
fn RadioCard(band: String) -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let clock = use_clock();
    let wanted = band.clone();
    let radio = wifi.part(move |view| view.radio(&wanted).cloned().unwrap_or_default());
    let id = format!("radio-{}", band.replace([' ', '.'], "-"));
    let (named, heading) = (id.clone(), id.clone());
    let tone = Signal::derive(move || radio.with(look).0);
    let word = Signal::derive(move || radio.with(look).1.to_owned());
    let stale = Memo::new(move |_| radio.with(|radio| radio.read_at).is_some_and(|at| clock.now().since(at) > STALE));
    let busy = move || {
        radio.with(|radio| radio.busy).map(|busy| {
            view! {
                <div class="meter-bar" data-tone=tone.get().as_str() role="img" aria-label=format!("Busy {busy} percent")>
                    <span style=format!("--v: {}%", busy.min(100))></span>
                </div>
            }
        })
    };
    let channel = move || radio.with(channel_words);
    view! {
        <section class="card radio-card" aria-labelledby=named>
            <div class="card__head">
                <h3 id=heading>{band.clone()}</h3>
                <Status tone label=word class="status--text" />
                <span class="card__end">
                    {move || {
                        radio.with(|radio| radio.read_at).map(|at| {
                            view! { <Age at stale_after=STALE prefix="read " suffix=" ago" /> }
                        })
                    }}
                </span>
            </div>
            <div class="card__body stack stack--sm">
                {busy}
                <dl class="stats" data-stale=move || stale.get().then_some("")>
                    <div>
                        <dt>"Busy"</dt>
                        <dd>{move || known(radio.with(|radio| radio.busy), " %")}</dd>
                    </div>
                    <div>
                        <dt>"Channel"</dt>
                        <dd>{move || channel().0} " " <small>{move || channel().1}</small></dd>
                    </div>
                    <div>
                        <dt>"Width"</dt>
                        <dd>{move || known(radio.with(|radio| radio.width), " MHz")}</dd>
                    </div>
                    <div>
                        <dt>"Devices"</dt>
                        <dd>{move || known(radio.with(|radio| radio.clients), "")}</dd>
                    </div>
                </dl>
                <ChannelForm radio id />
            </div>
        </section>
    }
}

fn known(number: Option<u32>, unit: &str) -> AnyView {
    match number {
        Some(number) => view! { {number} <small>{unit.to_owned()}</small> }.into_any(),
        None => view! { <small>"Not known"</small> }.into_any(),
    }
}

/// The channel, and who chooses it.
fn channel_words(radio: &Radio) -> (String, &'static str) {
    let set = radio.channel.as_ref().and_then(|channel| channel.value.clone()).filter(|channel| channel != "0");
    let channel = radio.channel_in_use.map(|channel| channel.to_string()).or(set);
    let by = match radio.auto.as_ref().and_then(Setting::yes) {
        Some(true) => "auto",
        Some(false) => "auto off",
        None => "",
    };
    (channel.unwrap_or_else(|| "Not known".to_owned()), by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::tree::ValueType;

    #[test]
    fn a_radio_says_how_it_is() {
        let busy = |busy| look(&Radio { busy, ..Radio::default() });
        assert_eq!(busy(Some(84)), (Tone::Bad, "Crowded"));
        assert_eq!(busy(Some(18)), (Tone::Ok, "Good"));
        assert_eq!(busy(None).0, Tone::Off, "not known is not good");
        let on = Setting {
            path: "D.Enable".into(),
            value: Some("0".into()),
            value_type: ValueType::Boolean,
            writable: true,
            read_at: None,
        };
        let off = Radio { on: Some(on), busy: Some(3), ..Radio::default() };
        assert_eq!(look(&off).1, "Off");
    }
}
