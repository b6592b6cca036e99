//! How common words are, by a sample of the rows.
//!
//! The list of rows that have a common word is long, and grows with the fleet, so it is never gone through: rows are
//! proposed by the rarer words of a question, and the common ones are then looked for in the rows proposed.

use crate::error::StoreError;
use crate::sql::{Sql, statement};
use crate::store::Store;
use sea_orm::ConnectionTrait;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Rows of a sample.
const ROWS: i64 = 2_000;
/// A word that more rows than this have is common.
const COMMON: u64 = 20_000;
/// How long a sample stands for the rows, unless there are many more of them by then.
const AGE: Duration = Duration::from_hours(1);

/// The last sample.
pub struct Commons {
    sample: RwLock<Option<Arc<Sample>>>,
    common: AtomicU64,
}

impl Default for Commons {
    fn default() -> Self {
        Self { sample: RwLock::default(), common: AtomicU64::new(COMMON) }
    }
}

impl Commons {
    /// Has words count as common that more than `rows` rows have, so that few rows are enough for a test.
    #[cfg(test)]
    pub fn set(&self, rows: u64) {
        self.common.store(rows, Ordering::Relaxed);
    }
}

pub struct Sample {
    /// Rows of the sample that have a word.
    counts: HashMap<String, u32>,
    /// Rows of the index that one of the sample stands for.
    each: f64,
    /// Numbers that rows may have.
    span: i64,
    taken: Instant,
    common: u64,
}

/// How a question is put: places of its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The index is asked for these.
    pub asked: Vec<usize>,
    /// These are looked for in what it answers.
    pub checked: Vec<usize>,
    /// Even the rarest is common.
    pub common: bool,
}

impl Sample {
    /// Rows that have one of the words, roughly: words that come together count twice.
    fn rows(&self, words: &[String]) -> u64 {
        let count: u32 = words.iter().filter_map(|word| self.counts.get(word)).sum();
        (f64::from(count) * self.each) as u64
    }

    pub fn plan(&self, question: &[Vec<String>]) -> Plan {
        let rows: Vec<u64> = question.iter().map(|words| self.rows(words)).collect();
        let (mut checked, mut asked): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|at| rows[*at] > self.common);
        let common = asked.is_empty() && !rows.is_empty();
        if common && let Some(rarest) = (0..rows.len()).min_by_key(|at| rows[*at]) {
            checked.retain(|at| *at != rarest);
            asked.push(rarest);
        }
        Plan { asked, checked, common }
    }
}

/// Whether a row has a word of each list.
pub fn has_all(row: &str, lists: &[HashSet<&str>]) -> bool {
    lists.iter().all(|list| row.split(' ').any(|word| list.contains(word)))
}

impl Store {
    pub(crate) async fn sample(&self) -> Result<Arc<Sample>, StoreError> {
        const ENDS: &str = "SELECT COALESCE((SELECT id FROM search ORDER BY id LIMIT 1), 0), \
             COALESCE((SELECT id FROM search ORDER BY id DESC LIMIT 1), 0)";
        let row = self.0.read.query_one_raw(statement(self.backend(), ENDS, [])).await?;
        let (first, last): (i64, i64) = match row {
            Some(row) => (row.try_get_by_index(0)?, row.try_get_by_index(1)?),
            None => (0, 0),
        };
        // People without a device have numbers below 0.
        let (people, devices) = ((-first).max(0), last.max(0));
        let span = people + devices;
        let commons = &self.0.commons;
        let known = commons.sample.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(sample) = known
            && sample.taken.elapsed() < AGE
            && span <= sample.span + (sample.span / 2).max(ROWS)
        {
            return Ok(sample);
        }
        let ids: Vec<i64> = places(span).map(|at| if at < devices { at + 1 } else { devices - at - 1 }).collect();
        let mut sql = Sql::new("SELECT words FROM search WHERE id IN (");
        sql.bind_table(&ids, self.backend()).push(")");
        let mut counts: HashMap<String, u32> = HashMap::new();
        for row in self.0.read.query_all_raw(sql.into_statement(self.backend())).await? {
            let words: String = row.try_get_by_index(0)?;
            for word in words.split(' ') {
                *counts.entry(word.to_owned()).or_default() += 1;
            }
        }
        // Only what may be common is kept: one row of the sample says nothing, unless the sample is all there is.
        let each = span as f64 / ids.len().max(1) as f64;
        counts.retain(|_, count| *count > 1 || each <= 1.0);
        let common = commons.common.load(Ordering::Relaxed);
        let sample = Arc::new(Sample { counts, each, span, taken: Instant::now(), common });
        *commons.sample.write().unwrap_or_else(PoisonError::into_inner) = Some(sample.clone());
        Ok(sample)
    }
}

/// At most [`ROWS`] places of `span`, spread over all of it, but not evenly: fleets may have a rhythm.
fn places(span: i64) -> impl Iterator<Item = i64> {
    let count = span.min(ROWS);
    (0..count).map(move |nth| {
        let (from, to) = (nth * span / count, (nth + 1) * span / count);
        from + (nth * 2_654_435_761 % 1_000_003) % (to - from).max(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(each: f64, counts: &[(&str, u32)]) -> Sample {
        let counts = counts.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
        Sample { counts, each, span: 0, taken: Instant::now(), common: COMMON }
    }

    fn question(words: &[&str]) -> Vec<Vec<String>> {
        words.iter().map(|any| any.split('|').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn rare_words_are_asked_for_and_common_ones_checked() {
        let sample = sample(500.0, &[("fibre", 1200), ("maria", 60), ("max", 30), ("lena", 39), ("bell", 2)]);
        let plan = |words: &[&str]| {
            let plan = sample.plan(&question(words));
            (plan.asked, plan.checked, plan.common)
        };
        assert_eq!(plan(&["fibre", "bell", "harbour"]), (vec![1, 2], vec![0], false));
        assert_eq!(plan(&["maria"]), (vec![0], vec![], true), "a word alone is asked for");
        assert_eq!(plan(&["fibre", "maria"]), (vec![1], vec![0], true));
        assert_eq!(plan(&["lena", "max"]), (vec![0, 1], vec![], false));
        assert_eq!(plan(&["lena|max", "bell"]), (vec![1], vec![0], false), "all that a word may mean counts");
        assert_eq!(plan(&[]), (vec![], vec![], false));
    }

    #[test]
    fn a_row_has_a_word_of_each_list() {
        let lists = [HashSet::from(["maria", "mario"]), HashSet::from(["fibre"])];
        assert!(has_all("bell mario fibre 500", &lists));
        assert!(!has_all("bell mariol fibre", &lists));
        assert!(!has_all("", &lists) && has_all("", &[]));
    }

    #[test]
    fn samples_are_spread_over_all_rows() {
        assert_eq!(places(0).count(), 0);
        assert_eq!(places(5).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        for span in [ROWS, ROWS + 1, 1_000_000, 20_000_000] {
            let places: Vec<i64> = places(span).collect();
            assert_eq!(places.len() as i64, ROWS);
            assert!(places.windows(2).all(|two| two[0] < two[1]), "{span}");
            assert!(places[0] >= 0 && places[places.len() - 1] < span, "{span}");
        }
    }
}
