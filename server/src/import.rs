//! `lastmile subscribers import`.

use crate::cli::{Failure, count, open_manager, open_store};
use crate::settings::Settings;
use acs::Actor;
use csv::{ReaderBuilder, StringRecord, Trim};
use model::subscriber::SubscriberInput;
use std::path::PathBuf;

const COLUMNS: [&str; 7] = ["name", "account", "phone", "email", "address", "plan", "device_serial"];

/// Creates or changes the subscribers of a file. A row that is wrong is told with its line and does not stop the others;
/// the command then ends with an error.
pub async fn subscribers(settings: Settings, file: PathBuf) -> Result<(), Failure> {
    let shown = file.display();
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .from_path(&file)
        .map_err(|error| format!("cannot read {shown}: {error}"))?;
    let header = reader.headers().map_err(|error| format!("cannot read {shown}: {error}"))?.clone();
    let columns = Columns::of(&header).map_err(|problem| format!("{shown}: {problem}; nothing was changed"))?;

    let store = open_store(&settings).await?;
    let acs = open_manager(store.clone()).await?;
    let (mut done, mut wrong) = (0, 0);
    for record in reader.records() {
        let (line, result) = match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                (
                    line,
                    acs.put_subscriber(&Actor::System, columns.read(&record)).await.map_err(|error| error.to_string()),
                )
            }
            Err(error) => (error.position().map_or(0, csv::Position::line), Err(error.to_string())),
        };
        match result {
            Ok(_) => done += 1,
            Err(problem) => {
                wrong += 1;
                eprintln!("{shown}:{line}: {problem}");
            }
        }
    }
    store.close().await;
    println!("{} created or changed.", count(done, "subscriber"));
    if wrong == 0 { Ok(()) } else { Err(format!("{} of {shown} not imported", count(wrong, "row")).into()) }
}

/// Where each of [`COLUMNS`] stands in the file; the order is free, columns but `name` and `account` may be missing.
struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, String> {
        // Spreadsheets begin UTF-8 files with a byte order mark.
        let names: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()).collect();
        if let Some(unknown) = names.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
            return Err(format!("there is no column {unknown:?}; there are {}", COLUMNS.join(", ")));
        }
        let columns = COLUMNS.map(|column| names.iter().position(|name| name == column));
        match columns {
            [Some(_), Some(_), ..] => Ok(Self(columns)),
            _ => Err("the columns name and account are needed".to_owned()),
        }
    }

    fn read(&self, record: &StringRecord) -> SubscriberInput {
        let [name, account, phone, email, address, plan, device_serial] =
            self.0.map(|column| column.and_then(|column| record.get(column)).unwrap_or_default().to_owned());
        SubscriberInput { name, account, phone, email, address, plan, device_serial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_any_order() {
        let columns = Columns::of(&StringRecord::from(vec!["\u{feff}Account", "plan", "name"])).ok().unwrap();
        let input = columns.read(&StringRecord::from(vec!["4711", "Fibre", "Maria"]));
        assert_eq!((input.account.as_str(), input.plan.as_str(), input.name.as_str()), ("4711", "Fibre", "Maria"));
        assert_eq!(input.phone, "");
    }

    #[test]
    fn wrong_columns_are_named() {
        let wrong = |names: &[&str]| Columns::of(&StringRecord::from(names.to_vec())).err().unwrap();
        assert!(wrong(&["name", "account", "colour"]).contains("\"colour\""));
        assert!(wrong(&["name", "phone"]).contains("needed"));
    }
}
