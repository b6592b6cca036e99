//! What pages show of a device, put together from its record and its tree.

mod facts;

use crate::aliases::Resolver;
use crate::knowledge::{self, is_secret};
use crate::reach::Told;
use crate::{forms, health, history, verdict};
use model::Timestamp;
use model::device::{DeviceRow, DeviceView};
use model::diagnostic::Plan;
use model::history::{Sample, Series};
use model::task::TaskView;
use model::tree::{Branch, ObjectView, ParameterView, TreeQuery, TreeView};
use model::verdict::{Decisions, rule};
use std::sync::Arc;
use store::{DeviceRecord, Node, TaskRecord, Tree};

/// Hits of a search in a tree that are shown.
const HITS: usize = 200;

/// A task for the portal: secrets masked, the engine's own notes left out.
pub(crate) fn task_view(record: TaskRecord) -> TaskView {
    let kind = crate::session::scrubbed(&record.kind).unwrap_or(record.kind);
    TaskView {
        id: record.id,
        device: record.device,
        kind,
        state: record.state,
        by: record.by,
        created_at: record.created_at,
        updated_at: record.updated_at,
        steps: record.steps,
        note: record.note,
        outcome: record.outcome,
    }
}

/// What the page of a device needs beside its row, record and tree.
pub(crate) struct Beside {
    pub told: Told,
    /// When it booted lately, as far as it was reported.
    pub boots: Vec<Timestamp>,
    /// Its numbers of the last 24 hours.
    pub samples: Vec<Sample>,
    pub decisions: Arc<Decisions>,
    pub now: Timestamp,
}

pub(crate) fn device_view(row: DeviceRow, record: &DeviceRecord, tree: &Tree, beside: Beside) -> DeviceView {
    let Beside { told, boots, samples, decisions, now } = beside;
    let aliases = Resolver::of(record, tree);
    let mut health = health::health(&aliases, record);
    let since = |seconds: i64| boots.iter().filter(|at| now.since(**at) < seconds * 1000).count() as u32;
    health.router.boots_day = since(86_400);
    health.router.boots_week = since(7 * 86_400);
    let who = row.subscriber.as_ref();
    let plan = Plan {
        down_kbit: who.and_then(|who| who.plan_down_kbit),
        up_kbit: who.and_then(|who| who.plan_up_kbit),
        enough: rule("speed").and_then(|rule| decisions.limit(rule)).unwrap_or_default(),
    };
    let down = samples.iter().rfind(|sample| sample.series == Series::Down);
    let input = verdict::Input {
        health: &health,
        presence: row.presence(now),
        last_inform: row.last_inform,
        read: record.tree_read_at.is_some(),
        speed: down.zip(plan.kbit(false)).map(|(down, plan)| (down.value, f64::from(plan), down.at)),
        now,
    };
    let verdict = verdict::judge(&input, &decisions);
    DeviceView {
        wifi_radios: forms::wifi::radios(&aliases),
        groups: facts::groups(&aliases, record),
        health,
        verdict,
        plan,
        trends: history::trends(&samples, now),
        data_model: record.data_model,
        cwmp_version: record.cwmp_version.clone(),
        reach: told.reachability,
        ways: told.ways,
        reach_notes: told.notes,
        inform_interval: record.inform_interval,
        parameter_count: record.parameter_count,
        tree_read_at: record.tree_read_at,
        discovering: record.tree_read_at.is_none(),
        stuck: record.stuck.clone(),
        row,
    }
}

/// Looks at everything that the page of a device shows, for a resolver that notes it.
pub(crate) fn look_over(aliases: &Resolver<'_>, record: &DeviceRecord) {
    facts::groups(aliases, record);
    forms::wifi::radios(aliases);
    health::health(aliases, record);
}

/// A part of a tree: an object's children with the open branches above it, or the hits of a search.
pub(crate) fn tree_view(record: &DeviceRecord, tree: &Tree, query: &TreeQuery) -> TreeView {
    let mut path = query.path.clone();
    if !path.is_empty() && !path.ends_with('.') {
        path.push('.');
    }
    if path.is_empty() || tree.get(&path).is_none() {
        record.data_model.root().clone_into(&mut path);
    }
    let mut branches = Vec::new();
    let mut end = 0;
    while let Some(dot) = path[end..].find('.') {
        end += dot + 1;
        branches.push(Branch { path: path[..end].to_owned(), objects: objects(tree, &path[..end]) });
    }
    let needle = query.search.trim().to_lowercase();
    let mut truncated = false;
    let parameters = if needle.is_empty() {
        tree.children(&path)
            .filter(|(path, _)| !path.ends_with('.'))
            .map(|(path, node)| parameter(path, node, tree))
            .collect()
    } else {
        let hit = |(path, node): &(&str, &Node)| {
            let in_value = || {
                let value = node.value.as_deref().filter(|_| !is_secret(path));
                value.is_some_and(|value| value.to_lowercase().contains(&needle))
            };
            !path.ends_with('.') && (path.to_lowercase().contains(&needle) || in_value())
        };
        let mut hits: Vec<_> = tree.below(&path).filter(hit).take(HITS + 1).collect();
        truncated = hits.len() > HITS;
        hits.truncate(HITS);
        hits.into_iter().map(|(path, node)| parameter(path, node, tree)).collect()
    };
    let new_row = if needle.is_empty() { knowledge::new_row(&path, tree) } else { Vec::new() };
    TreeView {
        path,
        branches,
        parameters,
        new_row,
        truncated,
        total: tree.parameters() as u32,
        read_at: record.tree_read_at,
    }
}

fn parameter(path: &str, node: &Node, tree: &Tree) -> ParameterView {
    let secret = is_secret(path);
    ParameterView {
        path: path.to_owned(),
        value: node.value.as_deref().map(|value| if secret { String::new() } else { value.to_owned() }),
        value_type: knowledge::reported_type(node).or_else(|| knowledge::value_type(path)).unwrap_or(node.value_type),
        writable: node.writable,
        notification: node.notification,
        read_at: node.read_at,
        secret,
        known: knowledge::known(path, node, tree).map(Box::new),
    }
}

/// The child objects of one object, rows in the order of their numbers.
fn objects(tree: &Tree, path: &str) -> Vec<ObjectView> {
    let mut found: Vec<ObjectView> = tree
        .children(path)
        .filter(|(child, _)| child.ends_with('.'))
        .map(|(child, node)| {
            let name = child[path.len()..].trim_end_matches('.').to_owned();
            let is_row = is_number(&name);
            let mut parameters = 0;
            let mut has_children = false;
            for (below, _) in tree.below(child) {
                if below.ends_with('.') {
                    has_children |= below.len() > child.len();
                } else {
                    parameters += 1;
                }
            }
            let mut rows = tree.children(child).filter(|(grandchild, _)| grandchild.ends_with('.')).peekable();
            let no_rows = rows.peek().is_none();
            let all_rows = rows.all(|(row, _)| is_number(row[child.len()..].trim_end_matches('.')));
            let is_table = !is_row && if no_rows { node.writable && parameters == 0 } else { all_rows };
            let hint = if is_row { hint(tree, child) } else { None };
            let about = knowledge::about(child);
            ObjectView {
                path: child.to_owned(),
                name,
                hint,
                about,
                parameters,
                has_children,
                writable: node.writable,
                is_row,
                is_table,
            }
        })
        .collect();
    found.sort_by_cached_key(|object| (object.name.parse::<u32>().unwrap_or(0), object.name.clone()));
    found
}

pub(crate) fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit())
}

/// What a person calls a row.
fn hint(tree: &Tree, row: &str) -> Option<String> {
    const NAMES: [&str; 8] = [
        "SSID",
        "Name",
        "HostName",
        "PortMappingDescription",
        "Description",
        "OperatingFrequencyBand",
        "Alias",
        "MACAddress",
    ];
    let value = |name: &&str| tree.value(&format!("{row}{name}")).filter(|value| !value.is_empty());
    NAMES.iter().find_map(value).map(|value| value.chars().take(60).collect())
}
