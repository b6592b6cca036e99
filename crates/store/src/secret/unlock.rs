//! Opening a database with its key, and giving it a new one.

use super::keys::{KEPT, Key, KeyId, KeySource, make, read, replace};
use super::rows::Resealed;
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use sea_orm::ConnectionTrait;

/// A text that the right key opens.
const CHECK: &str = "secret.check";
const CHECKED: &str = "lastmile";
/// Set once what was there before there were keys is sealed.
const SEALED: &str = "secret.sealed";
/// The id of the key that everything is being sealed with.
const ROTATING: &str = "secret.rotating";

impl Store {
    /// Takes the keys, makes the file at the first start, and seals what was stored before there were keys. Fails, and
    /// changes nothing, without the key that the database was sealed with.
    pub async fn unlock(&self, source: &KeySource) -> Result<(), StoreError> {
        let check = self.setting(CHECK).await?;
        let (keys, file, named) = match source {
            KeySource::Given(key) => (Some(vec![key.clone()]), None, "the key that was given".to_owned()),
            KeySource::File(file) => (read(file)?, Some(file.clone()), file.display().to_string()),
        };
        let vault = &self.0.vault;
        match (&check, keys) {
            (Some(_), None) => {
                return Err(StoreError::Invalid(format!(
                    "the secrets in the database are encrypted, and their key is missing: there is no {named}. Put it \
                     back from where it is kept, or say where it is with LASTMILE_SECRET_KEY_FILE. Nothing was changed"
                )));
            }
            (_, Some(keys)) => vault.set(&keys, file),
            (None, None) => {
                let KeySource::File(file) = source else { return Ok(()) };
                if make(file, &Key::random())? {
                    tracing::info!(file = %file.display(), "a key for secrets was made: keep a copy of it apart from the database");
                }
                // Another process may have been faster.
                vault.set(&read(file)?.unwrap_or_default(), Some(file.clone()));
            }
        }
        if check.is_none() {
            // The first one stays: of two that begin at once, the one with another key fails below.
            const FIRST: &str = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            let text = vault.seal_text(CHECK, 0, CHECKED);
            self.0.write.execute_raw(statement(self.backend(), FIRST, [CHECK.into(), text.into()])).await?;
        }
        let check = self.setting(CHECK).await?.unwrap_or_default();
        if vault.open_text(CHECK, 0, &check).is_ok_and(|opened| opened == CHECKED) {
            return self.seal_old().await;
        }
        Err(StoreError::Invalid(format!(
            "{named} does not hold the key that the secrets in the database are encrypted with. Put the right one \
             there, or say where it is with LASTMILE_SECRET_KEY_FILE. Nothing was changed"
        )))
    }

    /// Once: what was stored before there were keys.
    async fn seal_old(&self) -> Result<(), StoreError> {
        if self.setting(SEALED).await?.is_some() {
            return Ok(());
        }
        let done = self.seal_all().await?;
        if done.values > 0 {
            tracing::info!(values = done.values, "secrets that were stored as they are are encrypted now");
        }
        self.set_setting(SEALED, "1").await
    }

    /// Makes a new key and seals everything with it; what was interrupted goes on with the key that it began with. The
    /// old key stays in the file, as its second line, until the next time: a server that runs reads the new one when it
    /// meets it.
    pub async fn rotate_secrets(&self, source: &KeySource) -> Result<(KeyId, Resealed), StoreError> {
        let KeySource::File(file) = source else {
            return Err(StoreError::Invalid(
                "the key comes from LASTMILE_SECRET_KEY, which cannot be changed from here. Put it into a file, say \
                 where with LASTMILE_SECRET_KEY_FILE, and try again. Nothing was changed"
                    .to_owned(),
            ));
        };
        let vault = &self.0.vault;
        let mut keys = read(file)?.unwrap_or_default();
        vault.set(&keys, Some(file.clone()));
        let goes_on = match (self.setting(ROTATING).await?, keys.first()) {
            (Some(id), Some(key)) => key.id().to_string() == id,
            _ => false,
        };
        if !goes_on {
            let key = Key::random();
            // First what it will be, then that it is: whichever is missing after a crash, nothing is lost.
            self.set_setting(ROTATING, &key.id().to_string()).await?;
            keys.insert(0, key);
            replace(file, &keys)?;
            vault.set(&keys, Some(file.clone()));
        }
        let done = self.seal_all().await?;
        self.set_setting(CHECK, &vault.seal_text(CHECK, 0, CHECKED)).await?;
        if done.unreadable == 0 {
            keys.truncate(KEPT);
            replace(file, &keys)?;
        }
        self.remove_setting(ROTATING).await?;
        let current = vault.current().ok_or_else(|| StoreError::Invalid("there is no key".to_owned()))?;
        Ok((current, done))
    }
}
