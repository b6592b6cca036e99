//! Files that come in: from agents, and from devices that were asked for one.

use super::check::unfit;
use super::{ContentError, FileLink, Files, Origin};
use crate::clock::now;
use crate::operations::Acs;
use crate::{AcsError, Result};
use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use metrics::counter;
use model::DeviceId;
use model::file::{FileInput, FileType, FileView, UploadKind};
use model::task::TaskKind;
use std::error::Error;
use std::sync::Arc;
use store::FileRecord;

/// Why a file that a device sends is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveError {
    Empty,
    TooLarge,
    /// It stopped before the end.
    CutOff,
    /// Its task has ended meanwhile.
    Over,
    /// The disk is full, or the database does not answer: later.
    Unavailable,
}

impl Files {
    /// Reads a file and records it: all or nothing. `incoming` is cut short by an error, never by its end.
    pub async fn receive<E>(
        self: &Arc<Self>,
        incoming: impl Stream<Item = std::result::Result<Bytes, E>> + Send,
        limit: u64,
        mut origin: Origin,
    ) -> Result<FileRecord>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let signature = &mut origin.signature;
        let incoming = incoming.inspect_ok(|piece| {
            if let Some(check) = signature {
                check.update(piece);
            }
        });
        let received = self.contents.receive(incoming, limit).await?;
        // From here on it is finished even if nobody waits for it any more: a peer that leaves after its last byte must
        // not leave anything half-done.
        let files = self.clone();
        let finished = tokio::spawn(async move { files.finish(received, origin).await }).await;
        finished.map_err(AcsError::internal)?
    }
}

impl Acs {
    /// What a device sends on its link. `name` is what it appended to the address or wrote into a form: text, no more.
    /// A device that sends it again replaces what it sent.
    pub async fn receive_upload<E>(
        &self,
        link: &FileLink,
        name: Option<&str>,
        incoming: impl Stream<Item = std::result::Result<Bytes, E>> + Send,
    ) -> std::result::Result<FileView, ReceiveError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let refused = |error: AcsError| {
            tracing::error!(device = %link.device(), error = error.causes(), "a file that a device sent was not kept");
            ReceiveError::Unavailable
        };
        let files = self.files();
        let (device, task) = (link.device(), link.task());
        let record = files.store.task(task).await.map_err(|error| refused(error.into()))?;
        let Some(TaskKind::Upload { what, .. }) = record.map(|task| task.kind) else { return Err(ReceiveError::Over) };
        let origin = Origin {
            input: self.describe(device, what, name).await.map_err(refused)?,
            by: None,
            sent: Some((device, task)),
            expected: None,
            signature: None,
            now: now(),
        };
        let limit = files.settings.max_received;
        let received = files.contents.receive(incoming, limit).await.map_err(|error| match error {
            ContentError::Empty => ReceiveError::Empty,
            ContentError::TooLarge(_) => ReceiveError::TooLarge,
            ContentError::CutOff(_) => ReceiveError::CutOff,
            error => refused(error.into()),
        })?;
        // See Files::receive. What runs for this device is told even if the device is gone by then.
        let acs = self.clone();
        let finished = tokio::spawn(async move {
            let record = acs.files().finish(received, origin).await?;
            acs.file_came(device).await;
            Ok::<_, AcsError>(record)
        });
        let record = finished.await.map_err(AcsError::internal).flatten().map_err(refused)?;
        counter!("lastmile_file_uploads_total").increment(1);
        tracing::info!(%device, task = %task, file = %record.id, size = record.size, "a device sent a file");
        self.tell_files();
        Ok(super::file_view(record))
    }

    /// What is said of a file that nobody described.
    async fn describe(&self, device: DeviceId, what: UploadKind, name: Option<&str>) -> Result<FileInput> {
        let entry = self.exchange().devices.get(device).await?.ok_or(AcsError::NotFound("device"))?;
        let record = entry.record();
        let (file_type, default) = match what {
            UploadKind::Configuration(_) => (FileType::Configuration, "configuration"),
            UploadKind::Log(_) => (FileType::Log, "log"),
        };
        let name = name.map(plain_name).filter(|name| !name.is_empty());
        let default = || plain_name(&format!("{default} of {}", record.identity.serial));
        Ok(FileInput {
            version: record.software_version.chars().filter(|c| !unfit(*c)).take(64).collect(),
            // A configuration is only fit for its own kind.
            models: vec![record.model.chars().filter(|c| !unfit(*c)).take(64).collect()],
            ..FileInput::new(name.unwrap_or_else(default), file_type)
        })
    }

    /// The task that waits for a file may end now: a session that runs looks again.
    async fn file_came(&self, device: DeviceId) {
        if let Ok(Some(entry)) = self.exchange().devices.get(device).await {
            entry.may_have_tasks.store(true, std::sync::atomic::Ordering::Release);
        }
        self.exchange().sessions.new_work(device);
    }
}

/// A name that a device made up, as a name of ours: what stands after its last slash, without what is not seen.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !unfit(*c)).take(200).collect();
    let plain = plain.trim();
    if matches!(plain, "." | "..") { String::new() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn f1_names_that_devices_make_up_are_text() {
        assert_eq!(plain_name("config backup.cfg"), "config backup.cfg");
        assert_eq!(plain_name("/var/../../etc/passwd"), "passwd");
        assert_eq!(plain_name("C:\\tmp\\a.log"), "a.log");
        assert_eq!(plain_name("a\0\r\nb\u{202e}"), "ab");
        assert_eq!(plain_name(".."), "");
        assert_eq!(plain_name("x/"), "");
        assert_eq!(plain_name(&"n".repeat(500)).len(), 200);
    }
}
