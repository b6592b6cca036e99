//! `/api`: the document as a page. Rendered here, without a script, so that the strict policy of the portal holds for it.

use super::document::{Served, members, resolve};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;

/// The page, in the theme that the browser's cookie names.
pub async fn serve(State(served): State<Arc<Served>>, headers: HeaderMap) -> Response {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let theme = match pairs.find(|(name, _)| *name == "theme") {
        Some((_, "dark")) => " data-theme=\"dark\"",
        Some((_, "light")) => " data-theme=\"light\"",
        _ => "",
    };
    let page = format!("<!DOCTYPE html>\n<html lang=\"en\"{theme}>{}</html>\n", served.page);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "cookie"),
    ];
    (headers, page).into_response()
}

/// Head and body of the page.
pub fn render(document: &Value) -> String {
    let mut page = Page { document, html: String::with_capacity(128 << 10) };
    page.put(
        "<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"stylesheet\" href=\"/pkg/lastmile.css\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"><title>API · Lastmile</title></head>\
         <body><main class=\"api\"><header><h1>API</h1><p>",
    );
    page.said(&document["info"]["description"]);
    page.put(
        "</p><p><a href=\"/api/v1/openapi.json\">The whole document (OpenAPI 3.1)</a> · <a href=\"/\">To the portal</a></p>\
         </header><nav class=\"api__contents\" aria-label=\"Contents\">",
    );
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    for tag in &tags {
        page.link("tag", &tag["name"]);
    }
    page.put("<a href=\"#schemas\">Schemas</a></nav>");
    for tag in tags {
        page.put("<section><h2 id=\"tag-");
        page.text(&tag["name"]);
        page.put("\">");
        page.text(&tag["name"]);
        page.put("</h2><p>");
        page.said(&tag["description"]);
        page.put("</p>");
        for (path, methods) in members(&document["paths"]) {
            for (method, operation) in members(methods) {
                if operation["tags"][0] == tag["name"] {
                    page.operation(path, method, operation);
                }
            }
        }
        page.put("</section>");
    }
    page.put("<section><h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in members(&document["components"]["schemas"]) {
        page.put("<details class=\"api__one\" id=\"schema-");
        page.escaped(name);
        page.put("\"><summary><h3 class=\"api__path\">");
        page.escaped(name);
        page.put("</h3></summary><div><p>");
        page.said(&schema["description"]);
        page.put("</p>");
        page.shape(schema);
        page.put("</div></details>");
    }
    page.put("</section></main></body>");
    page.html
}

struct Page<'a> {
    document: &'a Value,
    html: String,
}

impl Page<'_> {
    fn put(&mut self, html: &str) {
        self.html.push_str(html);
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '<' => self.put("&lt;"),
                '>' => self.put("&gt;"),
                '&' => self.put("&amp;"),
                '"' => self.put("&quot;"),
                c => self.html.push(c),
            }
        }
    }

    fn text(&mut self, value: &Value) {
        self.escaped(value.as_str().unwrap_or_default());
    }

    /// A text in which words between backticks are code.
    fn said(&mut self, value: &Value) {
        for (index, part) in value.as_str().unwrap_or_default().split('`').enumerate() {
            if index % 2 == 1 {
                self.put("<code>");
                self.escaped(part);
                self.put("</code>");
            } else {
                self.escaped(part);
            }
        }
    }

    fn link(&mut self, kind: &str, name: &Value) {
        let _ = write!(self.html, "<a href=\"#{kind}-");
        self.text(name);
        self.put("\">");
        self.text(name);
        self.put("</a>");
    }

    fn operation(&mut self, path: &str, method: &str, operation: &Value) {
        self.put("<details class=\"api__one\" id=\"");
        self.text(&operation["operationId"]);
        self.put("\"><summary><span class=\"api__method\">");
        self.escaped(&method.to_uppercase());
        self.put("</span><span class=\"api__path\">");
        self.escaped(path);
        self.put("</span><span class=\"api__say\">");
        self.text(&operation["summary"]);
        self.put("</span></summary><div><p>");
        self.said(&operation["description"]);
        self.put("</p>");
        let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
        if !parameters.is_empty() {
            self.put("<h4>Parameters</h4><dl class=\"api__list\">");
            for parameter in parameters {
                let needed = parameter["required"] == true;
                let place = parameter["in"].as_str().unwrap_or_default();
                self.entry(
                    parameter["name"].as_str().unwrap_or_default(),
                    needed,
                    Some(place),
                    parameter,
                    &parameter["schema"],
                );
            }
            self.put("</dl>");
        }
        for (kind, content) in members(&operation["requestBody"]["content"]) {
            self.put("<h4>Body: <code>");
            self.escaped(kind);
            self.put("</code> ");
            self.kind(&content["schema"]);
            self.put("</h4>");
        }
        self.put("<h4>Answers</h4><dl class=\"api__list\">");
        for (status, answer) in members(&operation["responses"]) {
            self.put("<div><dt><code>");
            self.escaped(status);
            self.put("</code>");
            for (_, content) in members(&answer["content"]) {
                self.put(" ");
                self.kind(&content["schema"]);
            }
            self.put("</dt><dd>");
            self.said(&answer["description"]);
            self.put("</dd></div>");
        }
        self.put("</dl><h4>Example</h4><pre class=\"api__code\">");
        let example = self.example(path, method, operation);
        self.escaped(&example);
        self.put("</pre></div></details>");
    }

    /// What a shell takes.
    fn example(&self, path: &str, method: &str, operation: &Value) -> String {
        let mut filled = path.to_owned();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            let example = match &parameter["example"] {
                Value::String(text) => Some(text.clone()),
                _ => None,
            };
            if parameter["in"] == "path" {
                let usual = match name {
                    "account" => "4711",
                    "serial" => "KSTL00000017",
                    _ => "17",
                };
                filled = filled.replace(&format!("{{{name}}}"), example.as_deref().unwrap_or(usual));
            } else if parameter["required"] == true || example.is_some() {
                let first = parameter["schema"]["enum"][0].as_str().unwrap_or("…").to_owned();
                query.push(format!("{name}={}", example.unwrap_or(first)));
            }
        }
        if !query.is_empty() {
            let _ = write!(filled, "?{}", query.join("&"));
        }
        let mut line = "curl ".to_owned();
        if method != "get" {
            let _ = write!(line, "-X {} ", method.to_uppercase());
        }
        let _ = write!(line, "\"$LASTMILE{filled}\" -H \"Authorization: Bearer $TOKEN\"");
        for (kind, content) in members(&operation["requestBody"]["content"]) {
            if kind == "application/json" {
                let schema =
                    resolve(self.document, &content["schema"]).map_or(&content["schema"], |(_, schema)| schema);
                let _ = write!(line, " -H \"Content-Type: application/json\" -d '{}'", schema["example"]);
            } else {
                line.push_str(" --data-binary @file");
            }
        }
        line
    }

    /// What an object has, or what there is to choose from.
    fn shape(&mut self, schema: &Value) {
        let variants: Vec<&Value> = schema["oneOf"].as_array().into_iter().flatten().collect();
        if !variants.is_empty() {
            for variant in variants {
                self.put("<h4>");
                self.variant(variant);
                self.put("</h4><p>");
                self.said(&variant["description"]);
                self.put("</p>");
                self.object(variant);
            }
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            if part.get("$ref").is_some() {
                self.put("<p>Everything of ");
                self.kind(part);
                self.put(", and:</p>");
            } else {
                self.object(part);
            }
        }
        if schema["properties"].is_object() {
            self.object(schema);
        } else if schema["type"].is_string() {
            self.put("<p>");
            self.kind(schema);
            self.put("</p>");
        }
    }

    /// What a variant is told by.
    fn variant(&mut self, variant: &Value) {
        for (name, schema) in members(&variant["properties"]) {
            if let [Value::String(word)] = schema["enum"].as_array().map_or(&[][..], Vec::as_slice) {
                self.put("<code>");
                self.escaped(&format!("\"{name}\": \"{word}\""));
                self.put("</code>");
                return;
            }
        }
        self.kind(variant);
    }

    fn object(&mut self, schema: &Value) {
        let needed: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let told_apart = |schema: &Value| schema["enum"].as_array().is_some_and(|words| words.len() == 1);
        if members(&schema["properties"]).all(|(_, schema)| told_apart(schema)) {
            return;
        }
        self.put("<dl class=\"api__list\">");
        for (name, property) in members(&schema["properties"]) {
            if !told_apart(property) {
                self.entry(name, needed.contains(&name.as_str()), None, property, property);
            }
        }
        self.put("</dl>");
    }

    fn entry(&mut self, name: &str, needed: bool, place: Option<&str>, about: &Value, schema: &Value) {
        self.put("<div><dt><code>");
        self.escaped(name);
        self.put("</code> ");
        self.kind(schema);
        let mut notes: Vec<String> = place.map(str::to_owned).into_iter().collect();
        if needed {
            notes.push("needed".to_owned());
        }
        for (key, words) in [("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"), ("maxItems", "at most")]
        {
            if let Some(bound) = schema[key].as_u64() {
                notes.push(format!("{words} {bound}"));
            }
        }
        if !notes.is_empty() {
            self.put(" <span>");
            self.escaped(&notes.join(", "));
            self.put("</span>");
        }
        self.put("</dt><dd>");
        self.said(&about["description"]);
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            self.put(" <code>");
            self.escaped(&words.join(" | "));
            self.put("</code>");
        }
        self.put("</dd></div>");
    }

    /// The type in a word or two, with a link where it has a name.
    fn kind(&mut self, schema: &Value) {
        if let Some((name, _)) = resolve(self.document, schema) {
            let name = Value::String(name.to_owned());
            return self.link("schema", &name);
        }
        let either: Vec<&Value> = schema["oneOf"].as_array().into_iter().flatten().collect();
        if !either.is_empty() {
            for (index, one) in either.into_iter().enumerate() {
                self.put(if index > 0 { " or " } else { "" });
                self.kind(one);
            }
            return;
        }
        let words: Vec<&str> = match &schema["type"] {
            Value::String(word) => vec![word],
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if words.contains(&"array") {
            self.put("list of ");
            return self.kind(&schema["items"]);
        }
        self.put("<span>");
        self.escaped(&words.join(" or "));
        self.put("</span>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn w1_what_the_document_says_is_text() {
        let hostile = "<script>alert(1)</script>\"'&`<b>`";
        let document = json!({
            "info": {"description": hostile},
            "tags": [{"name": "T", "description": hostile}],
            "paths": {"/a/{id}": {"get": {
                "tags": ["T"], "operationId": "x", "summary": hostile, "description": hostile,
                "parameters": [{"name": hostile, "in": "query", "description": hostile, "schema": {"type": "string"}}],
                "responses": {"200": {"description": hostile}},
            }}},
            "components": {"schemas": {"S": {"type": "object", "properties": {"a": {"type": "string", "description": hostile}}}}},
        });
        let page = render(&document);
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(page.contains("<code>&lt;b&gt;</code>"));
    }
}
