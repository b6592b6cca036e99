//! The connection below HTTP.

use super::{Target, Tls};
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens a connection, inside TLS if the target wants it.
pub(crate) async fn connect(target: &Target, tls: &Tls) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
    stream.set_nodelay(true)?;
    if target.secure {
        return Ok(Box::new(tls.over(stream, &target.host).await?));
    }
    Ok(Box::new(stream))
}
