//! Rows of a table as changes of subscribers.

use super::columns::{counts_megabits, remembered_name};
use super::safe::plain;
use super::table::Table;
use crate::zones;
use csv::StringRecord;
use model::subscriber::{Phone, SubscriberChange, SubscriberField};
use std::collections::HashMap;

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRow {
    /// Of the file; the first is 1.
    pub line: u64,
    pub problem: String,
    pub cells: Vec<String>,
}

/// Rows one by one, each as a change or as what is wrong with it.
pub fn changes<'a>(
    table: &'a Table,
    mapping: &'a [Option<SubscriberField>],
) -> impl Iterator<Item = (u64, StringRecord, Result<SubscriberChange, String>)> + 'a {
    let phones = mapping.iter().filter(|field| **field == Some(SubscriberField::Phones)).count();
    let mut seen: HashMap<String, u64> = HashMap::new();
    table.records().map(move |(line, record)| {
        let change = change(table, mapping, &record, phones > 1).and_then(|change| {
            if let Some(first) = seen.get(&change.account) {
                return Err(format!("The account {} is in line {first} already.", change.account));
            }
            seen.insert(change.account.clone(), line);
            Ok(change)
        });
        (line, record, change)
    })
}

fn change(
    table: &Table,
    mapping: &[Option<SubscriberField>],
    record: &StringRecord,
    label_phones: bool,
) -> Result<SubscriberChange, String> {
    use SubscriberField as F;
    if record.len() > table.columns().len() {
        return Err(format!(
            "There are {} cells, but {} columns. A cell with a comma, a semicolon or a quote has to be in quotes.",
            record.len(),
            table.columns().len()
        ));
    }
    let mut change = SubscriberChange::default();
    for (column, field) in mapping.iter().enumerate() {
        let Some(field) = field else { continue };
        let cell = plain(record.get(column).unwrap_or_default());
        match field {
            F::Account => cell.clone_into(&mut change.account),
            F::Name => add(&mut change.name, cell, " "),
            F::Address => add(&mut change.address, cell, ", "),
            F::Locality => add(&mut change.locality, cell, " "),
            F::Region => change.region = Some(cell.to_owned()),
            F::Partner => change.partner = Some(cell.to_owned()),
            F::Plan => add(&mut change.plan, cell, " "),
            F::Email => change.email = Some(cell.to_owned()),
            F::TimeZone => change.time_zone = Some(cell.to_owned()),
            F::PppUser => change.ppp_user = Some(cell.to_owned()),
            F::PlanDownKbit => change.plan_down_kbit = Some(speed(cell, &table.columns()[column])?),
            F::PlanUpKbit => change.plan_up_kbit = Some(speed(cell, &table.columns()[column])?),
            F::Tags => change.tags.get_or_insert_default().extend(parts(cell)),
            // No number is no news: what is linked stays.
            F::Serials if cell.is_empty() => {}
            F::Serials => change
                .serials
                .get_or_insert_default()
                .extend(parts(cell).flat_map(|part| part.split_whitespace().map(str::to_owned).collect::<Vec<_>>())),
            F::Phones => {
                let label = if label_phones { phone_label(&table.columns()[column]) } else { String::new() };
                change.phones.get_or_insert_default().extend(parts(cell).map(|part| phone(&part, &label)));
            }
        }
    }
    let mut problems = change.check();
    problems.extend(change.time_zone.as_mut().and_then(zones::check));
    if problems.is_empty() {
        return Ok(change);
    }
    Err(problems.into_iter().map(|problem| problem.problem).collect::<Vec<_>>().join(" "))
}

/// Several columns of one field: what is empty adds nothing.
fn add(text: &mut Option<String>, cell: &str, between: &str) {
    match text {
        Some(text) if !text.is_empty() => {
            if !cell.is_empty() {
                text.push_str(between);
                text.push_str(cell);
            }
        }
        _ => *text = Some(cell.to_owned()),
    }
}

fn parts(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned)
}

/// `0171 555 (Mobile)` as exports write it.
fn phone(text: &str, label: &str) -> Phone {
    if let Some((number, said)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('('))
        && said.chars().any(char::is_alphabetic)
    {
        return Phone { number: number.trim().to_owned(), label: said.trim().to_owned() };
    }
    Phone { number: text.to_owned(), label: label.to_owned() }
}

/// What a phone is by the name of its column, which may say nothing.
fn phone_label(column: &str) -> String {
    let name = remembered_name(column);
    if name.starts_with("phone") || name.starts_with("tel") || name == "contact" {
        return String::new();
    }
    let mut chars = column.trim().chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).take(40).collect()
}

/// kbit/s: a number with or without a unit.
fn speed(cell: &str, column: &str) -> Result<Option<u32>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let wrong = || format!("{cell:?} is no speed: a number of kbit/s, or with its unit, such as 500 Mbit/s.");
    let digits = cell.trim().trim_end_matches(|c: char| c.is_alphabetic() || c == '/' || c == ' ');
    let unit = cell.trim()[digits.len()..].trim().to_lowercase();
    // 1.000,5 and 1,000.5 are the same to those who write them; one separator alone is the decimal one.
    let number: f64 = digits.replace([' ', '\u{a0}'], "").replace(',', ".").parse().map_err(|_| wrong())?;
    let factor = match unit.as_str() {
        "" if counts_megabits(column) => 1e3,
        "" => 1.0,
        unit if unit.starts_with('k') => 1.0,
        unit if unit.starts_with('m') => 1e3,
        unit if unit.starts_with('g') => 1e6,
        _ => return Err(wrong()),
    };
    let kbit = (number * factor).round();
    // 0 is told by the check that follows.
    if (0.0..=f64::from(u32::MAX)).contains(&kbit) { Ok(Some(kbit as u32)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, mapping: &[Option<SubscriberField>]) -> Vec<(u64, Result<SubscriberChange, String>)> {
        let table = Table::read(text.as_bytes()).unwrap();
        changes(&table, mapping).map(|(line, _, change)| (line, change)).collect()
    }

    #[test]
    fn columns_of_one_field_are_put_together() {
        use SubscriberField as F;
        let text = "no,first,last,street,zip,mobile,home,router,tags,down,colour\n\
            1,Ada,Byron,Hill 1,ZZ1,0171 5,,\"S1 S2\",\"vip;b2b\",500 Mbit/s,red\n\
            2,Bob,,,,,\"'+49 30 1 (Work)\",,,,\n";
        let mapping = [
            Some(F::Account),
            Some(F::Name),
            Some(F::Name),
            Some(F::Address),
            Some(F::Address),
            Some(F::Phones),
            Some(F::Phones),
            Some(F::Serials),
            Some(F::Tags),
            Some(F::PlanDownKbit),
            None,
        ];
        let rows = rows(text, &mapping);
        let ada = rows[0].1.as_ref().unwrap();
        assert_eq!((ada.name.as_deref(), ada.address.as_deref()), (Some("Ada Byron"), Some("Hill 1, ZZ1")));
        assert_eq!(ada.phones, Some(vec![Phone { number: "0171 5".into(), label: "Mobile".into() }]));
        assert_eq!(ada.serials, Some(vec!["S1".to_owned(), "S2".to_owned()]));
        assert_eq!(ada.tags, Some(vec!["b2b".to_owned(), "vip".to_owned()]));
        assert_eq!(ada.plan_down_kbit, Some(Some(500_000)));
        let bob = rows[1].1.as_ref().unwrap();
        assert_eq!((bob.name.as_deref(), bob.address.as_deref()), (Some("Bob"), Some("")));
        assert_eq!(bob.phones, Some(vec![Phone { number: "+49 30 1".into(), label: "Work".into() }]));
        assert_eq!((bob.serials.as_ref(), bob.plan_down_kbit), (None, Some(None)));
        assert_eq!(bob.email, None, "what is no column stays");
    }

    #[test]
    fn each_wrong_row_says_what_is_wrong() {
        use SubscriberField as F;
        let text = "account,email,tz,down\n1,x,,\n2,,Moon/Base,\n3,,,fast\n4,a@b.c,europe/berlin,0\n5,,,,extra\n6,,,\n6,,,\n,,UTC,\n";
        let mapping = [Some(F::Account), Some(F::Email), Some(F::TimeZone), Some(F::PlanDownKbit)];
        let rows = rows(text, &mapping);
        let wrong: Vec<u64> = rows.iter().filter(|(_, row)| row.is_err()).map(|(line, _)| *line).collect();
        assert_eq!(wrong, [2, 3, 4, 5, 6, 8, 9]);
        let why = |at: usize| rows[at].1.as_ref().unwrap_err().as_str();
        assert!(why(1).contains("Moon/Base") && why(2).contains("fast") && why(6).contains("line 7"), "{rows:?}");
    }

    #[test]
    fn speeds_are_read_with_their_units() {
        let read = |cell: &str| speed(cell, "down");
        assert_eq!(read("512"), Ok(Some(512)));
        assert_eq!(read("1 Gbit/s"), Ok(Some(1_000_000)));
        assert_eq!(read("2,5 gbps"), Ok(Some(2_500_000)));
        assert_eq!(read("50M"), Ok(Some(50_000)));
        assert_eq!(read("64kbit"), Ok(Some(64)));
        assert_eq!(speed("500", "Download Mbit/s"), Ok(Some(500_000)));
        for wrong in ["fast", "5 apples", "-1", "1e99", "NaN", "inf"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
