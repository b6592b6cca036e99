//! Subscribers: people and firms with a line, and the devices at their lines.

use crate::entity::subscriber;
use crate::error::StoreError;
use crate::search;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::subscriber::{Phone, SubscriberInput, SubscriberView};
use model::{DeviceId, SubscriberId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

impl Store {
    /// Creates or changes the subscriber with this account, and links the devices with that serial number, now or when
    /// they first appear. An empty serial number leaves links as they are; another one moves the line to that device.
    pub async fn put_subscriber(&self, input: &SubscriberInput, now: Timestamp) -> Result<SubscriberId, StoreError> {
        let tx = self.begin().await?;
        let subscriber = upsert(&tx, input, now).await?;
        let touched = if subscriber.device_serial.is_empty() {
            linked(&tx, subscriber.id).await?
        } else {
            link(&tx, &subscriber).await?
        };
        rename(&tx, &subscriber).await?;
        for id in &touched {
            search::index_device(&tx, DeviceId(*id)).await?;
        }
        index(&tx, &subscriber).await?;
        tx.commit().await?;
        Ok(SubscriberId(subscriber.id))
    }

    /// What is stored of the subscriber with this account, as it was put.
    pub async fn subscriber_by_account(&self, account: &str) -> Result<Option<SubscriberInput>, StoreError> {
        const BY_ACCOUNT: &str = "SELECT * FROM subscriber WHERE account = $1";
        let sql = statement(self.backend(), BY_ACCOUNT, [clean(account.trim()).into()]);
        let found = subscriber::Entity::find().from_raw_sql(sql).one(&self.0.read).await?;
        Ok(found.map(|row| SubscriberInput {
            name: row.name,
            account: row.account,
            phones: phones(&row.phones),
            email: row.email,
            address: row.address,
            locality: row.locality,
            plan: row.plan,
            plan_down_kbit: row.plan_down_kbit.and_then(|kbit| u32::try_from(kbit).ok()),
            plan_up_kbit: row.plan_up_kbit.and_then(|kbit| u32::try_from(kbit).ok()),
            time_zone: row.time_zone,
            tags: lines(&row.tags),
            ppp_user: row.ppp_user,
            device_serial: row.device_serial,
        }))
    }

    pub async fn subscriber(&self, id: SubscriberId) -> Result<Option<SubscriberView>, StoreError> {
        Ok(subscriber::Entity::find_by_id(id.0).one(&self.0.read).await?.map(view))
    }
}

async fn upsert(
    tx: &DatabaseTransaction,
    input: &SubscriberInput,
    now: Timestamp,
) -> Result<subscriber::Model, StoreError> {
    const UPSERT: &str = "INSERT INTO subscriber \
         (account, name, name_key, phones, phone_digits, email, address, plan, device_serial, created_at, updated_at, \
         locality, plan_down_kbit, plan_up_kbit, time_zone, tags, ppp_user) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, $16) \
         ON CONFLICT (account) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, \
         phones = excluded.phones, phone_digits = excluded.phone_digits, email = excluded.email, \
         address = excluded.address, plan = excluded.plan, updated_at = excluded.updated_at, \
         locality = excluded.locality, plan_down_kbit = excluded.plan_down_kbit, \
         plan_up_kbit = excluded.plan_up_kbit, time_zone = excluded.time_zone, tags = excluded.tags, \
         ppp_user = excluded.ppp_user, \
         device_serial = CASE WHEN excluded.device_serial = '' THEN subscriber.device_serial \
         ELSE excluded.device_serial END RETURNING *";
    const FORGET: &str = "DELETE FROM subscriber_phone WHERE subscriber_id = $1";
    const PHONE: &str = "INSERT INTO subscriber_phone (digits, subscriber_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let backend = tx.get_database_backend();
    let trimmed = |text: &str| clean(text.trim());
    let name = trimmed(&input.name);
    let mut digits = input.phones.iter().map(|phone| phone_digits(&phone.number)).filter(|digits| !digits.is_empty());
    let values = [
        trimmed(&input.account).into(),
        name.as_str().into(),
        name.to_lowercase().into(),
        phones_text(&input.phones).into(),
        digits.next().unwrap_or_default().into(),
        trimmed(&input.email).into(),
        trimmed(&input.address).into(),
        trimmed(&input.plan).into(),
        trimmed(&input.device_serial).into(),
        now.0.into(),
        trimmed(&input.locality).into(),
        input.plan_down_kbit.map(i64::from).into(),
        input.plan_up_kbit.map(i64::from).into(),
        trimmed(&input.time_zone).into(),
        tags_text(&input.tags).into(),
        trimmed(&input.ppp_user).into(),
    ];
    let row = subscriber::Entity::find().from_raw_sql(statement(backend, UPSERT, values)).one(tx).await?;
    let row = row.ok_or_else(|| StoreError::Database("a subscriber was written but not returned".to_owned()))?;
    tx.execute_raw(statement(backend, FORGET, [row.id.into()])).await?;
    for digits in digits {
        tx.execute_raw(statement(backend, PHONE, [digits.into(), row.id.into()])).await?;
    }
    Ok(row)
}

/// Devices of a subscriber.
async fn linked(tx: &DatabaseTransaction, subscriber: i64) -> Result<Vec<i64>, StoreError> {
    const LINKED: &str = "SELECT id FROM device WHERE subscriber_id = $1";
    ids(tx, LINKED, vec![subscriber.into()]).await
}

/// Moves the links to the devices with the subscriber's serial number; the devices whose links changed or stayed.
async fn link(tx: &DatabaseTransaction, subscriber: &subscriber::Model) -> Result<Vec<i64>, StoreError> {
    const CLAIM: &str = "UPDATE subscriber SET device_serial = '' WHERE device_serial <> '' AND device_serial = $1 \
         AND id <> $2";
    const OTHERS: &str = "SELECT DISTINCT subscriber_id FROM device \
         WHERE serial = $1 AND subscriber_id IS NOT NULL AND subscriber_id <> $2";
    const UNLINK: &str = "UPDATE device SET subscriber_id = NULL, subscriber_key = NULL \
         WHERE subscriber_id = $2 AND serial <> $1 RETURNING id";
    const LINK: &str = "UPDATE device SET subscriber_id = $2 WHERE serial = $1 RETURNING id";
    let values = || vec![subscriber.device_serial.as_str().into(), subscriber.id.into()];
    tx.execute_raw(statement(tx.get_database_backend(), CLAIM, values())).await?;
    let others = ids(tx, OTHERS, values()).await?;
    let mut touched = ids(tx, UNLINK, values()).await?;
    touched.extend(ids(tx, LINK, values()).await?);
    for id in others {
        // Who lost the device is found on their own again.
        if let Some(other) = subscriber::Entity::find_by_id(id).one(tx).await? {
            index(tx, &other).await?;
        }
    }
    Ok(touched)
}

/// The list is sorted by the name inside the device's row.
async fn rename(tx: &DatabaseTransaction, subscriber: &subscriber::Model) -> Result<(), StoreError> {
    const RENAME: &str = "UPDATE device SET subscriber_key = $1 \
         WHERE subscriber_id = $2 AND (subscriber_key IS NULL OR subscriber_key <> $1)";
    let values = [subscriber.name_key.as_str().into(), subscriber.id.into()];
    tx.execute_raw(statement(tx.get_database_backend(), RENAME, values)).await?;
    Ok(())
}

/// A subscriber has a row of their own in the search while no device stands for them.
async fn index(tx: &DatabaseTransaction, subscriber: &subscriber::Model) -> Result<(), StoreError> {
    if linked(tx, subscriber.id).await?.is_empty() {
        search::put(tx, -subscriber.id, &search::subscriber_words(subscriber)).await
    } else {
        search::remove(tx, -subscriber.id).await
    }
}

async fn ids(tx: &DatabaseTransaction, text: &str, values: Vec<sea_orm::Value>) -> Result<Vec<i64>, StoreError> {
    let rows = tx.query_all_raw(statement(tx.get_database_backend(), text, values)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

pub(crate) fn view(row: subscriber::Model) -> SubscriberView {
    SubscriberView {
        id: SubscriberId(row.id),
        name: row.name,
        account: row.account,
        phones: phones(&row.phones),
        email: row.email,
        address: row.address,
        locality: row.locality,
        plan: row.plan,
        plan_down_kbit: row.plan_down_kbit.and_then(|kbit| u32::try_from(kbit).ok()),
        plan_up_kbit: row.plan_up_kbit.and_then(|kbit| u32::try_from(kbit).ok()),
        time_zone: row.time_zone,
        tags: lines(&row.tags),
        ppp_user: row.ppp_user,
        created_at: Timestamp(row.created_at),
        updated_at: Timestamp(row.updated_at),
    }
}

/// The digits alone: `+49 (171) 555-01` and `0049 171 55501` are written in many ways. An international prefix `00` is
/// as good as a plus sign.
pub(crate) fn phone_digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        Some(rest) => rest.to_owned(),
        None => digits,
    }
}

/// Phone numbers as stored: one a line; after a tab, what it is.
pub(crate) fn phones(text: &str) -> Vec<Phone> {
    let phone = |line: &str| {
        let (number, label) = line.split_once('\t').unwrap_or((line, ""));
        Phone { number: number.to_owned(), label: label.to_owned() }
    };
    text.lines().filter(|line| !line.is_empty()).map(phone).collect()
}

fn phones_text(phones: &[Phone]) -> String {
    let line = |phone: &Phone| match (one_line(&phone.number), one_line(&phone.label)) {
        (number, _) if number.is_empty() => None,
        (number, label) if label.is_empty() => Some(number),
        (number, label) => Some(format!("{number}\t{label}")),
    };
    phones.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn tags_text(tags: &[String]) -> String {
    let mut tags: Vec<String> = tags.iter().map(|tag| one_line(tag)).filter(|tag| !tag.is_empty()).collect();
    tags.sort();
    tags.dedup();
    tags.join("\n")
}

fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Without line ends and tabs, which separate what is stored in one text.
fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_one_a_line() {
        let phone = |number: &str, label: &str| Phone { number: number.into(), label: label.into() };
        let text = phones_text(&[phone(" 0171\n555 ", "Mo\tbile"), phone(" ", "lost"), phone("030 1", "")]);
        assert_eq!(text, "0171 555\tMo bile\n030 1");
        assert_eq!(phones(&text), [phone("0171 555", "Mo bile"), phone("030 1", "")]);
        assert_eq!(phones("0171 555"), ["0171 555".into()]);
        assert_eq!(phones(""), []);
    }

    #[test]
    fn tags_are_in_order_and_once() {
        assert_eq!(tags_text(&["vip".into(), " a  b ".into(), String::new(), "vip".into()]), "a b\nvip");
    }
}
