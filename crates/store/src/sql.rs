//! Small helpers for statements written by hand.
//!
//! Placeholders are `$1`, `$2`… on both databases; both keep statements prepared by their text, so texts are few and
//! values are always bound.

use sea_orm::{DbBackend, Statement, Value};

/// What a column of [`Sql::bind_rows`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
}

/// A text that grows together with its values.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Binds a value and writes its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// `$1, $2, …` for all ids. The number of placeholders is a power of two, the last id repeated, so that lists of
    /// different lengths share few prepared statements.
    pub fn bind_ids(&mut self, ids: &[i64]) -> &mut Self {
        let last = ids.last().copied().unwrap_or(0);
        let padded = ids.len().max(1).next_power_of_two();
        for index in 0..padded {
            if index > 0 {
                self.push(", ");
            }
            self.bind(ids.get(index).copied().unwrap_or(last));
        }
        self
    }

    /// The text between two others.
    pub fn within(mut self, before: &str, after: &str) -> Self {
        self.text.insert_str(0, before);
        self.text.push_str(after);
        self
    }

    /// Appends another text, which must be the first with values.
    #[cfg(test)]
    pub fn append(&mut self, other: Self) {
        assert!(self.values.is_empty(), "placeholders would be numbered twice");
        self.text.push_str(&other.text);
        self.values = other.values;
    }

    /// A query of any number of ids, as one value; the column is `id`.
    pub fn bind_table(&mut self, ids: &[i64], backend: DbBackend) -> &mut Self {
        let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        if backend == DbBackend::Postgres {
            self.push("SELECT unnest(CAST(").bind(format!("{{{ids}}}")).push(" AS BIGINT[])) AS id")
        } else {
            self.push("SELECT value AS id FROM json_each(").bind(format!("[{ids}]")).push(")")
        }
    }

    /// A query of any number of texts, as one value. Only letters, digits, dots and colons: nothing that would have to
    /// be quoted.
    pub fn bind_texts(&mut self, texts: &[&str], column: &str, backend: DbBackend) -> &mut Self {
        if backend == DbBackend::Postgres {
            self.push("SELECT unnest(").bind_array(texts).push(") AS ").push(column)
        } else {
            let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
            self.push("SELECT value AS ").push(column).push(" FROM json_each(");
            self.bind(format!("[{}]", quoted.join(","))).push(")")
        }
    }

    /// The same as an array of PostgreSQL.
    pub fn bind_array(&mut self, texts: &[&str]) -> &mut Self {
        let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
        self.push("CAST(").bind(format!("{{{}}}", quoted.join(","))).push(" AS TEXT[])")
    }

    /// A query of any number of texts of any kind, as one value; the column is `v`.
    pub fn bind_values<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>, backend: DbBackend) -> &mut Self {
        let texts = serde_json::Value::from_iter(texts).to_string();
        if backend == DbBackend::Postgres {
            self.push("SELECT jsonb_array_elements_text(CAST(").bind(texts).push(" AS JSONB)) AS v")
        } else {
            self.push("SELECT value AS v FROM json_each(").bind(texts).push(")")
        }
    }

    /// Rows as one value: the table `r` with these columns. Statements are the same whatever the number of rows, and
    /// many rows are one round trip.
    pub fn bind_rows(&mut self, columns: &[(&str, Kind)], rows: &[serde_json::Value], backend: DbBackend) -> &mut Self {
        let rows = serde_json::Value::from(rows.to_vec()).to_string();
        if backend == DbBackend::Postgres {
            self.push("jsonb_to_recordset(CAST(").bind(rows).push(" AS JSONB)) AS r(");
            for (index, (name, kind)) in columns.iter().enumerate() {
                let kind = if *kind == Kind::Text { " TEXT" } else { " BIGINT" };
                self.push(if index > 0 { ", " } else { "" }).push(name).push(kind);
            }
        } else {
            self.push("(SELECT ");
            for (index, (name, _)) in columns.iter().enumerate() {
                self.push(if index > 0 { ", " } else { "" });
                self.push("json_extract(value, '$.").push(name).push("') AS ").push(name);
            }
            self.push(" FROM json_each(").bind(rows).push(")");
            return self.push(") AS r");
        }
        self.push(")")
    }

    pub fn into_statement(self, backend: DbBackend) -> Statement {
        Statement::from_sql_and_values(backend, self.text, self.values)
    }
}

pub fn statement(backend: DbBackend, text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(backend, text, values)
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `part` anywhere, itself taken literally.
pub fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 4);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The smallest text after everything that starts with `prefix` in byte order: for `>= prefix AND < end`, which uses
/// an index where `LIKE` may not.
pub fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// PostgreSQL's texts cannot hold NUL, and nothing a device tells needs it.
pub fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// Width of the coarse times, in milliseconds: 15 minutes.
const BUCKET: i64 = 15 * 60 * 1000;

/// A time, coarse: what is indexed in place of times that change with every Inform.
pub fn bucket(millis: i64) -> i64 {
    millis.div_euclid(BUCKET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_wildcards_literally() {
        assert_eq!(containing(r"50%_a\"), r"%50\%\_a\\%");
    }

    #[test]
    fn id_lists_have_few_shapes() {
        let shape = |n: i64| {
            let mut sql = Sql::default();
            sql.bind_ids(&(0..n).collect::<Vec<_>>());
            sql.values.len()
        };
        assert_eq!([1, 2, 3, 4, 5, 50].map(shape), [1, 2, 4, 4, 8, 64]);
    }

    #[test]
    fn buckets_are_quarters_of_an_hour() {
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(899_999), 0);
        assert_eq!(bucket(900_000), 1);
        assert_eq!(bucket(-1), -1);
    }
}
