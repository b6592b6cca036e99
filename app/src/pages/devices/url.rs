//! The state of the device list as a URL: what a link, the Back button and a plain form carry.

use leptos_router::params::ParamsMap;
use model::device::{Columns, DeviceFilter, DeviceQuery, DeviceSort, Direction, Enrolment, Presence};
use std::fmt::Write as _;

/// Path of the page.
pub const PATH: &str = "/devices";
/// Days that count as “new”.
pub const NEW_DAYS: u16 = 7;
/// Longest text that is taken from a URL, in characters. Longer ones are cut: no filter needs more.
const TEXT_MAX: usize = 200;

/// Reads a query from the URL. What it does not understand it leaves out, so that an old link still opens.
pub fn from_params(params: &ParamsMap) -> DeviceQuery {
    let text = |name| params.get(name).map(|value| shorten(value.trim())).unwrap_or_default();
    let (sort, direction) = sort_from(&text("sort"));
    DeviceQuery {
        filter: DeviceFilter {
            text: text("q"),
            presence: Presence::parse(&text("state")),
            enrolment: Enrolment::parse(&text("approval")),
            stuck: text("stuck") == "yes",
            manufacturer: text("maker"),
            model: text("model"),
            software_version: text("version"),
            new_within_days: text("new").parse().ok().filter(|days| (1..=3650).contains(days)),
        },
        sort,
        direction,
        cursor: params.get("at").filter(|at| !at.is_empty()),
        limit: text("rows").parse().unwrap_or(0),
        columns: Columns::parse(&text("columns")),
    }
}

/// The URL of a query; defaults are left out, so that equal queries have equal URLs.
pub fn href(query: &DeviceQuery) -> String {
    let mut url = Url::new(PATH);
    let filter = &query.filter;
    url.text("q", &filter.text);
    url.text("state", filter.presence.map_or("", Presence::as_str));
    url.text("approval", filter.enrolment.map_or("", Enrolment::as_str));
    url.text("stuck", if filter.stuck { "yes" } else { "" });
    url.text("maker", &filter.manufacturer);
    url.text("model", &filter.model);
    url.text("version", &filter.software_version);
    url.text("new", &filter.new_within_days.map(|days| days.to_string()).unwrap_or_default());
    url.text("sort", &sort_text(query.sort, query.direction));
    url.text("columns", &query.columns.map(Columns::text).unwrap_or_default());
    url.text("rows", &if query.limit == 0 { String::new() } else { query.limit.to_string() });
    url.text("at", query.cursor.as_deref().unwrap_or_default());
    url.finish()
}

/// The same list with another filter: it begins at its first page.
pub fn with_filter(query: &DeviceQuery, change: impl FnOnce(&mut DeviceFilter)) -> String {
    let mut next = DeviceQuery { cursor: None, ..query.clone() };
    change(&mut next.filter);
    href(&next)
}

/// The same list sorted by a column: a second press on the same column turns it round.
pub fn with_sort(query: &DeviceQuery, sort: DeviceSort) -> String {
    let direction = match (query.sort == sort, query.direction) {
        (true, Direction::Ascending) => Direction::Descending,
        // People who sort by time want the newest first.
        (false, _) if sort == DeviceSort::LastInform => Direction::Descending,
        _ => Direction::Ascending,
    };
    href(&DeviceQuery { cursor: None, sort, direction, ..query.clone() })
}

/// `-serial` is serial, descending; empty is the default order.
pub fn sort_text(sort: DeviceSort, direction: Direction) -> String {
    match (sort, direction) {
        (DeviceSort::FirstSeen, Direction::Ascending) => String::new(),
        (sort, Direction::Ascending) => sort.as_str().to_owned(),
        (sort, Direction::Descending) => format!("-{}", sort.as_str()),
    }
}

fn sort_from(text: &str) -> (DeviceSort, Direction) {
    let (name, direction) = match text.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (text, Direction::Ascending),
    };
    DeviceSort::parse(name).map_or_else(Default::default, |sort| (sort, direction))
}

fn shorten(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

/// A path with query parameters; empty values are left out.
pub struct Url {
    text: String,
    first: bool,
}

impl Url {
    pub fn new(path: &str) -> Self {
        Self { text: path.to_owned(), first: true }
    }

    pub fn text(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.text.push(if self.first { '?' } else { '&' });
        self.first = false;
        self.text.push_str(name);
        self.text.push('=');
        for byte in value.bytes() {
            // RFC 3986 2.3: unreserved characters stay. Server and browser write the same attribute.
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                self.text.push(char::from(byte));
            } else {
                let _ = write!(self.text, "%{byte:02X}");
            }
        }
    }

    pub fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::device::Column;

    fn parse(url: &str) -> DeviceQuery {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let decode = |text: &str| {
            let mut bytes = Vec::new();
            let mut rest = text.bytes();
            while let Some(byte) = rest.next() {
                if byte == b'%' {
                    let pair = [rest.next().unwrap(), rest.next().unwrap()];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
                } else {
                    bytes.push(byte);
                }
            }
            String::from_utf8(bytes).unwrap()
        };
        let params = query.split('&').filter_map(|pair| pair.split_once('='));
        from_params(&params.map(|(name, value)| (name.to_owned(), decode(value))).collect())
    }

    #[test]
    fn a_query_survives_its_url() {
        let query = DeviceQuery {
            filter: DeviceFilter {
                stuck: true,
                text: "Ana & Zoë <b>".into(),
                presence: Some(Presence::Late),
                enrolment: Some(Enrolment::Quarantined),
                manufacturer: "K/M?".into(),
                model: "HG 640".into(),
                software_version: "4.2.0+b=1".into(),
                new_within_days: Some(7),
            },
            sort: DeviceSort::LastInform,
            direction: Direction::Descending,
            cursor: Some("b64==/+".into()),
            limit: 100,
            columns: Some([Column::Serial, Column::Plan].into_iter().collect()),
        };
        assert_eq!(parse(&href(&query)), query);
    }

    #[test]
    fn the_default_is_the_bare_path() {
        assert_eq!(href(&DeviceQuery::default()), "/devices");
        assert_eq!(parse("/devices"), DeviceQuery::default());
    }

    #[test]
    fn empty_fields_of_a_plain_form_do_not_filter() {
        assert_eq!(parse("/devices?q=&state=&maker=&model=&version=&new=&sort="), DeviceQuery::default());
    }

    #[test]
    fn nonsense_is_left_out() {
        assert_eq!(parse("/devices?state=gone&sort=-colour&new=0&rows=x&at="), DeviceQuery::default());
        assert_eq!(parse("/devices?new=99999").filter.new_within_days, None);
        assert_eq!(parse(&format!("/devices?q={}", "a".repeat(5000))).filter.text.len(), TEXT_MAX);
    }

    #[test]
    fn a_second_press_turns_the_order_round() {
        let by_serial = parse("/devices?sort=serial&q=x&at=abc");
        assert_eq!(with_sort(&by_serial, DeviceSort::Serial), "/devices?q=x&sort=-serial");
        assert_eq!(with_sort(&by_serial, DeviceSort::Model), "/devices?q=x&sort=model");
        assert_eq!(with_sort(&by_serial, DeviceSort::LastInform), "/devices?q=x&sort=-last_inform");
    }

    #[test]
    fn another_filter_begins_at_the_first_page() {
        let query = parse("/devices?model=A&version=1&at=abc");
        assert_eq!(with_filter(&query, |filter| filter.model.clear()), "/devices?version=1");
    }
}
