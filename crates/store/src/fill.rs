//! Filling a database fast, for measurements: rows as sessions and imports leave them, without sessions and imports.

use crate::error::StoreError;
use crate::sql::{Sql, bucket, statement};
use crate::store::Store;
use model::Timestamp;
use model::device::Identity;
use model::subscriber::Phone;
use sea_orm::ConnectionTrait;

/// A subscriber, as far as measurements need one.
#[derive(Clone, Debug, Default)]
pub struct FilledPerson {
    pub name: String,
    pub account: String,
    pub phones: Vec<Phone>,
    pub email: String,
    pub address: String,
    pub plan: String,
}

/// A device at the line of a subscriber.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    pub subscriber: FilledPerson,
    pub identity: Identity,
    pub model: String,
    pub software_version: String,
    pub address: String,
    /// Twelve hexadecimal digits in upper case.
    pub mac: String,
    /// As [`crate::found_by`] writes it.
    pub found_by: String,
    pub last_inform: Timestamp,
}

/// Rows of one INSERT.
const ROWS: usize = 100;

impl Store {
    /// Adds subscribers and devices, each device at the line of its subscriber, with ids from `first` on, which must be
    /// free. They are found after [`Store::rebuild_search`].
    pub async fn fill(&self, first: i64, rows: &[Filled]) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let backend = self.backend();
        for (ids, rows) in (first..).step_by(ROWS).zip(rows.chunks(ROWS)) {
            let mut people = Sql::new(
                "INSERT INTO subscriber (id, account, name, name_key, phones, phone_digits, email, address, plan, \
                 devices, created_at, updated_at) VALUES ",
            );
            let mut devices = Sql::new(
                "INSERT INTO device (id, manufacturer, oui, product_class, serial, model, hardware_version, \
                 software_version, address, mac, data_model, cwmp_version, first_seen, last_inform, late_at, overdue_at, \
                 inform_bucket, late_bucket, connection_request_url, connection_request_username, \
                 connection_request_password, parameter_key, subscriber_id, subscriber_key, parameter_count, \
                 inform_digest, quirks, found_by) VALUES ",
            );
            for (index, (id, row)) in (ids..).zip(rows).enumerate() {
                let (who, at) = (&row.subscriber, row.last_inform);
                let (late, overdue) = (at.plus_seconds(315), at.plus_seconds(625));
                let phone = who.phones.first().map(|phone| phone.number.as_str()).unwrap_or_default();
                let digits = crate::subscriber::phone_digits(phone);
                people.push(if index > 0 { ", (" } else { "(" }).bind(id);
                for text in [
                    who.account.as_str(),
                    &who.name,
                    &who.name.to_lowercase(),
                    phone,
                    &digits,
                    &who.email,
                    &who.address,
                    &who.plan,
                ] {
                    people.push(", ").bind(text);
                }
                people.push(", 1, ").bind(at.0).push(", ").bind(at.0).push(")");
                devices.push(if index > 0 { ", (" } else { "(" }).bind(id);
                let identity = &row.identity;
                for text in
                    [&identity.manufacturer, &identity.oui, &identity.product_class, &identity.serial, &row.model]
                {
                    devices.push(", ").bind(text.as_str());
                }
                devices.push(", ''");
                for text in [&row.software_version, &row.address, &row.mac] {
                    devices.push(", ").bind(text.as_str());
                }
                devices.push(", 181, '1.4', ").bind(at.0);
                for number in [at.0, late.0, overdue.0, bucket(at.0), bucket(late.0)] {
                    devices.push(", ").bind(number);
                }
                devices.push(", '', '', '', '', ").bind(id).push(", ").bind(who.name.to_lowercase());
                devices.push(", 0, 0, '', ").bind(row.found_by.as_str()).push(")");
            }
            tx.execute_raw(people.into_statement(backend)).await?;
            tx.execute_raw(devices.into_statement(backend)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Bytes that the database takes on the disk.
    pub async fn size(&self) -> Result<u64, StoreError> {
        const SQLITE: &str = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        const POSTGRES: &str = "SELECT pg_database_size(current_database())";
        let text = if self.backend() == sea_orm::DbBackend::Sqlite { SQLITE } else { POSTGRES };
        let row = self.0.read.query_one_raw(statement(self.backend(), text, [])).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))? as u64)
    }
}
