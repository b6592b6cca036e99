//! The document of the API (OpenAPI 3.1), made from the code: what utoipa gathers from the routes, completed with what all
//! of them have in common.

use super::problem::Problem;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use utoipa::openapi::{ComponentsBuilder, OpenApi};
use utoipa::{PartialSchema, ToSchema};

/// What each group of operations is about.
const TAGS: [(&str, &str); 8] = [
    ("Devices", "Routers, and what is known of them."),
    ("Tasks", "What routers are asked to do."),
    ("Campaigns", "The same for many routers, in stages with gates between. Approving is for people, in the portal."),
    ("Diagnostics", "Tests that routers run by themselves."),
    ("Events", "What happened."),
    ("Files", "Firmware and what else routers load, and what they sent."),
    ("Subscribers", "People and firms with a line, and which router is at whose."),
    ("Webhooks", "Other programs that are told of what happens."),
];

const ABOUT: &str = "For programs that work with Lastmile. Every request shows a token: `Authorization: Bearer …`. Times are UTC \
(RFC 3339). Lists come page by page: `next` of one is the `cursor` of the following. What goes wrong is said as RFC 9457 has it.";

/// Statuses that any request may be answered with.
const ALWAYS: [(&str, &str); 6] = [
    ("400", "The address, the query or the body cannot be read."),
    ("401", "No token, or one that is wrong, expired or revoked."),
    ("403", "The token may not do that."),
    ("404", "There is no such thing, or not for this token."),
    ("429", "Too many requests; Retry-After says how long to wait."),
    ("503", "The database does not answer; nothing was changed."),
];

/// Statuses of requests that change something.
const CHANGING: [(&str, &str); 5] = [
    ("408", "The body took too long."),
    ("409", "It contradicts what is there."),
    ("413", "The body is too large."),
    ("415", "The body is not said to be what it has to be."),
    ("422", "Something in it is wrong: see `errors`."),
];

/// The document as it is served.
pub fn finish(mut document: OpenApi) -> Value {
    let mut components = ComponentsBuilder::from(document.components.take().unwrap_or_default());
    components = components.schema_from::<Problem>();
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    document.components = Some(components.schemas_from_iter(schemas).build());
    let mut document = serde_json::to_value(&document).expect("the document is JSON");
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "Lastmile",
        "version": env!("CARGO_PKG_VERSION"),
        "description": ABOUT,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["servers"] = json!([{"url": "/"}]);
    document["tags"] = TAGS.map(|(name, about)| json!({"name": name, "description": about})).into();
    document["security"] = json!([{"token": []}]);
    document["components"]["securitySchemes"] = json!({
        "token": {"type": "http", "scheme": "bearer", "description": "A token of Settings, API tokens."}
    });
    each_operation(&mut document, |method, operation| {
        let problem = |said: &str| {
            json!({
                "description": said,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            })
        };
        let answers = operation["responses"].as_object_mut().expect("an operation has answers");
        let changing = CHANGING.iter().filter(|_| method != "get");
        for (status, said) in ALWAYS.iter().chain(changing) {
            answers.entry(*status).or_insert_with(|| problem(said));
        }
    });
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (name, schema) in schemas {
            close_variants(name, schema);
            // Pages name what they have in them.
            if let Some(item) = name.strip_prefix("Page_") {
                schema["properties"]["items"]["items"] = json!({"$ref": format!("#/components/schemas/{item}")});
            }
        }
    }
    unsign(&mut document);
    document
}

/// Numbers from 0 on have 32 bits without a sign, which `int32` does not say.
fn unsign(value: &mut Value) {
    if value["format"] == "int32" && value["minimum"] == 0 {
        let object = value.as_object_mut().expect("it has members");
        object.remove("format");
        object.entry("maximum").or_insert_with(|| json!(u32::MAX));
    }
    match value {
        Value::Array(list) => list.iter_mut().for_each(unsign),
        Value::Object(object) => object.values_mut().for_each(unsign),
        _ => {}
    }
}

/// Objects of requests that are told apart by a member take no members that they do not know.
fn close_variants(name: &str, schema: &mut Value) {
    const OF_REQUESTS: [&str; 5] = ["TaskRequest", "TestRequest", "ModuleOperation", "CampaignWhat", "StagePlan"];
    if !OF_REQUESTS.contains(&name) {
        return;
    }
    for variant in schema["oneOf"].as_array_mut().into_iter().flatten() {
        if variant["type"] == "object" {
            variant["additionalProperties"] = json!(false);
        }
    }
}

fn each_operation(document: &mut Value, mut work: impl FnMut(&str, &mut Value)) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            if operation.get("responses").is_some() {
                work(method, operation);
            }
        }
    }
}

/// The document as bytes, and as a page: made once.
pub struct Served {
    pub json: String,
    pub page: String,
}

impl Served {
    pub fn new(document: &Value) -> Self {
        Self { json: document.to_string(), page: super::page::render(document) }
    }
}

/// `/api/v1/openapi.json`.
pub async fn serve(State(served): State<Arc<Served>>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, served.json.clone()).into_response()
}

/// What a reference names, inside the document.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> Option<(&'a str, &'a Value)> {
    let name = schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")?;
    Some((name, document["components"]["schemas"].get(name)?))
}

/// The members of an object of JSON, if it is one.
pub fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NONE).iter()
}

#[cfg(test)]
mod tests;
