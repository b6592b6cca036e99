//! What the newest test of the chosen kind found.

use super::chart::PingChart;
use super::verdict::{found, verdict};
use super::{Section, test_of};
use crate::components::{Age, Empty, Status, Tone};
use crate::locale::dbm;
use crate::locale::grouped;
use crate::pages::device::words::{bit_rate, millis, outcome};
use leptos::prelude::*;
use model::diagnostic::{Found, Hop, Neighbour, PingTimes, Plan, TestKind, Throughput};
use model::task::TaskView;

/// Pings in one chart.
const CHARTED: usize = 24;

#[component]
pub(super) fn Findings() -> impl IntoView {
    let section = expect_context::<Section>();
    // The newest that has ended, of each kind of test.
    let newest = Memo::new(move |_| {
        let kinds = section.asked.with(|asked| asked.choice.kinds());
        let of = |kind: TestKind| {
            section.runs.with(|runs| {
                let ended = runs.iter().filter(|task| task.state.ended());
                ended.into_iter().find(|task| test_of(task).is_some_and(|test| test.kind() == kind)).cloned()
            })
        };
        kinds.iter().filter_map(|kind| of(*kind)).collect::<Vec<_>>()
    });
    move || {
        let tasks = newest.get();
        match tasks.as_slice() {
            [] => ().into_any(),
            [one] if !matches!(found(one), Some(Found::Speed(_))) => {
                let earlier = pings(&section.runs.get_untracked(), one);
                view! { <Card task=one.clone() earlier /> }.into_any()
            }
            _ => view! { <SpeedCard tasks /> }.into_any(),
        }
    }
}

/// Pings of the same target up to this one, oldest first.
fn pings(runs: &[TaskView], to: &TaskView) -> Vec<PingTimes> {
    let target = test_of(to).map(|test| test.target().to_owned());
    let same = runs.iter().filter(|run| run.id <= to.id && test_of(run).map(|test| test.target().to_owned()) == target);
    let mut times: Vec<PingTimes> = same
        .filter_map(|run| match found(run) {
            Some(Found::Ping(times)) => Some(times.clone()),
            _ => None,
        })
        .take(CHARTED)
        .collect();
    times.reverse();
    times
}

#[component]
fn Head(task: TaskView, id: &'static str) -> impl IntoView {
    let plan = expect_context::<Section>().plan;
    let (tone, icon, word) = verdict(&task, &plan.get());
    view! {
        <div class="card__head">
            <h2 id=id><bdi>{task.kind.title()}</bdi></h2>
            <Status tone=Signal::stored(tone) icon=Signal::stored(icon) label=word class="status--text" />
            <span class="card__end"><Age at=Signal::stored(task.updated_at) suffix=" ago" /></span>
        </div>
    }
}

#[component]
fn Card(task: TaskView, earlier: Vec<PingTimes>) -> impl IntoView {
    let inside = match found(&task).cloned() {
        None => why(&task).into_any(),
        Some(Found::Ping(times)) => view! { <PingFound times earlier /> }.into_any(),
        Some(Found::Route { hops, .. }) => view! { <RouteFound hops /> }.into_any(),
        Some(Found::Neighbours { networks }) => view! { <NetworksFound networks /> }.into_any(),
        Some(Found::Names { answers, .. }) => {
            let rows = answers
                .into_iter()
                .map(|answer| {
                    let status =
                        if answer.status.eq_ignore_ascii_case("success") { String::new() } else { answer.status };
                    let addresses = if answer.addresses.is_empty() { status } else { answer.addresses.join(", ") };
                    vec![
                        answer.name,
                        addresses,
                        answer.server,
                        answer.response_ms.map(|ms| format!("{} ms", grouped(ms.into()))).unwrap_or_default(),
                    ]
                })
                .collect();
            view! { <Rows label="Answers" heads=&["Name", "Addresses", "Server", "Time"] rows /> }.into_any()
        }
        Some(Found::Server(one)) => {
            let time = |us: Option<u64>| us.map_or_else(|| "Not known".to_owned(), millis);
            pairs(vec![
                ("Answered first".to_owned(), one.fastest),
                ("Average".to_owned(), time(one.average_us)),
                ("Lowest".to_owned(), time(one.minimum_us)),
                ("Highest".to_owned(), time(one.maximum_us)),
            ])
            .into_any()
        }
        Some(Found::Loopback(times)) => {
            let count =
                |count: Option<u32>| count.map_or_else(|| "Not known".to_owned(), |count| grouped(count.into()));
            let ms =
                |ms: Option<u32>| ms.map_or_else(|| "Not known".to_owned(), |ms| format!("{} ms", grouped(ms.into())));
            pairs(vec![
                ("Came back".to_owned(), count(times.answered)),
                ("Lost".to_owned(), count(times.lost)),
                ("Average".to_owned(), ms(times.average_ms)),
                ("Lowest".to_owned(), ms(times.minimum_ms)),
                ("Highest".to_owned(), ms(times.maximum_ms)),
            ])
            .into_any()
        }
        Some(Found::Values { values }) => pairs(values).into_any(),
        Some(Found::Speed(_) | Found::Capacity(_) | Found::Echo(_)) => {
            view! { <p>{outcome(&task).sentence}</p> }.into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="found-h">
            <Head task id="found-h" />
            <div class="card__body">{inside}</div>
        </section>
    }
}

/// Why there is no result.
fn why(task: &TaskView) -> impl IntoView + use<> {
    let said = outcome(task);
    view! {
        <p><bdi>{said.sentence}</bdi></p>
        {(!said.detail.is_empty())
            .then(|| view! { <p class="muted">"The router’s own word: " <bdi class="mono">{said.detail}</bdi></p> })}
    }
}

#[component]
fn PingFound(times: PingTimes, earlier: Vec<PingTimes>) -> impl IntoView {
    let time = |us: Option<u64>| us.map_or_else(|| "Not known".to_owned(), millis);
    let lost = match (times.lost, times.sent()) {
        (Some(lost), Some(sent)) => format!("{} of {}", grouped(lost.into()), grouped(sent.into())),
        _ => "Not known".to_owned(),
    };
    let spread = times.maximum_us.zip(times.minimum_us).map(|(most, least)| most.saturating_sub(least));
    let stats = [
        ("Average", time(times.average_us)),
        ("Lowest", time(times.minimum_us)),
        ("Highest", time(times.maximum_us)),
        ("Spread", time(spread)),
        ("Lost", lost),
    ];
    view! {
        <div class="ping">
            <PingChart runs=earlier />
            <dl class="ping__stats">
                {stats
                    .into_iter()
                    .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                    .collect_view()}
            </dl>
        </div>
    }
}

#[component]
fn RouteFound(hops: Vec<Hop>) -> impl IntoView {
    let top = hops.iter().flat_map(|hop| hop.times_ms.iter()).max().copied().unwrap_or(1).max(1);
    let rows = hops
        .into_iter()
        .enumerate()
        .map(|(index, hop)| {
            let best = hop.times_ms.iter().min().copied();
            let worst = hop.times_ms.iter().max().copied();
            let name = match (hop.host.is_empty(), hop.address.is_empty()) {
                (true, true) => "Did not answer".to_owned(),
                (true, false) => hop.address.clone(),
                _ => hop.host.clone(),
            };
            let address = (hop.address != name).then_some(hop.address);
            let bar = best.zip(worst).map(|(best, worst)| {
                let share = |ms: u32| f64::from(ms) * 96.0 / f64::from(top);
                let style = format!("--a: {:.1}%; --v: {:.1}%", share(best), share(worst - best).max(1.0));
                let label = format!("{best} to {worst} milliseconds");
                view! { <span class="hopbar" style=style role="img" aria-label=label><i></i></span> }
            });
            let best = best.map_or_else(|| "Not known".to_owned(), |best| format!("{} ms", grouped(best.into())));
            view! {
                <tr>
                    <td class="num muted slot-hide">{index + 1}</td>
                    <th scope="row">
                        <span class="two-line">
                            <bdi>{name}</bdi>
                            {address.map(|address| view! { <small class="mono"><bdi>{address}</bdi></small> })}
                        </span>
                    </th>
                    <td class="num slot-end">{best}</td>
                    <td class="slot-hide">{bar}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Hops, scrollable table">
            <table class="table stackable table--hops">
                <thead>
                    <tr>
                        <th scope="col" class="num">"Hop"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col" class="num">"Best"</th>
                        <th scope="col">{format!("0 to {} ms", grouped(top.into()))}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn NetworksFound(networks: Vec<Neighbour>) -> impl IntoView {
    if networks.is_empty() {
        return view! { <p>"No other Wi-Fi network was heard."</p> }.into_any();
    }
    let rows = networks
        .into_iter()
        .map(|one| {
            vec![
                if one.ssid.is_empty() { "Hidden network".to_owned() } else { one.ssid },
                one.signal_dbm.map_or_else(|| "Not known".to_owned(), dbm),
                one.channel.map_or_else(|| "Not known".to_owned(), |channel| channel.to_string()),
                one.band.replace("GHz", " GHz"),
                one.security,
                one.bssid,
            ]
        })
        .collect();
    let heads = &["Network", "Signal", "Channel", "Band", "Security", "Address"];
    view! { <Rows label="Networks" heads rows /> }.into_any()
}

/// A table of texts; the first column names the row.
#[component]
fn Rows(label: &'static str, heads: &'static [&'static str], rows: Vec<Vec<String>>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p>"The router found nothing to tell."</p> }.into_any();
    }
    let body = rows
        .into_iter()
        .map(|row| {
            let cells = row.into_iter().enumerate().map(|(index, text)| match index {
                0 => view! { <th scope="row"><bdi>{text}</bdi></th> }.into_any(),
                _ => view! { <td data-label=heads.get(index).copied()><bdi>{text}</bdi></td> }.into_any(),
            });
            view! { <tr>{cells.collect_view()}</tr> }
        })
        .collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{label}, scrollable table")>
            <table class="table stackable">
                <thead>
                    <tr>{heads.iter().map(|head| view! { <th scope="col">{*head}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn pairs(values: Vec<(String, String)>) -> impl IntoView {
    let rows = values.into_iter().map(|(name, value)| vec![name, value]).collect();
    view! { <Rows label="Values" heads=&["Value", "What the router says"] rows /> }
}

/// Down and up beside each other.
#[component]
fn SpeedCard(tasks: Vec<TaskView>) -> impl IntoView {
    let plan = expect_context::<Section>().plan.get();
    let halves = tasks
        .into_iter()
        .map(|task| {
            let up = test_of(&task).is_some_and(|test| test.kind() == TestKind::Upload);
            let (id, title) = if up { ("up-h", "Upload") } else { ("down-h", "Download") };
            let (tone, icon, word) = verdict(&task, &plan);
            let inside = match found(&task) {
                Some(Found::Speed(speed)) => view! { <Speed speed=speed.clone() plan /> }.into_any(),
                _ => why(&task).into_any(),
            };
            view! {
                <section class="card" aria-labelledby=id>
                    <div class="card__head">
                        <h2 id=id>{title}</h2>
                        <Status tone=Signal::stored(tone) icon=Signal::stored(icon) label=word class="status--text" />
                        <span class="card__end"><Age at=Signal::stored(task.updated_at) suffix=" ago" /></span>
                    </div>
                    <div class="card__body stack stack--sm">{inside}</div>
                </section>
            }
        })
        .collect_view();
    view! { <div class="grid-2">{halves}</div> }
}

#[component]
fn Speed(speed: Throughput, plan: Plan) -> impl IntoView {
    let Some(rate) = speed.bits_per_second else {
        return view! {
            <Empty icon="alert" title="No speed" text="The router did not say how long the transfer took." />
        }
        .into_any();
    };
    let text = bit_rate(rate);
    let (number, unit) = text.rsplit_once(' ').map_or((text.clone(), ""), |(number, unit)| (number.to_owned(), unit));
    let way = if speed.up { "up" } else { "down" };
    let of_plan = plan.kbit(speed.up).zip(plan.share(&speed)).map(|(kbit, (percent, enough))| {
        let tone = if enough { Tone::Ok } else { Tone::Warn };
        let promised = bit_rate(u64::from(kbit) * 1000);
        view! {
            <div class="meter-bar" data-tone=tone.as_str() style=format!("--v: {}%", percent.min(100)) aria-hidden="true">
                <span></span>
            </div>
            <p class="muted">{format!("{percent} % of the {promised} of the plan")}</p>
        }
    });
    let mut notes = Vec::new();
    if let (Some(bytes), Some(us)) = (speed.bytes, speed.transfer_us) {
        notes.push(format!("{} kB in {}", grouped(bytes / 1000), millis(us)));
    }
    if let Some(us) = speed.connect_us {
        notes.push(format!("connected in {}", millis(us)));
    }
    view! {
        <div class="bignum">{number}" "<small>{unit.to_owned()}" "{way}</small></div>
        {of_plan}
        <p class="muted">{notes.join(", ")}</p>
        <p class="muted">"From the router to the test server, not over Wi-Fi"</p>
    }
    .into_any()
}
