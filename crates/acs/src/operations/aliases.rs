//! Names for what devices tell: to look at, to extend, to try on a device.

use super::Acs;
use crate::aliases::{self, Aliases, Resolver};
use crate::audit::Entry;
use crate::clock::now;
use crate::{AcsError, Actor, Result};
use model::alias::{AliasTrial, AliasTry, AliasView, Kind, OwnAlias};
use model::audit::{Act, Target};
use model::device::{DeviceFilter, DeviceQuery};
use model::{DeviceId, Permission};
use std::sync::Arc;

/// Aliases that operators may add or extend.
const OWN_MAX: usize = 500;
/// Rows of a table that a trial shows.
const TRIED_ROWS: usize = 8;

impl Acs {
    /// All aliases by name, the product's and the operator's.
    pub fn aliases(&self, actor: &Actor) -> Result<Vec<AliasView>> {
        actor.require(Permission::DeviceRead)?;
        Ok(aliases::current().views())
    }

    /// Adds an alias, or places to one of the product's; takes effect at once.
    pub async fn put_alias(&self, actor: &Actor, own: OwnAlias) -> Result<()> {
        actor.require(Permission::SettingsWrite)?;
        let own = tidy(own, actor);
        let current = aliases::current();
        current.check(&own).map_err(AcsError::Invalid)?;
        if current.get(&own.name).is_none_or(|alias| alias.own.is_none())
            && current.views().iter().filter(|view| view.own.is_some()).count() >= OWN_MAX
        {
            return Err(AcsError::Invalid(format!("There are {OWN_MAX} of your own already. Remove some first.")));
        }
        let text = serde_json::to_string(&own).map_err(AcsError::internal)?;
        let before = current.get(&own.name).and_then(|alias| alias.own.clone());
        let entry = Entry::new(Act::AliasChanged, Target::new("alias", &own.name, own.name.as_str()));
        self.audit(actor, entry.before(before).after(&own)).await?;
        self.inner.store.set_setting(&aliases::setting_of(&own.name), &text).await?;
        aliases::load(&self.inner.store).await
    }

    /// Takes back what an operator said of an alias.
    pub async fn remove_alias(&self, actor: &Actor, name: &str) -> Result<()> {
        actor.require(Permission::SettingsWrite)?;
        let current = aliases::current();
        if let Some(own) = current.get(name).and_then(|alias| alias.own.clone()) {
            let entry = Entry::new(Act::AliasRemoved, Target::new("alias", name, name));
            self.audit(actor, entry.before(own)).await?;
        }
        if !self.inner.store.remove_setting(&aliases::setting_of(name)).await? {
            return Err(AcsError::NotFound("alias"));
        }
        aliases::load(&self.inner.store).await
    }

    /// What aliases give on a device: its id, or part of its serial number. With `own`, as if it were kept already.
    pub async fn try_aliases(&self, actor: &Actor, device: &str, own: Option<OwnAlias>) -> Result<AliasTrial> {
        actor.require(Permission::DeviceRead)?;
        let device = device.trim();
        let id = match device.parse::<i64>().map(DeviceId) {
            Ok(id) if self.inner.store.device(id).await?.is_some() => id,
            _ => {
                let filter = DeviceFilter { text: device.to_owned(), ..DeviceFilter::default() };
                let query = DeviceQuery { filter, limit: 1, ..DeviceQuery::default() };
                let page = self.inner.store.devices(&query, actor.scope(), now()).await?;
                page.items
                    .first()
                    .filter(|_| !device.is_empty())
                    .map(|row| row.id)
                    .ok_or(AcsError::NotFound("device"))?
            }
        };
        self.at(actor, Permission::DeviceRead, id).await?;
        let record = self.record(id).await?;
        let tree = self.stored_tree(id).await?;
        let current = aliases::current();
        let only = own.as_ref().map(|own| own.name.clone());
        let aliases = match own {
            Some(own) => {
                let own = tidy(own, actor);
                current.check(&own).map_err(AcsError::Invalid)?;
                let mut all: Vec<OwnAlias> = current.views().into_iter().filter_map(|view| view.own).collect();
                all.retain(|kept| kept.name != own.name);
                all.push(own);
                Arc::new(Aliases::new(all))
            }
            None => current,
        };
        let resolver = Resolver::with(aliases, record.data_model, &tree);
        let mut tries = Vec::new();
        for view in resolver.aliases.views() {
            if only.as_ref().is_none_or(|only| *only == view.name) {
                attempt(&resolver, &view, &mut tries);
            }
        }
        let identity = record.identity;
        Ok(AliasTrial {
            device: id,
            title: format!("{} {} {}", identity.manufacturer, record.model, identity.serial),
            tries,
        })
    }
}

/// What one alias gives: one answer, or one for each row of its table.
fn attempt(resolver: &Resolver<'_>, view: &AliasView, tries: &mut Vec<AliasTry>) {
    let nothing = |path: Option<String>| AliasTry {
        name: view.name.clone(),
        value: None,
        raw: String::new(),
        path,
        writable: false,
        read_at: None,
    };
    if view.is_table {
        let rows = resolver.rows(&view.name);
        let value = (!rows.is_empty()).then(|| format!("{} rows", rows.len()));
        tries.push(AliasTry { value, ..nothing(rows.into_iter().next().map(|row| row.path)) });
        return;
    }
    let found = match (&view.table, view.name.rsplit_once('.')) {
        (Some(table), Some((_, column))) => {
            resolver.rows(table).iter().take(TRIED_ROWS).filter_map(|row| resolver.column(table, row, column)).collect()
        }
        _ => Vec::from_iter(resolver.value(&view.name)),
    };
    if found.is_empty() {
        tries.push(nothing(None));
    }
    for found in found {
        let raw = resolver.tree.value(&found.path).unwrap_or_default();
        let secret = view.kind == Kind::Secret || crate::knowledge::is_secret(&found.path);
        let value = found.value.as_ref().map(|value| value.say(&view.unit));
        tries.push(AliasTry {
            name: view.name.clone(),
            value: if secret { value.map(|_| "Hidden".to_owned()) } else { value },
            raw: if secret { String::new() } else { raw.to_owned() },
            path: Some(found.path),
            writable: found.writable,
            read_at: found.read_at,
        });
    }
}

fn tidy(own: OwnAlias, actor: &Actor) -> OwnAlias {
    let paths = own.paths.iter().map(|path| path.trim().to_owned()).filter(|path| !path.is_empty()).collect();
    OwnAlias {
        name: own.name.trim().to_lowercase(),
        label: own.label.trim().to_owned(),
        unit: own.unit.trim().to_owned(),
        paths,
        changed_at: now(),
        changed_by: actor.name().to_owned(),
        ..own
    }
}
