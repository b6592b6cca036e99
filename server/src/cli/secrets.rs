//! `lastmile secrets`: the key of what is encrypted in the database.

use super::{Failure, describe, key_source, open_manager, open_store};
use crate::settings::Settings;
use acs::Actor;

/// A server may run meanwhile: it reads the new key when it meets it.
pub async fn rotate(settings: Settings) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let acs = open_manager(store.clone()).await?;
    let done = acs.rotate_secrets(&Actor::System, &key_source(&settings)).await;
    store.close().await;
    let (key, done) = done.map_err(|error| describe(&error))?;
    println!("{} values are encrypted with the new key {key} now.", done.values);
    if done.unreadable > 0 {
        return Err(format!(
            "{} values cannot be read with any key and stay as they are; the log names them",
            done.unreadable
        )
        .into());
    }
    Ok(())
}
