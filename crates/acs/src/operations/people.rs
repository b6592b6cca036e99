//! People who sign in: inviting, changing, disabling them. Nobody manages somebody who may do more than they.

use super::Acs;
use crate::accounts::ShownPerson;
use crate::audit::{Entry, person};
use crate::clock::now;
use crate::{AcsError, Actor, Result};
use model::account::check_names;
use model::audit::Act;
use model::person::{LinkKind, NewLinkView, PersonState, PersonView};
use model::{AgentId, Permission, RoleKey, Scope};
use store::StoreError;

impl Acs {
    /// Everybody, by username.
    pub async fn people(&self, actor: &Actor) -> Result<Vec<PersonView>> {
        actor.require(Permission::AgentManage)?;
        Ok(self.inner.store.people(now()).await?)
    }

    /// Somebody by username, whatever its case.
    pub async fn person(&self, actor: &Actor, username: &str) -> Result<PersonView> {
        actor.require(Permission::AgentManage)?;
        let record = self.inner.store.agent_by_username(username.trim()).await?.ok_or(AcsError::NotFound("person"))?;
        self.inner.store.person(record.id, now()).await?.ok_or(AcsError::NotFound("person"))
    }

    /// Makes an account without a password, and the link with which its owner sets one. The link is shown this once.
    pub async fn invite(
        &self,
        actor: &Actor,
        username: &str,
        name: &str,
        role: RoleKey,
        scope: Scope,
    ) -> Result<NewLinkView> {
        actor.require(Permission::AgentManage)?;
        let (role, scope) = self.given_person(actor, role, scope).await?;
        let id = self.inner.accounts.add_invited(username, name, role.key, scope.clone()).await?;
        let after = ShownPerson { name: name.trim(), role: role.key, scope: &scope };
        let entry = Entry::new(Act::AgentInvited, person(id, username.trim())).after(after);
        if let Err(error) = self.audit(actor, entry).await {
            // Nobody has a link to it.
            self.inner.store.delete_invited(id).await?;
            return Err(error);
        }
        let link = self.inner.accounts.make_link(LinkKind::Invitation, id, actor.name()).await?;
        tracing::info!(agent = id.0, role = %role.key, by = actor.name(), "somebody was invited");
        Ok(link)
    }

    /// A new one-time link for somebody: to follow their invitation, or to set a new password. An earlier one ends; the
    /// password they have is good until the link is used.
    pub async fn new_password_link(&self, actor: &Actor, id: AgentId) -> Result<NewLinkView> {
        let who = self.manageable(actor, id).await?;
        let kind = match who.state {
            PersonState::Invited => LinkKind::Invitation,
            PersonState::Active => LinkKind::Password,
            PersonState::Disabled => {
                let text = "This person is disabled, and a link would lead nowhere. Enable them first.";
                return Err(AcsError::Invalid(text.to_owned()));
            }
        };
        self.audit(actor, Entry::new(Act::PasswordLinkMade, person(id, &who.username))).await?;
        let link = self.inner.accounts.make_link(kind, id, actor.name()).await?;
        tracing::info!(agent = id.0, by = actor.name(), "a one-time link was made");
        Ok(link)
    }

    /// Takes an invitation back that nobody followed.
    pub async fn withdraw_invitation(&self, actor: &Actor, id: AgentId) -> Result<()> {
        let who = self.manageable(actor, id).await?;
        let followed = || {
            let text = "They followed the invitation meanwhile. Disable them if they are to stay out.";
            AcsError::Invalid(text.to_owned())
        };
        if who.state != PersonState::Invited {
            return Err(followed());
        }
        self.audit(actor, Entry::new(Act::AgentDeleted, person(id, &who.username)).before("invited")).await?;
        if !self.inner.store.delete_invited(id).await? {
            return Err(followed());
        }
        self.inner.accounts.forget_all();
        tracing::info!(agent = id.0, by = actor.name(), "an invitation was taken back");
        Ok(())
    }

    /// Changes what somebody is called and may do: at once, in open pages too.
    pub async fn change_person(
        &self,
        actor: &Actor,
        id: AgentId,
        name: &str,
        role: RoleKey,
        scope: Scope,
    ) -> Result<()> {
        let who = self.manageable(actor, id).await?;
        let (role, scope) = self.given_person(actor, role, scope).await?;
        let name = name.trim();
        check_names(&who.username, name)?;
        let entry = Entry::new(Act::AgentChanged, person(id, &who.username))
            .before(ShownPerson { name: &who.name, role: who.role.key, scope: &who.scope })
            .after(ShownPerson { name, role: role.key, scope: &scope });
        self.audit(actor, entry).await?;
        self.inner.store.set_person(id, name, role.key, &scope).await.map_err(refused)?;
        self.inner.accounts.forget_all();
        tracing::info!(agent = id.0, role = %role.key, by = actor.name(), "a person was changed");
        Ok(())
    }

    /// Shuts somebody out, at once and in open pages too, or lets them in again.
    pub async fn set_person_disabled(&self, actor: &Actor, id: AgentId, disabled: bool) -> Result<()> {
        let who = self.manageable(actor, id).await?;
        if disabled && matches!(actor, Actor::Agent(agent) if agent.id == id) {
            let text = "You would shut yourself out. Ask another administrator; nothing was changed.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        let act = if disabled { Act::AgentDisabled } else { Act::AgentEnabled };
        self.audit(actor, Entry::new(act, person(id, &who.username))).await?;
        self.inner.store.set_disabled(id, disabled).await.map_err(refused)?;
        self.inner.accounts.forget_all();
        tracing::info!(agent = id.0, disabled, by = actor.name(), "a person was disabled or enabled");
        Ok(())
    }

    /// Removes the app for codes, recovery codes and passkeys of somebody who lost them. Their password stays.
    pub async fn reset_second_factors(&self, actor: &Actor, id: AgentId) -> Result<()> {
        let who = self.manageable(actor, id).await?;
        let entry = Entry::new(Act::SecondFactorRemoved, person(id, &who.username)).after("all of them");
        self.audit(actor, entry).await?;
        self.inner.store.remove_factors(id).await?;
        tracing::info!(agent = id.0, by = actor.name(), "second factors were removed");
        Ok(())
    }

    /// Ends all sessions of somebody; how many there were.
    pub async fn end_sessions_of(&self, actor: &Actor, id: AgentId) -> Result<u64> {
        let who = self.manageable(actor, id).await?;
        let entry = Entry::new(Act::SessionRevoked, person(id, &who.username)).after("all sessions");
        self.audit(actor, entry).await?;
        let ended = self.inner.store.end_web_sessions(id, None).await?;
        self.inner.accounts.forget_all();
        tracing::info!(agent = id.0, ended, by = actor.name(), "sessions were ended");
        Ok(ended)
    }

    /// Sets somebody's password and ends their sessions: for the command line. In the portal a link does it, so that nobody
    /// but its owner knows a password.
    pub async fn set_password_of(&self, actor: &Actor, id: AgentId, password: &str) -> Result<()> {
        if !matches!(actor, Actor::System) {
            return Err(AcsError::Denied(Permission::AgentManage));
        }
        self.inner.accounts.set_password(actor, id, password).await?;
        tracing::info!(agent = id.0, by = actor.name(), "a password was set");
        Ok(())
    }

    /// Somebody whom the actor may manage.
    pub(super) async fn manageable(&self, actor: &Actor, id: AgentId) -> Result<PersonView> {
        actor.require(Permission::AgentManage)?;
        let person = self.inner.store.person(id, now()).await?.ok_or(AcsError::NotFound("person"))?;
        actor.require_to_give(&person.role)?;
        actor.require_within(&person.scope)?;
        Ok(person)
    }
}

fn refused(error: StoreError) -> AcsError {
    match error {
        StoreError::Conflict { what: "last administrator" } => AcsError::Invalid(
            "Nobody else could sign in as an administrator of everything with a password. Make another one first; \
             nothing was changed."
                .to_owned(),
        ),
        StoreError::NotFound { .. } => AcsError::NotFound("person"),
        error => error.into(),
    }
}
