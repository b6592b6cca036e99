//! The search of the whole portal.

use super::{NOW, patch, put, register};
use crate::store_test;
use crate::{DevicePatch, FoundBy, Store, found_by};
use model::search::SearchHit;
use model::subscriber::SubscriberChange;

async fn person(store: &Store, number: u32, name: &str, phone: &str, serial: &str) {
    let change = SubscriberChange {
        account: format!("ACC-{number}"),
        name: Some(name.into()),
        phones: Some(vec![phone.into()]),
        email: Some(format!("{number}@example.net")),
        address: Some(format!("{number} Harbour Road")),
        plan: Some("Fibre 500/50".into()),
        serials: (!serial.is_empty()).then(|| vec![serial.into()]),
        ..SubscriberChange::default()
    };
    put(store, change, NOW).await;
}

async fn hits(store: &Store, text: &str) -> Vec<SearchHit> {
    store.search(text, None, 20, NOW).await.unwrap()
}

/// Title and matched field of the first hit.
async fn first(store: &Store, text: &str) -> Option<(String, String)> {
    hits(store, text).await.into_iter().next().map(|hit| (hit.title, hit.matched))
}

async fn titles(store: &Store, text: &str) -> Vec<String> {
    hits(store, text).await.into_iter().map(|hit| hit.title).collect()
}

store_test! {
    async fn what_is_exact_comes_first(database: Database) {
        let store = database.store();
        // A model that begins with the other's serial number.
        let decoy = register(&store, "DECOY").await.id;
        patch(&store, decoy, DevicePatch { model: Some("A1B2C3D4E5F6x 0171".into()), ..DevicePatch::default() }).await;
        let device = register(&store, "A1B2C3D4E5F6").await.id;
        let facts = DevicePatch { model: Some("GW".into()), address: Some("203.0.113.9".into()), mac: Some("0a:0b:0c:0d:0e:0f".into()), ..DevicePatch::default() };
        patch(&store, device, facts).await;
        person(&store, 1, "Maria Bell", "+49 (171) 555-0123", "").await;
        person(&store, 2, "Ada Byron", "0049 30 1234567", "A1B2C3D4E5F6").await;

        let expect = |title: &str, matched: &str| Some((title.to_owned(), matched.to_owned()));
        for serial in ["A1B2C3D4E5F6", " a1b2c3d4e5f6 ", "A1:B2:C3:D4:E5:F6", "a1b2 c3d4 e5f6"] {
            assert_eq!(first(&store, serial).await, expect("Ada Byron", "Serial"), "{serial}");
        }
        for mac in ["0A0B0C0D0E0F", "0a-0b-0c-0d-0e-0f", "0a0b.0c0d.0e0f", "0a:0b:0c:0d:0e:0f"] {
            assert_eq!(first(&store, mac).await, expect("Ada Byron", "MAC"), "{mac}");
        }
        assert_eq!(first(&store, "203.0.113.9").await, expect("Ada Byron", "IP address"));
        assert_eq!(first(&store, "ACC-1").await, expect("Maria Bell", "Account"));
        for phone in ["+49 171 5550123", "491715550123", "0049/171/555-0123", "0171 555 0123"] {
            assert_eq!(first(&store, phone).await, expect("Maria Bell", "Phone"), "{phone}");
            assert!(hits(&store, phone).await[0].exact, "{phone}");
        }
        // The decoy is there, too, but later.
        let all = hits(&store, "A1B2C3D4E5F6").await;
        assert_eq!((all[0].device, all[1].device), (Some(device), Some(decoy)));
        assert_eq!((all[0].exact, all[1].exact, all.len()), (true, false, 2));
        assert_eq!(all[0].subtitle, "GW · A1B2C3D4E5F6 · 203.0.113.9 · ACC-2");
        let (from, to) = all[0].subtitle_marks[0];
        assert_eq!(&all[0].subtitle[from..to], "A1B2C3D4E5F6");
        // A name before an address with the same word.
        person(&store, 3, "Jo Harbour", "", "").await;
        assert_eq!(first(&store, "harbour").await, expect("Jo Harbour", "Name"));
    }

    async fn beginnings_ends_and_parts_are_found(database: Database) {
        let store = database.store();
        for serial in ["HG-1001", "HG-1011", "XX-1001"] {
            register(&store, serial).await;
        }
        person(&store, 1, "Müller & Söhne", "", "").await;
        let serials = |hits: &[SearchHit]| hits.iter().map(|hit| hit.subtitle.clone()).collect::<Vec<_>>();
        assert_eq!(serials(&hits(&store, "hg-1").await), ["HG-1001 · 192.0.2.1", "HG-1011 · 192.0.2.1"]);
        assert_eq!(hits(&store, "h").await.len(), 3, "both gateways, and Harbour Road");
        assert_eq!(hits(&store, "1001").await.len(), 2, "the last four characters");
        assert_eq!(first(&store, "mü").await.unwrap().1, "Name");
        for text in ["müller", "SÖHNE", "söhne müll", "muller sohne", "Mueller", "MUELL", "harbour", "fibre 500/50", "1@example"] {
            let found = first(&store, text).await;
            assert_eq!(found.as_ref().map(|(title, _)| title.as_str()), Some("Müller & Söhne"), "{text}");
        }
        assert_eq!(first(&store, "harbour").await.unwrap().1, "Address");
        for nothing in ["", "   ", "müller xyz", "%%%", "___", "\"\"\"", "'", "\u{1f600}", "\u{0}"] {
            assert_eq!(hits(&store, nothing).await, [], "{nothing}");
        }
        assert_eq!(store.search("hg-1", None, 1, NOW).await.unwrap().len(), 1);
        assert_eq!(store.search("hg-1", None, 0, NOW).await.unwrap().len(), 0);
    }

    async fn typing_errors_are_forgiven(database: Database) {
        let store = database.store();
        register(&store, "HG640-004711").await;
        person(&store, 1, "Katharina Kowalski", "+49 171 5550123", "HG640-004711").await;
        person(&store, 2, "Jörg Weiß", "", "").await;
        for text in [
            "Kahtarina", "Katarina", "kowalksi", "Kowlaski katharina", "Katharyna Kovalski", "kathar kowal",
            "HG640-007411", "HG64O-004711", "hg640-04711", "hg640-0047111", "0171 5550132", "habrour katharina",
        ] {
            assert_eq!(titles(&store, text).await.first().map(String::as_str), Some("Katharina Kowalski"), "{text}");
        }
        for text in ["jorg weiss", "Joerg Weiß", "jörg wiess", "Jörg Weis"] {
            assert_eq!(titles(&store, text).await, ["Jörg Weiß"], "{text}");
        }
        // Right before wrong: what is written as typed is first.
        person(&store, 3, "Katarina Kowalska", "", "").await;
        assert_eq!(titles(&store, "katarina").await, ["Katarina Kowalska", "Katharina Kowalski"]);
        assert_eq!(hits(&store, "katxyzna").await, []);
    }

    async fn what_a_tree_tells_finds_the_device(database: Database) {
        let store = database.store();
        let id = register(&store, "S1").await.id;
        let facts = [(FoundBy::Ssid, "Bell Family 5G"), (FoundBy::PppUser, "u4711@isp.example"), (FoundBy::Ip, "100.64.0.9"), (FoundBy::Ip, "2001:db8::9")];
        patch(&store, id, DevicePatch { found_by: Some(found_by(facts)), ..DevicePatch::default() }).await;
        for (text, matched, value) in [
            ("bell family", "SSID", "Bell Family 5G"),
            ("family", "SSID", "Bell Family 5G"),
            ("u4711@isp.example", "PPP user", "u4711@isp.example"),
            ("u4711", "PPP user", "u4711@isp.example"),
            ("100.64.0.9", "IP address", "100.64.0.9"),
            ("100.64.0", "IP address", "100.64.0.9"),
            ("2001:DB8:0:0::9", "IP address", "2001:db8::9"),
        ] {
            let hits = hits(&store, text).await;
            assert_eq!(hits.len(), 1, "{text}");
            assert_eq!((hits[0].matched.as_str(), hits[0].value.text.as_str()), (matched, value), "{text}");
            assert!(!hits[0].value.marks.is_empty(), "{text}");
        }
        assert_eq!(hits(&store, "1.100.64").await, []);
        patch(&store, id, DevicePatch { found_by: Some(String::new()), ..DevicePatch::default() }).await;
        assert_eq!(hits(&store, "family").await, []);
        assert_eq!(hits(&store, "100.64.0.9").await, []);
    }

    async fn those_that_are_there_come_before_those_that_are_not(database: Database) {
        let store = database.store();
        let mut ids = Vec::new();
        for (serial, seconds) in [("T-OFF", -900), ("T-LATE", -1), ("T-ON", 300), ("T-NEW", 400)] {
            let id = register(&store, serial).await.id;
            let late_at = NOW.plus_seconds(seconds);
            let times = DevicePatch { late_at: Some(late_at), overdue_at: Some(late_at.plus_seconds(600)), last_inform: Some(late_at.plus_seconds(-300)), ..DevicePatch::default() };
            patch(&store, id, times).await;
            ids.push(id);
        }
        person(&store, 1, "Ada", "", "T-ON").await;
        let found: Vec<_> = hits(&store, "gateway").await.into_iter().map(|hit| hit.device.unwrap()).collect();
        assert_eq!(found, [ids[2], ids[3], ids[1], ids[0]], "online with somebody, online, late, offline");
        let presence: Vec<_> = hits(&store, "gateway").await.iter().map(|hit| hit.presence.unwrap().as_str()).collect();
        assert_eq!(presence, ["online", "online", "late", "offline"]);
    }

    async fn the_index_follows_the_device(database: Database) {
        let store = database.store();
        let id = register(&store, "S1").await.id;
        assert_eq!(hits(&store, "192.0.2.1").await.len(), 1);
        let moved = DevicePatch { address: Some("198.51.100.77".into()), software_version: Some("v9.8.7".into()), ..DevicePatch::default() };
        patch(&store, id, moved).await;
        assert_eq!(hits(&store, "192.0.2.1").await.len(), 0);
        assert_eq!(hits(&store, "198.51.100.7").await.len(), 1);
        assert_eq!(hits(&store, "v9.8").await[0].matched, "Software");
        patch(&store, id, DevicePatch { mac: Some("AA:BB:CC:11:22:33".into()), ..DevicePatch::default() }).await;
        assert_eq!(hits(&store, "aa:bb:cc").await.len(), 1);
        assert_eq!(hits(&store, "22:33").await.len(), 1);
        // What cannot be searched does not touch the words.
        patch(&store, id, DevicePatch { quirks: Some("needle".into()), ..DevicePatch::default() }).await;
        assert_eq!(hits(&store, "needle").await.len(), 0);
    }

    async fn the_index_can_be_written_anew(database: Database) {
        let store = database.store();
        for number in 0..30 {
            register(&store, &format!("SER{number:04}")).await;
            let serial = if number % 3 == 0 { String::new() } else { format!("SER{number:04}") };
            person(&store, number, &format!("Person{number} Smith"), &format!("+4930{number:06}"), &serial).await;
        }
        let texts = ["person7", "smith", "ser0009", "0030 000012", "acc-21", "smiht person8", "harbour 4"];
        let mut before = Vec::new();
        for text in texts {
            let hits = hits(&store, text).await;
            assert!(!hits.is_empty(), "{text}");
            before.push(hits);
        }
        store.rebuild_search().await.unwrap();
        store.rebuild_search().await.unwrap();
        let again = database.open_again().await;
        for (text, before) in texts.iter().zip(before) {
            assert_eq!(hits(&store, text).await, before, "{text}");
            assert_eq!(hits(&again, text).await, before, "{text}");
        }
        // And it is kept up from there on.
        person(&again, 5, "Zacharias Smith", "", "").await;
        assert_eq!(titles(&store, "zacharia").await, ["Zacharias Smith"]);
        assert!(titles(&store, "person5").await.iter().all(|title| title != "Person5 Smith"));
        register(&store, "SER9999").await;
        assert_eq!(hits(&store, "9999").await.len(), 1);
    }

    async fn common_words_are_looked_for_in_what_the_rare_ones_find(database: Database) {
        let store = database.store();
        store.0.commons.set(5);
        for number in 0..40 {
            let at = number as usize;
            let first = ["Maria", "Thomas"][at % 2];
            let begun = ["Ash", "Birk", "Cor", "Dun", "Elm", "Fair", "Glen", "Hart", "Ing", "Jor"][at % 10];
            let last = format!("{begun}{}", ["wood", "field", "ley", "ton"][at / 10]);
            let device = register(&store, &format!("CW{number:04}")).await.id;
            let model = DevicePatch { model: Some(["HG640", "GX21"][at / 20].into()), ..DevicePatch::default() };
            patch(&store, device, model).await;
            person(&store, number, &format!("{first} {last}"), "", &format!("CW{number:04}")).await;
        }
        let plan = store.sample().await.unwrap().plan(&["maria", "glenwood", "fibre"].map(|word| vec![word.to_owned()]));
        assert_eq!((plan.asked, plan.checked), (vec![1], vec![0, 2]), "as these rows are");
        for (text, found) in [
            ("maria glenwood", &["Maria Glenwood"][..]),
            ("glenwood fibre maria", &["Maria Glenwood"]),
            ("mar glen hg640", &["Maria Glenfield", "Maria Glenwood"]),
            ("maira glenwood", &["Maria Glenwood"]),
            ("hg640 glewnood", &["Maria Glenwood"]),
            ("thomas glenwood", &[]),
            ("gx21 glenwood", &[]),
        ] {
            let mut titles = titles(&store, text).await;
            titles.sort();
            assert_eq!(titles, found, "{text}");
        }
        // Nothing but common words.
        let page = |text: &'static str| { let store = store.clone(); async move { store.search_page(text, None, 0, 20, NOW).await.unwrap().found } };
        assert_eq!((page("thomas gx21 fibre").await, page("maria hg640").await, page("hg640 gx21").await), (10, 10, 0));
    }

    async fn numbers_in_parts_are_found_in_spite_of_an_error(database: Database) {
        let store = database.store();
        for number in 0..20 {
            let phone = format!("+49 171 {}", 1_000_000 + number * 31_337);
            person(&store, number, &format!("Person{number}"), &phone, "").await;
        }
        // Twenty numbers begin with 0171, and that is not an answer.
        assert_eq!(titles(&store, "0171 1219395").await, ["Person7"]);
        assert_eq!(first(&store, "person7 9359").await.unwrap().0, "Person7");
    }

    async fn pages_follow_each_other(database: Database) {
        let store = database.store();
        for number in 0..45 {
            register(&store, &format!("PG{number:02}")).await;
        }
        let mut seen = Vec::new();
        for offset in [0, 20, 40, 60] {
            let page = store.search_page("pg", None, offset, 20, NOW).await.unwrap();
            assert_eq!((page.found, page.bounded), (45, false));
            seen.extend(page.hits.into_iter().map(|hit| hit.device.unwrap()));
        }
        assert_eq!(seen.len(), 45);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 45);
    }

    async fn no_text_is_too_much(database: Database) {
        let store = database.store();
        for number in 0..20 {
            register(&store, &format!("DEV{number}")).await;
        }
        person(&store, 1, "a\"b* NOT near(", "", "").await;
        let long = "x".repeat(1000);
        let many = "ab ".repeat(500);
        let digits = "1".repeat(1000);
        for text in ["a", "%", "_", "*", "\\", "'; DROP TABLE device; --", "\" OR \"", "NEAR(", "dev*", "{a,b}", "[1]", "\u{202e}abc", "\u{1f600}\u{1f600}", &long, &many, &digits, "ﷺ", "e\u{301}\u{301}\u{301}", "日本"] {
            store.search(text, None, 20, NOW).await.unwrap();
            let filter = model::device::DeviceFilter { text: text.to_owned(), ..Default::default() };
            store.count_devices(&filter, None, NOW, 100).await.unwrap();
            let query = model::device::DeviceQuery { filter, ..Default::default() };
            store.devices(&query, None, NOW).await.unwrap();
        }
        assert_eq!(titles(&store, "b* NOT near(").await, ["a\"b* NOT near("]);
    }
}
