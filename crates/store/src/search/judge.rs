//! How well a row answers a query, and by which field. The index only proposes; here it is decided and explained.

use super::fields::{Field, Kind, phone_end};
use super::fold::{Word, key_span, words};
use super::near::{BEGUN, Scratch, forgiven, mask};
use super::query::{END_MIN, PHONE_MIN, Query};

/// What is better is smaller.
const EXACT_KEY: u8 = 0;
const EXACT_NAME: u8 = 1;
const KEY_BEGINS: u8 = 2;
const WORDS: u8 = 3;
const WORDS_BEGIN: u8 = 4;
const CHOSEN_BEGINS: u8 = 5;
const PARTS: u8 = 6;
const NEAR: u8 = 7;
const FAR: u8 = 8;

/// Bytes of a text.
pub type Span = (usize, usize);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Smaller is better.
    pub rank: u8,
    /// Of equals: which field. Smaller is better.
    pub weight: u8,
    /// Place of the field that decided.
    pub field: usize,
    /// What matched, by field.
    pub spans: Vec<(usize, Span)>,
}

/// A row's fields, made ready once.
pub struct Row<'a> {
    fields: &'a [Field<'a>],
    words: Vec<Vec<Word>>,
    keys: Vec<String>,
}

impl<'a> Row<'a> {
    pub fn new(fields: &'a [Field<'a>]) -> Self {
        let words = fields.iter().map(|field| if field.has_words() { words(field.text) } else { Vec::new() });
        let keys = fields.iter().map(|field| if field.is_key() { field.key() } else { String::new() });
        Self { fields, words: words.collect(), keys: keys.collect() }
    }

    /// `None` if it does not answer the query at all.
    pub fn judge(&self, query: &Query) -> Option<Verdict> {
        let mut scratch = Scratch::default();
        let mut best: Option<Verdict> = None;
        let mut offer = |verdict: Verdict| {
            if best.as_ref().is_none_or(|best| (verdict.rank, verdict.weight) < (best.rank, best.weight)) {
                best = Some(verdict);
            }
        };
        for field in 0..self.fields.len() {
            if let Some((rank, span)) = self.as_key(field, query, &mut scratch) {
                offer(Verdict { rank, weight: self.weight(field), field, spans: vec![(field, span)] });
            }
        }
        if let Some(verdict) = self.by_words(query, &mut scratch) {
            offer(verdict);
        }
        best
    }

    fn weight(&self, field: usize) -> u8 {
        match self.fields[field].kind {
            Kind::Name => 0,
            Kind::Key => 1,
            Kind::Phone => 2,
            Kind::Ip => 3,
            Kind::Words => 4,
            Kind::Chosen => 5,
        }
    }

    /// The whole query as this identifier.
    fn as_key(&self, at: usize, query: &Query, scratch: &mut Scratch) -> Option<(u8, Span)> {
        let (field, own) = (&self.fields[at], self.keys.get(at)?);
        if own.is_empty() {
            return None;
        }
        let length = own.chars().count();
        let whole = (0, field.text.len());
        let span = |from: usize, to: usize| match field.kind {
            Kind::Ip => (from, to),
            // Digits may have lost a leading 00.
            Kind::Phone if from == 0 && to == length => whole,
            _ => key_span(field.text, from, to),
        };
        let mut best: Option<(u8, Span)> = None;
        let mut offer = |rank: u8, span: Span| {
            if best.is_none_or(|(known, _)| rank < known) {
                best = Some((rank, span));
            }
        };
        for typed in &query.keys {
            let count = typed.chars().count();
            if typed == own {
                offer(EXACT_KEY, whole);
            } else if own.starts_with(typed.as_str()) {
                let strong = field.kind != Kind::Chosen && query.has_digit;
                offer(if strong { KEY_BEGINS } else { CHOSEN_BEGINS }, span(0, count));
            }
        }
        for typed in query.ends.iter().filter(|typed| own.ends_with(typed.as_str())) {
            let count = typed.chars().count();
            // A phone number without its country is that number.
            let same = field.kind == Kind::Phone && query.is_phone && count >= PHONE_MIN;
            offer(if same { EXACT_KEY } else { PARTS }, span(length - count, length));
        }
        if let (Some(typed), Kind::Phone) = (&query.fuzzy_phone, field.kind) {
            let (typed, own): (Vec<char>, Vec<char>) = (typed.chars().collect(), phone_end(own).chars().collect());
            if scratch.distance(&typed, &own, 1).whole.is_some() {
                offer(NEAR, whole);
            }
        }
        if let Some(typed) = query.fuzzy_key.as_ref().filter(|typed| typed.chars().count().abs_diff(length) <= 2) {
            let (typed, own): (Vec<char>, Vec<char>) = (typed.chars().collect(), own.chars().collect());
            let most = if typed.len() >= 10 { 2 } else { 1 };
            if let Some(edits) = scratch.distance(&typed, &own, most).whole {
                offer(if edits <= 1 { NEAR } else { FAR }, whole);
            }
        }
        best
    }

    /// Every word of the query somewhere in the row.
    fn by_words(&self, query: &Query, scratch: &mut Scratch) -> Option<Verdict> {
        if query.words.is_empty() {
            return None;
        }
        let mut verdict = Verdict { rank: WORDS, weight: 0, field: usize::MAX, spans: Vec::new() };
        for forms in &query.words {
            let (rank, field, span) = self.one_word(forms, scratch)?;
            verdict.rank = verdict.rank.max(rank);
            verdict.weight = verdict.weight.max(self.weight(field));
            if verdict.field == usize::MAX {
                verdict.field = field;
            }
            verdict.spans.push((field, span));
        }
        let all_of_it = |field: usize| {
            verdict.rank == WORDS
                && self.words[field].len() == query.words.len()
                && verdict.spans.iter().all(|(at, _)| *at == field)
        };
        if self.fields.get(verdict.field).is_some_and(|field| field.kind == Kind::Name) && all_of_it(verdict.field) {
            verdict.rank = EXACT_NAME;
        }
        Some(verdict)
    }

    /// Where one word of the query is best found.
    fn one_word(&self, forms: &[String], scratch: &mut Scratch) -> Option<(u8, usize, Span)> {
        let mut best: Option<(u8, u8, usize, Span)> = None;
        let mut offer = |rank: u8, field: usize, span: Span| {
            let weight = self.weight(field);
            if best.is_none_or(|(known, by, ..)| (rank, weight) < (known, by)) {
                best = Some((rank, weight, field, span));
            }
        };
        for typed in forms {
            let letters: Vec<char> = typed.chars().collect();
            let most = forgiven(letters.len());
            let wanted = mask(letters.iter().copied());
            for (field, word) in
                self.words.iter().enumerate().flat_map(|(at, words)| words.iter().map(move |w| (at, w)))
            {
                for form in word.forms() {
                    if form == typed {
                        offer(WORDS, field, word.whole());
                    } else if form.starts_with(typed.as_str()) {
                        offer(WORDS_BEGIN, field, word.span(letters.len()));
                    } else if letters.len() > 2 && form.contains(typed.as_str()) {
                        offer(PARTS, field, word.whole());
                    } else if most > 0 {
                        // Every edit makes up for one letter at most, and a longer word must have begun.
                        let own = form.chars().count();
                        let longest = if letters.len() >= BEGUN { usize::MAX } else { letters.len() + most };
                        if own + most < letters.len()
                            || own > longest
                            || (wanted & !mask(form.chars())).count_ones() as usize > most
                        {
                            continue;
                        }
                        let own: Vec<char> = form.chars().collect();
                        let distance = scratch.distance(&letters, &own, most);
                        match (distance.whole, distance.beginning) {
                            (Some(0 | 1), _) => offer(NEAR, field, word.whole()),
                            (Some(_), _) => offer(FAR, field, word.whole()),
                            (None, Some(0 | 1)) if letters.len() >= BEGUN => offer(FAR, field, word.whole()),
                            _ => {}
                        }
                    }
                }
            }
            for (field, own) in self.keys.iter().enumerate().filter(|(_, own)| !own.is_empty()) {
                let length = own.chars().count();
                if own == typed {
                    offer(WORDS, field, (0, self.fields[field].text.len()));
                } else if own.starts_with(typed.as_str()) {
                    offer(CHOSEN_BEGINS, field, key_span(self.fields[field].text, 0, letters.len()));
                } else if letters.len() >= END_MIN && own.ends_with(typed.as_str()) {
                    offer(PARTS, field, key_span(self.fields[field].text, length - letters.len(), length));
                }
            }
        }
        best.map(|(rank, _, field, span)| (rank, field, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<Field<'static>> {
        [
            ("Name", Kind::Name, "Jürgen Groß"),
            ("Account", Kind::Key, "K-10023"),
            ("Phone", Kind::Phone, "+49 171 555-0123"),
            ("E-mail", Kind::Chosen, "j.gross@example.net"),
            ("Address", Kind::Words, "Hauptstraße 12, Köln"),
            ("Serial", Kind::Key, "HG640-00A1B2"),
            ("IP address", Kind::Ip, "203.0.113.77"),
            ("SSID", Kind::Chosen, "Gross Family"),
        ]
        .map(|(label, kind, text)| Field { label, kind, text })
        .to_vec()
    }

    /// Label and what is marked in it.
    fn judged(text: &str) -> Option<(u8, &'static str, String)> {
        let fields = fields();
        let verdict = Row::new(&fields).judge(&Query::read(text))?;
        let field = &fields[verdict.field];
        let marks: Vec<&str> = verdict
            .spans
            .iter()
            .filter(|(at, _)| *at == verdict.field)
            .map(|(_, (from, to))| &field.text[*from..*to])
            .collect();
        Some((verdict.rank, field.label, marks.join("|")))
    }

    #[test]
    fn the_best_field_decides_and_says_where() {
        for (text, rank, label, marked) in [
            ("hg64000a1b2", EXACT_KEY, "Serial", "HG640-00A1B2"),
            ("k10023", EXACT_KEY, "Account", "K-10023"),
            ("0171 5550123", EXACT_KEY, "Phone", "171 555-0123"),
            ("0049171/5550123", EXACT_KEY, "Phone", "+49 171 555-0123"),
            ("203.0.113.77", EXACT_KEY, "IP address", "203.0.113.77"),
            ("gross juergen", EXACT_NAME, "Name", "Groß|Jürgen"),
            ("hg640", KEY_BEGINS, "Serial", "HG640"),
            ("203.0.11", KEY_BEGINS, "IP address", "203.0.11"),
            ("gross", WORDS, "Name", "Groß"),
            ("koln", WORDS, "Address", "Köln"),
            ("jur", WORDS_BEGIN, "Name", "Jür"),
            ("strasse", PARTS, "Address", "Hauptstraße"),
            ("a1b2", PARTS, "Serial", "A1B2"),
            ("jrügen", NEAR, "Name", "Jürgen"),
            ("hg64000a1c2", NEAR, "Serial", "HG640-00A1B2"),
            ("jgrossexa", CHOSEN_BEGINS, "E-mail", "j.gross@exa"),
            ("0171 5550132", NEAR, "Phone", "+49 171 555-0123"),
        ] {
            assert_eq!(judged(text), Some((rank, label, marked.to_owned())), "{text}");
        }
        for nothing in ["bell", "gross bell", "9999", "hg641-99"] {
            assert_eq!(judged(nothing), None, "{nothing}");
        }
    }
}
