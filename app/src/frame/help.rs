//! The list of keyboard shortcuts, and the switch that turns them off.

use crate::components::{Dialog, Icon};
use crate::keys::use_keys;
use leptos::prelude::*;

#[component]
pub fn HelpDialog(open: RwSignal<bool>) -> impl IntoView {
    let keys = use_keys();
    view! {
        <Dialog open id="help">
            <div class="dialog__head">
                <div>
                    <h2 id="help-t">"Keyboard shortcuts"</h2>
                    <p>"Shortcuts pause while you type in a field."</p>
                </div>
                <button class="btn btn--ghost btn--icon" type="button" aria-label="Close" on:click=move |_| open.set(false)>
                    <Icon name="x" />
                </button>
            </div>
            <div class="dialog__body">
                <dl class="keys">
                    {move || keys.list().into_iter().map(|shortcut| view! {
                        <div>
                            <dt>{shortcut.keys.split(' ').map(|key| view! { <kbd class="kbd">{key}</kbd>" " }).collect_view()}</dt>
                            <dd>{shortcut.says}</dd>
                        </div>
                    }).collect_view()}
                    <div>
                        <dt><kbd class="kbd">"Ctrl"</kbd>" "<kbd class="kbd">"K"</kbd></dt>
                        <dd>"Commands; works while you type, too"</dd>
                    </div>
                </dl>
                <label class="check">
                    <input type="checkbox" prop:checked=move || keys.are_on() on:change=move |event| keys.turn(event_target_checked(&event)) />
                    <span>"Single-key shortcuts"</span>
                </label>
            </div>
        </Dialog>
    }
}
