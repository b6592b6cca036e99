//! What the product knows by itself: the paths that its own pages use, for both generations of data models.
//!
//! Written by hand in a small text format, one line for each object and, indented, each parameter:
//!
//! ```text
//! Device.NAT.PortMapping.{i}. rw keys=Alias,Protocol : What it is.
//!   Protocol rw string {TCP|UDP} : Transport protocol.
//!   LeaseDuration rw uint 0.. units=seconds : How long.
//! ```
//!
//! After path or name come `rw` or `ro`, then for parameters the type (`string int uint long ulong bool time base64
//! hex`) and in any order: ranges (`1..5,8..`), `len=`, `list` or `list=..64`, `{choices}` where `-` marks those that
//! only the router sets, `from=` another parameter, `units=`, `hidden`, `forced`, `notified`, `deny`.

use crate::document::Notify;
use crate::table::{Draft, Table};
use model::knowledge::{Choice, ListRule, Range, Rules, Size};
use model::tree::ValueType;
use std::str::FromStr;
use std::sync::LazyLock;

static TABLES: LazyLock<[Table; 2]> = LazyLock::new(|| {
    let table = |name, text| parse(name, text).expect("the builtin tables are well-formed, as a test shows");
    [table("TR-181", include_str!("builtin/tr181.txt")), table("TR-098", include_str!("builtin/tr098.txt"))]
});

/// The tables, made at their first use.
pub fn builtin() -> &'static [Table] {
    &*TABLES
}

/// The error is the line that is wrong.
fn parse(name: &str, text: &str) -> Result<Table, String> {
    let mut draft = Draft::default();
    let mut object = String::new();
    let mut keys: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let wrong = || line.to_owned();
        let (head, about) = line.split_once(" : ").ok_or_else(wrong)?;
        let mut words = words(head).into_iter();
        let path = words.next().ok_or_else(wrong)?;
        let writable = match words.next() {
            Some("rw") => true,
            Some("ro") => false,
            _ => return Err(wrong()),
        };
        if !line.starts_with(' ') {
            path.clone_into(&mut object);
            keys = words
                .filter_map(|word| word.strip_prefix("keys="))
                .flat_map(|keys| keys.split(',').map(str::to_owned))
                .collect();
            let definition = draft.entry(path).ok_or_else(wrong)?;
            definition.writable = writable;
            about.clone_into(&mut definition.about);
            if let Some(table) = path.strip_suffix("{i}.") {
                draft.entry(table).ok_or_else(wrong)?.writable |= writable;
            }
            continue;
        }
        let full = format!("{object}{path}");
        if keys.iter().any(|key| key == path) {
            draft.set_key(&full);
        }
        let definition = draft.entry(&full).ok_or_else(wrong)?;
        definition.writable = writable;
        about.clone_into(&mut definition.about);
        let mut rules =
            Rules { value_type: value_type(words.next().unwrap_or_default()).ok_or_else(wrong)?, ..Rules::default() };
        for word in words {
            match word {
                "hidden" => definition.hidden = true,
                "forced" => definition.forced_inform = true,
                "notified" => definition.notify = Notify::ForceEnabled,
                "deny" => definition.notify = Notify::CanDeny,
                _ => facet(&mut rules, word).ok_or_else(wrong)?,
            }
        }
        definition.rules = Some(rules);
    }
    Ok(draft.finish(name))
}

/// Words with spaces between them; braces keep theirs.
fn words(head: &str) -> Vec<&str> {
    let mut inside = false;
    let outside = |c: char| {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ => {}
        }
        c == ' ' && !inside
    };
    head.split(outside).filter(|word| !word.is_empty()).collect()
}

fn value_type(word: &str) -> Option<ValueType> {
    Some(match word {
        "string" => ValueType::String,
        "int" => ValueType::Int,
        "uint" => ValueType::UnsignedInt,
        "long" => ValueType::Long,
        "ulong" => ValueType::UnsignedLong,
        "bool" => ValueType::Boolean,
        "time" => ValueType::DateTime,
        "base64" => ValueType::Base64,
        "hex" => ValueType::HexBinary,
        _ => return None,
    })
}

fn facet(rules: &mut Rules, word: &str) -> Option<()> {
    if let Some(choices) = word.strip_prefix('{') {
        let choice = |text: &str| Choice {
            value: text.strip_prefix('-').unwrap_or(text).to_owned(),
            read_only: text.starts_with('-'),
        };
        rules.choices = choices.strip_suffix('}')?.split('|').map(choice).collect();
    } else if let Some(units) = word.strip_prefix("units=") {
        rules.units = units.replace('_', " ");
    } else if let Some(from) = word.strip_prefix("from=") {
        from.clone_into(&mut rules.choices_from);
    } else if word == "list" {
        rules.list = Some(ListRule::default());
    } else if let Some(length) = word.strip_prefix("list=") {
        rules.list = Some(ListRule { max_length: ends::<u32>(length)?.1, ..ListRule::default() });
    } else if let Some(lengths) = word.strip_prefix("len=") {
        let size = |text| ends(text).map(|(min, max)| Size { min: min.unwrap_or(0), max });
        rules.sizes = lengths.split(',').map(size).collect::<Option<_>>()?;
    } else {
        let range = |text| ends(text).map(|(min, max)| Range { min, max });
        rules.ranges = word.split(',').map(range).collect::<Option<_>>()?;
    }
    Some(())
}

/// `1..5`, `1..`, `..5`, `5`.
fn ends<T: FromStr + Copy>(text: &str) -> Option<(Option<T>, Option<T>)> {
    let end = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    match text.split_once("..") {
        Some((min, max)) => Some((end(min)?, end(max)?)),
        None => text.parse().ok().map(|only| (Some(only), Some(only))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;
    use crate::text::MAX_SENTENCE;
    use model::task::is_secret_name;

    fn text(name: &str) -> &'static str {
        if name == "TR-181" { include_str!("builtin/tr181.txt") } else { include_str!("builtin/tr098.txt") }
    }

    /// Full paths of the parameters of a table.
    fn paths(name: &str) -> Vec<String> {
        let mut object = "";
        let mut paths = Vec::new();
        for line in text(name).lines().filter(|line| !line.is_empty()) {
            let first = line.trim_start().split(' ').next().unwrap();
            if line.starts_with(' ') {
                paths.push(format!("{object}{first}"));
            } else {
                object = first;
            }
        }
        paths
    }

    #[test]
    fn the_tables_are_well_formed() {
        for table in builtin() {
            let text = text(table.name());
            assert_eq!(parse(table.name(), text).as_ref(), Ok(table));
            let lines = text.lines().filter(|line| line.starts_with(' ')).count();
            assert_eq!(table.parameters() as usize, lines, "a parameter of {} comes twice", table.name());
            for path in paths(table.name()) {
                let entry = table.find(&path).unwrap();
                assert!(!entry.about().is_empty() && entry.about().chars().count() <= MAX_SENTENCE, "{path}");
                assert!(entry.about().ends_with('.') || entry.about().ends_with('?'), "{path}: {}", entry.about());
                // Whoever looks at a name alone must not show what is hidden here.
                assert!(!entry.hidden() || is_secret_name(&path), "{path}");
            }
        }
    }

    #[test]
    fn rule_332_both_generations_know_what_may_be_written_to_a_diagnostic() {
        let models = crate::Models::default();
        for path in [
            "Device.IP.Diagnostics.IPPing.DiagnosticsState",
            "InternetGatewayDevice.IPPingDiagnostics.DiagnosticsState",
        ] {
            let rules = models.find(path).unwrap().rules().unwrap();
            assert_eq!(rules.check("Requested"), Ok(()), "{path}");
            assert!(rules.check("Complete").is_err(), "{path}");
        }
    }

    #[test]
    fn lines_that_are_wrong_are_named() {
        for wrong in [
            "Device. rw",
            "Device. xx : X.",
            "Device. ro : X.\n  P rw number : X.",
            "Device. ro : X.\n  P rw int 1..x : X.",
            "Device. ro : X.\n  P.Q. rw bad : X.",
        ] {
            assert!(parse("x", wrong).is_err(), "{wrong}");
        }
    }

    /// Over the published models, where someone has them: what is said here is what they say.
    #[test]
    fn the_tables_agree_with_the_published_models() {
        let Some(folder) = std::env::var_os("LASTMILE_TEST_DATA_MODELS") else { return };
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let import = read(&[("model".into(), std::fs::read(&file).unwrap())]).unwrap();
            let published = &import.tables[0];
            let table = builtin().iter().find(|table| table.root() == published.root()).unwrap();
            let mut wrong = Vec::new();
            for path in paths(table.name()) {
                let Some(theirs) = published.find(&path) else {
                    wrong.push(format!("{path} is not there"));
                    continue;
                };
                let ours = table.find(&path).unwrap();
                if theirs.value_type() != ours.value_type()
                    || theirs.writable() != ours.writable()
                    || theirs.hidden() != ours.hidden()
                {
                    wrong.push(format!("{path} differs"));
                }
                // Published enumerations carry mistakes along, and ours leave out what few devices have.
                let (ours, theirs) = (ours.rules().unwrap(), theirs.rules().unwrap());
                if !ours.choices.iter().all(|choice| theirs.choices.contains(choice)) || ours.ranges != theirs.ranges {
                    wrong.push(format!("{path}: {} against {}", ours.words(), theirs.words()));
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    }
}
