//! Filters of the device list as SQL.
//!
//! Every filter can be said in two ways: as ids that an index finds, and as a condition on a row that is there already.
//! The list uses the first for a filter that matches few devices and the second for those that match many, see
//! [`super::list`].

use crate::device::enrolment_number;
use crate::error::StoreError;
use crate::scope;
use crate::search::TextFilter;
use crate::sql::{Sql, bucket, clean};
use crate::store::Store;
use model::device::{DeviceFilter, Enrolment, Presence};
use model::{Scope, Timestamp};
use sea_orm::DbBackend;

/// One restriction.
#[derive(Clone, Debug)]
pub enum Predicate {
    Text(TextFilter),
    /// First seen at or after this time, in milliseconds.
    Since(i64),
    /// Columns that equal values.
    Equal(Vec<(&'static str, String)>),
    Presence(Presence, i64),
    Enrolment(Enrolment),
    Stuck,
    /// The part of the fleet that whoever asks may see.
    Scope(Scope),
}

impl Store {
    pub(super) async fn predicates(
        &self,
        filter: &DeviceFilter,
        scope: Option<&Scope>,
        now: Timestamp,
    ) -> Result<Vec<Predicate>, StoreError> {
        let text = self.text_filter(&filter.text).await?;
        let mut predicates = predicates(filter, text, now);
        predicates.extend(scope.cloned().map(Predicate::Scope));
        Ok(predicates)
    }
}

pub fn predicates(filter: &DeviceFilter, text: Option<TextFilter>, now: Timestamp) -> Vec<Predicate> {
    let mut predicates: Vec<Predicate> = text.into_iter().map(Predicate::Text).collect();
    if let Some(days) = filter.new_within_days {
        predicates.push(Predicate::Since(now.plus_seconds(-86_400 * i64::from(days)).0));
    }
    let columns = [
        ("model", &filter.model),
        ("software_version", &filter.software_version),
        ("manufacturer", &filter.manufacturer),
    ];
    let equal = columns.into_iter().filter(|(_, value)| !value.is_empty());
    let equal: Vec<_> = equal.map(|(column, value)| (column, clean(value))).collect();
    if !equal.is_empty() {
        predicates.push(Predicate::Equal(equal));
    }
    if let Some(enrolment) = filter.enrolment {
        predicates.push(Predicate::Enrolment(enrolment));
    }
    if filter.stuck {
        predicates.push(Predicate::Stuck);
    }
    if let Some(presence) = filter.presence {
        predicates.push(Predicate::Presence(presence, now.0));
    }
    predicates
}

impl Predicate {
    /// Whether it may match few devices of a large fleet.
    pub fn may_be_rare(&self) -> bool {
        !matches!(self, Self::Presence(Presence::Online, _) | Self::Enrolment(Enrolment::Approved))
    }

    /// A query of the ids it matches, found by an index; the column is `id`.
    pub fn write_ids(&self, sql: &mut Sql, backend: DbBackend) {
        match self {
            Self::Text(text) => text.write_ids(sql, backend),
            Self::Scope(scope) => scope::write_device_ids(scope, sql),
            _ => {
                sql.push("SELECT d.id FROM device d WHERE ");
                self.write_indexed(sql);
            }
        }
    }

    /// A condition on the row `d` that invites an index.
    pub fn write_indexed(&self, sql: &mut Sql) {
        if let Self::Presence(presence, now) = self {
            match presence {
                // Stored buckets may be one behind, never ahead.
                Presence::Online => sql.push("d.late_bucket >= ").bind(bucket(*now) - 1).push(" AND "),
                Presence::Late | Presence::Offline => sql.push("d.late_bucket <= ").bind(bucket(*now)).push(" AND "),
                Presence::Rebooting => sql,
            };
        }
        self.write_exact(sql, "d.");
    }

    /// A condition on the row `d` that keeps SQLite from leaving the index it walks for the order: a plus sign before
    /// a column makes an expression of it. PostgreSQL decides by its statistics.
    pub fn write_walked(&self, sql: &mut Sql, backend: DbBackend) {
        self.write_exact(sql, if backend == DbBackend::Sqlite { "+d." } else { "d." });
    }

    fn write_exact(&self, sql: &mut Sql, row: &str) {
        match self {
            Self::Text(text) => text.write_exact(sql),
            Self::Scope(scope) => scope::write_owner(scope, "d.subscriber_id", sql),
            Self::Since(since) => {
                sql.push(row).push("first_seen >= ").bind(*since);
            }
            Self::Equal(columns) => {
                for (index, (column, value)) in columns.iter().enumerate() {
                    sql.push(if index > 0 { " AND " } else { "" });
                    sql.push(row).push(column).push(" = ").bind(value.as_str());
                }
            }
            Self::Enrolment(Enrolment::Approved) => {
                sql.push(row).push("enrolment = 0");
            }
            // The index holds the few rows that are not approved; its condition is said so that it is found.
            Self::Enrolment(enrolment) => {
                sql.push(row).push("enrolment <> 0 AND ").push(row).push("enrolment = ");
                sql.bind(enrolment_number(*enrolment));
            }
            // The index holds only those.
            Self::Stuck => {
                sql.push(row).push("stuck_at IS NOT NULL");
            }
            Self::Presence(Presence::Rebooting, now) => {
                sql.push(row).push("rebooting_until > ").bind(*now);
            }
            Self::Presence(presence, now) => {
                sql.push("(d.rebooting_until IS NULL OR ")
                    .push(row)
                    .push("rebooting_until <= ")
                    .bind(*now)
                    .push(") AND ");
                match presence {
                    Presence::Late => {
                        sql.push("d.late_at <= ").bind(*now).push(" AND d.overdue_at > ").bind(*now);
                    }
                    Presence::Offline => {
                        sql.push("d.late_at <= ").bind(*now).push(" AND d.overdue_at <= ").bind(*now);
                    }
                    Presence::Online | Presence::Rebooting => {
                        sql.push("d.late_at > ").bind(*now);
                    }
                }
            }
        }
    }
}
