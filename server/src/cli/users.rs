//! `lastmile user add`.

use super::{Failure, open_manager, open_store};
use crate::password;
use crate::settings::Settings;
use acs::Actor;
use model::{RoleKey, Scope};

/// Creates an agent directly in the database; a running server knows them at their first sign-in.
pub async fn add(settings: Settings, username: String, name: Option<String>, role: RoleKey) -> Result<(), Failure> {
    let password = password::ask(&format!("Password for {username}: "))?;
    let store = open_store(&settings).await?;
    let acs = open_manager(store.clone()).await?;
    let name = name.unwrap_or_else(|| username.clone());
    let added = acs.add_agent(&Actor::System, &username, &name, &password, role, Scope::default()).await;
    store.close().await;
    let agent = added?;
    println!("{} can sign in as {} ({}).", agent.name, agent.username, agent.role.key);
    Ok(())
}
