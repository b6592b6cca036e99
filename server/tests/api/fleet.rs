//! Routers, what they are asked to do, what they find, what happens to them, and files: with simulated ones.

use super::common::agent::wait_for;
use super::common::http::{Answer, exchange, request};
use super::common::world::World;
use super::{make, problem};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write as _;

/// A program that works with a fleet.
pub struct Desk {
    pub world: World,
    pub token: String,
}

impl Desk {
    pub fn new(devices: u32) -> Self {
        Self::with(devices, "")
    }

    /// With more settings, in TOML.
    pub fn with(devices: u32, settings: &str) -> Self {
        let world = World::of("kestrel-hg645", devices, settings).discovered();
        let token = make(&world.server, "administrator");
        Self { world, token }
    }

    pub fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let (portal, bearer) = (self.world.server.portal, format!("Bearer {}", self.token));
        let mut headers = vec![("Authorization", bearer.as_str())];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        let path = format!("/api/v1{path}");
        exchange(portal, request(method, portal, &path, None, &headers, body).as_bytes())
    }

    pub fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, "");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        serde_json::from_str(&answer.text()).unwrap()
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.send("POST", path, &body.to_string());
        assert!([200, 201].contains(&answer.status), "{path} {body}: {answer:?}");
        let body: Value = serde_json::from_str(&answer.text()).unwrap();
        if let Some(location) = answer.header("location") {
            assert!(location.ends_with(&format!("/{}", body["id"])), "{location}");
        }
        body
    }

    /// All entries of a list, page by page.
    pub fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(&format!("{path}{mark}limit={limit}{cursor}"));
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= limit);
            found.extend(items.iter().cloned());
            let Some(next) = page["next"].as_str() else { return found };
            cursor = format!("&cursor={next}");
        }
    }

    fn ended(&self, path: &str) -> Value {
        let mut last = Value::Null;
        wait_for(path, || {
            last = self.get(path);
            last["ended"] == true
        });
        last
    }
}

pub fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.len() == 24 && text.ends_with('Z') && &text[10..11] == "T"
}

#[test]
fn routers_are_listed_filtered_and_read() {
    let desk = Desk::new(5);
    let all = desk.all("/devices?sort=serial", 2);
    assert_eq!(all.len(), 5);
    let serials: Vec<&str> = all.iter().map(|one| one["serial"].as_str().unwrap()).collect();
    assert!(serials.is_sorted() && serials.iter().collect::<HashSet<_>>().len() == 5, "{serials:?}");
    let turned = desk.all("/devices?sort=serial&descending=true", 3);
    assert!(turned.iter().map(|one| one["serial"].as_str().unwrap()).is_sorted_by(|a, b| a > b));
    let one = &all[0];
    assert_eq!(
        (&one["presence"], &one["data_model"], &one["enrolment"]),
        (&json!("online"), &json!("tr181"), &json!("approved"))
    );
    assert!(is_time(&one["last_inform"]) && is_time(&one["first_seen"]), "{one}");
    assert_eq!(desk.all(&format!("/devices?text={}", serials[3]), 50).len(), 1);
    assert_eq!(desk.all("/devices?presence=offline", 50).len(), 0);
    let model = one["model"].as_str().unwrap();
    assert_eq!(desk.all(&format!("/devices?model={}&stuck=false", model.replace(' ', "%20")), 50).len(), 5);

    let id = one["id"].as_i64().unwrap();
    let details = desk.get(&format!("/devices/{id}"));
    assert_eq!(details["serial"], one["serial"]);
    assert!(details["parameters"].as_u64().unwrap() > 100 && is_time(&details["parameters_read_at"]), "{details}");
    assert!(details["reach"]["state"].is_string() && details["cwmp_version"].is_string());
    assert_eq!(desk.send("GET", "/devices/999999", "").status, 404);
    assert_eq!(desk.send("GET", "/devices/one", "").status, 404);

    // I1 and I2: what is not understood is refused by name; what is no number, word or cursor of ours does nothing.
    for (wrong, field) in [
        ("colour=red", "colour"),
        ("presence=asleep", "presence"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("sort=id%3B%20DROP%20TABLE%20device", "sort"),
        ("cursor=n5", "cursor"),
        ("cursor=", "cursor"),
    ] {
        let answer = desk.send("GET", &format!("/devices?{wrong}"), "");
        assert_eq!(answer.status, 400, "{wrong}");
        assert_eq!(problem(&answer)["errors"][0]["field"], field, "{answer:?}");
    }
    for text in ["%25", "_", "%5C", "%27%20OR%201%3D1%20--", "%22%00", "%F0%9F%92%A5"] {
        let found = desk.send("GET", &format!("/devices?text={text}&model={text}"), "");
        assert_eq!(found.status, 200, "{text}");
        assert!(
            found.text().starts_with("{\"items\":[]"),
            "{text}: literal, so that it fits nothing: {}",
            found.text()
        );
    }
    // A cursor is of its list, with its filter, alone.
    let cursor = desk.get("/devices?limit=2")["next"].as_str().unwrap().to_owned();
    assert_eq!(desk.send("GET", &format!("/devices?limit=3&cursor={cursor}"), "").status, 200);
    for other in ["/devices?sort=model", "/devices?presence=online", "/subscribers?limit=2", "/events?limit=1"] {
        let answer = desk.send("GET", &format!("{other}&cursor={cursor}"), "");
        assert_eq!((answer.status, &problem(&answer)["errors"][0]["field"]), (400, &json!("cursor")), "{other}");
    }
}

#[test]
fn parameters_are_told_with_age_and_type_and_secrets_to_nobody() {
    let desk = Desk::new(1);
    let id = desk.world.id(0);
    let wifi = desk.all(&format!("/devices/{id}/parameters?path=Device.WiFi."), 50);
    assert!(wifi.len() > 20, "{}", wifi.len());
    assert!(wifi.iter().all(|one| one["path"].as_str().unwrap().starts_with("Device.WiFi.")));
    assert!(wifi.iter().map(|one| one["path"].as_str().unwrap()).is_sorted_by(|a, b| a < b));
    let channel = wifi.iter().find(|one| one["path"] == "Device.WiFi.Radio.1.Channel").unwrap();
    assert_eq!(
        (&channel["type"], &channel["writable"], &channel["secret"]),
        (&json!("unsignedInt"), &json!(true), &json!(false))
    );
    assert!(is_time(&channel["read_at"]) && channel["age_seconds"].as_i64().unwrap() < 600, "{channel}");
    // N5: a password is never told, even if the router tells it.
    let secrets: Vec<_> = wifi.iter().filter(|one| one["secret"] == true).collect();
    assert!(!secrets.is_empty() && secrets.iter().all(|one| one["value"].is_null()), "{secrets:?}");
    let single = desk.all(&format!("/devices/{id}/parameters?path=Device.WiFi.Radio.1.Channel"), 50);
    assert_eq!(single.len(), 1);
    assert_eq!(desk.all(&format!("/devices/{id}/parameters?path=Device.Nothing."), 50).len(), 0);
    let whole = desk.get(&format!("/devices/{id}"))["parameters"].as_u64().unwrap();
    assert_eq!(desk.all(&format!("/devices/{id}/parameters"), 1000).len() as u64, whole);
    for wrong in ["limit=1001".to_owned(), format!("path={}", "a".repeat(300))] {
        assert_eq!(desk.send("GET", &format!("/devices/{id}/parameters?{wrong}"), "").status, 400);
    }
}

#[test]
fn tasks_are_created_watched_and_cancelled() {
    let desk = Desk::new(1);
    let id = desk.world.id(0);
    let set = json!({"kind": "set_values", "values": [{"path": "Device.WiFi.Radio.1.Channel", "value": "11"}]});
    let task = desk.post(&format!("/devices/{id}/tasks"), &set);
    assert_eq!(
        (&task["request"]["kind"], &task["by"], &task["device"]),
        (&json!("set_values"), &json!("CRM"), &json!(id))
    );
    let task = desk.ended(&format!("/tasks/{}", task["id"]));
    assert_eq!(
        (&task["state"], &task["outcome"]["changes"][0]["after"]),
        (&json!("verified"), &json!("11")),
        "{task:#}"
    );
    assert!(task["steps"].as_array().unwrap().iter().all(|step| is_time(&step["at"])));

    // N5: a password that is set is not told again.
    let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";
    let secret = json!({"kind": "set_values", "values": [{"path": path, "value": "canary-hunter22"}]});
    let task = desk.post(&format!("/devices/{id}/tasks"), &secret);
    let ended = desk.ended(&format!("/tasks/{}", task["id"]));
    assert!(!task.to_string().contains("canary") && !ended.to_string().contains("canary"), "{ended:#}");
    let whole = [
        desk.send("GET", &format!("/devices/{id}/events?limit=200"), "").text(),
        desk.send("GET", "/events?limit=200", "").text(),
        desk.send("GET", &format!("/devices/{id}/tasks"), "").text(),
        desk.send("GET", &format!("/devices/{id}/parameters?path=Device.WiFi."), "").text(),
    ];
    assert!(!whole.concat().contains("canary-hunter22"));

    // One that waits can be taken back, once.
    let later = json!({"kind": "schedule_inform", "delay_seconds": 600});
    desk.world.cpe(0).power_off();
    let task = desk.post(&format!("/devices/{id}/tasks"), &later);
    let cancel = format!("/tasks/{}/cancel", task["id"]);
    let cancelled: Value = serde_json::from_str(&desk.send("POST", &cancel, "").text()).unwrap();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled:#}");
    assert_eq!(desk.send("POST", &cancel, "").status, 422);
    // Twice the same reboot is one.
    let reboot = |_| desk.send("POST", &format!("/devices/{id}/tasks"), "{\"kind\":\"reboot\"}");
    let [first, second] = [1, 2].map(reboot);
    assert_eq!((first.status, second.status), (201, 200));
    assert_eq!(first.header("location"), second.header("location"));

    let all = desk.all(&format!("/devices/{id}/tasks"), 2);
    assert!(all.len() >= 4 && all.iter().map(|one| one["id"].as_i64().unwrap()).is_sorted_by(|a, b| a > b));
    let ids = all.iter().map(|one| one["id"].to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(desk.get(&format!("/tasks?ids={ids},999999"))["items"].as_array().unwrap().len(), all.len());

    for (wrong, status, field) in [
        (json!({"kind": "explode"}), 400, "kind"),
        (json!({"kind": "reboot", "delay": 5}), 400, "delay"),
        (json!({"kind": "set_values", "values": [{"path": "Device.X", "value": 5}]}), 400, ""),
        (json!({"kind": "set_values", "values": [{"path": "Device.X", "valeu": "5"}]}), 400, "valeu"),
        (json!({"kind": "refresh", "paths": vec!["Device."; 501]}), 422, "paths"),
        (json!({"kind": "download", "file": 999_999}), 404, ""),
        (json!({"kind": "set_values", "values": []}), 422, ""),
    ] {
        let answer = desk.send("POST", &format!("/devices/{id}/tasks"), &wrong.to_string());
        assert_eq!(answer.status, status, "{wrong}: {answer:?}");
        let problem = problem(&answer);
        let named = problem["errors"][0]["field"].as_str().unwrap_or_default();
        assert!(field.is_empty() || named == field, "{problem}");
    }
    // I2: a list of a million numbers is turned away.
    let mut ids = String::from("1");
    (2..20_000).for_each(|n| write!(ids, ",{n}").unwrap());
    let answer = desk.send("GET", &format!("/tasks?ids={}", &ids[..50_000]), "");
    assert_eq!(answer.status, 400);
    let many = format!("{{\"kind\":\"refresh\",\"paths\":[{}\"\"]}}", "\"Device.\",".repeat(1_000_000));
    assert_eq!(desk.send("POST", &format!("/devices/{id}/tasks"), &many[..300_000]).status, 413);
}

#[test]
fn tests_run_and_tell_what_they_found() {
    let desk = Desk::new(1);
    let id = desk.world.id(0);
    let test =
        desk.post(&format!("/devices/{id}/diagnostics"), &json!({"test": "ping", "host": "192.0.2.1", "count": 4}));
    assert_eq!((&test["test"]["count"], &test["test"]["size"]), (&json!(4), &json!(56)), "what is usual is filled in");
    let test = desk.ended(&format!("/diagnostics/{}", test["id"]));
    assert_eq!(
        (&test["state"], &test["result"]["kind"], &test["result"]["answered"]),
        (&json!("verified"), &json!("ping"), &json!(4)),
        "{test:#}"
    );
    assert_eq!(desk.all(&format!("/devices/{id}/diagnostics"), 1)[0]["id"], test["id"]);
    let refresh = desk.post(&format!("/devices/{id}/tasks"), &json!({"kind": "refresh", "paths": ["Device.WiFi."]}));
    assert_eq!(desk.send("GET", &format!("/diagnostics/{}", refresh["id"]), "").status, 404, "no test");
    for wrong in [json!({"test": "ping"}), json!({"test": "ping", "host": "a", "hots": "b"}), json!({"test": "guess"})]
    {
        let answer = desk.send("POST", &format!("/devices/{id}/diagnostics"), &wrong.to_string());
        assert_eq!(answer.status, 400, "{answer:?}");
    }
}

#[test]
fn what_happens_is_followed_without_gaps() {
    let desk = Desk::new(3);
    let first = desk.get("/events?limit=4");
    assert_eq!((first["items"].as_array().unwrap().len(), &first["more"]), (4, &json!(true)));
    let (mut events, mut cursor) = (Vec::new(), String::new());
    let mut follow = |kinds: &str| {
        loop {
            let page = desk.get(&format!("/events?limit=7{cursor}{kinds}"));
            events.extend(page["items"].as_array().unwrap().iter().cloned());
            cursor = format!("&cursor={}", page["next"].as_str().unwrap());
            if page["more"] == false {
                return events.clone();
            }
        }
    };
    let events = follow("");
    let ids: Vec<i64> = events.iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let serials: HashSet<&str> = events.iter().map(|one| one["device"]["serial"].as_str().unwrap()).collect();
    assert_eq!(serials.len(), 3);
    assert!(events.iter().all(|one| is_time(&one["at"]) && one["what"]["kind"].is_string()));

    // From now on: what happens next, and nothing of before.
    let now = desk.get("/events?from=now");
    assert_eq!(now["items"], json!([]));
    let id = desk.world.id(1);
    let task = desk.post(&format!("/devices/{id}/tasks"), &json!({"kind": "refresh", "paths": ["Device.WiFi."]}));
    desk.ended(&format!("/tasks/{}", task["id"]));
    let mut cursor = now["next"].as_str().unwrap().to_owned();
    wait_for("the end of the task in the feed", || {
        let page = desk.get(&format!("/events?kinds=task_ended&cursor={cursor}"));
        page["next"].as_str().unwrap().clone_into(&mut cursor);
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["what"]["task"] == task["id"] && one["device"]["id"] == id)
    });
    for wrong in ["kinds=explosion", "from=yesterday", "cursor=AAAA", "limit=500"] {
        assert_eq!(desk.send("GET", &format!("/events?{wrong}"), "").status, 400, "{wrong}");
    }

    let timeline = desk.all(&format!("/devices/{id}/events"), 3);
    assert!(timeline.iter().any(|one| one["what"]["kind"] == "first_contact"), "{timeline:?}");
    let tasks = desk.all(&format!("/devices/{id}/events?group=tasks&by=CRM"), 50);
    assert!(tasks.iter().all(|one| one["what"]["kind"] == "task_ended"), "{tasks:?}");
    assert_eq!(desk.send("GET", "/devices/999999/events", "").status, 404);
}

#[test]
fn files_are_uploaded_listed_loaded_and_deleted() {
    let desk = Desk::new(1);
    let (portal, bearer) = (desk.world.server.portal, format!("Bearer {}", desk.token));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/octet-stream")];
    let upload = |query: &str, content: &str| {
        let path = format!("/api/v1/files?{query}");
        exchange(portal, request("POST", portal, &path, None, &headers, content).as_bytes())
    };
    let made = upload("name=ring%20%22tone%22%20%C3%A9&type=tone&models=HG645,HG646&notes=n", "content");
    assert_eq!(made.status, 201, "{made:?}");
    let file: Value = serde_json::from_str(&made.text()).unwrap();
    assert_eq!((&file["type"], &file["size"], &file["by"]), (&json!("tone"), &json!(7), &json!("CRM")));
    assert_eq!(file["models"], json!(["HG645", "HG646"]));
    let id = file["id"].as_i64().unwrap();
    assert_eq!(desk.get(&format!("/files/{id}")), file);
    let content = desk.send("GET", &format!("/files/{id}/content"), "");
    assert_eq!(content.text(), "content");
    // W6, F1, I3: an attachment whatever it is called.
    let said = content.header("content-disposition").unwrap();
    assert!(said.starts_with("attachment; filename=\"") && !said.contains(['/', '\r', '\n']), "{said}");
    assert_eq!(content.header("x-content-type-options"), Some("nosniff"));
    let sha256 = file["sha256"].as_str().unwrap();
    let said = "versions=2-b7,V2&hardware=A1,A2&min_version=1.9";
    let second = upload(&format!("name=b&type=firmware&version=2&{said}&sha256={sha256}"), "content");
    assert_eq!(second.status, 201, "{second:?}");
    let image: Value = serde_json::from_str(&second.text()).unwrap();
    assert_eq!((&image["versions"], &image["hardware"]), (&json!(["2-b7", "V2"]), &json!(["A1", "A2"])));
    assert_eq!((&image["min_version"], &image["signed_by"]), (&json!("1.9"), &Value::Null));
    let list = desk.all("/files", 1);
    assert_eq!(list.len(), 2);
    assert_eq!(desk.all("/files?origin=routers", 50).len(), 0);
    for (wrong, status) in [
        ("name=a", 400),
        ("name=a%0d%0ab&type=tone", 422),
        ("name=..%2F..%2Fetc%2Fpasswd&type=tone", 422),
        ("name=a&type=poem", 400),
        ("name=a&type=vendor", 422),
        ("name=a&type=tone&vendor_type=X%20A%20B", 422),
        ("name=a&type=log", 422),
        ("name=a&type=tone&hardware=A1", 422),
        ("name=a&type=firmware&signature=AAAA", 422),
        (&format!("name=a&type=tone&sha256={}", "0".repeat(64)), 422),
    ] {
        let answer = upload(wrong, "content");
        assert_eq!(answer.status, status, "{wrong}: {answer:?}");
        problem(&answer);
    }
    assert_eq!(desk.send("DELETE", &format!("/files/{id}"), "").status, 204);
    assert_eq!(desk.send("DELETE", &format!("/files/{id}"), "").status, 404);
    assert_eq!(desk.send("GET", &format!("/files/{id}/content"), "").status, 404);
    assert_eq!(desk.all("/files", 50).len(), 1);
}
