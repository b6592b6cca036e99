//! The search of the whole portal.

use super::{NOW, patch, register};
use crate::store_test;
use crate::{DevicePatch, Store};
use model::search::SearchHit;
use model::subscriber::SubscriberInput;

async fn person(store: &Store, number: u32, name: &str, phone: &str, serial: &str) {
    let input = SubscriberInput {
        name: name.into(),
        account: format!("ACC-{number}"),
        phones: vec![phone.into()],
        email: format!("{number}@example.net"),
        address: format!("{number} Harbour Road"),
        plan: "Fibre 500/50".into(),
        device_serial: serial.into(),
        ..SubscriberInput::default()
    };
    store.put_subscriber(&input, NOW).await.unwrap();
}

async fn hits(store: &Store, text: &str) -> Vec<SearchHit> {
    store.search(text, 20).await.unwrap()
}

/// Title and matched field of the first hit.
async fn first(store: &Store, text: &str) -> Option<(String, String)> {
    hits(store, text).await.into_iter().next().map(|hit| (hit.title, hit.matched))
}

store_test! {
    async fn what_is_exact_comes_first(database: Database) {
        let store = database.store();
        // A model that contains the other's serial number.
        let decoy = register(&store, "DECOY").await.id;
        patch(&store, decoy, DevicePatch { model: Some("xA1B2C3D4E5F6x 0171".into()), ..DevicePatch::default() }).await;
        let device = register(&store, "A1B2C3D4E5F6").await.id;
        let facts = DevicePatch { model: Some("GW".into()), address: Some("203.0.113.9".into()), mac: Some("0a:0b:0c:0d:0e:0f".into()), ..DevicePatch::default() };
        patch(&store, device, facts).await;
        person(&store, 1, "Maria Bell", "+49 (171) 555-0123", "").await;
        person(&store, 2, "Ada Byron", "0049 30 1234", "A1B2C3D4E5F6").await;

        let expect = |title: &str, matched: &str| Some((title.to_owned(), matched.to_owned()));
        assert_eq!(first(&store, "A1B2C3D4E5F6").await, expect("Ada Byron", "Serial"));
        assert_eq!(first(&store, " a1b2c3d4e5f6 ").await, expect("Ada Byron", "Serial"));
        assert_eq!(first(&store, "A1:B2:C3:D4:E5:F6").await, expect("Ada Byron", "Serial"));
        for mac in ["0A0B0C0D0E0F", "0a-0b-0c-0d-0e-0f", "0a0b.0c0d.0e0f"] {
            assert_eq!(first(&store, mac).await, expect("Ada Byron", "MAC"), "{mac}");
        }
        assert_eq!(first(&store, "203.0.113.9").await, expect("Ada Byron", "Address"));
        assert_eq!(first(&store, "ACC-1").await, expect("Maria Bell", "Account"));
        for phone in ["+49 171 5550123", "491715550123", "0049/171/555-0123"] {
            assert_eq!(first(&store, phone).await, expect("Maria Bell", "Phone"), "{phone}");
        }
        // The decoy is there, too, but later.
        let all = hits(&store, "A1B2C3D4E5F6").await;
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].device, all[1].device), (Some(device), Some(decoy)));
        assert_eq!(all[0].subtitle, "GW · A1B2C3D4E5F6 · 203.0.113.9 · ACC-2");
    }

    async fn beginnings_and_parts_are_found(database: Database) {
        let store = database.store();
        for serial in ["HG-100", "HG-101", "XX-100"] {
            register(&store, serial).await;
        }
        person(&store, 1, "Müller & Söhne", "", "").await;
        let serials = |hits: &[SearchHit]| hits.iter().map(|hit| hit.subtitle.clone()).collect::<Vec<_>>();
        assert_eq!(serials(&hits(&store, "hg-1").await), ["HG-100 · 192.0.2.1", "HG-101 · 192.0.2.1"]);
        assert_eq!(hits(&store, "h").await.len(), 2);
        assert_eq!(hits(&store, "-100").await.len(), 2);
        assert_eq!(first(&store, "mü").await.unwrap().1, "Name");
        for text in ["müller", "SÖHNE", "söhne müll", "harbour", "fibre 500/50", "1@example"] {
            let found = first(&store, text).await;
            assert_eq!(found.as_ref().map(|(title, _)| title.as_str()), Some("Müller & Söhne"), "{text}");
        }
        assert_eq!(first(&store, "harbour").await.unwrap().1, "Address");
        for nothing in ["", "   ", "müller xyz", "%%%", "___", "\"\"\"", "* OR *", "hg-1%"] {
            assert_eq!(hits(&store, nothing).await, [], "{nothing}");
        }
        assert_eq!(store.search("hg-1", 1).await.unwrap().len(), 1);
        assert_eq!(store.search("hg-1", 0).await.unwrap().len(), 0);
    }

    async fn the_index_follows_the_device(database: Database) {
        let store = database.store();
        let id = register(&store, "S1").await.id;
        assert_eq!(hits(&store, "192.0.2.1").await.len(), 1);
        let moved = DevicePatch { address: Some("198.51.100.77".into()), software_version: Some("v9.8.7".into()), ..DevicePatch::default() };
        patch(&store, id, moved).await;
        assert_eq!(hits(&store, "192.0.2.1").await.len(), 0);
        assert_eq!(hits(&store, "51.100.7").await.len(), 1);
        assert_eq!(hits(&store, "v9.8").await[0].matched, "Software");
        patch(&store, id, DevicePatch { mac: Some("AA:BB:CC:11:22:33".into()), ..DevicePatch::default() }).await;
        assert_eq!(hits(&store, "bb:cc:11").await.len(), 1);
        assert_eq!(hits(&store, "bbcc11").await.len(), 1);
        // What cannot be searched does not touch the words.
        patch(&store, id, DevicePatch { quirks: Some("needle".into()), ..DevicePatch::default() }).await;
        assert_eq!(hits(&store, "needle").await.len(), 0);
    }
}
