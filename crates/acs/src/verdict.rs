//! Where the trouble of a home is: a pure function over what was read.

mod rules;
#[cfg(test)]
mod tests;
mod working;

use model::Timestamp;
use model::device::Presence;
use model::health::Health;
use model::verdict::{Cause, Decisions, Evidence, RULES, Remedy, Verdict, Weight};
use rules::look;
use std::collections::BTreeMap;
use working::{good, healthy};

/// Values that are older count as old: twice a day, by which a router tells everything.
const OLD: i64 = 2 * 86_400_000;
/// What the verdict is made of.
pub(crate) struct Input<'a> {
    pub health: &'a Health,
    pub presence: Presence,
    pub last_inform: Timestamp,
    /// Something was ever read.
    pub read: bool,
    /// Measured and promised kbit/s towards the home, and when.
    pub speed: Option<(f64, f64, Timestamp)>,
    pub now: Timestamp,
}

/// What one rule found.
struct Finding {
    cause: Cause,
    /// Among findings of one cause the higher one speaks.
    rank: u8,
    evidence: Evidence,
    remedy: Option<Remedy>,
    say: String,
}

/// The verdict by the rules as they are decided.
pub(crate) fn judge(input: &Input<'_>, decisions: &Decisions) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        if let Some(limit) = decisions.limit(rule)
            && let Some(finding) = look(rule, limit, input)
        {
            findings.push(finding);
        }
    }
    // A cause that explains the others comes first: without a line there is no session, without either no Wi-Fi to blame.
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.evidence.weight), std::cmp::Reverse(finding.rank)));
    let marks = marks(input, &findings);
    let Some(first) = findings.first() else { return Verdict { marks, ..well(input) } };
    let cause = first.cause;
    let (remedy, say) = (first.remedy, first.say.clone());
    let healthy = healthy(input, &findings);
    let (mine, others): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(|finding| finding.cause == cause);
    let agree = mine.len();
    let mut evidence: Vec<Evidence> = mine.into_iter().take(2).map(|finding| finding.evidence).collect();
    // One other trouble of each part, and what works: it is what the caller has to hear, too.
    let good = good(input, &healthy);
    let mut told: Vec<Cause> = Vec::new();
    let others = others.into_iter().filter(|finding| {
        let new = !told.contains(&finding.cause);
        told.push(finding.cause);
        new
    });
    let room = 3 - evidence.len();
    evidence.extend(others.map(|finding| finding.evidence).take(room - usize::from(!good.is_empty())));
    let room = 3 - evidence.len();
    evidence.extend(good.into_iter().take(room));
    let uncertain = is_old(input, &evidence);
    let mut summary = match healthy.as_slice() {
        [] => String::new(),
        [one] => format!("{one} is healthy. "),
        [many @ .., last] => format!("{} and {last} are healthy. ", many.join(", ")),
    };
    if let Some(first) = summary.get(..1) {
        let upper = first.to_uppercase();
        summary.replace_range(..1, &upper);
    }
    summary.push_str(if agree == 1 { "One check says so." } else { "Several checks agree." });
    if uncertain {
        summary.push_str(" Some values are old: refresh before you rely on it.");
    }
    Verdict { cause, summary, evidence, remedy, say, uncertain, marks }
}

/// Nothing was found: all is well, or too little is known.
fn well(input: &Input<'_>) -> Verdict {
    let healthy = healthy(input, &[]);
    let evidence: Vec<Evidence> = good(input, &healthy).into_iter().take(3).collect();
    if !input.read || evidence.is_empty() {
        return Verdict {
            cause: Cause::Unknown,
            summary: "The router has not told enough yet. Refresh to read it.".to_owned(),
            evidence,
            remedy: Some(Remedy::Refresh),
            say: "I am looking at your router now. This takes a moment.".to_owned(),
            uncertain: true,
            ..Verdict::default()
        };
    }
    let uncertain = is_old(input, &evidence);
    Verdict {
        cause: Cause::AllWell,
        summary: if uncertain {
            "Nothing was found, but some values are old: refresh before you rely on it.".to_owned()
        } else {
            "Line, connection, Wi-Fi and router show nothing unusual.".to_owned()
        },
        evidence,
        remedy: uncertain.then_some(Remedy::Refresh),
        say: "I see nothing wrong with your line or your router. Let us look at the device that has the trouble."
            .to_owned(),
        uncertain,
        ..Verdict::default()
    }
}

/// How each part is: the worst that was found of it, or good if it told something and nothing was found.
fn marks(input: &Input<'_>, findings: &[Finding]) -> BTreeMap<Cause, Weight> {
    let mut marks = BTreeMap::new();
    for part in healthy(input, findings) {
        let cause = match part {
            "line" => Cause::Line,
            "internet" => Cause::Service,
            "Wi-Fi" => Cause::Wifi,
            _ => Cause::Router,
        };
        marks.insert(cause, Weight::Good);
    }
    if !input.health.home.is_empty() {
        marks.insert(Cause::Home, Weight::Good);
    }
    for finding in findings {
        let mark = marks.entry(finding.cause).or_insert(Weight::Good);
        *mark = (*mark).max(finding.evidence.weight);
    }
    marks
}

fn is_old(input: &Input<'_>, evidence: &[Evidence]) -> bool {
    input.presence == Presence::Offline || evidence.iter().any(|one| one.at.is_some_and(|at| input.now.since(at) > OLD))
}
