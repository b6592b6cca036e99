//! What the log does not say.

use crate::knowledge::is_secret;
use model::task::is_secret_name;
use serde_json::{Map, Value};

/// What stands in the place of a secret.
const MASK: &str = "***";
/// Fields whose contents may hold a secret whatever the names around them are: vendors' own XML, vouchers, what is typed
/// for a restore.
const WHOLE: [&str; 3] = ["body", "vouchers", "secrets"];
/// Fields of an object with a `path` that hold the parameter's value.
const VALUES: [&str; 4] = ["value", "before", "after", "wanted"];

/// The value without secrets: fields that are named like one, values of parameters that are one, and passwords in
/// addresses.
pub fn masked(value: Value) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(masked).collect()),
        Value::Object(object) => Value::Object(object_masked(object)),
        Value::String(text) => Value::String(without_password(text)),
        other => other,
    }
}

fn object_masked(object: Map<String, Value>) -> Map<String, Value> {
    let of_secret = object.get("path").and_then(Value::as_str).is_some_and(is_secret);
    let hidden = |name: &str| {
        is_secret_name(name) || WHOLE.contains(&name) || (of_secret && VALUES.contains(&name)) || is_secret_path(name)
    };
    object
        .into_iter()
        .map(
            |(name, value)| {
                if hidden(&name) && says_something(&value) { (name, MASK.into()) } else { (name, masked(value)) }
            },
        )
        .collect()
}

/// Names may be paths of parameters, too.
fn is_secret_path(name: &str) -> bool {
    name.contains('.') && is_secret(name)
}

/// What is empty hides nothing; that there is none is worth knowing.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Number(_) => true,
    }
}

/// `http://user:password@host/` with the password masked.
fn without_password(text: String) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some((login, host)) = rest[..end].rsplit_once('@') else { return text };
    let Some((user, _)) = login.split_once(':') else { return text };
    format!("{scheme}://{user}:{MASK}@{host}{}", &rest[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_secret_is_left() {
        let before = json!({
            "password": "canary", "Token_Secret": "canary", "name": "kept", "pin": "canary", "password_set": true,
            "values": [
                {"path": "Device.WiFi.AccessPoint.1.Security.KeyPassphrase", "value": "canary", "before": "canary"},
                {"path": "Device.WiFi.Radio.1.Channel", "value": "6"},
            ],
            "secrets": [{"path": "x", "value": "canary"}],
            "changed": {"Device.PPP.Interface.1.Password": "canary", "Device.PPP.Interface.1.Username": "kept"},
            "test": {"url": "http://user:canary@host/x?y@z"},
            "body": "<a>canary</a>", "vouchers": ["canary"],
            "empty": {"password": ""},
        });
        let after = masked(before);
        let text = after.to_string();
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(after["test"]["url"], "http://user:***@host/x?y@z");
        assert_eq!(after["values"][1]["value"], "6");
        assert_eq!(after["changed"]["Device.PPP.Interface.1.Username"], "kept");
        assert_eq!((&after["empty"]["password"], &after["name"]), (&json!(""), &json!("kept")));
    }

    #[test]
    fn addresses_without_a_password_stay() {
        for text in ["http://host/a@b:c", "no address", "http://user@host/", "a://b"] {
            assert_eq!(without_password(text.to_owned()), text);
        }
    }
}
