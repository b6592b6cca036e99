//! A few numbers of each device over time: one row for an hour, appended to without being read.

use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use model::history::{Sample, Series};
use model::{DeviceId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const HOUR: i64 = 3_600_000;
/// Characters of one row; what comes after them in that hour is not kept.
const ROW_MAX: usize = 4000;
/// Rows of one query: 30 days of hours, and the week before.
const ROWS_MAX: i64 = 40 * 24;

/// Appends the samples of a device.
pub(crate) async fn append(tx: &DatabaseTransaction, device: DeviceId, samples: &[Sample]) -> Result<(), StoreError> {
    const APPEND: &str = "INSERT INTO sample (device_id, hour, data) VALUES ($1, $2, $3) \
         ON CONFLICT (device_id, hour) DO UPDATE SET data = CASE WHEN LENGTH(sample.data) < $4 \
         THEN sample.data || excluded.data ELSE sample.data END";
    for (hour, data) in rows(samples) {
        let values = [device.0.into(), hour.into(), data.into(), (ROW_MAX as i64).into()];
        tx.execute_raw(statement(tx.get_database_backend(), APPEND, values)).await?;
    }
    Ok(())
}

/// Texts by hour.
fn rows(samples: &[Sample]) -> BTreeMap<i64, String> {
    let mut rows: BTreeMap<i64, String> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.value.is_finite()) {
        let (hour, second) = (sample.at.0.div_euclid(HOUR), sample.at.0.rem_euclid(HOUR) / 1000);
        let value = (sample.value * 10.0).round() / 10.0;
        // Writing to a String cannot fail.
        let _ = write!(rows.entry(hour).or_default(), "{},{second},{value};", sample.series.code());
    }
    rows
}

/// What cannot be read is left out: a later version may know it.
fn read(hour: i64, data: &str, into: &mut Vec<Sample>) {
    for item in data.split(';') {
        let mut fields = item.split(',');
        let (Some(series), Some(second), Some(value)) =
            (fields.next().and_then(Series::parse), fields.next(), fields.next())
        else {
            continue;
        };
        let (Ok(second), Ok(value)) = (second.parse::<i64>(), value.parse::<f64>()) else { continue };
        into.push(Sample { series, at: Timestamp(hour * HOUR + second * 1000), value });
    }
}

impl Store {
    /// The samples of a device since a moment, oldest first.
    pub async fn samples(&self, device: DeviceId, since: Timestamp) -> Result<Vec<Sample>, StoreError> {
        const READ: &str = "SELECT hour, data FROM sample WHERE device_id = $1 AND hour >= $2 ORDER BY hour LIMIT $3";
        let values = [device.0.into(), since.0.div_euclid(HOUR).into(), ROWS_MAX.into()];
        let rows = self.0.read.query_all_raw(statement(self.backend(), READ, values)).await?;
        let mut samples = Vec::new();
        for row in rows {
            read(row.try_get_by_index(0)?, &row.try_get_by_index::<String>(1)?, &mut samples);
        }
        samples.retain(|sample| sample.at >= since);
        samples.sort_by_key(|sample| sample.at);
        Ok(samples)
    }

    /// Forgets what is older, at most `limit` rows at once; how many there were.
    pub async fn forget_samples(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        const DELETE: &str = "DELETE FROM sample WHERE (device_id, hour) IN \
             (SELECT device_id, hour FROM sample WHERE hour < $1 ORDER BY hour LIMIT $2)";
        let values = [before.0.div_euclid(HOUR).into(), i64::from(limit).into()];
        let deleted = self.0.write.execute_raw(statement(self.backend(), DELETE, values)).await?;
        Ok(deleted.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_what_was_put_in_to_a_tenth_and_a_second() {
        let at = |second: i64| Timestamp(5 * HOUR + second * 1000);
        let samples = [
            Sample { series: Series::Light, at: at(7), value: -18.44 },
            Sample { series: Series::Busy24, at: at(3600), value: 87.0 },
            Sample { series: Series::Busy24, at: at(8), value: f64::NAN },
        ];
        let rows = rows(&samples);
        assert_eq!(rows, BTreeMap::from([(5, "rx,7,-18.4;".to_owned()), (6, "b2,0,87;".to_owned())]));
        let mut back = Vec::new();
        read(5, "rx,7,-18.4;xx,8,1;b2,x,1;b2,9;;", &mut back);
        assert_eq!(back, [Sample { series: Series::Light, at: at(7), value: -18.4 }]);
    }
}
