//! A Wi-Fi radio with the form that changes its channel.

use crate::components::{Age, Button, Icon, Tone, task_look};
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::outcome;
use crate::session::may;
use crate::unsent::keep_value;
use leptos::prelude::*;
use model::Permission;
use model::device::RadioView;
use model::task::{SetValue, TaskKind, TaskView};
use model::tree::ValueType;

/// The word in the form for letting the router choose.
const AUTO: &str = "auto";

/// The radio at `index` of the device's list.
#[component]
pub fn RadioForm(index: usize) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let radio = Memo::new(move |before: Option<&Option<RadioView>>| {
        let now = state.view().and_then(|view| view.radios.get(index).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let get = move || radio.get().unwrap_or_else(unknown);
    let path = Memo::new(move |_| get().channel_path);
    let title = move || {
        let radio = get();
        view! {
            <b>{radio.band}</b>
            " "
            <span class="muted"><bdi>{radio.ssid.unwrap_or_else(|| "no name known".to_owned())}</bdi></span>
        }
    };
    let clients = move || match get().clients {
        None => "Not known".to_owned(),
        Some(1) => "1 device".to_owned(),
        Some(count) => format!("{count} devices"),
    };
    let writable = Memo::new(move |_| {
        let radio = get();
        radio.channel_writable && radio.channel_path.is_some()
    });
    view! {
        <div class="radio-form" role="group" aria-label=move || format!("{} radio", get().band)>
            <p>{title}</p>
            <dl class="kv">
                <div>
                    <dt>"Channel"</dt>
                    <dd class="kv__v">{move || now_words(&get())}</dd>
                    <dd class="age">{move || get().read_at.map(|at| view! { <Age at /> })}</dd>
                </div>
                <div>
                    <dt>"Connected"</dt>
                    <dd class="kv__v">{clients}</dd>
                    <dd class="age">{move || get().read_at.map(|at| view! { <Age at /> })}</dd>
                </div>
            </dl>
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
                <ChannelForm index radio path />
            </Show>
        </div>
    }
}

#[component]
fn ChannelForm(index: usize, radio: Memo<Option<RadioView>>, path: Memo<Option<String>>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let get = move || radio.get().unwrap_or_else(unknown);
    // `None`: nothing chosen, the field follows the router.
    let chosen = RwSignal::new(None::<String>);
    let unsent = keep_value(
        move || format!("channel {index} of device {}", state.id.get()),
        chosen,
        |text| Some(Some(text.to_owned())),
        |chosen| chosen.clone().unwrap_or_default(),
    );
    let current = Memo::new(move |_| {
        let radio = get();
        if radio.auto_channel == Some(true) { AUTO.to_owned() } else { radio.channel.unwrap_or_default() }
    });
    let value = Memo::new(move |_| chosen.get().unwrap_or_else(|| current.get()));
    let options = Memo::new(move |_| options(&get()));
    let last = Memo::new(move |_| {
        let path = path.get()?;
        let newest = state.task_list().into_iter().find(|task| sets(task, &path))?;
        (state.watched.with(|watched| watched.contains(&newest.id)) || !newest.state.ended()).then_some(newest)
    });
    let busy = Memo::new(move |_| last.with(|task| task.as_ref().is_some_and(|task| !task.state.ended())));
    let id = format!("channel-{index}");
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if let Some(kind) = change(&radio.get_untracked().unwrap_or_else(unknown), &value.get_untracked()) {
            let leaving = unsent.leaving();
            state.ask(kind, move || {
                leaving.sent();
                chosen.try_set(None);
            });
        }
    };
    view! {
        <form on:submit=submit>
            <div class="field">
                <label class="field__label" for=id.clone()>"New channel"</label>
                <div class="btn-row">
                    <select
                        class="select select--short"
                        id=id.clone()
                        aria-describedby=format!("{id}-now")
                        prop:value=move || value.get()
                        on:change:target=move |event| chosen.set(Some(event.target().value()))
                    >
                        <For each=move || options.get() key=Clone::clone let:option>
                            {
                                let words = if option == AUTO { "Router chooses".to_owned() } else { option.clone() };
                                let selected = value.with_untracked(|value| *value == option);
                                view! { <option value=option selected=selected>{words}</option> }
                            }
                        </For>
                    </select>
                    <Button
                        kind="submit"
                        busy
                        disabled=Signal::derive(move || value.get() == current.get() && !busy.get())
                    >
                        {move || if busy.get() { "Changing channel" } else { "Change channel" }}
                    </Button>
                </div>
                <span class="field__readback" id=format!("{id}-now")>
                    <span>
                        "On the router now: "
                        <b>{move || now_words(&get())}</b>
                    </span>
                </span>
                {move || last.get().filter(|task| task.state.ended()).map(|task| view! { <Result task /> })}
            </div>
        </form>
    }
}

/// How the last change ended, beside the form that asked for it.
#[component]
fn Result(task: TaskView) -> impl IntoView {
    let (tone, icon, word) = task_look(&task);
    let said = outcome(&task);
    let attention = !matches!(tone, Tone::Ok);
    view! {
        <span class="field__readback" data-tone=tone.as_str() role=if attention { "alert" } else { "status" }>
            <Icon name=icon />
            <span>
                <b>{word} ": "</b>
                <bdi>{said.sentence}</bdi>
                {said.code.map(|code| format!(" (code {code})"))}
            </span>
        </span>
    }
}

fn unknown() -> RadioView {
    RadioView {
        band: "Wi-Fi".to_owned(),
        ssid: None,
        channel: None,
        channel_path: None,
        channel_writable: false,
        auto_channel: None,
        auto_channel_path: None,
        clients: None,
        read_at: None,
    }
}

fn now_words(radio: &RadioView) -> String {
    let channel = match radio.channel.as_deref() {
        None | Some("") => return "Not known".to_owned(),
        // TR-098 radios that choose for themselves may say 0.
        Some("0") => "not fixed".to_owned(),
        Some(channel) => format!("channel {channel}"),
    };
    if radio.auto_channel == Some(true) { format!("{channel}, chosen by the router") } else { channel }
}

/// Usual channels of the band. Which of them a country allows, the router knows: it refuses the others.
fn band_channels(band: &str) -> Vec<u16> {
    if band.starts_with("2.4") {
        (1..=13).collect()
    } else if band.starts_with('5') {
        let unii = |from: u16, to: u16| (from..=to).step_by(4);
        unii(36, 64).chain(unii(100, 144)).chain(unii(149, 165)).collect()
    } else if band.starts_with('6') {
        (1..=233).step_by(4).collect()
    } else {
        (1..=13).chain((36..=64).step_by(4)).chain((100..=144).step_by(4)).chain((149..=165).step_by(4)).collect()
    }
}

fn options(radio: &RadioView) -> Vec<String> {
    let mut list: Vec<String> = band_channels(&radio.band).into_iter().map(|channel| channel.to_string()).collect();
    if let Some(current) = radio.channel.clone().filter(|current| !list.contains(current)) {
        list.insert(0, current);
    }
    if radio.auto_channel_path.is_some() {
        list.insert(0, AUTO.to_owned());
    }
    list
}

/// The task that brings a radio to a channel; `None` if there is nothing to send.
fn change(radio: &RadioView, wanted: &str) -> Option<TaskKind> {
    let auto = |on: bool| {
        radio.auto_channel_path.clone().map(|path| SetValue {
            path,
            value: on.to_string(),
            value_type: Some(ValueType::Boolean),
        })
    };
    if wanted == AUTO {
        return auto(true).map(|value| TaskKind::SetValues { values: vec![value] });
    }
    if wanted.is_empty() {
        return None;
    }
    let path = radio.channel_path.clone()?;
    // A radio that chooses for itself would move away again.
    let off = (radio.auto_channel == Some(true)).then(|| auto(false)).flatten();
    let channel = SetValue { path, value: wanted.to_owned(), value_type: None };
    Some(TaskKind::SetValues { values: off.into_iter().chain([channel]).collect() })
}

fn sets(task: &TaskView, path: &str) -> bool {
    matches!(&task.kind, TaskKind::SetValues { values } if values.iter().any(|value| value.path == path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn radio(auto: Option<bool>) -> RadioView {
        RadioView {
            band: "2.4 GHz".into(),
            channel: Some("6".into()),
            channel_path: Some("D.Channel".into()),
            channel_writable: true,
            auto_channel: auto,
            auto_channel_path: auto.map(|_| "D.Auto".into()),
            ..unknown()
        }
    }

    fn sent(radio: &RadioView, wanted: &str) -> Vec<(String, String)> {
        match change(radio, wanted) {
            Some(TaskKind::SetValues { values }) => values.into_iter().map(|v| (v.path, v.value)).collect(),
            _ => Vec::new(),
        }
    }

    fn pair(path: &str, value: &str) -> (String, String) {
        (path.to_owned(), value.to_owned())
    }

    #[test]
    fn a_radio_that_chooses_for_itself_is_told_to_stop() {
        assert_eq!(sent(&radio(Some(true)), "11"), [pair("D.Auto", "false"), pair("D.Channel", "11")]);
        assert_eq!(sent(&radio(Some(false)), "11"), [pair("D.Channel", "11")]);
        assert_eq!(sent(&radio(None), "11"), [pair("D.Channel", "11")]);
    }

    #[test]
    fn the_router_can_be_told_to_choose() {
        assert_eq!(sent(&radio(Some(false)), AUTO), [pair("D.Auto", "true")]);
        assert_eq!(sent(&radio(None), AUTO), []);
        assert_eq!(sent(&radio(None), ""), []);
    }

    #[test]
    fn an_unusual_channel_is_offered_too() {
        let mut odd = radio(Some(true));
        odd.channel = Some("14".into());
        let list = options(&odd);
        assert_eq!(list[..3], [AUTO.to_owned(), "14".into(), "1".into()]);
        assert_eq!(options(&radio(None)).len(), 13);
        assert!(band_channels("5 GHz").contains(&100) && !band_channels("5 GHz").contains(&68));
        assert_eq!(band_channels("6 GHz").last(), Some(&233));
    }

    #[test]
    fn unknown_channels_are_said_to_be_unknown() {
        assert_eq!(now_words(&unknown()), "Not known");
        assert_eq!(now_words(&radio(Some(true))), "channel 6, chosen by the router");
        assert_eq!(now_words(&radio(None)), "channel 6");
    }
}
