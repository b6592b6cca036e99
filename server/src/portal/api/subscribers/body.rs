//! The JSON of subscribers and their devices, in and out.

use crate::portal::api::devices::Presence;
use crate::portal::api::input::json;
use crate::portal::api::problem::Problem;
use crate::portal::api::time::{Time, now};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use model::device::DeviceRow;
use model::subscriber::{self, SubscriberChange, SubscriberRow, SubscriberView};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A phone number.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    #[schema(example = "+44 20 7946 0123")]
    pub number: String,
    /// What it is, such as `Mobile`.
    #[serde(default)]
    #[schema(example = "Mobile")]
    pub label: String,
}

/// A subscriber. Texts are empty where nothing is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subscriber {
    #[schema(example = "4711")]
    pub account: String,
    #[schema(example = "Ines Carvalho")]
    pub name: String,
    pub phones: Vec<Phone>,
    pub email: String,
    pub address: String,
    pub locality: String,
    /// Of the scopes of agents and tokens.
    pub region: String,
    pub partner: String,
    pub plan: String,
    pub plan_down_kbit: Option<u32>,
    pub plan_up_kbit: Option<u32>,
    #[schema(example = "Europe/London")]
    pub time_zone: String,
    pub tags: Vec<String>,
    pub ppp_user: String,
    pub created_at: Time,
    pub updated_at: Time,
    /// Routers at the line; only in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<u32>,
}

impl From<SubscriberView> for Subscriber {
    fn from(view: SubscriberView) -> Self {
        let phone = |subscriber::Phone { number, label }| Phone { number, label };
        Self {
            account: view.account,
            name: view.name,
            phones: view.phones.into_iter().map(phone).collect(),
            email: view.email,
            address: view.address,
            locality: view.locality,
            region: view.region,
            partner: view.partner,
            plan: view.plan,
            plan_down_kbit: view.plan_down_kbit,
            plan_up_kbit: view.plan_up_kbit,
            time_zone: view.time_zone,
            tags: view.tags,
            ppp_user: view.ppp_user,
            created_at: view.created_at.into(),
            updated_at: view.updated_at.into(),
            devices: None,
        }
    }
}

impl From<SubscriberRow> for Subscriber {
    fn from(row: SubscriberRow) -> Self {
        Self { devices: Some(row.devices), ..row.subscriber.into() }
    }
}

/// A subscriber as it is put. What is left out stays as it is; `null` empties.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(clippy::option_option)] // Left out, null, or there.
#[schema(example = json!({"name": "Ines Carvalho", "phones": ["+44 20 7946 0123"], "plan": "Fibre 500", "plan_down_kbit": 500_000}))]
pub struct SubscriberPut {
    /// Must be that of the address, if it is there.
    account: Option<String>,
    /// Needed for a new subscriber; at most 200 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    /// At most 10; the one to try first comes first.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<PhonePut>>)]
    phones: Option<Option<Vec<PhonePut>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// In full, in one text.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    address: Option<Option<String>>,
    /// The town or district.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    locality: Option<Option<String>>,
    /// Of the scopes of agents and tokens.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    region: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    partner: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    plan: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    plan_down_kbit: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    plan_up_kbit: Option<Option<u32>>,
    /// An IANA name, such as `Europe/Lisbon`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    /// At most 20, of at most 40 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    tags: Option<Option<Vec<String>>>,
    /// What the router signs in with at the line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    ppp_user: Option<Option<String>>,
    /// All serial numbers of routers at the line, known or not yet.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    serials: Option<Option<Vec<String>>>,
}

/// A number alone, or with what it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum PhonePut {
    Number(String),
    Labelled(Phone),
}

#[allow(clippy::option_option)] // Left out, null, or there.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// What a request wants of the subscriber with this account.
pub fn read_change(account: &str, headers: &HeaderMap, body: &Bytes) -> Result<SubscriberChange, Problem> {
    let put: SubscriberPut = json(headers, body)?;
    if put.account.as_deref().is_some_and(|said| said.trim() != account.trim()) {
        let detail = "The account in the body is not that of the address. Nothing was changed.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let phones = |phones: Vec<PhonePut>| {
        let phone = |phone| match phone {
            PhonePut::Number(number) => subscriber::Phone { number, label: String::new() },
            PhonePut::Labelled(Phone { number, label }) => subscriber::Phone { number, label },
        };
        phones.into_iter().map(phone).collect()
    };
    Ok(SubscriberChange {
        account: account.to_owned(),
        name: put.name.map(Option::unwrap_or_default),
        phones: put.phones.map(|given| given.map(phones).unwrap_or_default()),
        email: put.email.map(Option::unwrap_or_default),
        address: put.address.map(Option::unwrap_or_default),
        locality: put.locality.map(Option::unwrap_or_default),
        region: put.region.map(Option::unwrap_or_default),
        partner: put.partner.map(Option::unwrap_or_default),
        plan: put.plan.map(Option::unwrap_or_default),
        plan_down_kbit: put.plan_down_kbit,
        plan_up_kbit: put.plan_up_kbit,
        time_zone: put.time_zone.map(Option::unwrap_or_default),
        tags: put.tags.map(Option::unwrap_or_default),
        ppp_user: put.ppp_user.map(Option::unwrap_or_default),
        serials: put.serials.map(Option::unwrap_or_default),
    })
}

/// A router at a line. One that has never reported has its serial number alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineDevice {
    pub serial: String,
    /// Whether it has reported.
    pub known: bool,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oui: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_inform: Option<Time>,
}

impl LineDevice {
    pub fn known(row: DeviceRow) -> Self {
        let (seen, presence) = (row.was_seen(), row.presence(now()));
        Self {
            known: true,
            id: Some(row.id.0),
            presence: seen.then(|| presence.into()),
            last_inform: seen.then(|| row.last_inform.into()),
            serial: row.identity.serial,
            oui: Some(row.identity.oui),
            product_class: Some(row.identity.product_class),
            manufacturer: Some(row.identity.manufacturer),
            model: Some(row.model),
            software_version: Some(row.software_version),
        }
    }

    pub fn expected(serial: String) -> Self {
        Self {
            serial,
            known: false,
            id: None,
            oui: None,
            product_class: None,
            manufacturer: None,
            model: None,
            software_version: None,
            presence: None,
            last_inform: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    fn read(json: &str) -> Result<SubscriberChange, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
        read_change("A1", &headers, &Bytes::copy_from_slice(json.as_bytes()))
    }

    #[test]
    fn what_is_left_out_stays_and_null_empties() {
        let json = r#"{"account":"A1","name":"Ada","email":null,"plan_up_kbit":null,"plan_down_kbit":5,"phones":["1",{"number":"2","label":"x"}]}"#;
        let change = read(json).unwrap();
        assert_eq!((change.name.as_deref(), change.email.as_deref(), change.plan), (Some("Ada"), Some(""), None));
        assert_eq!((change.plan_up_kbit, change.plan_down_kbit), (Some(None), Some(Some(5))));
        assert_eq!(change.phones.unwrap().len(), 2);
        assert_eq!(change.serials, None);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in
            ["", "[]", "{\"nme\":\"Ada\"}", "{\"plan_up_kbit\":-1}", "{\"phones\":\"1\"}", "{\"account\":\"B\"}"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read_change("A1", &HeaderMap::new(), &Bytes::from_static(b"{}")).is_err());
    }
}
