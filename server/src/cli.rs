//! The command line.

mod accounts;
mod audit;
mod data_models;
mod secrets;
mod tokens;
mod users;

use crate::settings::{self, Settings, Sources};
use crate::{import, logs, probe, serve};
use acs::Acs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use model::audit::Origin;
use model::{Role, RoleKey};
use std::path::PathBuf;
use std::process::ExitCode;
use store::{Key, KeySource, Store, StoreSettings};
use users::UserCommand;

/// A failure that a person reads: what, why and, where it helps, what next.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Lastmile: a web portal with an embedded TR-069 ACS.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Arguments {
    /// Settings file [default: ./lastmile.toml or /etc/lastmile/lastmile.toml, if there]
    #[arg(long, global = true, value_name = "FILE", env = "LASTMILE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the portal and the ACS
    Serve(ServeFlags),
    /// Bring the database up to date and end
    Migrate(DataFlag),
    /// Work with the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Manage people who sign in to the portal
    #[command(subcommand)]
    User(UserCommand),
    /// Ask a running server whether it is ready: exit code 0 if it is, 1 if not, 2 if the settings are wrong
    Healthcheck {
        /// Address of the portal
        #[arg(long, value_name = "ADDRESS:PORT")]
        portal: Option<String>,
    },
    /// Manage tokens, with which other programs call the API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Manage subscribers
    #[command(subcommand)]
    Subscribers(SubscribersCommand),
    /// Manage what Lastmile knows of parameters: types, ranges, descriptions
    #[command(subcommand, name = "datamodel")]
    DataModel(DataModelCommand),
    /// Show the name and password of a device's account on the XMPP server, to make it there
    XmppAccount {
        /// The device's number, as in the address of its page
        device: i64,
        #[command(flatten)]
        data: DataFlag,
    },
    /// Manage devices
    #[command(subcommand)]
    Devices(DevicesCommand),
    /// Check and take out the audit log: who did what
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Manage the key that secrets in the database are encrypted with
    #[command(subcommand)]
    Secrets(SecretsCommand),
}

/// Flags win over environment and file.
#[derive(Args)]
struct ServeFlags {
    #[command(flatten)]
    data: DataFlag,
    /// Address of the portal's listener
    #[arg(long, value_name = "ADDRESS:PORT")]
    portal: Option<String>,
    /// Address of the listener for CPEs
    #[arg(long, value_name = "ADDRESS:PORT")]
    cwmp: Option<String>,
    /// Address of the listener for files
    #[arg(long, value_name = "ADDRESS:PORT")]
    files: Option<String>,
    /// Address of the listener for metrics
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<String>,
    /// Folder with the files for browsers
    #[arg(long, value_name = "DIR")]
    site: Option<String>,
    /// Write the real addresses as JSON to this file when everything listens
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

#[derive(Args)]
struct DataFlag {
    /// Data folder
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Explain everything that is wrong with file and environment
    Check,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Make a token; it is printed this once
    Create {
        /// What it is for
        name: String,
        /// What it may do: a role that comes with Lastmile, or the key of an own role
        #[arg(long, value_parser = role, default_value = "integration")]
        role: RoleKey,
        /// How many days it is good for; 0: until it is revoked [default: 90]
        #[arg(long)]
        days: Option<u32>,
        #[command(flatten)]
        data: DataFlag,
    },
    /// Show the tokens there are and were
    List(DataFlag),
    /// Let nobody in with a token any more
    Revoke {
        /// The number that the list shows
        id: i64,
        #[command(flatten)]
        data: DataFlag,
    },
}

#[derive(Subcommand)]
enum SubscribersCommand {
    /// Create or change subscribers by account, from a CSV file
    #[command(
        after_help = "Columns are known by their names: account, name, phones, email, address, locality, region, partner, plan, plan_down_kbit, plan_up_kbit, time_zone, tags, ppp_user, serials, and many others that mean the same. The account is needed."
    )]
    Import {
        file: PathBuf,
        /// Only say what would happen
        #[arg(long)]
        dry_run: bool,
        /// Serial numbers that belong to somebody else move
        #[arg(long)]
        take_over: bool,
        #[command(flatten)]
        data: DataFlag,
    },
}

#[derive(Subcommand)]
enum DataModelCommand {
    /// Read device models in the Broadband Forum's XML; models of the same name are replaced
    #[command(
        after_help = "Give files that refer to each other together. A running server takes them over within seconds."
    )]
    Import {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        data: DataFlag,
    },
    /// Show the imported models
    List(DataFlag),
    /// Remove an imported model
    Remove {
        name: String,
        #[command(flatten)]
        data: DataFlag,
    },
}

#[derive(Subcommand)]
enum SecretsCommand {
    /// Make a new key and encrypt everything with it; goes on where it was interrupted
    #[command(
        after_help = "The key before it stays in the file, as its second line, until the next rotation. Keep a copy of the file apart from copies of the database."
    )]
    Rotate(DataFlag),
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk the whole chain and say the first entry that does not fit: exit code 1 if there is one
    #[command(
        after_help = "Write the printed hash down where nobody who can change the database can change it. With --expect-head it is looked for: so a log whose end was cut off is noticed, too."
    )]
    Verify {
        /// A hash that an earlier run printed
        #[arg(long, value_name = "HASH")]
        expect_head: Option<String>,
        #[command(flatten)]
        data: DataFlag,
    },
    /// Write the log to standard output, newest entry first
    Export {
        #[arg(long, value_enum, default_value = "json-lines")]
        format: AuditFormatName,
        /// Only entries of this act, such as secret.revealed
        #[arg(long, value_name = "WORD")]
        act: Option<String>,
        /// Only entries of this name
        #[arg(long, value_name = "NAME")]
        who: Option<String>,
        #[command(flatten)]
        data: DataFlag,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum AuditFormatName {
    Csv,
    JsonLines,
}

#[derive(Subcommand)]
enum DevicesCommand {
    /// Make devices known before they report for the first time, from a CSV file
    #[command(
        after_help = "Columns: oui, product_class, serial, account, password. The first and the third are needed. The account is that of a subscriber; a password is the device's own, under the name OUI-ProductClass-Serial."
    )]
    Import {
        file: PathBuf,
        #[command(flatten)]
        data: DataFlag,
    },
}

/// A role by its key, as the portal shows it.
fn role(text: &str) -> Result<RoleKey, String> {
    let own = || Role::ALL.map(Role::as_str).join(", ");
    RoleKey::parse(text).ok_or_else(|| format!("there is no such role; there are {}, and own-1 and so on", own()))
}

/// Exit code for settings or arguments that are wrong, as clap's own.
const WRONG_SETTINGS: u8 = 2;

/// Does what the arguments say.
pub fn run(arguments: Arguments) -> ExitCode {
    let file = arguments.config.or_else(settings::default_file);
    let mut sources = Sources {
        file,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: Vec::new(),
    };
    let data = |data: &DataFlag| data.data.clone().map(|value| ("data", "data", value));
    sources.flags = match &arguments.command {
        Command::Serve(flags) => [
            data(&flags.data),
            flags.portal.clone().map(|value| ("portal", "portal.listen", value)),
            flags.cwmp.clone().map(|value| ("cwmp", "cwmp.listen", value)),
            flags.files.clone().map(|value| ("files", "files.listen", value)),
            flags.metrics.clone().map(|value| ("metrics", "metrics.listen", value)),
            flags.site.clone().map(|value| ("site", "site.dir", value)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Command::Healthcheck { portal } => {
            portal.clone().map(|value| ("portal", "portal.listen", value)).into_iter().collect()
        }
        Command::Migrate(flag)
        | Command::XmppAccount { data: flag, .. }
        | Command::DataModel(
            DataModelCommand::Import { data: flag, .. }
            | DataModelCommand::List(flag)
            | DataModelCommand::Remove { data: flag, .. },
        )
        | Command::Token(
            TokenCommand::Create { data: flag, .. }
            | TokenCommand::List(flag)
            | TokenCommand::Revoke { data: flag, .. },
        )
        | Command::Subscribers(SubscribersCommand::Import { data: flag, .. })
        | Command::Secrets(SecretsCommand::Rotate(flag))
        | Command::Audit(AuditCommand::Verify { data: flag, .. } | AuditCommand::Export { data: flag, .. })
        | Command::Devices(DevicesCommand::Import { data: flag, .. }) => data(flag).into_iter().collect(),
        Command::User(command) => data(command.data()).into_iter().collect(),
        Command::Config(ConfigCommand::Check) => Vec::new(),
    };
    let settings = match settings::load(&sources) {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            eprintln!("{} in the settings; nothing was started or changed", count(problems.len(), "error"));
            return WRONG_SETTINGS.into();
        }
    };
    let done = match arguments.command {
        Command::Config(ConfigCommand::Check) => {
            let read = sources.file.map_or_else(|| "no file, defaults".to_owned(), |file| file.display().to_string());
            println!("The settings are right ({read}).");
            Ok(())
        }
        Command::Healthcheck { .. } => probe::probe(settings.portal.listen),
        Command::Serve(flags) => {
            logs::init(&settings.log);
            in_runtime(serve::serve(settings, flags.ready_file))
        }
        Command::Migrate(_) => in_runtime(async {
            let store = open_store(&settings).await?;
            store.close().await;
            println!("The database is up to date.");
            Ok(())
        }),
        Command::User(command) => by_hand(users::run(settings, command)),
        Command::XmppAccount { device, .. } => by_hand(accounts::xmpp(settings, device)),
        Command::Token(TokenCommand::Create { name, role, days, .. }) => {
            by_hand(tokens::create(settings, name, role, days))
        }
        Command::Token(TokenCommand::List(_)) => by_hand(tokens::list(settings)),
        Command::Token(TokenCommand::Revoke { id, .. }) => by_hand(tokens::revoke(settings, id)),
        Command::Subscribers(SubscribersCommand::Import { file, dry_run, take_over, .. }) => {
            by_hand(import::subscribers(settings, file, dry_run, take_over))
        }
        Command::DataModel(DataModelCommand::Import { files, .. }) => by_hand(data_models::import(settings, files)),
        Command::DataModel(DataModelCommand::List(_)) => by_hand(data_models::list(settings)),
        Command::DataModel(DataModelCommand::Remove { name, .. }) => by_hand(data_models::remove(settings, name)),
        Command::Devices(DevicesCommand::Import { file, .. }) => by_hand(import::devices(settings, file)),
        Command::Secrets(SecretsCommand::Rotate(_)) => by_hand(secrets::rotate(settings)),
        Command::Audit(AuditCommand::Verify { expect_head, .. }) => by_hand(audit::verify(settings, expect_head)),
        Command::Audit(AuditCommand::Export { format, act, who, .. }) => {
            by_hand(audit::export(settings, format, act, who))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("lastmile: {}", describe(&*failure));
            ExitCode::FAILURE
        }
    }
}

/// A command of a person at the machine: the audit log says so.
fn by_hand(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let user = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    in_runtime(acs::with_origin(Origin::new("", &user, Origin::COMMAND_LINE), work))
}

fn in_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // Everything that has to be finished is; a blocking read that hangs is not waited for.
    runtime.shutdown_background();
    done
}

/// Opens the database and brings it up to date.
pub async fn open_store(settings: &Settings) -> Result<Store, Failure> {
    let url = settings.database_url()?;
    let store = Store::open(&StoreSettings { url, max_connections: settings.database.max_connections })
        .await
        .map_err(|error| format!("cannot open the database: {}", describe(&error)))?;
    store.migrate().await.map_err(|error| format!("cannot bring the database up to date: {}", describe(&error)))?;
    store.unlock(&key_source(settings)).await.map_err(|error| describe(&error))?;
    Ok(store)
}

/// Where the key of the secrets in the database is.
pub fn key_source(settings: &Settings) -> KeySource {
    let general = &settings.general;
    match general.secret_key.as_ref().and_then(|key| Key::parse(&key.0)) {
        Some(key) => KeySource::Given(key),
        None => KeySource::File(general.secret_key_file.clone().unwrap_or_else(|| general.data.join("secret.key"))),
    }
}

/// The manager for one operation of the command line.
pub async fn open_manager(store: Store) -> Result<Acs, Failure> {
    Acs::for_commands(store).await.map_err(|error| describe(&error).into())
}

/// An error with its causes on one line.
pub fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_password_is_no_argument() {
        assert!(Arguments::try_parse_from(["lastmile", "user", "add", "maria", "--password", "x"]).is_err());
        assert!(Arguments::try_parse_from(["lastmile", "user", "add", "maria", "--role", "read-only"]).is_ok());
    }
}
