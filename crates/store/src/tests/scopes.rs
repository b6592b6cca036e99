//! What whoever sees a part of the fleet finds.

use super::{NOW, new_device, put, register};
use crate::store_test;
use crate::{FileOrigin, NewFile, NewTask, Put, PutOptions, Store};
use model::device::{DeviceFilter, DeviceQuery, DeviceSort, Direction};
use model::file::{FileInput, FileType};
use model::page::Count;
use model::subscriber::{SubscriberChange, SubscriberFilter, SubscriberQuery};
use model::task::TaskKind;
use model::{DeviceId, Scope, SubscriberId, Timestamp};

fn line(account: &str, region: &str, tag: &str, serials: &[&str]) -> SubscriberChange {
    SubscriberChange {
        account: account.into(),
        name: Some(format!("Person {account}")),
        region: Some(region.into()),
        tags: Some(if tag.is_empty() { Vec::new() } else { vec![tag.into()] }),
        serials: Some(serials.iter().map(|serial| (*serial).to_owned()).collect()),
        ..SubscriberChange::default()
    }
}

/// Twelve lines with a device each: even ones in the north, every third with a tag; and a device of nobody.
async fn fleet(store: &Store) -> (Vec<DeviceId>, Vec<SubscriberId>) {
    let (mut devices, mut people) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let serial = format!("SN{number:02}");
        devices.push(register(store, &serial).await.id);
        let region = if number % 2 == 0 { "North" } else { "South" };
        let tag = if number % 3 == 0 { "vip" } else { "" };
        people.push(put(store, line(&format!("A{number:02}"), region, tag, &[&serial]), NOW).await);
    }
    devices.push(store.register_device(&new_device("SN99")).await.unwrap().id);
    (devices, people)
}

fn north() -> Scope {
    Scope { regions: vec!["North".into()], ..Scope::default() }
}

store_test! {
    async fn n4_lists_counts_and_search_stay_within_a_scope(database: Database) {
        let store = database.store();
        let (devices, people) = fleet(&store).await;
        let rare = Scope { regions: vec!["North".into(), "East".into()], tags: vec!["vip".into()], ..Scope::default() };
        let wide = Scope { tags: vec!["vip".into(), "other".into()], ..Scope::default() };
        let none = Scope { partners: vec!["Acme".into()], ..Scope::default() };
        let cases: [(Scope, Vec<usize>); 4] =
            [(north(), vec![0, 2, 4, 6, 8, 10]), (rare, vec![0, 6]), (wide, vec![0, 3, 6, 9]), (none, Vec::new())];
        for (scope, expected) in &cases {
            let mine: Vec<DeviceId> = expected.iter().map(|at| devices[*at]).collect();
            let my_people: Vec<SubscriberId> = expected.iter().map(|at| people[*at]).collect();
            let all = DeviceFilter::default();
            for sort in DeviceSort::ALL {
                let mut found = Vec::new();
                let mut query = DeviceQuery { sort, direction: Direction::Ascending, limit: 2, ..DeviceQuery::default() };
                loop {
                    let page = store.devices(&query, Some(scope), NOW).await.unwrap();
                    found.extend(page.items.into_iter().map(|row| row.id));
                    let Some(next) = page.next else { break };
                    query.cursor = Some(next.0);
                }
                found.sort_unstable();
                assert_eq!(found, mine, "{scope:?} {sort:?}");
            }
            let count = Count::Exact(mine.len() as u64);
            assert_eq!(store.count_devices(&all, Some(scope), NOW, 100).await.unwrap(), count);
            assert_eq!(store.device_ids(&all, Some(scope), NOW, 100).await.unwrap(), mine);
            let listed = store.list_subscribers(&SubscriberQuery::default(), Some(scope)).await.unwrap().items;
            assert_eq!(listed.iter().map(|row| row.subscriber.id).collect::<Vec<_>>(), my_people);
            let counted = store.count_subscribers(&SubscriberFilter::default(), Some(scope), 100).await.unwrap();
            assert_eq!(counted, count);
            let facets = store.subscriber_facets(Some(scope)).await.unwrap();
            assert_eq!((facets.total, facets.without_device), (mine.len() as u64, 0));
            assert_eq!(store.overview(Some(scope), NOW, NOW).await.unwrap().devices, mine.len() as u64);
            for text in ["person", "SN", "SN0", "A0"] {
                let hits = store.search(text, Some(scope), 50, NOW).await.unwrap();
                let stray = hits.iter().find(|hit| hit.subscriber.is_none_or(|id| !my_people.contains(&id)));
                assert!(stray.is_none(), "{text} {scope:?}: {stray:?}");
                assert_eq!(hits.is_empty(), mine.is_empty(), "{text} {scope:?}");
            }
            let foreign = store.search("SN01", Some(scope), 50, NOW).await.unwrap();
            assert!(foreign.iter().all(|hit| hit.device != Some(devices[1])), "exact, and still not theirs");
            for (at, id) in devices.iter().enumerate() {
                assert_eq!(store.device_is_in(scope, *id).await.unwrap(), expected.contains(&at));
                assert_eq!(
                    store.device_is_in_or_free(scope, *id).await.unwrap(),
                    expected.contains(&at) || at == 12
                );
            }
            let mut within = store.devices_in(scope, &devices).await.unwrap();
            within.sort_unstable();
            assert_eq!(within, mine);
            let mut within = store.subscribers_in(scope, &people).await.unwrap();
            within.sort_unstable();
            assert_eq!(within, my_people);
        }
        assert_eq!(store.facets(Some(&north())).await.unwrap().models, [("Gateway".to_owned(), 6)]);
    }

    async fn n4_tasks_and_files_stay_within_a_scope(database: Database) {
        let store = database.store();
        let (devices, _) = fleet(&store).await;
        for device in &devices {
            store.create_task(NewTask::new(*device, TaskKind::Reboot, "Maria", NOW)).await.unwrap();
            let input = FileInput::new(format!("of-{device}.cfg"), FileType::Configuration);
            let (sha256, device) = ("ab".repeat(32), Some(*device));
            let new = NewFile { input, sha256, size: 3, signed_by: None, by: None, device, task: None, now: NOW };
            store.insert_file(new).await.unwrap();
        }
        let north = north();
        let tasks = store.recent_tasks(Some(&north), 4).await.unwrap();
        let expected: Vec<_> = [10, 8, 6, 4].map(|at: usize| devices[at]).into();
        assert_eq!(tasks.iter().map(|task| task.device).collect::<Vec<_>>(), expected);
        assert_eq!(store.overview(Some(&north), NOW, Timestamp(0)).await.unwrap().open_tasks, 6);
        let first = store.files(FileOrigin::Devices, Some(&north), None, 4).await.unwrap();
        assert_eq!(first.items.iter().filter_map(|file| file.device).collect::<Vec<_>>(), expected);
        let second = store.files(FileOrigin::Devices, Some(&north), first.next.as_ref(), 4).await.unwrap();
        assert_eq!(second.items.len(), 2);
    }

    async fn n4_subscribers_are_made_and_changed_within_a_scope(database: Database) {
        let store = database.store();
        fleet(&store).await;
        let options = PutOptions { by: "Maria".into(), take_over: true, scope: Some(north()) };
        let changes = [
            line("A00", "North", "new", &[]),
            line("A01", "South", "", &[]),
            line("A01", "North", "", &[]),
            line("A02", "South", "", &[]),
            SubscriberChange { account: "B1".into(), name: Some("New".into()), ..SubscriberChange::default() },
            line("B2", "South", "", &[]),
            line("A04", "North", "", &["SN01"]),
        ];
        let mut outcomes = Vec::new();
        for change in changes {
            let tried = store.try_subscribers(std::slice::from_ref(&change), &options, NOW).await.unwrap();
            let put = store.put_subscribers(&[change], &options, NOW).await.unwrap().outcomes;
            assert_eq!(matches!(tried[0], Put::Refused(_)), matches!(put[0], Put::Refused(_)));
            outcomes.extend(put);
        }
        let refused: Vec<bool> = outcomes.iter().map(|one| matches!(one, Put::Refused(_))).collect();
        assert_eq!(refused, [false, true, true, true, false, true, true], "{outcomes:?}");
        let made = store.subscriber_by_account("B1").await.unwrap().unwrap();
        assert_eq!(made.region, "North", "there is no other choice");
    }
}
