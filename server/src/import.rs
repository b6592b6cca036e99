//! `lastmile subscribers import` and `lastmile devices import`.

use crate::cli::{Failure, count, open_manager, open_store};
use crate::settings::Settings;
use acs::{Acs, Actor, Registered};
use csv::{ReaderBuilder, StringRecord, Trim};
use model::device::Identity;
use model::subscriber::SubscriberInput;
use std::path::{Path, PathBuf};

const SUBSCRIBER: Columns<7> = Columns {
    names: ["name", "account", "phone", "email", "address", "plan", "device_serial"],
    needed: &["name", "account"],
};
const DEVICE: Columns<5> =
    Columns { names: ["oui", "product_class", "serial", "account", "password"], needed: &["oui", "serial"] };

/// Creates or changes the subscribers of a file. A row that is wrong is told with its line and does not stop the others;
/// the command then ends with an error.
pub async fn subscribers(settings: Settings, file: PathBuf) -> Result<(), Failure> {
    let tell = |done, _| println!("{} created or changed.", count(done, "subscriber"));
    import(&settings, &file, &SUBSCRIBER, tell, async |acs, row| {
        let [name, account, phone, email, address, plan, device_serial] = row;
        let phones = vec![phone.as_str().into()];
        let known = SubscriberInput::default();
        let input = SubscriberInput { name, account, phones, email, address, plan, device_serial, ..known };
        acs.put_subscriber(&Actor::System, input).await.map(|_| true)
    })
    .await
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
            acs.link_subscriber(&Actor::System, &account, &identity.serial).await?;
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
    store.close().await;
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
        let places = SUBSCRIBER.find(&StringRecord::from(vec!["\u{feff}Account", "plan", "name"])).ok().unwrap();
        let [name, account, phone, _, _, plan, _] = places.read(&StringRecord::from(vec!["4711", "Fibre", "Maria"]));
        assert_eq!((account.as_str(), plan.as_str(), name.as_str()), ("4711", "Fibre", "Maria"));
        assert_eq!(phone, "");
    }

    #[test]
    fn wrong_columns_are_named() {
        let wrong = |names: &[&str]| SUBSCRIBER.find(&StringRecord::from(names.to_vec())).err().unwrap();
        assert!(wrong(&["name", "account", "colour"]).contains("\"colour\""));
        assert!(wrong(&["name", "phone"]).contains("needed"));
    }
}
