//! Names for what devices tell that do not depend on data model or maker, and where each is found.
//!
//! The product's own are data (`aliases/builtin.toml`); an operator's come from the database and go first. One set for
//! the whole process: what a name means does not depend on who asks.

mod refresh;
mod resolve;
mod syntax;
mod value;
mod wan;
mod wifi;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use resolve::{Found, Resolver, Row};
pub(crate) use wifi::band_of;

use model::alias::{AliasView, Kind, OwnAlias};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, RwLock};
use store::Store;
use syntax::Place;

const BUILTIN: &str = include_str!("aliases/builtin.toml");
/// Settings of this prefix are an operator's aliases, one each, as JSON.
const PREFIX: &str = "alias/";

static CURRENT: LazyLock<RwLock<Arc<Aliases>>> = LazyLock::new(|| RwLock::new(Arc::new(Aliases::new(Vec::new()))));

/// The aliases as they are now.
pub(crate) fn current() -> Arc<Aliases> {
    CURRENT.read().expect("no panic while locked").clone()
}

/// Takes over what is stored. What cannot be read is left out, and the log says so.
pub(crate) async fn load(store: &Store) -> crate::Result<()> {
    let mut own = Vec::new();
    for (name, text) in store.settings_below(PREFIX).await? {
        match serde_json::from_str::<OwnAlias>(&text) {
            Ok(alias) => own.push(alias),
            Err(error) => tracing::error!(%error, name, "an alias is left out"),
        }
    }
    *CURRENT.write().expect("no panic while locked") = Arc::new(Aliases::new(own));
    Ok(())
}

/// Where an operator's alias is kept.
pub(crate) fn setting_of(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// The file of the product's aliases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    values: BTreeMap<String, Entry>,
    tables: BTreeMap<String, TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    label: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    unit: String,
    /// What a number may be; beyond it, it is not known.
    #[serde(default)]
    range: Option<(f64, f64)>,
    /// Words for what devices say, whatever its case.
    #[serde(default)]
    words: BTreeMap<String, String>,
    paths: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    label: String,
    rows: Vec<String>,
    columns: BTreeMap<String, Entry>,
}

/// One alias, ready to be looked up.
#[derive(Debug)]
pub(crate) struct Alias {
    pub name: Box<str>,
    pub label: String,
    pub kind: Kind,
    pub unit: String,
    pub range: Option<(f64, f64)>,
    /// Lower case to ours.
    pub words: BTreeMap<String, String>,
    pub table: Option<Box<str>>,
    pub is_table: bool,
    pub builtin: Vec<Place>,
    /// The places to look at, the operator's first.
    pub places: Vec<Place>,
    pub own: Option<OwnAlias>,
}

/// All aliases.
#[derive(Debug)]
pub(crate) struct Aliases {
    by_name: HashMap<Box<str>, Alias>,
}

impl Aliases {
    /// The product's with an operator's over them. Own places that cannot be read are left out.
    pub fn new(own: Vec<OwnAlias>) -> Self {
        let file: File = toml::from_str(BUILTIN).expect("the product's own file is read by a test");
        let mut all = Self { by_name: HashMap::new() };
        for (name, entry) in file.values {
            all.add(&name, None, entry);
        }
        for (table, entry) in file.tables {
            let rows = Entry {
                label: entry.label,
                kind: Kind::Text,
                unit: String::new(),
                range: None,
                words: BTreeMap::new(),
                paths: entry.rows,
            };
            all.add(&table, None, rows);
            all.by_name.get_mut(&*table).expect("just added").is_table = true;
            for (column, entry) in entry.columns {
                all.add(&format!("{table}.{column}"), Some(&table), entry);
            }
        }
        for own in own {
            all.put(own);
        }
        all
    }

    fn add(&mut self, name: &str, table: Option<&str>, entry: Entry) {
        let places: Vec<Place> = entry.paths.iter().filter_map(|path| Place::parse(path).ok()).collect();
        let words = entry.words.into_iter().map(|(theirs, ours)| (theirs.to_lowercase(), ours)).collect();
        let alias = Alias {
            name: name.into(),
            label: entry.label,
            kind: entry.kind,
            unit: entry.unit,
            range: entry.range,
            words,
            table: table.map(Box::from),
            is_table: false,
            builtin: places.clone(),
            places,
            own: None,
        };
        self.by_name.insert(name.into(), alias);
    }

    /// Puts an operator's alias over what is there.
    fn put(&mut self, own: OwnAlias) {
        let places: Vec<Place> = own.paths.iter().filter_map(|path| Place::parse(path).ok()).collect();
        if let Some(alias) = self.by_name.get_mut(&*own.name) {
            let rest = if own.only { Vec::new() } else { alias.builtin.clone() };
            alias.places = places.into_iter().chain(rest).collect();
            alias.own = Some(own);
            return;
        }
        let table = own.name.rsplit_once('.').map(|(table, _)| table).filter(|table| self.is_table(table));
        let alias = Alias {
            name: own.name.as_str().into(),
            label: own.label.clone(),
            kind: own.kind,
            unit: own.unit.clone(),
            range: None,
            words: BTreeMap::new(),
            table: table.map(Box::from),
            is_table: false,
            builtin: Vec::new(),
            places,
            own: Some(own),
        };
        self.by_name.insert(alias.name.clone(), alias);
    }

    pub fn get(&self, name: &str) -> Option<&Alias> {
        self.by_name.get(name)
    }

    pub fn is_table(&self, name: &str) -> bool {
        self.get(name).is_some_and(|alias| alias.is_table)
    }

    /// All, by name; a table stands before its columns.
    pub fn views(&self) -> Vec<AliasView> {
        let mut views: Vec<AliasView> = self.by_name.values().map(Alias::view).collect();
        views.sort_by(|a, b| a.name.cmp(&b.name));
        views
    }

    /// Aliases that an operator made for whole devices, by name.
    pub fn own_values(&self) -> impl Iterator<Item = &Alias> {
        let mut own: Vec<&Alias> =
            self.by_name.values().filter(|alias| alias.builtin.is_empty() && alias.table.is_none()).collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        own.into_iter()
    }

    /// Whether an operator's alias can be kept. The error says the rule.
    pub fn check(&self, own: &OwnAlias) -> Result<(), String> {
        own.check().map_err(str::to_owned)?;
        let known = self.get(&own.name);
        let is_table = known.is_some_and(|alias| alias.is_table);
        for path in &own.paths {
            let place = Place::parse(path).map_err(|error| error.to_string())?;
            if is_table != place.last.object {
                let rule = if is_table {
                    "has to end in a dot: it names rows"
                } else {
                    "ends in a dot: it names no parameter"
                };
                return Err(format!("“{path}” {rule}."));
            }
            let here = place.hops.is_empty() && place.last.from == syntax::From::Here;
            let of_row = known.is_some_and(|alias| alias.table.is_some())
                || own.name.rsplit_once('.').is_some_and(|(table, _)| self.is_table(table));
            if here && !of_row {
                return Err(format!(
                    "“{path}” has to begin with Device., InternetGatewayDevice. or /, which is either."
                ));
            }
        }
        if known.is_none_or(|alias| alias.builtin.is_empty()) && own.label.trim().is_empty() {
            return Err("Give the alias a label: it is shown beside the value.".to_owned());
        }
        Ok(())
    }
}

impl Alias {
    fn view(&self) -> AliasView {
        AliasView {
            name: self.name.to_string(),
            label: self.label.clone(),
            kind: self.kind,
            unit: self.unit.clone(),
            table: self.table.as_ref().map(ToString::to_string),
            is_table: self.is_table,
            paths: self.builtin.iter().map(|place| place.text.to_string()).collect(),
            own: self.own.clone(),
        }
    }
}
