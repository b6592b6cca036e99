//! Roles that an operator made, and what a stored role allows.

use crate::entity::role;
use crate::error::StoreError;
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use model::{Permissions, RoleKey, RoleView, Scope, Timestamp};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, NotSet, QueryOrder, Set};

impl Store {
    /// Those that an operator made, by name.
    pub async fn own_roles(&self) -> Result<Vec<RoleView>, StoreError> {
        let rows = role::Entity::find().order_by_asc(role::Column::NameKey).all(&self.0.read).await?;
        rows.into_iter().map(view).collect()
    }

    /// What a role allows now. One that is gone allows nothing.
    pub async fn role(&self, key: RoleKey) -> Result<RoleView, StoreError> {
        let id = match key {
            RoleKey::BuiltIn(role) => return Ok(role.view()),
            RoleKey::Own(id) => id,
        };
        match role::Entity::find_by_id(id).one(&self.0.read).await? {
            Some(row) => view(row),
            None => Ok(RoleView { key, name: "Deleted role".to_owned(), permissions: Permissions::NONE }),
        }
    }

    /// Fails with [`StoreError::Conflict`] if the name is taken, whatever its case.
    pub async fn insert_role(
        &self,
        name: &str,
        permissions: Permissions,
        by: &str,
        now: Timestamp,
    ) -> Result<RoleView, StoreError> {
        let name = clean(name);
        let row = role::ActiveModel {
            id: NotSet,
            name_key: Set(name.to_lowercase()),
            name: Set(name),
            permissions: Set(text(permissions)),
            created_at: Set(now.0),
            created_by: Set(clean(by)),
        };
        view(row.insert(&self.0.write).await.map_err(|error| StoreError::from(error).conflict_on("role"))?)
    }

    /// Fails with [`StoreError::Conflict`] if the name is taken and [`StoreError::NotFound`] if there is no such role.
    pub async fn update_role(&self, id: i64, name: &str, permissions: Permissions) -> Result<(), StoreError> {
        const UPDATE: &str = "UPDATE role SET name = $2, name_key = $3, permissions = $4 WHERE id = $1";
        let name = clean(name);
        let key = name.to_lowercase();
        let values = [id.into(), name.into(), key.into(), text(permissions).into()];
        let done = self.0.write.execute_raw(statement(self.backend(), UPDATE, values)).await;
        match done.map_err(|error| StoreError::from(error).conflict_on("role"))?.rows_affected() {
            0 => Err(StoreError::NotFound { what: "role" }),
            _ => Ok(()),
        }
    }

    /// Only a role that nobody has, disabled agents and revoked tokens included; `false` if somebody does.
    pub async fn delete_role(&self, id: i64) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM role WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM agent WHERE role = $2) AND NOT EXISTS (SELECT 1 FROM api_token WHERE role = $2)";
        let sql = statement(self.backend(), DELETE, [id.into(), RoleKey::Own(id).to_string().into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    /// How many agents that may sign in have each role.
    pub async fn agents_by_role(&self) -> Result<Vec<(RoleKey, u64)>, StoreError> {
        let sql = Sql::new("SELECT role, COUNT(*) FROM agent WHERE NOT disabled GROUP BY role");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in rows {
            let role: String = row.try_get_by_index(0)?;
            if let Some(key) = RoleKey::parse(&role) {
                counts.push((key, row.try_get_by_index::<i64>(1)? as u64));
            }
        }
        Ok(counts)
    }
}

fn view(row: role::Model) -> Result<RoleView, StoreError> {
    let permissions = serde_json::from_str(&row.permissions)
        .map_err(|_| StoreError::corrupt(format!("permissions of role {}", row.id), &row.permissions))?;
    Ok(RoleView { key: RoleKey::Own(row.id), name: row.name, permissions })
}

fn text(permissions: Permissions) -> String {
    serde_json::to_string(&permissions).expect("a list of words is JSON")
}

/// A stored role. What cannot be read is an error: nobody is let in by chance.
pub fn read_role(role: &str, whose: impl FnOnce() -> String) -> Result<RoleKey, StoreError> {
    RoleKey::parse(role).ok_or_else(|| StoreError::corrupt(format!("role of {}", whose()), role))
}

/// A stored scope, the same way.
pub fn read_scope(scope: &str, whose: impl FnOnce() -> String) -> Result<Scope, StoreError> {
    serde_json::from_str(scope).map_err(|_| StoreError::corrupt(format!("scope of {}", whose()), scope))
}

pub fn scope_text(scope: &Scope) -> String {
    serde_json::to_string(scope).expect("lists of texts are JSON")
}
