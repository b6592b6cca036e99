//! The devices of a campaign as a file.

use super::Shared;
use acs::{AcsError, Actor};
use app::PortalError;
use app::ssr::SignedIn;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use futures::stream;
use model::CampaignId;
use model::campaign::{FailureClass, TargetFilter, TargetView};

/// Devices that are read at once.
const PIECE: u16 = 1000;
const HEADER: [&str; 13] = [
    "device",
    "serial",
    "subscriber",
    "model",
    "hardware",
    "version",
    "stage",
    "state",
    "state_words",
    "reason",
    "fault",
    "orders",
    "changed",
];

/// `GET /campaigns/{id}/devices.csv`: all of them, in pieces as they are read. Always an attachment.
pub async fn download(
    State(shared): State<Shared>,
    Extension(SignedIn(agent)): Extension<SignedIn>,
    Path(id): Path<CampaignId>,
) -> Response {
    let Some(agent) = agent else { return (StatusCode::UNAUTHORIZED, "not signed in\n").into_response() };
    let actor = Actor::Agent(agent);
    // Refused before anything of the file is sent.
    if let Err(error) = shared.acs.campaign(&actor, id).await {
        let status = match &error {
            AcsError::Denied(_) => StatusCode::FORBIDDEN,
            AcsError::NotFound(_) => StatusCode::NOT_FOUND,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        return (status, Json(PortalError::from(error))).into_response();
    }
    let pieces = stream::try_unfold(Some(None), move |state| {
        let (acs, actor) = (shared.acs.clone(), actor.clone());
        async move {
            let Some(cursor) = state else { return Ok(None) };
            let first = cursor.is_none();
            let page = acs.campaign_targets(&actor, id, &TargetFilter::default(), cursor.as_ref(), PIECE).await?;
            let text = rows(&page.items, first);
            Ok::<_, AcsError>(Some((Bytes::from(text), page.next.map(Some))))
        }
    });
    let mut answer = Body::from_stream(pieces).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&super::transfers::attachment(&format!("campaign-{id}-devices.csv"))) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    answer
}

/// Lines of the file. No cell is a formula to a spreadsheet.
fn rows(targets: &[TargetView], header: bool) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if header {
        writer.write_record(HEADER).expect("memory takes all");
    }
    for target in targets {
        let reason = match (target.skipped, target.failure) {
            (Some(reason), _) => reason.label(),
            (None, Some(class)) => class.label(),
            (None, None) => "",
        };
        let fault = target.failure.and_then(FailureClass::code).map(|code| code.to_string()).unwrap_or_default();
        let cells = [
            &target.device.to_string(),
            &target.serial,
            target.subscriber.as_deref().unwrap_or_default(),
            &target.model,
            &target.hardware,
            &target.version,
            &(target.stage + 1).to_string(),
            target.state.as_str(),
            target.state.label(),
            reason,
            &fault,
            &target.orders.to_string(),
            &app::clock::iso(target.changed_at),
        ];
        writer.write_record(cells.map(acs::safe_cell)).expect("memory takes all");
    }
    writer.into_inner().expect("memory takes all")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::campaign::{FailureClass, TargetState};
    use model::{DeviceId, Timestamp};

    #[test]
    fn what_devices_say_is_no_formula() {
        let target = TargetView {
            device: DeviceId(7),
            serial: "=cmd()".into(),
            subscriber: Some("+49".into()),
            model: "@SUM(A1), \"x\"".into(),
            hardware: "-1".into(),
            version: "1.0".into(),
            stage: 0,
            state: TargetState::Failed,
            skipped: None,
            failure: Some(FailureClass::Fault(9018)),
            orders: 2,
            due_at: None,
            changed_at: Timestamp(1_795_356_482_000),
            task: None,
            steps: Vec::new(),
        };
        let text = String::from_utf8(rows(&[target], true)).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(HEADER.join(",").as_str()));
        let line = lines.next().unwrap();
        assert!(line.starts_with("7,'=cmd(),'+49,\"'@SUM(A1), \"\"x\"\"\",'-1,1.0,1,failed,Failed,"), "{line}");
        assert!(line.ends_with(",9018,2,2026-11-22T14:08:02Z"), "{line}");
    }
}
