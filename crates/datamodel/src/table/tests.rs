use super::*;
use model::knowledge::{Choice, Range};
use proptest::prelude::*;

fn table() -> Table {
    let mut draft = Draft::default();
    let mut put = |path: &str, about: &str, rules: Option<Rules>| {
        let definition = draft.entry(path).unwrap();
        about.clone_into(&mut definition.about);
        definition.rules = rules;
        definition.writable = true;
    };
    put("Device.WiFi.Radio.{i}.Channel", "Radio channel.", Some(Rules::default()));
    put("Device.WiFi.Radio.{i}.", "A radio.", None);
    put("Device.WiFi.Radio.{i}.Name", "A name.", Some(Rules { units: "words".into(), ..Rules::default() }));
    put("Device.Odd.1.Fixed", "Only of the first.", Some(Rules::default()));
    put("Device.Odd.{i}.Fixed", "Of any.", Some(Rules::default()));
    put("Device.Name", "A parameter.", Some(Rules::default()));
    put("Device.Name.Below", "Below an object of the same name.", Some(Rules::default()));
    draft.set_key("Device.WiFi.Radio.{i}.Name");
    draft.finish("Device:9")
}

fn about(table: &Table, path: &str) -> String {
    table.find(path).map_or_else(|| "nothing".to_owned(), |entry| entry.about().to_owned())
}

#[test]
fn any_row_finds_what_is_said_of_rows() {
    let table = table();
    for path in [
        "Device.WiFi.Radio.1.Channel",
        "Device.WiFi.Radio.4294967296.Channel",
        "Device.WiFi.Radio.{i}.Channel",
        "Device.WiFi.Radio.[cpe-radio.1].Channel",
    ] {
        assert_eq!(about(&table, path), "Radio channel.", "{path}");
    }
    assert_eq!(about(&table, "Device.WiFi.Radio.3."), "A radio.");
    assert_eq!(about(&table, "Device.Odd.1.Fixed"), "Only of the first.");
    assert_eq!(about(&table, "Device.Odd.2.Fixed"), "Of any.");
}

#[test]
fn parameters_and_objects_are_told_apart() {
    let table = table();
    assert_eq!(about(&table, "Device.Name"), "A parameter.");
    assert_eq!(about(&table, "Device.Name."), "");
    assert_eq!(about(&table, "Device.Name.Below"), "Below an object of the same name.");
    for path in
        ["", ".", "Device", "Device..", "Device.WiFi.Radio", "Device.WiFi.Radio.x.Channel", "device.Name", "[", "[]x."]
    {
        assert_eq!(about(&table, path), "nothing", "{path}");
    }
}

#[test]
fn a_new_row_is_asked_for_its_keys_first() {
    let table = table();
    let fields = table.find("Device.WiFi.Radio.").unwrap().new_row();
    let names: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.key)).collect();
    assert_eq!(names, [("Name", true), ("Channel", false)]);
    assert!(table.find("Device.WiFi.Radio.1.").unwrap().new_row().is_empty());
}

#[test]
fn counts_name_and_root_are_there() {
    let table = table();
    assert_eq!((table.name(), table.root().as_str()), ("Device:9", "Device."));
    assert_eq!((table.parameters(), table.objects()), (6, 8));
}

#[test]
fn what_is_stored_comes_back() {
    let table = table();
    let stored = table.encode().unwrap();
    assert_eq!(stored[0], 1);
    assert_eq!(Table::decode(&stored).unwrap(), table);
    let empty = Draft::default().finish("none");
    assert_eq!(Table::decode(&empty.encode().unwrap()).unwrap(), empty);
}

#[test]
fn what_was_damaged_or_is_of_another_release_is_refused() {
    let stored = table().encode().unwrap();
    assert!(Table::decode(&[]).is_err());
    assert!(Table::decode(&stored[..stored.len() - 1]).is_err());
    let mut other = stored.clone();
    other[0] = 2;
    assert_eq!(Table::decode(&other).unwrap_err(), crate::DataModelError::Format(2));
    for at in 1..stored.len() {
        let mut bad = stored.clone();
        bad[at] ^= 0x10;
        // A few bits of a frame's header mean nothing.
        assert!(Table::decode(&bad).is_ok_and(|same| same == table()) || Table::decode(&bad).is_err(), "byte {at}");
    }
}

#[test]
fn a_million_questions_take_a_moment() {
    let table = table();
    let before = std::time::Instant::now();
    let found = (0..1_000_000).filter(|_| table.find("Device.WiFi.Radio.12.Channel").is_some()).count();
    assert_eq!(found, 1_000_000);
    assert!(before.elapsed() < std::time::Duration::from_secs(20), "{:?} without optimisation", before.elapsed());
}

proptest! {
    #[test]
    fn any_path_is_answered(path in "[A-Za-z0-9.\\[\\]{}]{0,40}|.{0,40}") {
        let _ = table().find(&path);
    }

    #[test]
    fn any_payload_is_refused_or_safe(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut stored = vec![1];
        stored.extend(zstd::bulk::compress(&payload, 1).unwrap());
        if let Ok(table) = Table::decode(&stored) {
            let _ = table.find("Device.A.1.B");
        }
        let _ = Table::decode(&payload);
    }

    #[test]
    fn tables_round_trip(
        paths in prop::collection::btree_set("(Device|X)\\.([A-C]\\.){0,3}(\\{i\\}\\.)?[A-C]{1,2}", 1..20),
        min in any::<i64>(),
        words in prop::collection::vec("\\PC{0,12}", 1..4),
    ) {
        let mut draft = Draft::default();
        for (index, path) in paths.iter().enumerate() {
            let word = &words[index % words.len()];
            let definition = draft.entry(path).unwrap();
            definition.about.clone_from(word);
            definition.rules = Some(Rules {
                ranges: vec![Range { min: Some(min), max: None }],
                choices: vec![Choice { value: word.clone(), read_only: index % 2 == 0 }],
                ..Rules::default()
            });
        }
        let table = draft.finish("x");
        let again = Table::decode(&table.encode().unwrap()).unwrap();
        prop_assert_eq!(&again, &table);
        for path in &paths {
            prop_assert!(again.find(path).unwrap().rules().is_some());
        }
    }
}
