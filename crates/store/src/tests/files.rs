//! Files: what is said of them, where they come from, how many share their contents.

use super::{NOW, register, write};
use crate::store_test;
use crate::{FileOrigin, NewFile, NewTask, StoreError, TaskUpdate, Write};
use model::file::{FileInput, FileType, UploadKind};
use model::task::{TaskKind, TaskState, TaskStep};
use model::{DeviceId, FileId, TaskId};

fn image(name: &str, contents: u8) -> NewFile {
    NewFile {
        input: FileInput {
            name: name.into(),
            file_type: FileType::Firmware,
            version: "2.1".into(),
            versions: vec!["2.1-b7".into(), "V2.1".into()],
            models: vec!["Gateway".into(), "Gateway 2 \\u0000".into()],
            hardware: vec!["A1".into()],
            min_version: "1.9".into(),
            notes: "Fixes the radio.".into(),
        },
        sha256: format!("{contents:064x}"),
        size: 5_000_000_000,
        signed_by: Some("acme".into()),
        by: Some("Maria".into()),
        device: None,
        task: None,
        now: NOW,
    }
}

fn sent(device: DeviceId, task: TaskId, contents: u8) -> NewFile {
    NewFile {
        input: FileInput::new("config.bin", FileType::Configuration),
        signed_by: None,
        by: None,
        device: Some(device),
        task: Some(task),
        ..image("", contents)
    }
}

fn upload(device: DeviceId) -> NewTask {
    let kind = TaskKind::Upload { what: UploadKind::Configuration(None), delay_seconds: 0 };
    NewTask::new(device, kind, "Maria", NOW)
}

store_test! {
    async fn a_file_is_kept_changed_and_deleted(database: Database) {
        let store = database.store();
        let first = store.insert_file(image("fw.bin", 1)).await.unwrap();
        let NewFile { input, sha256, size, by, now, .. } = image("fw.bin", 1);
        assert_eq!((&first.input, &first.sha256, first.size, &first.by), (&input, &sha256, size, &by));
        assert_eq!((first.created_at, first.device, first.task), (now, None, None));
        assert_eq!(first.signed_by.as_deref(), Some("acme"));
        assert!(first.to_ref().runs_as("V2.1") && !first.to_ref().runs_as("1.9"));
        assert_eq!(store.file(first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(store.file(FileId(99)).await.unwrap(), None);
        let copy = store.insert_file(image("copy.bin", 1)).await.unwrap();
        assert_eq!(store.files_with_contents(&sha256).await.unwrap(), 2);

        let file_type = FileType::Vendor("X ACME a".into());
        let said = FileInput { hardware: Vec::new(), min_version: "2.0\0".into(), versions: vec!["3".into()], ..input };
        let changed = FileInput { name: "fw\0.img".into(), file_type, ..said };
        let updated = store.update_file(first.id, changed).await.unwrap().unwrap();
        assert_eq!((updated.input.name.as_str(), updated.input.version.as_str()), ("fw.img", "2.1"));
        assert_eq!(updated.to_ref().file_type, FileType::Vendor("X ACME a".into()));
        assert_eq!((updated.sha256.as_str(), updated.size), (sha256.as_str(), size));
        assert_eq!((updated.input.min_version.as_str(), updated.signed_by.as_deref()), ("2.0", Some("acme")));
        assert_eq!((&updated.input.versions, &updated.input.hardware), (&vec!["3".to_owned()], &Vec::new()));
        assert_eq!(store.update_file(FileId(99), updated.input.clone()).await.unwrap(), None);

        assert_eq!(store.delete_file(first.id).await.unwrap(), Some(updated));
        assert_eq!(store.delete_file(first.id).await.unwrap(), None);
        assert_eq!(store.files_with_contents(&sha256).await.unwrap(), 1);
        assert_eq!(store.delete_file(copy.id).await.unwrap().map(|file| file.id), Some(copy.id));
        assert_eq!(store.files_with_contents(&sha256).await.unwrap(), 0);
    }

    async fn lists_tell_agents_from_devices(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let task = store.create_task(upload(device)).await.unwrap().id;
        let other = register(&store, "S2").await.id;
        let other_task = store.create_task(upload(other)).await.unwrap().id;
        let mut images = Vec::new();
        for number in 0..5 {
            images.push(store.insert_file(image(&format!("{number}"), number)).await.unwrap());
        }
        let mine = store.insert_file(sent(device, task, 9)).await.unwrap();
        let theirs = store.insert_file(sent(other, other_task, 9)).await.unwrap();
        images.reverse();

        let first = store.files(FileOrigin::Agents, None, None, 2).await.unwrap();
        assert_eq!((first.items.as_slice(), first.previous.as_ref()), (&images[..2], None));
        let second = store.files(FileOrigin::Agents, None, first.next.as_ref(), 2).await.unwrap();
        assert_eq!(second.items, images[2..4]);
        let back = store.files(FileOrigin::Agents, None, second.previous.as_ref(), 2).await.unwrap();
        assert_eq!(back.items, images[..2]);
        let last = store.files(FileOrigin::Agents, None, second.next.as_ref(), 2).await.unwrap();
        assert_eq!((last.items.as_slice(), last.next), (&images[4..], None));
        let devices = store.files(FileOrigin::Devices, None, None, 0).await.unwrap();
        assert_eq!(devices.items, [theirs.clone(), mine.clone()]);
        assert_eq!(store.files(FileOrigin::Device(device), None, None, 0).await.unwrap().items, [mine]);
    }

    async fn a_task_has_one_file(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let task = store.create_task(upload(device)).await.unwrap().id;
        assert_eq!(store.file_of_task(task).await.unwrap(), None);
        let (first, replaced) = store.put_task_file(sent(device, task, 1)).await.unwrap();
        assert_eq!(replaced, None);
        assert_eq!(store.file_of_task(task).await.unwrap(), Some(first.clone()));
        let (again, replaced) = store.put_task_file(sent(device, task, 2)).await.unwrap();
        assert_eq!((again.id, replaced.as_deref()), (first.id, Some(first.sha256.as_str())));
        assert_eq!(store.file_of_task(task).await.unwrap(), Some(again));
        let error = store.insert_file(sent(device, task, 3)).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        let error = store.put_task_file(sent(device, TaskId(99), 3)).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { what: "device or task" }), "{error}");
    }

    async fn open_tasks_know_their_file(database: Database) {
        let store = database.store();
        let device = register(&store, "S1").await.id;
        let file = store.insert_file(image("fw.bin", 1)).await.unwrap();
        let other = store.insert_file(image("fw2.bin", 2)).await.unwrap();
        let download = |file: &crate::FileRecord| NewTask {
            kind: TaskKind::Download { file: file.to_ref(), target_file_name: String::new(), delay_seconds: 0 },
            ..upload(device)
        };
        let later = TaskKind::ScheduleDownload { file: file.to_ref(), target_file_name: String::new(), windows: vec![] };
        let first = store.create_task(download(&file)).await.unwrap();
        store.create_task(download(&other)).await.unwrap();
        store.create_task(upload(device)).await.unwrap();
        let second = store.create_task(NewTask { kind: later, ..upload(device) }).await.unwrap();
        let open = store.open_tasks_with_file(file.id).await.unwrap();
        assert_eq!(open, [first.clone(), second.clone()]);
        for task in [first.id, second.id] {
            let step = Some(TaskStep { state: TaskState::Cancelled, at: NOW });
            let update = TaskUpdate { step, ..TaskUpdate::default() };
            write(&store, vec![Write::Task { id: task, from: vec![TaskState::Queued], update }]).await;
        }
        assert_eq!(store.open_tasks_with_file(file.id).await.unwrap(), []);
    }
}
