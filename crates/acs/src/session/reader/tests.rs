//! Readings against a device on paper.

use super::*;
use model::tree::ValueType;

fn info(name: &str) -> ParameterInfo {
    ParameterInfo { name: name.to_owned(), writable: true }
}

fn value(name: &str, value: &str) -> ParameterValue {
    ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type: ValueType::String, untyped: false }
}

fn fault(code: u32) -> Fault {
    Fault { code, ..Fault::default() }
}

/// A device of a few parameters that refuses what the test says.
struct Device {
    names: Vec<&'static str>,
    refuse: fn(&AcsRequest) -> Option<u32>,
}

impl Device {
    fn run(&self, reader: &mut Reader, tree: &mut Tree, learnt: &mut Capabilities) -> Result<Vec<AcsRequest>, Fault> {
        let mut asked = Vec::new();
        while let Some(request) = reader.next(tree, learnt) {
            assert!(asked.len() < 100, "does not end: {asked:#?}");
            asked.push(request.clone());
            if let Some(code) = (self.refuse)(&request) {
                reader.on_fault(&fault(code), tree, learnt)?;
                continue;
            }
            match request {
                AcsRequest::GetParameterNames { path, next_level } => {
                    let mut found: Vec<String> = Vec::new();
                    for name in self.names.iter().filter(|name| name.starts_with(&path)) {
                        let mut end = path.len();
                        while let Some(dot) = name[end..].find('.') {
                            end += dot + 1;
                            found.push(name[..end].to_owned());
                            if next_level {
                                break;
                            }
                        }
                        if !next_level || !name[path.len()..].contains('.') {
                            found.push((*name).to_owned());
                        }
                    }
                    found.sort();
                    found.dedup();
                    let found: Vec<_> = found.iter().map(|name| info(name)).collect();
                    reader.on_names(&found, tree);
                }
                AcsRequest::GetParameterValues { names } => {
                    let mut found = Vec::new();
                    for name in names {
                        let hit = |n: &&&str| **n == name || (name.ends_with('.') && n.starts_with(&name));
                        found.extend(self.names.iter().filter(hit).map(|n| value(n, "v")));
                    }
                    reader.on_values(&found, tree, Timestamp(1));
                }
                other => panic!("{other:?}"),
            }
        }
        Ok(asked)
    }
}

const NAMES: [&str; 5] =
    ["Device.A.1.X", "Device.A.1.Y", "Device.A.2.X", "Device.B.Z", "Device.DeviceInfo.SoftwareVersion"];

fn read(refuse: fn(&AcsRequest) -> Option<u32>, data_model: DataModel) -> (Vec<AcsRequest>, Tree, Capabilities) {
    let device = Device { names: NAMES.to_vec(), refuse };
    let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
    let mut reader = Reader::whole(data_model, false);
    let asked = device.run(&mut reader, &mut tree, &mut learnt).expect("readable");
    for name in NAMES {
        assert_eq!(tree.value(name), Some("v"), "{name}");
    }
    (asked, tree, learnt)
}

#[test]
fn a_whole_tree_takes_two_requests() {
    let (asked, tree, learnt) = read(|_| None, DataModel::Tr181);
    assert_eq!(asked.len(), 2);
    assert_eq!(tree.parameters(), 5);
    assert_eq!(learnt, Capabilities::default());
}

#[test]
fn an_unknown_root_is_found() {
    let (asked, ..) = read(|_| None, DataModel::Unknown);
    assert_eq!(asked.len(), 3);
    // … also when the device does not take the empty path (rule 195) and the first guess is wrong.
    let (asked, ..) = read(
        |request| match request {
            AcsRequest::GetParameterNames { path, .. } if path.is_empty() || path.starts_with('I') => Some(9005),
            AcsRequest::GetParameterValues { names } if names[0].starts_with('I') => Some(9005),
            _ => None,
        },
        DataModel::Unknown,
    );
    assert!(asked.len() <= 4, "{asked:#?}");
}

#[test]
fn rule_196_level_by_level_when_the_deep_question_is_refused() {
    let (_, _, learnt) = read(
        |request| match request {
            AcsRequest::GetParameterNames { next_level: false, .. } => Some(9002),
            _ => None,
        },
        DataModel::Tr181,
    );
    assert!(!learnt.names_deep);
}

#[test]
fn rule_196_a_device_that_ignores_next_level_is_walked() {
    let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
    let mut reader = Reader::whole(DataModel::Tr181, false);
    let mut asked = Vec::new();
    while let Some(request) = reader.next(&tree, &mut learnt) {
        let AcsRequest::GetParameterNames { path, .. } = request else {
            // Its values, as one, before the walk: it has none to tell.
            assert_eq!(asked, ["Device."]);
            reader.on_values(&[], &mut tree, Timestamp(1));
            continue;
        };
        let children: &[&str] = match path.as_str() {
            "Device." => &["Device.", "Device.WiFi.", "Device.Version"],
            "Device.WiFi." => &["Device.WiFi.Radio."],
            "Device.WiFi.Radio." => &["Device.WiFi.Radio.Channel"],
            other => panic!("{other}"),
        };
        asked.push(path);
        let infos: Vec<_> = children.iter().map(|name| info(name)).collect();
        reader.on_names(&infos, &mut tree);
    }
    assert_eq!(asked, ["Device.", "Device.WiFi.", "Device.WiFi.Radio."]);
    assert!(tree.get("Device.WiFi.Radio.Channel").is_some());
    assert!(learnt.names_deep, "an empty table looks the same: nothing is learnt from it");
}

#[test]
fn leaf_names_when_partial_paths_are_refused() {
    let (_, _, learnt) = read(
        |request| match request {
            AcsRequest::GetParameterValues { names } if names.iter().any(|n| n.ends_with('.')) => Some(9005),
            _ => None,
        },
        DataModel::Tr181,
    );
    assert!(!learnt.values_partial);
}

#[test]
fn too_much_at_once_is_asked_by_children() {
    let (asked, _, learnt) = read(
        |request| match request {
            AcsRequest::GetParameterValues { names } if names == &["Device."] => Some(9004),
            _ => None,
        },
        DataModel::Tr181,
    );
    assert!(learnt.values_partial);
    assert_eq!(asked.len(), 2 + 3);
}

/// `Device.P0` to `Device.P63`, known by their names.
fn sixty_four() -> (Vec<String>, Tree) {
    let names: Vec<String> = (0..64).map(|i| format!("Device.P{i}")).collect();
    let mut tree = Tree::default();
    for name in &names {
        tree.set_info(name, true);
    }
    (names, tree)
}

/// Reads by names; the device answers `refuse` with its code. What was asked, in numbers of names, and what was read.
fn read_names(
    reader: &mut Reader,
    tree: &mut Tree,
    learnt: &mut Capabilities,
    refuse: impl Fn(&[String]) -> Option<u32>,
) -> (Vec<usize>, usize) {
    let (mut asked, mut read) = (Vec::new(), 0);
    while let Some(request) = reader.next(tree, learnt) {
        let AcsRequest::GetParameterValues { names } = request else { panic!("{request:?}") };
        assert!(asked.len() < 200, "does not end: {asked:?}");
        asked.push(names.len());
        if let Some(code) = refuse(&names) {
            reader.on_fault(&fault(code), tree, learnt).expect("asks smaller");
        } else {
            read += names.len();
            let values: Vec<_> = names.iter().map(|name| value(name, "1")).collect();
            reader.on_values(&values, tree, Timestamp(1));
        }
    }
    (asked, read)
}

#[test]
fn rule_185_one_bad_name_of_64_is_found_in_seven_questions() {
    for bad in 0..64 {
        let bad = format!("Device.P{bad}");
        let (names, mut tree) = sixty_four();
        let mut learnt = Capabilities::default();
        let mut reader = Reader::values(names);
        let (asked, read) =
            read_names(&mut reader, &mut tree, &mut learnt, |names| names.contains(&bad).then_some(9005));
        // Seven to find it; one more reads what was not asked on the way.
        assert!(asked.len() <= 8, "{bad}: {asked:?}");
        assert_eq!(read, 63);
        assert!(tree.get(&bad).is_none(), "nobody listed it");
        assert_eq!(learnt, Capabilities::default(), "a bad name says nothing about sizes");
        assert_eq!(reader.fault.map(|fault| fault.code), Some(9005));
    }
}

#[test]
fn several_bad_names_are_found_one_after_the_other() {
    let (names, mut tree) = sixty_four();
    let mut learnt = Capabilities::default();
    let bad = ["Device.P0", "Device.P1", "Device.P40", "Device.P63"];
    let holds_bad = |names: &[String]| names.iter().any(|name| bad.contains(&name.as_str())).then_some(9005);
    let (asked, read) = read_names(&mut Reader::values(names), &mut tree, &mut learnt, holds_bad);
    assert_eq!(read, 60);
    assert!(asked.len() <= 4 * 8, "{asked:?}");
}

#[test]
fn rule_375_a_bad_name_is_told_from_too_many_also_by_9002() {
    let (names, mut tree) = sixty_four();
    let mut learnt = Capabilities::default();
    let bad = |names: &[String]| names.iter().any(|name| name == "Device.P37").then_some(9002);
    let (asked, read) = read_names(&mut Reader::values(names), &mut tree, &mut learnt, bad);
    assert_eq!(read, 63);
    assert!(asked.len() <= 14, "{asked:?}");
    assert_eq!(learnt.batch(), 128, "the number of names was no problem");
}

#[test]
fn rule_188_batches_halve_when_the_device_refuses_many_at_once() {
    for code in [9002, 9004] {
        let (names, mut tree) = sixty_four();
        let mut learnt = Capabilities::default();
        let refuse = |names: &[String]| (names.len() > 31).then_some(code);
        let (asked, read) = read_names(&mut Reader::values(names.clone()), &mut tree, &mut learnt, refuse);
        assert_eq!(asked[..3], [64, 32, 16], "{code}");
        assert_eq!((asked.len(), read), (6, 64), "{code}: {asked:?}");
        assert_eq!(learnt.too_many, 32, "{code}");
        assert!((16..=21).contains(&learnt.batch()), "{code}: {learnt:?}");
        // Later readings know, and ask for a few more each time that it goes well.
        for _ in 0..8 {
            let (asked, read) = read_names(&mut Reader::values(names.clone()), &mut tree, &mut learnt, refuse);
            assert!(asked.iter().all(|asked| *asked < 32), "{code}: {asked:?}");
            assert_eq!(read, 64, "{code}");
        }
        assert!((17..32).contains(&learnt.batch()), "{code}: {learnt:?}");
    }
}

#[test]
fn rule_372_what_is_listed_and_cannot_be_read_is_skipped_and_remembered() {
    fn refuse(request: &AcsRequest) -> Option<u32> {
        match request {
            AcsRequest::GetParameterValues { names } => {
                names.iter().any(|name| name.ends_with('.') || name == "Device.A.1.Y").then_some(9005)
            }
            _ => None,
        }
    }
    let device = Device { names: NAMES.to_vec(), refuse };
    let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
    let mut reader = Reader::whole(DataModel::Tr181, false);
    device.run(&mut reader, &mut tree, &mut learnt).expect("readable");
    assert_eq!(learnt.unreadable, ["Device.A.1.Y".to_owned()].into());
    assert!(tree.get("Device.A.1.Y").is_some_and(|node| node.value.is_none()), "known by its name");
    assert_eq!(tree.value("Device.A.2.X"), Some("v"));
    // Remembered: two requests, none of them refused.
    let asked = device.run(&mut Reader::whole(DataModel::Tr181, false), &mut tree, &mut learnt).expect("readable");
    assert_eq!(asked.len(), 2, "{asked:#?}");
    assert_eq!(refuse(&asked[1]), None);
    // A device that no longer lists it is asked again should it come back.
    let gone = Device { names: NAMES[2..].to_vec(), refuse: |_| None };
    gone.run(&mut Reader::whole(DataModel::Tr181, false), &mut tree, &mut learnt).expect("readable");
    assert!(learnt.unreadable.is_empty());
}

#[test]
fn rule_373_what_was_never_listed_extends_the_tree() {
    let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
    let mut reader = Reader::whole(DataModel::Tr181, false);
    reader.next(&tree, &mut learnt);
    reader.on_names(&[info("Device."), info("Device.A."), info("Device.A.X")], &mut tree);
    reader.next(&tree, &mut learnt);
    let rows = [value("Device.A.X", "1"), value("Device.Hosts.Host.3.HostName", "tv"), value("Device.Hosts.", "")];
    reader.on_values(&rows, &mut tree, Timestamp(1));
    assert_eq!(tree.value("Device.Hosts.Host.3.HostName"), Some("tv"));
    assert!(tree.get("Device.Hosts.Host.3.").is_some(), "with its row");
    assert_eq!(reader.read, 2);
}

#[test]
fn rule_376_a_value_of_null_is_kept_as_it_is() {
    let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
    let mut reader = Reader::values(vec!["Device.A.X".into()]);
    reader.next(&tree, &mut learnt);
    reader.on_values(&[value("Device.A.X", "(null)")], &mut tree, Timestamp(1));
    assert_eq!(tree.value("Device.A.X"), Some("(null)"));
}

#[test]
fn rule_195_a_device_that_does_not_know_the_empty_path_is_asked_by_its_roots() {
    fn refuse(request: &AcsRequest) -> Option<u32> {
        match request {
            AcsRequest::GetParameterNames { path, .. } if path.is_empty() || path.starts_with('I') => Some(9005),
            _ => None,
        }
    }
    let (asked, _, mut learnt) = read(refuse, DataModel::Unknown);
    assert!(!learnt.empty_path());
    assert_eq!(asked.len(), 3, "the root that it has came first: {asked:#?}");
    // Known from now on.
    let device = Device { names: NAMES.to_vec(), refuse };
    let mut reader = Reader::whole(DataModel::Unknown, false);
    let asked = device.run(&mut reader, &mut Tree::default(), &mut learnt).expect("readable");
    assert_eq!(asked.len(), 2);
    assert!(matches!(&asked[0], AcsRequest::GetParameterNames { path, .. } if path == "Device."));
}

#[test]
fn rule_195_nothing_for_the_empty_path_is_no_answer_either() {
    let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
    let mut reader = Reader::whole(DataModel::Unknown, false);
    reader.next(&tree, &mut learnt);
    reader.on_names(&[], &mut tree);
    let next = reader.next(&tree, &mut learnt);
    assert!(matches!(next, Some(AcsRequest::GetParameterNames { path, .. }) if path == "Device."));
    assert!(!learnt.empty_path());
}

#[test]
fn rule_196_a_device_that_tells_everything_at_each_level_is_asked_once() {
    let all: Vec<ParameterInfo> =
        ["Device.", "Device.A.", "Device.A.1.", "Device.A.1.X", "Device.V"].map(info).to_vec();
    // Where the depth is already known to be a problem …
    let mut learnt = Capabilities { names_deep: false, ..Capabilities::default() };
    let mut tree = Tree::default();
    let mut reader = Reader::whole(DataModel::Tr181, false);
    let next = reader.next(&tree, &mut learnt);
    assert!(matches!(next, Some(AcsRequest::GetParameterValues { .. })), "values of the root come first: {next:?}");
    reader.on_fault(&fault(9004), &mut tree, &mut learnt).expect("goes on");
    reader.next(&tree, &mut learnt);
    reader.on_names(&all, &mut tree);
    let next = reader.next(&tree, &mut learnt);
    assert!(matches!(next, Some(AcsRequest::GetParameterValues { .. })), "{next:?}");
    // … and where the root is looked for.
    let mut tree = Tree::default();
    let mut reader = Reader::whole(DataModel::Unknown, false);
    reader.next(&tree, &mut learnt);
    reader.on_names(&all, &mut tree);
    let next = reader.next(&tree, &mut learnt);
    assert!(matches!(next, Some(AcsRequest::GetParameterValues { .. })), "{next:?}");
    assert!(tree.get("Device.A.1.X").is_some());
}

#[test]
fn a_fault_both_ways_is_no_reason_to_give_up_the_deep_question() {
    let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
    let mut reader = Reader::objects_and_leaves(&["Device.Gone.".to_owned()], false);
    while let Some(request) = reader.next(&tree, &mut learnt) {
        if matches!(request, AcsRequest::GetParameterNames { .. }) {
            reader.on_fault(&fault(9002), &mut tree, &mut learnt).expect("goes on");
        } else {
            reader.on_values(&[], &mut tree, Timestamp(1));
        }
    }
    assert!(learnt.names_deep());
    assert_eq!(reader.fault.map(|fault| fault.code), Some(9002));
}

#[test]
fn what_the_device_no_longer_has_is_dropped() {
    let mut tree = Tree::default();
    tree.set_value("Device.A.9.X", ValueType::String, "old", Timestamp(0));
    let device = Device { names: NAMES.to_vec(), refuse: |_| None };
    let mut reader = Reader::objects_and_leaves(&["Device.A.".to_owned()], false);
    device.run(&mut reader, &mut tree, &mut Capabilities::default()).expect("readable");
    assert!(tree.get("Device.A.9.X").is_none());
    assert_eq!(tree.value("Device.A.2.X"), Some("v"));
    assert_eq!(tree.value("Device.B.Z"), None, "not asked for");
}

#[test]
fn changes_of_settings_are_told_and_secrets_masked() {
    let mut tree = Tree::default();
    for name in ["Device.A.SSID", "Device.A.KeyPassphrase", "Device.A.UpTime"] {
        tree.set_info(name, !name.ends_with("UpTime"));
        tree.set_value(name, ValueType::String, "before", Timestamp(0));
    }
    let mut reader = Reader::objects_and_leaves(&["Device.A.SSID".to_owned()], true);
    reader.next(&tree, &mut Capabilities::default());
    let values =
        [value("Device.A.SSID", "b"), value("Device.A.KeyPassphrase", "hunter22"), value("Device.A.UpTime", "9")];
    reader.on_values(&values, &mut tree, Timestamp(1));
    let told: Vec<_> = reader.changes.iter().map(|c| (c.path.as_str(), c.after.as_deref())).collect();
    assert_eq!(told, [("Device.A.SSID", Some("b")), ("Device.A.KeyPassphrase", Some(""))]);
}
