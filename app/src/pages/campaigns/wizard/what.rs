//! Step 2: what each router is to do.

use super::fields::{Check, StepCard};
use super::kind_of;
use super::state::{Offered, Wizard};
use crate::clock::use_clock;
use crate::components::{Button, Empty, ErrorView, LinkButton, TextArea};
use crate::locale::size as size_of;
use crate::session::may;
use leptos::prelude::*;
use model::campaign::{CampaignKind, CampaignPlan, PlanPart};
use model::file::{FileType, FileView};
use model::task::{SetValue, is_secret_name};
use model::{FileId, Permission};

/// Words of the URL and of the choice.
const KINDS: [(&str, &str); 5] = [
    ("firmware", "Firmware"),
    ("configuration", "Settings"),
    ("reboot", "Reboot"),
    ("file", "File"),
    ("refresh", "Refresh"),
];

#[component]
pub fn WhatCard() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let kind = wizard.part(|plan| plan.kind.as_str());
    // What was chosen of another kind is there again if the person comes back to it.
    let others = StoredValue::new(Vec::<CampaignKind>::new());
    let choose = move |word: &'static str| {
        let back = others.with_value(|others| others.iter().find(|kind| kind.as_str() == word).cloned());
        wizard.plan.update(|plan| {
            let left = std::mem::replace(&mut plan.kind, back.unwrap_or_else(|| kind_of(word)));
            others.update_value(|others| {
                others.retain(|other| other.as_str() != left.as_str());
                others.push(left);
            });
        });
    };
    let choice = move |(word, label): (&'static str, &'static str)| {
        view! {
            <label>
                <input
                    class="sr-only" type="radio" name="kind" value=word checked=kind.get_untracked() == word
                    prop:checked=move || kind.get() == word on:change=move |_| choose(word)
                />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <StepCard part=PlanPart::What title="2. What it does">
            <fieldset class="seg seg--wrap">
                <legend class="sr-only">"Kind"</legend>
                {KINDS.map(choice)}
            </fieldset>
            {move || match kind.get() {
                "firmware" => view! { <Files firmware=true /> }.into_any(),
                "file" => view! { <Files firmware=false /> }.into_any(),
                "configuration" => view! { <Values /> }.into_any(),
                "refresh" => view! { <Paths /> }.into_any(),
                _ => view! { <p class="muted">"Each router restarts once. Its line is down for some minutes."</p> }.into_any(),
            }}
        </StepCard>
    }
}

/// The files that there are, to choose from.
#[component]
fn Files(firmware: bool) -> impl IntoView {
    if !may(Permission::FileRead) {
        return view! { <p class="muted">"Your role does not let you see the files."</p> }.into_any();
    }
    let Offered { files, .. } = expect_context();
    let files = Memo::new(move |_| files.get());
    let list = move || {
        files.get().map(|files| match files {
            Err(error) => view! { <ErrorView error /> }.into_any(),
            Ok(files) => {
                let fits = |file: &FileView| firmware == (file.file.file_type == FileType::Firmware);
                let fitting: Vec<FileView> = files.into_iter().filter(fits).collect();
                if fitting.is_empty() {
                    view! { <NoFiles firmware /> }.into_any()
                } else {
                    let choice = |file| view! { <FileChoice file firmware /> };
                    view! { <div class="choice-list">{fitting.into_iter().map(choice).collect_view()}</div> }.into_any()
                }
            }
        })
    };
    view! {
        {list}
        {firmware
            .then(|| {
                view! {
                    <p class="muted">
                        "Several images are a path, in the order in which they are ticked: a router gets the latest that its version may take, then the next."
                    </p>
                    <Check
                        label="Take older firmware, too"
                        hint="Else routers that run something newer are left out."
                        read=|plan: &CampaignPlan| plan.downgrade
                        write=|plan, on| plan.downgrade = on
                    />
                }
            })}
    }
    .into_any()
}

#[component]
fn NoFiles(firmware: bool) -> impl IntoView {
    let title = if firmware { "No firmware yet" } else { "No such file yet" };
    view! {
        <Empty icon="file" title=title text="Upload it first; then it can be chosen here.">
            <LinkButton href=Signal::stored("/files".to_owned()) class="btn--sm">"Files"</LinkButton>
        </Empty>
    }
}

#[component]
fn FileChoice(file: FileView, firmware: bool) -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let clock = use_clock();
    let id = file.file.id;
    let place = wizard.part(move |plan| plan.kind.files().iter().position(|other| *other == id));
    let length = wizard.part(|plan| plan.kind.files().len());
    let change = move |on: bool| {
        wizard.plan.update(|plan| match &mut plan.kind {
            CampaignKind::Firmware { images } => {
                images.retain(|other| *other != id);
                if on {
                    images.push(id);
                }
            }
            CampaignKind::File { file } => *file = if on { id } else { FileId(0) },
            _ => {}
        });
    };
    let at = file.created_at;
    let FileView { file, models, by, .. } = file;
    let head = if file.version.is_empty() { file.name.clone() } else { format!("{} ({})", file.version, file.name) };
    let whose = by.map(|by| format!(" by {by}")).unwrap_or_default();
    let print = file.sha256.get(..8).unwrap_or_default().to_owned();
    let for_models = if models.is_empty() { "Any model".to_owned() } else { models.join(", ") };
    let size = size_of(file.size);
    view! {
        <label class="choice">
            <input
                type=if firmware { "checkbox" } else { "radio" }
                name="file"
                checked=place.get_untracked().is_some()
                prop:checked=move || place.get().is_some()
                on:change:target=move |event| change(event.target().checked())
            />
            <span>
                <b><bdi>{head}</bdi></b>
                <small>
                    {size} ", SHA-256 " <span class="mono">{print} "…"</span> ", uploaded " {move || clock.day(at)}
                    <bdi>{whose}</bdi>
                </small>
            </span>
            <span class="muted">
                <bdi>{for_models}</bdi>
                {move || match place.get() {
                    Some(place) if length.get() > 1 => Some(format!(" · step {}", place + 1)),
                    _ => None,
                }}
            </span>
        </label>
    }
}

fn values_of(plan: &mut CampaignPlan) -> Option<&mut Vec<SetValue>> {
    match &mut plan.kind {
        CampaignKind::Configuration { values } => Some(values),
        _ => None,
    }
}

/// Settings and their values.
#[component]
fn Values() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let count = wizard.part(|plan| match &plan.kind {
        CampaignKind::Configuration { values } => values.len(),
        _ => 0,
    });
    let add = move |_| {
        wizard.plan.update(|plan| {
            if let Some(values) = values_of(plan) {
                values.push(SetValue { path: String::new(), value: String::new(), value_type: None });
            }
        });
    };
    view! {
        <ol class="stack stack--sm">
            <For each=move || 0..count.get() key=|at| *at let:at><Value at /></For>
        </ol>
        <div><Button class="btn--sm" icon="plus" on_click=Callback::new(add)>"Setting"</Button></div>
        <p class="muted">"Each value is read back: only what the router keeps counts as done."</p>
    }
}

#[component]
fn Value(at: usize) -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let read = move |read: fn(&SetValue) -> String| {
        wizard.part(move |plan| match &plan.kind {
            CampaignKind::Configuration { values } => values.get(at).map(read).unwrap_or_default(),
            _ => String::new(),
        })
    };
    let (path, value) = (read(|one| one.path.clone()), read(|one| one.value.clone()));
    let secret = Memo::new(move |_| path.with(|path| is_secret_name(path)));
    let edited = wizard.known.is_some();
    let write = move |write: fn(&mut SetValue, String), text: String| {
        wizard.plan.update(|plan| {
            if let Some(one) = values_of(plan).and_then(|values| values.get_mut(at)) {
                write(one, text);
            }
        });
    };
    let remove = move |_| {
        wizard.plan.update(|plan| {
            if let Some(values) = values_of(plan).filter(|values| at < values.len()) {
                values.remove(at);
            }
        });
    };
    let (path_id, value_id) = (format!("plan-path-{at}"), format!("plan-value-{at}"));
    view! {
        <li class="planrow">
            <div class="field">
                <label class="field__label" for=path_id.clone()>"Parameter"</label>
                <input
                    class="input mono" id=path_id autocomplete="off" spellcheck="false" maxlength="256" placeholder="Device."
                    value=path.get_untracked() prop:value=move || path.get()
                    on:input:target=move |event| write(|one, text| one.path = text, event.target().value())
                />
            </div>
            <div class="field">
                <label class="field__label" for=value_id.clone()>"Value"</label>
                <input
                    class="input" id=value_id autocomplete="off" maxlength="4000"
                    type=move || if secret.get() { "password" } else { "text" }
                    placeholder=move || if secret.get() && edited { "as it was" } else { "" }
                    value=value.get_untracked() prop:value=move || value.get()
                    on:input:target=move |event| write(|one, text| one.value = text, event.target().value())
                />
            </div>
            <Button class="btn--sm btn--ghost" icon="trash" on_click=Callback::new(remove)>"Remove"</Button>
        </li>
    }
}

/// Objects and parameters to read.
#[component]
fn Paths() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let paths = wizard.part(|plan| match &plan.kind {
        CampaignKind::Refresh { paths } => paths.clone(),
        _ => Vec::new(),
    });
    let text = RwSignal::new(paths.with_untracked(|paths| paths.join("\n")));
    let lines =
        |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    Effect::new(move |_| {
        let now = text.with(|text| lines(text));
        if paths.with_untracked(|paths| *paths != now) {
            wizard.plan.update(|plan| {
                if let CampaignKind::Refresh { paths } = &mut plan.kind {
                    *paths = now;
                }
            });
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for="plan-paths">"Objects and parameters to read"</label>
            <TextArea id="plan-paths" value=text rows=3 />
            <span class="field__hint" id="plan-paths-hint">"One a line, such as Device.WiFi. with a dot at the end of an object. Empty: everything."</span>
        </div>
    }
}
