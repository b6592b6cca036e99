//! One UPDATE for what changed of a device.

use crate::device::{DevicePatch, data_model_number, enrolment_number, normal_mac};
use crate::sql::{Sql, bucket, clean};
use model::DeviceId;
use sea_orm::{DbBackend, Value};
use std::collections::HashMap;

/// Devices remembered before the memory is emptied: about 50 MB.
const BUCKETS_MAX: usize = 1_000_000;

/// The coarse times that are stored, for SQLite.
///
/// SQLite rewrites the index entries of every column that an UPDATE names, changed or not, so that columns which would
/// not change must not be named; only the one writer of a SQLite database can know. PostgreSQL compares, and may have
/// several writers: there the statement decides (see [`update`]).
#[derive(Default)]
pub struct Buckets(HashMap<i64, (i64, i64)>);

impl Buckets {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn put(&mut self, id: i64, buckets: (i64, i64)) {
        if self.0.len() >= BUCKETS_MAX {
            self.0.clear();
        }
        self.0.insert(id, buckets);
    }
}

/// Grows `SET a = $1, b = $2`.
struct Set(Sql, bool);

impl Set {
    fn column(&mut self, name: &str) -> &mut Sql {
        if self.1 {
            self.0.push(", ");
        }
        self.1 = true;
        self.0.push(name).push(" = ")
    }

    fn value(&mut self, name: &str, value: impl Into<Value>) {
        self.column(name).bind(value);
    }

    fn text(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.value(name, clean(value));
        }
    }

    fn number(&mut self, name: &str, value: Option<impl Into<i64>>) {
        if let Some(value) = value {
            self.value(name, value.into());
        }
    }
}

/// The statement for a patch; `None` if it changes nothing.
///
/// `inform_bucket` is exact. `late_bucket` is the bucket of `late_at` or the one before, so that it need not be
/// written at another Inform than `inform_bucket`: one update in 15 minutes touches indexes, the others are HOT.
pub fn update(id: DeviceId, patch: &DevicePatch, backend: DbBackend, buckets: &mut Buckets) -> Option<Sql> {
    let mut set = Set(Sql::new("UPDATE device SET "), false);
    set.text("manufacturer", patch.manufacturer.as_ref());
    set.text("model", patch.model.as_ref());
    set.text("hardware_version", patch.hardware_version.as_ref());
    set.text("software_version", patch.software_version.as_ref());
    set.text("address", patch.address.as_ref());
    set.text("mac", patch.mac.as_deref().map(normal_mac).as_ref());
    set.number("data_model", patch.data_model.map(data_model_number));
    set.text("cwmp_version", patch.cwmp_version.as_ref());
    set.number("last_inform", patch.last_inform.map(|at| at.0));
    set.number("late_at", patch.late_at.map(|at| at.0));
    set.number("overdue_at", patch.overdue_at.map(|at| at.0));
    if let Some(until) = patch.rebooting_until {
        set.value("rebooting_until", until.map(|at| at.0));
    }
    if let Some(interval) = patch.inform_interval {
        set.value("inform_interval", interval.map(i64::from));
    }
    set.text("connection_request_url", patch.connection_request_url.as_ref());
    set.text("connection_request_username", patch.connection_request_username.as_ref());
    set.text("connection_request_password", patch.connection_request_password.as_ref());
    set.number("reach_success", patch.reach_success.map(|at| at.0));
    if let Some(failure) = &patch.reach_failure {
        set.value("reach_failure_at", failure.as_ref().map(|(at, _)| at.0));
        set.value("reach_failure_reason", failure.as_ref().map(|(_, reason)| clean(reason)));
    }
    set.text("parameter_key", patch.parameter_key.as_ref());
    if let Some(read_at) = patch.tree_read_at {
        set.value("tree_read_at", read_at.map(|at| at.0));
    }
    set.number("parameter_count", patch.parameter_count);
    set.number("inform_digest", patch.inform_digest);
    set.text("quirks", patch.quirks.as_ref());
    set.number("retry_count", patch.retry_count);
    set.text("udp_address", patch.udp_address.as_ref());
    set.text("jabber_id", patch.jabber_id.as_ref());
    set.text("reach", patch.reach.as_ref());
    set.number("enrolment", patch.enrolment.map(enrolment_number));
    set.text("cpe_username", patch.cpe_username.as_ref());
    set.text("cpe_password", patch.cpe_password.as_ref());
    set.text("cpe_pending", patch.cpe_pending.as_ref());
    set.text("overrides", patch.overrides.as_ref());
    set.text("found_by", patch.found_by.as_ref());
    set.text("provisioning_code", patch.provisioning_code.as_ref());
    set.text("ppp_user", patch.ppp_user.as_ref());
    if let Some(stuck) = &patch.stuck {
        set.value("stuck_at", stuck.as_ref().map(|(at, _)| at.0));
        set.value("stuck_reason", stuck.as_ref().map(|(_, reason)| clean(reason)));
    }
    if !set.1 {
        return None;
    }
    let inform = patch.last_inform.map(|at| bucket(at.0));
    let late = patch.late_at.map(|at| bucket(at.0));
    if backend == DbBackend::Postgres {
        set_compared(&mut set, inform, late);
    } else {
        set_remembered(&mut set, id.0, inform, late, buckets);
    }
    let Set(mut sql, _) = set;
    sql.push(" WHERE id = ").bind(id.0);
    Some(sql)
}

/// PostgreSQL: values that stay the same leave the update HOT.
fn set_compared(set: &mut Set, inform: Option<i64>, late: Option<i64>) {
    if let Some(inform) = inform {
        set.value("inform_bucket", inform);
    }
    if let Some(late) = late {
        let sql = set.column("late_bucket").push("CASE WHEN ");
        if let Some(inform) = inform {
            sql.push("inform_bucket = ").bind(inform).push(" AND ");
        }
        sql.push("late_bucket BETWEEN ").bind(late - 1).push(" AND ").bind(late);
        sql.push(" THEN late_bucket ELSE ").bind(late).push(" END");
    }
}

/// SQLite: columns that stay the same are not named.
fn set_remembered(set: &mut Set, id: i64, inform: Option<i64>, late: Option<i64>, buckets: &mut Buckets) {
    let known = buckets.0.get(&id).copied();
    let inform = inform.filter(|inform| known.is_none_or(|(known, _)| known != *inform));
    let late =
        late.filter(|late| inform.is_some() || known.is_none_or(|(_, known)| !(*late - 1..=*late).contains(&known)));
    if let Some(inform) = inform {
        set.value("inform_bucket", inform);
    }
    if let Some(late) = late {
        set.value("late_bucket", late);
    }
    let now = (inform.or(known.map(|(inform, _)| inform)), late.or(known.map(|(_, late)| late)));
    if let (Some(inform), Some(late)) = now
        && known != Some((inform, late))
    {
        buckets.put(id, (inform, late));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Kind, run};
    use crate::{NewDevice, StoreError};
    use model::Timestamp;
    use model::device::{DataModel, Identity};
    use sea_orm::ConnectionTrait;

    /// The start of a quarter of an hour.
    const START: i64 = 1_958_000 * BUCKET_MILLIS;
    const BUCKET_MILLIS: i64 = 900_000;

    fn inform(seconds: i64) -> DevicePatch {
        let at = Timestamp(START).plus_seconds(seconds);
        DevicePatch {
            last_inform: Some(at),
            late_at: Some(at.plus_seconds(300)),
            overdue_at: Some(at.plus_seconds(600)),
            ..DevicePatch::default()
        }
    }

    #[test]
    fn sqlite_names_coarse_times_only_when_they_change() {
        let mut buckets = Buckets::default();
        let mut named = |seconds| {
            let sql = update(DeviceId(1), &inform(seconds), DbBackend::Sqlite, &mut buckets).unwrap();
            let text = format!("{sql:?}");
            (text.contains("inform_bucket"), text.contains("late_bucket"))
        };
        assert_eq!(named(0), (true, true), "not known yet");
        assert_eq!(named(300), (false, false));
        assert_eq!(named(700), (false, false), "late_at is in the next quarter, which may be one behind");
        assert_eq!(named(910), (true, true));
        assert_eq!(named(1500), (false, false));
        buckets.clear();
        let sql = update(DeviceId(1), &inform(1501), DbBackend::Sqlite, &mut buckets).unwrap();
        assert!(format!("{sql:?}").contains("late_bucket"));
        assert!(update(DeviceId(1), &DevicePatch::default(), DbBackend::Sqlite, &mut buckets).is_none());
    }

    #[tokio::test]
    async fn postgres_updates_stay_hot_within_a_quarter() {
        run(Kind::Postgres, |database| async move {
            const HOT: &str = "SELECT pg_stat_get_xact_tuples_hot_updated('device'::regclass)";
            let store = database.store();
            let identity = Identity { serial: "S1".into(), ..Identity::default() };
            let start = Timestamp(START);
            let new = NewDevice {
                identity,
                address: String::new(),
                now: start,
                data_model: DataModel::Unknown,
                cwmp_version: String::new(),
                late_at: start.plus_seconds(300),
                overdue_at: start.plus_seconds(600),
                enrolment: model::device::Enrolment::Approved,
            };
            let id = store.register_device(&new).await.unwrap().id;
            let tx = store.begin().await.unwrap();
            let mut hot = Vec::new();
            for seconds in [200, 400, 700, 899, 905, 1300] {
                let sql = update(id, &inform(seconds), DbBackend::Postgres, &mut Buckets::default()).unwrap();
                let result: Result<_, StoreError> =
                    tx.execute_raw(sql.into_statement(DbBackend::Postgres)).await.map_err(Into::into);
                assert_eq!(result.unwrap().rows_affected(), 1);
                let row = tx.query_one_raw(Sql::new(HOT).into_statement(DbBackend::Postgres)).await.unwrap().unwrap();
                hot.push(row.try_get_by_index::<i64>(0).unwrap());
            }
            tx.commit().await.unwrap();
            assert_eq!(hot, [1, 2, 3, 4, 4, 5], "only the first update of the next quarter touches indexes");
        })
        .await;
    }
}
