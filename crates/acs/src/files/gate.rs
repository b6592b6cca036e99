//! Who may use a link: whoever holds it, while its task is open, with its credentials (rules 56 and 233). A device that
//! could not log in gets a link that is enough by itself (rule 346).

use super::links::{Grant, GrantKind, Links};
use super::{ContentError, Files};
use crate::clock::now;
use crate::learning::overrides;
use crate::operations::Acs;
use bytes::Bytes;
use cwmp::digest::{Authorization, Credential, Digest, Tolerance, Verdict, parse_authorization};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use metrics::counter;
use model::device::Overrides;
use model::{DeviceId, TaskId};
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// Realm of the challenges.
const REALM: &str = "Lastmile files";

/// Makes challenges and checks the answers.
pub(super) struct Gate {
    digest: Digest,
    required: bool,
}

/// A link that is good right now.
#[derive(Clone, Debug)]
pub struct FileLink {
    token: String,
    pub(super) grant: Grant,
}

impl FileLink {
    pub fn device(&self) -> DeviceId {
        self.grant.device
    }

    pub fn task(&self) -> TaskId {
        self.grant.task
    }
}

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRefused {
    /// Not made here, or for something else.
    Unknown,
    Expired,
    /// The task that it was made for has ended.
    Over,
    /// The database does not answer: later.
    Unavailable,
}

/// The file behind a link: found whole just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedFile {
    /// Text for a person: never a path.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// 64 hexadecimal digits in lower case.
    pub sha256: String,
}

impl Gate {
    pub fn new(required: bool) -> Self {
        Self { digest: Digest::new(REALM, rand::random()), required }
    }

    /// Basic is taken without TLS, too: the password is good for this one link only, and whoever can listen has seen the
    /// link itself.
    fn admit(
        &self,
        links: &Links,
        token: &str,
        (method, uri): (&str, &str),
        authorization: Option<&str>,
        tolerance: Tolerance,
    ) -> Result<(), Vec<String>> {
        if !self.required {
            return Ok(());
        }
        let link = links.credentials(token);
        let mut stale = false;
        match authorization.and_then(parse_authorization) {
            Some(Authorization::Digest(answer)) if answer.username == link.username => {
                let credential = Credential::Password(&link.password);
                match self.digest.verify(&answer, method, uri, credential, now(), &tolerance) {
                    Verdict::Ok => return Ok(()),
                    Verdict::Stale | Verdict::Replay => stale = true,
                    Verdict::Wrong => {}
                }
            }
            // Compared by their hashes, so that its time tells nothing.
            Some(Authorization::Basic { username, password })
                if username == link.username && Sha256::digest(&password) == Sha256::digest(&link.password) =>
            {
                return Ok(());
            }
            _ => {}
        }
        Err(vec![self.digest.challenge(now(), stale), format!("Basic realm=\"{REALM}\"")])
    }
}

impl Acs {
    /// What a token of a link allows; `upload` says what is asked of it. Needs no actor: the link is the proof.
    pub async fn file_link(&self, token: &str, upload: bool) -> Result<FileLink, LinkRefused> {
        let files = self.files();
        let link = files.link(token, upload).await;
        let outcome = match &link {
            Ok(_) => "good",
            Err(LinkRefused::Unknown) => "unknown",
            Err(LinkRefused::Expired) => "expired",
            Err(LinkRefused::Over) => "over",
            Err(LinkRefused::Unavailable) => "unavailable",
        };
        let kind = if upload { "upload" } else { "download" };
        counter!("lastmile_file_links_total", "kind" => kind, "outcome" => outcome).increment(1);
        link
    }

    /// Whether a request shows the credentials of its link; otherwise the challenges to answer it with, one header line
    /// each. `uri` is the request target as sent.
    pub async fn admit_to_link(
        &self,
        link: &FileLink,
        method: &str,
        uri: &str,
        authorization: Option<&str>,
    ) -> Result<(), Vec<String>> {
        let files = self.files();
        if link.grant.open {
            return Ok(());
        }
        let tolerance =
            if authorization.is_some() { self.tolerance(link.grant.device).await } else { Tolerance::default() };
        files.gate.admit(&files.links, &link.token, (method, uri), authorization, tolerance)
    }

    /// How a device may answer challenges, as an operator decided about it. Its path may differ: name and password are
    /// those of one link.
    async fn tolerance(&self, device: DeviceId) -> Tolerance {
        let decided = match self.exchange().devices.get(device).await {
            Ok(entry) => entry.map(|entry| overrides(&entry.record())).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%device, error = error.causes(), "what was decided about a device could not be looked up");
                Overrides::default()
            }
        };
        Tolerance { allow_rfc2069: decided.digest_without_qop, repeated_nc: decided.digest_repeated_nc, any_uri: true }
    }

    /// The file that a link for a download leads to. Looked at again: a file that was damaged or swapped since is not
    /// handed out (catalogue row F3).
    pub async fn linked_file(&self, link: &FileLink) -> crate::Result<LinkedFile> {
        let GrantKind::Download(id) = link.grant.what else { return Err(crate::AcsError::NotFound("file")) };
        let files = self.files();
        let record = files.store.file(id).await?.ok_or(crate::AcsError::NotFound("file"))?;
        if !files.is_intact(&record.sha256, record.size).await? {
            return Err(ContentError::Missing.into());
        }
        Ok(LinkedFile { name: record.input.name, size: record.size, sha256: record.sha256 })
    }

    /// Whether a file may be loaded from its first byte: a campaign hands each one out once for each order. Going on with one that
    /// was cut is always allowed.
    pub async fn may_begin_file(&self, link: &FileLink) -> crate::Result<bool> {
        Ok(self.store().target_loading(link.grant.task).await? < 2)
    }

    /// A device begins to load its file, or was sent the last byte of it: its campaign, if any, is to know.
    pub async fn file_goes_out(&self, task: TaskId, whole: bool) {
        if let Err(error) = self.store().target_loads(task, whole, crate::clock::now()).await {
            tracing::warn!(%task, %error, "what a device has loaded could not be written down");
        }
    }

    /// Some bytes of the file: the range lies inside it.
    pub async fn read_linked(
        &self,
        file: &LinkedFile,
        range: Range<u64>,
    ) -> crate::Result<BoxStream<'static, crate::Result<Bytes>>> {
        counter!("lastmile_file_bytes_sent_total").increment(range.end.saturating_sub(range.start));
        let pieces = self.files().contents.read(&file.sha256, range).await?;
        Ok(pieces.map_err(crate::AcsError::from).boxed())
    }
}

impl Files {
    async fn link(&self, token: &str, upload: bool) -> Result<FileLink, LinkRefused> {
        let grant = self.links.grant(token).ok_or(LinkRefused::Unknown)?;
        if (grant.what == GrantKind::Upload) != upload {
            return Err(LinkRefused::Unknown);
        }
        if grant.expires <= now() {
            return Err(LinkRefused::Expired);
        }
        // A link ends with its task: one that somebody kept opens nothing later (catalogue row F4).
        match self.store.task(grant.task).await {
            Ok(Some(task)) if task.device == grant.device && !task.state.ended() => {
                Ok(FileLink { token: token.to_owned(), grant })
            }
            Ok(_) => Err(LinkRefused::Over),
            Err(error) => {
                tracing::error!(%error, "cannot look up the task of a link");
                Err(LinkRefused::Unavailable)
            }
        }
    }
}
