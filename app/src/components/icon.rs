//! Icons from the one sprite, `public/icons.svg`.

use leptos::prelude::*;

/// The sprite as it is in the repository: its content makes the version in its address, so browsers may keep it.
const SPRITE: &[u8] = include_bytes!("../../../public/icons.svg");

/// FNV-1a: any change of the file changes it, and it can be computed while compiling.
const VERSION: u64 = {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < SPRITE.len() {
        hash = (hash ^ SPRITE[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
};

fn address(name: &str) -> String {
    format!("/icons.svg?v={VERSION:016x}#{name}")
}

/// An icon beside a word. Purely decorative: screen readers get the word.
/// `class` adds to `icon`: `icon--sm`, `icon--lg`, `spin`, `muted`.
#[component]
pub fn Icon(
    /// Symbol in the sprite.
    #[prop(into)]
    name: Signal<&'static str>,
    #[prop(optional, into)] class: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class=move || format!("icon {}", class.get()) aria-hidden="true">
            <use href=move || address(name.get())></use>
        </svg>
    }
}

/// The mark: a line that ends at a home.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg class="brandmark" viewBox="0 0 26 26" aria-hidden="true">
            <path class="brandmark__line" d="M6 4v11a5 5 0 0 0 5 5h3.5"></path>
            <circle class="brandmark__end" cx="19.5" cy="20" r="3.25"></circle>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every icon that the sources name is drawn.
    #[test]
    fn no_icon_is_missing() {
        let sprite = std::str::from_utf8(SPRITE).unwrap();
        let mut files = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut seen = 0;
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            // A name in markup: `icon="x"`, `<Icon name="x"`.
            for mark in ["icon=\"", "<Icon name=\""] {
                for rest in text.split(mark).skip(1) {
                    let name = rest.split('"').next().unwrap();
                    if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !name.is_empty() {
                        seen += 1;
                        assert!(sprite.contains(&format!("id=\"{name}\"")), "{name} in {}", path.display());
                    }
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn icons_of_states_are_drawn() {
        use crate::components::{Tone, presence_look};
        let sprite = std::str::from_utf8(SPRITE).unwrap();
        let tones = [Tone::Ok, Tone::Warn, Tone::Bad, Tone::Info, Tone::Off].map(Tone::icon);
        let presences = model::device::Presence::ALL.map(|presence| presence_look(presence).1);
        for name in tones.into_iter().chain(presences) {
            assert!(sprite.contains(&format!("id=\"{name}\"")), "{name}");
        }
    }
}
