//! Connection requests over UDP (TR-069 Annex G): a device keeps a binding open at a STUN server, tells the ACS where it
//! is reached, and comes when a signed datagram arrives there.

use crate::clock;
use crate::cpe::Cpe;
use cwmp::stun::{self, Attribute, Kind, Message, Padding, Transaction};
use cwmp::udp_request::Receiver;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::Instant;

/// How long an answer of the server is waited for before the request is sent again (RFC 3489 §9.3 begins sooner).
const AGAIN: Duration = Duration::from_millis(500);
/// Times that a request is sent.
const ATTEMPTS: u32 = 7;
/// Nobody refreshes a binding more often.
const SHORTEST: Duration = Duration::from_millis(100);

/// What a device is set to (TR-181 `ManagementServer.STUN*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StunSettings {
    /// Host and port.
    pub server: (String, u16),
    pub username: String,
    pub password: String,
    /// Between two binding requests.
    pub keep_alive: Duration,
}

/// A request that waits for its answer.
struct Asked {
    transaction: Transaction,
    datagram: Vec<u8>,
    attempts: u32,
}

/// Runs while the device has STUN switched on.
pub(crate) async fn run(cpe: &Cpe) {
    while let Some(settings) = cpe.stun() {
        // The server may come later, and the network too.
        if serve(cpe, &settings).await.is_err() {
            tokio::time::sleep(settings.keep_alive.max(SHORTEST)).await;
        }
    }
    cpe.bound(None, None);
}

/// Keeps a binding until the settings change.
async fn serve(cpe: &Cpe, settings: &StunSettings) -> std::io::Result<()> {
    let server = tokio::net::lookup_host(settings.server.clone()).await?.next();
    let server = server.ok_or(std::io::ErrorKind::NotFound)?;
    let socket = open(server).await?;
    let local = socket.local_addr()?;
    let mut receiver = Receiver::default();
    let mut bound: Option<SocketAddr> = None;
    let mut asked: Option<Asked> = None;
    let mut next = Instant::now();
    let mut buffer = [0; stun::MESSAGE_MAX];
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {
                if cpe.stun().as_ref() != Some(settings) {
                    return Ok(());
                }
                let request = match asked.take() {
                    Some(asked) if asked.attempts < ATTEMPTS => asked,
                    _ => ask(settings, bound.is_none()),
                };
                // A server that is away now may be back at the next attempt.
                let _ = socket.send_to(&request.datagram, server).await;
                asked = Some(Asked { attempts: request.attempts + 1, ..request });
                next = Instant::now() + AGAIN;
            }
            received = socket.recv_from(&mut buffer) => {
                let Ok((length, from)) = received else { continue };
                let datagram = &buffer[..length];
                if from == server
                    && let Some(mapped) = answer(datagram, asked.as_ref(), settings)
                {
                    asked = None;
                    next = Instant::now() + settings.keep_alive.max(SHORTEST);
                    if bound != Some(mapped) {
                        if bound.is_some() {
                            // Another binding: the server is told at once (Annex G.2.2.2).
                            next = Instant::now();
                            bound = None;
                        } else {
                            bound = Some(mapped);
                        }
                        cpe.bound(Some(mapped), Some(local));
                    }
                } else {
                    let (username, password) = cpe.connection_request_credentials();
                    if receiver.accept(datagram, &username, &password) {
                        cpe.receive();
                    }
                }
            }
        }
    }
}

/// A socket on the address from which the server is reached.
async fn open(server: SocketAddr) -> std::io::Result<UdpSocket> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let probe = UdpSocket::bind(any).await?;
    probe.connect(server).await?;
    UdpSocket::bind((probe.local_addr()?.ip(), 0)).await
}

fn ask(settings: &StunSettings, changed: bool) -> Asked {
    let transaction = rand::random::<[u8; 16]>();
    let mut message = Message::request(transaction).with(Attribute::ConnectionRequestBinding);
    if changed {
        message = message.with(Attribute::BindingChange);
    }
    let datagram = if settings.username.is_empty() {
        message.encode()
    } else {
        message
            .with(Attribute::Username(settings.username.clone().into_bytes()))
            .encode_signed(settings.password.as_bytes(), Padding::Zeros)
    };
    Asked { transaction, datagram, attempts: 0 }
}

/// The device's address as the server saw it, if this is the answer to what was asked.
fn answer(datagram: &[u8], asked: Option<&Asked>, settings: &StunSettings) -> Option<SocketAddr> {
    let packet = stun::decode(datagram).ok()?;
    let fits = packet.message.kind == Kind::Response && packet.message.transaction == asked?.transaction;
    let genuine = !packet.is_signed() || packet.verify(settings.password.as_bytes()).is_some();
    if fits && genuine { packet.message.mapped_address() } else { None }
}

/// How long a device keeps quiet between binding requests: its own setting, faster with the clock of the fleet.
pub(crate) fn keep_alive(seconds: u32, speed: f64) -> Duration {
    Duration::from_secs_f64(f64::from(seconds.max(1)) / speed.max(0.001)).max(SHORTEST)
}

impl Cpe {
    /// What it is set to, if STUN is on and the device runs.
    fn stun(&self) -> Option<StunSettings> {
        self.lock().stun(clock::now())
    }
}
