//! Reading the log, checking it, taking it out.

use super::Entry;
use super::export::{CSV_HEADER, csv_row, json_line};
use crate::clock::now;
use crate::{Acs, AcsError, Actor, Result};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use model::Permission;
use model::audit::{Act, AuditCheck, AuditFilter, AuditPage, AuditQuery, Target};
use model::page::Cursor;
use std::time::Duration;
use store::{KeyId, KeySource, Resealed};

/// Entries that an export reads at once.
const PIECE: u16 = 500;

/// How the log is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFormat {
    /// For spreadsheets: what they would take for a formula is neutralised.
    Csv,
    /// One JSON object a line, exactly as stored.
    JsonLines,
}

/// The log in pieces, newest entry first.
pub type AuditStream = BoxStream<'static, Result<Bytes>>;

impl Acs {
    /// The log is of the whole fleet: it is not for those who see a part of it.
    fn may_read_audit(actor: &Actor) -> Result<()> {
        actor.require(Permission::AuditRead)?;
        if actor.scope().is_some() {
            return Err(AcsError::Denied(Permission::AuditRead));
        }
        Ok(())
    }

    /// A page of the log, newest first.
    pub async fn audit_page(&self, actor: &Actor, query: &AuditQuery) -> Result<AuditPage> {
        Self::may_read_audit(actor)?;
        Ok(self.store().audit(query).await?)
    }

    /// Names of all who are in the log, by the alphabet; at most 200.
    pub async fn audit_people(&self, actor: &Actor) -> Result<Vec<String>> {
        Self::may_read_audit(actor)?;
        Ok(self.store().audit_people().await?)
    }

    /// Walks the whole chain. `expected`: the hash of an earlier head, 64 hexadecimal digits, which must be in it.
    pub async fn verify_audit(&self, actor: &Actor, expected: Option<&str>) -> Result<AuditCheck> {
        Self::may_read_audit(actor)?;
        let expected = expected.map(hash).transpose()?;
        Ok(self.store().verify_audit(expected.as_ref().map(<[u8; 32]>::as_slice)).await?)
    }

    /// All entries that the filter lets through, newest first, in pieces: memory does not grow with the log. That it was
    /// taken out is an entry of the log itself.
    pub async fn export_audit(&self, actor: &Actor, filter: AuditFilter, format: AuditFormat) -> Result<AuditStream> {
        Self::may_read_audit(actor)?;
        let name = if format == AuditFormat::Csv { "CSV" } else { "JSON lines" };
        self.audit(actor, Entry::new(Act::AuditExported, Target::new("audit", "", name)).after(&filter)).await?;
        let header = (format == AuditFormat::Csv).then(|| Ok(Bytes::from_static(CSV_HEADER.as_bytes())));
        let store = self.store().clone();
        let pieces = stream::try_unfold(Some(None::<Cursor>), move |state| {
            let (store, filter) = (store.clone(), filter.clone());
            async move {
                let Some(cursor) = state else { return Ok(None) };
                let page = store.audit(&AuditQuery { filter, cursor, limit: PIECE }).await?.page;
                let mut text = Vec::new();
                for entry in &page.items {
                    match format {
                        AuditFormat::Csv => csv_row(&mut text, entry),
                        AuditFormat::JsonLines => json_line(&mut text, entry)?,
                    }
                }
                Ok(Some((Bytes::from(text), page.next.map(Some))))
            }
        });
        Ok(stream::iter(header).chain(pieces).boxed())
    }

    /// Makes a new key for the secrets in the database and encrypts them with it. For the command line.
    pub async fn rotate_secrets(&self, actor: &Actor, source: &KeySource) -> Result<(KeyId, Resealed)> {
        actor.require(Permission::SettingsWrite)?;
        self.audit(actor, Entry::new(Act::SecretsRotated, Target::new("secrets", "", ""))).await?;
        self.store().rotate_secrets(source).await.map_err(|error| match error {
            store::StoreError::Invalid(why) => AcsError::Invalid(why),
            error => error.into(),
        })
    }

    /// Once an hour: entries whose time is over are removed; the chain says so.
    pub(crate) async fn sweep_audit(self) {
        let days = self.exchange().settings.keep_audit_days;
        if days == 0 {
            return;
        }
        let mut ending = self.ending();
        let mut hour = tokio::time::interval(Duration::from_hours(1));
        loop {
            tokio::select! {
                _ = hour.tick() => {}
                _ = ending.wait_for(|ending| *ending) => return,
            }
            let before = now().plus_seconds(-86_400 * i64::from(days));
            loop {
                match self.store().prune_audit(before, now()).await {
                    Ok(0) => break,
                    // Others want to write, too.
                    Ok(_) => tokio::time::sleep(Duration::from_millis(200)).await,
                    Err(error) => {
                        tracing::warn!(%error, "old entries of the audit log stay; tried again in an hour");
                        break;
                    }
                }
            }
        }
    }
}

fn hash(text: &str) -> Result<[u8; 32]> {
    let wrong = || AcsError::Invalid("A hash is 64 hexadecimal digits, as `lastmile audit verify` prints.".to_owned());
    let text = text.trim();
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return Err(wrong());
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
    }
    Ok(bytes)
}
