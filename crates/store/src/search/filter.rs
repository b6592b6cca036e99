//! The text filter of lists: every word is a word, or begins one, or begins an identifier. Typing errors are not
//! forgiven here: what a list shows must be what its text says.

use super::query::Query;
use super::{word_id, write_words};
use crate::error::StoreError;
use crate::sql::{Sql, containing, prefix_end};
use crate::store::Store;
use sea_orm::DbBackend;

/// Words that one beginning stands for, at most.
const BEGINNINGS: usize = 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFilter {
    /// Each word, in the ways it may be written.
    typed: Vec<Vec<String>>,
    /// Each word with the words it may begin; `None` if there is none for one of them.
    words: Option<Vec<Vec<String>>>,
    /// The whole text as an identifier.
    key: String,
    /// The first word that is no word: it is looked for among the identifiers.
    rare: Option<String>,
}

impl Store {
    /// `None` if the text restricts nothing.
    pub(crate) async fn text_filter(&self, text: &str) -> Result<Option<TextFilter>, StoreError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let query = Query::read(text);
        let meanings = self.meanings(query.words.clone(), Some(BEGINNINGS), false).await?;
        let rare = meanings.iter().position(|meanings| !meanings.exact && meanings.beginnings.is_empty());
        let words = query.words.iter().zip(meanings).map(|(forms, meanings)| {
            let mut all = forms.clone();
            all.extend(meanings.beginnings);
            all
        });
        let words = (rare.is_none() && !query.words.is_empty()).then(|| words.collect());
        let rare = rare.and_then(|at| query.words.get(at)?.first().cloned());
        // An address keeps its dots; anything else is its letters and digits.
        let key = query.keys.get(1).filter(|key| key.contains(['.', ':'])).or(query.keys.first());
        Ok(Some(TextFilter { key: key.cloned().unwrap_or_default(), typed: query.words, words, rare }))
    }
}

impl TextFilter {
    /// A query of the matching devices' ids, found by indexes, each once; the column is `id`.
    pub fn write_ids(&self, sql: &mut Sql, backend: DbBackend) {
        self.write_rows(sql, backend, " > 0");
    }

    /// The same for all rows of the index: ids of people without a device are negative.
    pub fn write_all_ids(&self, sql: &mut Sql, backend: DbBackend) {
        self.write_rows(sql, backend, " <> 0");
    }

    fn write_rows(&self, sql: &mut Sql, backend: DbBackend, which: &str) {
        let mut before = false;
        if let Some(words) = &self.words {
            write_words(words, sql, backend);
            sql.push(" AND ").push(word_id(backend)).push(which);
            before = true;
        } else if let (Some(rare), 2..) = (&self.rare, self.typed.len()) {
            sql.push("SELECT DISTINCT k.id FROM search_key k CROSS JOIN search s WHERE s.id = k.id AND ");
            write_beginning(rare, sql, which);
            sql.push(" AND ");
            self.write_words_like(sql);
            before = true;
        }
        if self.key.is_empty() {
            sql.push(if before { "" } else { "SELECT d.id FROM device d WHERE d.id < 0" });
            return;
        }
        sql.push(if before { " UNION ALL " } else { "" }).push("SELECT DISTINCT k.id FROM search_key k WHERE ");
        write_beginning(&self.key, sql, which);
        if before {
            sql.push(" AND NOT EXISTS (SELECT 1 FROM search s WHERE s.id = k.id AND ");
            self.write_words_like(sql);
            sql.push(")");
        }
    }

    /// The same as a condition on the row of a device whose id is `{row}id`.
    pub fn write_exact(&self, sql: &mut Sql) {
        self.write_row(sql, "s.id = d.id", "d.id < 0");
    }

    /// The same as a condition on the row `p` of a subscriber, who is found by their devices, too.
    pub fn write_person(&self, sql: &mut Sql) {
        const HERS: &str = "(s.id = -p.id OR s.id IN (SELECT d.id FROM device d WHERE d.subscriber_id = p.id))";
        self.write_row(sql, HERS, "p.id < 0");
    }

    fn write_row(&self, sql: &mut Sql, whose: &str, none: &str) {
        if self.typed.is_empty() && self.key.is_empty() {
            sql.push(none);
            return;
        }
        sql.push("EXISTS (SELECT 1 FROM search s WHERE ").push(whose).push(" AND (");
        if !self.typed.is_empty() {
            self.write_words_like(sql);
            sql.push(if self.key.is_empty() { "" } else { " OR " });
        }
        if !self.key.is_empty() {
            sql.push("' ' || s.keys LIKE ").bind(beginning(&self.key)).push(" ESCAPE '\\'");
        }
        sql.push("))");
    }

    fn write_words_like(&self, sql: &mut Sql) {
        // With words alone if they alone were asked for: both arms of `write_ids` must agree.
        let text = if self.words.is_some() { "' ' || s.words" } else { "' ' || s.words || ' ' || s.keys" };
        for (index, forms) in self.typed.iter().enumerate() {
            sql.push(if index > 0 { " AND (" } else { "(" });
            for (index, form) in forms.iter().enumerate() {
                sql.push(if index > 0 { " OR " } else { "" });
                sql.push(text).push(" LIKE ").bind(beginning(form)).push(" ESCAPE '\\'");
            }
            sql.push(")");
        }
    }
}

/// What has `beginning` at the start of one of its words.
fn beginning(beginning: &str) -> String {
    containing(beginning).replacen('%', "% ", 1)
}

fn write_beginning(key: &str, sql: &mut Sql, which: &str) {
    sql.push("k.key >= ").bind(key).push(" AND k.key < ").bind(prefix_end(key)).push(" AND k.id").push(which);
}
