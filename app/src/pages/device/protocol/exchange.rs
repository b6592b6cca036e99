//! One exchange: a line that opens. Everything in it is foreign text and shown as such.

use super::api::load_exchange;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Icon, Said, Status, Tone};
use crate::locale::grouped;
use crate::pages::device::words::tenths;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::protocol::{TraceExchange, TraceHalf, TraceKey, TraceLine};

#[component]
pub fn Exchange(key: Memo<TraceKey>, line: TraceLine) -> impl IntoView {
    let clock = use_clock();
    let loaded = RwSignal::new(None::<Result<TraceExchange, PortalError>>);
    let (number, at) = (line.number, line.at);
    let (tone, icon, word) = look(&line);
    let open = move |_| {
        if matches!(loaded.get_untracked(), Some(Ok(_))) {
            return;
        }
        spawn_local(async move {
            let exchange = load_exchange(key.get_untracked(), number).await;
            loaded.try_set(Some(exchange));
        });
    };
    view! {
        <details class="exchange">
            <summary on:click=open>
                <Icon name="chevron-right" />
                <span class="exchange__at">{move || clock.time_of_day(at)}</span>
                <span class="exchange__what">
                    <b><bdi>{line.sent.clone()}</bdi></b>
                    <Icon name="arrow-right" />
                    <bdi>{line.answered.clone()}</bdi>
                </span>
                <Status
                    tone=Signal::derive(move || tone)
                    icon=Signal::derive(move || icon)
                    label=Signal::derive(move || word.clone())
                />
                <small class="exchange__size">{sizes(&line)}</small>
            </summary>
            <div class="exchange__body">
                {move || match loaded.get() {
                    None => view! { <p class="muted">"Loading."</p> }.into_any(),
                    Some(Err(error)) => view! { <p role="alert"><Said error /></p> }.into_any(),
                    Some(Ok(exchange)) => view! {
                        <Half half=exchange.request title="From the router" from=exchange.peer number />
                        <Half half=exchange.response title="From Lastmile" from=String::new() number />
                    }
                    .into_any(),
                }}
            </div>
        </details>
    }
}

#[component]
fn Half(half: TraceHalf, title: &'static str, from: String, number: u32) -> impl IntoView {
    let mut text = half.head.join("\n");
    if !half.body.is_empty() {
        text.push_str("\n\n");
        text.push_str(&half.body);
    }
    view! {
        <div>
            <h4>{title} {(!from.is_empty()).then(|| view! { " " <small class="mono"><bdi>{from}</bdi></small> })}</h4>
            <pre class="wiretext" tabindex="0" role="region" aria-label=format!("{title}, exchange {number}")>{text}</pre>
            {half.cut.then(|| view! { <p class="muted">"It was longer; the rest is not kept."</p> })}
        </div>
    }
}

fn look(line: &TraceLine) -> (Tone, &'static str, String) {
    match line.status {
        None => (Tone::Info, "call", "Call".to_owned()),
        Some(status @ (200 | 204)) if line.sent.starts_with("Fault") => (Tone::Warn, "alert", status.to_string()),
        Some(status @ 200..=299) => (Tone::Ok, "check", status.to_string()),
        Some(401) => (Tone::Warn, "lock", "401".to_owned()),
        Some(status) => (Tone::Bad, "x-circle", status.to_string()),
    }
}

/// `1.2 kB in, 340 B out, 12 ms`.
fn sizes(line: &TraceLine) -> String {
    if line.status.is_none() {
        return format!("{} ms", grouped(line.took_ms.into()));
    }
    format!("{} in, {} out, {} ms", size(line.bytes.0), size(line.bytes.1), grouped(line.took_ms.into()))
}

fn size(bytes: u32) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..100_000 => format!("{} kB", tenths(u64::from(bytes / 100))),
        _ => format!("{} kB", grouped(u64::from(bytes / 1000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    fn line(sent: &str, status: Option<u16>) -> TraceLine {
        TraceLine {
            number: 1,
            at: Timestamp(0),
            took_ms: 12,
            sent: sent.into(),
            answered: String::new(),
            status,
            bytes: (1234, 99),
        }
    }

    #[test]
    fn sizes_are_said_short() {
        assert_eq!(sizes(&line("Inform", Some(200))), "1.2 kB in, 99 B out, 12 ms");
        assert_eq!(sizes(&line("Connection request", None)), "12 ms");
        assert_eq!(size(600_000), "600 kB");
    }

    #[test]
    fn what_went_wrong_looks_so() {
        assert_eq!(look(&line("Inform", Some(200))).0, Tone::Ok);
        assert_eq!(look(&line("Fault 9005", Some(200))).0, Tone::Warn);
        assert_eq!(look(&line("Inform", Some(401))).0, Tone::Warn);
        assert_eq!(look(&line("Inform", Some(503))).0, Tone::Bad);
    }
}
