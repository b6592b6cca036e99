//! The settings: one TOML file, the environment over it, flags over both.
//!
//! Every source is reduced to `key = value, from there`, and all of them go through the same typed sections, so that an
//! error of any source names key, value, what is expected and where it stands, and all errors come at once.

mod cpe;
mod mail;
mod openid;
mod reach;
pub(crate) mod section;
mod source;
mod topics;
pub(crate) mod value;

pub use cpe::{EnrolmentSettings, TlsSettings};
pub use mail::MailSettings;
pub use openid::OpenIdSettings;
pub use reach::{ReachSettings, StunSettings, XmppSettings};
pub use source::{Sources, load};
pub use topics::{
    AuthMode, CampaignSettings, CpeAuthSettings, CwmpSettings, DatabaseSettings, EgressSettings, FilesSettings,
    GeneralSettings, LogFormat, LogSettings, MetricsSettings, Origin, PortalSettings, S3Settings, SiteSettings,
    SpeedSettings,
};

use section::Section;
use std::path::{Path, PathBuf};
use value::Raw;

/// Everything that can be set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub general: GeneralSettings,
    pub portal: PortalSettings,
    pub campaigns: CampaignSettings,
    pub mail: MailSettings,
    pub cwmp: CwmpSettings,
    pub cwmp_auth: CpeAuthSettings,
    pub cwmp_tls: TlsSettings,
    pub cwmp_enrolment: EnrolmentSettings,
    pub egress: EgressSettings,
    pub reach: ReachSettings,
    pub stun: StunSettings,
    pub xmpp: XmppSettings,
    pub files: FilesSettings,
    pub files_s3: S3Settings,
    pub speed: SpeedSettings,
    pub database: DatabaseSettings,
    pub log: LogSettings,
    pub metrics: MetricsSettings,
    pub openid: OpenIdSettings,
    pub site: SiteSettings,
}

/// Tables of the file; the empty name is the top.
const TABLES: [&str; 20] = [
    "",
    "portal",
    "campaigns",
    "mail",
    "cwmp",
    "cwmp.auth",
    "cwmp.tls",
    "cwmp.enrolment",
    "egress",
    "reach",
    "stun",
    "xmpp",
    "files",
    "files.s3",
    "speed",
    "database",
    "log",
    "metrics",
    "openid",
    "site",
];

/// Why a value was not taken.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// No such key; the closest one that exists, if one is close.
    Unknown {
        closest: Option<String>,
    },
    Unfit {
        expected: &'static str,
    },
}

impl Settings {
    fn section(&mut self, table: &str) -> Option<&mut dyn Section> {
        Some(match table {
            "" => &mut self.general,
            "portal" => &mut self.portal,
            "campaigns" => &mut self.campaigns,
            "mail" => &mut self.mail,
            "cwmp" => &mut self.cwmp,
            "cwmp.auth" => &mut self.cwmp_auth,
            "cwmp.tls" => &mut self.cwmp_tls,
            "cwmp.enrolment" => &mut self.cwmp_enrolment,
            "egress" => &mut self.egress,
            "files" => &mut self.files,
            "files.s3" => &mut self.files_s3,
            "speed" => &mut self.speed,
            "database" => &mut self.database,
            "reach" => &mut self.reach,
            "stun" => &mut self.stun,
            "xmpp" => &mut self.xmpp,
            "log" => &mut self.log,
            "metrics" => &mut self.metrics,
            "openid" => &mut self.openid,
            "site" => &mut self.site,
            _ => return None,
        })
    }

    /// `key` with its table, such as `cwmp.auth.mode`.
    fn set(&mut self, key: &str, raw: &Raw) -> Result<(), Refusal> {
        let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
        match self.section(table) {
            Some(section) if section.keys().contains(&name) => {
                section.set(name, raw).map_err(|expected| Refusal::Unfit { expected })
            }
            _ => Err(Refusal::Unknown { closest: closest(key, &self.keys()) }),
        }
    }

    fn is_secret(&mut self, key: &str) -> bool {
        let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
        // A misspelt key may hold a secret, too.
        self.section(table).is_none_or(|section| section.is_secret(name) || !section.keys().contains(&name))
    }

    /// All keys with their tables.
    fn keys(&mut self) -> Vec<String> {
        let mut keys = Vec::new();
        for table in TABLES {
            let names = self.section(table).map_or(&[] as &[&str], |section| section.keys());
            keys.extend(
                names.iter().map(|name| if table.is_empty() { (*name).to_owned() } else { format!("{table}.{name}") }),
            );
        }
        keys
    }

    /// URL of the database; by default a file in the data folder.
    pub fn database_url(&self) -> std::io::Result<String> {
        if let Some(url) = &self.database.url {
            return Ok(url.0.clone());
        }
        let folder = std::path::absolute(&self.general.data)?;
        Ok(format!("sqlite://{}", folder.join("lastmile.db").display()))
    }

    /// Folder of the files for browsers, if there is one.
    pub fn site_dir(&self) -> Option<PathBuf> {
        if let Some(dir) = &self.site.dir {
            return Some(dir.clone());
        }
        let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("site")));
        let usual = [beside, Some("target/site".into()), Some("/usr/share/lastmile/site".into())];
        usual.into_iter().flatten().find(|dir| dir.join("pkg").is_dir())
    }
}

/// The file that is read when none is named.
pub fn default_file() -> Option<PathBuf> {
    ["lastmile.toml", "/etc/lastmile/lastmile.toml"]
        .map(Path::new)
        .into_iter()
        .find(|path| path.is_file())
        .map(Path::to_owned)
}

/// The known key with the fewest changes from `key`, if that is few enough to be a slip.
fn closest(key: &str, known: &[String]) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().map(str::to_owned);
    let same_name = known.iter().find(|candidate| last(candidate) == last(key));
    let near = known.iter().map(|candidate| (distance(key, candidate), candidate)).min();
    match near {
        Some((changes, candidate)) if changes <= 3 => Some(candidate.clone()),
        _ => same_name.cloned(),
    }
}

/// Insertions, deletions and replacements between two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(200).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_find_the_key_that_was_meant() {
        let known = Settings::default().keys();
        assert_eq!(closest("cwmp.max_bdy", &known).as_deref(), Some("cwmp.max_body"));
        assert_eq!(closest("portal.public-url", &known).as_deref(), Some("portal.public_url"));
        assert_eq!(closest("auth.mode", &known).as_deref(), Some("cwmp.auth.mode"));
        assert_eq!(closest("colour", &known), None);
    }

    #[test]
    fn every_default_passes_its_own_check() {
        let mut settings = Settings::default();
        assert_eq!(settings.set("cwmp.max_body", &Raw::Text("32MB".into())), Ok(()));
        assert_eq!(settings.set("cwmp.session_timeout", &Raw::Integer(60)), Ok(()));
        assert!(matches!(settings.set("cwmp.session_timeout", &Raw::Integer(5)), Err(Refusal::Unfit { .. })));
        assert!(settings.keys().len() > 30);
    }

    #[test]
    fn secrets_and_unknown_keys_are_not_shown() {
        let mut settings = Settings::default();
        assert!(settings.is_secret("cwmp.auth.password"));
        assert!(settings.is_secret("cwmp.auth.pasword"));
        assert!(settings.is_secret("database.url"));
        assert!(settings.is_secret("files.s3.secret_key"));
        assert!(settings.is_secret("openid.client_secret"));
        assert!(settings.is_secret("mail.password"));
        assert!(!settings.is_secret("portal.listen"));
    }
}
