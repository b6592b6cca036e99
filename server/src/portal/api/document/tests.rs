//! The document is whole, and says what the routes do.

use super::super::{large, small};
use super::*;
use std::collections::BTreeSet;

fn document() -> Value {
    let (_, mut document) = small().split_for_parts();
    document.merge(large().split_for_parts().1);
    finish(document)
}

/// `handler` of each line of the routers, as the source has them.
fn registered() -> BTreeSet<String> {
    let source = include_str!("../../api.rs");
    let calls = source.split("routes!(").skip(1).map(|rest| rest.split(')').next().unwrap());
    calls.flat_map(|list| list.split(',')).map(|handler| handler.trim().to_owned()).collect()
}

/// Every function of the resources with a path of its own is registered: none is documented and not served, and none
/// served by another door.
#[test]
fn n4_every_route_is_in_the_document_and_the_other_way_round() {
    let sources = [
        ("campaigns", include_str!("../campaigns.rs")),
        ("campaigns::devices", include_str!("../campaigns/devices.rs")),
        ("campaigns::log", include_str!("../campaigns/log.rs")),
        ("campaigns::steps", include_str!("../campaigns/steps.rs")),
        ("devices", include_str!("../devices.rs")),
        ("parameters", include_str!("../parameters.rs")),
        ("tasks", include_str!("../tasks.rs")),
        ("diagnostics", include_str!("../diagnostics.rs")),
        ("events", include_str!("../events.rs")),
        ("files", include_str!("../files.rs")),
        ("subscribers", include_str!("../subscribers.rs")),
        ("webhooks", include_str!("../webhooks.rs")),
    ];
    let mut written = BTreeSet::new();
    for (module, source) in sources {
        for part in source.split("#[utoipa::path(").skip(1) {
            let (_, rest) = part.split_once("pub async fn ").unwrap();
            written.insert(format!("{module}::{}", rest.split('(').next().unwrap()));
        }
    }
    assert_eq!(registered(), written);
    // And nothing is routed but through them, the document itself and what is not there.
    let source = include_str!("../../api.rs");
    let others: Vec<_> = source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(others, ["/api/v1/openapi.json", "/api", "/api/{*rest}"]);
    let document = document();
    for (path, methods) in members(&document["paths"]) {
        for (method, _) in members(methods) {
            let method = axum::http::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            assert!(
                crate::portal::permissions::of(&method, path).is_some(),
                "{method} {path} has no line in the table"
            );
        }
    }
    let operations: usize = members(&document["paths"]).map(|(_, methods)| members(methods).count()).sum();
    assert_eq!(operations, written.len());
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = document();
    let mut named = BTreeSet::new();
    walk(&document, &mut |value| {
        if let Some(reference) = value["$ref"].as_str() {
            let (name, _) = resolve(&document, value).unwrap_or_else(|| panic!("{reference} leads nowhere"));
            named.insert(name.to_owned());
        }
    });
    let there: BTreeSet<String> = members(&document["components"]["schemas"]).map(|(name, _)| name.clone()).collect();
    assert_eq!(there, named, "schemas that nobody refers to");
}

#[test]
fn every_operation_is_told_whole() {
    let document = document();
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<&str> = TAGS.iter().map(|(name, _)| *name).collect();
    for (path, methods) in members(&document["paths"]) {
        for (method, operation) in members(methods) {
            let what = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{what}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
            assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{what}");
            // Exactly the parts of the address are said to be there.
            let in_path: BTreeSet<&str> = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let said: BTreeSet<&str> =
                parameters.iter().filter(|one| one["in"] == "path").map(|one| one["name"].as_str().unwrap()).collect();
            assert_eq!(in_path, said, "{what}");
            for parameter in &parameters {
                assert!(parameter["schema"].is_object(), "{what}: {parameter}");
                assert!(parameter["in"] != "path" || parameter["required"] == true, "{what}: {parameter}");
            }
            let answers: Vec<&String> = members(&operation["responses"]).map(|(status, _)| status).collect();
            assert!(answers.iter().any(|status| status.starts_with('2')), "{what}");
            for (status, answer) in members(&operation["responses"]) {
                assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{what} {status}");
                assert!(status == "204" || members(&answer["content"]).count() == 1, "{what} {status}");
            }
            let has_body = matches!(method.as_str(), "post" | "put") && operation.get("requestBody").is_some();
            assert!(!has_body || operation["requestBody"]["required"] == true, "{what}");
        }
    }
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn requests_take_no_members_that_they_do_not_know() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let requests = ["SetValue", "Attribute", "Window", "Argument", "SubscriberPut", "Phone", "WebhookPut", "FleetPart"];
    let of_campaigns = [
        "CampaignPlan",
        "CampaignPut",
        "CampaignWindow",
        "FrozenDays",
        "Audience",
        "AudienceFilter",
        "LeaveOut",
        "Gate",
        "Pace",
        "Patience",
        "Thresholds",
        "FailureLimit",
        "ApprovalAsked",
        "CampaignStart",
        "CampaignPausing",
        "CampaignResuming",
        "CampaignEnding",
        "CampaignRollback",
        "CampaignLimitsPut",
    ];
    for name in requests.into_iter().chain(of_campaigns) {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}: {}", schemas[name]);
    }
    for name in ["TaskRequest", "TestRequest", "ModuleOperation", "CampaignWhat", "StagePlan"] {
        let variants = schemas[name]["oneOf"].as_array().unwrap();
        assert!(variants.len() >= 3, "{name}");
        for variant in variants {
            assert_eq!(variant["additionalProperties"], false, "{name}: {variant}");
        }
    }
}

#[test]
fn of_a_plan_only_its_name_and_what_it_does_are_needed() {
    let schemas = &document()["components"]["schemas"];
    assert_eq!(schemas["CampaignPlan"]["required"], json!(["name", "what"]));
    for name in ["Audience", "AudienceFilter", "LeaveOut", "Gate", "Pace", "Patience", "Thresholds", "CampaignWindow"] {
        let required = schemas[name]["required"].as_array().map_or(0, Vec::len);
        assert_eq!(required, 0, "{name}: {}", schemas[name]);
    }
}

#[test]
fn numbers_without_a_sign_have_their_whole_range() {
    let schemas = &document()["components"]["schemas"];
    let speed = &schemas["SubscriberPut"]["properties"]["plan_up_kbit"];
    assert_eq!((&speed["maximum"], speed.get("format")), (&json!(u32::MAX), None), "{speed}");
    assert_eq!(schemas["Attribute"]["properties"]["notification"]["maximum"], 6);
}

fn walk(value: &Value, look: &mut impl FnMut(&Value)) {
    look(value);
    match value {
        Value::Array(list) => list.iter().for_each(|one| walk(one, look)),
        Value::Object(object) => object.values().for_each(|one| walk(one, look)),
        _ => {}
    }
}
