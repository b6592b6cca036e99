//! A card for each radio: how busy it is, its channel, what uses it.

use super::Wifi;
use crate::clock::use_clock;
use crate::components::{Age, Button, Status, Tone};
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::STALE;
use crate::session::may;
use crate::unsent::keep_value;
use leptos::prelude::*;
use model::Permission;
use model::setting::{Setting, yes_no};
use model::task::{SetValue, TaskKind};
use model::wifi::{Radio, channel};

/// The word in the form for letting the router choose.
const AUTO: &str = "auto";

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

#[component]
fn ChannelForm(radio: Memo<Radio>, id: String) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let chosen = RwSignal::new(None::<String>);
    let place = id.clone();
    let unsent = keep_value(
        move || format!("channel of {place} of device {}", state.id.get()),
        chosen,
        |text| Some(Some(text.to_owned())),
        |chosen| chosen.clone().unwrap_or_default(),
    );
    let current = Memo::new(move |_| radio.with(current));
    let value = Memo::new(move |_| chosen.get().unwrap_or_else(|| current.get()));
    let options = Memo::new(move |_| radio.with(options));
    let paths: Signal<Vec<String>> = Signal::derive(move || radio.with(paths));
    let running = Memo::new(move |_| {
        let mine = paths.get();
        state
            .running(
                |kind| matches!(kind, TaskKind::SetValues { values } if values.iter().any(|v| mine.contains(&v.path))),
            )
            .is_some()
    });
    let can = Memo::new(move |_| {
        may(Permission::DeviceWrite)
            && radio.with(|radio| radio.channel.as_ref().is_some_and(|channel| channel.writable))
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let values = radio.with_untracked(|radio| move_to(radio, &value.get_untracked()));
        if !values.is_empty() {
            let leaving = unsent.leaving();
            state.ask(TaskKind::SetValues { values }, move || {
                leaving.sent();
                chosen.try_set(None);
            });
        }
    };
    let field = format!("{id}-channel");
    view! {
        <Show
            when=move || can.get()
            fallback=|| view! { <p class="field__hint">"The channel cannot be changed here."</p> }
        >
            <form on:submit=submit>
                <div class="field">
                    <label class="sr-only" for=field.clone()>"New channel"</label>
                    <div class="btn-row">
                        <select
                            class="select select--short"
                            id=field.clone()
                            prop:value=move || value.get()
                            on:change:target=move |event| chosen.set(Some(event.target().value()))
                        >
                            <For each=move || options.get() key=Clone::clone let:option>
                                {
                                    let words = option_words(&option);
                                    let selected = value.with_untracked(|value| *value == option);
                                    view! { <option value=option selected=selected>{words}</option> }
                                }
                            </For>
                        </select>
                        <Button
                            class="btn--sm"
                            kind="submit"
                            busy=running
                            disabled=Signal::derive(move || value.get() == current.get() && !running.get())
                        >
                            {move || if running.get() { "Changing channel" } else { "Change channel" }}
                        </Button>
                    </div>
                    <LastChange paths />
                </div>
            </form>
        </Show>
    }
}

fn option_words(option: &str) -> String {
    if option == AUTO { "Router chooses".to_owned() } else { format!("Channel {option}") }
}

fn paths(radio: &Radio) -> Vec<String> {
    [&radio.channel, &radio.auto].into_iter().flatten().map(|setting| setting.path.clone()).collect()
}

fn current(radio: &Radio) -> String {
    if radio.auto.as_ref().and_then(Setting::yes) == Some(true) {
        return AUTO.to_owned();
    }
    radio.channel.as_ref().and_then(|channel| channel.value.clone()).unwrap_or_default()
}

fn options(radio: &Radio) -> Vec<String> {
    let mut options = Vec::new();
    if radio.auto.as_ref().is_some_and(|auto| auto.writable) {
        options.push(AUTO.to_owned());
    }
    let usual = || channel::candidates(&radio.band, &[]);
    let channels = if radio.possible.is_empty() { usual() } else { radio.possible.clone() };
    options.extend(channels.into_iter().map(|channel| channel.to_string()));
    let now = current(radio);
    if !now.is_empty() && !options.contains(&now) {
        options.insert(usize::from(!options.is_empty()), now);
    }
    options
}

/// What has to be sent for a radio to use a channel, or to choose for itself.
pub fn move_to(radio: &Radio, wanted: &str) -> Vec<SetValue> {
    let auto = radio.auto.as_ref().filter(|auto| auto.writable);
    if wanted == AUTO {
        return auto.and_then(|auto| auto.change(yes_no(true))).into_iter().collect();
    }
    let Some(channel) = radio.channel.as_ref().filter(|channel| channel.writable && !wanted.is_empty()) else {
        return Vec::new();
    };
    // A radio that chooses for itself is told to stop, or it would leave the channel again.
    let stop = auto.and_then(|auto| auto.change(yes_no(false)));
    let stopped = stop.is_some();
    let channel = if stopped { Some(channel.set(wanted)) } else { channel.change(wanted) };
    stop.into_iter().chain(channel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::tree::ValueType;

    fn setting(path: &str, value: &str, value_type: ValueType) -> Setting {
        let value = Some(value.to_owned());
        Setting { value, path: path.into(), value_type, writable: true, read_at: None }
    }

    fn radio(auto: &str) -> Radio {
        Radio {
            band: "2.4 GHz".into(),
            channel: Some(setting("D.Channel", "6", ValueType::UnsignedInt)),
            auto: Some(setting("D.Auto", auto, ValueType::Boolean)),
            ..Radio::default()
        }
    }

    fn sent(radio: &Radio, wanted: &str) -> Vec<(String, String)> {
        move_to(radio, wanted).into_iter().map(|value| (value.path, value.value)).collect()
    }

    #[test]
    fn a_radio_that_chooses_for_itself_is_told_to_stop() {
        let pair = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        assert_eq!(sent(&radio("1"), "11"), [pair("D.Auto", "false"), pair("D.Channel", "11")]);
        assert_eq!(sent(&radio("1"), "6"), [pair("D.Auto", "false"), pair("D.Channel", "6")], "it stays there");
        assert_eq!(sent(&radio("0"), "11"), [pair("D.Channel", "11")]);
        assert_eq!(sent(&radio("0"), "6"), []);
        assert_eq!(sent(&radio("0"), AUTO), [pair("D.Auto", "true")]);
        assert_eq!(sent(&Radio { auto: None, ..radio("0") }, AUTO), []);
    }

    #[test]
    fn what_the_router_can_is_offered() {
        let mut some = radio("0");
        some.possible = vec![1, 2, 3];
        assert_eq!(options(&some), [AUTO, "6", "1", "2", "3"], "the odd one that it uses, too");
        assert_eq!(options(&radio("1")), [AUTO, "1", "6", "11"]);
    }

    #[test]
    fn a_radio_says_how_it_is() {
        let busy = |busy| look(&Radio { busy, ..radio("0") });
        assert_eq!(busy(Some(84)), (Tone::Bad, "Crowded"));
        assert_eq!(busy(Some(18)), (Tone::Ok, "Good"));
        assert_eq!(busy(None).0, Tone::Off, "not known is not good");
        let off = Radio { on: Some(setting("D.Enable", "0", ValueType::Boolean)), busy: Some(3), ..radio("0") };
        assert_eq!(look(&off).1, "Off");
    }
}
