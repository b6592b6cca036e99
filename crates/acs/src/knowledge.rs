//! What data models say of parameters, for checks, secrecy and pages.
//!
//! One set for the whole process: what a path means does not depend on who asks. It is loaded at the start, and again
//! when `lastmile datamodel` has changed it.

#[cfg(test)]
mod tests;

use cwmp::ParameterValue;
use datamodel::{Models, Table, matches_any};
use model::knowledge::{Choice, Knowledge, NewField, Rules, items};
use model::task::is_secret_name;
use model::tree::ValueType;
use std::sync::{Arc, LazyLock, RwLock};
use std::time::Duration;
use store::{Node, Store, Tree};
use tokio::sync::watch;

/// How often a running server looks whether the data models have changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Items of another parameter that are offered as choices.
const MAX_CHOICES: usize = 200;

static CURRENT: LazyLock<RwLock<Arc<Models>>> = LazyLock::new(RwLock::default);

/// The models as they are now.
pub(crate) fn current() -> Arc<Models> {
    CURRENT.read().expect("no panic while locked").clone()
}

/// Takes over what is stored. A table that cannot be read is left out, and the log says so. Returns the version.
pub(crate) async fn load(store: &Store) -> crate::Result<String> {
    // The version first: a change in between is then noticed the next time.
    let version = store.data_models_version().await?;
    let mut tables = Vec::new();
    for record in store.data_models().await? {
        match Table::decode(&record.content) {
            Ok(table) => tables.push(Arc::new(table)),
            Err(error) => tracing::error!(%error, model = record.name, "a data model is left out"),
        }
    }
    *CURRENT.write().expect("no panic while locked") = Arc::new(Models::new(tables));
    Ok(version)
}

/// Follows changes that another process makes, until the manager ends.
pub(crate) async fn follow(store: Store, mut seen: String, mut ending: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = ending.wait_for(|ending| *ending) => return,
        }
        look(&store, &mut seen).await;
    }
}

/// Loads the models again if another process has changed them.
async fn look(store: &Store, seen: &mut String) {
    // The database says on other occasions that it is unavailable; here the next look is soon enough.
    let Ok(version) = store.data_models_version().await else { return };
    if version == *seen {
        return;
    }
    match load(store).await {
        Ok(loaded) => {
            tracing::info!(models = current().imported().len(), "data models loaded again");
            *seen = loaded;
        }
        Err(error) => tracing::warn!(error = error.causes(), "data models cannot be loaded again"),
    }
}

/// Whether a parameter's value must be masked: by its name, or because a data model marks it as hidden.
pub(crate) fn is_secret(path: &str) -> bool {
    is_secret_name(path) || current().find(path).is_some_and(datamodel::Entry::hidden)
}

/// The type that the data model gives a parameter.
pub(crate) fn value_type(path: &str) -> Option<ValueType> {
    current().find(path)?.value_type()
}

/// The type that a device reported, if it ever told a value.
pub(crate) fn reported_type(node: &Node) -> Option<ValueType> {
    node.value.is_some().then_some(node.value_type)
}

/// The type of a value that a device tells. One that is told without a type is of the type that the device gave it
/// before, else that of its data model if the value fits it, and only then text (rule 178).
pub(crate) fn wire_type(parameter: &ParameterValue, tree: &Tree) -> ValueType {
    if !parameter.untyped {
        return parameter.value_type;
    }
    let before = tree.get(&parameter.name).and_then(reported_type).filter(|kind| *kind != ValueType::String);
    let fits = |kind: &ValueType| {
        parameter.value.is_empty() || kind.check(&parameter.value.trim().to_ascii_lowercase()).is_ok()
    };
    before.or_else(|| value_type(&parameter.name).filter(fits)).unwrap_or(parameter.value_type)
}

/// Whether a value may be sent, by what the data model says of the path (rules 178 and 330). The error says the rule.
///
/// What the device says wins: a value that it has already may be sent again, its own type counts where it is more than
/// text, and whether it lets a value be changed is not asked here.
pub(crate) fn check(path: &str, value: &str, tree: &Tree) -> Result<(), String> {
    let models = current();
    let Some(rules) = models.find(path).and_then(datamodel::Entry::rules) else { return Ok(()) };
    let node = tree.get(path);
    let already = node.and_then(|node| node.value.as_deref()).is_some_and(|now| now == value);
    if already || !applies(rules, node) {
        return Ok(());
    }
    let rules = with_choices(rules.clone(), path, tree);
    rules.check(value)?;
    let fits = |item: &str| matches_any(&rules.patterns, item);
    let all_fit = match rules.list {
        Some(list) if list.brackets => true,
        Some(_) => items(value).all(fits),
        None => fits(value),
    };
    if all_fit { Ok(()) } else { Err(format!("It has to have the form {}", forms(&rules.patterns))) }
}

/// All that a page shows of a parameter.
pub(crate) fn known(path: &str, node: &Node, tree: &Tree) -> Option<Knowledge> {
    let models = current();
    let mut known = models.find(path)?.knowledge();
    known.rules = if applies(&known.rules, Some(node)) {
        Rules { patterns: Vec::new(), ..with_choices(known.rules, path, tree) }
    } else {
        Rules { value_type: node.value_type, units: known.rules.units, ..Rules::default() }
    };
    Some(known)
}

/// One sentence about an object.
pub(crate) fn about(path: &str) -> Option<String> {
    current().find(path).map(|entry| entry.about().to_owned()).filter(|about| !about.is_empty())
}

/// What a new row of a table can be given.
pub(crate) fn new_row(table: &str, tree: &Tree) -> Vec<NewField> {
    let mut fields = current().find(table).map(datamodel::Entry::new_row).unwrap_or_default();
    for field in &mut fields {
        let path = format!("{table}{{i}}.{}", field.name);
        let rules = std::mem::take(&mut field.known.rules);
        field.known.rules = Rules { patterns: Vec::new(), ..with_choices(rules, &path, tree) };
    }
    fields
}

/// Whether the model's rules are about the same kind of value as the device has.
fn applies(rules: &Rules, node: Option<&Node>) -> bool {
    let number =
        |kind| matches!(kind, ValueType::Int | ValueType::UnsignedInt | ValueType::Long | ValueType::UnsignedLong);
    match node.and_then(reported_type) {
        // Numbers and switches are often reported as text.
        None | Some(ValueType::String) => true,
        Some(kind) => rules.list.is_none() && (kind == rules.value_type || (number(kind) && number(rules.value_type))),
    }
}

/// Looks up choices that another parameter of the device lists.
fn with_choices(mut rules: Rules, path: &str, tree: &Tree) -> Rules {
    if rules.choices_from.is_empty() {
        return rules;
    }
    let from = std::mem::take(&mut rules.choices_from);
    let listed = source(path, &from).and_then(|source| tree.value(&source)).unwrap_or_default();
    let mut choices: Vec<Choice> =
        items(listed).take(MAX_CHOICES).map(|item| Choice { value: item.to_owned(), read_only: false }).collect();
    // A device that lists nothing does not say that nothing is possible.
    if !choices.is_empty() {
        choices.append(&mut rules.choices);
    }
    rules.choices = choices;
    rules
}

/// The path that a reference means, seen from the parameter that has it (TR-106 Annex A.2.3.4): relative to its object,
/// to the root after a first dot, to objects above with one `#` for each step.
fn source(path: &str, reference: &str) -> Option<String> {
    let root = path.split_once('.')?.0;
    if let Some(below) = reference.strip_prefix('.') {
        return Some(format!("{root}.{below}"));
    }
    if reference.starts_with("Device.") || reference.starts_with("InternetGatewayDevice.") {
        return Some(reference.to_owned());
    }
    let (mut object, _) = path.rsplit_once('.')?;
    let name = reference.trim_start_matches('#');
    for _ in 0..reference.len() - name.len() {
        let (above, last) = object.rsplit_once('.')?;
        // A row and its table are one step.
        let is_row = last == "{i}" || last.starts_with('[') || last.bytes().all(|b| b.is_ascii_digit());
        object = if is_row { above.rsplit_once('.')?.0 } else { above };
    }
    Some(format!("{object}.{}", name.trim_start_matches('.')))
}

/// Patterns as a person can read them.
fn forms(patterns: &[String]) -> String {
    let forms: Vec<String> = patterns
        .iter()
        .take(3)
        .map(|pattern| if pattern.is_empty() { "of nothing at all".to_owned() } else { format!("“{pattern}”") })
        .collect();
    format!("{}.", forms.join(" or "))
}
