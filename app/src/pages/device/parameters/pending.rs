//! Changes that have not been sent: the panel beside the table, and the review before sending.

use super::values::Diff;
use crate::components::{Button, Dialog, DialogFoot, DialogHead, Icon, Said};
use crate::pages::device::edits::{Edit, Edits};
use crate::pages::device::head::Who;
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::shown_value;
use leptos::prelude::*;
use model::task::short_name;

/// Shown as soon as there is a change; on every section of the device, so that none is forgotten.
#[component]
pub fn Pending() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let count = Memo::new(move |_| state.edits.with(Edits::len));
    view! {
        <Show when=move || { count.get() > 0 }>
            <PendingCard count />
        </Show>
    }
}

#[component]
fn PendingCard(count: Memo<usize>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let review = RwSignal::new(false);
    let paths = move || state.edits.with(|edits| edits.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>());
    view! {
        <section class="card" aria-labelledby="pend-h">
            <div class="card__head card__head--line">
                <h2 id="pend-h">"Not sent yet"</h2>
                <span class="count" data-tone="info">{move || count.get()}</span>
                <span class="card__end">
                    <button class="linkbtn" type="button" on:click=move |_| state.edits.update(Edits::clear)>
                        "Discard all"
                    </button>
                </span>
            </div>
            <ul class="rowlist changes">
                <For each=paths key=Clone::clone let:path>
                    <Change path />
                </For>
            </ul>
            <div class="card__body card__body--top stack stack--sm">
                <p class="note">
                    <span class="status" data-tone="off">
                        <Icon name="info" />
                        "Sent together. If one is refused, none is applied."
                    </span>
                </p>
                <button class="btn btn--primary btn--block" type="button" on:click=move |_| review.set(true)>
                    {move || format!("Review {}", changes_words(count.get()))}
                </button>
            </div>
        </section>
        <Dialog open=review id="review" class="dialog dialog--wide">
            <Review open=review />
        </Dialog>
    }
}

#[component]
fn Change(path: String) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let wanted = path.clone();
    let edit = Memo::new(move |_| state.edits.with(|edits| edits.get(&wanted).cloned()));
    let label = format!("Discard change to {}", short_name(&path));
    let short = tail(&path).to_owned();
    let gone = path.clone();
    view! {
        <li>
            <b class="mono" title=path><bdi>{short}</bdi></b>
            <button
                class="btn btn--ghost btn--icon btn--sm"
                type="button"
                aria-label=label.clone()
                title=label
                on:click=move |_| state.edits.update(|edits| edits.discard(&gone))
            >
                <Icon name="undo" />
            </button>
            {move || edit.get().map(|edit| view! { <Diff edit /> })}
        </li>
    }
}

/// The last three parts of a path: enough to know it by.
pub fn tail(path: &str) -> &str {
    path.rmatch_indices('.').nth(2).map_or(path, |(dot, _)| &path[dot + 1..])
}

fn changes_words(count: usize) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

#[component]
fn Review(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let count = Memo::new(move |_| state.edits.with(Edits::len));
    let title = format!("Send {} to this router?", changes_words(count.get_untracked()));
    let rows = move || {
        let row = |(path, edit): (&String, &Edit)| {
            let Edit { before, now, value, value_type, secret } = edit.clone();
            let say = |value: Option<String>| match value {
                _ if secret => "hidden".to_owned(),
                None => "not known".to_owned(),
                Some(value) if value.is_empty() => "empty".to_owned(),
                Some(value) => shown_value(&value, value_type),
            };
            let moved = now.is_some();
            view! {
                <tr>
                    <th scope="row" class="clip" title=path.clone()><bdi class="mono">{tail(path).to_owned()}</bdi></th>
                    <td class="wrap">
                        <bdi>{say(now.or(before))}</bdi>
                        {moved.then(|| view! { <small class="muted">" changed meanwhile"</small> })}
                    </td>
                    <td class="wrap"><b><bdi>{say(Some(value))}</bdi></b></td>
                </tr>
            }
        };
        state.edits.with(|edits| edits.iter().map(row).collect_view())
    };
    let send = Callback::new(move |_| {
        if let Some(kind) = state.edits.with_untracked(Edits::task) {
            state.ask(kind, move || {
                state.edits.try_update(Edits::clear);
                open.try_set(false);
            });
        }
    });
    view! {
        <DialogHead id="review" title>
            <Who />
        </DialogHead>
        <div class="dialog__body">
            <div class="table-scroll" tabindex="0" role="region" aria-label="Changes">
                <table class="table table--flush">
                    <thead>
                        <tr>
                            <th scope="col">"Setting"</th>
                            <th scope="col">"Now"</th>
                            <th scope="col">"New"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <ul class="impact">
                <li>
                    <Icon name="info" />
                    <span>"All together: if the router refuses one, it applies none. Afterwards Lastmile reads the values back."</span>
                </li>
            </ul>
            {move || state.refused.get().map(|error| view! { <p class="field__error" role="alert"><Icon name="octagon" /><Said error /></p> })}
        </div>
        <DialogFoot open>
            <Button class="btn--primary" busy=state.sending on_click=send>
                {move || if state.sending.get() { "Sending".to_owned() } else { format!("Send {}", changes_words(count.get())) }}
            </Button>
        </DialogFoot>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_paths_are_known_by_their_end() {
        assert_eq!(tail("Device.WiFi.SSID.1.SSID"), "SSID.1.SSID");
        assert_eq!(tail("A.B"), "A.B");
        assert_eq!(tail(""), "");
    }
}
