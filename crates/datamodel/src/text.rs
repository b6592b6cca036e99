//! Descriptions as one plain sentence.
//!
//! Definitions are written in a wiki-like language with macros in double braces (TR-106 Annex A.2.2). A person who edits
//! a parameter wants the first sentence, without references and without the macros that say what type and limits say.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Characters of a sentence.
pub(crate) const MAX_SENTENCE: usize = 200;
/// Macros inside macros, templates inside templates.
const MAX_NESTING: usize = 6;
/// Bytes that an expansion may grow to.
const MAX_EXPANSION: usize = 16 * 1024;
/// Paragraphs that are looked at for one that says something.
const MAX_PARAGRAPHS: usize = 12;

/// What macros without arguments refer to.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Last part of the path of the parameter; empty for an object.
    pub parameter: &'a str,
    /// Last name in the object's path.
    pub object: &'a str,
    pub units: &'a str,
    /// Of the data type.
    pub type_text: &'a str,
    pub templates: &'a HashMap<String, String>,
}

/// The first sentence of a description that says something, at most [`MAX_SENTENCE`] characters.
pub(crate) fn sentence(raw: &str, scope: &Scope) -> String {
    for paragraph in paragraphs(raw).take(MAX_PARAGRAPHS) {
        let mut room = MAX_EXPANSION;
        let said = tidy(&expand(&paragraph, scope, 0, &mut room));
        if said.chars().any(char::is_alphanumeric) {
            return cut(first_sentence(&said));
        }
    }
    String::new()
}

/// Text between blank lines, each on one line; lists are left out.
fn paragraphs(raw: &str) -> impl Iterator<Item = String> {
    let mut lines = raw.lines().map(str::trim);
    std::iter::from_fn(move || {
        let first = lines.by_ref().find(|line| !line.is_empty())?;
        let mut paragraph = first.to_owned();
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            paragraph.push(' ');
            paragraph.push_str(line);
        }
        Some(paragraph)
    })
    .filter(|paragraph| !paragraph.starts_with(['*', '#', ':']))
}

/// Replaces the macros.
fn expand(text: &str, scope: &Scope, depth: usize, room: &mut usize) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        push(&mut out, &rest[..at], room);
        let Some(end) = closing(&rest[at..]) else {
            push(&mut out, &rest[at + 2..], room);
            return out;
        };
        let inner = &rest[at + 2..at + end];
        if depth < MAX_NESTING && *room > 0 {
            let replaced = replace(inner, scope, depth, room);
            push(&mut out, &replaced, room);
        }
        rest = &rest[at + end + 2..];
    }
    push(&mut out, rest, room);
    out
}

fn push(out: &mut String, piece: &str, room: &mut usize) {
    let end = piece.floor_char_boundary(piece.len().min(*room));
    *room -= end;
    out.push_str(&piece[..end]);
}

/// Where the braces that open at the beginning close.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut open) = (0, 0usize);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"{{" => {
                open += 1;
                at += 2;
            }
            b"}}" => {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
    None
}

/// The parts of a macro: its name and its arguments, separated by bars outside of inner braces.
fn parts(inner: &str) -> Vec<&str> {
    let (mut parts, mut start, mut open) = (Vec::new(), 0, 0i32);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            b'|' if open == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    parts
}

fn replace(inner: &str, scope: &Scope, depth: usize, room: &mut usize) -> String {
    let parts = parts(inner);
    let argument = |index: usize| parts.get(index).copied().map(str::trim).unwrap_or_default();
    let mut inside = |text: &str| expand(text, scope, depth + 1, room);
    match parts[0].trim() {
        "param" => match argument(1) {
            "" => scope.parameter.to_owned(),
            path => last_name(path),
        },
        "object" => match argument(1) {
            "" => scope.object.to_owned(),
            path => last_name(path),
        },
        "enum" | "pattern" => inside(argument(1)),
        "bibref" => {
            let mut reference = argument(1).to_owned();
            if !argument(2).is_empty() {
                let _ = write!(reference, " {}", argument(2));
            }
            reference
        }
        "true" => "true".to_owned(),
        "false" => "false".to_owned(),
        "empty" => "an empty string".to_owned(),
        "units" => scope.units.to_owned(),
        "numentries" => {
            let table = scope.parameter.strip_suffix("NumberOfEntries").filter(|table| !table.is_empty());
            table.map_or_else(|| "The number of rows.".to_owned(), |table| format!("The number of rows of {table}."))
        }
        "reference" => match inside(argument(1)).trim() {
            "" => "The path of another object.".to_owned(),
            of => format!("The path of {}.", of.trim_end_matches('.')),
        },
        "datatype" if argument(1) == "expand" => {
            let first = paragraphs(scope.type_text).next().unwrap_or_default();
            inside(&first)
        }
        "template" => match scope.templates.get(argument(1)) {
            Some(text) => inside(&paragraphs(text).next().unwrap_or_default()),
            None => String::new(),
        },
        // What the type, the limits and the status say; and macros that nobody knows.
        _ => String::new(),
    }
}

/// What a person calls the thing at the end of a path: its last name that is no placeholder.
fn last_name(path: &str) -> String {
    let names = path.split('.').rev();
    names.map(str::trim).find(|name| !matches!(*name, "" | "#" | "{i}")).unwrap_or_default().to_owned()
}

/// Without emphasis and without what removed macros leave behind.
fn tidy(text: &str) -> String {
    let text = text.replace("'''", "").replace("''", "");
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        // Control characters have no place in a sentence.
        let mut word: String = word.chars().filter(|c| !c.is_control()).collect();
        for empty in ["()", "[]", "\"\""] {
            word = word.replace(empty, "");
        }
        if word.is_empty() {
            continue;
        }
        let joins = word.starts_with(['.', ',', ';', ')']);
        if !out.is_empty() && !joins && !out.ends_with('(') {
            out.push(' ');
        }
        out.push_str(&word);
    }
    let out = out.trim_start_matches(['.', ',', ';', ' ', ')']).replace("..", ".").replace(",.", ".");
    out.trim_end().to_owned()
}

/// Up to the first full stop that ends a sentence.
fn first_sentence(text: &str) -> &str {
    for (at, _) in text.match_indices(". ") {
        let before = text[..at].rsplit([' ', '(']).next().unwrap_or_default();
        let abbreviated = matches!(before, "e.g" | "i.e" | "cf" | "vs" | "approx" | "No" | "Sec");
        let capital = text[at + 2..].starts_with(|c: char| !c.is_lowercase());
        if capital && !abbreviated && at >= 4 {
            return &text[..=at];
        }
    }
    text
}

/// At most [`MAX_SENTENCE`] characters, cut between words.
fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_SENTENCE {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_SENTENCE - 1).collect();
    let end = kept.rfind(' ').filter(|end| *end > MAX_SENTENCE / 2).unwrap_or(kept.len());
    format!("{}…", kept[..end].trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn say(raw: &str) -> String {
        let templates = HashMap::from([
            ("Chain".to_owned(), "Used by {{template|End}} things. More.".to_owned()),
            ("End".to_owned(), "several".to_owned()),
            ("Loop".to_owned(), "{{template|Loop}} {{template|Loop}}".to_owned()),
        ]);
        let scope = Scope {
            parameter: "PortMappingNumberOfEntries",
            object: "NAT",
            units: "seconds",
            type_text: "An address of an {{object}}.\n\n* list",
            templates: &templates,
        };
        sentence(raw, &scope)
    }

    #[test]
    fn the_first_sentence_stays() {
        assert_eq!(say("\n  Switches it\n  on or off. {{param|#.Other}} too.\n\n  More."), "Switches it on or off.");
        assert_eq!(say("Uses e.g. one. Then another."), "Uses e.g. one.");
        assert_eq!(say("Waits {{units}} (see {{bibref|RFC 1|Section 2}})."), "Waits seconds (see RFC 1 Section 2).");
        assert_eq!(say("No end"), "No end");
    }

    #[test]
    fn macros_become_words_or_go() {
        assert_eq!(say("{{numentries}}"), "The number of rows of PortMapping.");
        assert_eq!(say("{{list}} Items are ''names''."), "Items are names.");
        assert_eq!(
            say("{{list}} {{reference|an interface of {{object|Device.IP.Interface.{i}.}}}}"),
            "The path of an interface of Interface."
        );
        assert_eq!(say("{{datatype|expand}}"), "An address of an NAT.");
        assert_eq!(say("{{template|Chain}}"), "Used by several things.");
        assert_eq!(say("Is {{true}} or {{empty}}, {{unknown|x}}."), "Is true or an empty string.");
        assert_eq!(say("{{deprecated|2.1|because}}\n\nThe real text."), "The real text.");
        assert_eq!(say("{{enum}}"), "");
    }

    #[test]
    fn x1_templates_that_call_themselves_end() {
        assert!(say("{{template|Loop}}").len() <= MAX_SENTENCE * 4);
    }

    #[test]
    fn long_sentences_are_cut_between_words() {
        let long = "words and ".repeat(60);
        let said = say(&long);
        assert!(said.chars().count() <= MAX_SENTENCE, "{said}");
        assert!(said.ends_with("words…") || said.ends_with("and…"), "{said}");
        assert_eq!(say(&"ß".repeat(500)).chars().count(), MAX_SENTENCE);
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_short_one(raw in "[a-z{}|'. \n]{0,300}|.{0,100}") {
            let said = say(&raw);
            prop_assert!(said.chars().count() <= MAX_SENTENCE);
            prop_assert!(!said.contains('\n'));
        }
    }
}
