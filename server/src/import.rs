//! `lastmile subscribers import` and `lastmile devices import`.

use crate::cli::{Failure, count, open_manager, open_store};
use crate::settings::Settings;
use acs::{Acs, Actor, Registered, Table};
use csv::{ReaderBuilder, StringRecord, Trim};
use model::device::Identity;
use model::import::{ImportOptions, ImportProgress, TABLE_BYTES_MAX};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const DEVICE: Columns<5> =
    Columns { names: ["oui", "product_class", "serial", "account", "password"], needed: &["oui", "serial"] };

/// Creates or changes the subscribers of a file. A row that is wrong is told with its line and does not stop the others;
/// the command then ends with an error.
pub async fn subscribers(settings: Settings, file: PathBuf, dry_run: bool, take_over: bool) -> Result<(), Failure> {
    let shown = file.display();
    let cannot = |error: &dyn std::fmt::Display| format!("{shown}: {error}");
    let bytes = read(&file).map_err(|error| cannot(&error))?;
    let table = Table::read(&bytes).map_err(|error| cannot(&error))?;
    let store = open_store(&settings).await?;
    let acs = open_manager(store.clone()).await?;
    let mapping = acs.guess_columns(&Actor::System, &table).await?;
    for (name, field) in table.columns().iter().zip(&mapping) {
        if field.is_none() {
            eprintln!("{shown}: the column {name:?} says nothing to Lastmile and is left out");
        }
    }
    let options = ImportOptions { mapping, dry_run, take_over };
    let done = acs.import_table(&Actor::System, &table, Some(options)).await;
    store.close().await;
    let (progress, wrong) = done?;
    for row in &wrong {
        eprintln!("{shown}:{}: {}", row.line, row.problem);
    }
    let what = if dry_run { "would be created" } else { "created" };
    let ImportProgress { created, changed, same, linked, .. } = progress;
    let created = count(usize::try_from(created).unwrap_or(usize::MAX), "subscriber");
    println!("{created} {what}, {changed} changed, {same} as they were.");
    if linked > 0 {
        println!("{} linked.", count(usize::try_from(linked).unwrap_or(usize::MAX), "device"));
    }
    match usize::try_from(progress.wrong).unwrap_or(usize::MAX) {
        0 => Ok(()),
        wrong => Err(format!("{} of {shown} not imported", count(wrong, "row")).into()),
    }
}

/// At most a byte more than is taken.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(TABLE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes the devices of a file known. Those that are known already stay as they are.
pub async fn devices(settings: Settings, file: PathBuf) -> Result<(), Failure> {
    let tell = |new, known| println!("{} made known, {known} known already.", count(new, "device"));
    import(&settings, &file, &DEVICE, tell, async |acs, row| {
        let [oui, product_class, serial, account, password] = row;
        let identity = Identity { manufacturer: String::new(), oui, product_class, serial };
        let password = Some(password.as_str()).filter(|password| !password.is_empty());
        let registered = acs.register_device(&Actor::System, &identity, password).await?;
        if !account.is_empty() {
            acs.link_serial(&Actor::System, &account, &identity.serial, true).await?;
        }
        Ok(registered == Registered::New)
    })
    .await
}

/// Takes a file row by row; `tell` hears how many rows did something new, and how many did not.
async fn import<const N: usize>(
    settings: &Settings,
    file: &Path,
    columns: &Columns<N>,
    tell: impl Fn(usize, usize),
    take: impl AsyncFn(&Acs, [String; N]) -> acs::Result<bool>,
) -> Result<(), Failure> {
    let shown = file.display();
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .from_path(file)
        .map_err(|error| format!("cannot read {shown}: {error}"))?;
    let header = reader.headers().map_err(|error| format!("cannot read {shown}: {error}"))?.clone();
    let places = columns.find(&header).map_err(|problem| format!("{shown}: {problem}; nothing was changed"))?;

    let store = open_store(settings).await?;
    let acs = open_manager(store.clone()).await?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let rows = async {
        let (mut new, mut known, mut wrong) = (0, 0, 0);
        for record in reader.records() {
            let (line, result) = match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    (line, take(&acs, places.read(&record)).await.map_err(|error| error.to_string()))
                }
                Err(error) => (error.position().map_or(0, csv::Position::line), Err(error.to_string())),
            };
            match result {
                Ok(true) => new += 1,
                Ok(false) => known += 1,
                Err(problem) => {
                    wrong += 1;
                    eprintln!("{shown}:{line}: {problem}");
                }
            }
        }
        ((new, known, wrong), serde_json::json!({ "new": new, "known": known, "wrong": wrong }))
    };
    let imported = acs.as_one_import(&Actor::System, &name, Box::pin(rows)).await;
    store.close().await;
    let (new, known, wrong) = imported?;
    tell(new, known);
    if wrong == 0 { Ok(()) } else { Err(format!("{} of {shown} not imported", count(wrong, "row")).into()) }
}

/// The columns that a file may have, in any order, and those that it must have.
struct Columns<const N: usize> {
    names: [&'static str; N],
    needed: &'static [&'static str],
}

/// Where each of the columns stands in a file.
struct Places<const N: usize>([Option<usize>; N]);

impl<const N: usize> Columns<N> {
    fn find(&self, header: &StringRecord) -> Result<Places<N>, String> {
        // Spreadsheets begin UTF-8 files with a byte order mark.
        let found: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()).collect();
        if let Some(unknown) = found.iter().find(|name| !self.names.contains(&name.as_str())) {
            return Err(format!("there is no column {unknown:?}; there are {}", self.names.join(", ")));
        }
        if self.needed.iter().any(|needed| !found.iter().any(|name| name == needed)) {
            return Err(format!("the columns {} are needed", self.needed.join(" and ")));
        }
        Ok(Places(self.names.map(|column| found.iter().position(|name| name == column))))
    }
}

impl<const N: usize> Places<N> {
    fn read(&self, record: &StringRecord) -> [String; N] {
        self.0.map(|place| place.and_then(|place| record.get(place)).unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_any_order() {
        let places = DEVICE.find(&StringRecord::from(vec!["\u{feff}Serial", "account", "OUI"])).ok().unwrap();
        let [oui, product_class, serial, account, _] = places.read(&StringRecord::from(vec!["S1", "4711", "00A1B2"]));
        assert_eq!((oui.as_str(), serial.as_str(), account.as_str()), ("00A1B2", "S1", "4711"));
        assert_eq!(product_class, "");
    }

    #[test]
    fn wrong_columns_are_named() {
        let wrong = |names: &[&str]| DEVICE.find(&StringRecord::from(names.to_vec())).err().unwrap();
        assert!(wrong(&["oui", "serial", "colour"]).contains("\"colour\""));
        assert!(wrong(&["oui", "password"]).contains("needed"));
    }
}
