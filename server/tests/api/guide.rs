//! The guide's examples, as they stand there.

use super::common::http::{exchange, request};
use super::common::world::World;
use super::{make, text};
use serde_json::Value;
use std::collections::HashMap;

/// Words of a line as a shell takes them: quotes, and variables of the guide.
fn words(line: &str, variables: &HashMap<String, String>) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    let filled = |word: &String| {
        variables.iter().fold(word.clone(), |word, (name, value)| word.replace(&format!("${name}"), value))
    };
    words.iter().map(filled).collect()
}

/// `201`, or `201, id in TASK`: the status, and the member that a variable is for.
fn expected(line: &str) -> (u16, Option<(String, String)>) {
    let line = line.strip_prefix("# ").unwrap_or_else(|| panic!("{line}"));
    let (status, rest) = line.split_once(", ").unwrap_or((line, ""));
    let kept = rest.split_once(" in ").map(|(member, name)| (member.to_owned(), name.to_owned()));
    (status.parse().unwrap(), kept)
}

#[test]
fn the_examples_of_the_guide_work() {
    let world = World::of("kestrel-hg645", 1, "").discovered();
    let token = make(&world.server, "administrator");
    std::fs::write(world.server.path("hg645.bin"), b"firmware").unwrap();
    let portal = world.server.portal;
    let mut variables: HashMap<String, String> =
        [("TOKEN", token), ("LASTMILE", String::new()), ("DEVICE", world.id(0).to_string())]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
    let guide = include_str!("../../../docs/api.md");
    let blocks = guide.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines: Vec<&str> = blocks.flat_map(str::lines).collect();
    assert!(lines.len() >= 60, "{}", lines.len());
    for pair in lines.chunks(2) {
        let [command, status] = pair else { panic!("{pair:?}") };
        let (status, kept) = expected(status);
        let (mut method, mut headers, mut body, mut path) = ("GET".to_owned(), Vec::new(), Vec::new(), String::new());
        let mut words = words(command, &variables).into_iter();
        assert_eq!(words.next().as_deref(), Some("curl"));
        while let Some(word) = words.next() {
            match word.as_str() {
                "-X" => method = words.next().unwrap(),
                "-H" => {
                    let header = words.next().unwrap();
                    let (name, value) = header.split_once(": ").unwrap();
                    headers.push((name.to_owned(), value.to_owned()));
                }
                "-d" => body = words.next().unwrap().into_bytes(),
                "--data-binary" => {
                    let file = words.next().unwrap();
                    body = std::fs::read(world.server.path(file.strip_prefix('@').unwrap())).unwrap();
                }
                _ => path = word,
            }
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = text(&body);
        let answer = exchange(portal, request(&method, portal, &path, None, &headers, &body).as_bytes());
        assert_eq!(answer.status, status, "{command}\n{}", answer.text());
        if let Some((member, name)) = kept {
            let answer: Value = serde_json::from_str(&answer.text()).unwrap();
            let value = match &answer[member.as_str()] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            variables.insert(name, value);
        }
    }
}

/// The guide's own check of a signature, with the example of Standard Webhooks; where there is a Python.
#[test]
fn the_signature_check_of_the_guide_works() {
    let guide = include_str!("../../../docs/api.md");
    let check = guide.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let program = format!(
        "{check}
headers = {{
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}}
secret, body = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', b'{{\"test\": 2432232314}}'
assert is_genuine(secret, headers, body)
assert not is_genuine(secret, headers, body + b' ')
assert not is_genuine(secret, headers | {{'webhook-timestamp': '1614265331'}}, body)
"
    );
    match std::process::Command::new("python3").args(["-c", &program]).output() {
        Ok(output) => assert!(output.status.success(), "{}", text(&output.stderr)),
        Err(error) => println!("no Python to try it with: {error}"),
    }
}
