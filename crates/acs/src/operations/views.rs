//! Kept views of the device list. Everyone has their own, and those that somebody shares with all.

use super::Acs;
use super::devices::COUNT_CAP;
use crate::audit::Entry;
use crate::clock::now;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::device::{DeviceFilter, DeviceQuery};
use model::page::Count;
use model::saved_view::{SavedView, VIEWS_MAX, view_name};
use model::{AgentId, Permission, ViewId};
use store::StoreError;

/// Views whose devices are counted at once.
const COUNTED_MAX: usize = 12;
/// Longest text in a filter, in characters.
const TEXT_MAX: usize = 200;

impl Acs {
    /// The agent's own views, then those that others share; by name.
    pub async fn views(&self, actor: &Actor) -> Result<Vec<SavedView>> {
        actor.require(Permission::DeviceRead)?;
        match actor {
            Actor::Agent(agent) => Ok(self.inner.store.views(agent.id).await?),
            Actor::Token(_) | Actor::System => Ok(Vec::new()),
        }
    }

    /// Keeps a view; an own one of this name becomes this. `shared`: everybody has it.
    pub async fn save_view(&self, actor: &Actor, name: &str, query: &DeviceQuery, shared: bool) -> Result<SavedView> {
        let agent = keeper(actor, shared)?;
        let name = view_name(name).map_err(AcsError::Invalid)?;
        let filter = &query.filter;
        let texts = [&filter.text, &filter.manufacturer, &filter.model, &filter.software_version];
        if texts.into_iter().any(|text| text.chars().count() > TEXT_MAX) {
            return Err(AcsError::Invalid(format!("A filter has at most {TEXT_MAX} characters. Nothing was kept.")));
        }
        let query = DeviceQuery { cursor: None, ..query.clone() };
        if shared {
            let entry = Entry::new(Act::ViewShared, Target::new("view", "", name.as_str()));
            self.audit(actor, entry.after(&query)).await?;
        }
        let id = match self.inner.store.save_view(agent, &name, &query, shared).await {
            Err(StoreError::Conflict { .. }) => {
                let text = format!("You have {VIEWS_MAX} views already. Delete one first.");
                return Err(AcsError::Invalid(text));
            }
            done => done?,
        };
        self.inner.store.view(agent, id).await?.ok_or(AcsError::NotFound("view"))
    }

    /// Gives a view another name, shares it, or keeps it to oneself again.
    pub async fn change_view(&self, actor: &Actor, id: ViewId, name: &str, shared: bool) -> Result<()> {
        let old = self.changeable(actor, id).await?;
        keeper(actor, shared && !old.shared)?;
        let name = view_name(name).map_err(AcsError::Invalid)?;
        if shared || old.shared {
            let entry = Entry::new(Act::ViewChanged, Target::new("view", id, old.name.as_str()));
            let said = |name: &str, shared: bool| serde_json::json!({ "name": name, "shared": shared });
            self.audit(actor, entry.before(said(&old.name, old.shared)).after(said(&name, shared))).await?;
        }
        match self.inner.store.change_view(id, &name, shared).await {
            Err(StoreError::Conflict { .. }) => {
                Err(AcsError::Invalid(format!("There is a view “{name}” already. Nothing was changed.")))
            }
            Err(StoreError::NotFound { .. }) => Err(AcsError::NotFound("view")),
            done => Ok(done?),
        }
    }

    pub async fn delete_view(&self, actor: &Actor, id: ViewId) -> Result<()> {
        let view = self.changeable(actor, id).await?;
        if view.shared {
            let target = Target::new("view", id, view.name.as_str());
            self.audit(actor, Entry::new(Act::ViewDeleted, target).before(&view.query)).await?;
        }
        self.inner.store.delete_view(id).await?;
        Ok(())
    }

    /// How many devices each matches, as [`Self::count_devices`] counts; of more than twelve, the first twelve.
    pub async fn count_views(&self, actor: &Actor, filters: &[DeviceFilter]) -> Result<Vec<Count>> {
        actor.require(Permission::DeviceRead)?;
        let mut counts = Vec::new();
        for filter in filters.iter().take(COUNTED_MAX) {
            counts.push(self.inner.store.count_devices(filter, actor.scope(), now(), COUNT_CAP).await?);
        }
        Ok(counts)
    }

    /// One's own, and shared ones for those who may share.
    async fn changeable(&self, actor: &Actor, id: ViewId) -> Result<SavedView> {
        let agent = keeper(actor, false)?;
        let view = self.inner.store.view(agent, id).await?.ok_or(AcsError::NotFound("view"))?;
        if !view.mine {
            actor.require(Permission::ViewShare)?;
        }
        Ok(view)
    }
}

fn keeper(actor: &Actor, shares: bool) -> Result<AgentId> {
    actor.require(Permission::DeviceRead)?;
    if shares {
        actor.require(Permission::ViewShare)?;
    }
    match actor {
        Actor::Agent(agent) => Ok(agent.id),
        Actor::Token(_) | Actor::System => Err(AcsError::Denied(Permission::DeviceRead)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::account::AgentView;
    use model::{Role, Scope, Timestamp};
    use store::testing::{Kind, run};
    use store::{NewAgent, Store};

    async fn person(store: &Store, name: &str, role: Role) -> Actor {
        let new = NewAgent {
            username: name.into(),
            name: name.into(),
            role: role.into(),
            scope: Scope::default(),
            password_hash: String::new(),
            now: Timestamp(1),
        };
        let id = store.insert_agent(new).await.unwrap().id;
        let (role, scope) = (role.view(), Scope::default());
        Actor::Agent(AgentView { id, username: name.into(), name: name.into(), role, scope })
    }

    #[tokio::test]
    async fn only_those_who_may_share_a_view() {
        for kind in [Kind::Sqlite, Kind::Postgres] {
            run(kind, |database| async move {
                let store = database.store();
                let acs = Acs::for_commands(store.clone()).await.unwrap();
                let admin = person(&store, "ada", Role::Administrator).await;
                let ana = person(&store, "ana", Role::ReadOnly).await;
                let query = DeviceQuery { cursor: Some("x".into()), ..DeviceQuery::default() };
                let denied = acs.save_view(&ana, "Mine", &query, true).await;
                assert!(matches!(denied, Err(AcsError::Denied(Permission::ViewShare))));
                let own = acs.save_view(&ana, " Mine ", &query, false).await.unwrap();
                assert_eq!((own.name.as_str(), own.query.cursor.as_deref(), own.mine), ("Mine", None, true));
                assert!(matches!(acs.change_view(&ana, own.id, "Mine", true).await, Err(AcsError::Denied(_))));
                assert!(
                    matches!(acs.delete_view(&admin, own.id).await, Err(AcsError::NotFound(_))),
                    "not theirs to see"
                );

                let all = acs.save_view(&admin, "For all", &query, true).await.unwrap();
                assert_eq!(acs.views(&ana).await.unwrap().len(), 2);
                assert!(matches!(acs.delete_view(&ana, all.id).await, Err(AcsError::Denied(_))));
                acs.change_view(&ana, own.id, "Renamed", false).await.unwrap();
                acs.change_view(&admin, all.id, "For all", false).await.unwrap();
                let left: Vec<_> = acs.views(&ana).await.unwrap().into_iter().map(|view| view.name).collect();
                assert_eq!(left, ["Renamed"]);
                acs.delete_view(&ana, own.id).await.unwrap();
                assert!(acs.views(&ana).await.unwrap().is_empty());
                assert!(matches!(acs.save_view(&ana, " ", &query, false).await, Err(AcsError::Invalid(_))));
                let counts = acs.count_views(&ana, &vec![DeviceFilter::default(); 20]).await.unwrap();
                assert_eq!(counts, [Count::Exact(0); 12]);
            })
            .await;
        }
    }
}
