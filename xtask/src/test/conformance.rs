//! Holds `docs/conformance.md` against the tests: every rule is in the table, and every test that it names was there,
//! ran and passed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::catalogue;
use crate::command::{capture, cargo};
use crate::context::Context;

/// Where the table is, below the root of the checkout.
const TABLE: &str = "docs/conformance.md";

/// Rules are numbered from 1 to this.
const RULES: usize = 383;

/// What a row says about how its rule is kept.
#[derive(Debug, PartialEq, Eq)]
enum Proof {
    /// Names of tests: `package path::of::test` or `package::binary path::of::test`.
    Tests(Vec<String>),
    /// It is not for us to keep, and why.
    NotApplicable(String),
    /// Nothing proves it.
    Open,
}

/// One row: `| number | level | rule | proof |`.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    number: usize,
    must: bool,
    proof: Proof,
}

/// Checks the table after the tests passed. `report` is what nextest wrote about the run; without it the tests that were
/// built are listed, which says the same because they all passed.
pub fn check(context: &Context, report: Option<&Path>, select: impl Fn(&mut std::process::Command)) -> Result<()> {
    let rows = rows(&table(context.root())?)?;
    let passed = match report {
        Some(path) => passed(&fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?),
        None => listed(context, select)?,
    };
    let missing = missing(&rows, &passed);
    if !missing.is_empty() {
        bail!("{TABLE} names tests that did not run and pass:\n  {}", missing.join("\n  "));
    }
    println!("    {}", summary(&rows));
    catalogue::check(context.root(), &passed)
}

fn table(root: &Path) -> Result<String> {
    fs::read_to_string(root.join(TABLE)).with_context(|| format!("reading {TABLE}"))
}

/// Reads the rows; fails if a number is missing, comes twice, or has neither tests nor a reason.
fn rows(text: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let Some(number) = cells.first().and_then(|cell| cell.parse().ok()) else { continue };
        let [_, level, rule, proof] = cells.as_slice() else { bail!("rule {number} does not have four cells") };
        if !["MUST", "SHOULD", "MAY"].contains(level) || rule.is_empty() {
            bail!("rule {number} has no level or no words");
        }
        let proof = if *proof == "open" {
            Proof::Open
        } else if let Some(why) = proof.strip_prefix("not applicable, because ") {
            Proof::NotApplicable(why.to_owned())
        } else {
            let names: Vec<String> = proof.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            if names.is_empty() {
                bail!("rule {number} names no test and gives no reason");
            }
            Proof::Tests(names)
        };
        rows.push(Row { number, must: *level == "MUST", proof });
    }
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    if !numbers.iter().copied().eq(1..=RULES) {
        let wrong = numbers.iter().zip(1..).find(|(found, wanted)| **found != *wanted);
        bail!("the rules of {TABLE} are not 1 to {RULES} in order: {} rows, first wrong {wrong:?}", numbers.len());
    }
    Ok(rows)
}

/// What is named and did not pass, each with its rule.
fn missing(rows: &[Row], passed: &BTreeSet<String>) -> Vec<String> {
    let named = rows.iter().flat_map(|row| match &row.proof {
        Proof::Tests(names) => names.iter().map(|name| (row.number, name)).collect(),
        _ => Vec::new(),
    });
    named.filter(|(_, name)| !passed.contains(*name)).map(|(number, name)| format!("rule {number}: {name}")).collect()
}

fn summary(rows: &[Row]) -> String {
    let count = |wanted: fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count();
    format!(
        "{RULES} rules: {} with tests that passed, {} not applicable, {} open ({} of them MUST)",
        count(|row| matches!(row.proof, Proof::Tests(_))),
        count(|row| matches!(row.proof, Proof::NotApplicable(_))),
        count(|row| row.proof == Proof::Open),
        count(|row| row.proof == Proof::Open && row.must),
    )
}

/// The tests that passed by a report in JUnit's form: `<testsuite name="binary">` with `<testcase name="test">` in it,
/// which has children if it failed or was skipped.
fn passed(report: &str) -> BTreeSet<String> {
    let mut passed = BTreeSet::new();
    let (mut suite, mut open) = (String::new(), None);
    for tag in report.split('<').skip(1) {
        let inside = tag.split('>').next().unwrap_or_default();
        let name = || attribute(inside, "name").unwrap_or_default();
        match inside.split([' ', '/', '\n']).find(|word| !word.is_empty()).unwrap_or_default() {
            "testsuite" if !inside.starts_with('/') => suite = name(),
            "testcase" if inside.starts_with('/') => passed.extend(open.take()),
            "testcase" if inside.ends_with('/') => drop(passed.insert(format!("{suite} {}", name()))),
            "testcase" => open = Some(format!("{suite} {}", name())),
            "failure" | "error" | "skipped" => open = None,
            _ => {}
        }
    }
    passed
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&amp;", "&"),
    )
}

/// The tests in the executables that Cargo built, those that are ignored left out.
fn listed(context: &Context, select: impl Fn(&mut std::process::Command)) -> Result<BTreeSet<String>> {
    let mut command = cargo(context.root());
    command.args(["test", "--no-run", "--message-format=json", "--tests", "--bins", "--lib"]);
    select(&mut command);
    let mut tests = BTreeSet::new();
    for line in capture(&mut command)?.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let (Some(executable), true) = (message["executable"].as_str(), message["profile"]["test"] == true) else {
            continue;
        };
        let binary = binary(&message);
        let list = |more: &[&str]| -> Result<BTreeSet<String>> {
            let output = capture(std::process::Command::new(executable).arg("--list").args(more))?;
            Ok(output.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
        };
        let ignored = list(&["--ignored"])?;
        tests.extend(list(&[])?.difference(&ignored).map(|test| format!("{binary} {test}")));
    }
    Ok(tests)
}

/// The name that nextest gives an executable: the package, and behind it what it is if not the library.
fn binary(message: &Value) -> String {
    let package = message["package_id"].as_str().unwrap_or_default();
    let package =
        package.rsplit(['/', '#']).find(|part| !part.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(package);
    let package = package.split('@').next().unwrap_or(package);
    let target = &message["target"];
    let (name, kind) = (target["name"].as_str().unwrap_or_default(), target["kind"][0].as_str().unwrap_or_default());
    match kind {
        "test" => format!("{package}::{name}"),
        "bin" => format!("{package}::bin/{name}"),
        _ => package.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(replace: &[(usize, &str)]) -> String {
        let row = |number: usize| {
            let proof = replace.iter().find(|(wanted, _)| *wanted == number).map_or("`a b::c`", |(_, proof)| proof);
            format!("| {number} | MUST | words | {proof} |\n")
        };
        format!(
            "# Title\n\n| # | level | rule | proof |\n|--:|---|---|---|\n{}",
            (1..=RULES).map(row).collect::<String>()
        )
    }

    #[test]
    fn the_table_of_this_checkout_has_every_rule() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let rows = rows(&table(&root).unwrap()).unwrap();
        assert_eq!(rows.len(), RULES);
    }

    #[test]
    fn rows_have_tests_or_a_reason() {
        let found = rows(&document(&[(2, "`a::b c`; `d e`"), (3, "not applicable, because x"), (4, "open")])).unwrap();
        assert_eq!(found[1].proof, Proof::Tests(vec!["a::b c".to_owned(), "d e".to_owned()]));
        assert_eq!(found[2].proof, Proof::NotApplicable("x".to_owned()));
        assert_eq!(found[3].proof, Proof::Open);
        for bad in ["", "later", "a test"] {
            assert!(rows(&document(&[(7, bad)])).is_err(), "{bad}");
        }
        assert!(rows(&document(&[]).replace("| 5 |", "| 6 |")).is_err());
        assert!(rows("| 1 | MUST | words | `a` |").is_err());
    }

    #[test]
    fn a_test_that_failed_is_missing() {
        let report = "<?xml version=\"1.0\"?><testsuites name=\"run\"><testsuite name=\"a::b\" tests=\"3\">\
             <testcase name=\"good\" classname=\"a::b\" time=\"0.1\">\n </testcase><testcase name=\"short&lt;\"/>\
             <testcase name=\"bad\"><failure message=\"x\">text</failure></testcase></testsuite>\
             <testsuite name=\"c\"><testcase name=\"good\"></testcase></testsuite></testsuites>";
        let passed = passed(report);
        let expected = ["a::b good", "a::b short<", "c good"];
        assert_eq!(passed, expected.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>());
        let rows = [
            Row { number: 1, must: true, proof: Proof::Tests(vec!["a::b good".to_owned(), "a::b bad".to_owned()]) },
            Row { number: 2, must: true, proof: Proof::Open },
        ];
        assert_eq!(missing(&rows, &passed), ["rule 1: a::b bad"]);
    }

    #[test]
    fn executables_have_the_names_of_nextest() {
        let message = |id: &str, kind: &str, name: &str| serde_json::json!({"package_id": id, "target": {"name": name, "kind": [kind]}});
        assert_eq!(binary(&message("path+file:///w/crates/cwmp#0.1.0", "lib", "cwmp")), "cwmp");
        assert_eq!(binary(&message("path+file:///w/crates/cwmp#0.1.0", "test", "rules")), "cwmp::rules");
        assert_eq!(binary(&message("path+file:///w/odd#server@0.1.0", "bin", "lastmile")), "server::bin/lastmile");
    }
}
