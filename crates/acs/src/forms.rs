//! What forms show and change, found by aliases: the same for every data model and maker.

pub(crate) mod network;
pub(crate) mod wifi;

#[cfg(test)]
mod tests;

use crate::aliases::{Found, Resolver, Row};
use crate::knowledge::{self, is_secret};
use model::setting::Setting;
use store::Tree;

/// The parameter behind an alias, with the value as the device says it. Secrets come without theirs.
fn setting(tree: &Tree, found: &Found, secret: bool) -> Setting {
    let node = tree.get(&found.path);
    let value = node.and_then(|node| node.value.as_deref()).filter(|_| !secret && !is_secret(&found.path));
    let reported = node.and_then(knowledge::reported_type);
    Setting {
        value: value.map(str::to_owned),
        path: found.path.clone(),
        value_type: reported.or_else(|| knowledge::value_type(&found.path)).unwrap_or_default(),
        writable: found.writable,
        read_at: node.and_then(|node| node.read_at),
    }
}

/// Whether the device has told a password, and not stars in its place.
fn is_told(resolver: &Resolver<'_>, password: &Setting) -> bool {
    resolver.tree.value(&password.path).is_some_and(crate::keep::is_told)
}

/// A column of a row as a setting.
fn column(resolver: &Resolver<'_>, table: &str, row: &Row, name: &str) -> Option<Setting> {
    let found = resolver.column(table, row, name)?;
    let secret = name.starts_with("password");
    Some(setting(resolver.tree, &found, secret))
}

/// A value of the whole device as a setting.
fn value(resolver: &Resolver<'_>, name: &str) -> Option<Setting> {
    Some(setting(resolver.tree, &resolver.value(name)?, false))
}

fn text(resolver: &Resolver<'_>, table: &str, row: &Row, name: &str) -> Option<String> {
    resolver.column(table, row, name)?.text().map(str::to_owned)
}

fn number(resolver: &Resolver<'_>, table: &str, row: &Row, name: &str) -> Option<f64> {
    resolver.column(table, row, name)?.number()
}

/// Whether a column says yes; `None` if it says neither.
fn yes(resolver: &Resolver<'_>, table: &str, row: &Row, name: &str) -> Option<bool> {
    resolver.column(table, row, name)?.value?.yes()
}

fn whole(number: Option<f64>) -> Option<u32> {
    number.filter(|number| (0.0..4e9).contains(number)).map(|number| number.round() as u32)
}

fn level(number: Option<f64>) -> Option<i32> {
    number.map(|number| number.round() as i32)
}

/// The object above a row or table, ending in `.`
fn above(path: &str) -> String {
    path.trim_end_matches('.').rfind('.').map_or_else(String::new, |dot| path[..=dot].to_owned())
}

/// Tables and objects, each once, without those inside another.
fn once(mut paths: Vec<String>) -> Vec<String> {
    paths.retain(|path| !path.is_empty());
    paths.sort();
    paths.dedup();
    let all = paths.clone();
    paths.retain(|path| !all.iter().any(|other| other != path && path.starts_with(other.as_str())));
    paths
}
