//! The style sheets: a custom property that nobody defines is silently nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_custom_property_is_defined() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    let mut texts = Vec::new();
    for folder in ["style", "app/src"] {
        read(&root.join(folder), &mut texts);
    }
    assert!(texts.len() > 50, "the sheets and the views were found");
    let (mut used, mut defined) = (BTreeSet::new(), BTreeSet::new());
    for (path, text) in &texts {
        for (at, _) in text.match_indices("var(--") {
            used.insert((name(&text[at + 4..]), path));
        }
        for (at, _) in text.match_indices("--") {
            let found = name(&text[at..]);
            if text[at + found.len()..].starts_with(':') {
                defined.insert(found);
            }
        }
    }
    let missing: Vec<_> = used.iter().filter(|(name, _)| !defined.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// `--tone` of `--tone: red`.
fn name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(text.len());
    &text[..end]
}

fn read(folder: &Path, texts: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            read(&path, texts);
        } else if path.extension().is_some_and(|end| end == "css" || end == "rs") {
            texts.push((path.clone(), std::fs::read_to_string(&path).expect("text")));
        }
    }
}
