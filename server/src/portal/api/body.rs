//! The JSON of subscribers and devices, in and out.

use super::problem::Problem;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use model::Timestamp;
use model::device::DeviceRow;
use model::subscriber::{Phone, SubscriberChange, SubscriberRow, SubscriberView};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;

/// A subscriber as it is answered.
#[derive(Serialize)]
pub struct SubscriberBody {
    account: String,
    name: String,
    phones: Vec<Phone>,
    email: String,
    address: String,
    locality: String,
    region: String,
    partner: String,
    plan: String,
    plan_down_kbit: Option<u32>,
    plan_up_kbit: Option<u32>,
    time_zone: String,
    tags: Vec<String>,
    ppp_user: String,
    created_at: String,
    updated_at: String,
    /// Devices at the line; only in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<u32>,
}

impl From<SubscriberView> for SubscriberBody {
    fn from(view: SubscriberView) -> Self {
        Self {
            account: view.account,
            name: view.name,
            phones: view.phones,
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
            created_at: rfc3339(view.created_at),
            updated_at: rfc3339(view.updated_at),
            devices: None,
        }
    }
}

impl From<SubscriberRow> for SubscriberBody {
    fn from(row: SubscriberRow) -> Self {
        Self { devices: Some(row.devices), ..row.subscriber.into() }
    }
}

/// A subscriber as it is put. What is left out stays as it is; `null` empties.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::option_option)] // Left out, null, or there.
struct PutBody {
    /// Must be that of the address, if it is there.
    account: Option<String>,
    #[serde(default, deserialize_with = "present")]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    phones: Option<Option<Vec<PhoneBody>>>,
    #[serde(default, deserialize_with = "present")]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    address: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    locality: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    region: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    partner: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    plan: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    plan_down_kbit: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    plan_up_kbit: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    tags: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "present")]
    ppp_user: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    serials: Option<Option<Vec<String>>>,
}

/// A number alone, or with what it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum PhoneBody {
    Number(String),
    Labelled(Phone),
}

#[allow(clippy::option_option)] // Left out, null, or there.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// What a request wants of the subscriber with this account.
pub fn read_change(account: &str, headers: &HeaderMap, body: &Bytes) -> Result<SubscriberChange, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let detail = "The body has to be JSON: Content-Type: application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let put: PutBody = serde_json::from_slice(body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, format!("The JSON is not right: {error}. Nothing was changed."))
    })?;
    if put.account.as_deref().is_some_and(|said| said.trim() != account.trim()) {
        let detail = "The account in the body is not that of the address. Nothing was changed.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let phones = |phones: Vec<PhoneBody>| {
        let phone = |phone| match phone {
            PhoneBody::Number(number) => Phone { number, label: String::new() },
            PhoneBody::Labelled(phone) => phone,
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

/// A device at a line. One that has never reported has its serial number alone.
#[derive(Serialize)]
pub struct DeviceBody {
    serial: String,
    known: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    oui: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_version: Option<String>,
    /// `online`, `late`, `offline` or `rebooting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_inform: Option<String>,
}

impl DeviceBody {
    pub fn known(row: DeviceRow, now: Timestamp) -> Self {
        Self {
            known: true,
            presence: row.was_seen().then(|| row.presence(now).as_str()),
            last_inform: row.was_seen().then(|| rfc3339(row.last_inform)),
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

/// `2026-11-22T14:08:02Z`.
fn rfc3339(at: Timestamp) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn times_are_of_the_whole_world() {
        assert_eq!(rfc3339(Timestamp(1_763_820_482_999)), "2025-11-22T14:08:02Z");
        assert_eq!(rfc3339(Timestamp(i64::MAX)), "1970-01-01T00:00:00Z");
    }
}
