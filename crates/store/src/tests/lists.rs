//! The device list: orders, pages, filters.

use super::{NOW, identity, new_device, patch, person, register};
use crate::store_test;
use crate::{DevicePatch, Store};
use model::DeviceId;
use model::device::{DeviceFilter, DeviceQuery, DeviceRow, DeviceSort, Direction};
use model::page::{Count, Cursor, Page};

/// 23 devices: three models (ties), four versions, every third with a subscriber (two of the same name), Informs in
/// different quarters of an hour.
async fn fleet(store: &Store) -> Vec<DeviceId> {
    let mut ids = Vec::new();
    for number in 0..23i64 {
        // Serials in another order than first contact.
        let serial = format!("S{:03}", number * 7 % 23);
        let id = register(store, &serial).await.id;
        let at = NOW.plus_seconds(number % 5 * 900 + number);
        let change = DevicePatch {
            model: Some(format!("Model {}", number % 3)),
            software_version: Some(format!("1.{}", number % 4)),
            last_inform: Some(at),
            late_at: Some(at.plus_seconds(300)),
            overdue_at: Some(at.plus_seconds(600)),
            ..DevicePatch::default()
        };
        patch(store, id, change).await;
        if number % 3 == 0 {
            let name = format!("Person-{}", number / 6);
            person(store, &format!("A{number}"), &name, &[serial.as_str()]).await;
        }
        ids.push(id);
    }
    ids
}

fn query(sort: DeviceSort, direction: Direction, limit: u16) -> DeviceQuery {
    DeviceQuery { sort, direction, limit, ..DeviceQuery::default() }
}

async fn page(store: &Store, query: &DeviceQuery, cursor: Option<&Cursor>) -> Page<DeviceRow> {
    store.devices(&query.clone().with_cursor(cursor), None, NOW).await.unwrap()
}

/// All pages forward, and then back from the last.
async fn walk(store: &Store, query: &DeviceQuery) -> (Vec<Vec<DeviceRow>>, Vec<Vec<DeviceRow>>) {
    let mut forward = Vec::new();
    let mut at = page(store, query, None).await;
    assert_eq!(at.previous, None);
    loop {
        let next = at.next.clone();
        forward.push(at.items.clone());
        let Some(next) = next else { break };
        at = page(store, query, Some(&next)).await;
        assert!(forward.len() < 100, "it never ends");
    }
    let mut back = vec![at.items.clone()];
    while let Some(previous) = at.previous.clone() {
        at = page(store, query, Some(&previous)).await;
        back.push(at.items.clone());
        assert!(back.len() < 100, "it never ends");
    }
    back.reverse();
    (forward, back)
}

fn ids(rows: &[DeviceRow]) -> Vec<i64> {
    rows.iter().map(|row| row.id.0).collect()
}

store_test! {
    async fn every_order_pages_both_ways(database: Database) {
        let store = database.store();
        let all = fleet(&store).await;
        for sort in DeviceSort::ALL {
            for direction in [Direction::Ascending, Direction::Descending] {
                let (forward, back) = walk(&store, &query(sort, direction, 4)).await;
                let label = format!("{sort:?} {direction:?}");
                assert_eq!(forward, back, "{label}");
                assert_eq!(forward.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 4, 4, 4, 3], "{label}");
                let rows = forward.concat();
                let mut seen = ids(&rows);
                seen.sort_unstable();
                assert_eq!(seen, all.iter().map(|id| id.0).collect::<Vec<_>>(), "{label}");
                let in_order = |in_order: &dyn Fn(&DeviceRow, &DeviceRow) -> std::cmp::Ordering| {
                    rows.windows(2).all(|pair| {
                        let order = in_order(&pair[0], &pair[1]);
                        if direction == Direction::Ascending { order.is_le() } else { order.is_ge() }
                    })
                };
                let quarter = |row: &DeviceRow| row.last_inform.0.div_euclid(900_000);
                let good = match sort {
                    DeviceSort::FirstSeen => in_order(&|a, b| a.id.cmp(&b.id)),
                    DeviceSort::Serial => in_order(&|a, b| a.identity.serial.cmp(&b.identity.serial)),
                    DeviceSort::Model => in_order(&|a, b| (&a.model, a.id).cmp(&(&b.model, b.id))),
                    DeviceSort::Software => {
                        in_order(&|a, b| (&a.software_version, a.id).cmp(&(&b.software_version, b.id)))
                    }
                    DeviceSort::LastInform => in_order(&|a, b| quarter(a).cmp(&quarter(b))),
                    DeviceSort::Subscriber => {
                        let named = rows.iter().take_while(|row| row.subscriber.is_some()).count();
                        // Without a subscriber last, whichever way.
                        named == 8 && rows[named..].iter().all(|row| row.subscriber.is_none())
                            && rows[..named].windows(2).all(|pair| {
                                let name = |row: &DeviceRow| row.subscriber.as_ref().map(|subscriber| subscriber.name.clone());
                                let order = name(&pair[0]).cmp(&name(&pair[1]));
                                if direction == Direction::Ascending { order.is_le() } else { order.is_ge() }
                            })
                    }
                };
                assert!(good, "{label}: {:?}", ids(&rows));
            }
        }
        // One page that holds all is exactly in order of the last Inform.
        let rows = page(&store, &query(DeviceSort::LastInform, Direction::Descending, 50), None).await.items;
        assert!(rows.windows(2).all(|pair| pair[0].last_inform >= pair[1].last_inform));
    }

    async fn inserts_between_pages_neither_repeat_nor_skip(database: Database) {
        let store = database.store();
        for number in 10..20 {
            register(&store, &format!("S{number}")).await;
        }
        let by_serial = query(DeviceSort::Serial, Direction::Ascending, 4);
        let first = page(&store, &by_serial, None).await;
        // Before the page, in the middle of it, and after.
        for serial in ["S00", "S115", "S99"] {
            register(&store, serial).await;
        }
        let second = page(&store, &by_serial, first.next.as_ref()).await;
        let serials: Vec<_> = second.items.iter().map(|row| row.identity.serial.as_str()).collect();
        assert_eq!(serials, ["S14", "S15", "S16", "S17"]);
        let back = page(&store, &by_serial, second.previous.as_ref()).await;
        let serials: Vec<_> = back.items.iter().map(|row| row.identity.serial.as_str()).collect();
        assert_eq!(serials, ["S11", "S115", "S12", "S13"]);
        let start = page(&store, &by_serial, back.previous.as_ref()).await;
        // Two rows come before: the whole first page is given instead.
        let serials: Vec<_> = start.items.iter().map(|row| row.identity.serial.as_str()).collect();
        assert_eq!(serials, ["S00", "S10", "S11", "S115"]);
        assert_eq!(start.previous, None);
        let last = page(&store, &by_serial, page(&store, &by_serial, second.next.as_ref()).await.next.as_ref()).await;
        assert_eq!(last.items.len(), 4);
    }

    async fn equal_serials_of_different_makers_are_all_listed(database: Database) {
        let store = database.store();
        for oui in ["C", "A", "D", "B", "E"] {
            let mut device = new_device("SAME");
            device.identity.oui = oui.into();
            store.register_device(&device).await.unwrap();
        }
        for direction in [Direction::Ascending, Direction::Descending] {
            let (forward, back) = walk(&store, &query(DeviceSort::Serial, direction, 2)).await;
            assert_eq!(forward, back);
            assert_eq!(forward.concat().len(), 5);
        }
    }

    async fn an_end_that_was_reached_can_be_left(database: Database) {
        let store = database.store();
        let a = register(&store, "A").await.id;
        let b = register(&store, "B").await.id;
        let first_seen = query(DeviceSort::FirstSeen, Direction::Ascending, 1);
        let first = page(&store, &first_seen, None).await;
        let second = page(&store, &first_seen, first.next.as_ref()).await;
        assert_eq!((ids(&second.items), second.next.clone()), (vec![b.0], None));
        // A cursor past the end, as an old link may have.
        let past = Cursor(first.next.unwrap().0.replace(&format!(".{}.", a.0), ".9999."));
        let empty = page(&store, &first_seen, Some(&past)).await;
        assert_eq!(ids(&empty.items), [0i64; 0]);
        let back = page(&store, &first_seen, empty.previous.as_ref()).await;
        assert_eq!(ids(&back.items), [b.0]);
    }

    async fn foreign_cursors_begin_at_the_beginning(database: Database) {
        let store = database.store();
        fleet(&store).await;
        let by_model = query(DeviceSort::Model, Direction::Ascending, 5);
        let first = page(&store, &by_model, None).await;
        let by_serial = query(DeviceSort::Serial, Direction::Ascending, 5);
        assert_eq!(page(&store, &by_serial, first.next.as_ref()).await, page(&store, &by_serial, None).await);
        let nonsense = Cursor("%00' OR 1=1 --".into());
        assert_eq!(page(&store, &by_model, Some(&nonsense)).await, first);
    }

    async fn filters_hold_with_every_order(database: Database) {
        let store = database.store();
        fleet(&store).await;
        register(&store, "OLD").await;
        let mut ancient = new_device("ANCIENT");
        ancient.now = NOW.plus_seconds(-40 * 86_400);
        store.register_device(&ancient).await.unwrap();
        let base = DeviceFilter::default;
        type Holds = fn(&DeviceRow) -> bool;
        let cases: Vec<(DeviceFilter, Holds, usize)> = vec![
            (DeviceFilter { model: "Model 1".into(), ..base() }, |row| row.model == "Model 1", 8),
            (DeviceFilter { software_version: "1.2".into(), ..base() }, |row| row.software_version == "1.2", 6),
            (
                DeviceFilter { model: "Model 0".into(), software_version: "1.0".into(), ..base() },
                |row| row.model == "Model 0" && row.software_version == "1.0",
                2,
            ),
            (DeviceFilter { manufacturer: "Acme".into(), ..base() }, |row| row.identity.manufacturer == "Acme", 25),
            (DeviceFilter { manufacturer: "acme".into(), ..base() }, |_| false, 0),
            (DeviceFilter { new_within_days: Some(30), ..base() }, |row| row.identity.serial != "ANCIENT", 24),
            (DeviceFilter { text: "person".into(), ..base() }, |row| row.subscriber.is_some(), 8),
            (DeviceFilter { text: "old".into(), ..base() }, |row| row.identity.serial == "OLD", 1),
            (DeviceFilter { text: "S0".into(), ..base() }, |row| row.identity.serial.starts_with("S0"), 23),
            (DeviceFilter { text: "s0".into(), model: "Model 2".into(), ..base() }, |row| row.model == "Model 2", 7),
            (DeviceFilter { text: "nothing like it".into(), ..base() }, |_| false, 0),
        ];
        for (filter, holds, expected) in cases {
            let count = store.count_devices(&filter, None, NOW, 10_000).await.unwrap();
            assert_eq!(count, Count::Exact(expected as u64), "{filter:?}");
            for sort in DeviceSort::ALL {
                for direction in [Direction::Ascending, Direction::Descending] {
                    let query = DeviceQuery { filter: filter.clone(), ..query(sort, direction, 3) };
                    let (forward, back) = walk(&store, &query).await;
                    assert_eq!(forward, back, "{filter:?} {sort:?}");
                    let rows = forward.concat();
                    assert_eq!(rows.len(), expected, "{filter:?} {sort:?}");
                    assert!(rows.iter().all(holds), "{filter:?} {sort:?}");
                }
            }
        }
    }

    async fn counting_stops_at_the_cap(database: Database) {
        let store = database.store();
        for number in 0..6 {
            register(&store, &format!("S{number}")).await;
        }
        let all = DeviceFilter::default();
        assert_eq!(store.count_devices(&all, None, NOW, 5).await.unwrap(), Count::MoreThan(5));
        assert_eq!(store.count_devices(&all, None, NOW, 6).await.unwrap(), Count::Exact(6));
        assert_eq!(store.count_devices(&all, None, NOW, u64::MAX).await.unwrap(), Count::Exact(6));
    }

    async fn wildcards_are_letters(database: Database) {
        let store = database.store();
        for (serial, model) in [("PERC", "50% off"), ("UNDER", "a_b_c"), ("BACK", r"c:\dir"), ("QUOTE", "o\"'x"), ("PLAIN", "axbxc")] {
            let id = register(&store, serial).await.id;
            patch(&store, id, DevicePatch { model: Some(model.into()), ..DevicePatch::default() }).await;
        }
        for (text, found) in [
            ("50%", vec!["PERC"]),
            ("a_b", vec!["UNDER"]),
            (r":\di", vec!["BACK"]),
            ("o\"'x", vec!["QUOTE"]),
            ("%%%", vec![]),
            ("___", vec![]),
            (r"\\\", vec![]),
            ("axb", vec!["PLAIN"]),
            ("gat b", vec!["UNDER"]),
            ("gat 5", vec!["PERC"]),
            ("%", vec![]),
            ("_", vec![]),
            ("\"", vec![]),
            ("*", vec![]),
        ] {
            let filter = DeviceFilter { text: text.into(), ..DeviceFilter::default() };
            let query = DeviceQuery { filter: filter.clone(), ..DeviceQuery::default() };
            let rows = store.devices(&query, None, NOW).await.unwrap().items;
            let serials: Vec<_> = rows.iter().map(|row| row.identity.serial.as_str()).collect();
            assert_eq!(serials, found, "{text}");
            assert_eq!(store.count_devices(&filter, None, NOW, 100).await.unwrap(), Count::Exact(found.len() as u64), "{text}");
        }
        assert!(store.device_by_identity(&identity("PERC")).await.unwrap().is_some());
    }
}
