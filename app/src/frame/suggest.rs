//! Matches while somebody types: asked for after a pause, and only ever the ones for what stands in the field now.

use super::choice::Choice;
use crate::PortalError;
use crate::components::Said;
use crate::pages::search::search;
use leptos::prelude::*;
use model::search::SearchHit;
use std::time::Duration;

/// Fewest letters that are looked up while typing.
const SHORTEST: usize = 2;
const PAUSE: Duration = Duration::from_millis(120);

type Answer = (String, Result<Vec<SearchHit>, PortalError>);

#[derive(Clone, Copy)]
pub struct Suggestions {
    pub text: RwSignal<String>,
    /// What was asked for. An answer to an older question is dropped with its request.
    wanted: RwSignal<String>,
    answer: LocalResource<Answer>,
    /// The hits of the last answer: while the next one is on its way, they stay.
    pub hits: Memo<Vec<SearchHit>>,
}

impl Suggestions {
    pub fn new(text: String) -> Self {
        let text = RwSignal::new(text);
        // Nothing is asked before the first key.
        let wanted = RwSignal::new(String::new());
        let answer = LocalResource::new(move || {
            let text = wanted.get();
            async move {
                let hits = if is_long(&text) { search(text.clone()).await } else { Ok(Vec::new()) };
                (text, hits)
            }
        });
        let hits = Memo::new(move |before: Option<&Vec<SearchHit>>| match answer.get() {
            Some((_, hits)) => hits.unwrap_or_default(),
            None => before.cloned().unwrap_or_default(),
        });
        Self { text, wanted, answer, hits }
    }

    /// The field has another text.
    pub fn typed(self, value: String) {
        self.text.set(value.clone());
        if !is_long(&value) {
            self.wanted.set(String::new());
            return;
        }
        // Asking for letters that are gone already would only flicker.
        set_timeout(
            move || {
                if self.text.try_get_untracked().as_deref() == Some(&value) {
                    self.wanted.set(value.trim().to_owned());
                }
            },
            PAUSE,
        );
    }

    /// Whether there is enough to look for. Tracked.
    pub fn is_asking(self) -> bool {
        self.text.with(|text| is_long(text))
    }

    /// Where Enter leads without a choice: to the one device or person that is meant, if the answer is to what stands in
    /// the field now.
    pub fn only(self) -> Option<String> {
        let (text, hits) = self.answer.get_untracked()?;
        if self.text.with_untracked(|now| now.trim() != text) {
            return None;
        }
        let hits = hits.ok()?;
        let mut exact = hits.iter().filter(|hit| hit.exact);
        let (first, second) = (exact.next(), exact.next());
        if second.is_some() {
            return None;
        }
        let alone = || if hits.len() == 1 { hits.first() } else { None };
        let only = first.or_else(alone)?;
        Choice::of(only).map(|choice| choice.href)
    }

    /// What stands under the matches, and is said to screen readers. Tracked.
    pub fn note(self) -> AnyView {
        match self.answer.get().map(|(_, hits)| hits) {
            None => "Searching".into_any(),
            Some(Err(error)) => view! { <Said error /> }.into_any(),
            Some(Ok(hits)) => match hits.len() {
                0 => "Nobody and nothing matches. Try fewer letters.".into_any(),
                1 => "1 match. Enter shows it.".into_any(),
                many => format!("{many} matches. Arrow keys choose, Enter shows all.").into_any(),
            },
        }
    }
}

fn is_long(text: &str) -> bool {
    text.trim().chars().nth(SHORTEST - 1).is_some()
}
