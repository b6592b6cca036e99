//! The list of files.

use super::Files;
use crate::components::{Age, CopyButton, Icon};
use crate::keys::on_rows;
use crate::locale::size;
use crate::session::may;
use leptos::prelude::*;
use model::file::FileView;
use model::{FileId, Permission};

/// Digits of a SHA-256 that are shown: enough to compare by eye; the button copies all.
const DIGITS: usize = 12;

#[component]
pub fn FileTable() -> impl IntoView {
    let files = expect_context::<Files>();
    on_rows("#main tbody th a");
    let items = move || files.page.get().and_then(Result::ok).map(|page| page.items).unwrap_or_default();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Files, scrollable table">
            <table class="table stackable">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Version"</th>
                        <th scope="col">"Models"</th>
                        <th scope="col" class="num">"Size"</th>
                        <th scope="col" class="slot-low">"SHA-256"</th>
                        <th scope="col" class="slot-low">"By"</th>
                        <th scope="col" class="num">"Age"</th>
                        <th scope="col"><span class="sr-only">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For each=items key=key let:file>
                        <Row file />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

/// A row is made anew when anything of it has changed.
fn key(file: &FileView) -> (FileId, String) {
    let FileView { file, models, hardware, min_version, notes, .. } = file;
    let lists = [models, hardware, &file.versions].map(|list| list.join("\n")).join("\n\n");
    let said = [&file.name, &file.version, &file.sha256, min_version, notes, &lists].map(String::as_str).join("\n");
    (file.id, format!("{said}\n{:?}", file.file_type))
}

/// Address of the contents: always saved, never shown.
pub fn contents(id: FileId) -> String {
    format!("/files/{id}/content")
}

/// Whether this agent may see the contents: what routers sent holds their passwords.
pub fn may_download(file: &FileView) -> bool {
    may(Permission::FileRead) && (file.by.is_some() || may(Permission::DeviceTransfer))
}

#[component]
fn Row(file: FileView) -> impl IntoView {
    let files = expect_context::<Files>();
    let FileView { file: inner, models, hardware, min_version, signed_by, notes, created_at, by, device } =
        file.clone();
    let limits = limits_words(&hardware, &min_version);
    let for_all = models.iter().chain(&hardware).cloned().collect::<Vec<_>>().join(", ");
    let may_write = may(Permission::FileWrite);
    let name = if may_download(&file) {
        view! {
            <a href=contents(inner.id) download=inner.name.clone() rel="external" title="Save this file">
                <bdi>{inner.name.clone()}</bdi>
            </a>
        }
        .into_any()
    } else {
        view! { <bdi>{inner.name.clone()}</bdi> }.into_any()
    };
    let by = match (by, device) {
        (Some(by), _) => view! { <bdi>{by}</bdi> }.into_any(),
        (None, Some(device)) => view! { <a class="quiet" href=format!("/devices/{device}")>"A router"</a> }.into_any(),
        (None, None) => "A router".into_any(),
    };
    let version = if inner.version.is_empty() { "Not given".to_owned() } else { inner.version.clone() };
    let (edit, delete) = (file.clone(), file.clone());
    view! {
        <tr>
            <th scope="row" class="clip">
                <span class="two-line">
                    {name}
                    {(!notes.is_empty()).then(|| view! { <small title=notes.clone()><bdi>{first_line(&notes)}</bdi></small> })}
                </span>
            </th>
            <td class="slot-end"><bdi>{inner.file_type.label().to_owned()}</bdi></td>
            <td data-label="Version" class="clip" title=inner.versions.join(", ")>
                <span class="two-line">
                    <bdi class:muted=inner.version.is_empty()>{version}</bdi>
                    {signed_by.map(|name| view! { <small>"Signed by " <bdi>{name}</bdi></small> })}
                </span>
            </td>
            <td data-label="For" class="clip" title=for_all>
                <span class="two-line">
                    <bdi>{models_words(&models)}</bdi>
                    {(!limits.is_empty()).then(|| view! { <small><bdi>{limits}</bdi></small> })}
                </span>
            </td>
            <td data-label="Size" class="num">{size(inner.size)}</td>
            <td class="slot-low slot-hide" title=inner.sha256.clone()>
                <CopyButton text=inner.sha256.clone() label="SHA-256" shown=short_hash(&inner.sha256) />
            </td>
            <td class="slot-low" data-label="By">{by}</td>
            <td class="num" data-label="Age"><Age at=Signal::stored(created_at) /></td>
            <td class="cell-actions">
                {may_write
                    .then(|| {
                        let label = |what: &str| format!("{what} {}", inner.name);
                        view! {
                            <div class="btn-row">
                                <button
                                    class="btn btn--ghost btn--icon btn--sm"
                                    type="button"
                                    aria-label=label("Edit")
                                    title="Edit"
                                    on:click=move |_| files.edited.set(Some(edit.clone()))
                                >
                                    <Icon name="edit" />
                                </button>
                                <button
                                    class="btn btn--ghost btn--icon btn--sm"
                                    type="button"
                                    aria-label=label("Delete")
                                    title="Delete"
                                    on:click=move |_| files.doomed.set(Some(delete.clone()))
                                >
                                    <Icon name="trash" />
                                </button>
                            </div>
                        }
                    })}
            </td>
        </tr>
    }
}

fn short_hash(sha256: &str) -> String {
    sha256.chars().take(DIGITS).chain(['…']).collect()
}

fn first_line(notes: &str) -> String {
    notes.lines().next().unwrap_or_default().chars().take(120).collect()
}

/// `Any model`, `GW-7`, `GW-7 and 2 more`.
pub fn models_words(models: &[String]) -> String {
    match models {
        [] => "Any model".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// What else limits the routers that an image is for: `hardware A1 and 1 more, from 4.1 on`.
fn limits_words(hardware: &[String], min_version: &str) -> String {
    let hardware = match hardware {
        [] => None,
        [one] => Some(format!("hardware {one}")),
        [first, rest @ ..] => Some(format!("hardware {first} and {} more", rest.len())),
    };
    let from = (!min_version.is_empty()).then(|| format!("from {min_version} on"));
    [hardware, from].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_said_short() {
        let of = |models: &[&str]| models_words(&models.iter().map(|model| (*model).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[]), "Any model");
        assert_eq!(of(&["GW-7"]), "GW-7");
        assert_eq!(of(&["GW-7", "GW-8", "GW-9"]), "GW-7 and 2 more");
    }

    #[test]
    fn limits_are_said_short() {
        assert_eq!(limits_words(&[], ""), "");
        assert_eq!(limits_words(&["A1".to_owned()], ""), "hardware A1");
        let both = ["A1".to_owned(), "A2".to_owned()];
        assert_eq!(limits_words(&both, "4.1"), "hardware A1 and 1 more, from 4.1 on");
    }
}
