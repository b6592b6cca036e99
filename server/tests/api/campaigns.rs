//! Campaigns: planned, tried, run to their end, and refused.

use super::common::agent::{Agent, wait_for};
use super::common::http::{Answer, exchange, get, request};
use super::common::{OPEN, Server};
use super::fleet::{Desk, is_time};
use super::{Program, make, problem};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Without a window and without waits: as fast as it goes. A person lets the second stage begin.
fn quick(name: &str) -> Value {
    let gate = |automatic| json!({"success_percent": 50, "min_sample": 1, "soak_minutes": 0, "automatic": automatic});
    json!({
        "name": name,
        "what": {"kind": "refresh", "paths": ["Device.DeviceInfo."]},
        "stages": [
            {"reach": "devices", "devices": 1, "gate": gate(false)},
            {"reach": "percent", "percent": 100, "gate": gate(true)},
        ],
        "window": null,
        "pace": {"per_minute": 6000},
        "patience": {
            "tries": 9, "tries_a_night": 9, "pause_minutes": 0, "connect_minutes": 1, "finish_minutes": 5,
            "healthy_minutes": 0,
        },
    })
}

/// The campaign once it is there.
fn until(desk: &Desk, path: &str, state: &str) -> Value {
    let mut last = Value::Null;
    wait_for(state, || {
        last = desk.get(path);
        last["state"] == state
    });
    last
}

fn status(desk: &Desk, method: &str, path: &str, body: &Value) -> u16 {
    desk.send(method, path, &body.to_string()).status
}

#[test]
fn a_campaign_is_tried_planned_started_and_followed_to_its_end() {
    let desk = Desk::new(3);
    let mut plan = quick("Read anew");
    let tried = desk.post("/campaigns/preview", &plan);
    assert_eq!(
        (&tried["devices"], &tried["left_out"], &tried["orders"]),
        (&json!(3), &json!(0), &json!(3)),
        "{tried:#}"
    );
    assert_eq!((&tried["groups"][0]["count"], &tried["needs_approval"]), (&json!(3), &json!(false)), "{tried:#}");
    assert_eq!((&tried["problems"], &tried["skipped"], is_time(&tried["counted_at"])), (&json!([]), &json!([]), true));
    assert_eq!(desk.get("/campaigns")["items"], json!([]), "nothing was made");

    let draft = desk.post("/campaigns", &plan);
    assert_eq!((&draft["state"], &draft["revision"], &draft["by"]), (&json!("draft"), &json!(1), &json!("CRM")));
    assert_eq!((&draft["plan"]["pace"]["at_once"], &draft["stages"]), (&json!(500), &json!([])), "what is usual");
    let path = format!("/campaigns/{}", draft["id"]);
    plan["why"] = json!("a test");
    let put = json!({"revision": 1, "plan": plan});
    assert_eq!(status(&desk, "PUT", &path, &put), 200);
    assert_eq!(status(&desk, "PUT", &path, &put), 409, "it was changed since");
    let draft = desk.get(&path);
    assert_eq!((&draft["revision"], &draft["plan"]["why"]), (&json!(2), &json!("a test")));

    let start = format!("{path}/start");
    assert_eq!(status(&desk, "POST", &start, &json!({"revision": 1, "name": "Read anew"})), 409);
    assert_eq!(status(&desk, "POST", &start, &json!({"revision": 2, "name": "Another"})), 422);
    assert_eq!(status(&desk, "POST", &start, &json!({"revision": 2, "name": "Read anew"})), 200);
    let held = until(&desk, &path, "gate_hold");
    assert_eq!((&held["pause"]["why"], &held["pause"]["stage"]), (&json!("decision"), &json!(1)), "{held:#}");
    let [first, second] = [0_usize, 1].map(|at| held["stages"][at].clone());
    assert_eq!(
        (&first["number"], &first["state"], &first["counts"]["succeeded"]),
        (&json!(1), &json!("held"), &json!(1))
    );
    assert_eq!((&first["gate"]["automatic"], &second["counts"]["queued"]), (&json!(false), &json!(2)), "{held:#}");

    let limits = json!({"pace": {"per_minute": 6000, "at_once": 2}, "thresholds": {}, "reason": "a slow line"});
    assert_eq!(status(&desk, "PUT", &format!("{path}/limits"), &limits), 200);
    assert_eq!(desk.get(&path)["plan"]["pace"]["at_once"], 2);
    let resume = format!("{path}/resume");
    assert_eq!(status(&desk, "POST", &resume, &json!({})), 400);
    assert_eq!(status(&desk, "POST", &resume, &json!({"reason": " "})), 422);
    assert_eq!(status(&desk, "POST", &resume, &json!({"reason": "all is well"})), 200);
    let over = until(&desk, &path, "completed");
    assert_eq!((&over["counts"]["succeeded"], &over["counts"]["total"]), (&json!(3), &json!(3)), "{over:#}");
    assert!(over["ended"] == true && is_time(&over["ended_at"]) && over["models"][0]["counts"]["total"] == 3);

    let devices = desk.all(&format!("{path}/devices"), 2);
    let ids: HashSet<i64> = devices.iter().map(|one| one["device"].as_i64().unwrap()).collect();
    assert_eq!((devices.len(), ids.len()), (3, 3));
    assert!(devices.iter().all(|one| one["state"] == "succeeded" && one["steps"].is_null()), "{devices:#?}");
    for (query, count) in [("stage=1", 1), ("stage=2", 2), ("stage=3", 0), ("state=failed,lost", 0), ("class=9010", 0)]
    {
        assert_eq!(desk.all(&format!("{path}/devices?{query}"), 50).len(), count, "{query}");
    }
    let one = desk.get(&format!("{path}/devices/{}", devices[0]["device"]));
    let steps = one["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| is_time(&step["at"])), "{one:#}");
    assert_eq!(steps.last().unwrap()["state"], "succeeded", "{one:#}");
    assert_eq!(desk.send("GET", &format!("{path}/devices/999999"), "").status, 404);

    let log = desk.all(&format!("{path}/log"), 2);
    assert!(log.iter().map(|one| one["id"].as_i64().unwrap()).is_sorted_by(|a, b| a > b), "{log:#?}");
    let kinds: Vec<&str> = log.iter().map(|one| one["what"]["kind"].as_str().unwrap()).collect();
    for kind in ["edited", "started", "stage_began", "limits_changed", "gate_passed", "ended"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    assert_eq!(kinds.last(), Some(&"created"));
    assert_eq!(log.last().unwrap()["by"], "CRM");

    // Cursors are of their own list.
    let next = desk.get(&format!("{path}/devices?limit=1"))["next"].as_str().unwrap().to_owned();
    for other in ["log?", "devices?stage=2&", "devices?state=failed&"] {
        assert_eq!(desk.send("GET", &format!("{path}/{other}cursor={next}"), "").status, 400, "{other}");
    }
    assert_eq!(desk.get("/campaigns?state=running,completed")["items"][0]["id"], over["id"]);
    assert_eq!(desk.get("/campaigns?state=draft")["items"], json!([]));
    // It stays as a record.
    assert_eq!(status(&desk, "PUT", &path, &json!({"revision": 2, "plan": plan})), 409);
    assert_eq!(status(&desk, "POST", &format!("{path}/pause"), &json!({})), 409);
    assert_eq!(desk.send("DELETE", &path, "").status, 422);
}

#[test]
fn n6_what_a_second_person_has_to_approve_does_not_start() {
    let desk = Desk::with(2, "\n[campaigns]\napproval_above = 1\n");
    let plan = quick("Read anew");
    assert_eq!(desk.post("/campaigns/preview", &plan)["needs_approval"], true);
    let draft = desk.post("/campaigns", &plan);
    let path = format!("/campaigns/{}", draft["id"]);
    let begin = json!({"revision": 1, "name": "Read anew"});
    let refused = desk.send("POST", &format!("{path}/start"), &begin.to_string());
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(problem(&refused)["detail"].as_str().unwrap().contains("second person"), "{refused:?}");

    let ask = format!("{path}/ask-approval");
    assert_eq!(status(&desk, "POST", &ask, &json!({"revision": 2})), 409);
    let asked = desk.post(&ask, &json!({"revision": 1}));
    assert_eq!((&asked["state"], &asked["asked_by"]), (&json!("awaiting_approval"), &json!("CRM")));
    // Deciding is for people.
    for word in ["approve", "reject"] {
        assert_eq!(status(&desk, "POST", &format!("{path}/{word}"), &json!({"revision": 1})), 404, "{word}");
    }
    assert_eq!(status(&desk, "POST", &format!("{path}/start"), &begin), 422);
    desk.world.agent.call("campaign/approve", &json!({"id": draft["id"], "revision": 1})).unwrap();
    let approved = desk.get(&path);
    assert_eq!((&approved["state"], &approved["needs_approval"]), (&json!("approved"), &json!(false)), "{approved:#}");

    // An edit voids it.
    assert_eq!(status(&desk, "PUT", &path, &json!({"revision": 1, "plan": plan})), 200);
    let edited = desk.get(&path);
    assert_eq!((&edited["state"], &edited["approved_by"]), (&json!("draft"), &Value::Null), "{edited:#}");
    assert_eq!(status(&desk, "POST", &format!("{path}/start"), &json!({"revision": 2, "name": "Read anew"})), 422);

    desk.post(&ask, &json!({"revision": 2}));
    desk.world.agent.call("campaign/approve", &json!({"id": draft["id"], "revision": 2})).unwrap();
    assert_eq!(status(&desk, "POST", &format!("{path}/start"), &json!({"revision": 2, "name": "Read anew"})), 200);
    let paused = desk.post(&format!("{path}/pause"), &json!({"reason": "the phones ring"}));
    assert_eq!((&paused["state"], &paused["pause"]["reason"]), (&json!("paused"), &json!("the phones ring")));
    let cancel = format!("{path}/cancel");
    assert_eq!(status(&desk, "POST", &cancel, &json!({"reason": "a"})), 400);
    assert_eq!(status(&desk, "POST", &cancel, &json!({"name": "Another"})), 422);
    assert_eq!(desk.post(&cancel, &json!({"name": "Read anew"}))["state"], "cancelled");
}

impl Program {
    fn plan(&self, key: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers =
            [("Authorization", bearer.as_str()), ("Content-Type", "application/json"), ("Idempotency-Key", key)];
        let portal = self.server.portal;
        exchange(portal, request("POST", portal, "/api/v1/campaigns", None, &headers, &body.to_string()).as_bytes())
    }
}

fn restart(name: &str) -> Value {
    json!({"name": name, "what": {"kind": "reboot"}})
}

#[test]
fn drafts_are_made_once_listed_page_by_page_and_deleted() {
    let program = Program::of(Server::start(OPEN), "administrator");
    let (first, second) = (program.plan("key-1", &restart("One")), program.plan("key-1", &restart("One")));
    assert_eq!((first.status, second.status), (201, 201), "{first:?} {second:?}");
    assert_eq!((first.text(), first.header("location")), (second.text(), second.header("location")));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(program.plan("key-1", &restart("Two")).status, 422, "a key is of one request");
    for number in 1..53 {
        assert_eq!(program.plan(&format!("more-{number}"), &restart(&format!("Number {number}"))).status, 201);
    }
    let page = program.json("/api/v1/campaigns?state=draft");
    let mut ids: Vec<i64> = page["items"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), 50);
    let next = page["next"].as_str().unwrap();
    let rest = program.json(&format!("/api/v1/campaigns?state=draft&cursor={next}"));
    assert_eq!(rest["next"], Value::Null);
    ids.extend(rest["items"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()));
    assert!(ids.len() == 53 && ids.is_sorted_by(|a, b| a > b), "{ids:?}");
    for wrong in [format!("cursor={next}"), format!("state=running&cursor={next}"), "limit=5".into(), "state=x".into()]
    {
        assert_eq!(program.send("GET", &format!("/api/v1/campaigns?{wrong}"), "").status, 400, "{wrong}");
    }
    let path = format!("/api/v1/campaigns/{}", ids[0]);
    assert_eq!(program.send("DELETE", &path, "").status, 204);
    for path in [path.clone(), format!("{path}/log"), format!("{path}/devices")] {
        assert_eq!(program.send("GET", &path, "").status, 404, "{path}");
    }
    assert_eq!(program.send("DELETE", &path, "").status, 404);
}

#[test]
fn i1_i2_what_is_wrong_with_a_plan_is_named() {
    let program = Program::of(Server::start(OPEN), "administrator");
    let with = |member: &str, value: Value| {
        let mut plan = restart("One");
        plan[member] = value;
        plan
    };
    let post = |body: &Value| program.send("POST", "/api/v1/campaigns", &body.to_string());
    for (wrong, status, field) in [
        (with("colour", json!(1)), 400, "colour"),
        (json!({"name": "One"}), 400, "what"),
        (json!({"what": {"kind": "reboot"}}), 400, "name"),
        (with("what", json!({"kind": "explode"})), 400, "what.kind"),
        (with("what", json!({"kind": "reboot", "file": 1})), 400, "what.file"),
        (with("pace", json!({"fast": true})), 400, "pace.fast"),
        (with("audience", json!({"filter": {"modle": "HG645"}})), 400, "audience.filter.modle"),
        (with("window", json!({"from": "25:00"})), 400, "window.from"),
        (with("window", json!({"days": ["funday"]})), 400, "window.days[0]"),
        (with("starts_at", json!("tomorrow")), 400, "starts_at"),
        (with("canaries", json!(vec![1_000_000; 10_001])), 422, "canaries"),
        (with("what", json!({"kind": "firmware", "images": [1, 2, 3, 4, 5, 6]})), 422, "what.images"),
    ] {
        let answer = post(&wrong);
        assert_eq!(answer.status, status, "{field}: {answer:?}");
        assert_eq!(problem(&answer)["errors"][0]["field"], field, "{answer:?}");
    }
    assert_eq!(post(&with("name", json!(" "))).status, 422);
    assert_eq!(program.json("/api/v1/campaigns")["items"], json!([]), "nothing of it was kept");

    // As many as may be named fit into a request.
    let many = json!(vec![1_000_000; 10_000]);
    let mut plan = with("canaries", many.clone());
    plan["audience"] = json!({"leave_out": {"devices": many}});
    let answer = post(&plan);
    assert_eq!(answer.status, 201, "{:?}", &answer.text()[..200]);
    let large = format!("{plan}{}", " ".repeat(256 << 10));
    assert_eq!(program.send("POST", "/api/v1/campaigns", &large).status, 413);

    // What makes sense only later is said, and keeps it from starting.
    let answer = post(&with("stages", json!([{"reach": "percent", "percent": 50}])));
    let draft: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!((answer.status, &draft["problems"][0]["part"]), (201, &json!("stages")), "{draft:#}");
    let start = format!("/api/v1/campaigns/{}/start", draft["id"]);
    assert_eq!(program.send("POST", &start, r#"{"revision":1,"name":"One"}"#).status, 422);
}

#[test]
fn n4_a_campaign_takes_its_own_permission_and_that_for_what_it_does() {
    let program = Program::of(Server::start(OPEN), "administrator");
    let body = restart("One").to_string();
    let reader = make(&program.server, "read-only");
    assert_eq!(program.send_as(&reader, "GET", "/api/v1/campaigns", "").status, 200);
    for path in ["/api/v1/campaigns", "/api/v1/campaigns/preview"] {
        assert_eq!(program.send_as(&reader, "POST", path, &body).status, 403, "{path}");
    }
    let integration = make(&program.server, "integration");
    assert_eq!(program.send_as(&integration, "GET", "/api/v1/campaigns", "").status, 403);
    // Planning is allowed, restarting is not.
    let agent = Agent::administrator(&program.server);
    let planner = json!({"name": "Plans", "permissions": ["campaign.read", "campaign.write"], "days": 30});
    let planner = agent.call("token/create_mine", &planner).unwrap()["secret"].as_str().unwrap().to_owned();
    let denied = program.send_as(&planner, "POST", "/api/v1/campaigns", &body);
    assert_eq!(denied.status, 403, "{denied:?}");
    problem(&denied);
    assert_eq!(program.json("/api/v1/campaigns")["items"], json!([]));
}

#[test]
fn the_document_lists_what_can_be_done_with_campaigns() {
    let server = Server::start(OPEN);
    let document: Value = serde_json::from_str(&get(server.portal, "/api/v1/openapi.json", None).text()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(rest) = path.strip_prefix("/api/v1/campaigns") else { continue };
        for (method, operation) in methods.as_object().unwrap() {
            assert_eq!(operation["tags"], json!(["Campaigns"]), "{path}");
            found.push(format!("{method} {rest}"));
        }
    }
    found.sort();
    let expected = [
        "delete /{id}",
        "get ",
        "get /{id}",
        "get /{id}/devices",
        "get /{id}/devices/{device}",
        "get /{id}/log",
        "post ",
        "post /preview",
        "post /{id}/ask-approval",
        "post /{id}/cancel",
        "post /{id}/pause",
        "post /{id}/resume",
        "post /{id}/rollback",
        "post /{id}/start",
        "put /{id}",
        "put /{id}/limits",
    ];
    assert_eq!(found, expected);
}
