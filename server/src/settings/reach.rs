//! How devices are woken: `[reach]`, `[stun]`, `[xmpp]`.

use super::section::section;
use super::value::{Raw, Secret, Setting};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

section! {
    /// `[reach]`: connection requests beyond where they may go.
    ReachSettings {
        /// With `password`: what devices come with from the factory, tried after what they were given.
        username: String = String::new(), "a name of at most 256 characters", |name| name.len() <= 256;
        password: Option<Secret> = None, "1 to 256 characters", |secret| secret.as_ref().is_none_or(|s| (1..=256).contains(&s.0.len()));
        /// Answer devices that ask for Basic, which sends the password in the clear.
        allow_basic: bool = false, "true or false", |_| true;
        /// Call the address that a device comes from where the one it gave is not public.
        use_peer_address: bool = false, "true or false", |_| true;
    }
}

section! {
    /// `[stun]`: the STUN server, for devices behind NAT.
    StunSettings {
        /// Without one there is no STUN server. UDP connection requests leave from here, too.
        listen: Option<SocketAddr> = None, "an address with a port, such as \"0.0.0.0:3478\"", |_| true;
        /// Ask every client for a name and password, not only those that want to be called.
        authenticate: bool = false, "true or false", |_| true;
        /// Set STUN on devices that have it.
        provision: bool = true, "true or false", |_| true;
        /// Where devices find the server; empty for the host of their ACS URL.
        public_host: String = String::new(), "a host name or an IP address of at most 256 characters", |host| host.len() <= 256 && host.chars().all(|c| c.is_ascii_alphanumeric() || ".:-".contains(c));
        /// 0 for the port of `listen`.
        public_port: u32 = 0, "0 to 65535", |port| *port <= 65_535;
        /// Devices ask at least this far apart.
        keep_alive: Duration = Duration::from_secs(30), "10 to 3600 seconds", |span| (10..=3600).contains(&span.as_secs());
    }
}

section! {
    /// `[xmpp]`: the account on an XMPP server, for devices that are woken by it.
    XmppSettings {
        /// Without one XMPP is off.
        jid: Option<String> = None, "an address of the form \"acs@example.net\", with or without a resource", |jid| jid.as_deref().is_none_or(is_jid);
        password: Option<Secret> = None, "1 to 1000 characters", |secret| secret.as_ref().is_none_or(|s| (1..=1000).contains(&s.0.len()));
        /// Empty for the domain of `jid`.
        host: String = String::new(), "a host name or an IP address", |host| host.len() <= 256;
        port: u32 = 5222, "1 to 65535", |port| (1..=65_535).contains(port);
        /// Certificates in PEM that the server's own must come from. Without, the usual authorities.
        ca_file: Option<PathBuf> = None, "a file", |_| true;
        /// Domains whose devices may be asked; empty for that of `jid` alone.
        domains: Names = Names::default(), "domains, such as [\"cpe.example.net\"]", |_| true;
        /// Set XMPP on devices that have it: each gets an account on this domain.
        device_domain: String = String::new(), "a domain, such as \"cpe.example.net\"", |domain| domain.len() <= 256 && !domain.contains(['@', '/', ' ']);
    }
}

fn is_jid(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && text.len() <= 1024)
}

/// Words. In a file a list; in the environment separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Setting for Names {
    fn read(raw: &Raw) -> Option<Self> {
        match raw {
            Raw::List(items) => items.iter().map(String::read).collect::<Option<Vec<_>>>().map(Self),
            Raw::Text(text) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Some(Self(parts.map(str::to_owned).collect()))
            }
            _ => None,
        }
    }
}

impl ReachSettings {
    /// What the manager is told. Reads the file of certificates; the error names it.
    pub fn for_acs(
        &self,
        stun: &StunSettings,
        xmpp: &XmppSettings,
        stun_port: u16,
    ) -> Result<acs::ReachSettings, String> {
        let factory = self
            .password
            .as_ref()
            .map(|password| acs::FactoryCredentials { username: self.username.clone(), password: password.0.clone() });
        let stun = stun.listen.map(|_| acs::StunSettings {
            authenticate: stun.authenticate,
            provision: stun.provision,
            host: stun.public_host.clone(),
            port: if stun.public_port == 0 { stun_port } else { stun.public_port as u16 },
            keep_alive: stun.keep_alive.as_secs() as u32,
        });
        Ok(acs::ReachSettings {
            factory,
            basic: self.allow_basic,
            use_peer_address: self.use_peer_address,
            stun,
            xmpp: xmpp.for_acs()?,
        })
    }
}

impl XmppSettings {
    fn for_acs(&self) -> Result<Option<acs::XmppSettings>, String> {
        let Some(jid) = self.jid.clone() else { return Ok(None) };
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|error| format!("cannot read {} (xmpp.ca_file): {error}", file.display()))
        };
        Ok(Some(acs::XmppSettings {
            jid,
            password: self.password.as_ref().map(|password| password.0.clone()).unwrap_or_default(),
            host: self.host.clone(),
            port: self.port as u16,
            authorities: self.ca_file.as_ref().map(read).transpose()?,
            domains: self.domains.0.clone(),
            device_domain: self.device_domain.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_as_list_or_with_commas() {
        let both = Names(vec!["a.example".into(), "b.example".into()]);
        assert_eq!(Names::read(&Raw::Text("a.example, b.example,".into())), Some(both.clone()));
        assert_eq!(
            Names::read(&Raw::List(vec![Raw::Text("a.example".into()), Raw::Text("b.example".into())])),
            Some(both)
        );
        assert_eq!(Names::read(&Raw::Integer(1)), None);
    }

    #[test]
    fn what_is_off_stays_off() {
        let told = ReachSettings::default().for_acs(&StunSettings::default(), &XmppSettings::default(), 0).unwrap();
        assert_eq!(told, acs::ReachSettings::default());
    }

    #[test]
    fn a_missing_file_is_named() {
        let xmpp = XmppSettings {
            jid: Some("acs@example.net".into()),
            ca_file: Some("/nowhere/ca.pem".into()),
            ..XmppSettings::default()
        };
        let error = ReachSettings::default().for_acs(&StunSettings::default(), &xmpp, 0).unwrap_err();
        assert!(error.contains("/nowhere/ca.pem"), "{error}");
    }
}
