//! From the settings to what the manager needs to know of files.

use crate::cli::Failure;
use crate::link_key;
use crate::settings::Settings;
use acs::{FileLocation, FilesSettings, LinkKey, SpeedSettings};
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// `listening` is where the listener for files is bound.
pub fn settings(settings: &Settings, listening: SocketAddr) -> Result<FilesSettings, Failure> {
    let files = &settings.files;
    let key = settings.general.data.join("file-link-key");
    let link_key = link_key::kept(&key)
        .map_err(|error| format!("cannot keep the key of links to files in {}: {error}", key.display()))?;
    let base_url = match &files.public_url {
        Some(url) => url.as_str().to_owned(),
        None => format!("http://{}", outside(listening)),
    };
    if files.public_url.is_none() && listening.ip().is_unspecified() {
        tracing::info!(base_url, "files.public_url is not set: devices are told this address for files");
    }
    if files.require_signature && files.signing_keys.is_empty() {
        return Err("files.require_signature is set, so files.signing_keys must be, too".into());
    }
    Ok(FilesSettings {
        base_url,
        link_lifetime: files.link_lifetime.as_secs() as u32,
        link_key: LinkKey(link_key),
        location: location(settings)?,
        max_size: files.max_size.0 as u64,
        max_received: files.max_received.0 as u64,
        signing_keys: files.signing_keys.clone(),
        require_signature: files.require_signature,
        require_credentials: files.require_credentials,
        retries: files.retries,
        retry_pause: files.retry_pause.as_secs() as u32,
    })
}

/// What routers measure against; `files` is where they reach the listener.
pub fn speed(settings: &Settings, files: &str) -> SpeedSettings {
    let speed = &settings.speed;
    let base_url = match &speed.public_url {
        _ if !speed.enabled => String::new(),
        Some(url) => url.as_str().to_owned(),
        None if files.starts_with("http://") => files.to_owned(),
        None => {
            tracing::warn!("files.public_url is https, and routers measure without TLS: set speed.public_url");
            String::new()
        }
    };
    SpeedSettings { base_url, download_bytes: speed.download_size.0 as u64, upload_bytes: speed.upload_size.0 as u64 }
}

fn location(settings: &Settings) -> Result<FileLocation, Failure> {
    let s3 = &settings.files_s3;
    if s3.bucket.is_empty() {
        let folder = settings.files.folder.clone().unwrap_or_else(|| settings.general.data.join("files"));
        return Ok(FileLocation::Folder(std::path::absolute(folder)?));
    }
    let (Some(secret), false) = (&s3.secret_key, s3.access_key.is_empty()) else {
        return Err("files.s3.bucket is set, so files.s3.access_key and files.s3.secret_key must be, too".into());
    };
    Ok(FileLocation::S3 {
        bucket: s3.bucket.clone(),
        prefix: s3.prefix.clone(),
        endpoint: s3.endpoint.trim_end_matches('/').to_owned(),
        region: s3.region.clone(),
        access_key: s3.access_key.clone(),
        secret_key: secret.0.clone(),
    })
}

/// The address that packets to others leave from, where the listener is bound to all: nothing is sent to find it out.
fn outside(listening: SocketAddr) -> SocketAddr {
    if !listening.ip().is_unspecified() {
        return listening;
    }
    let own = |from: &str, to: &str| -> std::io::Result<IpAddr> {
        let socket = UdpSocket::bind(from)?;
        // Of the networks for documentation: nobody is there, but the way there is the way out.
        socket.connect(to)?;
        Ok(socket.local_addr()?.ip())
    };
    let ip = own("0.0.0.0:0", "192.0.2.1:9").or_else(|_| own("[::]:0", "[2001:db8::1]:9"));
    SocketAddr::new(ip.unwrap_or(std::net::Ipv4Addr::LOCALHOST.into()), listening.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::S3Settings;

    #[test]
    fn where_files_are_kept() {
        let mut settings = Settings::default();
        settings.general.data = "/var/lib/lastmile".into();
        assert_eq!(location(&settings).unwrap(), FileLocation::Folder("/var/lib/lastmile/files".into()));
        settings.files.folder = Some("/srv/files".into());
        assert_eq!(location(&settings).unwrap(), FileLocation::Folder("/srv/files".into()));
        settings.files_s3 = S3Settings { bucket: "images".into(), access_key: "id".into(), ..S3Settings::default() };
        assert!(location(&settings).is_err(), "a bucket without a secret");
    }

    #[test]
    fn an_address_for_devices_is_found() {
        let bound: SocketAddr = "192.0.2.9:7548".parse().unwrap();
        assert_eq!(outside(bound), bound);
        let all = outside("0.0.0.0:7548".parse().unwrap());
        assert!(!all.ip().is_unspecified() && all.port() == 7548, "{all}");
    }
}
