//! `/campaigns`: the list, its views, and the calendar of what comes. Its state is in the URL.

use super::api::{list_campaigns, stop_all_campaigns};
use super::calendar::{Calendar, upcoming_campaigns};
use super::campaign_href;
use super::url::{View, list_from};
use super::words::{done_percent, failure_tone, hours, look, moment, percent, routers};
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{
    Button, Deed, Dialog, DialogFoot, DialogHead, Empty, ErrorView, Icon, LinkButton, Pager, Pill, Reason, ReasonField,
    Refused, Skeleton, Status, Tone, use_confirm, use_toasts,
};
use crate::debounce::Debounce;
use crate::keys::{on_command, on_rows};
use crate::live::{LiveScope, use_live};
use crate::locale::grouped;
use crate::session::{may, use_agent};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::campaign::{CampaignList, CampaignRow, CampaignState, Pause, StageState, StageView, Tally, TargetState};
use model::live::LiveMessage;
use model::{CampaignId, Permission};

type Campaigns = Resource<Result<CampaignList, PortalError>>;

#[component]
pub fn CampaignsPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(list_from));
    let view = Memo::new(move |_| query.get().0);
    let page: Campaigns =
        Resource::new_blocking(move || query.get(), |(view, before)| list_campaigns(view.states(), before));
    // What runs now, whatever is listed.
    let open: Campaigns = Resource::new_blocking(|| (), |()| list_campaigns(View::Open.states(), None));
    // All that is loaded is asked for here: parts of a page may be put together more than once.
    let upcoming = Resource::new_blocking(
        move || view.get() == View::Calendar,
        |shown| async move { if shown { upcoming_campaigns().await } else { Ok(Vec::new()) } },
    );
    let again = Debounce::new(1000, move || {
        page.refetch();
        open.refetch();
    });
    use_live(
        || may(Permission::DeviceRead).then_some(LiveScope::Fleet),
        move |message| {
            if matches!(message, LiveMessage::Campaign { .. } | LiveMessage::Missed) {
                again.call();
            }
        },
    );
    let may_write = may(Permission::CampaignWrite);
    let stopping = RwSignal::new(false);
    if may_write {
        let go = use_navigate();
        on_command("", "New campaign", "plus", move || go("/campaigns/new", NavigateOptions::default()));
    }
    on_rows("#campaigns tbody th a");
    view! {
        <Title text="Campaigns" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>"Campaigns"</h1>
                {may_write
                    .then(|| {
                        view! {
                            <div class="btn-row pagehead__end">
                                <Button
                                    class="btn--danger-quiet"
                                    icon="stop"
                                    on_click=Callback::new(move |_| stopping.set(true))
                                >
                                    "Stop all rollouts"
                                </Button>
                                <LinkButton
                                    href=Signal::stored("/campaigns/new".to_owned())
                                    class="btn--primary"
                                    icon="plus"
                                >
                                    "New campaign"
                                </LinkButton>
                            </div>
                        }
                    })}
            </div>
            <Transition>
                <Strip open />
            </Transition>
            <nav class="views views--apart" aria-label="Campaign views">
                {View::ALL.map(|one| view! { <ViewLink one view page /> })}
            </nav>
            {move || {
                if view.get() == View::Calendar {
                    view! {
                        <Transition fallback=|| view! { <div class="card"><Skeleton lines=8 /></div> }>
                            <Calendar found=upcoming />
                        </Transition>
                    }
                    .into_any()
                } else {
                    view! {
                        <div class="table-card" id="campaigns">
                            <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                                <Body page view />
                            </Transition>
                            <Transition>
                                <Foot page query />
                            </Transition>
                        </div>
                    }
                    .into_any()
                }
            }}
            <StopAll open=stopping campaigns=open done=Callback::new(move |()| again.call()) />
        </main>
    }
}

#[component]
fn ViewLink(one: View, view: Memo<View>, page: Campaigns) -> impl IntoView {
    let count = move || {
        let count = |list: CampaignList| -> u32 {
            list.states.iter().filter(|(state, _)| one.has(*state)).map(|(_, count)| count).sum()
        };
        let shown = one != View::Calendar;
        page.get().and_then(Result::ok).filter(|_| shown).map(|list| grouped(u64::from(count(list))))
    };
    view! {
        <a href=one.href(None) aria-current=move || (view.get() == one).then_some("true")>
            {one.label()} " " <Transition><small>{count}</small></Transition>
        </a>
    }
}

/// What runs now, in four numbers. Nothing if nothing is open.
#[component]
fn Strip(open: Campaigns) -> impl IntoView {
    let clock = use_clock();
    let rows = Memo::new(move |_| open.get().and_then(Result::ok).map(|list| list.rows).unwrap_or_default());
    let numbers = Memo::new(move |_| rows.with(|rows| Numbers::of(rows)));
    let next = Memo::new(move |_| {
        rows.with(|rows| {
            let scheduled = rows.iter().filter(|row| row.state == CampaignState::Scheduled);
            scheduled.filter_map(|row| Some((row.starts_at?, row.name.clone()))).min()
        })
    });
    view! {
        <Show when=move || rows.with(|rows| !rows.is_empty())>
            <dl class="statstrip">
                <div>
                    <dt>"Under way now"</dt>
                    <dd>{move || grouped(u64::from(numbers.get().under_way))} <small>" routers"</small></dd>
                    <dd class="age">{move || format!("in {} running", campaigns(numbers.get().running))}</dd>
                </div>
                <div>
                    <dt>"Still to do"</dt>
                    <dd>{move || grouped(u64::from(numbers.get().waiting))} <small>" routers"</small></dd>
                    <dd class="age">"in campaigns that have started"</dd>
                </div>
                <div data-tone=move || (numbers.get().decide() > 0).then_some("warn")>
                    <dt>"Waiting for a person"</dt>
                    <dd>{move || numbers.get().decide().to_string()}</dd>
                    <dd class="age">{move || numbers.get().decide_words()}</dd>
                </div>
                <div>
                    <dt>"Next start"</dt>
                    <dd>{move || next.get().map_or_else(|| "None".to_owned(), |(at, _)| moment(clock, at))}</dd>
                    <dd class="age">
                        <bdi>{move || next.get().map_or_else(|| "nothing is scheduled".to_owned(), |(_, name)| name)}</bdi>
                    </dd>
                </div>
            </dl>
        </Show>
    }
}

fn campaigns(count: u32) -> String {
    if count == 1 { "1 campaign".to_owned() } else { format!("{count} campaigns") }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Numbers {
    running: u32,
    under_way: u32,
    waiting: u32,
    paused: u32,
    gates: u32,
    approvals: u32,
}

impl Numbers {
    fn of(rows: &[CampaignRow]) -> Self {
        let count = |wanted: CampaignState| rows.iter().filter(|row| row.state == wanted).count() as u32;
        let tally = rows.iter().map(|row| &row.tally).sum::<Tally>();
        Self {
            running: rows.iter().filter(|row| row.state.starts_devices()).count() as u32,
            under_way: tally.in_flight() + tally.of(TargetState::Verifying),
            waiting: tally.waiting(),
            paused: count(CampaignState::Paused),
            gates: count(CampaignState::GateHold),
            approvals: count(CampaignState::AwaitingApproval),
        }
    }

    fn decide(self) -> u32 {
        self.paused + self.gates + self.approvals
    }

    fn decide_words(self) -> String {
        let part = |count: u32, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let parts = [
            part(self.paused, "paused", "paused"),
            part(self.gates, "gate", "gates"),
            part(self.approvals, "approval", "approvals"),
        ];
        let said = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if said.is_empty() { "nothing waits".to_owned() } else { said }
    }
}

#[component]
fn Body(page: Campaigns, view: Memo<View>) -> impl IntoView {
    let rows = Memo::new(move |_| page.get().and_then(Result::ok).map(|list| list.rows).unwrap_or_default());
    let ids = move || rows.with(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>());
    let error = Memo::new(move |_| page.get().and_then(Result::err));
    let none_at_all = Memo::new(move |_| {
        page.get().and_then(Result::ok).is_some_and(|list| list.states.iter().all(|(_, count)| *count == 0))
    });
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    move || {
        if let Some(error) = error.get() {
            return view! { <ErrorView error again=Callback::new(move |()| page.refetch()) /> }.into_any();
        }
        if none_at_all.get() {
            return view! { <FirstRun /> }.into_any();
        }
        if empty.get() {
            let title = match view.get() {
                View::Decide => "Nothing waits for a decision",
                View::Open => "No campaign is open",
                View::Drafts => "No drafts",
                _ => "No campaigns here",
            };
            return view! {
                <Empty icon="rollout" title=title>
                    <LinkButton href=Signal::stored(View::All.href(None)) class="btn--sm">"All campaigns"</LinkButton>
                </Empty>
            }
            .into_any();
        }
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Campaigns, scrollable table">
                <table class="table table--tall stackable">
                    <thead>
                        <tr>
                            <th scope="col">"Campaign"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Stages"</th>
                            <th scope="col" class="num">"Verified"</th>
                            <th scope="col" class="num">"Routers"</th>
                            <th scope="col">"Failures"</th>
                            <th scope="col" class="slot-low">"Window, local"</th>
                            <th scope="col" class="slot-low">"By"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=ids key=|id| *id let:id>
                            <Row id rows />
                        </For>
                    </tbody>
                </table>
            </div>
        }
        .into_any()
    }
}

/// Nothing was ever planned.
#[component]
fn FirstRun() -> impl IntoView {
    view! {
        <Empty
            icon="rollout"
            title="No campaigns yet"
            text="A campaign does the same on many routers: a few first, the rest when those are well. It stops itself when too many fail."
        >
            {may(Permission::CampaignWrite)
                .then(|| {
                    view! {
                        <LinkButton
                            href=Signal::stored("/campaigns/new".to_owned())
                            class="btn--sm btn--primary"
                            icon="plus"
                        >
                            "New campaign"
                        </LinkButton>
                    }
                })}
        </Empty>
    }
}

/// One campaign. It is found anew in each list that comes, so that its link keeps the focus.
#[component]
fn Row(id: CampaignId, rows: Memo<Vec<CampaignRow>>) -> impl IntoView {
    let clock = use_clock();
    let me = use_agent().map(|agent| agent.name);
    let row = Memo::new(move |before: Option<&Option<CampaignRow>>| {
        let found = rows.with(|rows| rows.iter().find(|row| row.id == id).cloned());
        found.or_else(|| before.cloned().flatten())
    });
    let part = move |read: fn(&CampaignRow) -> String| {
        Memo::new(move |_| row.with(|row| row.as_ref().map(read).unwrap_or_default()))
    };
    let (name, what, by) = (part(|row| row.name.clone()), part(|row| row.what.clone()), part(|row| row.by.clone()));
    let look = Memo::new(move |_| {
        let Some(row) = row.get() else { return (Tone::Off, "never", String::new()) };
        let (tone, icon, label) = look(row.state, row.pause.as_ref(), &row.stages);
        match (row.state, &row.pause, row.starts_at) {
            (CampaignState::Scheduled, _, Some(at)) => (tone, icon, moment(clock, at)),
            (CampaignState::Paused, Some(Pause::Person { by, .. }), _) if Some(by) == me.as_ref() => {
                (tone, icon, "Paused by you".to_owned())
            }
            _ => (tone, icon, label),
        }
    });
    let below = move || {
        row.get().map(|row| match (row.stage, row.ended_at) {
            (_, Some(at)) => clock.day(at),
            (Some((stage, of)), None) => format!("Stage {stage} of {of}"),
            (None, None) => "Not started".to_owned(),
        })
    };
    let verified = part(|row| format!("{} %", done_percent(&row.tally)));
    let count = part(|row| grouped(u64::from(if row.tally.total() > 0 { row.tally.total() } else { row.expected })));
    let health = Memo::new(move |_| {
        let limit = row.with(|row| row.as_ref().map_or(0.0, |row| row.pause_percent));
        let found = row.with(|row| row.as_ref().and_then(|row| failure_tone(&row.tally, limit)));
        found.map(|(tone, share)| (tone, format!("{} failed", percent(share)), format!("limit {}", percent(limit))))
    });
    let window = part(|row| hours(row.window));
    let stages = Memo::new(move |_| row.get().map(|row| row.stages).unwrap_or_default());
    view! {
        <tr>
            <th scope="row" class="wrap">
                <span class="two-line">
                    <a href=campaign_href(id)><bdi>{name}</bdi></a>
                    <small><bdi>{what}</bdi></small>
                </span>
            </th>
            <td class="slot-end">
                <Pill
                    tone=Signal::derive(move || look.get().0)
                    icon=Signal::derive(move || look.get().1)
                    label=Signal::derive(move || look.get().2)
                />
            </td>
            <td class="slot-wide">
                <span class="two-line two-line--bar">
                    <MiniStages stages />
                    <small>{below}</small>
                </span>
            </td>
            <td class="num" data-label="Verified">{verified}</td>
            <td class="num muted" data-label="of">{count}</td>
            <td>
                {move || match health.get() {
                    Some((tone, share, limit)) => view! {
                        <span class="two-line">
                            <Status tone=tone label=share />
                            <small class="indent">{limit}</small>
                        </span>
                    }
                    .into_any(),
                    None => view! { <Status tone=Tone::Off icon="never" label="No data yet" /> }.into_any(),
                }}
            </td>
            <td class="muted slot-hide slot-low">{window}</td>
            <td class="muted slot-hide slot-low clip"><bdi>{by}</bdi></td>
        </tr>
    }
}

/// How far the stages are, as small bars. What they show is in words beside them.
#[component]
fn MiniStages(stages: Memo<Vec<StageView>>) -> impl IntoView {
    let bar = |stage: StageView| {
        let total = f64::from(stage.tally.total().max(1));
        let part = |tone: Tone, count: u32| {
            (count > 0).then(|| {
                let style = format!("--v:{:.1}%", f64::from(count) * 100.0 / total);
                view! { <i data-tone=tone.as_str() style=style></i> }
            })
        };
        let tally = stage.tally;
        view! {
            <span>
                {part(Tone::Ok, tally.succeeded())} {part(Tone::Bad, tally.bad())}
                {part(Tone::Info, tally.in_flight() + tally.of(TargetState::Verifying))}
            </span>
        }
    };
    let none = || {
        vec![StageView {
            label: String::new(),
            state: StageState::Pending,
            tally: Tally::default(),
            started_at: None,
            done_at: None,
            passed_at: None,
            passed_by: None,
        }]
    };
    let bars = move || {
        let stages = stages.get();
        let stages = if stages.is_empty() { none() } else { stages };
        stages.into_iter().map(bar).collect_view()
    };
    view! { <span class="stages--mini" aria-hidden="true">{bars}</span> }
}

#[component]
fn Foot(page: Campaigns, query: Memo<(View, Option<CampaignId>)>) -> impl IntoView {
    let next = Signal::derive(move || {
        let before = page.get()?.ok()?.next?;
        Some(query.get().0.href(Some(before)))
    });
    // Back to the newest: pages are walked one way.
    let previous = Signal::derive(move || query.get().1.map(|_| query.get().0.href(None)));
    view! {
        <Show when=move || next.with(Option::is_some) || previous.with(Option::is_some)>
            <Pager previous next previous_label="Newest" next_label="Older">"Newest first"</Pager>
        </Show>
    }
}

/// "Stop all rollouts?": pauses everything that starts routers.
#[component]
fn StopAll(open: RwSignal<bool>, campaigns: Campaigns, done: Callback<()>) -> impl IntoView {
    view! {
        <Dialog open id="stop-all" closed_by="closerequest">
            <StopAllForm open campaigns done />
        </Dialog>
    }
}

#[component]
fn StopAllForm(open: RwSignal<bool>, campaigns: Campaigns, done: Callback<()>) -> impl IntoView {
    let (deed, confirm, toasts) = (Deed::default(), use_confirm(), use_toasts());
    let reason = Reason::default();
    let rows = campaigns.get_untracked().and_then(Result::ok).map(|list| list.rows).unwrap_or_default();
    let stops = |row: &&CampaignRow| row.state.starts_devices() || row.state == CampaignState::GateHold;
    let count = rows.iter().filter(stops).count() as u32;
    let under_way: u32 = rows.iter().map(|row| row.tally.in_flight()).sum();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(reason) = reason.needed("Say what you saw.") else { return };
        let stop = async move { confirm.run(|| stop_all_campaigns(reason.clone())).await };
        deed.run(stop, move |stopped| {
            let text = if stopped == 0 {
                "Nothing was running.".to_owned()
            } else {
                format!("{} paused.", self::campaigns(stopped))
            };
            toasts.push(Tone::Ok, text);
            open.try_set(false);
            done.run(());
        });
    };
    let pauses = match count {
        0 => "Nothing runs now.".to_owned(),
        count => format!("{}. No other router is asked to begin.", campaigns_pause(count)),
    };
    view! {
        <form on:submit=go novalidate>
            <DialogHead id="stop-all" title="Stop all rollouts?" tone=Tone::Bad icon="stop">
                "For when a rollout is hurting subscribers and you do not yet know which."
            </DialogHead>
            <div class="dialog__body">
                <Refused deed />
                <ul class="impact">
                    <li data-tone="info">
                        <Icon name="chip" />
                        <span><b>{routers(under_way)}</b> " under way will finish. Cutting power now could break them."</span>
                    </li>
                    <li data-tone="warn"><Icon name="pause" /><span>{pauses}</span></li>
                    <li><Icon name="play" /><span>"Each goes on when a person says so, with a reason."</span></li>
                </ul>
                <ReasonField
                    id="stop-all-why" reason placeholder="What did you see?"
                    hint="It stands in the log of each campaign and in the audit log."
                />
            </div>
            <DialogFoot open>
                <Button class="btn--danger" kind="submit" busy=deed.busy>"Stop all rollouts"</Button>
            </DialogFoot>
        </form>
    }
}

fn campaigns_pause(count: u32) -> String {
    if count == 1 { "1 campaign pauses".to_owned() } else { format!("{count} campaigns pause") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_person_is_said_by_kind() {
        assert_eq!(Numbers::default().decide_words(), "nothing waits");
        let some = Numbers { paused: 1, gates: 2, approvals: 1, ..Numbers::default() };
        assert_eq!((some.decide(), some.decide_words()), (4, "1 paused, 2 gates, 1 approval".to_owned()));
    }
}
