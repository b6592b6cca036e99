//! What is done with a campaign: each asks first, says what it means, and is done once.

use super::super::api::{
    approve_campaign, ask_approval, campaign_files, cancel_campaign, delete_campaign, pause_campaign, reject_campaign,
    resume_campaign, roll_back_campaign, start_campaign,
};
use super::super::words::{percent, routers, worst_case};
use super::super::{campaign_href, url};
use super::Here;
use crate::components::{
    Button, Deed, Dialog, DialogFoot, DialogHead, Icon, Reason, ReasonField, Refused, Tone, follows, use_confirm,
    use_toasts,
};
use crate::session::may;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::campaign::{CampaignEvent, CampaignKind, CampaignState, CampaignView, Pause};
use model::file::FileType;
use model::{FileId, Permission};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    AskApproval,
    Approve,
    Reject,
    Start,
    Pause,
    Resume,
    /// Lets a gate pass.
    GoOn,
    RollBack,
    Cancel,
    Delete,
}

/// Whether a reason is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    None,
    Optional,
    Needed,
}

impl Act {
    pub fn icon(self) -> &'static str {
        match self {
            Self::AskApproval => "send",
            Self::Approve => "shield",
            Self::Reject => "x-circle",
            Self::Start | Self::Resume | Self::GoOn => "play",
            Self::Pause => "pause",
            Self::RollBack => "undo",
            Self::Cancel => "stop",
            Self::Delete => "trash",
        }
    }

    pub fn button(self) -> &'static str {
        match self {
            Self::AskApproval => "Ask for approval",
            Self::Approve => "Approve",
            Self::Reject => "Reject",
            Self::Start => "Start",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::GoOn => "Go on",
            Self::RollBack => "Roll back",
            Self::Cancel => "Cancel it",
            Self::Delete => "Delete",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::AskApproval => "Ask for approval?",
            Self::Approve => "Approve this campaign?",
            Self::Reject => "Reject this campaign?",
            Self::Start => "Start this campaign?",
            Self::Pause => "Pause this campaign?",
            Self::Resume => "Resume this campaign?",
            Self::GoOn => "Go on past the gate?",
            Self::RollBack => "Take this campaign back?",
            Self::Cancel => "Cancel this campaign?",
            Self::Delete => "Delete this campaign?",
        }
    }

    /// Of the button that does it.
    fn verb(self) -> &'static str {
        match self {
            Self::RollBack => "Make the draft",
            Self::Cancel => "Cancel campaign",
            act => act.button(),
        }
    }

    /// Of the button that does not.
    fn keep(self) -> &'static str {
        match self {
            Self::Pause | Self::Cancel => "Keep running",
            _ => "Cancel",
        }
    }

    fn why(self) -> Why {
        match self {
            Self::Pause | Self::Cancel => Why::Optional,
            Self::Reject | Self::Resume | Self::GoOn | Self::RollBack => Why::Needed,
            _ => Why::None,
        }
    }

    fn types_name(self) -> bool {
        matches!(self, Self::Start | Self::Cancel)
    }

    fn tone(self) -> Option<Tone> {
        match self {
            Self::Cancel | Self::Delete => Some(Tone::Bad),
            Self::Start | Self::Approve | Self::GoOn | Self::Resume => Some(Tone::Warn),
            _ => None,
        }
    }
}

/// What can be done now: the first one is the likeliest.
pub fn offered(view: &CampaignView) -> Vec<Act> {
    use CampaignState as S;
    let write = may(Permission::CampaignWrite);
    let act = |act: Act, event: CampaignEvent| view.state.after(event).map(|_| act);
    let mut acts = Vec::new();
    if view.state == S::AwaitingApproval && may(Permission::CampaignApprove) {
        acts.extend([Act::Approve, Act::Reject]);
    }
    if !write {
        return acts;
    }
    let ready = view.problems.is_empty();
    if ready && view.needs_approval {
        acts.extend(act(Act::AskApproval, CampaignEvent::AskApproval));
    }
    if ready && !view.needs_approval {
        acts.extend(act(Act::Start, CampaignEvent::Start).filter(|_| view.state != S::Scheduled));
    }
    acts.extend(act(Act::Resume, CampaignEvent::Resume));
    acts.extend(act(Act::GoOn, CampaignEvent::GoOn).filter(|_| view.state == S::GateHold));
    acts.extend(act(Act::Pause, CampaignEvent::Pause));
    let firmware = matches!(view.plan.kind, CampaignKind::Firmware { .. });
    if firmware && view.state.has_started() && (view.state.ended() || view.tally().bad() > 0) {
        acts.push(Act::RollBack);
    }
    acts.extend(act(Act::Cancel, CampaignEvent::Cancel));
    if !view.state.has_started() && view.state != S::Scheduled {
        acts.push(Act::Delete);
    }
    acts
}

/// What is being asked.
#[derive(Clone, Copy)]
pub struct Asked(pub RwSignal<Option<Act>>);

/// The buttons as children, and the dialog that they open.
#[component]
pub fn Acts(children: Children) -> impl IntoView {
    let asked = RwSignal::new(None::<Act>);
    provide_context(Asked(asked));
    let here = expect_context::<Here>();
    let query = use_query_map();
    // Who saved a plan in order to start it is asked at once.
    Effect::new(move |_| {
        let wanted = query.with_untracked(|query| query.get("do").is_some_and(|word| word == "start"));
        let next = here.view_untracked().filter(|_| wanted).and_then(|view| offered(&view).into_iter().next());
        if let Some(act) = next.filter(|act| matches!(act, Act::Start | Act::AskApproval)) {
            ask_once_shown(asked, act);
        }
    });
    let open = follows(asked);
    view! {
        {children()}
        <Dialog open id="act" closed_by="closerequest">
            {move || asked.get_untracked().map(|act| view! { <ActForm act open /> })}
        </Dialog>
    }
}

/// Asks as soon as the page is shown: below a `Transition` it is put together before that, and a dialog opens only on a page.
fn ask_once_shown(asked: RwSignal<Option<Act>>, act: Act) {
    request_animation_frame(move || {
        if document().get_element_by_id("act").is_some() {
            asked.try_set(Some(act));
        } else if asked.try_get_untracked().is_some() {
            ask_once_shown(asked, act);
        }
    });
}

/// A line of what it means: tone, icon, text.
type Line = (&'static str, &'static str, String);

/// What an act means for whom.
fn impact(act: Act, view: &CampaignView) -> Vec<Line> {
    let tally = view.tally();
    let (under_way, waiting) = (tally.in_flight(), tally.waiting());
    let finishes = ("info", "chip", format!("{} under way will finish, and are still verified.", routers(under_way)));
    let window = view.plan.window.is_some();
    match act {
        Act::AskApproval => {
            vec![("", "shield", "A second person sees the plan and approves or rejects it.".to_owned())]
        }
        Act::Approve | Act::Start => {
            let (first, later) = worst_case(&view.plan, view.expected);
            let mut lines = vec![
                ("", "target", format!("For {}, in {} stages.", routers(view.expected), view.plan.stages.len())),
                ("warn", "alert", format!("If it goes wrong: {} at most before the first gate.", routers(first))),
            ];
            lines.extend(later.filter(|later| *later > first).map(|later| {
                let text = format!("In any later stage {} at most, until it stops itself.", routers(later));
                ("warn", "alert", text)
            }));
            if view.plan.kind.restarts() {
                lines.push(("", "power", "Each loses its connection for some minutes.".to_owned()));
            }
            if !window {
                lines.push(("warn", "clock", "There is no window: it begins at any time of the day.".to_owned()));
            }
            lines
        }
        Act::Reject => vec![("", "edit", "It goes back to its author, who may change it.".to_owned())],
        Act::Pause => vec![finishes, ("", "hourglass", format!("{} wait until it is resumed.", routers(waiting)))],
        Act::Resume => {
            let mut lines = vec![("", "play", format!("{} wait for their turn.", routers(waiting)))];
            if matches!(view.pause, Some(Pause::Alarm { .. })) {
                let text = format!(
                    "{} failed so far. What failed until now does not stop it again; the counts are kept.",
                    routers(tally.bad())
                );
                lines.push(("warn", "alert", text));
            }
            lines
        }
        Act::GoOn => {
            let held = view.current_stage().and_then(|at| view.stages.get(at));
            let share = held.and_then(|stage| stage.tally.succeeded_percent());
            let next = view.current_stage().and_then(|at| view.stages.get(at + 1));
            let mut lines = Vec::new();
            lines.extend(share.map(|share| ("", "gate", format!("{} of this stage are verified.", percent(share)))));
            lines.extend(next.map(|next| ("warn", "play", format!("{} begin next.", routers(next.tally.total())))));
            lines
        }
        Act::RollBack => vec![
            ("", "edit", "A new campaign is drafted; nothing starts by itself.".to_owned()),
            ("", "target", "It is for the routers that run what this one brought.".to_owned()),
        ],
        Act::Cancel => vec![
            finishes,
            ("bad", "x-circle", format!("{} leave the queue and stay as they are.", routers(waiting))),
            ("", "undo", format!("{} keep what they have. Nothing is taken back.", routers(tally.succeeded()))),
        ],
        Act::Delete => vec![("bad", "trash", "The draft is gone. No router was asked for anything.".to_owned())],
    }
}

#[component]
fn ActForm(act: Act, open: RwSignal<bool>) -> impl IntoView {
    let here = expect_context::<Here>();
    let (deed, confirm, toasts) = (Deed::default(), use_confirm(), use_toasts());
    let navigate = use_navigate();
    let Some(view) = here.view_untracked() else { return ().into_any() };
    let (reason, typed) = (Reason::default(), RwSignal::new(String::new()));
    let image = RwSignal::new(None::<FileId>);
    let name = view.plan.name.trim().to_owned();
    let right = {
        let name = name.clone();
        Memo::new(move |_| !act.types_name() || typed.with(|typed| typed.trim() == name))
    };
    let (id, revision) = (view.id, view.revision);
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (typed, image) = (typed.get_untracked(), image.get_untracked());
        let reason = if act.why() == Why::Needed { reason.needed("Give a reason.") } else { Some(reason.given()) };
        let Some(reason) = reason else { return };
        if !right.get_untracked() || (act == Act::RollBack && image.is_none()) {
            return;
        }
        let work = async move {
            match act {
                Act::AskApproval => ask_approval(id, revision).await.map(Some),
                Act::Approve => confirm.run(|| approve_campaign(id, revision)).await.map(Some),
                Act::Reject => reject_campaign(id, revision, reason).await.map(Some),
                Act::Start => confirm.run(|| start_campaign(id, revision, typed.clone())).await.map(Some),
                Act::Pause => pause_campaign(id, reason).await.map(Some),
                Act::Resume | Act::GoOn => resume_campaign(id, reason).await.map(Some),
                Act::Cancel => confirm.run(|| cancel_campaign(id, reason.clone(), typed.clone())).await.map(Some),
                Act::RollBack => match image {
                    Some(image) => roll_back_campaign(id, image, reason).await.map(Some),
                    None => Ok(None),
                },
                Act::Delete => delete_campaign(id).await.map(|()| None),
            }
        };
        let navigate = navigate.clone();
        deed.run(work, move |after| {
            open.try_set(false);
            match (act, after) {
                (Act::Delete, _) => {
                    toasts.push(Tone::Ok, "The campaign was deleted.");
                    navigate(url::PATH, NavigateOptions::default());
                }
                (Act::RollBack, Some(draft)) => {
                    navigate(&campaign_href(draft.id), NavigateOptions::default());
                }
                _ => here.again.run(()),
            }
        });
    };
    let line = |(tone, icon, text): Line| {
        view! { <li data-tone=(!tone.is_empty()).then_some(tone)><Icon name=icon /><span>{text}</span></li> }
    };
    let lines = impact(act, &view).into_iter().map(line).collect_view();
    let needed = act.why() == Why::Needed;
    let label = if needed { "Reason" } else { "Reason (optional)" };
    let hint = match act {
        Act::Reject => "Its author reads it.",
        _ => "It stands in the log of the campaign and in the audit log.",
    };
    let called = name.clone();
    let head = match act.tone() {
        Some(tone) => view! {
            <DialogHead id="act" title=act.title() tone icon=act.icon()><bdi>{called}</bdi></DialogHead>
        }
        .into_any(),
        None => view! {
            <DialogHead id="act" title=act.title() icon=act.icon()><bdi>{called}</bdi></DialogHead>
        }
        .into_any(),
    };
    view! {
        <form on:submit=go novalidate>
            {head}
            <div class="dialog__body">
                <Refused deed />
                {(act == Act::Cancel).then(|| view! { <p>"This cannot be undone. To stop for now, pause instead."</p> })}
                <ul class="impact">{lines}</ul>
                {(act == Act::RollBack).then(|| view! { <Image image not=view.plan.kind.files().to_vec() /> })}
                {(act.why() != Why::None).then(|| view! { <ReasonField id="act-why" reason label needed hint /> })}
                {act
                    .types_name()
                    .then(|| {
                        view! {
                            <div class="field">
                                <label class="field__label" for="act-name">
                                    <span>"Type " <b><bdi>{name.clone()}</bdi></b> " to confirm"</span>
                                </label>
                                <input
                                    class="input" id="act-name" autocomplete="off" spellcheck="false" maxlength="200"
                                    prop:value=move || typed.get()
                                    on:input:target=move |event| typed.set(event.target().value())
                                />
                            </div>
                        }
                    })}
            </div>
            <DialogFoot open cancel=act.keep()>
                <Button
                    class=if act.tone() == Some(Tone::Bad) { "btn--danger" } else { "btn--primary" }
                    kind="submit"
                    busy=deed.busy
                    disabled=Signal::derive(move || !right.get() || (act == Act::RollBack && image.get().is_none()))
                >
                    {act.verb()}
                </Button>
            </DialogFoot>
        </form>
    }
    .into_any()
}

/// Which image they get back.
#[component]
fn Image(image: RwSignal<Option<FileId>>, not: Vec<FileId>) -> impl IntoView {
    // Opened by a click, so in the browser alone.
    let files = LocalResource::new(campaign_files);
    let options = move || {
        let files = files.get().and_then(Result::ok).unwrap_or_default();
        let fits =
            |file: &model::file::FileView| file.file.file_type == FileType::Firmware && !not.contains(&file.file.id);
        files
            .into_iter()
            .filter(fits)
            .map(|file| {
                let words = if file.file.version.is_empty() {
                    file.file.name
                } else {
                    format!("{} ({})", file.file.version, file.file.name)
                };
                view! { <option value=file.file.id.to_string()>{words}</option> }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <label class="field__label" for="act-image">"Image that is known to be good"</label>
            <select
                class="select" id="act-image"
                on:change:target=move |event| image.set(event.target().value().parse().ok())
            >
                <option value="">"Choose an image"</option>
                {options}
            </select>
        </div>
    }
}
