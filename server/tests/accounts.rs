//! Accounts from outside: invitations, sessions, second factors, dangerous acts.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::Agent;
use common::http::{Answer, Connection, exchange, form, get, post_form, request};
use common::{PASSWORD, Server, USERNAME, lastmile, run_with_input, text};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

const OLU: &str = "seven unrelated words";

fn signed_in(server: &Server, username: &str, password: &str) -> Answer {
    let form = form(&[("username", username), ("password", password), ("next", "/devices")]);
    post_form(server.portal, "/fn/sign_in", &form, "/sign-in", None)
}

fn agent(server: &Server, cookie: &str) -> Agent {
    Agent { portal: server.portal, cookie: cookie.to_owned() }
}

/// Another browser of the administrator.
fn another(server: &Server) -> Agent {
    agent(server, &signed_in(server, USERNAME, PASSWORD).cookie().unwrap())
}

fn is_in(server: &Server, cookie: &str) -> bool {
    get(server.portal, "/profile", Some(cookie)).status == 200
}

/// Somebody with a password.
fn add(server: &Server, username: &str, role: &str) -> Agent {
    let added = run_with_input(
        lastmile(server.folder.path()).args(["user", "add", username, "--role", role]),
        &format!("{OLU}\n"),
    );
    assert!(added.status.success(), "{}", text(&added.stderr));
    agent(server, &signed_in(server, username, OLU).cookie().unwrap())
}

fn person(boss: &Agent, username: &str) -> Value {
    let all = boss.call("people", &json!({})).unwrap();
    all[0].as_array().unwrap().iter().find(|one| one["username"] == username).unwrap().clone()
}

/// The code that an app shows, `steps` of 30 seconds later.
fn code(secret: &str, steps: i64) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = secret
        .chars()
        .filter_map(|c| letters.find(c))
        .flat_map(|value| (0..5).rev().map(move |at| (value >> at) as u8 & 1))
        .collect();
    let key: Vec<u8> = bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | bit)).collect();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(now / 30 + steps).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0xf);
    let word = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

fn stream(server: &Server, cookie: &str) -> Connection {
    let mut stream = Connection::open(server.portal);
    let headers = [("Accept", "text/event-stream")];
    stream.send(request("GET", server.portal, "/live", Some(cookie), &headers, "").as_bytes());
    assert_eq!(stream.head().status, 200);
    stream
}

/// Whether a stream ends within a few seconds.
fn ends(mut stream: Connection) -> bool {
    let started = Instant::now();
    stream.read_until("\r\n0\r\n\r\n").ends_with("\r\n0\r\n\r\n") && started.elapsed() < Duration::from_secs(8)
}

#[test]
fn an_invitation_is_followed_with_a_plain_form() {
    let server = Server::start("");
    let boss = Agent::administrator(&server);
    let invited = json!({"username": "olu", "name": "Olu", "role": "helpdesk", "scope": {}});
    let link = boss.call("people/invite", &invited).unwrap();
    let path = format!("/invitation/{}", link["token"].as_str().unwrap());
    let page = get(server.portal, &path, None);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<form") && page.text().contains(">olu<"), "{}", page.text());
    assert_eq!(get(server.portal, "/invitation/guess", None).status, 410);
    assert_eq!(signed_in(&server, "olu", "").cookie(), None);

    let token = link["token"].as_str().unwrap();
    let accept = |password: &str| {
        let form = form(&[("token", token), ("name", "Olu Adeyemi"), ("password", password)]);
        post_form(server.portal, "/fn/invitation/accept", &form, &path, None)
    };
    assert_ne!(accept("password1234").header("location"), Some("/sign-in?set"));
    let accepted = accept(OLU);
    assert_eq!((accepted.status, accepted.header("location"), accepted.cookie()), (302, Some("/sign-in?set"), None));
    assert_ne!(accept(OLU).header("location"), Some("/sign-in?set"), "used up");
    assert_eq!(get(server.portal, &path, None).status, 410);
    assert!(signed_in(&server, "olu", OLU).cookie().is_some());
    let one = person(&boss, "olu");
    assert_eq!((one["name"].as_str(), one["state"].as_str()), (Some("Olu Adeyemi"), Some("Active")));
    // Neither the log nor the database file knows the token.
    assert!(!server.log().contains(token));
    let database = std::fs::read(server.path("data/lastmile.db")).unwrap();
    assert!(!database.windows(token.len()).any(|window| window == token.as_bytes()));
}

#[test]
fn n1_a_session_ends_where_its_owner_ends_it() {
    let server = Server::start("");
    let mine = Agent::administrator(&server);
    let (second, third) = (another(&server), another(&server));
    let list = || mine.call("profile/sessions", &json!({})).unwrap();
    let sessions = list();
    assert_eq!(sessions.as_array().unwrap().len(), 3);
    let current: Vec<_> = sessions.as_array().unwrap().iter().filter(|one| one["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["address"], "127.0.0.1");
    // The id in the list opens nothing.
    let id = current[0]["id"].as_str().unwrap();
    assert!(!is_in(&server, &format!("lastmile={id}")));

    let of_second = second.call("profile/sessions", &json!({})).unwrap();
    let of_second = of_second.as_array().unwrap().iter().find(|one| one["current"] == true).unwrap()["id"].clone();
    let open = stream(&server, &second.cookie);
    mine.call("profile/sessions/end", &json!({"id": of_second})).unwrap();
    assert!(!is_in(&server, &second.cookie), "at its next request");
    assert!(ends(open), "and its streams end");
    assert!(is_in(&server, &third.cookie));
    // Nobody ends somebody else's.
    let olu = add(&server, "olu", "helpdesk");
    let refused = olu.call("profile/sessions/end", &json!({"id": id})).unwrap_err();
    assert!(refused.contains("404"), "{refused}");

    assert_eq!(mine.call("profile/sessions/end_others", &json!({})).unwrap(), json!(1));
    assert!(!is_in(&server, &third.cookie) && is_in(&server, &mine.cookie) && is_in(&server, &olu.cookie));
}

#[test]
fn n1_a_new_password_ends_all_other_sessions() {
    let server = Server::start("");
    let mine = Agent::administrator(&server);
    let other = another(&server);
    let open = stream(&server, &other.cookie);
    let change = |old: &str, new: &str| mine.call("profile/password", &json!({"old": old, "new": new}));
    assert!(change("wrong wrong wrong", OLU).unwrap_err().contains("403"));
    assert!(change(PASSWORD, "password1234").unwrap_err().contains("422"));
    assert!(change(PASSWORD, "maria.bell!2026").unwrap_err().contains("username"));
    assert!(is_in(&server, &other.cookie), "nothing was changed");
    change(PASSWORD, OLU).unwrap();
    assert!(!is_in(&server, &other.cookie) && is_in(&server, &mine.cookie));
    assert!(ends(open));
    assert_eq!(signed_in(&server, USERNAME, PASSWORD).cookie(), None);
    assert!(signed_in(&server, USERNAME, OLU).cookie().is_some());
}

#[test]
fn n1_who_is_disabled_is_out_at_once() {
    let server = Server::start("");
    let boss = Agent::administrator(&server);
    let olu = add(&server, "olu", "helpdesk");
    let open = stream(&server, &olu.cookie);
    let id = person(&boss, "olu")["id"].clone();
    boss.call("people/disable", &json!({"id": id, "disabled": true})).unwrap();
    assert!(!is_in(&server, &olu.cookie));
    assert!(ends(open));
    assert_eq!(signed_in(&server, "olu", OLU).cookie(), None);
    boss.call("people/disable", &json!({"id": id, "disabled": false})).unwrap();
    assert!(!is_in(&server, &olu.cookie), "the old session does not come back");
    assert!(signed_in(&server, "olu", OLU).cookie().is_some());
    // The last administrator stays, and nobody shuts themselves out.
    let maria = person(&boss, USERNAME)["id"].clone();
    assert!(boss.call("people/disable", &json!({"id": maria, "disabled": true})).unwrap_err().contains("422"));
    let demoted = json!({"id": maria, "name": "Maria", "role": "helpdesk", "scope": {}});
    assert!(boss.call("people/change", &demoted).unwrap_err().contains("422"));
}

#[test]
fn n1_a_half_open_session_is_worth_nothing_and_its_id_is_renewed() {
    let server = Server::start("");
    let boss = Agent::administrator(&server);
    let setup = boss.call("profile/totp/begin", &json!({})).unwrap();
    let secret = setup["secret"].as_str().unwrap().to_owned();
    assert!(setup["qr"]["path"].as_str().unwrap().starts_with("M4 4h7"));
    boss.call("profile/totp/confirm", &json!({"code": code(&secret, -1)})).unwrap();

    let first = signed_in(&server, USERNAME, PASSWORD);
    assert_eq!(first.header("location"), Some("/sign-in/second?next=/devices"));
    let half = first.cookie().unwrap();
    assert!(!is_in(&server, &half));
    assert_eq!(get(server.portal, "/live", Some(&half)).status, 401);
    let refused = agent(&server, &half).call("overview", &json!({})).unwrap_err();
    assert!(refused.contains("401"), "{refused}");
    let page = get(server.portal, "/sign-in/second?next=/devices", Some(&half));
    assert!(page.text().contains("name=\"code\"") && !page.text().contains(&secret), "{}", page.text());
    let nobody = get(server.portal, "/sign-in/second", None);
    assert!(!nobody.text().contains("name=\"code\""));

    let give = |code: &str, next: &str, cookie: &str| {
        let form = form(&[("code", code), ("next", next)]);
        post_form(server.portal, "/fn/sign_in/code", &form, "/sign-in/second", Some(cookie))
    };
    assert_eq!(give("000000x", "/", &half).cookie(), None);
    let right = code(&secret, 0);
    let done = give(&right, "/devices", &half);
    assert_eq!(done.header("location"), Some("/devices"), "{done:?}");
    let cookie = done.cookie().unwrap();
    assert_ne!(cookie, half, "renewed");
    assert!(is_in(&server, &cookie) && !is_in(&server, &half));
    // The same code again, for a second sign-in.
    let half = signed_in(&server, USERNAME, PASSWORD).cookie().unwrap();
    assert_eq!(give(&right, "/", &half).cookie(), None);
    // Catalogue row W9, after the second step: local pages only.
    let recovery = setup["codes"][0].as_str().unwrap();
    let done = give(recovery, "https://evil.example/", &half);
    assert_eq!(done.header("location"), Some("/"), "{done:?}");
    assert!(is_in(&server, &done.cookie().unwrap()));
}

#[test]
fn w9_the_way_through_the_second_step_is_local() {
    let server = Server::start("");
    let boss = Agent::administrator(&server);
    boss.call("people/rule/set", &json!({"rule": {"who": "everybody"}})).unwrap();
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/invitation/x"] {
        let form = form(&[("username", USERNAME), ("password", PASSWORD), ("next", next)]);
        let answer = post_form(server.portal, "/fn/sign_in", &form, "/sign-in", None);
        assert_eq!(answer.header("location"), Some("/sign-in/second"), "{next}");
    }
}

#[test]
fn a_required_second_factor_is_set_up_with_a_plain_form() {
    let server = Server::start("");
    let boss = Agent::administrator(&server);
    add(&server, "olu", "helpdesk");
    boss.call("people/rule/set", &json!({"rule": {"who": "roles", "roles": ["helpdesk"]}})).unwrap();
    assert_eq!(signed_in(&server, USERNAME, PASSWORD).header("location"), Some("/devices"), "another role");
    let half = signed_in(&server, "olu", OLU).cookie().unwrap();
    let page = get(server.portal, "/sign-in/second", Some(&half)).text();
    assert!(page.contains("class=\"totp__qr\"") && page.contains("Recovery codes"), "{page}");
    let secret = page.split_once("<code class=\"mono\">").unwrap().1.split_once("</code>").unwrap().0;
    let form = form(&[("code", &code(secret, 0)), ("next", "/")]);
    let done = post_form(server.portal, "/fn/sign_in/set_up", &form, "/sign-in/second", Some(&half));
    let cookie = done.cookie().unwrap();
    assert!(is_in(&server, &cookie));
    let refused = agent(&server, &cookie).call("profile/totp/remove", &json!({})).unwrap_err();
    assert!(refused.contains("required"), "{refused}");
    // An administrator helps somebody who lost their phone.
    let id = person(&boss, "olu")["id"].clone();
    boss.call("people/factors/reset", &json!({"id": id})).unwrap();
    assert_eq!(person(&boss, "olu")["totp"], false);
}

#[test]
fn dangerous_acts_ask_who_is_there() {
    let server = Server::start("[portal]\nconfirm_again = \"1s\"\n");
    let boss = Agent::administrator(&server);
    let olu = add(&server, "olu", "helpdesk");
    let id = person(&boss, "olu")["id"].clone();
    sleep(Duration::from_millis(1100));
    let acts = [
        ("people/invite", json!({"username": "ana", "name": "Ana", "role": "helpdesk", "scope": {}})),
        ("people/change", json!({"id": id, "name": "Olu", "role": "read-only", "scope": {}})),
        ("people/disable", json!({"id": id, "disabled": true})),
        ("people/link", json!({"id": id})),
        ("people/withdraw", json!({"id": id})),
        ("people/factors/reset", json!({"id": id})),
        ("people/sessions/end", json!({"id": id})),
        ("people/rule/set", json!({"rule": {"who": "nobody"}})),
        ("profile/totp/begin", json!({})),
        ("profile/totp/remove", json!({})),
        ("profile/codes", json!({})),
        ("token/create", json!({"name": "CRM", "role": "integration", "permissions": null, "scope": {}, "days": 1})),
    ];
    for (function, arguments) in &acts {
        let refused = boss.call(function, arguments).unwrap_err();
        assert!(refused.contains("403") && refused.contains("unconfirmed"), "{function}: {refused}");
    }
    assert!(is_in(&server, &olu.cookie), "nothing was changed");
    assert!(boss.call("confirm/password", &json!({"password": OLU})).unwrap_err().contains("403"));
    assert!(boss.call("people/link", &json!({"id": id})).is_err());
    boss.call("confirm/password", &json!({"password": PASSWORD})).unwrap();
    boss.call("people/link", &json!({"id": id})).unwrap();
    assert_eq!(boss.call("confirm/ways", &json!({})).unwrap()["password"], true);
}

#[test]
fn n2_refusals_look_the_same() {
    let server = Server::start("");
    Agent::administrator(&server);
    let answer = |username: &str| {
        let form = form(&[("username", username), ("password", "wrong wrong wrong"), ("next", "/")]);
        let origin = format!("http://{}", server.portal);
        let headers = [
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
        ];
        let request = request("POST", server.portal, "/fn/sign_in", None, &headers, &form);
        let started = Instant::now();
        let answer = exchange(server.portal, request.as_bytes());
        (answer.status, answer.text(), answer.cookie(), started.elapsed())
    };
    let (known, unknown) = (answer(USERNAME), answer("nobody"));
    assert_eq!((known.0, &known.1, &known.2), (unknown.0, &unknown.1, &unknown.2));
    // A hash is computed for both: without it the answer would come in a fraction of the time.
    let times: Vec<_> = (0..3).map(|i| (answer(USERNAME).3, answer(&format!("nobody{i}")).3)).collect();
    let fastest = |pick: fn(&(Duration, Duration)) -> Duration| times.iter().map(pick).min().unwrap().as_secs_f64();
    let ratio = fastest(|pair| pair.0) / fastest(|pair| pair.1);
    assert!((0.2..5.0).contains(&ratio), "{times:?}");
}

#[test]
fn people_are_managed_from_the_command_line() {
    let server = Server::start("");
    let boss = Agent::administrator(&server);
    let run = |arguments: &[&str], input: &str| {
        run_with_input(lastmile(server.folder.path()).arg("user").args(arguments), input)
    };
    let link = run(&["invite", "olu", "--name", "Olu Adeyemi"], "");
    assert!(link.status.success(), "{}", text(&link.stderr));
    let link = text(&link.stdout);
    let token = link.trim().rsplit('/').next().unwrap();
    assert!(link.contains("/invitation/") && token.len() == 43, "{link}");
    assert_eq!(get(server.portal, &format!("/invitation/{token}"), None).status, 200);
    let list = text(&run(&["list"], "").stdout);
    assert!(list.contains("olu\tOlu Adeyemi\thelpdesk\tinvited\n"), "{list}");

    let set = run(&["password", "olu"], &format!("{OLU}\n"));
    assert!(set.status.success(), "{}", text(&set.stderr));
    assert_eq!(get(server.portal, &format!("/invitation/{token}"), None).status, 410);
    let olu = agent(&server, &signed_in(&server, "olu", OLU).cookie().unwrap());
    assert!(run(&["role", "olu", "read-only"], "").status.success());
    let key = || person(&boss, "olu")["role"]["key"].clone();
    assert_eq!(key(), "read-only");
    assert!(run(&["disable", "olu"], "").status.success());
    assert!(!is_in(&server, &olu.cookie), "beside a running server");
    assert!(run(&["enable", "olu"], "").status.success());
    for (arguments, why) in [
        (&["disable", "nobody"][..], "nobody called"),
        (&["disable", USERNAME], "administrator"),
        (&["role", "olu", "boss"], "no such role"),
    ] {
        let refused = run(arguments, "");
        assert!(!refused.status.success() && text(&refused.stderr).contains(why), "{}", text(&refused.stderr));
    }
}
