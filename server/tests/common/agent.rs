//! An agent's browser, as far as the server can tell: server functions, uploads.

use super::{Server, http};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// An agent's browser, as far as the server can tell.
pub struct Agent {
    pub portal: SocketAddr,
    pub cookie: String,
}

impl Agent {
    /// The first one, who may do everything.
    pub fn administrator(server: &Server) -> Self {
        Self { portal: server.portal, cookie: server.administrator() }
    }

    /// Calls a server function; `Err` if the server is not there.
    pub fn call(&self, function: &str, arguments: &Value) -> Result<Value, String> {
        let origin = format!("http://{}", self.portal);
        let headers =
            [("Origin", origin.as_str()), ("Content-Type", "application/json"), ("Accept", "application/json")];
        let path = format!("/fn/{function}");
        let request = http::request("POST", self.portal, &path, Some(&self.cookie), &headers, &arguments.to_string());
        let answer = http::exchange(self.portal, request.as_bytes());
        if answer.status != 200 {
            return Err(format!("{function} {arguments}: {} {}", answer.status, answer.text()));
        }
        serde_json::from_str(&answer.text()).map_err(|error| error.to_string())
    }

    /// The same for a function that a form can call.
    pub fn form(&self, function: &str, fields: &[(&str, &str)]) -> http::Answer {
        let origin = format!("http://{}", self.portal);
        let kind = "application/x-www-form-urlencoded";
        let headers = [("Origin", origin.as_str()), ("Content-Type", kind), ("Accept", "application/json")];
        let path = format!("/fn/{function}");
        let request = http::request("POST", self.portal, &path, Some(&self.cookie), &headers, &http::form(fields));
        http::exchange(self.portal, request.as_bytes())
    }

    pub fn devices(&self) -> Vec<Value> {
        let mut found = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let query = json!({"query": {"sort": "serial", "limit": 200, "cursor": cursor}});
            let page = self.call("devices", &query).unwrap();
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            cursor = page["next"].clone();
            if cursor.is_null() {
                return found;
            }
        }
    }

    pub fn tasks(&self, device: &Value) -> Vec<Value> {
        let page = self.call("device/tasks", &json!({"device": device, "cursor": null})).unwrap();
        page["items"].as_array().unwrap().clone()
    }

    /// The device with this serial number, once it is known.
    pub fn device(&self, serial: &str) -> i64 {
        super::eventually(serial, || {
            let devices = self.devices();
            devices.iter().find(|row| row["identity"]["serial"] == serial).and_then(|row| row["id"].as_i64())
        })
    }

    /// Asks for something; the number of the task.
    pub fn task(&self, device: i64, kind: &Value) -> i64 {
        self.call("device/task", &json!({ "device": device, "kind": kind })).unwrap()["id"].as_i64().unwrap()
    }

    /// The task as it is now.
    pub fn look(&self, device: i64, task: i64) -> Value {
        self.tasks(&json!(device)).into_iter().find(|one| one["id"] == task).unwrap()
    }

    /// The task once it has ended.
    pub fn end(&self, device: i64, task: i64) -> Value {
        let mut last = Value::Null;
        let started = Instant::now();
        while !ended(&last) {
            assert!(started.elapsed() < Duration::from_mins(1), "not within a minute: {last:#}");
            std::thread::sleep(Duration::from_millis(100));
            last = self.look(device, task);
        }
        last
    }

    /// Uploads a file as the portal's page does; what a task needs of it.
    pub fn upload(&self, input: &Value, content: &[u8]) -> Value {
        let input = input.to_string();
        let input = percent_encoding::utf8_percent_encode(&input, percent_encoding::NON_ALPHANUMERIC);
        let Self { portal, cookie } = self;
        let head = format!(
            "POST /files/upload?input={input} HTTP/1.1\r\nHost: {portal}\r\nOrigin: http://{portal}\r\n\
             Cookie: {cookie}\r\nContent-Length: {}\r\n\r\n",
            content.len()
        );
        let answer = http::exchange(self.portal, &[head.as_bytes(), content].concat());
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str::<Value>(&answer.text()).unwrap()["file"].clone()
    }
}

/// Whether nothing more will happen with a task, or whether a step is its last.
pub fn ended(task: &Value) -> bool {
    ["verified", "failed", "different", "cancelled"].contains(&task["state"].as_str().unwrap_or_default())
}

/// Waits, with a limit far above what a slow machine needs.
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_mins(3), "{what}: not within three minutes");
        std::thread::sleep(Duration::from_millis(200));
    }
}
