//! Files and this device: loading one, fetching its configuration or log, and what it sent.

use super::head::Who;
use super::state::DeviceState;
use crate::PortalError;
use crate::components::{Banner, Dialog, DialogFoot, DialogHead, Field, Icon, Said, Tone};
use crate::locale::size;
use crate::pages::files::files_for;
use crate::session::may;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::file::{FileType, FileView, TransferWindow, UploadKind, WindowMode};
use model::task::{TaskKind, TaskOutcome};
use model::{FileId, Permission};

/// Entries of the menu: load a file, fetch the configuration, fetch the log.
#[component]
pub fn FileItems(load: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let allowed = may(Permission::DeviceTransfer);
    let fetching = move |what: UploadKind| {
        Memo::new(move |_| {
            state.running(|kind| matches!(kind, TaskKind::Upload { what: other, .. } if *other == what)).is_some()
        })
    };
    let fetch = move |what: UploadKind, icon: &'static str, label: &'static str, busy: &'static str| {
        let runs = fetching(what);
        view! {
            <button
                class="menu__item"
                type="button"
                popovertarget="more"
                popovertargetaction="hide"
                disabled=move || !allowed || runs.get()
                on:click=move |_| state.ask(TaskKind::Upload { what, delay_seconds: 0 }, || ())
            >
                <Icon name=icon />
                {move || if runs.get() { busy } else { label }}
            </button>
        }
    };
    view! {
        <button
            class="menu__item"
            type="button"
            popovertarget="more"
            popovertargetaction="hide"
            disabled=!allowed
            on:click=move |_| load.set(true)
        >
            <Icon name="download" />
            "Load a file…"
        </button>
        {fetch(UploadKind::Configuration(None), "upload", "Fetch configuration", "Configuration is fetched")}
        {fetch(UploadKind::Log(None), "history", "Fetch log", "Log is fetched")}
    }
}

/// The file that a device sent for a task.
#[component]
pub fn SentFile(outcome: Option<TaskOutcome>) -> impl IntoView {
    let file = match outcome {
        Some(TaskOutcome::Transferred { file, .. }) => file.filter(|_| may(Permission::DeviceTransfer)),
        _ => None,
    };
    file.map(|file: FileId| {
        view! {
            <p>
                <a href=format!("/files/{file}/content") download="" rel="external">"Save the file"</a>
            </p>
        }
    })
}

#[component]
pub fn LoadDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open id="load">
            <Load open />
        </Dialog>
    }
}

/// When the router may load it.
#[derive(Clone, Copy)]
struct Later {
    on: RwSignal<bool>,
    /// Seconds from now.
    start: RwSignal<u32>,
    /// Seconds.
    length: RwSignal<u32>,
    mode: RwSignal<WindowMode>,
    message: RwSignal<String>,
}

const STARTS: [(u32, &str); 6] = [
    (0, "Now"),
    (3600, "In 1 hour"),
    (2 * 3600, "In 2 hours"),
    (4 * 3600, "In 4 hours"),
    (8 * 3600, "In 8 hours"),
    (12 * 3600, "In 12 hours"),
];
const LENGTHS: [(u32, &str); 4] =
    [(3600, "For 1 hour"), (2 * 3600, "For 2 hours"), (4 * 3600, "For 4 hours"), (8 * 3600, "For 8 hours")];
const MODES: [(WindowMode, &str); 4] = [
    (WindowMode::AnyTime, "Any time in it"),
    (WindowMode::WhenIdle, "When nobody uses the line"),
    (WindowMode::ConfirmationNeeded, "When the subscriber agrees"),
    (WindowMode::Immediately, "At its beginning"),
];

impl Later {
    fn window(self) -> TransferWindow {
        let start = self.start.get_untracked();
        TransferWindow {
            start,
            end: start + self.length.get_untracked(),
            mode: self.mode.get_untracked(),
            user_message: self.message.get_untracked().trim().to_owned(),
            max_retries: 3,
        }
    }
}

#[component]
fn Load(open: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let files = RwSignal::new(None::<Result<Vec<FileView>, PortalError>>);
    let device = state.id.get_untracked();
    spawn_local(async move {
        let answer = files_for(device).await;
        files.try_set(Some(answer));
    });
    let chosen = RwSignal::new(None::<FileId>);
    let later = Later {
        on: RwSignal::new(false),
        start: RwSignal::new(0),
        length: RwSignal::new(LENGTHS[1].0),
        mode: RwSignal::new(WindowMode::AnyTime),
        message: RwSignal::new(String::new()),
    };
    let file = Memo::new(move |_| {
        let id = chosen.get()?;
        files.with(|files| files.as_ref()?.as_ref().ok()?.iter().find(|file| file.file.id == id).cloned())
    });
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(FileView { file, .. }) = file.get_untracked() else { return };
        let target_file_name = String::new();
        let kind = if later.on.get_untracked() {
            TaskKind::ScheduleDownload { file, target_file_name, windows: vec![later.window()] }
        } else {
            TaskKind::Download { file, target_file_name, delay_seconds: 0 }
        };
        open.set(false);
        state.ask(kind, || ());
    };
    view! {
        <form on:submit=go>
            <DialogHead id="load" title="Load a file onto this router" tone=Tone::Warn icon="download">
                <Who />
            </DialogHead>
            <div class="dialog__body">
                {move || match files.get() {
                    None => view! { <p role="status">"Looking for files that fit."</p> }.into_any(),
                    Some(Err(error)) => view! { <Banner tone=Tone::Bad><p><Said error /></p></Banner> }.into_any(),
                    Some(Ok(files)) if files.is_empty() => view! {
                        <p>"No file is for this model. " <a href="/files">"Upload one"</a> " first."</p>
                    }
                    .into_any(),
                    Some(Ok(files)) => view! { <Choice files chosen /> }.into_any(),
                }}
                {move || file.get().map(|file| view! { <Cost file /> <When later /> })}
            </div>
            <DialogFoot open>
                <button class="btn btn--primary" type="submit" disabled=move || file.with(Option::is_none)>
                    <Icon name="download" />
                    {move || if later.on.get() { "Load it in the window" } else { "Load it now" }}
                </button>
            </DialogFoot>
        </form>
    }
}

#[component]
fn Choice(files: Vec<FileView>, chosen: RwSignal<Option<FileId>>) -> impl IntoView {
    let options = files.into_iter().map(move |file| {
        let id = file.file.id;
        view! { <option value=id.to_string() selected=move || chosen.get() == Some(id)>{option_words(&file)}</option> }
    });
    view! {
        <Field id="load-file" label="File">
            <select
                class="select"
                id="load-file"
                on:change:target=move |event| chosen.set(event.target().value().parse().ok())
            >
                <option value="" selected=move || chosen.get().is_none()>"Choose a file"</option>
                {options.collect_view()}
            </select>
        </Field>
    }
}

/// `fw.bin, Firmware 2.1, 30.0 MB`.
fn option_words(file: &FileView) -> String {
    let inner = &file.file;
    let version = if inner.version.is_empty() { String::new() } else { format!(" {}", inner.version) };
    format!("{}, {}{version}, {}", inner.name, inner.file_type.label(), size(inner.size))
}

/// What loading it means for the people behind the router.
#[component]
fn Cost(file: FileView) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let now = state.row().with_untracked(|row| row.software_version.clone());
    let image = matches!(file.file.file_type, FileType::Firmware | FileType::StoredFirmware);
    let then = file.file.version.clone();
    let same = image && !then.is_empty() && then == now;
    let known = |version: &str| if version.is_empty() { "not known".to_owned() } else { version.to_owned() };
    let versions = image.then(|| {
        view! {
            <li data-tone=if same { "warn" } else { "" }>
                <Icon name="chip" />
                <span>
                    "Firmware " <bdi>{known(&now)}</bdi> " now, " <bdi>{known(&then)}</bdi> " then."
                    {same.then_some(" It is the same: nothing will change.")}
                </span>
            </li>
        }
    });
    let cost = match file.file.file_type {
        FileType::Firmware => {
            "Internet, Wi-Fi and phone are down while the router installs it and restarts, usually for some minutes."
        }
        FileType::Configuration => {
            "The settings of the router are replaced by those in the file. It may restart, and passwords may change."
        }
        _ => "The router decides whether it restarts.",
    };
    view! {
        <ul class="impact">
            {versions}
            <li data-tone="warn">
                <Icon name="globe" />
                <span>{cost}</span>
            </li>
            <li>
                <Icon name="undo" />
                <span>"Once the router has the order it cannot be taken back for certain."</span>
            </li>
        </ul>
    }
}

/// Whether it waits for a time window, and for which.
#[component]
fn When(later: Later) -> impl IntoView {
    let numbers =
        move |id: &'static str, label: &'static str, choices: &'static [(u32, &'static str)], signal: RwSignal<u32>| {
            let options = choices.iter().map(move |(seconds, words)| {
                let selected = move || signal.get() == *seconds;
                view! { <option value=seconds.to_string() selected=selected>{*words}</option> }
            });
            view! {
                <Field id=id label=label>
                    <select
                        class="select"
                        id=id
                        on:change:target=move |event| signal.set(event.target().value().parse().unwrap_or_default())
                    >
                        {options.collect_view()}
                    </select>
                </Field>
            }
        };
    let modes = move || {
        MODES
            .map(|(mode, words)| {
                view! { <option value=mode.as_str() selected=move || later.mode.get() == mode>{words}</option> }
            })
            .into_iter()
            .collect_view()
    };
    let choose_mode = move |text: String| {
        let found = MODES.into_iter().find(|(mode, _)| mode.as_str() == text);
        later.mode.set(found.map_or(WindowMode::AnyTime, |(mode, _)| mode));
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || later.on.get()
                on:change:target=move |event| later.on.set(event.target().checked())
            />
            <span>
                "In a time window"
                <small>"The router keeps the order and follows it by itself. Newer routers only."</small>
            </span>
        </label>
        <Show when=move || later.on.get()>
            <div class="fields-2">
                {numbers("load-start", "Begins", &STARTS, later.start)}
                {numbers("load-length", "Lasts", &LENGTHS, later.length)}
            </div>
            <Field id="load-mode" label="When in the window">
                <select class="select" id="load-mode" on:change:target=move |event| choose_mode(event.target().value())>
                    {modes}
                </select>
            </Field>
            <Show when=move || later.mode.get() == WindowMode::ConfirmationNeeded>
                <Field id="load-message" label="What the subscriber is asked">
                    <input
                        class="input"
                        id="load-message"
                        maxlength="256"
                        prop:value=move || later.message.get()
                        on:input:target=move |event| later.message.set(event.target().value())
                    />
                </Field>
            </Show>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::file::FileRef;

    #[test]
    fn a_file_is_said_in_one_line() {
        let file = FileRef {
            id: FileId(1),
            name: "fw.bin".into(),
            file_type: FileType::Firmware,
            size: 30_000_000,
            sha256: String::new(),
            version: "2.1".into(),
            versions: Vec::new(),
        };
        let mut view = FileView {
            file,
            models: Vec::new(),
            hardware: Vec::new(),
            min_version: String::new(),
            signed_by: None,
            notes: String::new(),
            created_at: Timestamp(0),
            by: None,
            device: None,
        };
        assert_eq!(option_words(&view), "fw.bin, Firmware 2.1, 30.0 MB");
        view.file.version.clear();
        assert_eq!(option_words(&view), "fw.bin, Firmware, 30.0 MB");
    }
}
