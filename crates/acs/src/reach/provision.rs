//! What devices are given so that they can be reached: STUN (Annex G) and an XMPP account (Annex K, rule 299).

use super::{StunSettings, XmppSettings};
use cwmp::ParameterValue;
use cwmp::xmpp::Jid;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::DeviceId;
use model::task::{is_secret_name, short_name};
use model::tree::ValueType;
use sha2::{Digest as _, Sha256};
use store::{DeviceRecord, Tree};

/// Names and passwords of devices, made of one secret: nothing is stored for them, and no two devices share one.
#[derive(Clone)]
pub(crate) struct Keys {
    key: [u8; 32],
}

impl Keys {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// STUNUsername, and the local part of its XMPP address.
    pub fn username(device: DeviceId) -> String {
        format!("lm-{device}")
    }

    /// Whose name it is.
    pub fn device(username: &[u8]) -> Option<DeviceId> {
        let id = std::str::from_utf8(username).ok()?.strip_prefix("lm-")?;
        // One spelling: the number as it was given out.
        id.parse().ok().filter(|found: &DeviceId| found.to_string() == id)
    }

    pub fn stun_password(&self, device: DeviceId) -> String {
        self.password("stun", device)
    }

    pub fn xmpp_password(&self, device: DeviceId) -> String {
        self.password("xmpp", device)
    }

    /// 160 bits in hexadecimal digits, which every device can keep.
    fn password(&self, purpose: &str, device: DeviceId) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&device.0.to_be_bytes());
        mac.finalize().into_bytes()[..20].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    }
}

/// What there is to give to one device.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Gifts {
    /// Names below ManagementServer, with values.
    stun: Vec<(&'static str, String)>,
    xmpp: Option<XmppGift>,
}

#[derive(Clone, PartialEq, Eq)]
struct XmppGift {
    username: String,
    password: String,
    domain: String,
    /// ConnReqAllowedJabberIDs: our own address without a resource (rule 296).
    allowed: String,
}

impl Gifts {
    pub fn of(device: DeviceId, keys: &Keys, stun: Option<&StunSettings>, xmpp: Option<&XmppSettings>) -> Self {
        let stun = stun.filter(|stun| stun.provision).map(|stun| {
            vec![
                ("STUNUsername", Keys::username(device)),
                ("STUNPassword", keys.stun_password(device)),
                ("STUNServerAddress", stun.host.clone()),
                ("STUNServerPort", stun.port.to_string()),
                ("STUNMinimumKeepAlivePeriod", stun.keep_alive.to_string()),
                ("STUNEnable", "1".to_owned()),
            ]
        });
        let xmpp = xmpp.filter(|xmpp| !xmpp.device_domain.is_empty()).map(|xmpp| XmppGift {
            username: Keys::username(device),
            password: keys.xmpp_password(device),
            domain: xmpp.device_domain.clone(),
            allowed: Jid::parse(&xmpp.jid).map(|jid| jid.bare().to_string()).unwrap_or_default(),
        });
        Self { stun: stun.unwrap_or_default(), xmpp }
    }

    /// Changes with everything that is given; 0 if there is nothing to give.
    pub fn digest(&self) -> u64 {
        if self.stun.is_empty() && self.xmpp.is_none() {
            return 0;
        }
        let mut hasher = Sha256::new();
        let mut put = |text: &str| {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        };
        for (name, value) in &self.stun {
            put(name);
            put(value);
        }
        if let Some(gift) = &self.xmpp {
            for text in [&gift.username, &gift.password, &gift.domain, &gift.allowed] {
                put(text);
            }
        }
        let digest: [u8; 32] = hasher.finalize().into();
        u64::from_be_bytes(digest[..8].try_into().expect("8 of 32 bytes")).max(1)
    }
}

/// What to set on a device, by its tree: only what it has, lets us set, and does not have yet. Passwords, which read
/// back empty, always: call this only when [`Gifts::digest`] is not the one remembered.
pub(crate) fn wanted(tree: &Tree, record: &DeviceRecord, gifts: &Gifts) -> Vec<ParameterValue> {
    let root = record.data_model.root();
    let mut values = Vec::new();
    let management = format!("{root}ManagementServer.");
    let mut set = |path: String, value: &str| {
        let Some(node) = tree.get(&path).filter(|node| node.writable) else { return };
        let same = node.value.as_deref().is_some_and(|now| node.value_type.same(now, value));
        if is_secret_name(&path) || !same {
            let value_type = if node.value.is_some() { node.value_type } else { usual_type(&path) };
            values.push(ParameterValue { name: path, value: value.to_owned(), value_type, untyped: false });
        }
    };
    // Half of it helps nobody: a device without a name cannot be known by the server.
    let has = |name: &str| tree.get(&format!("{management}{name}")).is_some_and(|node| node.writable);
    if has("STUNEnable") && has("STUNUsername") && has("STUNPassword") {
        for (name, value) in &gifts.stun {
            set(format!("{management}{name}"), value);
        }
    }
    if let Some(gift) = gifts.xmpp.as_ref().filter(|_| has("ConnReqXMPPConnection"))
        && let Some(row) = connection(tree, root, &management)
    {
        let mut connection = |name: &str, value: &str| set(format!("{row}{name}"), value);
        connection("Username", &gift.username);
        connection("Password", &gift.password);
        connection("Domain", &gift.domain);
        connection("Resource", "cwmp");
        connection("UseTLS", "1");
        connection("Enable", "1");
        set(format!("{management}ConnReqAllowedJabberIDs"), &gift.allowed);
        set(format!("{management}ConnReqXMPPConnection"), row.trim_end_matches('.'));
    }
    values
}

/// By the data models, where the device was not asked.
fn usual_type(path: &str) -> ValueType {
    match short_name(path) {
        "STUNEnable" | "UseTLS" | "Enable" => ValueType::Boolean,
        "STUNServerPort" | "STUNMinimumKeepAlivePeriod" => ValueType::UnsignedInt,
        _ => ValueType::String,
    }
}

/// The row of `XMPP.Connection.{i}` for connection requests: the one in use, else the first.
fn connection(tree: &Tree, root: &str, management: &str) -> Option<String> {
    let table = format!("{root}XMPP.Connection.");
    let used = tree.value(&format!("{management}ConnReqXMPPConnection")).unwrap_or_default().trim_end_matches('.');
    let used = format!("{used}.");
    if used.starts_with(&table) && tree.get(&used).is_some() {
        return Some(used);
    }
    let number = |row: &str| row.strip_prefix(table.as_str())?.strip_suffix('.')?.parse::<u32>().ok();
    let rows = tree.children(&table).filter_map(|(row, _)| Some((number(row)?, row)));
    rows.min().map(|(_, row)| row.to_owned())
}

#[cfg(test)]
mod tests;
