//! One entry of the audit log.

use super::url;
use crate::clock::{iso, use_clock};
use crate::components::Icon;
use leptos::prelude::*;
use model::Timestamp;
use model::audit::{AuditEntry, AuditQuery};
use serde_json::Value;

/// Lines of before and after that are shown; the export has all.
const LINES: usize = 60;

/// A line of before and after: the name of the field, and what it was and became.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: String,
    before: Option<String>,
    after: Option<String>,
}

#[component]
pub fn Row(entry: AuditEntry, here: AuditQuery) -> impl IntoView {
    let clock = use_clock();
    let at = entry.at;
    let words = entry.act_words().to_owned();
    let target = entry.target.clone();
    let same = (!target.id.is_empty()).then(|| {
        let key = format!("{}/{}", target.kind, target.id);
        url::with_filter(&here, |filter| filter.target = key)
    });
    let name = if target.label.is_empty() { target.words() } else { target.label.clone() };
    let said = if entry.origin.address.is_empty() {
        session_words(&entry.origin.session)
    } else {
        entry.origin.address.clone()
    };
    view! {
        <tr>
            <th scope="row">
                <b>{words}</b>
                <Details entry=entry.clone() />
            </th>
            <td data-label="When">
                <time datetime=iso(at)>{move || clock.exact(at)}</time>
            </td>
            <td data-label="Who"><bdi>{entry.who.name.clone()}</bdi></td>
            <td data-label="Done to" class="clip">
                {match target.href() {
                    Some(href) => view! { <a href=href><bdi>{name}</bdi></a> }.into_any(),
                    None => view! { <bdi>{name}</bdi> }.into_any(),
                }}
                " "
                {same
                    .map(|href| {
                        let label = format!("Only what was done to {}", target.words());
                        view! { <a class="linkbtn muted" href=href aria-label=label>{target.words()}</a> }
                    })}
            </td>
            <td data-label="From where" class="clip"><bdi>{said}</bdi></td>
        </tr>
    }
}

#[component]
fn Details(entry: AuditEntry) -> impl IntoView {
    let mut lines = lines(entry.before.as_deref(), entry.after.as_deref());
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let clock = use_clock();
    // A moment is stored in milliseconds.
    let shown = move |name: &str, value: String| match value.parse() {
        Ok(at) if name.ends_with(" at") => (move || clock.exact(Timestamp(at))).into_any(),
        _ => value.into_any(),
    };
    let fact = |label: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> })
    };
    let who = entry.who.id.map_or_else(|| entry.who.kind.clone(), |id| format!("{} {id}", entry.who.kind));
    view! {
        <details class="details">
            <summary>
                <Icon name="chevron-right" />
                "Details"
            </summary>
            <div>
            <dl class="kv kv--2">
                {fact("Reason", entry.reason)}
                {lines
                    .into_iter()
                    .map(|Line { name, before, after }| {
                        let [before, after] = [before, after].map(|value| value.map(|value| shown(&name, value)));
                        view! {
                            <div>
                                <dt><bdi>{name}</bdi></dt>
                                <dd>
                                    {before.map(|before| view! { <del><bdi>{before}</bdi></del> " " })}
                                    {after.map(|after| view! { <bdi>{after}</bdi> })}
                                </dd>
                            </div>
                        }
                    })
                    .collect_view()}
                {(more > 0).then(|| view! { <div><dt>"More"</dt><dd>{format!("{more} lines; the export has all")}</dd></div> })}
                {fact("Account", who)}
                {fact("Session", session_words(&entry.origin.session))}
                {fact("Client", entry.origin.user_agent)}
                {fact("Entry", entry.id.to_string())}
                <div><dt>"Hash"</dt><dd class="mono">{entry.hash}</dd></div>
            </dl>
            </div>
        </details>
    }
}

fn session_words(session: &str) -> String {
    match session {
        "portal" => "Portal".to_owned(),
        "api" => "API".to_owned(),
        "command-line" => "Command line".to_owned(),
        "" => "Lastmile itself".to_owned(),
        other => other.to_owned(),
    }
}

/// What differs between before and after; all of it where there is only one of them.
fn lines(before: Option<&str>, after: Option<&str>) -> Vec<Line> {
    let (before_lines, after_lines) = (before.map(flat).unwrap_or_default(), after.map(flat).unwrap_or_default());
    let value = |lines: &[(String, String)], name: &str| {
        lines.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    };
    let mut found: Vec<Line> = Vec::new();
    for (name, _) in before_lines.iter().chain(&after_lines) {
        if found.iter().any(|line| line.name == *name) {
            continue;
        }
        let (was, is) = (value(&before_lines, name), value(&after_lines, name));
        if was != is {
            found.push(Line { name: name.clone(), before: was, after: is });
        }
    }
    // The number of what it was done to stands above.
    found.retain(|line| line.name != "id");
    for line in &mut found {
        line.name = words(&line.name);
    }
    found
}

/// A field's name for people.
fn words(name: &str) -> String {
    let mut letters = name.replace('_', " ").chars().collect::<Vec<_>>();
    if let Some(first) = letters.first_mut() {
        first.make_ascii_uppercase();
    }
    letters.into_iter().collect()
}

/// JSON as names and values; text that is none as one value.
fn flat(text: &str) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => flatten("", &value, &mut lines),
        _ => lines.push(("Value".to_owned(), text.to_owned())),
    }
    // An object with very many fields would take long to compare, and nobody reads that here.
    lines.truncate(4 * LINES);
    lines
}

fn flatten(name: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name} {part}") };
    match value {
        Value::Object(object) => object.iter().for_each(|(part, value)| flatten(&below(part), value, lines)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| flatten(&below(&(at + 1).to_string()), value, lines));
        }
        Value::Null => {}
        Value::String(text) => lines.push((name.to_owned(), text.clone())),
        other => lines.push((name.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, before: Option<&str>, after: Option<&str>) -> Line {
        Line { name: name.into(), before: before.map(Into::into), after: after.map(Into::into) }
    }

    #[test]
    fn only_what_differs_is_shown() {
        let (before, after) = (r#"{"a":1,"b":{"c":"x"},"e":null}"#, r#"{"id":7,"a":1,"b":{"c":"y"},"used_at":[true]}"#);
        let found = lines(Some(before), Some(after));
        assert_eq!(found, [line("B c", Some("x"), Some("y")), line("Used at 1", None, Some("true"))]);
    }

    #[test]
    fn what_is_no_json_is_text() {
        assert_eq!(lines(None, Some("Wi-Fi password")), [line("Value", None, Some("Wi-Fi password"))]);
        assert_eq!(lines(Some("approved"), Some("refused")), [line("Value", Some("approved"), Some("refused"))]);
        assert_eq!(lines(None, None), []);
        // Cut off in the middle: shown as it is.
        assert_eq!(lines(Some("{\"a\":"), None), [line("Value", Some("{\"a\":"), None)]);
    }
}
