//! The floor: bare axum handlers with static answers and one durable row of about a kilobyte per session.

use crate::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use model::Timestamp;
use model::device::{DataModel, Enrolment, Identity};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Commit, DevicePatch, NewDevice, Store, StoreSettings, Write};

/// As long as the product's own answer.
const INFORM_RESPONSE: &str = concat!(
    r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" "#,
    r#"xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" "#,
    r#"xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-2"><soapenv:Header>"#,
    r#"<cwmp:ID soapenv:mustUnderstand="1">1</cwmp:ID></soapenv:Header><soapenv:Body><cwmp:InformResponse>"#,
    r"<MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse></soapenv:Body></soapenv:Envelope>"
);
const CHALLENGE: &str =
    r#"Digest realm="Lastmile", qop="auth", nonce="0123456789abcdef0123456789abcdef", algorithm=MD5"#;

/// Rows that the commits go round in.
const ROWS: usize = 1000;

struct Floor {
    store: Store,
    rows: Vec<model::DeviceId>,
    next: AtomicUsize,
    kilobyte: String,
}

/// Serves until the process is ended.
pub async fn serve(data: &Path, ready: &Path) -> Result<()> {
    let url = format!("sqlite://{}", data.join("floor.db").display());
    let store = Store::open(&StoreSettings { url, max_connections: 8 }).await?;
    store.migrate().await?;
    let mut rows = Vec::with_capacity(ROWS);
    for i in 0..ROWS {
        let identity = Identity { oui: "000000".to_owned(), serial: format!("FLOOR{i}"), ..Identity::default() };
        let new = NewDevice {
            identity,
            address: String::new(),
            now: Timestamp(0),
            data_model: DataModel::Tr181,
            cwmp_version: String::new(),
            late_at: Timestamp(0),
            overdue_at: Timestamp(0),
            enrolment: Enrolment::Approved,
        };
        rows.push(store.register_device(&new).await?.id);
    }
    let floor = Arc::new(Floor { store, rows, next: AtomicUsize::new(0), kilobyte: "x".repeat(1024) });
    let app = Router::new().fallback(post(answer)).with_state(floor);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    std::fs::write(ready, format!("http://{}/", listener.local_addr()?))?;
    axum::serve(listener, app).await?;
    Ok(())
}

async fn answer(State(floor): State<Arc<Floor>>, headers: HeaderMap, body: Bytes) -> Response {
    if body.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    if !headers.contains_key(header::AUTHORIZATION) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, CHALLENGE)]).into_response();
    }
    let row = floor.rows[floor.next.fetch_add(1, Ordering::Relaxed) % ROWS];
    let patch = DevicePatch { quirks: Some(floor.kilobyte.clone()), ..DevicePatch::default() };
    let commit = Commit { writes: vec![Write::Device { id: row, patch }] };
    match floor.store.commit(commit).await {
        Ok(_) => (
            [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::SET_COOKIE, "lm=0123456789abcdef; Path=/")],
            INFORM_RESPONSE,
        )
            .into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
