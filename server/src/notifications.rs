//! `[cwmp] lightweight_notifications`: the UDP port beside the CWMP listener (TR-069 Annex M). Nothing is ever
//! answered, so nobody can be made to send to someone else.

use acs::Acs;
use metrics::counter;
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Bytes of the longest one that is read.
const DATAGRAM_MAX: usize = 16 * 1024;
/// Notifications that are looked at at once; more are lost, as datagrams may be.
const AT_ONCE: usize = 256;

/// Takes notifications until it is told to stop.
pub async fn serve(socket: UdpSocket, acs: Acs, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    // One byte more than is read: a datagram that is too long is seen to be.
    let mut buffer = vec![0; DATAGRAM_MAX + 1];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            () = stop.cancelled() => return,
        };
        let length = match received {
            Ok((length, _)) => length,
            // An unreachable peer of nothing that we sent: the next one may be well.
            Err(error) => {
                tracing::debug!(%error, "a notification could not be received");
                continue;
            }
        };
        let Ok(permit) = room.clone().try_acquire_owned() else {
            count("dropped");
            continue;
        };
        if length == 0 || length > DATAGRAM_MAX {
            count("unreadable");
            continue;
        }
        let (acs, datagram) = (acs.clone(), buffer[..length].to_vec());
        tokio::spawn(async move {
            count(acs.notification(&datagram).await.as_str());
            drop(permit);
        });
    }
}

fn count(outcome: &'static str) {
    counter!("lastmile_lightweight_notifications_total", "outcome" => outcome).increment(1);
}
