//! Files with their records, on a real database: what is refused at upload is refused at send, too, and nothing is kept
//! of what failed.

use super::{FileLocation, Files, FilesSettings};
use crate::session::test_record;
use crate::{Acs, AcsError, AcsSettings, Actor};
use bytes::Bytes;
use model::Role;
use model::file::{FileInput, FileRef, FileType};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use store::{DeviceRecord, Store, StoreSettings};
use tempfile::TempDir;

struct House {
    acs: Acs,
    store: Store,
    folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        let location = FileLocation::Folder(folder.path().join("files"));
        let files = FilesSettings { location, max_size: 1 << 20, ..FilesSettings::default() };
        let acs = Acs::start(store.clone(), AcsSettings { files, ..AcsSettings::default() }).await.unwrap();
        Self { acs, store, folder }
    }

    fn files(&self) -> &Arc<Files> {
        self.acs.files()
    }

    async fn upload(&self, models: &[&str], contents: &'static [u8]) -> FileRef {
        let pieces = contents.chunks(3).map(|piece| Ok::<_, io::Error>(Bytes::from_static(piece)));
        let uploaded = self.acs.upload_file(&Actor::System, input(models), None, futures::stream::iter(pieces)).await;
        uploaded.unwrap().file
    }

    /// Where the contents of a file are.
    fn place(&self, file: &FileRef) -> PathBuf {
        self.folder.path().join("files/sha256").join(&file.sha256[..2]).join(&file.sha256[2..])
    }

    async fn sendable(&self, file: &FileRef, device: &DeviceRecord) -> Result<(), String> {
        self.files().verify_for_send(file, device).await
    }
}

fn input(models: &[&str]) -> FileInput {
    FileInput {
        name: "fw.bin".into(),
        file_type: FileType::Firmware,
        version: "2.0".into(),
        models: models.iter().map(|model| (*model).to_owned()).collect(),
        notes: String::new(),
    }
}

fn device(model: &str) -> DeviceRecord {
    DeviceRecord { model: model.to_owned(), ..test_record() }
}

fn agent(role: Role) -> Actor {
    Actor::of_role(role)
}

#[tokio::test]
async fn f3_what_changed_since_the_order_is_not_sent() {
    let house = House::new().await;
    let file = house.upload(&["HG640"], b"image").await;
    assert_eq!(house.sendable(&file, &device("hg640")).await, Ok(()));
    let refused = house.sendable(&file, &device("Other")).await.unwrap_err();
    assert!(refused.contains("is for HG640; this router is a Other"), "{refused}");

    // Somebody else wrote into the folder: cut short, then of the same length.
    std::fs::write(house.place(&file), b"imag").unwrap();
    assert!(house.sendable(&file, &device("HG640")).await.unwrap_err().contains("missing or damaged"));
    std::fs::write(house.place(&file), b"IMAGE").unwrap();
    assert!(house.sendable(&file, &device("HG640")).await.unwrap_err().contains("missing or damaged"));
    // The right contents, uploaded again, heal it.
    let again = house.upload(&[], b"image").await;
    assert_eq!(house.sendable(&file, &device("HG640")).await, Ok(()));
    std::fs::remove_file(house.place(&file)).unwrap();
    assert!(house.sendable(&file, &device("HG640")).await.unwrap_err().contains("missing or damaged"));

    let claimed = FileRef { sha256: "0".repeat(64), ..again.clone() };
    assert!(house.sendable(&claimed, &device("HG640")).await.unwrap_err().contains("another file now"));
    house.acs.delete_file(&Actor::System, again.id).await.unwrap();
    assert!(house.sendable(&again, &device("HG640")).await.unwrap_err().contains("was deleted"));
}

#[tokio::test]
async fn f5_without_a_record_no_contents_are_kept() {
    let house = House::new().await;
    house.store.close().await;
    let pieces = futures::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"image"))]);
    let error = house.acs.upload_file(&Actor::System, input(&[]), None, pieces).await.unwrap_err();
    assert!(matches!(error, AcsError::Store(_)), "{error}");
    let left = |folder: &str| std::fs::read_dir(house.folder.path().join(folder)).unwrap().count();
    assert_eq!(left("files/incoming"), 0, "nothing half-way");
    let below = std::fs::read_dir(house.folder.path().join("files/sha256")).unwrap();
    let kept: usize = below.map(|entry| std::fs::read_dir(entry.unwrap().path()).unwrap().count()).sum();
    assert_eq!(kept, 0, "nothing without a record");
}

#[tokio::test]
async fn n4_files_are_for_those_who_may() {
    let house = House::new().await;
    let file = house.upload(&[], b"image").await;
    for role in [Role::Helpdesk, Role::ReadOnly] {
        let actor = agent(role);
        assert!(house.acs.files_of_agents(&actor, None, crate::PAGE).await.is_ok());
        assert!(house.acs.download_file(&actor, file.id).await.is_ok());
        let pieces = futures::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"x"))]);
        let denied = house.acs.upload_file(&actor, input(&[]), None, pieces).await;
        assert!(matches!(denied, Err(AcsError::Denied(_))), "{role:?}");
        assert!(matches!(house.acs.update_file(&actor, file.id, input(&[])).await, Err(AcsError::Denied(_))));
        assert!(matches!(house.acs.delete_file(&actor, file.id).await, Err(AcsError::Denied(_))));
    }
    // What a device sent holds its passwords.
    let sent = store::NewFile {
        input: input(&[]),
        sha256: file.sha256.clone(),
        size: file.size,
        by: None,
        device: None,
        task: None,
        now: model::Timestamp(1),
    };
    let sent = house.store.insert_file(sent).await.unwrap();
    assert!(matches!(house.acs.download_file(&agent(Role::Helpdesk), sent.id).await, Err(AcsError::Denied(_))));
    assert!(house.acs.download_file(&agent(Role::Administrator), sent.id).await.is_ok());
}
