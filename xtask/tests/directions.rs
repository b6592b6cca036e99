//! Holds the lines of the house: which crate may see which, and what never reaches the browser.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate may use of the others when it runs. A crate that is not listed may not exist.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("cwmp", &["model"]),
    ("datamodel", &["model"]),
    ("migrations", &[]),
    ("store", &["model", "migrations"]),
    ("acs", &["model", "cwmp", "datamodel", "store"]),
    ("app", &["model", "acs"]),
    ("client", &["app"]),
    ("simulator", &["model", "cwmp"]),
    ("server", &["model", "store", "acs", "app"]),
    ("bench", &["acs", "model", "store", "simulator"]),
    ("fuzz", &["model", "cwmp"]),
    ("xtask", &[]),
];

/// What tests may use on top: the simulated fleet and the protocol are tools for them.
const TESTS_MAY_USE: &[(&str, &[&str])] = &[("acs", &["simulator"]), ("server", &["cwmp", "simulator"])];

/// Libraries that stay behind one wall: SQL in the store, XML with the protocol, HTTP servers out of the core.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sea-orm", &["store"]),
    ("sea-orm-migration", &["migrations", "store"]),
    ("sqlx", &[]),
    ("quick-xml", &["cwmp", "datamodel"]),
    ("axum", &["app", "bench", "server"]),
    ("hyper", &["server", "simulator"]),
    ("leptos", &["app", "client", "server"]),
    ("libfuzzer-sys", &["fuzz"]),
];

/// What must not be downloaded by a browser.
const NOT_IN_THE_BROWSER: &[&str] =
    &["sea-orm", "sqlx", "sqlx-core", "tokio", "axum", "acs", "store", "cwmp", "datamodel", "migrations"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(args).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

struct Dependency {
    name: String,
    for_tests: bool,
    optional: bool,
}

/// The crates of the workspace with what their manifests name.
fn manifests() -> BTreeMap<String, Vec<Dependency>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        for_tests: value["kind"] == "dev",
        optional: value["optional"].as_bool().unwrap(),
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            (text(&package["name"]), dependencies.iter().map(dependency).collect())
        })
        .collect()
}

fn allowed(table: &[(&str, &'static [&'static str])], name: &str) -> &'static [&'static str] {
    table.iter().find(|(listed, _)| *listed == name).map_or(&[], |(_, allowed)| allowed)
}

#[test]
fn dependencies_point_downwards() {
    let manifests = manifests();
    let listed: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = manifests.keys().map(String::as_str).collect();
    assert_eq!(there, listed, "the list of crates in this test and the workspace differ");

    let mut wrong = Vec::new();
    for (name, dependencies) in &manifests {
        for dependency in dependencies.iter().filter(|dependency| there.contains(dependency.name.as_str())) {
            let used = dependency.name.as_str();
            let fine = allowed(MAY_USE, name).contains(&used)
                || (dependency.for_tests && allowed(TESTS_MAY_USE, name).contains(&used));
            if !fine {
                wrong.push(format!("{name} may not use {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
}

#[test]
fn the_portal_reaches_the_manager_only_on_the_server() {
    let manifests = manifests();
    let acs = manifests["app"].iter().find(|dependency| dependency.name == "acs").unwrap();
    assert!(acs.optional, "the browser half of app would see acs");
}

#[test]
fn libraries_stay_behind_their_walls() {
    let manifests = manifests();
    let mut wrong = Vec::new();
    for (library, homes) in ONLY_IN {
        for (name, dependencies) in &manifests {
            let uses = dependencies.iter().any(|dependency| dependency.name == *library && !dependency.for_tests);
            if uses && !homes.contains(&name.as_str()) {
                wrong.push(format!("{name} may not use {library}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
}

#[test]
fn the_browser_gets_neither_database_nor_server() {
    let tree = cargo(&[
        "tree",
        "--package=client",
        "--target=wasm32-unknown-unknown",
        "--edges=normal",
        "--prefix=none",
        "--format={p}",
    ]);
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    // If the command ever prints something else, this must not pass by finding nothing.
    assert!(names.contains("app") && names.contains("leptos") && names.contains("model"), "{names:?}");
    let found: Vec<&&str> = NOT_IN_THE_BROWSER.iter().filter(|name| names.contains(**name)).collect();
    assert!(found.is_empty(), "the browser half depends on {found:?}");
}
