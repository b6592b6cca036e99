//! `/api/v1/files`.

use super::cursor::{Page, limit};
use super::idempotency::Again;
use super::input::{Asked, At};
use super::problem::Problem;
use super::time::Time;
use super::{Api, Caller};
use crate::files::paced;
use crate::listen::Phase;
use crate::portal::transfers::attachment;
use acs::FileProof;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::FileId;
use model::file::{self, FileInput, FileView};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What a file is for a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileType {
    Firmware,
    WebContent,
    Configuration,
    Tone,
    Ringer,
    StoredFirmware,
    /// Only sent by routers.
    Log,
    /// A maker's own: see `vendor_type`.
    Vendor,
}

fn typed(inner: file::FileType) -> (FileType, Option<String>) {
    match inner {
        file::FileType::Firmware => (FileType::Firmware, None),
        file::FileType::WebContent => (FileType::WebContent, None),
        file::FileType::Configuration => (FileType::Configuration, None),
        file::FileType::Tone => (FileType::Tone, None),
        file::FileType::Ringer => (FileType::Ringer, None),
        file::FileType::StoredFirmware => (FileType::StoredFirmware, None),
        file::FileType::Log => (FileType::Log, None),
        file::FileType::Vendor(name) => (FileType::Vendor, Some(name)),
    }
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct File {
    #[schema(example = 3)]
    pub id: i64,
    #[schema(example = "hg645-4.2.1.bin")]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FileType,
    /// A maker's own type, whole, such as `X 00A1B2 Voice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_type: Option<String>,
    /// Bytes.
    pub size: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
    /// Of firmware, as routers report it; may be empty.
    pub version: String,
    /// Other texts that routers may report as their version when they run it.
    pub versions: Vec<String>,
    /// Models it is for; empty: any.
    pub models: Vec<String>,
    /// Hardware revisions it fits; empty: any.
    pub hardware: Vec<String>,
    /// The oldest version that a router may run before it; empty: any.
    pub min_version: String,
    /// Name of the key that its signature was made with; `null`: it came without one.
    #[schema(example = "acme")]
    pub signed_by: Option<String>,
    pub notes: String,
    pub created_at: Time,
    /// Who uploaded it; `null`: a router sent it.
    pub by: Option<String>,
    /// The number of the router that sent it.
    pub device: Option<i64>,
}

impl From<FileView> for File {
    fn from(view: FileView) -> Self {
        let (kind, vendor_type) = typed(view.file.file_type);
        Self {
            id: view.file.id.0,
            name: view.file.name,
            kind,
            vendor_type,
            size: view.file.size,
            sha256: view.file.sha256,
            version: view.file.version,
            versions: view.file.versions,
            models: view.models,
            hardware: view.hardware,
            min_version: view.min_version,
            signed_by: view.signed_by,
            notes: view.notes,
            created_at: view.created_at.into(),
            by: view.by,
            device: view.device.map(|device| device.0),
        }
    }
}

/// Where files come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Uploaded by people and programs.
    #[default]
    Uploaded,
    /// Sent by routers.
    Routers,
}

/// Which files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `uploaded` if left out.
    #[serde(default)]
    #[param(inline, required = false)]
    pub origin: Origin,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Files a page; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// The files, newest first
#[utoipa::path(
    get, path = "/api/v1/files", tag = "Files", operation_id = "listFiles",
    params(ListQuery),
    responses((status = 200, description = "A page of files.", body = Page<File>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<Page<File>>, Problem> {
    let list = ("files", asked.origin);
    let cursor = api.cursors.maybe(&list, asked.cursor.as_deref())?;
    let (cursor, limit) = (cursor.as_ref(), limit(asked.limit)?);
    let page = match asked.origin {
        Origin::Routers => api.acs.files_of_devices(&actor, cursor, limit).await?,
        Origin::Uploaded => api.acs.files_of_agents(&actor, cursor, limit).await?,
    };
    Ok(Json(api.cursors.page(&list, page)))
}

/// What an uploaded file is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// 1 to 200 characters.
    #[param(min_length = 1, max_length = 200)]
    pub name: String,
    #[serde(rename = "type")]
    #[param(inline)]
    pub file_type: FileType,
    /// With the type `vendor`: `X`, the maker and a name.
    pub vendor_type: Option<String>,
    /// Of firmware, as routers report it.
    #[serde(default)]
    #[param(required = false, max_length = 64)]
    pub version: String,
    /// Of firmware: other texts that routers may report as their version when they run it, with commas between them.
    #[serde(default)]
    #[param(required = false)]
    pub versions: String,
    /// Models it is for, with commas between them; left out: any.
    #[serde(default)]
    #[param(required = false)]
    pub models: String,
    /// Of firmware: hardware revisions it fits, with commas between them; left out: any.
    #[serde(default)]
    #[param(required = false)]
    pub hardware: String,
    /// Of firmware: the oldest version that a router may run before it; left out: any.
    #[serde(default)]
    #[param(required = false, max_length = 64)]
    pub min_version: String,
    #[serde(default)]
    #[param(required = false, max_length = 4000)]
    pub notes: String,
    /// What the SHA-256 of the body has to be. Needed with an `Idempotency-Key`.
    #[param(min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// A detached signature: the file that minisign wrote, or the 64 bytes of an Ed25519 signature, in base64. The key has
    /// to be one that the settings name.
    pub signature: Option<String>,
}

/// Uploads a file
///
/// The body is the file as it is. Nothing is kept of one that is cut off, too large or not the one that `sha256` names, or
/// whose `signature` is not one of it by a trusted key.
#[utoipa::path(
    post, path = "/api/v1/files", tag = "Files", operation_id = "uploadFile",
    params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file as it is."),
    responses((status = 201, description = "The file.", body = File)),
)]
pub async fn upload(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    phase: Option<Extension<Arc<Phase>>>,
    again: Option<Extension<Again>>,
    Asked(said): Asked<UploadQuery>,
    request: Request,
) -> Response {
    keep(&api, &actor, said, again, request).await.unwrap_or_else(|problem| {
        // What still comes of the file is thrown away for a moment: some read no answer while they send.
        if let Some(Extension(phase)) = phase {
            phase.linger();
        }
        let mut refused = problem.into_response();
        refused.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        refused
    })
}

async fn keep(
    api: &Api,
    actor: &acs::Actor,
    said: UploadQuery,
    again: Option<Extension<Again>>,
    request: Request,
) -> Result<Response, Problem> {
    // After a crash: it may have been kept then.
    if let (Some(Extension(Again(since))), Some(sha256)) = (again, &said.sha256)
        && let Some(file) = api.acs.uploaded_since(actor, &said.name, sha256, since).await?
    {
        return Ok(made(file));
    }
    let file_type = match (said.file_type, said.vendor_type) {
        (FileType::Vendor, Some(name)) => file::FileType::Vendor(name),
        (FileType::Vendor, None) => {
            let detail = "Which: the type vendor needs it.";
            return Err(Problem::field(StatusCode::UNPROCESSABLE_ENTITY, "vendor_type", detail));
        }
        (_, Some(_)) => {
            let detail = "It belongs to the type vendor alone.";
            return Err(Problem::field(StatusCode::UNPROCESSABLE_ENTITY, "vendor_type", detail));
        }
        (FileType::Firmware, None) => file::FileType::Firmware,
        (FileType::WebContent, None) => file::FileType::WebContent,
        (FileType::Configuration, None) => file::FileType::Configuration,
        (FileType::Tone, None) => file::FileType::Tone,
        (FileType::Ringer, None) => file::FileType::Ringer,
        (FileType::StoredFirmware, None) => file::FileType::StoredFirmware,
        (FileType::Log, None) => file::FileType::Log,
    };
    // Told before a byte of it is read.
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let largest = api.acs.largest_file();
    if announced.is_some_and(|length| length > largest) {
        let most = file::size_text(largest);
        let detail =
            format!("The file is larger than {most}. It was not kept. The administrator can allow larger ones.");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let list = |text: &str| text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let input = FileInput {
        name: said.name,
        file_type,
        version: said.version,
        versions: list(&said.versions),
        models: list(&said.models),
        hardware: list(&said.hardware),
        min_version: said.min_version,
        notes: said.notes,
    };
    let proof = FileProof { sha256: said.sha256.as_deref(), signature: said.signature.as_deref() };
    let pieces = paced(request.into_body(), api.pace);
    let file = api.acs.upload_file(actor, input, proof, pieces).await?;
    Ok(made(file))
}

fn made(file: FileView) -> Response {
    let location = format!("/api/v1/files/{}", file.file.id);
    let mut answer = (StatusCode::CREATED, Json(File::from(file))).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

/// One file
#[utoipa::path(
    get, path = "/api/v1/files/{id}", tag = "Files", operation_id = "readFile",
    params(("id" = i64, Path, description = "The number of the file")),
    responses((status = 200, description = "What is known of the file.", body = File)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Json<File>, Problem> {
    Ok(Json(api.acs.file(&actor, FileId(id)).await?.into()))
}

/// Deletes a file
///
/// Refused while a task that has not ended needs it.
#[utoipa::path(
    delete, path = "/api/v1/files/{id}", tag = "Files", operation_id = "deleteFile",
    params(("id" = i64, Path, description = "The number of the file")),
    responses((status = 204, description = "It is gone.")),
)]
pub async fn delete(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<StatusCode, Problem> {
    api.acs.delete_file(&actor, FileId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The bytes of a file
///
/// What routers sent may hold their passwords, so that it takes the permission `device.transfer`, too.
#[utoipa::path(
    get, path = "/api/v1/files/{id}/content", tag = "Files", operation_id = "downloadFile",
    params(("id" = i64, Path, description = "The number of the file")),
    responses((status = 200, description = "The file as it is.", body = Vec<u8>, content_type = "application/octet-stream")),
)]
pub async fn download(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    let (view, pieces) = api.acs.download_file(&actor, FileId(id)).await?;
    let mut answer = Body::from_stream(pieces).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(view.file.size));
    // Nothing that somebody uploaded is shown by a browser as a page of ours (catalogue row W6).
    if let Ok(value) = HeaderValue::try_from(attachment(&view.file.name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}
