//! What runs in the next days, day by day in the person's zone.

use super::campaign_href;
use super::words::{clock_text, hours, look};
use crate::PortalError;
use crate::clock::{Clock, use_clock};
use crate::components::{Empty, ErrorView, Status};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::campaign::{CampaignState, Window};
use model::{CampaignId, Timestamp};
use serde::{Deserialize, Serialize};

/// Days that are shown.
const SHOWN: i64 = 14;
const DAY: i64 = 86_400_000;

/// A campaign that is open, and when it does something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upcoming {
    pub id: CampaignId,
    pub name: String,
    pub state: CampaignState,
    pub window: Option<Window>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
}

#[server(name = UpcomingCampaigns, prefix = "/fn", endpoint = "campaigns/calendar", input = Json)]
pub async fn upcoming_campaigns() -> Result<Vec<Upcoming>, PortalError> {
    let (actor, acs) = (crate::ssr::actor()?, crate::ssr::acs()?);
    let open = acs.campaigns(&actor, &super::url::View::Calendar.states(), None).await?;
    let mut found = Vec::with_capacity(open.rows.len());
    for row in open.rows {
        let view = acs.campaign(&actor, row.id).await?;
        found.push(Upcoming {
            id: row.id,
            name: view.plan.name,
            state: view.state,
            window: view.plan.window,
            starts_at: view.plan.starts_at,
            ends_at: view.plan.ends_at,
        });
    }
    Ok(found)
}

/// The days, each with what runs on it. Below the page's `Transition`.
#[component]
pub fn Calendar(found: Resource<Result<Vec<Upcoming>, PortalError>>) -> impl IntoView {
    let clock = use_clock();
    let now = clock.now_untracked();
    move || {
        match found.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <div class="card"><ErrorView error /></div> }.into_any(),
        Some(Ok(list)) if list.is_empty() => view! {
            <div class="card">
                <Empty icon="calendar" title="Nothing is planned" text="Campaigns that run or are about to start stand here by their days." />
            </div>
        }
        .into_any(),
        Some(Ok(list)) => {
            let day = |at: i64| {
                let time = now.plus_millis(at * DAY);
                let date = clock.date(time);
                let lines: Vec<_> = list.iter().filter_map(|one| on_day(one, &date, clock).map(|text| (one.clone(), text))).collect();
                let title = format!("{} {}", super::words::DAYS[weekday(&date)], clock.day(time));
                view! { <Day title today=at == 0 lines /> }
            };
            view! {
                <ol class="calendar" aria-label="The next 14 days">{(0..SHOWN).map(day).collect_view()}</ol>
                <p class="muted calendar__note">"Hours are those of the subscriber’s clock. Days and starts are in your time zone."</p>
            }
            .into_any()
        }
    }
    }
}

#[component]
fn Day(title: String, today: bool, lines: Vec<(Upcoming, String)>) -> impl IntoView {
    let line = |(one, text): (Upcoming, String)| {
        let (tone, icon, label) = look(one.state, None, &[]);
        view! {
            <li>
                <a href=campaign_href(one.id)><bdi>{one.name}</bdi></a>
                <span>{text}</span>
                <Status tone=tone icon=Signal::stored(icon) label=label />
            </li>
        }
    };
    let none = lines.is_empty();
    view! {
        <li class="calendar__day" aria-current=today.then_some("date")>
            <b>{title}</b>
            {if none {
                view! { <span class="muted">"Nothing"</span> }.into_any()
            } else {
                view! { <ul>{lines.into_iter().map(line).collect_view()}</ul> }.into_any()
            }}
        </li>
    }
}

/// What a campaign does on a day (`2026-11-22`); `None`: nothing.
fn on_day(one: &Upcoming, date: &str, clock: Clock) -> Option<String> {
    let time = |at: Timestamp| clock.time_of_day(at).get(..5).unwrap_or_default().to_owned();
    let start = one.starts_at.map(|at| (clock.date(at), time(at)));
    let waits = !one.state.has_started();
    if waits {
        match &start {
            // Nobody has said when.
            None => return None,
            Some((day, time)) if day == date => return Some(format!("Starts {time}")),
            Some((day, _)) if day.as_str() > date => return None,
            Some(_) => {}
        }
    }
    if one.ends_at.is_some_and(|at| clock.date(at).as_str() < date) {
        return None;
    }
    opens(one.window.as_ref(), date)
}

/// The hours of a window on a day; `None`: it stays closed.
fn opens(window: Option<&Window>, date: &str) -> Option<String> {
    let Some(window) = window else { return Some("Any time".to_owned()) };
    let frozen = window.blackouts.iter().any(|(from, to)| from.as_str() <= date && date <= to.as_str());
    if frozen || !window.days[weekday(date)] {
        return None;
    }
    Some(if window.from < window.to {
        hours(Some((window.from, window.to)))
    } else {
        format!("From {} on", clock_text(window.from))
    })
}

/// Monday is 0. By Sakamoto's method.
fn weekday(date: &str) -> usize {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<usize>().unwrap_or(1));
    let mut next = || parts.next().unwrap_or(1);
    let (year, month, day) = (next(), next(), next());
    const SHIFT: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year.saturating_sub(1) } else { year };
    let shift = SHIFT[month.clamp(1, 12) - 1];
    // Counted from Sunday.
    (year + year / 4 - year / 100 + year / 400 + shift + day + 6) % 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week_are_found() {
        assert_eq!(["2026-11-22", "2026-11-23", "2024-02-29", "2000-01-01"].map(weekday), [6, 0, 3, 5]);
    }

    #[test]
    fn a_window_is_closed_on_frozen_days_and_others() {
        let mut window = Window { days: [true, true, true, true, true, false, false], ..Window::default() };
        window.blackouts = vec![("2026-12-24".into(), "2027-01-02".into())];
        assert_eq!(opens(Some(&window), "2026-11-23").as_deref(), Some("01:00 to 05:00"));
        assert_eq!(opens(Some(&window), "2026-11-22"), None, "a Sunday");
        assert_eq!(opens(Some(&window), "2026-12-25"), None, "frozen");
        assert_eq!(opens(None, "2026-12-25").as_deref(), Some("Any time"));
        window.from = 1380;
        assert_eq!(opens(Some(&window), "2026-11-23").as_deref(), Some("From 23:00 on"));
    }
}
