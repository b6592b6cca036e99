//! A Prosody of our own on a free port, and a device that is connected to it.

use cwmp::xmpp::{self, Account, Action, ConnectionRequest, Element, Jid, Login, StreamEvent, StreamReader};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// Of all accounts there.
pub const PASSWORD: &str = "pencil";
const ACCOUNTS: [&str; 3] = ["acs", "lm-1", "lm-2"];

/// A running server; killed when dropped.
pub struct Prosody {
    pub port: u16,
    /// Its own, in PEM.
    pub certificate: Vec<u8>,
    folder: TempDir,
    child: Child,
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("prosody")).find(|file| file.is_file())
}

impl Prosody {
    /// `None` if there is none on this machine and none is required.
    pub async fn start(mechanisms: &[&str]) -> Option<Self> {
        if program().is_none() {
            assert!(
                std::env::var_os("LASTMILE_TEST_REQUIRE_PROSODY").is_none(),
                "prosody is required and not installed"
            );
            eprintln!("skipped: prosody is not installed (cargo xtask setup installs it)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = cert.pem().into_bytes();
        std::fs::write(folder.path().join("cert.pem"), &certificate).unwrap();
        std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
        let accounts = folder.path().join("data/localhost/accounts");
        std::fs::create_dir_all(&accounts).unwrap();
        for name in ACCOUNTS {
            let file = accounts.join(format!("{}.dat", name.replace('-', "%2d")));
            std::fs::write(file, format!("return {{ [\"password\"] = \"{PASSWORD}\"; }};\n")).unwrap();
        }
        // Another process may take a free port before Prosody does: then the next one.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            std::fs::write(folder.path().join("prosody.cfg.lua"), config(folder.path(), port, mechanisms)).unwrap();
            let mut child = launch(folder.path());
            if listens(&mut child, port).await {
                return Some(Self { port, certificate, folder, child });
            }
            end(&mut child);
        }
        panic!("prosody did not start:\n{}", std::fs::read_to_string(folder.path().join("log")).unwrap_or_default());
    }

    pub fn stop(&mut self) {
        end(&mut self.child);
    }

    pub async fn restart(&mut self) {
        self.child = launch(self.folder.path());
        assert!(listens(&mut self.child, self.port).await, "prosody did not come back");
    }

    /// It goes on to exist, and does nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Prosody {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // It may be gone already.
    let _ = child.kill();
    let _ = child.wait();
}

fn launch(folder: &Path) -> Child {
    Command::new(program().unwrap())
        .arg("-F")
        .arg("--config")
        .arg(folder.join("prosody.cfg.lua"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn listens(child: &mut Child, port: u16) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

fn config(folder: &Path, port: u16, mechanisms: &[&str]) -> String {
    let folder = folder.display();
    let off: Vec<String> = ["SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"]
        .into_iter()
        .filter(|name| !mechanisms.contains(name))
        .map(|name| format!("\"{name}\""))
        .collect();
    format!(
        r#"
daemonize = false
run_as_root = true
pidfile = "{folder}/pid"
data_path = "{folder}/data"
certificates = "{folder}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping" }}
modules_disabled = {{ "s2s" }}
c2s_require_encryption = true
authentication = "internal_plain"
storage = "internal"
disable_sasl_mechanisms = {{ {} }}
log = {{ info = "{folder}/log" }}
ssl = {{ certificate = "{folder}/cert.pem"; key = "{folder}/key.pem" }}
VirtualHost "localhost"
"#,
        off.join(", ")
    )
}

/// What a device answers.
#[derive(Clone, Copy)]
pub enum Reply {
    Yes,
    No(&'static str),
}

/// A device that is connected to the server.
pub struct Device {
    /// ConnReqJabberID.
    pub jid: String,
    reply: Arc<Mutex<Reply>>,
    last: Arc<Mutex<Option<ConnectionRequest>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Device {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Device {
    pub async fn connect(server: &Prosody, name: &str) -> Self {
        let jid = Jid::parse(&format!("{name}@localhost/cwmp")).unwrap();
        let mut login = Login::new(Account { jid, password: PASSWORD.into() }, "0123456789abcdefghijkl".into());
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        assert_eq!(log_in(&mut stream, &mut login).await.0, Action::StartTls);
        let config = super::super::tls_config(Some(&server.certificate)).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (Action::Ready(jid), mut reader) = log_in(&mut stream, &mut login).await else { panic!("not ready") };
        let reply = Arc::new(Mutex::new(Reply::Yes));
        let last = Arc::new(Mutex::new(None));
        let (wanted, seen) = (reply.clone(), last.clone());
        let task = tokio::spawn(async move {
            while let Some(stanza) = next(&mut stream, &mut reader).await {
                let Some(request) = ConnectionRequest::decode(&stanza) else { continue };
                let reply = *wanted.lock().unwrap();
                let text = match reply {
                    Reply::Yes => xmpp::result(&request.id, &request.from),
                    Reply::No(condition) => xmpp::error(&request.id, &request.from, "cancel", condition),
                };
                *seen.lock().unwrap() = Some(request);
                stream.write_all(text.as_bytes()).await.unwrap();
            }
        });
        Self { jid, reply, last, task }
    }

    pub fn replies(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    pub fn last_request(&self) -> ConnectionRequest {
        self.last.lock().unwrap().clone().unwrap()
    }
}

/// Until TLS or the end of signing in.
async fn log_in<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, login: &mut Login) -> (Action, StreamReader) {
    let mut reader = StreamReader::new();
    stream.write_all(login.header().as_bytes()).await.unwrap();
    loop {
        let stanza = next(stream, &mut reader).await.unwrap();
        match login.step(&stanza).unwrap() {
            Action::Wait => {}
            Action::Send(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Action::Restart => {
                reader = StreamReader::new();
                stream.write_all(login.header().as_bytes()).await.unwrap();
            }
            action => return (action, reader),
        }
    }
}

async fn next<S: AsyncRead + Unpin>(stream: &mut S, reader: &mut StreamReader) -> Option<Element> {
    let mut chunk = [0; 4096];
    loop {
        match reader.next_event().unwrap() {
            Some(StreamEvent::Stanza(stanza)) => return Some(stanza),
            Some(StreamEvent::Close) => return None,
            Some(StreamEvent::Open(_)) => {}
            None => match stream.read(&mut chunk).await {
                Ok(n) if n > 0 => reader.push(&chunk[..n]),
                _ => return None,
            },
        }
    }
}
