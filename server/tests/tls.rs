//! TLS on the CWMP listener, as devices meet it: the real executable, certificates made for the test.
#![allow(clippy::unwrap_used)]

mod common;

use common::cpe::{id, inform, is_inform_response, post};
use common::{Server, eventually};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// PEM of a certificate and its key.
struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    fn new(issuer: &Issuer, common_name: &str, purpose: ExtendedKeyUsagePurpose, years: (i32, i32)) -> Self {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.extended_key_usages = vec![purpose];
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, issuer).unwrap();
        Self { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    fn server(issuer: &Issuer) -> Self {
        Self::new(issuer, "localhost", ExtendedKeyUsagePurpose::ServerAuth, (2020, 2100))
    }

    fn client(issuer: &Issuer, common_name: &str) -> Self {
        Self::new(issuer, common_name, ExtendedKeyUsagePurpose::ClientAuth, (2020, 2100))
    }

    fn write(&self, folder: &Path, name: &str) {
        fs::write(folder.join(format!("{name}.key")), &self.key).unwrap();
        fs::write(folder.join(format!("{name}.pem")), &self.certificate).unwrap();
    }
}

/// A server with TLS, and the authority of its certificate.
struct House {
    server: Server,
    authority: Issuer,
    address: SocketAddr,
    files: tempfile::TempDir,
}

const PASSWORD: &str = "[cwmp.auth]\nusername = \"shared\"\npassword = \"a shared secret\"\n";

impl House {
    /// `more` goes into `[cwmp.tls]`; `{files}` in it is the folder of the files.
    fn start(more: &str, prepare: impl FnOnce(&Path)) -> Self {
        let files = tempfile::tempdir().unwrap();
        let authority = authority("Test authority");
        Pair::server(&authority).write(files.path(), "server");
        prepare(files.path());
        let folder = files.path().display().to_string();
        let settings = format!(
            "{PASSWORD}[cwmp.tls]\nlisten = \"127.0.0.1:0\"\ncertificate = \"{folder}/server.pem\"\nkey = \"{folder}/server.key\"\n{}",
            more.replace("{files}", &folder)
        );
        let server = Server::start(&settings);
        let ready: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(server.path("ready.json")).unwrap()).unwrap();
        let address = ready["cwmp_tls"].as_str().unwrap().parse().unwrap();
        Self { server, authority, address, files }
    }

    fn client(&self, own: Option<&Pair>, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some(pair) => builder.with_client_auth_cert(chain(pair), key(pair)).unwrap(),
        };
        // No name of the server is sent (rule 59).
        config.enable_sni = false;
        Arc::new(config)
    }

    fn connect(&self, config: &Arc<ClientConfig>) -> Secure {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        Secure { stream: StreamOwned::new(ClientConnection::new(config.clone(), name).unwrap(), stream) }
    }

    fn plain_client(&self) -> Arc<ClientConfig> {
        self.client(None, rustls::ALL_VERSIONS)
    }
}

fn chain(pair: &Pair) -> Vec<CertificateDer<'static>> {
    use rustls::pki_types::pem::PemObject;
    vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()]
}

fn key(pair: &Pair) -> PrivateKeyDer<'static> {
    use rustls::pki_types::pem::PemObject;
    PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap()
}

struct Secure {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Secure {
    /// One exchange; the status and the whole answer.
    fn exchange(&mut self, body: &str, headers: &[&str]) -> std::io::Result<(u16, String)> {
        self.stream.write_all(&post(body.as_bytes(), headers))?;
        let mut text = Vec::new();
        loop {
            let mut piece = [0; 4096];
            let count = self.stream.read(&mut piece)?;
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            text.extend_from_slice(&piece[..count]);
            let seen = String::from_utf8_lossy(&text);
            let Some((head, rest)) = seen.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            let length = head
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
            if rest.len() >= length {
                let status = seen[9..12].parse().unwrap();
                return Ok((status, seen.into_owned()));
            }
        }
    }

    fn inform(&mut self, serial: &str, headers: &[&str]) -> std::io::Result<(u16, String)> {
        self.exchange(&inform(serial), headers)
    }

    /// The certificate that the server showed.
    fn shown(&self) -> Vec<u8> {
        self.stream.conn.peer_certificates().unwrap()[0].to_vec()
    }
}

/// `shared:a shared secret`
const BASIC: &str = "Authorization: Basic c2hhcmVkOmEgc2hhcmVkIHNlY3JldA==";

#[test]
fn rule_35_37_and_59_a_session_inside_tls_with_basic() {
    let house = House::start("", |_| ());
    for (serial, version) in [("T12", &rustls::version::TLS12), ("T13", &rustls::version::TLS13)] {
        let mut cpe = house.connect(&house.client(None, &[version]));
        let (status, challenge) = cpe.inform(serial, &[]).unwrap();
        assert_eq!(status, 401);
        assert!(challenge.contains("Basic realm=") && challenge.contains("Digest realm="), "{challenge}");
        let (status, answer) = cpe.inform(serial, &[BASIC]).unwrap();
        assert_eq!(status, 200, "{answer}");
        assert!(answer.contains("InformResponse"));
        let (status, asked) = cpe.exchange("", &[]).unwrap();
        assert_eq!(status, 200, "the connection carries the session: {asked}");
        assert!(asked.contains("GetParameterNames"), "{asked}");
    }
    // In the clear as ever, and never with Basic.
    let refused = common::cpe::send_inform(house.server.cwmp, "P", &[BASIC]);
    assert_eq!(refused.status, 401);
    assert!(!refused.header("www-authenticate").unwrap().contains("Basic"));
}

#[test]
fn rule_57_nothing_older_than_tls_1_2() {
    let house = House::start("", |_| ());
    for minor in [0_u8, 1, 2] {
        // A ClientHello of SSL 3.0, TLS 1.0 and 1.1 with suites of their time.
        let mut hello = vec![3, minor];
        hello.extend([7; 32]);
        hello.extend([0, 0, 4, 0xC0, 0x13, 0x00, 0x2F, 1, 0]);
        let mut record = vec![0x16, 3, minor, 0, hello.len() as u8 + 4, 1, 0, 0, hello.len() as u8];
        record.extend(&hello);
        let mut stream = TcpStream::connect(house.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(&record).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer.first(), Some(&0x15), "an alert, not a handshake: {answer:?}");
    }
}

#[test]
fn rule_64_a_resumed_handshake_continues_the_session_by_its_cookie() {
    let house = House::start("", |_| ());
    let config = house.client(None, &[&rustls::version::TLS12]);
    let mut first = house.connect(&config);
    let (_, answer) = first.inform("R", &[BASIC]).unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).unwrap();
    let cookie = format!("Cookie: {}", cookie.split(';').next().unwrap());
    drop(first);
    let mut second = house.connect(&config);
    let (status, asked) = second.exchange("", &[BASIC, &cookie]).unwrap();
    assert_eq!(status, 200, "{asked}");
    assert!(asked.contains("GetParameterNames"));
    assert_eq!(second.stream.conn.handshake_kind(), Some(rustls::HandshakeKind::Resumed));
}

#[test]
fn new_files_are_used_without_a_restart_and_broken_ones_are_not() {
    let house = House::start("", |_| ());
    let show = || {
        // A client of its own each time: a resumed session would show what the first one saw.
        let mut cpe = house.connect(&house.plain_client());
        cpe.inform("A", &[]).unwrap();
        cpe.shown()
    };
    let mut running = house.connect(&house.plain_client());
    running.inform("L", &[BASIC]).unwrap();
    let before = show();

    fs::write(house.files.path().join("server.pem"), "not a certificate").unwrap();
    eventually("the complaint", || house.server.log().contains("the old ones stay in use").then_some(()));
    assert_eq!(show(), before);

    Pair::server(&house.authority).write(house.files.path(), "server");
    eventually("the new certificate", || (show() != before).then_some(()));
    assert_eq!(running.exchange("", &[]).unwrap().0, 200, "connections that are open stay");
}

#[test]
fn certificates_that_cannot_be_used_are_said_at_start() {
    let files = tempfile::tempdir().unwrap();
    let (one, other) = (authority("One"), authority("Other"));
    Pair::server(&one).write(files.path(), "server");
    fs::write(files.path().join("server.key"), Pair::server(&other).key).unwrap();
    let folder = files.path().display();
    fs::write(
        files.path().join("lastmile.toml"),
        format!("[portal]\nlisten = \"127.0.0.1:0\"\n[cwmp]\nlisten = \"127.0.0.1:0\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n[cwmp.tls]\nlisten = \"127.0.0.1:0\"\ncertificate = \"{folder}/server.pem\"\nkey = \"{folder}/server.key\"\n"),
    )
    .unwrap();
    let output = common::run_with_input(common::lastmile(files.path()).arg("serve"), "");
    assert!(!output.status.success());
    let said = common::text(&output.stderr);
    assert!(said.contains("server.key is not the key of"), "{said}");
}

#[test]
fn rule_61_62_and_63_client_certificates() {
    let (kestrel, other) = (authority("Kestrel devices"), authority("Other devices"));
    let house =
        House::start("client_ca = [\"{files}/kestrel.pem = 00AA11\", \"{files}/other.pem = 00D09E\"]\n", |folder| {
            fs::write(folder.join("kestrel.pem"), kestrel.pem()).unwrap();
            fs::write(folder.join("other.pem"), other.pem()).unwrap();
        });
    let status = |pair: &Pair, serial: &str, headers: &[&str]| {
        let config = house.client(Some(pair), rustls::ALL_VERSIONS);
        house.connect(&config).inform(serial, headers).unwrap()
    };
    let own = Pair::client(&kestrel, "00AA11-Box-C1");
    // The Inform's clock does not matter, and no password is asked for.
    let (code, answer) = status(&own, "C1", &[]);
    assert_eq!(code, 200, "{answer}");
    assert_eq!(status(&own, "C2", &[]).0, 403, "an Inform of another device");
    assert_eq!(status(&Pair::client(&other, "00AA11-Box-C1"), "C1", &[]).0, 403, "an authority of other makers");
    let generic = Pair::client(&kestrel, "Kestrel boxes");
    assert_eq!(status(&generic, "C3", &[]).0, 401, "of many: a login is needed besides");
    assert_eq!(status(&generic, "C3", &[BASIC]).0, 200);
    let unknown = Pair::client(&authority("Nobody"), "00AA11-Box-C1");
    assert_eq!(status(&unknown, "C1", &[]).0, 401, "nobody vouches for it: as if there were none");
    let expired = Pair::new(&kestrel, "00AA11-Box-C4", ExtendedKeyUsagePurpose::ClientAuth, (2001, 2011));
    assert_eq!(status(&expired, "C4", &[]).0, 401, "its time is over");
    let mut without = house.connect(&house.plain_client());
    assert_eq!(without.inform("C5", &[BASIC]).unwrap().0, 200);
}

#[test]
fn client_certificates_can_be_required_and_may_be_old() {
    let makers = authority("Kestrel devices");
    let house = House::start(
        "client_ca = \"{files}/makers.pem\"\nclient_certificates = \"required\"\nexpired_client_certificates = \"accept\"\n",
        |folder| fs::write(folder.join("makers.pem"), makers.pem()).unwrap(),
    );
    let expired = Pair::new(&makers, "00AA11-Box-C4", ExtendedKeyUsagePurpose::ClientAuth, (2001, 2011));
    let config = house.client(Some(&expired), rustls::ALL_VERSIONS);
    assert_eq!(house.connect(&config).inform("C4", &[]).unwrap().0, 200);
    house.connect(&house.plain_client()).inform("C5", &[BASIC]).unwrap_err();
    let unknown = Pair::client(&authority("Nobody"), "00AA11-Box-C1");
    house.connect(&house.client(Some(&unknown), rustls::ALL_VERSIONS)).inform("C1", &[BASIC]).unwrap_err();
}

/// A fleet whose maker gave each device a certificate: all are taken without a password, asked whatever is asked of them,
/// and stay when the server's certificate is changed.
#[test]
fn rule_61_a_fleet_with_certificates_of_its_own_and_a_change_of_the_servers() {
    let makers = authority("Kestrel devices");
    let house = House::start("client_ca = \"{files}/makers.pem\"\nclient_certificates = \"required\"\n", |folder| {
        fs::write(folder.join("makers.pem"), makers.pem()).unwrap();
    });
    let file = |name: &str| house.files.path().join(name);
    fs::write(file("authority.pem"), house.authority.pem()).unwrap();
    fs::write(file("makers.key"), makers.key().serialize_pem()).unwrap();
    let tls = simulator::Tls::trusting(&file("authority.pem")).unwrap();
    let settings = |tls| simulator::FleetSettings {
        acs: format!("https://localhost:{}/", house.address.port()),
        devices: 4,
        inform_interval: 1,
        tls,
        ..simulator::FleetSettings::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let makers = tls.with_maker(&file("makers.pem"), &file("makers.key")).unwrap();
    let fleet = runtime.block_on(simulator::Fleet::start(settings(makers))).unwrap();
    let done = |least: u64| {
        let each = |cpe: &std::sync::Arc<simulator::Cpe>| cpe.stats().sessions - cpe.stats().failed_sessions >= least;
        eventually("the sessions", || fleet.devices().iter().all(each).then_some(()));
    };
    done(2);
    assert!(fleet.devices().iter().all(|cpe| cpe.stats().calls.contains_key("GetParameterValues")));
    // Without a certificate there is no session at all.
    let without = runtime.block_on(simulator::Fleet::start(settings(tls))).unwrap();
    eventually("the refusals", || (without.stats().failed_sessions >= 4).then_some(()));
    assert_eq!(without.stats().contacted, 0);

    let before = fleet.stats().sessions;
    Pair::server(&house.authority).write(house.files.path(), "server");
    eventually("the new certificate", || house.server.log().contains("were read again").then_some(()));
    let (failed, sessions) = (fleet.stats().failed_sessions, fleet.stats().sessions.max(before));
    eventually("sessions after it", || (fleet.stats().sessions >= sessions + 8).then_some(()));
    assert_eq!(fleet.stats().failed_sessions, failed);
}

#[test]
fn a_handshake_that_does_not_come_to_an_end_is_cut_off() {
    let house = House::start("handshake_timeout = 1\n", |_| ());
    let mut silent = TcpStream::connect(house.address).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    silent.write_all(&[0x16, 3, 1, 2]).unwrap();
    let mut rest = Vec::new();
    assert_eq!(silent.read_to_end(&mut rest).unwrap(), 0);
}

#[test]
fn rule_65_forwarded_headers_count_from_trusted_proxies_alone() {
    for (trusted, expected) in [("[\"127.0.0.0/8\"]", "203.0.113.7"), ("[]", "127.0.0.1")] {
        let server = Server::start(&format!("[cwmp]\ntrusted_proxies = {trusted}\n{PASSWORD}"));
        let headers = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", BASIC];
        let answer = common::cpe::send_inform(server.cwmp, "F", &headers);
        if expected == "127.0.0.1" {
            assert_eq!(answer.status, 401, "a stranger's word is no TLS");
            continue;
        }
        assert!(is_inform_response(&answer), "{answer:?}");
        // Another device through the same connection of the proxy has to prove itself.
        let mut connection = common::http::Connection::open(server.cwmp);
        connection.send(&post(inform("G").as_bytes(), &headers));
        let first = connection.answer();
        assert!(is_inform_response(&first));
        connection.send(&post(inform("H").as_bytes(), &headers[..2]));
        assert_eq!(connection.answer().status, 401);
        let cookie = format!("Cookie: {}", first.cookie().unwrap());
        connection.send(&post(b"", &[&headers[..], &[&cookie]].concat()));
        let asked = connection.answer();
        assert_eq!(asked.status, 200);
        assert!(!id(&asked).is_empty());
    }
}
