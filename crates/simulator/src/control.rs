//! A way in from outside the process, for browser tests: HTTP with JSON, on loopback only.
//!
//! | Request | Effect |
//! |---|---|
//! | `GET /stats` | sums over the fleet |
//! | `GET /flashes` | by serial number, how often each device installed which version of firmware: `{"KSTL…":{"4.3.0":1}}` |
//! | `GET /devices` | all devices, in short; `?limit=N` for the first ones |
//! | `GET /devices/{serial}` | one device with what it has done |
//! | `GET /devices/{serial}/parameters?path=P` | values below a partial path |
//! | `POST /devices/{serial}/offline`, `…/online` | pulls the plug, plugs it in again |
//! | `POST /devices/{serial}/reboot` | somebody pushes the power button |
//! | `POST /devices/{serial}/revive` | somebody brings it back that did not survive its new firmware |
//! | `POST /devices/{serial}/inform` | a session now |
//! | `POST /devices/{serial}/press-wps` | a session with a vendor event now |
//! | `POST /devices/{serial}/change` | `{"path":…,"value":…}`: somebody changes it at the device's web page |
//! | `POST /devices/{serial}/faults` | asks for a fault, such as `{"fault":"answer","code":9002,"times":1}` |
//! | `DELETE /devices/{serial}/faults` | no more faults |
//! | `POST /devices/{serial}/event` | `{"event":"13 WAKEUP"}`: a session with that event now |
//! | `POST /devices/{serial}/report` | something to tell in a request of its own, such as `{"report":"kicked","command":"x"}` |

use crate::cpe::{Activity, Cpe};
use crate::fleet::Fleet;
use crate::{Injected, Report, listener};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Why the control server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// It has no authentication: it stays on this machine.
    #[error("the control address has to be on loopback")]
    NotLoopback,
    #[error("cannot listen for control requests: {0}")]
    Listen(#[from] std::io::Error),
}

/// The longest body of a request.
const LONGEST: usize = 64 << 10;

#[derive(Serialize)]
struct Brief<'a> {
    serial: &'a str,
    model: &'a str,
    oui: &'a str,
    product_class: &'a str,
    activity: Activity,
    sessions: u64,
}

#[derive(Deserialize)]
struct Signal {
    event: String,
}

#[derive(Deserialize)]
struct Change {
    path: String,
    value: String,
}

/// Opens the listener; the future serves until it is dropped.
pub async fn open(
    address: SocketAddr,
    fleet: Arc<Fleet>,
) -> Result<(SocketAddr, impl Future<Output = ()> + Send), ControlError> {
    if !address.ip().is_loopback() {
        return Err(ControlError::NotLoopback);
    }
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let serve = listener::serve(listener, move |request| {
        let fleet = fleet.clone();
        async move { Ok::<_, Infallible>(respond(&fleet, request).await) }
    });
    Ok((address, serve))
}

async fn respond(fleet: &Fleet, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST).collect().await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "error": "the body is too long" }));
    };
    let query = parts.uri.query().unwrap_or_default();
    let path: Vec<_> = parts.uri.path().trim_matches('/').split('/').collect();
    let result = match (&parts.method, path.as_slice()) {
        (&Method::GET, ["stats"]) => Ok(json!(fleet.stats())),
        (&Method::GET, ["flashes"]) => Ok(json!(fleet.flashes())),
        (&Method::GET, ["devices"]) => {
            let limit = parameter(query, "limit").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
            Ok(json!(fleet.devices().iter().take(limit).map(|cpe| brief(cpe)).collect::<Vec<_>>()))
        }
        (method, ["devices", serial, rest @ ..]) => match fleet.device(serial) {
            Some(cpe) => device(cpe, fleet, method, rest, query, &body.to_bytes()),
            None => Err((StatusCode::NOT_FOUND, "there is no such device".to_owned())),
        },
        _ => Err((StatusCode::NOT_FOUND, "there is nothing here".to_owned())),
    };
    match result {
        Ok(value) => answer(StatusCode::OK, &value),
        Err((status, error)) => answer(status, &json!({ "error": error })),
    }
}

fn device(
    cpe: &Cpe,
    fleet: &Fleet,
    method: &Method,
    rest: &[&str],
    query: &str,
    body: &[u8],
) -> Result<Value, (StatusCode, String)> {
    let wrong = |error: serde_json::Error| (StatusCode::BAD_REQUEST, error.to_string());
    match (method, rest) {
        (&Method::GET, []) => {
            let url = format!("http://{}{}", fleet.connection_requests(), cpe.connection_request_path());
            return Ok(json!({ "device": brief(cpe), "connection_request_url": url, "stats": cpe.stats() }));
        }
        (&Method::GET, ["parameters"]) => {
            let path = parameter(query, "path").unwrap_or_default();
            let values = cpe.values(path).ok_or_else(|| (StatusCode::NOT_FOUND, "there is no such path".to_owned()))?;
            return Ok(Value::Object(values.into_iter().map(|(name, value)| (name, json!(value))).collect()));
        }
        (&Method::POST, ["offline"]) => cpe.power_off(),
        (&Method::POST, ["online"]) => cpe.power_on(),
        (&Method::POST, ["reboot"]) => cpe.reboot(),
        (&Method::POST, ["revive"]) => cpe.revive(),
        (&Method::POST, ["inform"]) => cpe.inform_now(),
        (&Method::POST, ["press-wps"]) => cpe.press_wps(),
        (&Method::POST, ["change"]) => {
            let Change { path, value } = serde_json::from_slice(body).map_err(wrong)?;
            if !cpe.change(&path, &value) {
                return Err((StatusCode::NOT_FOUND, "there is no such parameter".to_owned()));
            }
        }
        (&Method::POST, ["event"]) => cpe.signal(&serde_json::from_slice::<Signal>(body).map_err(wrong)?.event),
        (&Method::POST, ["report"]) => cpe.report(serde_json::from_slice::<Report>(body).map_err(wrong)?),
        (&Method::POST, ["faults"]) => cpe.inject(serde_json::from_slice::<Injected>(body).map_err(wrong)?),
        (&Method::DELETE, ["faults"]) => cpe.clear_faults(),
        _ => return Err((StatusCode::NOT_FOUND, "there is nothing here".to_owned())),
    }
    Ok(json!(brief(cpe)))
}

fn brief(cpe: &Cpe) -> Brief<'_> {
    let model = cpe.model();
    Brief {
        serial: cpe.serial(),
        model: &model.name,
        oui: &model.oui,
        product_class: &model.product_class,
        activity: cpe.activity(),
        sessions: cpe.lock().stats.sessions,
    }
}

/// Paths and numbers need no percent-encoding.
fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn answer(status: StatusCode, value: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(value.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
