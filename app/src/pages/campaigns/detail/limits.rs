//! Changes how fast a campaign goes and when it stops itself, while it is under way.

use super::super::api::change_campaign_limits;
use super::super::wizard::number;
use super::Here;
use crate::PortalError;
use crate::components::{Button, Deed, Dialog, DialogFoot, DialogHead, Field, Reason, ReasonField, Refused};
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::campaign::Limits;

/// Every number that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    PerMinute,
    AtOnce,
    Megabits,
    PausePercent,
    PauseCount,
    LostPercent,
    LostCount,
    AbortPercent,
    AbortCount,
    MinSample,
}

impl Which {
    const PACE: [Self; 4] = [Self::PerMinute, Self::AtOnce, Self::Megabits, Self::MinSample];
    const STOPS: [Self; 6] = [
        Self::PausePercent,
        Self::PauseCount,
        Self::LostPercent,
        Self::LostCount,
        Self::AbortPercent,
        Self::AbortCount,
    ];

    fn id(self) -> &'static str {
        match self {
            Self::PerMinute => "limit-minute",
            Self::AtOnce => "limit-once",
            Self::Megabits => "limit-megabits",
            Self::PausePercent => "limit-pause",
            Self::PauseCount => "limit-pause-count",
            Self::LostPercent => "limit-lost",
            Self::LostCount => "limit-lost-count",
            Self::AbortPercent => "limit-abort",
            Self::AbortCount => "limit-abort-count",
            Self::MinSample => "limit-sample",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::PerMinute => "Starts per minute",
            Self::AtOnce => "At once",
            Self::Megabits => "Mbit/s in all",
            Self::PausePercent => "Pauses above, % failed",
            Self::PauseCount => "and from, failed",
            Self::LostPercent => "Pauses above, % not back",
            Self::LostCount => "and from, not back",
            Self::AbortPercent => "Ends above, % failed",
            Self::AbortCount => "and from, failed in all",
            Self::MinSample => "Judged from, finished",
        }
    }

    fn of(self, limits: &Limits) -> Option<f64> {
        let (pace, thresholds) = (&limits.pace, &limits.thresholds);
        match self {
            Self::PerMinute => Some(f64::from(pace.per_minute)),
            Self::AtOnce => Some(f64::from(pace.at_once)),
            Self::Megabits => pace.megabits.map(f64::from),
            Self::PausePercent => Some(thresholds.pause.percent),
            Self::PauseCount => Some(f64::from(thresholds.pause.count)),
            Self::LostPercent => Some(thresholds.lost.percent),
            Self::LostCount => Some(f64::from(thresholds.lost.count)),
            Self::AbortPercent => Some(thresholds.abort.percent),
            Self::AbortCount => Some(f64::from(thresholds.abort.count)),
            Self::MinSample => Some(f64::from(thresholds.min_sample)),
        }
    }

    fn put(self, limits: &mut Limits, value: Option<f64>) {
        let (pace, thresholds) = (&mut limits.pace, &mut limits.thresholds);
        let share = value.unwrap_or(0.0);
        let count = share as u32;
        match self {
            Self::PerMinute => pace.per_minute = count,
            Self::AtOnce => pace.at_once = count,
            Self::Megabits => pace.megabits = value.map(|_| count),
            Self::PausePercent => thresholds.pause.percent = share,
            Self::PauseCount => thresholds.pause.count = count,
            Self::LostPercent => thresholds.lost.percent = share,
            Self::LostCount => thresholds.lost.count = count,
            Self::AbortPercent => thresholds.abort.percent = share,
            Self::AbortCount => thresholds.abort.count = count,
            Self::MinSample => thresholds.min_sample = count,
        }
    }

    /// What a text means here.
    fn parse(self, text: &str) -> Result<Option<f64>, String> {
        match self {
            Self::PausePercent | Self::LostPercent | Self::AbortPercent => number(text, 0.0, 100.0, true, false),
            Self::Megabits => number(text, 1.0, 1_000_000.0, false, true),
            Self::PerMinute | Self::AtOnce => number(text, 1.0, 1_000_000.0, false, false),
            _ => number(text, 0.0, 1_000_000.0, false, false),
        }
    }
}

/// The button, where there is something to change, and its dialog.
#[component]
pub fn ChangeLimits() -> impl IntoView {
    let here = expect_context::<Here>();
    let under_way = here.part(|view| view.state.has_started() && !view.state.ended());
    let shown = move || under_way.get() == Some(true) && may(Permission::CampaignWrite);
    let open = RwSignal::new(false);
    view! {
        <Show when=shown>
            <span class="card__end">
                <Button class="btn--sm" icon="sliders" on_click=Callback::new(move |_| open.set(true))>"Change limits"</Button>
            </span>
        </Show>
        <Dialog open id="limits-change" closed_by="closerequest">
            <Form open />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let here = expect_context::<Here>();
    let deed = Deed::default();
    let Some(view) = here.view_untracked() else { return ().into_any() };
    let (id, before) = (view.id, view.plan.limits());
    let texts = StoredValue::new(
        Which::PACE
            .into_iter()
            .chain(Which::STOPS)
            .map(|which| {
                let text = which.of(&before).map(|number| number.to_string()).unwrap_or_default();
                (which, RwSignal::new(text))
            })
            .collect::<Vec<_>>(),
    );
    let reason = Reason::default();
    // `None`: a field has what it cannot take.
    let wanted = Memo::new(move |_| {
        texts.with_value(|texts| {
            let mut limits = before;
            for (which, text) in texts {
                which.put(&mut limits, text.with(|text| which.parse(text)).ok()?);
            }
            Some(limits)
        })
    });
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(reason) = reason.needed("Give a reason.") else { return };
        let Some(limits) = wanted.get_untracked() else { return };
        deed.run(change_campaign_limits(id, limits, reason), move |_| {
            open.try_set(false);
            here.again.run(());
        });
    };
    let field = move |which: Which| {
        let text = texts.with_value(|texts| texts.iter().find(|(other, _)| *other == which).map(|(_, text)| *text));
        let text = text.unwrap_or_default();
        let error = Signal::derive(move || text.with(|text| which.parse(text)).err().map(PortalError::from));
        view! {
            <Field id=which.id() label=which.label() error>
                <input
                    class="input input--num" id=which.id() inputmode="decimal" autocomplete="off" maxlength="12"
                    aria-describedby=format!("{}-err", which.id())
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                />
            </Field>
        }
    };
    view! {
        <form on:submit=go novalidate>
            <DialogHead id="limits-change" title="Change pace and limits" icon="sliders">
                <bdi>{view.plan.name.clone()}</bdi>
            </DialogHead>
            <div class="dialog__body">
                <Refused deed />
                <p class="muted">"What is under way goes on. To loosen what was approved, it takes somebody who could have approved it."</p>
                <div class="grid-2">{Which::PACE.map(field)}</div>
                <div class="grid-2">{Which::STOPS.map(field)}</div>
                <ReasonField id="limit-why" reason />
            </div>
            <DialogFoot open>
                <Button
                    class="btn--primary" kind="submit" busy=deed.busy
                    disabled=Signal::derive(move || wanted.with(|wanted| wanted.is_none_or(|wanted| wanted == before)))
                >
                    "Change"
                </Button>
            </DialogFoot>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::campaign::{CampaignKind, CampaignPlan};

    #[test]
    fn every_number_is_put_where_it_was_read() {
        let before = CampaignPlan::new("x", CampaignKind::Reboot).limits();
        for which in Which::PACE.into_iter().chain(Which::STOPS) {
            let mut limits = before;
            which.put(&mut limits, Some(7.0));
            assert_eq!(which.of(&limits), Some(7.0), "{which:?}");
            which.put(&mut limits, which.of(&before));
            assert_eq!(limits, before, "{which:?}");
        }
        assert_eq!(Which::Megabits.parse(""), Ok(None));
        assert!(Which::AtOnce.parse("0").is_err() && Which::PausePercent.parse("101").is_err());
    }
}
