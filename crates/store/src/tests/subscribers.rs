//! Subscribers: putting many at once, the list, their history.

use super::{NOW, person, put, register};
use crate::store_test;
use crate::{Put, PutOptions, Store};
use model::SubscriberId;
use model::device::{DeviceQuery, DeviceSort, Direction};
use model::page::Count;
use model::subscriber::{
    Phone, SubscriberChange, SubscriberEventKind, SubscriberField, SubscriberFilter, SubscriberQuery, SubscriberSort,
};

fn change(account: &str, name: &str) -> SubscriberChange {
    SubscriberChange { account: account.into(), name: Some(name.into()), ..SubscriberChange::default() }
}

fn options() -> PutOptions {
    PutOptions { by: "Maria".into(), take_over: false, scope: None }
}

/// Titles of what a search finds.
async fn found(store: &Store, text: &str) -> Vec<String> {
    let mut titles: Vec<_> =
        store.search(text, None, 50, NOW).await.unwrap().into_iter().map(|hit| hit.title).collect();
    titles.sort();
    titles
}

async fn kinds(store: &Store, id: SubscriberId) -> Vec<SubscriberEventKind> {
    store.subscriber_events(id, None, 50).await.unwrap().items.into_iter().map(|event| event.kind).collect()
}

store_test! {
    async fn a_subscriber_is_known_by_the_account(database: Database) {
        let store = database.store();
        let full = SubscriberChange {
            account: " A1 ".into(),
            name: Some(" Ada ".into()),
            phones: Some(vec!["+49 171 555-0123".into(), Phone { number: "030 99".into(), label: "Work".into() }]),
            email: Some("ada@example.net".into()),
            address: Some("Hill 1".into()),
            locality: Some("Wexcombe".into()),
            region: Some("North".into()),
            partner: Some("Acme".into()),
            plan: Some("Fibre 500".into()),
            plan_down_kbit: Some(Some(500_000)),
            plan_up_kbit: Some(Some(50_000)),
            time_zone: Some("Europe/London".into()),
            tags: Some(vec!["vip".into(), "b2b".into()]),
            ppp_user: Some("ada@isp.example".into()),
            serials: None,
        };
        let id = put(&store, full.clone(), NOW).await;
        let view = store.subscriber(id).await.unwrap().unwrap();
        assert_eq!((view.name.as_str(), view.account.as_str(), view.created_at), ("Ada", "A1", NOW));
        assert_eq!((view.plan_down_kbit, view.plan_up_kbit), (Some(500_000), Some(50_000)));
        assert_eq!((view.tags.as_slice(), view.locality.as_str()), (&["b2b".to_owned(), "vip".to_owned()][..], "Wexcombe"));
        assert_eq!(view.phones[1], Phone { number: "030 99".into(), label: "Work".into() });
        assert_eq!(store.subscriber_by_account("A1").await.unwrap().as_ref(), Some(&view));
        assert_eq!(store.subscriber(SubscriberId(id.0 + 1)).await.unwrap(), None);
        for text in ["030 99", "03099", "wexcombe", "vip", "ada@isp.example", "5550123"] {
            assert_eq!(found(&store, text).await, ["Ada"], "{text}");
        }

        // The same again writes nothing.
        let later = NOW.plus_seconds(9);
        let again = store.put_subscribers(&[full], &options(), later).await.unwrap();
        assert_eq!(again.outcomes, [Put::Same(id)]);
        assert_eq!(store.subscriber(id).await.unwrap().unwrap(), view);

        // What is not named stays; what is named empty goes.
        let less = SubscriberChange {
            name: Some("Ada Byron".into()),
            plan_up_kbit: Some(None),
            phones: Some(vec!["030 99".into()]),
            tags: Some(vec!["b2b".into()]),
            ..change("A1", "")
        };
        assert_eq!(store.put_subscribers(&[less], &options(), later).await.unwrap().outcomes, [Put::Changed(id)]);
        let changed = store.subscriber(id).await.unwrap().unwrap();
        assert_eq!((changed.name.as_str(), changed.email.as_str(), changed.plan_up_kbit), ("Ada Byron", "ada@example.net", None));
        assert_eq!((changed.created_at, changed.updated_at), (NOW, later));
        assert_eq!(found(&store, "5550123").await, Vec::<String>::new());
        assert_eq!(found(&store, "vip").await, Vec::<String>::new());
        let events = kinds(&store, id).await;
        let SubscriberEventKind::Changed { changes } = &events[0] else { panic!("{events:?}") };
        let fields: Vec<_> = changes.iter().map(|change| change.field).collect();
        use SubscriberField as F;
        assert_eq!(fields, [F::Name, F::Phones, F::PlanUpKbit, F::Tags]);
        assert_eq!((changes[0].before.as_str(), changes[0].after.as_str()), ("Ada", "Ada Byron"));
        assert_eq!(events[1..], [SubscriberEventKind::Created]);
    }

    async fn many_are_put_at_once_and_the_wrong_ones_are_told(database: Database) {
        let store = database.store();
        let owner = person(&store, "A0", "Owner", &["S0"]).await;
        let claim = |account: &str, serial: &str| SubscriberChange {
            serials: Some(vec![serial.into()]),
            ..change(account, account)
        };
        let many = [
            change("A1", "One"),
            change("A1", "Again"),
            change("", "Nobody"),
            change("A2", " "),
            claim("A3", "S0"),
            claim("A4", "S4"),
            claim("A5", "S4"),
            change("A0", "Owner"),
            change("A6", "O\u{10ffff}'; DROP TABLE subscriber; --\"\\"),
        ];
        let tried = store.try_subscribers(&many, &options(), NOW).await.unwrap();
        assert!(store.subscriber_by_account("A1").await.unwrap().is_none(), "nothing was written");
        let done = store.put_subscribers(&many, &options(), NOW).await.unwrap().outcomes;
        for outcomes in [&tried, &done] {
            assert!(matches!(
                outcomes[..],
                [
                    Put::Created(_), Put::Refused(_), Put::Refused(_), Put::Refused(_), Put::Refused(_),
                    Put::Created(_), Put::Refused(_), Put::Same(_), Put::Created(_),
                ]
            ), "{outcomes:?}");
        }
        let why = |at: usize| match &done[at] {
            Put::Refused(why) => why.clone(),
            other => panic!("{other:?}"),
        };
        assert!(why(4).contains("A0") && why(6).contains("A4"), "{} {}", why(4), why(6));
        assert_eq!(store.serials_of(owner).await.unwrap(), ["S0"]);
        let hostile = store.subscriber(done[8].id().unwrap()).await.unwrap().unwrap();
        assert!(hostile.name.ends_with("--\"\\"), "{}", hostile.name);
        assert_eq!(store.count_subscribers(&SubscriberFilter::default(), None, 100).await.unwrap(), Count::Exact(4));
        assert_eq!(store.count_subscribers(&SubscriberFilter::default(), None, 3).await.unwrap(), Count::MoreThan(3));
    }

    async fn a_new_name_sorts_and_finds_at_once(database: Database) {
        let store = database.store();
        for serial in ["S1", "S2"] {
            register(&store, serial).await;
        }
        person(&store, "A1", "zoe", &["S1"]).await;
        person(&store, "A2", "Max", &["S2"]).await;
        let query = DeviceQuery { sort: DeviceSort::Subscriber, ..DeviceQuery::default() };
        let order = async || {
            let rows = store.devices(&query, None, NOW).await.unwrap().items;
            rows.into_iter().map(|row| row.subscriber.unwrap().name).collect::<Vec<_>>()
        };
        assert_eq!(order().await, ["Max", "zoe"]);
        put(&store, change("A1", "Anna"), NOW).await;
        assert_eq!(order().await, ["Anna", "Max"]);
        assert_eq!((found(&store, "zoe").await.len(), found(&store, "anna").await.len()), (0, 1));
    }

    async fn the_list_pages_both_ways_under_every_filter(database: Database) {
        let store = database.store();
        // 23: names that repeat, every third with a device, two plans, a rare tag.
        for number in 0..23_u32 {
            let serial = format!("S{number}");
            register(&store, &serial).await;
            let one = SubscriberChange {
                plan: Some(if number % 2 == 0 { "Fibre" } else { "Copper" }.into()),
                tags: Some(if number % 11 == 0 { vec!["rare".into()] } else { vec!["common".into()] }),
                serials: (number % 3 == 0).then(|| vec![serial.clone()]),
                ..change(&format!("A{number:02}"), &format!("Person-{}", number / 4))
            };
            put(&store, one, NOW).await;
        }
        let all = |filter: &SubscriberFilter, sort, direction| {
            let (store, filter) = (store.clone(), filter.clone());
            async move {
                let mut query = SubscriberQuery { filter, sort, direction, cursor: None, limit: 4 };
                let mut seen: Vec<(String, String)> = Vec::new();
                let mut pages = Vec::new();
                loop {
                    let page = store.list_subscribers(&query, None).await.unwrap();
                    seen.extend(page.items.iter().map(|row| (row.subscriber.name.clone(), row.subscriber.account.clone())));
                    let back = page.previous.clone();
                    pages.push(page.items);
                    let Some(next) = page.next else {
                        // The way back shows the same page.
                        if let Some(back) = back {
                            query.cursor = Some(back.0);
                            let before = store.list_subscribers(&query, None).await.unwrap().items;
                            assert_eq!(before, pages[pages.len() - 2]);
                        }
                        return seen;
                    };
                    query.cursor = Some(next.0);
                }
            }
        };
        let base = SubscriberFilter::default;
        let filters = [
            (base(), 23),
            (SubscriberFilter { plan: "Fibre".into(), ..base() }, 12),
            (SubscriberFilter { tag: "rare".into(), ..base() }, 3),
            (SubscriberFilter { tag: "common".into(), plan: "Copper".into(), ..base() }, 10),
            (SubscriberFilter { has_device: Some(true), ..base() }, 8),
            (SubscriberFilter { has_device: Some(false), ..base() }, 15),
            (SubscriberFilter { text: "person-1".into(), ..base() }, 4),
            (SubscriberFilter { text: "person".into(), has_device: Some(true), ..base() }, 8),
            (SubscriberFilter { text: "S21".into(), ..base() }, 1),
            (SubscriberFilter { text: "A1".into(), ..base() }, 10),
            (SubscriberFilter { text: "P".into(), ..base() }, 23),
            (SubscriberFilter { plan: "Nothing".into(), ..base() }, 0),
        ];
        for (filter, count) in filters {
            assert_eq!(store.count_subscribers(&filter, None, 100).await.unwrap(), Count::Exact(count), "{filter:?}");
            for sort in SubscriberSort::ALL {
                let up = all(&filter, sort, Direction::Ascending).await;
                let mut down = all(&filter, sort, Direction::Descending).await;
                down.reverse();
                assert_eq!((up.len() as u64, &up), (count, &down), "{filter:?} {sort:?}");
                let mut sorted = up.clone();
                match sort {
                    SubscriberSort::Name => sorted.sort_by(|a, b| a.0.cmp(&b.0)),
                    SubscriberSort::Account | SubscriberSort::Created => sorted.sort_by(|a, b| a.1.cmp(&b.1)),
                }
                assert_eq!(up, sorted, "{filter:?} {sort:?}");
            }
        }
        let facets = store.subscriber_facets(None).await.unwrap();
        assert_eq!(facets.tags, [("common".to_owned(), 20), ("rare".to_owned(), 3)]);
        assert_eq!(facets.plans, [("Fibre".to_owned(), 12), ("Copper".to_owned(), 11)]);
        assert_eq!((facets.total, facets.without_device), (23, 15));
        for foreign in ["", "x", "n0a", "n0a.1.zz", "n1a.1.41", "p0d.1.41", "n0a.1.00"] {
            let query = SubscriberQuery { cursor: Some(foreign.into()), limit: 4, ..SubscriberQuery::default() };
            let first = store.list_subscribers(&query, None).await.unwrap();
            assert_eq!((first.items[0].subscriber.account.as_str(), first.previous), ("A00", None), "{foreign}");
        }
    }

    async fn a_deleted_subscriber_leaves_the_device_and_nothing_else(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let id = person(&store, "A1", "Ada", &["S1", "S2"]).await;
        let note = crate::NewNote {
            scope: model::note::NoteScope::Device(device),
            agent: None,
            by: "Maria".into(),
            text: "called".into(),
            now: NOW,
        };
        let note = store.insert_note(&note).await.unwrap().id;
        assert_eq!(store.devices_of(id).await.unwrap()[0].id, device);
        let linked = store.delete_subscriber(id, "Maria", NOW).await.unwrap().unwrap();
        assert_eq!((linked.len(), linked[0].device, linked[0].subscriber), (1, device, None));
        assert_eq!(store.delete_subscriber(id, "Maria", NOW).await.unwrap(), None);
        assert_eq!(store.subscriber(id).await.unwrap(), None);
        assert_eq!(store.note(note).await.unwrap(), None, "what was said of a person goes with them");
        assert_eq!(store.device(device).await.unwrap().unwrap().subscriber, None);
        assert_eq!(found(&store, "ada").await, Vec::<String>::new());
        assert_eq!(found(&store, "S1").await, ["Gateway"]);
        assert_eq!(store.expects("S2").await.unwrap(), None);
    }
}
