//! Regular expressions as XML Schema writes them (XML Schema Part 2, Appendix F), as far as data models use them.

use regex::RegexBuilder;

/// Characters of a pattern that is tried at all.
const MAX_PATTERN: usize = 1024;
/// Bytes that one compiled pattern may take.
const MAX_COMPILED: usize = 256 * 1024;

/// Whether one of the patterns matches the whole value, in time that grows with its length only.
///
/// A pattern that cannot be understood says nothing, so that the router decides.
pub fn matches_any(patterns: &[String], value: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, value).unwrap_or(true))
}

fn matches(pattern: &str, value: &str) -> Option<bool> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let expression = RegexBuilder::new(&translate(pattern)).size_limit(MAX_COMPILED).build().ok()?;
    Some(expression.is_match(value))
}

/// In XML Schema a pattern is about the whole value, `^` and `$` mean themselves, and so do `&&`, `~~` and `[` in a class.
fn translate(pattern: &str) -> String {
    let mut out = String::from("\\A(?:");
    let mut class = 0u32;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                // Names of XML: what may begin one, what may follow.
                Some('i') => out.push_str(if class > 0 { "_:\\p{L}" } else { "[_:\\p{L}]" }),
                Some('c') => out.push_str(if class > 0 { "_:.\\-\\w" } else { "[_:.\\-\\w]" }),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push_str("\\\\"),
            },
            '^' | '$' if class == 0 => {
                out.push('\\');
                out.push(c);
            }
            '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // Subtraction: `[a-z-[aeiou]]`.
            '-' if class > 0 && chars.peek() == Some(&'[') => out.push_str("--"),
            '[' => {
                class += 1;
                out.push(c);
            }
            ']' => {
                class = class.saturating_sub(1);
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out.push_str(")\\z");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(pattern: &str, value: &str) -> bool {
        matches_any(&[pattern.to_owned()], value)
    }

    #[test]
    fn a_pattern_is_about_the_whole_value() {
        let mac = "([0-9A-Fa-f][0-9A-Fa-f]:){5}([0-9A-Fa-f][0-9A-Fa-f])";
        assert!(fits(mac, "00:A1:b2:03:04:05"));
        assert!(!fits(mac, "00:A1:b2:03:04:05 "));
        assert!(!fits(mac, "x00:A1:b2:03:04:05"));
        assert!(fits("", "") && !fits("", "x"));
        assert!(matches_any(&[String::new(), mac.to_owned()], ""));
        assert!(!fits("a|b", "ab"));
    }

    #[test]
    fn what_only_xml_schema_has_is_understood() {
        assert!(fits("\\i\\c*", "name-1.x") && !fits("\\i\\c*", "1name"));
        assert!(fits("[a-z-[aeiou]]+", "xyz") && !fits("[a-z-[aeiou]]+", "xaz"));
        assert!(fits("^a$", "^a$") && !fits("^a$", "a"));
        assert!(fits("\\d+(-\\d+)?", "12-13"));
    }

    #[test]
    fn what_cannot_be_understood_says_nothing() {
        assert!(fits("(", "anything"));
        assert!(fits("(((a{1000}){1000}){1000})", "anything"));
        assert!(fits(&"a".repeat(2000), "b"));
    }

    #[test]
    fn x8_a_costly_pattern_costs_little() {
        let value = format!("{}!", "a".repeat(50_000));
        let before = std::time::Instant::now();
        assert!(!fits("(a+)+", &value));
        assert!(before.elapsed() < std::time::Duration::from_secs(10));
    }

    proptest! {
        #[test]
        fn no_pattern_panics(pattern in "[\\[\\]^$a-c()*+?{}|.0-9\\\\-]{0,24}", value in "[a-c]{0,8}") {
            fits(&pattern, &value);
        }
    }
}
