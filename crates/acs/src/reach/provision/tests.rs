use super::*;
use model::Timestamp;
use model::device::DataModel;
use std::collections::HashSet;

fn keys() -> Keys {
    Keys::new([7; 32])
}

fn stun() -> StunSettings {
    StunSettings { authenticate: false, provision: true, host: "stun.example.net".into(), port: 3478, keep_alive: 30 }
}

fn xmpp() -> XmppSettings {
    XmppSettings {
        jid: "ACS@example.net/lastmile".into(),
        password: "secret".into(),
        host: String::new(),
        port: 5222,
        authorities: None,
        domains: Vec::new(),
        device_domain: "cpe.example.net".into(),
    }
}

fn record(data_model: DataModel) -> DeviceRecord {
    DeviceRecord { id: DeviceId(42), data_model, ..crate::session::tests::record() }
}

/// A tree with writable parameters; those that begin with `-` are read-only.
fn tree(parameters: &[(&str, &str, ValueType)]) -> Tree {
    let mut tree = Tree::default();
    for (path, value, value_type) in parameters {
        let name = path.trim_start_matches('-');
        tree.set_value(name, *value_type, value, Timestamp(1));
        tree.set_info(name, !path.starts_with('-'));
    }
    tree
}

fn stun_tree() -> Tree {
    const S: &str = "InternetGatewayDevice.ManagementServer.";
    let at = |name: &str| format!("{S}{name}");
    tree(&[
        (&at("STUNEnable"), "false", ValueType::Boolean),
        (&at("STUNServerAddress"), "", ValueType::String),
        (&at("STUNServerPort"), "3478", ValueType::UnsignedInt),
        (&at("STUNUsername"), "", ValueType::String),
        (&at("STUNPassword"), "", ValueType::String),
        (&format!("-{}", at("STUNMinimumKeepAlivePeriod")), "10", ValueType::UnsignedInt),
    ])
}

fn set(tree: &Tree, record: &DeviceRecord, gifts: &Gifts) -> Vec<(String, String)> {
    let short = |name: &str| name.rsplit('.').next().unwrap().to_owned();
    wanted(tree, record, gifts).into_iter().map(|value| (short(&value.name), value.value)).collect()
}

#[test]
fn stun_is_set_where_the_device_has_it() {
    let record = record(DataModel::Tr098);
    let gifts = Gifts::of(record.id, &keys(), Some(&stun()), None);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // Not the port, which is right, nor the period, which is read-only.
    assert_eq!(
        set(&stun_tree(), &record, &gifts),
        [
            pair("STUNUsername", "lm-42"),
            pair("STUNPassword", &keys().stun_password(DeviceId(42))),
            pair("STUNServerAddress", "stun.example.net"),
            pair("STUNEnable", "1"),
        ]
    );
    assert_eq!(set(&Tree::default(), &record, &gifts), [], "a device without STUN");
    let mut half = stun_tree();
    half.set_info("InternetGatewayDevice.ManagementServer.STUNPassword", false);
    assert_eq!(set(&half, &record, &gifts), [], "a name without a password is of no use");
    let off = StunSettings { provision: false, ..stun() };
    assert_eq!(set(&stun_tree(), &record, &Gifts::of(record.id, &keys(), Some(&off), None)), []);
}

#[test]
fn rule_299_an_xmpp_account_is_set_where_the_device_has_a_connection() {
    let record = record(DataModel::Tr181);
    let gifts = Gifts::of(record.id, &keys(), None, Some(&xmpp()));
    let device = tree(&[
        ("Device.ManagementServer.ConnReqXMPPConnection", "", ValueType::String),
        ("Device.ManagementServer.ConnReqAllowedJabberIDs", "", ValueType::String),
        ("Device.XMPP.Connection.2.Enable", "0", ValueType::Boolean),
        ("Device.XMPP.Connection.2.Username", "", ValueType::String),
        ("Device.XMPP.Connection.2.Password", "", ValueType::String),
        ("Device.XMPP.Connection.2.Domain", "cpe.example.net", ValueType::String),
        ("Device.XMPP.Connection.10.Enable", "0", ValueType::Boolean),
    ]);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        set(&device, &record, &gifts),
        [
            pair("Username", "lm-42"),
            pair("Password", &keys().xmpp_password(DeviceId(42))),
            pair("Enable", "1"),
            pair("ConnReqAllowedJabberIDs", "acs@example.net"),
            pair("ConnReqXMPPConnection", "Device.XMPP.Connection.2"),
        ]
    );
    let mut used = device.clone();
    used.set_value(
        "Device.ManagementServer.ConnReqXMPPConnection",
        ValueType::String,
        "Device.XMPP.Connection.10",
        Timestamp(2),
    );
    assert_eq!(
        set(&used, &record, &gifts),
        [pair("Enable", "1"), pair("ConnReqAllowedJabberIDs", "acs@example.net")],
        "the one in use is kept"
    );
    let without_rows = tree(&[("Device.ManagementServer.ConnReqXMPPConnection", "", ValueType::String)]);
    assert_eq!(set(&without_rows, &record, &gifts), []);
}

#[test]
fn names_and_passwords_are_of_one_device_and_one_purpose() {
    let mut seen = HashSet::new();
    for id in 1..50 {
        let device = DeviceId(id);
        assert!(seen.insert(keys().stun_password(device)) && seen.insert(keys().xmpp_password(device)));
        assert_eq!(Keys::device(Keys::username(device).as_bytes()), Some(device));
    }
    assert_eq!(keys().stun_password(DeviceId(1)), keys().stun_password(DeviceId(1)));
    assert_ne!(keys().stun_password(DeviceId(1)), Keys::new([8; 32]).stun_password(DeviceId(1)));
    for other in ["", "42", "lm-", "lm-x", "lm-042", "lm-+42", "LM-42", "lm-42 "] {
        assert_eq!(Keys::device(other.as_bytes()), None, "{other:?}");
    }
}

#[test]
fn the_digest_changes_with_what_is_given() {
    let of =
        |stun: Option<&StunSettings>, xmpp: Option<&XmppSettings>| Gifts::of(DeviceId(1), &keys(), stun, xmpp).digest();
    assert_eq!(of(None, None), 0);
    let all = [
        of(Some(&stun()), None),
        of(None, Some(&xmpp())),
        of(Some(&stun()), Some(&xmpp())),
        of(Some(&StunSettings { host: String::new(), ..stun() }), None),
    ];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    assert_eq!(of(Some(&stun()), None), of(Some(&stun()), None));
}
