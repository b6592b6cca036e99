//! The home page: the search, how the fleet is, what was done last.

use crate::PortalError;
use crate::components::{Age, Empty, ErrorView, Icon, Skeleton, TaskBadge, TaskFlowMini, Tone};
use crate::debounce::Debounce;
use crate::frame::{DeskCards, SearchBox};
use crate::keys::on_rows;
use crate::live::{LiveScope, use_live};
use crate::locale::grouped;
use crate::pages::device::words::tenths;
use leptos::prelude::*;
use leptos_meta::Title;
use model::desk::RecentTask;
use model::device::Overview;
use model::live::LiveMessage;
use model::task::TaskView;
use std::time::Duration;

/// How the fleet is.
#[server(prefix = "/fn", endpoint = "overview")]
pub async fn fleet_overview() -> Result<Overview, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.overview(&actor).await?)
}

/// The newest tasks of the whole fleet.
#[server(prefix = "/fn", endpoint = "recent_tasks")]
pub async fn recent_tasks() -> Result<Vec<RecentTask>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.recent_tasks(&actor, RECENT as u16).await?)
}

const RECENT: usize = 12;

#[component]
pub fn HomePage() -> impl IntoView {
    let overview = Resource::new(|| (), |()| fleet_overview());
    let tasks = Resource::new(|| (), |()| recent_tasks());
    // What the stream told of tasks since the page was fetched, newest first.
    let news = RwSignal::new(Vec::<TaskView>::new());
    // Whose a new task is the server says.
    let reload = Debounce::new(1000, move || tasks.refetch());
    use_live(
        || Some(LiveScope::Fleet),
        move |message| match message {
            LiveMessage::Task { task } => {
                let known = tasks.with_untracked(|tasks| match tasks {
                    Some(Ok(tasks)) => tasks.iter().any(|known| known.task.id == task.id),
                    _ => false,
                });
                if !known {
                    reload.call();
                }
                news.update(|news| note(news, *task));
            }
            LiveMessage::Missed => {
                overview.refetch();
                tasks.refetch();
            }
            _ => {}
        },
    );
    // Counts are cheap but not free: once in ten seconds is often enough for a look at the fleet. What the page came with
    // may have been counted long ago.
    Effect::new(move |_| {
        let soon = set_timeout_with_handle(move || overview.refetch(), Duration::from_secs(1));
        let timer = set_interval_with_handle(move || overview.refetch(), Duration::from_secs(10));
        on_cleanup(move || {
            if let (Ok(soon), Ok(timer)) = (soon, timer) {
                soon.clear();
                timer.clear();
            }
        });
    });
    view! {
        <Title text="Home" />
        <main class="main" id="main">
            <section class="hero" aria-labelledby="hero-h">
                <h1 id="hero-h">"Who is calling?"</h1>
                <SearchBox hero=true />
                <p class="hero__hint">"A name, phone number, account, address, serial, MAC, IP address, Wi-Fi name or PPP user; typing errors are forgiven."</p>
            </section>
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=2 /></div> }>
                {move || Suspend::new(async move {
                    match overview.await {
                        Ok(overview) => view! { <Pulse overview /> }.into_any(),
                        Err(error) => view! { <ErrorView error /> }.into_any(),
                    }
                })}
            </Transition>
            <div class="home">
                <section class="card" aria-labelledby="recent-h">
                    <div class="card__head"><h2 id="recent-h">"Latest actions"</h2><span class="card__meta">"on all devices"</span></div>
                    <Transition fallback=|| view! { <Skeleton lines=6 /> }>
                        {move || {
                            let news = news.get();
                            Suspend::new(async move {
                                match tasks.await {
                                    Ok(tasks) => view! { <Tasks tasks=brought_up_to_date(tasks, &news) /> }.into_any(),
                                    Err(error) => view! { <ErrorView error /> }.into_any(),
                                }
                            })
                        }}
                    </Transition>
                </section>
                <DeskCards />
            </div>
        </main>
    }
}

/// Keeps the newest state of each task, and the newest tasks.
fn note(news: &mut Vec<TaskView>, task: TaskView) {
    if let Some(known) = news.iter_mut().find(|known| known.id == task.id) {
        if known.updated_at <= task.updated_at {
            *known = task;
        }
        return;
    }
    news.push(task);
    news.sort_by_key(|task| std::cmp::Reverse((task.created_at, task.id.0)));
    news.truncate(RECENT);
}

/// The tasks as the stream told of them last.
fn brought_up_to_date(mut tasks: Vec<RecentTask>, news: &[TaskView]) -> Vec<RecentTask> {
    for RecentTask { task, .. } in &mut tasks {
        if let Some(newer) = news.iter().find(|news| news.id == task.id && news.updated_at > task.updated_at) {
            *task = newer.clone();
        }
    }
    tasks
}

#[component]
fn Pulse(overview: Overview) -> impl IntoView {
    let at = overview.counted_at;
    let share = percent(overview.online, overview.devices);
    let cell = move |href: &'static str, label: &'static str, tone: Option<Tone>, number: u64, note: String| {
        view! {
            <a class="pulse__cell" href=href data-tone=tone.map(Tone::as_str)>
                <span class="pulse__label">
                    {tone.map(|tone| view! { <Icon name=tone.icon() class="icon--sm" /> })}
                    {label}
                    <Age at />
                </span>
                <b>{grouped(number)}</b>
                <small>{note}</small>
            </a>
        }
    };
    let warn = |number: u64, tone: Tone| (number > 0).then_some(tone);
    let ended = overview.failed_tasks_today;
    view! {
        <section class="pulse" aria-label="Fleet now">
            {cell("/devices", "Devices", None, overview.devices, "known to Lastmile".into())}
            {cell("/devices?state=online", "Online now", None, overview.online, share)}
            {cell("/devices?state=late", "Late", warn(overview.late, Tone::Warn), overview.late, "missed a check-in".into())}
            {cell("/devices?state=offline", "Offline", warn(overview.offline, Tone::Bad), overview.offline, "past every retry".into())}
            <div class="pulse__cell" data-tone=warn(ended, Tone::Bad).map(Tone::as_str)>
                <span class="pulse__label">"Open actions" <Age at /></span>
                <b>{grouped(overview.open_tasks)}</b>
                <small>{format!("{} failed today", grouped(ended))}</small>
            </div>
        </section>
    }
}

/// `98.3 % of 1,284,331`; a share is never rounded up to all.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "no devices yet".into();
    }
    if part == whole {
        return format!("all of {}", grouped(whole));
    }
    format!("{} % of {}", tenths(part.saturating_mul(1000) / whole), grouped(whole))
}

#[component]
fn Tasks(tasks: Vec<RecentTask>) -> impl IntoView {
    on_rows("#main tbody th a");
    if tasks.is_empty() {
        return view! {
            <Empty icon="tasks" title="No actions yet" text="What you and your colleagues do on devices appears here." />
        }
        .into_any();
    }
    let rows = tasks
        .into_iter()
        .map(|RecentTask { task, whose }| {
            let device = format!("/devices/{}", task.device.0);
            let href = format!("{device}/tasks");
            view! {
                <tr>
                    <th scope="row"><a href=href>{task.kind.title()}</a></th>
                    <td><a href=device><bdi>{whose}</bdi></a></td>
                    <td class="slot-hide"><bdi>{task.by.clone()}</bdi></td>
                    <td class="slot-hide"><TaskFlowMini task=task.clone() /></td>
                    <td class="slot-end"><TaskBadge task=task.clone() /></td>
                    <td class="num"><Age at=task.updated_at /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll">
            <table class="table stackable">
                <thead>
                    <tr>
                        <th scope="col">"Action"</th>
                        <th scope="col">"Subscriber"</th>
                        <th scope="col">"By"</th>
                        <th scope="col">"Progress"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="num">"Age"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up_to_all() {
        assert_eq!(percent(1_262_904, 1_284_331), "98.3 % of 1,284,331");
        assert_eq!(percent(9_999, 10_000), "99.9 % of 10,000");
        assert_eq!(percent(60, 60), "all of 60");
        assert_eq!(percent(0, 0), "no devices yet");
    }
}
