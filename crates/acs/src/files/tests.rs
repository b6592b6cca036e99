//! Files with their records, on a real database: what is refused at upload is refused at send, too, and nothing is kept
//! of what failed.

use super::{FileLocation, FileProof, Files, FilesSettings, TrustedKey};
use crate::session::test_record;
use crate::{Acs, AcsError, AcsSettings, Actor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
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
        Self::with(FilesSettings::default()).await
    }

    async fn with(files: FilesSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        let location = FileLocation::Folder(folder.path().join("files"));
        let files = FilesSettings { location, max_size: 1 << 20, ..files };
        let acs = Acs::start(store.clone(), AcsSettings { files, ..AcsSettings::default() }).await.unwrap();
        Self { acs, store, folder }
    }

    fn files(&self) -> &Arc<Files> {
        self.acs.files()
    }

    async fn upload(&self, models: &[&str], contents: &'static [u8]) -> FileRef {
        let pieces = contents.chunks(3).map(|piece| Ok::<_, io::Error>(Bytes::from_static(piece)));
        let uploaded = self
            .acs
            .upload_file(&Actor::System, input(models), FileProof::default(), futures::stream::iter(pieces))
            .await;
        uploaded.unwrap().file
    }

    /// Where the contents of a file are.
    fn place(&self, file: &FileRef) -> PathBuf {
        self.folder.path().join("files/sha256").join(&file.sha256[..2]).join(&file.sha256[2..])
    }

    /// How many contents there are, whole and half-way.
    fn kept(&self) -> usize {
        let below = |folder: &str| {
            let entries = std::fs::read_dir(self.folder.path().join(folder)).into_iter().flatten();
            entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
        };
        let whole = below("files/sha256").into_iter().map(|folder| std::fs::read_dir(folder).unwrap().count());
        whole.sum::<usize>() + below("files/incoming").len()
    }

    async fn sendable(&self, file: &FileRef, device: &DeviceRecord) -> Result<(), String> {
        self.files().verify_for_send(file, device).await
    }
}

fn input(models: &[&str]) -> FileInput {
    FileInput {
        version: "2.0".into(),
        models: models.iter().map(|model| (*model).to_owned()).collect(),
        ..FileInput::new("fw.bin", FileType::Firmware)
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
    let error = house.acs.upload_file(&Actor::System, input(&[]), FileProof::default(), pieces).await.unwrap_err();
    assert!(matches!(error, AcsError::Store(_)), "{error}");
    assert_eq!(house.kept(), 0, "nothing without a record, nothing half-way");
}

/// A secret key, and what the settings say of it.
fn key(name: &str, secret: u8) -> (SigningKey, TrustedKey) {
    let secret = SigningKey::from_bytes(&[secret; 32]);
    let text = format!("{name}:{}", STANDARD.encode(secret.verifying_key().as_bytes()));
    (secret, TrustedKey::parse(&text).unwrap())
}

#[tokio::test]
async fn f3_only_what_a_trusted_key_signed_is_kept_as_signed() {
    let ((acme, trusted), (stranger, _)) = (key("acme", 1), key("stranger", 2));
    let house =
        House::with(FilesSettings { signing_keys: vec![trusted], require_signature: true, ..FilesSettings::default() })
            .await;
    let upload = async |signature: Option<&SigningKey>, input: FileInput, contents: &'static [u8]| {
        let signature = signature.map(|key| STANDARD.encode(key.sign(b"image").to_bytes()));
        let proof = FileProof { signature: signature.as_deref(), ..FileProof::default() };
        let pieces = contents.chunks(2).map(|piece| Ok::<_, io::Error>(Bytes::from_static(piece)));
        house.acs.upload_file(&Actor::System, input, proof, futures::stream::iter(pieces)).await
    };
    let stored = FileInput::new("fw.bin", FileType::StoredFirmware);
    let refused = [
        upload(Some(&acme), input(&[]), b"another").await,
        upload(Some(&stranger), input(&[]), b"image").await,
        upload(None, input(&[]), b"image").await,
        upload(None, stored, b"image").await,
    ];
    let words = ["is not one of “acme”", "is not one of “acme”", "needs a signature", "needs a signature"];
    for (refused, words) in refused.into_iter().zip(words) {
        let Err(AcsError::Invalid(said)) = refused else { panic!("{refused:?}") };
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(house.kept(), 0);
    assert_eq!(house.acs.files_of_agents(&Actor::System, None, 10).await.unwrap().items, []);

    let signed = upload(Some(&acme), input(&[]), b"image").await.unwrap();
    assert_eq!((signed.signed_by.as_deref(), house.kept()), (Some("acme"), 1));
    let log = house.store.audit(&model::audit::AuditQuery::default()).await.unwrap().page.items;
    let said = log[0].after.as_deref().unwrap();
    assert!(said.contains(r#""signed_by":"acme""#), "{said}");
    // What needs no signature does not become what does.
    let tone = upload(None, FileInput::new("a", FileType::Tone), b"image").await.unwrap();
    assert_eq!(tone.signed_by, None);
    let changed = house.acs.update_file(&Actor::System, tone.file.id, input(&[])).await.unwrap_err();
    assert!(changed.to_string().contains("needs a signature"), "{changed}");
    let changed = house.acs.update_file(&Actor::System, signed.file.id, input(&["HG640"])).await.unwrap();
    assert_eq!(changed.signed_by.as_deref(), Some("acme"));
}

#[tokio::test]
async fn f3_an_image_is_only_for_its_hardware_and_for_versions_that_it_can_follow() {
    let house = House::new().await;
    let said = FileInput { hardware: vec!["A1".into(), "B".into()], min_version: "4.9".into(), ..input(&[]) };
    let pieces = futures::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"image"))]);
    let file = house.acs.upload_file(&Actor::System, said, FileProof::default(), pieces).await.unwrap().file;
    let device = |hardware: &str, version: &str| DeviceRecord {
        hardware_version: hardware.to_owned(),
        software_version: version.to_owned(),
        ..test_record()
    };
    for (hardware, version) in [("a1", "4.9"), (" B ", "4.10.1"), ("B", "5.0")] {
        assert_eq!(house.sendable(&file, &device(hardware, version)).await, Ok(()), "{hardware} {version}");
    }
    for (hardware, version, words) in [
        ("C", "5.0", "is for hardware A1 and B; this router has C"),
        ("", "5.0", "this router has not said which it has"),
        ("B", "4.8.12", "can follow version 4.9 or a newer one; this router runs 4.8.12"),
        ("B", "", "this router has not said which it runs"),
    ] {
        let refused = house.sendable(&file, &device(hardware, version)).await.unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }
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
        let denied = house.acs.upload_file(&actor, input(&[]), FileProof::default(), pieces).await;
        assert!(matches!(denied, Err(AcsError::Denied(_))), "{role:?}");
        assert!(matches!(house.acs.update_file(&actor, file.id, input(&[])).await, Err(AcsError::Denied(_))));
        assert!(matches!(house.acs.delete_file(&actor, file.id).await, Err(AcsError::Denied(_))));
    }
    // What a device sent holds its passwords.
    let sent = store::NewFile {
        input: input(&[]),
        sha256: file.sha256.clone(),
        size: file.size,
        signed_by: None,
        by: None,
        device: None,
        task: None,
        now: model::Timestamp(1),
    };
    let sent = house.store.insert_file(sent).await.unwrap();
    assert!(matches!(house.acs.download_file(&agent(Role::Helpdesk), sent.id).await, Err(AcsError::Denied(_))));
    assert!(house.acs.download_file(&agent(Role::Administrator), sent.id).await.is_ok());
}
