//! The state of the log as a URL. Days are days in UTC: the same for everybody who is sent the link.

use crate::clock::iso;
use crate::pages::devices::url::Url;
use leptos_router::params::ParamsMap;
use model::Timestamp;
use model::audit::{AuditFilter, AuditQuery};
use model::page::Cursor;

pub const PATH: &str = "/settings/audit";
/// Longest text that is taken from a URL, in characters.
const TEXT_MAX: usize = 200;
const DAY: i64 = 86_400_000;

/// Reads a query from the URL. What it does not understand it leaves out.
pub fn from_params(params: &ParamsMap) -> AuditQuery {
    let text = |name| {
        params
            .get(name)
            .map(|value: String| value.trim().chars().take(TEXT_MAX).collect::<String>())
            .unwrap_or_default()
    };
    AuditQuery {
        filter: AuditFilter {
            text: text("q"),
            who: text("who"),
            act: text("act"),
            target: text("target"),
            since: day_begins(&text("from")),
            until: day_ends(&text("to")),
        },
        cursor: params.get("at").filter(|at| !at.is_empty()).map(Cursor),
        limit: 0,
    }
}

/// The URL of a query; defaults are left out, so that equal queries have equal URLs.
pub fn href(query: &AuditQuery) -> String {
    let filter = &query.filter;
    let mut url = Url::new(PATH);
    url.text("q", &filter.text);
    url.text("who", &filter.who);
    url.text("act", &filter.act);
    url.text("target", &filter.target);
    url.text("from", &first_day(filter));
    url.text("to", &last_day(filter));
    url.text("at", query.cursor.as_ref().map_or("", |cursor| &cursor.0));
    url.finish()
}

/// The same log with another filter: it begins at its first page.
pub fn with_filter(query: &AuditQuery, change: impl FnOnce(&mut AuditFilter)) -> String {
    let mut next = AuditQuery { cursor: None, ..query.clone() };
    change(&mut next.filter);
    href(&next)
}

/// What the filter lets through, as a file.
pub fn export(filter: &AuditFilter, file: &str) -> String {
    let mut url = Url::new(&format!("{PATH}/export/{file}"));
    let number = |at: Option<Timestamp>| at.map(|at| at.0.to_string()).unwrap_or_default();
    url.text("text", &filter.text);
    url.text("who", &filter.who);
    url.text("act", &filter.act);
    url.text("target", &filter.target);
    url.text("since", &number(filter.since));
    url.text("until", &number(filter.until));
    url.finish()
}

/// `2026-11-23`, or nothing.
pub fn first_day(filter: &AuditFilter) -> String {
    filter.since.map(day_of).unwrap_or_default()
}

/// The last day that is shown.
pub fn last_day(filter: &AuditFilter) -> String {
    filter.until.map(|until| day_of(until.plus_millis(-1))).unwrap_or_default()
}

fn day_of(at: Timestamp) -> String {
    iso(at).chars().take(10).collect()
}

/// The first moment of `2026-11-23`; `None` for what is no day.
pub fn day_begins(day: &str) -> Option<Timestamp> {
    let mut parts = day.splitn(3, '-').map(str::parse::<i64>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(date))) = (parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    // Howard Hinnant's days_from_civil.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let at = Timestamp(days * DAY);
    // There is no 31 February.
    (day_of(at) == format!("{:04}-{month:02}-{date:02}", if month <= 2 { year + 1 } else { year })).then_some(at)
}

/// The first moment after it.
pub fn day_ends(day: &str) -> Option<Timestamp> {
    day_begins(day).map(|at| at.plus_millis(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> AuditQuery {
        from_params(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_query_survives_its_url() {
        assert_eq!(href(&AuditQuery::default()), PATH);
        let query = parse(&[
            ("q", " a&b "),
            ("who", "Zoë"),
            ("act", "secret.revealed"),
            ("target", "device/7"),
            ("from", "2026-11-22"),
            ("to", "2026-11-23"),
            ("at", "n1.2"),
        ]);
        let url = "/settings/audit?q=a%26b&who=Zo%C3%AB&act=secret.revealed&target=device%2F7&from=2026-11-22\
                   &to=2026-11-23&at=n1.2";
        assert_eq!(href(&query), url);
        assert_eq!(
            export(&query.filter, "audit.csv"),
            "/settings/audit/export/audit.csv?text=a%26b&who=Zo%C3%AB&act=secret.revealed&target=device%2F7\
             &since=1795305600000&until=1795478400000"
        );
        assert_eq!(with_filter(&query, |filter| *filter = AuditFilter::default()), PATH);
    }

    #[test]
    fn what_is_no_day_is_none() {
        assert_eq!(day_begins("1970-01-01"), Some(Timestamp(0)));
        assert_eq!(day_begins("2024-02-29"), Some(Timestamp(1_709_164_800_000)));
        for wrong in ["", "2026-02-30", "2026-13-01", "2026-1", "x-y-z", "0000-01-01", "2026-11-23T00:00"] {
            assert_eq!(day_begins(wrong), None, "{wrong}");
        }
    }
}
