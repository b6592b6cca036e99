//! Files for devices and from devices: what is said of them is in the store, their contents are kept by hash, and
//! signed links lead to them.

mod check;
mod content;
mod gate;
pub(crate) mod links;
mod receive;
mod settings;
mod signature;
#[cfg(test)]
mod tests;

pub use gate::{FileLink, LinkRefused, LinkedFile};
pub use receive::ReceiveError;
pub use settings::{FileLocation, FilesSettings, LinkKey};
pub use signature::TrustedKey;

pub(crate) use check::{check_input, fits};
pub(crate) use content::ContentError;
pub(crate) use signature::Check;

use crate::{AcsError, Result};
use bytes::Bytes;
use content::{Contents, Received};
use futures::stream::BoxStream;
use gate::Gate;
use links::Links;
use model::file::{FileInput, FileRef, FileView};
use model::task::TaskKind;
use model::{DeviceId, FileId, TaskId, Timestamp};
use moka::sync::Cache;
use std::sync::Arc;
use store::{DeviceRecord, FileRecord, NewFile, Store};
use tokio::sync::Mutex;

/// Contents that are known to be what their name says.
const KNOWN_INTACT: u64 = 10_000;

/// Files. One per process.
pub(crate) struct Files {
    pub links: Arc<Links>,
    pub settings: FilesSettings,
    contents: Contents,
    gate: Gate,
    store: Store,
    /// Contents are kept or deleted by one at a time, together with the record that decides it.
    finishing: Mutex<()>,
    /// SHA-256 → version of the contents that were read and found to have it.
    intact: Cache<String, String>,
}

/// What an uploaded file is held against.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileProof<'a> {
    /// What its SHA-256 has to be: 64 hexadecimal digits.
    pub sha256: Option<&'a str>,
    /// A detached signature: its file in base64.
    pub signature: Option<&'a str>,
}

/// What a file is said to be when it comes in.
pub(crate) struct Origin {
    pub input: FileInput,
    pub by: Option<String>,
    /// The device and the task that it was sent for.
    pub sent: Option<(DeviceId, TaskId)>,
    /// What the SHA-256 should be, if somebody said so.
    pub expected: Option<String>,
    /// The signature that came with it.
    pub signature: Option<Check>,
    pub now: Timestamp,
}

impl Files {
    pub fn new(settings: FilesSettings, store: Store) -> Self {
        Self {
            links: Arc::new(Links::new(
                &settings.base_url,
                settings.link_key.0,
                i64::from(settings.link_lifetime) * 1000,
            )),
            contents: Contents::new(settings.location.clone()),
            gate: Gate::new(settings.require_credentials),
            settings,
            store,
            finishing: Mutex::new(()),
            intact: Cache::new(KNOWN_INTACT),
        }
    }

    /// Clears away what uploads left when the process died.
    pub async fn tidy(&self) {
        if let Err(error) = self.contents.tidy().await {
            tracing::warn!(%error, "cannot clear away unfinished uploads");
        }
    }

    /// Records what came in. If that fails, its contents are thrown away, and nothing has changed (catalogue row F5).
    async fn finish(&self, received: Received, origin: Origin) -> Result<FileRecord> {
        if origin.expected.as_ref().is_some_and(|expected| !expected.eq_ignore_ascii_case(&received.sha256)) {
            self.contents.discard(received).await;
            return Err(AcsError::Invalid(
                "The file that arrived has another SHA-256 than you gave: it was changed or cut short on its way, or \
                 it is another file. It was not kept. Upload it again."
                    .to_owned(),
            ));
        }
        let signed_by = match origin.signature.map(Check::end).transpose() {
            Ok(name) => name,
            Err(error) => {
                self.contents.discard(received).await;
                return Err(AcsError::Invalid(error));
            }
        };
        let _alone = self.finishing.lock().await;
        let (sha256, size) = (received.sha256.clone(), received.size);
        // Contents that were there before belong to other files, too.
        let kept = match self.contents.size(&sha256).await {
            Ok(before) => self.contents.keep(&received).await.map(|()| before.is_none()),
            Err(error) => Err(error),
        };
        let new_contents = match kept {
            Ok(new_contents) => new_contents,
            Err(error) => {
                self.contents.discard(received).await;
                return Err(error.into());
            }
        };
        let new = NewFile {
            input: origin.input,
            sha256: sha256.clone(),
            size,
            signed_by,
            by: origin.by,
            device: origin.sent.map(|(device, _)| device),
            task: origin.sent.map(|(_, task)| task),
            now: origin.now,
        };
        match self.store.put_task_file(new).await {
            Ok((record, replaced)) => {
                self.remember(&sha256).await;
                if let Some(before) = replaced {
                    self.forget_unused(&before).await;
                }
                Ok(record)
            }
            Err(error) => {
                if new_contents && let Err(error) = self.contents.delete(&sha256).await {
                    tracing::warn!(sha256, %error, "contents without a record could not be deleted");
                }
                Err(error.into())
            }
        }
    }

    /// `None` if there is no such file.
    pub async fn delete(&self, id: FileId) -> Result<Option<FileRecord>> {
        let _alone = self.finishing.lock().await;
        let deleted = self.store.delete_file(id).await?;
        if let Some(record) = &deleted {
            self.forget_unused(&record.sha256).await;
        }
        Ok(deleted)
    }

    /// Deletes contents that no file has any more. What cannot be deleted only takes up room.
    async fn forget_unused(&self, sha256: &str) {
        let deleted = match self.store.files_with_contents(sha256).await {
            Ok(0) => self.contents.delete(sha256).await.map_err(|error| error.to_string()),
            Ok(_) => return,
            Err(error) => Err(error.to_string()),
        };
        self.intact.invalidate(sha256);
        if let Err(error) = deleted {
            tracing::warn!(sha256, error, "contents that no file has any more could not be deleted");
        }
    }

    /// What was just hashed on its way in need not be read again.
    async fn remember(&self, sha256: &str) {
        if let Ok(Some(version)) = self.contents.version(sha256).await {
            self.intact.insert(sha256.to_owned(), version);
        }
    }

    /// All bytes of a file that is whole.
    pub async fn read(
        &self,
        record: &FileRecord,
    ) -> std::result::Result<BoxStream<'static, std::result::Result<Bytes, ContentError>>, ContentError> {
        if !self.is_intact(&record.sha256, record.size).await? {
            return Err(ContentError::Missing);
        }
        self.contents.read(&record.sha256, 0..record.size).await
    }

    /// Whether the contents are there and still have this hash and size. They are read again only when they are not as
    /// they were when they were last read.
    pub async fn is_intact(&self, sha256: &str, size: u64) -> std::result::Result<bool, ContentError> {
        if self.contents.size(sha256).await? != Some(size) {
            return Ok(false);
        }
        let version = self.contents.version(sha256).await?;
        if version.is_some() && self.intact.get(sha256) == version {
            return Ok(true);
        }
        let intact = self.contents.hash(sha256).await? == sha256;
        if !intact {
            tracing::error!(sha256, "the contents of a file were changed behind our back");
        } else if let Some(version) = version {
            self.intact.insert(sha256.to_owned(), version);
        }
        Ok(intact)
    }

    /// The task with the file as it is stored: a page may have been told of it long ago, or not at all. Fails if the
    /// file is not for the device.
    pub async fn resolve(&self, mut kind: TaskKind, record: &DeviceRecord) -> Result<TaskKind> {
        if let TaskKind::Download { file, .. } | TaskKind::ScheduleDownload { file, .. } = &mut kind {
            let stored = self.store.file(file.id).await?.ok_or(AcsError::NotFound("file"))?;
            fits(&stored.input, record).map_err(AcsError::Invalid)?;
            *file = stored.to_ref();
        }
        Ok(kind)
    }

    /// Looks again just before a device is told to load a file (catalogue row F3): it is still the file that the task
    /// was made for, it is whole, and it is for this device. The error is for people.
    pub(crate) async fn verify_for_send(
        &self,
        file: &FileRef,
        record: &DeviceRecord,
    ) -> std::result::Result<(), String> {
        let stored = self.store.file(file.id).await.map_err(|error| {
            tracing::error!(%error, "cannot look up a file that is to be sent");
            "Lastmile could not look the file up. The router was not told to load it. Try again.".to_owned()
        })?;
        let Some(stored) = stored else {
            return Err(format!("“{}” was deleted. The router was not told to load it.", file.name));
        };
        if (stored.sha256.as_str(), stored.size) != (file.sha256.as_str(), file.size) {
            return Err(format!("“{}” is another file now. The router was not told to load it.", file.name));
        }
        fits(&stored.input, record)?;
        match self.is_intact(&stored.sha256, stored.size).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!(
                "The contents of “{}” are missing or damaged. The router was not told to load it. Upload the file again.",
                file.name
            )),
            Err(error) => {
                tracing::error!(%error, "cannot read a file that is to be sent");
                Err(format!("Lastmile could not read “{}”. The router was not told to load it. Try again.", file.name))
            }
        }
    }
}

/// As the portal shows it.
pub(crate) fn file_view(record: FileRecord) -> FileView {
    FileView {
        file: record.to_ref(),
        models: record.input.models,
        hardware: record.input.hardware,
        min_version: record.input.min_version,
        signed_by: record.signed_by,
        notes: record.input.notes,
        created_at: record.created_at,
        by: record.by,
        device: record.device,
    }
}

impl From<ContentError> for AcsError {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Empty => Self::Invalid("The file is empty. Choose another.".to_owned()),
            ContentError::TooLarge(limit) => Self::Invalid(format!(
                "The file is larger than {}. It was not kept. The administrator can allow larger files.",
                model::file::size_text(limit)
            )),
            ContentError::CutOff(_) => {
                Self::Invalid("The upload was cut off. Nothing was kept. Upload the file again.".to_owned())
            }
            ContentError::Missing => Self::Invalid(
                "The contents of the file are missing or damaged. Delete the file and upload it again.".to_owned(),
            ),
            ContentError::Store(error) => Self::Files(Box::new(error)),
        }
    }
}
