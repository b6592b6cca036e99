//! The contents of files, under their SHA-256: nothing that anybody calls a file is part of a path (catalogue row F1).
//!
//! A file comes in under a random name and is renamed when it is whole, so that a cut-off upload or a full disk leaves
//! nothing that looks like a file (F5).

use super::settings::FileLocation;
use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, RenameOptions,
};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Bytes of an upload that are in memory. S3 wants parts of at least 5 MiB, all of one size but for the last.
const S3_PART: usize = 8 << 20;
const FOLDER_PART: usize = 256 << 10;
/// What was left behind by an upload that nobody ended is old after this long.
const ABANDONED: Duration = Duration::from_hours(24);
const INCOMING: &str = "incoming";
const KEPT: &str = "sha256";

/// Why contents cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    #[error("there is nothing in it")]
    Empty,
    /// More bytes than allowed.
    #[error("more than {0} bytes")]
    TooLarge(u64),
    /// Whoever sends it stopped before the end.
    #[error("the upload was cut off: {0}")]
    CutOff(Box<dyn Error + Send + Sync>),
    /// Not there, or not what was stored.
    #[error("the contents are not there")]
    Missing,
    /// The disk is full, the folder cannot be written, the service does not answer.
    #[error("the store of files failed: {0}")]
    Store(#[from] object_store::Error),
}

/// Contents that are whole but not kept yet. Dropped without [`Contents::keep`] they must be given to
/// [`Contents::discard`].
#[derive(Debug)]
pub(crate) struct Received {
    path: Path,
    pub sha256: String,
    pub size: u64,
}

/// Keeps contents.
pub(crate) struct Contents {
    location: FileLocation,
    store: OnceCell<Arc<dyn ObjectStore>>,
}

impl Contents {
    /// Touches nothing yet.
    pub fn new(location: FileLocation) -> Self {
        Self { location, store: OnceCell::new() }
    }

    /// Reads all of `incoming`, at most `limit` bytes. On any error nothing is left.
    pub async fn receive<E>(
        &self,
        incoming: impl Stream<Item = Result<Bytes, E>> + Send,
        limit: u64,
    ) -> Result<Received, ContentError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let store = self.store().await?;
        let path = Path::from_iter([INCOMING, &crate::accounts::random_token()]);
        let mut upload = store.put_multipart(&path).await?;
        let part = if let FileLocation::Folder(_) = self.location { FOLDER_PART } else { S3_PART };
        match receive(upload.as_mut(), incoming, limit, part).await {
            Ok((sha256, size)) => Ok(Received { path, sha256, size }),
            Err(error) => {
                if let Err(error) = upload.abort().await {
                    tracing::warn!(%error, "an upload that failed could not be cleared away");
                }
                Err(error)
            }
        }
    }

    /// Makes contents findable by their SHA-256, in the place of what is there: it is the same, unless it was damaged.
    pub async fn keep(&self, received: &Received) -> Result<(), ContentError> {
        let store = self.store().await?;
        store.rename_opts(&received.path, &place(&received.sha256), RenameOptions::default()).await?;
        Ok(())
    }

    /// Throws away what was not kept.
    pub async fn discard(&self, received: Received) {
        let Ok(store) = self.store().await else { return };
        if let Err(error) = store.delete(&received.path).await {
            tracing::warn!(%error, "an upload that was refused could not be cleared away");
        }
    }

    /// Bytes; `None` if it is not there.
    pub async fn size(&self, sha256: &str) -> Result<Option<u64>, ContentError> {
        Ok(self.meta(sha256).await?.map(|meta| meta.size))
    }

    /// What changes when somebody changes the contents behind our back.
    pub async fn version(&self, sha256: &str) -> Result<Option<String>, ContentError> {
        let meta = self.meta(sha256).await?;
        Ok(meta.map(|meta| format!("{} {} {}", meta.size, meta.last_modified, meta.e_tag.unwrap_or_default())))
    }

    /// Reads all of it and says what its SHA-256 is.
    pub async fn hash(&self, sha256: &str) -> Result<String, ContentError> {
        let got = self.store().await?.get(&place(sha256)).await.map_err(missing)?;
        let mut pieces = got.into_stream();
        let mut hash = Sha256::new();
        while let Some(piece) = pieces.try_next().await? {
            hash.update(&piece);
        }
        Ok(hex(&hash.finalize()))
    }

    /// A part of it: the caller has made sure that the range lies inside.
    pub async fn read(
        &self,
        sha256: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, ContentError>>, ContentError> {
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let got = self.store().await?.get_opts(&place(sha256), options).await.map_err(missing)?;
        Ok(got.into_stream().map_err(missing).boxed())
    }

    /// Nothing happens if it is not there.
    pub async fn delete(&self, sha256: &str) -> Result<(), ContentError> {
        match self.store().await?.delete(&place(sha256)).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Clears away what uploads left behind when the process died, before new ones come.
    pub async fn tidy(&self) -> Result<(), ContentError> {
        if let FileLocation::Folder(folder) = &self.location {
            // Nobody else writes here, and what is half-written has names that a list does not show.
            return match tokio::fs::remove_dir_all(folder.join(INCOMING)).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(local(error)),
                _ => Ok(()),
            };
        }
        let store = self.store().await?;
        let now = std::time::SystemTime::now();
        let mut found = store.list(Some(&Path::from(INCOMING)));
        while let Some(meta) = found.try_next().await? {
            let age = now.duration_since(meta.last_modified.into()).unwrap_or_default();
            if age > ABANDONED {
                store.delete(&meta.location).await?;
            }
        }
        Ok(())
    }

    async fn meta(&self, sha256: &str) -> Result<Option<ObjectMeta>, ContentError> {
        match self.store().await?.head(&place(sha256)).await {
            Ok(meta) => Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn store(&self) -> Result<&Arc<dyn ObjectStore>, ContentError> {
        self.store.get_or_try_init(|| open(&self.location)).await
    }
}

async fn open(location: &FileLocation) -> Result<Arc<dyn ObjectStore>, ContentError> {
    match location {
        FileLocation::Folder(folder) => {
            let mut builder = tokio::fs::DirBuilder::new();
            builder.recursive(true);
            // Images are not secret, but configurations that devices sent are.
            #[cfg(unix)]
            builder.mode(0o700);
            builder.create(folder).await.map_err(local)?;
            // What an agent was told is kept must survive a power cut.
            Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)))
        }
        FileLocation::S3 { bucket, prefix, endpoint, region, access_key, secret_key } => {
            // reqwest takes the process's provider of cryptography; an error says that there is one already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let mut builder = AmazonS3Builder::new()
                .with_bucket_name(bucket)
                .with_region(if region.is_empty() { "us-east-1" } else { region })
                .with_access_key_id(access_key)
                .with_secret_access_key(secret_key);
            if !endpoint.is_empty() {
                builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
            }
            let store = builder.build()?;
            if prefix.is_empty() {
                return Ok(Arc::new(store));
            }
            Ok(Arc::new(object_store::prefix::PrefixStore::new(store, prefix.as_str())))
        }
    }
}

async fn receive<E>(
    upload: &mut dyn MultipartUpload,
    incoming: impl Stream<Item = Result<Bytes, E>>,
    limit: u64,
    part_size: usize,
) -> Result<(String, u64), ContentError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let mut incoming = std::pin::pin!(incoming);
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut part = BytesMut::new();
    while let Some(piece) = incoming.next().await {
        let piece = piece.map_err(|error| ContentError::CutOff(error.into()))?;
        size += piece.len() as u64;
        if size > limit {
            return Err(ContentError::TooLarge(limit));
        }
        hash.update(&piece);
        part.extend_from_slice(&piece);
        while part.len() >= part_size {
            upload.put_part(PutPayload::from_bytes(part.split_to(part_size).freeze())).await?;
        }
    }
    if size == 0 {
        return Err(ContentError::Empty);
    }
    if !part.is_empty() {
        upload.put_part(PutPayload::from_bytes(part.freeze())).await?;
    }
    upload.complete().await?;
    Ok((hex(&hash.finalize()), size))
}

/// `sha256/ab/cdef…`: a folder with hundreds of thousands of entries is slow on some file systems. Hexadecimal digits
/// alone come out, whatever goes in.
fn place(sha256: &str) -> Path {
    let digits: String = sha256.chars().filter(char::is_ascii_hexdigit).collect();
    let (folder, rest) = digits.split_at(digits.len().min(2));
    Path::from_iter([KEPT, folder, rest])
}

fn missing(error: object_store::Error) -> ContentError {
    match error {
        object_store::Error::NotFound { .. } => ContentError::Missing,
        error => error.into(),
    }
}

fn local(error: std::io::Error) -> ContentError {
    ContentError::Store(object_store::Error::Generic { store: "folder", source: Box::new(error) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::io;

    type Piece = Result<Bytes, io::Error>;

    fn contents() -> (Contents, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Contents::new(FileLocation::Folder(folder.path().join("a/files"))), folder)
    }

    fn pieces(count: usize) -> impl Stream<Item = Piece> {
        stream::iter((0..count).map(|number| Ok(Bytes::from(vec![number as u8; 1 << 20]))))
    }

    /// Everything that is a file, anywhere below.
    fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    async fn all(contents: &Contents, sha256: &str, range: Range<u64>) -> Vec<u8> {
        let pieces: Vec<Bytes> = contents.read(sha256, range).await.unwrap().try_collect().await.unwrap();
        pieces.concat()
    }

    #[tokio::test]
    async fn what_was_kept_is_read_back() {
        let (contents, folder) = contents();
        let received = contents.receive(pieces(20), 20 << 20).await.unwrap();
        assert_eq!(received.size, 20 << 20);
        assert_eq!(contents.size(&received.sha256).await.unwrap(), None, "not before it is kept");
        contents.keep(&received).await.unwrap();
        assert_eq!(contents.size(&received.sha256).await.unwrap(), Some(20 << 20));
        assert_eq!(contents.hash(&received.sha256).await.unwrap(), received.sha256);
        let across = all(&contents, &received.sha256, (9 << 20) - 2..(9 << 20) + 1).await;
        assert_eq!(across, [8, 8, 9]);
        assert_eq!(all(&contents, &received.sha256, 5..5).await, [0u8; 0]);
        // The same again takes no more room.
        let again = contents.receive(pieces(20), 20 << 20).await.unwrap();
        contents.keep(&again).await.unwrap();
        assert_eq!(files(folder.path()).len(), 1);
        contents.delete(&received.sha256).await.unwrap();
        contents.delete(&received.sha256).await.unwrap();
        assert_eq!(files(folder.path()), Vec::<std::path::PathBuf>::new());
        assert!(matches!(contents.read(&received.sha256, 0..1).await, Err(ContentError::Missing)));
    }

    #[tokio::test]
    async fn f5_what_was_cut_off_leaves_nothing() {
        let (contents, folder) = contents();
        let broken = pieces(12).chain(stream::iter([Err(io::ErrorKind::ConnectionReset.into())]));
        let error = contents.receive(broken, 1 << 30).await.unwrap_err();
        assert!(matches!(error, ContentError::CutOff(_)), "{error}");
        let error = contents.receive(pieces(12), (12 << 20) - 1).await.unwrap_err();
        assert!(matches!(error, ContentError::TooLarge(_)), "{error}");
        let error = contents.receive(pieces(0), 1 << 20).await.unwrap_err();
        assert!(matches!(error, ContentError::Empty), "{error}");
        let refused = contents.receive(pieces(1), 1 << 20).await.unwrap();
        contents.discard(refused).await;
        assert_eq!(files(folder.path()), Vec::<std::path::PathBuf>::new());
    }

    #[tokio::test]
    async fn f5_what_a_dead_process_left_is_cleared_away() {
        let (contents, folder) = contents();
        contents.tidy().await.unwrap();
        let kept = contents.receive(pieces(1), 1 << 20).await.unwrap();
        contents.keep(&kept).await.unwrap();
        let _left = contents.receive(pieces(2), 2 << 20).await.unwrap();
        std::fs::write(folder.path().join("a/files/incoming/half#1"), "half").unwrap();
        contents.tidy().await.unwrap();
        assert_eq!(files(folder.path()).len(), 1);
        assert_eq!(contents.size(&kept.sha256).await.unwrap(), Some(1 << 20));
    }

    #[tokio::test]
    async fn f5_a_disk_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("files"), "in the way").unwrap();
        let contents = Contents::new(FileLocation::Folder(folder.path().join("files")));
        let error = contents.receive(pieces(1), 1 << 20).await.unwrap_err();
        assert!(matches!(error, ContentError::Store(_)), "{error}");
    }

    #[test]
    fn f1_a_hash_is_the_only_path() {
        assert_eq!(place("00ff11").as_ref(), "sha256/00/ff11");
        assert!(!place("../../etc/passwd").as_ref().contains(".."));
        assert!(place("/%2e%2e\0").as_ref().starts_with("sha256/"));
    }
}
