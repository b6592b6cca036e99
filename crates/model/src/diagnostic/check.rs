//! Why a test cannot be started as asked, before anything is sent.

use super::{Lookup, Ping, Selecting, SpeedUp, Test, Trace, UdpEcho};

/// Longest name, address or URL that TR-098 takes.
const MAX_TEXT: usize = 256;

impl Test {
    /// Limits of the standards, and ours where they have none. Whether the device has the test, and the interface, is
    /// seen in its tree. The error says the rule.
    pub fn check(&self) -> Result<(), String> {
        if self.interface().chars().count() > MAX_TEXT {
            return Err("The name of an interface has at most 256 characters.".to_owned());
        }
        match self {
            Self::Ping(Ping { host, count, timeout_ms, size, dscp, .. }) => {
                check_host(host)?;
                within("Count", *count, 1, 100)?;
                waits(*timeout_ms)?;
                within("Size", *size, 1, 65_535)?;
                within("DSCP", u32::from(*dscp), 0, 63)
            }
            Self::Traceroute(Trace { host, tries, timeout_ms, size, dscp, max_hops, .. }) => {
                check_host(host)?;
                within("Tries", *tries, 1, 3)?;
                waits(*timeout_ms)?;
                within("Size", *size, 1, 65_535)?;
                within("DSCP", u32::from(*dscp), 0, 63)?;
                within("Most hops", *max_hops, 1, 64)
            }
            Self::NameLookup(Lookup { name, server, timeout_ms, count, .. }) => {
                check_host(name)?;
                if !server.is_empty() {
                    check_host(server)?;
                }
                waits(*timeout_ms)?;
                within("Count", *count, 1, 20)
            }
            Self::Download(speed) => check_url(&speed.url),
            Self::Upload(SpeedUp { url, bytes, .. }) => {
                if !(1000..=1_000_000_000).contains(bytes) {
                    return Err("Between 1 kB and 1 GB can be sent.".to_owned());
                }
                check_url(url)
            }
            Self::UdpEcho(UdpEcho { host, port, count, timeout_ms, size, interval_ms, .. }) => {
                check_host(host)?;
                within("Port", u32::from(*port), 1, 65_535)?;
                within("Count", *count, 1, 1000)?;
                waits(*timeout_ms)?;
                within("Size", *size, 1, 65_535)?;
                within("Pause", *interval_ms, 1, 65_535)
            }
            Self::ServerSelection(Selecting { hosts, count, timeout_ms, .. }) => {
                if hosts.is_empty() || hosts.len() > 10 {
                    return Err("Name between 1 and 10 servers.".to_owned());
                }
                hosts.iter().try_for_each(|host| check_host(host))?;
                within("Count", *count, 1, 20)?;
                waits(*timeout_ms)
            }
            Self::AtmLoopback(atm) => {
                within("Count", atm.count, 1, 100)?;
                waits(atm.timeout_ms)
            }
            Self::Capacity(test) => check_host(&test.host),
            Self::PacketCapture(capture) => {
                if capture.interface.is_empty() {
                    return Err("Choose the interface to listen on.".to_owned());
                }
                within("Seconds", capture.seconds, 1, 600)?;
                if capture.filter.chars().count() > MAX_TEXT || capture.filter.chars().any(char::is_control) {
                    return Err("A filter has at most 256 characters.".to_owned());
                }
                if capture.url.is_empty() { Ok(()) } else { check_url(&capture.url) }
            }
            Self::EchoService(echo) => {
                within("Port", u32::from(echo.port), 1, 65_535)?;
                if echo.enable && echo.source.parse::<std::net::IpAddr>().is_err() {
                    return Err("Name the one address that may use the echo service.".to_owned());
                }
                Ok(())
            }
            Self::Other(other) => {
                if !other.object.ends_with('.') {
                    return Err("A test is an object: its name ends with a dot.".to_owned());
                }
                if other.arguments.len() > 64 {
                    return Err("A test takes at most 64 arguments.".to_owned());
                }
                match other.arguments.iter().find(|(name, _)| name.ends_with("DiagnosticsState")) {
                    Some(_) => Err("DiagnosticsState is set by itself.".to_owned()),
                    None => Ok(()),
                }
            }
            Self::WifiNeighbours | Self::DslLine(_) | Self::SelfTest => Ok(()),
        }
    }
}

fn within(what: &str, number: u32, least: u32, most: u32) -> Result<(), String> {
    if (least..=most).contains(&number) { Ok(()) } else { Err(format!("{what}: a number from {least} to {most}.")) }
}

fn waits(timeout_ms: u32) -> Result<(), String> {
    within("Time to wait for an answer, in milliseconds", timeout_ms, 100, 30_000)
}

/// A name or an address. No URL, nothing that a shell of a router might understand.
pub fn check_host(host: &str) -> Result<(), String> {
    if host.is_empty() {
        return Err("Enter a name or an address.".to_owned());
    }
    if host.contains("://") || host.contains('/') {
        return Err("Enter a name or an address, not a URL.".to_owned());
    }
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if host.len() > MAX_TEXT || host.starts_with('-') || !host.chars().all(good) {
        return Err("A name or an address has letters, digits, dots, hyphens and colons only.".to_owned());
    }
    Ok(())
}

/// `http://` or `ftp://`, no login (rule 339); empty: our own endpoint.
pub fn check_url(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Ok(());
    }
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("ftp://")) else {
        return Err("Routers measure against http:// or ftp:// addresses.".to_owned());
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.contains('@') {
        return Err("Routers measure without a login: leave it out of the address.".to_owned());
    }
    if host.is_empty() || url.len() > MAX_TEXT || !url.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("The address is not complete, or longer than 256 characters.".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Capture, EchoService, SpeedDown};

    fn ping(host: &str) -> Test {
        Test::Ping(Ping { host: host.into(), ..Ping::default() })
    }

    #[test]
    fn hosts_are_names_and_addresses() {
        for good in ["example.net", "192.0.2.1", "2001:db8::1", "fe80::1%br0", "my_nas", "xn--bcher-kva.example"] {
            assert_eq!(ping(good).check(), Ok(()), "{good}");
        }
        for bad in ["", "http://a", "a b", "a;reboot", "$(reboot)", "`x`", "-c1", "a|b", "bücher.example", "a/b"] {
            assert!(ping(bad).check().is_err(), "{bad}");
        }
        assert!(ping(&"a".repeat(257)).check().is_err());
    }

    #[test]
    fn rule_339_speed_is_measured_without_a_login_over_http_or_ftp() {
        let down = |url: &str| Test::Download(SpeedDown { url: url.into(), ..SpeedDown::default() }).check();
        for good in ["", "http://192.0.2.1:7548/speed/1000000", "ftp://files.example.net/10mb.bin"] {
            assert_eq!(down(good), Ok(()), "{good}");
        }
        for bad in ["https://a/b", "http://u:p@a/b", "http:///x", "file:///etc/passwd", "http://a/ b"] {
            assert!(down(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_number_has_its_limits() {
        let bad = [
            Test::Ping(Ping { host: "a".into(), count: 0, ..Ping::default() }),
            Test::Ping(Ping { host: "a".into(), timeout_ms: 99, ..Ping::default() }),
            Test::Ping(Ping { host: "a".into(), size: 65_536, ..Ping::default() }),
            Test::Ping(Ping { host: "a".into(), dscp: 64, ..Ping::default() }),
            Test::Traceroute(Trace { host: "a".into(), tries: 4, ..Trace::default() }),
            Test::Traceroute(Trace { host: "a".into(), max_hops: 65, ..Trace::default() }),
            Test::NameLookup(Lookup { name: "a".into(), count: 0, ..Lookup::default() }),
            Test::Upload(SpeedUp { bytes: 10, ..SpeedUp::default() }),
            Test::UdpEcho(UdpEcho { host: "a".into(), port: 0, ..UdpEcho::default() }),
            Test::ServerSelection(Selecting::default()),
            Test::PacketCapture(Capture::default()),
            Test::EchoService(EchoService::default()),
        ];
        for test in bad {
            assert!(test.check().is_err(), "{test:?}");
        }
        let lookup = Test::NameLookup(Lookup { name: "a.example".into(), ..Lookup::default() });
        for good in [lookup, Test::WifiNeighbours, Test::Upload(SpeedUp::default())] {
            assert_eq!(good.check(), Ok(()), "{good:?}");
        }
    }
}
