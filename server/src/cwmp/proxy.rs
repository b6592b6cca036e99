//! Where a request comes from when a proxy of ours stands in front (rule 65). Anybody can send such headers: they are
//! believed only from the networks that the settings name.

use acs::ClientCertificate;
use hyper::header::{HeaderMap, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// What is believed, and of whom.
pub struct Proxies {
    networks: Vec<IpNet>,
    /// The header in which the proxy puts the subject of a client certificate that it has verified.
    certificate_header: Option<HeaderName>,
}

/// What a proxy said of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Forwarded {
    pub peer: SocketAddr,
    pub secure: bool,
    pub certificate: Option<ClientCertificate>,
}

impl Proxies {
    pub fn new(networks: Vec<IpNet>, certificate_header: Option<HeaderName>) -> Self {
        Self { networks, certificate_header }
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// `None` if the request does not come from a trusted proxy: then its headers say nothing.
    pub fn look(&self, peer: SocketAddr, headers: &HeaderMap) -> Option<Forwarded> {
        if !self.is_trusted(peer.ip()) {
            return None;
        }
        let hops = hops(headers);
        let (mut address, mut secure) = (peer.ip().to_canonical(), None);
        for hop in hops.iter().rev() {
            // Whatever the nearest proxy says of how it was called counts; those before it may be anybody.
            secure = secure.or(hop.secure);
            let Some(next) = hop.address else { break };
            address = next.to_canonical();
            if !self.is_trusted(address) {
                break;
            }
        }
        let certificate = self.certificate_header.as_ref().and_then(|name| headers.get(name));
        let certificate = certificate.and_then(|value| value.to_str().ok()).map(str::trim);
        Some(Forwarded {
            // Ports are not forwarded; nothing depends on them.
            peer: SocketAddr::new(address, if hops.is_empty() { peer.port() } else { 0 }),
            secure: secure.unwrap_or(false),
            certificate: certificate
                .filter(|subject| !subject.is_empty())
                .map(|subject| ClientCertificate { common_name: common_name(subject).to_owned(), ouis: Vec::new() }),
        })
    }
}

/// One step of the way.
struct Hop {
    address: Option<IpAddr>,
    secure: Option<bool>,
}

/// `Forwarded` (RFC 7239) if it is there, else `X-Forwarded-For` and `X-Forwarded-Proto`; from far to near.
fn hops(headers: &HeaderMap) -> Vec<Hop> {
    let list = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|part| part.trim().to_owned()).collect()
    };
    let forwarded = list("forwarded");
    if !forwarded.is_empty() {
        return forwarded.iter().map(|element| forwarded_hop(element)).collect();
    }
    let proto = list("x-forwarded-proto").pop().map(|proto| proto.eq_ignore_ascii_case("https"));
    let mut hops: Vec<_> =
        list("x-forwarded-for").iter().map(|hop| Hop { address: address(hop), secure: None }).collect();
    match hops.last_mut() {
        Some(nearest) => nearest.secure = proto,
        None if proto.is_some() => hops.push(Hop { address: None, secure: proto }),
        None => {}
    }
    hops
}

/// `for="[2001:db8::1]:4711";proto=https`
fn forwarded_hop(element: &str) -> Hop {
    let mut hop = Hop { address: None, secure: None };
    for pair in element.split(';') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.address = address(value),
            "proto" => hop.secure = Some(value.eq_ignore_ascii_case("https")),
            _ => {}
        }
    }
    hop
}

/// An address with or without a port and brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse().ok().or_else(|| bare.parse().ok()).or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()))
}

/// The common name of a subject as proxies write it (`CN=a,O=b` or `/O=b/CN=a`), or the whole if it is a bare name.
fn common_name(subject: &str) -> &str {
    let separator = if subject.starts_with('/') { '/' } else { ',' };
    let mut parts = subject.split(separator).map(str::trim);
    parts.find_map(|part| part.strip_prefix("CN=").or_else(|| part.strip_prefix("cn="))).unwrap_or(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(peer: &str, headers: &[(&str, &str)]) -> Option<(String, bool, Option<String>)> {
        let networks = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()];
        let proxies = Proxies::new(networks, Some(HeaderName::from_static("x-ssl-client-s-dn")));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let seen = proxies.look(peer.parse().unwrap(), &map)?;
        Some((seen.peer.ip().to_string(), seen.secure, seen.certificate.map(|one| one.common_name)))
    }

    fn plain(address: &str, secure: bool) -> (String, bool, Option<String>) {
        (address.to_owned(), secure, None)
    }

    #[test]
    fn rule_65_headers_of_strangers_say_nothing() {
        let headers = [
            ("X-Forwarded-For", "203.0.113.1"),
            ("Forwarded", "for=203.0.113.1;proto=https"),
            ("X-SSL-Client-S-DN", "CN=00D09E-1"),
        ];
        assert_eq!(look("198.51.100.7:1", &headers), None);
        assert_eq!(look("[::ffff:198.51.100.7]:1", &headers), None);
    }

    #[test]
    fn rule_65_what_comes_before_the_last_stranger_is_not_believed() {
        let way = [("X-Forwarded-For", "6.6.6.6, 203.0.113.1, 10.0.0.2"), ("X-Forwarded-Proto", "https")];
        assert_eq!(look("10.0.0.1:1", &way), Some(plain("203.0.113.1", true)));
        let way = [("Forwarded", "for=6.6.6.6;proto=https"), ("Forwarded", "for=\"[2001:db8::5]:47\";proto=http")];
        assert_eq!(look("10.0.0.1:1", &way), Some(plain("2001:db8::5", false)));
        assert_eq!(look("10.0.0.1:1", &[("X-Forwarded-For", "unknown")]), Some(plain("10.0.0.1", false)));
        assert_eq!(look("10.0.0.1:1", &[("X-Forwarded-Proto", "https")]), Some(plain("10.0.0.1", true)));
        assert_eq!(look("10.0.0.1:1", &[]), Some(plain("10.0.0.1", false)));
        assert_eq!(look("10.0.0.1:1", &[("X-Forwarded-For", "203.0.113.9:5555")]), Some(plain("203.0.113.9", false)));
    }

    #[test]
    fn the_subject_of_a_certificate_is_found_in_every_notation() {
        for (subject, name) in [
            ("CN=00D09E-HG-1,O=Kestrel", "00D09E-HG-1"),
            ("/O=Kestrel/CN=00D09E-HG-1", "00D09E-HG-1"),
            ("O=Kestrel, CN=00D09E-HG-1", "00D09E-HG-1"),
            ("00D09E-HG-1", "00D09E-HG-1"),
        ] {
            let seen = look("10.0.0.1:1", &[("X-SSL-Client-S-DN", subject)]).unwrap();
            assert_eq!(seen.2.as_deref(), Some(name), "{subject}");
        }
        assert_eq!(look("10.0.0.1:1", &[("X-SSL-Client-S-DN", "")]).unwrap().2, None);
    }
}
