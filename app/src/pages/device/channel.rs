//! Changing the channel of a radio: the same form wherever a radio is shown.

use super::last_change::LastChange;
use super::state::DeviceState;
use crate::components::Button;
use crate::session::may;
use crate::unsent::keep_value;
use leptos::prelude::*;
use model::Permission;
use model::setting::{Setting, yes_no};
use model::task::{SetValue, TaskKind};
use model::wifi::{Radio, channel};

/// The word in the form for letting the router choose.
const AUTO: &str = "auto";

/// The select and the button; or why there are none.
#[component]
pub fn ChannelForm(
    radio: Memo<Radio>,
    /// What the ids in the form begin with.
    id: String,
    /// What the router uses now, where it does not stand beside the form.
    #[prop(optional, into)]
    now: Option<Signal<String>>,
) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    // `None`: nothing chosen, the field follows the router.
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
    let writable =
        Memo::new(move |_| radio.with(|radio| radio.channel.as_ref().is_some_and(|channel| channel.writable)));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if running.get_untracked() {
            return;
        }
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
    let describes = format!("{id}-now");
    let described = now.map(|_| describes.clone());
    view! {
        <Show
            when=move || writable.get() && may(Permission::DeviceWrite)
            fallback=move || {
                let why = if writable.get() {
                    "Your role does not allow changing the channel."
                } else {
                    "This router does not let the channel be changed."
                };
                view! { <p class="field__hint">{why}</p> }
            }
        >
            <form on:submit=submit>
                <div class="field">
                    <label class="sr-only" for=field.clone()>"New channel"</label>
                    <div class="btn-row">
                        <select
                            class="select select--short"
                            id=field.clone()
                            aria-describedby=described.clone()
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
                    {now.map(|now| {
                        view! {
                            <span class="field__readback" id=describes.clone()>
                                <span>"On the router now: " <b>{now}</b></span>
                            </span>
                        }
                    })}
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
    let channels = match channel::candidates(&radio.band, &[]) {
        _ if !radio.possible.is_empty() => radio.possible.clone(),
        // Nothing is known of the band: the router refuses what it does not have.
        usual if usual.is_empty() => (1..=13).chain((36..=64).step_by(4)).chain((100..=140).step_by(4)).collect(),
        usual => usual,
    };
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
        let unknown = options(&Radio { band: "Radio 3".into(), ..radio("0") });
        assert!(["1", "13", "36", "140"].iter().all(|channel| unknown.iter().any(|option| option == channel)));
    }
}
