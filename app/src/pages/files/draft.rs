//! What is said of a file, while it is typed.

use crate::components::{Field, Icon, TextArea};
use leptos::prelude::*;
use model::file::{FileInput, FileType, FileView};

/// The fields of a form.
#[derive(Clone, Copy)]
pub struct Draft {
    pub name: RwSignal<String>,
    /// Word of the type; see [`file_type`].
    kind: RwSignal<String>,
    vendor: RwSignal<String>,
    version: RwSignal<String>,
    /// One a line.
    versions: RwSignal<String>,
    /// One a line.
    models: RwSignal<String>,
    /// One a line.
    hardware: RwSignal<String>,
    min_version: RwSignal<String>,
    notes: RwSignal<String>,
}

/// Types that can be chosen: word, label.
const TYPES: [(&str, &str); 7] = [
    ("firmware", "Firmware image"),
    ("configuration", "Configuration"),
    ("web_content", "Web content"),
    ("stored_firmware", "Stored firmware image"),
    ("tone", "Tone file"),
    ("ringer", "Ringer file"),
    ("vendor", "A maker's own type"),
];

impl Draft {
    pub fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        let kind = RwSignal::new("firmware".to_owned());
        Self {
            name: empty(),
            kind,
            vendor: empty(),
            version: empty(),
            versions: empty(),
            models: empty(),
            hardware: empty(),
            min_version: empty(),
            notes: empty(),
        }
    }

    pub fn of(file: &FileView) -> Self {
        let draft = Self::new();
        draft.name.set(file.file.name.clone());
        draft.kind.set(word(&file.file.file_type).to_owned());
        if let FileType::Vendor(name) = &file.file.file_type {
            draft.vendor.set(name.clone());
        }
        draft.version.set(file.file.version.clone());
        draft.versions.set(file.file.versions.join("\n"));
        draft.models.set(file.models.join("\n"));
        draft.hardware.set(file.hardware.join("\n"));
        draft.min_version.set(file.min_version.clone());
        draft.notes.set(file.notes.clone());
        draft
    }

    /// As the server wants it.
    pub fn input(self) -> FileInput {
        let name = self.name.get_untracked().trim().to_owned();
        let file_type = file_type(&self.kind.get_untracked(), &self.vendor.get_untracked());
        let list = |signal: RwSignal<String>| signal.with_untracked(|text| lines(text));
        let firmware = file_type.is_firmware();
        let said = FileInput {
            version: self.version.get_untracked(),
            models: list(self.models),
            notes: self.notes.get_untracked(),
            ..FileInput::new(name, file_type)
        };
        if !firmware {
            return said;
        }
        FileInput {
            versions: list(self.versions),
            hardware: list(self.hardware),
            min_version: self.min_version.get_untracked(),
            ..said
        }
    }

    fn is_firmware(self) -> bool {
        self.kind.with(|kind| file_type(kind, "").is_firmware())
    }
}

fn word(file_type: &FileType) -> &'static str {
    match file_type {
        FileType::Firmware => "firmware",
        FileType::WebContent => "web_content",
        FileType::Configuration => "configuration",
        FileType::Tone => "tone",
        FileType::Ringer => "ringer",
        FileType::StoredFirmware => "stored_firmware",
        FileType::Log => "log",
        FileType::Vendor(_) => "vendor",
    }
}

fn file_type(word: &str, vendor: &str) -> FileType {
    match word {
        "web_content" => FileType::WebContent,
        "configuration" => FileType::Configuration,
        "tone" => FileType::Tone,
        "ringer" => FileType::Ringer,
        "stored_firmware" => FileType::StoredFirmware,
        "log" => FileType::Log,
        "vendor" => FileType::Vendor(vendor.trim().to_owned()),
        _ => FileType::Firmware,
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Everything that is said of a file.
#[component]
pub fn DraftFields(
    draft: Draft,
    /// Of the dialog: the ids of the fields begin with it.
    id: &'static str,
) -> impl IntoView {
    let field = move |name: &str| format!("{id}-{name}");
    let log = draft.kind.get_untracked() == "log";
    let more = [draft.versions, draft.hardware, draft.min_version].iter().any(|one| !one.read_untracked().is_empty());
    let text = move |name: &'static str, signal: RwSignal<String>, most: &'static str| {
        view! {
            <input
                class="input"
                id=field(name)
                autocomplete="off"
                spellcheck="false"
                maxlength=most
                aria-describedby=format!("{id}-{name}-hint {id}-{name}-err")
                prop:value=move || signal.get()
                on:input:target=move |event| signal.set(event.target().value())
            />
        }
    };
    let options = TYPES
        .into_iter()
        .chain(log.then_some(("log", "Log")))
        .map(|(word, label)| {
            let selected = move || draft.kind.with(|kind| kind == word);
            view! { <option value=word selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <Field id=field("name") label="Name">{text("name", draft.name, "200")}</Field>
        <div class="fields-2">
            <Field id=field("type") label="Type">
                <select
                    class="select"
                    id=field("type")
                    disabled=log
                    on:change:target=move |event| draft.kind.set(event.target().value())
                >
                    {options}
                </select>
            </Field>
            <Field
                id=field("version")
                label="Version"
                hint=Signal::stored("As the router reports it once it runs.".to_owned())
            >
                {text("version", draft.version, "64")}
            </Field>
        </div>
        <Show when=move || draft.kind.with(|kind| kind == "vendor")>
            <Field
                id=field("vendor")
                label="The maker's name for it"
                hint=Signal::stored("X, the maker and a name, such as X 00A1B2 Voice.".to_owned())
            >
                {text("vendor", draft.vendor, "64")}
            </Field>
        </Show>
        <Field
            id=field("models")
            label="Models"
            hint=Signal::stored("One a line, as routers report them. Empty: for every model.".to_owned())
        >
            <TextArea id=field("models") value=draft.models rows=2 />
        </Field>
        <Show when=move || draft.is_firmware()>
            <details class="details" open=more>
                <summary>
                    <Icon name="chevron-right" />
                    "Other version strings, hardware, oldest version"
                </summary>
                <div class="stack">
                    <div class="fields-2">
                        <Field
                            id=field("versions")
                            label="Other version strings"
                            hint=Signal::stored("One a line: what some routers report instead.".to_owned())
                        >
                            <TextArea id=field("versions") value=draft.versions rows=2 />
                        </Field>
                        <Field
                            id=field("hardware")
                            label="Hardware revisions"
                            hint=Signal::stored("One a line. Empty: every one.".to_owned())
                        >
                            <TextArea id=field("hardware") value=draft.hardware rows=2 />
                        </Field>
                    </div>
                    <Field
                        id=field("min-version")
                        label="Oldest version it can follow"
                        hint=Signal::stored("Routers with an older one do not load it. Empty: any.".to_owned())
                    >
                        {text("min-version", draft.min_version, "64")}
                    </Field>
                </div>
            </details>
        </Show>
        <Field id=field("notes") label="Notes">
            <TextArea id=field("notes") value=draft.notes rows=2 />
        </Field>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_survive_the_form() {
        let types = [
            FileType::Firmware,
            FileType::WebContent,
            FileType::Configuration,
            FileType::Tone,
            FileType::Ringer,
            FileType::StoredFirmware,
            FileType::Log,
            FileType::Vendor("X ACME a".into()),
        ];
        for kind in types {
            assert_eq!(file_type(word(&kind), "X ACME a"), kind);
        }
        assert!(TYPES.iter().all(|(name, _)| word(&file_type(name, "")) == *name));
    }

    #[test]
    fn models_are_lines() {
        assert_eq!(lines(" GW-7 \n\nGW 8, rev. B\n"), ["GW-7", "GW 8, rev. B"]);
    }
}
