//! `lastmile user`: people who sign in. A running server holds to what is changed here within a second.

use super::{Failure, open_manager, open_store};
use crate::settings::{Origin, Settings};
use crate::{password, probe};
use acs::{Acs, AcsError, Actor};
use clap::Subcommand;
use model::person::{PersonState, PersonView};
use model::{RoleKey, Scope};

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Create an agent; the password is asked for, or read as one line when there is no terminal
    Add {
        username: String,
        /// The name that colleagues see [default: the username]
        #[arg(long)]
        name: Option<String>,
        /// read-only, helpdesk, senior-helpdesk, rollout-manager, administrator, or the key of an own role
        #[arg(long, value_parser = super::role, default_value = "helpdesk")]
        role: RoleKey,
        #[command(flatten)]
        data: super::DataFlag,
    },
    /// Show who there is: username, name, role, state
    List(super::DataFlag),
    /// Make an account and print the link with which its owner sets a password; it is printed this once
    Invite {
        username: String,
        /// The name that colleagues see [default: the username]
        #[arg(long)]
        name: Option<String>,
        /// As for `add`
        #[arg(long, value_parser = super::role, default_value = "helpdesk")]
        role: RoleKey,
        #[command(flatten)]
        data: super::DataFlag,
    },
    /// Shut somebody out; their sessions end at once
    Disable {
        username: String,
        #[command(flatten)]
        data: super::DataFlag,
    },
    /// Let somebody in again
    Enable {
        username: String,
        #[command(flatten)]
        data: super::DataFlag,
    },
    /// Give somebody another role
    Role {
        username: String,
        #[arg(value_parser = super::role)]
        role: RoleKey,
        #[command(flatten)]
        data: super::DataFlag,
    },
    /// Set somebody's password, asked for as by `add`; their sessions end at once
    Password {
        username: String,
        /// Remove their second factors, too: for somebody who lost everything
        #[arg(long)]
        reset_factors: bool,
        #[command(flatten)]
        data: super::DataFlag,
    },
}

impl UserCommand {
    pub(super) fn data(&self) -> &super::DataFlag {
        match self {
            Self::List(data)
            | Self::Add { data, .. }
            | Self::Invite { data, .. }
            | Self::Disable { data, .. }
            | Self::Enable { data, .. }
            | Self::Role { data, .. }
            | Self::Password { data, .. } => data,
        }
    }
}

pub(super) async fn run(settings: Settings, command: UserCommand) -> Result<(), Failure> {
    // Asked for before anything is opened: people take their time.
    let password = match &command {
        UserCommand::Add { username, .. } | UserCommand::Password { username, .. } => {
            password::ask(&format!("Password for {username}: "))?
        }
        _ => String::new(),
    };
    let store = open_store(&settings).await?;
    let acs = open_manager(store.clone()).await?;
    let done = carry_out(&acs, &settings, command, &password).await;
    store.close().await;
    done
}

async fn carry_out(acs: &Acs, settings: &Settings, command: UserCommand, password: &str) -> Result<(), Failure> {
    let system = Actor::System;
    match command {
        UserCommand::Add { username, name, role, .. } => {
            let name = name.unwrap_or_else(|| username.clone());
            let agent = acs.add_agent(&system, &username, &name, password, role, Scope::default()).await?;
            println!("{} can sign in as {} ({}).", agent.name, agent.username, agent.role.key);
        }
        UserCommand::List(_) => {
            for PersonView { username, name, role, state, .. } in acs.people(&system).await? {
                println!("{username}\t{name}\t{}\t{}", role.key, state.label().to_lowercase());
            }
        }
        UserCommand::Invite { username, name, role, .. } => {
            let name = name.unwrap_or_else(|| username.clone());
            let link = acs.invite(&system, &username, &name, role, Scope::default()).await?;
            let portal = || format!("http://{}", probe::reachable(settings.portal.listen));
            let origin =
                settings.portal.public_url.as_ref().map_or_else(portal, |url: &Origin| url.as_str().to_owned());
            eprintln!(
                "A link for {} to set a password. It works once, for seven days, and is shown this once.",
                link.username
            );
            println!("{origin}{}", link.path());
        }
        UserCommand::Disable { username, .. } => {
            let person = find(acs, &username).await?;
            acs.set_person_disabled(&system, person.id, true).await?;
            println!("{} is shut out.", person.username);
        }
        UserCommand::Enable { username, .. } => {
            let person = find(acs, &username).await?;
            acs.set_person_disabled(&system, person.id, false).await?;
            println!("{} can sign in again.", person.username);
        }
        UserCommand::Role { username, role, .. } => {
            let person = find(acs, &username).await?;
            acs.change_person(&system, person.id, &person.name, role, person.scope).await?;
            println!("{} has the role {role} now.", person.username);
        }
        UserCommand::Password { username, reset_factors, .. } => {
            let person = find(acs, &username).await?;
            acs.set_password_of(&system, person.id, password).await?;
            if reset_factors {
                acs.reset_second_factors(&system, person.id).await?;
            }
            let disabled = if person.state == PersonState::Disabled { " They are still disabled." } else { "" };
            println!("The password of {} is set; their sessions are ended.{disabled}", person.username);
        }
    }
    Ok(())
}

async fn find(acs: &Acs, username: &str) -> Result<PersonView, Failure> {
    acs.person(&Actor::System, username).await.map_err(|error| match error {
        AcsError::NotFound(_) => {
            format!("there is nobody called {username}; `lastmile user list` shows who there is").into()
        }
        error => error.into(),
    })
}
