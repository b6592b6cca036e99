//! The socket of our STUN server, and the bindings that it learns.

use super::Reach;
use super::stun::{Desk, plain_socket};
use super::udp::in_family;
use crate::clock::now;
use metrics::counter;
use model::DeviceId;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use store::{DevicePatch, Write};
use tokio::net::UdpSocket;
use tokio::sync::{Semaphore, watch};

/// Bindings that are being written down at once; beyond it the device's next request does it.
const NOTES_MAX: usize = 256;

impl Reach {
    /// Serves STUN until `ending` says so. UDP connection requests leave from this socket from now on (rule 288).
    pub async fn serve_stun(self, socket: UdpSocket, mut ending: watch::Receiver<bool>) {
        let socket = Arc::new(socket);
        self.inner.udp.send_from(socket.clone());
        let authenticate = self.inner.settings.reach.stun.as_ref().is_some_and(|stun| stun.authenticate);
        let mut desk = Desk::new(self.inner.keys.clone(), authenticate);
        let Ok(local) = socket.local_addr() else { return };
        let notes = Arc::new(Semaphore::new(NOTES_MAX));
        let mut buffer = vec![0; cwmp::stun::MESSAGE_MAX + 1];
        loop {
            let received = tokio::select! {
                received = socket.recv_from(&mut buffer) => received,
                () = super::over(&mut ending) => return,
            };
            let (length, sender) = match received {
                Ok(received) => received,
                Err(error) => {
                    // Out of memory, say: it passes.
                    tracing::warn!(%error, "the STUN server cannot receive");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let from = plain_socket(sender);
            let outcome = desk.take(&buffer[..length], from, own_address(local, from), now().0 / 1000);
            let answered = if outcome.reply.is_some() { "answered" } else { "dropped" };
            counter!("lastmile_stun_requests_total", "outcome" => answered).increment(1);
            if let Some((reply, target)) = outcome.reply {
                // Lost is lost: the client asks again.
                let _ = socket.send_to(&reply, in_family(target, local)).await;
            }
            if let Some(device) = outcome.binding
                && let Ok(permit) = notes.clone().try_acquire_owned()
            {
                let reach = self.clone();
                tokio::spawn(async move {
                    reach.note_binding(device, from).await;
                    drop(permit);
                });
            }
        }
    }

    /// Writes down where a device wants its UDP calls, if that is not known yet.
    async fn note_binding(&self, device: DeviceId, from: SocketAddr) {
        let address = from.to_string();
        let noted = async {
            let Some(entry) = self.inner.devices.get(device).await? else { return Ok(()) };
            if entry.record().udp_address == address {
                return Ok(());
            }
            let patch = DevicePatch { udp_address: Some(address), ..DevicePatch::default() };
            self.inner.writing.commit(vec![Write::Device { id: device, patch }]).await.map(drop)
        };
        let noted: crate::Result<()> = noted.await;
        if let Err(error) = noted {
            tracing::error!(%device, error = error.causes(), "a device's binding could not be stored");
        }
    }
}

/// The address that a client reaches us at, for SOURCE-ADDRESS: the socket's own, or, where that is any, the one that
/// packets to the client leave from.
fn own_address(local: SocketAddr, client: SocketAddr) -> SocketAddr {
    let local = plain_socket(local);
    if !local.ip().is_unspecified() {
        return local;
    }
    let any: IpAddr = if client.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // Connecting a datagram socket sends nothing: it only looks up the route.
    let routed = std::net::UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect(client)?;
        socket.local_addr()
    });
    routed.map_or(local, |found| SocketAddr::new(found.ip(), local.port()))
}
