//! Files of the portal.

use super::Acs;
use super::devices::PAGE;
use crate::audit::Entry;
use crate::clock::now;
use crate::files::{Check, FileProof, Files, Origin, check_input, file_view, fits};
use crate::{AcsError, Actor, Result};
use bytes::Bytes;
use futures::Stream;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use model::audit::{Act, Target};
use model::file::{FileInput, FileView};
use model::page::{Cursor, Page};
use model::{DeviceId, FileId, Permission};
use std::error::Error;
use std::sync::Arc;
use store::{FileOrigin, FileRecord};

/// Files that are offered for one device, at most.
const OFFERED: usize = 200;

impl Acs {
    /// What agents uploaded, newest first; `cursor` from an earlier page.
    pub async fn files_of_agents(&self, actor: &Actor, cursor: Option<&Cursor>, limit: u16) -> Result<Page<FileView>> {
        actor.require(Permission::FileRead)?;
        Ok(self.inner.store.files(FileOrigin::Agents, None, cursor, limit).await?.map(file_view))
    }

    /// What devices sent, newest first; `cursor` from an earlier page.
    pub async fn files_of_devices(&self, actor: &Actor, cursor: Option<&Cursor>, limit: u16) -> Result<Page<FileView>> {
        actor.require(Permission::FileRead)?;
        Ok(self.inner.store.files(FileOrigin::Devices, actor.scope(), cursor, limit).await?.map(file_view))
    }

    pub async fn file(&self, actor: &Actor, id: FileId) -> Result<FileView> {
        Ok(file_view(self.visible_file(actor, Permission::FileRead, id).await?))
    }

    /// A file that the actor may see: what a device sent is for those who may see the device.
    async fn visible_file(&self, actor: &Actor, permission: Permission, id: FileId) -> Result<FileRecord> {
        actor.require(permission)?;
        let record = self.inner.store.file(id).await?.ok_or(AcsError::NotFound("file"))?;
        if let (Some(scope), None) = (actor.scope(), &record.by) {
            let seen = match record.device {
                Some(device) => self.inner.store.device_is_in(scope, device).await?,
                None => false,
            };
            if !seen {
                return Err(AcsError::NotFound("file"));
            }
        }
        Ok(record)
    }

    /// Files that this device may load: uploaded by agents for its model or for any, and what it sent itself. Newest
    /// first, at most 200.
    pub async fn files_for(&self, actor: &Actor, id: DeviceId) -> Result<Vec<FileView>> {
        self.at(actor, Permission::FileRead, id).await?;
        let record = {
            let entry = self.exchange().devices.get(id).await?.ok_or(AcsError::NotFound("device"))?;
            entry.record().clone()
        };
        let own = self.inner.store.files(FileOrigin::Device(id), None, None, PAGE).await?.items;
        let mut fitting = own;
        let mut cursor = None;
        loop {
            let page = self.inner.store.files(FileOrigin::Agents, None, cursor.as_ref(), PAGE).await?;
            fitting.extend(page.items.into_iter().filter(|file| fits(&file.input, &record).is_ok()));
            cursor = page.next;
            if cursor.is_none() || fitting.len() >= OFFERED {
                break;
            }
        }
        fitting.retain(|file| file.input.file_type.download().is_some());
        fitting.sort_by_key(|file| std::cmp::Reverse(file.id));
        fitting.truncate(OFFERED);
        Ok(fitting.into_iter().map(file_view).collect())
    }

    /// Largest file that an agent may upload, in bytes.
    pub fn largest_file(&self) -> u64 {
        self.files().settings.max_size
    }

    /// Keeps a file. Nothing is kept of one that is empty, too large, cut off, another than was said, or signed by nobody
    /// who is trusted.
    pub async fn upload_file<E>(
        &self,
        actor: &Actor,
        input: FileInput,
        proof: FileProof<'_>,
        incoming: impl Stream<Item = std::result::Result<Bytes, E>> + Send,
    ) -> Result<FileView>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        actor.require(Permission::FileWrite)?;
        let input = check_input(input).map_err(AcsError::Invalid)?;
        let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let expected = given(proof.sha256);
        if expected.as_ref().is_some_and(|text| text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(AcsError::Invalid("A SHA-256 is 64 hexadecimal digits.".to_owned()));
        }
        let settings = &self.files().settings;
        let signature = match given(proof.signature) {
            Some(text) => Some(Check::begin(&text, &settings.signing_keys).map_err(AcsError::Invalid)?),
            None if settings.require_signature && input.file_type.is_firmware() => return Err(unsigned()),
            None => None,
        };
        let by = Some(actor.name().to_owned());
        let origin = Origin { input, by, sent: None, expected, signature, now: now() };
        let record = self.files().receive(incoming, self.largest_file(), origin).await?;
        let entry = Entry::new(Act::FileUploaded, file_target(&record)).after(all_said(&record));
        if let Err(error) = self.audit(actor, entry).await {
            // What nobody is known to have brought is not kept.
            self.files().delete(record.id).await?;
            return Err(error);
        }
        tracing::info!(file = %record.id, size = record.size, by = actor.name(), "a file was uploaded");
        self.tell_files();
        Ok(file_view(record))
    }

    /// Changes what is said of a file; its contents stay. While a campaign uses it only the notes change.
    pub async fn update_file(&self, actor: &Actor, id: FileId, input: FileInput) -> Result<FileView> {
        actor.require(Permission::FileWrite)?;
        let before = self.inner.store.file(id).await?.ok_or(AcsError::NotFound("file"))?;
        let is_log = before.input.file_type == model::file::FileType::Log;
        let input = if is_log && input.file_type == before.input.file_type {
            // A log stays one; only what is said of it changes.
            let file_type = model::file::FileType::Configuration;
            let checked = check_input(FileInput { file_type, ..input }).map_err(AcsError::Invalid)?;
            FileInput { file_type: before.input.file_type.clone(), ..checked }
        } else {
            check_input(input).map_err(AcsError::Invalid)?
        };
        // What could not have been uploaded as firmware does not become it.
        let becomes_firmware = input.file_type.is_firmware() && !before.input.file_type.is_firmware();
        if becomes_firmware && self.files().settings.require_signature && before.signed_by.is_none() {
            return Err(unsigned());
        }
        if (FileInput { notes: before.input.notes.clone(), ..input.clone() }) != before.input {
            self.no_campaign_uses(&before, "Nothing was changed.").await?;
        }
        let entry = Entry::new(Act::FileChanged, file_target(&before)).before(&before.input).after(&input);
        self.audit(actor, entry).await?;
        let record = self.inner.store.update_file(id, input).await?.ok_or(AcsError::NotFound("file"))?;
        self.tell_files();
        Ok(file_view(record))
    }

    /// Refused while a campaign or a task that has not ended needs it.
    pub async fn delete_file(&self, actor: &Actor, id: FileId) -> Result<()> {
        actor.require(Permission::FileWrite)?;
        let record = self.inner.store.file(id).await?.ok_or(AcsError::NotFound("file"))?;
        self.no_campaign_uses(&record, "Nothing was deleted.").await?;
        let waiting = self.inner.store.open_tasks_with_file(id).await?;
        if !waiting.is_empty() {
            let routers =
                if waiting.len() == 1 { "1 router has".to_owned() } else { format!("{} routers have", waiting.len()) };
            return Err(AcsError::Invalid(format!(
                "“{}” was not deleted: {routers} yet to load it. Cancel the tasks, or wait until they have ended.",
                record.input.name
            )));
        }
        if let Some(task) = record.task
            && self.inner.store.task(task).await?.is_some_and(|task| !task.state.ended())
        {
            return Err(AcsError::Invalid(format!(
                "“{}” was not deleted: the router is still sending it. Wait until the task has ended.",
                record.input.name
            )));
        }
        self.audit(actor, Entry::new(Act::FileDeleted, file_target(&record)).before(all_said(&record))).await?;
        self.files().delete(id).await?.ok_or(AcsError::NotFound("file"))?;
        tracing::info!(file = %id, by = actor.name(), "a file was deleted");
        self.tell_files();
        Ok(())
    }

    /// Who gets a file and what counts as success is approved with the campaign that hands it out. `not_done`: ends the
    /// refusal.
    async fn no_campaign_uses(&self, record: &FileRecord, not_done: &str) -> Result<()> {
        let campaigns = self.inner.store.open_campaigns().await?;
        match campaigns.iter().find(|campaign| campaign.plan.kind.files().contains(&record.id)) {
            None => Ok(()),
            Some(campaign) => Err(AcsError::Invalid(format!(
                "“{}” is used by the campaign “{}”. {not_done}",
                record.input.name,
                campaign.plan.name.trim()
            ))),
        }
    }

    /// Open pages hear that there is something new.
    pub(crate) fn tell_files(&self) {
        let bus = &self.inner.exchange.writing.bus;
        if bus.watched() {
            bus.publish(model::live::LiveMessage::Files);
        }
    }

    /// A file with all its bytes. What devices sent holds their passwords, so it takes [`Permission::DeviceTransfer`].
    pub async fn download_file(
        &self,
        actor: &Actor,
        id: FileId,
    ) -> Result<(FileView, BoxStream<'static, Result<Bytes>>)> {
        let record = self.visible_file(actor, Permission::FileRead, id).await?;
        if record.by.is_none() {
            actor.require(Permission::DeviceTransfer)?;
        }
        // Fails closed: what devices send holds passwords.
        self.audit(actor, Entry::new(Act::FileDownloaded, file_target(&record))).await?;
        let pieces = self.files().read(&record).await?;
        Ok((file_view(record), pieces.map_err(AcsError::from).boxed()))
    }

    pub(crate) fn files(&self) -> &Arc<Files> {
        &self.inner.exchange.files
    }
}

fn file_target(record: &FileRecord) -> Target {
    Target::new("file", record.id, record.input.name.as_str())
}

/// What the audit log keeps of a file.
fn all_said(record: &FileRecord) -> serde_json::Value {
    serde_json::json!({
        "said": record.input,
        "size": record.size,
        "sha256": record.sha256,
        "signed_by": record.signed_by,
    })
}

fn unsigned() -> AcsError {
    let text =
        "Firmware needs a signature here. Nothing was kept. Upload it with the signature file that came with it.";
    AcsError::Invalid(text.to_owned())
}
