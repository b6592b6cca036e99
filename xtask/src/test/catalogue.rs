//! Holds `docs/security.md` against the tests: every attack of the catalogue has its row, and every test that a row
//! names ran and passed, or is in the browser tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Where the table is, below the root of the checkout.
const TABLE: &str = "docs/security.md";

/// The attacks that there have to be tests for.
const ATTACKS: [&str; 42] = [
    "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "P1", "P2", "P3", "P4", "P5", "P6", "A1", "A2", "A3", "A4", "A5",
    "A7", "S1", "S2", "S3", "W1", "W2", "W3", "W5", "W6", "W7", "W9", "N1", "N2", "N3", "N4", "N5", "N6", "I1", "I2",
    "I3", "L1", "L3", "R2",
];

/// One row: `| id | attack | tests |`.
struct Row {
    id: String,
    /// Names of tests as nextest prints them, or `file.spec.ts: title` of a browser test.
    tests: Vec<String>,
}

/// Checks the table after the tests passed.
pub fn check(root: &Path, passed: &BTreeSet<String>) -> Result<()> {
    let text = fs::read_to_string(root.join(TABLE)).with_context(|| format!("reading {TABLE}"))?;
    let rows = rows(&text)?;
    let mut missing = Vec::new();
    for (row, test) in rows.iter().flat_map(|row| row.tests.iter().map(move |test| (row, test))) {
        let there = match test.split_once(".spec.ts: ") {
            Some((file, title)) => fs::read_to_string(root.join(format!("end2end/tests/{file}.spec.ts")))
                .is_ok_and(|spec| spec.contains(&format!("'{title}'"))),
            None => passed.contains(test),
        };
        if !there {
            missing.push(format!("{}: {test}", row.id));
        }
    }
    if !missing.is_empty() {
        bail!("{TABLE} names tests that did not run and pass:\n  {}", missing.join("\n  "));
    }
    println!("    {} attacks with {} tests", rows.len(), rows.iter().map(|row| row.tests.len()).sum::<usize>());
    Ok(())
}

fn rows(text: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, attack, proof] = cells.as_slice() else { continue };
        if !id.starts_with(|c: char| c.is_ascii_uppercase()) || !id.ends_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let tests: Vec<String> = proof.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        if tests.is_empty() || attack.is_empty() {
            bail!("{TABLE}: {id} names no test, or no attack");
        }
        rows.push(Row { id: (*id).to_owned(), tests });
    }
    if let Some(id) = ATTACKS.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
        bail!("{TABLE} has no row for {id}");
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(without: &str) -> String {
        let row = |id: &&str| format!("| {id} | words | `a::b {}_x` |\n", id.to_lowercase());
        ATTACKS.iter().filter(|id| **id != without).map(row).collect()
    }

    #[test]
    fn every_attack_has_its_row_and_tests() {
        assert_eq!(rows(&table("")).unwrap().len(), ATTACKS.len());
        assert!(rows(&table("W3")).is_err());
        assert!(rows(&format!("{}| W3 | words | later |\n", table(""))).is_err());
    }

    #[test]
    fn a_test_that_did_not_pass_is_missing() {
        let folder = std::env::temp_dir().join(format!("lastmile-catalogue-{}", std::process::id()));
        fs::create_dir_all(folder.join("docs")).unwrap();
        fs::create_dir_all(folder.join("end2end/tests")).unwrap();
        fs::write(folder.join("end2end/tests/a.spec.ts"), "test('nothing runs', …)").unwrap();
        let more = "| W9 | words | `a.spec.ts: nothing runs` |\n";
        fs::write(folder.join(TABLE), table("") + more).unwrap();
        let mut passed: BTreeSet<String> = ATTACKS.iter().map(|id| format!("a::b {}_x", id.to_lowercase())).collect();
        assert!(check(&folder, &passed).is_ok());
        passed.remove("a::b l3_x");
        assert!(check(&folder, &passed).is_err());
        fs::write(folder.join(TABLE), table("") + "| W9 | words | `a.spec.ts: something` |\n").unwrap();
        assert!(check(&folder, &passed).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
