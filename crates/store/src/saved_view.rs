//! Kept views of the device list.

use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use crate::task::json;
use model::device::DeviceQuery;
use model::saved_view::{SavedView, VIEWS_MAX};
use model::{AgentId, ViewId};
use sea_orm::{ConnectionTrait, QueryResult};

/// Views of others that an agent is shown, at most.
const SHARED_MAX: i64 = 200;

impl Store {
    /// Keeps a view. One of the same agent with this name takes over the query. Fails with [`StoreError::Conflict`] if
    /// the agent has [`VIEWS_MAX`] already, with [`StoreError::NotFound`] if there is no such agent.
    pub async fn save_view(
        &self,
        agent: AgentId,
        name: &str,
        query: &DeviceQuery,
        shared: bool,
    ) -> Result<ViewId, StoreError> {
        const COUNT: &str = "SELECT COUNT(*) FROM saved_view WHERE agent_id = $1 AND name <> $2";
        const SAVE: &str = "INSERT INTO saved_view (agent_id, name, query, shared) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (agent_id, name) DO UPDATE SET query = excluded.query, shared = excluded.shared RETURNING id";
        let name = clean(name);
        let tx = self.begin().await?;
        let others = tx.query_one_raw(statement(self.backend(), COUNT, [agent.0.into(), name.as_str().into()])).await?;
        if others.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))? >= i64::from(VIEWS_MAX) {
            return Err(StoreError::Conflict { what: "views" });
        }
        let values = [agent.0.into(), name.into(), json(query)?.into(), shared.into()];
        let row = tx.query_one_raw(statement(self.backend(), SAVE, values)).await;
        let row = row.map_err(|error| StoreError::from(error).missing("agent"))?;
        let row = row.ok_or_else(|| StoreError::Database("a view was kept but not returned".to_owned()))?;
        let id = ViewId(row.try_get_by_index(0)?);
        tx.commit().await?;
        Ok(id)
    }

    /// An agent's own views, then those that others share; by name. One that cannot be read any more is left out.
    pub async fn views(&self, agent: AgentId) -> Result<Vec<SavedView>, StoreError> {
        const OWN: &str = "SELECT v.id, v.agent_id, v.name, v.query, v.shared, a.name FROM saved_view v \
             JOIN agent a ON a.id = v.agent_id WHERE v.agent_id = $1 ORDER BY v.name LIMIT $2";
        const SHARED: &str = "SELECT v.id, v.agent_id, v.name, v.query, v.shared, a.name FROM saved_view v \
             JOIN agent a ON a.id = v.agent_id WHERE v.shared AND v.agent_id <> $1 ORDER BY v.name LIMIT $2";
        let read = &self.0.read;
        let backend = self.backend();
        let mut rows =
            read.query_all_raw(statement(backend, OWN, [agent.0.into(), i64::from(VIEWS_MAX).into()])).await?;
        rows.extend(read.query_all_raw(statement(backend, SHARED, [agent.0.into(), SHARED_MAX.into()])).await?);
        let views = rows.iter().map(|row| view(row, agent)).collect::<Result<Vec<_>, _>>()?;
        Ok(views.into_iter().flatten().collect())
    }

    /// A view as this agent sees it, if they do.
    pub async fn view(&self, agent: AgentId, id: ViewId) -> Result<Option<SavedView>, StoreError> {
        const VIEW: &str = "SELECT v.id, v.agent_id, v.name, v.query, v.shared, a.name FROM saved_view v \
             JOIN agent a ON a.id = v.agent_id WHERE v.id = $1 AND (v.agent_id = $2 OR v.shared)";
        let row = self.0.write.query_one_raw(statement(self.backend(), VIEW, [id.0.into(), agent.0.into()])).await?;
        Ok(row.as_ref().map(|row| view(row, agent)).transpose()?.flatten())
    }

    /// Fails with [`StoreError::Conflict`] if its agent has another of this name, with [`StoreError::NotFound`] without it.
    pub async fn change_view(&self, id: ViewId, name: &str, shared: bool) -> Result<(), StoreError> {
        const CHANGE: &str = "UPDATE saved_view SET name = $2, shared = $3 WHERE id = $1";
        let sql = statement(self.backend(), CHANGE, [id.0.into(), clean(name).into(), shared.into()]);
        let done = self.0.write.execute_raw(sql).await;
        match done.map_err(|error| StoreError::from(error).conflict_on("view"))?.rows_affected() {
            0 => Err(StoreError::NotFound { what: "view" }),
            _ => Ok(()),
        }
    }

    /// Whether there was one.
    pub async fn delete_view(&self, id: ViewId) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM saved_view WHERE id = $1";
        let done = self.0.write.execute_raw(statement(self.backend(), DELETE, [id.0.into()])).await?;
        Ok(done.rows_affected() == 1)
    }
}

fn view(row: &QueryResult, agent: AgentId) -> Result<Option<SavedView>, StoreError> {
    let id: i64 = row.try_get_by_index(0)?;
    let query: String = row.try_get_by_index(3)?;
    let query = match serde_json::from_str::<DeviceQuery>(&query) {
        Ok(query) => query,
        Err(error) => {
            tracing::warn!(view = id, %error, "a kept view cannot be read");
            return Ok(None);
        }
    };
    Ok(Some(SavedView {
        id: ViewId(id),
        mine: row.try_get_by_index::<i64>(1)? == agent.0,
        name: row.try_get_by_index(2)?,
        query,
        shared: row.try_get_by_index(4)?,
        by: row.try_get_by_index(5)?,
    }))
}
