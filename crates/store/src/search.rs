//! The one index over the words of devices and subscribers, and how it is kept.
//!
//! A row has everything a person may type, in lower case. Three letters and more are found anywhere in it through
//! trigrams (FTS5 on SQLite, `pg_trgm` on PostgreSQL).

mod find;

use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Sql, containing, statement};
use crate::subscriber::{phone_digits, phones};
use model::DeviceId;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

/// Most words of a text that count, so that a pasted page does not become a query of thousands of parts.
const WORDS_MAX: usize = 8;
/// Longest word that counts, in characters.
const WORD_LENGTH_MAX: usize = 64;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// All of these words, each anywhere; at least one has three characters or more.
    Words(Words),
    /// One or two characters: what begins with them.
    Prefix(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

/// `None` if there is nothing to look for.
pub fn text_filter(text: &str) -> Option<Text> {
    let text = text.replace('\0', " ");
    let words: Vec<String> = text
        .split_whitespace()
        .take(WORDS_MAX)
        .map(|word| word.chars().take(WORD_LENGTH_MAX).collect::<String>().to_lowercase())
        .collect();
    match words.as_slice() {
        [] => None,
        words if words.iter().any(|word| is_long(word)) => Some(Text::Words(Words(words.to_vec()))),
        _ => Some(Text::Prefix(text.split_whitespace().take(WORDS_MAX).collect::<Vec<_>>().join(" "))),
    }
}

/// Whether trigrams can find it.
fn is_long(word: &str) -> bool {
    word.chars().nth(2).is_some()
}

impl Words {
    /// A query of the matching rows' ids, open for more conditions; the column is `id`.
    pub fn write_ids(&self, sql: &mut Sql, backend: DbBackend) {
        if backend == DbBackend::Sqlite {
            sql.push("SELECT i.rowid AS id FROM search_index i WHERE i.search_index MATCH ").bind(self.phrases());
            for word in self.0.iter().filter(|word| !is_long(word)) {
                sql.push(" AND i.words LIKE ").bind(containing(word)).push(" ESCAPE '\\'");
            }
        } else {
            sql.push("SELECT i.id FROM search i WHERE ");
            self.write_like(sql, "i.words");
        }
    }

    /// The name of the id inside [`Self::write_ids`].
    pub fn id_column(backend: DbBackend) -> &'static str {
        if backend == DbBackend::Sqlite { "i.rowid" } else { "i.id" }
    }

    /// The same as a condition on a row's words.
    pub fn write_like(&self, sql: &mut Sql, words: &str) {
        for (index, word) in self.0.iter().enumerate() {
            sql.push(if index > 0 { " AND " } else { "" });
            sql.push(words).push(" LIKE ").bind(containing(word)).push(" ESCAPE '\\'");
        }
    }

    /// For FTS5: quoted, so that nothing in a word is an operator.
    fn phrases(&self) -> String {
        let phrases = self.0.iter().filter(|word| is_long(word));
        phrases.map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect::<Vec<_>>().join(" ")
    }
}

/// Everything a device is found by.
pub fn device_words(device: &device::Model, subscriber: Option<&subscriber::Model>) -> String {
    let mut words = vec![
        device.serial.as_str(),
        &device.oui,
        &device.product_class,
        &device.manufacturer,
        &device.model,
        &device.software_version,
        &device.address,
        &device.mac,
    ];
    // As it is printed on the label, too.
    let mac = colons(&device.mac);
    words.push(&mac);
    let parts = subscriber.map(subscriber_parts).unwrap_or_default();
    words.extend(parts.iter().map(String::as_str));
    join(&words)
}

/// Everything a subscriber is found by.
pub fn subscriber_words(subscriber: &subscriber::Model) -> String {
    let parts = subscriber_parts(subscriber);
    join(&parts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn subscriber_parts(subscriber: &subscriber::Model) -> Vec<String> {
    let mut parts = vec![subscriber.name.clone(), subscriber.account.clone()];
    for phone in phones(&subscriber.phones) {
        let digits = phone_digits(&phone.number);
        parts.extend([phone.number, digits]);
    }
    parts.extend([
        subscriber.email.clone(),
        subscriber.address.clone(),
        subscriber.locality.clone(),
        subscriber.plan.clone(),
        subscriber.tags.clone(),
        subscriber.ppp_user.clone(),
    ]);
    parts
}

/// One a line, so that no word reaches over from one field into the next.
fn join(words: &[&str]) -> String {
    let mut seen: Vec<&str> = Vec::with_capacity(words.len());
    for word in words.iter().filter(|word| !word.is_empty()) {
        if !seen.contains(word) {
            seen.push(word);
        }
    }
    seen.join("\n").to_lowercase()
}

fn colons(mac: &str) -> String {
    if mac.len() != 12 {
        return String::new();
    }
    let pairs: Vec<&str> = (0..12).step_by(2).filter_map(|at| mac.get(at..at + 2)).collect();
    pairs.join(":")
}

/// Writes a row of the index, if it is new or other than before.
pub async fn put(connection: &impl ConnectionTrait, id: i64, words: &str) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO search (id, words) VALUES ($1, $2) \
         ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE search.words <> excluded.words";
    let sql = statement(connection.get_database_backend(), UPSERT, [id.into(), words.into()]);
    connection.execute_raw(sql).await?;
    Ok(())
}

pub async fn remove(connection: &impl ConnectionTrait, id: i64) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM search WHERE id = $1";
    connection.execute_raw(statement(connection.get_database_backend(), DELETE, [id.into()])).await?;
    Ok(())
}

/// Writes a device's row anew, from what is stored.
pub async fn index_device(connection: &impl ConnectionTrait, id: DeviceId) -> Result<(), StoreError> {
    let Some(device) = device::Entity::find_by_id(id.0).one(connection).await? else { return Ok(()) };
    let subscriber = match device.subscriber_id {
        Some(id) => subscriber::Entity::find_by_id(id).one(connection).await?,
        None => None,
    };
    put(connection, id.0, &device_words(&device, subscriber.as_ref())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_words_or_a_prefix() {
        let words = |words: &[&str]| Some(Text::Words(Words(words.iter().map(ToString::to_string).collect())));
        assert_eq!(text_filter("  "), None);
        assert_eq!(text_filter("Maria  B"), words(&["maria", "b"]));
        assert_eq!(text_filter("äöü"), words(&["äöü"]));
        assert_eq!(text_filter("Äö"), Some(Text::Prefix("Äö".to_owned())));
        assert_eq!(text_filter("a b"), Some(Text::Prefix("a b".to_owned())));
        assert_eq!(text_filter("abc\0def"), words(&["abc", "def"]));
        let long = "x".repeat(1000);
        assert_eq!(text_filter(&long), words(&[&"x".repeat(WORD_LENGTH_MAX)]));
    }

    #[test]
    fn nothing_in_a_phrase_is_an_operator() {
        let Some(Text::Words(words)) = text_filter("a\"b* NOT near(") else { unreachable!() };
        assert_eq!(words.phrases(), "\"a\"\"b*\" \"not\" \"near(\"");
    }
}
