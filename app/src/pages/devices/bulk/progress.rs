//! How far orders for many devices are, and what came of them. Survives a reload: it is the server that knows.

use super::order::PROGRESS;
use crate::components::{Button, Icon, Tone, use_toasts};
use crate::locale::grouped;
use crate::pages::devices::List;
use crate::pages::devices::api::{dismiss_bulk, stop_bulk};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::bulk::{BulkKind, BulkSkip, BulkView};
use std::time::Duration;

/// How often a running order is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[component]
pub fn Progress() -> impl IntoView {
    let list = expect_context::<List>();
    let bulks = list.bulks;
    let running =
        Memo::new(move |_| bulks.get().and_then(Result::ok).is_some_and(|all| all.iter().any(BulkView::is_running)));
    Effect::new(move |_| {
        if !running.get() {
            return;
        }
        let timer = set_interval_with_handle(move || bulks.refetch(), LOOK_EVERY);
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
    view! {
        <Transition>
            {move || {
                let all = bulks.get().and_then(Result::ok).unwrap_or_default();
                (!all.is_empty())
                    .then(|| {
                        view! {
                            <section class="bulks" id=PROGRESS tabindex="-1" aria-label="Orders for many routers">
                                {all.into_iter().map(|bulk| view! { <Line bulk /> }).collect_view()}
                            </section>
                        }
                    })
            }}
            // Only the result is told: the numbers on the way would never stop.
            <p class="sr-only" role="status">
                {move || {
                    let all = bulks.get().and_then(Result::ok).unwrap_or_default();
                    all.iter().find(|bulk| !bulk.is_running()).map(|bulk| format!("{} {}", title(bulk), words(bulk)))
                }}
            </p>
        </Transition>
    }
}

#[component]
fn Line(bulk: BulkView) -> impl IntoView {
    let list = expect_context::<List>();
    let toasts = use_toasts();
    let (id, running) = (bulk.id, bulk.is_running());
    let act = Callback::new(move |_| {
        spawn_local(async move {
            let done = if running { stop_bulk(id).await.map(drop) } else { dismiss_bulk(id).await };
            if let Err(error) = done {
                toasts.fail(error);
            }
            list.bulks.refetch();
        });
    });
    let (tone, icon) = match (running, bulk.left()) {
        (true, _) => (Tone::Info, "loader"),
        (false, 0) => (Tone::Ok, "check-circle"),
        (false, _) => (Tone::Warn, "stop"),
    };
    view! {
        <div class="bulks__line" data-tone=tone.as_str()>
            <Icon name=icon class=if running { "spin" } else { "" } />
            <p><b>{title(&bulk)}</b> " " {words(&bulk)}</p>
            <span class="only-hydrated">
                {if running {
                    view! { <Button class="btn--sm" icon="stop" on_click=act>"Stop"</Button> }.into_any()
                } else {
                    view! { <Button class="btn--sm" icon="x" on_click=act>"Close"</Button> }.into_any()
                }}
            </span>
        </div>
    }
}

/// `Reboot of 1,234 routers.`
fn title(bulk: &BulkView) -> String {
    let routers = if bulk.total == 1 { "1 router".to_owned() } else { format!("{} routers", number(bulk.total)) };
    format!("{} of {routers}.", if bulk.kind == BulkKind::Reboot { "Reboot" } else { "Refresh" })
}

/// `1,200 queued, 34 skipped because 30 are not approved, 4 have the same task already.`
fn words(bulk: &BulkView) -> String {
    let queued = format!("{} queued", number(bulk.queued));
    let why = |(why, count): &(BulkSkip, u32)| format!("{} {}", number(*count), why.says(*count));
    let skipped = match bulk.skipped_count() {
        0 => String::new(),
        skipped => {
            let reasons: Vec<_> = bulk.skipped.iter().map(why).collect();
            format!(", {} skipped because {}", number(skipped), reasons.join(", "))
        }
    };
    let rest = match (bulk.is_running(), bulk.left()) {
        (true, left) => format!(", {} to go.", number(left)),
        (false, 0) => ".".to_owned(),
        (false, left) => format!(", stopped: {} left alone.", number(left)),
    };
    queued + &skipped + &rest
}

fn number(count: u32) -> String {
    grouped(u64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{BulkId, Timestamp};

    #[test]
    fn the_result_says_how_many_and_why() {
        let bulk = BulkView {
            id: BulkId(1),
            kind: BulkKind::Reboot,
            by: "Ana".into(),
            total: 1234,
            queued: 1200,
            skipped: vec![(BulkSkip::NotApproved, 30), (BulkSkip::Already, 1)],
            prepared_at: Timestamp(0),
            started_at: Some(Timestamp(1)),
            ended_at: None,
        };
        assert_eq!(title(&bulk), "Reboot of 1,234 routers.");
        let said = "1,200 queued, 31 skipped because 30 are not approved, 1 has the same task already";
        assert_eq!(words(&bulk), format!("{said}, 3 to go."));
        let ended = BulkView { ended_at: Some(Timestamp(2)), ..bulk };
        assert_eq!(words(&ended), format!("{said}, stopped: 3 left alone."));
        let whole = BulkView { queued: 1203, ..ended };
        assert!(words(&whole).ends_with("already."));
    }
}
