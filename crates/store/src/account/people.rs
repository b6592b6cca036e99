//! The list of people and what administrators change of it.

use crate::error::StoreError;
use crate::role::{read_role, read_scope, scope_text};
use crate::sql::{clean, statement};
use crate::store::Store;
use crate::web_session::end_sessions;
use model::person::{PersonState, PersonView};
use model::{AgentId, Role, RoleKey, Scope, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value};

/// Each further fact is looked up by an index of the agent.
const PEOPLE: &str = "SELECT a.id, a.username, a.name, a.role, a.scope, a.created_at, a.signed_in_at, \
     CASE WHEN a.disabled THEN 'disabled' WHEN a.password_hash = '' \
        AND NOT EXISTS (SELECT 1 FROM passkey p WHERE p.agent_id = a.id) \
        AND NOT EXISTS (SELECT 1 FROM agent_identity i WHERE i.agent_id = a.id) THEN 'invited' ELSE 'active' END, \
     (SELECT COUNT(*) FROM agent_totp t WHERE t.agent_id = a.id), \
     (SELECT COUNT(*) FROM passkey p WHERE p.agent_id = a.id), \
     (SELECT COUNT(*) FROM web_session s WHERE s.agent_id = a.id AND s.expires_at > $1), \
     (SELECT MAX(l.expires_at) FROM agent_link l WHERE l.agent_id = a.id AND l.expires_at > $1), \
     (SELECT MIN(i.label) FROM agent_identity i WHERE i.agent_id = a.id) \
     FROM agent a WHERE ($2 = 0 OR a.id = $2) ORDER BY a.username_key";

impl Store {
    /// Everybody, by username.
    pub async fn people(&self, now: Timestamp) -> Result<Vec<PersonView>, StoreError> {
        self.read_people(AgentId(0), now).await
    }

    pub async fn person(&self, id: AgentId, now: Timestamp) -> Result<Option<PersonView>, StoreError> {
        Ok(self.read_people(id, now).await?.pop())
    }

    async fn read_people(&self, id: AgentId, now: Timestamp) -> Result<Vec<PersonView>, StoreError> {
        let sql = statement(self.backend(), PEOPLE, [now.0.into(), id.0.into()]);
        let rows = self.0.read.query_all_raw(sql).await?;
        let own = self.own_roles().await?;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            people.push(self.read_person(&row, &own).await?);
        }
        Ok(people)
    }

    async fn read_person(&self, row: &QueryResult, own: &[model::RoleView]) -> Result<PersonView, StoreError> {
        let id = AgentId(row.try_get_by_index(0)?);
        let whose = || format!("agent {id}");
        let key = read_role(&row.try_get_by_index::<String>(3)?, whose)?;
        let role = match own.iter().find(|role| role.key == key) {
            Some(role) => role.clone(),
            None => self.role(key).await?,
        };
        let state = match row.try_get_by_index::<String>(7)?.as_str() {
            "disabled" => PersonState::Disabled,
            "invited" => PersonState::Invited,
            _ => PersonState::Active,
        };
        let time = |index| row.try_get_by_index::<Option<i64>>(index).map(|at| at.map(Timestamp));
        let count = |index| row.try_get_by_index::<i64>(index);
        Ok(PersonView {
            id,
            username: row.try_get_by_index(1)?,
            name: row.try_get_by_index(2)?,
            role,
            scope: read_scope(&row.try_get_by_index::<String>(4)?, whose)?,
            state,
            created_at: Timestamp(row.try_get_by_index(5)?),
            signed_in_at: time(6)?,
            totp: count(8)? > 0,
            passkeys: count(9)? as u32,
            sessions: count(10)? as u32,
            link_until: time(11)?,
            single_sign_on: row.try_get_by_index(12)?,
        })
    }

    /// Changes name, role and scope. Fails with [`StoreError::Conflict`] of `last administrator` if nobody would be left
    /// who can sign in as one.
    pub async fn set_person(&self, id: AgentId, name: &str, role: RoleKey, scope: &Scope) -> Result<(), StoreError> {
        const UPDATE: &str = "UPDATE agent SET name = $2, role = $3, scope = $4 WHERE id = $1";
        let values = [id.0.into(), clean(name).into(), role.to_string().into(), scope_text(scope).into()];
        let keeps = role == RoleKey::from(Role::Administrator) && scope.is_everything();
        let tx = self.guarded(id, keeps).await?;
        self.one_agent(&tx, UPDATE, values).await?;
        Ok(tx.commit().await?)
    }

    /// Lets somebody in again, or not any more: then their sessions and links end, too. The same guard.
    pub async fn set_disabled(&self, id: AgentId, disabled: bool) -> Result<(), StoreError> {
        const UPDATE: &str = "UPDATE agent SET disabled = $2 WHERE id = $1";
        const LINKS: &str = "DELETE FROM agent_link WHERE agent_id = $1";
        let tx = self.guarded(id, !disabled).await?;
        self.one_agent(&tx, UPDATE, [id.0.into(), disabled.into()]).await?;
        if disabled {
            tx.execute_raw(statement(self.backend(), LINKS, [id.0.into()])).await?;
            end_sessions(&tx, self, id, None).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Takes back an invitation that nobody followed; `false` if they can sign in already, or there is none.
    pub async fn delete_invited(&self, id: AgentId) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM agent WHERE id = $1 AND password_hash = '' AND signed_in_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM passkey WHERE agent_id = $1) \
             AND NOT EXISTS (SELECT 1 FROM agent_identity WHERE agent_id = $1)";
        let sql = statement(self.backend(), DELETE, [id.0.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    pub async fn signed_in(&self, id: AgentId, now: Timestamp) -> Result<(), StoreError> {
        const UPDATE: &str = "UPDATE agent SET signed_in_at = $2 WHERE id = $1";
        self.0.write.execute_raw(statement(self.backend(), UPDATE, [id.0.into(), now.0.into()])).await?;
        Ok(())
    }

    /// Replaces a hash by one of the same password; `false` if the password was changed meanwhile.
    pub async fn upgrade_password_hash(&self, id: AgentId, old: &str, new: &str) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE agent SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
        let sql = statement(self.backend(), UPDATE, [id.0.into(), old.into(), new.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    /// Changes a password, from `old` if it is given; ends all sessions but one, and all one-time links. `false` if the
    /// password is not `old` any more.
    pub async fn change_password(
        &self,
        id: AgentId,
        old: Option<&str>,
        new: &str,
        but: Option<&str>,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE agent SET password_hash = $2 WHERE id = $1 AND ($3 = '' OR password_hash = $3)";
        const LINKS: &str = "DELETE FROM agent_link WHERE agent_id = $1";
        let tx = self.begin().await?;
        let values = [id.0.into(), new.into(), old.unwrap_or_default().into()];
        if tx.execute_raw(statement(self.backend(), UPDATE, values)).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        tx.execute_raw(statement(self.backend(), LINKS, [id.0.into()])).await?;
        end_sessions(&tx, self, id, but).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A transaction in which nobody else changes who is an administrator. Unless the change `keeps` this agent one, there
    /// must be another.
    async fn guarded(&self, id: AgentId, keeps: bool) -> Result<DatabaseTransaction, StoreError> {
        // SQLite locks the whole database when the transaction begins.
        const LOCK: &str = "LOCK TABLE agent IN SHARE ROW EXCLUSIVE MODE";
        const ADMINISTRATORS: &str = "SELECT id FROM agent \
             WHERE role = $1 AND scope = '{}' AND NOT disabled AND password_hash <> ''";
        let tx = self.begin().await?;
        if self.backend() == DbBackend::Postgres {
            tx.execute_unprepared(LOCK).await?;
        }
        if !keeps {
            let sql = statement(self.backend(), ADMINISTRATORS, [Role::Administrator.as_str().into()]);
            let ids = tx.query_all_raw(sql).await?;
            let ids = ids.iter().map(|row| row.try_get_by_index::<i64>(0)).collect::<Result<Vec<_>, _>>()?;
            if ids == [id.0] {
                tx.rollback().await?;
                return Err(StoreError::Conflict { what: "last administrator" });
            }
        }
        Ok(tx)
    }

    async fn one_agent(
        &self,
        tx: &DatabaseTransaction,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<(), StoreError> {
        match tx.execute_raw(statement(self.backend(), sql, values)).await?.rows_affected() {
            0 => Err(StoreError::NotFound { what: "agent" }),
            _ => Ok(()),
        }
    }
}
