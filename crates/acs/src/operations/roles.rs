//! Roles.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::role::{RoleUse, role_name};
use model::{Permission, Permissions, Role, RoleKey, RoleView, Scope};
use std::collections::HashMap;
use store::StoreError;

/// Most roles that an operator may make.
const ROLES_MAX: usize = 100;

impl Acs {
    /// Those that come with the product, then an operator's own by name.
    pub async fn roles(&self, actor: &Actor) -> Result<Vec<RoleUse>> {
        if [Permission::AgentManage, Permission::TokenManage].iter().all(|one| actor.require(*one).is_err()) {
            actor.require(Permission::RoleManage)?;
        }
        let mut roles: Vec<_> = Role::ALL.into_iter().map(Role::view).collect();
        roles.extend(self.inner.store.own_roles().await?);
        let counts: HashMap<_, _> = self.inner.store.agents_by_role().await?.into_iter().collect();
        let used = |role: RoleView| RoleUse { agents: counts.get(&role.key).copied().unwrap_or_default(), role };
        Ok(roles.into_iter().map(used).collect())
    }

    /// Makes a role (`id` is `None`), or changes one: at once for everybody who has it.
    pub async fn put_role(
        &self,
        actor: &Actor,
        id: Option<i64>,
        name: &str,
        permissions: Permissions,
    ) -> Result<RoleView> {
        actor.require(Permission::RoleManage)?;
        let name = role_name(name).map_err(|problem| AcsError::Invalid(problem.to_owned()))?;
        if permissions.is_empty() {
            return Err(AcsError::Invalid("Choose what this role may do.".to_owned()));
        }
        let key = RoleKey::Own(id.unwrap_or(0));
        actor.require_to_give(&RoleView { key, name: name.clone(), permissions })?;
        let store = &self.inner.store;
        let put = if let Some(id) = id {
            // Nor does anybody take from a role what they could not give back.
            let before = store.role(key).await?;
            actor.require_to_give(&before)?;
            let after = RoleView { key, name: name.clone(), permissions };
            let entry = Entry::new(Act::RoleChanged, Target::new("role", key, name.as_str()));
            self.audit(actor, entry.before(before).after(after)).await?;
            store.update_role(id, &name, permissions).await.map(|()| RoleView { key, name, permissions })
        } else {
            if store.own_roles().await?.len() >= ROLES_MAX {
                return Err(AcsError::Invalid(format!("There are {ROLES_MAX} roles already. Delete one first.")));
            }
            let entry = Entry::new(Act::RoleCreated, Target::new("role", "", name.as_str()));
            self.audit(actor, entry.after(permissions)).await?;
            store.insert_role(&name, permissions, actor.name(), now()).await
        };
        let role = put.map_err(|error| match error {
            StoreError::Conflict { .. } => {
                AcsError::Invalid("There is a role of this name. Choose another.".to_owned())
            }
            StoreError::NotFound { .. } => AcsError::NotFound("role"),
            error => error.into(),
        })?;
        self.inner.accounts.forget_all();
        self.inner.tokens.forget_all();
        tracing::info!(role = %role.key, by = actor.name(), "a role was changed");
        Ok(role)
    }

    /// Only one that nobody has.
    pub async fn delete_role(&self, actor: &Actor, id: i64) -> Result<()> {
        actor.require(Permission::RoleManage)?;
        let key = RoleKey::Own(id);
        let before = self.inner.store.role(key).await?;
        let entry = Entry::new(Act::RoleDeleted, Target::new("role", key, before.name.as_str()));
        self.audit(actor, entry.before(before)).await?;
        if !self.inner.store.delete_role(id).await? {
            let text = "Somebody has this role, or a token. Give them another first; nothing was deleted.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        tracing::info!(role = id, by = actor.name(), "a role was deleted");
        Ok(())
    }

    /// What is given to somebody, checked: a role that there is, and no more than the giver has.
    pub(super) async fn given(&self, actor: &Actor, role: RoleKey, scope: Scope) -> Result<(RoleView, Scope)> {
        let role = self.inner.store.role(role).await?;
        if role.permissions.is_empty() {
            return Err(AcsError::NotFound("role"));
        }
        let scope = scope.tidy().map_err(AcsError::Invalid)?;
        actor.require_to_give(&role)?;
        actor.require_within(&scope)?;
        Ok((role, scope))
    }
}
