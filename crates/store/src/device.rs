//! Devices as stored: one row each.

mod counts;
mod cursor;
mod filter;
mod list;
mod peers;
pub(crate) mod read;
pub(crate) mod register;

pub(crate) use filter::{Predicate, predicates};

use model::device::{DataModel, Enrolment, Identity};
use model::{DeviceId, SubscriberId, Timestamp};
use std::fmt;

/// A device as stored.
#[derive(Clone, PartialEq)]
pub struct DeviceRecord {
    pub id: DeviceId,
    pub identity: Identity,
    /// `DeviceInfo.ModelName`, else the ProductClass.
    pub model: String,
    pub hardware_version: String,
    pub software_version: String,
    /// Address that the ACS saw the device come from.
    pub address: String,
    /// Twelve hexadecimal digits in upper case; empty if not known.
    pub mac: String,
    pub data_model: DataModel,
    /// The suffix of the CWMP namespace, such as `1.2`.
    pub cwmp_version: String,
    pub first_seen: Timestamp,
    pub last_inform: Timestamp,
    /// An Inform is due before this moment.
    pub late_at: Timestamp,
    /// Past this moment the device counts as offline.
    pub overdue_at: Timestamp,
    pub rebooting_until: Option<Timestamp>,
    /// Seconds.
    pub inform_interval: Option<u32>,
    pub connection_request_url: String,
    pub connection_request_username: String,
    /// Never printed.
    pub connection_request_password: String,
    pub reach_success: Option<Timestamp>,
    /// When the last connection request failed, and why in plain words.
    pub reach_failure: Option<(Timestamp, String)>,
    pub parameter_key: String,
    pub subscriber: Option<SubscriberId>,
    pub tree_read_at: Option<Timestamp>,
    pub parameter_count: u32,
    /// Digest of the last Inform's parameter list: unchanged means nothing to store.
    pub inform_digest: i64,
    /// JSON of the `acs` crate's own: what was learnt about this one device.
    pub quirks: String,
    /// How often the device had failed before its last Inform came through (RetryCount).
    pub retry_count: u32,
    /// `host:port` for UDP connection requests (Annex G); empty if not known.
    pub udp_address: String,
    /// For XMPP connection requests (Annex K); empty if not known.
    pub jabber_id: String,
    /// JSON of the `acs` crate's own: which ways of waking the device worked and which failed.
    pub reach: String,
    pub enrolment: Enrolment,
    /// The name of the device's own login for its sessions; empty while it may use the shared one.
    pub cpe_username: String,
    /// Of its own login. May be there without a name: a device that was reset may still have it. Never printed.
    pub cpe_password: String,
    /// A password that the device was given and has not used yet. Never printed.
    pub cpe_pending: String,
    /// JSON of the `acs` crate's own: what an operator decided about this one device.
    pub overrides: String,
    /// `DeviceInfo.ProvisioningCode`.
    pub provisioning_code: String,
    /// The user name of its PPP connection; empty if it has none.
    pub ppp_user: String,
    /// Since when nothing is asked of the device any more, and why in plain words.
    pub stuck: Option<(Timestamp, String)>,
    /// What its tree tells to find it by, as [`crate::found_by`] writes it.
    pub found_by: String,
}

/// A device at its first contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    pub identity: Identity,
    pub address: String,
    pub now: Timestamp,
    pub data_model: DataModel,
    pub cwmp_version: String,
    pub late_at: Timestamp,
    pub overdue_at: Timestamp,
    pub enrolment: Enrolment,
}

/// What changed of a device. Only the `Some` fields are written, in one statement.
#[derive(Clone, Default, PartialEq)]
pub struct DevicePatch {
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub hardware_version: Option<String>,
    pub software_version: Option<String>,
    pub address: Option<String>,
    /// Any usual notation; found by the search.
    pub mac: Option<String>,
    pub data_model: Option<DataModel>,
    pub cwmp_version: Option<String>,
    pub last_inform: Option<Timestamp>,
    pub late_at: Option<Timestamp>,
    pub overdue_at: Option<Timestamp>,
    pub rebooting_until: Option<Option<Timestamp>>,
    pub inform_interval: Option<Option<u32>>,
    pub connection_request_url: Option<String>,
    pub connection_request_username: Option<String>,
    /// Never printed.
    pub connection_request_password: Option<String>,
    pub reach_success: Option<Timestamp>,
    pub reach_failure: Option<Option<(Timestamp, String)>>,
    pub parameter_key: Option<String>,
    pub tree_read_at: Option<Option<Timestamp>>,
    pub parameter_count: Option<u32>,
    pub inform_digest: Option<i64>,
    pub quirks: Option<String>,
    pub retry_count: Option<u32>,
    pub udp_address: Option<String>,
    pub jabber_id: Option<String>,
    pub reach: Option<String>,
    pub enrolment: Option<Enrolment>,
    pub cpe_username: Option<String>,
    /// Never printed.
    pub cpe_password: Option<String>,
    /// Never printed.
    pub cpe_pending: Option<String>,
    pub overrides: Option<String>,
    /// Rules are held against it: a subscriber may be linked.
    pub provisioning_code: Option<String>,
    /// The same.
    pub ppp_user: Option<String>,
    pub stuck: Option<Option<(Timestamp, String)>>,
    /// As [`crate::found_by`] writes it.
    pub found_by: Option<String>,
}

/// Prints in place of a secret.
struct Masked;

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for DeviceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceRecord")
            .field("id", &self.id)
            .field("identity", &self.identity)
            .field("model", &self.model)
            .field("hardware_version", &self.hardware_version)
            .field("software_version", &self.software_version)
            .field("address", &self.address)
            .field("mac", &self.mac)
            .field("data_model", &self.data_model)
            .field("cwmp_version", &self.cwmp_version)
            .field("first_seen", &self.first_seen)
            .field("last_inform", &self.last_inform)
            .field("late_at", &self.late_at)
            .field("overdue_at", &self.overdue_at)
            .field("rebooting_until", &self.rebooting_until)
            .field("inform_interval", &self.inform_interval)
            .field("connection_request_url", &self.connection_request_url)
            .field("connection_request_username", &self.connection_request_username)
            .field("connection_request_password", &Masked)
            .field("reach_success", &self.reach_success)
            .field("reach_failure", &self.reach_failure)
            .field("parameter_key", &self.parameter_key)
            .field("subscriber", &self.subscriber)
            .field("tree_read_at", &self.tree_read_at)
            .field("parameter_count", &self.parameter_count)
            .field("inform_digest", &self.inform_digest)
            .field("quirks", &self.quirks)
            .field("retry_count", &self.retry_count)
            .field("udp_address", &self.udp_address)
            .field("jabber_id", &self.jabber_id)
            .field("reach", &self.reach)
            .field("enrolment", &self.enrolment)
            .field("cpe_username", &self.cpe_username)
            .field("cpe_password", &Masked)
            .field("cpe_pending", &Masked)
            .field("overrides", &self.overrides)
            .field("provisioning_code", &self.provisioning_code)
            .field("ppp_user", &self.ppp_user)
            .field("stuck", &self.stuck)
            .field("found_by", &self.found_by)
            .finish()
    }
}

#[allow(clippy::missing_fields_in_debug)] // All are there, through a macro.
impl fmt::Debug for DevicePatch {
    /// Only what is written, so that a log line stays short.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("DevicePatch");
        macro_rules! fields {
            ($($field:ident),*) => { $(if let Some(value) = &self.$field { out.field(stringify!($field), value); })* };
        }
        fields!(
            manufacturer,
            model,
            hardware_version,
            software_version,
            address,
            data_model,
            cwmp_version,
            last_inform,
            late_at,
            overdue_at,
            rebooting_until,
            inform_interval,
            connection_request_url,
            connection_request_username
        );
        if self.connection_request_password.is_some() {
            out.field("connection_request_password", &Masked);
        }
        fields!(reach_success, reach_failure, parameter_key, tree_read_at, parameter_count, inform_digest, quirks);
        fields!(retry_count, udp_address, jabber_id, reach, enrolment, cpe_username, overrides, stuck, found_by);
        fields!(provisioning_code, ppp_user);
        if self.cpe_password.is_some() {
            out.field("cpe_password", &Masked);
        }
        if self.cpe_pending.is_some() {
            out.field("cpe_pending", &Masked);
        }
        out.finish()
    }
}

impl DevicePatch {
    /// Changes a record in memory as the write changes the row.
    pub fn apply(&self, record: &mut DeviceRecord) {
        macro_rules! take {
            ($($field:ident),*) => { $(if let Some(value) = &self.$field { record.$field.clone_from(value); })* };
        }
        take!(
            mac,
            model,
            hardware_version,
            software_version,
            address,
            data_model,
            cwmp_version,
            last_inform,
            late_at,
            overdue_at,
            rebooting_until,
            inform_interval,
            connection_request_url,
            connection_request_username,
            connection_request_password,
            reach_failure,
            parameter_key,
            tree_read_at,
            parameter_count,
            inform_digest,
            quirks,
            retry_count,
            udp_address,
            jabber_id,
            reach,
            enrolment,
            cpe_username,
            cpe_password,
            cpe_pending,
            overrides,
            provisioning_code,
            ppp_user,
            stuck,
            found_by
        );
        if let Some(manufacturer) = &self.manufacturer {
            record.identity.manufacturer.clone_from(manufacturer);
        }
        if self.reach_success.is_some() {
            record.reach_success = self.reach_success;
        }
    }

    /// Whether rules may find another subscriber.
    pub(crate) fn is_linking(&self) -> bool {
        self.provisioning_code.is_some() || self.ppp_user.is_some()
    }

    /// Whether the device's words in the search change.
    pub(crate) fn is_searchable(&self) -> bool {
        self.manufacturer.is_some()
            || self.model.is_some()
            || self.software_version.is_some()
            || self.address.is_some()
            || self.mac.is_some()
            || self.found_by.is_some()
    }
}

/// As stored.
pub(crate) fn data_model_number(data_model: DataModel) -> i64 {
    match data_model {
        DataModel::Unknown => 0,
        DataModel::Tr098 => 98,
        DataModel::Tr181 => 181,
    }
}

/// As stored.
pub(crate) fn enrolment_number(enrolment: Enrolment) -> i64 {
    match enrolment {
        Enrolment::Approved => 0,
        Enrolment::Quarantined => 1,
        Enrolment::Refused => 2,
    }
}

pub(crate) fn enrolment(number: i64) -> Enrolment {
    match number {
        0 => Enrolment::Approved,
        2 => Enrolment::Refused,
        // From a newer version, say: not trusted.
        _ => Enrolment::Quarantined,
    }
}

pub(crate) fn data_model(number: i64) -> DataModel {
    match number {
        98 => DataModel::Tr098,
        181 => DataModel::Tr181,
        _ => DataModel::Unknown,
    }
}

/// A MAC address as stored: twelve hexadecimal digits in upper case; empty if it is none.
pub(crate) fn normal_mac(text: &str) -> String {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.' | ' ')).collect();
    let is_mac = digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if is_mac { digits.to_ascii_uppercase() } else { String::new() }
}
