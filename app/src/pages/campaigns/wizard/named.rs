//! Routers that are named one by one.

use super::super::api::{NAMED_AT_ONCE, name_routers, serials_of};
use super::state::Wizard;
use crate::components::{Button, Deed, Icon, Refused, TextArea};
use crate::locale::grouped;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::DeviceId;
use model::campaign::{CampaignPlan, NAMED_MAX};
use std::collections::BTreeMap;

/// Routers whose names are shown.
const SHOWN: usize = 24;

/// A list of routers in a plan: those that are in it, and a field that adds others.
#[component]
pub fn NamedRouters(
    id: &'static str,
    label: &'static str,
    read: fn(&CampaignPlan) -> &Vec<DeviceId>,
    write: fn(&mut CampaignPlan) -> &mut Vec<DeviceId>,
) -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let deed = Deed::default();
    let text = RwSignal::new(String::new());
    let said = RwSignal::new(String::new());
    // Serial numbers of those that are in the list, as far as they are known.
    let names = RwSignal::new(BTreeMap::<DeviceId, String>::new());
    let devices = wizard.part(move |plan| read(plan).clone());
    Effect::new(move |_| {
        let unknown: Vec<DeviceId> = devices.with(|devices| {
            let unknown = |id: &&DeviceId| names.with_untracked(|names| !names.contains_key(*id));
            devices.iter().take(SHOWN).filter(unknown).copied().collect()
        });
        if unknown.is_empty() {
            return;
        }
        spawn_local(async move {
            if let Ok(serials) = serials_of(unknown).await {
                names.try_update(|names| names.extend(serials));
            }
        });
    });
    let add = move |_| {
        let serials = words(&text.get_untracked());
        let too_many = serials.len() > NAMED_AT_ONCE;
        if serials.is_empty() || too_many {
            let most = format!("At most {NAMED_AT_ONCE} at once.");
            said.set(if too_many { most } else { String::new() });
            return;
        }
        deed.run(async move { name_routers(serials).await }, move |found| {
            let known: Vec<(DeviceId, String)> =
                found.iter().filter_map(|one| Some((one.device?, one.serial.clone()))).collect();
            let missing: Vec<String> =
                found.into_iter().filter(|one| one.device.is_none()).map(|one| one.serial).collect();
            names.try_update(|names| names.extend(known.iter().cloned()));
            wizard.plan.try_update(|plan| {
                let list = write(plan);
                list.extend(known.iter().map(|(id, _)| *id));
                let mut seen = std::collections::BTreeSet::new();
                list.retain(|id| seen.insert(*id));
                list.truncate(NAMED_MAX);
            });
            said.try_set(match missing.len() {
                0 => format!("{} found.", known.len()),
                _ => format!("{} found. Not found: {}", known.len(), missing.join(", ")),
            });
            // What was not found is put right and tried again.
            text.try_set(missing.join("\n"));
        });
    };
    let chip = move |id: DeviceId| {
        let name =
            Memo::new(move |_| names.with(|names| names.get(&id).cloned()).unwrap_or_else(|| format!("router {id}")));
        view! {
            <span class="chip">
                <span class="mono"><bdi>{name}</bdi></span>
                <button
                    class="chip__x" type="button" aria-label=move || format!("Take out {}", name.get())
                    on:click=move |_| wizard.plan.update(|plan| write(plan).retain(|other| *other != id))
                >
                    <Icon name="x" />
                </button>
            </span>
        }
    };
    let rest = move || devices.with(Vec::len).saturating_sub(SHOWN);
    let shown = move || devices.with(|devices| devices.iter().take(SHOWN).copied().collect::<Vec<_>>());
    let open = devices.with_untracked(|devices| !devices.is_empty());
    view! {
        <details class="details" open=open>
            <summary>
                <Icon name="chevron-right" />
                {label}
                {move || {
                    let count = devices.with(Vec::len);
                    (count > 0).then(|| format!(" ({})", grouped(count as u64)))
                }}
            </summary>
            <div class="stack stack--sm">
                <div class="namedlist">
                    <For each=shown key=|id| *id let:id>{chip(id)}</For>
                    {move || (rest() > 0).then(|| view! { <span class="muted">{format!("and {} more", grouped(rest() as u64))}</span> })}
                </div>
                <div class="field">
                    <label class="field__label" for=id>"Serial numbers"</label>
                    <TextArea id value=text rows=3 />
                    <span class="field__hint" id=format!("{id}-hint")>"One a line, or with commas between them."</span>
                </div>
                <Refused deed />
                <p role="status" class="muted">{said}</p>
                <div><Button class="btn--sm" busy=deed.busy on_click=Callback::new(add)>"Add these"</Button></div>
            </div>
        </details>
    }
}

/// Serial numbers in a text, each once.
fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split([',', ';', '\n', '\t', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        if word.chars().count() <= 64 && !found.iter().any(|other| other == word) {
            found.push(word.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_read_from_lines_and_lists() {
        assert_eq!(words("A1, B2\nA1;C3\t D4\n"), ["A1", "B2", "C3", "D4"]);
        assert!(words(&"x".repeat(65)).is_empty());
    }
}
