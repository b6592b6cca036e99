//! All words of names, addresses, plans and models, in memory: what a typed word may mean.
//!
//! A word is a few bytes, and even a large fleet has few different ones: of a million subscribers some hundred thousand.
//! One pass over them finds beginnings, parts and typing errors in a few milliseconds. Common words were met first, so
//! the order of first sight stands for how common a word is.

use super::near::{BEGUN, Scratch, forgiven, mask};
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use memchr::memmem;
use sea_orm::ConnectionTrait;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

/// Words that one beginning stands for, at most.
const BEGINNINGS: usize = 48;
/// Words that have the typed one inside, or are near it, at most.
const OTHERS: usize = 24;
/// Words read at a time.
const PAGE: i64 = 50_000;
/// Another process may have written words that became visible after later ones: so many are looked at again.
const OVERLAP: i64 = 64;

/// How a word may be meant that does not begin with what was typed. The likelier is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// Inside or at the end.
    Part,
    /// One typing error.
    Near,
    /// More than one, or one in what may be only the beginning.
    Far,
}

/// What a typed word may mean, the likely first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meanings {
    pub exact: bool,
    pub beginnings: Vec<String>,
    pub others: Vec<(Closeness, String)>,
}

/// The words, one after another.
struct Table {
    /// `\nword\nword\n`
    text: Vec<u8>,
    /// Where each word begins, what letters it has (see [`mask`]) and how many.
    entries: Vec<Entry>,
    /// Hashes of all words.
    known: HashSet<u64>,
    hasher: RandomState,
    last_id: i64,
}

#[derive(Clone, Copy)]
struct Entry {
    at: u32,
    mask: u64,
    bytes: u8,
    chars: u8,
}

impl Default for Table {
    fn default() -> Self {
        Self { text: vec![b'\n'], entries: Vec::new(), known: HashSet::new(), hasher: RandomState::new(), last_id: 0 }
    }
}

impl Table {
    fn add(&mut self, id: i64, word: &str) {
        self.last_id = self.last_id.max(id);
        let chars = word.chars().count();
        let (Ok(at), Ok(bytes), Ok(chars)) =
            (u32::try_from(self.text.len()), u8::try_from(word.len()), u8::try_from(chars))
        else {
            return;
        };
        if word.is_empty() || word.contains('\n') || !self.known.insert(self.hasher.hash_one(word)) {
            return;
        }
        self.entries.push(Entry { at, mask: mask(word.chars()), bytes, chars });
        self.text.extend_from_slice(word.as_bytes());
        self.text.push(b'\n');
    }

    fn word(&self, entry: &Entry) -> &str {
        let at = entry.at as usize;
        let bytes = self.text.get(at..at + usize::from(entry.bytes)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The whole word around a place in the text.
    fn around(&self, at: usize) -> &str {
        let from = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |end| end + 1);
        let to = memchr::memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |end| at + end);
        std::str::from_utf8(&self.text[from..to]).unwrap_or_default()
    }

    /// `forms`: both ways of writing one word. `fuzzy`: typing errors are forgiven.
    fn meanings(&self, forms: &[String], most: usize, fuzzy: bool) -> Meanings {
        let mut found = Meanings::default();
        for form in forms {
            found.exact |= memmem::find(&self.text, format!("\n{form}\n").as_bytes()).is_some();
            let needle = format!("\n{form}");
            for at in memmem::find_iter(&self.text, needle.as_bytes()) {
                let word = self.around(at + 1);
                if word != form && !found.beginnings.iter().any(|known| known == word) {
                    found.beginnings.push(word.to_owned());
                }
                if found.beginnings.len() >= most {
                    break;
                }
            }
        }
        if fuzzy {
            for form in forms {
                self.parts(form, &mut found);
                self.near(form, &mut found);
            }
            // Stable: among equals the common word stays first.
            found.others.sort_by_key(|(closeness, _)| *closeness);
            found.others.truncate(OTHERS);
        }
        found
    }

    fn parts(&self, form: &str, found: &mut Meanings) {
        if form.chars().nth(2).is_none() {
            return;
        }
        let mut count = 0;
        for at in memmem::find_iter(&self.text, form.as_bytes()) {
            if self.text[at - 1] == b'\n' {
                continue;
            }
            let word = self.around(at);
            if !found.others.iter().any(|(_, known)| known == word) {
                found.others.push((Closeness::Part, word.to_owned()));
                count += 1;
            }
            if count >= OTHERS {
                break;
            }
        }
    }

    fn near(&self, form: &str, found: &mut Meanings) {
        let typed: Vec<char> = form.chars().collect();
        let most = forgiven(typed.len());
        if most == 0 {
            return;
        }
        let wanted = mask(typed.iter().copied());
        let mut scratch = Scratch::default();
        let mut letters = Vec::new();
        let mut hits: Vec<(Closeness, &str)> = Vec::new();
        for entry in &self.entries {
            // Every edit takes away one of the letters at most, and a longer word may only have begun.
            if usize::from(entry.chars) + most < typed.len()
                || (wanted & !entry.mask).count_ones() as usize > most
                || (usize::from(entry.chars) <= typed.len() + most
                    && (entry.mask & !wanted).count_ones() as usize > most + 1)
            {
                continue;
            }
            let word = self.word(entry);
            letters.clear();
            letters.extend(word.chars());
            let distance = scratch.distance(&typed, &letters, most);
            match (distance.whole, distance.beginning) {
                (Some(0), _) | (_, Some(0)) | (None, None) => {}
                (Some(1), _) => hits.push((Closeness::Near, word)),
                (Some(_), _) => hits.push((Closeness::Far, word)),
                (None, Some(1)) if typed.len() >= BEGUN => hits.push((Closeness::Far, word)),
                // Two errors in something unfinished: that is another word.
                (None, Some(_)) => {}
            }
            if hits.len() >= 4 * OTHERS {
                break;
            }
        }
        hits.sort_by_key(|(closeness, _)| *closeness);
        for (closeness, word) in hits.into_iter().take(OTHERS) {
            if !found.others.iter().any(|(_, known)| known == word) {
                found.others.push((closeness, word.to_owned()));
            }
        }
    }
}

/// The table, read when it is first needed and kept up.
#[derive(Default)]
pub struct Vocabulary {
    table: Arc<RwLock<Table>>,
    reading: tokio::sync::Mutex<()>,
}

impl Store {
    /// What typed words may mean. `forms` has the ways of writing each; `most` limits how many words one beginning
    /// stands for; `None` stands for the usual number.
    pub(crate) async fn meanings(
        &self,
        forms: Vec<Vec<String>>,
        most: Option<usize>,
        fuzzy: bool,
    ) -> Result<Vec<Meanings>, StoreError> {
        self.read_words().await?;
        self.known_meanings(forms, most, fuzzy).await
    }

    /// The same by the words that were read before.
    pub(crate) async fn known_meanings(
        &self,
        forms: Vec<Vec<String>>,
        most: Option<usize>,
        fuzzy: bool,
    ) -> Result<Vec<Meanings>, StoreError> {
        let table = self.0.vocabulary.table.clone();
        let most = most.unwrap_or(BEGINNINGS);
        let look = move || {
            let table = table.read().unwrap_or_else(PoisonError::into_inner);
            forms.iter().map(|forms| table.meanings(forms, most, fuzzy)).collect()
        };
        // A few milliseconds with a large vocabulary: not on a thread that sessions wait for.
        let found = tokio::task::spawn_blocking(look).await;
        found.map_err(|error| StoreError::Database(format!("the vocabulary: {error}")))
    }

    /// Takes in what was written since the last time.
    pub(crate) async fn read_words(&self) -> Result<(), StoreError> {
        const NEW: &str = "SELECT id, word FROM search_word WHERE id > $1 ORDER BY id LIMIT $2";
        let vocabulary = &self.0.vocabulary;
        let _one_reads = vocabulary.reading.lock().await;
        let mut after = {
            let table = vocabulary.table.read().unwrap_or_else(PoisonError::into_inner);
            (table.last_id - OVERLAP).max(0)
        };
        loop {
            let sql = statement(self.backend(), NEW, [after.into(), PAGE.into()]);
            let rows = self.0.read.query_all_raw(sql).await?;
            let words = rows
                .iter()
                .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
                .collect::<Result<Vec<(i64, String)>, StoreError>>()?;
            let mut table = vocabulary.table.write().unwrap_or_else(PoisonError::into_inner);
            for (id, word) in &words {
                table.add(*id, word);
            }
            drop(table);
            match words.last() {
                Some((id, _)) if words.len() as i64 == PAGE => after = *id,
                _ => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(words: &[&str]) -> Table {
        let mut table = Table::default();
        for (id, word) in (1..).zip(words) {
            table.add(id, word);
        }
        table
    }

    fn meanings(table: &Table, word: &str) -> (bool, Vec<String>, Vec<String>) {
        let found = table.meanings(&[word.to_owned()], BEGINNINGS, true);
        (found.exact, found.beginnings, found.others.into_iter().map(|(_, word)| word).collect())
    }

    #[test]
    fn words_are_found_by_beginning_part_and_in_spite_of_errors() {
        let table = table(&["maria", "mario", "anna", "hauptstrasse", "annamaria", "schwarz", "maria", "东京"]);
        assert_eq!(table.entries.len(), 7, "each once");
        assert_eq!(meanings(&table, "maria"), (true, vec![], vec!["annamaria".into(), "mario".into()]));
        assert_eq!(meanings(&table, "mar"), (false, vec!["maria".into(), "mario".into()], vec!["annamaria".into()]));
        assert_eq!(meanings(&table, "amria").2, ["maria"]);
        assert_eq!(meanings(&table, "shcwarz").2, ["schwarz"]);
        assert_eq!(meanings(&table, "strasse").2, ["hauptstrasse"]);
        assert_eq!(meanings(&table, "hauptstrase").2, ["hauptstrasse"]);
        assert_eq!(meanings(&table, "hautpst").2, ["hauptstrasse"], "one error in a beginning");
        assert_eq!(meanings(&table, "xyz"), (false, vec![], vec![]));
        assert_eq!(meanings(&table, "东"), (false, vec!["东京".into()], vec![]));
    }

    #[test]
    fn one_word_never_stands_for_all() {
        let words: Vec<String> = (0..1000).map(|n| format!("word{n}")).collect();
        let table = table(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let (_, beginnings, others) = meanings(&table, "word");
        assert_eq!(beginnings.len(), BEGINNINGS);
        assert!(others.len() <= OTHERS);
        assert_eq!(beginnings[0], "word0", "what was met first is likely the most common");
    }
}
