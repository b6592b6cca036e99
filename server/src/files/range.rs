//! Which part of a file a request is for (RFC 9110 §13 and §14).

use hyper::header::{self, HeaderMap};
use std::ops::Range;

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// 200.
    Whole,
    /// 206; not empty, inside the file.
    Some(Range<u64>),
    /// 304: the device has it.
    Unchanged,
    /// 412: it wants another version.
    Other,
    /// 416: not inside the file.
    Outside,
}

/// By the headers of a GET or HEAD for a file of `size` bytes, at least 1, with this entity tag, quotes included.
pub fn part(headers: &HeaderMap, size: u64, tag: &str) -> Part {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let names = |list: &str| list.split(',').map(str::trim).any(|one| one == "*" || one == tag);
    if text(header::IF_MATCH).is_some_and(|list| !names(list)) {
        return Part::Other;
    }
    let weak = |list: &str| list.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag);
    if text(header::IF_NONE_MATCH).is_some_and(weak) {
        return Part::Unchanged;
    }
    // A device that goes on with what it has must have begun with this very file. Dates say nothing: there are none.
    if text(header::IF_RANGE).is_some_and(|wanted| wanted != tag) {
        return Part::Whole;
    }
    // Several Range headers are none.
    let mut all = headers.get_all(header::RANGE).iter();
    match (all.next(), all.next()) {
        (Some(_), None) => text(header::RANGE).map_or(Part::Whole, |range| of_range(range, size)),
        _ => Part::Whole,
    }
}

/// What cannot be understood is as if it were not there (RFC 9110 §14.2). So are several ranges at once: no device needs
/// them, and answering them could be made expensive (catalogue row F4).
fn of_range(range: &str, size: u64) -> Part {
    let Some((unit, spec)) = range.split_once('=') else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || spec.contains(',') {
        return Part::Whole;
    }
    let Some((first, last)) = spec.trim().split_once('-') else { return Part::Whole };
    match (number(first), number(last)) {
        (Some(first), None) if last.trim().is_empty() => within(first..size, size),
        (Some(first), Some(last)) if first <= last => within(first..last.saturating_add(1).min(size), size),
        (None, Some(length)) if first.trim().is_empty() => within(size.saturating_sub(length)..size, size),
        _ => Part::Whole,
    }
}

fn within(range: Range<u64>, size: u64) -> Part {
    if range.start < size && !range.is_empty() { Part::Some(range) } else { Part::Outside }
}

/// Digits alone; what is larger than any file stays larger.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn asked(lines: &[(&'static str, &str)]) -> Part {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        part(&headers, 1000, TAG)
    }

    #[test]
    fn rule_231_one_range_is_a_part() {
        let of = |range| asked(&[("range", range)]);
        assert_eq!(asked(&[]), Part::Whole);
        assert_eq!(of("bytes=0-"), Part::Some(0..1000));
        assert_eq!(of("bytes=999-"), Part::Some(999..1000));
        assert_eq!(of("Bytes = 10-19 "), Part::Some(10..20));
        assert_eq!(of("bytes=10-5000"), Part::Some(10..1000));
        assert_eq!(of("bytes=-5"), Part::Some(995..1000));
        assert_eq!(of("bytes=-5000"), Part::Some(0..1000));
    }

    #[test]
    fn f4_absurd_ranges_cost_nothing() {
        let of = |range| asked(&[("range", range)]);
        for outside in
            ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=18446744073709551615-", "bytes=99999999999999999999-"]
        {
            assert_eq!(of(outside), Part::Outside, "{outside}");
        }
        for ignored in
            ["bytes=0-0,0-0,0-0", "bytes=5-1", "bytes=-", "bytes=a-b", "bytes", "lines=1-2", "bytes=1-2-3", ""]
        {
            assert_eq!(of(ignored), Part::Whole, "{ignored}");
        }
        assert_eq!(of("bytes=0-18446744073709551615"), Part::Some(0..1000));
        assert_eq!(asked(&[("range", "bytes=0-1"), ("range", "bytes=2-3")]), Part::Whole);
    }

    #[test]
    fn conditions_are_by_the_tag() {
        assert_eq!(asked(&[("if-none-match", "\"x\", W/\"abc\"")]), Part::Unchanged);
        assert_eq!(asked(&[("if-none-match", "\"x\"")]), Part::Whole);
        assert_eq!(asked(&[("if-match", "\"x\"")]), Part::Other);
        assert_eq!(asked(&[("if-match", "*")]), Part::Whole);
        assert_eq!(asked(&[("if-range", TAG), ("range", "bytes=5-")]), Part::Some(5..1000));
        assert_eq!(asked(&[("if-range", "\"x\""), ("range", "bytes=5-")]), Part::Whole);
        assert_eq!(asked(&[("if-range", "Sun, 22 Nov 2026 12:00:00 GMT"), ("range", "bytes=5-")]), Part::Whole);
    }
}
