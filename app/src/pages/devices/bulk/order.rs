//! Asking many devices for the same: first which ones, then whether it is meant, then it is queued.

use crate::PortalError;
use crate::components::{Dialog, DialogFoot, DialogHead, Icon, Refusal, Tone, use_toasts};
use crate::locale::grouped;
use crate::pages::devices::List;
use crate::pages::devices::api::{prepare_bulk, start_bulk};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use model::bulk::{BULK_A_SECOND, BulkKind, BulkTarget, BulkView};
use std::collections::BTreeSet;

/// Where orders show how far they are; focus goes there when a dialog is answered.
pub const PROGRESS: &str = "bulk-progress";

/// What is being asked.
#[derive(Clone, Copy)]
pub struct Order {
    list: List,
    /// Prepared and waiting for a yes.
    plan: RwSignal<Option<BulkView>>,
    open: RwSignal<bool>,
    pub busy: RwSignal<bool>,
    refused: RwSignal<Option<PortalError>>,
}

impl Order {
    pub fn new(list: List) -> Self {
        Self {
            list,
            plan: RwSignal::new(None),
            open: RwSignal::new(false),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
        }
    }

    /// Fixes which devices it is for. Asks back, unless it only reads from devices that were chosen one by one.
    pub fn ask(self, kind: BulkKind) {
        if self.busy.get_untracked() {
            return;
        }
        let list = self.list;
        let everything = list.everything.get_untracked();
        let target = if everything {
            BulkTarget::Matching(list.query.with_untracked(|query| query.filter.clone()))
        } else {
            BulkTarget::Devices(list.selected.with_untracked(|selected| selected.iter().copied().collect()))
        };
        let toasts = use_toasts();
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            match prepare_bulk(kind, target).await {
                Err(error) => toasts.fail(error),
                Ok(plan) if kind == BulkKind::Refresh && !everything => {
                    if let Err(error) = start_bulk(plan.id, None).await {
                        toasts.fail(error);
                    } else {
                        self.started();
                    }
                }
                Ok(plan) => {
                    self.plan.try_set(Some(plan));
                    self.open.try_set(true);
                }
            }
            self.busy.try_set(false);
        });
    }

    fn confirm(self, plan: &BulkView, typed: Option<u32>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        let id = plan.id;
        spawn_local(async move {
            match start_bulk(id, typed).await {
                Ok(_) => {
                    self.open.try_set(false);
                    self.started();
                }
                Err(error) => {
                    self.refused.try_set(Some(error));
                }
            }
            self.busy.try_set(false);
        });
    }

    /// The selection has served; what becomes of it is shown above the list.
    fn started(self) {
        self.list.bulks.refetch();
        self.list.everything.try_set(false);
        self.list.selected.try_update(BTreeSet::clear);
        // The bar with the button is gone by the next frame, and with it the focus.
        request_animation_frame(|| {
            let progress = document().get_element_by_id(PROGRESS);
            if let Some(progress) = progress.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
                let _ = progress.focus();
            }
        });
    }
}

/// Says how many, and what it means for them.
#[component]
pub fn OrderDialog(order: Order) -> impl IntoView {
    view! {
        <Dialog open=order.open id="bulk">
            {move || order.plan.get().map(|plan| view! { <Form order plan /> })}
        </Dialog>
    }
}

#[component]
fn Form(order: Order, plan: BulkView) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let (total, needs) = (plan.total, plan.needs_typing());
    let number = move || typed.with(|typed| number_of(typed));
    let sure = Memo::new(move |_| !needs || number() == Some(total));
    let reboot = plan.kind == BulkKind::Reboot;
    let count = if total == 1 { "one router".to_owned() } else { format!("{} routers", grouped(u64::from(total))) };
    let title = if reboot { format!("Reboot {count}?") } else { format!("Read everything from {count}?") };
    let seconds = total.div_ceil(BULK_A_SECOND);
    let (shown, go_plan) = (grouped(u64::from(total)), plan);
    view! {
        <form on:submit=move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if sure.get_untracked() {
                order.confirm(&go_plan, number());
            }
        }>
            <DialogHead id="bulk" title tone=Tone::Warn icon=if reboot { "power" } else { "refresh" }>
                "These are the ones that matched a moment ago; none is added any more."
            </DialogHead>
            <div class="dialog__body stack">
                <ul class="impact">
                    {reboot
                        .then(|| {
                            view! {
                                <li data-tone="warn">
                                    <Icon name="globe" />
                                    <span>
                                        "Each loses its connection for some minutes. Calls on these lines drop. It cannot be taken back."
                                    </span>
                                </li>
                            }
                        })}
                    <li>
                        <Icon name="tasks" />
                        <span>
                            {if seconds > 1 {
                                format!("Queued at {BULK_A_SECOND} a second, so in about {seconds} s. You can stop what is not queued yet.")
                            } else {
                                "Queued at once.".to_owned()
                            }}
                        </span>
                    </li>
                    <li>
                        <Icon name="clock" />
                        <span>"Routers that cannot be reached now do it at their next contact."</span>
                    </li>
                </ul>
                {needs
                    .then(|| {
                        view! {
                            <div class="field">
                                <label class="field__label" for="bulk-number">
                                    <span>"Type " <b>{shown.clone()}</b> " to confirm"</span>
                                </label>
                                <input
                                    class="input"
                                    id="bulk-number"
                                    inputmode="numeric"
                                    autocomplete="off"
                                    prop:value=move || typed.get()
                                    on:input:target=move |event| typed.set(event.target().value())
                                />
                            </div>
                        }
                    })}
                <Refusal refused=order.refused />
            </div>
            <DialogFoot open=order.open>
                <button
                    class=if reboot { "btn btn--danger" } else { "btn btn--primary" }
                    type="submit"
                    disabled=move || !sure.get()
                    aria-disabled=move || order.busy.get().then_some("true")
                >
                    {if reboot { "Reboot them" } else { "Refresh them" }}
                </button>
            </DialogFoot>
        </form>
    }
}

/// A number as people write it: with commas, dots, spaces, or without.
fn number_of(typed: &str) -> Option<u32> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ',' | '.' | ' ' | '\u{a0}' | '\u{202f}')).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_written_as_it_is_shown() {
        for typed in ["1234", "1,234", " 1 234 ", "1.234"] {
            assert_eq!(number_of(typed), Some(1234), "{typed:?}");
        }
        for typed in ["", "all", "-5", "12e2"] {
            assert_eq!(number_of(typed), None, "{typed:?}");
        }
    }
}
