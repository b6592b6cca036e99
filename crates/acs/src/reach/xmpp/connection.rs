//! One connection to an XMPP server, from TCP to its end.

use super::super::call::{Accepted, Failure, Reached};
use super::super::over;
use super::{Order, Plan};
use cwmp::xmpp::{
    self, Action, ConnectionRequest, Element, Jid, Login, LoginError, StreamEvent, StreamReader, XmppError,
};
use std::collections::HashMap;
use std::io;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

/// Time from the first packet to the last step of signing in.
const LOGIN: Duration = Duration::from_secs(20);
/// Time for the server to take what we send.
const WRITE: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug, Error)]
pub(super) enum OpenError {
    #[error("the XMPP server cannot be reached: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Stream(#[from] XmppError),
    #[error("{0}")]
    Login(#[from] LoginError),
    #[error("the XMPP server closed the connection while signing in")]
    Closed,
    #[error("the XMPP server did not finish signing in within {} s", LOGIN.as_secs())]
    Slow,
    #[error("the domain of the XMPP address cannot be the name of a server")]
    Name,
}

/// Why a connection ended.
pub(super) enum Ended {
    /// We were told to stop.
    Stopped,
    Lost(&'static str),
}

pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    reader: StreamReader,
    /// Ours, as the server gave it.
    jid: String,
    domain: String,
    waiting: HashMap<String, (Jid, oneshot::Sender<Reached>)>,
    /// Of the last ping, until something answers it.
    pinged: Option<String>,
}

impl Connection {
    pub fn jid(&self) -> &str {
        &self.jid
    }

    /// Connects, encrypts, signs in.
    pub async fn open(plan: &Plan) -> Result<Self, OpenError> {
        timeout(LOGIN, Self::log_in(plan)).await.map_err(|_| OpenError::Slow)?
    }

    async fn log_in(plan: &Plan) -> Result<Self, OpenError> {
        let mut stream = TcpStream::connect((plan.host.as_str(), plan.port)).await?;
        stream.set_nodelay(true)?;
        let nonce = format!("{:032x}", rand::random::<u128>());
        let mut login = Login::new(plan.account.clone(), nonce);
        if let Negotiated::Ready(..) = negotiate(&mut stream, &mut login).await? {
            return Err(LoginError::NoTls.into());
        }
        // The certificate must be one for the domain of the address, whatever host was named (RFC 6120 §13.7.2).
        let domain = plan.account.jid.domain.clone();
        let name = ServerName::try_from(domain.clone()).map_err(|_| OpenError::Name)?;
        let mut stream = plan.tls.connect(name, stream).await?;
        match negotiate(&mut stream, &mut login).await? {
            Negotiated::Ready(jid, reader) => {
                Ok(Self { stream, reader, jid, domain, waiting: HashMap::new(), pinged: None })
            }
            Negotiated::Tls => Err(LoginError::Unexpected.into()),
        }
    }

    /// Sends requests and takes answers until the connection ends.
    pub async fn run(
        mut self,
        keep_alive: Duration,
        orders: &mut mpsc::Receiver<Order>,
        ending: &mut watch::Receiver<bool>,
    ) -> Ended {
        let mut tick = tokio::time::interval(keep_alive);
        tick.reset();
        let mut chunk = vec![0; 8 * 1024];
        loop {
            if let Err(reason) = self.take_stanzas().await {
                return Ended::Lost(reason);
            }
            let text = tokio::select! {
                read = self.stream.read(&mut chunk) => match read {
                    Ok(n) if n > 0 => {
                        self.reader.push(&chunk[..n]);
                        continue;
                    }
                    _ => return Ended::Lost("it closed the connection"),
                },
                order = orders.recv() => match order {
                    Some(order) => self.request(order),
                    None => return Ended::Stopped,
                },
                _ = tick.tick() => {
                    if self.pinged.is_some() {
                        return Ended::Lost("it does not answer any more");
                    }
                    self.waiting.retain(|_, (_, reply)| !reply.is_closed());
                    let id = random_id();
                    self.pinged = Some(id.clone());
                    xmpp::ping(&id, &self.domain)
                }
                () = over(ending) => {
                    let _ = self.send(xmpp::STREAM_END).await;
                    let _ = timeout(WRITE, self.stream.shutdown()).await;
                    return Ended::Stopped;
                }
            };
            if self.send(&text).await.is_err() {
                return Ended::Lost("it takes nothing any more");
            }
        }
    }

    fn request(&mut self, order: Order) -> String {
        let id = random_id();
        let request = ConnectionRequest {
            id: id.clone(),
            from: self.jid.clone(),
            to: order.to.to_string(),
            username: order.username,
            password: order.password,
        };
        self.waiting.insert(id, (order.to, order.reply));
        request.encode()
    }

    async fn send(&mut self, text: &str) -> io::Result<()> {
        write(&mut self.stream, text).await
    }

    async fn take_stanzas(&mut self) -> Result<(), &'static str> {
        loop {
            match self.reader.next_event() {
                Ok(None) => return Ok(()),
                Ok(Some(StreamEvent::Stanza(stanza))) if stanza.name == "error" => {
                    return Err("it ended the stream with an error");
                }
                Ok(Some(StreamEvent::Stanza(stanza))) => {
                    if let Some(reply) = self.take(&stanza) {
                        self.send(&reply).await.map_err(|_| "it takes nothing any more")?;
                    }
                }
                Ok(Some(StreamEvent::Open(_) | StreamEvent::Close)) => return Err("it ended the stream"),
                Err(_) => return Err("it sent something that is not XMPP"),
            }
        }
    }

    /// Takes a stanza; what to send back, if it asked something.
    fn take(&mut self, stanza: &Element) -> Option<String> {
        if let Some(answer) = xmpp::answer(stanza) {
            if self.pinged.as_deref() == Some(answer.id.as_str()) {
                self.pinged = None;
            } else if self.waiting.get(&answer.id).is_some_and(|(to, _)| is_from(&answer.from, to))
                && let Some((_, reply)) = self.waiting.remove(&answer.id)
            {
                // Nobody waits any more: it came too late.
                let _ = reply.send(reached(&answer.condition));
            }
            return None;
        }
        let asks = stanza.name == "iq" && matches!(stanza.attribute("type"), Some("get" | "set"));
        // Every question wants an answer (RFC 6120 §8.2.3); we do nothing for others.
        asks.then(|| {
            let of = |name| stanza.attribute(name).unwrap_or_default();
            if stanza.child("ping").is_some() {
                xmpp::result(of("id"), of("from"))
            } else {
                xmpp::error(of("id"), of("from"), "cancel", "service-unavailable")
            }
        })
    }
}

/// Whether an answer comes from whom we asked, or from a server on the way, which then speaks for it.
fn is_from(from: &str, asked: &Jid) -> bool {
    let Some(from) = Jid::parse(from) else { return from.is_empty() };
    from == *asked || from == asked.bare() || (from.local.is_empty() && from.domain == asked.domain)
}

/// Rule 295.
fn reached(condition: &str) -> Reached {
    match condition {
        "" => Reached::Accepted(Accepted::default()),
        "not-authorized" => Reached::Failed(Failure::Credentials),
        "service-unavailable" | "recipient-unavailable" | "resource-constraint" => Reached::Busy,
        other => {
            // A word of XMPP's, but a device may have made it up.
            let word: String = other.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
            Reached::Failed(Failure::Xmpp(word))
        }
    }
}

/// How far a stream without or with encryption came.
enum Negotiated {
    Tls,
    Ready(String, StreamReader),
}

async fn negotiate<S>(stream: &mut S, login: &mut Login) -> Result<Negotiated, OpenError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // A new reader for every stream: nothing that came before encryption counts after it.
    let mut reader = StreamReader::new();
    write(stream, &login.header()).await?;
    let mut chunk = vec![0; 4096];
    loop {
        while let Some(event) = reader.next_event()? {
            let StreamEvent::Stanza(stanza) = event else {
                if event == StreamEvent::Close {
                    return Err(OpenError::Closed);
                }
                continue;
            };
            match login.step(&stanza)? {
                Action::Wait => {}
                Action::Send(text) => write(stream, &text).await?,
                Action::StartTls => return Ok(Negotiated::Tls),
                Action::Restart => {
                    reader = StreamReader::new();
                    write(stream, &login.header()).await?;
                }
                Action::Ready(jid) => return Ok(Negotiated::Ready(jid, reader)),
            }
        }
        match stream.read(&mut chunk).await? {
            0 => return Err(OpenError::Closed),
            n => reader.push(&chunk[..n]),
        }
    }
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> io::Result<()> {
    let sent = async {
        stream.write_all(text.as_bytes()).await?;
        stream.flush().await
    };
    timeout(WRITE, sent).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Not to be guessed: an id is all that connects an answer to its question.
fn random_id() -> String {
    format!("lm{:016x}", rand::random::<u64>())
}
