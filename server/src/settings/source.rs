//! Reading the sources of settings and collecting what is wrong with them.

use super::section::Section as _;
use super::value::Raw;
use super::{Refusal, Settings, TABLES};
use std::fmt;
use std::path::PathBuf;
use toml::de::{DeTable, DeValue};

/// Where values come from; later ones win: file, environment, flags.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub file: Option<PathBuf>,
    /// Names and values; only those that begin with `LASTMILE_` are looked at.
    pub environment: Vec<(String, String)>,
    /// (flag, key, value)
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Line {
        file: PathBuf,
        line: usize,
    },
    File(PathBuf),
    Variable(String),
    Flag(&'static str),
    /// Values that do not go together.
    Together,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(f, "{}:{line}", file.display()),
            Self::File(file) => file.display().fmt(f),
            Self::Variable(name) => write!(f, "environment variable {name:?}"),
            Self::Flag(name) => write!(f, "--{name}"),
            Self::Together => f.write_str("settings"),
        }
    }
}

/// One thing that is wrong, as a person reads it: where, which key, which value, what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    place: Place,
    text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// The settings, or everything that is wrong with them.
pub fn load(sources: &Sources) -> Result<Settings, Vec<Problem>> {
    let mut loader = Loader::default();
    if let Some(file) = &sources.file {
        loader.file(file);
    }
    for (name, value) in &sources.environment {
        loader.variable(name, value);
    }
    for (flag, key, value) in &sources.flags {
        loader.set(key, &Raw::Text(value.clone()), Place::Flag(flag));
    }
    loader.check_together();
    if loader.problems.is_empty() { Ok(loader.settings) } else { Err(loader.problems) }
}

#[derive(Default)]
struct Loader {
    settings: Settings,
    problems: Vec<Problem>,
}

impl Loader {
    fn problem(&mut self, place: Place, text: String) {
        self.problems.push(Problem { place, text });
    }

    fn set(&mut self, key: &str, raw: &Raw, place: Place) {
        let text = match self.settings.set(key, raw) {
            Ok(()) => return,
            Err(Refusal::Unfit { expected }) if self.settings.is_secret(key) => {
                format!("{key} (value hidden) is not right; expected {expected}")
            }
            Err(Refusal::Unfit { expected }) => format!("{key} = {raw} is not right; expected {expected}"),
            Err(Refusal::Unknown { closest: Some(closest) }) => {
                format!("there is no setting {key:?}; did you mean {closest}?")
            }
            Err(Refusal::Unknown { closest: None }) => format!("there is no setting {key:?}"),
        };
        self.problem(place, text);
    }

    fn file(&mut self, path: &PathBuf) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.problem(Place::File(path.clone()), format!("cannot be read: {error}")),
        };
        let line_at = |offset: usize| 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count();
        let place = |offset: usize| Place::Line { file: path.clone(), line: line_at(offset) };
        let (table, errors) = DeTable::parse_recoverable(&text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            self.problem(place(offset), format!("is not TOML here: {}", error.message()));
        }
        self.table("", table.get_ref(), &place);
        // Tables come in alphabetical order; a person reads from top to bottom.
        self.problems.sort_by_key(|problem| match problem.place {
            Place::Line { line, .. } => line,
            _ => 0,
        });
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>, place: &dyn Fn(usize) -> Place) {
        for (name, value) in table {
            let key =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            let at = place(name.span().start);
            match value.get_ref() {
                DeValue::Table(inner) if TABLES.contains(&key.as_str()) => self.table(&key, inner, place),
                DeValue::Table(_) => {
                    let known = TABLES[1..].iter().map(|table| format!("[{table}]")).collect::<Vec<_>>().join(", ");
                    self.problem(at, format!("there is no table [{key}]; there are {known}"));
                }
                value => self.set(&key, &raw(value), at),
            }
        }
    }

    /// `LASTMILE_CWMP__AUTH__MODE` is `cwmp.auth.mode`.
    fn variable(&mut self, name: &str, value: &str) {
        let Some(rest) = name.strip_prefix("LASTMILE_") else { return };
        let key = rest.to_ascii_lowercase().replace("__", ".");
        // Others may use the prefix for their own things; what has a table in it is meant for us.
        if !rest.contains("__") && !self.settings.general.keys().contains(&key.as_str()) {
            return;
        }
        self.set(&key, &Raw::Text(value.to_owned()), Place::Variable(name.to_owned()));
    }

    fn check_together(&mut self) {
        if self.settings.xmpp.jid.is_some() && self.settings.xmpp.password.is_none() {
            self.problem(Place::Together, "xmpp.jid is set, but xmpp.password is not".to_owned());
        }
        if self.settings.mail.server.is_some() && self.settings.mail.from.is_none() {
            self.problem(Place::Together, "mail.server is set, but mail.from is not".to_owned());
        }
        let openid = &self.settings.openid;
        if openid.issuer.is_some() != openid.client_id.is_some() {
            self.problem(
                Place::Together,
                "openid.issuer and openid.client_id go together, and one is missing".to_owned(),
            );
        }
        let cwmp = &self.settings.cwmp;
        if cwmp.max_first_body > cwmp.max_body {
            let text = format!(
                "cwmp.max_first_body ({} bytes) is larger than cwmp.max_body ({} bytes); expected it to be smaller",
                cwmp.max_first_body.0, cwmp.max_body.0
            );
            self.problem(Place::Together, text);
        }
        if self.settings.cwmp.max_body > self.settings.cwmp.body_memory {
            let text = format!(
                "cwmp.body_memory ({} bytes) is smaller than cwmp.max_body ({} bytes): a body of that size could never be taken",
                self.settings.cwmp.body_memory.0, self.settings.cwmp.max_body.0
            );
            self.problem(Place::Together, text);
        }
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Boolean(yes) => Raw::Bool(*yes),
        DeValue::Array(items) => Raw::List(items.iter().map(|item| raw(item.get_ref())).collect()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Raw::Integer(number),
            Err(_) => Raw::Other(number.as_str().to_owned()),
        },
        DeValue::Float(number) => Raw::Other(number.as_str().to_owned()),
        DeValue::Datetime(time) => Raw::Other(time.to_string()),
        DeValue::Table(_) => Raw::Other("a table".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn check(text: &str, environment: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let sources = Sources { file: Some(file.path().to_owned()), environment, flags: Vec::new() };
        let name = format!("{}:", file.path().display());
        load(&sources).map_err(|problems| problems.iter().map(|p| p.to_string().replace(&name, "")).collect())
    }

    #[test]
    fn later_sources_win() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"data = \"/a\"\n[portal]\nlisten = \"127.0.0.1:1\"\n[cwmp]\nlisten = \"127.0.0.1:1\"\nmax_body = \"8MB\"\n").unwrap();
        let sources = Sources {
            file: Some(file.path().to_owned()),
            environment: vec![
                ("LASTMILE_PORTAL__LISTEN".into(), "127.0.0.1:2".into()),
                ("LASTMILE_CWMP__LISTEN".into(), "127.0.0.1:2".into()),
                ("LASTMILE_SECRET_KEY_FILE".into(), "/keys/secret.key".into()),
                ("LASTMILE_KEEP_AUDIT_DAYS".into(), "30".into()),
                ("LASTMILE_BIN".into(), "somebody else's".into()),
                ("PATH".into(), "x".into()),
            ],
            flags: vec![("cwmp", "cwmp.listen", "127.0.0.1:3".into())],
        };
        let settings = load(&sources).unwrap();
        assert_eq!(settings.general.data, PathBuf::from("/a"));
        assert_eq!(settings.general.secret_key_file, Some(PathBuf::from("/keys/secret.key")));
        assert_eq!(settings.general.keep_audit_days, 30);
        assert_eq!(settings.portal.listen.port(), 2);
        assert_eq!(settings.cwmp.listen.port(), 3);
        assert_eq!(settings.cwmp.max_body.0, 8 << 20);
    }

    #[test]
    fn every_error_comes_at_once_with_its_line() {
        let text = "[cwmp]\nmax_body = \"big\"\nmax_bdy = 3\n\n[egress]\nallow = [\"10.0.0.0/8\", \"nowhere\"]\n[colours]\nx = 1\n";
        let problems = check(text, &[("LASTMILE_LOG__FORMAT", "xml")]).unwrap_err();
        let expected = [
            "2: cwmp.max_body = \"big\" is not right; expected a size from 64KB to 1GB",
            "3: there is no setting \"cwmp.max_bdy\"; did you mean cwmp.max_body?",
            "6: egress.allow = a list of 2 is not right; expected networks, such as [\"10.0.0.0/8\"]",
            "7: there is no table [colours]; there are [portal], [campaigns], [mail], [cwmp], [cwmp.auth], [cwmp.tls], [cwmp.enrolment], [egress], [reach], [stun], [xmpp], [files], [files.s3], [speed], [database], [log], [metrics], [openid], [site]",
            "environment variable \"LASTMILE_LOG__FORMAT\": log.format = \"xml\" is not right; expected \"auto\", \"pretty\" or \"json\"",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_syntax_error_has_a_line() {
        let problems = check("[portal]\nlisten = \n", &[]).unwrap_err();
        assert!(problems[0].starts_with("2: is not TOML here"), "{problems:?}");
    }

    #[test]
    fn secrets_do_not_show_in_errors() {
        let problems = check("[cwmp.auth]\npassword = \"hunt3r\"\npasword = \"hunt3r\"\n", &[]).unwrap_err();
        assert_eq!(problems.len(), 2);
        assert!(!problems.concat().contains("hunt3r"), "{problems:?}");
    }

    #[test]
    fn limits_must_go_together() {
        let problems = check("[cwmp]\nmax_body = \"512KB\"\n", &[]).unwrap_err();
        assert!(problems[0].contains("max_first_body"), "{problems:?}");
    }
}
