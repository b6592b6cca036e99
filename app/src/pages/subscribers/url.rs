//! The state of the list as a URL.

use crate::pages::devices::url::Url;
use leptos_router::params::ParamsMap;
use model::device::Direction;
use model::subscriber::{SubscriberFilter, SubscriberQuery, SubscriberSort};

pub const PATH: &str = "/subscribers";
/// Longest text that is taken from a URL, in characters.
const TEXT_MAX: usize = 200;

/// Reads a query from the URL. What it does not understand it leaves out.
pub fn from_params(params: &ParamsMap) -> SubscriberQuery {
    let text = |name| {
        params
            .get(name)
            .map(|value: String| value.trim().chars().take(TEXT_MAX).collect::<String>())
            .unwrap_or_default()
    };
    let sort = text("sort");
    let (word, direction) = match sort.strip_prefix('-') {
        Some(word) => (word, Direction::Descending),
        None => (sort.as_str(), Direction::Ascending),
    };
    let sort = SubscriberSort::parse(word);
    SubscriberQuery {
        filter: SubscriberFilter {
            text: text("q"),
            tag: text("tag"),
            plan: text("plan"),
            has_device: router(&text("router")),
        },
        direction: if sort.is_some() { direction } else { Direction::Ascending },
        sort: sort.unwrap_or_default(),
        cursor: params.get("at").filter(|at| !at.is_empty()),
        limit: 0,
    }
}

/// The URL of a query; defaults are left out, so that equal queries have equal URLs.
pub fn href(query: &SubscriberQuery) -> String {
    let filter = &query.filter;
    let mut url = Url::new(PATH);
    url.text("q", &filter.text);
    url.text("tag", &filter.tag);
    url.text("plan", &filter.plan);
    url.text("router", router_text(filter.has_device));
    url.text("sort", &sort_text(query));
    url.text("at", query.cursor.as_deref().unwrap_or_default());
    url.finish()
}

pub fn router_text(has_device: Option<bool>) -> &'static str {
    match has_device {
        None => "",
        Some(true) => "yes",
        Some(false) => "no",
    }
}

/// The other way round; `None` also for what is none.
pub fn router(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

pub fn sort_text(query: &SubscriberQuery) -> String {
    match (query.sort, query.direction) {
        (SubscriberSort::Name, Direction::Ascending) => String::new(),
        (sort, Direction::Ascending) => sort.as_str().to_owned(),
        (sort, Direction::Descending) => format!("-{}", sort.as_str()),
    }
}

/// The same list with another filter: it begins at its first page.
pub fn with_filter(query: &SubscriberQuery, change: impl FnOnce(&mut SubscriberFilter)) -> String {
    let mut next = SubscriberQuery { cursor: None, ..query.clone() };
    change(&mut next.filter);
    href(&next)
}

/// The same list sorted by a column: a second press on the same column turns it round.
pub fn with_sort(query: &SubscriberQuery, sort: SubscriberSort) -> String {
    let direction = match (query.sort == sort, query.direction) {
        (true, Direction::Ascending) => Direction::Descending,
        _ => Direction::Ascending,
    };
    href(&SubscriberQuery { cursor: None, sort, direction, ..query.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> SubscriberQuery {
        from_params(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_query_survives_its_url() {
        assert_eq!(href(&SubscriberQuery::default()), "/subscribers");
        let query = parse(&[
            ("q", " Ana & Zoë "),
            ("tag", "vip"),
            ("plan", "Fibre 500"),
            ("router", "no"),
            ("sort", "-account"),
            ("at", "x="),
        ]);
        assert_eq!(
            href(&query),
            "/subscribers?q=Ana%20%26%20Zo%C3%AB&tag=vip&plan=Fibre%20500&router=no&sort=-account&at=x%3D"
        );
        assert_eq!(with_filter(&query, |filter| *filter = SubscriberFilter::default()), "/subscribers?sort=-account");
        assert_eq!(
            with_sort(&query, SubscriberSort::Account),
            href(&SubscriberQuery { direction: Direction::Ascending, cursor: None, ..query.clone() })
        );
        assert_eq!(parse(&[("sort", "-colour"), ("router", "perhaps"), ("at", "")]), SubscriberQuery::default());
    }
}
