//! The UDP connection request (TR-069 Annex G.2.2.3): a signed datagram, several times, without an answer.

use super::call::{Credentials, Failure};
use super::http::permitted;
use crate::EgressPolicy;
use cwmp::udp_request::{UdpRequest, parse_address};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::UdpSocket;

/// Copies of one datagram: some get lost (rule 285).
const COPIES: usize = 3;
/// Between two copies.
const SPACING: Duration = Duration::from_millis(200);

/// Sends datagrams.
#[derive(Clone, Default)]
pub(crate) struct UdpSender {
    /// The STUN server's socket: a NAT lets in what comes from there, and often nothing else (rule 288).
    stun: Arc<OnceLock<Arc<UdpSocket>>>,
}

impl UdpSender {
    /// Sends from this socket from now on.
    pub fn send_from(&self, socket: Arc<UdpSocket>) {
        let _ = self.stun.set(socket);
    }

    /// Sends a request to UDPConnectionRequestAddress. `number` are its `ts` and `id`.
    pub async fn send(
        &self,
        address: &str,
        number: (u64, u64),
        credentials: &Credentials<'_>,
        peer: Option<IpAddr>,
        policy: &EgressPolicy,
    ) -> Result<(), Failure> {
        let (host, port) = parse_address(address).ok_or(Failure::UdpAddress)?;
        let target = permitted(host, port, peer, policy).await?;
        let socket = self.socket(target).await.map_err(|_| Failure::Send)?;
        let target = in_family(target, socket.local_addr().map_err(|_| Failure::Send)?);
        let cnonce = format!("{:016X}", rand::random::<u64>());
        let request = UdpRequest::new(number.0, number.1, credentials.username, &cnonce, credentials.password);
        let datagram = request.encode(address.trim());
        for copy in 0..COPIES {
            if copy > 0 {
                tokio::time::sleep(SPACING).await;
            }
            socket.send_to(&datagram, target).await.map_err(|_| Failure::Send)?;
        }
        Ok(())
    }

    /// The STUN server's, else one of its own: good enough for devices that are not behind NAT.
    async fn socket(&self, target: SocketAddr) -> std::io::Result<Arc<UdpSocket>> {
        if let Some(socket) = self.stun.get() {
            return Ok(socket.clone());
        }
        let any = if target.is_ipv4() {
            SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
        } else {
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
        };
        UdpSocket::bind(any).await.map(Arc::new)
    }
}

/// An address as a socket of this family takes it: one on `[::]` sends to IPv4 by mapped addresses.
pub(super) fn in_family(target: SocketAddr, local: SocketAddr) -> SocketAddr {
    match target {
        SocketAddr::V4(v4) if local.is_ipv6() => SocketAddr::from((v4.ip().to_ipv6_mapped(), v4.port())),
        _ => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    const OURS: Credentials<'_> = Credentials { username: "lastmile", password: "conn-secret", factory: false };

    fn loopback() -> EgressPolicy {
        EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() }
    }

    async fn socket() -> Arc<UdpSocket> {
        Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap())
    }

    /// Datagrams with their sources, until nothing comes for a while.
    async fn received(socket: &UdpSocket) -> Vec<(Vec<u8>, SocketAddr)> {
        let mut all = Vec::new();
        let mut buffer = [0; 2048];
        while let Ok(Ok((n, from))) = timeout(Duration::from_secs(1), socket.recv_from(&mut buffer)).await {
            all.push((buffer[..n].to_vec(), from));
        }
        all
    }

    #[tokio::test]
    async fn rule_285_copies_are_identical_and_rule_288_come_from_the_stun_port() {
        let (stun, device) = (socket().await, socket().await);
        let sender = UdpSender::default();
        sender.send_from(stun.clone());
        let address = device.local_addr().unwrap().to_string();
        sender.send(&address, (1_700_000_000, 7), &OURS, None, &loopback()).await.unwrap();
        let all = received(&device).await;
        assert_eq!(all.len(), COPIES);
        assert!(all.iter().all(|(bytes, from)| *bytes == all[0].0 && *from == stun.local_addr().unwrap()));
        let request = UdpRequest::decode(&all[0].0).unwrap();
        assert!(request.verify("conn-secret"));
        assert_eq!((request.ts, request.id, request.username.as_str()), (1_700_000_000, 7, "lastmile"));
        // The next one is another.
        sender.send(&address, (1_700_000_001, 8), &OURS, None, &loopback()).await.unwrap();
        let next = UdpRequest::decode(&received(&device).await[0].0).unwrap();
        assert!(next.ts > request.ts && next.id != request.id && next.cnonce != request.cnonce);
    }

    #[tokio::test]
    async fn s1_datagrams_follow_the_egress_policy() {
        let device = socket().await;
        let sender = UdpSender::default();
        let port = device.local_addr().unwrap().port();
        for (host, ip) in [("127.0.0.1", "127.0.0.1"), ("[::ffff:127.0.0.1]", "127.0.0.1"), ("localhost", "")] {
            let peer = "127.0.0.1".parse().ok();
            let sent = sender.send(&format!("{host}:{port}"), (1, 1), &OURS, peer, &EgressPolicy::default()).await;
            match ip.parse() {
                Ok(ip) => assert_eq!(sent, Err(Failure::Refused(ip)), "{host}"),
                Err(_) => assert!(matches!(sent, Err(Failure::Refused(_))), "{host}"),
            }
        }
        assert_eq!(received(&device).await, []);
        let nonsense = sender.send("http://x/", (1, 1), &OURS, None, &loopback()).await;
        assert_eq!(nonsense, Err(Failure::UdpAddress));
    }
}
