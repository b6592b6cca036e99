//! The search of the whole portal: what is exact first, then what begins or contains.

use super::{Text, text_filter};
use crate::device::normal_mac;
use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Sql, clean, prefix_end};
use crate::store::Store;
use crate::subscriber::phone_digits;
use model::search::SearchHit;
use model::{DeviceId, SubscriberId};
use sea_orm::{ConnectionTrait, EntityTrait};
use std::collections::HashMap;
use std::net::IpAddr;

/// Most hits that are given.
const LIMIT_MAX: u16 = 100;
/// Shortest number that is taken for a phone's.
const PHONE_MIN: usize = 5;

/// Rows of the index with the field that matched, in order, each row once.
struct Found {
    limit: usize,
    hits: Vec<(i64, &'static str)>,
}

impl Found {
    fn is_full(&self) -> bool {
        self.hits.len() >= self.limit
    }

    fn add(&mut self, ids: Vec<i64>, matched: &'static str) {
        for id in ids {
            if !self.is_full() && self.hits.iter().all(|(known, _)| *known != id) {
                self.hits.push((id, matched));
            }
        }
    }
}

impl Store {
    /// Devices and subscribers for what a person typed: an exact serial number, MAC, address, phone number or account
    /// first, then serial numbers and names that begin with it, then rows that contain all its words.
    pub async fn search(&self, text: &str, limit: u16) -> Result<Vec<SearchHit>, StoreError> {
        let text = clean(text.trim());
        if text.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut found = Found { limit: usize::from(limit.min(LIMIT_MAX)), hits: Vec::new() };
        self.find_exact(&text, &mut found).await?;
        if !found.is_full() {
            self.find_beginning(&text, &mut found).await?;
        }
        if !found.is_full()
            && let Some(Text::Words(words)) = text_filter(&text)
        {
            let mut sql = Sql::default();
            words.write_ids(&mut sql, self.backend());
            let ids = self.ids(sql, limit.min(LIMIT_MAX)).await?;
            found.add(ids, "");
        }
        self.hits(found.hits, &text).await
    }

    async fn find_exact(&self, text: &str, found: &mut Found) -> Result<(), StoreError> {
        let upper = text.to_uppercase();
        let mut sql = Sql::new("SELECT id FROM device WHERE serial IN (");
        sql.bind(text).push(", ").bind(upper).push(")");
        found.add(self.ids(sql, LIMIT_MAX).await?, "Serial");
        let mac = normal_mac(text);
        if !mac.is_empty() {
            let mut sql = Sql::new("SELECT id FROM device WHERE mac <> '' AND mac = ");
            sql.bind(mac.as_str());
            found.add(self.ids(sql, LIMIT_MAX).await?, "MAC");
            // Many makers print the MAC as the serial number.
            let mut sql = Sql::new("SELECT id FROM device WHERE serial = ");
            sql.bind(mac);
            found.add(self.ids(sql, LIMIT_MAX).await?, "Serial");
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            let mut sql = Sql::new("SELECT id FROM device WHERE address <> '' AND address = ");
            sql.bind(address.to_string());
            found.add(self.ids(sql, LIMIT_MAX).await?, "Address");
        }
        let digits = phone_digits(text);
        let only_digits =
            text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '/' | '(' | ')' | '.'));
        if only_digits && digits.len() >= PHONE_MIN {
            let mut sql = Sql::new("SELECT id FROM subscriber WHERE phone_digits <> '' AND phone_digits = ");
            sql.bind(digits.as_str())
                .push(" UNION SELECT subscriber_id FROM subscriber_phone WHERE digits = ")
                .bind(digits);
            self.find_subscribers(sql, "Phone", found).await?;
        }
        let mut sql = Sql::new("SELECT id FROM subscriber WHERE account = ");
        sql.bind(text);
        self.find_subscribers(sql, "Account", found).await
    }

    async fn find_beginning(&self, text: &str, found: &mut Found) -> Result<(), StoreError> {
        let upper = text.to_uppercase();
        for prefix in [text, &upper] {
            let mut sql = Sql::new("SELECT id FROM device WHERE serial >= ");
            sql.bind(prefix).push(" AND serial < ").bind(prefix_end(prefix)).push(" ORDER BY serial");
            found.add(self.ids(sql, found.limit as u16).await?, "Serial");
            if upper == text {
                break;
            }
        }
        let name = text.to_lowercase();
        let mut sql = Sql::new("SELECT id FROM subscriber WHERE name_key >= ");
        sql.bind(name.as_str()).push(" AND name_key < ").bind(prefix_end(&name)).push(" ORDER BY name_key, id");
        self.find_subscribers(sql, "Name", found).await
    }

    /// Adds the devices of the matching subscribers, and subscribers without one.
    async fn find_subscribers(&self, query: Sql, matched: &'static str, found: &mut Found) -> Result<(), StoreError> {
        if found.is_full() {
            return Ok(());
        }
        let subscribers = self.ids(query, found.limit as u16).await?;
        if subscribers.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new("SELECT id, subscriber_id FROM device WHERE subscriber_id IN (");
        sql.bind_ids(&subscribers).push(") ORDER BY id LIMIT ").bind(i64::from(LIMIT_MAX));
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut devices: HashMap<i64, Vec<i64>> = HashMap::new();
        for row in &rows {
            devices.entry(row.try_get_by_index(1)?).or_default().push(row.try_get_by_index(0)?);
        }
        for subscriber in subscribers {
            found.add(devices.remove(&subscriber).unwrap_or_else(|| vec![-subscriber]), matched);
        }
        Ok(())
    }

    async fn ids(&self, mut sql: Sql, limit: u16) -> Result<Vec<i64>, StoreError> {
        sql.push(" LIMIT ").bind(i64::from(limit));
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }

    /// Fills in what a person reads.
    async fn hits(&self, found: Vec<(i64, &'static str)>, text: &str) -> Result<Vec<SearchHit>, StoreError> {
        let device_ids: Vec<i64> = found.iter().map(|(id, _)| *id).filter(|id| *id > 0).collect();
        let mut devices = HashMap::new();
        if !device_ids.is_empty() {
            let mut sql = Sql::new("SELECT * FROM device WHERE id IN (");
            sql.bind_ids(&device_ids).push(")");
            let query = device::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
            devices.extend(query.all(&self.0.read).await?.into_iter().map(|device| (device.id, device)));
        }
        let mut ids: Vec<i64> = found.iter().filter(|(id, _)| *id < 0).map(|(id, _)| -id).collect();
        ids.extend(devices.values().filter_map(|device| device.subscriber_id));
        let mut subscribers = HashMap::new();
        if !ids.is_empty() {
            let mut sql = Sql::new("SELECT * FROM subscriber WHERE id IN (");
            sql.bind_ids(&ids).push(")");
            let query = subscriber::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
            subscribers.extend(query.all(&self.0.read).await?.into_iter().map(|row| (row.id, row)));
        }
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let hits = found.into_iter().filter_map(|(id, matched)| {
            let device = devices.get(&id);
            let subscriber_id = if id < 0 { Some(-id) } else { device.and_then(|device| device.subscriber_id) };
            let subscriber = subscriber_id.and_then(|id| subscribers.get(&id));
            hit(device, subscriber, matched, &words)
        });
        Ok(hits.collect())
    }
}

/// `None` if both are gone since they were found.
fn hit(
    device: Option<&device::Model>,
    subscriber: Option<&subscriber::Model>,
    matched: &str,
    words: &[String],
) -> Option<SearchHit> {
    let title = match (subscriber, device) {
        (Some(subscriber), _) => subscriber.name.clone(),
        (None, Some(device)) => device.model.clone(),
        (None, None) => return None,
    };
    let mut fields: Vec<(&'static str, &str)> = Vec::new();
    if let Some(subscriber) = subscriber {
        fields.push(("Name", &subscriber.name));
    }
    if let Some(device) = device {
        fields.extend([
            ("Serial", device.serial.as_str()),
            ("Model", &device.model),
            ("Address", &device.address),
            ("MAC", &device.mac),
            ("Maker", &device.manufacturer),
            ("Software", &device.software_version),
        ]);
    }
    if let Some(subscriber) = subscriber {
        fields.extend([
            ("Account", subscriber.account.as_str()),
            ("Phone", &subscriber.phones),
            ("E-mail", &subscriber.email),
            ("Address", &subscriber.address),
            ("Plan", &subscriber.plan),
        ]);
    }
    let contains = |(_, field): &&(&'static str, &str)| {
        let field = field.to_lowercase();
        words.iter().any(|word| field.contains(word.as_str()))
    };
    let matched = match matched {
        "" => fields.iter().find(contains).map_or("Other", |(name, _)| name),
        known => known,
    };
    let mut subtitle: Vec<&str> = Vec::new();
    if let Some(device) = device {
        if subscriber.is_some() {
            subtitle.push(&device.model);
        }
        subtitle.extend([device.serial.as_str(), &device.address]);
    }
    if let Some(subscriber) = subscriber {
        subtitle.push(&subscriber.account);
    }
    subtitle.retain(|part| !part.is_empty());
    Some(SearchHit {
        device: device.map(|device| DeviceId(device.id)),
        subscriber: subscriber.map(|subscriber| SubscriberId(subscriber.id)),
        title,
        subtitle: subtitle.join(" · "),
        matched: matched.to_owned(),
    })
}
