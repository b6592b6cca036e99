//! Timed transfers (TR-143 §4.1): GET and PUT without a login, with every moment to the microsecond, no faster than the
//! device's line. Written by hand: the moments are the point.

use super::Place;
use super::send::read_head;
use crate::cpe::Cpe;
use crate::cpe::diagnostics::{Probe, Timed};
use crate::link::{self, Target};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes that are read or written at once.
const PIECE: usize = 64 << 10;

/// Carries a probe out. An error is the DiagnosticsState.
pub(crate) async fn run(cpe: &Cpe, probe: Probe) {
    let agent = cpe.agent();
    let place = Place { url: &probe.url, username: "", password: "", agent: &agent, tls: cpe.tls() };
    let result = match place.target() {
        Ok(target) => match tokio::time::timeout(PATIENCE * 10, measure(&place, &target, &probe)).await {
            Ok(result) => result,
            Err(_) => Err("Error_Timeout"),
        },
        Err(_) => Err("Error_InitConnectionFailed"),
    };
    cpe.lock().probed(&probe, result, crate::clock::now());
}

fn micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

async fn measure(place: &Place<'_>, target: &Target, probe: &Probe) -> Result<Timed, &'static str> {
    let mut timed = Timed { tcp_request: micros(), ..Timed::default() };
    let connected = tokio::time::timeout(PATIENCE, link::connect(target, place.tls)).await;
    let mut stream = connected.map_err(|_| "Error_NoResponse")?.map_err(|_| "Error_InitConnectionFailed")?;
    timed.tcp_response = micros();
    let method = if probe.upload { "PUT" } else { "GET" };
    let length = if probe.upload { format!("Content-Length: {}\r\n", probe.bytes) } else { String::new() };
    let head = format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\n{length}Connection: close\r\n\r\n",
        target.path, target.authority, place.agent
    );
    stream.write_all(head.as_bytes()).await.map_err(|_| "Error_NoResponse")?;
    timed.rom = micros();
    timed.total = head.len() as u64;
    if probe.upload { upload(&mut stream, probe, timed).await } else { download(&mut stream, probe, timed).await }
}

async fn download(
    stream: &mut (impl AsyncRead + Unpin),
    probe: &Probe,
    mut timed: Timed,
) -> Result<Timed, &'static str> {
    let mut buffer = Vec::new();
    let head = tokio::time::timeout(PATIENCE, read_head(stream, &mut buffer)).await;
    let head = head.map_err(|_| "Error_NoResponse")?.map_err(|_| "Error_NoResponse")?;
    check(head.status, "Error_TransferFailed")?;
    let (start, mut piece) = (Instant::now(), vec![0; PIECE]);
    timed.bytes = buffer.len() as u64;
    timed.bom = micros();
    loop {
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut piece)).await;
        match read.map_err(|_| "Error_Timeout")?.map_err(|_| "Error_TransferFailed")? {
            0 => break,
            count => timed.bytes += count as u64,
        }
        wait(start, timed.bytes, probe.rate).await;
    }
    timed.eom = micros();
    timed.total = timed.bytes;
    if head.length.is_some_and(|length| length != timed.bytes) {
        return Err("Error_IncorrectSize");
    }
    Ok(timed)
}

async fn upload(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    probe: &Probe,
    mut timed: Timed,
) -> Result<Timed, &'static str> {
    let (start, piece) = (Instant::now(), vec![0x5A; PIECE]);
    timed.bom = micros();
    while timed.bytes < probe.bytes {
        let count = (probe.bytes - timed.bytes).min(PIECE as u64) as usize;
        // A server that has seen enough says why.
        if stream.write_all(&piece[..count]).await.is_err() {
            break;
        }
        timed.bytes += count as u64;
        wait(start, timed.bytes, probe.rate).await;
    }
    // What goes wrong shows in the answer.
    let _ = stream.flush().await;
    let mut buffer = Vec::new();
    let answer = tokio::time::timeout(PATIENCE, read_head(stream, &mut buffer)).await;
    let answer = answer.map_err(|_| "Error_NoResponse")?.map_err(|_| "Error_NoTransferComplete")?;
    timed.eom = micros();
    timed.total += timed.bytes;
    check(answer.status, "Error_NoTransferComplete")?;
    if timed.bytes < probe.bytes {
        return Err("Error_NoTransferComplete");
    }
    Ok(timed)
}

fn check(status: u16, otherwise: &'static str) -> Result<(), &'static str> {
    match status {
        200..=299 => Ok(()),
        401 | 403 => Err("Error_LoginFailed"),
        _ => Err(otherwise),
    }
}

/// Until the line would have carried this much.
async fn wait(start: Instant, bytes: u64, rate: u64) {
    let due = Duration::from_secs_f64(bytes as f64 * 8.0 / rate.max(1) as f64);
    if let Some(left) = due.checked_sub(start.elapsed())
        && left > Duration::from_millis(2)
    {
        tokio::time::sleep(left).await;
    }
}
